"""An image that is to be shown or measured: its attributes, frames and stored values."""

from __future__ import annotations

from fastdcm.dataset import Dataset
from fastdcm.errors import UnsupportedTransferSyntaxError
from fastdcm.files import dcmread
from fastdcm.pixels.array import pixel_array
from fastdcm.pixels.functional_groups import FunctionalGroups, number_of_frames

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from os import PathLike
    from typing import Any, BinaryIO, TypeVar

    import numpy.typing as npt

    _Pixels = tuple[int | None, npt.NDArray[Any] | None]
    _Options = TypeVar("_Options")
    Source = Dataset | str | PathLike[str] | bytes | bytearray | memoryview | BinaryIO

__all__ = ["Image"]


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
    def frames(self) -> range:
        """The frames that are wanted."""
        if self.index is None:
            return range(number_of_frames(self.dataset))
        return range(self.index, self.index + 1)

    def made(self, make: Callable[[Dataset, _Pixels, _Options], npt.NDArray[Any]], options: _Options) -> Any:
        """What the core makes of the frames that are wanted."""
        try:
            return make(self.dataset, (self.index, None), options)
        except UnsupportedTransferSyntaxError:
            # Video is decoded elsewhere; for all else this is the same error.
            return make(self.dataset, (self.index, pixel_array(self.dataset, index=self.index)), options)
