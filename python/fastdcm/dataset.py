"""Data sets (PS3.5 §7): what ``dcmread`` returns, and the items of sequences."""

from __future__ import annotations

from fastdcm import _core
from fastdcm.editing import Editing
from fastdcm.tag import BaseTag, Tag

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType
    from typing import Any, Self

    import numpy.typing as npt

    from fastdcm._core import DataElement
    from fastdcm.errors import DicomWarning
    from fastdcm.json_model import BulkDataHandler, ElementHandler, JsonText, NonFinite, UriHandler
    from fastdcm.options import Limits

__all__ = ["Dataset", "FileDataset", "FileMetaDataset"]

_BYTES = frozenset(["OB", "OD", "OF", "OL", "OV", "OW", "UN"])
_RULE = 49  # characters of the lines around the file meta information in the dump


class Dataset(Editing):
    """The elements of a data set, by keyword, tag or range of tags; names and behaviour follow pydicom 3.

    ``ds.PatientName`` and ``ds.get("PatientName")`` are values; ``ds["PatientName"]``, ``ds[0x0010, 0x0010]``
    and ``ds.get(0x00100010)`` are elements; ``ds[0x00100000:0x00110000]`` is a data set. Values are decoded
    when they are asked for the first time. Several threads may use a data set at once.

    Elements, lists of values, sequences and items that are taken out of a data set are views of it: what is
    changed there is changed here. Bytes of OD, OF, OL, OV and OW are handed out and taken in the byte order
    that the data set was read in, in little endian where it was not.

    A name that is nearly a keyword is refused; other attributes are stored as those of any object. A subclass
    that gives a class attribute the name of a keyword keeps it: the element is then reached by its tag.

    Parameters
    ----------
    dataset : Dataset or mapping of tag to DataElement, optional
        What it holds at first.
    checks : {"warn", "error", "ignore"}
        What becomes of values that are assigned and break a rule of their VR (PS3.5 §6.2).
    """

    indent_chars = "   "

    if TYPE_CHECKING:  # elements, by keyword

        def __getattr__(self, name: str) -> Any: ...

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

    get_item = _core.DatasetBase.__getitem__

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

    # What is known of the file

    @property
    def warnings(self) -> list[DicomWarning]:
        """What was wrong with the file and could be read all the same.

        Faults of values are found when a value is first asked for; `check` looks at all of them.
        """
        return self._warnings()

    @property
    def truncated_at(self) -> int | None:
        """The byte at which the element begins that the file ends in; None when it is whole."""
        return self._truncated_at()

    def check(self) -> list[DicomWarning]:
        """Decode every value, and return the warnings."""
        for element in self.iterall():
            if element.VR not in _BYTES:  # nothing to decode, and pixel data are large
                element.value  # noqa: B018 - decoding is what finds faults
        return self._warnings()

    @property
    def is_implicit_VR(self) -> bool | None:  # noqa: N802 - pydicom's name
        """True when headers carry no VR: of the file, or of the one to be written where that was set."""
        return self.__dict__.get("_implicit", self.original_encoding[0])

    @is_implicit_VR.setter
    def is_implicit_VR(self, value: bool | None) -> None:  # noqa: N802 - as above
        self.__dict__["_implicit"] = value

    @property
    def is_little_endian(self) -> bool | None:
        """True when numbers are in little endian: in the file, or in the one to be written where that was set."""
        return self.__dict__.get("_little", self.original_encoding[1])

    @is_little_endian.setter
    def is_little_endian(self, value: bool | None) -> None:
        self.__dict__["_little"] = value

    @property
    def original_encoding(self) -> tuple[bool, bool] | tuple[None, None]:
        """(implicit VR, little endian) of the file; (None, None) of a data set that was not read."""
        found: tuple[bool, bool] | tuple[None, None] = self.__dict__.get("_original", self._encoding())
        return found

    def set_original_encoding(
        self, is_implicit_vr: bool | None, is_little_endian: bool | None, character_encoding: object = None
    ) -> None:
        """Say how the data set is taken to have been written; `character_encoding` changes nothing here."""
        self.__dict__["_original"] = (is_implicit_vr, is_little_endian)

    read_implicit_vr = is_implicit_VR
    read_little_endian = is_little_endian

    @property
    def is_original_encoding(self) -> bool:
        """True when VR form, byte order and character set are those that the data set was read in."""
        return (
            (self.is_implicit_VR, self.is_little_endian) == self.original_encoding
            and Tag("SpecificCharacterSet") not in self._changed_tags()
        )

    def _changed_tags(self) -> set[int]:
        changed, deleted = self._changes()
        return {change[0] for change in changed} | set(deleted)

    @property
    def original_character_set(self) -> str | list[str]:
        """The terms of Specific Character Set that text of this data set is decoded by."""
        terms = self._character_set()
        return terms[0] if len(terms) == 1 else terms

    # What stands around it in a file

    @property
    def file_meta(self) -> FileMetaDataset:
        """The file meta information (PS3.10 §7.1); the same object each time. AttributeError where there is none."""
        if not self._has_meta():
            raise AttributeError(f"{type(self).__name__!r} object has no attribute 'file_meta'")
        return self._meta(FileMetaDataset)

    @file_meta.setter
    def file_meta(self, meta: Dataset | None) -> None:
        self._set_meta(meta if meta is None or isinstance(meta, FileMetaDataset) else FileMetaDataset(meta))

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

    @property
    def preamble(self) -> bytes | None:
        """The 128 bytes in front of the prefix; None without a prefix."""
        found: bytes | None = self.__dict__.get("_given_preamble", self._preamble())
        return found

    @preamble.setter
    def preamble(self, preamble: bytes | None) -> None:
        self.__dict__["_given_preamble"] = preamble

    @property
    def filename(self) -> str | None:
        """The path it was read from; None where it was not read from a file with a name."""
        found: str | None = self.__dict__.get("_given_filename", self._filename())
        return found

    @filename.setter
    def filename(self, filename: str | None) -> None:
        self.__dict__["_given_filename"] = filename

    # Pixels

    @property
    def pixel_array(self) -> npt.NDArray[Any]:
        """All frames as stored, with YBR made RGB; the same writable array until an element it depends on changes.

        See `fastdcm.pixel_array` for single frames, for the stored colour space and for arrays of your own.
        """
        return self._pixel_array()

    # Showing

    def _lines(self, *, top_level_only: bool = False) -> Iterator[str]:
        # Sequences may nest as deep as the limit allows: an explicit stack instead of recursion.
        stack: list[tuple[Iterator[Any], int, bool]] = [(iter(self), 0, False)]
        while stack:
            members, depth, are_items = stack[-1]
            member = next(members, None)
            indent = self.indent_chars * depth
            if member is None:
                stack.pop()
                if depth and not are_items:
                    yield f"{indent}---------"
            elif are_items:
                if not len(member):
                    yield ""
                stack.append((iter(member), depth + 1, False))
            elif member.VR == "SQ":
                yield f"{indent}{member.tag}  {member.name}  {len(member.value)} item(s) ---- "
                if not top_level_only:
                    stack.append((iter(member.value), depth, True))
            else:
                yield f"{indent}{member!r}"

    def top(self) -> str:
        """Return the dump without the contents of sequences."""
        return "\n".join(self._lines(top_level_only=True))

    def __str__(self) -> str:
        return "\n".join(self._lines())

    __repr__ = __str__

    def _repr_html_(self) -> str:
        from fastdcm.html import dataset_table  # noqa: PLC0415 - notebooks only

        return dataset_table(self)

    def formatted_lines(
        self,
        element_format: str = "%(tag)s %(name)-35.35s %(VR)s: %(repval)s",
        sequence_element_format: str = "%(tag)s %(name)-35.35s %(VR)s: %(repval)s",
    ) -> Iterator[str]:
        """Yield a line for every element, nested ones too, in formats of your own."""
        names = (
            "tag",
            "name",
            "VR",
            "VM",
            "repval",
            "value",
            "keyword",
            "is_private",
            "private_creator",
            "file_tell",
        )
        for element in self.iterall():
            line_format = sequence_element_format if element.VR == "SQ" else element_format
            yield line_format % {name: getattr(element, name) for name in names}

    # JSON

    @classmethod
    def from_json(
        cls,
        json_dataset: JsonText,
        bulk_data_uri_handler: UriHandler | None = None,
        *,
        limits: Limits | None = None,
    ) -> Self:
        """Return the data set of a DICOM JSON Model object (PS3.18 Annex F).

        Text is kept as it is and declared as ISO_IR 192; group lengths are left out.

        Parameters
        ----------
        json_dataset : str, bytes, bytearray or dict
            One data set; `fastdcm.json_model.datasets_from_json` reads an array of them.
        bulk_data_uri_handler : callable, optional
            Called with tag, VR and URI, or with the URI alone, of each value that stands elsewhere; returns
            its bytes (little endian), text, a number for DS and IS, or None. Without it those elements are
            empty, with a warning.
        limits : Limits, optional
            What the text may ask for.

        Raises
        ------
        InvalidValueError
            The text is not of the model; the message says where, as ``$["00081110"].Value[0]``.
        LimitExceededError
            Sequences are nested too deeply.
        """
        from fastdcm import json_model  # noqa: PLC0415 - not used by all

        return json_model.from_json(json_dataset, bulk_data_uri_handler, limits=limits, class_=cls)

    def to_json(  # noqa: PLR0917 - pydicom's signature
        self,
        bulk_data_threshold: int = 1024,
        bulk_data_element_handler: ElementHandler | None = None,
        dump_handler: Callable[[dict[str, Any]], str] | None = None,
        suppress_invalid_tags: bool = False,  # noqa: FBT001, FBT002
        *,
        nonfinite: NonFinite = "error",
        bulk_data: BulkDataHandler | None = None,
    ) -> str:
        """Return the data set in the DICOM JSON Model (PS3.18 Annex F).

        Tags ascend; group lengths are left out. Specific Character Set is ISO_IR 192 where the data set has
        the element, or text beyond ASCII. DS and IS are numbers, or strings where a number would lose digits
        or the text is none; UV and SV are strings from 2**53 on.

        Parameters
        ----------
        bulk_data_threshold : int
            Characters of base64 up to which a value is written as such, where there is a handler.
        bulk_data_element_handler : callable, optional
            Called with each longer element of OB, OD, OF, OL, OV, OW or UN; returns its BulkDataURI.
        dump_handler : callable, optional
            Called with the result of `to_json_dict`; what it returns is returned.
        suppress_invalid_tags : bool
            Leave out elements that cannot be written, and log which; what a handler raises is raised.
        nonfinite : {"error", "null", "string"}
            What becomes of numbers of FL and FD that are not finite: an error, ``null``, or ``"NaN"``,
            ``"Infinity"`` and ``"-Infinity"``.
        bulk_data : callable, optional
            In place of `bulk_data_element_handler`: called with a `fastdcm.json_model.BulkDataContext` of
            each longer value, text of UC, LT, ST, UR and UT, too. It returns a URI, None to write the value
            as it is, or ``...`` to leave it out.

        Raises
        ------
        InvalidValueError
            A number that is not finite.
        """
        from fastdcm import json_model  # noqa: PLC0415 - not used by all

        options: dict[str, Any] = {
            "bulk_data_threshold": bulk_data_threshold,
            "bulk_data_element_handler": bulk_data_element_handler,
            "suppress_invalid_tags": suppress_invalid_tags,
            "nonfinite": nonfinite,
            "bulk_data": bulk_data,
        }
        if dump_handler is not None:
            return dump_handler(json_model.to_json_dict(self, **options))
        return json_model.to_json(self, **options)

    def to_json_dict(
        self,
        bulk_data_threshold: int = 1024,
        bulk_data_element_handler: ElementHandler | None = None,
        suppress_invalid_tags: bool = False,  # noqa: FBT001, FBT002 - pydicom's signature
        *,
        nonfinite: NonFinite = "error",
        bulk_data: BulkDataHandler | None = None,
    ) -> dict[str, Any]:
        """Return the objects that the text of `to_json` stands for; the arguments are the same."""
        from fastdcm import json_model  # noqa: PLC0415 - not used by all

        return json_model.to_json_dict(
            self,
            bulk_data_threshold=bulk_data_threshold,
            bulk_data_element_handler=bulk_data_element_handler,
            suppress_invalid_tags=suppress_invalid_tags,
            nonfinite=nonfinite,
            bulk_data=bulk_data,
        )

    # Comparing and copying

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Dataset):
            return NotImplemented
        if self is other or self._is_same(other):
            return True
        return len(self) == len(other) and all(a == b for a, b in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment] # equal data sets are not the same data set

    def copy(self) -> Self:
        """Return a copy with elements of its own, as ``copy.copy``: their lists of values and items are shared."""
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
    """The file meta information: the elements of group 0002 (PS3.10 §7.1)."""


class FileDataset(Dataset):
    """The data set of a file, with what stands in front of it."""

    def check(self) -> list[DicomWarning]:
        """Decode every value, those of the file meta information too, and return the warnings."""
        if self._has_meta():
            self.file_meta.check()
        return super().check()

    def _lines(self, *, top_level_only: bool = False) -> Iterator[str]:
        if self._has_meta() and len(self.file_meta):
            yield "Dataset.file_meta ".ljust(_RULE, "-")
            yield from map(repr, self.file_meta)
            yield "-" * _RULE
        yield from super()._lines(top_level_only=top_level_only)
