"""Enhanced objects with known world coordinates: stacks, dimensions, concatenations, levels of groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import dicom_writer as dicom
import fastdcm
from test_volume_defects import CORONAL, OBLIQUE, group, normal
from world_phantom import AXIAL, expected, image, plane, write

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class Drawn:
    """A frame: where it lies, and what its groups say beside that."""

    def __init__(
        self,
        place: float,
        *,
        orientation: Sequence[float] = AXIAL,
        content: Sequence[Any] = (),
        groups: Sequence[Any] = (),
        added: int = 0,
    ):
        self.position = [10 + place * part for part in normal(orientation)]
        self.orientation = orientation
        self.content = sorted(content)
        self.groups = list(groups)
        self.pixels = image(self.position, orientation) + added

    def item(self, *, with_orientation: bool) -> list[Any]:
        orientation = [group(0x00209116, (0x00200037, "DS", list(self.orientation)))]
        return sorted(
            [
                group(0x00209111, *self.content),
                group(0x00209113, (0x00200032, "DS", self.position)),
                *(orientation if with_orientation else ()),
                *self.groups,
            ],
            key=lambda element: element[0],
        )


def enhanced(frames: Sequence[Drawn], *, is_shared: bool = False, number: int = 1, **more: Any) -> bytes:
    shared = [group(0x00289110, (0x00280030, "DS", [1.5, 0.5]))]
    if is_shared:
        shared.insert(0, group(0x00209116, (0x00200037, "DS", list(frames[0].orientation))))
    return plane(
        [0, 0, 0],
        number,
        **{
            "sop_class": (0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.4.1"),
            "modality": (0x00080060, "CS", "MR"),
            "frames": (0x00280008, "IS", len(frames)),
            "shared": (0x52009229, "SQ", [shared]),
            "per_frame": (0x52009230, "SQ", [frame.item(with_orientation=not is_shared) for frame in frames]),
            "pixels": dicom.pixel_data(b"".join(frame.pixels.astype("<i2").tobytes() for frame in frames)),
            "image_position": None,
            "image_orientation": None,
            "pixel_spacing": None,
            **more,
        },
    )


def check(volume: fastdcm.Volume, slices: int, added: int = 0) -> None:
    assert volume.shape == (slices, 5, 4)
    assert np.array_equal(volume.array, expected(volume.shape, volume.affine) + added)


def stack_id(name: str) -> tuple[int, str, str]:
    return (0x00209056, "SH", name)


@pytest.mark.parametrize("is_shared", [False, True])
@pytest.mark.parametrize("orientation", [AXIAL, CORONAL, OBLIQUE])
def test_orientation_of_each_frame_or_of_all(tmp_path: Path, is_shared: bool, orientation: Any) -> None:
    frames = [Drawn(place, orientation=orientation) for place in (4, 0, 2)]
    write(tmp_path, [enhanced(frames, is_shared=is_shared)])
    check(fastdcm.load_series(tmp_path, defects="raise"), 3)


def test_own_groups_come_before_shared_ones(tmp_path: Path) -> None:
    rescale = group(0x00289145, (0x00281052, "DS", 0), (0x00281053, "DS", 3))
    frames = [Drawn(place, groups=[rescale] if place == 2 else []) for place in (0, 2, 4)]
    shared = [
        group(0x00209116, (0x00200037, "DS", list(AXIAL))),
        group(0x00289110, (0x00280030, "DS", [1.5, 0.5])),
        group(0x00289145, (0x00281052, "DS", 0), (0x00281053, "DS", 2)),
    ]
    data = enhanced(frames, is_shared=True, shared=(0x52009229, "SQ", [shared]))
    volume = fastdcm.load_series(write(tmp_path, [data]), defects="raise")
    slopes = np.array([2, 3, 2])[:, None, None]
    assert np.array_equal(volume.array, expected(volume.shape, volume.affine) * slopes)


def test_stacks_are_volumes_of_their_own(tmp_path: Path) -> None:
    frames = [Drawn(place, content=[stack_id("1")]) for place in (0, 2, 4)]
    frames += [Drawn(place, orientation=CORONAL, content=[stack_id("2")]) for place in (0, 3)]
    # In the same place as the first.
    frames += [Drawn(place, content=[stack_id("3")], added=500) for place in (0, 2)]
    write(tmp_path, [enhanced(frames)])
    (series,) = fastdcm.find_series(tmp_path)
    assert [defect.kind for defect in series.defects] == ["mixed orientation", "mixed stack"]
    parts = fastdcm.load_series(series, defects="split")
    for part, (slices, added) in zip(parts, ((3, 0), (2, 0), (2, 500)), strict=True):
        check(part, slices, added)


def test_one_stack_is_no_defect(tmp_path: Path) -> None:
    frames = [Drawn(place, content=[stack_id("1")]) for place in (0, 2, 4)]
    check(fastdcm.load_series(write(tmp_path, [enhanced(frames)]), defects="raise"), 3)


def test_temporal_positions(tmp_path: Path) -> None:
    frames = [
        Drawn(place, content=[(0x00209128, "UL", moment)], added=1000 * moment)
        for place in (2, 0)
        for moment in (3, 1, 2)
    ]
    volume = fastdcm.load_series(write(tmp_path, [enhanced(frames)]), defects="raise")
    assert volume.varies == "temporal position"
    place = expected((2, 5, 4), volume.affine)
    assert np.array_equal(volume.array, np.stack([place + 1000 * moment for moment in (1, 2, 3)]))


@pytest.mark.parametrize("turned", [False, True])
def test_dimension_indices_order_what_nothing_else_tells_apart(tmp_path: Path, turned: bool) -> None:
    frames = [
        Drawn(place, content=[(0x00209157, "UL", [1, moment, 1 + place // 2])], added=1000 * moment)
        for moment in (2, 3, 1)
        for place in (0, 2)
    ]
    write(tmp_path, [enhanced(frames[::-1] if turned else frames)])
    volume = fastdcm.load_series(tmp_path, defects="raise")
    assert volume.varies == "time"
    place = expected((2, 5, 4), volume.affine)
    assert np.array_equal(volume.array, np.stack([place + 1000 * moment for moment in (1, 2, 3)]))


def test_delays_after_the_heartbeat(tmp_path: Path) -> None:
    frames = [
        Drawn(place, groups=[group(0x00189118, (0x00209153, "FD", 50.0 * moment))], added=1000 * moment)
        for moment in (2, 1)
        for place in (0, 2)
    ]
    volume = fastdcm.load_series(write(tmp_path, [enhanced(frames)]), defects="raise")
    place = expected((2, 5, 4), volume.affine)
    assert np.array_equal(volume.array, np.stack([place + 1000, place + 2000]))


@pytest.mark.parametrize("is_split_by_time", [False, True])
def test_concatenations_are_one_volume(tmp_path: Path, is_split_by_time: bool) -> None:
    wanted = [(place, moment) for moment in (1, 2) for place in (0, 2, 4, 6)]
    if not is_split_by_time:
        wanted.sort()
    frames = [
        Drawn(place, content=[(0x00209128, "UL", moment)], added=1000 * moment) for place, moment in wanted
    ]
    files = [
        enhanced(
            frames[first : first + 4],
            number=1 + first,
            concatenation=(0x00209161, "UI", "1.2.3.99"),
            part=(0x00209162, "US", 1 + first // 4),
            offset=(0x00209228, "UL", first),
        )
        for first in (0, 4)
    ]
    volume = fastdcm.load_series(write(tmp_path, files[::-1]), defects="raise")
    assert volume.shape == (2, 4, 5, 4)
    place = expected((4, 5, 4), volume.affine)
    assert np.array_equal(volume.array, np.stack([place + 1000, place + 2000]))


def test_a_concatenation_without_one_of_its_files(tmp_path: Path) -> None:
    parts = [enhanced([Drawn(place), Drawn(place + 2)], number=1 + place) for place in (0, 4, 8)]
    (series,) = fastdcm.find_series(write(tmp_path, [parts[0], parts[2]]))
    assert [defect.kind for defect in series.defects] == ["gap"]
    (series,) = fastdcm.find_series(write(tmp_path, parts))
    assert series.defects == ()


def test_frames_of_different_objects_by_position(tmp_path: Path) -> None:
    even = enhanced([Drawn(place) for place in (0, 4, 8)], number=1)
    odd = enhanced([Drawn(place) for place in (2, 6)], number=2)
    volume = fastdcm.load_series(write(tmp_path, [even, odd]), defects="raise")
    check(volume, 5)


@pytest.mark.parametrize("values", [[1, 2, 3], [7]])
def test_groups_that_are_no_sequence(tmp_path: Path, values: list[int]) -> None:
    data = enhanced([Drawn(place) for place in (0, 2, 4)], per_frame=(0x52009230, "US", values))
    for source in (write(tmp_path, [data]), fastdcm.dcmread(data)):
        with pytest.raises(fastdcm.VolumeError, match="no image with a place"):
            fastdcm.load_series(source)
