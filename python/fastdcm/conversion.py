"""What users assign becomes what elements hold, by VR (PS3.5 §6.2); Rust does the usual cases itself."""

from __future__ import annotations

from fastdcm import _core
from fastdcm.person_name import PersonName
from fastdcm.tag import Tag
from fastdcm.uid import UID
from fastdcm.values import DS, IS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

__all__ = ["convert", "convert_one", "date_text", "empty_value"]

# A backslash is a character there, or has no meaning.
_SINGLE = frozenset(["LT", "OB", "OD", "OF", "OL", "OV", "OW", "ST", "UN", "UR", "UT"])
_BYTES = frozenset(["OB", "OD", "OF", "OL", "OV", "OW", "UN"])
# Text of the default character repertoire (PS3.5 §6.1.2.1), and numbers that are written as such.
_ASCII = frozenset(["AE", "AS", "CS", "DA", "DS", "DT", "IS", "TM", "UI", "UR"])
_TEXT = _ASCII | {"LO", "LT", "SH", "ST", "UC", "UT"}


def convert(vr: str, value: Any) -> Any:
    """Return the value of an element of this VR; several values become a `MultiValue`."""
    if vr == "SQ":
        return value if isinstance(value, _core.Sequence) else _core.Sequence(value)
    if vr in _BYTES:
        return value
    if isinstance(value, str | bytes) and vr not in _SINGLE:
        mark = "\\" if isinstance(value, str) else b"\\"
        if mark in value:  # type: ignore[operator] # mark is of the value's type
            value = value.split(mark)  # type: ignore[arg-type] # as above
    if vr == "AT" and isinstance(value, tuple):  # group and element number; several tags are a list
        return Tag(value)
    if isinstance(value, list | tuple | _core.MultiValue) or _is_array(value):
        members = [convert_one(vr, one) for one in (value.tolist() if _is_array(value) else value)]
        return members[0] if len(members) == 1 else _core.multi_value(vr, None, members)
    return convert_one(vr, value)


def convert_one(vr: str, value: Any) -> Any:
    """Return one value of an element of this VR."""
    value = _plain(value)
    if value is None:
        return None
    if isinstance(value, bytes) and vr in _ASCII and value.isascii():
        value = value.decode("ascii")
    maker = _MAKERS.get(vr)
    return value if maker is None else maker(value)


def empty_value(vr: str) -> Any:
    """Return what an element of this VR has when it has no value."""
    if vr == "SQ":
        return _core.Sequence()
    if vr == "PN":
        return PersonName("")
    return "" if vr in _TEXT - {"DS", "IS"} else None


def date_text(vr: str, value: object) -> str:
    """Return the text of an object of ``datetime`` in an element of DA, TM or DT."""
    from fastdcm import date_time  # noqa: PLC0415 - imports datetime

    classes: dict[str, Callable[[Any], object]] = {"DA": date_time.DA, "TM": date_time.TM, "DT": date_time.DT}
    return str(classes[vr](value))


def _is_array(value: object) -> bool:
    """True for an array of at least one axis; numpy is not imported for it."""
    return bool(getattr(value, "ndim", 0)) and hasattr(value, "tolist")


def _plain(value: Any) -> Any:
    """Return a numpy scalar, or an array without axes, as the number of Python that it is."""
    return value.item() if hasattr(value, "item") and hasattr(value, "dtype") else value


def _decimal(value: Any) -> Any:
    # Text that is no number is kept, as in files; the check says what is wrong with it.
    try:
        return DS(value)
    except ValueError:
        return value


def _integer(value: Any) -> Any:
    try:
        return IS(value)
    except ValueError:
        return value


_MAKERS: dict[str, Callable[[Any], Any]] = {
    "AT": lambda value: Tag(value) if value != "" else value,
    "DS": _decimal,
    "IS": _integer,
    "PN": PersonName,
    "UI": lambda value: UID(value) if isinstance(value, str) else value,
}
