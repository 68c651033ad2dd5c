"""CSA headers of Siemens, and the tiles that they count."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import fastdcm
from fastdcm.volumes.csa import read_csa
from world_phantom import AXIAL, expected, image, plane, write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

import dicom_writer as dicom


def csa(tags: dict[str, list[str]]) -> bytes:
    """A CSA header of the second form."""
    data = b"SV10\4\3\2\1" + struct.pack("<II", len(tags), 77)
    for name, values in tags.items():
        data += struct.pack("<64si4siii", name.encode(), len(values), b"FD\0\0", 4, len(values), 77)
        for value in values:
            text = value.encode() + b"\0"
            data += struct.pack("<4i", len(text), len(text), 77, len(text)) + text + bytes(-len(text) % 4)
    return data


def old_csa(tags: dict[str, list[str]]) -> bytes:
    """A CSA header of the first form: items are longer by the number of items of the first tag."""
    data = struct.pack("<II", len(tags), 77)
    excess = len(next(iter(tags.values())))
    for name, values in tags.items():
        data += struct.pack("<64si4siii", name.encode(), len(values), b"FD\0\0", 4, len(values), 205)
        for value in values:
            text = value.encode() + b"\0"
            length = len(text) + excess
            data += struct.pack("<4i", length, len(text), 77, length) + text + bytes(-len(text) % 4)
    return data


TAGS = {"NumberOfImagesInMosaic": ["5"], "Nothing": [], "SliceNormalVector": ["0.0", "0.0", "1.0"]}


@pytest.mark.parametrize("make", [csa, old_csa])
def test_tags_of_a_header(make: Callable[[dict[str, list[str]]], bytes]) -> None:
    assert read_csa(make(TAGS)) == TAGS


@pytest.mark.parametrize("make", [csa, old_csa])
def test_headers_cut_anywhere(make: Callable[[dict[str, list[str]]], bytes]) -> None:
    whole = make(TAGS)
    for length in range(len(whole)):
        for name, values in read_csa(whole[:length]).items():
            # In the first form an item that is longer than what is left ends its tag.
            assert TAGS[name][: len(values)] == values if make is old_csa else TAGS[name] == values


@pytest.mark.parametrize("make", [csa, old_csa])
@pytest.mark.parametrize("number", [0, 77, 0x7FFFFFFF, 0xFFFFFFFF])
def test_headers_with_other_numbers(make: Callable[[dict[str, list[str]]], bytes], number: int) -> None:
    whole = make(TAGS)
    for offset in range(0, len(whole) - 4, 4):
        read_csa(whole[:offset] + struct.pack("<I", number) + whole[offset + 4 :])


def mosaic_file(sign: int = 1, header: bytes | None = None, **more: Any) -> bytes:
    """Five tiles of 5 x 4 pixels, 4 mm apart along the normal or against it."""
    rows, columns, spacing = 5, 4, (1.5, 0.5)
    mosaic = np.zeros((3 * rows, 3 * columns), "<i2")
    for number in range(5):
        row, column = number // 3 * rows, number % 3 * columns
        tile = image([10, 20, 30 + sign * 4 * number], AXIAL, spacing, (rows, columns))
        mosaic[row : row + rows, column : column + columns] = tile
    # Image Position is that of the whole mosaic around the centre of the first slice.
    corner = [10 - columns * spacing[1], 20 - rows * spacing[0], 30]
    if header is None:
        header = csa({**TAGS, "SliceNormalVector": ["0", "0", str(sign)]})
    return plane(
        corner,
        spacing=spacing,
        size=mosaic.shape,
        image_type=(0x00080008, "CS", ["ORIGINAL", "PRIMARY", "M", "MOSAIC"]),
        between=(0x00180088, "DS", 4.0),
        creator=(0x00290010, "LO", "SIEMENS CSA HEADER"),
        header=(0x00291010, "OB", header + bytes(len(header) % 2)),
        pixels=dicom.pixel_data(mosaic.tobytes()),
        **more,
    )


@pytest.mark.parametrize("sign", [1, -1])
def test_tiles_lie_where_the_affine_says(tmp_path: Path, sign: int) -> None:
    volume = fastdcm.load_series(write(tmp_path, [mosaic_file(sign)]), defects="raise")
    assert volume.shape == (5, 5, 4)
    assert volume.spacing == (4.0, 1.5, 0.5)
    assert np.array_equal(volume.array, expected(volume.shape, volume.affine))


def test_tiles_with_a_header_of_the_first_form(tmp_path: Path) -> None:
    header = old_csa({**TAGS, "SliceNormalVector": ["0", "0", "-1"]})
    volume = fastdcm.load_series(write(tmp_path, [mosaic_file(-1, header)]), defects="raise")
    assert np.array_equal(volume.array, expected((5, 5, 4), volume.affine))


def test_the_order_in_which_slices_were_taken_does_not_move_them(tmp_path: Path) -> None:
    header = csa({**TAGS, "ProtocolSliceNumber": ["4"]})
    volume = fastdcm.load_series(write(tmp_path, [mosaic_file(1, header)]), defects="raise")
    assert np.array_equal(volume.array, expected((5, 5, 4), volume.affine))


def test_tiles_counted_without_a_header(tmp_path: Path) -> None:
    count = {"mr": (0x00190010, "LO", "SIEMENS MR HEADER"), "count": (0x0019100A, "US", 5)}
    volume = fastdcm.load_series(write(tmp_path, [mosaic_file(1, b"", **count)]), defects="raise")
    assert np.array_equal(volume.array, expected((5, 5, 4), volume.affine))


def test_mosaics_that_repeat_are_volumes_by_diffusion(tmp_path: Path) -> None:
    files = []
    for number, (b_value, direction) in enumerate([("0", []), ("900", ["0.6", "0", "0.8"])]):
        tags = {**TAGS, "B_value": [b_value], "DiffusionGradientDirection": direction}
        files.append(mosaic_file(1, csa(tags), instance=(0x00080018, "UI", f"1.2.3.4.{number}")))
    volume = fastdcm.load_series(write(tmp_path, files), defects="raise")
    assert volume.shape == (2, 5, 5, 4) and volume.varies == "diffusion"
    assert volume.b_values is not None and volume.b_values.tolist() == [0, 900]
    assert volume.b_vectors is not None and volume.b_vectors.tolist() == [[0, 0, 0], [0.6, 0, 0.8]]
    for array in volume.array:
        assert np.array_equal(array, expected((5, 5, 4), volume.affine))


@pytest.mark.parametrize("count", ["0", "", "10", "99999", "x"])
def test_mosaics_that_do_not_say_what_they_hold(tmp_path: Path, count: str) -> None:
    header = csa({"NumberOfImagesInMosaic": [count]})
    data = plane(
        [0, 0, 0],
        size=(6, 6),
        image_type=(0x00080008, "CS", ["ORIGINAL", "PRIMARY", "M", "MOSAIC"]),
        header=(0x00291010, "OB", header + bytes(len(header) % 2)),
    )
    with pytest.raises(fastdcm.VolumeError, match="mosaic"):
        fastdcm.load_series(write(tmp_path, [data]))
