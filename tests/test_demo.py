"""`make demo` from the inside: the sample study, and what is told of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import demo

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_tells_of_the_sample_study(study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    demo.run(study, tmp_path)
    told = capsys.readouterr().out
    assert "scanned 47 files" in told
    assert "decoded 45 objects, 63 frames" in told
    assert "notes.txt" in told
    assert "cut-in-pixel-data.dcm" in told
    assert "odd-values.dcm" in told
    assert {path.name for path in tmp_path.iterdir()} == {"table.csv", "report.txt", "contact-sheet.png"}
    assert len((tmp_path / "table.csv").read_text().splitlines()) == 48
    report = (tmp_path / "report.txt").read_text()
    assert len({line.split(": ")[0] for line in report.splitlines()}) == 3


def test_an_empty_folder_is_no_fault(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    demo.run(tmp_path / "empty", tmp_path / "output")
    assert "scanned 0 files" in capsys.readouterr().out
    assert not (tmp_path / "output/contact-sheet.png").exists()


def test_says_that_a_folder_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["demo.py", str(tmp_path / "absent")])
    assert demo.main() == 1
    assert capsys.readouterr().err == f"{tmp_path / 'absent'}: no such folder\n"


def test_what_a_file_says_cannot_move_the_cursor() -> None:
    assert demo._short("a\x1b[2Jb", 20) == "a?[2Jb"
    assert demo._short("x" * 30, 10) == "xxxxxxx..."
