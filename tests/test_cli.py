"""The command line: what it prints, what it refuses, how it ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import dicom_writer as dicom
import fastdcm
from fastdcm.cli import main
from fastdcm.cli.output import escape

if TYPE_CHECKING:
    from pathlib import Path

NAME = 0x00100010


def write(path: Path, *elements: dicom.Element) -> Path:
    meta_safe = [(0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.2"), (0x00080018, "UI", "1.2.3"), *elements]
    path.write_bytes(dicom.encode_file(meta_safe, charset="utf-8"))
    return path


def run(*arguments: str | bytes | Path, **options: object) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "fastdcm", *arguments]
    return subprocess.run(command, capture_output=True, check=False, timeout=25, **options)


def test_dump_prints_elements_and_several_files_with_their_names(tmp_path, capsys):
    first = write(tmp_path / "a.dcm", (NAME, "PN", "A^B"))
    second = write(tmp_path / "b.dcm", (NAME, "PN", "C^D"))
    assert main(["dump", str(first)]) == 0
    assert "(0010,0010) Patient's Name" in capsys.readouterr().out
    assert main(["dump", str(first), str(second)]) == 0
    out = capsys.readouterr().out
    assert f"{first}:" in out and f"{second}:" in out and "C^D" in out


def test_dump_goes_on_after_a_file_that_cannot_be_read(tmp_path, capsys):
    good = write(tmp_path / "a.dcm", (NAME, "PN", "A^B"))
    bad = tmp_path / "b.dcm"
    bad.write_bytes(b"no DICOM at all, but long enough to look")
    assert main(["dump", str(bad), str(tmp_path / "none"), str(good)]) == 1
    captured = capsys.readouterr()
    assert "A^B" in captured.out
    assert "b.dcm: not DICOM" in captured.err
    assert "none: No such file or directory" in captured.err


def test_dump_says_what_is_wrong_with_a_file(tmp_path, capsys):
    path = write(tmp_path / "a.dcm", (NAME, "PN", "A^B"))
    path.write_bytes(path.read_bytes()[:-2])
    assert main(["dump", str(path)]) == 0
    assert "warning: the input ends inside this element, tag (0010,0010)" in capsys.readouterr().err


def test_dump_as_dicom_json(tmp_path, capsys):
    elements = (
        (NAME, "PN", "A^B=\u5c71"),
        (0x00081140, "SQ", [[(0x00081155, "UI", "1.2")]]),
        (0x00280010, "US", 3),
        (0x00280030, "DS", "0.5\\2"),
        (0x00280034, "IS", ""),
        (0x00420011, "OB", b"\1\2"),
    )
    path = write(tmp_path / "a.dcm", (0x00080005, "CS", "ISO_IR 192"), *elements)
    assert main(["dump", "--json", str(path)]) == 0
    model = json.loads(capsys.readouterr().out)
    assert model["00100010"] == {"vr": "PN", "Value": [{"Alphabetic": "A^B", "Ideographic": "\u5c71"}]}
    assert model["00081140"] == {"vr": "SQ", "Value": [{"00081155": {"vr": "UI", "Value": ["1.2"]}}]}
    assert model["00280010"] == {"vr": "US", "Value": [3]}
    assert model["00280030"] == {"vr": "DS", "Value": [0.5, 2]}
    assert model["00280034"] == {"vr": "IS"}
    assert model["00420011"] == {"vr": "OB", "InlineBinary": "AQI="}


def test_control_characters_of_values_and_names_are_escaped(tmp_path):
    evil = tmp_path / "\x1b[31mred\n.dcm"
    write(
        evil,
        (0x00104000, "LT", "\x1b[2Jgone\x07"),
        (NAME, "PN", "A\u202eB"),
        (0x00080005, "CS", "ISO_IR 192"),
    )
    for arguments in (["dump", evil], ["dump", "--json", evil], ["scan", tmp_path, "-c", "PatientComments"]):
        done = run(*arguments)
        assert b"\x1b" not in done.stdout and b"\x07" not in done.stdout and b"\x1b" not in done.stderr
    assert escape("a\x1b\u202e\n\udcff") == "a\\x1b\\u202e\\x0a\\udcff"


@pytest.mark.skipif(sys.platform in {"win32", "darwin"}, reason="file names are Unicode there")
def test_file_names_that_are_no_text(tmp_path):
    folder = os.fsencode(tmp_path)
    path = write(tmp_path / "a.dcm", (NAME, "PN", "A^B"))
    path.rename(os.fsdecode(folder + b"/\xff.dcm"))
    assert run("dump", folder + b"/\xff.dcm").returncode == 0
    done = run("dump", folder + b"/\xfe.dcm")
    assert done.returncode == 1 and b"\\udcfe.dcm: No such file" in done.stderr


def test_file_names_that_look_like_options(tmp_path):
    write(tmp_path / "--json", (NAME, "PN", "A^B"))
    done = run("dump", "--", "--json", cwd=tmp_path)
    assert done.returncode == 0 and b"Patient's Name" in done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="no pipes of this kind")
def test_a_closed_pipe_ends_quietly(tmp_path):
    many = [(0x00200000 + 2 * i + 0x1000, "LO", "x" * 60) for i in range(3000)]
    path = write(tmp_path / "a.dcm", *many)
    command = f'"{sys.executable}" -m fastdcm dump "{path}"; echo "code $?" >&2'
    done = subprocess.run(f"({command}) | head -1", shell=True, capture_output=True, check=False, timeout=25)
    assert done.stderr == b"code 0\n"


@pytest.mark.parametrize("rich", [True, False])
def test_scan_prints_a_table_and_a_summary(study, capsys, monkeypatch, rich):
    if rich:
        pytest.importorskip("rich")
    else:
        monkeypatch.setitem(sys.modules, "rich.console", None)
    monkeypatch.setenv("COLUMNS", "120")
    assert main(["scan", str(study), "-c", "Modality", "-c", "Rows"]) == 0
    captured = capsys.readouterr()
    assert "Modality" in captured.out and "CT" in captured.out
    assert " files in " in captured.err and " ok" in captured.err


def test_scan_writes_and_never_overwrites_unasked(study, tmp_path, capsys):
    output = tmp_path / "table.csv"
    assert main(["scan", str(study), "-c", "Modality", "-o", str(output)]) == 0
    header = output.read_text().splitlines()[0]
    assert header.startswith("path,") and "Modality" in header
    assert main(["scan", str(study), "-o", str(output)]) == 1
    assert "--force" in capsys.readouterr().err
    assert main(["scan", str(study), "-o", str(output), "--force"]) == 0
    assert main(["scan", str(study), "-o", str(tmp_path / "table.xlsx")]) == 2


def test_scan_of_a_path_that_leads_nowhere(tmp_path, capsys):
    assert main(["scan", str(tmp_path), str(tmp_path / "nowhere")]) == 1
    assert "nowhere" in capsys.readouterr().err


def test_scan_refuses_columns_that_are_nothing(study, capsys):
    assert main(["scan", str(study), "-c", "PatientNam"]) == 2
    assert "PatientNam" in capsys.readouterr().err


def test_help_of_every_verb_and_wrong_arguments(capsys):
    helps = ([verb, "--help"] for verb in ("dump", "json", "scan", "convert", "set", "diff"))
    for arguments in (["--help"], *helps, ["--version"]):
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert ended.value.code == 0
    assert "fastdcm" in capsys.readouterr().out
    with pytest.raises(SystemExit) as ended:
        main([])
    assert ended.value.code == 2


def test_an_index_of_frames_is_written_and_goes_on_from(tmp_path, capsys):
    pytest.importorskip("pyarrow", reason="it writes Parquet")
    folder = tmp_path / "in"
    folder.mkdir()
    write(folder / "a.dcm", (0x00280010, "US", 3))
    index = tmp_path / "index.parquet"
    assert main(["scan", str(folder), "--frames", "-o", str(index)]) == 0
    assert "frame_offsets" in fastdcm.open_index(index)
    write(folder / "b.dcm", (0x00280010, "US", 4))
    again = ["scan", str(folder), "--frames", "--known", str(index), "-o", str(index)]
    assert main(again) == 1
    assert "the file exists" in capsys.readouterr().err
    assert main([*again, "--force"]) == 0
    assert len(fastdcm.open_index(index)) == 2
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
    capsys.readouterr()
    assert main(["scan", str(folder), "--known", str(index)]) == 2
    assert main(["scan", str(folder), "--frames", "--known", str(tmp_path / "none.parquet")]) == 1
    assert "none.parquet: no such file or folder" in capsys.readouterr().err
    assert main(["scan", str(folder), "--frames"]) == 0
    assert "frame_offsets" not in capsys.readouterr().out


@pytest.mark.parametrize("verb", ["scan", "json", "export"])
@pytest.mark.parametrize("threads", ["0", "-1", "many", "100000"])
def test_threads_are_a_number_that_there_can_be(
    verb: str, threads: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main([verb, str(tmp_path), "-o", str(tmp_path / "x.csv"), "--threads", threads])
    assert f"{threads!r} is no number from 1 to 1024" in capsys.readouterr().err


def test_a_folder_that_is_not_there_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scan", str(tmp_path), "-o", str(tmp_path / "none" / "x.csv")]) == 1
    assert f"{tmp_path / 'none'}: no such folder" in capsys.readouterr().err
