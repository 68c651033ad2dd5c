"""The writer of the tests is itself checked, byte by byte and by pydicom."""

from __future__ import annotations

import io
import warnings

import pytest

import dicom_writer as dicom

pydicom = pytest.importorskip("pydicom")
rle = pytest.importorskip("pydicom.pixels.decoders.rle")

ENCODINGS = [dicom.EXPLICIT_LITTLE, dicom.IMPLICIT_LITTLE, dicom.EXPLICIT_BIG, dicom.DEFLATED]


def test_explicit_vr_element_has_the_bytes_of_ps3_5_7_1_2() -> None:
    assert dicom.encode_dataset([(0x00280010, "US", 512)]) == b"\x28\0\x10\0US\2\0\0\2"
    assert dicom.encode_dataset([(0x7FE00010, "OB", b"\1")]) == b"\xe0\x7f\x10\0OB\0\0\2\0\0\0\1\0"


def test_implicit_vr_element_has_the_bytes_of_ps3_5_7_1_3() -> None:
    data = dicom.encode_dataset([(0x00100020, "LO", "A")], dicom.IMPLICIT_LITTLE)
    assert data == b"\x10\0\x20\0\2\0\0\0A "


@pytest.mark.parametrize("undefined", [False, True])
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_pydicom_reads_what_is_written(encoding: dicom.Encoding, undefined: bool) -> None:
    item: dicom.Dataset = [
        (0x00080100, "SH", "CODE"),
        (0x00081199, "SQ", [[(0x00081155, "UI", "1.2.3")], []]),
    ]
    dataset: dicom.Dataset = [
        (0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.7"),
        (0x00081140, "SQ", [item, []]),
        (0x00180050, "DS", [1.5, -2]),
        (0x00280009, "AT", 0x00181063),
        (0x00280010, "US", 4),
        (0x00720074, "FD", 0.25),
        (0x7FE00010, "OW", b"\1\2\3\4"),
    ]
    data = dicom.encode_file(dataset, encoding, undefined=undefined)
    read = pydicom.dcmread(io.BytesIO(data))
    assert read.file_meta.TransferSyntaxUID == encoding.uid
    assert read.ReferencedImageSequence[0].ReferencedSOPSequence[0].ReferencedSOPInstanceUID == "1.2.3"
    assert len(read.ReferencedImageSequence[1]) == 0
    assert (read.SliceThickness, read.FrameIncrementPointer, read.Rows) == ([1.5, -2], 0x00181063, 4)
    assert read.SelectorFDValue == 0.25
    assert read.PixelData == (b"\2\1\4\3" if encoding.big_endian else b"\1\2\3\4")


@pytest.mark.parametrize("samples", [1, 3])
@pytest.mark.parametrize("width", [1, 2])
def test_pydicom_decodes_rle(width: int, samples: int) -> None:
    rows, columns = 5, 300
    pixels = bytes(
        (i // 9) % 256 if i % 700 < 400 else i * 37 % 251 for i in range(rows * columns * width * samples)
    )
    frame = dicom.rle_frame(pixels, rows=rows, bytes_per_sample=width, samples=samples)
    with warnings.catch_warnings():
        # A segment may be padded to even length; pydicom mentions it.
        warnings.simplefilter("ignore")
        planes = bytes(rle._rle_decode_frame(frame, rows, columns, samples, width * 8))
    size = rows * columns * width
    for sample in range(samples):
        for byte in range(width):
            decoded = planes[sample * size : (sample + 1) * size][byte::width]
            assert decoded == pixels[sample * width + byte :: samples * width]
