"""Blocks of private elements (PS3.5 §7.8.1)."""

from __future__ import annotations

from fastdcm.tag import BaseTag, Tag

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from fastdcm._core import DataElement
    from fastdcm.editing import Editing

__all__ = ["PrivateBlock"]

_BLOCK = 0x100  # elements of a block


class PrivateBlock:
    """The elements that a private creator has reserved, by their offset in the block.

    Attributes
    ----------
    group : int
        The group number.
    private_creator : str
        Who reserved it.
    dataset : Dataset
        The data set it is in.
    block_start : int
        The element number at offset 0.
    """

    def __init__(self, key: tuple[int, str], dataset: Editing, private_creator_element: int):
        self.group, self.private_creator = key
        self.dataset = dataset
        self.block_start = private_creator_element << 8

    def get_tag(self, element_offset: int) -> BaseTag:
        """Return the tag at an offset; ValueError above 0xFF."""
        if not 0 <= element_offset < _BLOCK:
            raise ValueError("Element offset must be less than 256")
        return Tag(self.group, self.block_start + element_offset)

    def __contains__(self, element_offset: int) -> bool:
        return self.get_tag(element_offset) in self.dataset

    def __getitem__(self, element_offset: int) -> DataElement:
        return self.dataset[self.get_tag(element_offset)]

    def __delitem__(self, element_offset: int) -> None:
        del self.dataset[self.get_tag(element_offset)]

    def add_new(self, element_offset: int, VR: str, value: Any) -> None:  # noqa: N803 - pydicom's name
        """Make an element at an offset of the block, in place of one that is there."""
        self.dataset.add_new(self.get_tag(element_offset), VR, value)

    def __repr__(self) -> str:
        return f"<PrivateBlock {self.private_creator!r} at {Tag(self.group, self.block_start)}>"
