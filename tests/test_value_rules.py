"""Values for use (PS3.3 C.11, C.7.5.1.1.2, C.7.6.16.2): stored values and what follows, by hand."""

from __future__ import annotations

import math
import struct
from typing import Any

import numpy as np
import pytest

import fastdcm
from dicom_writer import EXPLICIT_BIG, EXPLICIT_LITTLE, IMPLICIT_LITTLE, Encoding
from fastdcm import PixelDataError, pixels
from image_file import image_file, swapped

LITTLE, BIG, IMPLICIT = EXPLICIT_LITTLE, EXPLICIT_BIG, IMPLICIT_LITTLE
ENCODINGS = pytest.mark.parametrize("encoding", [LITTLE, BIG, IMPLICIT], ids=["little", "big", "implicit"])
NAN = math.nan


def stored(
    values: list[int], *others: tuple[int, str, Any], dtype: str = "B", frames: int = 1, **facts: Any
) -> bytes:
    """An image of one row in each frame."""
    order = ">" if facts.get("encoding") is BIG else "<"
    data = struct.pack(f"{order}{len(values)}{dtype}", *values)
    data += bytes(len(data) % 2)
    if order == ">" and dtype in "bB":
        data = swapped(data)
    known = {"bits": {"B": 8, "b": 8, "H": 16, "h": 16}[dtype], "signed": dtype in "bh"} | facts
    return image_file(data, *others, shape=(frames, 1, len(values) // frames), **known)


def shown(file: Any, **wanted: Any) -> Any:
    return fastdcm.to_display(file, **wanted).ravel().tolist()


def values(file: Any, **wanted: Any) -> Any:
    return fastdcm.to_values(file, **wanted).ravel().tolist()


def window(centre: Any, width: Any, function: str | None = None) -> list[tuple[int, str, Any]]:
    found = [(0x00281050, "DS", centre), (0x00281051, "DS", width)]
    return found if function is None else [*found, (0x00281056, "CS", function)]


def rescale(slope: float, intercept: float) -> list[tuple[int, str, Any]]:
    return [(0x00281052, "DS", intercept), (0x00281053, "DS", slope)]


def table(numbers: list[int], data: Any, *, vr: str = "US", data_vr: str = "US") -> list[Any]:
    return [(0x00283002, vr, numbers), (0x00283006, data_vr, data)]


# Windows

WINDOWS = [
    # LINEAR: ((x - 9.5) / 4 + 0.5) * 255
    (window(10, 5), [0, 0, 31.875, 95.625, 159.375, 223.125, 255, 255]),
    (window(10, 5, "LINEAR"), [0, 0, 31.875, 95.625, 159.375, 223.125, 255, 255]),
    # A threshold at 9.5
    (window(10, 1, "LINEAR"), [0, 0, 0, 0, 255, 255, 255, 255]),
    # ((x - 10) / 4 + 0.5) * 255
    (window(10, 4, "LINEAR_EXACT"), [0, 0, 0, 63.75, 127.5, 191.25, 255, 255]),
    (window(10, 0.5, "LINEAR_EXACT"), [0, 0, 0, 0, 127.5, 255, 255, 255]),
    # 255 / (1 + exp(10 - x))
    (
        window(10, 4, "SIGMOID"),
        [0.0115765, 12.0935977, 30.3967451, 68.5800624, 127.5, 186.4199376, 224.6032549, 254.9884235],
    ),
    # Of several, the first.
    (window([10, 200], [1, 5]), [0, 0, 0, 0, 255, 255, 255, 255]),
]


@pytest.mark.parametrize(("elements", "expected"), WINDOWS)
def test_ps3_3_c_11_2_1_2_windows(elements: Any, expected: list[float]) -> None:
    ds = fastdcm.dcmread(stored([0, 7, 8, 9, 10, 11, 12, 20], *elements))
    found = pixels.apply_windowing(ds.pixel_array, ds)
    np.testing.assert_allclose(found, [expected], rtol=1e-8, atol=1e-6)
    assert shown(ds) == [math.floor(value + 0.5) for value in expected]


def test_several_windows_are_chosen_by_number() -> None:
    file = stored([0, 100, 200, 255], *window([50.5, 150.5, 250.5], [1, 1, 1]))
    assert [shown(file, voi_index=number) for number in range(3)] == [
        [0, 255, 255, 255],
        [0, 0, 255, 255],
        [0, 0, 0, 255],
    ]
    # The window of the caller is in values of the modality: 2 x - 100.
    file = stored([0, 100, 150, 200], *rescale(2, -100), *window(0, 2))
    assert shown(file) == [0, 255, 255, 255]
    assert shown(file, window=(150.5, 201)) == [0, 64, 191, 255]


@ENCODINGS
def test_a_voi_table_beside_a_window(encoding: Encoding) -> None:
    tables = (0x00283010, "SQ", [table([3, 2, 8], [255, 51, 0]), table([2, 0, 10], [0, 1023])])
    file = stored([0, 1, 2, 3, 4, 5], tables, *window(3, 1), encoding=encoding)
    assert shown(file) == [255, 255, 255, 51, 0, 0]
    assert shown(file, voi_index=1) == [0, 255, 255, 255, 255, 255]
    assert shown(file, window=(3, 1)) == [0, 0, 0, 255, 255, 255]
    ds = fastdcm.dcmread(file)
    by_table = pixels.apply_voi_lut(ds.pixel_array, ds)
    assert by_table.tolist() == [[255, 255, 255, 51, 0, 0]]
    by_window = pixels.apply_voi_lut(ds.pixel_array, ds, prefer_lut=False)
    assert by_window.tolist() == [[0, 0, 0, 255, 255, 255]]


# Descriptors: the first value mapped is in US or SS, by what values there can be


@ENCODINGS
@pytest.mark.parametrize("vr", ["SS", "US"])
def test_modality_tables_of_signed_values(encoding: Encoding, vr: str) -> None:
    # 65,534 is what -2 is written as in US; in implicit VR there is no difference.
    first = -2 if vr == "SS" else 65_534
    item = table([4, first, 16], [1000, 2000, 3000, 40_000], vr=vr)
    file = stored([-3, -2, -1, 0, 1, 2], (0x00283000, "SQ", [item]), dtype="h", encoding=encoding)
    ds = fastdcm.dcmread(file)
    assert pixels.apply_modality_lut(ds.pixel_array, ds).tolist() == [
        [1000, 1000, 2000, 3000, 40_000, 40_000]
    ]
    assert values(file) == [1000, 1000, 2000, 3000, 40_000, 40_000]


@ENCODINGS
def test_modality_tables_of_great_unsigned_values(encoding: Encoding) -> None:
    item = table([2, 65_534, 8], struct.pack("<2B", 5, 9), data_vr="OW")
    file = stored([0, 65_534, 65_535], (0x00283000, "SQ", [item]), dtype="H", encoding=encoding)
    assert values(file) == [5, 5, 9]


@ENCODINGS
@pytest.mark.parametrize("vr", ["SS", "US"])
def test_voi_tables_of_what_a_rescale_makes_negative(encoding: Encoding, vr: str) -> None:
    # Stored values have no sign, those of the modality have: -1024 to 3071.
    first = -1024 if vr == "SS" else 64_512
    item = (0x00283010, "SQ", [table([4, first, 8], [0, 10, 20, 255], vr=vr)])
    file = stored([0, 1, 2, 3, 9], item, *rescale(1, -1024), dtype="H", encoding=encoding, stored=12)
    assert shown(file) == [0, 10, 20, 255, 255]
    ds = fastdcm.dcmread(file)
    found = pixels.apply_voi_lut(pixels.apply_modality_lut(ds.pixel_array, ds), ds)
    assert found.tolist() == [[0, 10, 20, 255, 255]]


@ENCODINGS
def test_voi_tables_of_what_a_rescale_makes_positive(encoding: Encoding) -> None:
    # -32,768 becomes 0, 32,767 becomes 65,535: values without a sign from signed ones.
    item = (0x00283010, "SQ", [table([2, 65_000, 8], [0, 255])])
    facts: dict[str, Any] = {"dtype": "h", "encoding": encoding}
    if encoding is IMPLICIT:
        item = (0x00283010, "SQ", [table([2, 65_000 - 65_536, 8], [0, 255], vr="SS")])
    file = stored([-32_768, 32_232, 32_233, 32_767], item, *rescale(1, 32_768), **facts)
    assert shown(file) == [0, 0, 255, 255]


@ENCODINGS
def test_voi_tables_behind_a_modality_table(encoding: Encoding) -> None:
    # The entries of a Modality LUT have no sign, whatever stored values have; in implicit VR the first value
    # of the next table is read as -25,536 all the same.
    first, vr = (40_000 - 65_536, "SS") if encoding is IMPLICIT else (40_000, "US")
    modality = (0x00283000, "SQ", [table([3, -1, 16], [39_000, 40_001, 60_000], vr="SS")])
    voi = (0x00283010, "SQ", [table([3, first, 8], [0, 100, 255], vr=vr)])
    file = stored([-1, 0, 1], modality, voi, dtype="h", encoding=encoding)
    assert shown(file) == [0, 100, 255]


@ENCODINGS
@pytest.mark.parametrize(
    ("vr", "bits", "entries"),
    [
        ("US", 12, [0, 2048, 4095]),
        ("OW", 12, struct.pack("<3H", 0, 2048, 4095)),
        ("US", 8, [0, 128, 255]),
        # Packed in words, the first in the low byte; and, against the standard, in bytes.
        ("OW", 8, bytes([0, 128, 255, 0])),
        ("US", 8, [0x8000, 0x00FF]),
        ("OB", 8, bytes([0, 128, 255, 0])),
    ],
)
def test_entries_in_words_and_bytes(vr: str, bits: int, entries: Any, encoding: Encoding) -> None:
    item = (0x00283010, "SQ", [table([3, 7, bits], entries, data_vr=vr)])
    assert shown(stored([6, 7, 8, 9, 10], item, encoding=encoding)) == [0, 0, 128, 255, 255]


# From values of interest to the screen


@pytest.mark.parametrize(
    ("interpretation", "shape", "expected"),
    [
        ("MONOCHROME2", None, [0, 64, 255]),
        ("MONOCHROME2", "IDENTITY", [0, 64, 255]),
        ("MONOCHROME2", "INVERSE", [255, 191, 0]),
        ("MONOCHROME1", None, [255, 191, 0]),
        # As PS3.3 C.11.6 wants it: one inversion, told twice.
        ("MONOCHROME1", "INVERSE", [255, 191, 0]),
    ],
)
def test_ps3_3_c_11_6_inversion(interpretation: str, shape: str | None, expected: list[int]) -> None:
    others = [] if shape is None else [(0x20500020, "CS", shape)]
    file = stored([0, 64, 255], *window(128, 256), *others, interpretation=interpretation)
    assert shown(file) == expected
    ds = fastdcm.dcmread(file)
    turned = [255, 191, 0] if shape == "INVERSE" else [0, 64, 255]
    assert pixels.apply_presentation_lut(ds.pixel_array, ds).tolist() == [turned]


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize(
    ("relationship", "expected"),
    [("LOG", [0, 0, 255, 255]), ("DISP", [0, 0, 255, 255]), ("LIN", [0, 255, 255, 255])],
)
def test_ps3_3_c_8_7_1_1_2_tables_that_lead_back_to_intensity(
    number: int, relationship: str, expected: list[int]
) -> None:
    # The window divides stored values at 1.5, and the table's at 0.5 stored.
    elements: list[tuple[int, str, Any]] = [
        (0x00080016, "UI", f"1.2.840.10008.5.1.4.1.1.12.{number}"),
        (0x00281040, "CS", relationship),
        (0x00283000, "SQ", [table([4, 0, 16], [0, 500, 2000, 9000])]),
    ]
    file = stored([0, 1, 2, 3], *elements, *window(2, 1))
    assert shown(file) == expected
    # Asked for, intensities are there.
    assert values(file) == [0, 500, 2000, 9000]
    other = [(0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.7"), *elements[1:]]
    assert shown(stored([0, 1, 2, 3], *other, *window(2, 1))) == [0, 255, 255, 255]


# Padding: stored values, before any rescale

PADDING = [
    # Stored, Pixel Padding Value and Range Limit; values with NaN for padding; as shown without a window
    ([0, 1, 2, 3], "B", [0], [NAN, -999, -998, -997], [0, 0, 128, 255]),
    ([0, 1, 2, 3], "B", [0, 1], [NAN, NAN, -998, -997], [0, 0, 0, 255]),
    ([0, 1, 2, 3], "B", [1, 0], [NAN, NAN, -998, -997], [0, 0, 0, 255]),
    ([0, 1, 2, 3], "B", [3, 2], [-1000, -999, NAN, NAN], [0, 255, 0, 0]),
    # What a rescale makes of it is no padding.
    ([0, 1, 2, 3], "h", [-1000], [-1000, -999, -998, -997], [0, 85, 170, 255]),
    ([-2000, -1500, 24, 25], "h", [-2000, -1024], [NAN, NAN, -976, -975], [0, 0, 0, 255]),
    ([-2000, 24, 25, 26], "h", [63_536], [NAN, -976, -975, -974], [0, 0, 128, 255]),
    ([65_535, 0, 1, 2], "H", [-1], [NAN, -1000, -999, -998], [0, 0, 128, 255]),
]


@ENCODINGS
@pytest.mark.parametrize(("numbers", "dtype", "padding", "expected", "as_shown"), PADDING)
def test_ps3_3_c_7_5_1_1_2_padding(
    numbers: list[int],
    dtype: str,
    padding: list[int],
    expected: list[float],
    as_shown: list[int],
    encoding: Encoding,
) -> None:
    others = [
        (0x00280120 + place, "SS" if number < 0 else "US", number) for place, number in enumerate(padding)
    ]
    file = stored(numbers, *others, *rescale(1, -1000), dtype=dtype, encoding=encoding)
    np.testing.assert_array_equal(values(file, padding=NAN), expected)
    assert values(file) == [float(number - 1000) for number in numbers]
    assert shown(file) == as_shown
    # White in MONOCHROME1, padding would be in the way.
    inverted = stored(numbers, *others, dtype=dtype, encoding=encoding, interpretation="MONOCHROME1")
    is_padding = np.isnan(expected)
    assert shown(inverted) == np.where(is_padding, 0, 255 - np.array(as_shown)).tolist()


def test_padding_of_float_pixel_data() -> None:
    data = struct.pack("<4f", -1e30, 0.5, 1.0, 1.5)
    elements = [(0x00280122, "FL", -1e30)]
    file = image_file(data, *elements, shape=(1, 1, 4), bits=32, vr="OF")
    np.testing.assert_array_equal(values(file, padding=NAN), [NAN, 0.5, 1.0, 1.5])
    assert shown(file) == [0, 0, 128, 255]


# Physical values


def mapping(unit: str, *elements: tuple[int, str, Any]) -> list[Any]:
    code = [(0x00080100, "SH", unit), (0x00080102, "SH", "UCUM"), (0x00080104, "LO", unit)]
    return sorted([(0x004008EA, "SQ", [code]), *elements])


def line(
    first: int, last: int, slope: float, intercept: float, *, vr: str = "US"
) -> list[tuple[int, str, Any]]:
    ends = [(0x00409216, vr, first), (0x00409211, vr, last)]
    return [*ends, (0x00409224, "FD", intercept), (0x00409225, "FD", slope)]


@ENCODINGS
def test_ps3_3_c_7_6_16_2_11_real_world_values(encoding: Encoding) -> None:
    two_lines = [mapping("ms", *line(-2, 0, 0.5, 10, vr="SS")), mapping("ms", *line(1, 2, 2, 0, vr="SS"))]
    entries = [(0x00409216, "SS", -1), (0x00409211, "SS", 1), (0x00409212, "FD", [7.5, -1e6, 0.25])]
    others = (0x00409096, "SQ", [*two_lines, mapping("mm2/s", *entries)])
    file = stored([-3, -2, -1, 0, 1, 2, 3], others, dtype="h", encoding=encoding)
    np.testing.assert_array_equal(values(file), [NAN, 9, 9.5, 10, 2, 4, NAN])
    assert fastdcm.values_unit(file) == "ms"
    np.testing.assert_array_equal(values(file, real_world=2), [NAN, NAN, 7.5, -1e6, 0.25, NAN, NAN])
    assert fastdcm.values_unit(file, real_world=2) == "mm2/s"


def test_real_world_values_of_each_frame() -> None:
    def frame(slope: float, unit: str) -> list[Any]:
        return [(0x00409096, "SQ", [mapping(unit, *line(0, 255, slope, 1))])]

    per_frame = (0x52009230, "SQ", [frame(2, "ms"), frame(0.5, "s")])
    file = stored([0, 1, 2, 3], per_frame, frames=2)
    assert values(file) == [1, 3, 2, 2.5]
    assert values(file, index=1) == [2, 2.5]
    assert [fastdcm.values_unit(file, index=index) for index in (None, 0, 1)] == [None, "ms", "s"]


def test_windows_and_rescales_of_each_frame() -> None:
    def frame(slope: float, centre: float) -> list[Any]:
        transformation = [*rescale(slope, 0), (0x00281054, "LO", "HU")]
        return [(0x00289132, "SQ", [window(centre, 1)]), (0x00289145, "SQ", [transformation])]

    per_frame = (0x52009230, "SQ", [frame(1, 2), frame(10, 21), frame(-1, -1)])
    file = stored([1, 2, 3] * 3, per_frame, frames=3)
    assert values(file) == [1, 2, 3, 10, 20, 30, -1, -2, -3]
    assert shown(file) == [0, 255, 255, 0, 0, 255, 255, 0, 0]
    assert [shown(file, index=index) for index in range(3)] == [[0, 255, 255], [0, 0, 255], [255, 0, 0]]


@pytest.mark.parametrize(
    ("elements", "expected", "unit"),
    [
        (
            [(0x00080060, "CS", "RTDOSE"), (0x30040002, "CS", "GY"), (0x3004000E, "DS", "2.5e-3")],
            [0, 0.0025, 0.5],
            "GY",
        ),
        # A dose has no rescale: that of a writer who knows no better is not used.
        (
            [(0x30040002, "CS", "RELATIVE"), (0x3004000E, "DS", "0.5"), *rescale(3, 1)],
            [0, 0.5, 100],
            "RELATIVE",
        ),
        ([(0x00080060, "CS", "PT"), (0x00541001, "CS", "BQML"), *rescale(1.5, 0)], [0, 1.5, 300], "BQML"),
        ([(0x00080060, "CS", "PT"), (0x00541001, "CS", "GML"), *rescale(0.25, 0)], [0, 0.25, 50], "GML"),
        ([(0x00080060, "CS", "CT"), *rescale(1, -1024)], [-1024, -1023, -824], "HU"),
    ],
)
def test_values_and_their_units(elements: list[Any], expected: list[float], unit: str) -> None:
    file = stored([0, 1, 200], *elements, dtype="H")
    assert values(file, dtype="float64") == expected
    assert fastdcm.values_unit(file) == unit


def pet(**changes: Any) -> bytes:
    """A scan of F-18, one half-life of 6600 s after the injection: half of 200 MBq is left."""
    given = {
        0x00181072: ("TM", "0930"),
        0x00181074: ("DS", "200000000"),
        0x00181075: ("DS", "6600"),
    } | changes.pop("given", {})
    elements = {
        0x00080021: ("DA", "20240301"),
        0x00080022: ("DA", "20240301"),
        0x00080031: ("TM", "112000"),
        0x00080032: ("TM", "112233.5"),
        0x00101030: ("DS", "75"),
        0x00280051: ("CS", ["DECY", "ATTN", "SCAT"]),
        0x00540016: ("SQ", [[(tag, *element) for tag, element in sorted(given.items()) if element[1] != ""]]),
        0x00541001: ("CS", "BQML"),
        0x00541102: ("CS", "START"),
    } | changes.pop("elements", {})
    return stored(
        [0, 1, 20], *((tag, *element) for tag, element in elements.items()), *rescale(1000, 0), dtype="h"
    )


GE = {0x00090010: ("LO", "GEMS_PETD_01"), 0x0009100D: ("DT", "20240301112000")}
PHILIPS = {0x00541001: ("CS", "CNTS"), 0x70530010: ("LO", "Philips PET Private Group")}


@pytest.mark.parametrize(
    ("changes", "factor"),
    [
        # 75,000 g by 100 MBq; by 200 MBq where decay was corrected to the injection
        ({}, 7.5e-4),
        ({"elements": {0x00541102: ("CS", "ADMIN")}}, 3.75e-4),
        # Two half-lives, across midnight and by a date with a time zone.
        ({"given": {0x00181072: ("TM", "074000")}}, 1.5e-3),
        ({"given": {0x00181072: ("TM", "233000")}, "elements": {0x00080031: ("TM", "031000")}}, 1.5e-3),
        ({"given": {0x00181078: ("DT", "20240301074000")}}, 1.5e-3),
        (
            {"given": {0x00181078: ("DT", "20240301064000+0000")}, "elements": {0x00080201: ("SH", "+0100")}},
            1.5e-3,
        ),
        # A processed series: GE tells when the scan was.
        ({"elements": {0x00080031: ("TM", "180000"), **GE}}, 7.5e-4),
        ({"elements": {**PHILIPS, 0x70531000: ("DS", "0.000251")}}, 2.51e-4),
        ({"elements": {**PHILIPS, 0x70531009: ("DS", "2")}}, 1.5e-3),
        ({"elements": {0x00541001: ("CS", "GML"), 0x00280051: ("CS", "")}}, 1.0),
    ],
)
def test_uptake_by_body_weight(changes: Any, factor: float) -> None:
    file = pet(**changes)
    assert pixels.suv_factor(file) == pytest.approx(factor, rel=1e-12)
    assert values(file) == [0, 1000, 20_000]


@pytest.mark.parametrize(
    ("changes", "tag"),
    [
        ({"elements": {0x00101030: ("DS", "0")}}, "0010,1030"),
        ({"elements": {0x00101030: ("DS", "heavy")}}, "0010,1030"),
        ({"given": {0x00181074: ("DS", "")}}, "0018,1074"),
        ({"given": {0x00181075: ("DS", "")}}, "0018,1075"),
        ({"given": {0x00181072: ("TM", "noon")}}, "0018,1072"),
        ({"elements": {0x00540016: ("SQ", [])}}, "0054,0016"),
        ({"elements": {0x00280051: ("CS", "DECY")}}, "0028,0051"),
        ({"elements": {0x00541102: ("CS", "NONE")}}, "0054,1102"),
        ({"elements": {0x00541001: ("CS", "PROPCNTS")}}, "0054,1001"),
        ({"elements": PHILIPS}, "0054,1001"),
        ({"elements": {0x00541001: ("CS", "GML"), 0x00541006: ("CS", "LBM")}}, "0054,1006"),
        ({"elements": {0x00080031: ("TM", "180000")}}, "0008,0031"),
        ({"elements": {0x00080022: ("DA", "")}}, "0008,0022"),
    ],
)
def test_uptake_that_cannot_be_told(changes: Any, tag: str) -> None:
    with pytest.raises(PixelDataError, match=f"tag \\({tag}\\)") as caught:
        pixels.suv_factor(pet(**changes))
    assert "heavy" not in str(caught.value)


def test_tables_that_are_none() -> None:
    for item in (table([3, 0, 8], [1]), table([3, 0, 17], [1, 2, 3])):
        with pytest.raises(PixelDataError, match=r"\(0028,3002\)"):
            values(stored([0, 1], (0x00283000, "SQ", [item])))
