"""The pixels of frames, in one array."""

from __future__ import annotations

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

__all__ = ["RangeError", "physical_type", "read_pixels", "stored_type"]


class RangeError(ValueError):
    """Values that do not fit the type of the array."""


def stored_type(frames: Sequence[Frame]) -> np.dtype[Any]:
    """The smallest type for the stored values of all frames; they may differ in signedness and bits."""
    if any(frame.is_float for frame in frames):
        return np.dtype(np.float32)
    return _smallest(min(_range(frame)[0] for frame in frames), max(_range(frame)[1] for frame in frames))


def physical_type(frames: Sequence[Frame]) -> np.dtype[Any]:
    """The type for physical values: integer where rescale slopes and intercepts are, else float32.

    uint8 and uint16 are for values that are not rescaled. Samples of 16 bits that are only shifted are
    expected to fit int16: CT is stored with an intercept of -1024 whatever its bits.
    """
    if not all(_is_whole(frame) for frame in frames):
        return np.dtype(np.float32)
    if all((frame.slope, frame.intercept) == (1, 0) for frame in frames):
        return stored_type(frames)
    if all(frame.slope == 1 and frame.bits_stored <= 16 for frame in frames):
        return np.dtype(np.int16)
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
    array = None
    by_file: dict[str, dict[int | None, list[int]]] = {}
    for number, frame in enumerate(frames):
        by_file.setdefault(frame.path, {}).setdefault(frame.number, []).append(number)
    for path, by_number in by_file.items():
        dataset = dcmread(path)
        for numbers in by_number.values():
            values = _values(dataset, frames[numbers[0]], physical=physical)
            if array is None:
                # Not before one frame is there: what headers say alone may be any size.
                array = np.empty((len(frames), *_shape(frames[0])), dtype)
            for number in numbers:
                _put(array[number], values, frames[number])
    return np.empty((0, 0, 0), dtype) if array is None else array


def _shape(frame: Frame) -> tuple[int, ...]:
    return (frame.rows, frame.columns, *((frame.samples,) if frame.samples > 1 else ()))


def _values(dataset: Dataset, frame: Frame, *, physical: bool) -> Pixels:
    if physical and frame.has_table:
        return to_values(dataset, index=frame.number)
    stored = pixel_array(dataset, index=frame.number)
    if not physical or (frame.slope, frame.intercept) == (1, 0):
        return stored
    if _is_whole(frame) and stored.itemsize <= 2 and abs(frame.slope) < 1 << 15 > abs(frame.intercept):
        return stored * np.int32(frame.slope) + np.int32(frame.intercept)
    return stored * np.float64(frame.slope) + np.float64(frame.intercept)


def _put(out: Pixels, values: Pixels, frame: Frame) -> None:
    if frame.origin is not None:
        row, column = frame.origin
        values = values[row : row + frame.rows, column : column + frame.columns]
    if values.shape != out.shape:
        raise PixelDataError("a frame has another size than its header says")
    if out.dtype.kind in "iu" and not _fits(values, out.dtype):
        raise RangeError(f"values of a frame do not fit {out.dtype}")
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
