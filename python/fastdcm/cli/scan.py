"""Make a table of the elements of many files: a row a file, a column an attribute."""

import argparse
import sys
import time
from pathlib import Path

import fastdcm
from fastdcm import _core
from fastdcm.bulk.scan import DEFAULT_COLUMNS
from fastdcm.cli.arguments import thread_count
from fastdcm.cli.output import complain, emit, escape
from fastdcm.cli.placing import placed

HELP = "make a table of the elements of many files"

_SHOWN = 40
_WRITTEN = (".csv", ".parquet", ".arrow", ".feather")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this verb takes."""
    parser.add_argument("paths", nargs="+", metavar="FOLDER", help="a folder or file")
    parser.add_argument(
        "-c",
        "--column",
        action="append",
        metavar="COLUMN",
        help="keyword, tag (0010,0010) or path into a sequence; may be given several times",
    )
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help=f"write the table: {', '.join(_WRITTEN)}"
    )
    parser.add_argument("--force", action="store_true", help="overwrite the output file")
    parser.add_argument(
        "--frames",
        action="store_true",
        help="say where the frames of each file are: an index, with which frames are read without headers",
    )
    parser.add_argument(
        "--known",
        type=Path,
        metavar="FILE",
        help="an index that was written before: files that have not changed since are not read",
    )
    parser.add_argument(
        "--threads", type=thread_count, metavar="N", help="files read at the same time; all cores otherwise"
    )
    parser.add_argument("--no-recursive", action="store_true", help="leave out folders in folders")
    parser.add_argument(
        "--errors", choices=("report", "skip", "raise"), default="report", help="files with faults"
    )


def run(options: argparse.Namespace) -> int:
    """Scan, then write or print."""
    output = options.output
    refused = _refused(options)
    if refused is not None:
        status, subject, reason = refused
        complain("scan", subject, reason)
        return status
    started = time.perf_counter()
    try:
        table = _scan(options)
        seconds = time.perf_counter() - started
        if output is not None:
            with placed(output, force=options.force) as path:
                table.write(path)
    except (fastdcm.DicomError, OSError, ImportError) as error:
        complain(
            "scan",
            getattr(error, "filename", None) or output or "",
            getattr(error, "strerror", None) or error,
        )
        return 1
    except ValueError as error:
        complain("scan", "arguments", error)
        return 2
    if output is None:
        _show(table)
    print(_summary(table, seconds), file=sys.stderr)
    return 0


def _refused(options: argparse.Namespace) -> tuple[int, object, str] | None:
    """Return the exit status, what it is about, and why, where the arguments are not to be followed."""
    output = options.output
    if output is not None and output.suffix.lower() not in _WRITTEN:
        return 2, output, f"the ending must be one of {', '.join(_WRITTEN)}"
    if options.known is not None and not options.frames:
        return 2, "--known", "goes with --frames"
    if output is not None and output.exists() and not options.force:
        return 1, output, "the file exists; --force overwrites it"
    for path in (*options.paths, *filter(None, [options.known])):
        if not Path(path).exists():
            return 1, path, "no such file or folder"
    return None


def _scan(options: argparse.Namespace) -> "fastdcm.Table":
    return fastdcm.scan(
        options.paths,
        columns=options.column or DEFAULT_COLUMNS,
        recursive=not options.no_recursive,
        errors=options.errors,
        frames=options.frames,
        known=None if options.known is None else fastdcm.open_index(options.known),
        threads=options.threads,
        progress=True,
    )


def _summary(table: "fastdcm.Table", seconds: float) -> str:
    parts = ", ".join(f"{count} {status}" for status, count in sorted(table.status_counts().items()))
    rate = len(table) / seconds if seconds else 0
    return f"{len(table)} files in {seconds:.2f} s ({rate:,.0f} a second): {parts or 'none'}"


def _show(table: "fastdcm.Table") -> None:
    try:
        from rich.console import Console
        from rich.table import Table as RichTable
    except ImportError:
        emit(repr(table))
        return
    cells = {name: table[name][:_SHOWN].tolist() for name in _shown_columns(table)}
    grid = RichTable(*map(escape, cells))
    for row in zip(*cells.values(), strict=True):
        grid.add_row(*("" if cell is None else escape(str(cell)).replace("[", r"\[") for cell in row))
    if len(table) > _SHOWN:
        grid.caption = f"{_SHOWN} of {len(table)} rows; -o writes them all"
    Console().print(grid)


def _shown_columns(table: "fastdcm.Table") -> list[str]:
    """Return what was asked for, the path before it, and behind it what says something in any row."""
    own = ("path", "status", "message", "offset", "transfer_syntax", "empty", "unreadable", "path_bytes")
    asked = [name for name in table.columns if name not in (*own, *_core.FRAME_COLUMNS)]
    remarks = ["status"] + ["message"] * any(table["message"][:_SHOWN].tolist())
    return ["path", *asked, *remarks]
