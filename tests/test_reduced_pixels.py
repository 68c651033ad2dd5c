"""Frames at a fraction of their size, and regions of them."""

from __future__ import annotations

import io
import itertools
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

import dicom_writer as dicom
import fastdcm

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]

JPEG_BASELINE = dicom.Encoding("1.2.840.10008.1.2.4.50")
JPEG_2000 = dicom.Encoding("1.2.840.10008.1.2.4.90")
CODECS = Path(__file__).with_name("data") / "codecs"


def elements(array: Array, **more: Any) -> list[Any]:
    """A data set of frames (frames, rows, columns[, samples]), without pixel data."""
    bits = array.itemsize * 8
    samples = array.shape[3] if array.ndim == 4 else 1
    values = {
        "frames": (0x00280008, "IS", len(array)),
        "samples": (0x00280002, "US", samples),
        "photometric": (0x00280004, "CS", "RGB" if samples == 3 else "MONOCHROME2"),
        "planar": (0x00280006, "US", 0),
        "rows": (0x00280010, "US", array.shape[1]),
        "columns": (0x00280011, "US", array.shape[2]),
        "allocated": (0x00280100, "US", bits),
        "stored": (0x00280101, "US", bits),
        "high": (0x00280102, "US", bits - 1),
        "signed": (0x00280103, "US", int(array.dtype.kind == "i")),
    } | more
    return sorted(values.values(), key=lambda element: element[0])


def native(array: Array, **more: Any) -> bytes:
    pixels = dicom.pixel_data(array.tobytes(), bits_allocated=array.itemsize * 8)
    return dicom.encode_file([*elements(array, **more), pixels])


def averaged(array: Array, reduce: int) -> Array:
    """Averages of squares of integers (rows, columns[, samples]), halves rounded up."""
    side = 1 << reduce
    rows, columns = array.shape[:2]
    down, right = np.arange(0, rows, side), np.arange(0, columns, side)
    sums = np.add.reduceat(np.add.reduceat(array.astype(np.int64), down, 0), right, 1)
    counts = np.outer(np.minimum(down + side, rows) - down, np.minimum(right + side, columns) - right)
    counts = counts.reshape(counts.shape + (1,) * (array.ndim - 2))
    return ((2 * sums + counts) // (2 * counts)).astype(array.dtype)


def frames(dtype: str, shape: tuple[int, ...]) -> Array:
    limits = np.iinfo(dtype)
    return np.random.default_rng(sum(shape)).integers(limits.min, limits.max, shape, dtype, endpoint=True)


GREY = [(1, 7, 5), (3, 8, 16), (2, 1, 9)]
KINDS = [*itertools.product(["uint8", "int8", "uint16", "int16", "uint32", "int32"], GREY)]


@pytest.mark.parametrize(("dtype", "shape"), [*KINDS, ("uint8", (2, 13, 6, 3)), ("uint16", (1, 4, 5, 3))])
@pytest.mark.parametrize("reduce", [0, 1, 2, 3, 16])
def test_native_frames_are_averages_of_squares(dtype: str, shape: tuple[int, ...], reduce: int) -> None:
    array = frames(dtype, shape)
    expected = np.stack([averaged(frame, reduce) for frame in array])
    file = native(array)
    found = fastdcm.pixel_array(file, reduce=reduce)
    np.testing.assert_array_equal(found, expected if len(array) > 1 else expected[0])
    assert found.dtype == array.dtype
    last = fastdcm.pixel_array(file, index=len(array) - 1, reduce=reduce, out=np.empty_like(expected[-1]))
    np.testing.assert_array_equal(last, expected[-1])


def test_frames_of_codecs_with_one_size_are_averages() -> None:
    array = frames("uint8", (3, 21, 34))
    encoded = [dicom.rle_frame(frame.tobytes(), rows=21) for frame in array]
    file = dicom.encode_file([*elements(array), dicom.encapsulated(encoded)], dicom.RLE_LOSSLESS)
    for reduce in (1, 2, 4):
        found = fastdcm.pixel_array(file, reduce=reduce)
        np.testing.assert_array_equal(found, [averaged(frame, reduce) for frame in array])
        out = np.zeros_like(found)
        assert fastdcm.pixel_array(file, reduce=reduce, out=out) is out
        np.testing.assert_array_equal(out, found)


def of_jpeg(array: Array, **settings: Any) -> tuple[bytes, bytes]:
    """A file with one JPEG frame, and the frame."""
    stream = io.BytesIO()
    Image.fromarray(array).save(stream, "JPEG", **settings)
    photometric = (0x00280004, "CS", "YBR_FULL_422" if array.ndim == 3 else "MONOCHROME2")
    data = [*elements(array[None], photometric=photometric), dicom.encapsulated([stream.getvalue()])]
    return dicom.encode_file(data, JPEG_BASELINE), stream.getvalue()


def smooth(rows: int, columns: int, samples: int) -> Array:
    row, column = np.mgrid[:rows, :columns]
    planes = [(np.sin(column / 9 + n) + np.cos(row / 7 - n) + 2) / 4 * 255 for n in range(samples)]
    noise = np.random.default_rng(rows).normal(0, 12, (rows, columns, samples))
    return (np.stack(planes, -1) + noise).clip(0, 255).astype(np.uint8).squeeze()


@pytest.mark.parametrize("samples", [1, 3])
@pytest.mark.parametrize(
    "settings", [{"subsampling": "4:2:0"}, {"subsampling": "4:2:2", "progressive": True}]
)
@pytest.mark.parametrize("reduce", [1, 2, 3])
def test_jpeg_is_what_libjpeg_turbo_makes_at_that_scale(
    samples: int, settings: dict[str, Any], reduce: int
) -> None:
    file, frame = of_jpeg(smooth(104, 200, samples), quality=85, **settings)
    image = Image.open(io.BytesIO(frame))
    image.draft("YCbCr" if samples == 3 else "L", (200 >> reduce, 104 >> reduce))
    expected = np.asarray(image).astype(int)
    found = fastdcm.pixel_array(file, reduce=reduce, raw=True).astype(int)
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() <= 1
    if samples == 3 and reduce < 3:
        whole = fastdcm.pixel_array(file)
        rgb = fastdcm.pixel_array(file, reduce=reduce).astype(int)
        assert np.abs(rgb - averaged(whole, reduce)).mean() < 4


def test_what_a_codec_cannot_halve_is_averaged() -> None:
    file, _ = of_jpeg(smooth(100, 201, 1))
    eighth = fastdcm.pixel_array(file, reduce=3)
    np.testing.assert_array_equal(fastdcm.pixel_array(file, reduce=5), averaged(eighth, 2))
    frame = (CODECS / "grey8_levels.j2k").read_bytes()
    data = [*elements(np.zeros((1, 13, 17), np.uint8)), dicom.encapsulated([frame])]
    file = dicom.encode_file(data, JPEG_2000)
    quarter = fastdcm.pixel_array(file, reduce=2)
    assert quarter.shape == (4, 5)
    np.testing.assert_array_equal(fastdcm.pixel_array(file, reduce=4), averaged(quarter, 2))


def test_a_cut_frame_is_averaged_on_request() -> None:
    file, frame = of_jpeg(smooth(104, 200, 1))
    cut = dicom.encode_file(
        [*elements(np.zeros((1, 104, 200), np.uint8)), dicom.encapsulated([frame[: len(frame) // 2]])],
        JPEG_BASELINE,
    )
    with pytest.raises(fastdcm.CodecError):
        fastdcm.pixel_array(cut, reduce=2)
    whole = fastdcm.pixel_array(cut, partial=True)
    np.testing.assert_array_equal(fastdcm.pixel_array(cut, partial=True, reduce=2), averaged(whole, 2))
    top = fastdcm.pixel_array(file, reduce=2)[:8].astype(int)
    assert np.abs(top - averaged(whole, 2)[:8]).mean() < 1
    array = frames("uint16", (3, 10, 10))
    short = native(array)[:-250]
    found = fastdcm.pixel_array(short, partial=True, reduce=1)
    np.testing.assert_array_equal(found[0], averaged(array[0], 1))
    assert not found[2].any()


@pytest.mark.parametrize(
    ("more", "options", "message"),
    [
        ({"photometric": (0x00280004, "CS", "PALETTE COLOR")}, {}, "indexes into a palette"),
        ({"stored": (0x00280101, "US", 1), "high": (0x00280102, "US", 0)}, {}, "one bit"),
        ({}, {"bits": "allocated"}, "whole cells"),
    ],
)
def test_what_has_no_average_is_an_error(more: Any, options: Any, message: str) -> None:
    file = native(np.zeros((1, 8, 8), np.uint8), **more)
    with pytest.raises(fastdcm.PixelDataError, match=message):
        fastdcm.pixel_array(file, reduce=1, **options)
    assert fastdcm.pixel_array(file, region=(1, 2, 3, 4), **options).shape == (3, 4)


@pytest.mark.parametrize("reduce", [-1, 17, 300])
def test_reduce_is_a_number_of_halvings(reduce: int) -> None:
    with pytest.raises(ValueError, match="it must be 0 to 16"):
        fastdcm.pixel_array(native(np.zeros((1, 8, 8), np.uint8)), reduce=reduce)
    with pytest.raises(ValueError, match="no view"):
        fastdcm.pixel_array(native(np.zeros((1, 8, 8), np.uint8)), reduce=1, view=True)


@pytest.mark.parametrize("reduce", [0, 1, 3])
@pytest.mark.parametrize("indexed", [False, True])
def test_many_files_are_decoded_at_a_fraction_of_their_size(
    reduce: int,
    indexed: bool,
    tmp_path: Path,
) -> None:
    array = frames("uint8", (3, 21, 34))
    encoded = [dicom.rle_frame(frame.tobytes(), rows=21) for frame in array]
    rle = dicom.encode_file([*elements(array), dicom.encapsulated(encoded)], dicom.RLE_LOSSLESS)
    files = [native(array), rle, of_jpeg(smooth(21, 34, 1))[0]]
    paths = [tmp_path / f"{number}.dcm" for number in range(3)]
    for path, data in zip(paths, files, strict=True):
        path.write_bytes(data)
    source: Any = fastdcm.scan(paths, frames=True) if indexed else paths
    found = np.asarray(fastdcm.decode(source, reduce=reduce))
    expected = [averaged(frame, reduce) for frame in array]
    np.testing.assert_array_equal(found[:6], expected * 2)
    np.testing.assert_array_equal(found[6], fastdcm.pixel_array(paths[2], reduce=reduce))
    chosen = fastdcm.decode(source, rows=[1, 0], frames=[[2, 0], 1], reduce=reduce, dtype=np.float32)
    np.testing.assert_array_equal(chosen.array, [expected[2], expected[0], expected[1]])
    out = np.zeros((7, *expected[0].shape), np.uint8)
    assert fastdcm.decode(source, reduce=reduce, out=out).array is out
    np.testing.assert_array_equal(out, found)


def test_parts_and_values_are_of_what_is_left(tmp_path: Path) -> None:
    array = frames("uint16", (2, 20, 30))
    path = tmp_path / "a.dcm"
    slope = {"intercept": (0x00281052, "DS", -5.0), "slope": (0x00281053, "DS", 2.0)}
    path.write_bytes(native(array, **slope))
    halved = np.stack([averaged(frame, 1) for frame in array])
    for source in ([path], fastdcm.scan(path, frames=True)):
        part = fastdcm.decode(source, reduce=1, crop=(2, 3, 5, 6))
        np.testing.assert_array_equal(part.array, halved[:, 2:7, 3:9])
        values = fastdcm.decode(source, reduce=1, values="physical")
        np.testing.assert_array_equal(values.array, halved * np.float32(2) - 5)
        assert np.asarray(fastdcm.decode(source, reduce=1, resize=(4, 5))).shape == (2, 4, 5)
        shown = np.asarray(fastdcm.decode(source, reduce=2, values="display", resize=(4, 5)))
        assert (shown.shape, str(shown.dtype)) == ((2, 4, 5), "uint8")
        with pytest.raises(fastdcm.PixelDataError):
            fastdcm.decode(source, reduce=1, crop=(0, 0, 11, 1))


def test_files_whose_frames_have_no_averages_are_faults(tmp_path: Path) -> None:
    palette = (0x00280004, "CS", "PALETTE COLOR")
    (tmp_path / "a.dcm").write_bytes(native(np.zeros((2, 8, 8), np.uint8), photometric=palette))
    (tmp_path / "b.dcm").write_bytes(native(np.full((1, 8, 8), 9, np.uint8)))
    for source in (sorted(tmp_path.iterdir()), fastdcm.scan(tmp_path, frames=True)):
        with pytest.raises(fastdcm.PixelDataError, match="indexes into a palette"):
            fastdcm.decode(source, reduce=1)
        found = fastdcm.decode(source, reduce=1, errors="skip")
        np.testing.assert_array_equal(found.array, np.full((1, 4, 4), 9))
        with pytest.raises(ValueError, match="it must be 0 to 16"):
            fastdcm.decode(source, reduce=17)


REGIONS = [(0, 0, 11, 9), (0, 0, 1, 1), (10, 8, 1, 1), (3, 0, 4, 9), (2, 3, 7, 5)]


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("dtype", ["uint8", "int16", "uint32"])
def test_regions_are_what_slices_are(region: tuple[int, int, int, int], dtype: str) -> None:
    top, left, rows, columns = region
    array = frames(dtype, (3, 11, 9))
    encoded = [dicom.rle_frame(frame.tobytes(), rows=11, bytes_per_sample=array.itemsize) for frame in array]
    encapsulated = [*elements(array), dicom.encapsulated(encoded)]
    for file in (native(array), dicom.encode_file(encapsulated, dicom.RLE_LOSSLESS)):
        found = fastdcm.pixel_array(file, region=region)
        np.testing.assert_array_equal(found, array[:, top : top + rows, left : left + columns])
        halved = fastdcm.pixel_array(file, index=1, reduce=1, region=(1, 2, 3, 2))
        np.testing.assert_array_equal(halved, averaged(array[1], 1)[1:4, 2:4])


@pytest.mark.parametrize("planar", [0, 1])
def test_regions_of_colour(planar: int, tmp_path: Path) -> None:
    array = frames("uint8", (2, 12, 10, 3))
    stored = array.transpose(0, 3, 1, 2).copy() if planar else array
    data = [*elements(array, planar=(0x00280006, "US", planar)), dicom.pixel_data(stored.tobytes())]
    path = tmp_path / "colour.dcm"
    path.write_bytes(dicom.encode_file(data))
    found = fastdcm.pixel_array(path, index=1, region=(5, 4, 6, 3))
    np.testing.assert_array_equal(found, array[1, 5:11, 4:7])


@pytest.mark.parametrize(
    "region", [(0, 0, 0, 1), (0, 0, 12, 1), (11, 0, 1, 1), (0, 9, 1, 1), (4294967295, 0, 4294967295, 1)]
)
def test_regions_lie_inside_the_frame(region: tuple[int, int, int, int]) -> None:
    with pytest.raises(fastdcm.PixelDataError, match="there are 11 rows and 9 columns"):
        fastdcm.pixel_array(native(np.zeros((1, 11, 9), np.uint8)), region=region)


@pytest.mark.parametrize("region", [(-1, 0, 1, 1), (0, 0, 2**32, 1)])
def test_regions_are_of_numbers_that_can_be(region: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValueError, match="region must be"):
        fastdcm.pixel_array(native(np.zeros((1, 11, 9), np.uint8)), region=region)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads are counted by the kernel of Linux")
def test_only_the_rows_of_a_region_are_read(tmp_path: Path) -> None:
    rows, columns = 20_000, 10_000
    sizes = [(0x00280010, "US", rows), (0x00280011, "US", columns)]
    one = elements(np.zeros((1, 1, 1), np.uint16), rows=sizes[0], columns=sizes[1])
    header = dicom.encode_file(one) + dicom.element_header(0x7FE00010, "OW", 2 * rows * columns)
    path = tmp_path / "large.dcm"
    with path.open("wb") as file:
        file.write(header)
        file.truncate(len(header) + 2 * rows * columns)
        file.seek(len(header) + 2 * (15_000 * columns + 7_000))
        file.write(bytes([1, 2, 3, 4]))

    def bytes_read() -> int:
        counts = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
        return int(counts["rchar"])

    before = bytes_read()
    found = fastdcm.pixel_array(path, region=(14_999, 7_000, 4, 3))
    assert bytes_read() - before < 1 << 20
    expected = np.zeros((4, 3), np.uint16)
    expected[1, :2] = 0x0201, 0x0403
    np.testing.assert_array_equal(found, expected)
