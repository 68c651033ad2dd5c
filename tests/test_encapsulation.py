"""Encapsulated pixel data taken apart and put together: against pydicom's functions of the same names."""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING

import pydicom.encaps
import pytest

import fastdcm
from fastdcm import pixels

if TYPE_CHECKING:
    from collections.abc import Sequence

FRAMES = [b"first frame", b"second", b"the third frame!"]
DELIMITER = b"\xfe\xff\xdd\xe0\0\0\0\0"


def items(values: Sequence[bytes]) -> bytes:
    """Items as they stand in Pixel Data."""
    return b"".join(b"\xfe\xff\x00\xe0" + struct.pack("<I", len(value)) + value for value in values)


@pytest.mark.parametrize("has_bot", [True, False])
@pytest.mark.parametrize("fragments_per_frame", [1, 2])
def test_encapsulate_is_as_pydicom_does_it(has_bot: bool, fragments_per_frame: int) -> None:
    found = pixels.encapsulate(FRAMES, fragments_per_frame=fragments_per_frame, has_bot=has_bot)
    assert found == pydicom.encaps.encapsulate(
        FRAMES, fragments_per_frame=fragments_per_frame, has_bot=has_bot
    )


def test_encapsulate_refuses_frames_that_are_too_short() -> None:
    with pytest.raises(fastdcm.PixelDataError, match="frame 1 of 6 bytes does not give 4 fragments"):
        pixels.encapsulate(FRAMES, fragments_per_frame=4)
    with pytest.raises(ValueError, match="fragments_per_frame is 0"):
        pixels.encapsulate(FRAMES, fragments_per_frame=0)


def test_ps3_3_c_7_6_3_1_8_extended_offset_table() -> None:
    value, offsets, lengths = pixels.encapsulate_extended(FRAMES)
    assert (value, offsets) == pydicom.encaps.encapsulate_extended(FRAMES)[:2]
    assert struct.unpack("<3Q", lengths) == (11, 6, 16)
    assert list(pixels.generate_frames(value, extended_offsets=(offsets, lengths))) == FRAMES
    numbers = (struct.unpack("<3Q", offsets), struct.unpack("<3Q", lengths))
    assert pixels.get_frame(value, 0, extended_offsets=numbers) == FRAMES[0]
    assert pixels.encapsulate_extended([]) == (items([b""]), b"", b"")


def test_frames_are_found_by_their_table_or_number() -> None:
    padded = [frame + bytes(len(frame) % 2) for frame in FRAMES]
    for fragments in (1, 2):
        value = pixels.encapsulate(FRAMES, fragments_per_frame=fragments)
        assert list(pixels.generate_frames(value)) == padded
        assert list(pixels.generate_frames(value + DELIMITER, number_of_frames=3)) == padded
        assert pixels.get_frame(value, 2) == padded[2]
        assert list(pixels.generate_fragments(value)) == list(pydicom.encaps.generate_fragments(value))
        assert pixels.parse_basic_offsets(value) == pydicom.encaps.parse_basic_offsets(value)
    value = pixels.encapsulate(FRAMES, has_bot=False)
    assert pixels.parse_basic_offsets(value) == []
    assert [pixels.get_frame(value, index, number_of_frames=3) for index in range(3)] == padded
    with pytest.raises(fastdcm.OffsetTableError, match="neither an offset table"):
        list(pixels.generate_frames(value))
    assert list(pixels.generate_frames(pixels.encapsulate(FRAMES[:1], has_bot=False))) == padded[:1]


@pytest.mark.parametrize("index", [3, -1, 1 << 40])
def test_a_frame_that_is_not_there_is_an_index_error(index: int) -> None:
    with pytest.raises(IndexError):
        pixels.get_frame(pixels.encapsulate(FRAMES), index)


def test_frames_without_a_table_are_found_by_their_end_markers() -> None:
    frame = b"\xff\xd8\xff\xda\0\2\1\2\3\xff\xd9"
    spread = items([b"", frame[:6], frame[6:] + b"\0", frame + b"\0", frame[:4], frame[4:]])
    assert [len(frame) for frame in pixels.generate_frames(spread, number_of_frames=3)] == [12, 12, 11]
    joined = items([b"", frame * 3 + b"\0"])
    assert list(pixels.generate_frames(joined, number_of_frames=3)) == [frame] * 3


@pytest.mark.parametrize("value", [b"", b"\0" * 8, items([b"ab"])[:-1], items([b"ab"]) + b"x"])
def test_what_is_no_sequence_of_fragments_is_an_error(value: bytes) -> None:
    for call in (pixels.generate_fragments, pixels.generate_frames):
        with pytest.raises(fastdcm.OffsetTableError, match="not a sequence of fragments"):
            list(call(value))
    with pytest.raises(fastdcm.OffsetTableError):
        pixels.parse_basic_offsets(value)


def test_every_kind_of_buffer_is_taken() -> None:
    value = pixels.encapsulate(FRAMES)
    for buffer in (value, bytearray(value), memoryview(value), io.BytesIO(value)):
        assert pixels.get_frame(buffer, 1) == b"second"
