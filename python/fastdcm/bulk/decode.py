"""Decoding the frames of many files into one array."""

from __future__ import annotations

import numpy as np

from fastdcm.bulk.decoded_frames import DecodedFrames
from fastdcm.bulk.frame_source import FrameSource
from fastdcm.bulk.progress import progress_callback, with_progress
from fastdcm.bulk.rendering import check_fill, rendering_of
from fastdcm.errors import PixelDataError
from fastdcm.options import Limits, checked_threads
from fastdcm.pixels.array import halvings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal, TypeAlias

    import numpy.typing as npt

    from fastdcm import _core
    from fastdcm.bulk.fetch import DecodeArguments
    from fastdcm.bulk.frame_source import Source, WantedFrames
    from fastdcm.bulk.progress import Progress
    from fastdcm.bulk.rendering import Crop, Resize, Values, Window

    Errors: TypeAlias = Literal["raise", "skip", "null"]

__all__ = ["check_arguments", "decode"]


@with_progress("frames")
def decode(  # noqa: PLR0913 - all but one by keyword
    source: Source,
    *,
    rows: npt.ArrayLike | None = None,
    frames: WantedFrames = None,
    values: Values = "stored",
    window: Window | None = None,
    crop: Crop | None = None,
    resize: Resize | None = None,
    reduce: int = 0,
    out: npt.NDArray[Any] | None = None,
    dtype: npt.DTypeLike | None = None,
    errors: Errors = "raise",
    threads: int | None = None,
    progress: Progress | None = None,
    limits: Limits | None = None,
) -> DecodedFrames:
    """Pixels of many files, frame by frame in one array, in the order of the paths (PS3.5 §8, PS3.3 C.11).

    Each frame is decoded; a part is cut out (`crop`); values for use are made of those that are stored
    (`values`); they get the size that is asked for (`resize`): in this order, by the thread that decodes.

    What frames are made of is known from the table, where `scan` made it with ``frames=True``: then each
    frame is one read, and a file that has changed since is a fault. Otherwise headers are read first, by all
    threads and without the interpreter; that of a file that comes many times is read once. Then memory is
    made for all frames and each is decoded into its place. Beside that memory, a thread needs that of an
    encoded frame and, where the type of samples is not that of the file or with `out`, of a decoded one. YBR
    becomes RGB. Ctrl-C ends the work, within frames too; only those of JPEG 2000 and JPEG XL that are begun
    are decoded to their end. Files without the "DICM" prefix are read too, where they look like a data set.
    Video is a fault: `iter_pixels` reads it.

    Parameters
    ----------
    source : path, iterable of paths, Table, or Arrow data
        Files; of a table, ours or one that polars, pandas, pyarrow or duckdb made of it, the rows in their
        order. Its columns are known by their names: ``path``, and those of frames where all of them are
        there.
    rows : array-like of int, optional
        Numbers of the paths, or rows, that are wanted, in this order; one may come more than once.
    frames : int or iterable, optional
        Zero-based number of the frame that is wanted of every file; or for each path (each of `rows`) its
        own: a number, an iterable of numbers in the order in which they are wanted, or None for all. All
        frames when omitted.
    values : {"stored", "physical", "display"}
        ``"stored"``: as they are in the file.
        ``"physical"``: what they measure, such as HU, as `to_values` gives it (PS3.3 C.11.1, C.7.6.16.2.11);
        float32, or float64 for samples of 64 bits and integers of 32. Only grey has physical values.
        ``"display"``: uint8, as `to_display` gives it for the frame (PS3.3 C.11, C.7.6.3.1): through Modality
        LUT, VOI LUT or window, and Presentation LUT, MONOCHROME1 inverted. Palettes and other colours become
        RGB of the shape (rows, columns, 3). Without a window, the least value of the frame is black and the
        greatest white, whatever part of it is wanted.
        Headers tell how, so they are read also where a table says where frames are.
    window : (float, float), optional
        Centre and width in values of the modality, such as HU, instead of those of the image, for
        ``values="display"``: LINEAR, or LINEAR_EXACT for Float Pixel Data (PS3.3 C.11.2.1.2).
    crop : (int, int, int, int), optional
        Top, left, height, width of a part of each frame, in its pixels. Of native frames no more is read than
        the rows that it is in; but all of a frame that is shown from its least to its greatest value, which
        is where neither `window` nor its header says which values are black and white.
    resize : (int, int) or Letterbox, optional
        Rows and columns of the result. Bilinear; where a frame shrinks, the filter is as wide as it shrinks
        (antialiased). Computed in 8 bits for ``"display"`` and in float32 for others; integers are rounded,
        halves to the even one. NaN spreads to the pixels around. A `Letterbox` keeps the proportions and
        fills the rest. Indices of a palette and pixels of 1 bit are a fault: ``values="display"`` makes
        colours and grey of them.
    reduce : int
        Frames at 1/2**reduce of their size, as `pixel_array` makes them; for JPEG 2000 and JPEG this takes
        less time. It comes before all else: `crop` is in these pixels, `values` are of averages.
    out : ndarray, optional
        Written in place: C-contiguous, of the shape (frames, rows, columns[, samples]). Its dtype is that of
        the result. With ``errors="skip"`` it may have more places than are needed; ``.array`` is its first
        part.
    dtype : dtype, optional
        Integers of 8 to 64 bits, float32 or float64. When omitted, what the types of all files are promoted
        to by `numpy.result_type`. No number is wrapped: a frame with a value that the type does not have is
        a fault, also a physical value that is not whole where integers are wanted. Numbers that a floating
        point type does not have become the nearest.
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
        Frames that go into one array mean different things: MONOCHROME1, MONOCHROME2, PALETTE COLOR; with
        ``values="display"`` all grey means the same. `crop` is not in a frame; colours have no physical
        values.
    ValueError
        `out` is of another shape, read-only or not contiguous, or frames differ in shape; `frames` has not
        one entry for each path; `window`, `crop` or `resize` cannot be.
    IndexError
        There is no such row. A frame number is below 0, or with ``errors="raise"`` not below Number of
        Frames.
    DicomError, OSError
        With ``errors="raise"``, for the first file whose header does not do, or the first frame that cannot
        be decoded.
    """
    files = FrameSource(source, rows)
    callback = progress_callback(progress, "frames")
    if limits is not None and not isinstance(limits, Limits):
        raise TypeError("limits must be Limits")
    bounds = None if limits is None else (limits.depth, limits.elements, limits.inflated, limits.frame)
    rendering = rendering_of(values, window=window, crop=crop, resize=resize)
    batch = files.batch(
        frames,
        options=(errors, checked_threads(threads), halvings(reduce)),
        limits=bounds,
        progress=callback,
        rendering=rendering,
    )
    kind = _dtype_of(batch, out, dtype)
    check_fill(rendering, kind)
    is_one = batch.frame_shape is not None
    if is_one and len(batch.interpretations) > 1:
        terms = " and ".join(sorted(str(term) for term in batch.interpretations))
        are_grey = set(batch.interpretations) == {"MONOCHROME1", "MONOCHROME2"}
        advice = (
            'values="display" makes them alike' if are_grey else "take them apart by this column of a table"
        )
        raise PixelDataError(
            f"frames of Photometric Interpretation {terms} do not go into one array; {advice}"
        )
    leave_out = errors == "skip"
    if out is not None:
        if not is_one:
            raise ValueError("the frames differ in shape, or there are none: they do not go into out")
        if leave_out:
            out = out[: len(batch)]
    return DecodedFrames(batch, files, batch.decode(kind.name, out), leave_out=leave_out)


def check_arguments(arguments: DecodeArguments) -> None:
    """See whether `decode` takes these, whatever the files, so that a mistake is told before any is read.

    Raises
    ------
    TypeError, ValueError
        It does not.
    """
    given = {name: arguments.get(name) for name in ("window", "crop", "resize")}
    rendering_of(arguments.get("values", "stored"), **given)  # type: ignore[arg-type] # checked there
    checked_threads(arguments.get("threads"))
    halvings(arguments.get("reduce", 0))
    if arguments.get("errors", "raise") not in ("raise", "skip", "null"):
        raise ValueError('errors must be "raise", "skip" or "null"')
    if not isinstance(arguments.get("limits"), Limits | None):
        raise TypeError("limits must be Limits")
    if arguments.get("dtype") is not None:
        _checked_dtype(np.dtype(arguments["dtype"]))


def _checked_dtype(kind: np.dtype[Any]) -> np.dtype[Any]:
    if kind.kind not in "iuf" or kind.itemsize > 8 or kind == np.float16:
        raise TypeError(f"dtype must be an integer of 8 to 64 bits, float32 or float64, not {kind}")
    if not kind.isnative:
        raise ValueError("samples are in the byte order of this machine")
    return kind


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
    return _checked_dtype(kind)
