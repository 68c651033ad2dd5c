"""``fastdcm set``: what is changed, what is refused, and that no value is printed. pydicom is the judge."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pydicom
import pytest

import dicom_writer as dicom
from fastdcm.cli import main

if TYPE_CHECKING:
    from pathlib import Path

    from pydicom.dataset import Dataset

ELEMENTS = (
    (0x00080005, "CS", "ISO_IR 100"),
    (0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.7"),
    (0x00080018, "UI", "1.2.3"),
    (0x00090010, "LO", "ACME"),
    (0x00091001, "LO", "private"),
    (0x00100010, "PN", "Secret^Name"),
    (0x00100020, "LO", "SECRET"),
    (0x00280010, "US", 5),
    (0x00280030, "DS", "0.50\\2"),
    (0x300A00B0, "SQ", [[(0x300A00C2, "LO", "one")], [(0x300A00C2, "LO", "two")]]),
)


def write(
    path: Path, elements: dicom.Dataset = ELEMENTS, encoding: dicom.Encoding = dicom.EXPLICIT_LITTLE
) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(dicom.encode_file(elements, encoding, charset="latin-1"))
    return path


def run(*arguments: str | Path) -> int:
    return main(["set", *map(str, arguments)])


def changed(path: Path, *arguments: str) -> Dataset:
    output = path.with_name("changed.dcm")
    assert run(path, "-o", output, "--force", *arguments) == 0
    return pydicom.dcmread(output)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write(tmp_path / "a.dcm")


@pytest.mark.parametrize("name", ["PatientID", "(0010,0020)", "00100020", " ( 0010 , 0020 ) "])
@pytest.mark.parametrize("encoding", [dicom.EXPLICIT_LITTLE, dicom.IMPLICIT_LITTLE, dicom.EXPLICIT_BIG])
def test_an_element_by_any_name_in_any_encoding(tmp_path, name, encoding):
    path = write(tmp_path / "a.dcm", encoding=encoding)
    written = changed(path, "-s", f"{name}=New", "-s", "Rows=0x10")
    assert (written.PatientID, written.Rows, written.file_meta.TransferSyntaxUID) == ("New", 16, encoding.uid)
    before = pydicom.dcmread(path)
    rest = [tag for tag in before._dict if tag not in (0x00100020, 0x00280010)]
    assert all(written[tag] == before[tag] for tag in rest) and len(written) == len(before)


def test_values_of_every_kind(path, tmp_path):
    (tmp_path / "blob").write_bytes(b"\0\1\2\3")
    written = changed(
        path,
        *("-s", r"ImageType=ORIGINAL\PRIMARY", "-s", r"PixelSpacing=1.50\2", "-s", r"InstanceNumber=7"),
        *("-s", "EncapsulatedDocument=hex:00 ff", "-s", f"ICCProfile=@{tmp_path / 'blob'}"),
        *(
            "-s",
            r"SoftwareVersions=X\Y",
            "-s",
            "PatientComments=back\\slash = text",
            "-s",
            "FrameIncrementPointer=FrameTime",
        ),
        *("-s", r"GridFrameOffsetVector=0\-1.5", "-s", "DoseGridScaling=1e-3", "-s", r"LUTDescriptor=4\0\8"),
        *(
            "-s",
            "EventElapsedTimes=2.5",
            "-s",
            "RealWorldValueSlope=1e300",
            "-s",
            "SmallestImagePixelValue:SS=-5",
        ),
        *("-s", "ReferringPhysicianName=", "-s", "StudyInstanceUID=1.2.3", "-s", "LUTData=hex:01000200"),
    )
    assert list(written.ImageType) == ["ORIGINAL", "PRIMARY"]
    assert [str(value) for value in written.PixelSpacing] == ["1.50", "2"]
    assert (written.InstanceNumber, written.EncapsulatedDocument, written.ICCProfile) == (
        7,
        b"\0\xff",
        b"\0\1\2\3",
    )
    assert list(written.SoftwareVersions) == ["X", "Y"] and written.PatientComments == "back\\slash = text"
    assert written.FrameIncrementPointer == 0x00181063
    assert list(written.GridFrameOffsetVector) == [0, -1.5] and written.DoseGridScaling == 0.001
    assert list(written.LUTDescriptor) == [4, 0, 8] and written.LUTData == b"\1\0\2\0"
    assert written.RealWorldValueSlope == 1e300 and written.StudyInstanceUID == "1.2.3"
    assert written["ReferringPhysicianName"].is_empty
    assert written.SmallestImagePixelValue == -5


def test_paths_into_sequences(path):
    written = changed(
        path,
        *("-s", "BeamSequence[0].BeamName=first", "-s", "BeamSequence[*].BeamType=STATIC"),
        *("-s", "BeamSequence[+].BeamName=third", "-s", "BeamSequence[-1].BeamNumber=3"),
        *("-s", "BeamSequence[2].ReferencedDoseSequence[+].ReferencedSOPInstanceUID=1.2"),
        *("-s", "ReferencedStudySequence[+].ReferencedSOPClassUID=1.3"),
    )
    assert [beam.BeamName for beam in written.BeamSequence] == ["first", "two", "third"]
    assert [beam.get("BeamType") for beam in written.BeamSequence] == ["STATIC", "STATIC", None]
    assert written.BeamSequence[2].BeamNumber == 3
    assert written.BeamSequence[2].ReferencedDoseSequence[0].ReferencedSOPInstanceUID == "1.2"
    assert written.ReferencedStudySequence[0].ReferencedSOPClassUID == "1.3"


def test_delete(path):
    written = changed(
        path, "-d", "PatientName", "-d", "BeamSequence[0]", "-d", "BeamSequence[*].BeamName", "-d", "Columns"
    )
    assert "PatientName" not in written and "(0009,1001)" in str(written)
    assert [len(beam) for beam in written.BeamSequence] == [0]
    assert len(changed(path, "-d", "BeamSequence[*]").BeamSequence) == 0
    assert [beam.BeamName for beam in changed(path, "-d", "BeamSequence[-1]").BeamSequence] == ["one"]
    assert "BeamSequence" not in changed(path, "-d", "BeamSequence")
    assert len(changed(path, "-d", "BeamSequence[7]", "-d", "BeamSequence[7].BeamName").BeamSequence) == 2


def test_private_elements(path):
    written = changed(
        path,
        *("-s", "(0009,ACME,01)=other", "-s", r"(0009,ACME,02):DS=1\2", "-s", "(0009,A=B, C,01):US=7"),
        *("-s", "BeamSequence[0].(0009,ACME,01):LO=inner", "-s", "(0009,ACME,03)[+].PatientID=1"),
    )
    assert written[0x0009, 0x1001].value == "other" and list(written[0x0009, 0x1002].value) == [1, 2]
    assert written.private_block(0x0009, "A=B, C")[1].value == 7
    assert written.BeamSequence[0].private_block(0x0009, "ACME")[1].value == "inner"
    assert written[0x0009, 0x1003].value[0].PatientID == "1"
    assert (0x0009, 0x1001) not in changed(path, "-d", "(0009,ACME,01)")


def test_the_vr_of_a_private_element_has_to_be_known(path, tmp_path, capsys):
    assert run(path, "-o", tmp_path / "b.dcm", "-s", "(0009,ACME,77)=1") == 1
    assert "(0009,ACME,77):LO=" in capsys.readouterr().err
    assert not (tmp_path / "b.dcm").exists()


def test_add_is_for_what_is_not_there(path, tmp_path, capsys):
    assert changed(path, "-a", "Columns=3").Columns == 3
    assert run(path, "-o", tmp_path / "b.dcm", "-a", "Rows=3") == 1
    assert "(0028,0010) is there already; --set replaces it" in capsys.readouterr().err


def test_file_meta_information(path, tmp_path, capsys):
    written = changed(path, "-s", "SourceApplicationEntityTitle=ME")
    assert (
        written.file_meta.SourceApplicationEntityTitle == "ME"
        and "SourceApplicationEntityTitle" not in written
    )
    written = changed(path, "-s", "SOPInstanceUID=1.2.4")
    assert written.file_meta.MediaStorageSOPInstanceUID == "1.2.4"
    with pytest.raises(SystemExit):
        run(path, "-o", tmp_path / "b.dcm", "-s", "TransferSyntaxUID=1.2.840.10008.1.2")
    assert "fastdcm convert --syntax" in capsys.readouterr().err


def test_character_sets(path, tmp_path, capsys):
    assert changed(path, "-s", "PatientName=Jörg").PatientName == "Jörg"
    assert run(path, "-o", tmp_path / "b.dcm", "-s", "PatientName=山") == 1
    err = capsys.readouterr().err
    assert "(0010,0010)" in err and "--set 'SpecificCharacterSet=ISO_IR 192'" in err and "山" not in err
    written = changed(
        path,
        "-s",
        "SpecificCharacterSet=ISO_IR 192",
        "-s",
        "PatientName=山",
        "-s",
        "BeamSequence[0].BeamName=川",
    )
    assert (written.PatientName, written.BeamSequence[0].BeamName) == ("山", "川")


def test_an_item_that_no_longer_names_its_character_set_has_that_of_the_file(tmp_path):
    item = [(0x00080005, "CS", "ISO_IR 100"), (0x300A00C2, "LO", "Jörg")]
    path = write(tmp_path / "a.dcm", [*ELEMENTS[1:-1], (0x300A00B0, "SQ", [item])])
    written = changed(
        path, "-s", "SpecificCharacterSet=ISO_IR 192", "-d", "BeamSequence[0].SpecificCharacterSet"
    )
    assert written.BeamSequence[0].BeamName == "Jörg"
    more = ("-s", "BeamSequence[0].TreatmentMachineName=Jürg")
    written = changed(
        path, "-s", "SpecificCharacterSet=ISO_IR 192", "-d", "BeamSequence[0].SpecificCharacterSet", *more
    )
    assert written.BeamSequence[0].TreatmentMachineName == "Jürg"
    assert written.BeamSequence[0].BeamName == "Jörg"


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        ("PatientNam=x", "did you mean PatientName?"),
        ("patientid=x", "did you mean PatientID?"),
        ("PatientID", "it is PATH=VALUE"),
        ("Rows=many", "a value of VR US is a whole number"),
        ("Rows=70000", "from 0 to 65535"),
        (r"Rows=1\2", "Rows"),
        ("Rows:LO=x", "its VR is US; --checks ignore takes LO"),
        ("Rows:XX=x", "XX is no VR"),
        ("Rows[0].Columns=1", "(0028,0010) is not a sequence"),
        ("BeamSequence=1", "a path into it"),
        ("BeamSequence[0]=1", "an item has no value"),
        ("BeamSequence.BeamName=1", "a sequence is followed by"),
        ("BeamSequence[x].BeamName=1", "a sequence is followed by"),
        ("BeamSequence[0].BeamNam=1", "did you mean BeamName?"),
        ("PatientBirthDate=1.2.1970", "a value of DA"),
        ("EncapsulatedDocument=text", "@FILE or hex:"),
        ("EncapsulatedDocument=hex:0", "pairs of hexadecimal digits"),
        ("EncapsulatedDocument=@nowhere", "No such file"),
        ("(0000,0100)=1", "not an element that a file can be given"),
        ("(0002,0000)=1", "not an element that a file can be given"),
        ("=1", "no keyword"),
        ("(0010,0020=SECRET", "'(0010,0020' has no value"),
        ("", "PATH=VALUE"),
    ],
)
def test_mistakes_are_found_before_any_file_is_touched(path, tmp_path, capsys, edit, said):
    try:
        status = run(path, tmp_path / "none.dcm", "-o", tmp_path / "out", "-s", edit)
    except SystemExit as ended:
        status = ended.code
    err = capsys.readouterr().err
    assert status == 2 and said in err
    assert "none.dcm" not in err and "SECRET" not in err and not (tmp_path / "out").exists()


def test_an_equals_sign_without_option(path, tmp_path, capsys):
    assert run(path, "PatientID=7", "-o", tmp_path / "out", "-d", "Rows") == 1
    assert "--set PatientID=7" in capsys.readouterr().err
    assert run(path, "-o", tmp_path / "b.dcm") == 2
    assert "--set PATH=VALUE" in capsys.readouterr().err


@pytest.mark.filterwarnings("ignore:The value length:UserWarning")
def test_checks(path, tmp_path, capsys):
    text = "x" * 70
    assert run(path, "-o", tmp_path / "b.dcm", "-s", f"PatientID={text}") == 2
    err = capsys.readouterr().err
    assert "at most 64 characters" in err and text not in err
    assert run(path, "-o", tmp_path / "b.dcm", "-s", f"PatientID={text}", "--checks", "warn") == 0
    err = capsys.readouterr().err
    assert "a.dcm: warning: the value assigned to (0010,0020)" in err and text not in err
    assert run(path, "-o", tmp_path / "c.dcm", "-s", f"PatientID={text}", "--checks", "ignore") == 0
    assert capsys.readouterr().err == ""
    assert pydicom.dcmread(tmp_path / "c.dcm").PatientID == text


def test_the_vr_of_the_file_decides_where_it_is_another_one(tmp_path, capsys):
    path = write(tmp_path / "a.dcm", [*ELEMENTS[:-1], (0x00321060, "SH", "x")])
    assert run(path, "-o", tmp_path / "b.dcm", "-s", "RequestedProcedureDescription=seventeen letters") == 1
    assert "(0032,1060)" in capsys.readouterr().err


# Files


def test_unchanged_files_are_not_written_in_place(path):
    before = path.stat()
    edits = (
        "-s",
        "PatientID=SECRET",
        "-s",
        "Rows=5",
        "-s",
        r"PixelSpacing=0.50\2",
        "-d",
        "Columns",
        "-d",
        "BeamSequence[9]",
    )
    assert run(path, "--in-place", *edits, "-s", "BeamSequence[0].BeamName=one") == 0
    after = path.stat()
    assert (after.st_mtime_ns, after.st_ino) == (before.st_mtime_ns, before.st_ino)
    assert run(path, "--in-place", "-s", "Rows=6") == 0
    assert path.stat().st_ino != before.st_ino


def test_unchanged_files_are_copied_to_an_output(path, tmp_path):
    assert run(path, "-o", tmp_path / "b.dcm", "-s", "Rows=5") == 0
    assert (tmp_path / "b.dcm").read_bytes() == path.read_bytes()


def test_backup(path, tmp_path, capsys):
    before = path.read_bytes()
    assert run(path, "--in-place", "--backup", ".bak", "-s", "Rows=5") == 0
    assert not (tmp_path / "a.dcm.bak").exists()
    assert run(path, "--in-place", "--backup", ".bak", "-s", "Rows=6") == 0
    assert (tmp_path / "a.dcm.bak").read_bytes() == before and pydicom.dcmread(path).Rows == 6
    assert run(path, "--in-place", "--backup", ".bak", "-s", "Rows=7") == 1
    assert "a.dcm.bak: the backup exists" in capsys.readouterr().err and pydicom.dcmread(path).Rows == 6
    assert run(path, "--in-place", "--backup", ".bak", "-s", "Rows=7", "--force") == 0
    assert pydicom.dcmread(tmp_path / "a.dcm.bak", force=True).Rows == 6
    assert run(path, "--in-place", "--backup", ".new", "-s", "PatientName=山") == 1
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["a.dcm", "a.dcm.bak"]
    assert run(path, "-o", tmp_path / "x", "--backup", ".bak", "-s", "Rows=7") == 2
    assert run(path, "--in-place", "--backup", "../x", "-s", "Rows=7") == 2


def test_a_dry_run_names_elements_and_no_value(path, tmp_path, capsys):
    before = path.read_bytes()
    edits = (
        "-s",
        "PatientID=OTHERSECRET",
        "-s",
        "Rows=5",
        "-d",
        "PatientName",
        "-s",
        "BeamSequence[+].BeamName=x",
    )
    assert run(path, "--dry-run", *edits, "-s", "(0011,NEW,01):LO=y") == 0
    captured = capsys.readouterr()
    assert captured.out.splitlines() == [
        f"{path}: change (0010,0020)",
        f"{path}: delete (0010,0010)",
        f"{path}: add (300A,00B0)[2]",
        f"{path}: add (300A,00B0)[2].(300A,00C2)",
        f"{path}: add (0011,0010)",
        f"{path}: add (0011,1001)",
    ]
    assert "SECRET" not in captured.out + captured.err
    assert run(path, "--dry-run", "--in-place", "-s", "PatientName=山") == 1
    assert path.read_bytes() == before and [entry.name for entry in tmp_path.iterdir()] == ["a.dcm"]


def test_folders(tmp_path, capsys):
    for name in ("1/a.dcm", "1/b.dcm", "2/a.dcm"):
        write(tmp_path / "study" / name)
    (tmp_path / "study" / "notes.txt").write_text("no DICOM at all, but long enough to look")
    assert run(tmp_path / "study", "--in-place", "-s", "Rows=9") == 2
    assert run(tmp_path / "study", "-r", "--in-place", "-s", "Rows=9") == 1
    assert "notes.txt: not DICOM" in capsys.readouterr().err
    assert [pydicom.dcmread(p).Rows for p in (tmp_path / "study").rglob("*.dcm")] == [9, 9, 9]


def test_a_file_that_fails_stays_as_it_was_and_the_others_go_on(tmp_path, capsys):
    a, b = write(tmp_path / "a.dcm", ELEMENTS[:-1]), write(tmp_path / "b.dcm")
    before = a.read_bytes()
    assert run(a, b, "--in-place", "-s", "Rows=9", "-s", "BeamSequence[1].BeamName=x") == 1
    assert "(300A,00B0) has 0 item(s), and no item 1; [+] adds one" in capsys.readouterr().err
    assert a.read_bytes() == before and pydicom.dcmread(b).Rows == 9


def test_a_bare_data_set_stays_one(tmp_path):
    path = tmp_path / "bare"
    path.write_bytes(dicom.encode_dataset(ELEMENTS))
    assert run(path, "--no-prefix", "--in-place", "-s", "Rows=9") == 0
    written = pydicom.dcmread(path, force=True)
    assert path.read_bytes()[:4] == b"\x08\0\x05\0" and written.Rows == 9 and written.PatientID == "SECRET"


def test_a_dicomdir_is_refused(tmp_path, capsys):
    path = write(
        tmp_path / "DICOMDIR", [(0x00080016, "UI", "1.2.840.10008.1.3.10"), (0x00080018, "UI", "1.2.3")]
    )
    assert run(path, "--in-place", "-s", "FileSetID=X") == 1
    assert "byte offsets" in capsys.readouterr().err
    assert run(path, "--in-place", "-d", "FileSetID") == 0


@pytest.mark.skipif(sys.platform in {"win32", "darwin"}, reason="arguments are Unicode there")
def test_arguments_that_are_no_text(path, tmp_path):
    odd = tmp_path / os.fsdecode(b"\xff\x1b[31m.dcm")
    path.rename(odd)
    command = [sys.executable, "-m", "fastdcm", "set", "--dry-run", "-s", b"PatientName=J\xf6rg", "--", odd]
    done = subprocess.run(command, capture_output=True, check=False, timeout=25)
    assert done.returncode == 2 and b"no text" in done.stderr and b"\xf6" not in done.stderr
    command[6] = b"PatientName=A"
    done = subprocess.run(command, capture_output=True, check=False, timeout=25)
    assert done.returncode == 0 and b"\\udcff\\x1b[31m.dcm: change (0010,0010)\n" in done.stdout
