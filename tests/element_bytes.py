"""The bytes that each element of a file takes, as fastdcm finds them: for comparisons before and after."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import fastdcm

if TYPE_CHECKING:
    from collections.abc import Iterator

    # Tags of sequences and numbers of their items from the root, then the tag of the element.
    Path: TypeAlias = tuple[int, ...]

_DEFLATED = "1.2.840.10008.1.2.1.99"
# PS3.5 Table 7.1-1: their headers have 12 bytes where the VR is explicit.
_LONG_LENGTH = frozenset(
    [b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"]
)


class ElementBytes(NamedTuple):
    """One element as it stands in a data set."""

    vr: str
    header: bytes
    value: bytes
    items: int | None = None  # of a sequence

    @property
    def shape(self) -> tuple[str, int | None]:
        """What does not depend on the bytes in the items of a sequence."""
        return self.vr, self.items


def data_set_bytes(data: bytes, dataset: fastdcm.Dataset) -> bytes:
    """What the offsets of the elements count in: the file, or the inflated data set."""
    if dataset._transfer_syntax() != _DEFLATED:
        return data
    *_, last = dataset.file_meta
    start, length = _place(last)
    return zlib.decompressobj(wbits=-15).decompress(data[start + length :])


def element_bytes(data: bytes) -> dict[Path, ElementBytes]:
    """All elements of the data set of a file, those of items too; without the file meta information."""
    dataset = fastdcm.dcmread(data, force=True)
    return dict(_elements(data_set_bytes(data, dataset), dataset, ()))


def _elements(data: bytes, dataset: fastdcm.Dataset, path: Path) -> Iterator[tuple[Path, ElementBytes]]:
    for element in dataset:
        tag, (start, length) = int(element.tag), _place(element)
        here, value = (*path, tag), data[start : start + length]
        header = data[start - _header_length(data, tag, start) : start]
        if element.VR != "SQ":
            yield here, ElementBytes(element.VR, header, value)
            continue
        yield here, ElementBytes(element.VR, header, value, len(element.value))
        for number, item in enumerate(element.value):
            yield from _elements(data, item, (*here, number))


def _place(element: fastdcm.DataElement) -> tuple[int, int]:
    """Where the value of an element that was read begins, and its length."""
    assert element.file_tell is not None
    assert element.length is not None
    return element.file_tell, element.length


def _header_length(data: bytes, tag: int, start: int) -> int:
    """Bytes in front of a value: tag, VR where it is explicit, and length (PS3.5 §7.1.2)."""
    group, element = tag >> 16, tag & 0xFFFF
    tags = [b"".join(half.to_bytes(2, order) for half in (group, element)) for order in ("little", "big")]
    return 12 if data[start - 12 : start - 8] in tags and data[start - 8 : start - 6] in _LONG_LENGTH else 8
