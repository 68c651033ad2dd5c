"""Write files in the DICOM JSON Model (PS3.18 Annex F), a line a file."""

import argparse
import sys
from pathlib import Path

import fastdcm
from fastdcm.cli.arguments import thread_count
from fastdcm.cli.output import complain, escape_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

HELP = "write files in the DICOM JSON Model"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this verb takes."""
    parser.add_argument("paths", nargs="+", metavar="FILE|FOLDER")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="write the lines to a file")
    parser.add_argument("--force", action="store_true", help="overwrite the output file")
    parser.add_argument(
        "--bulk-data",
        choices=("inline", "omit", "uri"),
        default="inline",
        help="long binary values as base64, not at all, or as the place in the file",
    )
    parser.add_argument(
        "--threshold", type=int, default=1024, metavar="N", help="bytes of the longest value that is inline"
    )
    parser.add_argument(
        "--nonfinite",
        choices=("error", "null", "string"),
        default="error",
        help="numbers that JSON does not have",
    )
    parser.add_argument("--pretty", action="store_true", help="indented, for one file")
    parser.add_argument(
        "--threads", type=thread_count, metavar="N", help="files read at the same time; all cores otherwise"
    )
    parser.add_argument("--no-recursive", action="store_true", help="leave out folders in folders")
    parser.add_argument(
        "--errors",
        choices=("report", "skip", "raise"),
        default="report",
        help="files with faults: a line that says so, no line, or an end",
    )


def run(options: argparse.Namespace) -> int:
    """Write a line for every file."""
    output = options.output
    if output is not None and output.exists() and not options.force:
        complain("json", output, "the file exists; --force overwrites it")
        return 1
    if options.pretty and (len(options.paths) > 1 or Path(options.paths[0]).is_dir()):
        complain("json", "--pretty", "takes one file")
        return 2
    missing = [path for path in options.paths if not Path(path).exists()]
    if missing:
        complain("json", missing[0], "no such file or folder")
        return 1
    try:
        if output is None:
            sys.stdout.flush()
            return _write(options, sys.stdout.buffer)
        with output.open("wb") as stream:
            return _write(options, stream)
    except (fastdcm.DicomError, OSError) as error:
        if isinstance(error, BrokenPipeError):
            raise
        complain("json", getattr(error, "filename", None) or output or options.paths[0], error)
        return 1


def _lines(options: argparse.Namespace) -> "Iterator[bytes]":
    from fastdcm.json_model import json_lines

    return json_lines(
        options.paths,
        recursive=not options.no_recursive,
        errors="raise" if options.pretty else options.errors,
        bulk_data=options.bulk_data,
        bulk_data_threshold=options.threshold,
        nonfinite=options.nonfinite,
        threads=options.threads,
    )


def _write(options: argparse.Namespace, stream: "BinaryIO") -> int:
    """Write the lines; 1 where one of them is of a file that could not be read."""
    is_shown = stream.isatty()
    failed = False
    for lines in _lines(options):
        # No data set begins with this key.
        failed = failed or lines.startswith(b'{"path":') or b'\n{"path":' in lines
        text = _pretty(lines) if options.pretty else lines
        stream.write(escape_json(text.decode()).encode() if is_shown else text)
    stream.flush()
    return int(failed)


def _pretty(lines: bytes) -> bytes:
    """Indent one line of JSON; numbers keep the digits of the file."""
    import re

    parts: list[str] = []
    depth = 0
    last = ""
    for part in re.findall(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s"{}\[\],:]+', lines.decode()):
        is_end = part in ("}", "]")
        depth -= is_end
        is_empty = is_end and last in ("{", "[")
        if (is_end or last in ("{", "[", ",")) and not is_empty:
            parts.append("\n" + "  " * depth)
        parts.append(": " if part == ":" else part)
        depth += part in ("{", "[")
        last = part
    return ("".join(parts) + "\n").encode()
