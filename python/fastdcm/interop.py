"""Data sets of pydicom: made from ours, and ours from them. Nothing else imports pydicom."""

from __future__ import annotations

import struct

from fastdcm import _core

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    import pydicom

    from fastdcm.dataset import Dataset

    _Class = TypeVar("_Class", bound=Dataset)

__all__ = ["from_pydicom", "to_pydicom"]

_UNDEFINED = 0xFFFFFFFF
_STRUCTURE = 0xFFFE  # items and delimiters, which damage makes elements of pydicom's data sets
_LONG = frozenset(["OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"])
_IN_CHARACTER_SET = frozenset(["LO", "LT", "PN", "SH", "SQ", "ST", "UC", "UN", "UT"])
# VRs of words, whose bytes are in the order of the file, there as here.
_WORDS = frozenset(["OD", "OF", "OL", "OV", "OW"])
_CHARACTER_SET, _PIXEL_REPRESENTATION = 0x00080005, 0x00280103
_NO_CHECKS = 0  # pydicom's config.IGNORE


# Ours to pydicom's: bytes of the file stay bytes, which pydicom decodes when it is asked for them.


def to_pydicom(dataset: Dataset) -> Any:
    """Return a data set of pydicom with the same elements; see `fastdcm.Dataset.to_pydicom`."""
    import pydicom

    from fastdcm.dataset import FileMetaDataset
    from fastdcm.file_dataset import FileDataset

    meta = dataset.file_meta if dataset._has_meta() else None
    elements = _pydicom_elements(dataset)
    if isinstance(dataset, FileMetaDataset):
        return _with_encoding(pydicom.dataset.FileMetaDataset(elements), dataset)
    meta_of_pydicom = pydicom.dataset.FileMetaDataset()
    if meta is not None:
        _with_encoding(meta_of_pydicom, meta)._dict.update(_pydicom_elements(meta))
    if not isinstance(dataset, FileDataset):
        made = _with_encoding(pydicom.Dataset(elements), dataset)
        if meta is not None:
            made.file_meta = meta_of_pydicom
        return made
    implicit, little = dataset.original_encoding
    name: Any = dataset.filename  # None says that nothing is there to be read later
    made = pydicom.FileDataset(
        name, elements, dataset.preamble, meta_of_pydicom, bool(implicit), little is not False
    )
    return _with_encoding(made, dataset)


def _pydicom_elements(root: Dataset) -> dict[Any, Any]:
    """Return the elements of a data set, and those of its items, as pydicom keeps them."""
    from pydicom import DataElement as PydicomElement
    from pydicom import Dataset as PydicomDataset
    from pydicom import Sequence as PydicomSequence
    from pydicom.tag import BaseTag as PydicomTag

    found: dict[Any, Any] = {}
    # Sequences may nest as deep as the limit allows: an explicit stack instead of recursion.
    stack = [(root, found)]
    while stack:
        dataset, elements = stack.pop()
        changed = dataset._changed_tags()
        encoding = _encoding_of(dataset)
        for element in dataset:
            tag = PydicomTag(element.tag)
            if element.VR == "SQ":
                sequence = PydicomSequence()
                for item in element.value:
                    copied = _with_encoding(PydicomDataset(), item)
                    sequence.append(copied)
                    stack.append((item, copied._dict))
                sequence.is_undefined_length = element.is_undefined_length
                new = PydicomElement(tag, "SQ", sequence, element.file_tell, element.is_undefined_length)
            elif int(tag) in changed:
                new = PydicomElement(tag, element.VR, _plain(element), validation_mode=_NO_CHECKS)
                new.is_undefined_length = element.is_undefined_length
            else:
                new = _raw_element(element, tag, encoding)
            elements[tag] = new
    return found


def _raw_element(element: _core.DataElement, tag: Any, encoding: tuple[bool, bool]) -> Any:
    """Return an element as it was read, which pydicom decodes when it is asked for."""
    from pydicom.dataelem import RawDataElement

    # Fragments are one value with the headers of their items.
    value = element.value if element.is_undefined_length else bytes(element.buffer)
    length = _UNDEFINED if element.is_undefined_length else len(value)
    return RawDataElement(tag, element.VR, length, value, element.file_tell or 0, *encoding)


def _encoding_of(dataset: Dataset) -> tuple[bool, bool]:
    implicit, little = dataset._encoding()
    return bool(implicit), little is not False


def _with_encoding(made: Any, dataset: Dataset) -> Any:
    """Say how the values of `made` are to be decoded; returns it."""
    from pydicom.charset import convert_encodings, default_encoding

    implicit, little = dataset.original_encoding
    terms = dataset._character_set()
    made._parent_encoding = convert_encodings(terms) if terms else default_encoding
    made.set_original_encoding(implicit, little, made._parent_encoding)
    # The setters warn that they will go; the reader of pydicom does the same.
    made._is_implicit_VR, made._is_little_endian = dataset.is_implicit_VR, dataset.is_little_endian
    return made


def _plain(element: _core.DataElement) -> Any:
    """Return the value of an element that was set, in types that pydicom makes its own of."""
    value = element.value
    if isinstance(value, _core.MultiValue):
        return [_plain_one(one) for one in value]
    return _plain_one(value)


def _plain_one(value: Any) -> Any:
    if isinstance(value, str | bytes | None) or hasattr(value, "read"):
        return str(value) if isinstance(value, str) else value
    original = getattr(value, "original_string", None)
    if isinstance(original, str):
        return original
    if isinstance(value, float | int):
        return value
    if isinstance(value, bytearray | memoryview) or hasattr(value, "tobytes"):
        return bytes(value)
    return str(value)


# pydicom's to ours: what pydicom has not decoded is read again from its bytes, the rest is set.


def from_pydicom(source: pydicom.Dataset, class_: type[_Class]) -> _Class:
    """Return a data set with the elements of one of pydicom's; see `fastdcm.Dataset.from_pydicom`."""
    import pydicom

    from fastdcm.dataset import Dataset, FileMetaDataset
    from fastdcm.file_dataset import FileDataset

    if class_ is Dataset and isinstance(source, pydicom.FileDataset):
        class_ = FileDataset  # type: ignore[assignment] # a subclass
    meta = getattr(source, "file_meta", None)
    syntax = None if meta is None else meta.get("TransferSyntaxUID")
    made = _filled(source, class_, syntax)
    if meta is not None and not issubclass(class_, FileMetaDataset):
        made.file_meta = from_pydicom(meta, FileMetaDataset)
    for name in ("preamble", "filename"):
        if hasattr(source, name):
            setattr(made, name, getattr(source, name))
    if source.original_encoding != (None, None):
        made.set_original_encoding(*source.original_encoding)
    # pydicom's properties warn that they will go.
    made.is_implicit_VR = getattr(source, "_is_implicit_VR", None)
    made.is_little_endian = getattr(source, "_is_little_endian", None)
    return made


def _filled(root: pydicom.Dataset, class_: type[_Class], syntax: str | None) -> _Class:
    """Return a data set with the elements of `root`, and of its items."""
    from fastdcm.dataset import Dataset

    around = _Around([], None)
    made, rest = _read_again(root, class_, around, syntax=syntax)
    # As above: no recursion.
    stack: list[tuple[Dataset, list[Any], _Around]] = [(made, rest, around.inside(root))]
    while stack:
        dataset, rest, around = stack.pop()
        for element in rest:
            value = element.value
            if element.VR == "SQ":
                items = []
                for item in value:
                    new, further = _read_again(item, Dataset, around)
                    stack.append((new, further, around.inside(item)))
                    items.append(new)
                value = items
            _set(dataset, element, value)
    return made


def _set(dataset: Dataset, element: Any, value: Any) -> None:
    """Set an element that pydicom has decoded."""
    if hasattr(value, "append") and element.VR != "SQ":
        value = [_plain_one(one) for one in value]
    elif element.VR != "SQ":
        value = _plain_one(value)
    if " or " in element.VR:
        dataset._set(int(element.tag), value)
        return
    undefined = element.is_undefined_length
    new = _core.DataElement(int(element.tag), str(element.VR), value, None, undefined, checks="ignore")
    dataset[new.tag] = new


class _Around:
    """What values depend on beside their bytes: terms of the character set, Pixel Representation."""

    def __init__(self, terms: list[str], representation: int | None):
        self.terms = terms
        self.representation = representation

    def inside(self, dataset: pydicom.Dataset) -> _Around:
        """Return what items of `dataset` inherit."""
        terms = dataset.get("SpecificCharacterSet") or self.terms
        representation = dataset.get("PixelRepresentation", self.representation)
        known = representation if isinstance(representation, int) else None
        return _Around([terms] if isinstance(terms, str) else list(terms), known)


def _read_again(
    source: pydicom.Dataset, class_: type[_Class], around: _Around, *, syntax: str | None = None
) -> tuple[_Class, list[Any]]:
    """Return a data set of what pydicom has not decoded, and the other elements."""
    implicit, little = source.original_encoding
    form = (bool(implicit), little is not False)
    is_text_as_read = _is_text_as_read(source, around.inside(source).terms)
    parts: list[bytes] = []
    keys, rest = [], []
    for tag in sorted(source.keys()):
        element = source.get_item(tag, keep_deferred=True)
        if tag.group == _STRUCTURE:
            continue
        if not element.is_raw and element.VR in _WORDS and not little and isinstance(element.value, bytes):
            element = _raw(element, element.value, form)
        if not element.is_raw:
            key = _key(element, form)
            if key is None:
                rest.append(element)
            else:
                parts.append(key)
                keys.append(element)
        elif (is_text_as_read or not _is_text(element)) and (header := _header(element, form)) is not None:
            parts += (header, element.value or b"", _ends(element, form))
        else:
            rest.append(_decoded(source, element))
    if len(parts) == len(keys):
        return class_(), keys + rest
    inherited = (around.terms, around.representation)
    data = b"".join(parts)
    return _core.read_elements(class_, data, (form[0], not form[1]), syntax, inherited), rest


def _is_text_as_read(source: pydicom.Dataset, terms: list[str]) -> bool:
    """Return whether pydicom would decode text by the terms that are in force here."""
    from pydicom.charset import convert_encodings

    read = source.original_character_set
    return not read or ([read] if isinstance(read, str) else list(read)) == convert_encodings(terms)


def _is_text(element: Any) -> bool:
    return element.VR is None or element.VR in _IN_CHARACTER_SET


def _header(element: Any, form: tuple[bool, bool]) -> bytes | None:
    """Return what stands in front of the value of a raw element; None where this form has nothing for it."""
    implicit, little = form
    if (element.is_implicit_VR, element.is_little_endian) != form or element.is_buffered:
        return None
    if element.value is None and element.length:  # left in the file
        return None
    length = _UNDEFINED if element.length == _UNDEFINED else len(element.value or b"")
    order = "<" if little else ">"
    tag = (int(element.tag) >> 16, int(element.tag) & 0xFFFF)
    if implicit:
        return struct.pack(order + "HHI", *tag, length)
    vr = str(element.VR or "")
    if vr in _LONG:
        return struct.pack(order + "HH2sHI", *tag, vr.encode(), 0, length)
    if len(vr) != 2 or not vr.isascii() or length > 0xFFFF:
        return None
    return struct.pack(order + "HH2sH", *tag, vr.encode(), length)


def _ends(element: Any, form: tuple[bool, bool]) -> bytes:
    """Return the delimiter behind a value of undefined length."""
    return (
        struct.pack("<HHI" if form[1] else ">HHI", 0xFFFE, 0xE0DD, 0) if element.length == _UNDEFINED else b""
    )


def _key(element: Any, form: tuple[bool, bool]) -> bytes | None:
    """Return the bytes of a decoded element that others are understood by."""
    value = element.value
    if element.tag == _PIXEL_REPRESENTATION and value in (0, 1):
        data = struct.pack("<H" if form[1] else ">H", value)
    elif element.VR in ("CS", "LO") and (element.tag == _CHARACTER_SET or element.tag.is_private_creator):
        text = value if isinstance(value, str) else "\\".join(map(str, value)) if value else ""
        if not text.isascii():
            return None
        data = text.encode() + b" " * (len(text) % 2)
    else:
        return None
    header = _header(_raw(element, data, form), form)
    return None if header is None else header + data


def _raw(element: Any, data: bytes, form: tuple[bool, bool]) -> Any:
    """Return a decoded element as the bytes that it was."""
    from pydicom.dataelem import RawDataElement

    return RawDataElement(element.tag, element.VR, len(data), data, 0, *form)


def _decoded(source: pydicom.Dataset, element: Any) -> Any:
    """Return a raw element as pydicom understands it, or as bytes that nobody understands."""
    from pydicom import DataElement as PydicomElement

    try:
        return source[element.tag]
    except Exception:  # noqa: BLE001 - pydicom raises what it likes where a value is odd
        return PydicomElement(element.tag, "UN", element.value or b"", already_converted=True)
