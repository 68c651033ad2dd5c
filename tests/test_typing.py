"""What a type checker makes of the package: keywords and their types are known, misspelt ones are not."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import MutableSequence
from pathlib import Path

import pytest

import fastdcm

FOLDER = Path(__file__).parent / "typing"
CACHE = FOLDER.parents[1] / ".mypy_cache" / "installed"


def _mypy(path: Path) -> list[tuple[int, str]]:
    """(line, message) of each error."""
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--no-error-summary"]
    command += [f"--cache-dir={CACHE}", str(path)]
    # Without the folder of the sources: the installed package is what others check against.
    done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    found = re.findall(r"^[^:]+:(\d+): error: (.*)$", done.stdout, re.MULTILINE)
    return [(int(line), message) for line, message in found]


@pytest.mark.timeout(120)  # without a cache, on a busy machine
def test_right_code_is_taken() -> None:
    assert _mypy(FOLDER / "right.py") == []


@pytest.mark.timeout(120)  # as above
def test_wrong_code_is_refused() -> None:
    lines = (FOLDER / "wrong.py").read_text().splitlines()
    expected = {number: line.partition("# E: ")[2] for number, line in enumerate(lines, 1) if "# E: " in line}
    found = _mypy(FOLDER / "wrong.py")
    assert sorted(expected) == sorted({line for line, _ in found})
    for line, message in found:
        assert expected[line] in message


def test_every_keyword_is_known_to_type_checkers() -> None:
    stub = Path(fastdcm.__file__).with_name("_attributes.pyi").read_text()
    for keyword in ("Rows", "PatientName", "PixelData", "OverlayRows", "dBdt"):
        assert re.search(rf"^    {keyword}: ", stub, re.MULTILINE)
    assert stub.count("\n    ") > 5000
    # Type checkers alone know it.
    assert not hasattr(fastdcm.Dataset, "Rows")


def test_generic_classes_are_so_at_run_time() -> None:
    assert fastdcm.MultiValue[int] is fastdcm.MultiValue
    assert fastdcm.Sequence[fastdcm.Dataset] is fastdcm.Sequence
    dataset = fastdcm.Dataset()
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL", "PRIMARY"]
    assert isinstance(dataset.ImageType, MutableSequence)
    assert (dataset.ImageType.index("PRIMARY"), dataset.ImageType.index("PRIMARY", 2)) == (1, 3)
    dataset.ReferencedImageSequence = [fastdcm.Dataset()]
    assert isinstance(dataset.ReferencedImageSequence, MutableSequence)
    assert dataset.ReferencedImageSequence.index(fastdcm.Dataset(), 0, 1) == 0
