"""What decoding many files gives: frames, and what became of each."""

from __future__ import annotations

import math

import numpy as np

from fastdcm.bulk.faults import Faults

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeAlias

    import numpy.typing as npt

    from fastdcm import _core
    from fastdcm.bulk.frame_source import FrameSource

    Remark: TypeAlias = "tuple[int | None, int, int | None, bool, str, int | None]"

__all__ = ["DecodedFrames"]

_STATUSES = ("ok", "warning", "error")


class DecodedFrames:
    """What `decode` gives: the frames, and for each where it comes from and whether all was well with it.

    ``numpy.asarray(frames)`` and ``len(frames)`` work.

    Attributes
    ----------
    array : ndarray, shape (frames, rows, columns[, samples]), or list of ndarray
        The samples of all frames. A list where frames differ in shape: views, (rows, columns[, samples])
        each, on memory that they share; None for frames that could not be decoded.
    status : ndarray of str
        For each frame "ok"; "warning": decoded, but something was odd; "error": not decoded.
    files : ndarray of int64
        For each frame the number of its file among the paths, or of its row in the table, that was given.
    frames : ndarray of int64
        For each frame its number in the file; -1 for a file that could not be read and of which all frames
        were asked for: it has one place.
    """

    __slots__ = ("__weakref__", "_faults", "_source", "array", "files", "frames", "status")

    array: npt.NDArray[Any] | list[npt.NDArray[Any] | None]
    status: npt.NDArray[np.str_]
    files: npt.NDArray[np.int64]
    frames: npt.NDArray[np.int64]

    def __init__(
        self,
        batch: _core.FrameBatch,
        source: FrameSource,
        decoded: tuple[npt.NDArray[Any], list[Remark]],
        *,
        leave_out: bool,
    ):
        array, self._faults = decoded
        self._source = source
        files, frames = batch.places()
        codes = np.zeros(len(batch), np.uint8)
        for place, _, _, is_error, _, _ in self._faults:
            if place is not None:
                codes[place] = 2 if is_error else 1
        is_there = codes < 2
        # Places whose frames are left out; the others stay where they are.
        kept = is_there if leave_out else np.ones_like(is_there)
        self.files = source.numbers_of(np.frombuffer(files, np.int64)[kept])
        self.frames = np.frombuffer(frames, np.int64)[kept]
        self.status = np.array(_STATUSES)[codes[kept]]
        if batch.frame_shape is not None:
            self.array = _moved_together(array, kept)
        else:
            parts = _split(array, batch.shapes(), is_there)
            self.array = [part for part, is_kept in zip(parts, kept, strict=True) if is_kept]

    @property
    def paths(self) -> list[str]:
        """For each frame the path of its file."""
        return [self._source.path(number) for number in self.files.tolist()]

    def faults(self) -> Faults:
        """List what was odd or wrong, frames that were left out too; ``faults().write_csv(path)`` writes it.

        Returns
        -------
        list of dict
            path, frame (None where all frames of a file could not be read), status, message, and offset: the
            byte of the file at which it was found, or None. Messages have no values of elements.
        """
        return Faults(
            {
                "path": self._source.path_of_image(image),
                "frame": frame,
                "status": "error" if is_error else "warning",
                "message": message,
                "offset": offset,
            }
            for _, image, frame, is_error, message, offset in self._faults
        )

    def __len__(self) -> int:
        return len(self.files)

    def __array__(self, dtype: npt.DTypeLike | None = None, copy: bool | None = None) -> npt.NDArray[Any]:  # noqa: FBT001 - numpy's signature
        if isinstance(self.array, list):
            reason = "the frames differ in shape: .array is a list" if self.array else "there are no frames"
            raise ValueError(reason)  # noqa: TRY004 - of frames, not of arguments
        return np.array(self.array, dtype, copy=copy)

    def __repr__(self) -> str:
        counts = [f"{np.count_nonzero(self.status == status)} {status}" for status in _STATUSES]
        kind = "list" if isinstance(self.array, list) else f"{self.array.dtype} {self.array.shape}"
        return f"<DecodedFrames: {kind}; {', '.join(counts)}>"


def _moved_together(array: npt.NDArray[Any], kept: npt.NDArray[np.bool_]) -> npt.NDArray[Any]:
    """The rows that are kept, moved to the front of the array itself."""
    if kept.all():
        return array
    places = np.flatnonzero(kept)
    # Row by row, so that no second array is needed.
    for to, place in enumerate(places):
        if to != place:
            array[to] = array[place]
    return array[: len(places)]


def _split(
    flat: npt.NDArray[Any], shapes: list[tuple[int, ...] | None], is_there: npt.NDArray[np.bool_]
) -> list[npt.NDArray[Any] | None]:
    """Frames that stand one after the other in a single axis."""
    frames: list[npt.NDArray[Any] | None] = []
    first = 0
    for shape, is_decoded in zip(shapes, is_there, strict=True):
        if shape is None:
            frames.append(None)
            continue
        end = first + math.prod(shape)
        frames.append(flat[first:end].reshape(shape) if is_decoded else None)
        first = end
    return frames
