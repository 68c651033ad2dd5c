"""Values of data elements (PS3.5 §6.2): numbers that keep their text, person names, several values."""

from __future__ import annotations

from _collections_abc import Sequence as AbstractSequence  # collections.abc without the rest of collections

from fastdcm import _core
from fastdcm._core import MultiValue

TYPE_CHECKING = False  # typing itself takes longer to import than this package
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Self

__all__ = ["IS", "DSfloat", "ISfloat", "MultiValue", "PersonName"]


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
    value : str or float
        The number or its text; text of blanks only is returned as it is.

    Attributes
    ----------
    original_string : str
        The text, without the blanks around it; absent where a number was given.
    """

    __slots__ = ("original_string",)

    def __new__(cls, value: str | float) -> Self:
        """Make the number; text of blanks only is returned as it is."""
        if isinstance(value, str) and not value.strip():
            return value  # type: ignore[return-value] # as pydicom: an empty value stays text
        self = super().__new__(cls, value)
        text = value.strip() if isinstance(value, str) else getattr(value, "original_string", None)
        if text is not None:
            self.original_string = text
        return self

    def __eq__(self, other: object) -> bool:
        return str(self) == other if isinstance(other, str) else float.__eq__(self, other)

    __hash__ = float.__hash__

    def __repr__(self) -> str:
        return f"'{getattr(self, 'original_string', None) or float.__repr__(self)}'"

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (getattr(self, "original_string", None) or float(self),)


class ISfloat(DSfloat):
    """An Integer String (IS) whose text is a number that is not whole, as "1.5"."""

    __slots__ = ()


class IS(_NumberText, int):
    """An Integer String (IS): an ``int`` that keeps the text it was read from.

    Parameters
    ----------
    value : str or int
        The number or its text; text of blanks only is returned as it is.
    """

    __slots__ = ()

    def __new__(cls, value: str | float) -> Self:
        """Make the number; text of blanks only is returned as it is, a broken number as `ISfloat`."""
        text = value.strip() if isinstance(value, str) else getattr(value, "original_string", None)
        if text == "":
            return value  # type: ignore[return-value] # as pydicom: an empty value stays text
        try:
            self = super().__new__(cls, value)
        except ValueError:
            self = super().__new__(cls, float(value))
        if isinstance(value, str | float) and self != float(value):
            return ISfloat(value)  # type: ignore[return-value] # as pydicom: nothing is rounded
        if text is None or text == int.__repr__(self):
            return self
        kept = super().__new__(_TextIS, self)
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


class PersonName:
    """A person name (PN): up to three groups of up to five components (PS3.5 §6.2.1).

    Parameters
    ----------
    val : str, bytes or PersonName
        The name, groups separated by ``=`` and components by ``^``.
    encodings : sequence of str, optional
        The terms of Specific Character Set that bytes are decoded by.
    original_string : bytes, optional
        The bytes of the value where `val` is text.

    """

    __slots__ = ("_original", "_text", "encodings")

    encodings: tuple[str, ...] | None
    _original: bytes | None
    _text: str

    def __init__(
        self,
        val: str | bytes | PersonName,
        encodings: Sequence[str] | str | None = None,
        original_string: bytes | None = None,
    ):
        if isinstance(val, PersonName):
            encodings, original_string, val = val.encodings, val._original, val._text  # noqa: SLF001 - our class
        elif isinstance(val, bytes):
            original_string = val
            val = _core.decode_text(val, "PN", _terms(encodings) or ())
        self._text = val.rstrip("=")
        self.encodings = encodings if type(encodings) is tuple else _terms(encodings)
        self._original = original_string

    @property
    def components(self) -> tuple[str, ...]:
        """The alphabetic, ideographic and phonetic groups; those missing at the end are left out."""
        return tuple(self._text.split("=")) if self._text else ()

    @property
    def original_string(self) -> bytes:
        """The bytes of the value; of a name made from text, its UTF-8."""
        return str(self).encode() if self._original is None else self._original

    def _group(self, number: int) -> str:
        groups = self.components
        return groups[number] if number < len(groups) else ""

    def _component(self, number: int) -> str:
        parts = self._group(0).split("^")
        return parts[number] if number < len(parts) else ""

    @property
    def alphabetic(self) -> str:
        """The first group."""
        return self._group(0)

    @property
    def ideographic(self) -> str:
        """The second group."""
        return self._group(1)

    @property
    def phonetic(self) -> str:
        """The third group."""
        return self._group(2)

    @property
    def family_name(self) -> str:
        """The first component of the alphabetic group."""
        return self._component(0)

    @property
    def given_name(self) -> str:
        """The second component of the alphabetic group."""
        return self._component(1)

    @property
    def middle_name(self) -> str:
        """The third component of the alphabetic group."""
        return self._component(2)

    @property
    def name_prefix(self) -> str:
        """The fourth component of the alphabetic group."""
        return self._component(3)

    @property
    def name_suffix(self) -> str:
        """The fifth component of the alphabetic group."""
        return self._component(4)

    def family_comma_given(self) -> str:
        """Return the alphabetic name as "family, given"."""
        return f"{self.family_name}, {self.given_name}"

    def formatted(self, format_str: str) -> str:
        """Return `format_str` with the parts of the name put in, as ``"%(family_name)s, %(given_name)s"``."""
        names = (
            "family_name",
            "given_name",
            "middle_name",
            "name_prefix",
            "name_suffix",
            "ideographic",
            "phonetic",
        )
        return format_str % {name: getattr(self, name) for name in names}

    def decode(self, encodings: Sequence[str] | str | None = None) -> PersonName:
        """Return the name with its bytes decoded by other terms of Specific Character Set."""
        terms = _terms(encodings)
        return self if terms is None or terms == self.encodings else PersonName(self.original_string, terms)

    def __eq__(self, other: object) -> bool:
        return str(self) == (str(other) if isinstance(other, PersonName) else other)

    def __hash__(self) -> int:
        return hash(str(self))

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return repr(str(self))

    def __len__(self) -> int:
        return len(str(self))

    def __bool__(self) -> bool:
        return bool(self._text)

    def __iter__(self) -> Iterator[str]:
        return iter(str(self))

    def __contains__(self, text: object) -> bool:
        return isinstance(text, str) and text in str(self)

    def __reduce__(self) -> tuple[object, ...]:
        return PersonName, (str(self), self.encodings, self._original)


def _terms(encodings: Sequence[str] | str | None) -> tuple[str, ...] | None:
    if encodings is None:
        return None
    return (encodings,) if isinstance(encodings, str) else tuple(encodings)
