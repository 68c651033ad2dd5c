"""Paths to elements, as in the columns of ``scan``, with what only changing needs."""

import re
from typing import NamedTuple

import fastdcm
from fastdcm import _core

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Attribute(NamedTuple):
    """A tag, or what a private creator has in any block of a group: `element` is its low byte then."""

    group: int
    element: int
    creator: str | None


class ElementPath(NamedTuple):
    """Sequences with the items that are meant, the attribute, and a VR where one was given.

    An item is a number, -1 for the last one, ``"*"`` for all or ``"+"`` for a new one. `items` is that of the
    last attribute, where the path leads to an item.
    """

    sequences: tuple[tuple[Attribute, int | str], ...]
    attribute: Attribute
    items: int | str | None
    vr: str | None


__all__ = ["Attribute", "ElementPath", "dictionary_vr", "find_tag", "parse_path", "show"]

# A name goes up to a dot, a bracket or a colon outside of parentheses.
_NAME = re.compile(r"\s*((?:\([^)]*\)|[^(.\[:])*)")
_ITEM = re.compile(r"\[\s*([0-9]+|-1|[*+])\s*\]")
_VR = re.compile(r":([A-Za-z]{2})\s*$")
_KNOWN_VRS = (
    "AE AS AT CS DA DS DT FD FL IS LO LT OB OD OF OL OV OW PN SH SL SQ SS ST SV TM UC UI UL UN UR US UT UV"
)


def parse_path(text: str) -> ElementPath:
    """Return the path that `text` is; ValueError says what is wrong with it."""
    sequences: list[tuple[Attribute, int | str]] = []
    position = 0
    while True:
        name = _NAME.match(text, position)
        assert name is not None  # noqa: S101 - it matches nothing at all, too
        attribute = Attribute(*_core.attribute_from_text(name[1].strip()))
        position = name.end()
        item = _ITEM.match(text, position)
        items: int | str | None = None
        if item is not None:
            items = item[1] if item[1] in "*+" else int(item[1])
            position = item.end()
            if dictionary_vr(attribute) not in (None, "SQ", "UN"):
                raise ValueError(f"{show(attribute)} is not a sequence")
        rest = text[position:]
        if items is not None and rest.startswith("."):
            sequences.append((attribute, items))
            position += 1
            continue
        vr = _VR.match(rest) if items is None else None
        if vr is None and rest.strip():
            raise ValueError(
                "a sequence is followed by [0], [*], [-1] or [+] and a dot, an element by :VR or nothing"
            )
        return ElementPath(tuple(sequences), attribute, items, _checked_vr(vr[1]) if vr else None)


def _checked_vr(vr: str) -> str:
    if vr.upper() not in _KNOWN_VRS.split():
        raise ValueError(f"{vr} is no VR")
    return vr.upper()


def show(attribute: Attribute) -> str:
    """Return a tag, or the group, creator and element of a private attribute."""
    if attribute.creator is not None:
        return f"({attribute.group:04X},{attribute.creator},{attribute.element:02X})"
    return f"({attribute.group:04X},{attribute.element:04X})"


def dictionary_vr(attribute: Attribute) -> str | None:
    """Return the VR of the dictionaries, "US or SS" where there is a choice."""
    group, element, creator = attribute
    if creator is not None:
        private = _core.private_dictionary_entry(group << 16 | 0x1000 | element, creator)
        return private[0] if private else None
    if group % 2 == 1:
        return "LO" if 0x10 <= element < 0x100 else None
    entry = _core.dictionary_entry(group << 16 | element)
    return entry[0] if entry else None


def find_tag(dataset: fastdcm.Dataset, attribute: Attribute) -> int | None:
    """Return the tag at which a data set has the attribute; None where it has it not (PS3.5 §7.8.1)."""
    group, element, creator = attribute
    if creator is None:
        tag = group << 16 | element
        return tag if tag in dataset else None
    blocks: Any = dataset[group << 16 | 0x10 : group << 16 | 0x100]
    # A creator can reserve more than one block; scan, too, takes the last that has the element.
    tags = [(group << 16) | block.tag.element << 8 | element for block in blocks if block.value == creator]
    return next((tag for tag in reversed(tags) if tag in dataset), None)
