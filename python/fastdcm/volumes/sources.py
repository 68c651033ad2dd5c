"""What a series may be loaded from, as rows with what is needed of each header."""

from __future__ import annotations

import os
from importlib import import_module

from fastdcm.bulk.scan import scan
from fastdcm.bulk.table import Table
from fastdcm.dataset import Dataset
from fastdcm.volumes.memory import row_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any, TypeAlias

    from fastdcm.bulk.scan import AnyPath, Column
    from fastdcm.volumes.reading import Reading

    Row: TypeAlias = dict[str, Any]
    Source: TypeAlias = "AnyPath | Dataset | Iterable[AnyPath | Dataset] | Table | Any"

__all__ = ["rows_of"]


def rows_of(source: Source, columns: Mapping[str, Column], reading: Reading) -> Iterator[Row]:
    """Rows with these columns, and `path`, `status` and `dataset`; headers are read where that is needed.

    Parameters
    ----------
    source : path, data set, iterable of either, Table, or Arrow data with a column ``path``
        Of a table that has all columns, no file is read.
    """
    if isinstance(source, Dataset):
        source = [source]
    if isinstance(source, Table):
        if all(name in source for name in columns):
            return _rows(source)
        paths: Any = _paths_of_table(source)
    elif isinstance(source, str | bytes | os.PathLike):
        paths = source
    elif _is_tabular(source):
        paths = _paths(source)
    else:
        paths = list(source)
        in_memory = [one for one in paths if isinstance(one, Dataset)]
        if in_memory and len(in_memory) < len(paths):
            raise TypeError("data sets in memory and paths do not go together")
        if in_memory:
            return (row_of(dataset, number, columns) for number, dataset in enumerate(in_memory))
    table = scan(paths, columns, threads=reading.threads, progress=reading.progress, limits=reading.limits)
    return _rows(table)


def _rows(table: Table) -> Iterator[Row]:
    for row in table.rows():
        if row.get("path_bytes") is not None:
            row["path"] = os.fsdecode(row["path_bytes"])
        row["dataset"] = None
        yield row


def _is_tabular(source: Any) -> bool:
    """Arrow data, and what goes by columns like it."""
    return hasattr(source, "__arrow_c_stream__") or hasattr(source, "columns") or hasattr(source, "keys")


def _paths_of_table(table: Table) -> list[str]:
    columns = table[[name for name in ("path", "path_bytes") if name in table]].to_dict()
    raw = columns.get("path_bytes") or [None] * len(table)
    pairs = zip(columns["path"], raw, strict=True)
    return [path if name is None else os.fsdecode(name) for path, name in pairs]


def _paths(source: Any) -> list[str]:
    if not hasattr(source, "__getitem__"):
        # A reader of batches, or what only has the Arrow protocol.
        source = import_module("pyarrow").table(source)
    column = source["path"]
    for name in ("to_pylist", "to_list", "tolist"):
        if hasattr(column, name):
            return [os.fsdecode(path) for path in getattr(column, name)()]
    if hasattr(column, "fetchall"):
        return [os.fsdecode(path) for (path,) in column.fetchall()]
    return [os.fsdecode(path) for path in column]
