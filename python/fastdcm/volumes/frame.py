"""What is known of one frame before its pixels are read."""

from __future__ import annotations

from typing import NamedTuple

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
    bits_stored: int
    is_signed: bool
    is_float: bool
    slope: float
    intercept: float
    has_table: bool
    origin: tuple[int, int] | None = None
