"""Volumes whose slices are not evenly spaced, resampled so that they are."""

from __future__ import annotations

import math

import numpy as np

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

__all__ = ["resample_slices"]

# Less of the way from slice to slice than this is none: positions are rounded.
_NO_WAY = 1e-3


def resample_slices(array: npt.NDArray[Any], along: Floats, spacing: float) -> npt.NDArray[Any]:
    """Interpolate linearly between slices.

    Parameters
    ----------
    array : ndarray, shape (volumes, slices, ...)
        Is not changed.
    along : ndarray of float64, shape (slices,)
        Where slices are, in mm along the normal, rising.
    spacing : float
        In mm, above 0.

    Returns
    -------
    ndarray, shape (volumes, slices, ...)
        From the first slice on, as far as there are slices; those that lie on one are equal to it.
    """
    places = along - along[0]
    count = math.floor(places[-1] / spacing + _NO_WAY) + 1
    out = np.empty((array.shape[0], count, *array.shape[2:]), array.dtype)
    for number in range(count):
        place = number * spacing
        after = min(int(np.searchsorted(places, place)), len(places) - 1)
        before = max(after - 1, 0)
        way = places[after] - places[before]
        part = 1.0 if way == 0 else (place - places[before]) / way
        if part <= _NO_WAY or part >= 1 - _NO_WAY:
            out[:, number] = array[:, before if part <= _NO_WAY else after]
            continue
        between = array[:, before] * (1 - part) + array[:, after] * part
        out[:, number] = between if array.dtype.kind == "f" else np.round(between)
    return out
