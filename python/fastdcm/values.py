"""Values of data elements (PS3.5 §6.2): numbers that keep their text, person names, several values."""

from __future__ import annotations

from _collections_abc import Sequence as AbstractSequence  # collections.abc without the rest of collections

from fastdcm import _core
from fastdcm._core import MultiValue
from fastdcm.person_name import PersonName

TYPE_CHECKING = False  # typing itself takes longer to import than this package
if TYPE_CHECKING:
    from decimal import Decimal
    from typing import Self

__all__ = ["DS", "IS", "DSfloat", "ISfloat", "MultiValue", "PersonName"]


AbstractSequence.register(MultiValue)
AbstractSequence.register(_core.Sequence)


class _NumberText:
    """What the numbers below share: they compare, show and hash as pydicom users know."""

    __slots__ = ()

    original_string: str

    def __str__(self) -> str:
        return getattr(self, "original_string", None) or repr(self)[1:-1]

    def __ne__(self, other: object) -> bool:
        return not self == other


class DSfloat(_NumberText, float):
    """A Decimal String (DS): a ``float`` that keeps the text it was read from.

    Parameters
    ----------
    val : str, int, float or Decimal
        The number or its text; None, and text of blanks only, are returned as they are.
    auto_format : bool
        Make the text one of at most 16 characters where it is not; the number stays as it is.
    validation_mode : int, optional
        What happens to a text that no DS element may hold: 0, 1 or None nothing, 2 an error.

    Attributes
    ----------
    original_string : str
        The text, without the blanks around it; absent where a number was given.

    Raises
    ------
    ValueError
        The text is no number; it is none of DS and `validation_mode` is 2; the number is not finite and
        `auto_format` is set.
    OverflowError
        The text is longer than 16 characters and `validation_mode` is 2.
    """

    __slots__ = ("_auto_format", "original_string")

    _auto_format: bool

    def __new__(
        cls,
        val: str | float | Decimal | None,
        auto_format: bool = False,  # noqa: FBT001, FBT002 - pydicom's argument
        validation_mode: int | None = None,
    ) -> Self:
        """Make the number; None and text of blanks only are returned as they are."""
        if val is None or (isinstance(val, str) and not val.strip()):
            return val  # type: ignore[return-value] # as pydicom: an empty value stays what it is
        try:
            self = super().__new__(cls, val)
        except ValueError:
            raise ValueError("not a Decimal String") from None
        if isinstance(val, str):
            self.original_string = val.strip()
        elif isinstance(val, DSfloat) or hasattr(val, "auto_format"):
            if hasattr(val, "original_string"):
                self.original_string = val.original_string
            if val.auto_format:
                self._auto_format = True
                return self
        if auto_format:
            from fastdcm.decimal_string import short_text  # noqa: PLC0415 - it takes decimal along

            self._auto_format = True
            self.original_string = short_text(self)
        elif validation_mode:
            _validate_decimal(self, validation_mode)
        return self

    @property
    def auto_format(self) -> bool:
        """True when the text was made to fit, now or in the number that this one was made from."""
        return getattr(self, "_auto_format", False)

    def __eq__(self, other: object) -> bool:
        return str(self) == other if isinstance(other, str) else float.__eq__(self, other)

    __hash__ = float.__hash__

    def __repr__(self) -> str:
        return f"'{getattr(self, 'original_string', None) or float.__repr__(self)}'"

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (float(self),), _slots(self, "_auto_format", "original_string")


def DS(  # noqa: N802 - pydicom's name
    val: str | float | Decimal | None,
    auto_format: bool = False,  # noqa: FBT001, FBT002 - pydicom's argument
    validation_mode: int | None = None,
) -> DSfloat | str | None:
    """Make a Decimal String.

    Parameters
    ----------
    val : str, int, float or Decimal
        The number or its text; None, and text of blanks only, are returned as they are.
    auto_format : bool
        Make the text one of at most 16 characters where it is not; the number stays as it is.
    validation_mode : int, optional
        What happens to a text that no DS element may hold: 0 or None nothing, 1 a `DicomWarning`, 2 an error.

    Returns
    -------
    DSfloat
        `DSdecimal` is made by its own name; no setting chooses it.

    Raises
    ------
    ValueError, OverflowError
        As `DSfloat`.
    """
    if validation_mode and isinstance(val, str) and val.strip():
        _validate("DS", val, validation_mode)
    return DSfloat(val, auto_format, validation_mode)


class ISfloat(float):
    """An Integer String (IS) that is not whole, as "1.5": a ``float`` that keeps the text it was read from.

    Parameters
    ----------
    val : str, float or Decimal
        The number or its text; text of blanks only gives an empty text.
    validation_mode : int, optional
        What happens to a number that is not whole: 0 or None nothing, 1 a `DicomWarning`, 2 a ``TypeError``.

    Attributes
    ----------
    original_string : str
        The text, without the blanks around it; absent where a number was given.
    """

    __slots__ = ("original_string",)

    original_string: str

    def __new__(cls, val: str | float | Decimal, validation_mode: int | None = None) -> Self:
        """Make the number; text of blanks only gives an empty text."""
        if isinstance(val, str) and not val.strip():
            return ""  # type: ignore[return-value] # as pydicom
        try:
            self = super().__new__(cls, val)
        except ValueError:
            raise ValueError("not an Integer String") from None
        if isinstance(val, str):
            self.original_string = val.strip()
        elif isinstance(val, IS | ISfloat) and hasattr(val, "original_string"):
            self.original_string = val.original_string
        if validation_mode:
            from fastdcm.validation import report  # noqa: PLC0415 - few values are validated

            report("a number that is not whole is no value of VR IS", validation_mode, TypeError)
        return self

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (float(self),), _slots(self, "original_string")


_IS_LENGTH = 12


class IS(_NumberText, int):
    """An Integer String (IS): an ``int`` that keeps the text it was read from.

    Parameters
    ----------
    val : str, int, float or Decimal
        The number or its text; None, and text of blanks only, are returned as they are; of a number that is
        not whole an `ISfloat`.
    validation_mode : int, optional
        What happens to a value that no IS element may hold: 0 or None nothing, 1 a `DicomWarning`, 2 an
        error.

    Raises
    ------
    ValueError
        The text is no number; the number is not finite; the text is none of IS and `validation_mode` is 2.
    TypeError
        The number is not whole and `validation_mode` is 2.
    OverflowError
        The number has more than 32 bits and `validation_mode` is 2.
    """

    __slots__ = ()

    def __new__(cls, val: str | float | Decimal | None, validation_mode: int | None = None) -> Self:
        """Make the number; None and text of blanks only stay as they are, a broken number is `ISfloat`."""
        text = val.strip() if isinstance(val, str) else val.original_string if isinstance(val, IS) else None
        if val is None or text == "":
            return val  # type: ignore[return-value] # as pydicom: an empty value stays what it is
        number = _whole(val)
        # As in pydicom: a text that is too long, or not of digits only, is said to be that.
        fits = not isinstance(val, str) or (
            len(val) <= _IS_LENGTH and val.strip(" ").lstrip("+-").isdecimal()
        )
        if validation_mode == 2 and fits and number is not None and not -(2**31) <= number < 2**31:
            raise OverflowError("a number of more than 32 bits is no value of VR IS")
        if validation_mode and isinstance(val, str):
            _validate("IS", val, validation_mode)
        if number is None:
            return ISfloat(val, validation_mode)  # type: ignore[return-value] # as pydicom: nothing is rounded
        if text is None or text == int.__repr__(number):
            return super().__new__(cls, number)
        kept = super().__new__(_TextIS, number)
        kept.original_string = text
        return kept  # type: ignore[return-value] # a subclass

    @property
    def original_string(self) -> str:  # type: ignore[override]
        """The text, without the blanks around it."""
        return int.__repr__(self)

    def __eq__(self, other: object) -> bool:
        return str(self) == other if isinstance(other, str) else int.__eq__(self, other)

    __hash__ = int.__hash__

    def __repr__(self) -> str:
        return f"'{int.__repr__(self)}'"

    def __reduce__(self) -> tuple[object, ...]:
        return IS, (self.original_string,)


class _TextIS(IS):
    """An Integer String whose text is not that of the number, as "+012"."""

    original_string: str = ""  # of each object its own


def _whole(value: str | float | Decimal) -> int | None:
    """Return a number, or the number that a text is, as ``int``; None where it is not whole."""
    number: str | float | Decimal = value
    try:
        if isinstance(value, str):
            try:
                return int(value)
            except ValueError:
                number = float(value)
        nearest = float(number)
        int(nearest)  # refuses what has no end before a Decimal writes out all its digits
        whole = int(number)
    except (ValueError, OverflowError):  # OverflowError: infinity
        raise ValueError("not an Integer String") from None
    # As pydicom: what float cannot tell from a whole number is one.
    return whole if whole in (number, nearest) else None


def _slots(number: object, *names: str) -> tuple[None, dict[str, object]]:
    """Return what a number keeps beside itself, as ``copy`` and ``pickle`` set it again."""
    return None, {name: getattr(number, name) for name in names if hasattr(number, name)}


def _validate(vr: str, value: str, validation_mode: int) -> None:
    from fastdcm.validation import validate_value  # noqa: PLC0415 - few values are validated

    validate_value(vr, value, validation_mode)


def _validate_decimal(number: DSfloat, validation_mode: int) -> None:
    """Refuse what a DS element may not hold; as pydicom, a number is not worth a warning."""
    from fastdcm.validation import RAISE, is_valid_ds  # noqa: PLC0415 - few values are validated

    text = str(number)
    if validation_mode == RAISE and len(text) > 16:
        raise OverflowError("more than 16 characters, VR DS has at most 16; auto_format=True makes it fit")
    if validation_mode == RAISE and not is_valid_ds(text):
        raise ValueError("not a value of VR DS")
