"""What the Python tests share: the sample study and the corpus of real files."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from make_study import make_study

REPOSITORY = Path(__file__).resolve().parents[1]
CORPUS = Path(os.environ.get("FASTDCM_CORPUS", REPOSITORY / "../shared/corpus"))

# How long an example takes says nothing on a machine that does other things too.
# What is checked of a change is the same each time; new examples are looked for by those who work on it.
hypothesis.settings.register_profile("fastdcm", deadline=None, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("fastdcm")

# Shells start what runs in the background with Ctrl-C ignored; there are tests of what it does.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a freshly made sample study."""
    folder = tmp_path_factory.mktemp("study")
    make_study(folder)
    return folder


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of real files; a test that asks for it is skipped where there is none."""
    if not (CORPUS / "MANIFEST.jsonl").is_file():
        pytest.skip(f"no corpus at {CORPUS}; FASTDCM_CORPUS names another folder")
    return CORPUS


@pytest.fixture(scope="session")
def manifest(corpus: Path) -> list[dict[str, Any]]:
    """One row a file of the corpus: source, facts, reference answers."""
    with (corpus / "MANIFEST.jsonl").open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]
