"""Data element tags (PS3.5 §7.1.1)."""

from fastdcm import _core

__all__ = ["BaseTag", "ItemDelimiterTag", "ItemTag", "SequenceDelimiterTag", "Tag", "TupleTag"]


class BaseTag(int):
    """The tag of a data element: group and element number in one ``int``."""

    __slots__ = ()

    @property
    def group(self) -> int:
        """The group number."""
        return self >> 16

    @property
    def element(self) -> int:
        """The element number."""
        return self & 0xFFFF

    elem = element

    @property
    def is_private(self) -> bool:
        """True for an odd group number (PS3.5 §7.8)."""
        return self & 0x10000 != 0

    @property
    def is_private_creator(self) -> bool:
        """True for (gggg,0010-00FF) of an odd group, which reserves a block (PS3.5 §7.8.1)."""
        return self.is_private and 0x10 <= self.element < 0x100

    @property
    def private_creator(self) -> "BaseTag":
        """The tag of the private creator that reserves the block of this private tag (PS3.5 §7.8.1)."""
        return BaseTag(self & 0xFFFF0000 | self.element >> 8)

    @property
    def json_key(self) -> str:
        """The tag as eight hexadecimal digits, as in DICOM JSON (PS3.18 §F.2.2)."""
        return f"{int(self):08X}"

    def _other(self, other: object) -> int | None:
        if isinstance(other, int):
            return int(other)
        if isinstance(other, tuple | list | str):
            try:
                return int(Tag(other))
            except (ValueError, TypeError, OverflowError):
                return None
        return None

    def __eq__(self, other: object) -> bool:
        return int(self) == other if type(other) is int else int(self) == self._other(other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __lt__(self, other: object) -> bool:
        number = self._other(other)
        return NotImplemented if number is None else int(self) < number

    def __le__(self, other: object) -> bool:
        number = self._other(other)
        return NotImplemented if number is None else int(self) <= number

    def __gt__(self, other: object) -> bool:
        number = self._other(other)
        return NotImplemented if number is None else int(self) > number

    def __ge__(self, other: object) -> bool:
        number = self._other(other)
        return NotImplemented if number is None else int(self) >= number

    __hash__ = int.__hash__

    def __str__(self) -> str:
        return f"({self >> 16:04X},{self & 0xFFFF:04X})"

    __repr__ = __str__


def Tag(arg: int | str | tuple[int, int] | list[int], arg2: int | None = None) -> BaseTag:  # noqa: N802 - pydicom's name
    """Make a tag.

    Parameters
    ----------
    arg : int, str or pair of int
        Group and element in one number, a keyword, eight hexadecimal digits, or group and element number.
    arg2 : int, optional
        The element number, where `arg` is the group number.

    Returns
    -------
    BaseTag

    Raises
    ------
    ValueError
        No such keyword, or a number out of range.
    """
    if isinstance(arg, BaseTag) and arg2 is None:
        return arg
    if arg2 is None:
        return BaseTag(_core.tag_from_key(arg))
    return BaseTag(_core.tag_from_key((arg, arg2)))  # type: ignore[arg-type] # refused there when it is no pair


def TupleTag(group_elem: tuple[int, int]) -> BaseTag:  # noqa: N802 - pydicom's name
    """Make a tag from group and element number, which are not checked."""
    return BaseTag(group_elem[0] << 16 | group_elem[1])


# PS3.5 §7.5.
ItemTag = BaseTag(0xFFFEE000)
ItemDelimiterTag = BaseTag(0xFFFEE00D)
SequenceDelimiterTag = BaseTag(0xFFFEE0DD)
