"""Text on its way out: the bytes of person names (PS3.5 §6.1.2, PS3.3 §C.12.1.1.2)."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

from fastdcm import _core

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["encode_name"]

# Codec and escape sequence by ISO registration number (PS3.3 Tables C.12-2 to C.12-4); those without an
# escape sequence write it themselves, or know none.
_CODECS = {
    "6": ("ascii", b""),
    "13": ("shift_jis", b"\x1b)I"),
    "58": ("gb2312", b"\x1b$)A"),
    "87": ("iso2022_jp", b""),
    "100": ("iso8859-1", b"\x1b-A"),
    "101": ("iso8859-2", b"\x1b-B"),
    "109": ("iso8859-3", b"\x1b-C"),
    "110": ("iso8859-4", b"\x1b-D"),
    "126": ("iso8859-7", b"\x1b-F"),
    "127": ("iso8859-6", b"\x1b-G"),
    "138": ("iso8859-8", b"\x1b-H"),
    "144": ("iso8859-5", b"\x1b-L"),
    "148": ("iso8859-9", b"\x1b-M"),
    "149": ("euc_kr", b"\x1b$)C"),
    "159": ("iso2022_jp_2", b""),
    "166": ("iso8859-11", b"\x1b-T"),
    "192": ("utf-8", b""),
    "203": ("iso8859-15", b"\x1b-b"),
}
_ESCAPES = dict(_CODECS.values())


def encode_name(text: str, terms: tuple[str, ...]) -> bytes:
    """Return the bytes of a person name; the first character set is in force again behind each delimiter.

    Parameters
    ----------
    text : str
        The name.
    terms : tuple of str
        Terms of Specific Character Set or names of codecs.

    Raises
    ------
    ValueError
        A part of the name is in none of the character sets, or a character set is unknown.
    """
    if text.isascii():
        return text.encode()
    parts = re.split("([=^])", text)
    return b"".join(part.encode() if part.isascii() else _encode_part(part, terms) for part in parts)


def _encode_part(part: str, terms: tuple[str, ...]) -> bytes:
    known = ["ISO_IR 100" if term == "iso8859" else term for term in terms]
    for codec, escape in _choices(terms):
        try:
            encoded = escape + part.encode(codec)
        except UnicodeEncodeError:
            continue
        # Codecs of Python have more characters than the sets that they are named after.
        if _core.decode_text(encoded, "PN", known) == part:
            return encoded
    raise ValueError("a character of the name is in none of its character sets")


def _choices(terms: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    """Yield a codec and an escape sequence for each term; mostly the first set needs none."""
    for place, term in enumerate(terms):
        match = re.fullmatch(r"ISO(?:_IR| 2022 IR) (\d+)", term)
        if match is None:
            codec = _codec(term or "ascii")
            escape = _ESCAPES.get(codec, b"")
        elif match[1] in _CODECS:
            codec, escape = _CODECS[match[1]]
        else:
            raise ValueError("unknown character set")
        if place == 0 and not escape.startswith(b"\x1b$"):
            escape = b""
        yield codec, escape


def _codec(name: str) -> str:
    try:
        return codecs.lookup(name).name
    except LookupError:
        raise ValueError("unknown character set") from None
