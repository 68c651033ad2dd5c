"""Compare the elements of two files, whatever transfer syntax and character set they are in.

A line that begins with - is of A, one with + of B. Group lengths and padding do not count. Ends with 0 where
they are the same, 1 where they differ, 2 where a file cannot be read.
"""

import argparse
from typing import NamedTuple

import fastdcm
from fastdcm.cli.comparison import first_difference, is_same
from fastdcm.cli.element_path import Attribute, find_tag, parse_path
from fastdcm.cli.output import complain, emit, escape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any, TypeAlias

    # An attribute to be ignored: the steps that lead to it, and of each the items that are meant.
    Pattern: TypeAlias = "list[tuple[Attribute, int | str | None]]"

HELP = "compare the elements of two files"

_BYTES = frozenset(["OB", "OD", "OF", "OL", "OV", "OW", "UN"])
_SHOWN_BYTES = 16
_SHOWN_TEXT = 200
_AROUND = 24


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this verb takes."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("a", metavar="A", help="a file")
    parser.add_argument("b", metavar="B", help="the file it is compared with")
    parser.add_argument(
        "-i",
        "--ignore",
        action="append",
        default=[],
        type=_pattern,
        metavar="PATH",
        help="leave out an element, named as in the columns of scan, or items of a sequence; may be given "
        "several times",
    )
    parser.add_argument("--no-meta", action="store_true", help="leave out the file meta information")
    parser.add_argument("--no-pixels", action="store_true", help="leave out pixel data")
    parser.add_argument("-q", "--quiet", action="store_true", help="print nothing, the exit status says it")
    parser.add_argument("--force", action="store_true", help="read files without the DICM prefix, too")


def _pattern(text: str) -> "Pattern":
    try:
        path = parse_path(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(escape(f"{text!r}: {error}")) from None
    steps: Pattern = [*path.sequences, (path.attribute, path.items)]
    if path.vr is not None or any(items in ("+", -1) for _, items in steps):
        raise argparse.ArgumentTypeError(
            f"{text!r}: items to be ignored are a number or [*], and there is no VR"
        )
    return steps


def run(options: argparse.Namespace) -> int:
    """Print what differs."""
    files = []
    for path in (options.a, options.b):
        try:
            files.append(_read(path, options))
        except (fastdcm.DicomError, OSError) as error:
            complain("diff", path, getattr(error, "strerror", None) or error)
    if len(files) != 2:
        return 2
    differs = False
    try:
        for line in _differences(files[0], files[1], options):
            differs = True
            if options.quiet:
                break
            emit(escape(line))
    except BrokenPipeError:
        raise
    except (fastdcm.DicomError, OSError) as error:
        complain("diff", getattr(error, "filename", None) or f"{options.a}, {options.b}", error)
        return 2
    return int(differs)


def _read(path: str, options: argparse.Namespace) -> fastdcm.Dataset:
    dataset = fastdcm.dcmread(
        path,
        force=options.force,
        stop_before_pixels=options.no_pixels,
        options=fastdcm.ReadOptions(read_on=True),
    )
    if not options.quiet:
        for warning in dataset.warnings:
            complain("diff", path, f"warning: {warning}")
    return dataset


class _Place(NamedTuple):
    """Where elements are compared: the path, and what is ignored below it."""

    path: str
    ignored: "list[Pattern]"


def _differences(a: fastdcm.Dataset, b: fastdcm.Dataset, options: argparse.Namespace) -> "Iterator[str]":
    root = _Place("", options.ignore)
    if not options.no_meta:
        none = fastdcm.Dataset()
        yield from _of_datasets(getattr(a, "file_meta", none), getattr(b, "file_meta", none), root)
    yield from _of_datasets(a, b, root)


def _of_datasets(a: fastdcm.Dataset, b: fastdcm.Dataset, place: _Place) -> "Iterator[str]":
    """Yield a line for each element that only one of them has, and two for those that are not the same."""
    first, second = ({element.tag: element for element in dataset} for dataset in (a, b))
    same_form = _form(a) == _form(b)
    for tag in sorted({*first, *second}):
        if tag.element == 0:  # a group length follows from the others
            continue
        ignored = [
            pattern
            for pattern in place.ignored
            if tag in (find_tag(a, pattern[0][0]), find_tag(b, pattern[0][0]))
        ]
        if any(len(pattern) == 1 and pattern[0][1] is None for pattern in ignored):
            continue
        x, y = first.get(tag), second.get(tag)
        here = _Place(f"{place.path}{tag}", ignored)
        if x is None or y is None:
            yield from _of_one(x, y, here)
        elif x.VR == y.VR == "SQ":
            # The same bytes in the same form are the same items.
            if not (same_form and first_difference(x.buffer, y.buffer) is None):
                yield from _of_items(x.value, y.value, here)
        elif not is_same(x, y, same_form=same_form):
            yield from _of_two(x, y, here)


def _form(dataset: fastdcm.Dataset) -> tuple[object, ...]:
    """Return what the meaning of bytes depends on."""
    return (*dataset.original_encoding, dataset.original_character_set)


def _of_items(a: "Any", b: "Any", place: _Place) -> "Iterator[str]":
    none = fastdcm.Dataset()
    for number in range(max(len(a), len(b))):
        ignored = [pattern for pattern in place.ignored if pattern[0][1] in ("*", number)]
        if any(len(pattern) == 1 for pattern in ignored):
            continue
        path = f"{place.path}[{number}]"
        if number >= min(len(a), len(b)):
            yield f"{'-' if number < len(a) else '+'} {path} item"
        x, y = (items[number] if number < len(items) else none for items in (a, b))
        yield from _of_datasets(x, y, _Place(f"{path}.", [pattern[1:] for pattern in ignored]))


def _of_one(x: fastdcm.DataElement | None, y: fastdcm.DataElement | None, place: _Place) -> "Iterator[str]":
    """Yield the lines of an element that only one of them has."""
    for sign, element in (("-", x), ("+", y)):
        if element is not None:
            yield _line(f"{sign} {place.path}", element, _shown(element))
    a, b = ([] if element is None or element.VR != "SQ" else element.value for element in (x, y))
    yield from _of_items(a, b, place)


def _of_two(x: fastdcm.DataElement, y: fastdcm.DataElement, place: _Place) -> "Iterator[str]":
    """Yield the lines of an element that is not the same in both."""
    if "SQ" in (x.VR, y.VR):
        yield from _of_one(x, None, place)
        yield from _of_one(None, y, place)
        return
    first, second = _shown(x), _shown(y)
    if x.VR == y.VR and (first == second or (_is_long(x) and _is_long(y))):
        details = _details(x, y)
        first, second = f"{first}{details[0]}", f"{second}{details[1]}"
    yield _line(f"- {place.path}", x, first)
    yield _line(f"+ {place.path}", y, second)


def _line(head: str, element: fastdcm.DataElement, value: str) -> str:
    name = element.keyword or element.name
    return f"{head} {element.VR}: {value}" + f"  # {name}" * bool(name)


def _is_long(element: fastdcm.DataElement) -> bool:
    return element.VR in _BYTES and len(element.buffer) > _SHOWN_BYTES


def _shown(element: fastdcm.DataElement) -> str:
    """Return a value as the dump has it; long bytes by their number, text that is not too long as it is."""
    if element.VR == "SQ":
        return f"{len(element.value)} item(s)"
    if element.VR in _BYTES:
        return f"{len(element.buffer)} bytes" if _is_long(element) else element.repval
    text = element.original_string if element.VR in ("LT", "UC", "UT") else None
    return repr(text.rstrip(" \0")) if text and len(text) <= _SHOWN_TEXT else element.repval


def _details(x: fastdcm.DataElement, y: fastdcm.DataElement) -> tuple[str, str]:
    """Return where two values begin to differ, and what is there, for those that look alike."""
    if x.VR in _BYTES:
        return "", f", differ from byte {first_difference(x.buffer, y.buffer)} on"
    text, other = ((element.original_string or "").rstrip(" \0") for element in (x, y))
    if text or other:
        at = _first_unlike(text, other)
        where = f", from character {at} on "
        return f"{where}{text[at : at + _AROUND]!r}", f"{where}{other[at : at + _AROUND]!r}"
    values, others = (element.to_numpy().tolist() for element in (x, y))
    at = _first_unlike(values, others)
    return tuple(f", [{at}] is {one[at] if at < len(one) else 'not there'}" for one in (values, others))  # type: ignore[return-value] # two


def _first_unlike(a: "Sequence[object]", b: "Sequence[object]") -> int:
    pairs = enumerate(zip(a, b, strict=False))
    return next((number for number, (x, y) in pairs if x != y), min(len(a), len(b)))
