"""Siemens mosaics: the slices of a volume as tiles of one image, with what the CSA header says of them."""

from __future__ import annotations

import math
import re

import numpy as np

from fastdcm.errors import DicomError
from fastdcm.volumes.csa import diffusion_of_csa, image_header, private_bytes
from fastdcm.volumes.geometry import axes, missing_geometry

TYPE_CHECKING = False
if TYPE_CHECKING:
    import numpy.typing as npt

    from fastdcm.dataset import Dataset
    from fastdcm.volumes.csa import Csa
    from fastdcm.volumes.frame import Frame

__all__ = ["frames_of_mosaic"]

_SERIES_HEADER = (0x0029, 0x1020)
_COUNT = (0x0019, 0x100A)
_MOST_SLICES = 4096


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
        dataset = whole.header()
        csa = image_header(dataset)
        count, across = _slices(dataset, csa, whole)
    except DicomError:
        return [], "a mosaic that cannot be read"
    if not 1 <= count <= _MOST_SLICES:
        return [], "a mosaic that does not say how many slices it has"
    if whole.b_value is None:
        b_value, gradient = diffusion_of_csa(csa)
        whole = whole._replace(b_value=b_value, gradient=gradient)
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


def _slices(dataset: Dataset, csa: Csa, whole: Frame) -> tuple[int, npt.NDArray[np.float64]]:
    """How many slices there are, 0 where nothing says so, and the direction from one to the next.

    Tiles follow each other along Slice Normal Vector; Protocol Slice Number tells only in which order they
    were taken.
    """
    across = axes(whole.orientation)[:, 0]
    count = _whole_number(csa.get("NumberOfImagesInMosaic", []))
    if not count and _COUNT in dataset:
        # Scanners of the XA line have no CSA header.
        count = _whole_number([str(dataset[_COUNT].value)])
    if not count:
        # The protocol says it too; it stands in the header of the series.
        found = re.search(rb"sSliceArray\.lSize\s*=\s*(\d{1,4})\b", private_bytes(dataset, _SERIES_HEADER))
        count = int(found[1]) if found else 0
    try:
        along = np.array([float(value) for value in csa.get("SliceNormalVector", [])])
    except ValueError:
        along = np.array([])
    # Slices may be numbered against the normal; its digits are fewer than those of the orientation.
    turned = along.size == 3 and float(along @ across) < 0
    return count, -across if turned else across


def _whole_number(values: list[str]) -> int:
    return int(values[0]) if values and values[0].isdecimal() and len(values[0]) < 6 else 0
