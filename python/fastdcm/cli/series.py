"""List the series in folders: what makes each a volume, and what does not.

A line for each stack of slices; below them what is wrong with the series (!), and how many files are left out
of it, and why (-).
"""

import argparse
import sys
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import fastdcm
from fastdcm.cli.output import complain, emit, escape, escape_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from fastdcm import Series, Volume

__all__ = ["NumberedSeries", "find", "table_of"]

HELP = "list the series in folders, their shape and defects"

_LONGEST = 32
_HEADINGS = ("Number", "Modality", "Description", "Frames", "Shape", "Spacing (mm)", "Axes")
_RIGHT = ("Number", "Frames")


class NumberedSeries(NamedTuple):
    """A series, with Series Number, Modality and Series Description; None where it has none."""

    series: "Series"
    number: int | None
    modality: str | None
    description: str | None

    @property
    def volumes(self) -> "list[Volume]":
        """Each stack as a volume, whose pixels are not read."""
        from fastdcm.volumes.volume import Volume

        return [Volume(stack, None) for stack in self.series.stacks]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this verb takes."""
    parser.add_argument("paths", nargs="+", metavar="FOLDER", help="a folder or file")
    parser.add_argument("--uids", action="store_true", help="show each Series Instance UID")
    parser.add_argument(
        "--json", action="store_true", help="a line of JSON a series, with affines and the files left out"
    )


def run(options: argparse.Namespace) -> int:
    """List what was found."""
    found = find("series", options.paths)
    if found is None:
        return 1
    if options.json:
        _print_json(found)
    else:
        for line in table_of(found, uids=options.uids):
            emit(escape(line))
    return 0


def find(verb: str, paths: "Sequence[str]") -> list[NumberedSeries] | None:
    """Find the series in files and folders; None, and a word on the error output, where there is none."""
    missing = [path for path in paths if not Path(path).exists()]
    if missing:
        complain(verb, missing[0], "no such file or folder")
        return None
    try:
        found = fastdcm.find_series(list(paths), progress=True)
    except (fastdcm.DicomError, OSError) as error:
        complain(
            verb, getattr(error, "filename", None) or paths[0], getattr(error, "strerror", None) or error
        )
        return None
    if any(series.uid or series.stacks for series in found):
        return _numbered(found)
    reasons = Counter(reason for series in found for _, reason in series.left_out)
    words = "; ".join(f"{_files(count)}: {reason}" for reason, count in reasons.most_common())
    complain(verb, ", ".join(map(str, paths)), words or "no files in it")
    return None


def _numbered(found: "Iterable[Series]") -> list[NumberedSeries]:
    """Read what tells series apart for a person, from the first file of each."""
    names = ("SeriesNumber", "Modality", "SeriesDescription")
    numbered = []
    for series in found:
        row: dict[str, Any] = dict.fromkeys(names)
        if series.uid:
            row = next(fastdcm.scan(_first_path(series), names).rows())
        numbered.append(NumberedSeries(series, *(row[name] for name in names)))
    # What belongs to no series comes last.
    return sorted(numbered, key=lambda one: (not one.series.uid, one.number is None, one.number or 0))


def _first_path(series: "Series") -> str:
    return series.stacks[0].volumes[0][0].path if series.stacks else series.left_out[0][0]


def table_of(found: "Iterable[NumberedSeries]", *, uids: bool) -> list[str]:
    """Return lines of a table, with what is wrong below each series."""
    rows: list[tuple[list[str], list[str]]] = [(list(_HEADINGS), [])]
    for one in found:
        series, volumes = one.series, one.volumes
        description = _shortened(one.description or "") if series.uid else "(not of a series)"
        remarks = [series.uid] if uids and series.uid else []
        remarks += [f"! {defect.kind}: {defect.message}" for defect in series.defects]
        reasons = Counter(reason for _, reason in series.left_out)
        remarks += [f"- {_files(count)} left out: {reason}" for reason, count in reasons.most_common()]
        number = "" if one.number is None else str(one.number)
        first, *others = [_cells(volume) for volume in volumes] or [[""] * 4]
        rows.append(([number, one.modality or "", description, *first], remarks if not others else []))
        for place, cells in enumerate(others, 2):
            rows.append((["", "", f"stack {place}", *cells], remarks if place > len(others) else []))
    widths = [max(len(cells[column]) for cells, _ in rows) for column in range(len(_HEADINGS))]
    return [line for cells, remarks in rows for line in _lines(cells, widths, remarks)]


def _lines(cells: "Sequence[str]", widths: "Sequence[int]", remarks: "Sequence[str]") -> list[str]:
    padded = [
        cell.rjust(width) if heading in _RIGHT else cell.ljust(width)
        for heading, cell, width in zip(_HEADINGS, cells, widths, strict=True)
    ]
    indent = " " * (widths[0] + 2)
    return ["  ".join(padded).rstrip(), *(indent + remark for remark in remarks)]


def _cells(volume: "Volume") -> list[str]:
    """Return frames, shape, spacing and axes."""
    varies = f" ({volume.varies})" if volume.varies else ""
    return [
        str(len(volume.table)),
        " x ".join(map(str, volume.shape)) + varies,
        " x ".join(f"{length:.3g}" for length in volume.spacing),
        volume.axes,
    ]


def _shortened(text: str) -> str:
    text = escape(text)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _files(count: int) -> str:
    return f"{count} file{'' if count == 1 else 's'}"


def _print_json(found: "Iterable[NumberedSeries]") -> None:
    import json

    for one in found:
        model = {
            "uid": one.series.uid,
            "number": one.number,
            "modality": one.modality,
            "description": one.description,
            "stacks": [_model(volume) for volume in one.volumes],
            "defects": [defect._asdict() for defect in one.series.defects],
            "left_out": [{"path": path, "reason": reason} for path, reason in one.series.left_out],
        }
        sys.stdout.write(escape_json(json.dumps(model)) + "\n")


def _model(volume: "Volume") -> dict[str, object]:
    return {
        "frames": len(volume.table),
        "shape": volume.shape,
        "dtype": str(volume.dtype),
        "spacing": volume.spacing,
        "axes": volume.axes,
        "affine": volume.affine.tolist(),
        "varies": volume.varies,
        "frame_of_reference": volume.frame_of_reference,
    }
