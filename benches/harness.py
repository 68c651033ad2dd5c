"""Times callables against each other: interleaved calls, medians, ratios.

Machines change their speed while they measure, and what ran before leaves memory and caches in another state.
So contenders take short turns in random order, and what is told is a ratio of medians of the same turns.
"""

from __future__ import annotations

import gc
import random
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

Work = Callable[[], object]
Clock = Callable[[], float]

# A contender is called as often in a turn as it takes to fill this time: mostly once.
_SHORT_TURN = 0.00005
# Turns of those who write: what writing costs depends on what was written just before.
LONG_TURN = 0.03
# All have so many turns in a round, fewer where a round would take longer than this.
_TURNS = 40
_ROUND_SECONDS = 0.2


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


def medians(
    contenders: dict[str, Work],
    rounds: int,
    turn_seconds: float = _SHORT_TURN,
    before_turn: Work = lambda: None,
    clock: Clock = time.perf_counter,
) -> dict[str, float]:
    """Seconds of one call of each contender: the median of all its turns.

    What `before_turn` does is not counted: it puts away what the contender before has left to the system.
    A `clock` of processor time leaves out what other processes take.
    """
    repeats = {name: _repeats(work, turn_seconds) for name, work in contenders.items()}
    once = sum(_time(work, repeats[name]) * repeats[name] for name, work in contenders.items())
    turns = rounds * max(1, min(_TURNS, round(_ROUND_SECONDS / once)))
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    names, order = list(contenders), random.Random(0)
    gc.collect()
    gc.disable()
    try:
        for _ in range(turns):
            order.shuffle(names)
            for name in names:
                before_turn()
                seconds[name].append(_time(contenders[name], repeats[name], clock))
    finally:
        gc.enable()
    return {name: statistics.median(values) for name, values in seconds.items()}


def _repeats(work: Work, turn_seconds: float) -> int:
    """How many calls fill a turn; the first call is not counted, it fills caches."""
    work()
    return max(1, round(turn_seconds / max(_time(work, 1), 1e-9)))


def _time(work: Work, repeats: int, clock: Clock = time.perf_counter) -> float:
    start = clock()
    for _ in range(repeats):
        work()
    return (clock() - start) / repeats


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
