"""`decode` of many files: native frames against bare reads, encoded ones by two threads against one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

import encoded_images
import fastdcm
import make_archive
from bench_pixels import pixel_offset
from ceiling_module import ceiling
from harness import Row, against, medians

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

_SIZE = make_archive.SIZE
# Files of a batch: their pixels do not fit in a cache.
_BATCH = 64
_LEAST_OF_BARE = 0.8
# Of the speed of one thread.
_LEAST_OF_TWO_THREADS = 1.75
# Frames of a call: enough of them that both threads are at work nearly all the time.
_COPIES, _FRAMES = 32, 8


def read_bare(paths: list[str], offsets: list[int], out: NDArray[np.uint16]) -> None:
    """Opens, reads into a place of the array and closes, file after file."""
    for path, offset, place in zip(paths, offsets, out, strict=True):
        ceiling.read_into(path, offset, place)


def native(archive: Path, rounds: int) -> list[Row]:
    """Rows of native pixels, one thread: in a new array each time, and in one that is used again."""
    rows: list[Row] = []
    for name in ("16-unsigned", "12-unsigned"):
        paths = [str(path) for path in sorted((archive / f"ct-{name}").iterdir())][:_BATCH]
        offsets = [pixel_offset(path) for path in paths]
        out = np.empty((len(paths), _SIZE, _SIZE), np.uint16)
        expected = np.empty_like(out)
        read_bare(paths, offsets, expected)
        assert np.array_equal(np.asarray(fastdcm.decode(paths)), expected)
        bare = "bare open + pread + close"
        of_new = {
            "fastdcm": lambda paths=paths: fastdcm.decode(paths, threads=1),
            bare: lambda paths=paths, offsets=offsets, out=out: read_bare(paths, offsets, np.empty_like(out)),
        }
        of_used = {
            "fastdcm": lambda paths=paths, out=out: fastdcm.decode(paths, out=out, threads=1),
            bare: lambda paths=paths, offsets=offsets, out=out: read_bare(paths, offsets, out),
        }
        index = fastdcm.scan(paths, [], frames=True)
        assert np.array_equal(np.asarray(fastdcm.decode(index)), expected)
        by_index = {
            "fastdcm": lambda index=index, out=out: fastdcm.decode(index, out=out, threads=1),
            bare: of_used[bare],
        }
        works = {"decode(paths)": of_new, "decode(paths, out)": of_used, "decode(index, out)": by_index}
        for work, contenders in works.items():
            times = medians(contenders, rounds)
            rows += against(f"{work}, {name}", times, {bare: _LEAST_OF_BARE}, per=len(paths))
    return rows


def encoded(rounds: int) -> list[Row]:
    """Rows of encoded pixels: two threads against one, by the clock on the wall."""
    folder = encoded_images.make_encoded()
    rows: list[Row] = []
    for path in sorted(folder.glob("volume *.dcm")):
        # A frame of each, as of so many files.
        paths = [str(path)] * _COPIES
        frames = [number % _FRAMES for number in range(_COPIES)]
        times = medians(
            {
                "fastdcm": lambda paths=paths, frames=frames: fastdcm.decode(paths, frames=frames, threads=2),
                "one thread": lambda paths=paths, frames=frames: fastdcm.decode(
                    paths, frames=frames, threads=1
                ),
            },
            rounds,
        )
        work = f"decode(paths, threads=2), {path.stem}"
        rows += against(work, times, {"one thread": _LEAST_OF_TWO_THREADS}, per=_COPIES)
    return rows


def run(archive: Path, rounds: int) -> list[Row]:
    """Rows of the table."""
    return native(archive, rounds) + encoded(rounds)
