"""`write_index`: an index written part by part, interrupted, and brought up to date."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest

import fastdcm
from test_decode import numbered, write

if TYPE_CHECKING:
    from pathlib import Path

COLUMNS = ["Rows"]


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A folder of 25 files of one frame."""
    folder = tmp_path / "study"
    folder.mkdir()
    for number, frame in enumerate(numbered(25, "u1", (2, 4))):
        write(folder / f"{number:03}.dcm", frame[None])
    return folder


def write_parts(study: Path, target: Path, **arguments: Any) -> int:
    return fastdcm.write_index(study, target, COLUMNS, rows_per_file=10, **arguments)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_an_index_is_written_in_parts(study: Path, tmp_path: Path) -> None:
    target = tmp_path / "deep" / "index"
    assert write_parts(study, target) == 25
    assert names(target) == ["part-00000.parquet", "part-00001.parquet", "part-00002.parquet"]
    index = fastdcm.open_index(target)
    assert pyarrow.table(index).equals(pyarrow.table(fastdcm.scan(study, COLUMNS, frames=True)))
    assert (np.asarray(fastdcm.decode(index, rows=[24, 0])) == numbered(25, "u1", (2, 4))[[24, 0]]).all()


def test_a_folder_with_files_is_not_overwritten(study: Path, tmp_path: Path) -> None:
    (tmp_path / "x").write_text("x")
    with pytest.raises(FileExistsError, match="update=True"):
        write_parts(study, tmp_path)
    with pytest.raises(ValueError, match="rows_per_file"):
        fastdcm.write_index(study, tmp_path / "y", rows_per_file=0)


def test_files_that_are_not_of_the_index_are_left_alone(study: Path, tmp_path: Path) -> None:
    target = tmp_path / "index"
    write_parts(study, target)
    (target / "notes.txt").write_text("of mine")
    assert len(fastdcm.open_index(target)) == 25
    (target / "notes.txt").unlink()
    pyarrow.parquet.write_table(pyarrow.table(fastdcm.open_index(target)), target / "mine.parquet")
    with pytest.raises(FileExistsError, match=r"mine\.parquet is no part"):
        write_parts(study, target, update=True)
    assert "mine.parquet" in names(target)
    with pytest.raises(NotADirectoryError):
        write_parts(study, study / "001.dcm")


def test_what_cannot_be_written_makes_no_folder(study: Path, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        fastdcm.write_index(tmp_path / "none", tmp_path / "index")
    with pytest.raises(ValueError, match="Nothing"):
        fastdcm.write_index(study, tmp_path / "index", ["Nothing"])
    with pytest.raises(TypeError, match="rows_per_file"):
        fastdcm.write_index(study, tmp_path / "index", rows_per_file="10")  # type: ignore[arg-type] # as said
    assert not (tmp_path / "index").exists()


def test_an_index_of_no_files_can_be_opened(study: Path, tmp_path: Path) -> None:
    empty, target = tmp_path / "empty", tmp_path / "index"
    empty.mkdir()
    assert write_parts(empty, target) == 0
    assert fastdcm.open_index(target).columns == fastdcm.scan(empty, COLUMNS, frames=True).columns
    assert list(fastdcm.stream(fastdcm.open_index(target), 4)) == []
    assert write_parts(study, target, update=True) == 25
    assert write_parts(empty, target, update=True) == 0
    assert len(fastdcm.open_index(target)) == 0


def test_an_update_replaces_the_parts(study: Path, tmp_path: Path) -> None:
    target = tmp_path / "index"
    assert write_parts(study, target, update=True) == 25
    for number in range(12):
        (study / f"{number:03}.dcm").unlink()
    write(study / "012.dcm", numbered(3, "u1", (2, 4)))
    assert write_parts(study, target, update=True) == 13
    assert names(target) == ["part-00000.parquet", "part-00001.parquet"]
    index = fastdcm.open_index(target)
    assert index["frame_count"].tolist() == [3] + [1] * 12
    with pytest.raises(ValueError, match="Columns"):
        fastdcm.write_index(study, target, ["Columns"], update=True)
    assert len(fastdcm.open_index(target)) == 13


class Stop(Exception):
    """What the caller ends the work with."""


def stop_at(count: int) -> Any:
    """A callback that ends the work once so many files are read."""

    def progress(done: int, total: int | None) -> None:
        if done >= count:
            raise Stop

    return progress


def test_what_was_written_before_an_end_is_kept(study: Path, tmp_path: Path) -> None:
    # The callback is asked at the end too, when all rows but those of the last part are written.
    target = tmp_path / "index"
    with pytest.raises(Stop):
        write_parts(study, target, progress=stop_at(25))
    rows = len(fastdcm.open_index(target)) if names(target) else 0
    assert names(target) == [f"part-{number:05}.parquet" for number in range(-(-rows // 10))]
    assert write_parts(study, target, update=True) == 25

    with pytest.raises(Stop):
        write_parts(study, target, update=True, progress=stop_at(25))
    assert len(fastdcm.open_index(target)) == 25
    assert write_parts(study, target, update=True) == 25
    assert names(target) == ["part-00000.parquet", "part-00001.parquet", "part-00002.parquet"]
