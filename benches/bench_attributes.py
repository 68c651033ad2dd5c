"""`dcmread` and attributes in a Python loop: against dicomsdl and pydicom."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dicomsdl
import pydicom

import fastdcm
from bench_scan import COLUMNS
from harness import Row, against, medians

if TYPE_CHECKING:
    from pathlib import Path

_FILES = 60
_BEFORE_PIXELS = 0x7FDFFFFF


def read_fastdcm(paths: list[str]) -> object:
    """The values of every file."""
    return [
        [getattr(dataset, keyword) for keyword in COLUMNS]
        for dataset in (fastdcm.dcmread(path, stop_before_pixels=True) for path in paths)
    ]


def read_pydicom(paths: list[str]) -> object:
    """The values of every file."""
    return [
        [getattr(dataset, keyword) for keyword in COLUMNS]
        for dataset in (pydicom.dcmread(path, stop_before_pixels=True) for path in paths)
    ]


def read_dicomsdl(paths: list[str]) -> object:
    """The values of every file."""
    return [dicomsdl.open_file(path, _BEFORE_PIXELS).getValues(COLUMNS) for path in paths]


def touch(dataset: object) -> None:
    """The same attributes again."""
    for keyword in COLUMNS:
        getattr(dataset, keyword)


def run(archive: Path, rounds: int) -> list[Row]:
    """Rows of the table."""
    paths = [str(path) for path in sorted((archive / "headers-explicit-defined").iterdir())[:_FILES]]
    times = medians(
        {
            "fastdcm": lambda: read_fastdcm(paths),
            "dicomsdl getValues": lambda: read_dicomsdl(paths),
            "pydicom": lambda: read_pydicom(paths),
        },
        rounds,
    )
    rows = against("dcmread + 12 values", times, {"dicomsdl getValues": 3, "pydicom": 40}, per=len(paths))
    ours = fastdcm.dcmread(paths[0], stop_before_pixels=True)
    theirs = pydicom.dcmread(paths[0], stop_before_pixels=True)
    times = medians({"fastdcm": lambda: touch(ours), "pydicom": lambda: touch(theirs)}, rounds)
    return rows + against("the same attribute again", times, {"pydicom": 25}, per=len(COLUMNS))
