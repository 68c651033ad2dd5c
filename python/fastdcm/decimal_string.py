"""Decimal Strings (DS) without the limits of ``float``, and the texts that numbers have in 16 characters."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from math import isfinite
from typing import TYPE_CHECKING

from fastdcm.validation import is_valid_ds, report

if TYPE_CHECKING:
    from typing import Self

    from fastdcm.values import DSfloat

__all__ = ["DSdecimal", "format_number_as_ds"]

_LENGTH = 16


class DSdecimal(Decimal):
    """A Decimal String (DS): a ``Decimal`` that keeps the text it was read from.

    Parameters
    ----------
    val : str, int or Decimal
        The number or its text; None, and text of blanks only, are returned as they are. A ``float`` is
        refused: its digits are not those that were meant.
    auto_format : bool
        Make the text one of at most 16 characters where it is not; the number stays as it is.
    validation_mode : int, optional
        What happens to a text that no DS element may hold: 0 or None nothing, 1 a `DicomWarning`, 2 an error.

    Attributes
    ----------
    original_string : str
        The text, without the blanks around it; absent where a number was given.

    Raises
    ------
    TypeError
        `val` is a ``float``.
    ValueError
        The text is no number; it is none of DS and `validation_mode` is 2; the number is not finite and
        `auto_format` is set.
    OverflowError
        The text is longer than 16 characters and `validation_mode` is 2.
    """

    __slots__ = ("_auto_format", "original_string")

    _auto_format: bool
    original_string: str

    def __new__(
        cls,
        val: str | Decimal | int | None,
        auto_format: bool = False,  # noqa: FBT001, FBT002 - pydicom's argument
        validation_mode: int | None = None,
    ) -> Self:
        """Make the number; None and text of blanks only are returned as they are."""
        if val is None or (isinstance(val, str) and not val.strip()):
            return val  # type: ignore[return-value] # as pydicom: an empty value stays what it is
        if isinstance(val, float):
            raise TypeError("DSdecimal is not made from float: give the text or a Decimal")
        try:
            self = super().__new__(cls, val)
        except (InvalidOperation, ValueError):
            raise ValueError("not a Decimal String") from None
        if isinstance(val, str):
            self.original_string = val.strip()
        elif isinstance(val, DSdecimal):
            if hasattr(val, "original_string"):
                self.original_string = val.original_string
            self._auto_format = val.auto_format
        if auto_format and not self.auto_format:
            self._auto_format = True
            self.original_string = short_text(self)
        if validation_mode:
            self._validate(validation_mode)
        return self

    def _validate(self, validation_mode: int) -> None:
        text = repr(self)[1:-1]
        if len(text) > _LENGTH:
            fault = f"{len(text)} characters, VR DS has at most {_LENGTH}; auto_format=True makes it fit"
            report(fault, validation_mode, OverflowError)
        elif not is_valid_ds(text):
            report("not a value of VR DS", validation_mode)

    @property
    def auto_format(self) -> bool:
        """True when the text was made to fit, now or in the number that this one was made from."""
        return getattr(self, "_auto_format", False)

    def __eq__(self, other: object) -> bool:
        return str(self) == other if isinstance(other, str) else Decimal.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = Decimal.__hash__

    def __str__(self) -> str:
        text = getattr(self, "original_string", None)
        return text if text and len(text) <= _LENGTH else Decimal.__str__(self)

    def __repr__(self) -> str:
        return f"'{getattr(self, 'original_string', None) or self}'"

    def __reduce__(self) -> tuple[object, ...]:  # type: ignore[override] # with a state
        kept = {name: getattr(self, name) for name in DSdecimal.__slots__ if hasattr(self, name)}
        return type(self), (Decimal(self),), (None, kept)


def format_number_as_ds(val: float | Decimal) -> str:
    """Return the text of a number that a DS element may hold: as many digits as 16 characters have room for.

    Parameters
    ----------
    val : float or Decimal
        The number.

    Returns
    -------
    str
        The usual text of the number where that is short enough. Otherwise rounded; with an exponent below
        1e-4 and from 1e14 on (1e13 where there is a sign).

    Raises
    ------
    TypeError
        `val` is neither.
    ValueError
        The number is not finite, or its exponent alone is too long.
    """
    if not isinstance(val, float | Decimal):
        raise TypeError("a number that is formatted as DS must be float or Decimal")
    if not (val.is_finite() if isinstance(val, Decimal) else isfinite(val)):
        raise ValueError("a number that is not finite has no Decimal String")
    text = str(val)
    if len(text) <= _LENGTH:
        return text
    size = abs(val) if isinstance(val, Decimal) else abs(float(val))
    form = "f" if 1e-4 <= size < (1e13 if val < 0 else 1e14) else "e"
    for digits in range(_LENGTH, -1, -1):
        text = f"{val:.{digits}{form}}"
        if len(text) <= _LENGTH:
            return text
    raise ValueError("a number with so long an exponent has no Decimal String")


def short_text(number: DSfloat | DSdecimal) -> str:
    """Return the text of a number where a DS element may hold it, otherwise that of `format_number_as_ds`."""
    text: str | None = getattr(number, "original_string", None)
    if text is not None and is_valid_ds(text):
        return text
    is_decimal = isinstance(number, Decimal) and text is None
    return format_number_as_ds(Decimal(number) if is_decimal else float(number))
