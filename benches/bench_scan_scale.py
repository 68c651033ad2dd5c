"""A scan of 100,000 small files: the same time a file and the same memory from the first to the last."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import dicom_writer as dicom
import fastdcm
import make_archive
from ceiling_module import ceiling
from harness import Row

if TYPE_CHECKING:
    from collections.abc import Iterator

_FILES = 100_000
_PARTS = 10
# What is read of each: the files are smaller.
_PREFIX = 12 << 10
_MOST_GROWTH = 64 << 20
_PAGE = 4096
_BARE = "bare open + pread + close"


def make_files() -> list[str]:
    """Headers without pixels, a thousand a folder; they are made once."""
    folder = make_archive.FOLDER / "small-1"
    done = folder / "done"
    paths = [folder / f"{number // 1000:03}" / f"{number:06}.dcm" for number in range(_FILES)]
    if not done.exists():
        for number, path in enumerate(paths):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(small_file(number))
        done.touch()
    return [str(path) for path in paths]


def small_file(number: int) -> bytes:
    """A CT with all of its header and an image of 16 x 16."""
    size = {0x00280010: 16, 0x00280011: 16}
    header = [(tag, vr, size.get(tag, value)) for tag, vr, value in make_archive.ct_header(number)]
    return dicom.encode_file([*header, (0x7FE00010, "OW", bytes(512))])


def resident() -> int:
    """Bytes of memory of this process."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * _PAGE


def parts(paths: list[str]) -> Iterator[list[str]]:
    """The files in as many parts, in their order."""
    step = _FILES // _PARTS
    return (paths[first : first + step] for first in range(0, _FILES, step))


def seconds_of_bare(paths: list[str]) -> list[float]:
    """Of each part, for a loop that opens, reads and closes."""
    times = []
    for part in parts(paths):
        start = time.perf_counter()
        ceiling.read_prefixes(part, _PREFIX, 1)
        times.append(time.perf_counter() - start)
    return times


def seconds_of_scan(paths: list[str]) -> tuple[list[float], int]:
    """Of each part of one scan, by one thread, and by how much memory grew behind the first part."""
    times, first, growth = [], 0, 0
    rows, wanted = 0, _FILES // _PARTS
    start = time.perf_counter()
    for batch in fastdcm.scan_batches(paths, frames=True, threads=1):
        rows += len(batch)
        if rows >= wanted:
            times.append((time.perf_counter() - start) / (rows - wanted + _FILES // _PARTS))
            start, wanted = time.perf_counter(), rows + _FILES // _PARTS
            first = first or resident()
            growth = max(growth, resident() - first)
    return times, growth


def run(_: Path, rounds: int) -> list[Row]:
    """Rows of the table."""
    paths = make_files()
    seconds_of_bare(paths)  # the headers come into the page cache
    del rounds
    bare = [seconds / (_FILES // _PARTS) for seconds in seconds_of_bare(paths)]
    ours, growth = seconds_of_scan(paths)
    rows = [
        Row(
            f"scan_batches of {_FILES:,}, {name} tenth",
            _BARE,
            bare[part] / ours[part],
            0.4,
            ours[part] * 1e6,
            bare[part] * 1e6,
            "us",
        )
        for name, part in (("first", 0), ("last", -1))
    ]
    rows.append(
        Row(
            "time a file in the last tenth",
            "the first tenth",
            ours[0] / ours[-1],
            0.8,
            ours[-1] * 1e6,
            ours[0] * 1e6,
            "us",
        )
    )
    rows.append(
        Row(
            "growth of memory in the scan",
            "64 MB",
            _MOST_GROWTH / max(growth, 1),
            1.0,
            growth / 1e6,
            _MOST_GROWTH / 1e6,
            "MB",
        )
    )
    return rows
