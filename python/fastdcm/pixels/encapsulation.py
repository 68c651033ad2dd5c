"""Encapsulated pixel data taken apart and put together (PS3.5 §A.4), under the names of `pydicom.encaps`.

The value of Pixel Data goes in: items, the Basic Offset Table first, with or without the delimiter behind.
"""

from __future__ import annotations

import struct

from fastdcm import _core

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import BinaryIO, TypeAlias

    _Value: TypeAlias = bytes | bytearray | memoryview | BinaryIO
    _ExtendedOffsets: TypeAlias = tuple[bytes | Sequence[int], bytes | Sequence[int]]

__all__ = [
    "encapsulate",
    "encapsulate_extended",
    "generate_fragments",
    "generate_frames",
    "get_frame",
    "parse_basic_offsets",
]

_ITEM_HEADER = 8


def encapsulate(frames: Sequence[bytes], *, fragments_per_frame: int = 1, has_bot: bool = True) -> bytes:
    """Encoded frames as a value of Pixel Data, without the delimiter behind it.

    Parameters
    ----------
    frames : sequence of bytes
        One encoded frame each.
    fragments_per_frame : int
        Parts of even length that each frame is cut into.
    has_bot : bool
        Write a Basic Offset Table; otherwise it is empty.

    Raises
    ------
    ValueError
        A frame has too few bytes for its fragments, or all are too long for a Basic Offset Table
        (`OffsetTableError`); `fragments_per_frame` is below 1.
    """
    if fragments_per_frame < 1:
        raise ValueError(f"fragments_per_frame is {fragments_per_frame}, it must be 1 or more")
    return _core.encapsulate([bytes(frame) for frame in frames], fragments_per_frame, has_bot)


def encapsulate_extended(frames: Sequence[bytes]) -> tuple[bytes, bytes, bytes]:
    """Encoded frames as values of Pixel Data, Extended Offset Table and Extended Offset Table Lengths.

    Lengths are those of the frames before they were padded to even ones (PS3.3 C.7.6.3.1.8).
    """
    lengths = [len(frame) for frame in frames]
    offsets = [0]
    for length in lengths[:-1]:
        offsets.append(offsets[-1] + _ITEM_HEADER + length + length % 2)
    offsets = offsets[: len(lengths)]
    table = struct.Struct(f"<{len(lengths)}Q")
    return encapsulate(frames, has_bot=False), table.pack(*offsets), table.pack(*lengths)


def generate_fragments(buffer: _Value) -> Iterator[bytes]:
    """The value of each item, the Basic Offset Table first."""
    value = _bytes(buffer)
    for start, end in _core.fragment_ranges(value):
        yield value[start:end]


def generate_frames(
    buffer: _Value,
    *,
    number_of_frames: int | None = None,
    extended_offsets: _ExtendedOffsets | None = None,
) -> Iterator[bytes]:
    """Each encoded frame, its fragments in one piece.

    Parameters
    ----------
    buffer : bytes-like or binary file object
        The value of Pixel Data.
    number_of_frames : int, optional
        Number of Frames: needed where no offset table tells it and there are several fragments.
    extended_offsets : tuple of two, optional
        Extended Offset Table and its lengths, as bytes or as numbers.

    Raises
    ------
    OffsetTableError
        It cannot be known which fragments belong together.
    """
    value = _bytes(buffer)
    for fragments in _core.frame_ranges(value, number_of_frames, _tables(extended_offsets), None):
        yield _joined(value, fragments)


def get_frame(
    buffer: _Value,
    index: int,
    *,
    number_of_frames: int | None = None,
    extended_offsets: _ExtendedOffsets | None = None,
) -> bytes:
    """The encoded frame with the number `index`, from zero; arguments as in `generate_frames`.

    Raises
    ------
    IndexError
        `index` is not below the number of frames.
    OffsetTableError
        It cannot be known which fragments belong together.
    """
    value = _bytes(buffer)
    (fragments,) = _core.frame_ranges(value, number_of_frames, _tables(extended_offsets), index)
    return _joined(value, fragments)


def parse_basic_offsets(buffer: _Value) -> list[int]:
    """The numbers of the Basic Offset Table; none where it is empty."""
    return _core.basic_offsets(_bytes(buffer))


def _bytes(buffer: _Value) -> bytes:
    if isinstance(buffer, bytes):
        return buffer
    if isinstance(buffer, bytearray | memoryview):
        return bytes(buffer)
    return buffer.read()


def _tables(extended_offsets: _ExtendedOffsets | None) -> tuple[bytes, bytes]:
    if extended_offsets is None:
        return b"", b""
    offsets, lengths = extended_offsets
    return _numbers(offsets), _numbers(lengths)


def _numbers(table: bytes | Sequence[int]) -> bytes:
    return table if isinstance(table, bytes) else struct.pack(f"<{len(table)}Q", *table)


def _joined(value: bytes, fragments: list[tuple[int, int]]) -> bytes:
    return b"".join([value[start:end] for start, end in fragments])
