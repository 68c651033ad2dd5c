"""Series with damaged headers: an exception of ours, or a volume, and nothing else."""

from __future__ import annotations

import contextlib
import warnings
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dicom_writer as dicom
import fastdcm
from test_diffusion import of_ge
from test_mosaic import TAGS, csa
from test_multi_frame import cine, nuclear, region
from test_volume_defects import enhanced
from world_phantom import plane

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def dose() -> bytes:
    return plane(
        [0, 0, 20],
        modality=(0x00080060, "CS", "RTDOSE"),
        frames=(0x00280008, "IS", 3),
        offsets=(0x3004000C, "DS", [0, 2, 4]),
        pixels=dicom.pixel_data(bytes(3 * 5 * 4 * 2)),
    )


def mosaic() -> bytes:
    header = csa(TAGS)
    return plane(
        [0, 0, 0],
        size=(6, 6),
        image_type=(0x00080008, "CS", ["ORIGINAL", "PRIMARY", "M", "MOSAIC"]),
        header=(0x00291010, "OB", header + bytes(len(header) % 2)),
    )


MAKERS: list[Callable[[], bytes]] = [
    lambda: plane([0, 0, 0], slope=(0x00281053, "DS", 2), intercept=(0x00281052, "DS", 1)),
    lambda: enhanced([(0.0, 1, 1.0), (2.0, 1, 1.0), (4.0, 1, 0.5)]),
    dose,
    mosaic,
    lambda: nuclear(
        "RECON GATED TOMO",
        {"time slot": [1, 1, 2, 2], "slice": [1, 2, 1, 2]},
        [np.full((5, 4), number) for number in range(4)],
    ),
    lambda: cine(times=(0x00181065, "DS", [0, 30, 50]), regions=(0x00186011, "SQ", [region([0, 0, 3, 4])])),
    lambda: plane([0, 0, 0], **of_ge(1000, (0.6, 0.0, 0.8))),
]
NAMES = ["plane", "enhanced", "dose", "mosaic", "nuclear", "cine", "diffusion"]


def load(folder: Path) -> None:
    for series in fastdcm.find_series(folder):
        repr(series)
        if not series.stacks:
            continue
        for policy in ("split", "choose", "warn"):
            loaded = fastdcm.load_series(series, defects=policy)  # type: ignore[call-overload]
            for volume in loaded if isinstance(loaded, list) else [loaded]:
                repr(volume)
                with contextlib.suppress(fastdcm.DicomError, ValueError):
                    _ = volume.array, volume.table, volume.affine_ras, volume.fsl_b_vectors
                    if volume.array.shape[-3] > 1:
                        _ = volume.evenly_spaced(volume.spacing[0]).array
    data = (folder / "damaged").read_bytes()
    with contextlib.suppress(fastdcm.DicomError, ValueError):
        _ = fastdcm.load_series([fastdcm.dcmread(data)], errors="skip").array
    with contextlib.suppress(fastdcm.DicomError):
        frames = fastdcm.load_multi_frame(data)
        repr(frames)
        _ = frames.axes, frames.array
    with contextlib.suppress(fastdcm.DicomError):
        fastdcm.ultrasound_regions(data)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("damaged")
    for number in (1, 2):
        (path / f"whole{number}").write_bytes(plane([0, 0, 2.0 * number], number))
    return path


@pytest.mark.parametrize("maker", MAKERS, ids=NAMES)
@settings(max_examples=60)
@given(data=st.data())
def test_changed_bytes(folder: Path, maker: Callable[[], bytes], data: st.DataObject) -> None:
    whole = bytearray(maker())
    for _ in range(data.draw(st.integers(1, 4))):
        offset = data.draw(st.integers(132, len(whole) - 1))
        part = data.draw(st.binary(min_size=1, max_size=6))
        whole[offset : offset + len(part)] = part
    (folder / "damaged").write_bytes(whole)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", fastdcm.VolumeWarning)
        load(folder)


@pytest.mark.parametrize("maker", MAKERS, ids=NAMES)
def test_files_cut_anywhere(folder: Path, maker: Callable[[], bytes]) -> None:
    whole = maker()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", fastdcm.VolumeWarning)
        for length in range(132, len(whole), 23):
            (folder / "damaged").write_bytes(whole[:length])
            load(folder)
