"""A size that keeps proportions."""

from __future__ import annotations

import operator

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

__all__ = ["Letterbox"]


class Letterbox:
    """A size for `decode`, in which a frame keeps the proportions of its rows and columns.

    The frame is as large as it can be, in the middle; what is beside it is filled. Pixels stay as they are:
    where they are not square (Pixel Spacing, Pixel Aspect Ratio), they are not in the result.

    Parameters
    ----------
    rows, columns : int
        The size of the result.
    fill : float
        What is beside the frame, in the unit of the values that are asked for; for colours of all samples.
    """

    __slots__ = ("columns", "fill", "rows")

    rows: int
    columns: int
    fill: float

    def __init__(self, rows: int, columns: int, *, fill: float = 0):
        object.__setattr__(self, "rows", operator.index(rows))
        object.__setattr__(self, "columns", operator.index(columns))
        object.__setattr__(self, "fill", fill)
        float(fill)

    def __setattr__(self, name: str, value: Any) -> NoReturn:
        raise AttributeError("a Letterbox does not change")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError("a Letterbox does not change")

    def __reduce__(self) -> tuple[Any, ...]:
        return _letterbox, (self.rows, self.columns, self.fill)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Letterbox) and self._parts() == other._parts()

    def __hash__(self) -> int:
        return hash(self._parts())

    def __repr__(self) -> str:
        return f"Letterbox({self.rows}, {self.columns}, fill={self.fill})"

    def _parts(self) -> tuple[int, int, float]:
        return self.rows, self.columns, self.fill


def _letterbox(rows: int, columns: int, fill: float) -> Letterbox:
    return Letterbox(rows, columns, fill=fill)
