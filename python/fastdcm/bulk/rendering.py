"""What becomes of decoded frames: values for use, a part, another size."""

from __future__ import annotations

import math
import operator

import numpy as np

from fastdcm.bulk.letterbox import Letterbox

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Literal, TypeAlias

    Values: TypeAlias = Literal["stored", "physical", "display"]
    Window: TypeAlias = tuple[float, float]
    Crop: TypeAlias = tuple[int, int, int, int]
    Resize: TypeAlias = tuple[int, int] | Letterbox
    Rendering: TypeAlias = tuple[str, Window | None, Crop | None, tuple[int, int, float | None] | None]

__all__ = ["check_fill", "rendering_of"]

# Rows and Columns are 16 bits.
_LONGEST_SIDE = 0xFFFF


def rendering_of(
    values: Values, *, window: Window | None, crop: Crop | None, resize: Resize | None
) -> Rendering:
    """The arguments of `decode`, checked.

    Raises
    ------
    ValueError
        They cannot be, whatever the image.
    """
    if values not in ("stored", "physical", "display"):
        raise ValueError('values must be "stored", "physical" or "display"')
    return values, _window(values, window), _crop(crop), _size(resize)


def check_fill(rendering: Rendering, kind: np.dtype[Any]) -> None:
    """Refuse a letterbox whose fill the type of the result does not have.

    Raises
    ------
    ValueError
        As said.
    """
    size = rendering[3]
    fill = None if size is None else size[2]
    if fill is None or kind.kind not in "iu":
        return
    ends = np.iinfo(kind)
    if not (float(fill).is_integer() and ends.min <= fill <= ends.max):
        raise ValueError(f"fill of the Letterbox is no {kind}")


def _window(values: Values, window: Window | None) -> Window | None:
    if window is None:
        return None
    if values != "display":
        reason = "numpy.clip and a division give physical values in a window"
        raise ValueError(f'window goes with values="display", which is uint8; {reason}')
    reason = "window must be a centre and a width, which is above 0"
    try:
        centre, width = map(float, _several(window, 2, reason))
    except (TypeError, ValueError):
        raise ValueError(reason) from None
    if not (math.isfinite(centre) and math.isfinite(width) and width > 0):
        raise ValueError(reason)
    return centre, width


def _crop(crop: Crop | None) -> Crop | None:
    if crop is None:
        return None
    reason = "crop must be (top, left, height, width) in pixels, from 0 and 1 at least"
    top, left, height, width = _whole(crop, 4, reason)
    if not (0 <= top <= _LONGEST_SIDE and 0 <= left <= _LONGEST_SIDE):
        raise ValueError(reason)
    if not (1 <= height <= _LONGEST_SIDE and 1 <= width <= _LONGEST_SIDE):
        raise ValueError(reason)
    return top, left, height, width


def _size(resize: Resize | None) -> tuple[int, int, float | None] | None:
    if resize is None:
        return None
    reason = f"resize must be rows and columns, or a Letterbox of them, 1 to {_LONGEST_SIDE}"
    fill: float | None = None
    size: tuple[int, int]
    if isinstance(resize, Letterbox):
        size, fill = (resize.rows, resize.columns), float(resize.fill)
    else:
        size = resize
    rows, columns = _whole(size, 2, reason)
    if not (1 <= rows <= _LONGEST_SIDE and 1 <= columns <= _LONGEST_SIDE):
        raise ValueError(reason)
    return rows, columns, fill


def _whole(given: Sequence[Any], count: int, reason: str) -> list[int]:
    """So many whole numbers."""
    try:
        return [operator.index(number) for number in _several(given, count, reason)]
    except TypeError:
        raise TypeError(reason) from None


def _several(given: Sequence[Any], count: int, reason: str) -> list[Any]:
    """So many numbers."""
    numbers = [] if isinstance(given, str | bytes) or not hasattr(given, "__iter__") else list(given)
    if len(numbers) != count:
        raise ValueError(reason)
    return numbers
