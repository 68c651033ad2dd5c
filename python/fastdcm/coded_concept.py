"""Coded concepts (PS3.3 §8): a code, the scheme it is from, and what it means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from typing import Self

    from fastdcm.dataset import Dataset

__all__ = ["Code"]

_SHORT = 16  # characters of Code Value (PS3.3 Table 8.8-1a)
_VALUES = ("CodeValue", "LongCodeValue", "URNCodeValue")


class Code(NamedTuple):
    """A coded concept.

    Two are equal when value, scheme and version of the scheme are; the meaning is for people. Codes of SNOMED
    CT in their old form (SRT) are not the same as those in the new one (SCT).

    Parameters
    ----------
    value : str
        The code.
    scheme_designator : str
        The coding scheme, as "SCT" or "DCM" (PS3.16 §8); empty text only where the code is a URN or URL.
    meaning : str
        What it means.
    scheme_version : str, optional
        The version of the coding scheme.
    """

    value: str
    scheme_designator: str
    meaning: str
    scheme_version: str | None = None

    @classmethod
    def from_dataset(cls, dataset: Dataset) -> Self:
        """Read the code of an item of a code sequence (PS3.3 §8.8).

        Parameters
        ----------
        dataset : Dataset
            The item.

        Returns
        -------
        Code
            Without a scheme or meaning where the item has none.

        Raises
        ------
        ValueError
            The item has neither Code Value, Long Code Value nor URN Code Value.
        """
        value = next(filter(None, (_text(dataset, keyword) for keyword in _VALUES)), None)
        if value is None:
            raise ValueError("the item has no Code Value, Long Code Value or URN Code Value")
        return cls(
            value,
            _text(dataset, "CodingSchemeDesignator"),
            _text(dataset, "CodeMeaning"),
            _text(dataset, "CodingSchemeVersion") or None,
        )

    def to_dataset(self) -> Dataset:
        """Return an item of a code sequence (PS3.3 §8.8).

        Returns
        -------
        Dataset
            With Code Value for up to 16 characters, Long Code Value for more, URN Code Value for URN or URL.

        Raises
        ------
        ValueError
            No value or meaning, or no scheme where the code is neither URN nor URL.
        """
        from fastdcm.dataset import Dataset  # noqa: PLC0415 - that it need not be there before this module

        is_urn = self.value.lower().startswith("urn:") or "://" in self.value
        if not self.value or not self.meaning or not (self.scheme_designator or is_urn):
            raise ValueError("a code needs value, meaning and, unless it is a URN or URL, scheme designator")
        item: Any = Dataset()
        keyword = "URNCodeValue" if is_urn else "CodeValue" if len(self.value) <= _SHORT else "LongCodeValue"
        setattr(item, keyword, self.value)
        if self.scheme_designator:
            item.CodingSchemeDesignator = self.scheme_designator
        if self.scheme_version:
            item.CodingSchemeVersion = self.scheme_version
        item.CodeMeaning = self.meaning
        made: Dataset = item
        return made

    def _identity(self) -> tuple[str, str, str | None]:
        return self.scheme_designator, self.value, self.scheme_version

    def __eq__(self, other: object) -> bool:
        # Anything with these names, as the coded concepts of other libraries.
        names = ("scheme_designator", "value", "scheme_version")
        return self._identity() == tuple(getattr(other, name, _MISSING) for name in names)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self.scheme_designator + self.value)


_MISSING = object()


def _text(dataset: Any, keyword: str) -> str:
    """Return the value of an element, empty text where there is none; several values as they were written."""
    value = dataset.get(keyword)
    if value is None or isinstance(value, str):
        return value or ""
    return "\\".join(str(part) for part in value)
