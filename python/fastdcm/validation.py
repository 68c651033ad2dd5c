"""Checks of text values against their VR (PS3.5 Table 6.2-1), made only where they are asked for."""

from __future__ import annotations

import re
import warnings

from fastdcm.errors import DicomWarning

__all__ = ["IGNORE", "RAISE", "WARN", "is_valid_ds", "report", "validate_value"]

# pydicom's numbers.
IGNORE, WARN, RAISE = 0, 1, 2

_LENGTHS = {"DS": 16, "IS": 12, "UI": 64}
_FORMS = {
    "DS": re.compile(r" *[+-]?(\d+(\.\d*)?|\.\d+)([Ee][+-]?\d+)? *", re.ASCII),
    "IS": re.compile(r" *[+-]?\d+ *", re.ASCII),
    "UI": re.compile(r"(0|[1-9]\d*)(\.(0|[1-9]\d*))*", re.ASCII),
}
_GROUPS = 3
_GROUP_LENGTH = 64


def validate_value(vr: str, value: str | bytes, validation_mode: int) -> None:
    """Check a value of a DS, IS, UI or PN element.

    Parameters
    ----------
    vr : {"DS", "IS", "PN", "UI"}
        The VR.
    value : str or bytes
        One value of the element.
    validation_mode : int
        0 checks nothing, 1 issues a `DicomWarning`, 2 raises.

    Raises
    ------
    ValueError
        The value is not one of the VR, and `validation_mode` is 2.
    """
    if validation_mode != IGNORE:
        fault = _name_fault(value) if vr == "PN" else _fault(vr, value)
        if fault:
            report(fault, validation_mode)


def is_valid_ds(text: str) -> bool:
    """Return True for a Decimal String of at most 16 characters."""
    return _fault("DS", text) is None


def report(fault: str, validation_mode: int, error: type[Exception] = ValueError) -> None:
    """Raise an error or issue a warning, as `validation_mode` says."""
    if validation_mode == RAISE:
        raise error(fault)
    if validation_mode == WARN:
        warnings.warn(DicomWarning(fault, kind="InvalidValue"), stacklevel=4)


def _fault(vr: str, value: str | bytes) -> str | None:
    text = value.decode("latin-1") if isinstance(value, bytes) else value
    if len(text) > _LENGTHS[vr]:
        return f"{len(text)} characters, VR {vr} has at most {_LENGTHS[vr]}"
    if text and not _FORMS[vr].fullmatch(text):
        return f"not a value of VR {vr}"
    return None


def _name_fault(value: str | bytes) -> str | None:
    groups: list[str] | list[bytes] = value.split(b"=") if isinstance(value, bytes) else value.split("=")
    if len(groups) > _GROUPS:
        return f"{len(groups)} component groups, VR PN has at most {_GROUPS}"
    length = max(len(group) for group in groups)
    if length > _GROUP_LENGTH:
        return f"{length} characters in a component group, VR PN has at most {_GROUP_LENGTH}"
    return None
