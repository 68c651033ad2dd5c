"""Write files in another transfer syntax or character set, or with other lengths.

Files go to OUT, or with --in-place replace themselves; each appears whole or not at all. What the new form
cannot keep is told on the error output.
"""

import argparse

import fastdcm
from fastdcm.cli.output import complain
from fastdcm.cli.targets import Pair, Writer, add_target_arguments, for_each_file, refuse_directory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

HELP = "write files in another transfer syntax or character set"

_SYNTAXES = {
    "implicit": "1.2.840.10008.1.2",
    "explicit": "1.2.840.10008.1.2.1",
    "big": "1.2.840.10008.1.2.2",
    "deflated": "1.2.840.10008.1.2.1.99",
}
# PS3.3 C.12.1.1.2: Tables C.12-2 and C.12-5 stand alone, C.12-3 and C.12-4 with code extensions.
_SINGLE_BYTE = ("13", "100", "101", "109", "110", "126", "127", "138", "144", "148", "166", "203")
_ALONE = {f"ISO_IR {number}" for number in _SINGLE_BYTE} | {"ISO_IR 192", "GB18030", "GBK"}
_EXTENDING = {f"ISO 2022 IR {number}" for number in (*_SINGLE_BYTE, "6", "58", "87", "149", "159")}
_NICKNAMES = {
    "utf-8": "ISO_IR 192",
    "utf8": "ISO_IR 192",
    "latin-1": "ISO_IR 100",
    "latin1": "ISO_IR 100",
    "iso-8859-1": "ISO_IR 100",
}
_CHARACTER_SET = 0x00080005
_PIXELS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this verb takes."""
    add_target_arguments(parser)
    parser.add_argument(
        "--syntax",
        type=_syntax,
        metavar="NAME",
        help=f"the transfer syntax: {', '.join(_SYNTAXES)}, or its UID or keyword",
    )
    parser.add_argument(
        "--charset",
        type=_terms,
        metavar="TERMS",
        help="the character set of text: utf-8, latin-1, or terms as 'ISO_IR 192', joined by backslashes",
    )
    parser.add_argument(
        "--lengths",
        choices=("as-read", "defined", "undefined"),
        default="as-read",
        help="how lengths of sequences and items are written",
    )
    parser.add_argument("--decompress", action="store_true", help="decode encapsulated pixel data")
    parser.add_argument(
        "--preamble", choices=("keep", "zero"), default="keep", help="what becomes of the 128 bytes in front"
    )


def run(options: argparse.Namespace) -> int:
    """Convert every file; the others, too, when one of them fails."""
    writer = Writer(force=options.force)
    return for_each_file("convert", options, lambda pair: _convert(pair, options, writer))


def _syntax(text: str) -> fastdcm.UID:
    """Return the transfer syntax of an argument."""
    from fastdcm import _core

    uid = fastdcm.UID(_SYNTAXES.get(text.lower()) or _core.uid_for_keyword(text) or text)
    if not uid.is_transfer_syntax:
        raise argparse.ArgumentTypeError(
            f"{text!r} is none of {', '.join(_SYNTAXES)}, and no UID or keyword of a transfer syntax such as "
            "ExplicitVRLittleEndian"
        )
    return uid


def _terms(text: str) -> list[str]:
    """Return the terms of Specific Character Set of an argument."""
    terms = [_NICKNAMES.get(term.strip().lower(), term.strip()) for term in text.split("\\")]
    known = _ALONE | _EXTENDING if len(terms) == 1 else _EXTENDING | {""}
    for number, term in enumerate(terms):
        if term not in known or (not term and number > 0):
            extending = " with code extensions" if len(terms) > 1 else ""
            raise argparse.ArgumentTypeError(
                f"{term!r} is no term of Specific Character Set{extending}; these are: "
                f"{', '.join(sorted(known - {''}))}"
            )
    return terms


def _convert(pair: Pair, options: argparse.Namespace, writer: Writer) -> None:
    dataset = fastdcm.dcmread(pair.source, force=options.no_prefix)
    for warning in dataset.warnings:
        complain("convert", pair.source, f"warning: {warning}")
    is_as_wanted = _has_syntax(dataset, options)
    is_kept = options.preamble == "keep" or not any(dataset.preamble or b"")
    is_same = is_as_wanted and is_kept and options.charset is None and options.lengths == "as-read"
    if is_same and pair.target == pair.source:
        return
    if not is_same:
        refuse_directory(dataset)
    has_meta = hasattr(dataset, "file_meta") and len(dataset.file_meta) > 0
    if not is_as_wanted:
        _set_syntax(dataset, options)
    if options.charset is not None:
        _recode(dataset, options.charset)
    writer.write(
        dataset,
        pair,
        lengths=options.lengths.replace("-", " "),
        preamble=options.preamble,
        decompress=options.decompress,
        enforce_file_format=options.syntax is not None and not has_meta,
    )


def _syntax_of(dataset: fastdcm.Dataset) -> fastdcm.UID | None:
    meta = getattr(dataset, "file_meta", None)
    found: fastdcm.UID | None = meta.get("TransferSyntaxUID") if meta is not None else None
    return found


def _has_syntax(dataset: fastdcm.Dataset, options: argparse.Namespace) -> bool:
    """True when the transfer syntax can stay."""
    current = _syntax_of(dataset)
    if options.syntax is None:
        return not (options.decompress and _is_encapsulated(current))
    return bool(current == options.syntax)


def _is_encapsulated(syntax: fastdcm.UID | None) -> bool:
    return syntax is not None and syntax.is_transfer_syntax and syntax.is_encapsulated


def _set_syntax(dataset: "Any", options: argparse.Namespace) -> None:
    """Give a data set another transfer syntax; ValueError where its pixel data forbid it."""
    current = _syntax_of(dataset)
    wanted = options.syntax or fastdcm.UID(_SYNTAXES["explicit"])
    if any(name in dataset for name in _PIXELS):
        if wanted.is_encapsulated:
            raise ValueError(
                f"pixel data are not encoded here: only a file that is in {wanted.name} can be written in it"
            )
        if current is not None and _is_encapsulated(current) and not options.decompress:
            raise ValueError(f"the pixel data are in {current.name}; --decompress decodes them")
    dataset.ensure_file_meta()
    dataset.file_meta.TransferSyntaxUID = wanted


def _recode(dataset: fastdcm.Dataset, terms: list[str]) -> None:
    """Name another character set everywhere; text follows when it is written (PS3.3 C.12.1.1.2)."""
    owners: list[Any] = [dataset]

    def note(owner: fastdcm.Dataset, element: fastdcm.DataElement) -> None:
        if element.tag == _CHARACTER_SET and owner is not dataset:
            owners.append(owner)

    dataset.walk(note)
    for owner in owners:
        owner.add_new(_CHARACTER_SET, "CS", terms)
