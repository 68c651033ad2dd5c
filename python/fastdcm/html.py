"""Data sets as HTML, for notebooks."""

from __future__ import annotations

from html import escape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastdcm._core import DataElement
    from fastdcm.editing import Editing

__all__ = ["dataset_table"]

_MAX_ROWS = 2000
_STYLE = "text-align:left;vertical-align:top;font-family:monospace;white-space:pre-wrap"


def dataset_table(dataset: Editing) -> str:
    """Return a table of the elements, those of items indented; long data sets are cut."""
    rows = []
    for number, (depth, cells) in enumerate(_rows(dataset)):
        if number == _MAX_ROWS:
            rows.append(f'<tr><td colspan="4" style="{_STYLE}">…</td></tr>')
            break
        style = f"{_STYLE};padding-left:{0.5 + 1.5 * depth}em"
        first, *rest = (escape(cell) for cell in cells)
        others = "".join(f'<td style="{_STYLE}">{cell}</td>' for cell in rest)
        rows.append(f'<tr><td style="{style}">{first}</td>{others}</tr>')
    head = "".join(f'<th style="{_STYLE}">{name}</th>' for name in ("Tag", "Name", "VR", "Value"))
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _rows(dataset: Editing) -> Iterator[tuple[int, tuple[str, str, str, str]]]:
    stack: list[tuple[Iterator[DataElement], int]] = [(iter(dataset), 0)]
    while stack:
        elements, depth = stack[-1]
        element = next(elements, None)
        if element is None:
            stack.pop()
        elif element.VR == "SQ":
            yield depth, (str(element.tag), element.name, "SQ", f"{len(element.value)} item(s)")
            stack.extend((iter(item), depth + 1) for item in reversed(element.value))
        else:
            yield depth, (str(element.tag), element.name, element.VR, element.repval)
