"""The dictionaries of attributes (PS3.6) and of known private attributes."""

from fastdcm import _core
from fastdcm.tag import BaseTag, Tag

__all__ = [
    "dictionary_VM",
    "dictionary_VR",
    "dictionary_description",
    "dictionary_has_tag",
    "dictionary_is_retired",
    "dictionary_keyword",
    "keyword_for_tag",
    "private_dictionary_VM",
    "private_dictionary_VR",
    "private_dictionary_description",
    "tag_for_keyword",
]

_TagLike = int | str | tuple[int, int]


def _entry(tag: _TagLike) -> tuple[str, str, str, bool, str]:
    entry = _core.dictionary_entry(Tag(tag))
    if entry is None:
        raise KeyError(f"Tag {Tag(tag)} not found in DICOM dictionary")
    return entry


def _private_entry(tag: _TagLike, private_creator: str) -> tuple[str, str, str]:
    entry = _core.private_dictionary_entry(Tag(tag), private_creator)
    if entry is None:
        raise KeyError(f"Tag {Tag(tag)} not found in the private dictionary of {private_creator!r}")
    return entry


def tag_for_keyword(keyword: str) -> BaseTag | None:
    """Return the tag of a keyword, or None."""
    tag = _core.tag_for_keyword(keyword)
    return None if tag is None else BaseTag(tag)


def keyword_for_tag(tag: _TagLike) -> str:
    """Return the keyword of a tag, or an empty text."""
    entry = _core.dictionary_entry(Tag(tag))
    return entry[4] if entry else ""


def dictionary_has_tag(tag: _TagLike) -> bool:
    """Return True when the tag is in PS3.6."""
    return _core.dictionary_entry(Tag(tag)) is not None


def dictionary_VR(tag: _TagLike) -> str:  # noqa: N802 - pydicom's name
    """Return the VR of a tag, "US or SS" where there is a choice; KeyError when the tag is unknown."""
    return _entry(tag)[0]


def dictionary_VM(tag: _TagLike) -> str:  # noqa: N802 - pydicom's name
    """Return the value multiplicity of a tag as in PS3.6, as "1-n"; KeyError when the tag is unknown."""
    return _entry(tag)[1]


def dictionary_description(tag: _TagLike) -> str:
    """Return the name of a tag; KeyError when the tag is unknown."""
    return _entry(tag)[2]


def dictionary_is_retired(tag: _TagLike) -> bool:
    """Return True for a retired tag; KeyError when the tag is unknown."""
    return _entry(tag)[3]


def dictionary_keyword(tag: _TagLike) -> str:
    """Return the keyword of a tag; KeyError when the tag is unknown."""
    return _entry(tag)[4]


def private_dictionary_VR(tag: _TagLike, private_creator: str) -> str:  # noqa: N802 - pydicom's name
    """Return the VR of a private tag; KeyError when it is unknown."""
    return _private_entry(tag, private_creator)[0]


def private_dictionary_VM(tag: _TagLike, private_creator: str) -> str:  # noqa: N802 - pydicom's name
    """Return the value multiplicity of a private tag; KeyError when it is unknown."""
    return _private_entry(tag, private_creator)[1]


def private_dictionary_description(tag: _TagLike, private_creator: str) -> str:
    """Return the name of a private tag; KeyError when it is unknown."""
    return _private_entry(tag, private_creator)[2]
