"""Write frames as PNG or NPY files, or as arrays of Zarr, for tools that do not read DICOM.

Files keep their names and folders. OUT/index.csv says which frame went where, OUT/report.csv what was odd or
wrong; a bad file stops nothing. Ctrl-C keeps what is done, and --resume goes on from there.
"""

import argparse
import json
import math
import sys
from contextlib import suppress
from pathlib import Path

import fastdcm
from fastdcm.cli.arguments import thread_count
from fastdcm.cli.output import complain, escape
from fastdcm.cli.placing import placed

HELP = "write frames as PNG, NPY or Zarr"

# What another run must have been told, too, to be gone on with.
_SETTINGS = ("format", "values", "window", "resize", "letterbox")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this verb takes."""
    parser.add_argument("paths", nargs="+", metavar="FOLDER", help="a folder or file")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="OUT", help="the folder to write")
    parser.add_argument(
        "--format",
        choices=("png", "npy", "zarr"),
        default="png",
        help="a PNG a frame (the default), an NPY a file, or Zarr v3 with shards (this needs zarr)",
    )
    parser.add_argument(
        "--values",
        choices=("display", "physical", "stored"),
        help="as on a screen, 8 bits: the default for PNG; after the rescale, but colour as stored: that for "
        "others; or all as stored",
    )
    parser.add_argument(
        "--window",
        type=_window,
        metavar="CENTRE,WIDTH",
        help="for display values; that of the file when omitted",
    )
    parser.add_argument(
        "--resize", type=_size, metavar="ROWS,COLUMNS", help="make all frames of one size, antialiased"
    )
    parser.add_argument("--letterbox", action="store_true", help="keep proportions when --resize is given")
    parser.add_argument(
        "--resume", action="store_true", help="go on with an export, leaving out what is there"
    )
    parser.add_argument("--force", action="store_true", help="write over an earlier export")
    parser.add_argument(
        "--threads", type=thread_count, metavar="N", help="threads that work; all cores otherwise"
    )
    parser.add_argument(
        "--memory", type=_count, default=256, metavar="MB", help="of frames that are decoded together"
    )


def run(options: argparse.Namespace) -> int:
    """Export every frame; the others, too, when one of them fails."""
    options.values = options.values or ("display" if options.format == "png" else "physical")
    contradiction = _contradiction(options)
    if contradiction:
        complain("export", *contradiction)
        return 2
    missing = [path for path in options.paths if not Path(path).exists()]
    if missing:
        complain("export", missing[0], "no such file or folder")
        return 1
    try:
        reason = _prepare(options)
        if reason:
            complain("export", options.output, reason)
            return 1
        return _export(options)
    except BrokenPipeError:
        raise
    except (fastdcm.DicomError, OSError, ImportError) as error:
        subject = getattr(error, "filename", None) or options.output
        complain("export", subject, getattr(error, "strerror", None) or error)
        return 1


def _contradiction(options: argparse.Namespace) -> tuple[str, str] | None:
    """Return an argument that does not go with the others, and why."""
    if options.format == "png" and options.values == "physical":
        return "--values physical", "may be negative or fractions, which PNG does not hold: --format npy"
    if options.window is not None and options.values != "display":
        return "--window", "goes with --values display"
    if options.letterbox and options.resize is None:
        return "--letterbox", "goes with --resize"
    return None


def _window(text: str) -> tuple[float, float]:
    try:
        centre, width = map(float, text.split(","))
    except ValueError:
        centre = width = math.nan
    if not (math.isfinite(centre) and 0 < width < math.inf):
        raise argparse.ArgumentTypeError(f"{text!r} is no CENTRE,WIDTH such as 40,400")
    return centre, width


def _size(text: str) -> tuple[int, int]:
    try:
        rows, columns = map(int, text.split(","))
    except ValueError:
        rows = columns = 0
    if not (0 < rows <= 0xFFFF and 0 < columns <= 0xFFFF):
        raise argparse.ArgumentTypeError(f"{text!r} is no ROWS,COLUMNS such as 224,224")
    return rows, columns


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number above 0")
    return int(text)


def _prepare(options: argparse.Namespace) -> str:
    """Make the folder, and note how it was made; return why it is not to be written, if it is not."""
    output: Path = options.output
    settings = {name: getattr(options, name) for name in _SETTINGS}
    settings = json.loads(json.dumps(settings))
    note = output / "export.json"
    if output.exists() and not output.is_dir():
        return "is no folder"
    if options.resume:
        with suppress(OSError, ValueError):
            if json.loads(note.read_text(encoding="utf-8")) != settings:
                return "was made with other options, so it cannot be gone on with"
    elif not options.force and output.is_dir() and any(output.iterdir()):
        return "the folder is not empty; --resume goes on with an export, --force writes over it"
    output.mkdir(parents=True, exist_ok=True)
    with placed(note) as path:
        path.write_text(json.dumps(settings) + "\n", encoding="utf-8")
    return ""


def _export(options: argparse.Namespace) -> int:
    from fastdcm.cli.export_index import Index, read_index
    from fastdcm.cli.export_outputs import output_of
    from fastdcm.cli.export_plan import find_images
    from fastdcm.cli.export_work import Export

    folder: Path = options.output
    report = folder / "report.csv"
    known = read_index(folder) if options.resume and options.format == "zarr" else []
    output = output_of(options.format, folder, known)
    images, faults = find_images(options.paths, folder, options.threads)
    if not images:
        complain("export", ", ".join(options.paths), f"no images; why not: {report}")
    with Index(folder, known) as index:
        work = Export(output, index, faults=faults, options=options)
        try:
            work.run(images)
        finally:
            work.close()
            with placed(report) as path:
                faults.write_csv(path)
    errors = sum(fault["status"] == "error" for fault in faults)
    kept = f", {work.kept:,} were there" if work.kept else ""
    remarks = f"; {len(faults):,} remarks, {errors:,} of them errors: {report}" if faults else ""
    print(
        escape(f"{work.written:,} frames written, of {len(images):,} files{kept}{remarks}"), file=sys.stderr
    )
    return int(errors > 0 or not images)
