"""Indexes of frames in files: tables of `fastdcm.scan` that were stored, opened again."""

from __future__ import annotations

import glob
import os

from fastdcm.bulk.installed import module_or_none
from fastdcm.bulk.table import table_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from fastdcm.bulk.table import ArrowData, Table

__all__ = ["open_index"]


def open_index(source: str | os.PathLike[str] | Table | ArrowData) -> Table:
    """Open a table that `fastdcm.scan` made, as it was stored or as another library holds it.

    Parameters
    ----------
    source : path, Table, or Arrow data
        A file that ends in ``.parquet``, ``.arrow`` or ``.feather``; a folder of such files, of which the
        Parquet ones may be partitioned; or what any library made of a table: a data frame of polars or
        pandas, a table of pyarrow, a relation of duckdb. Columns are known by their names; text, numbers and
        lists may be in any form that the library has for them. Columns that are not ours stay. Relative paths
        in it lead from the current folder.

    Returns
    -------
    Table
        For `decode`, `stream` and ``scan(..., known=...)``. Files are read by pyarrow or polars; Arrow files
        are mapped into memory by pyarrow.

    Raises
    ------
    FileNotFoundError
        Nothing is there.
    ModuleNotFoundError
        Neither pyarrow nor polars is installed.
    ValueError
        The ending is another, or there is no column ``path``.
    """
    if isinstance(source, str | os.PathLike):
        path = os.fspath(source)
        try:
            table = table_of(_read(path))
        except ValueError as error:
            # Those of pyarrow do not always say which file.
            if path in str(error):
                raise
            raise ValueError(f"{path}: {error}") from error
    else:
        table = table_of(source)
    if "path" not in table:
        raise ValueError('there is no column "path": this is no index of files')
    return table


def _read(path: str) -> Any:
    os.stat(path)  # noqa: PTH116 - a clear error before anything is imported
    if os.path.isdir(path):  # noqa: PTH112 - importing pathlib takes longer
        return _read_folder(path)
    ending = os.path.splitext(path)[1].lower()  # noqa: PTH122 - as above
    if ending == ".parquet":
        return _parquet(path)
    if ending in {".arrow", ".feather"}:
        return _arrow(path)
    raise ValueError(f"the ending {ending!r} is none of .parquet, .arrow, .feather")


def _read_folder(path: str) -> Any:
    endings = {os.path.splitext(name)[1].lower() for _, _, names in os.walk(path) for name in names}  # noqa: PTH122 - as above
    if ".parquet" in endings:
        return _parquet_folder(path)
    if endings & {".arrow", ".feather"} and (dataset := module_or_none("pyarrow.dataset")) is not None:
        return dataset.dataset(path, format="ipc").to_table()
    if endings & {".arrow", ".feather"}:
        raise _missing("reading a folder of Arrow files needs pyarrow: pip install pyarrow")
    raise ValueError(f"{path}: the folder has no .parquet or .arrow files; fastdcm.scan reads DICOM files")


def _parquet(path: str) -> Any:
    if (parquet := module_or_none("pyarrow.parquet")) is not None:
        return parquet.read_table(path)
    if (polars := module_or_none("polars")) is not None:
        return polars.read_parquet(path)
    raise _missing()


def _parquet_folder(path: str) -> Any:
    """The Parquet files of a folder, and of its partitions; other files are none of ours, such as notes."""
    pattern = os.path.join(path, "**", "*.parquet")  # noqa: PTH118 - as above
    if (dataset := module_or_none("pyarrow.dataset")) is not None:
        files = sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207 - as above
        form = {"format": "parquet", "partitioning": "hive", "partition_base_dir": path}
        return dataset.dataset(files, **form).to_table()
    if (polars := module_or_none("polars")) is not None:
        return polars.read_parquet(pattern)
    raise _missing()


def _arrow(path: str) -> Any:
    if (feather := module_or_none("pyarrow.feather")) is not None:
        return feather.read_table(path, memory_map=True)
    if (polars := module_or_none("polars")) is not None:
        return polars.read_ipc(path)
    raise _missing()


def _missing(
    reason: str = "reading Parquet and Arrow files needs pyarrow or polars: pip install pyarrow",
) -> ModuleNotFoundError:
    return ModuleNotFoundError(reason, name="pyarrow")
