"""Writing: transfer syntax, meta information, preamble, odd values; read again by pydicom."""

from __future__ import annotations

import io
import math
import os
import pickle
from typing import TYPE_CHECKING, Any

import numpy as np
import pydicom
import pytest

import fastdcm
from dicom_writer import encode_file, pixel_data
from fastdcm import FileMetaDataset

if TYPE_CHECKING:
    from pathlib import Path

IMPLICIT, EXPLICIT, BIG = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"
DEFLATED, RLE = "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.5"


def new(syntax: str | None = EXPLICIT, **values: object) -> fastdcm.Dataset:
    """A data set with meta information, and these elements."""
    ds = fastdcm.Dataset()
    ds.SOPClassUID, ds.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.7", "1.2.3"
    for keyword, value in values.items():
        setattr(ds, keyword, value)
    if syntax:
        ds.file_meta = FileMetaDataset()
        ds.file_meta.TransferSyntaxUID = syntax
    return ds


def again(ds: fastdcm.Dataset, **options: Any) -> pydicom.FileDataset:
    """What pydicom reads of the file."""
    return pydicom.dcmread(io.BytesIO(ds.to_bytes(**options)))


@pytest.mark.parametrize("syntax", [IMPLICIT, EXPLICIT, BIG, DEFLATED])
def test_every_encoding_is_read_by_pydicom(syntax: str) -> None:
    item = fastdcm.Dataset()
    item.BeamName, item.BeamNumber = "one", 7
    ds = new(
        syntax, PatientName="Müller^Hans", Rows=3, PixelSpacing=[0.5, 1.25], SpecificCharacterSet="ISO_IR 100"
    )
    ds.BeamSequence, ds.FrameIncrementPointer, ds.SelectorFDValue = (
        [item],
        [0x00181063, 0x00181065],
        [1.5, -2.0],
    )
    ds.PixelData = np.arange(4, dtype="<u2").tobytes()
    read = again(ds)
    assert read.file_meta.TransferSyntaxUID == syntax
    assert (read.PatientName, read.Rows, read.PixelSpacing) == ("Müller^Hans", 3, [0.5, 1.25])
    assert (read.BeamSequence[0].BeamName, read.BeamSequence[0].BeamNumber) == ("one", 7)
    assert (list(read.FrameIncrementPointer), list(read.SelectorFDValue)) == (
        [0x00181063, 0x00181065],
        [1.5, -2],
    )
    order = ">u2" if syntax == BIG else "<u2"
    assert np.frombuffer(read.PixelData, order).tolist() == [0, 1, 2, 3]


def test_the_encoding_must_be_known_and_agree_with_the_transfer_syntax() -> None:
    ds = new(None, PatientID="1")
    with pytest.raises(ValueError, match="TransferSyntaxUID"):
        ds.to_bytes()
    bare = ds.to_bytes(implicit_vr=True, little_endian=True)
    assert bare[:4] == b"\x08\x00\x16\x00"  # no meta information, so no prefix
    with pytest.raises(ValueError, match="not a transfer syntax"):
        ds.to_bytes(implicit_vr=True, little_endian=False)
    with pytest.raises(ValueError, match="contradict"):
        new(EXPLICIT).to_bytes(implicit_vr=True)
    assert new(EXPLICIT).to_bytes(implicit_vr=False) == new(EXPLICIT).to_bytes()
    ds.is_implicit_VR, ds.is_little_endian = False, True
    assert ds.to_bytes()[4:6] == b"UI"


def test_enforce_file_format_completes_the_meta_information() -> None:
    ds = new(None, PatientID="1")
    read = pydicom.dcmread(
        io.BytesIO(ds.to_bytes(enforce_file_format=True, implicit_vr=False, little_endian=True))
    )
    assert read.file_meta.MediaStorageSOPClassUID == ds.SOPClassUID
    assert read.file_meta.MediaStorageSOPInstanceUID == "1.2.3"
    assert read.file_meta.FileMetaInformationVersion == b"\0\1"
    assert read.file_meta.ImplementationVersionName.startswith("FASTDCM")
    assert read.preamble == bytes(128)
    assert not hasattr(ds, "file_meta")
    del ds.SOPInstanceUID
    with pytest.raises(ValueError, match="MediaStorageSOPInstanceUID"):
        ds.to_bytes(enforce_file_format=True, implicit_vr=False, little_endian=True)


def test_meta_information_is_copied_untouched_and_follows_a_change() -> None:
    data = encode_file([(0x00080018, "UI", b"1.2.3.4\0"), (0x00100020, "LO", b"1 ")])
    ds = fastdcm.dcmread(data)
    assert ds.to_bytes() == data
    before = ds.file_meta.to_json()
    ds.PatientID = "22"
    read = again(ds)
    assert read.file_meta.MediaStorageSOPInstanceUID == "1.2.3.4"
    assert read.file_meta.ImplementationClassUID == fastdcm.writing.IMPLEMENTATION_CLASS_UID
    assert ds.file_meta.to_json() == before  # the caller's own is left alone


def test_group_lengths_of_changed_groups_go() -> None:
    elements = [
        (0x00080000, "UL", (0).to_bytes(4, "little")),
        (0x00080060, "CS", b"CT"),
        (0x00100000, "UL", (10).to_bytes(4, "little")),
        (0x00100020, "LO", b"1 "),
    ]
    ds = fastdcm.dcmread(encode_file(elements))
    ds.PatientID = "2"
    assert [int(tag) for tag in list(again(ds).keys())] == [0x00080000, 0x00080060, 0x00100020]


def test_values_too_long_for_their_length_field_become_un() -> None:
    contour = [0.25] * 30_000
    ds = new(ContourData=contour)
    with pytest.warns(fastdcm.DicomWarning, match=r"written as UN: \(3006,0050\)"):
        data = ds.to_bytes()
    assert fastdcm.dcmread(data).ContourData == contour
    assert pydicom.dcmread(io.BytesIO(data))["ContourData"].VR == "UN"
    ds.file_meta.TransferSyntaxUID = IMPLICIT
    assert again(ds).ContourData == contour


@pytest.mark.parametrize(
    ("tag", "vr", "value", "message"),
    [
        (0x7FE00010, "OW", b"\0\0\0", r"3 bytes cannot be a value of VR OW, tag \(7FE0,0010\)"),
        (0x00281050, "DS", math.nan, "infinite or NaN"),
        (0x00080060, "CS", object(), "cannot be of type object"),
        (0x00280010, "US", "three", "cannot be of type str"),
        (0x00280010, "US", 70_000, "US"),
        (0x00100010, "LO", "日本", r"character 0 .* is not in Specific Character Set, tag \(0010,0010\)"),
        (0x00090010, "LO", "x" * 70_000, r"70000 bytes are too many for a value of VR LO"),
    ],
)
def test_what_cannot_be_written_is_an_error_before_the_first_byte(
    tag: int, vr: str, value: object, message: str, tmp_path: Path
) -> None:
    ds = new()
    ds.add_new(tag, vr, value, checks="ignore")
    target = tmp_path / "a.dcm"
    with pytest.raises((fastdcm.InvalidValueError, fastdcm.InvalidLengthError), match=message):
        ds.save_as(target)
    assert list(tmp_path.iterdir()) == []


def test_odd_bytes_are_padded() -> None:
    ds = new(ICCProfile=b"abc", EncapsulatedDocument=b"x")
    read = again(ds)
    assert (read.ICCProfile, read.EncapsulatedDocument) == (b"abc\0", b"x\0")


def test_ambiguous_vrs_are_decided_when_written() -> None:
    ds = new(PixelRepresentation=0, SmallestImagePixelValue=1, BitsAllocated=8, PixelData=b"\1\2")
    assert [again(ds)[name].VR for name in ("SmallestImagePixelValue", "PixelData")] == ["US", "OB"]
    ds.PixelRepresentation, ds.SmallestImagePixelValue, ds.BitsAllocated = 1, -1, 16
    read = again(ds)
    assert [read[name].VR for name in ("SmallestImagePixelValue", "PixelData")] == ["SS", "OW"]
    assert read.SmallestImagePixelValue == -1
    lut = fastdcm.Dataset()
    lut.LUTDescriptor, lut.LUTData = [4, 0, 16], b"\0\0\1\0\2\0\3\0"
    ds.ModalityLUTSequence = [lut]
    assert again(ds).ModalityLUTSequence[0].LUTData == b"\0\0\1\0\2\0\3\0"


def test_lengths_of_sequences() -> None:
    item = fastdcm.Dataset()
    item.BeamName = "x"
    ds = new(BeamSequence=[item])
    defined, undefined = ds.to_bytes(lengths="defined"), ds.to_bytes(lengths="undefined")
    assert b"SQ\0\0\xff\xff\xff\xff" not in defined
    assert b"SQ\0\0\xff\xff\xff\xff" in undefined
    assert fastdcm.dcmread(undefined).to_bytes() == undefined
    assert fastdcm.dcmread(undefined).to_bytes(lengths="defined") == defined
    changed = fastdcm.dcmread(undefined)
    changed.BeamSequence[0].BeamName = "y"
    assert b"SQ\0\0\xff\xff\xff\xff" in changed.to_bytes()
    with pytest.raises(ValueError, match="lengths"):
        ds.to_bytes(lengths="long")


def test_encapsulated_pixel_data_stay_what_they_are_or_are_decoded() -> None:
    row = bytes([1]) + bytes([3, 0, 1, 2, 3])  # one segment: four literal bytes
    frame = (1).to_bytes(4, "little") + (64).to_bytes(4, "little") + bytes(56) + row[1:] + b"\0"
    items = pydicom.encaps.encapsulate([frame])
    ds = new(RLE, Rows=2, Columns=2, BitsAllocated=8, BitsStored=8, HighBit=7, PixelRepresentation=0)
    ds.SamplesPerPixel, ds.PhotometricInterpretation, ds.PixelData = 1, "MONOCHROME2", items
    data = ds.to_bytes()
    read = pydicom.dcmread(io.BytesIO(data))
    assert read["PixelData"].is_undefined_length
    assert read.pixel_array.tolist() == [[0, 1], [2, 3]]
    ours = fastdcm.dcmread(data)
    assert ours.pixel_array.tolist() == [[0, 1], [2, 3]]
    ours.file_meta.TransferSyntaxUID = EXPLICIT
    with pytest.raises(fastdcm.PixelDataError, match="decompress=True"):
        ours.to_bytes()
    native = pydicom.dcmread(io.BytesIO(ours.to_bytes(decompress=True)))
    assert native.PixelData == bytes([0, 1, 2, 3])
    ours = fastdcm.dcmread(data)
    ours.decompress()
    assert (ours.file_meta.TransferSyntaxUID, ours.PixelData) == (EXPLICIT, bytes([0, 1, 2, 3]))
    ds.PixelData = b"no items"
    with pytest.raises(fastdcm.PixelDataError, match="not items"):
        ds.to_bytes()


def test_huge_values_come_from_a_file_when_they_are_written(tmp_path: Path) -> None:
    source = tmp_path / "raw"
    source.write_bytes(bytes(1000) + bytes(range(256)) * 4096)
    ds = new(Rows=1)
    with source.open("rb") as file:
        file.seek(1000)
        ds.add_new(0x7FE00010, "OB", file)
        ds.save_as(tmp_path / "a.dcm")
        assert again(ds).PixelData == bytes(range(256)) * 4096  # it can be written again
    assert pydicom.dcmread(tmp_path / "a.dcm").PixelData == bytes(range(256)) * 4096


def test_paths_file_objects_and_bytes_get_the_same(tmp_path: Path) -> None:
    ds = new(PatientID="1")
    file = io.BytesIO()
    ds.save_as(file)
    ds.save_as(tmp_path / "a.dcm", durability="none")
    fastdcm.dcmwrite(os.fsencode(tmp_path / "b.dcm"), ds)
    assert (
        file.getvalue()
        == ds.to_bytes()
        == (tmp_path / "a.dcm").read_bytes()
        == (tmp_path / "b.dcm").read_bytes()
    )
    with pytest.raises(FileExistsError):
        ds.save_as(tmp_path / "a.dcm", overwrite=False)
    with pytest.raises(FileNotFoundError):
        ds.save_as(tmp_path / "no" / "a.dcm")

    class Full:
        def write(self, data: bytes) -> int:
            raise OSError("full")

    with pytest.raises(OSError, match="full"):
        ds.save_as(Full())  # type: ignore[arg-type]


def test_a_preamble_is_kept_until_it_is_zeroed() -> None:
    data = encode_file([(0x00100020, "LO", b"1 ")])
    tiff = b"II*\0" + b"\x10" * 124 + data[128:]
    ds = fastdcm.dcmread(tiff)
    assert ds.to_bytes() == tiff
    assert ds.to_bytes(preamble="zero")[:128] == bytes(128)
    ds.PatientID = "2"
    with pytest.warns(fastdcm.DicomWarning, match="TIFF"):
        assert ds.to_bytes()[:128] == tiff[:128]
    ds.preamble = bytes(127)
    with pytest.raises(ValueError, match="128 bytes"):
        ds.to_bytes()


def test_text_follows_specific_character_set() -> None:
    ds = fastdcm.dcmread(
        encode_file([(0x00080005, "CS", b"ISO_IR 100"), (0x00100010, "PN", "Müller^Hans".encode("latin-1"))])
    )
    ds.SpecificCharacterSet = "ISO_IR 192"
    data = ds.to_bytes()
    assert "Müller".encode() in data
    ds.SpecificCharacterSet = ""
    with pytest.raises(fastdcm.InvalidValueError, match=r"character 1 .*\(0010,0010\)"):
        ds.to_bytes()


def test_what_came_out_of_a_pickle_is_written_like_what_went_in(tmp_path: Path) -> None:
    path = tmp_path / "large.dcm"
    path.write_bytes(encode_file([(0x00100020, "LO", b"1 "), pixel_data(bytes(range(256)) * 1024)]))
    ds = fastdcm.dcmread(path)
    assert pickle.loads(pickle.dumps(ds)).to_bytes()[132:] == ds.to_bytes()[132:]
    ds.PatientID = "2"
    assert pickle.loads(pickle.dumps(ds)).to_bytes() == ds.to_bytes()
