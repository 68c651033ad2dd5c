"""Dates and times (PS3.5 §6.2: DA, TM, DT) as objects of ``datetime`` that keep their text.

Elements give the text itself, ``DataElement.typed_value`` plain objects of ``datetime``; these classes are
those with both. What is a date or time here is one there, but for the second 60.
"""

from __future__ import annotations

import datetime
import re
import warnings
from typing import TYPE_CHECKING, Any, ClassVar

from fastdcm.errors import DicomWarning

if TYPE_CHECKING:
    from typing import Self, SupportsIndex

__all__ = ["DA", "DT", "TM"]

_DATE = re.compile(r"(\d{4})(\.?)(\d\d)\2(\d\d)", re.ASCII)
_TIME = re.compile(r"(\d\d)(?:(:?)(\d\d)(?:\2(\d\d)(?:\.(\d{1,6}))?)?)?", re.ASCII)
_DATE_TIME = re.compile(
    r"(\d{4})(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:\.(\d{1,6}))?)?)?)?)?)?([+-]\d{4})?", re.ASCII
)
_BLANKS = " \t\n\r\f\0"
_LEAP_SECOND = 60
_LONGEST_RANGE = 64  # PS3.5 Table 6.2-1 has 54 for DT, and blanks may stand around
# PS3.5 §6.2, in minutes.
_LEAST_OFFSET, _LARGEST_OFFSET = -12 * 60, 14 * 60


class _Kept:
    """What the classes below share: they are made from text, show it, and keep it when copied or pickled."""

    __slots__ = ()

    _base: ClassVar[Any]
    _second: ClassVar[int | None]  # where the second stands among what the base is made from

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        """Make the object; None for no value, the text itself for a range."""
        value = args[0] if args else None
        if value is None and not kwargs:
            return None  # type: ignore[return-value] # as pydicom
        text = None
        try:
            if isinstance(value, str):
                stripped = value.strip(_BLANKS)
                if not stripped:
                    return None  # type: ignore[return-value] # as pydicom
                args, text = cls._settled(cls._read(stripped)), value
            elif isinstance(value, cls._base):
                args, text = cls._parts(value), cls._text(value)
            self = cls._base.__new__(cls, *args, **kwargs)
        except (TypeError, ValueError, OverflowError):
            if isinstance(value, str) and cls._is_range(value.strip(_BLANKS)):
                return value  # type: ignore[return-value] # what queries ask for stays text
            raise ValueError(f"not a value of VR {cls.__name__}") from None
        made: Self = self
        if isinstance(value, cls):
            text = getattr(value, "original_string", text)
        if text is not None:
            self.original_string = text
        return made

    @staticmethod
    def _read(text: str) -> tuple[Any, ...]:
        """Return what the base class is made from; ValueError where the text has not the form."""
        raise NotImplementedError

    @staticmethod
    def _parts(value: Any) -> tuple[Any, ...]:
        """Return what the base class is made from."""
        raise NotImplementedError

    @staticmethod
    def _text(value: Any) -> str:
        """Return the text of an object of the base class."""
        raise NotImplementedError

    @classmethod
    def _is_range(cls, text: str) -> bool:
        """Return True for a range of queries (PS3.4 §C.2.2.2.5): a value on one side of a hyphen or both."""
        if not 1 < len(text) <= _LONGEST_RANGE:
            return False
        for place, letter in enumerate(text):
            if letter == "-":
                sides = (text[:place].rstrip(), text[place + 1 :])
                if all(not side or cls._is_value(side) for side in sides):
                    return True
        return False

    @classmethod
    def _is_value(cls, text: str) -> bool:
        try:
            cls._base(*cls._settled(cls._read(text), tells=False))
        except ValueError:
            return False
        return True

    @classmethod
    def _settled(cls, parts: tuple[Any, ...], *, tells: bool = True) -> tuple[Any, ...]:
        """Return the parts without a leap second, which the base class does not have."""
        place = cls._second
        if place is None or parts[place] != _LEAP_SECOND:
            return parts
        if tells:
            warning = DicomWarning("datetime has no second 60, 59 is taken", kind="LeapSecond")
            warnings.warn(warning, stacklevel=3)
        return *parts[:place], _LEAP_SECOND - 1, *parts[place + 1 :]

    def __str__(self) -> str:
        text = getattr(self, "original_string", None)
        return super().__str__() if text is None else text

    def __repr__(self) -> str:
        return f'"{self}"'

    def __reduce_ex__(self, protocol: SupportsIndex) -> tuple[Any, ...]:
        made: Any = super().__reduce_ex__(protocol)
        text = getattr(self, "original_string", None)
        return made[:2] if text is None else (*made[:2], (None, {"original_string": text}))


class DA(_Kept, datetime.date):
    """A date (DA) that keeps its text.

    Parameters
    ----------
    *args, **kwargs
        A text as "20240229" or, as in ACR-NEMA, "2024.02.29"; a ``date``; or what ``date`` takes. None and
        text of blanks only give None; a range of dates (PS3.4 §C.2.2.2.5) is returned as it is.

    Attributes
    ----------
    original_string : str
        The text; absent where the date was made from numbers.

    Raises
    ------
    ValueError
        No date.
    """

    __slots__ = ("original_string",)

    original_string: str
    _base = datetime.date
    _second = None

    @staticmethod
    def _read(text: str) -> tuple[Any, ...]:
        year, _, month, day = _groups(_DATE, text)
        return int(year), int(month), int(day)

    @staticmethod
    def _parts(value: datetime.date) -> tuple[Any, ...]:
        return value.year, value.month, value.day

    @staticmethod
    def _text(value: datetime.date) -> str:
        return f"{value.year:04}{value.month:02}{value.day:02}"


class TM(_Kept, datetime.time):
    """A time of day (TM) that keeps its text.

    Parameters
    ----------
    *args, **kwargs
        A text from "10" to "101112.123456" or, as in ACR-NEMA, "10:11:12"; a ``time``; or what ``time``
        takes. None and text of blanks only give None; a range (PS3.4 §C.2.2.2.5) is returned as it is.

    Attributes
    ----------
    original_string : str
        The text; absent where the time was made from numbers.

    Raises
    ------
    ValueError
        No time.

    Warns
    -----
    DicomWarning
        The second 60 becomes 59: ``time`` has no leap second.
    """

    __slots__ = ("original_string",)

    original_string: str
    _base = datetime.time
    _second = 2

    @staticmethod
    def _read(text: str) -> tuple[Any, ...]:
        hour, _, minute, second, fraction = _groups(_TIME, text)
        return _clock((hour, minute, second), fraction)

    @staticmethod
    def _parts(value: datetime.time) -> tuple[Any, ...]:
        return value.hour, value.minute, value.second, value.microsecond

    @staticmethod
    def _text(value: datetime.time) -> str:
        return _clock_text(value)


class DT(_Kept, datetime.datetime):
    """A date with the time of day (DT) that keeps its text.

    Parameters
    ----------
    *args, **kwargs
        A text from "2024" to "20240229101112.123456", each with or without an offset from UTC as "+0100"; a
        ``datetime``; or what ``datetime`` takes. None and text of blanks only give None; a range (PS3.4
        §C.2.2.2.5) is returned as it is, but for one that is an offset too.

    Attributes
    ----------
    original_string : str
        The text; absent where the object was made from numbers.

    Raises
    ------
    ValueError
        No date and time.

    Warns
    -----
    DicomWarning
        The second 60 becomes 59: ``datetime`` has no leap second.
    """

    __slots__ = ("original_string",)

    original_string: str
    _base = datetime.datetime
    _second = 5

    @staticmethod
    def _read(text: str) -> tuple[Any, ...]:
        year, month, day, hour, minute, second, fraction, offset = _groups(_DATE_TIME, text)
        clock = _clock((hour, minute, second), fraction)
        return int(year), int(month or 1), int(day or 1), *clock, _zone(offset) if offset else None

    @staticmethod
    def _parts(value: datetime.datetime) -> tuple[Any, ...]:
        return *value.timetuple()[:6], value.microsecond, value.tzinfo

    @staticmethod
    def _text(value: datetime.datetime) -> str:
        text = DA._text(value) + _clock_text(value)  # noqa: SLF001 - the same parts
        offset = value.utcoffset()
        if offset is None:
            return text
        minutes = offset // datetime.timedelta(minutes=1)
        return f"{text}{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}{abs(minutes) % 60:02}"


def _groups(form: re.Pattern[str], text: str) -> tuple[str, ...]:
    match = form.fullmatch(text)
    if match is None:
        raise ValueError("not of this form")
    return match.groups()


def _clock(parts: tuple[str, ...], fraction: str) -> tuple[int, ...]:
    """Return hour, minute, second and microsecond; what was not written is the earliest."""
    return *(int(part or 0) for part in parts), int((fraction or "").ljust(6, "0"))


def _clock_text(value: datetime.time | datetime.datetime) -> str:
    fraction = f".{value.microsecond:06}" if value.microsecond else ""
    return f"{value.hour:02}{value.minute:02}{value.second:02}{fraction}"


def _zone(offset: str) -> datetime.timezone:
    hours, minutes = int(offset[1:3]), int(offset[3:])
    total = (hours * 60 + minutes) * (-1 if offset[0] == "-" else 1)
    if minutes > 59 or not _LEAST_OFFSET <= total <= _LARGEST_OFFSET:
        raise ValueError("no offset from UTC")
    return datetime.timezone(datetime.timedelta(minutes=total), offset)
