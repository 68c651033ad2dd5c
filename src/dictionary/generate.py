#!/usr/bin/env python3
"""Write ``generated/`` from ``tables/``: static look-up tables that need no work at start-up; and a stub.

``generate.py`` writes the files, ``generate.py --check`` fails when they are not what would be written.
Needs nothing but the standard library; the same input gives the same bytes everywhere.

The files hold little-endian records. A string stands once in ``text.txt``; records refer to it by a number,
offset << 8 | length. ``perfect_hash.rs`` reads the hashes, the file of each noun its records.
"""

from __future__ import annotations

import argparse
import re
import struct
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import attribute_types

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

HERE = Path(__file__).resolve().parent
TABLES = HERE / "tables"
GENERATED = HERE / "generated"
STUB = HERE.parents[1] / "python" / "fastdcm" / "_attributes.pyi"

Row = dict[str, str]

MASK_64 = (1 << 64) - 1
MULTIPLIER = 0x9E37_79B9_7F4A_7C15
EMPTY = 0xFFFF
UNLIMITED = 0xFFFF

# A pattern of the standard dictionary is filed under its tag with zeros for `x` and an odd group number,
# where no standard attribute can be. Also in `attribute.rs`.
PATTERN_BIT = 0x0001_0000

# The block number of private rows that hold for every block, and for every block and group of a range of
# groups: numbers that no reserved block has. Also in `private.rs`.
ANY_BLOCK = 0x01
ANY_GROUP = 0x02


def read_table(name: str) -> list[Row]:
    """Rows of one input table, by column name."""
    lines = (TABLES / name).read_text(encoding="utf-8").split("\n")
    if lines.pop() != "":
        raise ValueError(f"{name}: no newline at the end")
    columns = lines[0].split("\t")
    return [dict(zip(columns, line.split("\t"), strict=True)) for line in lines[1:]]


class Text:
    """All strings in one blob, each once, one a line."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.length = 0
        self.known: dict[str, int] = {"": 0}

    def reference(self, string: str) -> int:
        """Where `string` stands: offset << 8 | length."""
        if string not in self.known:
            encoded = string.encode()
            if len(encoded) > 0xFF or self.length >= 1 << 24 or "\n" in string:
                raise ValueError(f"string cannot be stored: {string!r}")
            self.known[string] = self.length << 8 | len(encoded)
            self.parts.append(encoded + b"\n")
            self.length += len(encoded) + 1
        return self.known[string]

    def content(self) -> bytes:
        """Return the blob."""
        return b"".join(self.parts)


class Codes:
    """Distinct VRs and VMs, which records name by a number of one byte."""

    def __init__(self, rows: Iterable[Row]) -> None:
        rows = list(rows)
        self.vrs = sorted({row["vr"] for row in rows})
        self.vms = sorted({row["vm"] for row in rows}, key=multiplicity)
        if max(len(self.vrs), len(self.vms)) > 0xFF:
            raise ValueError("too many VRs or VMs for a byte")

    def of(self, row: Row) -> tuple[int, int]:
        """Return the numbers of the row's VR and VM."""
        return self.vrs.index(row["vr"]), self.vms.index(row["vm"])


def multiplicity(vm: str) -> tuple[int, int, int]:
    """Read a VM as (least, most, step); most is UNLIMITED where there is no limit."""
    match = re.fullmatch(r"(\d+)(?:-(\d*)(n?))?", vm)
    if match is None:
        raise ValueError(f"VM {vm!r}")
    least = int(match[1])
    if match[2] is None:
        return least, least, 1
    if match[3]:
        return least, UNLIMITED, int(match[2] or 1)
    return least, int(match[2]), 1


def rust_vr(vr: str) -> str:
    """Write a VR column as `DictionaryVr`."""
    if vr == "":
        return "DictionaryVr::None"
    words = vr.split(" or ")
    if len(words) == 1:
        return f"DictionaryVr::One(Vr::{vr})"
    return "DictionaryVr::" + "Or".join(word.capitalize() for word in words)


def rust_vm(vm: str) -> str:
    """Write a VM column as `Vm`."""
    least, most, step = multiplicity(vm)
    limit = "None" if most == UNLIMITED else f"Some({most})"
    return f"Vm {{ min: {least}, max: {limit}, step: {step} }}"


def hash_tag(tag: int) -> int:
    """As `PerfectHash::of_tag`."""
    return tag * MULTIPLIER & MASK_64


def hash_text(text: bytes) -> int:
    """As `PerfectHash::of_text`."""
    words = [text[i : i + 8] for i in range(0, len(text) - 7, 8)]
    if len(text) % 8:
        words.append(text[-8:])
    value = len(text)
    for word in words:
        value = (value ^ int.from_bytes(word, "little")) * MULTIPLIER & MASK_64
        value ^= value >> 32
    return value * MULTIPLIER & MASK_64


def perfect_hash(hashes: Sequence[int]) -> tuple[bytes, list[int | None]]:
    """Find displacements, and for each slot the number of the key that has it.

    Keys fall into buckets by the high bits of their hash; a bucket's displacement moves its keys to free
    slots.
    """
    slot_bits = (len(hashes) * 4 // 3).bit_length()
    bucket_bits = max(slot_bits - 2, 1)
    slot_mask = (1 << slot_bits) - 1
    buckets: list[list[int]] = [[] for _ in range(1 << bucket_bits)]
    for key, value in enumerate(hashes):
        buckets[value >> (64 - bucket_bits)].append(key)
    slots: list[int | None] = [None] * (1 << slot_bits)
    displacements = bytearray(len(buckets))
    for number in sorted(range(len(buckets)), key=lambda n: (-len(buckets[n]), n)):
        for displacement in range(0x100):
            wanted = [
                ((hashes[key] >> 32) + displacement * (hashes[key] >> 8 | 1)) & slot_mask
                for key in buckets[number]
            ]
            if len(set(wanted)) == len(wanted) and all(slots[slot] is None for slot in wanted):
                break
        else:
            raise ValueError("no displacement found: choose another multiplier")
        displacements[number] = displacement
        for key, slot in zip(buckets[number], wanted, strict=True):
            slots[slot] = key
    return bytes(displacements), slots


def text_slots(strings: Sequence[tuple[str, int]]) -> tuple[bytes, bytes]:
    """Make a perfect hash of (string, record): displacements, and cells of record and 16 bits of the hash."""
    hashes = [hash_text(string.encode()) for string, _ in strings]
    displacements, slots = perfect_hash(hashes)
    cells = (
        struct.pack("<HH", EMPTY, 0)
        if key is None
        else struct.pack("<HH", strings[key][1], hashes[key] & 0xFFFF)
        for key in slots
    )
    return displacements, b"".join(cells)


def attribute_files(rows: list[Row], codes: Codes, text: Text) -> dict[str, bytes]:
    """Attributes by tag and by keyword.

    Record: first tag, keyword, name (u32 each), VR, VM, flags, 0. Flags: 1 retired, 2 the keyword is that of
    another record.
    """
    keys: list[int] = []
    records: list[bytes] = []
    keywords: list[tuple[str, int]] = []
    known: set[str] = set()
    for row in sorted(rows, key=lambda row: ("x" in row["tag"], row["tag"])):
        pattern = "x" in row["tag"]
        first = int(row["tag"].replace("x", "0"), 16)
        if first & PATTERN_BIT:
            raise ValueError(f"standard attribute of an odd group: {row['tag']}")
        keys.append(first | PATTERN_BIT if pattern else first)
        keyword = row["keyword"]
        repeated = keyword in known
        if keyword and not repeated:
            if pattern and first & 0xFFFF == 0:
                raise ValueError(f"{keyword}: its first tag is a group length")
            known.add(keyword)
            keywords.append((keyword, len(records)))
        flags = (row["retired"] == "Y") | repeated << 1
        record = (first, text.reference(keyword), text.reference(row["name"]), *codes.of(row), flags)
        records.append(struct.pack("<IIIBBBx", *record))
    displacements, slots = perfect_hash([hash_tag(key) for key in keys])
    cells = []
    for key in slots:
        # Not a possible key: the pattern bit of (FFFE,xxxx).
        cell = (0xFFFF_FFFF, EMPTY, 0) if key is None else (keys[key], key, records[key][12])
        cells.append(struct.pack("<IHBx", *cell))
    keyword_displacements, keyword_cells = text_slots(keywords)
    return {
        "attributes.bin": b"".join(records),
        "attribute_displacements.bin": displacements,
        "attribute_cells.bin": b"".join(cells),
        "keyword_displacements.bin": keyword_displacements,
        "keyword_cells.bin": keyword_cells,
    }


def pattern_families(rows: list[Row]) -> list[tuple[int, int, int]]:
    """List the kinds of patterns: (bits that select the family, their value, bits that the pattern fixes)."""
    families = set()
    for row in rows:
        tag = row["tag"]
        if "x" in tag:
            select = 0xFFFF_0000 if "x" not in tag[:4] else 0xFF00_0000
            fixed = int(re.sub("[0-9a-f]", "f", tag).replace("x", "0"), 16)
            families.add((select, int(tag.replace("x", "0"), 16) & select, fixed))
    if len({value for _, value, _ in families}) != len(families):
        raise ValueError("a group has patterns of two kinds")
    return sorted(families, key=lambda family: family[1])


def private_key(tag: str, without_block: set[str]) -> int:
    """Make the key of a private row: the tag itself, or with a block number that stands for all."""
    group, block, element = tag[:4], tag[4:6], tag[6:]
    if "x" in group:
        if block != "xx" or group[2:] != "xx":
            raise ValueError(f"pattern {tag}")
        return int(group[:2] + "00", 16) << 16 | ANY_GROUP << 8 | int(element, 16)
    fixed = block != "xx" and int(block, 16) >= 0x10 and group + "xx" + element in without_block
    return int(group, 16) << 16 | (int(block, 16) if fixed else ANY_BLOCK) << 8 | int(element, 16)


def private_files(rows: list[Row], codes: Codes, text: Text) -> dict[str, bytes]:
    """Private attributes, sorted by creator and key.

    Creator: name (u32), first record, number of records (u16 each). Record: key, name (u32 each), VR, VM.
    """
    by_creator: dict[str, list[Row]] = {}
    for row in rows:
        by_creator.setdefault(row["private_creator"], []).append(row)
    creators: list[bytes] = []
    records: list[bytes] = []
    for creator, own in sorted(by_creator.items()):
        without_block = {row["tag"] for row in own if "xx" in row["tag"]}
        keyed: dict[int, Row] = {}
        # Rows without a block first: they win over those that lose their block.
        for row in sorted(own, key=lambda row: ("xx" not in row["tag"], row["tag"])):
            keyed.setdefault(private_key(row["tag"], without_block), row)
        creators.append(struct.pack("<IHH", text.reference(creator), len(records), len(keyed)))
        for key, row in sorted(keyed.items()):
            records.append(struct.pack("<IIBB", key, text.reference(row["name"]), *codes.of(row)))
    displacements, cells = text_slots([(creator, n) for n, creator in enumerate(sorted(by_creator))])
    return {
        "private_attributes.bin": b"".join(records),
        "private_creators.bin": b"".join(creators),
        "private_creator_displacements.bin": displacements,
        "private_creator_cells.bin": cells,
    }


def uid_kind(kind: str) -> str:
    """Write a type column as `UidKind`."""
    words = re.sub(r"[^A-Za-z]", " ", kind).split()
    return "".join(word[0].upper() + word[1:].lower() for word in words)


def ordered_uids(rows: list[Row]) -> list[Row]:
    """Transfer syntaxes first, so that the number of an entry is that of its transfer syntax."""
    return sorted(rows, key=lambda row: (row["type"] != "Transfer Syntax", row["uid"]))


def uid_files(rows: list[Row], kinds: list[str], text: Text) -> dict[str, bytes]:
    """UIDs. Record: UID, name, keyword (u32 each), kind, 1 when retired."""
    records = [
        struct.pack(
            "<IIIBB",
            *(text.reference(row[column]) for column in ("uid", "name", "keyword")),
            kinds.index(row["type"]),
            row["retired"] == "Y",
        )
        for row in rows
    ]
    displacements, cells = text_slots([(row["uid"], n) for n, row in enumerate(rows)])
    keywords = [(row["keyword"], n) for n, row in enumerate(rows) if row["keyword"]]
    keyword_displacements, keyword_cells = text_slots(keywords)
    return {
        "uids.bin": b"".join(records),
        "uid_displacements.bin": displacements,
        "uid_cells.bin": cells,
        "uid_keyword_displacements.bin": keyword_displacements,
        "uid_keyword_cells.bin": keyword_cells,
    }


HEADER = "// Written by generate.py from tables/; do not edit.\n"


def codes_source(codes: Codes, families: list[tuple[int, int, int]], kinds: list[str]) -> str:
    """Rust source of the small tables."""
    out = [HEADER, "use crate::dictionary::{DictionaryVr, UidKind, Vm};\nuse crate::vr::Vr;\n\n"]

    def array(document: str, head: str, items: Iterable[str]) -> None:
        out.append(f"/// {document}\npub(in crate::dictionary) static {head} = &[\n")
        out.extend(f"    {item},\n" for item in items)
        out.append("];\n\n")

    array("VRs by number.", "VRS: &[DictionaryVr]", (rust_vr(vr) for vr in codes.vrs))
    array("VMs by number.", "VMS: &[Vm]", (rust_vm(vm) for vm in codes.vms))
    array("Kinds of UIDs by number.", "UID_KINDS: &[UidKind]", (f"UidKind::{uid_kind(k)}" for k in kinds))
    array(
        "Families of repeating tags: bits that select one, their value, bits its patterns fix.",
        "FAMILIES: &[(u32, u32, u32)]",
        (f"(0x{select:08X}, 0x{value:08X}, 0x{fixed:08X})" for select, value, fixed in families),
    )
    return "".join(out).rstrip("\n") + "\n"


def transfer_syntax_source(uids: list[Row], facts: list[Row]) -> str:
    """Rust source of the transfer syntaxes, in the order of their UID entries."""
    by_uid = {row["uid"]: row for row in facts}
    syntaxes = [row for row in uids if row["type"] == "Transfer Syntax"]
    if by_uid.keys() != {row["uid"] for row in syntaxes}:
        raise ValueError("uids.tsv and transfer_syntaxes.tsv do not name the same transfer syntaxes")
    out = [
        HEADER,
        "use crate::dataset::{ByteOrder, Encoding, VrForm};\n",
        "use crate::transfer_syntax::{CodecFamily, PixelDataForm, TransferSyntax};\n\n",
    ]
    table = []
    for number, row in enumerate(syntaxes):
        fact = by_uid[row["uid"]]
        deflated = "true" if fact["data_set"] == "deflated" else "false"
        value = (
            f"TransferSyntax {{ entry: {number}, encoding: Encoding {{ vr_form: VrForm::{fact['vr_form']}, "
            f"byte_order: ByteOrder::{fact['byte_order']} }}, "
            f"pixel_byte_order: ByteOrder::{fact['pixel_byte_order']}, deflated: {deflated}, "
            f"pixel_data: PixelDataForm::{fact['pixel_data']}, codec: CodecFamily::{fact['codec']} }}"
        )
        if fact["constant"]:
            out.append(f"/// {row['name']}, {row['uid']}.\n")
            out.append(f"pub const {fact['constant']}: TransferSyntax = {value};\n")
            value = fact["constant"]
        table.append(f"    {value},\n")
    out.append("\n/// Every transfer syntax, in the order of the UID entries.\n")
    out.extend(["pub(crate) static TABLE: &[TransferSyntax] = &[\n", *table, "];\n"])
    return "".join(out)


def generate() -> dict[Path, bytes]:
    """Every generated file."""
    attributes = read_table("attributes.tsv")
    private = read_table("private_attributes.tsv")
    uids = ordered_uids(read_table("uids.tsv"))
    kinds = sorted({row["type"] for row in uids})
    codes, text = Codes(attributes + private), Text()
    files = attribute_files(attributes, codes, text)
    files |= private_files(private, codes, text)
    files |= uid_files(uids, kinds, text)
    files["text.txt"] = text.content()
    files["mod.rs"] = (HEADER + "pub(super) mod codes;\npub(crate) mod transfer_syntaxes;\n").encode()
    files["codes.rs"] = codes_source(codes, pattern_families(attributes), kinds).encode()
    syntaxes = transfer_syntax_source(uids, read_table("transfer_syntaxes.tsv"))
    files["transfer_syntaxes.rs"] = syntaxes.encode()
    tables = {GENERATED / name: content for name, content in files.items()}
    return tables | {STUB: attribute_types.stub(attributes).encode()}


def write(files: dict[Path, bytes]) -> int:
    """Write all files, and remove what is no longer generated."""
    GENERATED.mkdir(exist_ok=True)
    for path, content in files.items():
        path.write_bytes(content)
    for path in GENERATED.iterdir():
        if path not in files:
            path.unlink()
    return 0


def check(files: dict[Path, bytes]) -> int:
    """Compare all files with what is there."""
    paths = [*GENERATED.iterdir(), *([STUB] if STUB.exists() else [])]
    present = {path: path.read_bytes() for path in paths}
    wrong = sorted(path for path in files | present if files.get(path) != present.get(path))
    for path in wrong:
        sys.stderr.write(f"{path} is not what generate.py writes\n")
    return 1 if wrong else 0


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="fail when the files differ; write nothing")
    run = check if parser.parse_args().check else write
    return run(generate())


if __name__ == "__main__":
    sys.exit(main())
