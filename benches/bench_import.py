"""What `import fastdcm` costs in a fresh process, and what it loads."""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
from typing import TYPE_CHECKING

from harness import Row

if TYPE_CHECKING:
    from pathlib import Path

_MOST = 10.0  # ms
_UNWANTED = ["numpy", "dataclasses", "inspect", "ssl", "asyncio"]


def cumulative() -> float:
    """Milliseconds of the import, with everything it imports (`-X importtime`)."""
    done = subprocess.run(
        [sys.executable, "-I", "-X", "importtime", "-c", "import fastdcm"],
        capture_output=True,
        text=True,
        check=True,
    )
    match = re.search(r"\|\s*(\d+) \| fastdcm$", done.stderr, re.MULTILINE)
    assert match is not None
    return int(match[1]) / 1000


def loaded() -> list[str]:
    """Those of the unwanted modules that the import loads."""
    code = f"import sys, fastdcm; print(*[name for name in {_UNWANTED!r} if name in sys.modules])"
    return subprocess.check_output([sys.executable, "-I", "-c", code], text=True).split()


def run(archive: Path, rounds: int) -> list[Row]:  # noqa: ARG001
    """Rows of the table."""
    time = statistics.median(cumulative() for _ in range(rounds))
    unwanted = loaded()
    return [
        Row("import fastdcm", f"at most {_MOST:.0f} ms", _MOST / time, 1, time, _MOST, "ms"),
        Row(
            "import fastdcm", "modules not wanted", 1.0 / (1 + len(unwanted)), 1, len(unwanted), 0, "modules"
        ),
    ]
