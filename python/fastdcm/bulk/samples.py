"""Which frames an epoch has, and in which order: numbers in arrays, never an object for a frame."""

from __future__ import annotations

import zlib

import numpy as np

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal, TypeAlias

    import numpy.typing as npt

    Integers: TypeAlias = npt.NDArray[np.int64]
    FrameChoice: TypeAlias = "Literal['all', 'first', 'middle', 'last'] | int"
    Uneven: TypeAlias = Literal["keep", "pad", "drop"]

__all__ = ["Epoch", "Samples", "drawn_order", "part_of", "shuffled_order"]

_CHOICES = ("all", "first", "middle", "last")
# Number of Frames is an IS, of 32 bits with a sign.
_LAST_FRAME = (1 << 31) - 1


class Samples:
    """The frames that are wanted of every row, numbered in the order of the rows.

    Parameters
    ----------
    counts : ndarray of int
        For each row how many frames there are.
    frames : {"all", "first", "middle", "last"} or int
        Which of them are wanted. A number is taken as it is: where a row has fewer frames, decoding says so.
    """

    def __init__(self, counts: npt.NDArray[np.integer], frames: FrameChoice = "all"):
        if isinstance(frames, int | np.integer) and not isinstance(frames, bool):
            if not 0 <= frames <= _LAST_FRAME:
                raise IndexError(f"frame numbers are from 0 to {_LAST_FRAME}")
        elif not (isinstance(frames, str) and frames in _CHOICES):
            raise ValueError('frames must be "all", "first", "middle", "last" or a number')
        self._frames = frames
        self._counts = np.asarray(counts, np.int64)
        wanted = self._counts if frames == "all" else np.minimum(self._counts, 1)
        self._ends = np.cumsum(wanted, dtype=np.int64)
        # Where every row is one sample, there is nothing to look for.
        self._is_row = len(self._ends) == len(self) and bool((wanted == 1).all())

    def __len__(self) -> int:
        return int(self._ends[-1]) if len(self._ends) else 0

    def locate(self, numbers: Integers) -> tuple[Integers, npt.NDArray[np.int32]]:
        """Find the row and the frame of each of these samples."""
        rows = numbers if self._is_row else np.searchsorted(self._ends, numbers, side="right")
        if self._frames == "all":
            frames = numbers - self._starts(rows)
        elif self._frames == "first":
            frames = np.zeros_like(rows)
        elif self._frames == "middle":
            frames = self._counts[rows] // 2
        elif self._frames == "last":
            frames = self._counts[rows] - 1
        else:
            frames = np.full_like(rows, self._frames)
        return rows.astype(np.int64, copy=False), frames.astype(np.int32)

    def draw(self, weights: npt.ArrayLike, seeds: tuple[int, int]) -> Integers:
        """As many samples as there are, each of a row that was drawn by its weight; see `drawn_order`."""
        wanted = np.diff(self._ends, prepend=0)
        rows, shares = drawn_order(_checked(weights, wanted), len(self), seeds)
        return self._starts(rows) + (shares * wanted[rows]).astype(np.int64)

    def _starts(self, rows: Integers) -> Integers:
        return np.where(rows > 0, self._ends[rows - 1], 0) if len(self._ends) else rows


class Epoch:
    """Batches of samples. ``len(epoch)`` is their number.

    Parameters
    ----------
    samples : Samples
        Of which these are.
    order : ndarray of int64
        Numbers of samples, in the order in which they come.
    batch_size : int
        Samples of a batch.
    drop_last : bool
        A last batch that is not full is none.
    """

    def __init__(self, samples: Samples, order: Integers, batch_size: int, *, drop_last: bool):
        self._samples, self._order, self._batch_size = samples, order, batch_size
        self._count = len(order) // batch_size if drop_last else -(-len(order) // batch_size)

    def __len__(self) -> int:
        return self._count

    def batch(self, number: int) -> tuple[Integers, npt.NDArray[np.int32]]:
        """Rows and frames of a batch."""
        first = number * self._batch_size
        return self._samples.locate(self._order[first : first + self._batch_size])

    def identity(self) -> dict[str, Any]:
        """What makes another epoch another one."""
        checksum = zlib.crc32(np.ascontiguousarray(self._order).data)
        return {"batch_size": self._batch_size, "samples": len(self._order), "order": checksum}


def _checked(weights: npt.ArrayLike, wanted: Integers) -> npt.NDArray[np.float64]:
    """Weights as numbers, 0 for rows that have no frame."""
    try:
        found = np.asarray(weights, np.float64)
    except (TypeError, ValueError):
        raise TypeError("weights must be an array with a number for each row, not text") from None
    if found.shape != wanted.shape:
        raise ValueError(f"weights has shape {found.shape} for {len(wanted)} rows")
    if not (np.isfinite(found).all() and (found >= 0).all()):
        raise ValueError("weights must be finite and not negative")
    found = np.where(wanted > 0, found, 0)
    if len(found) and not found.any():
        raise ValueError("all weights of rows with frames are 0")
    return found


def _random(count: int, seeds: tuple[int, int]) -> npt.NDArray[np.uint64]:
    """Numbers that stay the same for all time: numpy promises that of bit generators, not of `Generator`."""
    return np.random.PCG64(np.random.SeedSequence(seeds)).random_raw(count)


def shuffled_order(count: int, seeds: tuple[int, int]) -> Integers:
    """Numbers from 0 in an order that depends on the seeds, those of the data and of the epoch, only."""
    return np.argsort(_random(count, seeds), kind="stable")


def drawn_order(
    weights: npt.NDArray[np.float64], count: int, seeds: tuple[int, int]
) -> tuple[Integers, npt.NDArray[np.float64]]:
    """Draw so many rows by their weights, with replacement, and for each a number from 0 to below 1."""
    shares = (_random(2 * count, seeds) >> np.uint64(11)).astype(np.float64) * 2.0**-53
    if not count:
        return np.zeros(0, np.int64), shares
    sums = np.cumsum(weights)
    rows = np.searchsorted(sums, shares[:count] * sums[-1], side="right").astype(np.int64, copy=False)
    # A product may be rounded up to the sum itself, behind which there is no row.
    last = np.flatnonzero(weights)[-1]
    return np.minimum(rows, last), shares[count:]


def part_of(numbers: Integers, shard: tuple[int, int], uneven: Uneven) -> Integers:
    """Every so many-th of the numbers: what one of several processes takes."""
    number, count = shard
    rest = -len(numbers) % count
    if uneven == "pad" and rest and len(numbers):
        numbers = np.concatenate([numbers, np.resize(numbers, rest)])
    elif uneven == "drop":
        numbers = numbers[: len(numbers) // count * count]
    # A copy, so that the numbers of the others are freed.
    return numbers if count == 1 else numbers[number::count].copy()
