"""Video (PS3.5 §8.2.5-8.2.8, §8.2.13): the stream as it is stored, and its frames where PyAV is installed."""

from __future__ import annotations

from collections import Counter
from io import BytesIO

from fastdcm.dataset import Dataset
from fastdcm.errors import PixelDataError, UnsupportedTransferSyntaxError
from fastdcm.files import dcmread
from fastdcm.pixels.attributes import number
from fastdcm.pixels.encapsulation import generate_fragments
from fastdcm.uid import UID

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike
    from typing import Any, BinaryIO

    import numpy.typing as npt

    from fastdcm.options import ReadOptions

__all__ = ["is_video", "iter_video", "video_stream"]

# What the keywords of video transfer syntaxes begin with (PS3.6 Table A-1).
_KEYWORDS = ("MPEG", "HEVC")
_WORD = 16


def is_video(transfer_syntax: str | None) -> bool:
    """True for the transfer syntaxes of MPEG-2, MPEG-4 AVC and HEVC."""
    return transfer_syntax is not None and UID(transfer_syntax).keyword.startswith(_KEYWORDS)


def video_stream(
    source: Dataset | str | PathLike[str] | bytes | bytearray | memoryview | BinaryIO,
    *,
    force: bool = False,
    options: ReadOptions | None = None,
) -> bytes:
    """The video of a data set as players and decoders take it: its fragments in one piece.

    Parameters
    ----------
    source : Dataset, path, bytes-like or binary file object
        A data set, or what `dcmread` takes.
    force, options
        As in `dcmread`.

    Returns
    -------
    bytes
        An elementary stream, or an MPEG-2 transport stream or MP4 file around one; one byte of padding may
        follow.

    Raises
    ------
    PixelDataError
        The transfer syntax is none of video, or there is no Pixel Data.
    """
    dataset = source if isinstance(source, Dataset) else dcmread(source, force=force, options=options)
    if not is_video(_syntax(dataset)):
        raise PixelDataError("the transfer syntax is none of video; generate_frames() gives encoded frames")
    if "PixelData" not in dataset:
        raise PixelDataError("no Pixel Data, tag (7FE0,0010)")
    fragments = generate_fragments(dataset["PixelData"].value)
    next(fragments, None)  # the Basic Offset Table, which says nothing of video
    return b"".join(fragments)


def iter_video(dataset: Dataset) -> Iterator[npt.NDArray[Any]]:
    """Frame after frame of a video, in RGB; needs PyAV (``pip install fastdcm[video]``).

    Yields
    ------
    ndarray, shape (rows, columns, 3)
        uint8; uint16 with samples of Bits Stored where more than 8 are allocated.

    Raises
    ------
    UnsupportedTransferSyntaxError
        PyAV is not installed.
    PixelDataError
        The stream is damaged, or its frames are of another size than Rows and Columns say.
    """
    try:
        import av  # noqa: PLC0415 - few have it
    except ImportError:
        raise _needs_pyav(_syntax(dataset)) from None
    wanted = _size(dataset)
    has_bytes = _has_bytes(dataset)
    unused = 0 if has_bytes else _WORD - _whole(dataset, "BitsStored", _WORD)
    try:
        with av.open(BytesIO(video_stream(dataset)), "r") as container:
            if not container.streams.video:
                raise PixelDataError("there is no video in the stream")
            for frame in container.decode(video=0):
                if (frame.height, frame.width) != wanted:
                    raise PixelDataError(
                        f"a stream of {frame.height} rows of {frame.width} columns, "
                        f"Rows and Columns say {wanted[0]} and {wanted[1]}"
                    )
                pixels: Any = frame.to_ndarray(format="rgb24" if has_bytes else "rgb48le")
                yield pixels >> unused if unused else pixels
    except av.FFmpegError as error:
        raise PixelDataError(f"the video stream cannot be decoded: {error.strerror}") from None


def video_frames(dataset: Dataset, indices: list[int] | None, *, raw: bool) -> Iterator[npt.NDArray[Any]]:
    """Frames of a video with these numbers, in their order; all when None."""
    if raw:
        raise PixelDataError("video is decoded to RGB; video_stream() gives it as it is stored")
    if indices is None:
        yield from iter_video(dataset)
        return
    number_of_frames = _number_of_frames(dataset)
    outside = next((index for index in indices if not 0 <= index < number_of_frames), None)
    if outside is not None:
        raise IndexError(f"frame {outside} of {number_of_frames}")
    # A frame of video is made of those before it. What is wanted later, or once more, is kept until then.
    uses, kept, given = Counter(indices), {}, 0
    for place, frame in enumerate(iter_video(dataset) if indices else ()):
        if place in uses:
            kept[place] = frame
        while given < len(indices) and indices[given] in kept:
            index = indices[given]
            yield kept[index]
            given += 1
            uses[index] -= 1
            if not uses[index]:
                del kept[index]
        if given == len(indices):
            return
    if given < len(indices):
        raise PixelDataError(f"the stream has fewer frames than the {number_of_frames} of Number of Frames")


def video_array(
    dataset: Dataset, index: int | None, out: npt.NDArray[Any] | None, *, raw: bool, view: bool
) -> npt.NDArray[Any]:
    """As `pixel_array` of a video."""
    import numpy as np  # noqa: PLC0415 - comes at the first array

    if view:
        raise ValueError("no view is possible: the frames are encoded")
    frames = video_frames(dataset, None if index is None else [index], raw=raw)
    number_of_frames = _number_of_frames(dataset)
    is_single = index is not None or number_of_frames == 1
    frame_shape = (*_size(dataset), 3)
    shape = frame_shape if is_single else (number_of_frames, *frame_shape)
    dtype = np.dtype(np.uint8 if _has_bytes(dataset) else np.uint16)
    if out is not None and (out.shape != shape or out.dtype != dtype):
        raise ValueError(f"out has shape {out.shape} and dtype {out.dtype}, {shape} and {dtype} are needed")
    try:
        array = np.empty(shape, dtype) if out is None else out
    except (MemoryError, ValueError):  # numpy has the second for what no machine holds
        raise PixelDataError(f"no memory for the {number_of_frames} frames of Number of Frames") from None
    places = [array] if is_single else array
    count = 0
    for place, frame in zip(places, frames, strict=False):
        place[...] = frame
        count += 1
    if count < len(places):
        raise PixelDataError(f"the stream has {count} frames, Number of Frames is {number_of_frames}")
    return array


def _whole(dataset: Dataset, keyword: str, most: int, *, default: int | None = None) -> int:
    """A whole number of 1 to `most`; the default where the element is absent or empty."""
    found = number(dataset, keyword)
    value = default if found is None else found
    if value is None:
        raise PixelDataError(f"{keyword} is missing")
    if not 1 <= value <= most or value % 1:
        raise PixelDataError(f"{keyword} must be a whole number of 1 to {most}")
    return int(value)


def _size(dataset: Dataset) -> tuple[int, int]:
    """Rows and Columns."""
    return _whole(dataset, "Rows", 0xFFFF), _whole(dataset, "Columns", 0xFFFF)


def _has_bytes(dataset: Dataset) -> bool:
    return _whole(dataset, "BitsAllocated", _WORD) < _WORD


def _number_of_frames(dataset: Dataset) -> int:
    # Writers have zero for one frame.
    return (
        1 if dataset.get("NumberOfFrames") == 0 else _whole(dataset, "NumberOfFrames", 2**31 - 1, default=1)
    )


def _syntax(dataset: Dataset) -> str | None:
    return getattr(dataset, "file_meta", {}).get("TransferSyntaxUID")


def _needs_pyav(transfer_syntax: str | None) -> UnsupportedTransferSyntaxError:
    uid = transfer_syntax or ""
    return UnsupportedTransferSyntaxError(
        f"frames of video, transfer syntax {uid} ({UID(uid).name}), need PyAV (pip install fastdcm[video]); "
        "video_stream() gives the stream as bytes",
        transfer_syntax=uid,
    )
