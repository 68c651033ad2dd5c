"""The training example learns what it is meant to learn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

pytest.importorskip("torch")

import training_example

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.timeout(120)
def test_lesions_are_found_in_patients_that_were_held_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    training_example.make_patients(tmp_path)
    assert training_example.run(tmp_path) > 0.9
    assert "test: " in capsys.readouterr().out
