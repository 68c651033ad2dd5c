"""Planes of a stack: their normal, their distances along it, and whether they are evenly spaced."""

from __future__ import annotations

import math

import numpy as np

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from fastdcm.volumes.frame import Frame

    Floats = npt.NDArray[np.float64]

__all__ = [
    "axes",
    "distances",
    "is_orientation",
    "is_same_orientation",
    "is_same_spacing",
    "largest_offset",
    "missing_geometry",
    "normal",
    "planes",
    "same_distance",
    "slice_step",
    "tilt",
]

# Cosines of an orientation are written with as few as three digits.
_COSINE_TOLERANCE = 2e-3
_ORTHOGONALITY_TOLERANCE = 2e-2
# A table moves as exactly as this; positions are rounded to 0.01 mm by some.
_DISTANCE_TOLERANCE = 0.02
_RELATIVE_DISTANCE_TOLERANCE = 0.01
# In mm: beyond these it is no image of a patient or of what was taken from one.
_FARTHEST = 1e7
_NEAREST = 1e-7
# Of the way along the normal: 0.06 degrees.
_TILT_TOLERANCE = 1e-3


def missing_geometry(frame: Frame) -> str:
    """Why a frame has no place in a volume; empty where it has one."""
    if len(frame.position) != 3 or not all(abs(value) < _FARTHEST for value in frame.position):
        return "no Image Position (Patient), tag (0020,0032)"
    if not is_orientation(frame.orientation):
        return "no valid Image Orientation (Patient), tag (0020,0037)"
    spacing = frame.pixel_spacing
    if len(spacing) != 2 or not all(_NEAREST < value < _FARTHEST for value in spacing):
        return "no valid Pixel Spacing, tag (0028,0030)"
    return ""


def is_orientation(orientation: Sequence[float]) -> bool:
    """Whether six cosines are two unit vectors at a right angle (PS3.3 C.7.6.2.1.1)."""
    if len(orientation) != 6 or not all(map(math.isfinite, orientation)):
        return False
    # Of each of many thousand frames: without arrays, which take longer.
    a, b, c, d, e, f = orientation
    return (
        abs(a * a + b * b + c * c - 1) < _ORTHOGONALITY_TOLERANCE
        and abs(d * d + e * e + f * f - 1) < _ORTHOGONALITY_TOLERANCE
        and abs(a * d + b * e + c * f) < _ORTHOGONALITY_TOLERANCE
    )


def is_same_orientation(one: Sequence[float], other: Sequence[float]) -> bool:
    """Whether two orientations differ by no more than rounding."""
    return max(abs(a - b) for a, b in zip(one, other, strict=True)) <= _COSINE_TOLERANCE


def is_same_spacing(one: Sequence[float], other: Sequence[float]) -> bool:
    """Whether two Pixel Spacings differ by no more than rounding."""
    return all(abs(a - b) <= 1e-3 * max(abs(a), abs(b)) for a, b in zip(one, other, strict=True))


def axes(orientation: Sequence[float]) -> Floats:
    """Unit vectors along the columns of the matrix: slices, rows and columns, as the array has its axes."""
    along_row, along_column = np.array(orientation[:3]), np.array(orientation[3:])
    along_row /= np.linalg.norm(along_row)
    along_column /= np.linalg.norm(along_column)
    across = np.cross(along_row, along_column)
    return np.stack([across / np.linalg.norm(across), along_column, along_row], axis=1)


def normal(frame: Frame) -> Floats:
    """The normal of the plane: row direction x column direction."""
    return axes(frame.orientation)[:, 0]


def distances(frames: Sequence[Frame]) -> Floats:
    """Image Position (Patient) along the normal of the first frame."""
    return np.array([frame.position for frame in frames], np.float64) @ normal(frames[0])


def planes(frames: Sequence[Frame]) -> list[list[Frame]]:
    """Frames by the plane they lie in, in the order of the planes along the normal."""
    along = distances(frames)
    order = np.argsort(along, kind="stable")
    nearest = 0.1 * min(0.1, *frames[0].pixel_spacing)
    found: list[list[Frame]] = []
    last = -math.inf
    for number in order:
        if along[number] - last > nearest:
            found.append([])
            last = float(along[number])
        found[-1].append(frames[number])
    return found


def same_distance(one: Floats | float, other: float) -> npt.NDArray[np.bool_]:
    """Whether distances between planes differ by no more than rounding."""
    tolerance = min(max(_RELATIVE_DISTANCE_TOLERANCE * other, _DISTANCE_TOLERANCE), 0.1 * other)
    return np.asarray(np.abs(one - other) <= tolerance)


def slice_step(frames: Sequence[Frame]) -> Floats:
    """The vector from one slice to the next, sheared where the gantry is tilted."""
    if len(frames) > 1:
        first, last = (np.array(frames[number].position, np.float64) for number in (0, -1))
        step: Floats = (last - first) / (len(frames) - 1)
        return step
    return normal(frames[0]) * (frames[0].thickness or 1.0)


def tilt(frames: Sequence[Frame]) -> float:
    """The angle between the normal and the way from the first slice to the last, in degrees; 0 where even."""
    if len(frames) == 1:
        return 0.0
    step = slice_step(frames)
    along = float(step @ normal(frames[0]))
    aside = float(np.linalg.norm(step - along * normal(frames[0])))
    return math.degrees(math.atan2(aside, along)) if aside > _TILT_TOLERANCE * along else 0.0


def largest_offset(frames: Sequence[Frame]) -> float:
    """How far, in mm, a slice lies aside of the line on which the first and last lie."""
    way = np.array([frame.position for frame in frames], np.float64)
    way -= way[0]
    across = normal(frames[0])
    along = way @ across
    total = float(along[-1])
    line = way[-1] / total if total > 0 else across
    return float(np.linalg.norm(way - along[:, None] * line, axis=1).max())
