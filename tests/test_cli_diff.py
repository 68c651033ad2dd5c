"""``fastdcm diff``: what counts as the same, and how differences are shown."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pydicom
import pytest

import dicom_writer as dicom
from fastdcm.cli import main

if TYPE_CHECKING:
    from pathlib import Path

ELEMENTS = {
    0x00080005: ("CS", "ISO_IR 100"),
    0x00080016: ("UI", "1.2.840.10008.5.1.4.1.1.7"),
    0x00080018: ("UI", "1.2.3"),
    0x00090010: ("LO", "ACME"),
    0x00091001: ("UN", b"\1\2"),
    0x00100010: ("PN", "Jörg"),
    0x00280010: ("US", 5),
    0x00283002: ("US", [4, 0, 16]),
    0x00281201: ("OW", bytes(range(40))),
    0x00400275: ("SQ", [[(0x00400007, "LO", "a")], [(0x00400007, "LO", "b"), (0x00401001, "SH", "7")]]),
    0x7FE00010: ("OW", bytes(100)),
}


def write(path: Path, changes: dict[int, object] | None = None, **options: object) -> Path:
    merged = {**ELEMENTS, **(changes or {})}
    elements = [(tag, *merged[tag]) for tag in sorted(merged) if merged[tag] is not None]
    options = {"encoding": dicom.EXPLICIT_LITTLE, "charset": "latin-1", **options}
    path.write_bytes(dicom.encode_file(elements, **options))
    return path


@pytest.fixture
def diff(tmp_path, capsys):
    """The exit status and the lines of a file that was changed like this."""
    a = write(tmp_path / "a.dcm")

    def compare(changes: dict[int, object], *arguments: str, **options: object) -> tuple[int, list[str]]:
        b = write(tmp_path / "b.dcm", changes, **options)
        status = main(["diff", str(a), str(b), *arguments])
        captured = capsys.readouterr()
        assert captured.err == ""
        return status, captured.out.splitlines()

    return compare


def test_the_same(diff):
    assert diff({}) == (0, [])


@pytest.mark.parametrize("undefined", [True, False])
@pytest.mark.parametrize("encoding", [dicom.EXPLICIT_LITTLE, dicom.EXPLICIT_BIG, dicom.DEFLATED])
def test_the_same_in_another_form(diff, encoding, undefined):
    assert diff({}, "--no-meta", encoding=encoding, undefined=undefined) == (0, [])
    status, lines = diff({}, encoding=encoding)
    name = pydicom.uid.UID(encoding.uid).name
    if encoding is not dicom.EXPLICIT_LITTLE:
        assert status == 1
        assert lines == [
            "- (0002,0010) UI: Explicit VR Little Endian  # TransferSyntaxUID",
            f"+ (0002,0010) UI: {name}  # TransferSyntaxUID",
        ]


def test_the_same_text_in_another_character_set(diff):
    status, lines = diff({0x00080005: ("CS", "ISO_IR 192")}, charset="utf-8")
    assert status == 1 and [line[:13] for line in lines] == ["- (0008,0005)", "+ (0008,0005)"]
    assert diff({0x00080005: ("CS", "ISO_IR 192")}, "-i", "SpecificCharacterSet", charset="utf-8") == (0, [])


def test_other_values(diff):
    assert diff({0x00100010: ("PN", "Eva"), 0x00280010: ("US", 6)}) == (
        1,
        [
            "- (0010,0010) PN: 'Jörg'  # PatientName",
            "+ (0010,0010) PN: 'Eva'  # PatientName",
            "- (0028,0010) US: 5  # Rows",
            "+ (0028,0010) US: 6  # Rows",
        ],
    )


def test_elements_of_one_file_only(diff):
    assert diff({0x00100010: None, 0x00100020: ("LO", "X")}) == (
        1,
        ["- (0010,0010) PN: 'Jörg'  # PatientName", "+ (0010,0020) LO: 'X'  # PatientID"],
    )


def test_another_vr(diff):
    assert diff({0x00280010: ("SS", 5)})[1] == ["- (0028,0010) US: 5  # Rows", "+ (0028,0010) SS: 5  # Rows"]
    assert diff({0x00283002: ("US", [4, 0, 12])})[1][1] == "+ (0028,3002) US: [4, 0, 12]  # LUTDescriptor"


def test_nested_elements(diff):
    items = [[(0x00400007, "LO", "a")], [(0x00400007, "LO", "c")], [(0x00401001, "SH", "9")]]
    assert diff({0x00400275: ("SQ", items)}) == (
        1,
        [
            "- (0040,0275)[1].(0040,0007) LO: 'b'  # ScheduledProcedureStepDescription",
            "+ (0040,0275)[1].(0040,0007) LO: 'c'  # ScheduledProcedureStepDescription",
            "- (0040,0275)[1].(0040,1001) SH: '7'  # RequestedProcedureID",
            "+ (0040,0275)[2] item",
            "+ (0040,0275)[2].(0040,1001) SH: '9'  # RequestedProcedureID",
        ],
    )
    assert diff({0x00400275: None})[1][:2] == [
        "- (0040,0275) SQ: 2 item(s)  # RequestAttributesSequence",
        "- (0040,0275)[0] item",
    ]
    assert diff({0x00400275: ("LO", "x")})[1][-1] == "+ (0040,0275) LO: 'x'  # RequestAttributesSequence"


def test_long_values_are_shown_by_where_they_begin_to_differ(diff):
    palette = bytes(range(30)) + bytes(10)
    assert diff({0x00281201: ("OW", palette)})[1] == [
        "- (0028,1201) OW: 40 bytes  # RedPaletteColorLookupTableData",
        "+ (0028,1201) OW: 40 bytes, differ from byte 30 on  # RedPaletteColorLookupTableData",
    ]
    assert (
        diff({0x7FE00010: ("OW", bytes(98))})[1][1]
        == "+ (7FE0,0010) OW: 98 bytes, differ from byte 98 on  # PixelData"
    )


@pytest.mark.parametrize(
    ("vr", "first", "second", "shown"),
    [
        ("US", list(range(30)), [*range(29), 1], "Array of 30 elements, [29] is 1"),
        ("UT", "x" * 300 + "a", "x" * 300 + "b", "Array of 301 elements, from character 300 on 'b'"),
        ("LO", "a \\b", "a\\b", "['a', 'b'], from character 1 on '\\\\b'"),
    ],
)
def test_values_that_look_alike(tmp_path, capsys, vr, first, second, shown):
    a = write(tmp_path / "a.dcm", {0x00189999: (vr, first)})
    b = write(tmp_path / "b.dcm", {0x00189999: (vr, second)})
    assert main(["diff", str(a), str(b)]) == 1
    assert capsys.readouterr().out.splitlines()[1] == f"+ (0018,9999) {vr}: {shown}"


def test_padding_is_no_difference(diff):
    assert diff({0x00400275: ELEMENTS[0x00400275], 0x00100010: ("PN", "Jörg  ")}) == (0, [])


def test_group_lengths_are_no_difference(diff):
    assert diff({0x00280000: ("UL", 10)}) == (0, [])


def test_ignore(diff):
    items = [[(0x00400007, "LO", "x")], [(0x00400007, "LO", "y"), (0x00401001, "SH", "7")]]
    changes = {0x00400275: ("SQ", items), 0x00091001: ("UN", b"\3"), 0x00280010: None}
    ignored = ("-i", "(0009,ACME,01)", "-i", "Rows")
    assert diff(changes, *ignored, "-i", "RequestAttributesSequence") == (0, [])
    everywhere = "RequestAttributesSequence[*].ScheduledProcedureStepDescription"
    assert diff(changes, *ignored, "--ignore", everywhere) == (0, [])
    first = "RequestAttributesSequence[0].ScheduledProcedureStepDescription"
    assert [line[:29] for line in diff(changes, *ignored, "-i", first)[1]] == [
        "- (0040,0275)[1].(0040,0007) ",
        "+ (0040,0275)[1].(0040,0007) ",
    ]
    assert diff(changes, *ignored, "-i", "RequestAttributesSequence[*]") == (0, [])
    assert diff({}, "-i", "MediaStorageSOPInstanceUID") == (0, [])
    assert diff(
        {0x00080018: ("UI", "1.2.4")}, "-i", "SOPInstanceUID", "-i", "MediaStorageSOPInstanceUID"
    ) == (0, [])


@pytest.mark.parametrize("path", ["PatientNam", "Rows[+].Columns", "BeamSequence[-1].BeamName", "Rows:LO"])
def test_what_cannot_be_ignored(tmp_path, path):
    a = write(tmp_path / "a.dcm")
    with pytest.raises(SystemExit) as ended:
        main(["diff", str(a), str(a), "-i", path])
    assert ended.value.code == 2


def test_no_pixels_and_quiet(diff):
    changes = {0x7FE00010: ("OW", bytes(98))}
    assert diff(changes, "--no-pixels") == (0, [])
    assert diff(changes, "--quiet") == (1, [])
    # What stands behind pixel data is compared all the same.
    assert diff({**changes, 0xFFFCFFFC: ("OB", b"\0\0")}, "--no-pixels")[1] == [
        "+ (FFFC,FFFC) OB: b'\\x00\\x00'  # DataSetTrailingPadding"
    ]


def test_trouble(tmp_path, capsys):
    a, bad = write(tmp_path / "a.dcm"), tmp_path / "bad.dcm"
    bad.write_bytes(b"no DICOM at all, but long enough to look")
    for other in (bad, tmp_path / "none.dcm", tmp_path):
        assert main(["diff", str(a), str(other)]) == 2
        assert str(other) in capsys.readouterr().err
    with pytest.raises(SystemExit) as ended:
        main(["diff", str(a)])
    assert ended.value.code == 2


def test_control_characters_are_escaped(tmp_path, capsys):
    a = write(tmp_path / "a.dcm", {0x00104000: ("LT", "x\x1b[2J\r\ny")})
    b = write(tmp_path / "b.dcm", {0x00104000: ("LT", "x\x9b\x07")})
    assert main(["diff", str(a), str(b)]) == 1
    out = capsys.readouterr().out
    assert len(out.splitlines()) == 2 and out.replace("\n", "").isprintable()


@pytest.mark.skipif(sys.platform == "win32", reason="no pipes of this kind")
def test_a_closed_pipe_ends_quietly(tmp_path):
    many = {0x00200000 + 0x1000 + 2 * i: ("LO", "x" * 60) for i in range(3000)}
    a, b = write(tmp_path / "a.dcm", many), write(tmp_path / "b.dcm")
    command = f'"{sys.executable}" -m fastdcm diff "{a}" "{b}" | head -1'
    done = subprocess.run(command, shell=True, capture_output=True, check=False, timeout=25)
    assert done.stderr == b"" and done.stdout.startswith(b"- (0020,1000)")


def test_real_files_are_the_same_as_themselves_and_as_converted(corpus, manifest, tmp_path, capsys):
    rows = [row for row in manifest if row.get("meta", {}).get("agree") and row["size"] < 200_000]
    rows = [row for row in rows if row.get("header", {}).get("ts") == "1.2.840.10008.1.2.1"]
    for row in rows[:: max(1, len(rows) // 15)]:
        path, other = str(corpus / row["file"]), str(tmp_path / "other.dcm")
        assert main(["diff", path, path]) == 0
        assert (
            main(["convert", path, "-o", other, "--syntax", "big", "--lengths", "undefined", "--force"]) == 0
        )
        capsys.readouterr()
        status = main(["diff", "--no-meta", path, other])
        lines = capsys.readouterr().out.splitlines()
        assert status == bool(lines)
        # What has an odd length is padded; UN in another byte order is what nobody knows.
        assert all(" bytes" in line or " UN: " in line for line in lines), row["file"]
