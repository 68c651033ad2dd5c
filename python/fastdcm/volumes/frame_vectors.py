"""What changes from frame to frame: the vectors that Frame Increment Pointer names, and times."""

from __future__ import annotations

import math

import numpy as np

from fastdcm.pixels.attributes import number, numbers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    import numpy.typing as npt

    from fastdcm.dataset import Dataset

__all__ = ["frame_times", "frame_vectors"]

# PS3.3 C.8.4.8: what is numbered, from 1 on, by the vector of this tag.
_VECTORS = {
    0x00540010: ("energy window", "EnergyWindowVector"),
    0x00540020: ("detector", "DetectorVector"),
    0x00540030: ("phase", "PhaseVector"),
    0x00540050: ("rotation", "RotationVector"),
    0x00540060: ("R-R interval", "RRIntervalVector"),
    0x00540070: ("time slot", "TimeSlotVector"),
    0x00540080: ("slice", "SliceVector"),
    0x00540090: ("angular view", "AngularViewVector"),
    0x00540100: ("time slice", "TimeSliceVector"),
}
# Number of Frames may be any number; no cine has as many.
_MOST_TIMES = 1 << 24


def frame_vectors(dataset: Dataset, count: int) -> dict[str, list[int]]:
    """For what Frame Increment Pointer names, the number of each frame.

    Vectors that have not one value for each are left out.

    Raises
    ------
    PixelDataError
        A vector is not of numbers.
    """
    found = {}
    for tag in _pointers(dataset):
        if tag in _VECTORS:
            name, keyword = _VECTORS[tag]
            values = [int(value) for value in numbers(dataset, keyword)]
            if len(values) == count:
                found[name] = values
    return found


def frame_times(dataset: Dataset, count: int) -> npt.NDArray[np.float64] | None:
    """Times of frames after the first, in ms; None where nothing says them.

    By Frame Time Vector, whose values are distances from the frame before, or Frame Time (PS3.3 C.7.6.5);
    where neither is there, by Recommended Display Frame Rate or Cine Rate, in frames per second.

    Raises
    ------
    PixelDataError
        An element is not of numbers.
    """
    if count > _MOST_TIMES:
        return None
    steps = numbers(dataset, "FrameTimeVector")
    if len(steps) == count and all(step >= 0 for step in steps[1:]):
        return np.cumsum(np.array([0.0, *steps[1:]], np.float64))
    step = number(dataset, "FrameTime")
    if step is None or step <= 0:
        rates = (number(dataset, name) for name in ("RecommendedDisplayFrameRate", "CineRate"))
        step = next((1000 / rate for rate in rates if rate is not None and rate > 0), None)
    return None if step is None or not math.isfinite(step) else np.arange(count, dtype=np.float64) * step


def _pointers(dataset: Dataset) -> list[int]:
    value: Any = dataset.get("FrameIncrementPointer")
    if value is None or isinstance(value, str | bytes):
        return []
    values = value if hasattr(value, "__iter__") and not isinstance(value, int) else [value]
    return [int(tag) for tag in values if isinstance(tag, int)]
