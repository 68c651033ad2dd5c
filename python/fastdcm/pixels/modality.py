"""From stored values to those of the modality (PS3.3 C.11.1)."""

from __future__ import annotations

from fastdcm import _core
from fastdcm.pixels.attributes import first_item, number, table
from fastdcm.pixels.functional_groups import FunctionalGroups
from fastdcm.pixels.sample_array import apply_steps, steps_of_frames

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    import numpy.typing as npt

    from fastdcm.dataset import Dataset

__all__ = ["apply_modality_lut", "apply_rescale", "modality_step"]


def apply_modality_lut(arr: npt.NDArray[Any], ds: Dataset, *, frame: int | None = None) -> npt.NDArray[Any]:
    """Values of the modality: by Modality LUT Sequence, or Rescale Slope and Intercept (PS3.3 C.11.1).

    Parameters
    ----------
    arr : ndarray
        Stored values: all frames, or one.
    ds : Dataset
        The image. Where it has functional groups, each frame has its own Pixel Value Transformation.
    frame : int, optional
        Zero-based number of the frame that `arr` is, for enhanced objects.

    Returns
    -------
    ndarray, of the shape of `arr`
        uint8 or uint16 by a look-up table, float64 by slope and intercept; `arr` itself without both.

    Raises
    ------
    PixelDataError
        Attributes that are no numbers; a table that is shorter than its descriptor says.
    ValueError
        `arr` is one of several frames that differ, and `frame` is not given.
    """
    groups = FunctionalGroups(ds)
    steps = steps_of_frames(arr, groups, frame=frame, step=lambda number: modality_step(groups, number))
    return apply_steps(arr, steps)


apply_rescale = apply_modality_lut


def modality_step(groups: FunctionalGroups, frame: int) -> _core.Step | None:
    """The step from stored values of a frame to those of the modality; None where they are the same."""
    ds = groups.dataset
    lut = groups.table("ModalityLUTSequence", lambda: _table_step(ds))
    if lut is not None:
        return lut
    holder = groups.holder(frame, "PixelValueTransformationSequence", lambda item: "RescaleSlope" in item)
    slope, intercept = number(holder, "RescaleSlope"), number(holder, "RescaleIntercept")
    if slope is None or intercept is None:
        return None
    return _core.Step.rescale(slope, intercept)


def _table_step(ds: Dataset) -> _core.Step | None:
    item = first_item(ds, "ModalityLUTSequence")
    if item is None:
        return None
    is_signed = number(ds, "PixelRepresentation") == 1
    return _core.Step.table(table(item, "LUTDescriptor", "LUTData", is_signed=is_signed))
