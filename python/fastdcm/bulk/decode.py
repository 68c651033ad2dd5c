"""Decoding the frames of many files into one array."""

from __future__ import annotations

import errno
import os

import numpy as np

from fastdcm import _core
from fastdcm.bulk.decoded_frames import DecodedFrames
from fastdcm.bulk.progress import progress_callback, with_progress
from fastdcm.bulk.table import Table
from fastdcm.errors import PixelDataError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, Literal, TypeAlias

    import numpy.typing as npt

    from fastdcm.bulk.progress import Progress
    from fastdcm.options import Limits

    AnyPath: TypeAlias = "str | bytes | os.PathLike[str] | os.PathLike[bytes]"
    FrameNumbers: TypeAlias = "int | Iterable[int] | None"
    Errors: TypeAlias = Literal["raise", "skip", "null"]

__all__ = ["decode"]

# A place in the batch, not a count that a file may give.
_MOST_FRAMES = 1 << 32


@with_progress("frames")
def decode(
    paths: AnyPath | Iterable[AnyPath] | Table,
    *,
    frames: int | Iterable[FrameNumbers] | None = None,
    out: npt.NDArray[Any] | None = None,
    dtype: npt.DTypeLike | None = None,
    errors: Errors = "raise",
    threads: int | None = None,
    progress: Progress | None = None,
    limits: Limits | None = None,
) -> DecodedFrames:
    """Pixels of many files as stored, frame by frame in one array, in the order of the paths (PS3.5 §8, A.4).

    Headers are read first, by all threads and without the interpreter; then memory is made for all frames and
    each is decoded into its place. Beside that memory, a thread needs that of an encoded frame and, where the
    type of samples is not that of the file or with `out`, of a decoded one. YBR becomes RGB. Ctrl-C works.
    Files without the "DICM" prefix are read too, where they look like a data set. Video is a fault:
    `iter_pixels` reads it.

    Parameters
    ----------
    paths : path, iterable of paths, or Table
        Files; of a table its column ``path`` (and ``path_bytes``), in the order of its rows.
    frames : int or iterable, optional
        Zero-based number of the frame that is wanted of every file; or for each path its own: a number, an
        iterable of numbers in the order in which they are wanted, or None for all. All frames when omitted.
    out : ndarray, optional
        Written in place: C-contiguous, of the shape (frames, rows, columns[, samples]). Its dtype is that of
        the result. With ``errors="skip"`` it may have more places than are needed; ``.array`` is its first
        part.
    dtype : dtype, optional
        Integers of 8 to 64 bits, float32 or float64. When omitted, what the types of all files are promoted
        to by `numpy.result_type`. No number is wrapped: a frame with a sample that the type does not have is
        a fault. Numbers that a floating point type does not have become the nearest.
    errors : {"raise", "skip", "null"}
        What becomes of frames that cannot be decoded: an exception for the first one, whatever the threads;
        no place in the result; or a place of zeros (in a list None). See `DecodedFrames.status` and
        `DecodedFrames.faults`.
    threads : int, optional
        Threads that read and decode; as many as cores when omitted.
    progress : callable or True, optional
        Called about every 50 ms, and at the end, with the number of frames done and their number, which is
        None while headers are read. What it raises ends the work. True shows a bar, as for `fastdcm.scan`.
    limits : Limits, optional
        What each file may ask for.

    Returns
    -------
    DecodedFrames
        ``.array`` is one array where all frames have the same shape, otherwise a list.

    Raises
    ------
    PixelDataError
        Frames that go into one array mean different things: MONOCHROME1, MONOCHROME2, PALETTE COLOR.
    ValueError
        `out` is of another shape, read-only or not contiguous, or frames differ in shape; `frames` has not
        one entry for each path.
    IndexError
        A frame number is below 0, or with ``errors="raise"`` not below Number of Frames.
    DicomError, OSError
        With ``errors="raise"``, for the first file whose header does not do, or the first frame that cannot
        be decoded.
    """
    files = _paths_of(paths)
    callback = progress_callback(progress, "frames")
    bounds = None if limits is None else (limits.depth, limits.elements, limits.inflated, limits.frame)
    batch = _core.FrameBatch(files, _frames_of(frames, len(files)), (errors, threads), bounds, callback)
    kind = _dtype_of(batch, out, dtype)
    is_one = batch.frame_shape is not None
    if is_one and len(batch.interpretations) > 1:
        terms = " and ".join(sorted(str(term) for term in batch.interpretations))
        raise PixelDataError(f"frames of Photometric Interpretation {terms} do not go into one array")
    leave_out = errors == "skip"
    if out is not None:
        if not is_one:
            raise ValueError("the frames differ in shape, or there are none: they do not go into out")
        if leave_out:
            out = out[: len(batch)]
    return DecodedFrames(batch, files, batch.decode(kind.name, out), leave_out=leave_out)


def _paths_of(paths: AnyPath | Iterable[AnyPath] | Table) -> list[str]:
    if isinstance(paths, Table):
        if "path_bytes" not in paths:
            return [str(path) for path in paths["path"]]
        pairs = zip(paths["path"], paths["path_bytes"], strict=True)
        return [str(path) if raw is None else os.fsdecode(raw) for path, raw in pairs]
    if isinstance(paths, str | bytes | os.PathLike):
        if os.path.isdir(paths):  # noqa: PTH112 - of bytes too
            reason = "a folder: decode takes files, or the table that fastdcm.scan makes of a folder"
            raise IsADirectoryError(errno.EISDIR, reason, os.fsdecode(paths))
        paths = [paths]
    return [path if isinstance(path, str) else os.fsdecode(path) for path in paths]


def _frames_of(frames: int | Iterable[FrameNumbers] | None, count: int) -> list[list[int] | None]:
    """The numbers of frames for each of so many paths."""
    if frames is None or isinstance(frames, int | np.integer):
        return [_numbers(frames)] * count
    numbers = [_numbers(wanted) for wanted in frames]
    if len(numbers) != count:
        raise ValueError(f"frames has {len(numbers)} entries for {count} paths")
    return numbers


def _numbers(wanted: FrameNumbers) -> list[int] | None:
    if wanted is None:
        return None
    numbers = [int(wanted)] if isinstance(wanted, int | np.integer) else [int(number) for number in wanted]
    if not all(0 <= number < _MOST_FRAMES for number in numbers):
        raise IndexError("frame numbers begin at 0")
    return numbers


def _dtype_of(
    batch: _core.FrameBatch, out: npt.NDArray[Any] | None, dtype: npt.DTypeLike | None
) -> np.dtype[Any]:
    """The type of the result: what is asked for, or what all types are promoted to."""
    if out is not None and not isinstance(out, np.ndarray):
        raise TypeError("out must be an ndarray")
    if dtype is not None:
        kind = np.dtype(dtype)
    elif out is not None:
        kind = out.dtype
    else:
        kind = np.result_type(*batch.dtypes) if batch.dtypes else np.dtype(np.uint8)
    if out is not None and out.dtype != kind:
        raise ValueError(f"out has dtype {out.dtype}, {kind} is asked for")
    if not kind.isnative:
        raise ValueError("samples are in the byte order of this machine")
    return kind
