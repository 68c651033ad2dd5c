"""Times callables against each other: interleaved rounds, medians, ratios.

Machines change their speed while they measure. So every round runs each contender once, in an order that
moves on from round to round, and what is told is a ratio of medians of the same rounds.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

Work = Callable[[], object]

# A contender is called as often in a round as it takes to fill this time.
_ROUND_SECONDS = 0.02


@dataclass(frozen=True)
class Row:
    """One line of the result: a figure, what it is measured against, and what it must reach."""

    work: str
    against: str
    ratio: float
    at_least: float | None
    ours: float
    other: float
    unit: str

    @property
    def is_reached(self) -> bool:
        """True where there is no aim, or it is reached."""
        return self.at_least is None or self.ratio >= self.at_least

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def medians(contenders: dict[str, Work], rounds: int) -> dict[str, float]:
    """Seconds of one call of each contender: the median of interleaved rounds."""
    repeats = {name: _repeats(work) for name, work in contenders.items()}
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    names = list(contenders)
    for number in range(rounds):
        shift = number % len(names)
        for name in names[shift:] + names[:shift]:
            seconds[name].append(_time(contenders[name], repeats[name]))
    return {name: statistics.median(values) for name, values in seconds.items()}


def _repeats(work: Work) -> int:
    """How many calls fill a round; the first call is not counted, it fills caches."""
    work()
    return max(1, round(_ROUND_SECONDS / max(_time(work, 1), 1e-9)))


def _time(work: Work, repeats: int) -> float:
    gc.collect()
    gc.disable()
    try:
        start = time.perf_counter()
        for _ in range(repeats):
            work()
        return (time.perf_counter() - start) / repeats
    finally:
        gc.enable()


def against(
    work: str,
    times: dict[str, float],
    aims: dict[str, float | None],
    *,
    ours: str = "fastdcm",
    per: int = 1,
    unit: str = "us",
) -> list[Row]:
    """Rows of one contender against each of the others named in `aims`; times are told per item of `per`."""
    scale = {"us": 1e6, "ms": 1e3}[unit] / per
    return [
        Row(work, name, times[name] / times[ours], aim, times[ours] * scale, times[name] * scale, unit)
        for name, aim in aims.items()
    ]
