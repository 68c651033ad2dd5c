"""Overlay planes (PS3.3 C.9.2)."""

from __future__ import annotations

from fastdcm import _core
from fastdcm.errors import PixelDataError
from fastdcm.pixels.array import pixel_array

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    import numpy.typing as npt

    from fastdcm.dataset import Dataset

__all__ = ["burn_overlays", "overlay_array"]

_ROWS, _COLUMNS, _FRAMES, _ORIGIN, _FIRST_FRAME = 0x0010, 0x0011, 0x0015, 0x0050, 0x0051
_BIT_POSITION, _DATA = 0x0102, 0x3000


def overlay_array(ds: Dataset, group: int) -> npt.NDArray[Any]:
    """An overlay plane as 0 and 1 (PS3.3 C.9.2), from Overlay Data or a bit of the pixel cells.

    Parameters
    ----------
    ds : Dataset
        The image, or what has the overlay alone.
    group : int
        0x6000, 0x6002 and so on to 0x60FF.

    Returns
    -------
    ndarray of uint8, shape (rows, columns), or (frames, rows, columns) for several frames

    Raises
    ------
    ValueError
        `group` is none of overlays.
    PixelDataError
        No such overlay; fewer bytes than its rows and columns need.
    """
    if not 0x6000 <= group <= 0x60FF:
        raise ValueError("the group of an overlay must be 0x6000 to 0x60FF")
    rows, columns = _number(ds, group, _ROWS), _number(ds, group, _COLUMNS)
    data = ds.get((group << 16) | _DATA)
    if data is None or not data.value:
        bit = _bit_of_cells(ds, group)
        if bit is None:
            raise PixelDataError(f"missing, tag ({group:04X},{_DATA:04X})")
        return _core.overlay_bits(pixel_array(ds, raw=True, bits="allocated"), bit)
    if rows is None or columns is None:
        raise PixelDataError(f"missing, tag ({group:04X},{_ROWS if rows is None else _COLUMNS:04X})")
    frames = _number(ds, group, _FRAMES) or 1
    is_big = data.VR == "OW" and ds.original_encoding[1] is False
    return _core.overlay_data(group, bytes(data.value), (frames, rows, columns), is_big)


def burn_overlays(image: npt.NDArray[Any], ds: Dataset, frames: range) -> None:
    """Make pixels of 8-bit frames white where overlays are 1.

    Parameters
    ----------
    image : ndarray of uint8, shape (frames, rows, columns[, samples])
        Nobody else may see it yet.
    ds : Dataset
        The image.
    frames : range
        The zero-based frames that `image` has.
    """
    for group in range(0x6000, 0x6100, 2):
        data = ds.get((group << 16) | _DATA)
        # Writers leave the description of an overlay behind that they have removed.
        if (data is None or not data.value) and _bit_of_cells(ds, group) is None:
            continue
        overlay = overlay_array(ds, group)
        several = overlay.reshape(-1, *overlay.shape[-2:])
        first = (_number(ds, group, _FIRST_FRAME) or 1) - 1
        origin = ds.get((group << 16) | _ORIGIN)
        values = [] if origin is None or origin.value is None else [int(one) for one in origin.value]
        row, column = values if len(values) == 2 else (1, 1)
        for number, frame in zip(frames, image, strict=True):
            # A single plane without a first frame is for all frames.
            is_for_all = len(several) == 1 and _number(ds, group, _FIRST_FRAME) is None
            plane = 0 if is_for_all else number - first
            if 0 <= plane < len(several):
                _core.burn_overlay(frame, several[plane], (row, column))


def _bit_of_cells(ds: Dataset, group: int) -> int | None:
    """The bit of pixel cells that is an overlay (retired), one that samples do not use; None without."""
    position = _number(ds, group, _BIT_POSITION)
    allocated, stored, high = (_number(ds, 0x0028, element) for element in (0x0100, 0x0101, 0x0102))
    if position is None or allocated is None or stored is None or (group << 16) | _ROWS not in ds:
        return None
    last = stored - 1 if high is None else high
    is_free = 0 <= position < allocated and not last - stored < position <= last
    return position if is_free else None


def _number(ds: Dataset, group: int, element: int) -> int | None:
    found = ds.get((group << 16) | element)
    value = None if found is None else found.value
    if value is None or isinstance(value, (str, bytes)):
        return None
    try:
        return int(value)
    except (TypeError, ValueError):
        raise PixelDataError(f"not a number, tag ({group:04X},{element:04X})") from None
