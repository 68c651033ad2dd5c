"""Tables as bytes, in the streaming format of Arrow: how they get from one process to another."""

from __future__ import annotations

import io
from importlib import import_module

from fastdcm.bulk.installed import module_or_none
from fastdcm.bulk.table import Table, table_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["from_ipc", "to_ipc"]


def to_ipc(table: Table) -> bytes:
    """Bytes of a table, for `from_ipc` or any library that knows Arrow.

    Raises
    ------
    ModuleNotFoundError
        Neither pyarrow nor polars is installed.
    """
    sink = io.BytesIO()
    if (arrow := module_or_none("pyarrow")) is not None:
        found = arrow.table(table)
        with import_module("pyarrow.ipc").new_stream(sink, found.schema) as writer:
            writer.write_table(found)
    else:
        _polars().DataFrame(table).write_ipc_stream(sink)
    return sink.getvalue()


def from_ipc(data: bytes) -> Table:
    """Table of bytes that `to_ipc` gave."""
    if module_or_none("pyarrow") is not None:
        return table_of(import_module("pyarrow.ipc").open_stream(data).read_all())
    return table_of(_polars().read_ipc_stream(io.BytesIO(data)))


def _polars() -> Any:
    if (polars := module_or_none("polars")) is not None:
        return polars
    reason = "sending a table to another process needs pyarrow or polars: pip install pyarrow"
    raise ModuleNotFoundError(reason, name="pyarrow")
