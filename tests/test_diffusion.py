"""Diffusion b-values and directions: those of GE against what dcm2niix makes of the same series."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import dicom_writer as dicom
import fastdcm
from fastdcm.volumes.diffusion import direction_of_matrix
from test_volume_defects import group
from world_phantom import AXIAL, image, plane, write

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

GE = (0x00080070, "LO", "GE MEDICAL SYSTEMS")
ORIENTATIONS = {
    "axial": AXIAL,
    "axial, feet first": (1.0, 0.0, 0.0, 0.0, -1.0, 0.0),
    "coronal": (1.0, 0.0, 0.0, 0.0, 0.0, -1.0),
    "sagittal": (0.0, 1.0, 0.0, 0.0, 0.0, -1.0),
    "oblique": (0.8, 0.36, -0.48, 0.0, 0.8, 0.6),
}
# What dcm2niix v1.0.20260724 makes of (0.36, 0.48, 0.8): along rows, along columns, along the normal.
BY_DCM2NIIX = {
    ("axial", "COL"): (-0.36, -0.48, 0.8),
    ("axial", "ROW"): (-0.48, 0.36, 0.8),
    ("coronal", "COL"): (-0.36, 0.48, 0.8),
    ("coronal", "ROW"): (0.48, 0.36, 0.8),
    ("sagittal", "COL"): (0.36, 0.48, -0.8),
    ("sagittal", "ROW"): (0.48, -0.36, -0.8),
    ("oblique", "COL"): (-0.36, -0.48, 0.8),
    ("oblique", "ROW"): (-0.48, 0.36, 0.8),
    ("axial, feet first", "COL"): (-0.36, -0.48, 0.8),
    ("axial, feet first", "ROW"): (-0.48, 0.36, 0.8),
}


def weighted(
    folder: Path, volumes: Sequence[dict[str, Any]], orientation: Sequence[float] = AXIAL
) -> fastdcm.Volume:
    """Two slices for each volume."""
    across = np.cross(orientation[:3], orientation[3:])
    files = [
        plane(list(3 * number * across), 10 * volume + number, orientation=orientation, **more)
        for volume, more in enumerate(volumes)
        for number in range(2)
    ]
    return fastdcm.load_series(write(folder, files), defects="raise")


def of_ge(b_value: int, direction: Sequence[float], phase: str = "COL", **more: Any) -> dict[str, Any]:
    return {
        "manufacturer": GE,
        "parameters": (0x00430010, "LO", "GEMS_PARM_01"),
        "b_value": (0x00431039, "IS", [b_value, 8, 0, 0]),
        "acquisition": (0x00190010, "LO", "GEMS_ACQU_01"),
        "x": (0x001910BB, "DS", direction[0]),
        "y": (0x001910BC, "DS", direction[1]),
        "z": (0x001910BD, "DS", direction[2]),
        "phase": (0x00181312, "CS", phase),
        **more,
    }


@pytest.mark.parametrize(("name", "phase"), list(BY_DCM2NIIX))
def test_directions_of_ge(tmp_path: Path, name: str, phase: str) -> None:
    orientation = ORIENTATIONS[name]
    series = [of_ge(0, (0, 0, 0), phase), of_ge(1000, (0.36, 0.48, 0.8), phase)]
    volume = weighted(tmp_path, series, orientation)
    assert volume.varies == "diffusion"
    assert volume.b_values is not None and volume.b_values.tolist() == [0, 1000]
    assert volume.b_vectors is not None
    axes = np.array([orientation[:3], orientation[3:], np.cross(orientation[:3], orientation[3:])])
    assert np.allclose(axes @ volume.b_vectors[1], BY_DCM2NIIX[name, phase])
    assert not volume.b_vectors[0].any()


@pytest.mark.parametrize(
    ("stored", "length", "b_value"),
    [
        (1_000_000_750, 1, 750),
        (1_000_012_000, 1, 12000),
        (1000, 0.98, 1000),
        (1000, 0.95, 905),
        (1000, 0.9, 810),
        (1000, 0.5, 250),
        (1000, 0.3, 90),
        (1000, 0.1, 10),
        (1000, 0.02, 1000),
    ],
)
def test_b_values_of_ge(tmp_path: Path, stored: int, length: float, b_value: float) -> None:
    direction = (round(0.36 * length, 7), round(0.48 * length, 7), round(0.8 * length, 7))
    volume = weighted(tmp_path, [of_ge(0, (0, 0, 0)), of_ge(stored, direction)])
    assert volume.b_values is not None and volume.b_values.tolist() == [0, b_value]
    assert volume.b_vectors is not None
    expected = length if length >= 0.97 or length <= 0.03 else 1
    assert np.linalg.norm(volume.b_vectors[1]) == pytest.approx(expected)


def test_blocks_of_ge_without_their_creator(tmp_path: Path) -> None:
    more = {"parameters": None, "acquisition": None}
    series = [of_ge(0, (0, 0, 0), **more), of_ge(1_000_000_700, (0.36, 0.48, 0.8), **more)]
    volume = weighted(tmp_path, series)
    assert volume.b_values is not None and volume.b_values.tolist() == [0, 700]
    assert volume.b_vectors is not None
    assert np.allclose(volume.b_vectors[1], [-0.36, -0.48, 0.8])


def test_a_phase_that_is_not_said_leaves_no_direction(tmp_path: Path) -> None:
    volume = weighted(tmp_path, [of_ge(0, (0, 0, 0), ""), of_ge(700, (0.36, 0.48, 0.8), "")])
    assert volume.b_values is not None and volume.b_values.tolist() == [0, 700]
    assert volume.b_vectors is not None and not volume.b_vectors.any()


def test_b_values_of_zero_are_no_diffusion(tmp_path: Path) -> None:
    volume = weighted(tmp_path, [of_ge(0, (0, 0, 0))])
    assert volume.b_values is None


def test_elements_of_another_maker_are_not_those_of_ge(tmp_path: Path) -> None:
    volume = weighted(tmp_path, [of_ge(1000, (0.36, 0.48, 0.8), manufacturer=(0x00080070, "LO", "OTHER"))])
    assert volume.b_values is None


@pytest.mark.parametrize("orientation", [AXIAL, ORIENTATIONS["coronal"], ORIENTATIONS["oblique"]])
def test_directions_of_philips(tmp_path: Path, orientation: Any) -> None:
    def of_philips(b_value: float, direction: Sequence[float]) -> dict[str, Any]:
        return {
            "imaging": (0x20010010, "LO", "Philips Imaging DD 001"),
            "b_value": (0x20011003, "FL", b_value),
            "mr": (0x20050010, "LO", "Philips MR Imaging DD 001"),
            "x": (0x200510B0, "FL", direction[0]),
            "y": (0x200510B1, "FL", direction[1]),
            "z": (0x200510B2, "FL", direction[2]),
        }

    volume = weighted(tmp_path, [of_philips(0, (0, 0, 0)), of_philips(800, (0.6, 0.0, 0.8))], orientation)
    assert volume.b_values is not None and volume.b_values.tolist() == [0, 800]
    assert volume.b_vectors is not None
    assert np.allclose(volume.b_vectors, [[0, 0, 0], [0.6, 0, 0.8]])


def matrix(b_value: float, direction: Sequence[float]) -> list[float]:
    return [
        b_value * direction[one] * direction[other]
        for one, other in ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2))
    ]


def test_directions_of_siemens_by_the_matrix(tmp_path: Path) -> None:
    series: list[dict[str, Any]] = [{"b_value": (0x0019100C, "IS", 0)}]
    series.append(
        {"b_value": (0x0019100C, "IS", 900), "m": (0x00191027, "FD", matrix(900, (-0.6, 0.0, -0.8)))}
    )
    volume = weighted(
        tmp_path, [{"creator": (0x00190010, "LO", "SIEMENS MR HEADER"), **more} for more in series]
    )
    assert volume.b_values is not None and volume.b_values.tolist() == [0, 900]
    assert volume.b_vectors is not None
    assert np.allclose(volume.b_vectors[1], [0.6, 0, 0.8])


@pytest.mark.parametrize("values", [[], [0] * 6, [1, 2], [float("nan")] * 6, [None] * 6])
def test_matrices_without_a_direction(values: Any) -> None:
    assert direction_of_matrix(values) is None


def test_enhanced_objects(tmp_path: Path) -> None:
    kinds = [
        (0, ()),
        (1000, group(0x00189076, (0x00189089, "FD", [0.6, 0.0, 0.8]))),
        (
            2000,
            group(
                0x00189601,
                *((0x00189602 + n, "FD", value) for n, value in enumerate(matrix(2000, (0.0, 0.6, 0.8)))),
            ),
        ),
    ]
    per_frame = []
    for b_value, direction in kinds:
        for z in (0.0, 2.0):
            item = [(0x00189087, "FD", float(b_value)), *([direction] if direction else [])]
            item.sort(key=lambda element: element[0])
            per_frame.append(
                [
                    group(0x00189117, *item),
                    group(0x00209113, (0x00200032, "DS", [10.0, 10.0, z])),
                ]
            )
    shared = [
        group(0x00209116, (0x00200037, "DS", list(AXIAL))),
        group(0x00289110, (0x00280030, "DS", [1.5, 0.5])),
    ]
    data = plane(
        [0, 0, 0],
        frames=(0x00280008, "IS", len(per_frame)),
        shared=(0x52009229, "SQ", [shared]),
        per_frame=(0x52009230, "SQ", per_frame),
        pixels=dicom.pixel_data(image([10, 10, 0], AXIAL).tobytes() * len(per_frame)),
        image_position=None,
        image_orientation=None,
        pixel_spacing=None,
    )
    volume = fastdcm.load_series(write(tmp_path, [data]), defects="raise")
    assert volume.varies == "diffusion"
    assert volume.b_values is not None and volume.b_values.tolist() == [0, 1000, 2000]
    assert volume.b_vectors is not None
    assert np.allclose(volume.b_vectors, [[0, 0, 0], [0.6, 0, 0.8], [0, 0.6, 0.8]])
