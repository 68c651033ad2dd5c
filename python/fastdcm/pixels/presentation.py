"""From values of interest to P-values (PS3.3 C.11.4, C.11.6)."""

from __future__ import annotations

from fastdcm import _core
from fastdcm.errors import PixelDataError
from fastdcm.pixels.attributes import first_item, table, text
from fastdcm.pixels.sample_array import apply_steps, plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    import numpy.typing as npt

    from fastdcm.dataset import Dataset

__all__ = ["apply_presentation_lut"]


def apply_presentation_lut(arr: npt.NDArray[Any], ds: Dataset) -> npt.NDArray[Any]:
    """P-values: by Presentation LUT Sequence or Presentation LUT Shape (PS3.3 C.11.4, C.11.6).

    Returns
    -------
    ndarray, of the shape of `arr`
        uint8 or uint16 by a table, whose entries are spread over the range of the values; of the dtype of
        `arr` by a shape; `arr` itself without both.

    Raises
    ------
    PixelDataError
        Presentation LUT Shape is neither IDENTITY nor INVERSE; the table is shorter than its descriptor says.
    """
    item = first_item(ds, "PresentationLUTSequence")
    if item is not None:
        span = _core.sample_range(plain(arr), [(arr.size, None, [])]) or (0.0, 0.0)
        step = _core.Step.quantized(span[0], span[1] - span[0], table(item, "LUTDescriptor", "LUTData"))
        return apply_steps(arr, [step])
    shape = text(ds, "PresentationLUTShape").upper()
    if shape not in {"", "IDENTITY", "INVERSE"}:
        raise PixelDataError("Presentation LUT Shape is neither IDENTITY nor INVERSE, tag (2050,0020)")
    inverted: npt.NDArray[Any] = arr.max() - arr if shape == "INVERSE" and arr.size else arr
    return inverted
