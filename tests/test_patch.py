"""Values in the place of old ones: what fits is written, what does not is refused, all or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pydicom
import pytest

import dicom_writer as dw
import fastdcm

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

CT = "1.2.840.10008.5.1.4.1.1.2"
MR = "1.2.840.10008.5.1.4.1.1.4"
ENCODINGS = [dw.EXPLICIT_LITTLE, dw.IMPLICIT_LITTLE, dw.EXPLICIT_BIG]
ITEM = [(0x00081150, "UI", CT), (0x00081155, "UI", "1.2.3.4.5")]
DATASET: list[Any] = [
    (0x00080005, "CS", "ISO_IR 100"),
    (0x00080016, "UI", CT),
    (0x00080018, "UI", "1.2.3.4"),
    (0x00080060, "CS", "CT"),
    (0x00081110, "SQ", [ITEM, ITEM]),
    (0x00081115, "SQ", [[(0x00080005, "CS", "ISO_IR 192"), (0x0008103E, "LO", "abcd")]]),
    (0x00100010, "PN", "Müller^Jürgen"),
    (0x00100020, "LO", "12345678"),
    (0x00190010, "LO", "ACME 1"),
    (0x00191001, "US", 7),
    (0x00200032, "DS", ["1.5", "2.5", "3.5"]),
    (0x00209165, "AT", 0x00209056),
    (0x00280010, "US", 4),
    (0x00280103, "US", 1),
    (0x00280106, "SS", -5),
    (0x00281055, "LO", ["A", "B"]),
    (0x00420011, "OB", b"document"),
    dw.pixel_data(bytes(32)),
    (0xFFFCFFFC, "OB", b"\0\0"),
]


def _write(path: Path, dataset: Any = DATASET, encoding: dw.Encoding = dw.EXPLICIT_LITTLE) -> Path:
    path.write_bytes(dw.encode_file(dataset, encoding, charset="latin-1"))
    return path


def _refused(path: Path, changes: Mapping[Any, Any], *words: str, checks: Any = "error") -> None:
    """Says why, and leaves the file as it was with nothing beside it."""
    before = path.read_bytes()
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the words follow
        fastdcm.patch(path, changes, checks=checks)
    assert path.read_bytes() == before
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_patch_writes_values_in_the_encoding_of_the_file(tmp_path: Path, encoding: dw.Encoding) -> None:
    path = _write(tmp_path / "a.dcm", encoding=encoding)
    private = {} if encoding is dw.IMPLICIT_LITTLE else {"(0019,ACME 1,01)": 8}
    changes: dict[Any, Any] = {
        "PatientName": "Ärzte^Öl",
        (0x0010, 0x0020): "1",
        0x00280010: 512,
        "(0020,0032)": [1.25, "-2", "3"],
        "SmallestImagePixelValue": -300,
        "00209165": 0x00280010,
        "ReferencedSeriesSequence[0].SeriesDescription": "ä",
        "ReferencedStudySequence[1].ReferencedSOPInstanceUID": "1.2",
        "EncapsulatedDocument": b"DOCUMENT",
        "WindowCenterWidthExplanation": ["A", ""],
        **private,
    }
    if encoding is dw.IMPLICIT_LITTLE:
        changes["ReferencedSeriesSequence[0].SeriesDescription"] = "ü"
    new: dict[int, Any] = {
        0x00100010: "Ärzte^Öl     ",
        0x00100020: "1       ",
        0x00280010: 512,
        0x00200032: "1.25\\-2\\3  ",
        0x00280106: -300,
        0x00209165: 0x00280010,
        0x00420011: b"DOCUMENT",
        0x00281055: "A\\ ",
        0x00191001: 8 if private else 7,
    }
    character = changes["ReferencedSeriesSequence[0].SeriesDescription"]
    new[0x00081110] = [ITEM, [ITEM[0], (0x00081155, "UI", b"1.2" + bytes(7))]]
    new[0x00081115] = [[DATASET[5][2][0][0], (0x0008103E, "LO", character.encode() + b"  ")]]
    expected = [(tag, vr, new.get(tag, value)) for tag, vr, value in DATASET]
    length, owner = path.stat().st_size, path.stat().st_ino
    fastdcm.patch(path, changes)
    assert path.read_bytes() == dw.encode_file(expected, encoding, charset="latin-1")
    assert (path.stat().st_size, path.stat().st_ino) == (length, owner)
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.dcm"]
    read = fastdcm.dcmread(path)
    assert (read.PatientName, read.Rows, read.ImagePositionPatient) == ("Ärzte^Öl", 512, [1.25, -2, 3])
    assert read.SmallestImagePixelValue == -300
    assert read.ReferencedSeriesSequence[0].SeriesDescription == character
    judge = pydicom.dcmread(path)
    assert (judge.PatientName, judge.Rows, judge.SmallestImagePixelValue) == ("Ärzte^Öl", 512, -300)
    assert judge.ReferencedStudySequence[1].ReferencedSOPInstanceUID == "1.2"


def test_patch_writes_media_storage_uids_too(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.dcm")
    fastdcm.patch(path, {"SOPInstanceUID": "1.2.9", "SOPClassUID": MR})
    read = fastdcm.dcmread(path)
    assert read.file_meta.MediaStorageSOPInstanceUID == read.SOPInstanceUID == "1.2.9"
    assert read.file_meta.MediaStorageSOPClassUID == read.SOPClassUID == MR
    fastdcm.patch(path, {"SOPInstanceUID": "1.2.8", "MediaStorageSOPInstanceUID": "1.2.7"})
    read = fastdcm.dcmread(path)
    assert (read.file_meta.MediaStorageSOPInstanceUID, read.SOPInstanceUID) == ("1.2.7", "1.2.8")
    # Where there is none, none is missed; where it has no room, nothing is patched.
    bare = tmp_path / "bare"
    bare.write_bytes(dw.encode_dataset(DATASET, charset="latin-1"))
    fastdcm.patch(bare, {"SOPInstanceUID": "1.2.9"})
    assert fastdcm.dcmread(bare, force=True).SOPInstanceUID == "1.2.9"
    bare.unlink()
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"\3\0UI\x08\0", b"\3\0UI\x06\0").replace(b"1.2.7\0\0\0", b"1.2.7\0"))
    _refused(path, {"SOPInstanceUID": "1.2.3.4"}, "(0002,0003)", "save_as")


def test_patch_refuses_what_does_not_fit(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.dcm")
    _refused(path, {"PatientID": "123456789"}, "(0010,0020)", "9 bytes", "8", "save_as")
    _refused(path, {"EncapsulatedDocument": b"short"}, "(0042,0011)", "save_as")
    _refused(path, {"Rows": [1, 2]}, "(0028,0010)")
    _refused(path, {"Rows": None}, "(0028,0010)", "0 bytes")
    _refused(path, {"ReferencedSeriesSequence[0].SeriesDescription": "äää"}, "(0008,1115)[0].(0008,103E)")
    # All or nothing.
    _refused(path, {"PatientName": "A", "PatientID": "123456789"}, "(0010,0020)")


def test_patch_refuses_what_it_cannot_change(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.dcm")
    for changes, word in [
        ({"SpecificCharacterSet": "ISO_IR 192"}, "(0008,0005)"),
        ({"ReferencedSeriesSequence[0].SpecificCharacterSet": "ISO_IR 100"}, "(0008,1115)[0].(0008,0005)"),
        ({"TransferSyntaxUID": "1.2.840.10008.1.2"}, "(0002,0010)"),
        ({"FileMetaInformationGroupLength": 1}, "(0002,0000)"),
        ({"PixelData": bytes(32)}, "(7FE0,0010)"),
        ({"ReferencedStudySequence": []}, "(0008,1110)"),
        ({"StudyDate": "20200101"}, "StudyDate is not in the file"),
        ({"ReferencedStudySequence[2].ReferencedSOPInstanceUID": "1"}, "ReferencedStudySequence[2]"),
        ({"ReferencedImageSequence[0].ReferencedSOPInstanceUID": "1"}, "ReferencedImageSequence[0]"),
        ({"(0019,OTHER,01)": 1}, "(0019,OTHER,01)"),
    ]:
        _refused(path, changes, word, "save_as")
    for key in ["ReferencedStudySequence[*].ReferencedSOPInstanceUID", "PatientNam", "Rows[0].Columns", ""]:
        _refused(path, {key: "1"}, key)
    _refused(path, {"PatientNam": "1"}, '"PatientNam"', "did you mean PatientName?")
    with pytest.raises(TypeError):
        fastdcm.patch(path, {1.5: 1})  # type: ignore[dict-item]
    fastdcm.patch(path, {})


def test_patch_refuses_a_deflated_data_set_but_not_its_meta_information(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.dcm", encoding=dw.DEFLATED)
    _refused(path, {"PatientID": "1"}, "deflated", "(0010,0020)", "save_as")
    fastdcm.patch(path, {"ImplementationVersionName": "OTHER"})
    read = fastdcm.dcmread(path)
    assert (read.file_meta.ImplementationVersionName, read.PatientID) == ("OTHER", "12345678")


def test_patch_checks_values_as_asked(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.dcm")
    _refused(path, {"Modality": "ct"}, "(0008,0060)")
    _refused(path, {"Rows": 70_000}, "(0028,0010)")
    _refused(path, {"Rows": 70_000}, "(0028,0010)", checks="ignore")
    _refused(path, {"PatientName": "日本"}, "(0010,0010)", "character 0")
    with pytest.warns(fastdcm.DicomWarning):
        fastdcm.patch(path, {"Modality": "ct"}, checks="warn")
    assert fastdcm.dcmread(path).Modality == "ct"
    fastdcm.patch(path, {"Modality": "mr"}, checks="ignore")
    assert fastdcm.dcmread(path).Modality == "mr"
    for wrong in ({"checks": "maybe"}, {"durability": "some"}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            fastdcm.patch(path, {"Modality": "CT"}, **wrong)  # type: ignore[arg-type]


def test_no_message_holds_a_value(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.dcm")
    for changes in ({"PatientID": "SECRET-SECRET"}, {"PatientName": "日SECRET"}, {"Modality": "secret"}):
        with pytest.raises(ValueError) as caught:  # noqa: PT011 - any of them
            fastdcm.patch(path, changes)
        assert "secret" not in str(caught.value).lower()


def test_recover_finds_nothing_where_nothing_was_interrupted(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.dcm")
    assert fastdcm.recover(path) == "nothing"
    assert fastdcm.recover(str(path).encode()) == "nothing"
    fastdcm.patch(str(path), {"PatientID": "1"}, durability="none")
    assert fastdcm.recover(str(path)) == "nothing"
    with pytest.raises(FileNotFoundError) as caught:
        fastdcm.patch(tmp_path / "none.dcm", {"PatientID": "1"})
    assert caught.value.filename is not None


def test_a_damaged_journal_stops_a_patch(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.dcm")
    journal = tmp_path / ".a.dcm.fastdcm-journal"
    journal.write_bytes(b"damaged")
    for call in (fastdcm.recover, lambda path: fastdcm.patch(path, {"PatientID": "1"})):
        with pytest.raises(fastdcm.InvalidValueError, match="journal"):
            call(path)
    assert fastdcm.dcmread(path).PatientID == "12345678"
