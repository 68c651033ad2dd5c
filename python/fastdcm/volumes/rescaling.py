"""From stored values to those that they stand for: types that hold them, and the rescale of a slice."""

from __future__ import annotations

import numpy as np

from fastdcm.errors import PixelDataError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    import numpy.typing as npt

    from fastdcm.volumes.frame import Frame

    Pixels = npt.NDArray[Any]

__all__ = ["RangeError", "physical_type", "put", "rescale_into", "stored_type"]

# Values that are computed at once in double precision: so many fit the cache of a core.
_AT_ONCE = 1 << 15


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


def rescale_into(out: Pixels, stored: Pixels, rescale: tuple[float, float], *, is_in_place: bool) -> None:
    """Write ``stored * slope + intercept``.

    Parameters
    ----------
    out : ndarray
        Of the shape of `stored`.
    rescale : (float, float)
        Slope and intercept.
    is_in_place : bool
        `out` is the memory of `stored`, seen as samples of another type and the same size.

    Raises
    ------
    RangeError
        Values do not fit the type of `out`.
    """
    slope, intercept = rescale
    is_same = rescale == (1, 0)
    if is_same and is_in_place and out.dtype == stored.dtype:
        return
    is_whole = stored.dtype.kind in "iu" and slope.is_integer() and intercept.is_integer()
    if is_whole and out.dtype.kind in "iu":
        _shift(out, stored, (int(slope), int(intercept)), is_in_place=is_in_place)
        return
    flat, stored = out.reshape(-1), stored.reshape(-1)
    if is_same and not is_in_place:
        put(flat, stored)
        return
    scratch = np.empty(min(flat.size, _AT_ONCE), np.float64)
    for first in range(0, flat.size, _AT_ONCE):
        part = slice(first, first + _AT_ONCE)
        values = scratch[: flat[part].size]
        np.multiply(stored[part], slope, out=values, dtype=np.float64)
        np.add(values, intercept, out=values)
        put(flat[part], values)


def put(out: Pixels, values: Pixels) -> None:
    """Write values of any type, if they fit.

    Raises
    ------
    RangeError
        Values do not fit the type of `out`.
    PixelDataError
        They have another shape.
    """
    if values.shape != out.shape:
        raise PixelDataError("a frame has another size than its header says")
    if out.dtype.kind in "iu" and not _fits(values, out.dtype):
        raise RangeError(f"values of a frame do not fit {out.dtype}")
    np.copyto(out, values, casting="unsafe")


def _shift(out: Pixels, stored: Pixels, rescale: tuple[int, int], *, is_in_place: bool) -> None:
    """Rescale whole numbers without making them wider.

    What fits the type at both ends fits it between; then arithmetic that wraps gives the right bits, so that
    neither overflow in between nor the sign of the stored values matters.
    """
    slope, intercept = rescale
    bounds = np.iinfo(out.dtype)
    if stored.size and (rescale != (1, 0) or not np.can_cast(stored.dtype, out.dtype)):
        ends = [int(end) * slope + intercept for end in (stored.min(), stored.max())]
        if min(ends) < bounds.min or max(ends) > bounds.max:
            raise RangeError(f"values of a frame do not fit {out.dtype}")
    if not is_in_place:
        np.copyto(out, stored, casting="unsafe")
    words = out.view(f"u{out.itemsize}")
    modulus = 1 << 8 * out.itemsize
    if slope != 1:
        words *= words.dtype.type(slope % modulus)
    if intercept != 0:
        words += words.dtype.type(intercept % modulus)


def _fits(values: Pixels, dtype: np.dtype[Any]) -> bool:
    if np.can_cast(values.dtype, dtype) or not values.size:
        return True
    bounds = np.iinfo(dtype)
    # Written so that NaN does not fit.
    if not (values.min() >= bounds.min and values.max() <= bounds.max):
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
