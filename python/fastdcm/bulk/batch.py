"""One step of a stream: frames, and the rows of the table they come from."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    import numpy as np
    import numpy.typing as npt

__all__ = ["Batch"]


class Batch:
    """What `stream` gives at each step. ``len(batch)`` is the number of frames.

    Attributes
    ----------
    array : ndarray, shape (frames, rows, columns[, samples]), or list of ndarray
        The samples; a list where frames differ in shape, with None for frames that could not be decoded.
    rows : ndarray of int64
        For each frame its row of the index.
    frames : ndarray of int32
        For each frame its number in the file, from 0.
    status : ndarray of str
        For each frame "ok", "warning" or "error", as `DecodedFrames.status`.
    columns : dict of str to ndarray
        For each column that was asked for, the values of these rows, as ``table[name]`` gives them.
    number : int
        The place of this batch in the epoch, from 0.
    """

    __slots__ = ("__weakref__", "_faults", "array", "columns", "frames", "number", "rows", "status")

    array: npt.NDArray[Any] | list[npt.NDArray[Any] | None]
    rows: npt.NDArray[np.int64]
    frames: npt.NDArray[np.int32]
    status: npt.NDArray[np.str_]
    columns: dict[str, npt.NDArray[Any]]
    number: int

    def __init__(
        self,
        array: npt.NDArray[Any] | list[npt.NDArray[Any] | None],
        samples: tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]],
        status: npt.NDArray[np.str_],
        *,
        columns: Mapping[str, npt.NDArray[Any]],
        number: int,
        faults: list[dict[str, Any]],
    ):
        self.array, self.status, self.number = array, status, number
        self.rows, self.frames = samples
        self.columns = dict(columns)
        self._faults = faults

    def faults(self) -> list[dict[str, Any]]:
        """List what was odd or wrong, frames that were left out too.

        Returns
        -------
        list of dict
            row, and path, frame, status, message and offset as `DecodedFrames.faults` gives them.
        """
        return self._faults

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        kind = "list" if isinstance(self.array, list) else f"{self.array.dtype} {self.array.shape}"
        return f"<Batch {self.number}: {kind}; {len(self._faults)} faults>"
