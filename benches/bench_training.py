"""Images into training batches: 512 x 512 in 12 bits from files into float32 tensors, 32 at a time.

Every contender gives whole epochs of the same shuffled files; those with a ``DataLoader`` keep their workers.
"warm" has the files in the page cache, "cold" asks the system to drop them before each epoch.
"""

from __future__ import annotations

import functools
import gc
import os
import random
import statistics
import time
import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

import dicomsdl
import fastdicom
import numpy as np
import pydicom
import SimpleITK
import torch
from monai.transforms import LoadImage
from torch.utils.data import DataLoader, Dataset

import fastdcm
from fastdcm.torch import DicomDataset, DicomIterable, collate
from harness import Row, against
from make_archive import SIZE
from training_files import FAMILIES, FILES, make_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    Load = Callable[[str], NDArray[np.float32]]

_BATCH = 32
_WORKERS = 2
# Of an epoch: these are seconds, not microseconds.
_MOST_ROUNDS = 5
_LEAST_OF_PYDICOM, _LEAST_OF_BEST = 5.0, 1.5


class Contender(NamedTuple):
    """Somebody who gives an epoch."""

    name: str
    is_ours: bool
    epoch: Callable[[], Iterator[Any]]


def load_pydicom(path: str) -> NDArray[np.float32]:
    """By pydicom, with the fastest of its plugins that are installed."""
    return pydicom.dcmread(path).pixel_array.astype(np.float32)


def load_dicomsdl(path: str) -> NDArray[np.float32]:
    """By dicomsdl."""
    pixels: NDArray[Any] = dicomsdl.open_file(path).pixelData(storedvalue=True)
    return pixels.astype(np.float32)


def load_fastdicom(path: str) -> NDArray[np.float32]:
    """By fastdicom."""
    pixels: NDArray[Any] = fastdicom.dcmread(path).pixel_array
    return pixels.astype(np.float32)


def load_simpleitk(path: str) -> NDArray[np.float32]:
    """By SimpleITK, which applies the rescale."""
    image = SimpleITK.ReadImage(path, SimpleITK.sitkFloat32)
    pixels: NDArray[np.float32] = SimpleITK.GetArrayFromImage(image)[0]
    return pixels


@functools.cache
def _monai(reader: str) -> LoadImage:
    return LoadImage(reader=reader, image_only=True, dtype=np.float32)


def load_monai_pydicom(path: str) -> NDArray[np.float32]:
    """By MONAI's PydicomReader; rows and columns are the other way round."""
    return np.asarray(_monai("PydicomReader")(path)).T


def load_monai_itk(path: str) -> NDArray[np.float32]:
    """By MONAI's ITKReader."""
    return np.asarray(_monai("ITKReader")(path)).reshape(SIZE, SIZE).T


PEERS: dict[str, Load] = {
    "pydicom": load_pydicom,
    "dicomsdl": load_dicomsdl,
    "fastdicom": load_fastdicom,
    "SimpleITK": load_simpleitk,
    "MONAI PydicomReader": load_monai_pydicom,
    "MONAI ITKReader": load_monai_itk,
}


class PeerDataset(Dataset[Any]):
    """One file at a time, as the documentation of the libraries has it."""

    def __init__(self, paths: list[str], load: Load):
        self._paths, self._load = paths, load

    def __len__(self) -> int:
        return len(self._paths)

    def __getitem__(self, number: int) -> Any:
        return torch.from_numpy(self._load(self._paths[number])).unsqueeze(0)


def ours(index: fastdcm.Table) -> Iterator[Contender]:
    """All ways that we have."""

    def loader(workers: int, threads: int | None = None) -> Contender:
        dataset = DicomDataset(index, dtype="float32", threads=threads)
        made = DataLoader(
            dataset,
            _BATCH,
            shuffle=True,
            num_workers=workers,
            collate_fn=collate,
            persistent_workers=workers > 0,
        )
        name = f"DicomDataset, {workers} workers" if workers else f"DicomDataset, {threads} threads"
        return Contender(name, True, lambda: iter(made))

    def stream(threads: int, *, reuse: bool = False) -> Contender:
        arguments = {"shuffle": True, "dtype": "float32", "threads": threads, "reuse": reuse}
        epoch = functools.partial(fastdcm.stream, index, _BATCH, **arguments)
        return Contender(f"stream, {threads} threads{', reuse' * reuse}", True, epoch)

    yield loader(_WORKERS)
    yield loader(0, 1)
    yield loader(0, 2)
    yield stream(1)
    yield stream(2)
    yield stream(2, reuse=True)
    iterable = DicomIterable(index, _BATCH, shuffle=True, dtype="float32")
    made = DataLoader(iterable, batch_size=None, num_workers=_WORKERS, persistent_workers=True)
    yield Contender(f"DicomIterable, {_WORKERS} workers", True, lambda: iter(made))


def theirs(paths: list[str]) -> Iterator[Contender]:
    """All libraries that read these files."""
    expected = load_pydicom(paths[0])
    for name, load in PEERS.items():
        try:
            found = load(paths[0])
        except Exception as error:  # noqa: BLE001 - of any library
            print(f"# {name} does not read {paths[0]}: {type(error).__name__}", flush=True)
            continue
        # Some apply the rescale, others not.
        assert np.ptp(found - expected) < 1e-3, name
        made = DataLoader(
            PeerDataset(paths, load), _BATCH, shuffle=True, num_workers=_WORKERS, persistent_workers=True
        )
        yield Contender(f"{name}, {_WORKERS} workers", False, lambda made=made: iter(made))


def forget(paths: list[str]) -> None:
    """Ask the system to drop files from its page cache; it may decline."""
    for path in paths:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(descriptor)


def seconds_of(contender: Contender, before: Callable[[], object]) -> float:
    """Of one epoch."""
    before()
    start = time.perf_counter()
    count = sum(1 for _ in contender.epoch())
    seconds = time.perf_counter() - start
    assert count == FILES // _BATCH, contender.name
    return seconds


def medians_of(contenders: list[Contender], rounds: int, before: Callable[[], object]) -> dict[str, float]:
    """Seconds of an epoch of each, in turns of random order; the first one of each starts its workers."""
    found: dict[str, list[float]] = {contender.name: [] for contender in contenders}
    order = random.Random(0)
    for contender in contenders:
        seconds_of(contender, before)
    for _ in range(min(rounds, _MOST_ROUNDS)):
        order.shuffle(contenders)
        for contender in contenders:
            gc.collect()
            found[contender.name].append(seconds_of(contender, before))
    return {name: statistics.median(values) for name, values in found.items()}


def rows_of(work: str, contenders: list[Contender], times: dict[str, float], *, has_aims: bool) -> list[Row]:
    """Each of ours against pydicom, and the best of ours against each of theirs."""
    reference = f"pydicom, {_WORKERS} workers"
    ours_names = sorted(contender.name for contender in contenders if contender.is_ours)
    peers = sorted(contender.name for contender in contenders if not contender.is_ours)
    best, best_peer = min(ours_names, key=times.__getitem__), min(peers, key=times.__getitem__)
    rows: list[Row] = []
    for name in ours_names:
        aims = {reference: _LEAST_OF_PYDICOM if has_aims and name == best else None}
        rows += against(f"{work}: {name}", times, aims, ours=name, per=FILES, unit="ms")
    aims = {name: _LEAST_OF_BEST if has_aims and name == best_peer else None for name in peers}
    return rows + against(f"{work}: best, {best}", times, aims, ours=best, per=FILES, unit="ms")


def run(_archive: Path, rounds: int) -> list[Row]:
    """Rows of the table; the times are those of one image."""
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    rows: list[Row] = []
    folder = make_files()
    os.sync()
    for family in FAMILIES:
        index = fastdcm.scan(folder / family, frames=True)
        paths = list(index["path"])
        contenders = [*ours(index), *theirs(paths)]
        for state, before in (("warm", lambda: None), ("cold", functools.partial(forget, paths))):
            times = medians_of(contenders, rounds, before)
            # What files take that come from the disk is that of the disk.
            rows += rows_of(f"{family}, {state}", contenders, times, has_aims=state == "warm")
    return rows
