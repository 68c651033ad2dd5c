"""Write a series as one file: NIfTI, NRRD, or NPY with a JSON file beside it.

Slices are in the order of their planes. Of a diffusion series .bval and .bvec are written, too. What is wrong
with the series is told on the error output.
"""

import argparse
import sys
import warnings
from pathlib import Path

import fastdcm
from fastdcm.cli.output import complain, escape
from fastdcm.cli.placing import check_free
from fastdcm.cli.series import NumberedSeries, find, table_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastdcm import Volume

HELP = "write a series as NIfTI, NRRD or NPY"

_TYPES = ("uint8", "int16", "uint16", "int32", "float32", "float64")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this verb takes."""
    parser.add_argument("paths", nargs="+", metavar="SERIES", help="a folder, or the files of a series")
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        required=True,
        metavar="FILE",
        help="ends with .nii.gz or .nii (these need nibabel), .nrrd, or .npy",
    )
    parser.add_argument(
        "--series", metavar="NUMBER|UID", help="which one, where the folder has several: see fastdcm series"
    )
    parser.add_argument(
        "--defects",
        choices=("warn", "raise", "choose", "split"),
        default="warn",
        help="where the series is not evenly spaced: write it and warn; refuse; write its largest part that "
        "has no defects; or all such parts, as FILE-1, FILE-2, ...",
    )
    parser.add_argument(
        "--values", choices=("physical", "stored"), default="physical", help="after or before the rescale"
    )
    parser.add_argument("--dtype", choices=_TYPES, help="the type of numbers; one that fits when omitted")
    parser.add_argument("--straighten", action="store_true", help="take out the shear of a tilted gantry")
    parser.add_argument(
        "--evenly-spaced", action="store_true", help="resample slices that are not, at their least distance"
    )
    parser.add_argument(
        "--errors", choices=("raise", "skip"), default="raise", help="slices whose pixels cannot be read"
    )
    parser.add_argument("--force", action="store_true", help="overwrite files that exist")


def run(options: argparse.Namespace) -> int:
    """Load the series and write it."""
    from fastdcm.cli.volume_file import ENDINGS, ending_of

    output: Path = options.output
    if ending_of(output) is None:
        complain("volume", output, f"the ending must be one of {', '.join(ENDINGS)}")
        return 2
    if not output.parent.is_dir():
        complain("volume", output.parent, "no such folder")
        return 1
    try:
        if options.defects != "split":
            check_free(output, force=options.force)
        found = find("volume", options.paths)
        chosen = None if found is None else _chosen(found, options)
        return 1 if chosen is None else _write(chosen, options)
    except BrokenPipeError:
        raise
    except (fastdcm.DicomError, OSError, ValueError, ImportError) as error:
        subject = getattr(error, "filename", None) or output
        complain("volume", subject, getattr(error, "strerror", None) or error)
        return 1


def _chosen(found: "Sequence[NumberedSeries]", options: argparse.Namespace) -> NumberedSeries | None:
    """Return the series that is meant; None, and a list on the error output, where that is not known."""
    wanted: str | None = options.series
    with_slices = [one for one in found if one.series.stacks]
    if not with_slices:
        complain("volume", ", ".join(options.paths), "no series that is a volume:")
        _list(found)
        return None
    if wanted is None:
        candidates = with_slices
    else:
        candidates = [one for one in found if wanted in (one.series.uid, str(one.number))]
    if len(candidates) == 1:
        return candidates[0]
    if not candidates:
        complain("volume", f"--series {wanted}", "no such series; these are:")
        _list(with_slices)
    else:
        words = "series" if wanted is None else "series of this number"
        complain(
            "volume",
            ", ".join(options.paths),
            f"{len(candidates)} {words}; --series takes the number or UID:",
        )
        _list(candidates)
    return None


def _list(found: "Sequence[NumberedSeries]") -> None:
    for line in table_of(found, uids=True):
        print(escape(line), file=sys.stderr)


def _write(chosen: NumberedSeries, options: argparse.Namespace) -> int:
    from fastdcm.cli.volume_file import numbered, write_volume

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        loaded = fastdcm.load_series(
            chosen.series,
            defects=options.defects,
            errors=options.errors,
            values=options.values,
            dtype=options.dtype,
            progress=True,
        )
    for warning in caught:
        complain("volume", "warning", warning.message)
    volumes = loaded if isinstance(loaded, list) else [loaded]
    targets = numbered(options.output, len(volumes))
    for target in targets:
        check_free(target, force=options.force)
    for target, volume in zip(targets, volumes, strict=True):
        changed = volume.straightened() if options.straighten else volume
        changed = changed.evenly_spaced() if options.evenly_spaced else changed
        write_volume(target, changed, chosen, force=options.force)
        print(escape(f"{target}: {_described(changed)}"), file=sys.stderr)
    return 0


def _described(volume: "Volume") -> str:
    spacing = " x ".join(f"{length:.3g}" for length in volume.spacing)
    return f"{' x '.join(map(str, volume.shape))} {volume.dtype}, {spacing} mm, {volume.axes}"
