"""Pixel data of real files and attackers: what each gives, is refused with, or warns of."""

from __future__ import annotations

import struct
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import dicom_writer as dicom
import fastdcm
import mutated_frames
from fastdcm.pixels import apply_color_lut
from mutated_frames import Frame

if TYPE_CHECKING:
    from collections.abc import Sequence

EXPLICIT = dicom.EXPLICIT_LITTLE
RLE = dicom.RLE_LOSSLESS
JPEG = dicom.Encoding("1.2.840.10008.1.2.4.50")
JPEG_LS = dicom.Encoding("1.2.840.10008.1.2.4.80")
J2K = dicom.Encoding("1.2.840.10008.1.2.4.90")
BYTES = bytes(range(24))


def image(pixels: Any = BYTES, **attributes: Any) -> list[dicom.Element]:
    """An image of 4 rows and 6 columns of a byte; an attribute that is None is left out."""
    known: dict[str, tuple[int, str, Any]] = {
        "samples": (0x00280002, "US", 1),
        "photometric": (0x00280004, "CS", "MONOCHROME2"),
        "frames": (0x00280008, "IS", None),
        "rows": (0x00280010, "US", 4),
        "columns": (0x00280011, "US", 6),
        "allocated": (0x00280100, "US", 8),
        "stored": (0x00280101, "US", attributes.get("allocated", 8)),
        "signed": (0x00280103, "US", 0),
    }
    elements = [
        (tag, attributes.get(f"{name}_vr", vr), attributes.get(name, value))
        for name, (tag, vr, value) in known.items()
    ]
    present = [element for element in elements if element[2] is not None]
    return [*present, pixels if isinstance(pixels, tuple) else (0x7FE00010, "OB", pixels)]


def outcome(elements: Sequence[dicom.Element], encoding: dicom.Encoding = EXPLICIT, **options: Any) -> Any:
    """The pixels and the kinds of warning, or the message of the error: either comes soon."""
    dataset = fastdcm.dcmread(dicom.encode_file(elements, encoding))
    before = len(dataset.warnings)
    start = time.monotonic()
    try:
        array = fastdcm.pixel_array(dataset, **options)
    except fastdcm.DicomError as error:
        return str(error)
    finally:
        assert time.monotonic() - start < 2
    return array, [warning.kind for warning in list(dataset.warnings)[before:]]


def assert_refused(found: Any, *words: str) -> None:
    """It is an error that says these words."""
    assert isinstance(found, str), found
    for word in words:
        assert word in found, found


def assert_read(found: Any, expected: Any, *kinds: str) -> None:
    """It gives these pixels with these warnings."""
    assert not isinstance(found, str), found
    array, warnings = found
    assert array.ravel().tolist() == list(expected)
    assert warnings == list(kinds)


# --- sizes ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", [EXPLICIT, RLE, JPEG, JPEG_LS, J2K])
def test_a_huge_image_of_eight_bytes_is_refused_before_memory_is_asked_for(encoding: dicom.Encoding) -> None:
    pixels = bytes(8) if encoding is EXPLICIT else dicom.encapsulated([bytes(8)])
    sizes = {"rows": 65_535, "columns": 65_535, "frames": 2**31 - 1, "allocated": 16}
    found = outcome(image(pixels, **sizes), encoding)
    assert_refused(found, "2147483647" if encoding is EXPLICIT else "2147483647 frames")


@pytest.mark.parametrize("encoding", [RLE, JPEG, JPEG_LS])
def test_a_large_frame_in_few_bytes_is_refused(encoding: dicom.Encoding) -> None:
    pixels = dicom.encapsulated([bytes(1000)])
    assert_refused(outcome(image(pixels, rows=20_000, columns=20_000), encoding), "1000 bytes cannot hold")


def test_native_pixel_data_may_be_one_byte_short_and_no_more() -> None:
    assert_read(outcome(image(BYTES[:15], rows=3, columns=5)), range(15))
    short = outcome(image(BYTES[:14], rows=3, columns=5))
    assert_read(short, [*range(14), 0], "PixelDataPadded")
    assert_refused(outcome(image(BYTES[:12])), "12 bytes of pixel data, 24 are needed for 4 x 6 samples")


def test_native_pixel_data_that_are_too_long_give_the_first_frames() -> None:
    assert_read(outcome(image(BYTES, rows=2)), range(12), "PixelDataTooLong")


def test_native_pixel_data_that_the_file_ends_in() -> None:
    data = dicom.encode_file(image(BYTES))[:-10]
    dataset = fastdcm.dcmread(data)
    assert (dataset.Rows, dataset.truncated_at is not None) == (4, True)
    with pytest.raises(fastdcm.PixelDataError, match="14 bytes of pixel data, 24 are needed"):
        _ = dataset.pixel_array
    assert fastdcm.pixel_array(dataset, partial=True).ravel().tolist() == [*range(14), *[0] * 10]


# --- attributes -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("attributes", "word"),
    [
        ({"rows": 0}, "(0028,0010)"),
        ({"columns": 0}, "(0028,0011)"),
        ({"allocated": 0}, "(0028,0100)"),
        ({"allocated": 13}, "(0028,0100)"),
        ({"stored": 9}, "(0028,0101)"),
        ({"stored": 0}, "(0028,0101)"),
        ({"samples": 0}, "(0028,0002)"),
        ({"samples": 65_535}, "(0028,0002)"),
        ({"photometric": "NONSENSE"}, "(0028,0004)"),
        ({"frames": -1}, "(0028,0008)"),
        ({"frames": "many"}, "(0028,0008)"),
        ({"rows": None}, "missing (0028,0010)"),
        ({"columns": None}, "missing (0028,0011)"),
        ({"rows": 70_000, "rows_vr": "UL"}, "(0028,0010)"),
    ],
)
def test_an_attribute_that_cannot_be_is_named(attributes: dict[str, Any], word: str) -> None:
    assert_refused(outcome(image(**attributes)), word)


def test_attributes_that_are_odd_only() -> None:
    assert_read(outcome(image(photometric="NONSENSE"), raw=True), range(24))
    assert_read(outcome(image(frames=0)), range(24), "NumberOfFramesZero")
    assert_read(outcome(image(rows=4, rows_vr="UL")), range(24), "UnexpectedVr")


def test_native_and_encapsulated_pixel_data_under_each_others_transfer_syntax() -> None:
    fragments = dicom.encapsulated([BYTES])
    assert_refused(outcome(image(fragments)), "fragments", "native=True")
    assert_refused(outcome(image(), JPEG), "no fragments", "native=True")
    assert_read(outcome(image(fragments), native=True), range(24))
    assert_read(outcome(image(), JPEG, native=True), range(24))


# --- RLE --------------------------------------------------------------------------------------------------


def rle(
    *segments: bytes, count: int | None = None, starts: Sequence[int] | None = None
) -> list[dicom.Element]:
    """An image of one frame of RLE, its header as it is or as it is said to be."""
    places = starts or [64 + sum(map(len, segments[:number])) for number in range(len(segments))]
    header = [len(segments) if count is None else count, *places]
    header += [0] * (16 - len(header))
    frame = struct.pack("<16I", *header[:16]) + b"".join(segments)
    return image(dicom.encapsulated([frame]))


RUN = bytes([257 - 24, 7])


@pytest.mark.parametrize(
    ("elements", "words"),
    [
        (image(dicom.Fragments([], []) and (0x7FE00010, "OB", dicom.Fragments([], []))), ["0 fragments"]),
        (rle(RUN, starts=[1000]), ["RLE, frame 0: segment 0 is at 1000"]),
        (rle(RUN, count=0xFFFFFFFF), ["RLE, frame 0: 4294967295 segments, 1 are needed"]),
        (rle(RUN, count=0), ["RLE, frame 0: 0 segments"]),
        (rle(RUN * 3), ["RLE, frame 0: segment 0 holds"]),
        (rle(bytes([257 - 20, 7])), ["RLE, frame 0: segment 0 gives 20 of 24 bytes"]),
        (rle(bytes([23, 1, 2, 3])), ["RLE, frame 0: segment 0 gives"]),
    ],
)
def test_rle_that_cannot_be_names_frame_and_segment(elements: list[dicom.Element], words: list[str]) -> None:
    assert_refused(outcome(elements, RLE), *words)


def test_rle_may_have_padding() -> None:
    assert_read(outcome(rle(RUN), RLE), [7] * 24)
    assert_read(outcome(rle(RUN + bytes(6)), RLE), [7] * 24, "SegmentPadded")


# --- offset tables and fragments --------------------------------------------------------------------------


def frames_of(offsets: Sequence[int], data: Sequence[bytes], **attributes: Any) -> list[dicom.Element]:
    """Encapsulated native frames behind a table."""
    return image((0x7FE00010, "OB", dicom.Fragments(offsets, data)), **attributes)


NATIVE = dicom.Encoding("1.2.840.10008.1.2.1.98")


@pytest.mark.parametrize("offsets", [[0, 5000], [0, 0], [32, 0], [0, 3], [7], [0, 32, 64, 96]])
def test_a_basic_offset_table_that_contradicts_is_ignored_where_fragments_suffice(offsets: list[int]) -> None:
    found = outcome(frames_of(offsets, [BYTES, BYTES], frames=2), NATIVE)
    assert_read(found, [*range(24)] * 2, "OffsetTableIgnored")
    assert_refused(
        outcome(frames_of(offsets, [BYTES, BYTES[:12], BYTES[12:]], frames=2), NATIVE), "fragments"
    )


def test_a_basic_offset_table_of_six_bytes() -> None:
    data = dicom.encode_file(frames_of([0, 32], [BYTES, BYTES], frames=2), NATIVE)
    table = struct.pack("<HHI", 0xFFFE, 0xE000, 8) + struct.pack("<II", 0, 32)
    assert data.count(table) == 1
    damaged = data.replace(table, struct.pack("<HHI", 0xFFFE, 0xE000, 6) + struct.pack("<IH", 0, 32))
    dataset = fastdcm.dcmread(damaged)
    assert fastdcm.pixel_array(dataset).ravel().tolist() == [*range(24)] * 2
    assert [warning.kind for warning in dataset.warnings] == ["OffsetTableIgnored"]


@pytest.mark.parametrize("offsets", [[0, 2**63], [0, 33], [0, 2**64 - 1], [0]])
def test_an_extended_offset_table_that_contradicts(offsets: list[int]) -> None:
    extended: list[dicom.Element] = [
        (0x7FE00001, "OV", struct.pack(f"<{len(offsets)}Q", *offsets)),
        (0x7FE00002, "OV", struct.pack(f"<{len(offsets)}Q", *[24] * len(offsets))),
    ]
    for data, is_read in (([BYTES, BYTES], True), ([BYTES, BYTES[:12], BYTES[12:]], False)):
        *attributes, pixels = frames_of([], data, frames=2)
        found = outcome([*attributes, *extended, pixels], NATIVE)
        if is_read:
            assert_read(found, [*range(24)] * 2, "OffsetTableIgnored")
        else:
            assert_refused(found, "fragments")


def test_fewer_fragments_than_frames() -> None:
    assert_refused(outcome(frames_of([], [BYTES], frames=3), NATIVE), "1 fragments for 3 frames")


def test_a_fragment_that_the_file_ends_in() -> None:
    data = dicom.encode_file(frames_of([], [BYTES], frames=1), NATIVE)
    cut = fastdcm.dcmread(data[:-18])
    with pytest.raises(fastdcm.CodecError, match="uncompressed, frame 0: 14 bytes, 24 are needed"):
        fastdcm.pixel_array(cut)
    assert "FragmentTruncated" in [warning.kind for warning in cut.warnings]
    assert fastdcm.pixel_array(cut, partial=True).ravel().tolist() == [*range(14), *[0] * 10]


def test_a_fragment_of_undefined_length_ends_with_the_file() -> None:
    data = dicom.encode_file(frames_of([], [BYTES], frames=1), NATIVE)
    head = struct.pack("<HHI", 0xFFFE, 0xE000, 24)
    damaged = data.replace(head, head[:4] + b"\xff\xff\xff\xff")
    dataset = fastdcm.dcmread(damaged)
    assert fastdcm.pixel_array(dataset).ravel().tolist() == list(range(24))
    assert "FragmentTruncated" in [warning.kind for warning in dataset.warnings]
    several = data.replace(b"\x28\x00\x08\x00IS\x02\x001 ", b"\x28\x00\x08\x00IS\x02\x003 ")
    with pytest.raises(fastdcm.OffsetTableError, match="1 fragments for 3 frames"):
        fastdcm.pixel_array(fastdcm.dcmread(several.replace(head, head[:4] + b"\xff\xff\xff\xff")))


def test_a_million_empty_fragments_take_little_time() -> None:
    found = outcome(frames_of([], [b""] * 1_000_000, frames=3), NATIVE)
    assert_refused(found, "1000000 fragments for 3 frames")


def test_frames_in_fragments_without_a_table_are_found_by_the_ends_of_their_codestreams() -> None:
    (whole,) = [
        frame for frame in mutated_frames.whole_frames("JPEG 8") if frame.data.count(b"\xff\xd9") == 1
    ][:1]
    half = len(whole.data) // 2 & ~1
    parts = [whole.data[:half], whole.data[half:]] * 2
    sizes = {"rows": whole.rows, "columns": whole.columns, "frames": 2}
    found = outcome(frames_of([], parts, **sizes), JPEG)
    one = outcome(frames_of([], [whole.data], **sizes | {"frames": None}), JPEG)[0]
    assert_read(found, [*one.ravel().tolist()] * 2, "FramesSearched")


# --- codestreams ------------------------------------------------------------------------------------------


def jpeg_frame() -> Frame:
    """A grey one of 8 bits."""
    return next(frame for frame in mutated_frames.FAMILIES["JPEG 8"].ours() if frame.samples == 1)


def decoded(frame: Frame, **options: Any) -> Any:
    """As `outcome`, of a file around a frame."""
    dataset = fastdcm.dcmread(frame.file())
    try:
        array = fastdcm.pixel_array(dataset, raw=True, **options)
    except fastdcm.DicomError as error:
        return str(error)
    return array, [warning.kind for warning in dataset.warnings]


def test_jpeg_that_ends_behind_its_first_marker() -> None:
    found = decoded(jpeg_frame()._replace(data=b"\xff\xd8"))
    assert_refused(found, "JPEG, frame 0: ")


@pytest.mark.parametrize("size", [(65_535, 65_535), (1, 1), (3, 4)])
def test_jpeg_of_another_size_names_both(size: tuple[int, int]) -> None:
    frame = jpeg_frame()
    start = frame.data.index(b"\xff\xc0") + 5
    data = frame.data[:start] + struct.pack(">HH", *size) + frame.data[start + 4 :]
    rows, columns = size
    words = f"{rows} rows of {columns} columns, the data set {frame.rows} of {frame.columns}"
    assert_refused(decoded(frame._replace(data=data)), words)
    claimed = frame._replace(rows=65_535, columns=65_535)
    assert_refused(decoded(claimed), "exceeds the limit")
    claimed = frame._replace(rows=20_000, columns=20_000)
    assert_refused(decoded(claimed), f"{len(frame.data) + len(frame.data) % 2} bytes cannot hold")


def test_jpeg_with_other_samples_than_samples_per_pixel() -> None:
    assert_refused(decoded(jpeg_frame()._replace(samples=3)), "1 components, Samples per Pixel is 3")


@pytest.mark.parametrize("family", ["JPEG 8", "JPEG 12", "JPEG-LS", "JPEG 2000", "JPEG XL"])
def test_another_precision_than_bits_stored_is_told_where_it_fits(family: str) -> None:
    frames = mutated_frames.FAMILIES[family].ours()
    frame = next(frame for frame in frames if frame.samples == 1 and not isinstance(decoded(frame), str))
    array, _ = decoded(frame)
    wide = frame._replace(allocated=16, stored=16)
    found, warnings = decoded(wide)
    assert found.ravel().tolist() == array.ravel().tolist()
    expected = [] if frame.stored == 16 else ["PrecisionContradicts"]
    assert [kind for kind in warnings if kind == "PrecisionContradicts"] == expected
    if frame.stored > 8:
        assert_refused(decoded(frame._replace(allocated=8, stored=8)), "Bits Allocated")


def j2k(name: str) -> Frame:
    """A frame of tests/data/codecs."""
    path = mutated_frames._TESTS / "data/codecs" / name
    return next(
        frame for frame in mutated_frames.FAMILIES["JPEG 2000"].ours() if frame.data == path.read_bytes()
    )


def test_jpeg_2000_that_claims_two_to_the_31_columns() -> None:
    frame = j2k("grey8.j2k")
    for family in ("JPEG 2000", "HTJ2K"):
        for frame in mutated_frames.FAMILIES[family].ours():
            place = frame.data.index(b"\xff\x51") + 6
            for at in (place, place + 4, place + 16, place + 20):
                data = frame.data[:at] + struct.pack(">I", 2**31) + frame.data[at + 4 :]
                found = decoded(frame._replace(data=data))
                # A tile may be larger than the image.
                assert at >= place + 16 or isinstance(found, str), found


def test_jpeg_2000_signed_otherwise_than_pixel_representation_says() -> None:
    frame = j2k("signed16.j2k")
    expected, none = decoded(frame)
    found, warnings = decoded(frame._replace(signed=0))
    assert (none, warnings) == ([], ["SignContradicts"])
    assert found.dtype == np.uint16
    assert found.view("i2").tolist() == expected.tolist() or found.astype("i4").min() >= 0


def test_jpeg_2000_in_boxes_is_read_without_them() -> None:
    assert decoded(j2k("grey12.jp2"))[1] == ["CodestreamBoxed"]


def test_jpeg_ls_may_be_padded_before_its_end() -> None:
    frame = next(
        frame
        for frame in mutated_frames.whole_frames("JPEG-LS")
        if frame.data.rstrip(b"\0").endswith(b"\xff\xd9") and not isinstance(decoded(frame), str)
    )
    body = frame.data.rstrip(b"\0")[:-2]
    expected, warnings = decoded(frame)
    found, others = decoded(frame._replace(data=body + bytes(7) + b"\xff\xd9"))
    assert (found.tolist(), others) == (expected.tolist(), warnings)


# --- palettes and overlays --------------------------------------------------------------------------------


def palette(entries: int, first: int, data: bytes) -> list[dicom.Element]:
    """The three tables of a palette."""
    return [
        *[(0x00281101 + number, "US", [entries, first, 8]) for number in range(3)],
        *[(0x00281201 + number, "OW", data) for number in range(3)],
    ]


def coloured(*elements: dicom.Element) -> fastdcm.Dataset:
    """An image whose pixels are numbers of colours."""
    every = sorted([*image(photometric="PALETTE COLOR"), *elements], key=lambda element: element[0])
    return fastdcm.dcmread(dicom.encode_file(every))


@pytest.mark.parametrize("elements", [[], palette(4, 0, b""), palette(4, 0, b"\1\2"), palette(4, 0, b"")[:3]])
def test_a_palette_without_its_tables_leaves_the_numbers(elements: list[dicom.Element]) -> None:
    dataset = coloured(*elements)
    assert dataset.pixel_array.ravel().tolist() == list(range(24))
    with pytest.raises(fastdcm.PixelDataError):
        apply_color_lut(dataset.pixel_array, dataset)


def test_ps3_3_c_7_6_3_1_5_numbers_beyond_a_palette_have_its_first_and_last_colours() -> None:
    dataset = coloured(*palette(4, 10, b"\1\2\3\4"))
    red = apply_color_lut(dataset.pixel_array, dataset)[..., 0].ravel().tolist()
    assert red == [1] * 11 + [2, 3] + [4] * 11


def test_an_overlay_larger_than_its_data_is_an_error_of_the_overlay_alone() -> None:
    overlay: list[dicom.Element] = [
        (0x60000010, "US", 65_535),
        (0x60000011, "US", 65_535),
        (0x60000040, "CS", "G"),
        (0x60000050, "SS", [1, 1]),
        (0x60000100, "US", 1),
        (0x60000102, "US", 0),
        (0x60003000, "OW", bytes(8)),
    ]
    *attributes, pixels = image()
    dataset = fastdcm.dcmread(dicom.encode_file([*attributes, *overlay, pixels]))
    with pytest.raises(fastdcm.PixelDataError, match="Overlay Data"):
        dataset.overlay_array(0x6000)
    assert dataset.pixel_array.ravel().tolist() == list(range(24))
