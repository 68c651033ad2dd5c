"""Planes of a dose grid, which are frames at offsets of one another (PS3.3 C.8.8.3)."""

from __future__ import annotations

import math

import numpy as np

from fastdcm.volumes.geometry import axes, missing_geometry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastdcm.volumes.frame import Frame

__all__ = ["frames_of_dose"]


def frames_of_dose(whole: Frame, offsets: Sequence[float], count: int) -> tuple[list[Frame], str]:
    """A frame for each plane of the grid, or why there is none.

    Grid Frame Offset Vector holds distances from the first plane along the normal, or, where it does not
    begin with 0, the third coordinates of transverse planes (C.8.8.3.2).
    """
    reason = missing_geometry(whole)
    if reason:
        return [], reason
    if len(offsets) != count or not all(map(math.isfinite, offsets)):
        return [], "no valid Grid Frame Offset Vector, tag (3004,000C)"
    across = axes(whole.orientation)[:, 0]
    along = np.array(offsets)
    if offsets[0] != 0:
        if abs(across[2]) < 0.999:
            return [], "coordinates of planes that are not transverse, tag (3004,000C)"
        along = (along - along[0]) * np.sign(across[2])
    places = np.array(whole.position) + along[:, None] * across
    return [
        whole._replace(number=number, position=tuple(map(float, place)), moment=(*whole.moment, number))
        for number, place in enumerate(places)
    ], ""
