"""Mistakes that are easily made with many files: each is told in words, before any pixel is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import fastdcm
import make_study

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("study")
    make_study.make_study(folder)
    return folder / "2-mr-rle"


@pytest.fixture(scope="module")
def index(study: Path) -> fastdcm.Table:
    return fastdcm.scan(study, frames=True)


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"frames": "all"}, TypeError, "frames must be"),
        ({"frames": 0.5}, TypeError, "frames must be"),
        ({"frames": True}, TypeError, "frames must be"),
        ({"frames": [0.5] * 16}, TypeError, "frames must be"),
        ({"frames": 1 << 70}, IndexError, "frame numbers are from 0"),
        ({"frames": [1 << 70] * 16}, IndexError, "frame numbers are from 0"),
        ({"frames": [-1] * 16}, IndexError, "frame numbers are from 0"),
        ({"values": ["stored"]}, ValueError, "values must be"),
        ({"values": "display", "window": ("a", "b")}, ValueError, "window must be"),
        ({"resize": (224.0, 224.0)}, TypeError, "resize must be"),
        ({"crop": (0.0, 0, 10, 10)}, TypeError, "crop must be"),
        ({"threads": 0}, ValueError, "threads must be"),
        ({"threads": -1}, ValueError, "threads must be"),
        ({"threads": "4"}, TypeError, "threads must be"),
        ({"threads": 100_000}, ValueError, "threads must be"),
        ({"limits": 5}, TypeError, "limits must be"),
        ({"dtype": "float16"}, TypeError, "dtype must be"),
        ({"dtype": bool}, TypeError, "dtype must be"),
    ],
)
def test_arguments_of_decode(
    index: fastdcm.Table, arguments: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        fastdcm.decode(index, **arguments)


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"batch_size": 4.0}, TypeError, "batch_size must be an int"),
        ({"shard": 2}, TypeError, "shard must be"),
        ({"shard": (0, 2.0)}, TypeError, "count of shards must be an int"),
        ({"frames": 1 << 40}, IndexError, "frame numbers are from 0"),
        ({"frames": -1}, IndexError, "frame numbers are from 0"),
        ({"frames": [0, 1]}, ValueError, "frames must be"),
        ({"values": "hu"}, ValueError, "values must be"),
        ({"errors": "ignore"}, ValueError, "errors must be"),
        ({"threads": 0}, ValueError, "threads must be"),
        ({"resize": 224}, ValueError, "resize must be"),
        ({"reduce": 99}, ValueError, "reduce is 99"),
        ({"dtype": "float16"}, TypeError, "dtype must be"),
        ({"weights": "Rows"}, TypeError, "weights must be"),
    ],
)
def test_a_stream_tells_of_wrong_arguments_when_it_is_made(
    index: fastdcm.Table, arguments: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        fastdcm.stream(index, **{"batch_size": 4, **arguments})


def test_integers_of_numpy_are_numbers(index: fastdcm.Table) -> None:
    assert len(fastdcm.stream(index, np.int64(4), seed=np.int64(1), shard=(np.int64(0), np.int64(1)))) == 4
    fastdcm.split(index, {"a": 0.5, "b": 0.5}, seed=np.int64(2))  # type: ignore[arg-type] # as users have it
    assert len(fastdcm.decode(index, rows=[0], frames=[np.int64(0)])) == 1
    assert len(fastdcm.decode(index, rows=[0], frames=[np.array([0, 0])])) == 2


@pytest.mark.parametrize(
    "call",
    [
        lambda source: fastdcm.stream(source, 4),
        lambda source: fastdcm.split(source, {"a": 1}),
        fastdcm.open_index,
        lambda source: fastdcm.scan(".", frames=True, known=source),
    ],
)
def test_what_is_no_table(call: Callable[[Any], object]) -> None:
    with pytest.raises(TypeError, match=r"Arrow data is needed, not list.*fastdcm.scan"):
        call([])


def test_a_lazy_frame_is_to_be_collected(index: fastdcm.Table) -> None:
    polars = pytest.importorskip("polars")
    lazy = polars.DataFrame(index).lazy()
    for call in (fastdcm.decode, fastdcm.open_index, lambda source: fastdcm.stream(source, 4)):
        with pytest.raises(TypeError, match="collect"):
            call(lazy)
    assert len(fastdcm.split(lazy.collect(), {"a": 1})["a"]) == len(index)


def test_an_index_that_lost_a_column_of_frames_is_no_index_without_images(index: fastdcm.Table) -> None:
    names = [name for name in index.columns if name != "frame_rows"]
    with pytest.raises(ValueError, match=r"'frame_rows'; fastdcm\.scan"):
        fastdcm.stream(index[names], 4)


@pytest.mark.parametrize("source", [5, None])
def test_what_is_no_path(source: Any) -> None:
    with pytest.raises(TypeError, match="paths or a table are needed"):
        fastdcm.decode(source)
    with pytest.raises(TypeError, match="paths must be"):
        fastdcm.scan(source)


def test_no_frames_are_not_frames_of_several_shapes() -> None:
    with pytest.raises(ValueError, match="no frames"):
        np.asarray(fastdcm.decode([]))


def test_a_column_is_not_named_as_those_of_frames(study: Path) -> None:
    with pytest.raises(ValueError, match="'frame_rows' already"):
        fastdcm.scan(study, {"frame_rows": "Rows"}, frames=True)


@pytest.mark.parametrize(
    ("fractions", "seed", "error", "words"),
    [
        ([0.8, 0.2], 0, TypeError, "must be a mapping"),
        ({"a": "x"}, 0, TypeError, "must be numbers"),
        ({"a": 1}, "x", TypeError, "seed must be"),
        ({"a": 1}, 1 << 200, ValueError, "128 bits"),
    ],
)
def test_arguments_of_split(
    index: fastdcm.Table, fractions: Any, seed: Any, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        fastdcm.split(index, fractions, seed=seed)


def test_what_is_no_file_of_an_index_is_named(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    for name in ("bad.parquet", "bad.arrow"):
        (tmp_path / name).write_bytes(b"hello")
        with pytest.raises(ValueError, match=name):
            fastdcm.open_index(tmp_path / name)
    (tmp_path / "bad.parquet").unlink()
    (tmp_path / "bad.arrow").unlink()
    with pytest.raises(ValueError, match=r"no \.parquet"):
        fastdcm.open_index(tmp_path)


def test_a_table_that_lost_what_is_asked_of_it(index: fastdcm.Table) -> None:
    with pytest.raises(KeyError, match="faults need the columns"):
        index[["path"]].faults()
    assert index.faults() == []


def test_rows_that_an_outer_join_made(index: fastdcm.Table) -> None:
    polars = pytest.importorskip("polars")
    labels = polars.DataFrame({"path": [*index["path"], "no such file"], "label": [1] * 17})
    joined = polars.DataFrame(index[["path", "Rows"]]).join(labels, on="path", how="full")
    with pytest.raises(ValueError, match="rows without a path"):
        fastdcm.find_series(joined)
    frames = polars.DataFrame(index).join(labels, on="path", how="full")
    assert sum(len(batch) for batch in fastdcm.stream(frames, 4)) == 16
