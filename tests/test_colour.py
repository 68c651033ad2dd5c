"""The colour space that pixels come in (the table of `fastdcm.pixels`)."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pydicom.pixels
import pytest

import fastdcm
from dicom_writer import Encoding, Fragments, encode_file
from fastdcm import pixels

DATA = Path(__file__).parent / "data"
JPEG = "1.2.840.10008.1.2.4.50"
JPEG_LS = "1.2.840.10008.1.2.4.80"
JPEG_2000 = "1.2.840.10008.1.2.4.90"
RLE = "1.2.840.10008.1.2.5"
# Red by the equations of PS3.3 C.7.6.3.1.2.
RED = ((76, 85, 255), (254, 0, 0))


def encoded(frame: bytes, syntax: str, shape: tuple[int, ...], interpretation: str, *more: Any) -> bytes:
    samples = shape[2] if len(shape) > 2 else 1
    elements = [
        (0x00280002, "US", samples),
        (0x00280004, "CS", interpretation),
        *([(0x00280006, "US", 0)] if samples > 1 else []),
        (0x00280010, "US", shape[0]),
        (0x00280011, "US", shape[1]),
        (0x00280100, "US", 8),
        (0x00280101, "US", 8),
        (0x00280102, "US", 7),
        (0x00280103, "US", 0),
        *more,
        (0x7FE00010, "OB", Fragments.of_frames([frame])),
    ]
    return encode_file(elements, Encoding(syntax))


def jpeg_vector(name: str) -> bytes:
    """A frame of 17 rows and 33 columns."""
    rows = map(json.loads, (DATA.parent / "vectors/jpeg.jsonl").read_text("utf-8").splitlines())
    return next(bytes.fromhex(row["frame"]) for row in rows if row["name"] == name)


COLOUR_JPEG = jpeg_vector("3 components 4:4:4 {'quality': 90} 17x33")


def kinds(ds: fastdcm.Dataset) -> list[str]:
    return [warning.kind for warning in ds.warnings]


def test_marks_decide_against_photometric_interpretation_and_it_is_told_once() -> None:
    ds = fastdcm.dcmread(encoded(COLOUR_JPEG, JPEG, (17, 33, 3), "RGB"))
    raw = fastdcm.pixel_array(ds, raw=True)
    assert pixels.photometric_interpretation(ds, raw=True) == "YBR_FULL"
    assert kinds(ds) == []
    assert (fastdcm.pixel_array(ds) == pixels.convert_color_space(raw, "YBR_FULL", "RGB")).all()
    assert pixels.photometric_interpretation(ds) == "RGB"
    assert kinds(ds) == ["ColourContradicts"]
    assert ds.PhotometricInterpretation == "RGB"
    assert (fastdcm.to_display(ds) == ds.pixel_array).all()


def test_strict_reading_refuses_the_contradiction() -> None:
    options = fastdcm.ReadOptions(on_warning="raise")
    data = encoded(COLOUR_JPEG, JPEG, (17, 33, 3), "RGB")
    with pytest.raises(fastdcm.DicomError, match="Photometric Interpretation"):
        fastdcm.pixel_array(data, options=options)
    assert fastdcm.pixel_array(data, options=options, raw=True).shape == (17, 33, 3)
    right = encoded(COLOUR_JPEG, JPEG, (17, 33, 3), "YBR_FULL_422")
    assert fastdcm.pixel_array(right, options=options).shape == (17, 33, 3)


def test_decompressed_pixels_are_called_what_they_are() -> None:
    for interpretation in ("RGB", "YBR_FULL_422"):
        ds = fastdcm.dcmread(encoded(COLOUR_JPEG, JPEG, (17, 33, 3), interpretation))
        expected = fastdcm.pixel_array(ds)
        ds.decompress()
        assert ds.PhotometricInterpretation == "YBR_FULL"
        assert (ds.pixel_array == expected).all()


def test_the_interpretation_is_that_of_the_frame_that_is_asked_for() -> None:
    data = encoded((DATA / "codecs/rgb8.j2k").read_bytes(), JPEG_2000, (13, 17, 3), "YBR_RCT")
    for raw in (False, True):
        assert pixels.photometric_interpretation(data, raw=raw) == "RGB"
    with pytest.raises(IndexError):
        pixels.photometric_interpretation(data, index=1)
    unknown = encoded((DATA / "codecs/rgb8.j2k").read_bytes(), JPEG_2000, (13, 17, 3), "GREEN")
    assert pixels.photometric_interpretation(unknown, raw=True) is None
    with pytest.raises(fastdcm.PixelDataError, match="raw=True"):
        pixels.photometric_interpretation(unknown)


def test_shared_chrominances_of_jpeg_2000() -> None:
    data = encoded((DATA / "colour/ybr420.j2k").read_bytes(), JPEG_2000, (64, 64, 3), "YBR_FULL_422")
    row, column = np.indices((64, 64))
    expected = np.stack([(2 * row + column) % 256, 96 + row // 2, 160 - column // 2], axis=-1)
    raw = fastdcm.pixel_array(data, raw=True)
    assert (raw == expected).all()
    assert (fastdcm.pixel_array(data) == pixels.convert_color_space(raw, "YBR_FULL", "RGB")).all()


def palette(colours: np.ndarray[Any, Any]) -> list[tuple[int, str, Any]]:
    descriptors = [(0x00281101 + number, "US", [256, 0, 8]) for number in range(3)]
    tables = [(0x00281201 + number, "OW", colours[:, number].tobytes()) for number in range(3)]
    return [*descriptors, *tables]


def rle(indices: np.ndarray[Any, Any]) -> bytes:
    rows = b"".join(bytes([len(row) - 1]) + row.tobytes() for row in indices)
    header = np.zeros(16, "<u4")
    header[:2] = (1, 64)
    return header.tobytes() + rows + b"\x00" * (len(rows) % 2)


@pytest.mark.parametrize("syntax", [RLE, JPEG_LS, JPEG_2000, JPEG])
def test_palette_indices_keep_their_colours(syntax: str) -> None:
    row, column = np.indices((13, 17))
    indices = ((37 * row + 11 * column + row * column) % 256).astype(np.uint8)
    colours = np.random.default_rng(3).integers(0, 256, (256, 3), dtype=np.uint8)
    shape = (13, 17)
    if syntax == RLE:
        frame = rle(indices)
    elif syntax == JPEG_LS:
        frame = pytest.importorskip("jpeg_ls").encode_array(indices)
    elif syntax == JPEG_2000:
        frame = (DATA / "codecs/grey8.j2k").read_bytes()
    else:
        frame, shape = jpeg_vector("1 components 4:4:4 {'quality': 90} 17x33"), (17, 33)
    ds = fastdcm.dcmread(encoded(bytes(frame), syntax, shape, "PALETTE COLOR", *palette(colours)))
    found = ds.pixel_array
    assert syntax == JPEG or (found == indices).all()
    assert (found == fastdcm.pixel_array(ds, raw=True)).all()
    assert pixels.photometric_interpretation(ds) == "PALETTE COLOR"
    assert (pixels.apply_color_lut(found, ds) == colours[found]).all()
    assert (fastdcm.to_display(ds) == colours[found]).all()
    assert kinds(ds) == []


@pytest.mark.parametrize(("allocated", "stored"), [(8, 8), (16, 16), (16, 12)])
def test_ybr_of_more_bits_becomes_rgb(allocated: int, stored: int) -> None:
    scale = 1 << (stored - 8)
    cells = (np.array([[RED[0], (255, 128, 128)]]) * scale).astype(f"<u{allocated // 8}")
    elements = [
        (0x00280002, "US", 3),
        (0x00280004, "CS", "YBR_FULL"),
        (0x00280006, "US", 0),
        (0x00280010, "US", 1),
        (0x00280011, "US", 2),
        (0x00280100, "US", allocated),
        (0x00280101, "US", stored),
        (0x00280102, "US", stored - 1),
        (0x00280103, "US", 0),
        (0x7FE00010, "OW", cells.tobytes()),
    ]
    found = fastdcm.pixel_array(encode_file(elements))
    assert found.dtype == cells.dtype
    assert np.abs(found[0, 0] / scale - RED[1]).max() <= 1
    assert found[0, 1].tolist() == [255 * scale] * 3
    shown = fastdcm.to_display(encode_file(elements))
    assert np.abs(shown[0].astype(int) - [RED[1], (255, 255, 255)]).max() <= 1


@pytest.mark.timeout(120)
def test_the_interpretation_is_that_of_pydicom(corpus: Path) -> None:
    count = 0
    with (corpus / "MANIFEST.jsonl").open(encoding="utf-8") as rows:
        for row in map(json.loads, rows):
            answer = (row.get("pixels") or {}).get("rgb")
            if not answer or row["size"] > 4_000_000:
                continue
            ds = fastdcm.dcmread(corpus / row["file"], force=True)
            found = pixels.photometric_interpretation(ds)
            raw = pixels.photometric_interpretation(ds, raw=True)
            assert found == "RGB", row["file"]
            # Pixels are others than those in RGB where they are not RGB.
            is_rgb = answer["sha256"] == row["pixels"]["sha256"]
            assert raw == ("RGB" if is_rgb else "YBR_FULL"), row["file"]
            theirs = meta(corpus / row["file"])
            assert theirs in {found, None}, row["file"]
            count += theirs is not None
    assert count > 40


def meta(path: Path) -> str | None:
    """What pydicom says of its array; None where it has no decoder for the file here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ds = pydicom.dcmread(path, force=True)
        try:
            decoder = pydicom.pixels.get_decoder(ds.file_meta.TransferSyntaxUID)
            _, found = decoder.as_array(ds, index=0)
        except (RuntimeError, NotImplementedError, ValueError, AttributeError):
            return None
    return str.__str__(found["photometric_interpretation"])
