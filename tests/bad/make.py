"""Writes the files beside it, each of which must fail, and MANIFEST.tsv, which says with which kind of fault.

    python tests/bad/make.py

Files that are only odd fail where strict reading is asked for; otherwise they give a warning of that kind.
"""

from __future__ import annotations

import struct
import sys
import zlib
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent))

import dicom_writer as dicom  # noqa: E402  (found by the line above)

CT = dicom.encode_dataset([(0x00080060, "CS", "CT")])
NAME = dicom.encode_dataset([(0x00100010, "PN", "Bad^Input")])
AFTER = dicom.encode_dataset([(0x00420010, "ST", "behind")])
CODE = dicom.encode_dataset([(0x00080100, "SH", "AB")])
IMPLICIT_CT = dicom.encode_dataset(
    [(0x00080060, "CS", "CT"), (0x00100010, "PN", "Bad")], dicom.IMPLICIT_LITTLE
)
ITEM, ITEM_END, SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
SEQUENCE, PIXELS = 0x00400275, 0x7FE00010


class Bad(NamedTuple):
    """A file: its bytes, how it is read (``plain``, ``force`` or ``strict``) and the kind of fault."""

    name: str
    read: str
    kind: str
    data: bytes


def head(tag: int, vr: str = "", length: int = 0, encoding: dicom.Encoding = dicom.EXPLICIT_LITTLE) -> bytes:
    """The header of an element, item or delimiter."""
    return dicom.element_header(tag, vr, length, encoding)


def file(dataset: bytes, encoding: dicom.Encoding = dicom.EXPLICIT_LITTLE) -> bytes:
    """A file with these bytes as its data set."""
    return dicom.encode_file([], encoding._replace(deflated=False)) + dataset


def meta(*elements: tuple[int, str, str], group_length: int | None = 0) -> bytes:
    """Preamble, prefix and file meta information; `group_length` is what it is off by, or None for none."""
    body = dicom.encode_dataset(elements)
    length = b"" if group_length is None else struct.pack("<HH2sHI", 2, 0, b"UL", 4, len(body) + group_length)
    return bytes(128) + b"DICM" + length + body


def sequence(content: bytes) -> bytes:
    """A sequence of defined length."""
    return head(SEQUENCE, "SQ", len(content)) + content


def item(content: bytes) -> bytes:
    """An item of defined length."""
    return head(ITEM, length=len(content)) + content


def nested(vr: str, encoding: dicom.Encoding, *, closed: bool) -> bytes:
    """More sequences in sequences than are allowed."""
    content = b""
    for _ in range(130):
        length = len(content) if closed else dicom.UNDEFINED
        inner = head(ITEM, length=length) + content
        length = len(inner) if closed else dicom.UNDEFINED
        content = head(SEQUENCE, vr, length, encoding) + inner
    return content


def refused() -> list[Bad]:
    """Files of which nothing can be read, or that ask for too much."""
    explicit, implicit = dicom.EXPLICIT_LITTLE, dicom.IMPLICIT_LITTLE
    un = head(SEQUENCE, "UN", dicom.UNDEFINED) + head(ITEM, length=dicom.UNDEFINED)
    deflated = file(b"\xff" * 20, dicom.DEFLATED)
    bomb = zlib.compressobj(9, wbits=-15)
    bomb_data = bomb.compress(CT + head(PIXELS, "OW", 32 << 20) + bytes(32 << 20)) + bomb.flush()
    return [
        Bad("empty", "force", "Empty", b""),
        Bad("one_byte", "force", "NotDicom", b"x"),
        Bad("text", "force", "NotDicom", b"This is no DICOM file, however long one looks at it.\n" * 4),
        Bad("zeros_131", "force", "NotDicom", bytes(131)),
        Bad("zeros_1000", "force", "NotDicom", bytes(1000)),
        Bad(
            "gif", "force", "NotDicom", b"GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00!\xf9\x04"
        ),
        Bad("bare_data_set", "plain", "NoPrefix", CT + NAME),
        Bad("prefix_only", "force", "NoDataSet", bytes(128) + b"DICM"),
        Bad("deep_open", "plain", "LimitExceeded(depth)", file(nested("SQ", explicit, closed=False))),
        Bad("deep_closed", "plain", "LimitExceeded(depth)", file(nested("SQ", explicit, closed=True))),
        Bad("deep_un", "plain", "LimitExceeded(depth)", file(un + nested("SQ", implicit, closed=False))),
        Bad("deep_un_closed", "plain", "LimitExceeded(depth)", file(nested("UN", explicit, closed=True))),
        Bad(
            "deep_implicit_open",
            "plain",
            "LimitExceeded(depth)",
            file(nested("SQ", implicit, closed=False), implicit),
        ),
        Bad(
            "deep_implicit_closed",
            "plain",
            "LimitExceeded(depth)",
            file(nested("SQ", implicit, closed=True), implicit),
        ),
        Bad(
            "no_byte_order",
            "plain",
            "InvalidValue",
            file(b"neither of them is a data set", dicom.EXPLICIT_BIG),
        ),
        Bad("deflate_damaged", "plain", "Deflate", deflated),
        Bad("deflate_bomb", "inflated", "LimitExceeded(inflated)", file(bomb_data, dicom.DEFLATED)),
    ]


def odd_files() -> list[Bad]:
    """Files with something odd around the data set."""
    syntax = (0x00020010, "UI", dicom.EXPLICIT_LITTLE.uid)
    media = (0x00020002, "UI", "1.2.840.10008.5.1.4.1.1.2")
    implicit_meta = dicom.encode_dataset([(0x00020000, "UL", 28), syntax], dicom.IMPLICIT_LITTLE)
    deflate = zlib.compressobj(wbits=-15)
    unfinished = deflate.compress(CT + NAME) + deflate.flush(zlib.Z_SYNC_FLUSH)
    # In front of a data set that is not deflated, such an element would be one of the meta information.
    group_2 = zlib.compressobj(wbits=-15)
    group_2_first = group_2.compress(dicom.encode_dataset([(0x00020100, "UI", "1.2")]) + CT) + group_2.flush()
    return [
        Bad("no_preamble", "strict", "NoPreamble", b"DICM" + meta(syntax)[132:] + CT),
        Bad("no_meta", "strict", "NoFileMeta", bytes(128) + b"DICM" + CT + NAME),
        Bad("no_group_length", "strict", "MetaGroupLengthMissing", meta(syntax, group_length=None) + CT),
        Bad("wrong_group_length", "strict", "MetaGroupLengthWrong", meta(syntax, group_length=7) + CT),
        Bad("implicit_meta", "strict", "MetaImplicit", bytes(128) + b"DICM" + implicit_meta + CT),
        Bad("no_transfer_syntax", "strict", "TransferSyntaxMissing", meta(media) + CT + NAME),
        Bad(
            "unknown_transfer_syntax",
            "strict",
            "TransferSyntaxUnknown",
            meta((0x00020010, "UI", "1.2.3")) + CT,
        ),
        Bad("zlib_header", "strict", "ZlibHeader", file(zlib.compress(CT + NAME), dicom.DEFLATED)),
        Bad("meta_in_data_set", "strict", "MetaGroupInDataSet", file(group_2_first, dicom.DEFLATED)),
        Bad("deflate_cut", "strict", "DeflateDamaged", file(unfinished, dicom.DEFLATED)),
        Bad("implicit_found", "strict", "ImplicitFound", file(IMPLICIT_CT)),
        Bad("explicit_found", "strict", "ExplicitFound", file(CT + NAME, dicom.IMPLICIT_LITTLE)),
        Bad("little_endian_found", "strict", "LittleEndianFound", file(CT + NAME, dicom.EXPLICIT_BIG)),
        Bad(
            "big_endian_found",
            "strict",
            "BigEndianFound",
            file(dicom.encode_dataset([(0x00080060, "CS", "CT")], dicom.EXPLICIT_BIG)),
        ),
        Bad("garbage_behind", "strict", "Garbage", file(CT + b"\xde\xad\xbe\xef and no element")),
        Bad("garbage_behind_zeros", "strict", "Garbage", file(CT + bytes(20) + b"something")),
    ]


def odd_nesting() -> list[Bad]:
    """Data sets whose sequences, items and fragments do not end where they should."""
    undefined = dicom.UNDEFINED
    open_sequence = head(SEQUENCE, "SQ", undefined)
    open_item = head(ITEM, length=undefined)
    pixels = head(PIXELS, "OB", undefined) + item(b"")
    cases = {
        "value_cut": ("Truncated", CT + head(0x00420011, "OB", 0xFFFFFFF0) + b"rest"),
        "header_cut": ("Truncated", CT + NAME[:5]),
        "pixels_cut": ("Truncated", CT + head(PIXELS, "OW", 1000) + bytes(600)),
        "fragment_cut": ("FragmentTruncated", CT + pixels + head(ITEM, length=1000) + bytes(600)),
        "pixels_open": ("SequenceDelimiterMissing", CT + pixels + item(b"\1\2")),
        "sequence_open": ("SequenceDelimiterMissing", CT + open_sequence + item(CODE)),
        "sequence_not_closed": ("SequenceDelimiterMissing", CT + open_sequence + item(CODE) + AFTER),
        "sequence_open_in_item": (
            "SequenceDelimiterMissing",
            CT + sequence(item(head(0x00081140, "SQ", undefined) + item(CODE))) + AFTER,
        ),
        "item_not_closed": (
            "ItemDelimiterMissing",
            CT + open_sequence + open_item + CODE + head(SEQUENCE_END),
        ),
        "item_open_in_sequence": ("ItemDelimiterMissing", CT + sequence(open_item + CODE) + AFTER),
        "item_too_long": ("ItemLengthClipped", CT + sequence(head(ITEM, length=99) + CODE) + AFTER),
        "value_too_long": ("LengthClipped", CT + sequence(item(head(0x00080100, "SH", 70) + b"AB")) + AFTER),
        "stray_sequence_end": ("StrayDelimiter", CT + head(SEQUENCE_END) + AFTER),
        "stray_item_end": ("StrayDelimiter", CT + head(ITEM_END) + AFTER),
        "no_item": ("UnexpectedElement", CT + sequence(CODE) + AFTER),
    }
    return [Bad(name, "strict", kind, file(data)) for name, (kind, data) in cases.items()]


def odd_elements() -> list[Bad]:
    """Data sets with elements that are not as they should be."""
    damaged = NAME[:4] + b"\xff\xff" + NAME[6:]
    creator = head(0x00410010, "LO", 0)
    private = dicom.encode_dataset([(0x00411001, "DS", "1.5")])
    cases = {
        "odd_length": ("OddLength", CT + head(0x00100010, "PN", 3) + b"A^B" + AFTER),
        "damaged_vr": ("InvalidVr", CT + damaged + AFTER),
        "unknown_vr": (
            "UnknownVr",
            CT + head(0x00100010, "ZZ")[:6] + bytes(2) + struct.pack("<I", 4) + b"A^B " + AFTER,
        ),
        "twice": ("DuplicateTag", CT + NAME + NAME + AFTER),
        "out_of_order": ("TagsOutOfOrder", CT + AFTER + NAME),
        "command_group": ("CommandGroup", dicom.encode_dataset([(0x00000110, "US", 1)]) + CT),
        "no_private_creator": ("PrivateCreatorMissing", CT + private),
        "empty_private_creator": ("PrivateCreatorInvalid", CT + creator + private),
    }
    return [Bad(name, "strict", kind, file(data)) for name, (kind, data) in cases.items()]


def main() -> None:
    """Writes files and MANIFEST.tsv."""
    rows = ["file\tread\tkind"]
    for bad in [*refused(), *odd_files(), *odd_nesting(), *odd_elements()]:
        (FOLDER / f"{bad.name}.dcm").write_bytes(bad.data)
        rows.append(f"{bad.name}.dcm\t{bad.read}\t{bad.kind}")
    (FOLDER / "MANIFEST.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
