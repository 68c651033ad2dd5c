"""Print the elements of files, and what is wrong with them."""

import argparse
import os

import fastdcm
from fastdcm.cli.output import complain, emit, escape, escape_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fastdcm.json_model import BulkDataContext

HELP = "print the elements of files"

# Longer values as base64 are not printed as JSON.
_INLINE = 1024


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this verb takes."""
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument("--json", action="store_true", help="DICOM JSON Model (PS3.18 F), a line a file")
    parser.add_argument("--force", action="store_true", help="read files without the DICM prefix, too")
    parser.add_argument("--no-pixels", action="store_true", help="stop in front of pixel data")


def run(options: argparse.Namespace) -> int:
    """Dump every file; the others, too, when one cannot be read."""
    failed = False
    for path in options.files:
        try:
            dataset = fastdcm.dcmread(path, force=options.force, stop_before_pixels=options.no_pixels)
            text = _json(dataset) if options.json else str(dataset)
        except (fastdcm.DicomError, OSError) as error:
            failed = True
            complain("dump", path, getattr(error, "strerror", None) or error)
            continue
        if len(options.files) > 1 and not options.json:
            emit(f"{escape(os.fspath(path))}:")
        emit(text)
        for warning in dataset.warnings:
            complain("dump", path, f"warning: {warning}")
    return int(failed)


def _json(dataset: fastdcm.Dataset) -> str:
    """Return a line of JSON; longer binary values are left out."""
    return escape_json(dataset.to_json(_INLINE, bulk_data=_leave_out_bytes, nonfinite="string"))


def _leave_out_bytes(bulk: "BulkDataContext") -> object:
    return ... if bulk.VR in ("OB", "OD", "OF", "OL", "OV", "OW", "UN") else None
