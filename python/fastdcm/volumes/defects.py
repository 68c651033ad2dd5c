"""What is wrong with a series or a stack, and what is made of it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from fastdcm.errors import DicomError
from fastdcm.volumes.geometry import distances, largest_offset, same_distance, tilt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from fastdcm.volumes.frame import Frame
    from fastdcm.volumes.stack import Arrangement

__all__ = [
    "Defect",
    "VolumeError",
    "VolumeWarning",
    "defects_of_series",
    "defects_of_stack",
    "even_runs",
    "mixed_rescale",
]


class Defect(NamedTuple):
    """Something that keeps frames from being one evenly spaced volume.

    Attributes
    ----------
    kind : str
        One of "gap", "uneven spacing", "gantry tilt", "misaligned", "duplicate", "incomplete", and for what
        differs within a series: "mixed orientation", "mixed size", "mixed spacing", "mixed image type",
        "mixed frame of reference", "mixed echo time", "mixed stack", "mixed photometric interpretation";
        "mixed rescale" where stored values are asked for and do not stand for the same in all slices;
        "unreadable" for frames that were to be skipped where they cannot be read.
    message : str
        What was found; no value of a patient.
    """

    kind: str
    message: str


class VolumeError(DicomError, ValueError):
    """A series that is no volume, or one with defects where none were to be taken.

    Attributes
    ----------
    defects : tuple of Defect
        What is wrong.
    """

    def __init__(self, message: str = "", *, defects: tuple[Defect, ...] = ()):
        super().__init__(message)
        self.defects = defects


class VolumeWarning(UserWarning):
    """A defect of a volume that was made all the same."""


# What a series may differ in from frame to frame, after the geometry itself.
_MIXED: dict[str, Callable[[Frame], Hashable]] = {
    "size": lambda frame: (frame.rows, frame.columns, frame.samples),
    "orientation": lambda frame: tuple(round(value, 2) + 0.0 for value in frame.orientation),
    "spacing": lambda frame: tuple(round(value, 3) for value in frame.pixel_spacing),
    "frame of reference": lambda frame: frame.frame_of_reference,
    "echo time": lambda frame: frame.echo_time,
    "stack": lambda frame: frame.stack,
    "photometric interpretation": lambda frame: frame.photometric,
    "image type": lambda frame: frame.image_type,
}


def defects_of_series(stacks: Sequence[Sequence[Frame]]) -> list[Defect]:
    """What splits a series into several stacks."""
    if len(stacks) < 2:
        return []
    sizes = ", ".join(str(len(stack)) for stack in stacks[:8]) + (", ..." if len(stacks) > 8 else "")
    found = []
    for name, value in _MIXED.items():
        count = len({value(stack[0]) for stack in stacks})
        if count > 1:
            found.append(Defect(f"mixed {name}", f"{count} of {name} in a series: stacks of {sizes} frames"))
    return found or [Defect("mixed orientation", f"close but different planes: stacks of {sizes} frames")]


def defects_of_stack(arrangement: Arrangement) -> list[Defect]:
    """What is wrong with a stack: frames left over, then its spacing, then its direction."""
    found = []
    if arrangement.repeated:
        found.append(
            Defect("duplicate", f"frames in a plane that has one already: {len(arrangement.repeated)}")
        )
    if arrangement.incomplete:
        count = len(arrangement.incomplete)
        found.append(Defect("incomplete", f"frames of volumes that have not all their slices: {count}"))
    slices = arrangement.volumes[0]
    spacing = _spacing_defect(slices)
    if spacing is not None:
        found.append(spacing)
    angle = tilt(slices)
    if angle:
        found.append(Defect("gantry tilt", f"slices are shifted at {angle:.2f} degrees to their normal"))
    offset = largest_offset(slices)
    if offset > max(0.1, 0.1 * min(slices[0].pixel_spacing)):
        found.append(Defect("misaligned", f"slices lie up to {offset:.2f} mm aside of one line"))
    return found


def mixed_rescale(frames: Sequence[Frame]) -> list[Defect]:
    """Whether stored values of frames stand for different ones, as those of PET do."""
    count = len({(frame.slope, frame.intercept, frame.has_table) for frame in frames})
    if count < 2:
        return []
    return [Defect("mixed rescale", f"stored values of {len(frames)} frames in {count} scales")]


def even_runs(slices: Sequence[Frame]) -> list[range]:
    """Split slices where their distance changes."""
    steps = np.diff(distances(slices))
    runs, first = [], 0
    for number in range(1, len(slices)):
        begun = number - 1 > first
        if begun and not same_distance(float(steps[number - 1]), float(steps[first])):
            runs.append(range(first, number))
            first = number
    runs.append(range(first, len(slices)))
    return runs


def _spacing_defect(slices: Sequence[Frame]) -> Defect | None:
    if len(slices) < 3:
        return None
    steps = np.diff(distances(slices))
    usual = float(np.median(steps))
    odd = ~same_distance(steps, usual)
    if not odd.any():
        return None
    least, most = float(steps.min()), float(steps.max())
    times = np.round(steps[odd] / usual)
    whole = (times >= 2) & (np.abs(steps[odd] - times * usual) <= 0.05 * usual * times)
    if whole.all():
        missing = int((times - 1).sum())
        return Defect(
            "gap",
            f"{missing} slices missing in {int(odd.sum())} places, spacing {usual:.3f} to {most:.3f} mm",
        )
    return Defect("uneven spacing", f"slices are {least:.3f} to {most:.3f} mm apart")
