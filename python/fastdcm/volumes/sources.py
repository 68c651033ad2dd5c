"""What a series may be loaded from, as rows with what is needed of each header."""

from __future__ import annotations

import os

from fastdcm.bulk.scan import scan
from fastdcm.bulk.table import is_arrow, table_of
from fastdcm.dataset import Dataset
from fastdcm.volumes.memory import row_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any, TypeAlias

    from fastdcm.bulk.scan import AnyPath, Column
    from fastdcm.bulk.table import ArrowData, Table
    from fastdcm.volumes.reading import Reading

    Row: TypeAlias = dict[str, Any]
    Source: TypeAlias = "AnyPath | Dataset | Iterable[AnyPath | Dataset] | Table | ArrowData"

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
    paths: Any = source
    if is_arrow(source):
        known = table_of(source)
        if "path" not in known:
            raise ValueError('a table without a column "path" leads to no file')
        if all(name in known for name in columns):
            # Not the others, such as byte ranges: they would be made into objects for every row.
            needed = {*columns, "path", "path_bytes", "status", "unreadable", "file_size", "file_mtime"}
            return _rows(known[[name for name in known.columns if name in needed]])
        paths = _paths(known)
    elif not isinstance(source, str | bytes | os.PathLike) and hasattr(source, "__iter__"):
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
        # What another library made of the table may have fewer columns.
        row.setdefault("status", "ok")
        yield row


def _paths(table: Table) -> list[str]:
    if None in table["path"]:
        raise ValueError("rows without a path, as an outer join makes them, lead to no file: leave them out")
    columns = table[[name for name in ("path", "path_bytes") if name in table]].to_dict()
    raw = columns.get("path_bytes") or [None] * len(table)
    pairs = zip(columns["path"], raw, strict=True)
    return [path if name is None else os.fsdecode(name) for path, name in pairs]
