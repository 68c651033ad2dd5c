"""The table that a scan gives."""

from __future__ import annotations

import os
from importlib import import_module

from fastdcm import _core
from fastdcm.bulk.installed import module_or_none
from fastdcm.bulk.show import as_html, as_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, Protocol, TextIO, overload

    import numpy as np
    from numpy.typing import ArrayLike, NDArray
    from typing_extensions import TypeIs

    from fastdcm.bulk.faults import Faults

    class ArrowData(Protocol):
        """Arrow data of any library: a data frame of polars or pandas, a table of pyarrow, ..."""

        def __arrow_c_stream__(self, requested_schema: object = None) -> object: ...


__all__ = ["Table", "is_arrow", "row_numbers", "table_of"]

_STATES = ("value", "absent", "empty", "unreadable", "not read")


class Table:
    """Attributes of many files: an Arrow table that is of use with nothing but numpy too.

    polars, pyarrow, pandas and duckdb take it as it is and without a copy: ``polars.DataFrame(table)``,
    ``pyarrow.table(table)``, ``pandas.DataFrame.from_arrow(table)``, ``duckdb.sql("FROM table")``.

    Every column has one type, that of its attribute's VR and VM in the dictionary, whatever the files hold:

    ==========================  ====================  =====================================================
    VR                          Arrow                 ``table[name]``
    ==========================  ====================  =====================================================
    US, SS, UL, SL, UV, SV      (u)int16, 32, 64      integers; a masked array where there are nulls
    "US or SS"                  int32                 the same
    IS                          int64                 the same
    SQ                          int32                 the number of items
    FL                          float32               floats; NaN for nulls
    DS, FD                      float64               the same
    DA                          date32                datetime64[D]; NaT for nulls
    TM                          time64[us]            timedelta64[us] since midnight; NaT for nulls
    OB, OW, OD, ..., UN         binary                objects: bytes as they stand in the file, or None
    all others, DT among them   utf8                  objects: str, or None
    VM above 1, ``[*]``         list                  objects: lists (with None inside for what is no value)
    ==========================  ====================  =====================================================

    AT is text such as ``(0028,0010)``; an attribute that no dictionary knows is text. A value of 1 MiB or
    more is not taken into a table. A cell is null where the element is absent, has no value, or has one that
    does not fit: a second value under VM 1, a day that does not exist, text that is no number. `states` tells
    which.

    Beside the columns that were asked for there are

    ===================  ===================================================================================
    ``path``             the path; what is not UTF-8 in it is replaced
    ``status``           "ok"; "warning": read, but something was wrong; "error": not read; "not DICOM"
    ``message``          what was wrong first
    ``offset``           the byte of the file at which it was found
    ``transfer_syntax``  Transfer Syntax UID of the file meta information
    ``empty``            names of the columns whose element has no value
    ``unreadable``       names of the columns whose element has a value that does not fit
    ``path_bytes``       the path as bytes where it is not UTF-8, otherwise null
    ===================  ===================================================================================

    With ``frames=True`` a table has, in front of ``empty``, all that is needed to read any frame again
    without the header of its file:

    ==========================  ============================================================================
    ``file_size``               bytes of the file
    ``file_mtime``              when it was last changed, in nanoseconds since 1970
    ``frame_layout``            "native", "native, big endian", "native, swapped words", "encapsulated";
                                null where there is no image
    ``frame_count``             how many frames there are
    ``frame_rows`` ...          what samples are by the Image Pixel attributes, as they are meant (PS3.3
    ``sample_kind``             C.7.6.3): ``frame_rows``, ``frame_columns``, ``samples_per_pixel``,
                                ``bits_allocated``, ``bits_stored``, ``high_bit``, ``pixel_representation``,
                                ``planar_configuration``, ``photometric_interpretation``, ``sample_kind``
    ``frame_offsets``           for each frame the first of its bytes in the file, or of its items
    ``frame_lengths``           and how many there are; both null where only the header leads to frames
    ==========================  ============================================================================

    Tables are made by `fastdcm.scan` and `fastdcm.open_index`, and do not change. ``table[["path", "Rows"]]``
    is a table with these columns only, ``table[10:20]`` one with these rows only.
    """

    __slots__ = ("__weakref__", "_core")

    def __init__(self, core: _core.ArrowTable):
        self._core = core

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(self._core.names)

    def __len__(self) -> int:
        return len(self._core)

    def __contains__(self, name: object) -> bool:
        return name in self._core.names

    if TYPE_CHECKING:

        @overload
        def __getitem__(self, name: str) -> NDArray[Any]: ...
        @overload
        def __getitem__(self, name: list[str]) -> Table: ...
        @overload
        def __getitem__(self, name: slice) -> Table: ...

    def __getitem__(self, name: str | list[str] | slice) -> NDArray[Any] | Table:
        if isinstance(name, list):
            return Table(self._core.select(name))
        if isinstance(name, slice):
            return self.take(range(*name.indices(len(self))))
        if not isinstance(name, str):
            raise TypeError(
                "a table is asked for a column by its name, several by a list of names, or rows by a slice"
            )
        return _to_numpy(self._core, name)

    # Without this Python would try numbers.
    __iter__ = None

    def take(self, rows: ArrayLike) -> Table:
        """Give the rows with these numbers, in this order; a number may come more than once.

        Parameters
        ----------
        rows : array-like of int, shape (n,)
            Zero-based; negative ones count from the end.

        Raises
        ------
        IndexError
            There is no such row.
        """
        return Table(self._core.take(row_numbers(rows, len(self))))

    def filter(self, mask: ArrayLike) -> Table:
        """Give the rows where `mask` is true, in their order.

        Parameters
        ----------
        mask : array-like of bool, shape (rows,)
            What is masked in a masked array counts as false: ``table.filter(table["Rows"] == 512)``.

        Raises
        ------
        ValueError
            `mask` has not one entry for each row.
        """
        import numpy as np  # noqa: PLC0415 - numpy comes at the first array

        chosen = (
            np.ma.filled(mask, fill_value=False) if isinstance(mask, np.ma.MaskedArray) else np.asarray(mask)
        )
        if chosen.dtype != np.bool_ or chosen.shape != (len(self),):
            raise ValueError(
                f"a mask of {len(self)} bool is needed, not {chosen.dtype} of shape {chosen.shape}"
            )
        return Table(self._core.take(np.flatnonzero(chosen)))

    def rows(self) -> Iterator[dict[str, Any]]:
        """Give each row as a dictionary, a few thousand made at a time."""
        names = self._core.names
        step = 4096
        for first in range(0, len(self), step):
            parts = [self._core.objects(name, first, step) for name in names]
            for values in zip(*parts, strict=True):
                yield dict(zip(names, values, strict=True))

    def to_dict(self) -> dict[str, list[Any]]:
        """Give every column as a list of Python objects: None for nulls, `datetime` ones for dates."""
        return {name: self._core.objects(name, 0, len(self)) for name in self._core.names}

    def states(self, name: str) -> NDArray[np.str_]:
        """Tell why cells of a column are null.

        Returns
        -------
        ndarray of str
            For each row "value", "absent", "empty", "unreadable" (in a list: one of its values at least), or
            "not read", where the file could not be read.
        """
        import numpy as np  # noqa: PLC0415 - numpy comes at the first array

        return np.array(_STATES)[np.frombuffer(self._core.states(name), np.uint8)]

    def status_counts(self) -> dict[str, int]:
        """Count the rows of each status."""
        return dict(self._core.status_counts())

    def faults(self) -> Faults:
        """List the rows whose status is not "ok"; ``faults().write_csv(path)`` writes the list.

        Returns
        -------
        list of dict
            path, frame (None: it is about the file), status, message and offset, as of `DecodedFrames`.
        """
        from fastdcm.bulk.faults import Faults  # noqa: PLC0415 - not all is well but rarely

        names = [name for name in Faults.COLUMNS if name != "frame"]
        if missing := [name for name in names if name not in self]:
            raise KeyError(f"faults need the columns {', '.join(names)}: {missing[0]} is not there")
        rows = self._core.fault_rows()
        empty = dict.fromkeys(Faults.COLUMNS)
        return Faults(empty | {name: self._core.objects(name, row, 1)[0] for name in names} for row in rows)

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write the table to a file, in the format of its ending: ``.csv``, ``.parquet`` or ``.arrow``.

        CSV needs nothing, the others need pyarrow or polars.

        Raises
        ------
        ModuleNotFoundError
            Neither is installed.
        """
        ending = os.path.splitext(path)[1].lower()  # noqa: PTH122 - importing pathlib takes longer
        if ending == ".csv":
            self.write_csv(path)
        elif ending == ".parquet":
            _write_parquet(self, os.fspath(path))
        elif ending in {".arrow", ".feather"}:
            _write_arrow(self, os.fspath(path))
        else:
            raise ValueError(f"the ending {ending!r} is none of .csv, .parquet, .arrow")

    def write_csv(self, target: str | os.PathLike[str] | TextIO) -> None:
        r"""Write CSV (RFC 4180) in UTF-8, with the names of the columns first.

        Nulls are empty fields, values of a list are separated by backslashes and lists in a list by ``|``,
        dates and times are those of ISO 8601, bytes are hexadecimal.

        Parameters
        ----------
        target : path or text file
            A file that is open already should have been opened with ``newline=""``.
        """
        if hasattr(target, "write"):
            for lines in self._csv():
                target.write(lines)
            return
        with open(target, "w", encoding="utf-8", newline="") as file:  # noqa: PTH123 - as above
            for lines in self._csv():
                file.write(lines)

    def _csv(self) -> Iterator[str]:
        yield self._core.csv() or ""
        batch = 0
        while (lines := self._core.csv(batch)) is not None:
            yield lines
            batch += 1

    def __arrow_c_schema__(self) -> object:
        return self._core.__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._core.__arrow_c_stream__(requested_schema)

    def __reduce__(self) -> tuple[object, ...]:
        from fastdcm.bulk.ipc import from_ipc, to_ipc  # noqa: PLC0415 - that module is above this one

        return from_ipc, (to_ipc(self),)

    def __repr__(self) -> str:
        return as_text(self._core)

    def _repr_html_(self) -> str:
        return as_html(self._core)


def is_arrow(source: object) -> TypeIs[ArrowData]:
    """True for Arrow data of any library, and for tables of ours."""
    return hasattr(source, "__arrow_c_stream__")


def table_of(source: Table | ArrowData) -> Table:
    """A table of ours, of Arrow data of any library; columns are known by their names."""
    if isinstance(source, Table):
        return source
    if not is_arrow(source):
        lazy = "; collect() a LazyFrame first" if hasattr(source, "collect") else ""
        raise TypeError(
            f"a Table or Arrow data is needed, not {type(source).__name__}{lazy}; "
            "fastdcm.scan makes a Table of a folder, fastdcm.open_index of a file"
        )
    return Table(_core.ArrowTable.from_stream(source.__arrow_c_stream__()))


def row_numbers(rows: ArrayLike, count: int) -> NDArray[np.int64]:
    """Numbers of rows of a table with so many, those from the end counted from the start."""
    import numpy as np  # noqa: PLC0415 - numpy comes at the first array

    numbers = np.asarray(rows)
    if numbers.size == 0:
        return np.zeros(0, np.int64)
    if numbers.dtype.kind not in "iu" or numbers.ndim != 1:
        raise TypeError("row numbers are whole numbers in one axis; a mask goes to filter()")
    numbers = np.ascontiguousarray(numbers, np.int64)
    numbers = np.where(numbers < 0, numbers + count, numbers)
    if numbers.min() < 0 or numbers.max() >= count:
        raise IndexError(f"a row number is outside the {count} rows")
    return numbers


def _to_numpy(core: _core.ArrowTable, name: str) -> NDArray[Any]:
    import numpy as np  # noqa: PLC0415 - numpy comes at the first array

    kind = core.kind(name)
    if kind in {"text", "binary", "list"}:
        objects = np.empty(len(core), object)
        # Not the whole list at once: lists of one length would be taken for rows of a matrix.
        for row, value in enumerate(core.objects(name, 0, len(core))):
            objects[row] = value
        return objects
    values, nulls = core.fixed(name)
    mask = None if nulls is None else np.frombuffer(nulls, np.bool_)
    if kind in {"date", "time"}:
        stored, wanted = ("int32", "datetime64[D]") if kind == "date" else ("int64", "timedelta64[us]")
        times = np.frombuffer(values, stored).astype(wanted)
        if mask is not None:
            times[mask] = "NaT"
        return times
    numbers = np.frombuffer(values, kind)
    if mask is None:
        return numbers
    if numbers.dtype.kind == "f":
        numbers[mask] = np.nan
        return numbers
    return np.ma.MaskedArray(numbers, mask)


def _write_parquet(table: Table, path: str) -> None:
    if (parquet := module_or_none("pyarrow.parquet")) is not None:
        parquet.write_table(import_module("pyarrow").table(table), path)
    elif (polars := module_or_none("polars")) is not None:
        polars.DataFrame(table).write_parquet(path)
    else:
        raise ModuleNotFoundError(
            "writing Parquet needs pyarrow or polars: pip install pyarrow", name="pyarrow"
        )


def _write_arrow(table: Table, path: str) -> None:
    if (feather := module_or_none("pyarrow.feather")) is not None:
        feather.write_feather(import_module("pyarrow").table(table), path, compression="uncompressed")
    elif (polars := module_or_none("polars")) is not None:
        polars.DataFrame(table).write_ipc(path)
    else:
        raise ModuleNotFoundError(
            "writing Arrow files needs pyarrow or polars: pip install pyarrow", name="pyarrow"
        )
