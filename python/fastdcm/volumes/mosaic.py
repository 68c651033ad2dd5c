"""Siemens mosaics: the slices of a volume as tiles of one image, with what the CSA header says of them."""

from __future__ import annotations

import math
import re
import struct

import numpy as np

from fastdcm.errors import DicomError
from fastdcm.volumes.geometry import axes, missing_geometry

TYPE_CHECKING = False
if TYPE_CHECKING:
    import numpy.typing as npt

    from fastdcm.dataset import Dataset
    from fastdcm.volumes.frame import Frame

__all__ = ["frames_of_mosaic", "read_csa"]

_IMAGE_HEADER, _SERIES_HEADER = (0x0029, 0x1010), (0x0029, 0x1020)
_MOST_SLICES = 4096
_MOST_TAGS = 512
_TAG = struct.Struct("<64si4siii")
_ITEM = struct.Struct("<4i")


def frames_of_mosaic(whole: Frame, spacing: float | None) -> tuple[list[Frame], str]:
    """A frame for each tile, in its own place, or why there is none.

    Image Position (Patient) of a mosaic is that of an image as large as the mosaic around the centre of the
    first slice; it is moved to the corner of the tile. Slices follow each other along the normal of the CSA
    header, at Spacing Between Slices: the positions of the others are nowhere else.
    """
    reason = missing_geometry(whole)
    if reason:
        return [], reason
    if spacing is None:
        return [], "a mosaic without Spacing Between Slices, tag (0018,0088)"
    try:
        count, across = _slices(whole.header(), whole)
    except DicomError:
        return [], "a mosaic that cannot be read"
    if not 1 <= count <= _MOST_SLICES:
        return [], "a mosaic that does not say how many slices it has"
    tiles = math.isqrt(count - 1) + 1
    if whole.rows % tiles or whole.columns % tiles:
        return [], "a mosaic that is not made of equal tiles"
    rows, columns = whole.rows // tiles, whole.columns // tiles
    directions = axes(whole.orientation)
    between_rows, between_columns = whole.pixel_spacing
    corner = (
        np.array(whole.position)
        + directions[:, 2] * (whole.columns - columns) / 2 * between_columns
        + directions[:, 1] * (whole.rows - rows) / 2 * between_rows
    )
    return [
        whole._replace(
            rows=rows,
            columns=columns,
            origin=(number // tiles * rows, number % tiles * columns),
            position=tuple(map(float, corner + across * spacing * number)),
        )
        for number in range(count)
    ], ""


def read_csa(data: bytes) -> dict[str, list[str]]:
    """The tags of a CSA header with their values as text; none where it is of another form, or cut."""
    found: dict[str, list[str]] = {}
    if data[:4] != b"SV10":
        return found
    try:
        (tags,) = struct.unpack_from("<I", data, 8)
        offset = 16
        for _ in range(min(tags, _MOST_TAGS)):
            name, _, _, _, items, _ = _TAG.unpack_from(data, offset)
            offset += _TAG.size
            values = []
            for _ in range(items):
                length = _ITEM.unpack_from(data, offset)[1]
                offset += _ITEM.size
                if not 0 <= length <= len(data) - offset:
                    return found
                values.append(_text(data[offset : offset + length]))
                offset += (length + 3) // 4 * 4
            found[_text(name)] = [value for value in values if value]
    except struct.error:
        pass
    return found


def _text(value: bytes) -> str:
    return value.split(b"\0", 1)[0].decode("latin-1").strip()


def _slices(dataset: Dataset, whole: Frame) -> tuple[int, npt.NDArray[np.float64]]:
    """How many slices there are, 0 where nothing says so, and the direction from one to the next."""
    csa = read_csa(_bytes(dataset, _IMAGE_HEADER))
    across = axes(whole.orientation)[:, 0]
    count = _whole_number(csa.get("NumberOfImagesInMosaic", []))
    if not count:
        # The protocol says it too; it stands in the header of the series.
        found = re.search(rb"sSliceArray\.lSize\s*=\s*(\d{1,4})\b", _bytes(dataset, _SERIES_HEADER))
        count = int(found[1]) if found else 0
    try:
        along = np.array([float(value) for value in csa.get("SliceNormalVector", [])])
    except ValueError:
        along = np.array([])
    # Slices may be numbered against the normal; its digits are fewer than those of the orientation.
    turned = along.size == 3 and float(along @ across) < 0
    return count, -across if turned else across


def _bytes(dataset: Dataset, tag: tuple[int, int]) -> bytes:
    # By its number: anonymizers remove the creator of the block and leave the block.
    value = dataset[tag].value if tag in dataset else None
    return bytes(value) if isinstance(value, bytes | bytearray | memoryview) else b""


def _whole_number(values: list[str]) -> int:
    return int(values[0]) if values and values[0].isdecimal() and len(values[0]) < 6 else 0
