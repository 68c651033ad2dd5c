"""Damaged files: the same number always means the same bytes."""

from __future__ import annotations

import functools
import random
import re
import struct
from typing import TYPE_CHECKING

import numpy as np

import dicom_writer as dicom

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

# What a length field says when it lies.
_LENGTHS = (0, 1, 2, 7, 8, 0xFE, 0xFFFF, 0x10000, 0x7FFFFFF0, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)
# Headers of explicit VR with a length of two bytes and of four, and those of items.
_SHORT_HEADER = re.compile(rb"(?s).{4}(?:A[EST]|CS|D[AST]|F[DL]|IS|LO|LT|PN|S[HLST]|TM|U[ILS])")
_LONG_HEADER = re.compile(rb"(?s).{4}(?:O[BDFLVW]|S[QV]|U[CNRTV])\0\0")
_ITEM_HEADER = re.compile(rb"\xfe\xff\x00\xe0")


def _elements(*, character_set: str = "ISO_IR 100") -> list[dicom.Element]:
    """A data set with nested, private and multi-valued elements, without an image."""
    code: dicom.Dataset = [(0x00080100, "SH", "T-1"), (0x00080102, "SH", "SRT"), (0x00080104, "LO", "Chest")]
    return [
        (0x00080005, "CS", character_set),
        (0x00080008, "CS", ["ORIGINAL", "PRIMARY"]),
        (0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.7"),
        (0x00080018, "UI", "1.2.3.4.5"),
        (0x00080020, "DA", "20260105"),
        (0x0008002A, "DT", "20260105101500.5+0100"),
        (0x00080030, "TM", "101500"),
        (0x00081140, "SQ", [[*code, (0x00081199, "SQ", [code, code])], code, []]),
        (0x00090010, "LO", "EXAMPLE"),
        (0x00091001, "DS", [1.5, 2.5]),
        (0x00091002, "UN", bytes(range(64))),
        (0x00100010, "PN", "Damaged^Dora"),
        (0x00180050, "DS", 1.25),
        (0x00200013, "IS", 7),
        (0x00200032, "DS", [-1.5, 2.5, 1000.25]),
    ]


def _image(
    pixels: NDArray[np.generic], *, bits: int = 0, photometric: str = "MONOCHROME2", rle: bool = False
) -> list[dicom.Element]:
    """A data set with `pixels` of shape (frames, rows, columns[, samples]); `bits` is Bits Stored."""
    frames, rows, columns, *samples = pixels.shape
    width = pixels.dtype.itemsize
    bits = bits or width * 8
    elements: list[dicom.Element] = [
        *_elements(),
        (0x00280002, "US", samples[0] if samples else 1),
        (0x00280004, "CS", photometric),
        (0x00280006, "US", 0),
        (0x00280008, "IS", frames),
        (0x00280010, "US", rows),
        (0x00280011, "US", columns),
        (0x00280100, "US", 1 if bits == 1 else width * 8),
        (0x00280101, "US", bits),
        (0x00280102, "US", bits - 1),
        (0x00280103, "US", int(pixels.dtype.kind == "i")),
    ]
    if rle:
        encode = functools.partial(
            dicom.rle_frame, rows=rows, bytes_per_sample=width, samples=(*samples, 1)[0]
        )
        return [*elements, dicom.encapsulated(encode(frame.tobytes()) for frame in pixels)]
    data = np.packbits(pixels != 0, bitorder="little").tobytes() if bits == 1 else pixels.tobytes()
    if pixels.dtype.kind == "f":
        return [*elements, (0x7FE00008, "OF", data)]
    return [*elements, dicom.pixel_data(data, bits_allocated=width * 8)]


def _multi_frame() -> list[dicom.Element]:
    frames = np.arange(6 * 12 * 10, dtype="<u2").reshape(6, 12, 10)
    each: list[dicom.Dataset] = [
        [
            (0x00209111, "SQ", [[(0x00209056, "SH", "1"), (0x00209057, "UL", index)]]),
            (0x00209113, "SQ", [[(0x00200032, "DS", [0, 0, index])]]),
        ]
        for index in range(6)
    ]
    *header, pixels = _image(frames)
    return [*header, (0x52009230, "SQ", each), pixels]


@functools.cache
def whole_files() -> list[bytes]:
    """The files that are damaged: small, and of every kind that is read."""
    ramp = np.arange(1 * 24 * 20, dtype="<u2").reshape(1, 24, 20)
    colour = (np.arange(2 * 16 * 12 * 3) % 251).astype(np.uint8).reshape(2, 16, 12, 3)
    japanese = [
        *_elements(character_set="\\ISO 2022 IR 87")[:11],
        (0x00100010, "PN", b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B"),
    ]
    return [
        dicom.encode_file(_image(ramp)),
        dicom.encode_file(_image(ramp, bits=12), undefined=True),
        dicom.encode_file(_image(ramp.astype("<i2")), dicom.IMPLICIT_LITTLE),
        dicom.encode_file(_image(ramp), dicom.IMPLICIT_LITTLE, undefined=True),
        dicom.encode_file(_image(ramp), dicom.EXPLICIT_BIG),
        dicom.encode_file(_image(ramp), dicom.DEFLATED),
        dicom.encode_file(_image(ramp, rle=True), dicom.RLE_LOSSLESS),
        dicom.encode_file(_image(colour, photometric="RGB", rle=True), dicom.RLE_LOSSLESS),
        dicom.encode_file(_image(colour, photometric="YBR_FULL")),
        dicom.encode_file(_image(ramp % 2 > 0, bits=1)),
        dicom.encode_file(_image(ramp.astype("<f4"))),
        dicom.encode_file(_multi_frame()),
        dicom.encode_file(_multi_frame(), undefined=True),
        dicom.encode_file(japanese),
    ]


def truncate(data: bytearray, random: random.Random) -> None:
    """Cuts the end, or the preamble."""
    if random.random() < 0.1:
        del data[: random.randrange(1, 200)]
    else:
        del data[random.randrange(len(data)) :]


def flip(data: bytearray, random: random.Random) -> None:
    """Other bits in one to sixteen places, mostly in the header."""
    for _ in range(random.choice((1, 1, 2, 4, 16))):
        end = min(len(data), 1200) if random.random() < 0.8 else len(data)
        data[random.randrange(end)] ^= random.choice((1, 2, 4, 8, 16, 32, 64, 128, 255))


def lie(data: bytearray, random: random.Random) -> None:
    """Wrong lengths of elements and items, in one to four places."""
    for _ in range(random.choice((1, 1, 2, 4))):
        pattern, distance, width = random.choice(
            ((_SHORT_HEADER, 6, 2), (_LONG_HEADER, 8, 4), (_ITEM_HEADER, 4, 4), (_ITEM_HEADER, -4, 4))
        )
        places = [match.start() + distance for match in pattern.finditer(data, 132)]
        place = random.choice(places) if places else random.randrange(132, len(data) - 4)
        (length,) = struct.unpack_from("<I", bytes(data[place : place + width]).ljust(4, b"\0"))
        wrong = random.choice((*_LENGTHS, length + 1, length + 2, abs(length - 2), length * 2)) % (
            1 << 8 * width
        )
        data[place : place + width] = wrong.to_bytes(width, "little")


def splice(data: bytearray, random: random.Random) -> None:
    """Parts removed, doubled, exchanged, or taken from another file."""
    for _ in range(random.choice((1, 1, 2))):
        start = random.randrange(len(data))
        end = min(len(data), start + random.choice((1, 2, 4, 8, 20, 100, 400)))
        other = random.choice(whole_files())
        from_other = random.randrange(len(other))
        match random.randrange(4):
            case 0:
                del data[start:end]
            case 1:
                data[start:start] = data[start:end] * random.choice((1, 2, 50))
            case 2:
                data[start:end] = other[from_other : from_other + end - start]
            case _:
                data[start:start] = other[from_other : from_other + end - start]
        if not data:
            return


KINDS: tuple[Callable[[bytearray, random.Random], None], ...] = (truncate, flip, lie, splice)


def damaged_file(number: int) -> tuple[str, bytes]:
    """The kind of damage, and the damaged file of this number."""
    kind = KINDS[number % len(KINDS)]
    files = whole_files()
    data = bytearray(files[number // len(KINDS) % len(files)])
    kind(data, random.Random(number))
    return kind.__name__, bytes(data)
