"""Reading the headers of many files into a table."""

from __future__ import annotations

import os

from fastdcm import _core
from fastdcm.bulk.progress import progress_callback, until_the_end, with_progress
from fastdcm.bulk.table import Table, table_of
from fastdcm.options import Limits, checked_threads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Literal, TypeAlias

    from fastdcm.bulk.progress import Callback, Progress
    from fastdcm.bulk.table import ArrowData

    AnyPath: TypeAlias = "str | bytes | os.PathLike[str] | os.PathLike[bytes]"
    Column: TypeAlias = "str | int | tuple[int, int] | tuple[str, int, int]"
    Errors: TypeAlias = Literal["report", "raise", "skip"]
    # Columns, whether those of frames too, and a table of files that are known.
    Wanted: TypeAlias = "tuple[list[tuple[str | None, str]], bool, _core.ArrowTable | None]"

__all__ = ["DEFAULT_COLUMNS", "FRAME_ATTRIBUTES", "scan", "scan_batches"]

DEFAULT_COLUMNS = (
    "PatientID",
    "StudyDate",
    "StudyInstanceUID",
    "Modality",
    "SeriesNumber",
    "SeriesDescription",
    "SeriesInstanceUID",
    "InstanceNumber",
    "SOPClassUID",
    "SOPInstanceUID",
    "NumberOfFrames",
    "Rows",
    "Columns",
)
"""What `scan` reads when it is not told."""

FRAME_ATTRIBUTES = (
    "ImagePositionPatient",
    "ImageOrientationPatient",
    "PixelSpacing",
    "FrameOfReferenceUID",
)
"""What ``scan(..., frames=True)`` reads beside the columns that are asked for."""


@with_progress("files")
def scan(
    paths: AnyPath | Iterable[AnyPath],
    columns: Iterable[Column] | Mapping[str, Column] = DEFAULT_COLUMNS,
    *,
    frames: bool = False,
    known: Table | ArrowData | None = None,
    recursive: bool = True,
    errors: Errors = "report",
    threads: int | None = None,
    progress: Progress | None = None,
    limits: Limits | None = None,
) -> Table:
    """Read attributes of many files into a table, one row a file, in the order of the paths.

    Files are read by threads of our own, without the interpreter; Ctrl-C works. Of each file no more is read
    than the columns need. Files without the "DICM" prefix are read too, where they look like a data set. An
    element that stands out of order may be missed.

    Parameters
    ----------
    paths : path or iterable of paths
        Files and folders. In folders, names that begin with a dot are left out, and so are FIFOs, sockets
        and devices; links to files are followed, links to folders are not. What is named here is always
        taken, hidden files and links to folders too; what leads nowhere is a file that cannot be read. A file
        that is named twice, or named and found, has one row. Paths stay as they are given: where a table is
        used from another folder, or stored, they should be absolute.
    columns : iterable of columns, or mapping of names to columns
        Each is one of these, but not pixel data; `DEFAULT_COLUMNS` when omitted:

        - a keyword: ``"Rows"``
        - a tag: ``"00280010"``, ``"(0028,0010)"``, ``0x00280010`` or ``(0x0028, 0x0010)``
        - a private element, whatever its block: ``("GEMS_PARM_01", 0x0043, 0x39)`` or
          ``"(0043,GEMS_PARM_01,39)"``
        - one of these in an item of a sequence:
          ``"SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0].PixelSpacing"``; with ``[*]`` of all
          items, as a list with a place for each
    frames : bool
        Say of each file where its frames are, so that `decode` and `stream` read them without a look at its
        header. `FRAME_ATTRIBUTES`, the place of the image in the patient, are columns then too.
    known : Table or Arrow data, optional
        Of an earlier scan with ``frames=True`` and the same columns: rows of files whose size and time of
        change are the same are taken from it, and their files are not opened.
    recursive : bool
        Folders inside folders too.
    errors : {"report", "raise", "skip"}
        What becomes of files that cannot be read or are not DICOM: a row that says so, an exception for the
        first one, or no row.
    threads : int, optional
        Threads that read. As many as cores when omitted; more help where storage answers late.
    progress : callable or True, optional
        Called about every 50 ms, and at the end, with the number of files read and the number found, which is
        None for as long as more are found. What it raises ends the scan. True shows a bar on the error
        output, by rich or tqdm where installed; none where that is no terminal.
    limits : Limits, optional
        What each file may ask for.

    Returns
    -------
    Table
        The columns ``path``, ``status``, ``message``, ``offset``, ``transfer_syntax``, those asked for, and
        ``empty``, ``unreadable``, ``path_bytes``; see `Table`.

    Raises
    ------
    FileNotFoundError
        A single path that leads nowhere.
    ValueError
        A column that is no attribute; known rows without one of the columns.
    DicomError, OSError
        With ``errors="raise"``, for the first file that cannot be read.
    """
    options = (recursive, errors, checked_threads(threads))
    what = _wanted(columns, known, frames=frames)
    callback = progress_callback(progress, "files")
    return Table(_start(paths, what, options, progress=callback, limits=limits).read_all())


def scan_batches(
    paths: AnyPath | Iterable[AnyPath],
    columns: Iterable[Column] | Mapping[str, Column] = DEFAULT_COLUMNS,
    *,
    frames: bool = False,
    known: Table | ArrowData | None = None,
    recursive: bool = True,
    errors: Errors = "report",
    threads: int | None = None,
    progress: Progress | None = None,
    limits: Limits | None = None,
) -> Iterator[Table]:
    """Read attributes of many files, some thousands at a time: where the whole table does not fit in memory.

    The arguments are those of `scan`. Reading goes on, a little ahead, while a batch is used.

    Yields
    ------
    Table
        The next 4,096 rows, or fewer.
    """
    options = (recursive, errors, checked_threads(threads))
    what = _wanted(columns, known, frames=frames)
    callback = progress_callback(progress, "files")
    tables = map(Table, _start(paths, what, options, progress=callback, limits=limits))
    return tables if callback is progress else until_the_end(tables, callback)


def _wanted(
    columns: Iterable[Column] | Mapping[str, Column],
    known: Table | ArrowData | None,
    *,
    frames: bool,
) -> Wanted:
    """The columns as the core takes them, whether frames are wanted, and the rows that are known."""
    if isinstance(columns, str):
        raise TypeError("columns must be an iterable of columns, not one text")
    if hasattr(columns, "items"):
        wanted = [(name, _column_text(column)) for name, column in columns.items()]
    else:
        wanted = [(None, _column_text(column)) for column in columns]
    if not frames:
        if known is not None:
            raise ValueError("known rows need frames=True: by the columns of frames they are known")
        return wanted, False, None
    texts = {text for _, text in wanted} | {name for name, _ in wanted if name is not None}
    if taken := texts.intersection(_core.FRAME_COLUMNS):
        raise ValueError(f"with frames=True there is a column {min(taken)!r} already")
    wanted += [(None, name) for name in FRAME_ATTRIBUTES if name not in texts]
    return wanted, True, None if known is None else table_of(known)._core  # noqa: SLF001 - the table's own inside


def _start(
    paths: AnyPath | Iterable[AnyPath],
    wanted: Wanted,
    options: tuple[bool, str, int | None],
    *,
    progress: Callback | None,
    limits: Limits | None,
) -> _core.ScanIterator:
    if isinstance(paths, str | bytes | os.PathLike):
        os.stat(paths)  # noqa: PTH116 - a single path that leads nowhere is a mistake of the caller
        paths = [paths]
    if not hasattr(paths, "__iter__"):
        raise TypeError(f"paths must be a path or an iterable of paths, not {type(paths).__name__}")
    files = [path if isinstance(path, str) else os.fsdecode(path) for path in paths]
    if limits is not None and not isinstance(limits, Limits):
        raise TypeError("limits must be Limits")
    bounds = None if limits is None else (limits.depth, limits.elements, limits.inflated)
    columns, frames, known = wanted
    return _core.ScanIterator(files, columns, options, bounds, progress, frames=frames, known=known)


def _column_text(column: Column) -> str:
    """Write a column as text, which is what the core reads."""
    match column:
        case str():
            return column
        case bool():
            pass
        case int() if 0 <= column <= 0xFFFFFFFF:
            return f"{column:08X}"
        case (int(group), int(element)) if 0 <= group <= 0xFFFF and 0 <= element <= 0xFFFF:
            return f"({group:04X},{element:04X})"
        case (str(creator), int(group), int(element)) if 0 <= group <= 0xFFFF and 0 <= element <= 0xFF:
            return f"({group:04X},{creator},{element:02X})"
    raise ValueError(
        f"column {column!r} is no keyword, tag, (group, element), (private creator, group, element) or path"
    )
