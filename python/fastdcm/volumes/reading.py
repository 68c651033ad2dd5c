"""The pixels of frames, in one array."""

from __future__ import annotations

import os
from itertools import groupby
from typing import NamedTuple

import numpy as np

from fastdcm.bulk.decode import decode
from fastdcm.bulk.progress import shown
from fastdcm.errors import DicomError, FileChangedError, PixelDataError
from fastdcm.files import dcmread
from fastdcm.options import Limits, ReadOptions
from fastdcm.pixels.array import pixel_array
from fastdcm.pixels.physical import to_values
from fastdcm.volumes.rescaling import rescale_into

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    import numpy.typing as npt

    from fastdcm.bulk.decoded_frames import DecodedFrames
    from fastdcm.bulk.progress import Progress
    from fastdcm.dataset import Dataset
    from fastdcm.volumes.frame import Frame

    Pixels = npt.NDArray[Any]
    Key = tuple[str, int]
    Rescale = tuple[float, float]

__all__ = ["LostFrames", "Reading", "file_state", "read_pixels"]

# What `decode` makes samples of.
_DECODED = frozenset(map(np.dtype, ("u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f4", "f8")))
_SAME = (1.0, 0.0)
_WRONG_SIZE = "a frame has another size than its header says"


class Reading(NamedTuple):
    """How pixels are read.

    Attributes
    ----------
    threads, progress, limits
        As for `fastdcm.decode`.
    skips : bool
        All frames that cannot be read are named at once, by `LostFrames`.
    """

    threads: int | None = None
    progress: Progress | None = None
    limits: Limits | None = None
    skips: bool = False


class LostFrames(Exception):  # noqa: N818 - no error: what is to be read without them
    """Frames that cannot be read.

    Attributes
    ----------
    reasons : dict of int to str
        By the number of the frame.
    """

    def __init__(self, reasons: dict[int, str]):
        super().__init__(f"{len(reasons)} frames that cannot be read")
        self.reasons = reasons


def file_state(path: str) -> tuple[int, int] | None:
    """Size and time of the last change of a file, in ns; None where it is not there."""
    try:
        found = os.stat(path)  # noqa: PTH116 - of many files, and Path takes longer
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns


def read_pixels(
    frames: Sequence[Frame], dtype: npt.DTypeLike, *, physical: bool, reading: Reading | None = None
) -> Pixels:
    """Read frames, one after another, into an array of shape (frames, rows, columns[, samples]).

    Raises
    ------
    RangeError
        Values do not fit `dtype`.
    FileChangedError, FileNotFoundError
        A file is not what it was when its header was read.
    PixelDataError
        A frame has another size than its header says.
    LostFrames
        Instead of these, but the first, where they are to be skipped.
    """
    reading = reading or Reading()
    kind = np.dtype(dtype)
    if not frames:
        return np.empty((0, 0, 0), kind)
    _check_files(frames, skips=reading.skips)
    if any(frame.dataset is not None or (physical and frame.has_table) for frame in frames):
        with shown(reading.progress, "frames") as callback:
            reading = reading._replace(progress=callback)
            return _read_one_by_one(frames, kind, physical=physical, reading=reading)
    stored = _read_stored(frames, kind, reading)
    # A file may have been written while it was read: its frames could be those of another image.
    _check_files(frames, skips=reading.skips)
    shares_memory = stored.itemsize == kind.itemsize
    array = stored.view(kind) if shares_memory else np.empty(stored.shape, kind)
    for number, frame in enumerate(frames):
        rescale = (frame.slope, frame.intercept) if physical else _SAME
        rescale_into(array[number], stored[number], rescale, is_in_place=shares_memory)
    return array


def _check_files(frames: Sequence[Frame], *, skips: bool) -> None:
    """See whether files are still those whose headers were read."""
    kept = {frame.path: frame.file_state for frame in frames if frame.file_state is not None}
    now = {path: file_state(path) for path in kept}
    changed = {path for path, state in kept.items() if now[path] != state}
    if not changed:
        return
    if skips:
        raise LostFrames(
            {
                number: "a file that is gone" if now[frame.path] is None else "a file that was changed"
                for number, frame in enumerate(frames)
                if frame.path in changed
            }
        )
    path = next(frame.path for frame in frames if frame.path in changed)
    os.stat(path)  # noqa: PTH116 - of a file that is gone it says so
    raise FileChangedError(f"a file was changed after its header was read ({path})")


def _read_stored(frames: Sequence[Frame], kind: np.dtype[Any], reading: Reading) -> Pixels:
    """The samples as they are stored: of type `kind`, if that holds all that there can be."""
    keys = [(frame.path, frame.number or 0) for frame in frames]
    wanted = list(dict.fromkeys(keys))
    runs = [(path, [number for _, number in run]) for path, run in groupby(wanted, key=lambda key: key[0])]
    holds_all = kind in _DECODED and all(np.can_cast(frame.allocated_type, kind) for frame in frames)
    decoded = decode(
        [path for path, _ in runs],
        frames=[numbers for _, numbers in runs],
        dtype=kind if holds_all else None,
        errors="null" if reading.skips else "raise",
        threads=reading.threads,
        progress=reading.progress,
        limits=reading.limits,
    )
    images = dict(zip(wanted, decoded.array, strict=True))
    reasons = _reasons(decoded, wanted)
    lost = {number: reasons[key] for number, key in enumerate(keys) if key in reasons}
    for number, (key, frame) in enumerate(zip(keys, frames, strict=True)):
        if number not in lost and not _is_of_size(images[key], frame):
            if not reading.skips:
                raise PixelDataError(f"{_WRONG_SIZE} ({frame.path})")
            lost[number] = _WRONG_SIZE
    if lost:
        raise LostFrames(lost)
    if len(wanted) == len(frames) and not any(frame.origin for frame in frames):
        return np.asarray(decoded)
    array = np.empty((len(frames), *_shape(frames[0])), images[keys[0]].dtype)
    for place, key, frame in zip(array, keys, frames, strict=True):
        place[...] = _tile(images[key], frame)
    return array


def _reasons(decoded: DecodedFrames, wanted: Sequence[Key]) -> dict[Key, str]:
    """Why frames were not decoded."""
    faults = {(fault["path"], fault["frame"]): fault["message"] for fault in decoded.faults()}
    return {
        (path, number): faults.get((path, number)) or faults.get((path, None)) or "not readable"
        for (path, number), status in zip(wanted, decoded.status, strict=True)
        if status == "error"
    }


def _is_of_size(image: Pixels, frame: Frame) -> bool:
    """Whether an image has the size of a frame, or the frame as a tile."""
    if frame.origin is None:
        return image.shape == _shape(frame)
    return _tile(image, frame).shape == _shape(frame)


def _tile(image: Pixels, frame: Frame) -> Pixels:
    if frame.origin is None:
        return image
    row, column = frame.origin
    return image[row : row + frame.rows, column : column + frame.columns]


def _shape(frame: Frame) -> tuple[int, ...]:
    return (frame.rows, frame.columns, *((frame.samples,) if frame.samples > 1 else ()))


def _read_one_by_one(
    frames: Sequence[Frame], kind: np.dtype[Any], *, physical: bool, reading: Reading
) -> Pixels:
    """Frames of data sets in memory, and those with a look-up table."""
    array = None
    lost: dict[int, str] = {}
    done = 0
    options = ReadOptions(limits=reading.limits or Limits())
    # By file, so that each is open once.
    order = sorted(range(len(frames)), key=lambda number: frames[number].path)
    for path, numbers in groupby(order, key=lambda number: frames[number].path):
        dataset: Dataset | None = None
        for number in numbers:
            frame = frames[number]
            try:
                if dataset is None:
                    dataset = dcmread(path, options=options) if frame.dataset is None else frame.dataset
                values, rescale = _values(dataset, frame, physical=physical)
                if values.shape != _shape(frame):
                    raise PixelDataError(f"{_WRONG_SIZE} ({path})")
            except (DicomError, OSError) as error:
                if not reading.skips:
                    raise
                lost[number] = str(error)
                continue
            if array is None:
                # Not before one frame is there: what headers say alone may be any size.
                array = np.empty((len(frames), *_shape(frame)), kind)
            rescale_into(array[number], values, rescale, is_in_place=False)
            done += 1
            if callable(reading.progress):
                reading.progress(done, len(frames))
    if lost or array is None:
        raise LostFrames(lost)
    return array


def _values(dataset: Dataset, frame: Frame, *, physical: bool) -> tuple[Pixels, Rescale]:
    """The samples of a frame, and the rescale that is left to be done."""
    if physical and frame.has_table:
        return _tile(to_values(dataset, index=frame.number), frame), _SAME
    stored = _tile(pixel_array(dataset, index=frame.number), frame)
    return stored, (frame.slope, frame.intercept) if physical else _SAME
