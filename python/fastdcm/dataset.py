"""Data sets (PS3.5 §7): what ``dcmread`` returns, and the items of sequences."""

from __future__ import annotations

from _collections_abc import MutableSequence

from fastdcm import _core
from fastdcm.errors import UnsupportedTransferSyntaxError
from fastdcm.exchange import Exchange
from fastdcm.tag import BaseTag, Tag

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator
    from types import TracebackType
    from typing import IO, Any, Self

    import numpy.typing as npt

    from fastdcm._attributes import Attributes
    from fastdcm._core import DataElement

# Lists of values and of items are what other code takes for such.
MutableSequence.register(_core.MultiValue)
MutableSequence.register(_core.Sequence)

__all__ = ["Dataset", "FileMetaDataset"]

_META_GROUP = 0x0002


if TYPE_CHECKING:

    class _Elements(Exchange, Attributes):
        """Elements by keyword, as type checkers know them."""
else:
    _Elements = Exchange


class Dataset(_Elements):
    """The elements of a data set, by keyword, tag or range of tags; names and behaviour follow pydicom 3.

    ``ds.PatientName`` and ``ds.get("PatientName")`` are values; ``ds["PatientName"]``, ``ds[0x0010, 0x0010]``
    and ``ds.get(0x00100010)`` are elements; ``ds[0x00100000:0x00110000]`` is a data set. Values are decoded
    when they are asked for the first time. Several threads may use a data set at once.

    Elements, lists of values, sequences and items that are taken out of a data set are views of it: what is
    changed there is changed here. Bytes of OD, OF, OL, OV and OW are handed out and taken in the byte order
    that the data set was read in, in little endian where it was not.

    A name that is nearly a keyword is refused; other attributes are stored as those of any object. A subclass
    that gives a class attribute the name of a keyword keeps it: the element is then reached by its tag.

    Type checkers know every keyword and the type of its value, as ``ds.Rows`` is an ``int``; that an empty
    element has none is not part of it. Names that are no keywords are errors to them: ``setattr`` sets those.

    Parameters
    ----------
    dataset : Dataset or mapping of tag to DataElement, optional
        What it holds at first.
    checks : {"warn", "error", "ignore"}
        What becomes of values that are assigned and break a rule of their VR (PS3.5 §6.2).
    """

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        names = {name for base in cls.__mro__ if base is not Dataset for name in vars(base)}
        own = frozenset(name for name in names if _core.tag_for_keyword(name) is not None)
        cls._own_keywords = own or None

    # Reading

    def data_element(self, name: str) -> DataElement | None:
        """Return the element with this keyword, or None."""
        tag = _core.tag_for_keyword(name)
        return self[tag] if tag is not None and tag in self else None

    def get_item(self, key: Any, *, keep_deferred: bool = False) -> DataElement | Dataset | None:  # noqa: ARG002 - pydicom's
        """Return the element of a tag or keyword, or None; of a range of tags a data set."""
        if isinstance(key, slice):
            return self[key]
        found: DataElement | None = self.get(Tag(key))
        return found

    def keys(self) -> list[BaseTag]:
        """Return the tags in ascending order."""
        return self._tags()

    def values(self) -> list[DataElement]:
        """Return the elements in ascending order of their tags."""
        return list(self)

    def items(self) -> list[tuple[BaseTag, DataElement]]:
        """Return pairs of tag and element in ascending order of tags."""
        return list(zip(self._tags(), self, strict=True))

    def elements(self) -> Iterator[DataElement]:
        """Iterate over the elements of this level."""
        return iter(self)

    def dir(self, *filters: str) -> list[str]:
        """Return the keywords of the elements that contain any of `filters`, whatever the case; sorted."""
        wanted = [text.casefold() for text in filters]
        keywords = sorted(set(self._keywords()))
        return [word for word in keywords if not wanted or any(text in word.casefold() for text in wanted)]

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self._keywords()})

    def trait_names(self) -> list[str]:
        """Return the names for completion in IPython."""
        return self.__dir__()

    def walk(self, callback: Callable[[Dataset, DataElement], object], recursive: bool = True) -> None:  # noqa: FBT001, FBT002 - pydicom's signature
        """Call ``callback(dataset, element)`` for every element in the order of tags.

        Parameters
        ----------
        callback : callable
            Called with the data set that holds the element, and the element.
        recursive : bool
            Go into the items of each sequence after the sequence itself.
        """
        stack: list[tuple[Dataset, Iterator[DataElement]]] = [(self, iter(self))]
        while stack:
            dataset, elements = stack[-1]
            element = next(elements, None)
            if element is None:
                stack.pop()
                continue
            callback(dataset, element)
            if recursive and element.VR == "SQ":
                stack.extend((item, iter(item)) for item in reversed(element.value))

    def group_dataset(self, group: int) -> Dataset:
        """Return a data set of the elements of one group."""
        stop = Tag(group + 1, 0) if group < 0xFFFF else None
        return self[Tag(group, 0) : stop]

    # Private elements

    def private_creators(self, group: int) -> list[str]:
        """Return the private creators of a group; ValueError when its number is even."""
        if group % 2 == 0:
            raise ValueError("Group must be an odd number")
        return [element.value for element in self[Tag(group, 0x10) : Tag(group, 0x100)]]

    def get_private_item(self, group: int, element_offset: int, private_creator: str) -> DataElement:
        """Return the element at an offset of the block that a private creator has reserved."""
        return self.private_block(group, private_creator)[element_offset]

    # What stands around it in a file

    @property
    def file_meta(self) -> FileMetaDataset:
        """The file meta information (PS3.10 §7.1); AttributeError where there is none."""
        if not self._has_meta():
            raise AttributeError(f"{type(self).__name__!r} object has no attribute 'file_meta'")
        return self._meta(FileMetaDataset)

    @file_meta.setter
    def file_meta(self, meta: Dataset | None) -> None:
        if meta is None:  # that of the file is not meant
            meta = FileMetaDataset()
        self._set_meta(meta if isinstance(meta, FileMetaDataset) else FileMetaDataset(meta))

    def ensure_file_meta(self) -> None:
        """Make empty file meta information where there is none."""
        if not self._has_meta():
            self._set_meta(FileMetaDataset())

    def fix_meta_info(self, enforce_standard: bool = True) -> None:  # noqa: FBT001, FBT002 - pydicom's signature
        """Make the file meta information agree with the data set, and complete it (PS3.10 §7.1).

        Raises
        ------
        ValueError
            With `enforce_standard`, when a UID is missing that has to come from the data set.
        """
        from fastdcm.writing import fix_meta_info  # noqa: PLC0415 - who reads does not need it

        fix_meta_info(self, enforce_standard=enforce_standard)

    # Pixels

    @property
    def pixel_array(self) -> npt.NDArray[Any]:
        """All frames as stored, with YBR made RGB; the same array until an element it depends on changes.

        See `fastdcm.pixel_array` for single frames, for the stored colour space and for arrays of your own.
        """
        try:
            return self._pixel_array()
        except UnsupportedTransferSyntaxError:
            # Video is decoded elsewhere, or told what it needs.
            from fastdcm.pixels.array import pixel_array  # noqa: PLC0415 - numpy comes only here

            return pixel_array(self)

    def overlay_array(self, group: int) -> npt.NDArray[Any]:
        """An overlay plane as 0 and 1, of the group 0x6000 to 0x60FF; see `fastdcm.pixels.overlay_array`."""
        from fastdcm.pixels.overlay import overlay_array  # noqa: PLC0415 - numpy comes only here

        return overlay_array(self, group)

    def decompress(self) -> None:
        """Decode encapsulated pixel data in place; the transfer syntax becomes explicit VR little endian."""
        from fastdcm.pixels.native import make_native  # noqa: PLC0415 - numpy comes only here

        make_native(self)

    def set_pixel_data(
        self,
        arr: npt.NDArray[Any],
        photometric_interpretation: str,
        bits_stored: int,
        *,
        generate_instance_uid: bool = True,
    ) -> None:
        """Set native pixel data from an array, and the attributes that describe them (PS3.3 §C.7.6.3).

        A transfer syntax with encapsulated pixel data becomes explicit VR little endian.

        Parameters
        ----------
        arr : ndarray, shape (rows, columns[, samples]) or (frames, rows, columns[, samples])
            uint8, int8, uint16 or int16; stored values.
        photometric_interpretation : str
            MONOCHROME1, MONOCHROME2, PALETTE COLOR, RGB, YBR_FULL or YBR_FULL_422.
        bits_stored : int
            Bits that the values need, at most those of the array.
        generate_instance_uid : bool
            Give the data set a new SOP Instance UID.

        Raises
        ------
        ValueError
            Shape, type or values of the array do not fit the arguments.
        NotImplementedError
            The transfer syntax is big endian.
        """
        from fastdcm.pixels.image_pixel import set_pixel_data  # noqa: PLC0415 - numpy comes only here

        set_pixel_data(
            self,
            arr,
            photometric_interpretation,
            bits_stored=bits_stored,
            generate_instance_uid=generate_instance_uid,
        )

    # Writing

    def save_as(
        self,
        filename: str | os.PathLike[str] | IO[bytes],
        write_like_original: bool | None = None,  # noqa: FBT001 - pydicom's signature
        **options: Any,
    ) -> None:
        """Write the data set as a file (PS3.10 §7); see `fastdcm.dcmwrite` for the options."""
        from fastdcm.writing import dcmwrite  # noqa: PLC0415 - who reads does not need it

        if filename is None:
            raise TypeError("save_as needs a path or a file object; to_bytes returns the file")
        dcmwrite(filename, self, write_like_original, **options)

    def to_bytes(self, **options: Any) -> bytes:
        """Return the file that `save_as` would write."""
        from fastdcm.writing import dcmwrite  # noqa: PLC0415 - as above

        data = dcmwrite(None, self, **options)
        return data or b""

    # Comparing and copying

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Dataset):
            return NotImplemented
        if self is other or self._is_same(other):
            return True
        return len(self) == len(other) and all(a == b for a, b in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment] # equal data sets are not the same data set

    def copy(self) -> Self:
        """Return a copy with elements of its own, as ``copy.copy``; lists of values and items are shared."""
        return self.__copy__()

    def __copy__(self) -> Self:
        copied = type(self).__new__(type(self), self)
        copied._set_meta(self._meta(FileMetaDataset) if self._has_meta() else None)
        copied.__dict__.update(self.__dict__)
        return copied

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        from copy import deepcopy  # noqa: PLC0415 - only who asks for it pays the import

        copied = type(self).__new__(type(self), self._as_read())
        memo[id(self)] = copied
        changes = self._changes()
        if any(changes):
            copied._change(*deepcopy(changes, memo))
        if self._has_meta():
            copied._set_meta(deepcopy(self._meta(FileMetaDataset), memo))
        copied.__dict__.update(deepcopy(self.__dict__, memo))
        return copied

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        changes: Any = self._changes()
        meta = self._changed_meta()
        more = (changes if any(changes) else None, meta, self.__dict__ or None)
        state = more if any(part is not None for part in more) else None
        return _core.restore, (type(self), self._state(protocol)), state

    def _changed_meta(self) -> FileMetaDataset | None:
        """Return the file meta information where it is not that of the file."""
        if isinstance(self, FileMetaDataset) or not self._has_meta() or self._is_file(self.file_meta):
            return None
        return self.file_meta

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        changes, meta, attributes = state
        if changes is not None:
            self._change(*changes)
        if meta is not None:
            self._set_meta(meta)
        self.__dict__.update(attributes or {})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Nothing is left open."""


class FileMetaDataset(Dataset):
    """The file meta information: the elements of group 0002 (PS3.10 §7.1), and no others can be put in."""

    def __init__(self, dataset: Any = None, **_options: object):
        self.validate(dataset)

    @staticmethod
    def validate(init_value: Dataset | dict[Any, Any] | None) -> None:
        """Raise ValueError where there are elements of other groups, TypeError for anything else."""
        if init_value is None:
            return
        if not isinstance(init_value, Dataset | dict):
            raise TypeError(f"file meta information is made of a data set or a dict, not {type(init_value)}")
        for tag in init_value.keys():  # noqa: SIM118 - a data set iterates over elements
            _check_group(tag)

    def __setitem__(self, key: Any, element: DataElement) -> None:
        _check_group(key)
        super().__setitem__(key, element)

    def __setattr__(self, name: str, value: object) -> None:
        tag = _core.tag_for_keyword(name)
        if tag is not None:
            _check_group(tag)
        super().__setattr__(name, value)

    def add_new(self, tag: Any, VR: str, value: Any, *, checks: Any = None) -> None:  # noqa: N803 - pydicom's name
        """Make an element of group 0002; see `Dataset.add_new`."""
        _check_group(tag)
        super().add_new(tag, VR, value, checks=checks)


def _check_group(key: Any) -> None:
    if Tag(key).group != _META_GROUP:
        raise ValueError("file meta information has elements of group 0002 only")
