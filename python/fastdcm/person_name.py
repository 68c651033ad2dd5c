"""Person names (PS3.5 §6.2.1)."""

from __future__ import annotations

from fastdcm import _core

TYPE_CHECKING = False  # typing itself takes longer to import than this package
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Self

__all__ = ["PersonName"]

_COMPONENTS = ("family_name", "given_name", "middle_name", "name_prefix", "name_suffix")


class PersonName:
    """A person name (PN): up to three groups of up to five components (PS3.5 §6.2.1).

    Parameters
    ----------
    val : str, bytes or PersonName
        The name, groups separated by ``=`` and components by ``^``.
    encodings : str or sequence of str, optional
        The terms of Specific Character Set, or the Python codecs, that the bytes are in.
    original_string : bytes, optional
        The bytes of the value where `val` is text.
    validation_mode : int, optional
        What happens to more than three groups, or a group of more than 64 characters: 0 or None nothing, 1 a
        `DicomWarning`, 2 a ``ValueError``.
    """

    __slots__ = ("_original", "_text", "encodings")

    encodings: tuple[str, ...] | None
    _original: bytes | None
    _text: str

    def __init__(  # noqa: PLR0917 - pydicom's arguments
        self,
        val: str | bytes | PersonName,
        encodings: Sequence[str] | str | None = None,
        original_string: bytes | None = None,
        validation_mode: int | None = None,
    ):
        if validation_mode:
            _validate(original_string or val, validation_mode)
        if isinstance(val, PersonName):
            encodings, original_string, val = val.encodings, val._original, val._text  # noqa: SLF001 - our class
        elif isinstance(val, bytes):
            original_string = val
            val = _decode(val, encodings)
        elif not isinstance(val, str):
            raise TypeError("a person name is made from str, bytes or PersonName")
        self._text = val.rstrip("=")
        self.encodings = encodings if type(encodings) is tuple else _terms(encodings)
        self._original = original_string

    @classmethod
    def from_named_components(  # noqa: PLR0913, PLR0917 - pydicom's arguments
        cls,
        family_name: str | bytes = "",
        given_name: str | bytes = "",
        middle_name: str | bytes = "",
        name_prefix: str | bytes = "",
        name_suffix: str | bytes = "",
        family_name_ideographic: str | bytes = "",
        given_name_ideographic: str | bytes = "",
        middle_name_ideographic: str | bytes = "",
        name_prefix_ideographic: str | bytes = "",
        name_suffix_ideographic: str | bytes = "",
        family_name_phonetic: str | bytes = "",
        given_name_phonetic: str | bytes = "",
        middle_name_phonetic: str | bytes = "",
        name_prefix_phonetic: str | bytes = "",
        name_suffix_phonetic: str | bytes = "",
        encodings: Sequence[str] | str | None = None,
    ) -> Self:
        r"""Make a name of its components (PS3.5 §6.2.1.2).

        Parameters
        ----------
        family_name, given_name, middle_name, name_prefix, name_suffix : str or bytes
            The alphabetic group.
        family_name_ideographic, ..., name_suffix_ideographic : str or bytes
            The ideographic group.
        family_name_phonetic, ..., name_suffix_phonetic : str or bytes
            The phonetic group.
        encodings : str or sequence of str, optional
            The terms of Specific Character Set, or the Python codecs, that bytes are in and `encode` writes.

        Raises
        ------
        ValueError
            A component holds ``\``, ``^`` or ``=``.
        """
        alphabetic = (family_name, given_name, middle_name, name_prefix, name_suffix)
        ideographic = (
            family_name_ideographic,
            given_name_ideographic,
            middle_name_ideographic,
            name_prefix_ideographic,
            name_suffix_ideographic,
        )
        phonetic = (
            family_name_phonetic,
            given_name_phonetic,
            middle_name_phonetic,
            name_prefix_phonetic,
            name_suffix_phonetic,
        )
        return cls(_joined((alphabetic, ideographic, phonetic), encodings), encodings)

    @classmethod
    def from_named_components_veterinary(  # noqa: PLR0917 - pydicom's arguments
        cls,
        responsible_party_name: str | bytes = "",
        patient_name: str | bytes = "",
        responsible_party_name_ideographic: str | bytes = "",
        patient_name_ideographic: str | bytes = "",
        responsible_party_name_phonetic: str | bytes = "",
        patient_name_phonetic: str | bytes = "",
        encodings: Sequence[str] | str | None = None,
    ) -> Self:
        r"""Make the name of an animal (PS3.5 §6.2.1.1): who is responsible for it, and how it is called.

        Parameters
        ----------
        responsible_party_name, patient_name : str or bytes
            The alphabetic group.
        responsible_party_name_ideographic, patient_name_ideographic : str or bytes
            The ideographic group.
        responsible_party_name_phonetic, patient_name_phonetic : str or bytes
            The phonetic group.
        encodings : str or sequence of str, optional
            The terms of Specific Character Set, or the Python codecs, that bytes are in and `encode` writes.

        Raises
        ------
        ValueError
            A component holds ``\``, ``^`` or ``=``.
        """
        groups = (
            (responsible_party_name, patient_name),
            (responsible_party_name_ideographic, patient_name_ideographic),
            (responsible_party_name_phonetic, patient_name_phonetic),
        )
        return cls(_joined(groups, encodings), encodings)

    @property
    def components(self) -> tuple[str, ...]:
        """The alphabetic, ideographic and phonetic groups; those missing at the end are left out."""
        return tuple(self._text.split("=")) if self._text else ()

    @property
    def original_string(self) -> bytes | None:
        """The bytes of the value; None for a name made from text that was not encoded yet."""
        return self._original

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
        return format_str % {name: getattr(self, name) for name in (*_COMPONENTS, "ideographic", "phonetic")}

    def decode(self, encodings: Sequence[str] | str | None = None) -> PersonName:
        """Return the name with its bytes decoded by other terms of Specific Character Set."""
        terms = _terms(encodings)
        return self if terms is None or terms == self.encodings else PersonName(self.encode(), terms)

    def encode(self, encodings: Sequence[str] | str | None = None) -> bytes:
        """Return the bytes of the name.

        Parameters
        ----------
        encodings : str or sequence of str, optional
            Terms of Specific Character Set or Python codecs; those of the name when omitted, and the default
            repertoire (ASCII) where it has none.

        Returns
        -------
        bytes
            The bytes that were read, where there are any and `encodings` is that of the name.

        Raises
        ------
        ValueError
            A character is in none of the character sets, or a character set is unknown.
        """
        terms = _terms(encodings) or self.encodings
        if terms != self.encodings and self.encodings is not None:
            return _encode(self._text, terms)
        if self._original is None:
            self._original = _encode(self._text, terms)
        return self._original

    def __eq__(self, other: object) -> bool:
        return str(self) == (str(other) if isinstance(other, PersonName) else other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __lt__(self, other: object) -> bool:
        return str(self) < str(other) if isinstance(other, str | PersonName) else NotImplemented

    def __le__(self, other: object) -> bool:
        return str(self) <= str(other) if isinstance(other, str | PersonName) else NotImplemented

    def __gt__(self, other: object) -> bool:
        return str(self) > str(other) if isinstance(other, str | PersonName) else NotImplemented

    def __ge__(self, other: object) -> bool:
        return str(self) >= str(other) if isinstance(other, str | PersonName) else NotImplemented

    def __hash__(self) -> int:
        return hash(str(self))

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return repr(str(self))

    def __len__(self) -> int:
        return len(str(self))

    def __bool__(self) -> bool:
        return bool(self._text or self._original)

    def __iter__(self) -> Iterator[str]:
        return iter(str(self))

    def __contains__(self, text: object) -> bool:
        return isinstance(text, str) and text in str(self)

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (str(self), self.encodings, self._original)


def _terms(encodings: Sequence[str] | str | None) -> tuple[str, ...] | None:
    if encodings is None:
        return None
    return (encodings,) if isinstance(encodings, str) else tuple(encodings)


def _decode(value: bytes, encodings: Sequence[str] | str | None) -> str:
    """Return the text of bytes; pydicom calls the default repertoire "iso8859", and means Latin-1 by it."""
    terms = _terms(encodings) or ()
    return _core.decode_text(value, "PN", ["ISO_IR 100" if term == "iso8859" else term for term in terms])


def _encode(text: str, terms: tuple[str, ...] | None) -> bytes:
    return _core.encode_text(text, "PN", terms or ())


def _joined(groups: Iterable[Iterable[str | bytes]], encodings: Sequence[str] | str | None) -> str:
    """Return the components of each group as the text of one name."""
    texts = []
    for group in groups:
        parts = [_decode(part, encodings) if isinstance(part, bytes) else part for part in group]
        if any(delimiter in part for part in parts for delimiter in "\\^="):
            raise ValueError("a component of a name holds neither a backslash nor ^ nor =")
        texts.append("^".join(parts).rstrip("^"))
    return "=".join(texts).rstrip("=")


def _validate(value: str | bytes | PersonName, validation_mode: int) -> None:
    from fastdcm.validation import validate_value  # noqa: PLC0415 - few values are validated

    if not isinstance(value, PersonName):
        validate_value("PN", value, validation_mode)
