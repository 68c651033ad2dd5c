r"""Change elements of files.

An element is named as in the columns of scan: PatientID, (0010,0020), 00100020, (0043,GEMS_PARM_01,39) for
private ones, or a path into sequences, BeamSequence[0].BeamName; [*] are all items, [-1] is the last one, [+]
a new one. A VR may follow: (0009,MY CREATOR,01):LO=text. Several values are separated by backslashes; a value
of bytes is hex:0A0B or @FILE. Changes are made in the order in which they are given. Files are replaced whole
or not at all; one that would not change is not written in place.
"""

import argparse
import os
import shutil
from contextlib import contextmanager, suppress
from pathlib import Path

import fastdcm
from fastdcm.cli.edit import Changes, Edit
from fastdcm.cli.output import complain, emit, escape
from fastdcm.cli.targets import Pair, Writer, add_target_arguments, for_each_file, refuse_directory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HELP = "change elements of files"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this verb takes."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    add_target_arguments(parser)
    for letter, verb, metavar, what in (
        ("s", "set", "PATH=VALUE", "give an element a value, or make it; PATH= empties it"),
        ("a", "add", "PATH=VALUE", "make an element; an error where it is there"),
        ("d", "delete", "PATH", "take out an element, or an item: BeamSequence[0]"),
    ):
        parser.add_argument(
            f"-{letter}",
            f"--{verb}",
            dest="edits",
            action="append",
            metavar=metavar,
            type=_maker(verb),
            help=f"{what}; may be given several times",
        )
    parser.add_argument(
        "--checks",
        choices=("error", "warn", "ignore"),
        default="error",
        help="what becomes of values that break a rule of their VR",
    )
    parser.add_argument(
        "--backup", metavar="SUFFIX", help="with --in-place, keep the old file under this name"
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="write nothing; print which elements would change, no values"
    )


def _maker(verb: str) -> "Callable[[str], Edit]":
    def make(text: str) -> Edit:
        try:
            return Edit(verb, text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(escape(str(error))) from None
        except OSError as error:
            raise argparse.ArgumentTypeError(escape(f"{error.filename}: {error.strerror}")) from None

    return make


def run(options: argparse.Namespace) -> int:
    """Change every file; the others, too, when one of them fails."""
    if not options.edits:
        complain(
            "set", "arguments", "nothing to do: give --set PATH=VALUE, --add PATH=VALUE or --delete PATH"
        )
        return 2
    if options.backup is not None and (not options.in_place or not _is_suffix(options.backup)):
        complain("set", "--backup", "takes the ending of a file name, and goes with --in-place")
        return 2
    for edit in options.edits:
        try:
            edit.check(options.checks)
        except ValueError as error:
            complain("set", edit.name, error)
            return 2
    writer = Writer(force=options.force)
    return for_each_file("set", options, lambda pair: _change(pair, options, writer))


def _is_suffix(text: str) -> bool:
    return bool(text) and os.sep not in text and not (os.altsep and os.altsep in text)


@contextmanager
def _with_hint() -> "Iterator[None]":
    """Say how a character becomes possible that the character set of the file does not have."""
    try:
        yield
    except fastdcm.InvalidValueError as error:
        if "Specific Character Set" not in str(error):
            raise
        hint = "--set 'SpecificCharacterSet=ISO_IR 192' writes all text in UTF-8"
        raise ValueError(f"{error}; {hint}") from None


@_with_hint()
def _change(pair: Pair, options: argparse.Namespace, writer: Writer) -> None:
    read_options = fastdcm.ReadOptions(checks=options.checks)
    dataset = fastdcm.dcmread(pair.source, force=options.no_prefix, options=read_options)
    changes = Changes(options.checks)
    for edit in options.edits:
        edit.apply(dataset, changes)
    done = changes.done
    if done:
        refuse_directory(dataset)
    if options.dry_run:
        if done:
            _try_to_write(dataset)
        for verb, path in done:
            emit(escape(f"{pair.source}: {verb} {path}"))
        return
    for warning in dataset.warnings:
        complain("set", pair.source, f"warning: {warning}")
    if not done and pair.target == pair.source:
        return
    if options.backup is None:
        writer.write(dataset, pair)
        return
    backup = pair.source.with_name(pair.source.name + options.backup)
    _keep(pair.source, backup, force=options.force)
    try:
        writer.write(dataset, pair)
    except BaseException:
        backup.unlink()
        raise


class _TooFar(Exception):  # noqa: N818 - not an error
    """The first byte is about to be written: nothing is wrong."""


class _Nowhere:
    """A file that takes nothing."""

    def write(self, _data: bytes) -> int:
        raise _TooFar


def _try_to_write(dataset: fastdcm.Dataset) -> None:
    """Raise what writing would: it finds everything before the first byte."""
    with suppress(_TooFar):
        fastdcm.dcmwrite(_Nowhere(), dataset)  # type: ignore[arg-type] # all of a file that is used


def _keep(path: Path, backup: Path, *, force: bool) -> None:
    """Give a file that will be replaced a second name."""
    if os.path.lexists(backup):
        if not force:
            raise FileExistsError(None, "the backup exists; --force overwrites it", str(backup))
        backup.unlink()
    source = Path(os.path.realpath(path))
    try:
        # The old file itself: writing puts a new one in its place.
        os.link(source, backup)
    except OSError:
        shutil.copy2(source, backup)
