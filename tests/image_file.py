"""Images for tests, of bytes as they stand in the file and attributes as they are given."""

from __future__ import annotations

from typing import Any

from dicom_writer import EXPLICIT_LITTLE, Encoding, Fragments, encode_file

GE_PRIVATE = Encoding("1.2.840.113619.5.2", explicit=False)

_WIDTHS = {"OW": 2, "OF": 4, "OD": 8}
_PIXEL_DATA = {"OF": 0x7FE00008, "OD": 0x7FE00009}


def image_file(
    data: bytes | list[bytes],
    *others: tuple[int, str, Any],
    shape: tuple[int, int, int],
    encoding: Encoding = EXPLICIT_LITTLE,
    vr: str = "OW",
    **facts: Any,
) -> bytes:
    """A file with these pixel data; a list is one encoded frame each.

    `shape` is frames, rows and columns. `facts` are bits (allocated), stored, high, signed, samples, planar
    and interpretation. With `vr` OF or OD it is (Double) Float Pixel Data.
    """
    bits = facts.get("bits", 8)
    stored = facts.get("stored", bits)
    samples = facts.get("samples", 1)
    elements = {
        0x00280002: ("US", samples),
        0x00280004: ("CS", facts.get("interpretation", "RGB" if samples == 3 else "MONOCHROME2")),
        0x00280008: ("IS", shape[0]),
        0x00280010: ("US", shape[1]),
        0x00280011: ("US", shape[2]),
        0x00280100: ("US", bits),
    }
    if vr not in _PIXEL_DATA:
        elements[0x00280101] = ("US", stored)
        elements[0x00280102] = ("US", facts.get("high", stored - 1))
        elements[0x00280103] = ("US", int(facts.get("signed", False)))
    if samples > 1:
        elements[0x00280006] = ("US", facts.get("planar", 0))
    value: Any = Fragments.of_frames(data) if isinstance(data, list) else data
    if encoding.big_endian and vr in _WIDTHS and isinstance(data, bytes):
        value = swapped(data, _WIDTHS[vr])  # which the writer swaps back
    elements[_PIXEL_DATA.get(vr, 0x7FE00010)] = ("OB" if isinstance(data, list) else vr, value)
    elements |= {tag: (other_vr, other) for tag, other_vr, other in others}
    return encode_file([(tag, *elements[tag]) for tag in sorted(elements)], encoding)


def swapped(data: bytes, width: int = 2) -> bytes:
    """The bytes of each word the other way round."""
    return b"".join(data[start : start + width][::-1] for start in range(0, len(data), width))
