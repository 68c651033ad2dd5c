"""Data sets in memory, as rows like those that a scan gives of files."""

from __future__ import annotations

import math

from fastdcm._core import Sequence
from fastdcm.date_time import DA, TM
from fastdcm.dictionary import dictionary_VR
from fastdcm.errors import DicomError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from fastdcm.bulk.scan import Column
    from fastdcm.dataset import Dataset

__all__ = ["row_of"]

_FLOATS, _INTEGERS = frozenset({"DS", "FD", "FL"}), frozenset({"IS", "US", "SS", "UL", "SL"})
# Names of columns whose values are lists in a table.
_LISTS = frozenset(
    {
        "ge_b_value",
        "siemens_b_matrix",
        "siemens_gradient",
        "ImageType",
        "ImagePositionPatient",
        "ImageOrientationPatient",
        "PixelSpacing",
        "DiffusionGradientOrientation",
        "GridFrameOffsetVector",
    }
)


def row_of(dataset: Dataset, number: int, columns: Mapping[str, Column]) -> dict[str, Any]:
    """The row of a data set; what cannot be read is None in it."""
    row: dict[str, Any] = {"path": f"data set {number}", "status": "ok", "dataset": dataset}
    for name, column in columns.items():
        try:
            values = _values(dataset, column)
        except (DicomError, LookupError, TypeError, ValueError, OverflowError):
            values = []
        row[name] = (values or None) if name in _LISTS else next(iter(values), None)
    return row


def _values(dataset: Dataset, column: Column) -> list[Any]:
    """The values of an element, of the types that they have in a table, whatever VR the data set gives it."""
    if isinstance(column, tuple):
        *creator, group, number = column
        element = dataset.private_block(group, creator[0])[number] if creator else dataset[group, number]
        vr = "FD"
    elif isinstance(column, str):
        holder: Any = dataset
        *path, keyword = column.split(".")
        for step in path:
            items = holder.get(step.removesuffix("[0]"))
            if not isinstance(items, Sequence) or not len(items):
                return []
            holder = items[0]
        if keyword not in holder:
            return []
        element = holder[keyword]
        vr = dictionary_VR(keyword)
    else:
        element = dataset[column]
        vr = "FD"
    value = element.value
    if value is None:
        return []
    is_one = isinstance(value, str | bytes) or not hasattr(value, "__iter__")
    return [_converted(one, vr) for one in ([value] if is_one else value)]


def _converted(value: Any, vr: str) -> Any:
    if vr in _FLOATS:
        number = float(value)
        return number if math.isfinite(number) else None
    if vr in _INTEGERS:
        return int(value)
    if vr == "DA":
        return DA(value)
    if vr == "TM":
        return TM(value)
    return str(value).strip()
