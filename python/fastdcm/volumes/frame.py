"""What is known of one frame before its pixels are read."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from fastdcm.files import dcmread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from fastdcm.dataset import Dataset

__all__ = ["Frame"]


class Frame(NamedTuple):
    """One frame: where it is stored, where it lies, and what tells it from others of its series.

    Attributes
    ----------
    path : str
        The file.
    number : int or None
        Zero-based number of the frame in a multi-frame object; None where the object is one frame.
    position, orientation, pixel_spacing : tuple of float
        Image Position (Patient), Image Orientation (Patient), and Pixel Spacing: between rows, then between
        columns (PS3.3 C.7.6.2, C.7.6.3.1).
    thickness : float or None
        Slice Thickness: the extent of a slice that has no neighbour, used for nothing else.
    moment : tuple
        What orders frames of one position: times of the heart or the tracer, of the acquisition, then the
        Instance Number, the place in the dimensions and the number of the frame.
    origin : (int, int), optional
        First row and column, where the frame is a tile of a mosaic.
    file_state : (int, int), optional
        Size and time of change of the file when its header was read.
    dataset : Dataset, optional
        What holds the frame, where that is in memory and not in a file.
    """

    path: str
    number: int | None
    series: str
    instance: str
    modality: str
    frame_of_reference: str
    stack: str
    image_type: tuple[str, ...]
    rows: int
    columns: int
    samples: int
    position: tuple[float, ...]
    orientation: tuple[float, ...]
    pixel_spacing: tuple[float, ...]
    thickness: float | None
    echo_time: float | None
    temporal_position: int | None
    acquisition_number: int | None
    b_value: float | None
    gradient: tuple[float, ...] | None
    moment: tuple[float, ...]
    photometric: str
    bits_allocated: int
    bits_stored: int
    is_signed: bool
    is_float: bool
    slope: float
    intercept: float
    has_table: bool
    origin: tuple[int, int] | None = None
    file_state: tuple[int, int] | None = None
    dataset: Dataset | None = None

    @property
    def allocated_type(self) -> np.dtype[Any]:
        """The type that samples are stored in, which may hold more than Bits Stored says."""
        size = next((size for size in (1, 2, 4) if 8 * size >= self.bits_allocated), 8)
        letter = "f" if self.is_float else "i" if self.is_signed else "u"
        return np.dtype(f"{letter}{max(size, 4) if self.is_float else size}")

    def header(self) -> Dataset:
        """The data set that has the frame, without its pixels where it is read from a file."""
        return dcmread(self.path, stop_before_pixels=True) if self.dataset is None else self.dataset
