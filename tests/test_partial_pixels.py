"""Frames that end early: an error that names frame and codec, or what could be decoded on request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import codestreams
import dicom_writer as dicom
import fastdcm
import mutated_frames
from image_file import image_file

if TYPE_CHECKING:
    import numpy.typing as npt

    from mutated_frames import Frame

NAMES = {
    "RLE": "RLE",
    "JPEG 8": "JPEG",
    "JPEG 12": "JPEG",
    "JPEG prog": "JPEG",
    "JPEG less": "JPEG",
    "JPEG-LS": "JPEG-LS",
    "JPEG 2000": "JPEG 2000",
    "HTJ2K": "HTJ2K",
    "JPEG XL": "JPEG XL",
    "deflated": "deflated frame",
    "native": "uncompressed",
}
# Decoded pixel by pixel, so that what is there is exact.
EXACT = ["RLE", "JPEG 8", "JPEG 12", "JPEG less", "JPEG-LS", "deflated", "native"]
APPROXIMATE = ["JPEG prog", "JPEG 2000"]
NEITHER = ["HTJ2K", "JPEG XL"]


def whole(family: str) -> list[tuple[Frame, npt.NDArray[Any]]]:
    """Frames of a family that can be decoded, and their pixels."""
    found = []
    for frame in mutated_frames.whole_frames(family):
        try:
            array = fastdcm.pixel_array(fastdcm.dcmread(frame.file()), raw=True)
        except fastdcm.DicomError:
            continue
        found.append((frame, array))
    assert found
    return found


def is_noise(frame: Frame) -> bool:
    """Whether there is more behind the headers than a frame needs."""
    return frame.data in {seed.frame for seed in codestreams.jpeg_ls()}


def cut(frame: Frame, share: float) -> fastdcm.FileDataset:
    """The file around the first part of a frame."""
    end = int(len(frame.data) * share) & ~1
    return fastdcm.dcmread(frame._replace(data=frame.data[:end]).file())


@pytest.mark.parametrize("family", mutated_frames.FAMILIES)
def test_a_cut_frame_is_an_error_that_names_frame_and_codec(family: str) -> None:
    for frame, _ in whole(family):
        if is_noise(frame):
            continue
        dataset = cut(frame, 0.4)
        with pytest.raises(fastdcm.CodecError) as caught:
            fastdcm.pixel_array(dataset, raw=True)
        assert str(caught.value).startswith(f"{NAMES[family]}, frame 0: ")
        assert (caught.value.codec, caught.value.frame) == (NAMES[family], 0)


@pytest.mark.parametrize("family", EXACT)
def test_what_is_there_is_exact_and_the_rest_is_zero(family: str) -> None:
    some = 0
    for frame, expected in whole(family):
        for share in (0.3, 0.6, 0.9, 0.97):
            dataset = cut(frame, share)
            try:
                found = fastdcm.pixel_array(dataset, raw=True, partial=True)
            except fastdcm.CodecError:
                continue  # nothing can be had of a plane alone, or of a header
            if found.tolist() == expected.tolist():
                continue  # padding was cut
            some += 1
            assert "PixelDataTruncated" in [warning.kind for warning in dataset.warnings]
            pixels, wanted = found.reshape(-1, frame.samples), expected.reshape(-1, frame.samples)
            differs = (pixels != wanted).any(axis=1)
            first = int(differs.argmax())
            assert differs.any()
            assert not pixels[first:].any(), (frame.syntax, share, first)
    assert some >= 3


@pytest.mark.parametrize("family", APPROXIMATE)
def test_coarse_parts_come_first(family: str) -> None:
    some = 0
    for frame, expected in whole(family):
        if expected.shape[0] < 17:
            continue  # too small to have several resolutions
        dataset = cut(frame, 0.9)
        try:
            found = fastdcm.pixel_array(dataset, raw=True, partial=True)
        except fastdcm.CodecError:
            continue
        kinds = [warning.kind for warning in dataset.warnings]
        some += kinds == ["PixelDataTruncated"]
        assert np.abs(found.astype(int) - expected).mean() < expected.std() / 3
    assert some or family == "JPEG 2000"  # there are none outside of the corpus


@pytest.mark.parametrize("family", NEITHER)
def test_where_nothing_can_be_had_it_is_an_error_as_ever(family: str) -> None:
    for frame, _ in whole(family):
        with pytest.raises(fastdcm.CodecError, match=f"^{NAMES[family]}, frame 0: "):
            fastdcm.pixel_array(cut(frame, 0.5), partial=True, raw=True)


def test_a_damaged_frame_that_does_not_end_early_is_an_error_as_ever() -> None:
    for frame, _ in whole("JPEG less"):
        data = frame.data[: len(frame.data) * 2 // 5] + b"\xff\xd9"
        with pytest.raises(fastdcm.CodecError):
            fastdcm.pixel_array(fastdcm.dcmread(frame._replace(data=data).file()), partial=True)


def test_a_frame_without_a_byte_is_an_error() -> None:
    for family in mutated_frames.FAMILIES:
        frame, _ = whole(family)[0]
        with pytest.raises(fastdcm.PixelDataError):
            fastdcm.pixel_array(fastdcm.dcmread(frame._replace(data=b"").file()), partial=True)


def test_only_whole_frames_are_without_a_warning(tmp_path: Any) -> None:
    frame, expected = next(one for one in whole("RLE") if one[0].allocated == 8 and one[0].samples == 1)
    cut_data = frame.data[: len(frame.data) // 2 & ~1]
    elements = [*_attributes(frame, 3), dicom.encapsulated([frame.data, frame.data, cut_data])]
    path = tmp_path / "three.dcm"
    path.write_bytes(dicom.encode_file(elements, dicom.RLE_LOSSLESS))
    dataset = fastdcm.dcmread(path)
    with pytest.raises(fastdcm.CodecError, match="RLE, frame 2: "):
        fastdcm.pixel_array(dataset)
    assert (fastdcm.pixel_array(dataset, index=1, partial=True) == expected).all()
    assert not list(dataset.warnings)
    frames = list(fastdcm.iter_pixels(dataset, partial=True))
    assert [warning.kind for warning in dataset.warnings] == ["PixelDataTruncated"]
    assert (frames[0] == expected).all()
    out = np.full((3, *expected.shape), 0xA5, np.uint8)
    for found in (
        fastdcm.pixel_array(path, partial=True),
        fastdcm.pixel_array(dataset, partial=True, out=out),
        fastdcm.pixel_array(dataset, partial=True, threads=1),
    ):
        assert (found == np.stack(frames)).all()
    assert 0 < np.count_nonzero(frames[2]) < np.count_nonzero(expected)
    strict = fastdcm.ReadOptions(on_warning="raise")
    with pytest.raises(fastdcm.DicomError, match="end early"):
        fastdcm.pixel_array(path, partial=True, options=strict)


@pytest.mark.parametrize("planar", [0, 1])
@pytest.mark.parametrize("width", [1, 2])
def test_native_pixels_that_end_early(planar: int, width: int) -> None:
    values = np.arange(1, 2 * 3 * 4 * 3 + 1).astype(f"<u{width}").reshape(2, 3, 4, 3)
    stored = values.transpose(0, 3, 1, 2) if planar else values
    data = stored.tobytes()
    elements: list[dicom.Element] = [
        (0x00280002, "US", 3),
        (0x00280004, "CS", "RGB"),
        (0x00280006, "US", planar),
        (0x00280008, "IS", 2),
        (0x00280010, "US", 3),
        (0x00280011, "US", 4),
        (0x00280100, "US", 8 * width),
        (0x00280101, "US", 8 * width),
        (0x00280102, "US", 8 * width - 1),
        (0x00280103, "US", 0),
    ]
    for end in range(2, len(data) - 1, 2):
        file = dicom.encode_file([*elements, (0x7FE00010, "OW", data[:end])])
        cells = end // width % 36
        pixels = end // width // 36 * 12 + (max(cells - 24, 0) if planar else cells // 3)
        dataset = fastdcm.dcmread(file)
        if pixels == 0:
            with pytest.raises(fastdcm.PixelDataError, match="bytes of pixel data"):
                fastdcm.pixel_array(dataset, partial=True)
            continue
        found = fastdcm.pixel_array(dataset, partial=True).reshape(-1, 3)
        assert (found[:pixels] == values.reshape(-1, 3)[:pixels]).all(), end
        assert not found[pixels:].any(), end
        assert [warning.kind for warning in dataset.warnings] == ["PixelDataTruncated"]


def test_what_is_missing_is_not_made_a_colour() -> None:
    elements: list[dicom.Element] = [
        (0x00280002, "US", 3),
        (0x00280004, "CS", "YBR_FULL"),
        (0x00280006, "US", 0),
        (0x00280010, "US", 2),
        (0x00280011, "US", 2),
        (0x00280100, "US", 8),
        (0x00280101, "US", 8),
        (0x00280102, "US", 7),
        (0x00280103, "US", 0),
        (0x7FE00010, "OB", bytes([200, 128, 128, 100, 128, 128])),
    ]
    found = fastdcm.pixel_array(fastdcm.dcmread(dicom.encode_file(elements)), partial=True)
    assert found.reshape(-1, 3).tolist() == [[200] * 3, [100] * 3, [0] * 3, [0] * 3]


@pytest.mark.parametrize("table", [True, False])
@pytest.mark.parametrize("family", ["RLE", "JPEG 8", "native"])
def test_a_file_that_is_cut_gives_the_frames_it_has(family: str, *, table: bool) -> None:
    grey = [one for one in whole(family) if (one[0].allocated, one[0].samples) == (8, 1)]
    frame, expected = max(grey, key=lambda one: one[0].rows)
    elements = [*_attributes(frame, 5), dicom.encapsulated([frame.data] * 5, table=table)]
    data = dicom.encode_file(elements, dicom.Encoding(frame.syntax))
    step = 8 + len(frame.data) + len(frame.data) % 2
    end = len(data) - 8 - 2 * step - step // 6
    cut_file = fastdcm.dcmread(data[:end])
    with pytest.raises(fastdcm.OffsetTableError, match="3 fragments for 5 frames"):
        fastdcm.pixel_array(cut_file)
    assert (fastdcm.pixel_array(cut_file, index=1, partial=True) == expected).all()
    assert "PixelDataTruncated" not in [warning.kind for warning in cut_file.warnings]
    found = fastdcm.pixel_array(cut_file, partial=True)
    assert (found[:2] == expected).all()
    assert 0 < np.count_nonzero(found[2]) < np.count_nonzero(expected)
    assert not found[3:].any()
    assert "PixelDataTruncated" in [warning.kind for warning in cut_file.warnings]
    # Cut in the header of the third frame.
    headless = fastdcm.dcmread(data[: len(data) - 8 - 3 * step + 10])
    assert not fastdcm.pixel_array(headless, partial=True)[2:].any()


def _attributes(frame: Frame, frames: int) -> list[dicom.Element]:
    return [
        (0x00280002, "US", frame.samples),
        (0x00280004, "CS", "MONOCHROME2"),
        (0x00280008, "IS", frames),
        (0x00280010, "US", frame.rows),
        (0x00280011, "US", frame.columns),
        (0x00280100, "US", frame.allocated),
        (0x00280101, "US", frame.stored),
        (0x00280102, "US", frame.stored - 1),
        (0x00280103, "US", 0),
    ]


@pytest.mark.parametrize("encapsulated", [False, True])
def test_what_is_missing_takes_no_memory_without_end(*, encapsulated: bool) -> None:
    frame = bytes(100)
    rest: dict[str, Any] = {"encoding": dicom.RLE_LOSSLESS} if encapsulated else {}
    data = image_file([frame] * 3 if encapsulated else frame, shape=(3, 20_000, 20_000), **rest)
    with pytest.raises(fastdcm.LimitExceededError):
        fastdcm.pixel_array(data, partial=True)
