"""Values of interest: VOI look-up tables and windows (PS3.3 C.11.2)."""

from __future__ import annotations

from fastdcm import _core
from fastdcm.errors import PixelDataError
from fastdcm.pixels.attributes import first_item, number, numbers, table, text
from fastdcm.pixels.functional_groups import FunctionalGroups
from fastdcm.pixels.modality import modality_step
from fastdcm.pixels.sample_array import apply_steps, steps_of_frames

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    import numpy.typing as npt

    from fastdcm.dataset import Dataset

__all__ = ["apply_voi", "apply_voi_lut", "apply_windowing"]

_GREY = frozenset(["MONOCHROME1", "MONOCHROME2"])


def apply_voi_lut(  # noqa: PLR0917 - pydicom's signature
    arr: npt.NDArray[Any],
    ds: Dataset,
    index: int = 0,
    prefer_lut: bool = True,  # noqa: FBT001, FBT002 - pydicom's signature
    *,
    frame: int | None = None,
) -> npt.NDArray[Any]:
    """Values of interest: by VOI LUT Sequence, or a window (PS3.3 C.11.2).

    Parameters
    ----------
    arr : ndarray
        Values of the modality: all frames, or one.
    ds : Dataset
        The image. Where it has functional groups, each frame has its own Frame VOI LUT.
    index : int
        Which of several tables or windows.
    prefer_lut : bool
        Of a table and a window take the table.
    frame : int, optional
        Zero-based number of the frame that `arr` is, for enhanced objects.

    Returns
    -------
    ndarray, of the shape of `arr`
        As from `apply_voi` or `apply_windowing`; `arr` itself where the image has neither.
    """
    item = first_item(ds, "VOILUTSequence")
    has_table = item is not None and "LUTDescriptor" in item and "LUTData" in item
    has_window = _window_of(FunctionalGroups(ds), frame or 0, index=None) is not None
    if has_table and (prefer_lut or not has_window):
        return apply_voi(arr, ds, index)
    return apply_windowing(arr, ds, index, frame=frame) if has_window else arr


def apply_voi(arr: npt.NDArray[Any], ds: Dataset, index: int = 0) -> npt.NDArray[Any]:
    """Entries of a VOI look-up table (PS3.3 C.11.2.1.1).

    Returns
    -------
    ndarray, of the shape of `arr`
        uint8 for a table of 8 bits, uint16 for others; `arr` itself without VOI LUT Sequence. Values with a
        fraction have the entry of the integer below.

    Raises
    ------
    IndexError
        VOI LUT Sequence has no item of this number.
    PixelDataError
        The table is shorter than its descriptor says.
    """
    step = _voi_table(ds, index)
    return arr if step is None else apply_steps(arr, [step])


def apply_windowing(
    arr: npt.NDArray[Any], ds: Dataset, index: int = 0, *, frame: int | None = None
) -> npt.NDArray[Any]:
    """Values through a window, in the range that values of the modality can have (PS3.3 C.11.2.1.2).

    For (Double) Float Pixel Data the range is 0 to 1.

    Returns
    -------
    ndarray of float64, of the shape of `arr`
        `arr` itself where the image has no window.

    Raises
    ------
    IndexError
        There is no window of this number.
    PixelDataError
        An image in colour; a width below 1 (LINEAR) or not above 0; an unknown VOI LUT Function.
    """
    groups = FunctionalGroups(ds)
    if _window_of(groups, frame or 0, index=None) is None:
        return arr
    if text(ds, "PhotometricInterpretation") not in _GREY:
        raise PixelDataError("only MONOCHROME1 and MONOCHROME2 have windows, tag (0028,0004)")

    def step(number: int) -> _core.Step | None:
        window = _window_of(groups, number, index=index)
        return None if window is None else _core.Step.window(*window, *_modality_range(groups, number))

    return apply_steps(arr, steps_of_frames(arr, groups, frame=frame, step=step))


def _voi_table(ds: Dataset, index: int) -> _core.Step | None:
    """The table of an item of VOI LUT Sequence; None where there is no item at all."""
    items = ds.get("VOILUTSequence")
    if first_item(ds, "VOILUTSequence") is None:
        return None
    if not 0 <= index < len(items):
        raise IndexError(f"item {index} of {len(items)} in VOI LUT Sequence")
    found = table(items[index], "LUTDescriptor", "LUTData", is_signed=_has_negative_values(ds))
    return _core.Step.table(found)


def _window_of(groups: FunctionalGroups, frame: int, *, index: int | None) -> tuple[float, float, str] | None:
    """Centre, width and VOI LUT Function of a frame; None without a window. `index` None is the first."""
    holder = groups.holder(frame, "FrameVOILUTSequence", lambda item: "WindowCenter" in item)
    centres, widths = numbers(holder, "WindowCenter"), numbers(holder, "WindowWidth")
    if not centres or not widths:
        return None
    views = min(len(centres), len(widths))
    view = 0 if index is None or max(len(centres), len(widths)) == 1 else index
    if not 0 <= view < views:
        raise IndexError(f"window {view} of {views}")
    return centres[view], widths[view], text(holder, "VOILUTFunction").upper() or "LINEAR"


def _has_negative_values(ds: Dataset) -> bool:
    """True where values of the modality can be negative: then a table begins at a number with a sign."""
    if first_item(ds, "ModalityLUTSequence") is not None:
        return False
    if number(ds, "BitsStored") is None:
        return number(ds, "PixelRepresentation") == 1
    return min(_modality_range(FunctionalGroups(ds), 0)) < 0


def _modality_range(groups: FunctionalGroups, frame: int) -> tuple[float, float]:
    """The least and greatest value of the modality that the image can have."""
    ds = groups.dataset
    step = modality_step(groups, frame)
    if step is not None and step.most is not None:
        return 0.0, float(step.most)
    if "FloatPixelData" in ds or "DoubleFloatPixelData" in ds:
        return 0.0, 1.0
    stored = number(ds, "BitsStored")
    if stored is None or not 1 <= stored <= 64:
        raise PixelDataError("missing or no number of bits, tag (0028,0101)")
    bits = int(stored)
    least, most = (
        (0, 2**bits - 1)
        if not number(ds, "PixelRepresentation")
        else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    )
    if step is None:
        return float(least), float(most)
    slope, intercept = step.linear or (1.0, 0.0)
    return least * slope + intercept, most * slope + intercept
