"""Cells become samples (PS3.5 §8): bytes of files and the samples that follow, worked out by hand."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import fastdcm
from dicom_writer import EXPLICIT_BIG, EXPLICIT_LITTLE, IMPLICIT_LITTLE, RLE_LOSSLESS, Encoding
from fastdcm import PixelDataError
from image_file import GE_PRIVATE, image_file, swapped

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LITTLE, BIG, IMPLICIT, GE = EXPLICIT_LITTLE, EXPLICIT_BIG, IMPLICIT_LITTLE, GE_PRIVATE
JPEG_LOSSLESS_SV1 = Encoding("1.2.840.10008.1.2.4.70")
JPEG_EXTENDED = Encoding("1.2.840.10008.1.2.4.51")
JPEG_LS_LOSSLESS = Encoding("1.2.840.10008.1.2.4.80")


def read(data: bytes, **wanted: Any) -> Any:
    return fastdcm.pixel_array(data, **wanted).tolist()


# High Bit, and bits of a cell that are no sample

SAMPLES_IN_CELLS = [
    # Bits Allocated, Bits Stored, High Bit; cells; unsigned samples; signed samples
    ((16, 12, 11), [0xF123, 0x0FFF, 0x8800], [0x123, 4095, 2048], [0x123, -1, -2048]),
    ((16, 12, 15), [0x123F, 0xFFF0, 0x8007, 0x7FFF], [0x123, 4095, 2048, 2047], [0x123, -1, -2048, 2047]),
    ((16, 12, 13), [0xC00F, 0x2000, 0xDFFF, 0x3FFC], [3, 2048, 2047, 4095], [3, -2048, 2047, -1]),
    ((16, 1, 15), [0x8000, 0x7FFF], [1, 0], [-1, 0]),
    ((16, 16, 15), [0x8000, 0xFFFF], [32_768, 65_535], [-32_768, -1]),
    ((8, 6, 7), [0xFF, 0x83, 0x7F], [63, 32, 31], [-1, -32, 31]),
    ((8, 4, 5), [0xC3, 0x20, 0x1F], [0, 8, 7], [0, -8, 7]),
    ((32, 20, 27), [0xF80000FF, 0x00000100], [524_288, 1], [-524_288, 1]),
    ((32, 32, 31), [0xFFFFFFFE, 0x80000000], [4_294_967_294, 2**31], [-2, -(2**31)]),
    ((64, 40, 47), [0xFFFF8000000000FF, 0x100], [549_755_813_888, 1], [-549_755_813_888, 1]),
    ((64, 64, 63), [0xFFFFFFFFFFFFFFFE], [18_446_744_073_709_551_614], [-2]),
]


@pytest.mark.parametrize("encoding", [LITTLE, IMPLICIT, BIG, GE], ids=["little", "implicit", "big", "GE"])
@pytest.mark.parametrize(("bits", "cells", "unsigned", "signed"), SAMPLES_IN_CELLS)
def test_ps3_5_8_1_1_high_bit(
    bits: tuple[int, int, int], cells: list[int], unsigned: list[int], signed: list[int], encoding: Encoding
) -> None:
    allocated, stored, high = bits
    # In words of big endian, bytes stand in pairs the wrong way round; GE's syntax has no such words.
    order = ">" if encoding in {BIG, GE} else "<"
    data = struct.pack(order + str(len(cells)) + {8: "B", 16: "H", 32: "I", 64: "Q"}[allocated], *cells)
    data += bytes(len(data) % 2)
    if allocated == 8 and encoding is BIG:
        data = swapped(data)
    for is_signed, expected in ((False, unsigned), (True, signed)):
        file = image_file(
            data,
            shape=(1, 1, len(cells)),
            encoding=encoding,
            bits=allocated,
            stored=stored,
            high=high,
            signed=is_signed,
        )
        array = fastdcm.pixel_array(file)
        assert array.dtype == np.dtype(f"{'int' if is_signed else 'uint'}{allocated}")
        assert array.tolist() == [expected]


# Native pixel data

NINE = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
TWO_OF_NINE = [NINE, [[10, 11, 12], [13, 14, 15], [16, 17, 18]]]
# 1 1 0 0 0 0 0 1 0 | 0 0 1 1 0 0 0 0 1 | 1 0 0 0 0 0 0 0 1: nine bits a frame, the first bit lowest.
THREE_OF_BITS = [
    [[1, 1, 0], [0, 0, 0], [0, 1, 0]],
    [[0, 0, 1], [1, 0, 0], [0, 0, 1]],
    [[1, 0, 0], [0, 0, 0], [0, 0, 1]],
]
PLANES = [[[[1, 3, 5], [2, 4, 6]]], [[[7, 9, 11], [8, 10, 12]]]]

NATIVE: list[tuple[Encoding, str, bytes, tuple[int, int, int], dict[str, Any], Any]] = [
    # Bytes: odd lengths, and in the words of big endian.
    (LITTLE, "OW", bytes([*range(1, 10), 0]), (1, 3, 3), {}, NINE),
    (LITTLE, "OB", bytes([*range(1, 10), 0]), (1, 3, 3), {}, NINE),
    (BIG, "OB", bytes([*range(1, 10), 0]), (1, 3, 3), {}, NINE),
    (BIG, "OW", bytes([2, 1, 4, 3, 6, 5, 8, 7, 0, 9]), (1, 3, 3), {}, NINE),
    (LITTLE, "OW", bytes(range(1, 19)), (2, 3, 3), {}, TWO_OF_NINE),
    (BIG, "OW", swapped(bytes(range(1, 19))), (2, 3, 3), {}, TWO_OF_NINE),
    (BIG, "OW", bytes([0xFE, 0xFF, 0, 0x80]), (1, 1, 3), {"signed": True}, [[-1, -2, -128]]),
    (GE, "OW", bytes([1, 2, 3, 0]), (1, 1, 3), {}, [[1, 2, 3]]),
    # One bit: frames begin in the middle of a byte.
    (LITTLE, "OB", b"\x83\x18\x06\x04", (3, 3, 3), {"bits": 1}, THREE_OF_BITS),
    (LITTLE, "OW", b"\x83\x18\x06\x04", (3, 3, 3), {"bits": 1}, THREE_OF_BITS),
    (IMPLICIT, "OW", b"\x83\x18\x06\x04", (3, 3, 3), {"bits": 1}, THREE_OF_BITS),
    (BIG, "OB", b"\x83\x18\x06\x04", (3, 3, 3), {"bits": 1}, THREE_OF_BITS),
    (BIG, "OW", b"\x18\x83\x04\x06", (3, 3, 3), {"bits": 1}, THREE_OF_BITS),
    (LITTLE, "OB", b"\x83\x00", (1, 3, 3), {"bits": 1, "signed": True}, THREE_OF_BITS[0]),
    # One plane after the other, in each frame.
    (LITTLE, "OB", bytes(range(1, 13)), (2, 1, 2), {"samples": 3, "planar": 1}, PLANES),
    (BIG, "OW", swapped(bytes(range(1, 13))), (2, 1, 2), {"samples": 3, "planar": 1}, PLANES),
    (
        LITTLE,
        "OW",
        struct.pack("<12H", *range(1, 13)),
        (2, 1, 2),
        {"bits": 16, "samples": 3, "planar": 1},
        PLANES,
    ),
    (
        BIG,
        "OW",
        struct.pack(">12H", *range(1, 13)),
        (2, 1, 2),
        {"bits": 16, "samples": 3, "planar": 1},
        PLANES,
    ),
    (
        GE,
        "OW",
        struct.pack(">12H", *range(1, 13)),
        (2, 1, 2),
        {"bits": 16, "samples": 3, "planar": 1},
        PLANES,
    ),
    (
        LITTLE,
        "OW",
        struct.pack("<12I", *range(1, 13)),
        (2, 1, 2),
        {"bits": 32, "samples": 3, "planar": 1},
        PLANES,
    ),
    (
        LITTLE,
        "OW",
        bytes.fromhex("F1FF F2FF F3FF"),
        (1, 1, 1),
        {"bits": 16, "stored": 12, "samples": 3, "planar": 1},
        [[[0xFF1, 0xFF2, 0xFF3]]],
    ),
    # Words and more; GE has the pixels alone in big endian.
    (GE, "OW", bytes.fromhex("0102 FFFE"), (1, 1, 2), {"bits": 16}, [[0x0102, 0xFFFE]]),
    (GE, "OW", bytes.fromhex("0102 FFFE"), (1, 1, 2), {"bits": 16, "signed": True}, [[0x0102, -2]]),
    (GE, "OW", bytes.fromhex("F800"), (1, 1, 1), {"bits": 16, "stored": 12, "signed": True}, [[-2048]]),
    (BIG, "OW", bytes.fromhex("FFFFFFFE"), (1, 1, 1), {"bits": 32, "signed": True}, [[-2]]),
    # Float Pixel Data and Double Float Pixel Data.
    (LITTLE, "OF", bytes.fromhex("0000C03F 000080FF"), (1, 1, 2), {"bits": 32}, [[1.5, float("-inf")]]),
    (IMPLICIT, "OF", bytes.fromhex("0000C03F"), (1, 1, 1), {"bits": 32}, [[1.5]]),
    (BIG, "OF", bytes.fromhex("3FC00000 BF000000"), (2, 1, 1), {"bits": 32}, [[[1.5]], [[-0.5]]]),
    (LITTLE, "OD", bytes.fromhex("00000000000000C0"), (1, 1, 1), {"bits": 64}, [[-2.0]]),
    (BIG, "OD", bytes.fromhex("C000000000000000"), (1, 1, 1), {"bits": 64}, [[-2.0]]),
]


@pytest.mark.parametrize(("encoding", "vr", "data", "shape", "facts", "expected"), NATIVE)
def test_ps3_5_8_2_native_pixel_data(
    encoding: Encoding,
    vr: str,
    data: bytes,
    shape: tuple[int, int, int],
    facts: dict[str, Any],
    expected: Any,
) -> None:
    file = image_file(data, shape=shape, encoding=encoding, vr=vr, **facts)
    assert read(file) == expected
    assert fastdcm.dcmread(file).pixel_array.tolist() == expected
    for index in range(shape[0]):
        one = expected[index] if shape[0] > 1 else expected
        assert read(file, index=index) == one
        out = np.empty_like(np.array(one, fastdcm.pixel_array(file).dtype))
        assert fastdcm.pixel_array(file, index=index, out=out).tolist() == one


# RLE: segments are planes of bytes, the most significant first, colour after colour (PS3.5 §G.2)


def rle(*segments: str) -> bytes:
    """A frame of these segments, in hexadecimal, each padded to even length."""
    encoded = [bytes.fromhex(segment) for segment in segments]
    encoded = [segment + bytes(len(segment) % 2) for segment in encoded]
    offsets = [64 + sum(map(len, encoded[:number])) for number in range(len(encoded))]
    return struct.pack("<16I", len(encoded), *offsets, *[0] * (15 - len(offsets))) + b"".join(encoded)


RLE_CASES: list[tuple[list[bytes], tuple[int, int, int], dict[str, Any], Any]] = [
    # 80: nothing; FE: three times; 00: one as it is.
    ([rle("80 FE05 0009")], (1, 1, 4), {}, [[5, 5, 5, 9]]),
    ([rle("02 FF0180"), rle("FE7F")], (2, 1, 3), {"signed": True}, [[[-1, 1, -128]], [[127, 127, 127]]]),
    (
        [rle("010107", "010208", "010309", "01040A", "01050B", "01060C")],
        (1, 1, 2),
        {"bits": 16, "samples": 3},
        [[[0x0102, 0x0304, 0x0506], [0x0708, 0x090A, 0x0B0C]]],
    ),
    (
        [rle(*(f"00{byte:02X}" for byte in range(1, 13)))],
        (1, 1, 1),
        {"bits": 32, "samples": 3},
        [[[0x01020304, 0x05060708, 0x090A0B0C]]],
    ),
    ([rle("01FF00", "01FF00", "01FF00", "01FE01")], (1, 1, 2), {"bits": 32, "signed": True}, [[-2, 1]]),
    # Samples of 12 bits: what is above is no sample, the sign is that of bit 11.
    (
        [rle("020F1817", "02FE00FF")],
        (1, 1, 3),
        {"bits": 16, "stored": 12, "signed": True},
        [[-2, -2048, 2047]],
    ),
    ([rle("020F1817", "02FE00FF")], (1, 1, 3), {"bits": 16, "stored": 12}, [[4094, 2048, 2047]]),
    (
        [rle("01F080", "01FF7F")],
        (1, 1, 2),
        {"bits": 16, "stored": 12, "high": 15, "signed": True},
        [[-241, -2041]],
    ),
    # One bit: packed in the segment, each frame from bit 0 of its own.
    ([rle("018300"), rle("010C01"), rle("010101")], (3, 3, 3), {"bits": 1}, THREE_OF_BITS),
]


@pytest.mark.parametrize(("frames", "shape", "facts", "expected"), RLE_CASES)
def test_ps3_5_annex_g_segments(
    frames: list[bytes], shape: tuple[int, int, int], facts: dict[str, Any], expected: Any
) -> None:
    # Planar Configuration says nothing of RLE: it is always by pixel in the result (PS3.5 §8.2.2).
    for planar in (0, 1):
        file = image_file(frames, shape=shape, encoding=RLE_LOSSLESS, planar=planar, **facts)
        assert read(file) == expected


# JPEG lossless and JPEG-LS know no sign: it comes from Pixel Representation and Bits Stored


def jpeg_lossless(rows: Sequence[Sequence[int]], precision: int) -> bytes:
    """A codestream of selection value 1; categories are numbers of five bits."""
    bits = ""
    for number, row in enumerate(rows):
        for column, sample in enumerate(row):
            above = rows[number - 1][0] if number else 1 << (precision - 1)
            difference = (sample - (row[column - 1] if column else above) + 0x7FFF) % 0x10000 - 0x7FFF
            size = abs(difference).bit_length()
            low = difference if difference > 0 else difference + (1 << size) - 1
            bits += f"{size:05b}" + (f"{low:0{size}b}" if 0 < size < 16 else "")
    bits += "1" * (-len(bits) % 8)
    scan = b"".join(
        bytes([byte, 0]) if byte == 0xFF else bytes([byte])
        for byte in (int(bits[start : start + 8], 2) for start in range(0, len(bits), 8))
    )
    frame = struct.pack(">BHHB", precision, len(rows), len(rows[0]), 1) + b"\1\x11\0"
    table = bytes([0, 0, 0, 0, 0, 17, *[0] * 11, *range(17)])
    segments = [(0xC3, frame), (0xC4, table), (0xDA, b"\1\1\0\1\0\0")]
    header = b"".join(struct.pack(">BBH", 0xFF, code, len(body) + 2) + body for code, body in segments)
    return b"\xff\xd8" + header + scan + b"\xff\xd9"


def jpeg_ls(rows: Sequence[Sequence[int]], precision: int) -> bytes:
    charls = pytest.importorskip("jpeg_ls")
    cells = struct.pack(
        f"<{len(rows) * len(rows[0])}{'B' if precision <= 8 else 'H'}",
        *(cell for row in rows for cell in row),
    )
    return bytes(charls.encode_buffer(cells, len(rows), len(rows[0]), 1, precision))


SIGNED_CODESTREAMS = [
    # Bits Allocated, Bits Stored, precision; samples in the codestream; unsigned; signed
    ((16, 12, 12), [[0x800, 0xFFF], [0, 0x7FF]], [[2048, 4095], [0, 2047]], [[-2048, -1], [0, 2047]]),
    ((16, 10, 10), [[0x200, 0x3FF], [1, 0x1FF]], [[512, 1023], [1, 511]], [[-512, -1], [1, 511]]),
    ((16, 8, 8), [[0x80, 0xFF], [0, 0x7F]], [[128, 255], [0, 127]], [[-128, -1], [0, 127]]),
    ((8, 7, 7), [[0x40, 0x7F], [0, 0x3F]], [[64, 127], [0, 63]], [[-64, -1], [0, 63]]),
    # The codestream has the sign in all bits of the cell.
    ((16, 12, 16), [[0xF800, 0xFFFF], [0, 0x7FF]], [[2048, 4095], [0, 2047]], [[-2048, -1], [0, 2047]]),
    ((16, 16, 16), [[0x8000, 0xFFFF], [0, 1]], [[32_768, 65_535], [0, 1]], [[-32_768, -1], [0, 1]]),
    ((8, 8, 8), [[0x80, 0xFF], [0, 0x7F]], [[128, 255], [0, 127]], [[-128, -1], [0, 127]]),
]


@pytest.mark.parametrize("codec", [jpeg_lossless, jpeg_ls])
@pytest.mark.parametrize(("bits", "coded", "unsigned", "signed"), SIGNED_CODESTREAMS)
def test_the_sign_is_that_of_pixel_representation(
    codec: Any, bits: tuple[int, int, int], coded: list[list[int]], unsigned: Any, signed: Any
) -> None:
    allocated, stored, precision = bits
    encoding = JPEG_LS_LOSSLESS if codec is jpeg_ls else JPEG_LOSSLESS_SV1
    for is_signed, expected in ((False, unsigned), (True, signed)):
        file = image_file(
            [codec(coded * 20, precision)] * 2,  # CharLS has too little room for 4 pixels
            shape=(2, 40, 2),
            encoding=encoding,
            bits=allocated,
            stored=stored,
            signed=is_signed,
        )
        array = fastdcm.pixel_array(file)
        assert array.dtype == np.dtype(f"{'int' if is_signed else 'uint'}{allocated}")
        assert array.tolist() == [expected * 20, expected * 20]
        assert read(file, index=1) == expected * 20


@pytest.mark.parametrize("codec", [jpeg_lossless, jpeg_ls])
@pytest.mark.parametrize(
    ("bits", "coded", "unsigned", "signed"),
    [
        # Samples of 12 bits alone, then whole cells in which they end at bit 15 or 13.
        ((12, 15, 12), [0x800, 0xFFF, 0, 0x7FF], [2048, 4095, 0, 2047], [-2048, -1, 0, 2047]),
        ((12, 15, 16), [0x800F, 0xFFF0, 0xF, 0x7FFA], [2048, 4095, 0, 2047], [-2048, -1, 0, 2047]),
        ((12, 13, 12), [0x800, 0xFFF, 0, 0x7FF], [2048, 4095, 0, 2047], [-2048, -1, 0, 2047]),
        ((12, 13, 14), [0x2003, 0x3FFC, 3, 0x1FFC], [2048, 4095, 0, 2047], [-2048, -1, 0, 2047]),
    ],
)
def test_high_bit_of_codestreams(
    codec: Any, bits: tuple[int, int, int], coded: list[int], unsigned: list[int], signed: list[int]
) -> None:
    stored, high, precision = bits
    encoding = JPEG_LS_LOSSLESS if codec is jpeg_ls else JPEG_LOSSLESS_SV1
    frames = [codec([coded] * 20, precision)]
    for is_signed, expected in ((False, unsigned), (True, signed)):
        facts = {"bits": 16, "stored": stored, "high": high, "signed": is_signed}
        assert read(image_file(frames, shape=(1, 20, 4), encoding=encoding, **facts)) == [expected] * 20


@pytest.mark.parametrize("stored", [12, 10, 8])
def test_lossy_samples_beyond_bits_stored_are_kept(stored: int) -> None:
    # Cut to Bits Stored, white would be black.
    # Extended sequential JPEG of 12 bits: one block, whose DC coefficient is -1018 by a quantization of 8, so
    # that all samples are 2048 - 1018: category 10 and its bits 0000000101, then the end of the block.
    segments = [
        (0xDB, bytes([0, *[8] * 64])),
        (0xC1, struct.pack(">BHHB", 12, 8, 8, 1) + b"\1\x11\0"),
        (0xC4, bytes([0, 0, 0, 0, 0, 16, *[0] * 11, *range(16)])),
        (0xC4, bytes([0x10, 1, *[0] * 15, 0])),
        (0xDA, b"\1\1\0\0\x3f\0"),
    ]
    header = b"".join(struct.pack(">BBH", 0xFF, code, len(body) + 2) + body for code, body in segments)
    data = b"\xff\xd8" + header + bytes([0b01010_000, 0b0000101_0]) + b"\xff\xd9"
    file = image_file([data], shape=(1, 8, 8), encoding=JPEG_EXTENDED, bits=16, stored=stored)
    assert read(file) == [[1030] * 8] * 8


# Overlays (PS3.3 C.9.2)


def in_cells(group: int, bit: int) -> list[tuple[int, str, Any]]:
    """An overlay that stands in a bit of the pixel cells (retired in 2004)."""
    base = group << 16
    return [
        (base | 0x0010, "US", 1),
        (base | 0x0011, "US", 2),
        (base | 0x0040, "CS", "G"),
        (base | 0x0050, "SS", [1, 1]),
        (base | 0x0100, "US", 16),
        (base | 0x0102, "US", bit),
    ]


CELLS = [0x1005, 0x4006, 0x5FFF, 0x0000]


@pytest.mark.parametrize("encoding", [LITTLE, BIG, IMPLICIT, GE, RLE_LOSSLESS])
@pytest.mark.parametrize(("is_signed", "samples"), [(False, [5, 6, 4095, 0]), (True, [5, 6, -1, 0])])
def test_ps3_3_c_9_2_overlays_in_high_bits(encoding: Encoding, is_signed: bool, samples: list[int]) -> None:
    order = ">" if encoding in {BIG, GE} else "<"
    data: Any = struct.pack(order + "4H", *CELLS)
    if encoding is RLE_LOSSLESS:
        data = [rle("011040", "010506"), rle("015F00", "01FF00")]
    facts: dict[str, Any] = {"bits": 16, "stored": 12, "signed": is_signed, "encoding": encoding}
    file = image_file(data, *in_cells(0x6000, 12), *in_cells(0x6004, 14), shape=(2, 1, 2), **facts)
    ds = fastdcm.dcmread(file)
    assert ds.pixel_array.ravel().tolist() == samples
    assert ds.overlay_array(0x6000).tolist() == [[[1, 0]], [[1, 0]]]
    assert ds.overlay_array(0x6004).tolist() == [[[0, 1]], [[1, 0]]]
    # No pixel reaches the window: what is white is overlay.
    assert fastdcm.to_display(ds, window=(9999, 1)).max() == 0
    shown = fastdcm.to_display(ds, window=(9999, 1), overlays=True)
    assert shown.tolist() == [[[255, 255]], [[255, 0]]]
    assert fastdcm.to_display(ds, window=(9999, 1), overlays=True, index=1).tolist() == [[255, 0]]


def test_overlays_below_the_samples() -> None:
    data = struct.pack("<2H", 0x0011, 0xFFE4)
    facts: dict[str, Any] = {"bits": 16, "stored": 12, "high": 15, "signed": True}
    ds = fastdcm.dcmread(image_file(data, *in_cells(0x6002, 0), shape=(1, 1, 2), **facts))
    assert ds.pixel_array.tolist() == [[1, -2]]
    assert ds.overlay_array(0x6002).tolist() == [[1, 0]]


def overlay(data: bytes, shape: tuple[int, int, int], origin: Iterable[int]) -> list[tuple[int, str, Any]]:
    elements = [
        (0x60000010, "US", shape[1]),
        (0x60000011, "US", shape[2]),
        (0x60000040, "CS", "G"),
        (0x60000050, "SS", list(origin)),
        (0x60000100, "US", 1),
        (0x60000102, "US", 0),
        (0x60003000, "OW", data),
    ]
    return elements if shape[0] == 1 else [*elements, (0x60000015, "IS", shape[0]), (0x60000051, "US", 1)]


@pytest.mark.parametrize(
    ("origin", "white"),
    [
        ((1, 1), [[1, 1, 0], [0, 1, 0], [0, 0, 0]]),
        ((3, 2), [[0, 0, 0], [0, 0, 0], [0, 1, 1]]),
        ((0, 0), [[1, 0, 0], [0, 0, 0], [0, 0, 0]]),
        ((2, 3), [[0, 0, 0], [0, 0, 1], [0, 0, 0]]),
        ((-1, 1), [[0, 0, 0], [0, 0, 0], [0, 0, 0]]),
        ((4, 4), [[0, 0, 0], [0, 0, 0], [0, 0, 0]]),
        ((-32_768, 32_767), [[0, 0, 0], [0, 0, 0], [0, 0, 0]]),
    ],
)
def test_overlay_origin_is_a_pixel_of_the_image(origin: tuple[int, int], white: list[list[int]]) -> None:
    # 1 1 / 0 1
    file = image_file(bytes(10), *overlay(b"\x0b\0", (1, 2, 2), origin), shape=(1, 3, 3))
    shown = fastdcm.to_display(file, overlays=True)
    assert shown.tolist() == (np.array(white) * 255).tolist()


@pytest.mark.parametrize("encoding", [LITTLE, IMPLICIT, BIG])
def test_frames_of_overlays_share_bytes(encoding: Encoding) -> None:
    elements = overlay(b"\x83\x18\x06\x04", (3, 3, 3), (1, 1))
    ds = fastdcm.dcmread(image_file(bytes(28), *elements, shape=(3, 3, 3), encoding=encoding))
    assert ds.overlay_array(0x6000).tolist() == THREE_OF_BITS
    assert (fastdcm.to_display(ds, overlays=True) // 255).tolist() == THREE_OF_BITS


# Sizes that contradict each other


@pytest.mark.parametrize(
    ("data", "shape", "facts"),
    [
        (b"\x83\x18", (3, 3, 3), {"bits": 1}),
        (bytes(6), (1, 2, 2), {"bits": 16}),
        (bytes(4), (1, 1, 1), {"bits": 64}),
        (bytes(4), (1, 1, 2), {"samples": 3, "planar": 1}),
    ],
)
def test_missing_bytes_are_not_made_up(
    data: bytes, shape: tuple[int, int, int], facts: dict[str, Any]
) -> None:
    with pytest.raises(PixelDataError, match="bytes of pixel data"):
        read(image_file(data, shape=shape, **facts))
