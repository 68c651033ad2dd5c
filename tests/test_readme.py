"""What README.md shows is what happens."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]


def test_the_examples_of_the_readme_are_true(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("polars")
    (tmp_path / "demo-output").mkdir()
    (tmp_path / "demo-output/study").symlink_to(study)
    monkeypatch.chdir(tmp_path)
    flags = doctest.ELLIPSIS
    failed, tried = doctest.testfile(str(REPOSITORY / "README.md"), module_relative=False, optionflags=flags)
    assert (failed, tried > 15) == (0, True), capsys.readouterr().out
