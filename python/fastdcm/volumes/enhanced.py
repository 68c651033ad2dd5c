"""Frames of enhanced multi-frame objects, from their functional groups (PS3.3 C.7.6.16)."""

from __future__ import annotations

import math

from fastdcm.errors import DicomError
from fastdcm.pixels.attributes import first_item, number, numbers, text
from fastdcm.pixels.functional_groups import FunctionalGroups, number_of_frames
from fastdcm.volumes.diffusion import direction_of_matrix
from fastdcm.volumes.geometry import missing_geometry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fastdcm.dataset import Dataset
    from fastdcm.volumes.frame import Frame

__all__ = ["frames_of_groups"]

# The macro that says what kind of frame it is goes by another name in each modality.
_FRAME_TYPES = (
    "MRImageFrameTypeSequence",
    "CTImageFrameTypeSequence",
    "PETFrameTypeSequence",
    "XRay3DFrameTypeSequence",
    "UltrasoundImageDescriptionSequence",
)


def frames_of_groups(whole: Frame) -> tuple[list[Frame], str]:
    """The frames of an object, and why those that are missing are left out.

    Parameters
    ----------
    whole : Frame
        What the object says of all its frames.
    """
    try:
        dataset = whole.header()
        groups = FunctionalGroups(dataset)
        count = number_of_frames(dataset)
        # Frames of a concatenation go on where those of the instance before it end (C.7.6.16.2.2.4).
        before = number(dataset, "ConcatenationFrameOffsetNumber") or 0.0
        # The count may be any number; frames without groups of their own have no place of their own.
        with_groups = min(count, max(len(groups.frames), 1))
        frames = [_frame(whole, groups, index, before=before) for index in range(with_groups)]
    except DicomError:
        return [], "functional groups that cannot be read"
    reasons = [missing_geometry(frame) for frame in frames]
    if with_groups < count:
        reasons.append("fewer functional groups than frames")
    placed = [frame for frame, reason in zip(frames, reasons, strict=False) if not reason]
    return placed, next(filter(None, reasons), "")


def _frame(whole: Frame, groups: FunctionalGroups, index: int, *, before: float) -> Frame:
    """One frame: its own groups come before the shared ones, and those before the root."""

    def at(keyword: str) -> Dataset:
        return groups.item(index, keyword) or groups.dataset

    measures, content = at("PixelMeasuresSequence"), at("FrameContentSequence")
    rescale = at("PixelValueTransformationSequence")
    diffusion = groups.item(index, "MRDiffusionSequence")
    return whole._replace(
        number=index,
        stack=text(content, "StackID"),
        image_type=_image_type(groups, index) or whole.image_type,
        position=tuple(numbers(at("PlanePositionSequence"), "ImagePositionPatient")),
        orientation=tuple(numbers(at("PlaneOrientationSequence"), "ImageOrientationPatient")),
        pixel_spacing=tuple(numbers(measures, "PixelSpacing")),
        thickness=number(measures, "SliceThickness") or None,
        echo_time=number(at("MREchoSequence"), "EffectiveEchoTime"),
        temporal_position=_whole_number(content, "TemporalPositionIndex"),
        acquisition_number=_whole_number(content, "FrameAcquisitionNumber"),
        b_value=None if diffusion is None else number(diffusion, "DiffusionBValue"),
        gradient=_gradient(diffusion),
        moment=(*_times(groups, index, whole), *numbers(content, "DimensionIndexValues"), before + index),
        slope=_or(number(rescale, "RescaleSlope"), 1.0),
        intercept=_or(number(rescale, "RescaleIntercept"), 0.0),
    )


def _image_type(groups: FunctionalGroups, index: int) -> tuple[str, ...]:
    for keyword in _FRAME_TYPES:
        item = groups.item(index, keyword)
        values = None if item is None else item.get("FrameType")
        if values and not isinstance(values, str | bytes):
            return tuple(str(value).strip() for value in values)
    return ()


def _gradient(diffusion: Dataset | None) -> tuple[float, ...] | None:
    item = first_item(diffusion, "DiffusionGradientDirectionSequence")
    direction = () if item is None else tuple(numbers(item, "DiffusionGradientOrientation"))
    if direction:
        return direction
    matrix = first_item(diffusion, "DiffusionBMatrixSequence")
    if matrix is None:
        return None
    return direction_of_matrix(
        number(matrix, f"DiffusionBValue{axes}") for axes in ("XX", "XY", "XZ", "YY", "YZ", "ZZ")
    )


def _whole_number(dataset: Dataset, keyword: str) -> int | None:
    value = number(dataset, keyword)
    return None if value is None else int(value)


def _times(groups: FunctionalGroups, index: int, whole: Frame) -> tuple[float, ...]:
    """Delay after the R wave, and the times of the object."""
    heart = groups.item(index, "CardiacSynchronizationSequence")
    delay = None if heart is None else number(heart, "NominalCardiacTriggerDelayTime")
    return _or(delay, 0.0), *whole.moment[1:]


def _or(value: float | None, default: float) -> float:
    return default if value is None or not math.isfinite(value) else value
