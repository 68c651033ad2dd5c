"""Slices of reconstructed nuclear medicine images, by the place of the first (PS3.3 C.8.4.8, C.8.4.15)."""

from __future__ import annotations

import math

import numpy as np

from fastdcm.errors import DicomError
from fastdcm.pixels.attributes import first_item, number, numbers, text
from fastdcm.pixels.functional_groups import number_of_frames
from fastdcm.volumes.frame_vectors import frame_vectors
from fastdcm.volumes.geometry import axes, missing_geometry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fastdcm.dataset import Dataset
    from fastdcm.volumes.frame import Frame

__all__ = ["NO_POSITION", "frames_of_nuclear", "is_reconstructed"]

NO_POSITION = "no position of slices"
_RECONSTRUCTED = frozenset({"RECON TOMO", "RECON GATED TOMO"})
# What orders volumes of one place.
_MOMENTS = ("R-R interval", "phase", "time slot", "time slice")
# What makes images of another kind.
_KINDS = ("energy window", "detector")


def is_reconstructed(modality: str, image_type: tuple[str, ...]) -> bool:
    """Whether the frames of a nuclear medicine image are slices."""
    return modality == "NM" and image_type[2:3] != () and image_type[2] in _RECONSTRUCTED


def frames_of_nuclear(whole: Frame) -> tuple[list[Frame], str]:
    """A frame for each slice, or why there is none.

    The first slice is where the item of its detector says, the others at Spacing Between Slices along the
    normal, or against it where that is negative; Slice Vector says which slice a frame is.
    """
    try:
        dataset = whole.header()
        count = number_of_frames(dataset)
        vectors = frame_vectors(dataset, count)
        spacing = number(dataset, "SpacingBetweenSlices")
        whole = _placed(whole, dataset)
    except (DicomError, OSError):
        return [], "an image that cannot be read"
    reason = missing_geometry(whole)
    if reason:
        return [], f"{NO_POSITION}: {reason}"
    slices = vectors.get("slice") or ([1] if count == 1 else [])
    if not slices:
        return [], f"{NO_POSITION}: no valid Slice Vector, tag (0054,0080)"
    if len(set(slices)) > 1 and not (spacing and math.isfinite(spacing)):
        return [], f"{NO_POSITION}: no Spacing Between Slices, tag (0018,0088)"
    way = axes(whole.orientation)[:, 0] * (spacing or 0.0)
    first = min(slices)
    moments = _numbered([vectors[name] for name in _MOMENTS if name in vectors])
    kinds = _numbered([vectors[name] for name in _KINDS if name in vectors])
    return [
        whole._replace(
            number=index,
            position=tuple(map(float, np.array(whole.position) + way * (slices[index] - first))),
            stack=str(kinds[index]) if kinds else "",
            temporal_position=moments[index] if moments else None,
            thickness=abs(spacing) if spacing else whole.thickness,
            moment=(*whole.moment, float(index)),
        )
        for index in range(count)
    ], ""


def _placed(whole: Frame, dataset: Dataset) -> Frame:
    """With the position and orientation of the first detector, or else of the image."""
    detector = first_item(dataset, "DetectorInformationSequence") or dataset
    position = tuple(numbers(detector, "ImagePositionPatient")) or whole.position
    orientation = tuple(numbers(detector, "ImageOrientationPatient")) or whole.orientation
    reference = whole.frame_of_reference or text(dataset, "FrameOfReferenceUID")
    return whole._replace(position=position, orientation=orientation, frame_of_reference=reference)


def _numbered(vectors: list[list[int]]) -> list[int]:
    """For each frame the place of its values among all that there are; none where there is only one."""
    values = list(zip(*vectors, strict=True))
    places = {value: place for place, value in enumerate(sorted(set(values)), 1)}
    return [places[value] for value in values] if len(places) > 1 else []
