"""Make a table of the elements of many files: a row a file, a column an attribute."""

import argparse
import sys
import time
from pathlib import Path

import fastdcm
from fastdcm.bulk.scan import DEFAULT_COLUMNS
from fastdcm.cli.output import complain, emit, escape

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
        "--threads", type=int, metavar="N", help="files read at the same time; all cores otherwise"
    )
    parser.add_argument("--no-recursive", action="store_true", help="leave out folders in folders")
    parser.add_argument(
        "--errors", choices=("report", "skip", "raise"), default="report", help="files with faults"
    )


def run(options: argparse.Namespace) -> int:
    """Scan, then write or print."""
    output = options.output
    if output is not None and output.suffix.lower() not in _WRITTEN:
        complain("scan", output, f"the ending must be one of {', '.join(_WRITTEN)}")
        return 2
    if output is not None and output.exists() and not options.force:
        complain("scan", output, "the file exists; --force overwrites it")
        return 1
    missing = [path for path in options.paths if not Path(path).exists()]
    if missing:
        complain("scan", missing[0], "no such file or folder")
        return 1
    started = time.perf_counter()
    try:
        table = _scan(options)
        seconds = time.perf_counter() - started
        if output is not None:
            table.write(output)
    except (fastdcm.DicomError, OSError, ImportError) as error:
        complain("scan", getattr(error, "filename", None) or output or "", error)
        return 1
    except ValueError as error:
        complain("scan", "arguments", error)
        return 2
    if output is None:
        _show(table)
    print(_summary(table, seconds), file=sys.stderr)
    return 0


def _scan(options: argparse.Namespace) -> "fastdcm.Table":
    return fastdcm.scan(
        options.paths,
        columns=options.column or DEFAULT_COLUMNS,
        recursive=not options.no_recursive,
        errors=options.errors,
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
    asked = [name for name in table.columns if name not in own]
    remarks = ["status"] + ["message"] * any(table["message"][:_SHOWN].tolist())
    return ["path", *asked, *remarks]
