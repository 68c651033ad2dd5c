"""Colours (PS3.3 C.7.6.3.1.2, C.7.6.3.1.5, C.7.9): bytes of files and what follows, worked out by hand."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import pytest

import fastdcm
from dicom_writer import EXPLICIT_BIG, EXPLICIT_LITTLE, IMPLICIT_LITTLE, RLE_LOSSLESS, Encoding
from fastdcm import PixelDataError, pixels
from image_file import image_file, swapped
from test_pixel_rules import rle

LITTLE, BIG, IMPLICIT = EXPLICIT_LITTLE, EXPLICIT_BIG, IMPLICIT_LITTLE
ENCODINGS = pytest.mark.parametrize("encoding", [LITTLE, BIG, IMPLICIT], ids=["little", "big", "implicit"])


# Luminance and chrominances
#
# YBR_FULL, with chrominances less 128: R = Y + 1.402 Cr, G = Y - 0.344136 Cb - 0.714136 Cr, B = Y + 1.772 Cb.
# YBR_PARTIAL: the same of 255/219 (Y - 16) and 255/224 of the chrominances.

YBR: list[tuple[str, bytes, tuple[int, int, int], dict[str, Any], Any, Any]] = [
    (
        "YBR_FULL",
        bytes([76, 85, 255, 0, 128, 128, 255, 128, 128, 128, 0, 0]),
        (1, 2, 2),
        {},
        [[[76, 85, 255], [0, 128, 128]], [[255, 128, 128], [128, 0, 0]]],
        # 76 + 178.05, 76 + 14.80 - 90.70, 76 - 76.20;
        # of the last 128 - 179.46, 128 + 44.05 + 91.41, 128 - 226.82
        [[[254, 0, 0], [0, 0, 0]], [[255, 255, 255], [0, 255, 0]]],
    ),
    (
        "YBR_FULL",
        bytes([76, 0, 85, 128, 255, 128, 100, 200, 128, 128, 128, 138]),
        (2, 1, 2),
        {"planar": 1},
        [[[[76, 85, 255], [0, 128, 128]]], [[[100, 128, 128], [200, 128, 138]]]],
        # 200 + 14.02, 200 - 7.14, 200
        [[[[254, 0, 0], [0, 0, 0]]], [[[100, 100, 100], [214, 193, 200]]]],
    ),
    (
        "YBR_FULL_422",
        bytes([76, 128, 85, 255, 0, 255, 128, 128]),
        (1, 1, 4),
        {},
        [[[76, 85, 255], [128, 85, 255], [0, 128, 128], [255, 128, 128]]],
        # Of the second 128 + 178.05, 128 + 14.80 - 90.70, 128 - 76.20
        [[[254, 0, 0], [255, 52, 52], [0, 0, 0], [255, 255, 255]]],
    ),
    (
        "YBR_FULL_422",
        bytes([76, 128, 85, 255, 0, 255, 128, 128]),
        (2, 1, 2),
        {},
        [[[[76, 85, 255], [128, 85, 255]]], [[[0, 128, 128], [255, 128, 128]]]],
        [[[[254, 0, 0], [255, 52, 52]]], [[[0, 0, 0], [255, 255, 255]]]],
    ),
    (
        "YBR_PARTIAL_422",
        bytes([81, 16, 90, 240, 145, 145, 54, 34, 16, 235, 128, 128]),
        (1, 1, 6),
        {},
        [[[81, 90, 240], [16, 90, 240], [145, 54, 34], [145, 54, 34], [16, 128, 128], [235, 128, 128]]],
        # 75.68 + 178.76, 75.68 + 14.89 - 91.05, 75.68 - 76.66; then 178.76, 14.89 - 91.05, -76.66;
        # then 150.21 - 150.03, 150.21 + 28.99 + 76.42, 150.21 - 149.28
        [[[254, 0, 0], [179, 0, 0], [0, 255, 1], [0, 255, 1], [0, 0, 0], [255, 255, 255]]],
    ),
    (
        "YBR_PARTIAL_420",
        bytes([81, 90, 240, 125, 128, 128]),
        (1, 1, 2),
        {},
        [[[81, 90, 240], [125, 128, 128]]],
        # 109 * 255 / 219 = 126.9
        [[[254, 0, 0], [127, 127, 127]]],
    ),
    ("RGB", bytes([1, 2, 3, 4, 5, 6]), (1, 1, 2), {}, [[[1, 2, 3], [4, 5, 6]]], [[[1, 2, 3], [4, 5, 6]]]),
]


@ENCODINGS
@pytest.mark.parametrize(("interpretation", "data", "shape", "facts", "stored", "rgb"), YBR)
def test_ps3_3_c_7_6_3_1_2_native(
    interpretation: str,
    data: bytes,
    shape: Any,
    facts: dict[str, Any],
    stored: Any,
    rgb: Any,
    encoding: Encoding,
) -> None:
    data = swapped(data) if encoding is BIG else data
    known = {"samples": 3, "interpretation": interpretation} | facts
    ds = fastdcm.dcmread(image_file(data, shape=shape, encoding=encoding, **known))
    assert fastdcm.pixel_array(ds, raw=True).tolist() == stored
    assert ds.pixel_array.tolist() == rgb
    assert fastdcm.to_display(ds).tolist() == rgb
    one = fastdcm.to_display(ds, index=shape[0] - 1)
    assert one.tolist() == (rgb[-1] if shape[0] > 1 else rgb)


def test_chrominances_are_whole_in_rle() -> None:
    frame = rle("014C00", "015580", "01FF80")
    for interpretation in ("YBR_FULL", "YBR_FULL_422"):
        facts: dict[str, Any] = {"samples": 3, "interpretation": interpretation, "encoding": RLE_LOSSLESS}
        file = image_file([frame], shape=(1, 1, 2), **facts)
        assert fastdcm.pixel_array(file, raw=True).tolist() == [[[76, 85, 255], [0, 128, 128]]]
        assert fastdcm.pixel_array(file).tolist() == [[[254, 0, 0], [0, 0, 0]]]


def test_studio_range_in_rle() -> None:
    frame = rle("015110", "015A5A", "01F0F0")
    facts: dict[str, Any] = {"samples": 3, "interpretation": "YBR_PARTIAL_422", "encoding": RLE_LOSSLESS}
    file = image_file([frame], shape=(1, 1, 2), **facts)
    assert fastdcm.pixel_array(file, raw=True).tolist() == [[[81, 90, 240], [16, 90, 240]]]
    assert fastdcm.pixel_array(file).tolist() == [[[254, 0, 0], [179, 0, 0]]]


@pytest.mark.parametrize(
    ("stored", "factor", "first", "last"),
    [
        # 254.054, 0.10256 and below 0; below 0, 255.32 and 1.152, times the factor.
        (16, 256, [65038, 26, 0], [0, 65362, 295]),
        (12, 16, [4065, 2, 0], [0, 4085, 18]),
        (10, 4, [1016, 0, 0], [0, 1021, 5]),
    ],
)
def test_more_bits_of_luminance_and_chrominances(
    stored: int, factor: int, first: list[int], last: list[int]
) -> None:
    samples = [76, 85, 255, 128, 128, 128, 150, 44, 21]
    data = struct.pack("<9H", *(sample * factor for sample in samples))
    facts: dict[str, Any] = {"bits": 16, "stored": stored, "samples": 3, "interpretation": "YBR_FULL"}
    file = image_file(data, shape=(1, 1, 3), **facts)
    assert fastdcm.pixel_array(file).tolist() == [[first, [128 * factor] * 3, last]]
    # Of 65535, 4095 and 1023 these are 253.06 and 254.33, 253.13 and 254.38, 253.25 and 254.50.
    shown = [[253, 0, 0], [128, 128, 128], [0, 255 if stored == 10 else 254, 1]]
    assert fastdcm.to_display(file).tolist() == [shown]


@pytest.mark.parametrize(("vr", "facts"), [("OW", {"bits": 16, "signed": True}), ("OF", {"bits": 32})])
def test_colours_that_are_no_unsigned_integers(vr: str, facts: dict[str, Any]) -> None:
    data = bytes(3 * facts["bits"] // 8)
    others = [(0x00280101, "US", 12)]
    known: dict[str, Any] = {"samples": 3, "interpretation": "YBR_FULL", "vr": vr} | facts
    with pytest.raises(PixelDataError, match=r"\(0028,0004\)"):
        fastdcm.to_display(image_file(data, *others, shape=(1, 1, 1), **known))


@pytest.mark.parametrize(
    ("interpretation", "length", "reason"),
    [
        ("YBR_FULL_422", 12, "YBR_FULL_422 is wrong"),
        ("YBR_PARTIAL_422", 12, "YBR_PARTIAL_422 is wrong"),
        # A quarter of the chrominances: no native form is defined for it.
        ("YBR_PARTIAL_420", 6, "12 are needed"),
    ],
)
def test_lengths_that_contradict_the_sharing(interpretation: str, length: int, reason: str) -> None:
    file = image_file(bytes(length), shape=(1, 2, 2), samples=3, interpretation=interpretation)
    with pytest.raises(PixelDataError, match=reason):
        fastdcm.pixel_array(file)


def test_colours_of_16_bits_are_shown_by_their_high_ones() -> None:
    data = struct.pack("<6H", 0, 0x7FFF, 0xFFFF, 0x0100, 0x0080, 0x00FF)
    file = image_file(data, shape=(1, 1, 2), bits=16, samples=3)
    # 255 / 65535 of each, rounded.
    assert fastdcm.to_display(file).tolist() == [[[0, 127, 255], [1, 0, 1]]]
    file = image_file(struct.pack("<3H", 0, 4095, 16), shape=(1, 1, 1), bits=16, stored=12, samples=3)
    assert fastdcm.to_display(file).tolist() == [[[0, 255, 1]]]


# Palettes

RED, GREEN, BLUE = 0x00281101, 0x00281102, 0x00281103


def palette(
    tables: list[bytes], numbers: list[int], *, vr: str = "US", segmented: bool = False
) -> list[tuple[int, str, Any]]:
    """Descriptors, all of these numbers, and the tables."""
    first = 0x00281221 if segmented else 0x00281201
    descriptors = [(tag, vr, numbers) for tag in (RED, GREEN, BLUE)]
    return [*descriptors, *((first + number, "OW", table) for number, table in enumerate(tables))]


def indexed(indices: list[int], *others: tuple[int, str, Any], dtype: str = "B", **facts: Any) -> bytes:
    order = ">" if facts.get("encoding") is BIG else "<"
    data = struct.pack(f"{order}{len(indices)}{dtype}", *indices)
    data += bytes(len(data) % 2)
    if order == ">" and dtype in "bB":
        data = swapped(data)
    known = {
        "bits": {"B": 8, "b": 8, "H": 16, "h": 16}[dtype],
        "signed": dtype in "bh",
        "interpretation": "PALETTE COLOR",
    }
    return image_file(data, *others, shape=(1, 1, len(indices)), **(known | facts))


PACKED = [bytes([10, 20, 30, 0]), bytes([40, 50, 60, 0]), bytes([70, 80, 90, 0])]
WORDS = [
    struct.pack("<3H", *words) for words in ([0x0102, 0x8000, 0xFFFF], [0, 1, 0x0100], [0x00FF, 0xFE00, 7])
]
A, B, C = [10, 40, 70], [20, 50, 80], [30, 60, 90]
WIDE = [[0x0102, 0, 0x00FF], [0x8000, 1, 0xFE00], [0xFFFF, 0x0100, 7]]

PALETTES = [
    # Indices and how they are stored; tables; descriptor; colours; colours as shown
    (([0, 1, 2, 3, 255], "B"), PACKED, [3, 0, 8], [A, B, C, C, C], [A, B, C, C, C]),
    (([0, 1, 2, 3, 4, 5], "B"), PACKED, [3, 2, 8], [A, A, A, B, C, C], [A, A, A, B, C, C]),
    (([0, 299, 300, 301, 302, 65_535], "H"), PACKED, [3, 300, 8], [A, A, A, B, C, C], [A, A, A, B, C, C]),
    (([-2, -1, 0, 1, 2], "b"), PACKED, [3, -1, 8], [A, A, B, C, C], [A, A, B, C, C]),
    (([-301, -300, -299, 0], "h"), PACKED, [3, -300, 8], [A, A, B, C], [A, A, B, C]),
    (([0, 1, 2], "B"), WORDS, [3, 0, 16], WIDE, [[1, 0, 0], [128, 0, 254], [255, 1, 0]]),
    (([32_767, 40_000, 40_001, 40_002], "H"), WORDS, [3, 40_000, 16], [WIDE[0], *WIDE], None),
    # Entries of 8 bits, each in a word of its own.
    (([0, 1], "B"), [struct.pack("<2H", 7, 250)] * 3, [2, 0, 8], [[7] * 3, [250] * 3], [[7] * 3, [250] * 3]),
]


@ENCODINGS
@pytest.mark.parametrize(("indices", "tables", "numbers", "colours", "shown"), PALETTES)
def test_ps3_3_c_7_6_3_1_5_palettes(
    indices: tuple[list[int], str],
    tables: list[bytes],
    numbers: list[int],
    colours: Any,
    shown: Any,
    encoding: Encoding,
) -> None:
    # Without explicit VR the first value has the sign that Pixel Representation says.
    vr = "SS" if numbers[1] < 0 else "US"
    elements = palette(tables, numbers, vr=vr)
    ds = fastdcm.dcmread(indexed(indices[0], *elements, dtype=indices[1], encoding=encoding))
    assert ds.pixel_array.tolist() == [indices[0]]
    found = pixels.apply_color_lut(ds.pixel_array, ds)
    assert found.dtype == (np.uint8 if tables is PACKED else np.uint16)
    assert found.tolist() == [colours]
    if shown is not None:
        assert fastdcm.to_display(ds).tolist() == [shown]


def test_65536_entries_are_given_as_0() -> None:
    entries = b"".join(struct.pack("<H", 65_535 - number) for number in range(65_536))
    elements = palette([entries, entries[::-1], entries], [0, 0, 16])
    ds = fastdcm.dcmread(indexed([0, 1, 65_535], *elements, dtype="H"))
    found = pixels.apply_color_lut(ds.pixel_array, ds)
    # Read backwards, the first entry is that of 65,535 with its bytes swapped: 0, then 0x0100.
    assert found.tolist() == [[[65_535, 0, 65_535], [65_534, 0x0100, 65_534], [0, 65_535, 0]]]


SEGMENTS = [
    # Segments; entries. 0 is discrete, 1 linear, 2 indirect.
    ([0, 2, 100, 200], [100, 200]),
    ([0, 1, 100, 1, 4, 500], [100, 200, 300, 400, 500]),
    ([0, 1, 200, 1, 4, 0], [200, 150, 100, 50, 0]),
    # 100 + 1/3 and 2/3 of 1
    ([0, 1, 100, 1, 3, 101], [100, 100, 101, 101]),
    ([0, 2, 7, 9, 2, 1, 0, 0, 1, 2, 11], [7, 9, 7, 9, 10, 11]),
    # Two segments at the offset, of which the second goes on from the first.
    ([0, 1, 5, 1, 2, 9, 2, 2, 0, 0], [5, 7, 9, 5, 7, 9]),
    ([0, 1, 65_535, 1, 1, 0, 0, 3, 1, 2, 3], [65_535, 0, 1, 2, 3]),
]


@ENCODINGS
@pytest.mark.parametrize(("units", "entries"), SEGMENTS)
def test_ps3_3_c_7_9_segments_of_words(units: list[int], entries: list[int], encoding: Encoding) -> None:
    table = struct.pack(f"<{len(units)}H", *units)
    elements = palette([table] * 3, [len(entries), 0, 16], segmented=True)
    ds = fastdcm.dcmread(indexed(list(range(len(entries))), *elements, encoding=encoding))
    assert pixels.apply_color_lut(ds.pixel_array, ds).tolist() == [[[entry] * 3 for entry in entries]]


@ENCODINGS
def test_ps3_3_c_7_9_segments_of_bytes(encoding: Encoding) -> None:
    # The offset of an indirect segment is 32 bits: four units of a byte.
    units = bytes([0, 2, 10, 20, 1, 2, 40, 2, 1, 0, 0, 0, 0, 0])
    elements = palette([units] * 3, [6, 0, 8], segmented=True)
    ds = fastdcm.dcmread(indexed(list(range(6)), *elements, encoding=encoding))
    expected = [[[entry] * 3 for entry in (10, 20, 30, 40, 10, 20)]]
    found = pixels.apply_color_lut(ds.pixel_array, ds)
    assert (found.dtype, found.tolist()) == (np.uint8, expected)
    assert fastdcm.to_display(ds).tolist() == expected


def test_alpha_is_a_fourth_sample() -> None:
    elements = [*palette(PACKED, [3, 0, 8]), (0x00281204, "OW", bytes([255, 128, 0, 0]))]
    ds = fastdcm.dcmread(indexed([0, 1, 2], *elements))
    found = pixels.apply_color_lut(ds.pixel_array, ds)
    assert found.tolist() == [[[*A, 255], [*B, 128], [*C, 0]]]
    assert fastdcm.to_display(ds).tolist() == [[A, B, C]]


@pytest.mark.parametrize("presentation", ["MIXED", "COLOR"])
@pytest.mark.parametrize(
    ("indices", "dtype", "numbers", "vr"),
    [([0, 5, 9, 10, 11, 12, 99], "H", [3, 10, 8], "US"), ([-10, -5, -1, 0, 1, 2, 9], "h", [3, 0, 8], "SS")],
)
def test_ps3_3_c_7_6_19_supplemental_palettes(
    presentation: str, indices: list[int], dtype: str, numbers: list[int], vr: str
) -> None:
    # From the first value mapped on there are colours; below, a window from 0 to 10, or -10 to 0, makes grey:
    # 0, half of 255 and nine tenths.
    window = [(0x00281050, "DS", indices[0] + 5), (0x00281051, "DS", 10), (0x00281056, "CS", "LINEAR_EXACT")]
    elements = [*palette(PACKED, numbers, vr=vr), (0x00089205, "CS", presentation), *window]
    ds = fastdcm.dcmread(indexed(indices, *elements, dtype=dtype, interpretation="MONOCHROME2"))
    shown = fastdcm.to_display(ds)
    assert shown.tolist() == [[[0, 0, 0], [128, 128, 128], [230, 230, 230], A, B, C, C]]
    with pytest.raises(PixelDataError, match="supplemental"):
        pixels.apply_color_lut(ds.pixel_array, ds)


def test_a_palette_without_pixel_presentation_is_not_used_for_grey() -> None:
    for others in ([], [(0x00089205, "CS", "MONOCHROME")]):
        elements = [*palette(PACKED, [3, 0, 8]), *others]
        file = indexed([0, 1, 2], *elements, interpretation="MONOCHROME2")
        assert fastdcm.to_display(file).tolist() == [[0, 128, 255]]
