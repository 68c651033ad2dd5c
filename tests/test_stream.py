"""`stream`: epochs of batches, decoded ahead, in an order that depends on nothing but what was asked for."""

from __future__ import annotations

import gc
import os
import pickle
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import hypothesis.strategies as st
import numpy as np
import pytest

import fastdcm
from dicom_writer import encode_file
from fastdcm.bulk.samples import Samples, part_of, shuffled_order
from test_decode import numbered, write, write_rle

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fastdcm import Batch, Table
    from fastdcm.torch import TensorBatch

FILES = 14


def write_frames(folder: Path) -> Path:
    """Files of one and of three frames in turn; no two frames are alike."""
    frames = numbered(2 * FILES)
    first = 0
    for number in range(FILES):
        count = 1 + number % 2 * 2
        write(folder / f"{number:02}.dcm", frames[first : first + count])
        first += count
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_frames(tmp_path)


@pytest.fixture
def index(folder: Path) -> Table:
    return fastdcm.scan(folder, frames=True)


def samples_of(batches: Iterable[Batch | TensorBatch]) -> list[tuple[int, int]]:
    """Row and frame of each sample, in order."""
    return [
        pair for batch in batches for pair in zip(batch.rows.tolist(), batch.frames.tolist(), strict=True)
    ]


def threads_of_streams() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "fastdcm-prefetch"]


def test_frames_come_in_the_order_of_the_index(index: Table) -> None:
    batches = list(fastdcm.stream(index, 5))
    assert [len(batch) for batch in batches] == [5, 5, 5, 5, 5, 3]
    assert [batch.number for batch in batches] == list(range(6))
    assert (np.concatenate([np.asarray(batch.array) for batch in batches]) == numbered(28)).all()
    assert samples_of(batches)[:5] == [(0, 0), (1, 0), (1, 1), (1, 2), (2, 0)]
    assert batches[0].rows.dtype == np.int64 and batches[0].frames.dtype == np.int32
    assert {status for batch in batches for status in batch.status} == {"ok"}
    assert len(fastdcm.stream(index, 5)) == 6
    assert len(list(fastdcm.stream(index, 5, drop_last=True))) == 5


def test_frames_of_choice(index: Table) -> None:
    wanted: dict[Any, int] = {"first": 0, "middle": 1, "last": 2}
    for choice, frame in wanted.items():
        found = samples_of(fastdcm.stream(index, 4, frames=choice))
        assert found == [(row, frame if row % 2 else 0) for row in range(FILES)]
    assert samples_of(fastdcm.stream(index, 4, frames=2, errors="skip")) == [
        (r, 2) for r in range(1, FILES, 2)
    ]
    with pytest.raises(ValueError, match="frames must be"):
        fastdcm.stream(index, 4, frames="best")  # type: ignore[arg-type]


def test_the_order_depends_on_seed_and_epoch_only(index: Table) -> None:
    def order(**arguments: Any) -> list[tuple[int, int]]:
        return samples_of(fastdcm.stream(index, 4, shuffle=True, **arguments))

    first = order(seed=3)
    for arguments in ({"threads": 1}, {"prefetch": 0}, {"prefetch": 7}, {"dtype": "f4", "reuse": True}):
        assert order(seed=3, **arguments) == first
    assert len({tuple(order(seed=seed, epoch=epoch)) for seed in (0, 3) for epoch in (0, 1)}) == 4
    assert sorted(first) == sorted(samples_of(fastdcm.stream(index, 4)))
    # Written down: it must be the same with every version of numpy and everywhere.
    assert shuffled_order(10, (0, 0)).tolist() == ORDER


ORDER = [3, 2, 1, 8, 6, 0, 7, 4, 5, 9]


def test_shards_together_are_the_epoch(index: Table) -> None:
    def shards(count: int, **arguments: Any) -> list[list[tuple[int, int]]]:
        return [
            samples_of(fastdcm.stream(index, 4, shuffle=True, shard=(number, count), **arguments))
            for number in range(count)
        ]

    whole = samples_of(fastdcm.stream(index, 4, shuffle=True))
    for count in (1, 2, 3, 5):
        parts = shards(count)
        assert sorted(sample for part in parts for sample in part) == sorted(whole)
        assert parts[0] == whole[::count]
    padded = shards(5, uneven="pad")
    assert [len(part) for part in padded] == [6] * 5
    assert {sample for part in padded for sample in part} == set(whole)
    dropped = shards(5, uneven="drop")
    assert [len(part) for part in dropped] == [5] * 5
    assert len({sample for part in dropped for sample in part}) == 25
    for bad in ((2, 2), (-1, 2), (0, 0)):
        with pytest.raises(ValueError, match="shard"):
            fastdcm.stream(index, 4, shard=bad)


@hypothesis.given(
    st.lists(st.integers(0, 4), max_size=20), st.integers(1, 5), st.sampled_from(["keep", "pad", "drop"])
)
def test_every_sample_is_in_one_shard(counts: list[int], shards: int, uneven: Any) -> None:
    samples = Samples(np.array(counts, np.int64))
    parts = [part_of(np.arange(len(samples)), (number, shards), uneven) for number in range(shards)]
    found = [pair for part in parts for pair in zip(*(a.tolist() for a in samples.locate(part)), strict=True)]
    whole = [(row, frame) for row, count in enumerate(counts) for frame in range(count)]
    if uneven == "keep":
        assert sorted(found) == whole
    elif uneven == "pad":
        assert set(found) == set(whole)
    else:
        assert len(found) == len(whole) // shards * shards and set(found) <= set(whole)
    if uneven != "keep":
        assert len({len(part) for part in parts}) == 1


def test_rows_are_drawn_by_weight(index: Table) -> None:
    weights = np.zeros(FILES)
    weights[[3, 4]] = 3, 1
    drawn = [
        sample
        for epoch in range(60)
        for sample in samples_of(fastdcm.stream(index, 28, weights=weights, epoch=epoch))
    ]
    assert len(drawn) == 60 * 28
    assert {row for row, _ in drawn} == {3, 4}
    assert 0.70 < np.mean([row == 3 for row, _ in drawn]) < 0.80
    # Frames of a row are drawn evenly, however many there are.
    of_three = [frame for row, frame in drawn if row == 3]
    assert np.bincount(of_three, minlength=3).min() > len(of_three) / 4
    for bad in ([1.0], -np.ones(FILES), np.full(FILES, np.nan), np.zeros(FILES)):
        with pytest.raises(ValueError, match="weights"):
            fastdcm.stream(index, 4, weights=bad)


def test_columns_come_with_the_frames(index: Table) -> None:
    for batch in fastdcm.stream(index, 4, shuffle=True, columns=["NumberOfFrames", "path"]):
        assert batch.columns["NumberOfFrames"].tolist() == [1 + row % 2 * 2 for row in batch.rows]
        assert [Path(path).stem for path in batch.columns["path"]] == [f"{row:02}" for row in batch.rows]
    with pytest.raises(ValueError, match="Nothing"):
        fastdcm.stream(index, 4, columns=["Nothing"])
    with pytest.raises(TypeError):
        fastdcm.stream(index, 4, columns="path")


@pytest.mark.parametrize("prefetch", [0, 2])
def test_faults_are_told_and_the_rest_is_right(folder: Path, prefetch: int) -> None:
    index = fastdcm.scan(folder, frames=True)
    for number in (2, 4, 6, 12, 13):
        (folder / f"{number:02}.dcm").unlink()
    samples = samples_of(fastdcm.stream(index, 28, errors="null"))
    frames = dict(zip(samples, numbered(28), strict=True))
    gone = [sample for sample in frames if sample[0] in (2, 4, 6, 12, 13)]

    skipped = list(fastdcm.stream(index, 2, errors="skip", prefetch=prefetch))
    assert samples_of(skipped) == [sample for sample in frames if sample not in gone]
    for batch in skipped:
        for sample, found in zip(samples_of([batch]), batch.array, strict=True):
            assert (found == frames[sample]).all()
    stream = fastdcm.stream(index, 2, errors="skip", prefetch=prefetch)
    told = [(fault["row"], fault["frame"]) for batch in stream for fault in batch.faults()]
    assert sorted(told + [(fault["row"], fault["frame"]) for fault in stream.faults()]) == gone
    assert stream.faults()

    nulls = list(fastdcm.stream(index, 2, errors="null", prefetch=prefetch))
    assert samples_of(nulls) == list(frames)
    for batch in nulls:
        for sample, found, status in zip(samples_of([batch]), batch.array, batch.status, strict=True):
            assert (found == (0 if sample in gone else frames[sample])).all()
            assert status == ("error" if sample in gone else "ok")

    raising = fastdcm.stream(index, 2, prefetch=prefetch, errors="raise")
    assert samples_of([next(raising), next(raising)]) == list(frames)[:4]
    with pytest.raises(FileNotFoundError):
        next(raising)
    assert list(raising) == []


def test_memory_is_that_of_the_batches_ahead(folder: Path) -> None:
    index, made, given = fastdcm.scan(folder, frames=True), [], 0

    def allocate(shape: tuple[int, ...], dtype: Any) -> Any:
        made.append(shape)
        return np.empty(shape, dtype)

    with fastdcm.stream(index, 1, dtype="u2", prefetch=3, allocate=allocate) as stream:
        for _ in stream:
            given += 1
            time.sleep(0.01)
            assert len(made) <= given + 3


def test_memory_is_used_again_where_it_is_asked_for(index: Table) -> None:
    found: set[int] = set()
    for number, batch in enumerate(fastdcm.stream(index, 4, dtype="f4", reuse=True, prefetch=2)):
        assert isinstance(batch.array, np.ndarray)
        assert (batch.array == numbered(28)[4 * number : 4 * number + 4]).all()
        time.sleep(0.005)
        assert (batch.array == numbered(28)[4 * number : 4 * number + 4]).all()
        found.add(batch.array.__array_interface__["data"][0])
    assert len(found) <= 4
    kept = [batch.array for batch in fastdcm.stream(index, 4)]
    assert (np.concatenate(kept) == numbered(28)).all()


def test_an_epoch_goes_on_where_it_was_left(index: Table) -> None:
    whole = samples_of(fastdcm.stream(index, 4, shuffle=True, seed=1, epoch=2))
    stream = fastdcm.stream(index, 4, shuffle=True, seed=1, epoch=2)
    front = samples_of([next(stream), next(stream)])
    state = stream.state_dict()
    for prefetch in (0, 2):
        other = fastdcm.stream(index, 4, shuffle=True, seed=1, epoch=2, prefetch=prefetch)
        next(other)
        other.load_state_dict(state)
        assert front + samples_of(other) == whole
    stream.load_state_dict({**state, "batch": 0})
    assert samples_of(stream) == whole
    for arguments in ({"seed": 2}, {"epoch": 3}, {"shuffle": False}, {"shard": (0, 2)}, {"frames": "first"}):
        with pytest.raises(ValueError, match="another stream"):
            fastdcm.stream(index, 4, **{"shuffle": True, "seed": 1, "epoch": 2, **arguments}).load_state_dict(
                state
            )
    with pytest.raises(ValueError, match="another stream"):
        fastdcm.stream(index, 4, shuffle=True, seed=1, epoch=2).load_state_dict({**state, "batch": -1})


def test_forgetting_or_closing_ends_the_thread(index: Table) -> None:
    stream = fastdcm.stream(index, 1)
    next(stream)
    assert threads_of_streams()
    stream.close()
    assert not threads_of_streams()
    assert list(stream) == []
    stream.close()
    stream = fastdcm.stream(index, 1)
    next(stream)
    del stream
    gc.collect()
    assert not threads_of_streams()
    for _ in fastdcm.stream(index, 1):
        break
    gc.collect()
    assert not threads_of_streams()
    assert list(fastdcm.stream(index, 4))[-1].number == 6
    assert not threads_of_streams()


def test_closing_does_not_wait_for_a_long_batch(tmp_path: Path) -> None:
    path = write_rle(tmp_path / "long.dcm", np.zeros((200, 700, 700), np.uint8))
    index = fastdcm.scan([path], frames=True)
    stream = fastdcm.stream(index, 100, threads=1, prefetch=1)
    next(stream)
    start = time.monotonic()
    stream.close()
    assert time.monotonic() - start < 2


def test_several_streams_at_once(index: Table) -> None:
    streams = [fastdcm.stream(index, 4, shuffle=True, seed=seed) for seed in range(4)]
    found: list[list[Batch]] = [[] for _ in streams]
    for _ in range(7):
        for stream, batches in zip(streams, found, strict=True):
            batches.append(next(stream))
    whole = sorted(samples_of(fastdcm.stream(index, 4)))
    assert [sorted(samples_of(batches)) for batches in found] == [whole] * 4


def python(code: str, *arguments: str, **options: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def test_a_program_may_end_in_the_middle_of_an_epoch(folder: Path) -> None:
    code = """
import fastdcm, sys
stream = fastdcm.stream(fastdcm.scan(sys.argv[1], frames=True), 1)
print(next(stream).number)
"""
    for _ in range(3):
        process = python(code, str(folder))
        out, err = process.communicate(timeout=20)
        assert (out, err, process.returncode) == ("0\n", "", 0)


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_ctrl_c_ends_a_wait(folder: Path) -> None:
    code = """
import fastdcm, numpy, os, signal, sys, threading, time
signal.signal(signal.SIGINT, signal.default_int_handler)
index = fastdcm.scan(sys.argv[1], frames=True)
made = []
def allocate(shape, dtype):
    made.append(shape)
    time.sleep(1.0 if len(made) > 1 else 0)
    return numpy.empty(shape, dtype)
stream = fastdcm.stream(index, 1, dtype="u2", prefetch=1, allocate=allocate)
next(stream)
threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
start = time.monotonic()
try:
    next(stream)
except KeyboardInterrupt:
    print(time.monotonic() - start < 0.6)
"""
    process = python(code, str(folder))
    out, err = process.communicate(timeout=20)
    assert (out, err, process.returncode) == ("True\n", "", 0)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_a_forked_process_is_told(index: Table) -> None:
    stream, fresh = fastdcm.stream(index, 1), fastdcm.stream(index, 1)
    next(stream)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of threads, from Python 3.12 on
        child = os.fork()
    if child == 0:
        code = 1
        try:
            next(stream)
        except RuntimeError as error:
            code = 0 if "forked" in str(error) else 2
        stream.close()
        # One that was not begun goes along.
        code = code if samples_of(fresh) == samples_of(fastdcm.stream(index, 5)) else 3
        os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert len(list(stream)) == 27


def test_arguments_are_checked_at_once(index: Table) -> None:
    for name, value in {"seed": -1, "epoch": -1, "prefetch": -1}.items():
        with pytest.raises(ValueError, match=name):
            fastdcm.stream(index, 4, **{name: value})  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="batch_size"):
        fastdcm.stream(index, 0)
    with pytest.raises(TypeError, match="seed"):
        fastdcm.stream(index, 4, seed=1.5)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="colour"):
        fastdcm.stream(index, 4, colour=True)  # type: ignore[call-arg]
    with pytest.raises(ValueError, match="uneven"):
        fastdcm.stream(index, 4, uneven="half")  # type: ignore[arg-type]
    assert list(fastdcm.stream(fastdcm.scan([], frames=True), 4, shuffle=True)) == []


def test_ten_million_samples_have_an_order_in_seconds() -> None:
    samples = Samples(np.ones(10_000_000, np.int64))
    start = time.process_time()
    order = shuffled_order(len(samples), (0, 0))
    rows, frames = samples.locate(order[:32])
    assert time.process_time() - start < 15
    assert (rows == order[:32]).all() and not frames.any()


def test_a_file_that_was_changed_is_a_fault(folder: Path, index: Table) -> None:
    (folder / "03.dcm").write_bytes((folder / "05.dcm").read_bytes())
    batches = list(fastdcm.stream(index, 4, errors="null"))
    assert {fault["row"] for batch in batches for fault in batch.faults()} == {3}
    frames = np.concatenate([np.asarray(batch.array) for batch in batches])
    changed = [5, 6, 7]
    assert not frames[changed].any()
    assert (np.delete(frames, changed, 0) == np.delete(numbered(28), changed, 0)).all()


def test_files_without_frames_are_no_samples(folder: Path) -> None:
    (folder / "report.dcm").write_bytes(encode_file([(0x00080060, "CS", "SR")]))
    (folder / "text.txt").write_text("this is no DICOM file, however long it is")
    index = fastdcm.scan(folder, frames=True)
    assert len(index) == FILES + 2
    assert len(samples_of(fastdcm.stream(index, 4))) == 28
    weights = np.ones(FILES + 2)
    assert max(row for row, _ in samples_of(fastdcm.stream(index, 4, weights=weights))) < FILES
    with pytest.raises(ValueError, match="frames=True"):
        fastdcm.stream(fastdcm.scan(folder), 4)


def test_types_of_files_are_promoted_once(tmp_path: Path) -> None:
    paths = [
        write(tmp_path / "a.dcm", numbered(2, "u1")),
        write(tmp_path / "b.dcm", numbered(1, "<u2")),
        write(tmp_path / "c.dcm", numbered(1, "<i2")),
    ]
    index = fastdcm.scan(paths, frames=True)
    kinds = [np.asarray(batch.array).dtype for batch in fastdcm.stream(index, 1)]
    assert kinds == [np.dtype(np.int32)] * 4
    assert [np.asarray(batch.array).dtype for batch in fastdcm.stream(index[:2], 1)] == [np.dtype("u2")] * 3


@pytest.mark.parametrize("library", ["pyarrow", "polars"])
def test_indexes_of_other_libraries(index: Table, library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module = pytest.importorskip(library)
    other = module.table(index) if library == "pyarrow" else module.DataFrame(index)
    assert samples_of(fastdcm.stream(other, 5)) == samples_of(fastdcm.stream(index, 5))
    if library == "polars":
        monkeypatch.setitem(sys.modules, "pyarrow", None)
    copied = pickle.loads(pickle.dumps(index))
    assert copied.columns == index.columns
    assert (np.asarray(next(fastdcm.stream(copied, 28)).array) == numbered(28)).all()


def test_a_table_needs_a_library_to_be_pickled(index: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(ModuleNotFoundError, match="pyarrow or polars"):
        pickle.dumps(index)
