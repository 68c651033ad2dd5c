"""Numbers, items and tables of a data set that pixels are computed with."""

from __future__ import annotations

import math

from fastdcm._core import Sequence
from fastdcm.errors import PixelDataError
from fastdcm.tag import Tag

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from fastdcm.dataset import Dataset

    Table = tuple[int, list[int], bytes, bool, bool]

__all__ = ["first_item", "number", "numbers", "table", "text"]

# What is in no words of big endian: numbers by now, and bytes.
_WITHOUT_ORDER = frozenset(["US", "SS", "US or SS", "US or OW", "OB"])


def numbers(dataset: Dataset, keyword: str) -> list[float]:
    """The numbers of an element; none where it is absent or empty."""
    value = dataset.get(keyword)
    if value is None or isinstance(value, (str, bytes)):
        if value:
            raise _fault(keyword, "not a number")
        return []
    values = [value] if isinstance(value, (int, float)) or not hasattr(value, "__iter__") else value
    try:
        found = [float(one) for one in values]
    except (TypeError, ValueError):
        raise _fault(keyword, "not a number") from None
    if not all(map(math.isfinite, found)):
        raise _fault(keyword, "not a finite number")
    return found


def number(dataset: Dataset, keyword: str) -> float | None:
    """The first number of an element; None where it is absent or empty."""
    found = numbers(dataset, keyword)
    return found[0] if found else None


def text(dataset: Dataset, keyword: str) -> str:
    """The first value of an element as text without blanks around it; empty where it is absent."""
    value = dataset.get(keyword)
    if value is not None and not isinstance(value, (str, bytes)) and hasattr(value, "__iter__"):
        value = next(iter(value), None)
    return value.strip() if isinstance(value, str) else ""


def first_item(dataset: Dataset | None, keyword: str) -> Dataset | None:
    """The first item of a sequence; None where it is absent, or all its elements are empty.

    Some writers fill every sequence that they know with an item that says nothing.
    """
    items = None if dataset is None else dataset.get(keyword)
    # Damage, or a wrong VR, may make it something else.
    if not isinstance(items, Sequence) or not len(items):
        return None
    item: Dataset = items[0]
    says_something = any(not element.is_empty for element in item if element.tag.element)
    return item if says_something else None


def table(item: Dataset, descriptor: str, data: str, *, is_signed: bool = False) -> Table:
    """A look-up table as it stands in a data set (PS3.3 C.11.1.1, C.7.6.3.1.5).

    Parameters
    ----------
    item : Dataset
        What has the two elements.
    descriptor, data : str
        Their keywords.
    is_signed : bool
        The table is for values of which some are negative, whatever the VR of its descriptor says.
    """
    found = [int(one) for one in numbers(item, descriptor)]
    if not found:
        raise _fault(descriptor, "missing")
    if len(found) > 1:
        found[1] = _first_value(found[0], found[1], is_signed=is_signed)
    if data not in item:
        raise _fault(data, "missing")
    element = item[data]
    value: Any = element.value
    is_big = False
    if isinstance(value, (bytes, bytearray, memoryview)):
        is_big = element.VR not in _WITHOUT_ORDER and _is_big_endian(item)
        entries = bytes(value)
    else:
        entries = _words(value, data)
    return int(Tag(descriptor)), found, entries, is_big, data.startswith("Segmented")


def _words(value: Any, keyword: str) -> bytes:
    """Numbers of 16 bits as words in little endian; there may be 65536 of them."""
    import numpy as np  # noqa: PLC0415 - comes at the first array

    found = np.asarray([] if value is None else value)
    if found.size and found.dtype.kind not in "iu":
        raise _fault(keyword, "not a whole number")
    return (found.astype(np.int64) & 0xFFFF).astype("<u2").tobytes()


def _first_value(entries: int, first: int, *, is_signed: bool) -> int:
    """The first value mapped, with the sign that the values have.

    A descriptor in US has a negative one in two's complement. In implicit VR Pixel Representation makes it SS
    though a Modality LUT or rescale may have left no negative values: then all of the table is below zero.
    """
    if is_signed:
        return first - (1 << 16) if first >= 1 << 15 else first
    count = entries % (1 << 16) or 1 << 16
    return first + (1 << 16) if first + count <= 0 else first


def _is_big_endian(dataset: Dataset) -> bool:
    return dataset.original_encoding[1] is False


def _fault(keyword: str, reason: str) -> PixelDataError:
    return PixelDataError(f"{reason}, tag {Tag(keyword)}")
