"""Checks of text values against their VR (PS3.5 Table 6.2-1), made only where they are asked for."""

from __future__ import annotations

import warnings

from fastdcm import _core
from fastdcm.errors import DicomWarning

__all__ = ["IGNORE", "RAISE", "WARN", "is_valid_ds", "report", "validate_value"]

# pydicom's numbers.
IGNORE, WARN, RAISE = 0, 1, 2


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
        fault = _fault(vr, value)
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
    # Bytes are counted, whatever characters they are.
    return _core.value_fault(vr, value.decode("latin-1") if isinstance(value, bytes) else value)
