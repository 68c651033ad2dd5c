"""``fastdcm series``: what it lists, and what it says of the rest."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from fastdcm.cli import main
from world_phantom import plane, write

if TYPE_CHECKING:
    from pathlib import Path


def series(*arguments: str | Path) -> int:
    return main(["series", *map(str, arguments)])


def of_series(number: int | None, description: str, uid: str) -> dict[str, tuple[int, str, object] | None]:
    return {
        "series": (0x0020000E, "UI", uid),
        "series_number": None if number is None else (0x00200011, "IS", number),
        "description": (0x0008103E, "LO", description),
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two series of one number, one that has a gap, and files that are in none."""
    thorax = of_series(3, "Thorax \x1b[31m and much more of what nobody reads", "1.2.3")
    head = of_series(3, "Head", "1.2.4")
    scout = of_series(1, "Scout", "1.2.5")
    localizer = (0x00080008, "CS", ["ORIGINAL", "PRIMARY", "LOCALIZER"])
    files = [plane((0, 0, z), number, **thorax) for number, z in enumerate([0, 2, 4, 8, 10])]
    files += [plane((0, 0, z), 10 + number, **head, size=(4, 4)) for number, z in enumerate([0, 3, 6])]
    files += [plane((0, 0, z), 20 + number, **head, size=(6, 6)) for number, z in enumerate([0, 3])]
    files += [plane((0, 0, z), 30 + z, **scout, image_type=localizer) for z in range(2)]
    write(tmp_path / "study", files)
    (tmp_path / "study" / "notes.txt").write_text("no DICOM, but long enough to look at")
    return tmp_path / "study"


def test_a_line_a_stack_and_what_is_wrong_below(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert series(folder) == 0
    out = capsys.readouterr().out
    assert (
        out.replace("\ufffd", "?")
        == """\
Number  Modality  Description                       Frames  Shape      Spacing (mm)     Axes
     1  CT        Scout
        - 2 files left out: a localizer
     3  CT        Thorax ?[31m and much more of w…       5  5 x 5 x 4  2.5 x 1.5 x 0.5  SPL
        ! gap: 1 slices missing in 1 places, spacing 2.000 to 4.000 mm
     3  CT        Head                                   3  3 x 4 x 4  3 x 1.5 x 0.5    SPL
                  stack 2                                2  2 x 6 x 6  3 x 1.5 x 0.5    SPL
        ! mixed size: 2 of size in a series: stacks of 3, 2 frames
                  (not of a series)
        - 1 file left out: not DICOM
"""
    )
    assert "SECRET" not in out and "Secret" not in out


def test_uids_where_they_are_asked_for(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert series(folder, "--uids") == 0
    lines = capsys.readouterr().out.splitlines()
    assert {"        1.2.3", "        1.2.4", "        1.2.5"} < set(lines)


def test_json_has_all_of_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert series("--json", folder) == 0
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    scout, thorax, head, rest = found
    assert [one["uid"] for one in found] == ["1.2.5", "1.2.3", "1.2.4", ""]
    assert (thorax["number"], thorax["modality"]) == (3, "CT")
    assert thorax["description"].endswith("[31m and much more of what nobody reads")
    assert thorax["stacks"][0]["shape"] == [5, 5, 4]
    assert thorax["stacks"][0]["affine"][2] == [2.5, 0, 0, 0]
    assert thorax["defects"][0]["kind"] == "gap"
    assert [stack["frames"] for stack in head["stacks"]] == [3, 2]
    assert [left["reason"] for left in scout["left_out"]] == ["a localizer"] * 2
    assert rest["left_out"][0]["path"] == str(folder / "notes.txt")


def test_what_is_no_series_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert series(tmp_path / "none") == 1
    assert "none: no such file or folder" in capsys.readouterr().err
    assert series(tmp_path) == 1
    assert f"{tmp_path}: no files in it" in capsys.readouterr().err
    (tmp_path / "a.txt").write_text("no DICOM, but long enough to look at")
    assert series(tmp_path) == 1
    assert f"{tmp_path}: 1 file: not DICOM" in capsys.readouterr().err
