"""How a table is shown: as text, and as HTML in notebooks."""

from __future__ import annotations

import shutil
from html import escape

from fastdcm import _core

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


_HEAD = 5
_WIDEST = 24
_WIDEST_PATH = 36
# Shown last, where there is room: what else there is comes with the table itself.
_OWN = (
    "status",
    "message",
    "offset",
    "transfer_syntax",
    "empty",
    "unreadable",
    "path_bytes",
    *_core.FRAME_COLUMNS,
)
_WORDS = {"ok": "ok", "warning": "with warnings", "error": "not readable", "not DICOM": "not DICOM"}


def as_text(core: _core.ArrowTable, width: int | None = None) -> str:
    """Show the first and last rows, and as many columns as fit."""
    width = width or shutil.get_terminal_size((100, 24)).columns
    names = _order(core)
    rows = _shown_rows(len(core))
    cells = [_row(core, names, row) for row in rows]
    columns: list[list[str]] = []
    left = width
    for number, name in enumerate(names):
        column = [name, *(row[number] for row in cells)]
        if name in _OWN and not any(column[1:]):
            continue
        longest = max(map(len, column))
        if columns and longest + 2 > left:
            break
        columns.append([cell.ljust(longest) for cell in column])
        left -= longest + 2
    lines = ["  ".join(line).rstrip() for line in zip(*columns, strict=True)]
    if len(rows) < len(core):
        lines.insert(1 + _HEAD, "...")
    shown = f", {len(columns)} of {len(names)} columns shown" if len(columns) < len(names) else ""
    return "\n".join([f"{_summary(core)}{shown}", *lines])


def as_html(core: _core.ArrowTable) -> str:
    """Show the first and last rows of all columns."""
    names = _order(core)
    rows = _shown_rows(len(core))
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    body = [
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in _row(core, names, row)) + "</tr>"
        for row in rows
    ]
    if len(rows) < len(core):
        body.insert(_HEAD, f'<tr><td colspan="{len(names)}">&hellip;</td></tr>')
    return (
        f"<div><p>{escape(_summary(core))}</p>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table></div>"
    )


def printable(text: str) -> str:
    """Write what would move the cursor or change colours as an escape sequence of Python's."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _summary(core: _core.ArrowTable) -> str:
    counts = [f"{count:,} {_WORDS.get(status, status)}" for status, count in core.status_counts()]
    files = f"Table of {len(core):,} file{'' if len(core) == 1 else 's'}"
    return f"{files}: {', '.join(counts)}" if counts else files


def _order(core: _core.ArrowTable) -> list[str]:
    """Put the columns that were asked for first; but what went wrong is seen at once."""
    all_well = all(status == "ok" for status, _ in core.status_counts())
    first = () if all_well else ("status",)
    rest = [name for name in core.names if name not in first]
    asked = [name for name in rest if name not in _OWN]
    path, asked = asked[:1], asked[1:]
    return [
        *path,
        *(name for name in first if name in core.names),
        *asked,
        *(name for name in rest if name in _OWN),
    ]


def _shown_rows(length: int) -> list[int]:
    if length <= 2 * _HEAD:
        return list(range(length))
    return [*range(_HEAD), *range(length - _HEAD, length)]


def _row(core: _core.ArrowTable, names: Sequence[str], row: int) -> list[str]:
    texts = dict(zip(core.names, core.texts(row), strict=True))
    return [_shortened(printable(texts[name]), is_path=name == "path") for name in names]


def _shortened(text: str, *, is_path: bool) -> str:
    """Leave out the middle of what is long, and of paths the front: they differ at their end, as UIDs do."""
    if is_path:
        return text if len(text) <= _WIDEST_PATH else f"…{text[1 - _WIDEST_PATH :]}"
    if len(text) <= _WIDEST:
        return text
    front = (_WIDEST - 1) // 3
    return f"{text[:front]}…{text[front + 1 - _WIDEST :]}"
