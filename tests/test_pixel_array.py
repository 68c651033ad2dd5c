"""`pixel_array`: native and RLE pixels, arrays of the caller, views, the file straight into the array."""

from __future__ import annotations

import hashlib
import io
import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import fastdcm
from dicom_writer import EXPLICIT_BIG, EXPLICIT_LITTLE, RLE_LOSSLESS, Fragments, encode_file, rle_frame

if TYPE_CHECKING:
    from pathlib import Path

NATIVE_AND_RLE = {
    "1.2.840.10008.1.2",
    "1.2.840.10008.1.2.1",
    "1.2.840.10008.1.2.1.99",
    "1.2.840.10008.1.2.2",
    "1.2.840.10008.1.2.5",
}


def image(pixels: np.ndarray[Any, Any], **attributes: Any) -> list[tuple[int, str, Any]]:
    """The elements of an image of shape (frames, rows, columns)."""
    frames, rows, columns = pixels.shape[:3]
    bits = pixels.dtype.itemsize * 8
    facts: dict[str, Any] = {
        "samples": pixels.shape[3] if pixels.ndim == 4 else 1,
        "interpretation": "RGB" if pixels.ndim == 4 else "MONOCHROME2",
        "stored": bits,
        "high": attributes.get("stored", bits) - 1,
        "data": pixels.tobytes(),
    } | attributes
    elements = [
        (0x00280002, "US", facts["samples"]),
        (0x00280004, "CS", facts["interpretation"]),
        (0x00280006, "US", 0),
        (0x00280008, "IS", frames),
        (0x00280010, "US", rows),
        (0x00280011, "US", columns),
        (0x00280100, "US", bits),
        (0x00280101, "US", facts["stored"]),
        (0x00280102, "US", facts["high"]),
        (0x00280103, "US", int(pixels.dtype.kind == "i")),
        (0x7FE00010, "OW", facts["data"]),
    ]
    return [element for element in elements if element[0] != 0x00280006 or facts["samples"] > 1]


GREY = np.arange(2 * 5 * 7, dtype="<u2").reshape(2, 5, 7)
BIG = np.arange(512 * 512, dtype="<u2").reshape(1, 512, 512)


def test_one_frame_gives_two_dimensions_and_several_three() -> None:
    ds = fastdcm.dcmread(encode_file(image(GREY)))
    assert ds.pixel_array.shape == (2, 5, 7)
    assert (ds.pixel_array == GREY).all()
    assert fastdcm.pixel_array(ds, index=1).shape == (5, 7)
    assert (fastdcm.pixel_array(ds, index=1) == GREY[1]).all()
    single = fastdcm.dcmread(encode_file(image(GREY[:1])))
    assert single.pixel_array.shape == (5, 7)
    for index in (2, -1, 2**40):
        with pytest.raises(IndexError):
            fastdcm.pixel_array(ds, index=index)


def test_attribute_is_the_same_writable_array_and_the_function_makes_new_ones() -> None:
    ds = fastdcm.dcmread(encode_file(image(GREY)))
    array = ds.pixel_array
    array[0, 0, 0] = 999
    assert ds.pixel_array is array
    assert ds.pixel_array[0, 0, 0] == 999
    assert fastdcm.pixel_array(ds)[0, 0, 0] == 0
    assert array.flags.owndata
    assert array.flags.writeable
    assert array.base is None


def test_threads_get_the_same_array() -> None:
    for _ in range(20):
        ds = fastdcm.dcmread(encode_file(image(BIG)))
        found: list[int] = []
        threads = [
            threading.Thread(target=lambda ds=ds, found=found: found.append(id(ds.pixel_array)))
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == [id(ds.pixel_array)] * 8


@pytest.mark.parametrize("form", ["path", "text", "bytes", "stream", "dataset"])
def test_every_source_gives_the_same_pixels(tmp_path: Path, form: str) -> None:
    path = tmp_path / "image.dcm"
    path.write_bytes(encode_file(image(BIG)))
    sources: dict[str, Any] = {
        "path": path,
        "text": str(path),
        "bytes": path.read_bytes(),
        "stream": io.BytesIO(path.read_bytes()),
        "dataset": fastdcm.dcmread(path),
    }
    array = fastdcm.pixel_array(sources[form])
    assert array.dtype == np.dtype("u2")
    assert (array == BIG[0]).all()
    with pytest.raises(FileNotFoundError):
        fastdcm.pixel_array(tmp_path / "missing.dcm")


@pytest.mark.parametrize("dtype", ["u1", "i1", "<u2", "<i2", "<u4", "<i4", "<u8", "<i8"])
@pytest.mark.parametrize("encoding", ["little", "big"])
def test_ps3_5_8_1_1_cells_of_every_size(dtype: str, encoding: str) -> None:
    low, high = int(np.iinfo(dtype).min), int(np.iinfo(dtype).max)
    pixels = np.array([low + (high - low) * step // 34 for step in range(35)], dtype).reshape(1, 5, 7)
    data = pixels.tobytes() + bytes(pixels.nbytes % 2)
    if encoding == "big" and pixels.itemsize > 1:
        # The writer swaps words, and so pairs of bytes; a larger cell is swapped as a whole in the file.
        data = np.frombuffer(pixels.byteswap().tobytes(), "u2").byteswap().tobytes()
    syntax = EXPLICIT_BIG if encoding == "big" else EXPLICIT_LITTLE
    ds = fastdcm.dcmread(encode_file(image(pixels, data=data), syntax))
    assert ds.pixel_array.dtype == np.dtype(dtype)
    assert (ds.pixel_array == pixels[0]).all()


def test_samples_are_the_stored_bits_whatever_the_others_hold() -> None:
    cells = np.array([[[0xF123, 0x0FFF, 0x8800]]], "<u2")
    stored = fastdcm.dcmread(encode_file(image(cells, stored=12, high=11)))
    assert stored.pixel_array.tolist() == [[0x123, 0xFFF, 0x800]]
    assert fastdcm.pixel_array(stored, bits="allocated").tolist() == [[0xF123, 0x0FFF, 0x8800]]
    signed = fastdcm.dcmread(encode_file(image(cells.view("<i2"), stored=12, high=11)))
    assert signed.pixel_array.tolist() == [[0x123, -1, -0x800]]
    shifted = fastdcm.dcmread(encode_file(image(cells, stored=12, high=15)))
    assert shifted.pixel_array.tolist() == [[0xF12, 0x0FF, 0x880]]
    with pytest.raises(ValueError, match="bits"):
        fastdcm.pixel_array(stored, bits="all")  # type: ignore[arg-type]


def test_ybr_becomes_rgb_unless_raw() -> None:
    pixels = np.array([[[[128, 128, 128], [76, 85, 255]]]], "u1")
    ds = fastdcm.dcmread(encode_file(image(pixels, interpretation="YBR_FULL")))
    assert ds.pixel_array.shape == (1, 2, 3)
    assert np.abs(ds.pixel_array[0].astype(int) - [[128, 128, 128], [254, 0, 0]]).max() <= 1
    assert (fastdcm.pixel_array(ds, raw=True) == pixels[0]).all()


def test_out_is_written_in_place() -> None:
    ds = fastdcm.dcmread(encode_file(image(GREY)))
    out = np.zeros((2, 5, 7), "u2")
    assert fastdcm.pixel_array(ds, out=out) is out
    assert (out == GREY).all()
    stack = np.zeros((4, 5, 7), "u2")
    assert fastdcm.pixel_array(ds, index=1, out=stack[2]).base is stack
    assert (stack[2] == GREY[1]).all()
    assert not stack[[0, 1, 3]].any()


def test_wrong_out_is_refused() -> None:
    ds = fastdcm.dcmread(encode_file(image(GREY)))
    frozen = np.zeros((2, 5, 7), "u2")
    frozen.flags.writeable = False
    wrong = [
        np.zeros((2, 5, 8), "u2"),
        np.zeros((2, 5, 7), "i2"),
        np.zeros((2, 5, 7), ">u2"),
        np.zeros((2, 5, 14), "u2")[:, :, ::2],
        np.zeros((2, 5, 7), "u2", order="F"),
        frozen,
    ]
    for out in wrong:
        with pytest.raises(ValueError):  # noqa: PT011 - numpy's words for some
            fastdcm.pixel_array(ds, out=out)
        assert not out.any()
    with pytest.raises(TypeError):
        fastdcm.pixel_array(ds, out=bytearray(140))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="either"):
        fastdcm.pixel_array(ds, out=np.zeros((2, 5, 7), "u2"), view=True)


def test_view_is_read_only_and_keeps_the_bytes() -> None:
    ds = fastdcm.dcmread(encode_file(image(GREY)))
    view = fastdcm.pixel_array(ds, view=True)
    frame = fastdcm.pixel_array(ds, index=1, view=True)
    del ds
    assert (view == GREY).all()
    assert (frame == GREY[1]).all()
    assert not view.flags.writeable
    assert not view.flags.owndata
    with pytest.raises(ValueError, match="WRITEABLE"):
        view.flags.writeable = True
    shifted = fastdcm.dcmread(encode_file(image(GREY, stored=12, high=15)))
    with pytest.raises(ValueError, match="no view"):
        fastdcm.pixel_array(shifted, view=True)


def test_attributes_behind_the_pixel_data_are_found(tmp_path: Path) -> None:
    path = tmp_path / "late.dcm"
    elements = image(GREY)
    rows = next(element for element in elements if element[0] == 0x00280010)
    elements.remove(rows)
    path.write_bytes(encode_file([*elements, rows]))
    assert (fastdcm.pixel_array(path) == GREY).all()
    path.write_bytes(encode_file(elements))
    with pytest.raises(fastdcm.DicomError, match=r"missing \(0028,0010\)"):
        fastdcm.pixel_array(path)


def test_annex_g_rle() -> None:
    frames = [rle_frame(frame.tobytes(), rows=5, bytes_per_sample=2) for frame in GREY]
    for table in (True, False):
        data = encode_file(image(GREY, data=Fragments.of_frames(frames, table=table)), RLE_LOSSLESS)
        ds = fastdcm.dcmread(data)
        assert (ds.pixel_array == GREY).all()
        assert (fastdcm.pixel_array(ds, index=1) == GREY[1]).all()
        with pytest.raises(ValueError, match="no view"):
            fastdcm.pixel_array(ds, view=True)
        out = np.zeros_like(GREY)
        assert (fastdcm.pixel_array(data, out=out) == GREY).all()


def test_other_syntaxes_are_named() -> None:
    data = encode_file(image(GREY)).replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.9\0")
    with pytest.raises(fastdcm.UnsupportedTransferSyntaxError) as caught:
        _ = fastdcm.dcmread(data).pixel_array
    assert caught.value.transfer_syntax == "1.2.840.10008.1.2.9"


def test_faults_are_pixel_data_errors() -> None:
    missing = [element for element in image(GREY) if element[0] != 0x00280010]
    with pytest.raises(fastdcm.PixelDataError, match=r"missing \(0028,0010\)"):
        _ = fastdcm.dcmread(encode_file(missing)).pixel_array
    with pytest.raises(fastdcm.PixelDataError):
        _ = fastdcm.dcmread(encode_file([])).pixel_array
    with pytest.raises(fastdcm.PixelDataError):
        _ = fastdcm.dcmread(encode_file(image(GREY, data=bytes(70)))).pixel_array
    ds = fastdcm.dcmread(encode_file(image(GREY, data=bytes(200))))
    assert not ds.pixel_array.any()
    assert [warning.kind for warning in ds.warnings] == ["PixelDataTooLong"]


def test_icon_images_have_pixels_of_their_own() -> None:
    icon = image(GREY[:1])
    elements = [*image(GREY)[:-1], (0x00880200, "SQ", [icon]), image(GREY)[-1]]
    ds = fastdcm.dcmread(encode_file(sorted(elements, key=lambda element: element[0])))
    item = ds.IconImageSequence[0]
    assert (item.pixel_array == GREY[0]).all()
    assert item.pixel_array is item.pixel_array
    assert (ds.pixel_array == GREY).all()


@pytest.mark.timeout(300)
def test_pixels_equal_the_reference_over_the_corpus(corpus: Path, manifest: list[dict[str, Any]]) -> None:
    compared = 0
    for row in manifest:
        reference = row.get("pixels") or {}
        if row["kind"] == "malformed" or row.get("header", {}).get("ts") not in NATIVE_AND_RLE:
            continue
        if not reference.get("sha256") or reference.get("votes", 0) < 2:
            continue
        array = fastdcm.pixel_array(corpus / row["file"], raw=True, force=True)
        little = array.astype(reference["dtype"]).astype(np.dtype(reference["dtype"]).newbyteorder("<"))
        assert hashlib.sha256(little.tobytes()).hexdigest() == reference["sha256"], row["file"]
        compared += 1
    assert compared > 200
