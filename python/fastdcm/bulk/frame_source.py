"""What `decode` takes frames from: paths, or rows of a table, and which frames of each."""

from __future__ import annotations

import errno
import operator
import os

import numpy as np

from fastdcm import _core
from fastdcm.bulk.table import is_arrow, row_numbers, table_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, TypeAlias

    import numpy.typing as npt

    from fastdcm.bulk.rendering import Rendering
    from fastdcm.bulk.table import ArrowData, Table

    AnyPath: TypeAlias = "str | bytes | os.PathLike[str] | os.PathLike[bytes]"
    FrameNumbers: TypeAlias = "int | Iterable[int] | None"
    WantedFrames: TypeAlias = "int | Iterable[FrameNumbers] | None"
    Source: TypeAlias = "AnyPath | Iterable[AnyPath] | Table | ArrowData"

__all__ = ["FrameSource"]

# A place in the batch, not a count that a file may give.
_MOST_FRAMES = 1 << 32
_FROM_0 = f"frame numbers are from 0 to {_MOST_FRAMES - 1}"
_FRAMES = "frames must be a frame number, or for each path a number, numbers or None; all frames when omitted"


class FrameSource:
    """Paths, or rows of a table."""

    __slots__ = ("_core", "_paths", "_rows")

    def __init__(self, source: Source, rows: npt.ArrayLike | None):
        self._core: _core.ArrowTable | None = None
        self._paths: list[str] = []
        if is_arrow(source):
            self._core = table_of(source)._core  # noqa: SLF001 - the table's own inside
            count = len(self._core)
            if "path" not in self._core.names:
                raise ValueError('a table without a column "path" leads to no file')
        else:
            self._paths = _paths_of(source)
            count = len(self._paths)
        self._rows = None if rows is None else row_numbers(rows, count)

    def __len__(self) -> int:
        if self._rows is not None:
            return len(self._rows)
        return len(self._paths) if self._core is None else len(self._core)

    def batch(
        self,
        frames: WantedFrames,
        *,
        options: tuple[str, int | None, int],
        limits: tuple[int, int, int, int] | None,
        progress: Callable[[int, int | None], object] | None,
        rendering: Rendering | None = None,
    ) -> _core.FrameBatch:
        """Learn what the frames are made of: from the table, or from the headers of the files."""
        if self._core is not None:
            wanted = _wanted(frames, len(self))
            return _core.FrameBatch.of_table(
                self._core, self._rows, wanted, options, limits, progress, rendering
            )
        paths = self._paths if self._rows is None else [self._paths[row] for row in self._rows.tolist()]
        wanted = _wanted(frames, len(self))
        if wanted is None:
            wanted = [None] * len(paths)
        elif isinstance(wanted, np.ndarray):
            wanted = [[number] for number in wanted.tolist()]
        return _core.FrameBatch(paths, wanted, options, limits, progress, rendering)

    def numbers_of(self, images: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """The numbers of paths, or of rows of the table, of images of the batch."""
        return images if self._rows is None else self._rows[images]

    def path_of_image(self, image: int) -> str:
        """The path of an image of the batch."""
        return self.path(image if self._rows is None else int(self._rows[image]))

    def path(self, number: int) -> str:
        """The path with this number, or that in the row of the table."""
        if self._core is None:
            return self._paths[number]
        if "path_bytes" in self._core.names and (raw := self._core.objects("path_bytes", number, 1)[0]):
            return os.fsdecode(raw)
        return str(self._core.objects("path", number, 1)[0])


def _paths_of(paths: AnyPath | Iterable[AnyPath]) -> list[str]:
    if isinstance(paths, str | bytes | os.PathLike):
        if os.path.isdir(paths):  # noqa: PTH112 - of bytes too
            reason = "a folder: decode takes files, or the table that fastdcm.scan makes of a folder"
            raise IsADirectoryError(errno.EISDIR, reason, os.fsdecode(paths))
        paths = [paths]
    if not hasattr(paths, "__iter__") or hasattr(paths, "collect"):
        lazy = "; collect() a LazyFrame first" if hasattr(paths, "collect") else ""
        raise TypeError(f"paths or a table are needed, not {type(paths).__name__}{lazy}")
    return [path if isinstance(path, str) else os.fsdecode(path) for path in paths]


def _wanted(frames: WantedFrames, count: int) -> npt.NDArray[np.int64] | list[list[int] | None] | None:
    """One number for each of so many rows, or the numbers of each, or None for all frames of all."""
    if frames is None:
        return None
    if isinstance(frames, str | bool) or not (hasattr(frames, "__index__") or hasattr(frames, "__iter__")):
        raise TypeError(_FRAMES)
    if isinstance(frames, int | np.integer):
        return _checked(np.full(count, int(frames)))
    wanted: npt.NDArray[np.int64] | list[list[int] | None]
    if isinstance(frames, np.ndarray) and frames.ndim == 1 and frames.dtype.kind in "iu":
        wanted = _checked(frames)
    elif isinstance(frames, list | tuple) and frames and all(type(number) is int for number in frames):
        # One number for each path: no list for each of them.
        wanted = _checked(np.array(frames))
    else:
        wanted = [_numbers(numbers) for numbers in frames]
    if len(wanted) != count:
        raise ValueError(f"frames has {len(wanted)} entries for {count} paths")
    return wanted


def _numbers(wanted: FrameNumbers) -> list[int] | None:
    if wanted is None:
        return None
    several = [wanted] if isinstance(wanted, int | np.integer) else wanted
    try:
        numbers = [operator.index(number) for number in several]
    except TypeError:
        raise TypeError(_FRAMES) from None
    if not all(0 <= number < _MOST_FRAMES for number in numbers):
        raise IndexError(_FROM_0)
    return numbers


def _checked(numbers: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    if len(numbers) and not (numbers.min() >= 0 and numbers.max() < _MOST_FRAMES):
        raise IndexError(_FROM_0)
    return np.ascontiguousarray(numbers, np.int64)
