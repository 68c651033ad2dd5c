"""Objects of several frames without functional groups: nuclear medicine, ultrasound, X-ray cine."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import dicom_writer as dicom
import fastdcm
from world_phantom import AXIAL, expected, image, plane, write

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

OBLIQUE = (0.8, 0.36, -0.48, 0.0, 0.8, 0.6)
VECTORS = {
    "energy window": 0x00540010,
    "detector": 0x00540020,
    "phase": 0x00540030,
    "rotation": 0x00540050,
    "R-R interval": 0x00540060,
    "time slot": 0x00540070,
    "slice": 0x00540080,
    "angular view": 0x00540090,
    "time slice": 0x00540100,
}


def nuclear(kind: str, vectors: dict[str, Sequence[int]], frames: Sequence[Any], **more: Any) -> bytes:
    """A nuclear medicine image; its elements of a place are those of the detector."""
    place = [(0x00200032, "DS", [10.0, 20.0, 30.0]), (0x00200037, "DS", list(more.pop("orientation", AXIAL)))]
    elements = {name: (VECTORS[name], "US", list(values)) for name, values in vectors.items()}
    return plane(
        [0, 0, 0],
        **{
            "modality": (0x00080060, "CS", "NM"),
            "image_type": (0x00080008, "CS", ["ORIGINAL", "PRIMARY", kind, "EMISSION"]),
            "frames": (0x00280008, "IS", len(frames)),
            "pointer": (0x00280009, "AT", [VECTORS[name] for name in vectors]),
            "detectors": (0x00540022, "SQ", [place]),
            "image_position": None,
            "image_orientation": None,
            "pixels": dicom.pixel_data(b"".join(np.asarray(one, "<i2").tobytes() for one in frames)),
            **elements,
            **more,
        },
    )


@pytest.mark.parametrize("orientation", [AXIAL, OBLIQUE])
@pytest.mark.parametrize("spacing", [2.5, -2.5])
@pytest.mark.parametrize("order", [[1, 2, 3, 4], [4, 3, 2, 1], [2, 4, 1, 3]])
def test_reconstructed_slices_lie_where_the_detector_says(
    tmp_path: Path, orientation: Any, spacing: float, order: list[int]
) -> None:
    across = np.cross(orientation[:3], orientation[3:])
    frames = [image([10, 20, 30] + (number - 1) * spacing * across, orientation) for number in order]
    between = (0x00180088, "DS", spacing)
    data = nuclear("RECON TOMO", {"slice": order}, frames, between=between, orientation=orientation)
    volume = fastdcm.load_series(write(tmp_path, [data]), defects="raise")
    assert volume.spacing == pytest.approx((2.5, 1.5, 0.5))
    assert np.array_equal(volume.array, expected((4, 5, 4), volume.affine))
    assert np.linalg.det(volume.affine) < 0


def test_gated_slices_are_volumes(tmp_path: Path) -> None:
    places = [(slot, number) for slot in (2, 1) for number in (3, 1, 2)]
    frames = [image([10, 20, 30 + 4 * (number - 1)], AXIAL) + 1000 * slot for slot, number in places]
    vectors = {"time slot": [slot for slot, _ in places], "slice": [number for _, number in places]}
    data = nuclear("RECON GATED TOMO", vectors, frames, between=(0x00180088, "DS", 4.0))
    volume = fastdcm.load_series(write(tmp_path, [data]), defects="raise")
    assert volume.varies == "temporal position"
    assert volume.shape == (2, 3, 5, 4)
    for slot, array in enumerate(volume.array, 1):
        assert np.array_equal(array, expected((3, 5, 4), volume.affine) + 1000 * slot)


def test_energy_windows_are_stacks(tmp_path: Path) -> None:
    places = [(window, number) for window in (1, 2) for number in (1, 2, 3)]
    frames = [image([10, 20, 30 + 4 * (number - 1)], AXIAL) for _, number in places]
    vectors = {"energy window": [window for window, _ in places], "slice": [number for _, number in places]}
    data = nuclear("RECON TOMO", vectors, frames, between=(0x00180088, "DS", 4.0))
    (series,) = fastdcm.find_series(write(tmp_path, [data]))
    assert [defect.kind for defect in series.defects] == ["mixed stack"]
    assert [part.shape for part in fastdcm.load_series(series, defects="split")] == [(3, 5, 4), (3, 5, 4)]


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"detectors": None}, "no Image Position"),
        ({"between": None}, "no Spacing Between Slices"),
        ({"slice": None}, "no valid Slice Vector"),
        ({"pointer": None}, "no valid Slice Vector"),
        ({"slice": (0x00540080, "US", [1, 2])}, "no valid Slice Vector"),
    ],
)
def test_slices_without_a_place_are_left_out(tmp_path: Path, more: Any, reason: str) -> None:
    frames = [np.zeros((5, 4))] * 3
    data = nuclear("RECON TOMO", {"slice": [1, 2, 3]}, frames, **more)
    (series,) = fastdcm.find_series(write(tmp_path, [data]))
    ((_, found),) = series.left_out
    assert found.startswith("no position of slices") and reason in found
    assert fastdcm.load_multi_frame(data).array.shape == (3, 5, 4)


@pytest.mark.parametrize(
    ("kind", "lengths"),
    [
        ("STATIC", {"energy window": 2, "detector": 2}),
        ("DYNAMIC", {"energy window": 1, "detector": 2, "phase": 2, "time slice": 3}),
        ("GATED", {"energy window": 2, "detector": 1, "R-R interval": 1, "time slot": 4}),
        ("TOMO", {"energy window": 1, "detector": 2, "rotation": 1, "angular view": 5}),
    ],
)
@pytest.mark.parametrize("is_reversed", [False, True])
def test_projections_by_their_vectors(
    tmp_path: Path, kind: str, lengths: dict[str, int], is_reversed: bool
) -> None:
    places = list(itertools.product(*(range(1, length + 1) for length in lengths.values())))
    places = places[::-1] if is_reversed else places
    values = [sum(number * 10**power for power, number in enumerate(place)) for place in places]
    vectors = {name: [place[axis] for place in places] for axis, name in enumerate(lengths)}
    data = nuclear(kind, vectors, [np.full((5, 4), value) for value in values])
    (series,) = fastdcm.find_series(write(tmp_path, [data]))
    ((path, reason),) = series.left_out
    assert reason.startswith("no position of slices")
    for source in (path, fastdcm.dcmread(data), data):
        frames = fastdcm.load_multi_frame(source)
        varying = {name: length for name, length in lengths.items() if length > 1}
        assert frames.axes == (*varying, "row", "column")
        assert frames.array.shape == (*varying.values(), 5, 4)
        for place, value in zip(places, values, strict=True):
            at = tuple(n - 1 for n, length in zip(place, lengths.values(), strict=True) if length > 1)
            assert (frames.array[at] == value).all()


def test_vectors_that_do_not_fill_an_array(tmp_path: Path) -> None:
    data = nuclear("DYNAMIC", {"phase": [1, 1, 2]}, [np.full((5, 4), number) for number in range(3)])
    frames = fastdcm.load_multi_frame(data)
    assert frames.axes == ("frame", "row", "column")
    assert frames.vectors == {"phase": [1, 1, 2]}
    assert frames.array[:, 0, 0].tolist() == [0, 1, 2]


def cine(modality: str = "US", **more: Any) -> bytes:
    pixels = np.arange(3 * 5 * 4, dtype="<i2")
    return plane(
        [0, 0, 0],
        **{
            "modality": (0x00080060, "CS", modality),
            "frames": (0x00280008, "IS", 3),
            "pixels": dicom.pixel_data(pixels.tobytes()),
            "pixel_spacing": None,
            **more,
        },
    )


@pytest.mark.parametrize(
    ("more", "times"),
    [
        ({"time": (0x00181063, "DS", 40.0)}, [0, 40, 80]),
        ({"times": (0x00181065, "DS", [0, 30, 50.5])}, [0, 30, 80.5]),
        ({"times": (0x00181065, "DS", [7, 30, 50])}, [0, 30, 80]),
        ({"times": (0x00181065, "DS", [0, 30]), "time": (0x00181063, "DS", 40.0)}, [0, 40, 80]),
        ({"rate": (0x00082144, "IS", 25)}, [0, 40, 80]),
        ({"rate": (0x00180040, "IS", 50)}, [0, 20, 40]),
        ({"time": (0x00181063, "DS", 0), "rate": (0x00082144, "IS", 0)}, None),
        ({}, None),
    ],
)
def test_times_of_frames(more: Any, times: list[float] | None) -> None:
    frames = fastdcm.load_multi_frame(cine(**more))
    assert (None if frames.times is None else frames.times.tolist()) == times
    assert frames.axes == ("frame" if times is None else "time", "row", "column")
    assert frames.array.shape == (3, 5, 4)


def region(ends: Sequence[int], units: Sequence[int] = (3, 3), **more: Any) -> list[Any]:
    names = (0x00186018, 0x0018601A, 0x0018601C, 0x0018601E)
    elements = {
        "format": (0x00186012, "US", 1),
        "type": (0x00186014, "US", 1),
        **{str(tag): (tag, "UL", end) for tag, end in zip(names, ends, strict=True)},
        "x_units": (0x00186024, "US", units[0]),
        "y_units": (0x00186026, "US", units[1]),
        "x": (0x0018602C, "FD", 0.02),
        "y": (0x0018602E, "FD", -0.05),
        **more,
    }
    return sorted((element for element in elements.values() if element), key=lambda element: element[0])


def test_regions_of_ultrasound(tmp_path: Path) -> None:
    value = {"vx": (0x00186028, "FD", -1.5), "vy": (0x0018602A, "FD", 2.0)}
    pixel = {"px": (0x00186020, "SL", 2), "py": (0x00186022, "SL", 0)}
    items = [
        region([0, 1, 3, 2], **value, **pixel),
        region([0, 3, 3, 4], (4, 7), format=(0x00186012, "US", 3), type=(0x00186014, "US", 3)),
        region([0, 0, 1, 1], (3, 4)),
        region([3, 0, 1, 1]),
        region([0, 0, 1, 1], (3, 3), x=None),
        region([0, 0, 1, 1], (99, 3)),
    ]
    data = cine(regions=(0x00186011, "SQ", items))
    found = fastdcm.ultrasound_regions(data)
    assert [one.pixel_spacing for one in found] == [pytest.approx((0.5, 0.2)), None, None, None, None]
    assert found[0].units == ("cm", "cm") and found[1].units == ("s", "cm/s") and found[4].units == ("", "cm")
    assert [one.spatial_format for one in found[:2]] == ["2D", "spectral"]
    assert found[0].reference_pixel == (2, 0) and found[0].reference_value == (-1.5, 2.0)
    frames = fastdcm.load_multi_frame(data)
    assert frames.regions == found == fastdcm.ultrasound_regions(fastdcm.dcmread(data))
    first = frames.array[0][found[0].rows, found[0].columns]
    assert first.tolist() == [[4, 5, 6, 7], [8, 9, 10, 11]]
    assert fastdcm.ultrasound_regions(cine()) == ()
    # A place in the image is none in the patient.
    with pytest.raises(fastdcm.VolumeError, match="no position of slices"):
        fastdcm.load_series(write(tmp_path, [data]))


@pytest.mark.parametrize("modality", ["US", "XA", "RF"])
def test_cines_have_no_affine(tmp_path: Path, modality: str) -> None:
    data = cine(modality, spacing_of_detector=(0x00181164, "DS", [0.3, 0.3]))
    with pytest.raises(fastdcm.VolumeError, match="no position of slices"):
        fastdcm.load_series(write(tmp_path, [data]))
    frames = fastdcm.load_multi_frame(data)
    assert not hasattr(frames, "affine")
    assert frames.pixel_spacing is None
    assert fastdcm.load_multi_frame(cine(pixel_spacing=(0x00280030, "DS", [2, 1]))).pixel_spacing == (2, 1)


def test_more_frames_than_there_are() -> None:
    data = cine(frames=(0x00280008, "IS", 2**31 - 1), time=(0x00181063, "DS", 40.0))
    frames = fastdcm.load_multi_frame(data)
    assert frames.times is None
    with pytest.raises(fastdcm.DicomError):
        _ = frames.array
    assert "SECRET" not in repr(frames).upper()
