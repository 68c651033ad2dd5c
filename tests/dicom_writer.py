"""A small DICOM writer for tests, samples and benches.

It writes exactly what it is asked for, right or wrong, and shares no code with fastdcm, so that what it
writes can judge what fastdcm reads. A data set is a list of ``(tag, VR, value)``, in the order of the bytes.
"""

from __future__ import annotations

import re
import struct
import zlib
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    Value: TypeAlias = "str | bytes | float | Sequence[str] | Sequence[float] | Sequence[Dataset] | Fragments"
    Element: TypeAlias = tuple[int, str, Value]
    Dataset: TypeAlias = Sequence[Element]

UNDEFINED = 0xFFFFFFFF
_ITEM = 0xFFFEE000
_ITEM_DELIMITER = 0xFFFEE00D
_SEQUENCE_DELIMITER = 0xFFFEE0DD
_PIXEL_DATA = 0x7FE00010

# PS3.5 Table 7.1-1: these have two reserved bytes and a 32-bit length.
_LONG_LENGTH = frozenset(["OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"])
_NUMBERS = {"US": "H", "SS": "h", "UL": "I", "SL": "i", "UV": "Q", "SV": "q", "FL": "f", "FD": "d"}
_WORDS = {"OW": 2, "OL": 4, "OF": 4, "OD": 8, "OV": 8}
_IMPLEMENTATION_CLASS_UID = "1.2.826.0.1.3680043.10.1701.1"


class Encoding(NamedTuple):
    """How a data set is written (PS3.5 §7.1, §10, Annex A)."""

    uid: str
    explicit: bool = True
    big_endian: bool = False
    deflated: bool = False

    @property
    def order(self) -> str:
        """The byte order as `struct` calls it."""
        return ">" if self.big_endian else "<"


IMPLICIT_LITTLE = Encoding("1.2.840.10008.1.2", explicit=False)
EXPLICIT_LITTLE = Encoding("1.2.840.10008.1.2.1")
EXPLICIT_BIG = Encoding("1.2.840.10008.1.2.2", big_endian=True)
DEFLATED = Encoding("1.2.840.10008.1.2.1.99", deflated=True)
RLE_LOSSLESS = Encoding("1.2.840.10008.1.2.5")


class Fragments(NamedTuple):
    """Encapsulated pixel data (PS3.5 §A.4): the Basic Offset Table and the fragments behind it."""

    offsets: Sequence[int]
    data: Sequence[bytes]

    @classmethod
    def of_frames(cls, frames: Sequence[bytes], *, table: bool = True) -> Fragments:
        """One fragment a frame; `table` says whether the Basic Offset Table is filled."""
        offsets, position = [], 0
        for frame in frames:
            offsets.append(position)
            position += 8 + len(frame) + len(frame) % 2
        return cls(offsets if table else [], frames)


def encode_dataset(
    dataset: Dataset, encoding: Encoding = EXPLICIT_LITTLE, *, undefined: bool = False, charset: str = "ascii"
) -> bytes:
    """Bytes of a data set, without anything in front of it.

    Parameters
    ----------
    undefined : bool
        Sequences and items get undefined length and delimiters (PS3.5 §7.5.2).
    charset : str
        Python's name of the encoding of text.
    """
    parts: list[bytes] = []
    for tag, vr, value in dataset:
        if vr == "SQ":
            body, length = _items(value, encoding, undefined, charset)
        elif isinstance(value, Fragments):
            body, length = _fragments(value, encoding), UNDEFINED
        else:
            body = _padded(_value(vr, value, encoding, charset), vr)
            length = len(body)
        parts.append(element_header(tag, vr, length, encoding))
        parts.append(body)
    return b"".join(parts)


def element_header(tag: int, vr: str, length: int, encoding: Encoding = EXPLICIT_LITTLE) -> bytes:
    """Tag, VR where it is explicit, and value length (PS3.5 §7.1.2, §7.1.3)."""
    order = encoding.order
    head = struct.pack(order + "HH", tag >> 16, tag & 0xFFFF)
    if not encoding.explicit or tag >> 16 == 0xFFFE:
        return head + struct.pack(order + "I", length)
    if vr in _LONG_LENGTH:
        return head + vr.encode() + b"\0\0" + struct.pack(order + "I", length)
    return head + vr.encode() + struct.pack(order + "H", length)


def encode_file(
    dataset: Dataset,
    encoding: Encoding = EXPLICIT_LITTLE,
    *,
    undefined: bool = False,
    charset: str = "ascii",
    preamble: bytes = bytes(128),
) -> bytes:
    """Bytes of a file (PS3.10 §7.1): preamble, prefix, file meta information, data set."""
    uids = {tag: value for tag, vr, value in dataset if tag in (0x00080016, 0x00080018)}
    meta = encode_dataset(
        [
            (0x00020001, "OB", b"\0\1"),
            (0x00020002, "UI", uids.get(0x00080016, "")),
            (0x00020003, "UI", uids.get(0x00080018, "")),
            (0x00020010, "UI", encoding.uid),
            (0x00020012, "UI", _IMPLEMENTATION_CLASS_UID),
            (0x00020013, "SH", "FASTDCM_SAMPLE"),
        ]
    )
    group_length = encode_dataset([(0x00020000, "UL", len(meta))])
    body = encode_dataset(dataset, encoding, undefined=undefined, charset=charset)
    if encoding.deflated:
        deflate = zlib.compressobj(wbits=-15)
        body = deflate.compress(body) + deflate.flush()
        body += bytes(len(body) % 2)
    return preamble + b"DICM" + group_length + meta + body


def write_file(
    path: Path, dataset: Dataset, encoding: Encoding = EXPLICIT_LITTLE, *, undefined: bool = False
) -> Path:
    """Writes a file, and the folders it needs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encode_file(dataset, encoding, undefined=undefined))
    return path


def rle_frame(pixels: bytes, *, rows: int, bytes_per_sample: int = 1, samples: int = 1) -> bytes:
    """One frame of RLE Lossless (PS3.5 Annex G) from little-endian pixels, colour by pixel.

    Segments are the bytes of a sample from the most significant one down, one sample after the other.
    """
    step = bytes_per_sample * samples
    segments = [
        _rle_segment(pixels[sample * bytes_per_sample + byte :: step], rows)
        for sample in range(samples)
        for byte in reversed(range(bytes_per_sample))
    ]
    offsets, position = [], 64
    for segment in segments:
        offsets.append(position)
        position += len(segment)
    header = [len(segments), *offsets, *[0] * (15 - len(offsets))]
    return struct.pack("<16I", *header) + b"".join(segments)


def _rle_segment(plane: bytes, rows: int) -> bytes:
    """PackBits, every row for itself (PS3.5 §G.3.1), padded to even length."""
    width = len(plane) // rows
    out = bytearray()
    for start in range(0, len(plane), width):
        row, end = plane[start : start + width], 0
        for run in re.finditer(rb"(.)\1{2,127}", row, re.DOTALL):
            _literals(out, row[end : run.start()])
            out += bytes((257 - (run.end() - run.start()), row[run.start()]))
            end = run.end()
        _literals(out, row[end:])
    return bytes(out) + bytes(len(out) % 2)


def _literals(out: bytearray, run: bytes) -> None:
    for start in range(0, len(run), 128):
        part = run[start : start + 128]
        out.append(len(part) - 1)
        out += part


def _items(items: object, encoding: Encoding, undefined: bool, charset: str) -> tuple[bytes, int]:
    assert isinstance(items, (list, tuple))
    parts: list[bytes] = []
    for item in items:
        body = encode_dataset(item, encoding, undefined=undefined, charset=charset)
        parts.append(element_header(_ITEM, "", UNDEFINED if undefined else len(body), encoding))
        parts.append(body)
        if undefined:
            parts.append(element_header(_ITEM_DELIMITER, "", 0, encoding))
    if undefined:
        parts.append(element_header(_SEQUENCE_DELIMITER, "", 0, encoding))
    whole = b"".join(parts)
    return whole, UNDEFINED if undefined else len(whole)


def _fragments(fragments: Fragments, encoding: Encoding) -> bytes:
    table = struct.pack(f"<{len(fragments.offsets)}I", *fragments.offsets)
    parts: list[bytes] = []
    for data in [table, *fragments.data]:
        padded = data + bytes(len(data) % 2)
        parts += [element_header(_ITEM, "", len(padded), encoding), padded]
    parts.append(element_header(_SEQUENCE_DELIMITER, "", 0, encoding))
    return b"".join(parts)


def _value(vr: str, value: Any, encoding: Encoding, charset: str) -> bytes:
    """Bytes of a value; `bytes` are taken as they are, but words are swapped for big endian."""
    if isinstance(value, bytes):
        return _swapped(value, _WORDS[vr]) if encoding.big_endian and vr in _WORDS else value
    many = value if isinstance(value, (list, tuple)) else [value]
    if vr == "AT":
        return b"".join(struct.pack(encoding.order + "HH", tag >> 16, tag & 0xFFFF) for tag in many)
    if vr in _NUMBERS:
        return struct.pack(f"{encoding.order}{len(many)}{_NUMBERS[vr]}", *many)
    return "\\".join(_text(part) for part in many).encode(charset)


def _text(part: object) -> str:
    # A DS has at most 16 characters (PS3.5 Table 6.2-1).
    return f"{part:.10g}" if isinstance(part, float) else str(part)


def _swapped(data: bytes, width: int) -> bytes:
    swapped = bytearray(len(data))
    for byte in range(width):
        swapped[byte::width] = data[width - 1 - byte :: width]
    return bytes(swapped)


def _padded(data: bytes, vr: str) -> bytes:
    if len(data) % 2 == 0:
        return data
    binary = vr in ("UI", "UN", "OB") or vr in _NUMBERS or vr in _WORDS
    return data + (b"\0" if binary else b" ")


def pixel_data(pixels: bytes, *, bits_allocated: int = 16) -> Element:
    """Native Pixel Data; OW above 8 bits (PS3.5 §8.1.2)."""
    return (_PIXEL_DATA, "OW" if bits_allocated > 8 else "OB", pixels)


def encapsulated(frames: Iterable[bytes], *, table: bool = True) -> Element:
    """Encapsulated Pixel Data, one fragment a frame."""
    return (_PIXEL_DATA, "OB", Fragments.of_frames(list(frames), table=table))
