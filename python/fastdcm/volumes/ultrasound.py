"""Regions of ultrasound images, and what a pixel is in each (PS3.3 C.8.5.5)."""

from __future__ import annotations

import math
from typing import NamedTuple

from fastdcm._core import Sequence
from fastdcm.dataset import Dataset
from fastdcm.files import dcmread
from fastdcm.pixels.attributes import number, numbers

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os

__all__ = ["UltrasoundRegion", "ultrasound_regions"]

# C.8.5.5.1.15, C.8.5.5.1.16
_UNITS = (
    "none",
    "percent",
    "dB",
    "cm",
    "s",
    "Hz",
    "dB/s",
    "cm/s",
    "cm2",
    "cm2/s",
    "cm3",
    "cm3/s",
    "degrees",
)
_MM = 10.0
# C.8.5.5.1.1, C.8.5.5.1.2
_FORMATS = ("none", "2D", "M-mode", "spectral", "wave form", "graphics")
_MOST_REGIONS = 4096


class UltrasoundRegion(NamedTuple):
    """A part of an image with its own calibration.

    Attributes
    ----------
    rows, columns : slice
        Where it is: ``image[region.rows, region.columns]``.
    spatial_format : str
        Region Spatial Format: "none", "2D", "M-mode", "spectral", "wave form", "graphics", or empty.
    data_type : int
        Region Data Type (C.8.5.5.1.2), such as 1 for tissue.
    units : (str, str)
        Units of Physical Delta X and Y, as ``"cm"``, ``"s"``; empty where they are not known.
    deltas : (float, float)
        Physical Delta X and Y: what one pixel to the right, and one down, is in these units.
    reference_pixel : (float, float), optional
        Column and row, within the region, that have the reference value.
    reference_value : (float, float), optional
        Physical values of the reference pixel.
    """

    rows: slice
    columns: slice
    spatial_format: str
    data_type: int
    units: tuple[str, str]
    deltas: tuple[float, float]
    reference_pixel: tuple[float, float] | None
    reference_value: tuple[float, float] | None

    @property
    def pixel_spacing(self) -> tuple[float, float] | None:
        """Distances in mm between rows and between columns; None where pixels are no lengths both ways."""
        if self.units != ("cm", "cm"):
            return None
        across, down = (abs(delta) * _MM for delta in self.deltas)
        return (down, across) if 0 < across < math.inf and 0 < down < math.inf else None


def ultrasound_regions(source: Dataset | str | os.PathLike[str] | bytes) -> tuple[UltrasoundRegion, ...]:
    """The items of Sequence of Ultrasound Regions that say where they are.

    Parameters
    ----------
    source : Dataset, path or bytes
        As for `dcmread`.

    Returns
    -------
    tuple of UltrasoundRegion
        Empty for images that have none.

    Raises
    ------
    PixelDataError
        An element of a region is not of numbers.
    """
    dataset = source if isinstance(source, Dataset) else dcmread(source, stop_before_pixels=True)
    items = dataset.get("SequenceOfUltrasoundRegions")
    if not isinstance(items, Sequence):
        return ()
    found = (_region(items[number]) for number in range(min(len(items), _MOST_REGIONS)))
    return tuple(region for region in found if region is not None)


def _region(item: Dataset) -> UltrasoundRegion | None:
    ends = [number(item, f"RegionLocation{name}") for name in ("MinX0", "MinY0", "MaxX1", "MaxY1")]
    left, top, right, bottom = (-1 if end is None else int(end) for end in ends)
    if not (0 <= left <= right and 0 <= top <= bottom):
        return None
    deltas = [number(item, f"PhysicalDelta{axis}") for axis in "XY"]
    units = [number(item, f"PhysicalUnits{axis}Direction") for axis in "XY"]
    return UltrasoundRegion(
        rows=slice(top, bottom + 1),
        columns=slice(left, right + 1),
        spatial_format=_word(_FORMATS, number(item, "RegionSpatialFormat")),
        data_type=int(number(item, "RegionDataType") or 0),
        units=(_word(_UNITS, units[0]), _word(_UNITS, units[1])),
        deltas=(deltas[0] or 0.0, deltas[1] or 0.0),
        reference_pixel=_pair(item, "ReferencePixel{}0"),
        reference_value=_pair(item, "ReferencePixelPhysicalValue{}"),
    )


def _word(words: tuple[str, ...], code: float | None) -> str:
    return words[int(code)] if code is not None and 0 <= code < len(words) else ""


def _pair(item: Dataset, keyword: str) -> tuple[float, float] | None:
    x, y = (numbers(item, keyword.format(axis)) for axis in "XY")
    return (x[0], y[0]) if x and y else None
