"""Print the elements of files, and what is wrong with them."""

import argparse
import json
import os

import fastdcm
from fastdcm.cli.output import complain, emit, escape

HELP = "print the elements of files"

# Longer binary values are not printed as JSON: their length says enough.
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
            text = json.dumps(json_model(dataset), ensure_ascii=False) if options.json else str(dataset)
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


def json_model(dataset: fastdcm.Dataset) -> dict[str, object]:
    """Return a data set in the DICOM JSON Model (PS3.18 §F.2) without group lengths and long bytes."""
    return {
        f"{int(element.tag):08X}": json_element(element)
        for element in dataset
        if int(element.tag) & 0xFFFF and int(element.tag) >> 16 != 2
    }


def json_element(element: fastdcm.DataElement) -> dict[str, object]:
    """Return one attribute; an empty one has its VR only (PS3.18 §F.2.5)."""
    vr, value = element.VR, element.value
    if isinstance(value, bytes):
        return {"vr": vr} | _inline(value)
    if vr == "SQ":
        values: list[object] = [json_model(item) for item in value]
    else:
        several = value if element.VM > 1 else [value]
        values = [None if one is None or one == "" else _json_value(vr, one) for one in several]
    if not any(one is not None for one in values):
        return {"vr": vr}
    return {"vr": vr, "Value": values}


def _inline(value: bytes) -> dict[str, object]:
    import base64

    return {"InlineBinary": base64.b64encode(value).decode("ascii")} if 0 < len(value) <= _INLINE else {}


def _json_value(vr: str, value: object) -> object:
    """Return one value as JSON has it (PS3.18 Table F.2.3-1); a number that JSON cannot hold stays text."""
    if vr == "PN":
        names = ("Alphabetic", "Ideographic", "Phonetic")
        return {name: group for name, group in zip(names, str(value).split("="), strict=False) if group}
    if vr == "AT":
        return f"{int(value):08X}" if isinstance(value, int) else str(value)
    if isinstance(value, float):
        return float(value) if value - value == 0 else str(value)
    return int(value) if isinstance(value, int) else str(value)
