"""The pixels of frames, in one array."""

from __future__ import annotations

from contextlib import nullcontext

import numpy as np

from fastdcm.errors import PixelDataError
from fastdcm.files import dcmread
from fastdcm.pixels.array import pixel_array
from fastdcm.pixels.physical import to_values

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    import numpy.typing as npt

    from fastdcm.dataset import Dataset
    from fastdcm.volumes.frame import Frame

    Pixels = npt.NDArray[Any]

__all__ = ["physical_type", "read_pixels", "stored_type"]


def stored_type(frames: Sequence[Frame]) -> np.dtype[Any]:
    """The smallest type for the stored values of all frames; they may differ in signedness and bits."""
    if any(frame.is_float for frame in frames):
        return np.dtype(np.float32)
    return _smallest(min(_range(frame)[0] for frame in frames), max(_range(frame)[1] for frame in frames))


def physical_type(frames: Sequence[Frame]) -> np.dtype[Any]:
    """The type for physical values: integer where rescale slopes and intercepts are, else float32.

    Integers are int16 wherever that holds them; uint8 and uint16 for values that are not rescaled.
    """
    if not all(_is_whole(frame) for frame in frames):
        return np.dtype(np.float32)
    if all((frame.slope, frame.intercept) == (1, 0) for frame in frames):
        return stored_type(frames)
    ends = [low_or_high * frame.slope + frame.intercept for frame in frames for low_or_high in _range(frame)]
    kind = _smallest(min(*ends, -1), max(ends))
    return np.promote_types(kind, np.int16) if kind.itemsize <= 4 else np.dtype(np.float32)


def read_pixels(frames: Sequence[Frame], dtype: npt.DTypeLike, *, physical: bool) -> Pixels:
    """Read frames, one after another, into an array of shape (frames, rows, columns[, samples]).

    Raises
    ------
    ValueError
        Values do not fit `dtype`.
    PixelDataError
        A frame has another size than its header says.
    """
    first = frames[0]
    shape = (first.rows, first.columns) if first.samples == 1 else (first.rows, first.columns, first.samples)
    array = np.empty((len(frames), *shape), dtype)
    by_file: dict[str, list[int]] = {}
    for number, frame in enumerate(frames):
        by_file.setdefault(frame.path, []).append(number)
    for path, numbers in by_file.items():
        with nullcontext(dcmread(path)) as dataset:
            for number in numbers:
                _read_into(array[number], dataset, frames[number], physical=physical)
    return array


def _read_into(out: Pixels, dataset: Dataset, frame: Frame, *, physical: bool) -> None:
    if physical and frame.has_table:
        values = to_values(dataset, index=frame.index)
    else:
        values = pixel_array(dataset, index=frame.index)
        if physical and (frame.slope, frame.intercept) != (1, 0):
            values = values * np.float64(frame.slope) + np.float64(frame.intercept)
    if values.shape != out.shape:
        raise PixelDataError("a frame has another size than its header says")
    if out.dtype.kind in "iu" and not _fits(values, out.dtype):
        raise ValueError(f"values of a frame do not fit {out.dtype}")
    np.copyto(out, values, casting="unsafe")


def _fits(values: Pixels, dtype: np.dtype[Any]) -> bool:
    if np.can_cast(values.dtype, dtype) or not values.size:
        return True
    bounds = np.iinfo(dtype)
    if values.min() < bounds.min or values.max() > bounds.max:
        return False
    return values.dtype.kind != "f" or bool((values == np.round(values)).all())


def _is_whole(frame: Frame) -> bool:
    has_whole_rescale = frame.slope.is_integer() and frame.intercept.is_integer()
    return has_whole_rescale and not frame.has_table and not frame.is_float


def _range(frame: Frame) -> tuple[int, int]:
    bits = max(min(frame.bits_stored, 64), 1)
    return (-(1 << bits - 1), (1 << bits - 1) - 1) if frame.is_signed else (0, (1 << bits) - 1)


def _smallest(low: float, high: float) -> np.dtype[Any]:
    for kind in (np.uint8, np.int16, np.uint16, np.int32, np.uint32, np.int64):
        bounds = np.iinfo(kind)
        if bounds.min <= low and high <= bounds.max:
            return np.dtype(kind)
    return np.dtype(np.float64)
