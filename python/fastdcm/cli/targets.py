"""Which files a verb writes, and where to: what ``convert`` and ``set`` have in common."""

import argparse
import os
import warnings
from pathlib import Path
from typing import NamedTuple

import fastdcm
from fastdcm.cli.output import complain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Pair", "TargetError", "Writer", "add_target_arguments", "for_each_file", "refuse_directory"]

_DICOMDIR = "1.2.840.10008.1.3.10"


class Pair(NamedTuple):
    """A file that is read, and the one that is written: the same in place, None where nothing is written."""

    source: Path
    target: Path | None


class TargetError(Exception):
    """Arguments that do not say where to write: what they are about, and what is wrong with it."""


def add_target_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the files, and where their changed versions go."""
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument(
        "-o",
        "--output",
        metavar="OUT",
        help="a file; of several files the folder, in which they keep their names",
    )
    parser.add_argument("--in-place", action="store_true", help="replace the files themselves")
    parser.add_argument("--force", action="store_true", help="overwrite files that exist")
    parser.add_argument("-r", "--recursive", action="store_true", help="take the files of folders, too")
    parser.add_argument(
        "--no-prefix",
        action="store_true",
        help="read files without the DICM prefix, too, where they look like DICOM",
    )


class Writer:
    """Writes files, each where it belongs and none over another one of the same run."""

    def __init__(self, *, force: bool):
        self._force = force
        self._written: set[tuple[int, int]] = set()

    def write(self, dataset: fastdcm.Dataset, pair: Pair, **options: object) -> None:
        """Write the changed data set of `pair.source` to `pair.target`."""
        source, target = pair
        if target is None:
            return
        if target != source:
            self._check_free(target)
            target.parent.mkdir(parents=True, exist_ok=True)
        fastdcm.dcmwrite(target, dataset, overwrite=self._force or target == source, **options)  # type: ignore[arg-type] # the options of a verb
        found = target.stat()
        self._written.add((found.st_dev, found.st_ino))

    def _check_free(self, target: Path) -> None:
        """Refuse a name that this run has written: of other case, or through a link."""
        try:
            found = target.stat()
        except OSError:
            return
        if not self._force:
            raise FileExistsError(None, "the file exists; --force overwrites it", str(target))
        if (found.st_dev, found.st_ino) in self._written:
            raise FileExistsError(None, "another file was just written there", str(target))


def refuse_directory(dataset: fastdcm.Dataset) -> None:
    """Refuse a DICOMDIR: its records point at each other by byte offsets (PS3.3 §F.2.2)."""
    meta = getattr(dataset, "file_meta", None)
    if meta is not None and meta.get("MediaStorageSOPClassUID") == _DICOMDIR:
        raise ValueError("a DICOMDIR holds the byte offsets of its own records, which would be wrong then")


def for_each_file(verb: str, options: argparse.Namespace, change: "Callable[[Pair], None]") -> int:
    """Call `change` with every file; the others, too, when one of them fails.

    Returns
    -------
    int
        The exit status: 1 where a file failed, 2 where the arguments do not say what to write.
    """
    faults: list[OSError] = []
    try:
        pairs = _pairs(options, faults)
    except TargetError as error:
        complain(verb, *error.args)
        return 2
    for fault in faults:
        complain(verb, fault.filename, fault.strerror)
    failed = bool(faults)
    for pair in pairs:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                change(pair)
            except BrokenPipeError:
                raise
            except (fastdcm.DicomError, OSError, ValueError) as error:
                failed = True
                complain(verb, getattr(error, "filename", None) or pair.source, _reason(error, pair))
        for warning in caught:
            complain(verb, pair.source, f"warning: {warning.message}")
    return int(failed)


def _reason(error: Exception, pair: Pair) -> object:
    reason = getattr(error, "strerror", None) or error
    if isinstance(error, FileNotFoundError) and "=" in pair.source.name:
        return f"{reason}; an element is changed by --set {pair.source}"
    return reason


def _pairs(options: argparse.Namespace, faults: list[OSError]) -> list[Pair]:
    """Return the files in order; TargetError where something is wrong with the arguments."""
    output: str | None = options.output
    if options.in_place and output is not None:
        raise TargetError("--in-place", "not together with --output")
    if not options.in_place and output is None and not getattr(options, "dry_run", False):
        raise TargetError("arguments", "give -o OUT, or --in-place to replace the files themselves")
    given = [Path(path) for path in options.files]
    folders = [path for path in given if path.is_dir()]
    if folders and not options.recursive:
        raise TargetError(folders[0], "a folder; --recursive takes the files in it")
    sources = list(dict.fromkeys(_sources(given, output and os.path.realpath(output), faults)))
    if output is None:
        return [Pair(source, source if options.in_place else None) for source in sources]
    is_one = len(given) == 1 and not folders and not output.endswith(os.sep)
    targets = (
        [Path(output)] if is_one and not Path(output).is_dir() else _targets(given, Path(output), sources)
    )
    inputs = {os.path.realpath(source) for source in sources}
    taken: dict[Path, Path] = {}
    for source, target in zip(sources, targets, strict=True):
        if os.path.realpath(target) in inputs:
            raise TargetError(target, "is one of the files that are read; --in-place replaces them")
        if target in taken:
            raise TargetError(target, f"both {taken[target]} and {source} would be written there")
        taken[target] = source
    return list(map(Pair, sources, targets))


def _sources(given: list[Path], output: str | None, faults: list[OSError]) -> "Iterator[Path]":
    """Yield files, and those in folders; what an earlier run has written to `output` is no input."""
    for path in given:
        if not path.is_dir():
            yield path
            continue
        for folder, folders, names in os.walk(path, onerror=faults.append):
            folders[:] = [name for name in sorted(folders) if os.path.realpath(Path(folder, name)) != output]
            yield from (Path(folder, name) for name in sorted(names))


def _targets(given: list[Path], output: Path, sources: list[Path]) -> list[Path]:
    """Return where each file goes: it keeps its name below the folder that all of them are in."""
    if os.path.lexists(output) and not output.is_dir():
        raise TargetError(output, "is no folder, and there is more than one file to write")
    roots = [path if path.is_dir() else path.parent for path in given]
    try:
        root = os.path.commonpath([os.path.normpath(root.absolute()) for root in roots])
        return [output / os.path.relpath(source, root) for source in sources]
    except ValueError:  # on several drives
        return [output / source.name for source in sources]
