"""The stub by which editors and type checkers know every keyword: VR and VM as the types of values."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# What an element gives, and what it takes beside that.
_INTEGER = ("int", "SupportsIndex")
_REAL = ("float", "SupportsFloat")
_TEXT = ("str", "str")
_BYTES = ("bytes", "Bytes")
TYPES = {
    **dict.fromkeys(["US", "SS", "UL", "SL", "UV", "SV"], _INTEGER),
    **dict.fromkeys(["FL", "FD"], _REAL),
    **dict.fromkeys(["AE", "AS", "CS", "LO", "LT", "SH", "ST", "UC", "UR", "UT"], _TEXT),
    **dict.fromkeys(["OB", "OD", "OF", "OL", "OV", "OW", "UN"], _BYTES),
    "AT": ("BaseTag", "TagLike"),
    "DA": ("str", "str | date"),
    "DS": ("DSfloat", "str | SupportsFloat"),
    "DT": ("str", "str | datetime"),
    "IS": ("_IS", "str | SupportsInt"),
    "PN": ("PersonName", "str | bytes | PersonName"),
    "TM": ("str", "str | time"),
    "UI": ("UID", "str"),
}

HEAD = """\
# Written by src/dictionary/generate.py from its tables; do not edit.
#
# The elements of a data set by keyword, for editors and type checkers; nothing of this is there at run time.
#
# An element that has one value gives it, one that always has several gives a MultiValue, one that may
# have either gives either. What an empty element gives is left out, which is None for numbers: nobody
# wants to rule it out at each `ds.Rows + 1`. So is what a damaged element gives. Assigning takes more
# than that, None included.

from collections.abc import Iterable
from collections.abc import Sequence as AbstractSequence
from datetime import date, datetime, time
from typing import (
    IO,
    Any,
    Generic,
    Self,
    SupportsFloat,
    SupportsIndex,
    SupportsInt,
    TypeAlias,
    TypeVar,
    overload,
)

import numpy.typing as npt
from typing_extensions import Buffer

from fastdcm._core import MultiValue, Sequence
from fastdcm.dataset import Dataset
from fastdcm.person_name import PersonName
from fastdcm.tag import BaseTag
from fastdcm.uid import UID
from fastdcm.values import IS as _IS
from fastdcm.values import DSfloat

__all__ = ["Attribute", "Attributes"]

_Given = TypeVar("_Given")
_Taken = TypeVar("_Taken")
_Get_co = TypeVar("_Get_co", covariant=True)
_Set_contra = TypeVar("_Set_contra", contravariant=True)

class Attribute(Generic[_Get_co, _Set_contra]):
    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...
    @overload
    def __get__(self, instance: Attributes, owner: type | None = None) -> _Get_co: ...
    def __set__(self, instance: Attributes, value: _Set_contra) -> None: ...
    def __delete__(self, instance: Attributes) -> None: ...

Bytes: TypeAlias = Buffer | IO[bytes]
TagLike: TypeAlias = int | str | tuple[int, int]
List: TypeAlias = AbstractSequence[_Taken] | npt.NDArray[Any] | None
One: TypeAlias = Attribute[_Given, _Taken | None]
OneOrMore: TypeAlias = Attribute[_Given | MultiValue[_Given], _Taken | List[_Taken]]
More: TypeAlias = Attribute[MultiValue[_Given], List[_Taken]]

"""


def types(vr: str) -> tuple[str, str]:
    """Return what an element of a VR gives and takes, of a choice either."""
    found = dict.fromkeys(TYPES[word] for word in vr.split(" or "))
    return " | ".join(given for given, _ in found), " | ".join(taken for _, taken in found)


def alias(vr: str, vm: str) -> tuple[str, str]:
    """Return the name and the definition of the type of an attribute.

    Bytes are one value, whatever VM says.
    """
    if vr == "SQ":
        return "SQ", "Attribute[Sequence[Dataset], Iterable[Dataset] | None]"
    name = "_or_".join(vr.split(" or "))
    given, taken = types(vr)
    if vm == "1" or given == "bytes":
        return name, f"One[{given}, {taken}]"
    if re.match(r"1-|0-", vm):
        return f"{name}_1_n", f"OneOrMore[{given}, {taken}]"
    return f"{name}_n", f"More[{given}, {taken}]"


def stub(rows: Iterable[Mapping[str, str]]) -> str:
    """Source of the stub, of the rows of the standard dictionary."""
    aliases: dict[str, str] = {}
    attributes: dict[str, str] = {}
    for row in rows:
        keyword = row["keyword"]
        if not row["vr"] or not keyword.isidentifier() or keyword in attributes:
            continue
        name, definition = alias(row["vr"], row["vm"])
        aliases[name] = definition
        attributes[keyword] = name
    lines = [f"{name}: TypeAlias = {definition}\n" for name, definition in sorted(aliases.items())]
    lines.append("\nclass Attributes:\n")
    lines.extend(f"    {keyword}: {name}\n" for keyword, name in sorted(attributes.items()))
    return HEAD + "".join(lines)
