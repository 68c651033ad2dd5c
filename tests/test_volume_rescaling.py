"""Rescale in place: the same as computed in Python integers and double precision, or an error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dicom_writer as dicom
import fastdcm
from fastdcm.volumes.rescaling import RangeError, rescale_into
from world_phantom import expected, plane, write

if TYPE_CHECKING:
    from pathlib import Path

KINDS = ["uint8", "int8", "uint16", "int16", "uint32", "int32", "int64", "float32", "float64"]
SCALES = [0.0, 1.0, -1.0, 2.0, -3.0, 0.5, 1e-3, 70000.0, 1e12, -1024.0, 32768.0]


@given(
    stored=st.sampled_from(KINDS),
    wanted=st.sampled_from(KINDS),
    slope=st.sampled_from(SCALES),
    intercept=st.sampled_from(SCALES),
    seed=st.integers(0, 1 << 16),
)
def test_values_of_every_type(stored: str, wanted: str, slope: float, intercept: float, seed: int) -> None:
    random = np.random.default_rng(seed)
    highest = 100 if seed % 2 else np.iinfo(stored).max if "int" in stored else 1e6
    lowest = 0 if stored.startswith("u") or seed % 3 else -highest
    values = random.integers(lowest, highest, (3, 4), endpoint=True, dtype=np.int64)
    values = values.astype(stored)
    is_in_place = np.dtype(stored).itemsize == np.dtype(wanted).itemsize
    source = values.copy()
    out = source.view(wanted) if is_in_place else np.full(source.shape, 7, wanted)
    exact = [
        [
            int(value) * int(slope) + int(intercept)
            if "int" in stored and slope.is_integer() and intercept.is_integer()
            else float(value) * slope + intercept
            for value in row
        ]
        for row in values
    ]
    if "int" in wanted:
        bounds = np.iinfo(wanted)
        fits = all(
            bounds.min <= value <= bounds.max and value == round(value) for row in exact for value in row
        )
    else:
        fits = True
    if not fits:
        with pytest.raises(RangeError):
            rescale_into(out, source, (slope, intercept), is_in_place=is_in_place)
        return
    rescale_into(out, source, (slope, intercept), is_in_place=is_in_place)
    if "int" in wanted:
        assert out.tolist() == exact
    else:
        assert np.allclose(out, np.array(exact, float), rtol=1e-6 if wanted == "float32" else 1e-12)


@pytest.mark.parametrize(
    "dtype", [None, "int16", "int32", "float32", "float64", "float16", "uint16", "int64"]
)
@pytest.mark.parametrize(("bits", "is_signed"), [(16, True), (16, False), (12, False), (12, True)])
@pytest.mark.parametrize("rescale", [(1, 0), (1, -1024), (2, -5), (0.5, 1)])
def test_volumes_of_every_type(tmp_path: Path, dtype: Any, bits: int, is_signed: bool, rescale: Any) -> None:
    files = [
        plane(
            [0, 0, float(z)],
            z,
            stored=(0x00280101, "US", bits),
            high=(0x00280102, "US", bits - 1),
            signed=(0x00280103, "US", int(is_signed)),
            slope=(0x00281053, "DS", rescale[0]),
            intercept=(0x00281052, "DS", rescale[1]),
        )
        for z in range(3)
    ]
    volume = fastdcm.load_series(write(tmp_path, files), dtype=dtype)
    wanted = expected((3, 5, 4), volume.affine) * rescale[0] + rescale[1]
    kind = np.dtype(dtype) if dtype else None
    is_out_of_range = rescale[0] == 0.5 or (dtype == "uint16" and wanted.min() < 0)
    if kind is not None and kind.kind in "iu" and is_out_of_range:
        with pytest.raises(ValueError, match="do not fit"):
            _ = volume.array
        return
    assert volume.array.dtype == (kind or volume.dtype)
    assert np.allclose(volume.array, wanted)


def test_a_table_of_the_modality(tmp_path: Path) -> None:
    table = [
        (0x00283002, "US", [512, 0, 16]),
        (0x00283006, "US", [3 * number for number in range(512)]),
    ]
    files = [plane([0, 0, float(z)], z, table=(0x00283000, "SQ", [table])) for z in (0, 1, 2)]
    volume = fastdcm.load_series(write(tmp_path, files), defects="raise")
    place = expected((3, 5, 4), volume.affine)
    assert place.max() < 512
    assert np.array_equal(volume.array, 3 * place)
    assert np.array_equal(fastdcm.load_series(tmp_path, values="stored").array, place)
    paths = sorted(tmp_path.iterdir())
    paths[0].write_bytes(paths[0].read_bytes()[:-10])
    with pytest.raises(fastdcm.PixelDataError):
        _ = fastdcm.load_series(tmp_path).array
    with pytest.warns(fastdcm.VolumeWarning, match="unreadable"):
        assert fastdcm.load_series(tmp_path, errors="skip").shape[0] == 2


@pytest.mark.parametrize("allocated", [8, 32])
def test_other_sizes_of_samples(tmp_path: Path, allocated: int) -> None:
    files = []
    for z in (0, 1, 2):
        pixels = (np.arange(20).reshape(5, 4) + 50 * z).astype(f"<u{allocated // 8}")
        files.append(
            plane(
                [0, 0, float(z)],
                z,
                allocated=(0x00280100, "US", allocated),
                stored=(0x00280101, "US", allocated),
                high=(0x00280102, "US", allocated - 1),
                signed=(0x00280103, "US", 0),
                pixels=dicom.pixel_data(pixels.tobytes()),
                slope=(0x00281053, "DS", 0.25),
            )
        )
    volume = fastdcm.load_series(write(tmp_path, files))
    stored = np.arange(20).reshape(5, 4) + 50 * np.arange(3)[:, None, None]
    assert volume.array.dtype == "float32"
    assert np.array_equal(volume.array, stored / 4)
    assert np.array_equal(fastdcm.load_series(tmp_path, values="stored").array, stored)
