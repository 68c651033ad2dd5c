"""Video, made by PyAV: its frames, its stream, and what is said where PyAV is absent."""

from __future__ import annotations

import io
import sys
from fractions import Fraction

import av
import numpy as np
import pytest

import fastdcm
from dicom_writer import EXPLICIT_LITTLE, Encoding
from fastdcm.pixels import iter_pixels, pixel_array, video_stream
from image_file import image_file

ROWS, COLUMNS, FRAMES = 48, 64, 6
# Grey values that rise from frame to frame: far enough apart for any coding.
GREYS = [20 + 40 * number for number in range(FRAMES)]
SYNTAXES = {
    "mpeg2video": ("1.2.840.10008.1.2.4.100", "mpeg"),
    "libx264": ("1.2.840.10008.1.2.4.102", "mp4"),
    "libx265": ("1.2.840.10008.1.2.4.107", "mp4"),
}


def stream(codec: str, container: str) -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format=container) as output:
        options = {"x265-params": "log-level=none"} if codec == "libx265" else {}
        video = output.add_stream(codec, rate=Fraction(25), options=options)
        video.width, video.height, video.pix_fmt = COLUMNS, ROWS, "yuv420p"
        for grey in GREYS:
            pixels = np.full((ROWS, COLUMNS, 3), grey, np.uint8)
            output.mux(video.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        output.mux(video.encode())
    return file.getvalue()


def video_file(codec: str, *, fragments: int = 1, frames: int = FRAMES, data: bytes | None = None) -> bytes:
    uid, container = SYNTAXES[codec]
    encoded = stream(codec, container) if data is None else data
    encoded += bytes(len(encoded) % 2)
    step = -(-len(encoded) // fragments) // 2 * 2
    parts = [encoded[start : start + step] for start in range(0, len(encoded), step)]
    return image_file(
        parts,
        shape=(frames, ROWS, COLUMNS),
        encoding=Encoding(uid),
        samples=3,
        interpretation="YBR_PARTIAL_420",
    )


@pytest.mark.parametrize("codec", SYNTAXES)
@pytest.mark.parametrize("fragments", [1, 3])
def test_frames(codec: str, fragments: int) -> None:
    data = video_file(codec, fragments=fragments)
    array = pixel_array(data)
    assert (array.shape, array.dtype) == ((FRAMES, ROWS, COLUMNS, 3), np.uint8)
    assert np.abs(array.mean(axis=(1, 2, 3)) - GREYS).max() < 4
    assert np.array_equal(pixel_array(data, index=4), array[4])
    assert np.array_equal(fastdcm.dcmread(data).pixel_array, array)
    chosen = list(iter_pixels(data, indices=[5, 0, 5]))
    assert np.array_equal(chosen, array[[5, 0, 5]])
    assert list(iter_pixels(data, indices=[])) == []
    assert np.array_equal(list(iter_pixels(fastdcm.dcmread(data))), array)
    out = np.zeros_like(array)
    assert pixel_array(data, out=out) is out
    assert np.array_equal(out, array)


def test_stream_is_what_was_stored() -> None:
    encoded = stream("libx264", "mp4")
    data = video_file("libx264", fragments=5, data=encoded)
    assert video_stream(data).removesuffix(b"\0") == encoded.removesuffix(b"\0")
    with pytest.raises(fastdcm.errors.PixelDataError, match="none of video"):
        video_stream(image_file(bytes(4), shape=(1, 2, 2), encoding=EXPLICIT_LITTLE))


def test_what_cannot_be_done() -> None:
    data = video_file("mpeg2video")
    with pytest.raises(fastdcm.errors.PixelDataError, match="video_stream"):
        pixel_array(data, raw=True)
    with pytest.raises(IndexError, match="frame 6 of 6"):
        pixel_array(data, index=6)
    with pytest.raises(ValueError, match="no view"):
        pixel_array(data, view=True)
    with pytest.raises(ValueError, match=r"\(6, 48, 64, 3\) and uint8 are needed"):
        pixel_array(data, out=np.zeros((6, 48, 64), np.uint8))


def test_damaged_streams() -> None:
    encoded = stream("libx264", "mp4")
    whole = pixel_array(video_file("libx264", data=encoded))
    refused = 0
    for length in range(2, len(encoded), 97):
        try:
            array = pixel_array(video_file("libx264", data=encoded[:length]))
        except fastdcm.errors.PixelDataError:
            refused += 1
        else:
            assert np.array_equal(array, whole)  # what is missing is behind the frames
    assert refused > 10
    with pytest.raises(fastdcm.errors.PixelDataError, match="6 frames, Number of Frames is 7"):
        pixel_array(video_file("libx264", frames=7))
    other = fastdcm.dcmread(video_file("libx264"))
    other.Rows = 40
    with pytest.raises(fastdcm.errors.PixelDataError, match="48 rows of 64 columns"):
        pixel_array(other)


def test_attributes_that_cannot_be() -> None:
    data = video_file("libx264")
    for keyword, value in [
        ("Rows", None),
        ("Columns", 0),
        ("BitsAllocated", None),
        ("NumberOfFrames", -3),
        ("NumberOfFrames", 2**31 - 1),
    ]:
        ds = fastdcm.dcmread(data)
        setattr(ds, keyword, value)
        with pytest.raises(fastdcm.errors.PixelDataError):
            pixel_array(ds)
    wide = fastdcm.dcmread(data)
    wide.BitsAllocated, wide.BitsStored = 16, 17
    with pytest.raises(fastdcm.errors.PixelDataError, match="BitsStored must be a whole number of 1 to 16"):
        pixel_array(wide)


def test_without_pyav(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    data = video_file("mpeg2video", data=b"\0" * 64)
    with pytest.raises(fastdcm.errors.UnsupportedTransferSyntaxError) as raised:
        pixel_array(data)
    assert "pip install fastdcm[video]" in str(raised.value)
    assert "video_stream()" in str(raised.value)
    assert raised.value.transfer_syntax == "1.2.840.10008.1.2.4.100"
    with pytest.raises(fastdcm.errors.UnsupportedTransferSyntaxError, match="PyAV"):
        _ = fastdcm.dcmread(data).pixel_array
    assert video_stream(data) == b"\0" * 64


def test_pixels_behind_a_url() -> None:
    data = image_file([b"\0\0"], shape=(1, 2, 2), encoding=Encoding("1.2.840.10008.1.2.4.94"))
    with pytest.raises(fastdcm.errors.UnsupportedTransferSyntaxError, match="Pixel Data Provider URL"):
        pixel_array(data)
