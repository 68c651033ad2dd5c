"""Pixel values as stored."""

from __future__ import annotations

import operator

from fastdcm import _core
from fastdcm.dataset import Dataset
from fastdcm.errors import UnsupportedTransferSyntaxError
from fastdcm.files import dcmread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from os import PathLike
    from types import ModuleType
    from typing import Any, BinaryIO, Literal

    import numpy.typing as npt

    from fastdcm.options import ReadOptions

__all__ = ["halvings", "iter_pixels", "photometric_interpretation", "pixel_array"]

# Beyond it every frame is one pixel.
_MOST_REDUCED = 16
_MOST_LENGTH = 2**32


def pixel_array(  # noqa: PLR0913 - all but one by keyword
    source: Dataset | str | PathLike[str] | bytes | bytearray | memoryview | BinaryIO,
    *,
    index: int | None = None,
    raw: bool = False,
    out: npt.NDArray[Any] | None = None,
    view: bool = False,
    bits: Literal["stored", "allocated"] = "stored",
    native: bool = False,
    partial: bool = False,
    reduce: int = 0,
    region: tuple[int, int, int, int] | None = None,
    threads: int | None = None,
    force: bool = False,
    options: ReadOptions | None = None,
) -> npt.NDArray[Any]:
    """Pixel values as stored, before Modality and VOI LUT (PS3.5 §8.1, PS3.3 C.7.6.3).

    A sample is the Bits Stored bits that end at High Bit, shifted down and sign-extended by Pixel
    Representation, whatever the unused bits hold. Native pixels of a path are read straight into the array.

    Parameters
    ----------
    source : Dataset, path, bytes-like or binary file object
        A data set, root or item of a sequence, or what `dcmread` takes.
    index : int, optional
        Zero-based frame number; all frames when omitted.
    raw : bool
        Keep the stored colour space; otherwise YBR becomes RGB, by Photometric Interpretation and the marks
        of the codestream (the table of `fastdcm.pixels`). `photometric_interpretation` tells which it is.
    out : ndarray, optional
        Written in place and returned; C-contiguous, of the shape and dtype below.
    view : bool
        A read-only array on the bytes of the file instead of one of its own, where the samples stand in the
        file as they are.
    bits : {"stored", "allocated"}
        "allocated" gives whole cells of Bits Allocated, unused bits included.
    native : bool
        Take the pixel data for native, whatever the transfer syntax says: for files whose pixels are not in
        it. Fragments are put together.
    partial : bool
        Of a frame that ends early give what could be decoded, and zero for the rest, instead of an error;
        the warning `PixelDataTruncated` tells it. Pixels that have all their samples are there up to where
        the data end; a frame of progressive JPEG or of JPEG 2000 is there as a whole, less exactly. A frame
        of which nothing can be had, or that is damaged elsewhere, is an error as ever, and so is one of
        HTJ2K or JPEG XL; but frames behind the end of a cut file are zero.
    reduce : int
        Frames at 1/2**reduce of their size: (rows, columns) become their quotients by it, rounded up. JPEG
        2000 leaves out decomposition levels, JPEG with a DCT makes smaller blocks (to 1/8, as libjpeg-turbo
        does it), which takes less time; all else, and what is left, is the average of squares of pixels, of
        RGB where YBR becomes that, halves rounded up, at the edges of what there is. At most 16.
    region : (top, left, rows, columns), optional
        A part of each frame, of what `reduce` leaves of it. Of native pixels only these rows are read.
    threads : int, optional
        Threads that decode several encapsulated frames; as many as there are cores when omitted.
    force : bool
        As in `dcmread`.
    options : ReadOptions, optional
        As in `dcmread`; a data set has its own.

    Returns
    -------
    ndarray, shape (rows, columns[, samples]), or (frames, rows, columns[, samples]) for several frames
        Fewer rows and columns with `reduce` and `region`. dtype int or uint of Bits Allocated by Pixel
        Representation (uint8 for 1 bit), float32 or float64 for (Double) Float Pixel Data. Units: stored
        values. Owns its memory and is writable, unless `view` is set.

    Raises
    ------
    IndexError
        `index` is not below Number of Frames.
    ValueError
        `out` is of another shape or dtype, read-only or not contiguous; no `view` is possible; `threads` is
        below 1; `reduce` or numbers of `region` are not such as can be, or the pixels are those of video.
    PixelDataError
        Fragments, offset table and Image Pixel attributes contradict each other, or pixels are missing. With
        `reduce`: indexes into a palette, samples of one bit and whole cells cannot be averaged. The `region`
        is not inside the frame.
    LimitExceededError
        A frame would take more memory than the limit allows; or all would with `partial`, and less than a
        quarter of them is there.
    UnsupportedTransferSyntaxError
        No codec is there for the transfer syntax. Video needs PyAV (``pip install fastdcm[video]``), and
        `video_stream` gives it as bytes; its frames are always RGB.
    """
    if view and out is not None:
        raise ValueError("either view or out")
    part = _part(reduce, region)
    wanted = (index, bool(raw), out, bool(view), bits, bool(native), threads, bool(partial), part)
    try:
        if isinstance(source, Dataset):
            return _core.dataset_pixels(source, wanted)
        if isinstance(source, str) or hasattr(source, "__fspath__"):
            return _core.path_pixels(source, bool(force), options, wanted)
        source = dcmread(source, force=force, options=options)
        return _core.dataset_pixels(source, wanted)
    except UnsupportedTransferSyntaxError as error:
        video = _video(error)
    if part != (0, None):
        raise ValueError("frames of video have one size: no reduce, no region")
    dataset = source if isinstance(source, Dataset) else dcmread(source, force=force, options=options)
    frames: npt.NDArray[Any] = video.video_array(dataset, index, out, raw=raw, view=view)
    return frames


def halvings(reduce: int) -> int:
    """How often rows and columns are to be halved."""
    reduce = operator.index(reduce)
    if not 0 <= reduce <= _MOST_REDUCED:
        raise ValueError(f"reduce is {reduce}; it must be 0 to {_MOST_REDUCED}")
    return reduce


def _part(
    reduce: int, region: tuple[int, int, int, int] | None
) -> tuple[int, tuple[int, int, int, int] | None]:
    """How much less than whole frames is wanted."""
    reduce = halvings(reduce)
    if region is None:
        return reduce, None
    top, left, rows, columns = map(operator.index, region)
    if not all(0 <= number < _MOST_LENGTH for number in (top, left, rows, columns)):
        raise ValueError("region must be (top, left, rows, columns), none below 0")
    return reduce, (top, left, rows, columns)


def _video(error: UnsupportedTransferSyntaxError) -> ModuleType:
    """Return the module for video where the error is about its transfer syntax; raise the error where not."""
    from fastdcm.pixels import video  # noqa: PLC0415 - few need it

    if not video.is_video(error.transfer_syntax):
        raise error
    return video


def photometric_interpretation(
    source: Dataset | str | PathLike[str] | bytes | bytearray | memoryview | BinaryIO,
    *,
    index: int | None = None,
    raw: bool = False,
    native: bool = False,
    force: bool = False,
    options: ReadOptions | None = None,
) -> str | None:
    """Photometric Interpretation of what `pixel_array` gives with these arguments (PS3.3 C.7.6.3.1.2).

    That of the data set stays what it is: it is about the encoded pixels, and may contradict them. Nothing is
    decoded; the first frame that is asked for is read.

    Parameters
    ----------
    source : Dataset, path, bytes-like or binary file object
        As in `pixel_array`.
    index, raw, native, force, options
        As in `pixel_array`.

    Returns
    -------
    str or None
        RGB where YBR is converted or the codec gives RGB. With `raw`, YBR_FULL where chrominances were shared
        by pixels, and None where the attribute is absent or unknown.

    Raises
    ------
    IndexError
        `index` is not below Number of Frames.
    DicomError
        As in `pixel_array`.
    """
    dataset = source if isinstance(source, Dataset) else dcmread(source, force=force, options=options)
    return _core.dataset_interpretation(dataset, (index, bool(raw), bool(native)))


def iter_pixels(
    source: Dataset | str | PathLike[str] | bytes | bytearray | memoryview | BinaryIO,
    *,
    indices: Iterable[int] | None = None,
    raw: bool = False,
    native: bool = False,
    partial: bool = False,
    force: bool = False,
    options: ReadOptions | None = None,
) -> Iterator[npt.NDArray[Any]]:
    """Frame after frame of the pixel data: memory for one at a time is needed (PS3.5 §8, A.4).

    Parameters
    ----------
    source : Dataset, path, bytes-like or binary file object
        As in `pixel_array`.
    indices : iterable of int, optional
        Zero-based numbers of the frames that are wanted, in their order; all frames when omitted.
    raw, native, partial, force, options
        As in `pixel_array`.

    Yields
    ------
    ndarray, shape (rows, columns[, samples])
        As `pixel_array` with an `index` gives it.

    Raises
    ------
    IndexError
        One of `indices` is not below Number of Frames.
    DicomError
        As in `pixel_array`.
    """
    dataset = source if isinstance(source, Dataset) else dcmread(source, force=force, options=options)
    try:
        reader = _core.FrameReader(dataset, bool(raw), bool(native), bool(partial))
    except UnsupportedTransferSyntaxError as error:
        video = _video(error)
        yield from video.video_frames(dataset, None if indices is None else list(indices), raw=raw)
        return
    for index in range(len(reader)) if indices is None else indices:
        yield reader.frame(index)
