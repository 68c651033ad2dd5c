"""Runs the benches and tells ratios: `make bench`, or python benches/run.py [--rounds N] [SUITE...].

Each suite runs in a process of its own, on files that make_archive.py made. The result is printed as a table
and written to benches/data/result.json. A debug build is refused: its figures say nothing.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import platform
import subprocess
import sys
from typing import Any

import make_archive
from fastdcm import __version__, _core
from harness import Row

# Suite, module, function, environment of its process.
SUITES: dict[str, tuple[str, str, dict[str, str]]] = {
    "scan": ("bench_scan", "run", {}),
    "scan-scale": ("bench_scan_scale", "run", {}),
    "attributes": ("bench_attributes", "run", {}),
    "enhanced": ("bench_enhanced", "run", {}),
    "pixels": ("bench_pixels", "run", {}),
    # The thresholds from which glibc maps and unmaps memory for each array, raised.
    "pixels-tuned": (
        "bench_pixels",
        "tuned",
        {"MALLOC_MMAP_THRESHOLD_": str(64 << 20), "MALLOC_TRIM_THRESHOLD_": str(256 << 20)},
    ),
    "bulk": ("bench_bulk", "run", {}),
    "training": ("bench_training", "run", {}),
    "scaling": ("bench_scaling", "run", {}),
    "codecs": ("bench_codecs", "run", {}),
    "codec-threads": ("bench_codecs", "threads", {}),
    "codec-frames": ("bench_codecs", "frames", {}),
    "editing": ("bench_editing", "run", {}),
    "import": ("bench_import", "run", {}),
    "memory": ("bench_memory", "run", {}),
}


def parse_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description="Measures fastdcm against other libraries and the bare disk."
    )
    parser.add_argument(
        "suites", nargs="*", metavar="SUITE", help=f"of {', '.join(SUITES)}; all if none is named"
    )
    parser.add_argument(
        "--rounds", type=int, default=15, help="interleaved rounds, of which the median is told"
    )
    parser.add_argument("--only-here", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    unknown = set(arguments.suites) - set(SUITES)
    if unknown:
        parser.error(f"no such suite: {', '.join(sorted(unknown))}; there are {', '.join(SUITES)}")
    return arguments


def run_here(suite: str, rounds: int) -> None:
    """Runs one suite in this process and prints its rows as JSON."""
    module, function, _ = SUITES[suite]
    if suite == "training" and importlib.util.find_spec("torch") is None:
        print("# training needs PyTorch: pip install -r benches/requirements-training.txt", file=sys.stderr)
        print("[]")
        return
    rows = getattr(importlib.import_module(module), function)(make_archive.make_archive(), rounds)
    print(json.dumps([row.as_dict() for row in rows]))


def run_apart(suite: str, rounds: int) -> list[Row]:
    """Runs one suite in a process of its own."""
    command = [sys.executable, __file__, "--only-here", "--rounds", str(rounds), suite]
    done = subprocess.run(command, env=os.environ | SUITES[suite][2], stdout=subprocess.PIPE, check=False)
    if done.returncode != 0:
        sys.exit(f"the suite {suite} failed")
    return [Row(**row) for row in json.loads(done.stdout)]


def print_rows(rows: list[Row]) -> None:
    """One line a row; a figure that is not reached is marked."""
    for row in rows:
        aim = (
            ""
            if row.at_least is None
            else f"{row.at_least:6.2f} {'' if row.is_reached else '<-- not reached'}"
        )
        figures = f"{row.ours:9.2f} {row.other:9.2f} {row.unit:4}"
        print(f"{row.work:50} {row.against:34} {figures} {row.ratio:7.2f} {aim}", flush=True)


def machine() -> dict[str, Any]:
    """What the figures depend on."""
    return {
        "build_profile": _core.BUILD_PROFILE,
        "fastdcm": __version__,
        "python": platform.python_version(),
        "machine": platform.machine(),
        "processors": os.cpu_count(),
        "system": platform.platform(),
    }


def main() -> None:
    """Runs what the command line names."""
    arguments = parse_arguments()
    if arguments.only_here:
        run_here(arguments.suites[0], arguments.rounds)
        return
    facts = machine()
    print(*(f"{name}: {value}" for name, value in facts.items()), sep=", ")
    if facts["build_profile"] != "release":
        sys.exit("this is a debug build; `make bench` installs a release build and measures that")
    make_archive.make_archive()
    print(f"{'work':50} {'against':34} {'ours':>9} {'other':>9} {'':4} {'ratio':>7} {'aim':>6}")
    rows: list[Row] = []
    for suite in arguments.suites or SUITES:
        measured = run_apart(suite, arguments.rounds)
        print_rows(measured)
        rows += measured
    result = make_archive.FOLDER / "result.json"
    result.write_text(
        json.dumps({"machine": facts, "rows": [row.as_dict() for row in rows]}, indent=1) + "\n"
    )
    print(f"\n{sum(row.is_reached for row in rows)} of {len(rows)} figures reached; written to {result}")


if __name__ == "__main__":
    main()
