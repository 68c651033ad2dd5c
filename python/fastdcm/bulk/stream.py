"""Epochs of batches: decoding for training, ahead of what uses it."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

import numpy as np

from fastdcm.bulk.fetch import Fetcher
from fastdcm.bulk.prefetch import Prefetch
from fastdcm.bulk.samples import Epoch, Samples, part_of, shuffled_order

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any, Self, Unpack

    import numpy.typing as npt

    from fastdcm.bulk.batch import Batch
    from fastdcm.bulk.fetch import Allocate, DecodeArguments
    from fastdcm.bulk.prefetch import Make
    from fastdcm.bulk.samples import FrameChoice, Uneven
    from fastdcm.bulk.table import ArrowData, Table

__all__ = ["Stream", "stream"]

_UNEVEN = ("keep", "pad", "drop")


def stream(  # noqa: PLR0913 - what an epoch is, and how it is decoded
    index: Table | ArrowData,
    batch_size: int,
    *,
    frames: FrameChoice = "all",
    shuffle: bool = False,
    seed: int = 0,
    epoch: int = 0,
    weights: npt.ArrayLike | None = None,
    shard: tuple[int, int] = (0, 1),
    uneven: Uneven = "keep",
    drop_last: bool = False,
    columns: Iterable[str] = (),
    prefetch: int = 2,
    reuse: bool = False,
    allocate: Allocate | None = None,
    **arguments: Unpack[DecodeArguments],
) -> Stream:
    """Decode the frames of an index batch by batch, the next ones while this one is used.

    The order depends on the index, `frames`, `shuffle`, `weights`, `seed` and `epoch` and nothing else: not
    on threads, not on `prefetch`, not on the version of numpy. Memory is that of ``prefetch + 1`` batches,
    beside 8 bytes a frame of the epoch and 16 a row.

    Parameters
    ----------
    index : Table or Arrow data
        As ``scan(..., frames=True)`` or `open_index` gives it. A file of several frames is as many samples,
        one without frames is none.
    batch_size : int
        Frames of a batch; the last one has what is left.
    frames : {"all", "first", "middle", "last"} or int
        Which frames of each file are samples.
    shuffle : bool
        All samples in a new order each epoch.
    seed, epoch : int
        What the order depends on; not below 0.
    weights : array of float, optional
        For each row how often it is drawn, in relation to the others. An epoch then has as many samples as
        without, each drawn anew: a row by its weight, then one of its frames, all alike.
    shard : tuple of int
        (number, count): of the order every count-th sample is taken. Shards have no sample in common, and
        together they have all.
    uneven : {"keep", "pad", "drop"}
        What becomes of samples that do not go evenly into shards: some shards have one more; all have as many
        since the first ones of the order come twice; all have as many since the last ones are left out.
        Processes that wait for each other after each batch need one of the latter two.
    drop_last : bool
        A last batch that is not full is left out.
    columns : iterable of str
        Columns of the index whose values come with each batch.
    prefetch : int
        Batches that are decoded ahead by a thread; with 0 there is none.
    reuse : bool
        Batches are decoded into the memory of earlier ones: ``.array`` holds until the next batch is taken.
        Frames of other shapes than those before get memory of their own.
    allocate : callable, optional
        Called with a shape and a dtype for the memory of a batch, an ndarray; such as pinned memory. Not
        where frames differ in shape.
    **arguments
        As `decode` takes them: all but `rows`, `frames`, `out` and `progress`. With ``errors="skip"`` batches
        may be smaller, and one of which nothing is left is not given; its faults come with the next one.
        When `dtype` is omitted, it is what the types of all files are promoted to.

    Returns
    -------
    Stream
        An iterator over `Batch`.

    Raises
    ------
    PixelDataError, DicomError, OSError
        While iterating; see `decode`. The batches before are given first, and nothing comes after.
    """
    seed, epoch = _whole("seed", seed, 0), _whole("epoch", epoch, 0)
    batch_size, prefetch = _whole("batch_size", batch_size, 1), _whole("prefetch", prefetch, 0)
    memory = _Ring(prefetch + 1) if reuse else allocate
    fetcher = Fetcher(index, columns, arguments, allocate=memory)
    samples = Samples(fetcher.frame_counts(), frames)
    if weights is not None:
        order = samples.draw(weights, (seed, epoch))
    elif shuffle:
        order = shuffled_order(len(samples), (seed, epoch))
    else:
        order = np.arange(len(samples))
    numbers = part_of(order, _checked_shard(shard, uneven), uneven)
    return Stream(
        fetcher,
        Epoch(samples, numbers, batch_size, drop_last=drop_last),
        prefetch=prefetch,
        seeds=(seed, epoch),
    )


class Stream:
    """The batches of one epoch; made by `stream`.

    It is an iterator and may be used up once. ``len(stream)`` is the number of batches of the epoch. Closing
    it, by `close` or a ``with`` statement or by forgetting it, ends what is decoded ahead. A process that was
    forked while batches were taken cannot go on with them: it is told so by a `RuntimeError`.
    """

    def __init__(self, fetcher: Fetcher, epoch: Epoch, *, prefetch: int, seeds: tuple[int, int]):
        self._epoch, self._prefetch, self._seeds = epoch, prefetch, seeds
        self._make = _maker(fetcher, epoch)
        self._numbers: Iterator[int] | None = None
        self._ahead: Prefetch | None = None
        self._carried: list[dict[str, Any]] = []
        self._next, self._step = 0, 1

    def __len__(self) -> int:
        return len(self._epoch)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Batch:
        while True:
            batch = self._take()
            self._next = batch.number + self._step
            self._carried += batch.faults()
            if len(batch):
                batch.faults()[:] = self._carried
                self._carried = []
                return batch

    def _take(self) -> Batch:
        if self._numbers is None:
            self._numbers = iter(range(self._next, len(self), self._step))
            if self._prefetch:
                self._ahead = Prefetch(self._make, self._numbers, self._prefetch)
                self._closer = weakref.finalize(self, self._ahead.close)
        if self._ahead is not None:
            return self._ahead.take()
        number = next(self._numbers)
        try:
            return self._make(number, None)
        except BaseException:
            self._numbers = iter(())
            raise

    def close(self) -> None:
        """End what is decoded ahead, within about 50 ms and a frame. No batch is given any more."""
        if self._ahead is not None:
            self._closer()
        self._numbers = iter(())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def faults(self) -> list[dict[str, Any]]:
        """List what was wrong with frames of batches that were not given since the last one that was."""
        return self._carried

    def state_dict(self) -> dict[str, Any]:
        """Tell where the epoch stands: behind the last batch that was taken, whatever was decoded ahead."""
        return {"batch": self._next, **self._identity()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on where another stream of the same arguments stood.

        Raises
        ------
        ValueError
            The state is that of a stream with another index, order, shard or size of batches.
        """
        if not isinstance(state, dict):
            raise TypeError("state must be a dict, as state_dict gives it")
        other = [name for name, value in self._identity().items() if state.get(name) != value]
        if other or not isinstance(state.get("batch"), int) or state["batch"] < 0:
            raise ValueError(f"the state is that of another stream: {', '.join(other) or 'batch'} differs")
        self.restart(state["batch"])

    def restart(self, first: int = 0, step: int = 1) -> None:
        """Begin with this batch of the epoch, and give every step-th: what one of several workers does."""
        self.close()
        self._ahead = self._numbers = None
        self._carried = []
        self._next, self._step = first, step

    def _identity(self) -> dict[str, Any]:
        seed, epoch = self._seeds
        return {"seed": seed, "epoch": epoch, **self._epoch.identity()}

    def __repr__(self) -> str:
        return f"<Stream: batch {self._next} of {len(self)}>"


def _maker(fetcher: Fetcher, epoch: Epoch) -> Make:
    """Makes a batch of its number; holds no stream, which ends when it is forgotten."""

    def make(number: int, check: Callable[..., None] | None) -> Batch:
        return fetcher.batch(epoch.batch(number), number, check)

    return make


class _Ring:
    """Arrays that are given out in turn; one for each batch that is in use at a time."""

    def __init__(self, count: int):
        self._arrays: list[npt.NDArray[Any] | None] = [None] * count
        self._turn = 0

    def __call__(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> npt.NDArray[Any]:
        self._turn = (self._turn + 1) % len(self._arrays)
        array = self._arrays[self._turn]
        if array is None or array.shape[1:] != shape[1:] or len(array) < shape[0]:
            array = self._arrays[self._turn] = np.empty(shape, dtype)
        return array[: shape[0]]


def _whole(name: str, value: int, least: int) -> int:
    """The argument of this name as an int, of numpy's integers too."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise TypeError(f"{name} must be an int")
    if value < least:
        raise ValueError(f"{name} must not be below {least}")
    return int(value)


def _checked_shard(shard: tuple[int, int], uneven: Uneven) -> tuple[int, int]:
    reason = "shard must be (number, count), with 0 <= number < count"
    if not isinstance(shard, tuple | list) or len(shard) != 2:
        raise TypeError(reason)
    number, count = _whole("the number of a shard", shard[0], 0), _whole("the count of shards", shard[1], 1)
    if number >= count:
        raise ValueError(reason)
    if uneven not in _UNEVEN:
        raise ValueError('uneven must be "keep", "pad" or "drop"')
    return number, count
