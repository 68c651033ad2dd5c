"""Memory of an index beside the bytes of its file: the enhanced object many times, on the same bytes."""

from __future__ import annotations

import gc
import os
from pathlib import Path

import fastdcm
from harness import Row

_COPIES = 20
_BYTES_A_ROW = 24


def resident() -> int:
    """Bytes of this process that are in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")


def count_rows(dataset: fastdcm.Dataset) -> int:
    """Elements and items, each of which has a row."""
    rows = 0
    for element in dataset:
        rows += 1
        if element.VR == "SQ":
            rows += sum(1 + count_rows(item) for item in element.value)
    return rows


def run(archive: Path, rounds: int) -> list[Row]:  # noqa: ARG001
    """Rows of the table."""
    data = (archive / "enhanced-explicit-defined.dcm").read_bytes()
    rows = count_rows(fastdcm.dcmread(data))
    gc.collect()
    before = resident()
    kept = [fastdcm.dcmread(data) for _ in range(_COPIES)]
    gc.collect()
    measured = (resident() - before) / len(kept) / rows
    # A few percent are pages, and what a data set is beside its index.
    ratio = _BYTES_A_ROW / measured
    work = f"memory of an index of {rows:,} rows"
    return [Row(work, f"{_BYTES_A_ROW} bytes a row", ratio, 0.95, measured, _BYTES_A_ROW, "B")]
