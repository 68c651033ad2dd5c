"""Reading files (PS3.10)."""

from __future__ import annotations

from fastdcm import _core
from fastdcm.file_dataset import FileDataset

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from os import PathLike
    from typing import BinaryIO

    from fastdcm.options import ReadOptions

__all__ = ["dcmread"]

_UNITS = {"": 1, "b": 1, "kb": 1 << 10, "mb": 1 << 20, "gb": 1 << 30}


def dcmread(
    source: str | PathLike[str] | bytes | bytearray | memoryview | BinaryIO,
    *,
    force: bool = False,
    defer_size: int | str | None = None,
    stop_before_pixels: bool = False,
    specific_tags: Iterable[int | str | tuple[int, int]] | None = None,
    options: ReadOptions | None = None,
) -> FileDataset:
    """Read a DICOM file (PS3.10).

    The header is read at once; Pixel Data from 64 KiB on stay in the file, which is kept open for them: it
    may be deleted or replaced meanwhile. A process keeps at most 128 files open for this; what comes then is
    read whole. A file that a killed `fastdcm.patch` left half patched is read as it stands, until
    `fastdcm.recover` or the next patch puts back what was there.

    Parameters
    ----------
    source : path, bytes-like or binary file object
        Text and path objects are paths. ``bytes`` are used in place, other buffers are copied. A file object
        is read from where it stands to its end.
    force : bool
        Read input without the "DICM" prefix too, where it looks like a data set.
    defer_size : int or str, optional
        Leave values of at least this many bytes in the file, as ``1024`` or ``"1 KB"``, until they are asked
        for. A file that was changed in place by then gives `FileChangedError`.
    stop_before_pixels : bool
        Leave out Pixel Data and what follows it.
    specific_tags : iterable of tag or keyword, optional
        Keep these elements of the root only, and Specific Character Set. Reading ends behind the last of
        them: one that stands out of order may be missed, unless ``ReadOptions(read_on=True)`` is given.
    options : ReadOptions, optional
        Limits, what happens to warnings, a character set that replaces the file's, how damage is read.

    Returns
    -------
    FileDataset
        Whatever was readable; what was wrong is listed in its `warnings`.

    Raises
    ------
    NotDicomError
        The input is empty or no DICOM file.
    LimitExceededError
        The input asks for more than a limit allows.
    ParseError
        Only with ``on_warning="raise"``: anything that is a warning otherwise.
    OSError
        What the operating system refuses; `NotRegularFileError` for devices and pipes.
    """
    flags = (bool(force), bool(stop_before_pixels), None if defer_size is None else _size(defer_size))
    if isinstance(source, str) or hasattr(source, "__fspath__"):
        path = source if isinstance(source, str) else source.__fspath__()
        return _core.read_path(FileDataset, path, flags, specific_tags, options)
    if hasattr(source, "read"):
        name = getattr(source, "name", None)
        data = source.read()
        if not isinstance(data, bytes):
            raise TypeError("the file object must be binary: its read() gives no bytes")
        name = name if isinstance(name, str) else None
        return _core.read_bytes(FileDataset, data, flags, specific_tags, options, name)
    data = source if isinstance(source, bytes) else bytes(memoryview(source))
    return _core.read_bytes(FileDataset, data, flags, specific_tags, options, None)


def _size(size: int | str) -> int:
    """Return a number of bytes, given as number or as text with a unit."""
    if isinstance(size, int):
        if size < 0:
            raise ValueError("defer_size must not be negative")
        return size
    number = size.rstrip("bBkKmMgG ")
    unit = size[len(number) :].strip().lower()
    try:
        return int(float(number) * _UNITS[unit])
    except (KeyError, ValueError, OverflowError):
        raise ValueError(f"unable to parse length with unit: {size!r}") from None
