"""Frames for PyTorch: `DicomDataset` gives any frame, `DicomIterable` epochs of whole batches.

PyTorch stores, moves and converts uint16, uint32 and uint64, but has few operators for them:
``dtype="float32"``, ``"int16"`` or ``"int32"`` gives tensors that can be calculated with.
"""

from __future__ import annotations

import math
import operator
import os
from typing import TYPE_CHECKING, Any

import numpy as np

try:
    import torch
except ModuleNotFoundError as error:
    reason = "fastdcm.torch needs PyTorch: pip install fastdcm[torch]"
    raise ModuleNotFoundError(reason, name="torch") from error
from torch import distributed
from torch.utils.data import Dataset, IterableDataset, default_collate, get_worker_info

from fastdcm.bulk.fetch import Fetcher
from fastdcm.bulk.samples import Samples
from fastdcm.bulk.stream import stream
from fastdcm.bulk.table import table_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import TypeAlias, Unpack

    import numpy.typing as npt

    from fastdcm.bulk.batch import Batch
    from fastdcm.bulk.fetch import DecodeArguments
    from fastdcm.bulk.samples import FrameChoice, Uneven
    from fastdcm.bulk.stream import Stream
    from fastdcm.bulk.table import ArrowData, Table

    Tensor: TypeAlias = torch.Tensor
    Images: TypeAlias = "Tensor | list[Tensor | None]"
    Transform: TypeAlias = Callable[[Tensor], Any]
    Target: TypeAlias = "str | npt.ArrayLike | None"

__all__ = ["DicomDataset", "DicomIterable", "TensorBatch", "collate"]


class TensorBatch:
    """Frames in tensors, and what became of each.

    ``images, targets = batch`` works. It goes through workers and pinned memory of a ``DataLoader``.

    Attributes
    ----------
    images : Tensor, shape (frames, samples, rows, columns), or list of Tensor
        A view of the array that was decoded, without a copy: 1 sample where pixels have a single one; colour
        in the memory format ``torch.channels_last``. A list where frames differ in shape, with None for those
        that could not be decoded. Or what `transform` made of them.
    targets : Tensor or None
        For each frame its target; None where no target was asked for.
    rows, frames : Tensor of int64
        For each frame its row of the index, and its number in the file.
    status : ndarray of str
        For each frame "ok", "warning" or "error"; with ``errors="null"`` the latter have zeros for pixels.
    faults : list of dict
        What was odd or wrong, as `Batch.faults` gives it; with ``errors="skip"`` also what was left out.
    columns : dict of str to ndarray
        Of `DicomIterable`: values of the columns that were asked for.
    number : int
        The place of the batch in the epoch, from 0; of `DicomDataset` always 0.
    """

    __slots__ = ("columns", "faults", "frames", "images", "number", "rows", "status", "targets")

    images: Images
    targets: Tensor | None
    rows: Tensor
    frames: Tensor
    status: npt.NDArray[np.str_]
    faults: list[dict[str, Any]]
    columns: dict[str, npt.NDArray[Any]]
    number: int

    def __init__(self, batch: Batch, targets: npt.NDArray[Any] | None):
        array = batch.array
        if isinstance(array, list):
            self.images = [None if frame is None else _tensor(frame[np.newaxis])[0] for frame in array]
        else:
            self.images = _tensor(array)
        self.targets = None if targets is None else torch.from_numpy(targets[batch.rows])
        self.rows = torch.from_numpy(batch.rows)
        self.frames = torch.from_numpy(batch.frames.astype(np.int64))
        self.status, self.faults = batch.status, batch.faults()
        self.columns, self.number = batch.columns, batch.number

    def __iter__(self) -> Iterator[Any]:
        return iter((self.images, self.targets))

    def pin_memory(self, device: Any = None) -> TensorBatch:
        """Move the tensors to pinned memory; a ``DataLoader`` calls this."""
        return self._moved(lambda tensor: tensor.pin_memory(device))

    def to(self, device: Any, *, non_blocking: bool = False) -> TensorBatch:
        """Move the tensors to a device."""
        return self._moved(lambda tensor: tensor.to(device, non_blocking=non_blocking))

    def _moved(self, move: Transform) -> TensorBatch:
        if isinstance(self.images, list):
            self.images = [None if image is None else move(image) for image in self.images]
        else:
            self.images = move(self.images)
        self.targets = None if self.targets is None else move(self.targets)
        self.rows, self.frames = move(self.rows), move(self.frames)
        return self

    def __repr__(self) -> str:
        images = self.images
        kind = "list" if isinstance(images, list) else f"{images.dtype} {tuple(images.shape)}"
        return f"<TensorBatch {self.number}: {kind}; {len(self.faults)} faults>"


class DicomDataset(Dataset):
    """Any frame of an index, for a ``DataLoader`` of PyTorch, which shuffles and has workers.

    Decoding has threads of its own: without workers it is fastest, unless `transform` takes long. The loader
    fetches the frames of a batch by one call of `decode`. With ``collate_fn=collate`` it gives
    `TensorBatch`, otherwise what it always gives, of a frame each, copied together.

    It may be sent to workers that are forked or spawned. Inside workers the threads are shared: each has its
    part of the cores, unless `threads` says how many.

    Parameters
    ----------
    index : Table or Arrow data
        As ``fastdcm.scan(..., frames=True)`` or `fastdcm.open_index` gives it. Sending it to workers that are
        spawned needs pyarrow or polars.
    frames : {"all", "first", "middle", "last"} or int
        Which frames of each file there are.
    target : str or array, optional
        A column of numbers, or an array with a value for each row of the index. Integers become int64. A row
        without an integer is an error; among floats, nulls are NaN.
    transform : callable, optional
        What is made of each frame, a tensor of the shape (samples, rows, columns).
    **arguments
        As `fastdcm.decode` takes them. With ``errors="skip"`` batches may be smaller, even empty, and with
        ``errors="null"`` frames have zeros; `TensorBatch.faults` says why.

    Attributes
    ----------
    faults : list of dict
        What was wrong when frames were fetched last, in this process; see `TensorBatch.faults`.
    """

    def __init__(
        self,
        index: Table | ArrowData,
        *,
        frames: FrameChoice = "all",
        target: Target = None,
        transform: Transform | None = None,
        **arguments: Unpack[DecodeArguments],
    ):
        self._arguments = arguments
        self._fetcher = Fetcher(index, (), arguments, allocate=_memory)
        self._samples = Samples(self._fetcher.frame_counts(), frames)
        self._targets = _targets(self._fetcher.index, target)
        self._transform = transform
        self.faults: list[dict[str, Any]] = []

    def __len__(self) -> int:
        return len(self._samples)

    def __getitem__(self, number: int) -> Any:
        """Give one frame, (samples, rows, columns), or (frame, target) where there are targets.

        With ``errors="skip"`` a frame that cannot be decoded is an exception here.
        """
        if not hasattr(number, "__index__"):
            raise TypeError(f"a frame is asked for by its number, not by {type(number).__name__}")
        number = operator.index(number)
        if not -len(self) <= number < len(self):
            raise IndexError(f"number {number} of {len(self)} frames")
        return self._fetch([number % len(self)], is_one=True)[0]

    def __getitems__(self, numbers: Sequence[int]) -> _Fetched:
        """Give several frames; a ``DataLoader`` calls this."""
        return self._fetch(numbers, is_one=False)

    def _fetch(self, numbers: Sequence[int], *, is_one: bool) -> _Fetched:
        more: DecodeArguments = {"threads": _threads(self._arguments.get("threads"))}
        if is_one and self._arguments.get("errors") == "skip":
            more["errors"] = "raise"
        found = self._fetcher.batch(self._samples.locate(np.asarray(numbers, np.int64)), **more)
        batch = TensorBatch(found, self._targets)
        self.faults = batch.faults
        return _Fetched(batch, self._transform)


class _Fetched(list[Any]):
    """Frames as a list, which any collating takes, and the batch that they are views of."""

    def __init__(self, batch: TensorBatch, transform: Transform | None):
        images = list(batch.images)
        if transform is not None:
            images = [transform(image) for image in images]
        super().__init__(images if batch.targets is None else zip(images, batch.targets, strict=True))
        self._batch, self._images = batch, None if transform is None else images

    def collated(self) -> TensorBatch:
        """The batch, with what was made of its frames."""
        if self._images:
            self._batch.images = default_collate(self._images)
        return self._batch


def collate(samples: list[Any]) -> Any:
    """Give a `TensorBatch` of what a `DicomDataset` fetched, without a copy: the ``collate_fn`` of a loader.

    What other data sets give is collated as usual.
    """
    return samples.collated() if isinstance(samples, _Fetched) else default_collate(samples)


class DicomIterable(IterableDataset):
    """Epochs of batches, as `fastdcm.stream` gives them, for a ``DataLoader(..., batch_size=None)`` or alone.

    Each process of `torch.distributed` takes its shard, and each worker its batches of that: whatever the
    number of workers, a ``DataLoader`` gives the same batches in the same order.

    Parameters
    ----------
    index : Table or Arrow data
        As ``fastdcm.scan(..., frames=True)`` or `fastdcm.open_index` gives it. Sending it to workers that are
        spawned needs pyarrow or polars.
    batch_size : int
        Frames of a batch.
    target : str or array, optional
        A column of numbers, or an array with a value for each row of the index. Integers become int64. A row
        without an integer is an error; among floats, nulls are NaN.
    transform : callable, optional
        What is made of the images of a batch, a tensor of the shape (frames, samples, rows, columns).
    shard : tuple of int, optional
        (rank, world size). When omitted those of `torch.distributed` where that is initialised when iteration
        begins, or when this is sent to workers.
    uneven : {"pad", "drop", "keep"}
        What becomes of samples that do not go evenly into shards; see `fastdcm.stream`.
    pinned : bool
        Batches are decoded into pinned memory, where there is CUDA. With workers it has no effect: there
        ``pin_memory=True`` of the ``DataLoader`` has.
    **arguments
        The other arguments of `fastdcm.stream`, but `epoch`, which `set_epoch` sets. `prefetch` is 0 inside
        workers, since the loader has them work ahead.

    Notes
    -----
    With ``errors="skip"`` a batch of which nothing is left is not given, so shards may differ in the number
    of batches; its faults come with the next one, if there is one. ``errors="null"`` keeps all.
    """

    def __init__(
        self,
        index: Table | ArrowData,
        batch_size: int,
        *,
        target: Target = None,
        transform: Transform | None = None,
        shard: tuple[int, int] | None = None,
        uneven: Uneven = "pad",
        pinned: bool = False,
        **arguments: Any,
    ):
        if "epoch" in arguments:
            raise TypeError("no such argument: epoch; set_epoch sets it")
        self._index = table_of(index)
        self._arguments = {"batch_size": batch_size, "uneven": uneven, **arguments}
        self._targets, self._transform = _targets(self._index, target), transform
        self._shard, self._sent_shard = shard, None
        if pinned and torch.cuda.is_available():
            self._arguments["allocate"] = _pinned
        # Epoch and first batch, in memory that workers see which live for more than an epoch.
        self._position = torch.zeros(2, dtype=torch.int64).share_memory_()
        self._stream()  # whose errors are better told now

    def set_epoch(self, epoch: int) -> None:
        """Say which epoch comes next; workers that persist hear of it too."""
        if not hasattr(epoch, "__index__") or epoch < 0:
            raise ValueError("epoch must be an int, 0 at least")
        if epoch != self._position[0]:
            self._position[:] = torch.tensor([epoch, 0])

    def state_dict(self, batches: int) -> dict[str, int]:
        """Tell where the epoch stands after so many batches: ``batch.number + 1`` of the last one used."""
        return {"epoch": int(self._position[0]), "batch": batches}

    def load_state_dict(self, state: dict[str, int]) -> None:
        """Let iteration begin there, in this epoch only: `set_epoch` of another one begins anew."""
        if not isinstance(state, dict) or not {"epoch", "batch"} <= state.keys():
            raise ValueError("state must be a dict with epoch and batch, as state_dict gives it")
        self._position[:] = torch.tensor([state["epoch"], state["batch"]])

    def __len__(self) -> int:
        return len(self._stream(shuffle=False, weights=None))  # on neither does it depend

    def __iter__(self) -> Iterator[TensorBatch]:
        worker = get_worker_info()
        found = self._stream()
        first = int(self._position[1])
        if worker is None:
            found.restart(first)
        else:
            found.restart(first + worker.id, worker.num_workers)
        with found:
            for batch in found:
                tensors = TensorBatch(batch, self._targets)
                if self._transform is not None:
                    tensors.images = self._transform(tensors.images)
                yield tensors

    def _stream(self, **other: Any) -> Stream:
        arguments = {**self._arguments, **other, "threads": _threads(self._arguments.get("threads"))}
        if get_worker_info() is not None:
            arguments["prefetch"] = 0
            # What is sent to the main process is sent later than this goes on: it is not written again.
            arguments |= {"allocate": _memory, "reuse": False}
        return stream(self._index, epoch=int(self._position[0]), shard=self._current_shard(), **arguments)

    def _current_shard(self) -> tuple[int, int]:
        if self._shard is not None:
            return self._shard
        if distributed.is_available() and distributed.is_initialized():
            return distributed.get_rank(), distributed.get_world_size()
        return self._sent_shard or (0, 1)

    def __getstate__(self) -> dict[str, Any]:
        # Workers that are spawned do not take part in torch.distributed.
        return {**self.__dict__, "_sent_shard": self._current_shard()}


def _tensor(array: npt.NDArray[Any]) -> Tensor:
    """The array of frames as a tensor with the samples of a pixel in front of rows and columns; no copy."""
    owner: Any = array
    while isinstance(owner, np.ndarray):
        owner = owner.base
    if isinstance(owner, torch.Tensor) and owner.shape[1:] == array.shape[1:]:
        # The tensor itself, of which it is known that it is pinned or shared.
        tensor = owner[: len(array)]
    else:
        tensor = torch.from_numpy(array)
    return tensor.unsqueeze(1) if tensor.ndim == 3 else tensor.movedim(-1, 1)


def _targets(index: Table, target: Target) -> npt.NDArray[Any] | None:
    if target is None:
        return None
    if isinstance(target, str) and target not in index:
        raise ValueError(f"the index has no column {target!r}")
    if isinstance(target, str) and index[[target]][:0][target].dtype == object:
        raise TypeError(f"the column {target!r} has no numbers: give an array with one for each row")
    values: npt.NDArray[Any] = np.ma.asarray(index[target] if isinstance(target, str) else target)
    if values.dtype.kind not in "biuf":
        raise TypeError("targets are numbers: give an array with one for each row")
    if values.ndim == 0 or len(values) != len(index):
        raise ValueError(f"targets of shape {values.shape} for {len(index)} rows: one for each is needed")
    if np.ma.is_masked(values):
        raise ValueError("rows without a target: filter the index, or give an array")
    return np.asarray(values) if values.dtype.kind == "f" else np.asarray(values, np.int64)


def _threads(threads: int | None) -> int | None:
    """As many as asked for; in a worker its part of the cores."""
    worker = get_worker_info()
    if threads is not None or worker is None:
        return threads
    return max(1, (os.cpu_count() or 1) // int(worker.num_workers))


def _memory(shape: tuple[int, ...], dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    """Memory for a batch; in a worker such that the main process takes it as it is."""
    if get_worker_info() is None:
        return np.empty(shape, dtype)
    size = math.prod(shape) * dtype.itemsize
    # What PyTorch's own collating does in workers.
    storage = torch.UntypedStorage._new_shared(size, device="cpu")  # noqa: SLF001
    tensor = torch.empty(0, dtype=_dtype(dtype)).set_(storage, 0, shape)
    return _array(tensor)


def _pinned(shape: tuple[int, ...], dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    return _array(torch.empty(shape, dtype=_dtype(dtype), pin_memory=True))


def _dtype(dtype: np.dtype[Any]) -> Any:
    return torch.from_numpy(np.empty(0, dtype)).dtype


def _array(tensor: Tensor) -> npt.NDArray[Any]:
    array: npt.NDArray[Any] = tensor.numpy()
    return array
