"""Values for use: look-up tables, windows, palettes, colour spaces, overlays, displays, physical values."""

from __future__ import annotations

import math
import struct
from typing import TYPE_CHECKING, Any

import numpy as np
import pydicom
import pydicom.pixels
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ImageCms

import fastdcm
from dicom_writer import EXPLICIT_BIG, EXPLICIT_LITTLE, IMPLICIT_LITTLE, encode_file
from fastdcm import PixelDataError, pixels

if TYPE_CHECKING:
    from collections.abc import Callable

    Array = np.ndarray[Any, Any]

RAMP = np.arange(-4, 8, dtype="<i2").reshape(3, 4)
GREY = np.arange(12, dtype="<u2").reshape(3, 4)


def image(
    array: Array, *others: tuple[int, str, Any], encoding: Any = EXPLICIT_LITTLE, **facts: Any
) -> bytes:
    """A file with the pixels of (rows, columns) or (frames, rows, columns), and other elements."""
    frames, rows, columns = (1, *array.shape)[-3:] if "samples" not in facts else (1, *array.shape[:2])
    bits = array.dtype.itemsize * 8
    known = {"interpretation": "MONOCHROME2", "stored": bits, "samples": 1} | facts
    data = array.astype(array.dtype.newbyteorder("<")).tobytes()
    elements = {
        0x00280002: ("US", known["samples"]),
        0x00280004: ("CS", known["interpretation"]),
        0x00280008: ("IS", frames),
        0x00280010: ("US", rows),
        0x00280011: ("US", columns),
        0x00280100: ("US", bits),
        0x00280101: ("US", known["stored"]),
        0x00280102: ("US", known["stored"] - 1),
        0x00280103: ("US", int(array.dtype.kind == "i")),
        0x7FE00010: ("OW", data),
    }
    if known["samples"] > 1:
        elements[0x00280006] = ("US", 0)
    elements |= {tag: (vr, value) for tag, vr, value in others}
    return encode_file([(tag, *elements[tag]) for tag in sorted(elements)], encoding)


def both(data: bytes, apply: Callable[[Any, Array, Any], Array]) -> tuple[Array, Array]:
    """What fastdcm and pydicom make of an image."""
    ours, theirs = fastdcm.dcmread(data), pydicom.dcmread(pydicom.filebase.BytesIO(data))
    return apply(pixels, ours.pixel_array, ours), apply(pydicom.pixels, ours.pixel_array, theirs)


def same(found: Array, expected: Array) -> None:
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(found, expected)


def descriptor(
    entries: int, first: int, bits: int, *, vr: str = "US", tag: int = 0x00283002
) -> tuple[int, str, Any]:
    return tag, vr, [entries, first, bits]


def lut(entries: int, first: int, bits: int, data: tuple[str, Any], *, vr: str = "US") -> list[Any]:
    return [[descriptor(entries, first, bits, vr=vr), (0x00283006, *data)]]


# Modality


def test_rescale_is_that_of_pydicom() -> None:
    data = image(RAMP, (0x00281052, "DS", -1024.5), (0x00281053, "DS", 0.1))
    found, expected = both(data, lambda lib, array, ds: lib.apply_modality_lut(array, ds))
    same(found, expected)
    assert pixels.apply_rescale is pixels.apply_modality_lut


def test_without_modality_lut_the_array_itself_comes_back() -> None:
    ds = fastdcm.dcmread(image(GREY))
    array = ds.pixel_array
    assert pixels.apply_modality_lut(array, ds) is array
    assert pixels.apply_voi_lut(array, ds) is array
    assert pixels.apply_presentation_lut(array, ds) is array


@pytest.mark.parametrize("encoding", [EXPLICIT_LITTLE, IMPLICIT_LITTLE, EXPLICIT_BIG])
@pytest.mark.parametrize("vr", ["US", "OW"])
def test_modality_tables_in_every_encoding(encoding: Any, vr: str) -> None:
    entries = [0, 10, 300, 65_535, 4]
    value = entries if vr == "US" else struct.pack("<5H", *entries)
    item = lut(5, -2, 16, (vr, value), vr="SS")
    found, expected = both(
        image(RAMP, (0x00283000, "SQ", item), encoding=encoding),
        lambda lib, array, ds: lib.apply_modality_lut(array, ds),
    )
    same(found, expected)
    assert found.ravel().tolist() == [0, 0, 0, 10, 300, 65_535, *[4] * 6]


def test_items_that_say_nothing_are_no_tables() -> None:
    item = fastdcm.Dataset()
    item.LUTDescriptor, item.LUTExplanation, item.LUTData = None, "", None
    ds = fastdcm.Dataset()
    ds.ModalityLUTSequence = ds.VOILUTSequence = [item]
    array = np.arange(6, dtype=np.uint16)
    assert pixels.apply_modality_lut(array, ds) is array
    assert pixels.apply_voi_lut(array, ds) is array
    item.LUTExplanation = "X"
    with pytest.raises(fastdcm.PixelDataError, match=r"missing, tag \(0028,3002\)"):
        pixels.apply_modality_lut(array, ds)


def test_entries_of_8_bits_stand_in_bytes_or_words() -> None:
    for vr, value in (("OW", bytes([1, 2, 3, 4])), ("US", [0x0201, 0x0403]), ("US", [1, 2, 3, 4])):
        ds = fastdcm.dcmread(image(GREY, (0x00283000, "SQ", lut(4, 0, 8, (vr, value)))))
        found = pixels.apply_modality_lut(ds.pixel_array, ds)
        assert found.dtype == np.uint8
        assert found.ravel().tolist() == [1, 2, 3, *[4] * 9]


def test_a_descriptor_in_us_may_mean_a_negative_first_value() -> None:
    ds = fastdcm.dcmread(image(RAMP, (0x00283000, "SQ", lut(2, 65_534, 16, ("US", [7, 9])))))
    assert pixels.apply_modality_lut(ds.pixel_array, ds).ravel().tolist() == [7, 7, 7, *[9] * 9]


def test_65536_entries_are_written_as_0() -> None:
    entries = np.arange(65_536, dtype="<u2")[::-1].tobytes()
    ds = fastdcm.dcmread(image(GREY, (0x00283000, "SQ", lut(0, 0, 16, ("OW", entries)))))
    same(pixels.apply_modality_lut(ds.pixel_array, ds), 65_535 - GREY)


@pytest.mark.parametrize(
    "element",
    [
        (0x00283000, "SQ", lut(9, 0, 16, ("US", [1, 2]))),
        (0x00283000, "SQ", lut(2, 0, 99, ("US", [1, 2]))),
        (0x00283000, "SQ", [[descriptor(2, 0, 16)]]),
        (0x00283000, "SQ", [[(0x00283006, "US", [1, 2])]]),
        (0x00281053, "DS", "Patient^Name"),
        (0x00281053, "DS", "1e999"),
    ],
)
def test_what_cannot_be_is_an_error_without_values(element: Any) -> None:
    ds = fastdcm.dcmread(image(GREY, (0x00281052, "DS", 0), element))
    with pytest.raises(PixelDataError, match="tag") as caught:
        pixels.apply_modality_lut(ds.pixel_array, ds)
    assert "Patient" not in str(caught.value)


# VOI


@pytest.mark.parametrize("function", ["LINEAR", "LINEAR_EXACT", "SIGMOID", None])
@pytest.mark.parametrize("rescale", [False, True])
def test_windows_are_those_of_pydicom(function: str | None, rescale: bool) -> None:
    others: list[Any] = [(0x00281050, "DS", [1, 3.5]), (0x00281051, "DS", [4, 7])]
    others += [(0x00281056, "CS", function)] if function else []
    others += [(0x00281052, "DS", -2), (0x00281053, "DS", 0.5)] if rescale else []
    for index in (0, 1):

        def apply(lib: Any, array: Array, ds: Any, index: int = index) -> Array:
            return lib.apply_voi_lut(lib.apply_modality_lut(array, ds), ds, index=index)

        found, expected = both(image(RAMP, *others, stored=12), apply)
        assert found.dtype == expected.dtype
        np.testing.assert_allclose(found, expected, rtol=1e-15)


def test_a_table_is_preferred_to_a_window_unless_asked_for() -> None:
    tables = lut(3, 2, 12, ("US", [4095, 7, 1])) + lut(2, 0, 8, ("OW", b"\5\6"))
    data = image(GREY, (0x00281050, "DS", 6), (0x00281051, "DS", 4), (0x00283010, "SQ", tables))
    for index, prefer in ((0, True), (0, False)):
        found, expected = both(data, lambda lib, array, ds: lib.apply_voi_lut(array, ds, index, prefer))  # noqa: B023
        same(found, expected)
    ds = fastdcm.dcmread(data)
    second = pixels.apply_voi(ds.pixel_array, ds, 1)
    assert (second.dtype, second.max(), second.min()) == (np.uint8, 6, 5)
    with pytest.raises(IndexError):
        pixels.apply_voi(ds.pixel_array, ds, 2)


@pytest.mark.parametrize(
    ("width", "function"), [(0.5, "LINEAR"), (0, "SIGMOID"), (-3, "LINEAR_EXACT"), (5, "OTHER")]
)
def test_windows_that_are_none_are_errors(width: float, function: str) -> None:
    others = [(0x00281050, "DS", 6), (0x00281051, "DS", width), (0x00281056, "CS", function)]
    ds = fastdcm.dcmread(image(GREY, *others))
    with pytest.raises(PixelDataError):
        pixels.apply_windowing(ds.pixel_array, ds)
    # A viewer shows the image all the same.
    assert fastdcm.to_display(ds).max() == 255


def test_views_are_counted() -> None:
    ds = fastdcm.dcmread(image(GREY, (0x00281050, "DS", [6, 7]), (0x00281051, "DS", [4, 5])))
    with pytest.raises(IndexError):
        pixels.apply_windowing(ds.pixel_array, ds, 2)
    with pytest.raises(IndexError):
        fastdcm.to_display(ds, voi_index=2)
    with pytest.raises(IndexError):
        fastdcm.to_display(fastdcm.dcmread(image(GREY)), voi_index=1)


# Presentation


@pytest.mark.parametrize("shape", ["IDENTITY", "INVERSE"])
def test_presentation_shapes(shape: str) -> None:
    data = image(RAMP, (0x20500020, "CS", shape))
    found, expected = both(data, lambda lib, array, ds: lib.apply_presentation_lut(array, ds))
    same(found, expected)


@pytest.mark.parametrize(
    ("entries", "bits", "vr"), [(4, 8, "OW"), (12, 10, "OW"), (256, 16, "US"), (7, 12, "US")]
)
def test_presentation_tables(entries: int, bits: int, vr: str) -> None:
    words = [(17 * number) % 2**bits for number in range(entries)]
    value = words if vr == "US" else np.array(words, "u1" if bits == 8 else "<u2").tobytes()
    data = image(GREY * 37 + 5, (0x20500010, "SQ", lut(entries, 0, bits, (vr, value))))
    found, expected = both(data, lambda lib, array, ds: lib.apply_presentation_lut(array, ds))
    np.testing.assert_array_equal(found, expected)


def test_unknown_shapes_are_errors() -> None:
    ds = fastdcm.dcmread(image(GREY, (0x20500020, "CS", "LIN OD")))
    with pytest.raises(PixelDataError):
        pixels.apply_presentation_lut(ds.pixel_array, ds)


# Palettes


def palette(
    data: list[Any], entries: int, bits: int, *, first: int = 0, segmented: bool = False, vr: str = "US"
) -> list[Any]:
    tags = (0x00281221, 0x00281222, 0x00281223) if segmented else (0x00281201, 0x00281202, 0x00281203)
    return [
        *(descriptor(entries, first, bits, vr=vr, tag=tag) for tag in (0x00281101, 0x00281102, 0x00281103)),
        *((tag, "OW", table) for tag, table in zip(tags, data, strict=True)),
    ]


@pytest.mark.parametrize(("dtype", "bits"), [("u1", 8), ("<u2", 16), ("<u2", 8)])
def test_palettes_are_those_of_pydicom(dtype: str, bits: int) -> None:
    tables = [(np.arange(10) * factor).astype(dtype).tobytes() for factor in (1, 5, 20)]
    data = image(GREY.astype("u1"), *palette(tables, 10, bits, first=2), interpretation="PALETTE COLOR")
    found, expected = both(data, lambda lib, array, ds: lib.apply_color_lut(array, ds))
    same(found, expected)
    shown = fastdcm.to_display(data)
    assert (shown.shape, shown.dtype) == ((3, 4, 3), np.uint8)


def test_segmented_palettes_are_those_of_pydicom() -> None:
    segments = [0, 3, 0, 100, 2000, 1, 6, 60_000, 0, 1, 9]
    tables = [struct.pack("<11H", *segments)] * 3
    data = image(GREY, *palette(tables, 10, 16, segmented=True), interpretation="PALETTE COLOR")
    found, expected = both(data, lambda lib, array, ds: lib.apply_color_lut(array, ds))
    same(found, expected)


def test_palettes_that_cannot_be_are_errors_and_the_indices_are_there() -> None:
    for elements in (
        [],
        palette([b"", b"", b""], 4, 8),
        palette([b"\1\2\3\4", b"\1\2\3\4", b"\1\2"], 4, 8),
        palette([b"\1\0\3\0"] * 3, 4, 16, segmented=True),
    ):
        ds = fastdcm.dcmread(image(GREY, *elements, interpretation="PALETTE COLOR"))
        same(ds.pixel_array, GREY)
        for call in (
            lambda ds=ds: pixels.apply_color_lut(ds.pixel_array, ds),
            lambda ds=ds: fastdcm.to_display(ds),
        ):
            with pytest.raises(PixelDataError):
                call()


def test_values_below_a_supplemental_palette_are_grey() -> None:
    tables = [bytes([200, 10]), bytes([0, 20]), bytes([0, 30])]
    others = [*palette(tables, 2, 8, first=10), (0x00089205, "CS", "MIXED")]
    window = [(0x00281050, "DS", 5), (0x00281051, "DS", 10)]
    ds = fastdcm.dcmread(image(GREY, *others, *window))
    shown = fastdcm.to_display(ds).reshape(-1, 3)
    assert shown[9].tolist() == [255, 255, 255]
    assert shown[1].tolist() == [28, 28, 28]
    assert shown[10:].tolist() == [[200, 0, 0], [10, 20, 30]]
    with pytest.raises(PixelDataError, match="supplemental"):
        pixels.apply_color_lut(ds.pixel_array, ds)


def test_well_known_palettes_are_those_of_pydicom() -> None:
    array = np.arange(256, dtype=np.uint8)
    for number, name in enumerate(
        ["HOT_IRON", "PET", "HOT_METAL_BLUE", "PET_20_STEP", "SPRING", "SUMMER", "FALL", "WINTER"]
    ):
        uid = f"1.2.840.10008.1.5.{number + 1}"
        # By name, pydicom takes FALL for WINTER.
        same(pixels.apply_color_lut(array, palette=name), pydicom.pixels.apply_color_lut(array, palette=uid))
        same(pixels.apply_color_lut(array, palette=uid), pixels.apply_color_lut(array, palette=name))
    for arguments in ({}, {"palette": "RAINBOW"}):
        with pytest.raises(ValueError, match="palette"):
            pixels.apply_color_lut(array, **arguments)


# Colour


def test_colour_spaces_are_those_of_pydicom_but_where_halves_are_rounded() -> None:
    generator = np.random.default_rng(7)
    array = generator.integers(0, 256, (50, 40, 3), dtype=np.uint8)
    for current, desired in (
        ("RGB", "YBR_FULL"),
        ("YBR_FULL", "RGB"),
        ("YBR_FULL_422", "RGB"),
        ("RGB", "YBR_FULL_422"),
    ):
        found = pixels.convert_color_space(array, current, desired)
        expected = pydicom.pixels.convert_color_space(array, current, desired)
        differences = np.abs(found.astype(int) - expected)
        assert differences.max() <= 1
        assert np.count_nonzero(differences) <= 5
    assert pixels.convert_color_space(array, "YBR_FULL", "YBR_FULL_422") is array
    frames = np.stack([array, array])
    assert pixels.convert_color_space(frames, "RGB", "YBR_FULL", per_frame=True) is frames
    same(frames[1], pixels.convert_color_space(array, "RGB", "YBR_FULL"))


@pytest.mark.parametrize(("dtype", "wide"), [(np.uint8, np.int16), (np.uint16, np.int32)])
def test_the_reversible_transform_comes_back(dtype: Any, wide: Any) -> None:
    array = np.random.default_rng(8).integers(0, np.iinfo(dtype).max, (9, 9, 3), dtype=dtype)
    there = pixels.convert_color_space(array, "RGB", "YBR_RCT")
    assert there.dtype == wide
    same(pixels.convert_color_space(there, "YBR_RCT", "RGB"), array)


def test_colour_spaces_that_are_not_converted_are_errors() -> None:
    array = np.zeros((2, 2, 3), np.uint8)
    for current, found in (
        ("HSV", array),
        ("YBR_RCT", array),
        ("RGB", array.astype("f4")),
        ("PALETTE COLOR", array),
    ):
        with pytest.raises(PixelDataError):
            pixels.convert_color_space(found, current, "YBR_FULL")
    with pytest.raises(ValueError, match="3 samples"):
        pixels.convert_color_space(array[..., 0], "RGB", "YBR_FULL")


def test_colour_is_shown_as_rgb_of_8_bits() -> None:
    colour = np.array([[[76, 85, 255], [255, 128, 128]]], np.uint8)
    for interpretation in ("YBR_FULL", "RGB"):
        ds = fastdcm.dcmread(image(colour, samples=3, interpretation=interpretation))
        expected = [[[254, 0, 0], [255, 255, 255]]] if interpretation != "RGB" else colour.tolist()
        assert fastdcm.to_display(ds).tolist() == expected
    wide = (colour.astype("<u2") << 8 | colour).astype("<u2")
    same(fastdcm.to_display(image(wide, samples=3, interpretation="RGB")), colour)
    assert fastdcm.to_display(image(wide, samples=3, interpretation="YBR_FULL"))[0, 1].tolist() == [
        255,
        254,
        255,
    ]
    with pytest.raises(PixelDataError):
        fastdcm.to_values(image(colour, samples=3, interpretation="RGB"))


def test_icc_profiles() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    array = np.random.default_rng(3).integers(0, 256, (5, 6, 3), dtype=np.uint8)
    ds = fastdcm.dcmread(image(array, (0x00282000, "OB", profile), samples=3, interpretation="RGB"))
    found = pixels.apply_icc_profile(array.copy(), ds)
    assert np.abs(found.astype(int) - array).max() <= 1
    transform = pixels.create_icc_transform(icc_profile=profile, intent=1)
    same(pixels.apply_icc_profile(np.stack([array]), transform=transform)[0], found)
    with pytest.raises(ValueError, match="no ICC Profile"):
        pixels.create_icc_transform(fastdcm.Dataset())


# Bits and overlays


@given(st.lists(st.integers(0, 1), max_size=50), st.booleans())
def test_bits_are_packed_as_by_pydicom(bits: list[int], pad: bool) -> None:
    array = np.array(bits, np.uint8)
    packed = pixels.pack_bits(array, pad)
    assert packed == pydicom.pixels.pack_bits(array, pad)
    assert pixels.unpack_bits(packed)[: len(bits)].tolist() == bits
    assert pixels.unpack_bits(packed, as_array=False) == pydicom.pixels.unpack_bits(packed, as_array=False)


def overlay(plane: Array, **facts: Any) -> list[Any]:
    rows, columns = plane.shape[-2:]
    known = {"origin": [1, 1], "data": pixels.pack_bits(plane.ravel())} | facts
    elements: list[Any] = [(0x60000010, "US", rows), (0x60000011, "US", columns)]
    elements += [(0x60000015, "IS", plane.shape[0])] if plane.ndim == 3 else []
    elements += [(0x60000051, "US", known["first"])] if "first" in known else []
    return [
        *elements,
        (0x60000040, "CS", "G"),
        (0x60000050, "SS", known["origin"]),
        (0x60000100, "US", 1),
        (0x60000102, "US", 0),
        (0x60003000, "OW", known["data"]),
    ]


PLANE = np.array([[1, 0, 0, 1, 1], [0, 1, 0, 0, 1], [1, 1, 1, 0, 0]], np.uint8)


@pytest.mark.parametrize("plane", [PLANE, np.stack([PLANE, 1 - PLANE])])
def test_overlays_are_those_of_pydicom(plane: Array) -> None:
    data = image(GREY, *overlay(plane))
    found, expected = both(data, lambda lib, array, ds: ds.overlay_array(0x6000))
    same(found, expected)
    same(found, plane)
    same(
        fastdcm.dcmread(image(GREY, *overlay(plane), encoding=EXPLICIT_BIG)).overlay_array(0x6000),
        plane,
    )


def test_overlays_in_unused_bits_of_the_cells() -> None:
    cells = GREY | (GREY % 2 << 12) | 0x8000
    others = [
        (0x60000010, "US", 3),
        (0x60000011, "US", 4),
        (0x60000050, "SS", [1, 1]),
        (0x60000100, "US", 16),
    ]
    ds = fastdcm.dcmread(image(cells, *others, (0x60000102, "US", 12), stored=12))
    same(ds.overlay_array(0x6000), (GREY % 2).astype("u1"))
    assert fastdcm.to_display(ds, window=(99, 1), overlays=True).ravel().tolist() == [0, 255] * 6
    # Beyond the cell, and in the bits of the samples: the description of an overlay that was removed.
    for position in (16, 0, 11):
        ds[0x60000102].value = position
        with pytest.raises(PixelDataError, match="missing"):
            ds.overlay_array(0x6000)
        assert fastdcm.to_display(ds, window=(99, 1), overlays=True).max() == 0


def test_overlays_without_enough_bytes_are_errors_of_the_overlay_alone() -> None:
    elements = overlay(PLANE, data=b"\1\0")
    elements[0] = (0x60000010, "US", 65_535)
    ds = fastdcm.dcmread(image(GREY, *elements))
    with pytest.raises(PixelDataError, match="Overlay Data"):
        ds.overlay_array(0x6000)
    with pytest.raises(PixelDataError):
        fastdcm.to_display(ds, overlays=True)
    same(ds.pixel_array, GREY)
    assert fastdcm.to_display(ds).shape == (3, 4)
    with pytest.raises(PixelDataError, match="missing"):
        ds.overlay_array(0x6002)
    with pytest.raises(ValueError, match="group"):
        ds.overlay_array(0x7FE0)


def test_overlays_are_burnt_in() -> None:
    elements = overlay(PLANE, origin=[0, 2])
    shown = fastdcm.to_display(image(np.zeros_like(GREY), *elements), overlays=True)
    expected = np.zeros((3, 4), np.uint8)
    expected[:2, 1:] = PLANE[1:, :3] * 255
    same(shown, expected)
    frames = np.zeros((3, 3, 4), "<u2")
    several = np.stack([PLANE[:, :4], 1 - PLANE[:, :4]])
    shown = fastdcm.to_display(image(frames, *overlay(several, first=2)), overlays=True)
    assert (shown[0].max(), shown[1:].tolist()) == (0, (several * 255).tolist())
    one = fastdcm.to_display(image(frames, *overlay(several, first=2)), index=2, overlays=True)
    assert one.tolist() == (several[1] * 255).tolist()


# Displays


def test_without_a_window_least_to_greatest_are_shown() -> None:
    assert fastdcm.to_display(image(RAMP))[[0, -1], [0, -1]].tolist() == [0, 255]
    assert fastdcm.to_display(image(np.full((2, 2), 9, "<u2"))).tolist() == [[0, 0], [0, 0]]


@pytest.mark.parametrize(("padding", "limit"), [(-4, None), (65_532, None), (-4, -2)])
def test_padding_is_black_and_does_not_count(padding: int, limit: int | None) -> None:
    others: list[Any] = [(0x00280120, "SS" if padding < 0 else "US", padding)]
    others += [(0x00280121, "SS", limit)] if limit is not None else []
    shown = fastdcm.to_display(image(RAMP, *others, interpretation="MONOCHROME1")).ravel()
    last = -4 if limit is None else limit
    rest = np.arange(last + 1, 8)
    ramp = np.floor((rest - rest[0]) * (255 / (rest[-1] - rest[0])) + 0.5)
    assert shown.tolist() == [0] * (last + 5) + (255 - ramp).astype(int).tolist()
    values = fastdcm.to_values(image(RAMP, *others), padding=math.nan).ravel()
    assert np.isnan(values[: last + 5]).all()
    same(values[last + 5 :], rest.astype("f4"))
    assert not np.isnan(fastdcm.to_values(image(RAMP, *others))).any()


def test_a_window_of_ones_own() -> None:
    data = image(
        GREY, (0x00281050, "DS", 1), (0x00281051, "DS", 1), (0x00281052, "DS", 10), (0x00281053, "DS", 1)
    )
    assert fastdcm.to_display(data, window=(15, 4)).ravel().tolist() == [0] * 4 + [85, 170] + [255] * 6
    for width in (0, 0.5, -1, math.nan):
        with pytest.raises(ValueError, match="window must be a centre and a width") as caught:
            fastdcm.to_display(data, window=(14, width))
        assert "tag" not in str(caught.value)


def test_monochrome1_is_the_complement() -> None:
    windowed = [(0x00281050, "DS", 5), (0x00281051, "DS", 8)]
    plain = fastdcm.to_display(image(GREY, *windowed))
    same(fastdcm.to_display(image(GREY, *windowed, interpretation="MONOCHROME1")), 255 - plain)
    same(fastdcm.to_display(image(GREY, *windowed, (0x20500020, "CS", "INVERSE"))), 255 - plain)
    both_ways = image(GREY, *windowed, (0x20500020, "CS", "INVERSE"), interpretation="MONOCHROME1")
    same(fastdcm.to_display(both_ways), 255 - plain)


def test_tables_are_shown_by_their_bits() -> None:
    data = image(GREY, (0x00283010, "SQ", lut(3, 4, 12, ("US", [0, 2048, 4095]))))
    assert fastdcm.to_display(data).ravel().tolist() == [0] * 5 + [128] + [255] * 6
    presentation = lut(3, 0, 8, ("US", [255, 51, 0]))
    data = image(GREY, (0x20500010, "SQ", presentation), (0x00281050, "DS", 5.5), (0x00281051, "DS", 3))
    assert fastdcm.to_display(data).ravel().tolist() == [255] * 5 + [51] + [0] * 6


def test_displays_of_another_size() -> None:
    shown = fastdcm.to_display(image(np.array([[0, 255], [255, 255]], "u1")), size=(1, 1))
    assert shown.tolist() == [[191]]
    frames = np.stack([GREY, GREY])
    assert fastdcm.to_display(image(frames), size=(6, 8)).shape == (2, 6, 8)
    assert fastdcm.to_display(image(frames), size=(2, 2), index=1).shape == (2, 2)
    for size in ((0, 4), (4, -1)):
        with pytest.raises(ValueError, match="size"):
            fastdcm.to_display(image(GREY), size=size)
    with pytest.raises(IndexError):
        fastdcm.to_display(image(GREY), index=1)
    with pytest.raises(IndexError):
        fastdcm.to_values(image(GREY), index=-1)


# Functional groups and physical values


def transformation(slope: float, unit: str = "US") -> tuple[int, str, Any]:
    item = [(0x00281052, "DS", 1), (0x00281053, "DS", slope), (0x00281054, "LO", unit)]
    return 0x00289145, "SQ", [item]


def test_every_frame_of_an_enhanced_object_has_its_own_values() -> None:
    frames = np.stack([GREY, GREY, GREY])
    window = (0x00289132, "SQ", [[(0x00281050, "DS", 4), (0x00281051, "DS", 2)]])
    per_frame = (0x52009230, "SQ", [[transformation(2, "HU")], [transformation(3, "HU"), window], [window]])
    shared = (0x52009229, "SQ", [[transformation(10, "HU")]])
    ds = fastdcm.dcmread(image(frames, shared, per_frame))
    array = ds.pixel_array
    expected = np.stack([GREY * factor + 1 for factor in (2, 3, 10)])
    same(pixels.apply_modality_lut(array, ds), expected.astype("f8"))
    same(pixels.apply_modality_lut(array[1], ds, frame=1), expected[1].astype("f8"))
    with pytest.raises(ValueError, match="frame="):
        pixels.apply_modality_lut(array[1], ds)
    same(fastdcm.to_values(ds), expected.astype("f4"))
    same(fastdcm.to_values(ds, index=2), expected[2].astype("f4"))
    assert fastdcm.values_unit(ds) == "HU"
    shown = fastdcm.to_display(ds)
    assert shown[1].ravel().tolist() == [0, 255] + [255] * 10
    assert shown[2].ravel().tolist() == [0] + [255] * 11
    assert shown[0].ravel()[-1] == round(22 * 255 / 110)


def mapping(
    first: int, last: int, unit: str, slope: float | None, values: list[float] | None = None
) -> list[Any]:
    code = [(0x00080100, "SH", unit), (0x00080102, "SH", "UCUM")]
    item: list[Any] = [(0x004008EA, "SQ", [code]), (0x00409211, "US", last)]
    item += [(0x00409212, "FD", values)] if values is not None else []
    item += [(0x00409216, "US", first)]
    return item + ([(0x00409224, "FD", 0.5), (0x00409225, "FD", slope)] if slope is not None else [])


def test_real_world_values() -> None:
    items = [
        mapping(2, 5, "mm2/s", 0.25),
        mapping(0, 11, "ms", 1.0),
        mapping(6, 7, "mm2/s", None, [-1.0, -2.0]),
    ]
    data = image(GREY, (0x00409096, "SQ", items))
    found = fastdcm.to_values(data).ravel()
    assert found[2:8].tolist() == [1.0, 1.25, 1.5, 1.75, -1.0, -2.0]
    assert np.isnan(found[[0, 1, 8, 11]]).all()
    assert fastdcm.values_unit(data) == "mm2/s"
    same(fastdcm.to_values(data, real_world=1, dtype="float64"), GREY + 0.5)
    rescaled = image(GREY, (0x00281052, "DS", 0), (0x00281053, "DS", 1), (0x00409096, "SQ", items))
    assert np.array_equal(fastdcm.to_values(rescaled).ravel(), found, equal_nan=True)
    assert fastdcm.values_unit(rescaled) == "mm2/s"
    rescaled = image(GREY, (0x00281052, "DS", 0), (0x00281053, "DS", 2), (0x00409096, "SQ", items))
    same(fastdcm.to_values(rescaled), (GREY * 2).astype("f4"))
    assert fastdcm.values_unit(data, real_world=1) == "ms"
    with pytest.raises(IndexError):
        fastdcm.to_values(data, real_world=3)
    for item in (mapping(0, 4, "1", None, [1.0]), mapping(0, 4, "1", None)[:2]):
        with pytest.raises(PixelDataError):
            fastdcm.to_values(image(GREY, (0x00409096, "SQ", [item])))


def test_float_pixel_data_is_shown_through_an_exact_window() -> None:
    array = np.array([[0.0, 0.25, 0.5, 1.0, np.nan, np.inf]], "<f4")
    elements = [
        *(
            (tag, "US", value)
            for tag, value in ((0x00280002, 1), (0x00280010, 1), (0x00280011, 6), (0x00280100, 32))
        ),
        (0x00280004, "CS", "MONOCHROME2"),
        (0x00281050, "DS", 0.5),
        (0x00281051, "DS", 1),
        (0x7FE00008, "OF", array.tobytes()),
    ]
    data = encode_file(sorted(elements))
    assert fastdcm.to_display(data).ravel().tolist() == [0, 64, 128, 255, 0, 255]
    same(fastdcm.to_values(data), array)
    plain = encode_file(
        sorted(
            element
            for element in elements
            if element[0] & 0xFFFF0000 != 0x00280000 or element[0] < 0x00281000
        )
    )
    assert fastdcm.to_display(plain).ravel()[:5].tolist() == [0, 64, 128, 255, 0]


def test_dose_pet_and_ct_have_units() -> None:
    dose = image(GREY.astype("<u4"), (0x30040002, "CS", "GY"), (0x3004000E, "DS", 0.001))
    same(fastdcm.to_values(dose), GREY * 0.001)
    assert fastdcm.values_unit(dose) == "GY"
    rescale = [(0x00281052, "DS", 0), (0x00281053, "DS", 0.3)]
    pet = image(GREY, (0x00080060, "CS", "PT"), (0x00541001, "CS", "BQML"), *rescale)
    same(fastdcm.to_values(pet), (GREY * 0.3).astype("f4"))
    assert fastdcm.values_unit(pet) == "BQML"
    assert fastdcm.values_unit(image(GREY, (0x00080060, "CS", "CT"), *rescale)) == "HU"
    assert fastdcm.values_unit(image(GREY, (0x00281054, "LO", "US"), *rescale)) is None
    assert fastdcm.values_unit(image(GREY)) is None
    with pytest.raises(ValueError, match="dtype"):
        fastdcm.to_values(dose, dtype="int16")  # type: ignore[arg-type]


def test_edited_data_sets_and_pickles_give_what_they_say_now() -> None:
    ds = fastdcm.dcmread(image(GREY, (0x00281052, "DS", 0), (0x00281053, "DS", 2)))
    ds.RescaleSlope = 5
    same(fastdcm.to_values(ds), (GREY * 5).astype("f4"))
    # What no character set has is no obstacle where values do not depend on it.
    ds.PatientName = ds.RescaleType = "\N{CYRILLIC CAPITAL LETTER ZHE}"
    ds.WindowCenter, ds.WindowWidth = 15, 2
    assert fastdcm.to_display(ds).ravel().tolist() == [0] * 3 + [255] * 9
    del ds.RescaleSlope
    same(fastdcm.to_values(ds), GREY.astype("f4"))
    new = fastdcm.Dataset()
    new.IconImageSequence = [fastdcm.Dataset()]
    new.IconImageSequence[0].set_pixel_data(GREY.astype("u1"), "MONOCHROME1", 8)
    same(fastdcm.to_display(new.IconImageSequence[0]), 255 - fastdcm.to_display(image(GREY)))


# Every sample against a slow reference


@given(
    st.sampled_from(["u1", "i1", "<u2", "<i2", "<u4", "<i4"]),
    st.lists(st.integers(-(2**31), 2**32 - 1), min_size=1, max_size=30),
    st.floats(-50, 50, allow_nan=False).map(lambda number: round(number, 3)),
    st.tuples(st.integers(-500, 500), st.integers(1, 900)),
    st.sampled_from([1, 40_000]),
)
def test_each_value_is_what_the_standard_says(
    dtype: str, numbers: list[int], slope: float, window: tuple[int, int], times: int
) -> None:
    one = np.array([number % 2 ** (8 * np.dtype(dtype).itemsize) for number in numbers], "<u8").astype(dtype)
    array = np.tile(one, (times, 1))
    data = image(array, (0x00281052, "DS", 3), (0x00281053, "DS", slope))
    values = [float(number) * slope + 3 for number in one.tolist()]
    wide = np.dtype(dtype).itemsize == 4
    found = fastdcm.to_values(data)
    same(found[-1], np.array(values, "f8" if wide else "f4"))
    centre, width = window
    shown = []
    for value in values:
        if value <= centre - 0.5 - (width - 1) / 2:
            shown.append(0)
        elif value > centre - 0.5 + (width - 1) / 2:
            shown.append(255)
        else:
            shown.append(math.floor(((value - (centre - 0.5)) / (width - 1) + 0.5) * 255 + 0.5))
    assert fastdcm.to_display(data, window=window)[-1].tolist() == shown


@given(
    st.lists(st.integers(0, 65_535), min_size=1, max_size=40),
    st.integers(-300, 300),
    st.lists(st.integers(-32_768, 32_767), min_size=1, max_size=20),
)
def test_each_entry_is_what_the_standard_says(entries: list[int], first: int, numbers: list[int]) -> None:
    data = image(
        np.array([numbers], "<i2"), (0x00283000, "SQ", lut(len(entries), first, 16, ("US", entries), vr="SS"))
    )
    ds = fastdcm.dcmread(data)
    expected = [entries[min(max(number - first, 0), len(entries) - 1)] for number in numbers]
    assert pixels.apply_modality_lut(ds.pixel_array, ds)[0].tolist() == expected


def test_tables_are_read_once_for_many_frames() -> None:
    tables = lut(0, 0, 16, ("OW", np.arange(65_536, dtype="<u2").tobytes()))
    data = image(np.zeros((20_000, 1, 1), "<u2"), (0x00283000, "SQ", tables), (0x00283010, "SQ", tables))
    assert fastdcm.to_values(data).shape == fastdcm.to_display(data).shape == (20_000, 1, 1)


def test_arrays_of_any_layout_are_taken() -> None:
    ds = fastdcm.dcmread(image(RAMP, (0x00281052, "DS", 0), (0x00281053, "DS", 2)))
    for array in (RAMP.T, RAMP[::-1, ::2], RAMP.astype(">i4"), RAMP > 0, RAMP.astype("f2"), RAMP[:0]):
        same(pixels.apply_modality_lut(array, ds), array.astype("f8") * 2)
