"""Frames by their rows: what the streaming forms of `decode` have in common."""

from __future__ import annotations

from typing import TypedDict

import numpy as np

from fastdcm import _core
from fastdcm.bulk.batch import Batch
from fastdcm.bulk.decode import decode
from fastdcm.bulk.table import Table, table_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, Unpack

    import numpy.typing as npt

    from fastdcm.bulk.decode import Errors
    from fastdcm.bulk.decoded_frames import DecodedFrames
    from fastdcm.bulk.table import ArrowData
    from fastdcm.options import Limits

    Array = npt.NDArray[Any]
    # Memory for so many frames of a shape and type.
    Allocate = Callable[[tuple[int, ...], np.dtype[Any]], Array]

__all__ = ["DecodeArguments", "Fetcher"]

# What decides of which shape and type the frames of a file are.
_DESCRIPTION = (
    "frame_rows",
    "frame_columns",
    "samples_per_pixel",
    "bits_allocated",
    "bits_stored",
    "pixel_representation",
)
# Arguments of `decode` that are not for all batches alike.
_OF_A_BATCH = {"rows", "frames", "out", "progress"}
# Those by which frames become something else than what is stored.
_MAKING_OTHERS = ("values", "resize", "crop", "reduce")


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
        unknown = self._arguments.keys() - ((decode.__kwdefaults__ or {}).keys() - _OF_A_BATCH)
        if unknown:
            raise TypeError(f"no such argument: {', '.join(sorted(unknown))}")
        names = list(columns)
        missing = [name for name in (*names, *_DESCRIPTION) if name not in self.index]
        if missing:
            hint = "; fastdcm.scan(..., frames=True) makes it" if missing[0] in _DESCRIPTION else ""
            raise ValueError(f"the index has no column {missing[0]!r}{hint}")
        self._cells = self.index[names] if names else None
        counts = np.frombuffer(self.index._core.frame_counts(), np.int64)  # noqa: SLF001 - the table's own inside
        self._counts = np.maximum(counts, 0)
        self._allocate = allocate
        self._shape: tuple[int, ...] | None = None
        self._dtype = None if self._arguments.get("dtype") is None else np.dtype(self._arguments["dtype"])
        if not any(self._arguments.get(name, "stored") not in {None, 0, "stored"} for name in _MAKING_OTHERS):
            self._learn_form()

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
        decoded = self._decoded(rows, frames, progress=check, **more)
        faults = decoded.faults()
        for fault, (_, image, *_) in zip(faults, decoded._faults, strict=True):  # noqa: SLF001 - part of decode
            fault["row"] = int(rows[image])
        if not isinstance(decoded.array, list):
            self._shape = decoded.array.shape[1:]
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

    def _learn_form(self) -> None:
        """Learn the type of all frames, and the shape where it is one, from a row of each description."""
        rows = _representatives([np.ma.filled(self.index[name], 0) for name in _DESCRIPTION])
        rows = rows[self._counts[rows] > 0]
        batch = _core.FrameBatch.of_table(
            self.index._core,  # noqa: SLF001 - the table's own inside
            rows,
            np.zeros(len(rows), np.int64),
            ("null", 1),
            None,
            None,
        )
        self._shape = batch.frame_shape
        if self._dtype is None and batch.dtypes:
            self._dtype = np.result_type(*batch.dtypes)


def _representatives(columns: list[Array]) -> npt.NDArray[np.int64]:
    """For each combination of values that there is the number of a row with it."""
    keys = np.zeros(len(columns[0]), np.uint64)
    for column in columns:
        # Numbers of 32 bits at most, mixed by an odd factor: an accident of two that agree costs a promotion.
        keys = keys * np.uint64(0x9E3779B97F4A7C15) + column.astype(np.uint64)
    if len(keys) and (keys == keys[0]).all():
        return np.zeros(1, np.int64)
    return np.unique(keys, return_index=True)[1].astype(np.int64)
