"""The enhanced multi-frame object of 92,000 elements: open it and look at every element, nested ones too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import fastdicom
import pydicom

import fastdcm
import make_archive
from harness import Row, against, medians

if TYPE_CHECKING:
    from pathlib import Path


def walk_fastdcm(dataset: fastdcm.Dataset) -> int:
    """Elements whose tag, VR and value were looked at."""
    count = 0
    for element in dataset.iterall():
        count += 1
        _ = element.tag, element.VR, element.value
    return count


def walk_pydicom(dataset: pydicom.Dataset) -> int:
    """Elements whose tag, VR and value were looked at."""
    count = 0
    for element in dataset.iterall():
        count += 1
        _ = element.tag, element.VR, element.value
    return count


def walk_fastdicom(dataset: Any) -> int:
    """Elements whose tag and value were looked at; it gives no VR."""
    count = 0
    for _, value in dataset.items():  # noqa: PERF102  (the walk that is measured)
        count += 1
        if isinstance(value, list) and value and isinstance(value[0], fastdicom.Dataset):
            count += sum(map(walk_fastdicom, value))
    return count


def run(archive: Path, rounds: int) -> list[Row]:
    """Rows of the table."""
    rows: list[Row] = []
    for form in make_archive.FORMS:
        path = str(archive / f"enhanced-{form}.dcm")
        counts = {walk_fastdcm(fastdcm.dcmread(path)), walk_pydicom(pydicom.dcmread(path))}
        assert len(counts) == 1, counts
        times = medians(
            {
                "fastdcm": lambda path=path: walk_fastdcm(fastdcm.dcmread(path)),
                "fastdicom items()": lambda path=path: walk_fastdicom(fastdicom.dcmread(path)),
                "pydicom iterall()": lambda path=path: walk_pydicom(pydicom.dcmread(path)),
            },
            # A round takes seconds; fewer say enough.
            -(-rounds // 3),
        )
        work = f"open and walk {counts.pop():,} elements, {form}"
        aims = {"fastdicom items()": 3, "pydicom iterall()": 50}
        rows += against(work, times, aims, unit="ms")
    return rows
