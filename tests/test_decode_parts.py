"""Parts of frames by `decode`: slices of the whole ones to the bit, and no more is read than is needed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import fastdcm
from dicom_writer import (
    EXPLICIT_BIG,
    EXPLICIT_LITTLE,
    RLE_LOSSLESS,
    encapsulated,
    encode_file,
    rle_frame,
)
from test_pixel_values import same, transformation

if TYPE_CHECKING:
    Array = np.ndarray[Any, Any]

HU = [(0x00281052, "DS", -1000), (0x00281053, "DS", 2)]
WINDOW = [(0x00281050, "DS", -700), (0x00281051, "DS", 400)]
# One frame has a window of its own, the other one is shown from its least to its greatest value.
GROUPS = [
    (
        0x52009230,
        "SQ",
        [[transformation(3)], [(0x00289132, "SQ", [[(0x00281050, "DS", 60), (0x00281051, "DS", 90)]])]],
    )
]
NUMBERS = ["u1", "i1", "u2", "i2", "u4"]


def image(
    array: Array, others: list[Any], *, stored: int, encoding: Any, planar: bool = False, is_rle: bool = False
) -> bytes:
    """A file with these frames."""
    frames, rows, columns, samples = array.shape
    elements = {
        0x00280002: ("US", samples),
        0x00280004: ("CS", "MONOCHROME2" if samples == 1 else "YBR_FULL"),
        0x00280008: ("IS", frames),
        0x00280010: ("US", rows),
        0x00280011: ("US", columns),
        0x00280100: ("US", array.itemsize * 8),
        0x00280101: ("US", stored),
        0x00280102: ("US", stored - 1),
        0x00280103: ("US", int(array.dtype.kind == "i")),
        **{tag: (vr, value) for tag, vr, value in others},
    }
    if samples > 1:
        elements[0x00280006] = ("US", int(planar))
    data = [(tag, *elements[tag]) for tag in sorted(elements)]
    if is_rle:
        encoded = [
            rle_frame(
                frame.astype(frame.dtype.newbyteorder("<")).tobytes(),
                rows=rows,
                samples=samples,
                bytes_per_sample=array.itemsize,
            )
            for frame in array
        ]
        return encode_file([*sorted(data), encapsulated(encoded)], RLE_LOSSLESS)
    placed = array.transpose(0, 3, 1, 2) if planar else array
    order = ">" if encoding is EXPLICIT_BIG else "<"
    pixels = placed.astype(array.dtype.newbyteorder(order)).tobytes()
    vr = "OB" if array.itemsize == 1 else "OW"
    return encode_file([*data, (0x7FE00010, vr, pixels)], encoding)


@st.composite
def pictures(draw: st.DrawFn) -> tuple[bytes, tuple[int, int], bool]:
    """A file of two frames, rows and columns of them, and whether it is in colour."""
    rows, columns = draw(st.integers(1, 11)), draw(st.integers(1, 11))
    is_colour = draw(st.booleans())
    dtype = np.dtype("u1" if is_colour else draw(st.sampled_from(NUMBERS)))
    stored = draw(st.sampled_from([dtype.itemsize * 8, dtype.itemsize * 8 - 3]))
    seed = draw(st.integers(0, 999))
    shape = (2, rows, columns, 3 if is_colour else 1)
    # Unused bits have something in them, too.
    array = np.random.default_rng(seed).integers(0, 256, (*shape, dtype.itemsize), dtype=np.uint8)
    array = array.view(dtype)[..., 0]
    others: list[Any] = draw(st.sampled_from([[], HU, [*HU, *WINDOW], GROUPS, [*GROUPS, *HU]]))
    file = image(
        array,
        [] if is_colour else others,
        stored=8 if is_colour else stored,
        encoding=draw(st.sampled_from([EXPLICIT_LITTLE, EXPLICIT_LITTLE, EXPLICIT_BIG])),
        planar=is_colour and draw(st.booleans()),
        is_rle=draw(st.integers(0, 3)) == 0,
    )
    return file, (rows, columns), is_colour


@st.composite
def parts(draw: st.DrawFn, rows: int, columns: int) -> tuple[int, int, int, int]:
    """Where a part of so many rows and columns begins, and its size."""
    top, left = draw(st.integers(0, rows - 1)), draw(st.integers(0, columns - 1))
    width = columns - left if draw(st.booleans()) else draw(st.integers(1, columns - left))
    return top, left, draw(st.integers(1, rows - top)), width


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data(), picture=pictures(), reduce=st.integers(0, 3))
def test_a_part_is_a_slice_of_the_whole_frame(
    tmp_path: Path, data: st.DataObject, picture: Any, reduce: int
) -> None:
    file, (rows, columns), is_colour = picture
    rows, columns = -(-rows // 2**reduce), -(-columns // 2**reduce)
    top, left, height, width = crop = data.draw(parts(rows, columns))
    path = tmp_path / "image.dcm"
    path.write_bytes(file)
    kinds = ["stored", "display"] if is_colour else ["stored", "physical", "display"]
    options: dict[str, Any] = {"values": data.draw(st.sampled_from(kinds)), "reduce": reduce}
    if options["values"] == "display" and data.draw(st.booleans()):
        options["window"] = (-500, 700)
    source: Any = fastdcm.scan(tmp_path, frames=True) if data.draw(st.booleans()) else [path]
    wanted = data.draw(st.sampled_from([None, [[0]], [[1]], [[1, 0, 1]]]))
    whole = np.asarray(fastdcm.decode(source, frames=wanted, **options))
    expected = whole[:, top : top + height, left : left + width]
    found = np.asarray(fastdcm.decode(source, frames=wanted, crop=crop, **options))
    same(found, expected)
    # In memory that others may see, and in another type.
    out = np.empty_like(expected)
    fastdcm.decode(source, frames=wanted, crop=crop, out=out, **options)
    same(out, expected)
    wider = fastdcm.decode(source, frames=wanted, crop=crop, dtype="f8", **options)
    whole = np.asarray(fastdcm.decode(source, frames=wanted, dtype="f8", **options))
    same(np.asarray(wider), whole[:, top : top + height, left : left + width])
    array = fastdcm.pixel_array(path, reduce=reduce, region=crop)
    stored = fastdcm.pixel_array(path, reduce=reduce)
    same(array, stored[:, top : top + height, left : left + width])


def bytes_read() -> int:
    """All that this process has read so far."""
    counts = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return int(counts["rchar"])


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads are counted by the kernel of Linux")
@pytest.mark.parametrize("reduce", [0, 2])
@pytest.mark.parametrize(
    ("options", "is_whole"),
    [
        ({"values": "stored"}, False),
        ({"values": "stored", "resize": (7, 7)}, False),
        ({"values": "stored", "dtype": "f4"}, False),
        ({"values": "physical"}, False),
        ({"values": "display", "window": (0, 100)}, False),
        # From the least to the greatest value of the frame.
        ({"values": "display"}, True),
    ],
)
def test_only_the_rows_of_a_part_are_read(
    tmp_path: Path, options: dict[str, Any], is_whole: bool, reduce: int
) -> None:
    rows, columns = 4_000, 1_000
    array = np.zeros((1, rows, columns, 1), "u2")
    array[0, 2_000:2_008, 500:508] = 1_000
    path = tmp_path / "large.dcm"
    path.write_bytes(image(array, HU, stored=16, encoding=EXPLICIT_LITTLE))
    crop = (2_000 >> reduce, 500 >> reduce, 8 >> reduce, 8 >> reduce)
    before = bytes_read()
    found = np.asarray(fastdcm.decode([path], crop=crop, reduce=reduce, **options))
    read = bytes_read() - before
    assert (found == found.ravel()[0]).all()
    assert found.ravel()[0] == {"stored": 1_000, "physical": 1_000, "display": 255}[options["values"]]
    assert (read > array.nbytes) == is_whole
    assert is_whole or read < 1 << 18


def test_a_window_of_the_image_reads_no_more_than_its_part(tmp_path: Path) -> None:
    array = np.arange(96, dtype="u2").reshape(2, 6, 8, 1)
    path = tmp_path / "image.dcm"
    path.write_bytes(image(array, GROUPS, stored=16, encoding=EXPLICIT_LITTLE))
    whole = np.asarray(fastdcm.decode([path], values="display"))
    found = np.asarray(fastdcm.decode([path], values="display", crop=(1, 2, 3, 4)))
    same(found, whole[:, 1:4, 2:6])
    # Its window does not reach from the least value of the part to the greatest one.
    assert found[0].min() > 0
