"""What every verb prints through: nothing in a file can move the cursor, and a closed pipe ends quietly."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["complain", "emit", "escape", "escape_json", "quiet_pipe"]

# Control characters of ASCII and Latin-1, and those that change the direction of text.
_UNSAFE = [*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
_ESCAPES = {code: f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" for code in _UNSAFE}
_ESCAPES_OF_JSON = {code: f"\\u{code:04x}" for code in _UNSAFE if code != 0x0A}
_ESCAPES_BUT_NEWLINE = {code: text for code, text in _ESCAPES.items() if code != 0x0A}


def escape(text: str, *, lines: bool = False) -> str:
    r"""Return `text` with control characters as ``\x1b``; with `lines`, line ends stay.

    Bytes of a file name that are not of the system's encoding come out as ``\udcff``.
    """
    text = text.translate(_ESCAPES_BUT_NEWLINE if lines else _ESCAPES)
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def escape_json(text: str) -> str:
    r"""Return JSON text with control characters as ``\u009b``: the same JSON, and it stays so."""
    return text.translate(_ESCAPES_OF_JSON)


def emit(text: str) -> None:
    """Print lines of a result; characters that the terminal cannot show are escaped."""
    encoding = sys.stdout.encoding or "utf-8"
    text = escape(text, lines=True)
    print(text.encode(encoding, "backslashreplace").decode(encoding))


def complain(verb: str, subject: object, reason: object) -> None:
    """Say on the error output what is wrong with what."""
    print(escape(f"fastdcm {verb}: {subject}: {reason}"), file=sys.stderr)


@contextmanager
def quiet_pipe() -> Iterator[None]:
    """End without a word when the reader of our output has gone (``fastdcm dump x | head``)."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        # What is still buffered would fail again when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(0) from None
