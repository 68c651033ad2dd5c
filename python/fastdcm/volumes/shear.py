"""Volumes of a tilted gantry, resampled so that their axes are at right angles."""

from __future__ import annotations

import numpy as np

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

__all__ = ["straighten"]

# Less of a pixel than this is no shift.
_NO_SHIFT = 1e-6


def straighten(array: npt.NDArray[Any], affine: Floats, fill: float) -> tuple[npt.NDArray[Any], Floats]:
    """Shift each slice to where it lies, with linear interpolation between pixels.

    Parameters
    ----------
    array : ndarray, shape (volumes, slices, rows, columns, samples)
        Is not changed.
    affine : ndarray, shape (4, 4)
        Of the array: (slice, row, column) to mm.
    fill : float
        What stands where no slice is.

    Returns
    -------
    array, affine
        With as many slices; rows and columns so that nothing is cut off.
    """
    step, spacing = affine[:3, 0], np.linalg.norm(affine[:3, 1:3], axis=0)
    directions = affine[:3, 1:3] / spacing
    shifts = (step @ directions / spacing) * np.arange(array.shape[1])[:, None]
    lowest = np.floor(shifts.min(axis=0) + _NO_SHIFT)
    grown = np.ceil(shifts.max(axis=0) - _NO_SHIFT) - lowest
    rows, columns = (int(size + more) for size, more in zip(array.shape[2:4], grown, strict=True))
    out = np.full((*array.shape[:2], rows, columns, array.shape[4]), fill, array.dtype)
    for number, shift in enumerate(shifts - lowest):
        moved = _moved(array[:, number], 1, shift=shift[0], size=rows, fill=fill)
        moved = _moved(moved, 2, shift=shift[1], size=columns, fill=fill)
        out[:, number] = moved if array.dtype.kind == "f" else np.round(moved)
    straight = affine.copy()
    straight[:3, 0] = step - directions @ (step @ directions)
    straight[:3, 3] += affine[:3, 1:3] @ lowest
    return out, straight


def _moved(image: npt.NDArray[Any], axis: int, *, shift: float, size: int, fill: float) -> Floats:
    """Move an image along an axis, by pixels and parts of them, into one of another size."""
    whole = int(np.floor(shift + _NO_SHIFT))
    part = shift - whole
    image = np.moveaxis(np.asarray(image, np.float64), axis, 0)
    moved = np.full((size, *image.shape[1:]), fill, np.float64)
    if part > _NO_SHIFT:
        # Where one of two neighbours is missing there is no value between them.
        moved[whole + 1 : whole + len(image)] = image[1:] * (1 - part) + image[:-1] * part
    else:
        moved[whole : whole + len(image)] = image
    return np.moveaxis(moved, 0, axis)
