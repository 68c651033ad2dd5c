"""`make demo` and `make test` say in one line what a machine lacks (.ci/requirements)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
TOOLS = ("sh", "dirname", "sed", "make")
FITTING = {
    "cargo": "exit 0",
    "rustc": "echo 'rustc 1.95.0 (59807616e 2026-04-14)'",
    "cc": "exit 0",
    "python3": 'case "$2" in *version_info*) echo 3.12;; esac; exit 0',
}

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a script for sh")


def lacking(folder: Path, **changes: str | None) -> list[str]:
    """Lines that the check writes on a machine with the tools of FITTING, changed; None removes one."""
    for name in TOOLS:
        tool = shutil.which(name)
        assert tool is not None
        (folder / name).symlink_to(tool)
    for name, script in {**FITTING, **changes}.items():
        if script is not None:
            (folder / name).write_text(f"#!/bin/sh\n{script}\n")
            (folder / name).chmod(0o755)
    environment = {k: v for k, v in os.environ.items() if k not in ("PATH", "PYTHON")} | {"PATH": str(folder)}
    done = subprocess.run(
        [folder / "sh", REPOSITORY / ".ci/requirements"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == (1 if done.stderr else 0)
    assert done.stdout == ""
    return done.stderr.splitlines()


def test_says_nothing_where_everything_is_there(tmp_path: Path) -> None:
    assert lacking(tmp_path) == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"cargo": None}, "cargo is missing; install Rust 1.92 or newer from https://rustup.rs"),
        ({"rustc": None}, "rustc is missing; install Rust 1.92 or newer"),
        ({"rustc": "echo 'rustc 1.63.0 (4b91a6ea7 2022-08-08)'"}, "rustc 1.63 is too old; install Rust 1.92"),
        ({"rustc": "echo 'error: no default toolchain' >&2; exit 1"}, "rustc is missing; install Rust 1.92"),
        ({"cc": None}, "a C compiler (cc) is missing; on Debian: apt install gcc"),
        ({"python3": None}, "python3 is missing; install Python 3.11 or newer"),
        (
            {"python3": "echo 3.9"},
            "python3 is Python 3.9, 3.11 or newer is needed; name another one with PYTHON=",
        ),
        ({"python3": "exit 127"}, "python3 does not run"),
        (
            {"python3": 'case "$2" in *ensurepip*) exit 1;; *) echo 3.11;; esac'},
            "python3 has no ensurepip; on Debian: apt install python3-venv",
        ),
    ],
)
def test_names_what_is_missing_in_one_line(
    tmp_path: Path, changes: dict[str, str | None], message: str
) -> None:
    (line,) = lacking(tmp_path, **changes)
    assert line.startswith("cannot build fastdcm: " + message)


@pytest.mark.parametrize("version", ["1.92.0", "1.100.1", "2.0.0"])
def test_takes_newer_rust(tmp_path: Path, version: str) -> None:
    assert lacking(tmp_path, rustc=f"echo 'rustc {version} (abc 2027-01-01)'") == []


def test_make_help_explains_every_target() -> None:
    makefile = (REPOSITORY / "Makefile").read_text()
    (targets,) = [line for line in makefile.splitlines() if line.startswith(".PHONY:")]
    told = subprocess.check_output(["make", "-C", REPOSITORY, "--no-print-directory", "help"], text=True)
    explained = {line.split()[1] for line in told.splitlines()}
    assert explained == set(targets.split()[1:]) - {"requirements"}
