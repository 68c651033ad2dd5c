"""Values for use of real files equal those of pydicom; damaged files give them or a `DicomError`."""

from __future__ import annotations

import json
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pydicom
import pydicom.pixels
import pytest

import fastdcm
from fastdcm import pixels

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Array = np.ndarray[Any, Any]

# Larger ones would take most of the time and say nothing else.
LARGEST = 4_000_000


def images(corpus: Path, *, malformed: bool = False) -> Iterator[tuple[str, fastdcm.Dataset, Array]]:
    """Data sets with pixels that can be decoded, and those pixels."""
    with (corpus / "MANIFEST.jsonl").open(encoding="utf-8") as rows:
        for row in map(json.loads, rows):
            if (row["kind"] == "malformed") != malformed or row["size"] > 2 * LARGEST:
                continue
            try:
                ds = fastdcm.dcmread(corpus / row["file"], force=True)
                array = ds.pixel_array
            except fastdcm.DicomError:
                continue
            if array.size <= LARGEST:
                yield row["file"], ds, array


def compared(name: str, ours: Callable[[], Array], theirs: Callable[[], Array]) -> str | None:
    """What is different, if anything is; pydicom may fail where fastdcm does not."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            expected = theirs()
    except (ValueError, AttributeError, NotImplementedError, TypeError, KeyError):
        return None
    found = ours()
    if found.dtype != expected.dtype or found.shape != expected.shape:
        return f"{name}: {found.dtype} {found.shape} for {expected.dtype} {expected.shape}"
    # The exponential function differs in the last bit from one library to the other.
    if not np.allclose(found, expected, rtol=1e-14, atol=0, equal_nan=True):
        return f"{name}: other values"
    return None


@pytest.mark.timeout(120)
def test_values_of_real_files_are_those_of_pydicom(corpus: Path) -> None:
    different: list[str | None] = []
    count = 0
    for file, ds, array in images(corpus):
        # pydicom knows nothing of functional groups.
        if "SharedFunctionalGroupsSequence" in ds or "PerFrameFunctionalGroupsSequence" in ds:
            continue
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                warnings.filterwarnings("error", "End of file reached before delimiter")
                theirs = pydicom.dcmread(corpus / file, force=True)
        # Big endian, called implicit VR little endian; elements that pydicom loses.
        except (OSError, UserWarning):
            continue
        modality = pixels.apply_modality_lut(array, ds)
        calls: list[tuple[str, Array]] = [
            ("apply_modality_lut", array),
            ("apply_voi_lut", modality),
            ("apply_windowing", modality),
            ("apply_presentation_lut", modality),
            ("apply_color_lut", array),
        ]
        for name, values in calls:
            ours = lambda name=name, values=values, ds=ds: getattr(pixels, name)(values, ds)  # noqa: E731
            other = lambda name=name, values=values, ds=theirs: getattr(pydicom.pixels, name)(values, ds)  # noqa: E731
            different.append(compared(f"{file}: {name}", ours, other))
        for group in range(0x6000, 0x6020, 2):
            if (group, 0x3000) in ds:
                ours = lambda ds=ds, group=group: ds.overlay_array(group)  # noqa: E731
                other = lambda ds=theirs, group=group: ds.overlay_array(group)  # noqa: E731
                different.append(compared(f"{file}: overlay {group:04X}", ours, other))
        count += 1
    assert not [name for name in different if name]
    assert count > 400


@pytest.mark.timeout(120)
def test_all_real_files_are_shown_and_measured(corpus: Path) -> None:
    for file, ds, array in images(corpus):
        shown = fastdcm.to_display(ds)
        assert shown.dtype == np.uint8, file
        assert shown.shape[:2] == array.shape[:2], file
        whole = fastdcm.to_display(ds, size=(16, 12), overlays=True)
        assert (16, 12) in {whole.shape[:2], whole.shape[1:3]}, file
        if array.ndim == shown.ndim and ds.get("PhotometricInterpretation", "MONOCHROME2").startswith("MONO"):
            values = fastdcm.to_values(ds)
            assert (values.shape, values.dtype.kind) == (array.shape, "f"), file
            last = int(ds.get("NumberOfFrames") or 1) - 1
            one = fastdcm.to_values(ds, index=last)
            assert np.array_equal(one, values[-1] if last else values, equal_nan=True), file


@pytest.mark.timeout(120)
def test_damaged_files_give_values_or_an_error(corpus: Path) -> None:
    for _, ds, _ in images(corpus, malformed=True):
        calls: tuple[Callable[[], object], ...] = (
            lambda ds=ds: fastdcm.to_display(ds, overlays=True, size=(8, 8)),
            lambda ds=ds: fastdcm.to_values(ds),
            lambda ds=ds: fastdcm.values_unit(ds),
        )
        for call in calls:
            try:
                call()
            except fastdcm.DicomError:
                continue
