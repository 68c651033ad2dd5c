"""Codestreams with headers of ours before bits that are whatever they are."""

from __future__ import annotations

import itertools
import struct
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator


class JpegLs(NamedTuple):
    """A codestream of JPEG-LS."""

    rows: int
    columns: int
    samples: int
    precision: int
    frame: bytes


def segment(marker: int, content: bytes) -> bytes:
    """A marker, a length, and what it is the length of (ITU-T T.81 B.1.1.4)."""
    return bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content


def jpeg_lossless(rows: int, columns: int, selection: int) -> bytes:
    """A lossless frame of 12 bits whose differences are whatever its bits say; `selection`: predictor."""
    frame = struct.pack(">BHHB3B", 12, rows, columns, 1, 1, 0x11, 0)
    table = bytes([0, 0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, *range(12)])
    scan = bytes([1, 1, 0, selection, 0, 0])
    bits = bytes(place * 37 % 251 for place in range(rows * columns * 2))
    return (
        b"\xff\xd8" + segment(0xC3, frame) + segment(0xC4, table) + segment(0xDA, scan) + bits + b"\xff\xd9"
    )


def jpeg_ls(rows: int = 12, columns: int = 20) -> Iterator[JpegLs]:
    """Every interleave mode, lossless and near-lossless, with and without restarts."""
    noise = bytes(place * place % 251 for place in range(400))
    for precision, samples, interleave in ((8, 1, 0), (12, 1, 0), (8, 3, 0), (8, 3, 1), (12, 3, 2)):
        components = b"".join(bytes([number, 0x11, 0]) for number in range(1, samples + 1))
        frame = struct.pack(">BHHB", precision, rows, columns, samples) + components
        presets = struct.pack(">B5H", 1, (1 << precision) - 1, 3, 7, 21, 64)
        scans = [range(1, samples + 1)] if interleave else [[number] for number in range(1, samples + 1)]
        for near, interval in itertools.product((0, 2), (0, 5)):
            head = b"\xff\xd8" + segment(0xF7, frame) + segment(0xF8, presets)
            if interval:
                head += segment(0xDD, struct.pack(">H", interval)) + segment(0xE8, b"mrfx\1")
            for scan in scans:
                selected = b"".join(bytes([number, 0]) for number in scan)
                head += segment(0xDA, bytes([len(scan)]) + selected + bytes([near, interleave, 0])) + noise
            yield JpegLs(rows, columns, samples, precision, head + b"\xff\xd9")
