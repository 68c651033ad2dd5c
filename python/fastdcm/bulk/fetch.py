"""Frames by their rows: what the streaming forms of `decode` have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypedDict

import numpy as np

from fastdcm import _core
from fastdcm.bulk.batch import Batch
from fastdcm.bulk.decode import check_arguments, decode
from fastdcm.bulk.table import Table, table_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Unpack

    import numpy.typing as npt

    from fastdcm.bulk.decode import Errors
    from fastdcm.bulk.decoded_frames import DecodedFrames
    from fastdcm.bulk.table import ArrowData
    from fastdcm.options import Limits

    Array = npt.NDArray[Any]
    # Memory for so many frames of a shape and type.
    Allocate = Callable[[tuple[int, ...], np.dtype[Any]], Array]

__all__ = ["DecodeArguments", "Fetcher"]

# What decides of which type the frames of a file are, and how many samples a pixel has.
_DESCRIPTION = ("samples_per_pixel", "bits_allocated", "bits_stored", "pixel_representation")


class DecodeArguments(TypedDict, total=False):
    """Arguments of `decode` that hold for every batch."""

    values: Literal["stored", "physical", "display"]
    window: tuple[float, float] | None
    crop: tuple[int, int, int, int] | None
    resize: Any
    reduce: int
    dtype: npt.DTypeLike | None
    errors: Errors
    threads: int | None
    limits: Limits | None


class Fetcher:
    """Decodes frames of rows of an index, and gives values of its columns for them.

    Parameters
    ----------
    index : Table or Arrow data
        With the columns of frames; its rows are what is asked for.
    columns : iterable of str
        Names of the columns whose values come with the frames.
    arguments : DecodeArguments
        As `decode` takes them. When there is no `dtype`, it is what the types of all files are promoted to.
    allocate : callable, optional
        Gives the memory for frames of a shape and dtype. It is asked where these are known beforehand.
    """

    def __init__(
        self,
        index: Table | ArrowData,
        columns: Iterable[str] = (),
        arguments: DecodeArguments | None = None,
        *,
        allocate: Allocate | None = None,
    ):
        if isinstance(columns, str):
            raise TypeError("columns must be an iterable of names, not one text")
        self.index = table_of(index)
        self._arguments: DecodeArguments = {**(arguments or {})}
        unknown = self._arguments.keys() - DecodeArguments.__annotations__.keys()
        if unknown:
            raise TypeError(f"no such argument: {', '.join(sorted(unknown))}")
        names = list(columns)
        there = set(self.index.columns)
        if missing := [name for name in ("path", *_core.FRAME_COLUMNS, *names) if name not in there]:
            # Without all of them no frame is found, which looks like an index of files without images.
            hint = "" if missing[0] in names else "; fastdcm.scan(..., frames=True) makes it"
            raise ValueError(f"the index has no column {missing[0]!r}{hint}")
        check_arguments(self._arguments)
        self._cells = self.index[names] if names else None
        counts = np.frombuffer(self.index._core.frame_counts(), np.int64)  # noqa: SLF001 - the table's own inside
        self._counts = np.maximum(counts, 0)
        self._allocate = allocate
        # Of one shape and type all batches should be: both are learned at the first one.
        self._is_learned = False
        self._shape: tuple[int, ...] | None = None
        self._dtype = None if self._arguments.get("dtype") is None else np.dtype(self._arguments["dtype"])

    def frame_counts(self) -> npt.NDArray[np.int64]:
        """For each row how many frames it has; 0 for files that have none, or could not be read."""
        return self._counts

    def batch(
        self,
        samples: tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]],
        number: int = 0,
        check: Callable[..., None] | None = None,
        **more: Unpack[DecodeArguments],
    ) -> Batch:
        """Decode these frames of these rows; `more` goes before the arguments for all."""
        rows, frames = samples
        if not self._is_learned:
            self._learn(check)
        decoded = self._decoded(rows, frames, progress=check, **more)
        faults = decoded.faults()
        for fault, (_, image, *_) in zip(faults, decoded._faults, strict=True):  # noqa: SLF001 - part of decode
            fault["row"] = int(rows[image])
        return Batch(
            decoded.array,
            (decoded.files, decoded.frames.astype(np.int32)),
            decoded.status,
            columns=self._values(decoded.files),
            number=number,
            faults=faults,
        )

    def _values(self, rows: npt.NDArray[np.int64]) -> dict[str, Array]:
        if self._cells is None:
            return {}
        cells = self._cells.take(rows)
        return {name: cells[name] for name in cells.columns}

    def _decoded(
        self, rows: npt.NDArray[np.int64], frames: npt.NDArray[np.int32], **more: Any
    ) -> DecodedFrames:
        arguments = {**self._arguments, "dtype": self._dtype, **more}
        if self._allocate is not None and self._shape is not None and self._dtype is not None:
            memory = self._allocate((len(rows), *self._shape), self._dtype)
            try:
                return decode(self.index, rows=rows, frames=frames, out=memory, **arguments)
            except ValueError as error:
                # Frames of another shape; what else is a ValueError is raised again below.
                if type(error) is not ValueError:
                    raise
        return decode(self.index, rows=rows, frames=frames, **arguments)

    def _learn(self, check: Callable[..., None] | None) -> None:
        """Learn the type of all frames, and the shape where it is one, from a frame of each description."""
        rows = _representatives([np.ma.filled(self.index[name], 0) for name in _DESCRIPTION])
        arguments: Any = {**self._arguments, "errors": "null", "threads": 1, "progress": check}
        kinds, shapes = [], set()
        for row in rows[self._counts[rows] > 0].tolist():
            found = decode(self.index, rows=[row], frames=0, **arguments).array
            if not isinstance(found, list):
                kinds.append(found.dtype)
                shapes.add(found.shape[1:])
        if len(shapes) == 1:
            (self._shape,) = shapes
        if self._dtype is None and kinds:
            self._dtype = np.result_type(*kinds)
        self._is_learned = True


def _representatives(columns: list[Array]) -> npt.NDArray[np.int64]:
    """For each combination of values that there is the number of a row with it."""
    keys = np.zeros(len(columns[0]), np.uint64)
    for column in columns:
        # Numbers of 32 bits at most, mixed by an odd factor: an accident of two that agree costs a promotion.
        keys = keys * np.uint64(0x9E3779B97F4A7C15) + column.astype(np.uint64)
    if len(keys) and (keys == keys[0]).all():
        return np.zeros(1, np.int64)
    return np.unique(keys, return_index=True)[1].astype(np.int64)
