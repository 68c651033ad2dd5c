"""An image that is to be shown or measured: its attributes, frames and stored values."""

from __future__ import annotations

from fastdcm.dataset import Dataset
from fastdcm.files import dcmread
from fastdcm.pixels.array import pixel_array
from fastdcm.pixels.attributes import number, text
from fastdcm.pixels.functional_groups import FunctionalGroups, number_of_frames

TYPE_CHECKING = False
if TYPE_CHECKING:
    from os import PathLike
    from typing import Any, BinaryIO

    import numpy.typing as npt

    Source = Dataset | str | PathLike[str] | bytes | bytearray | memoryview | BinaryIO

__all__ = ["Image"]

_PADDING = {
    "f4": ("FloatPixelPaddingValue", "FloatPixelPaddingRangeLimit"),
    "f8": ("DoubleFloatPixelPaddingValue", "DoubleFloatPixelPaddingRangeLimit"),
}


class Image:
    """A data set with pixels, and which of its frames are wanted.

    Parameters
    ----------
    source : Dataset, path, bytes-like or binary file object
        As for `pixel_array`.
    index : int, optional
        Zero-based frame number; all frames when omitted.
    """

    def __init__(self, source: Source, index: int | None = None):
        self.dataset = source if isinstance(source, Dataset) else dcmread(source)
        self.index = index
        self.groups = FunctionalGroups(self.dataset)

    @property
    def interpretation(self) -> str:
        """Photometric Interpretation; grey where it is absent (ACR-NEMA)."""
        return text(self.dataset, "PhotometricInterpretation") or "MONOCHROME2"

    @property
    def is_grey(self) -> bool:
        """True for grey; a palette is none."""
        return self.interpretation in {"MONOCHROME1", "MONOCHROME2"}

    @property
    def frames(self) -> range:
        """The frames that are wanted."""
        if self.index is None:
            return range(number_of_frames(self.dataset))
        return range(self.index, self.index + 1)

    @property
    def bits_stored(self) -> int:
        """Bits Stored; 0 where it is absent."""
        return int(number(self.dataset, "BitsStored") or 0)

    def stored(self, *, raw: bool = False) -> npt.NDArray[Any]:
        """Stored values of the frames that are wanted."""
        return pixel_array(self.dataset, index=self.index, raw=raw)

    def padding(self, stored: npt.NDArray[Any]) -> tuple[float, float] | None:
        """Least and greatest stored value that is padding (PS3.3 C.7.5.1.1.2); None without padding."""
        names = _PADDING.get(stored.dtype.str[1:], ("PixelPaddingValue", "PixelPaddingRangeLimit"))
        value, limit = (number(self.dataset, name) for name in names)
        if value is None:
            return None
        ends = [self._signed(end, stored) for end in (value, value if limit is None else limit)]
        return min(ends), max(ends)

    def _signed(self, value: float, stored: npt.NDArray[Any]) -> float:
        """Padding as the samples are: writers give it in US to signed samples, and in SS to unsigned ones."""
        wraps = float(2 ** (8 * max(stored.itemsize, 2)))
        if stored.dtype.kind == "i" and value >= 2 ** (8 * stored.itemsize - 1):
            return value - wraps
        return value + wraps if stored.dtype.kind == "u" and value < 0 else value
