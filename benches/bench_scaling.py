"""Cost against the number of rows of an index, from a thousand to a million: opening, one frame, ten batches.

    python benches/bench_scaling.py

draws benches/results/scaling.png. The rows are synthetic: they lead to a few files over and over, with ids of
so many patients, so that all that grows is the index.
"""

from __future__ import annotations

import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from matplotlib.figure import Figure

import fastdcm
import make_archive
import training_files
from harness import Row

if TYPE_CHECKING:
    from collections.abc import Callable

SIZES = (1_000, 10_000, 100_000, 1_000_000)
PICTURE = Path(__file__).resolve().parent / "results" / "scaling.png"
_VERSION = "1"
_BATCHES, _BATCH = 10, 32
# Milliseconds that one random frame may take after a million rows were opened.
_MOST_OF_FRAME = 50.0

WORKS = {
    "open": "open an Arrow file",
    "frame": "one random frame",
    "batches": f"first {_BATCHES} shuffled batches of {_BATCH}",
    "epoch": "order of a shuffled epoch",
    "split": "split by patient",
}


def make_index(count: int, folder: Path = make_archive.FOLDER) -> Path:
    """An index of so many rows in an Arrow file, which is made where it is not there yet."""
    path = folder / f"scaling-{_VERSION}-{count}.arrow"
    if path.exists():
        return path
    scanned = pa.table(fastdcm.scan(training_files.make_files(folder) / "RLE", frames=True))
    table = scanned.take(np.arange(count) % len(scanned))
    place = table.schema.get_field_index("PatientID")
    ids = pa.array([f"P{number // 40:07}" for number in range(count)], table.schema.field(place).type)
    unfinished = path.with_name(f"unfinished-{path.name}")
    fastdcm.open_index(table.set_column(place, "PatientID", ids)).write(unfinished)
    unfinished.rename(path)
    return path


def measure(path: Path, rounds: int) -> dict[str, float]:
    """Milliseconds of each of `WORKS`, medians."""
    random = np.random.default_rng(0)
    index = fastdcm.open_index(path)
    made: dict[str, Callable[[], Any]] = {
        "open": lambda: fastdcm.open_index(path),
        "frame": lambda: fastdcm.decode(index, rows=[int(random.integers(len(index)))]),
        "batches": lambda: first_batches(index),
        "epoch": lambda: fastdcm.stream(index, _BATCH, shuffle=True),
        "split": lambda: fastdcm.split(index, {"train": 0.9, "test": 0.1}),
    }
    found: dict[str, list[float]] = {name: [] for name in made}
    for turn in range(rounds + 1):
        for name, work in made.items():
            start = time.perf_counter()
            work()
            if turn:  # the first call fills caches
                found[name].append(1e3 * (time.perf_counter() - start))
    return {name: statistics.median(values) for name, values in found.items()}


def first_batches(index: fastdcm.Table) -> None:
    """An epoch is begun and left."""
    with fastdcm.stream(index, _BATCH, shuffle=True) as stream:
        for _ in zip(range(_BATCHES), stream, strict=False):
            pass


def run(_archive: Path, rounds: int) -> list[Row]:
    """Rows of the table: a million rows against a thousand, and against what is allowed."""
    few, many = (measure(make_index(count), min(rounds, 5)) for count in (SIZES[0], SIZES[-1]))
    rows = [
        Row(
            f"{what}, 1,000,000 rows", "1,000 rows", few[name] / many[name], None, many[name], few[name], "ms"
        )
        for name, what in WORKS.items()
    ]
    ours = many["frame"]
    allowed = f"{_MOST_OF_FRAME:.0f} ms"
    ratio = _MOST_OF_FRAME / ours
    return [*rows, Row("one random frame, 1,000,000 rows", allowed, ratio, 1.0, ours, _MOST_OF_FRAME, "ms")]


def draw(measured: dict[int, dict[str, float]]) -> None:
    """The picture."""
    figure = Figure(figsize=(7, 4.5), layout="constrained")
    axes = figure.subplots()
    for name, what in WORKS.items():
        axes.loglog(list(measured), [times[name] for times in measured.values()], marker="o", label=what)
    axes.axhline(_MOST_OF_FRAME, color="grey", linewidth=0.8, linestyle="--", label="allowed for one frame")
    axes.set(xlabel="rows of the index", ylabel="milliseconds", title="Cost against the size of the index")
    axes.grid(which="major", alpha=0.3)
    axes.legend(fontsize=8)
    PICTURE.parent.mkdir(exist_ok=True)
    figure.savefig(PICTURE, dpi=100, metadata={"Software": None})


def main() -> None:
    """Measures all sizes, prints and draws them."""
    print(f"{'rows':>10}", *(f"{what:>36}" for what in WORKS.values()))
    measured = {}
    for count in SIZES:
        measured[count] = measure(make_index(count), 5)
        print(f"{count:10,}", *(f"{milliseconds:33.2f} ms" for milliseconds in measured[count].values()))
    draw(measured)
    print(f"drawn to {PICTURE}")


if __name__ == "__main__":
    main()
