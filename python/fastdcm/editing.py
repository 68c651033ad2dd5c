"""Changing data sets: the part of `fastdcm.Dataset` that adds, removes and converts elements."""

from __future__ import annotations

from fastdcm import _core
from fastdcm.private_block import PrivateBlock
from fastdcm.tag import BaseTag, Tag

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from fastdcm._core import DataElement

__all__ = ["Editing"]

_MISSING: Any = object()
_FIRST_BLOCK, _BEHIND_BLOCKS = 0x10, 0x100


class Editing(_core.DatasetBase):
    """What changes a data set."""

    _own_keywords: frozenset[str] | None = None

    def add(self, data_element: DataElement) -> None:
        """Add an element, in place of one with the same tag.

        It is the element itself, not a copy: whoever holds it changes the data set with it.
        """
        self[data_element.tag] = data_element

    def update(self, d: Mapping[Any, Any] | Iterable[tuple[Any, Any]] | Editing) -> None:
        """Add the elements of a data set, of a mapping, or of pairs of key and element.

        Under a keyword, or another attribute name, there may be a value in place of an element.
        """
        pairs: Any = d.items() if hasattr(d, "items") else d
        for key, element in list(pairs):
            if isinstance(key, str) and not isinstance(element, _core.DataElement):
                setattr(self, key, element)
            else:
                self[key] = element

    def setdefault(self, key: Any, default: Any = None) -> DataElement:
        """Return the element of `key`, made with the value, or of the element, `default` where there is none.

        An element that the dictionary does not have gets VR UN.
        """
        tag = Tag(key)
        if tag not in self:
            if isinstance(default, _core.DataElement):
                self[tag] = default
            else:
                self._set(tag, default)
        element: DataElement = self[tag]
        return element

    def pop(self, key: Any, default: Any = _MISSING) -> DataElement:
        """Take out the element of `key` and return it; without one `default`, or KeyError."""
        if key not in self:
            if default is _MISSING:
                raise KeyError(str(key))
            missing: DataElement = default
            return missing
        element: DataElement = self[key]
        del self[key]
        return element

    def popitem(self) -> tuple[BaseTag, DataElement]:
        """Take out the last element; return its tag and the element."""
        tags = self._tags()
        if not tags:
            raise KeyError("popitem(): the data set is empty")
        return tags[-1], self.pop(tags[-1])

    # Private elements

    def private_block(self, group: int, private_creator: str, create: bool = False) -> PrivateBlock:  # noqa: FBT001, FBT002 - pydicom's signature
        """Return the block that a private creator has reserved in a group (PS3.5 §7.8.1).

        Parameters
        ----------
        group : int
            An odd group number.
        private_creator : str
            The value of one of (gggg,0010-00FF).
        create : bool
            Reserve the first free block where there is none.

        Raises
        ------
        ValueError
            The group number is even, or the creator empty.
        KeyError
            The creator has reserved no block in this group, and `create` is false; or none is free.
        """
        if not private_creator:
            raise ValueError("Private creator must have a value")
        if group % 2 == 0:
            raise ValueError("Tag must be private if private creator is given")
        taken = set()
        for element in self[Tag(group, _FIRST_BLOCK) : Tag(group, _BEHIND_BLOCKS)]:
            if element.value == private_creator:
                return PrivateBlock((group, private_creator), self, element.tag.element)
            taken.add(element.tag.element)
        if not create:
            raise KeyError(f"Private creator '{private_creator}' not found")
        free = next((number for number in range(_FIRST_BLOCK, _BEHIND_BLOCKS) if number not in taken), None)
        if free is None:
            raise KeyError(f"No free private element block in group {group:04X}")
        self.add_new(Tag(group, free), "LO", private_creator)
        return PrivateBlock((group, private_creator), self, free)

    def add_new_private(  # noqa: PLR0917 - pydicom's signature
        self, private_creator: str, group: int, element_offset: int, value: Any, vr: str | None = None
    ) -> None:
        """Make an element in the block of a private creator, which is reserved where it is not yet.

        Parameters
        ----------
        private_creator, group
            As those of `private_block`.
        element_offset : int
            Where in the block.
        value : object
            Its value.
        vr : str, optional
            Its VR; that of the private dictionary by default, KeyError where this does not have it.
        """
        if vr is None and group % 2:
            entry = _core.private_dictionary_entry(Tag(group, 0x1000 + element_offset), private_creator)
            if entry is None:
                raise KeyError("the private dictionary does not have this element; give its VR")
            vr = entry[0]
        block = self.private_block(group, private_creator, create=True)
        block.add_new(element_offset, vr or "UN", value)

    def remove_private_tags(self) -> None:
        """Take out all private elements, those of items too."""
        stack: list[Any] = [self]
        while stack:
            dataset = stack.pop()
            for element in dataset:
                if element.is_private:
                    del dataset[element.tag]
                elif element.VR == "SQ":
                    stack.extend(element.value)

    def decode(self) -> None:
        """Do nothing: text is decoded when it is asked for. pydicom's name, for code that calls it."""
