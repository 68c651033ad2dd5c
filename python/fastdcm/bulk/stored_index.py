"""Indexes that need not fit in memory: a scan written to Parquet files as it goes, and brought up to date."""

from __future__ import annotations

import errno
import os
import re
from importlib import import_module
from pathlib import Path

from fastdcm.bulk.index import open_index
from fastdcm.bulk.scan import DEFAULT_COLUMNS, scan, scan_batches

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from fastdcm.bulk.progress import Progress
    from fastdcm.bulk.scan import AnyPath, Column
    from fastdcm.bulk.table import Table
    from fastdcm.options import Limits

__all__ = ["write_index"]

# Hidden, so that nobody takes what is not whole for the index.
_UNFINISHED = ".unfinished"
_WRITING = "writing"
_PART = re.compile(r"part-\d{5,}\.parquet")
_ROWS_OF_A_GROUP = 1 << 16


def write_index(
    paths: AnyPath | Iterable[AnyPath],
    target: str | os.PathLike[str],
    columns: Iterable[Column] | Mapping[str, Column] = DEFAULT_COLUMNS,
    *,
    update: bool = False,
    rows_per_file: int = 1_000_000,
    recursive: bool = True,
    threads: int | None = None,
    progress: Progress | None = None,
    limits: Limits | None = None,
) -> int:
    """Write an index of frames to a folder of Parquet files, however many DICOM files there are.

    Memory is that of some thousand rows, and with `update` that of the index as it was. What was written
    before Ctrl-C, a full disk or an error is kept, and the next call with ``update=True`` goes on from it.

    Parameters
    ----------
    paths, columns, recursive, threads, progress, limits
        As of `scan`, of which this is the form with ``frames=True``. Files that cannot be read are rows.
    target : path
        A folder; it is made where there is none. `open_index` opens it.
    update : bool
        There may be an index already: rows of files whose size and time of change are the same are taken from
        it and their files are not opened. Its files are replaced when all new ones are written.
    rows_per_file : int
        Rows of each of the files ``part-00000.parquet``, ``part-00001.parquet``, ..., in the order of paths.

    Returns
    -------
    int
        How many rows there are.

    Raises
    ------
    FileExistsError
        The folder is not empty, and it is not to be updated; or it has files that are not of an index.
    NotADirectoryError
        `target` is a file.
    ModuleNotFoundError
        pyarrow is not installed.
    ValueError
        `rows_per_file` is not above 0; the index that is there has not the same columns.
    """
    if isinstance(rows_per_file, bool) or not hasattr(rows_per_file, "__index__"):
        raise TypeError("rows_per_file must be an int")
    if rows_per_file <= 0:
        raise ValueError("rows_per_file must be above 0")
    _modules()
    folder = Path(os.fspath(target))
    unfinished = folder / _UNFINISHED
    _check_free(folder, update=update)
    known = _known(folder, unfinished)
    is_first = not _parts_of(folder)
    # Before anything is made: a column that is none, or a path that leads nowhere, is told here.
    batches = scan_batches(
        paths,
        columns,
        frames=True,
        known=known,
        recursive=recursive,
        threads=threads,
        progress=progress,
        limits=limits,
    )
    folder.mkdir(parents=True, exist_ok=True)
    parts = _Parts(unfinished, rows_per_file)
    is_whole = False
    try:
        for batch in batches:
            parts.add(batch)
        if not parts.rows and not parts.is_waiting:
            parts.add_empty(scan([], columns, frames=True))
        is_whole = True
    finally:
        parts.end()
        # An index of the first files is better than none; one of another state would be in the way of that.
        if is_whole or is_first:
            _put_in_place(folder, unfinished, parts.names)
    return parts.rows


class _Parts:
    """Files of so many rows each; each has its name once it is whole."""

    def __init__(self, folder: Path, rows_per_file: int):
        self._pyarrow, self._parquet = _modules()
        self._folder = folder
        self._most = rows_per_file
        self._writer: Any = None
        self._waiting: list[Any] = []
        self._rows_waiting = self._rows_of_file = 0
        self.rows = 0
        self.names: list[str] = []
        folder.mkdir(exist_ok=True)

    def add(self, batch: Table) -> None:
        table = self._pyarrow.table(batch)
        while len(table):
            left = self._most - self._rows_of_file - self._rows_waiting
            part, table = table.slice(0, left), table.slice(left)
            self._waiting.append(part)
            self._rows_waiting += len(part)
            if self._rows_waiting >= _ROWS_OF_A_GROUP:
                self._write()
            if self._rows_of_file + self._rows_waiting >= self._most:
                self.end()

    @property
    def is_waiting(self) -> bool:
        """Whether there are rows that are not in a whole file yet."""
        return self._rows_waiting + self._rows_of_file > 0

    def add_empty(self, table: Table) -> None:
        """Let there be a file with columns and no rows, so that the index can be opened."""
        self._waiting.append(self._pyarrow.table(table))

    def _write(self) -> None:
        if not self._waiting:
            return
        table = self._pyarrow.concat_tables(self._waiting)
        if self._writer is None:
            self._writer = self._parquet.ParquetWriter(self._folder / _WRITING, table.schema)
        self._writer.write_table(table)
        self._rows_of_file += len(table)
        self._waiting, self._rows_waiting = [], 0

    def end(self) -> None:
        """End the file that is being written."""
        self._write()
        if self._writer is None:
            return
        self._writer.close()
        name = f"part-{len(self.names):05}.parquet"
        (self._folder / _WRITING).replace(self._folder / name)
        self.names.append(name)
        self.rows += self._rows_of_file
        self._writer, self._rows_of_file = None, 0


def _check_free(folder: Path, *, update: bool) -> None:
    """Refuse a folder in which anything else would be taken for the index, or be in its way."""
    if not folder.is_dir():
        if folder.exists():
            raise NotADirectoryError(errno.ENOTDIR, "is no folder", str(folder))
        return
    names = {path.name for path in folder.iterdir() if not path.name.startswith(".")}
    if names and not update:
        raise FileExistsError(f"{folder}: the folder is not empty; update=True brings its index up to date")
    if others := names.difference(_parts_of(folder)):
        raise FileExistsError(f"{folder}: {min(others)} is no part of an index: another folder is needed")


def _parts_of(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("part-*.parquet") if _PART.fullmatch(path.name))


def _known(folder: Path, unfinished: Path) -> Any:
    """The rows that were written before, also by a run that did not end."""
    found = [open_index(place) for place in (folder, unfinished) if _parts_of(place)]
    pyarrow, _ = _modules()
    return pyarrow.concat_tables([pyarrow.table(table) for table in found]) if found else None


def _put_in_place(folder: Path, unfinished: Path, names: list[str]) -> None:
    old = _parts_of(folder)
    for name in names:
        (unfinished / name).replace(folder / name)
    for name in set(old) - set(names):
        (folder / name).unlink()
    for path in unfinished.iterdir():
        path.unlink()
    unfinished.rmdir()


def _modules() -> tuple[Any, Any]:
    try:
        return import_module("pyarrow"), import_module("pyarrow.parquet")
    except ModuleNotFoundError:
        reason = "writing an index to Parquet files needs pyarrow: pip install pyarrow"
        raise ModuleNotFoundError(reason, name="pyarrow") from None
