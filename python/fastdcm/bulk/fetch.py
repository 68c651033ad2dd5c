"""Frames by their rows: what the streaming forms of `decode` have in common."""

from __future__ import annotations

from typing import TypedDict

import numpy as np

from fastdcm.bulk.batch import Batch
from fastdcm.bulk.decode import decode
from fastdcm.bulk.table import Table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, Unpack

    import numpy.typing as npt

    from fastdcm.bulk.decode import Errors
    from fastdcm.bulk.decoded_frames import DecodedFrames
    from fastdcm.options import Limits

    Array = npt.NDArray[Any]
    # Memory for so many frames of a shape and type.
    Allocate = Callable[[tuple[int, ...], np.dtype[Any]], Array]

__all__ = ["DecodeArguments", "Fetcher"]


class DecodeArguments(TypedDict, total=False):
    """Arguments of `decode` that hold for every batch."""

    dtype: npt.DTypeLike | None
    errors: Errors
    threads: int | None
    limits: Limits | None


class Fetcher:
    """Decodes frames of rows of an index, and gives values of its columns for them.

    Parameters
    ----------
    index : Table
        Its rows are what is asked for.
    columns : iterable of str
        Names of the columns whose values come with the frames.
    arguments : DecodeArguments
        As `decode` takes them.
    allocate : callable, optional
        Gives the memory for frames of a shape and dtype. It is asked where these are known beforehand, which
        needs `dtype`: batches may differ in type.
    """

    def __init__(
        self,
        index: Table,
        columns: Iterable[str] = (),
        arguments: DecodeArguments | None = None,
        *,
        allocate: Allocate | None = None,
    ):
        if not isinstance(index, Table):
            raise TypeError("index must be a Table, as fastdcm.scan gives it")
        if isinstance(columns, str):
            raise TypeError("columns must be an iterable of names, not one text")
        self.index = index
        self.arguments: DecodeArguments = {**(arguments or {})}
        unknown = self.arguments.keys() - DecodeArguments.__annotations__.keys()
        if unknown:
            raise TypeError(f"no such argument: {', '.join(sorted(unknown))}")
        self._columns = tuple(columns)
        missing = [name for name in self._columns if name not in index]
        if missing:
            raise ValueError(f"the index has no column {missing[0]!r}")
        self._allocate = allocate
        self._paths: list[str] | None = None
        self._cells: dict[str, Array] = {}
        self._form: tuple[tuple[int, ...], np.dtype[Any]] | None = None

    def frame_counts(self) -> npt.NDArray[np.int64]:
        """For each row how many frames it has; 1 where the index does not say."""
        if "NumberOfFrames" not in self.index:
            return np.ones(len(self.index), np.int64)
        counts = np.ma.filled(self.index["NumberOfFrames"], 1).astype(np.int64)
        return np.maximum(counts, 1)

    def batch(
        self,
        samples: tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]],
        number: int = 0,
        check: Callable[..., None] | None = None,
        **more: Unpack[DecodeArguments],
    ) -> Batch:
        """Decode these frames of these rows; `more` goes before the arguments for all."""
        rows, frames = samples
        decoded = self._decoded(rows, frames, progress=check, **more)
        faults = decoded.faults()
        for fault, (_, file, *_) in zip(faults, decoded._faults, strict=True):  # noqa: SLF001 - part of decode
            fault["row"] = int(rows[file])
        kept = decoded.files
        return Batch(
            self._formed(decoded.array),
            (rows[kept], frames[kept]),
            decoded.status,
            columns=self.cells(rows[kept]),
            number=number,
            faults=faults,
        )

    def cells(self, rows: npt.NDArray[np.int64]) -> dict[str, Array]:
        """Values of the columns for these rows."""
        return {name: self._column(name)[rows] for name in self._columns}

    def _column(self, name: str) -> Array:
        if name not in self._cells:
            self._cells[name] = self.index[name]
        return self._cells[name]

    def _decoded(
        self,
        rows: npt.NDArray[np.int64],
        frames: npt.NDArray[np.int32],
        **more: Any,
    ) -> DecodedFrames:
        has_dtype = self.arguments.get("dtype") is not None
        if self._allocate is not None and self._form is not None and has_dtype:
            shape, dtype = self._form
            try:
                return self._decode(rows, frames, out=self._allocate((len(rows), *shape), dtype), **more)
            except ValueError as error:
                # Frames of another shape; what else is a ValueError is raised again below.
                if type(error) is not ValueError:
                    raise
        return self._decode(rows, frames, **more)

    def _decode(
        self, rows: npt.NDArray[np.int64], frames: npt.NDArray[np.int32], **more: Any
    ) -> DecodedFrames:
        if self._paths is None:
            self._paths = list(self.index["path"])
        return decode(
            [self._paths[row] for row in rows], frames=frames.tolist(), **{**self.arguments, **more}
        )

    def _formed(self, array: Array | list[Array | None]) -> Array | list[Array | None]:
        """The array itself; zeros where nothing could be decoded, if it is known of what shape."""
        if not isinstance(array, list):
            self._form = array.shape[1:], array.dtype
        elif array and self._form is not None and all(frame is None for frame in array):
            return np.zeros((len(array), *self._form[0]), self._form[1])
        return array
