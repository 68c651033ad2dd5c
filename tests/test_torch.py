"""`fastdcm.torch`: tensors without copies, loaders with and without workers, shards, faults."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import fastdcm
from test_decode import numbered, write
from test_stream import FILES, samples_of, write_frames

torch = pytest.importorskip("torch")

from torch.utils.data import DataLoader, Subset  # noqa: E402 - where it is installed

from fastdcm.torch import DicomDataset, DicomIterable, TensorBatch, collate  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from fastdcm import Table

pytestmark = [
    # PyTorch forks while it has threads.
    pytest.mark.filterwarnings("ignore:.*use of fork.*:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning"),
    pytest.mark.timeout(120),
]

FORK: list[dict[str, Any]] = [{"num_workers": 2, "multiprocessing_context": "fork"}]
SPAWN: list[dict[str, Any]] = [{"num_workers": 2, "multiprocessing_context": "spawn"}]
SOME = [{"num_workers": 0}, *(FORK if "fork" in multiprocessing.get_all_start_methods() else SPAWN)]


def kind_of(workers: dict[str, Any]) -> str:
    return str(workers.get("multiprocessing_context", "none"))


# Importing PyTorch takes workers that are spawned seconds: not all tests have them.
some_workers = pytest.mark.parametrize("workers", SOME, ids=kind_of)
all_workers = pytest.mark.parametrize("workers", [*SOME, *SPAWN], ids=kind_of)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_frames(tmp_path)


@pytest.fixture
def index(folder: Path) -> Table:
    return fastdcm.scan(folder, frames=True)


def images_of(batches: Iterable[TensorBatch]) -> Any:
    return torch.cat([batch.images for batch in batches])[:, 0].numpy()


def halved(image: Any) -> Any:
    return image.float() / 2


def crash(image: Any) -> Any:
    os._exit(3)


@all_workers
def test_a_loader_gives_batches_of_a_dataset(index: Table, workers: dict[str, Any]) -> None:
    targets = np.arange(FILES) * 10
    dataset = DicomDataset(index, target=targets)
    assert len(dataset) == 28
    loader = DataLoader(dataset, batch_size=5, collate_fn=collate, **workers)
    for _ in range(2):
        batches = list(loader)
        assert [len(batch.images) for batch in batches] == [5, 5, 5, 5, 5, 3]
        assert batches[0].images.shape == (5, 1, 4, 6) and batches[0].images.dtype == torch.uint16
        assert (images_of(batches) == numbered(28)).all()
        for batch in batches:
            images, wanted = batch
            assert images is batch.images
            assert (wanted == 10 * batch.rows).all()
            assert batch.faults == [] and set(batch.status) == {"ok"}
    # What a loader does by itself.
    plain = list(
        DataLoader(DicomDataset(index, target="NumberOfFrames", dtype="f4"), batch_size=7, **workers)
    )
    assert (torch.cat([images for images, _ in plain])[:, 0].numpy() == numbered(28)).all()
    assert plain[0][1].tolist() == [1, 3, 3, 3, 1, 3, 3]


@some_workers
def test_each_frame_is_transformed(index: Table, workers: dict[str, Any]) -> None:
    dataset = DicomDataset(index, transform=halved, frames="middle")
    batches = list(DataLoader(dataset, batch_size=4, collate_fn=collate, **workers))
    middle = numbered(28)[[row // 2 * 4 + row % 2 * 2 for row in range(FILES)]]
    assert (images_of(batches) == middle / 2).all()
    assert (dataset[1][0].numpy() == middle[1] / 2).all()


def test_single_frames(index: Table) -> None:
    dataset = DicomDataset(index, dtype="i4")
    assert dataset[3].shape == (1, 4, 6) and dataset[3].dtype == torch.int32
    assert (dataset[-1][0].numpy() == numbered(28)[-1]).all()
    for number in (28, -29):
        with pytest.raises(IndexError):
            dataset[number]
    image, target = DicomDataset(index, target="NumberOfFrames")[3]
    assert (image[0].numpy() == numbered(28)[3]).all() and target == 3
    some = DataLoader(Subset(dataset, [5, 2]), batch_size=2, collate_fn=collate)
    assert (images_of(some) == numbered(28)[[5, 2]]).all()


def test_tensors_are_views_of_what_was_decoded(index: Table) -> None:
    batch = next(iter(fastdcm.stream(index, 4)))
    tensors = TensorBatch(batch, None)
    assert isinstance(batch.array, np.ndarray)
    address = batch.array.__array_interface__["data"][0]
    assert tensors.images.data_ptr() == address
    assert torch.from_dlpack(batch.array).data_ptr() == address
    assert np.from_dlpack(tensors.images).__array_interface__["data"][0] == address
    # Pieces of a loader's batch are views of it too.
    fetched = DicomDataset(index).__getitems__([0, 1])
    assert fetched[0].data_ptr() == collate(fetched).images.data_ptr()


def test_colour_is_channels_last_in_memory(tmp_path: Path) -> None:
    pixels = np.arange(2 * 4 * 6 * 3).astype(np.uint8).reshape(2, 4, 6, 3)
    path = write(tmp_path / "rgb.dcm", pixels)
    batch = collate(DicomDataset(fastdcm.scan([path], frames=True)).__getitems__([1, 0]))
    assert batch.images.shape == (2, 3, 4, 6)
    assert batch.images.is_contiguous(memory_format=torch.channels_last)
    assert (batch.images.movedim(1, -1).numpy() == pixels[::-1]).all()


def test_frames_of_several_shapes_are_a_list(tmp_path: Path) -> None:
    paths = [write(tmp_path / f"{size}.dcm", numbered(1, size=(size, 6))) for size in (4, 5)]
    batch = collate(DicomDataset(fastdcm.scan(paths, frames=True)).__getitems__([1, 0]))
    assert [tuple(image.shape) for image in batch.images] == [(1, 5, 6), (1, 4, 6)]
    assert (batch.images[1][0].numpy() == numbered(1)[0]).all()


@all_workers
def test_batches_do_not_depend_on_workers(index: Table, workers: dict[str, Any]) -> None:
    dataset = DicomIterable(
        index, 3, shuffle=True, seed=5, target=np.arange(FILES), columns=["NumberOfFrames"]
    )
    loader = DataLoader(dataset, batch_size=None, persistent_workers=workers["num_workers"] > 0, **workers)
    assert len(loader) == len(dataset) == 10
    for epoch in (0, 1, 4):
        dataset.set_epoch(epoch)
        batches = list(loader)
        wanted = list(fastdcm.stream(index, 3, shuffle=True, seed=5, epoch=epoch))
        assert [batch.number for batch in batches] == list(range(10))
        assert [batch.rows.tolist() for batch in batches] == [batch.rows.tolist() for batch in wanted]
        assert (images_of(batches) == np.concatenate([np.asarray(batch.array) for batch in wanted])).all()
        for batch in batches:
            assert (batch.targets == batch.rows).all()
            assert (batch.columns["NumberOfFrames"] == 1 + batch.rows.numpy() % 2 * 2).all()
    dataset.load_state_dict(dataset.state_dict(4))
    assert [batch.number for batch in loader] == list(range(4, 10))
    dataset.set_epoch(5)
    assert [batch.number for batch in loader] == list(range(10))


def test_each_rank_has_its_shard(index: Table) -> None:
    def ranks(size: int, uneven: Any, workers: int = 0) -> list[list[tuple[int, int]]]:
        parts = [
            DicomIterable(index, 3, shuffle=True, shard=(rank, size), uneven=uneven) for rank in range(size)
        ]
        return [samples_of(DataLoader(part, batch_size=None, num_workers=workers)) for part in parts]

    whole = samples_of(DicomIterable(index, 3))
    assert sorted(sample for rank in ranks(3, "keep") for sample in rank) == whole
    padded = ranks(3, "pad")
    assert [len(rank) for rank in padded] == [10] * 3
    assert sorted({sample for rank in padded for sample in rank}) == whole
    assert ranks(3, "pad", 2) == padded
    assert [len(rank) for rank in ranks(3, "drop")] == [9] * 3


RANKED = """
import sys, numpy as np, torch.distributed as distributed
import fastdcm
from torch.utils.data import DataLoader
from fastdcm.torch import DicomIterable
if __name__ == "__main__":
    dataset = DicomIterable(fastdcm.scan(sys.argv[1], frames=True), 4, shuffle=True)
    meeting, rank = "file://" + sys.argv[2], int(sys.argv[3])
    distributed.init_process_group("gloo", init_method=meeting, rank=rank, world_size=2)
    for workers in ({}, {"num_workers": 1, "multiprocessing_context": "spawn"}):
        print(sum((batch.rows.tolist() for batch in DataLoader(dataset, batch_size=None, **workers)), []))
    distributed.destroy_process_group()
"""


@pytest.mark.skipif(not torch.distributed.is_available(), reason="needs torch.distributed")
def test_ranks_are_those_of_torch_distributed(folder: Path, index: Table, tmp_path_factory: Any) -> None:
    script = tmp_path_factory.mktemp("ranks") / "ranked.py"
    script.write_text(RANKED)
    meeting = script.with_name("meeting")
    processes = [
        subprocess.Popen(
            [sys.executable, script, str(folder), str(meeting), str(rank)], stdout=subprocess.PIPE, text=True
        )
        for rank in range(2)
    ]
    whole = [row for batch in fastdcm.stream(index, 4, shuffle=True) for row in batch.rows]
    for rank, process in enumerate(processes):
        out, _ = process.communicate(timeout=100)
        assert out.splitlines() == [str([int(row) for row in whole[rank::2]])] * 2


@some_workers
@pytest.mark.parametrize("kind", [DicomDataset, DicomIterable])
def test_a_bad_file_is_told_and_the_rest_is_right(
    folder: Path, index: Table, workers: dict[str, Any], kind: Any
) -> None:
    def batches(errors: str) -> list[TensorBatch]:
        if kind is DicomIterable:
            found = DicomIterable(index, 4, errors=errors)
            return list(DataLoader(found, batch_size=None, **workers))
        return list(
            DataLoader(DicomDataset(index, errors=errors), batch_size=4, collate_fn=collate, **workers)
        )

    (folder / "02.dcm").unlink()
    (folder / "05.dcm").write_bytes((folder / "05.dcm").read_bytes()[:-100])
    good = [number for number in range(28) if number not in (4, 9, 10, 11)]
    samples = [(row, frame) for row in range(FILES) for frame in range(1 + row % 2 * 2)]
    skipped = batches("skip")
    rows = {fault["row"] for batch in skipped for fault in batch.faults}
    assert rows == {2, 5}
    # Of the file that was cut, the first frames may be there.
    whole = {(row, frame): pixels for (row, frame), pixels in zip(samples, numbered(28), strict=True)}
    for sample, image in zip(samples_of(skipped), images_of(skipped), strict=True):
        assert (image == whole[sample]).all()
    assert {samples[number] for number in good} <= set(samples_of(skipped))
    nulls = batches("null")
    images = images_of(nulls)
    assert len(images) == 28
    assert (images[good] == numbered(28)[good]).all() and not images[4].any()
    assert nulls[1].status[0] == "error" and nulls[1].faults[0]["row"] == 2
    with pytest.raises(FileNotFoundError):
        batches("raise")


def test_single_frames_that_cannot_be_decoded(folder: Path, index: Table) -> None:
    (folder / "00.dcm").unlink()
    with pytest.raises(FileNotFoundError):
        DicomDataset(index, errors="skip")[0]
    dataset = DicomDataset(index, errors="null")
    dataset[1]
    assert not dataset[0].any() and dataset.faults[0]["row"] == 0
    dataset[1]
    assert dataset.faults == []


def test_a_worker_that_crashes_ends_the_epoch_only(index: Table) -> None:
    loader = DataLoader(
        DicomDataset(index, transform=crash), batch_size=4, num_workers=2, multiprocessing_context="spawn"
    )
    for _ in range(2):
        with pytest.raises(RuntimeError, match="exited unexpectedly"):
            list(loader)
    loader = DataLoader(DicomDataset(index), batch_size=4, num_workers=2, collate_fn=collate)
    assert (images_of(loader) == numbered(28)).all()


@some_workers
def test_memory_is_not_used_again_on_its_way_from_a_worker(index: Table, workers: dict[str, Any]) -> None:
    dataset = DicomIterable(index, 2, reuse=True, dtype="f4")
    found = [
        (batch.images[:, 0].clone(), batch.rows) for batch in DataLoader(dataset, batch_size=None, **workers)
    ]
    assert (torch.cat([images for images, _ in found]).numpy() == numbered(28)).all()


def test_datasets_are_pickled(index: Table) -> None:
    dataset = pickle.loads(pickle.dumps(DicomDataset(index, target="NumberOfFrames")))
    assert (dataset[5][0][0].numpy() == numbered(28)[5]).all()
    iterable = pickle.loads(pickle.dumps(DicomIterable(index, 4, shuffle=True)))
    assert samples_of(iterable) == samples_of(DicomIterable(index, 4, shuffle=True))


def test_targets_are_numbers(index: Table) -> None:
    assert DicomDataset(index, target=np.linspace(0, 1, FILES, dtype="f4"))[0][1].dtype == torch.float32
    assert DicomDataset(index, target=[True] * FILES)[0][1].dtype == torch.int64
    for target, error in (
        ("path", TypeError),
        ([1, 2], ValueError),
        (np.ma.masked_equal(range(FILES), 3), ValueError),
    ):
        with pytest.raises(error):
            DicomDataset(index, target=target)


def test_batches_move_to_devices(index: Table) -> None:
    batch = next(iter(DicomIterable(index, 4, target=np.zeros(FILES))))
    assert batch.to("meta").images.device.type == "meta"
    assert batch.targets.device.type == "meta"


def test_mistakes_are_told_in_words(index: Any) -> None:
    data = DicomDataset(index)
    for number in ("0", slice(2), 1.0):
        with pytest.raises(TypeError, match="by its number"):
            _ = data[number]
    for target, words in (("label", "no column 'label'"), (3, r"targets of shape \(\)")):
        with pytest.raises(ValueError, match=words):
            DicomDataset(index, target=target)
    with pytest.raises(TypeError, match="set_epoch"):
        DicomIterable(index, 4, epoch=3)
    epochs = DicomIterable(index, 4)
    for epoch in (-1, "1"):
        with pytest.raises(ValueError, match="epoch must be"):
            epochs.set_epoch(epoch)  # type: ignore[arg-type] # as said
    with pytest.raises(ValueError, match="state_dict"):
        epochs.load_state_dict({})
