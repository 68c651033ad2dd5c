"""Showing data sets: dumps as pydicom has them, and tables for notebooks."""

from __future__ import annotations

from fastdcm.editing import Editing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

__all__ = ["Showing"]


class Showing(Editing):
    """What shows a data set."""

    indent_chars = "   "

    def _lines(self, *, top_level_only: bool = False) -> Iterator[str]:
        # Sequences may nest as deep as the limit allows: an explicit stack instead of recursion.
        stack: list[tuple[Iterator[Any], int, bool]] = [(iter(self), 0, False)]
        while stack:
            members, depth, are_items = stack[-1]
            member = next(members, None)
            indent = self.indent_chars * depth
            if member is None:
                stack.pop()
                if depth and not are_items:
                    yield f"{indent}---------"
            elif are_items:
                if not len(member):
                    yield ""
                stack.append((iter(member), depth + 1, False))
            elif member.VR == "SQ":
                yield f"{indent}{member.tag}  {member.name}  {len(member.value)} item(s) ---- "
                if not top_level_only:
                    stack.append((iter(member.value), depth, True))
            else:
                yield f"{indent}{member!r}"

    def top(self) -> str:
        """Return the dump without the contents of sequences."""
        return "\n".join(self._lines(top_level_only=True))

    def __str__(self) -> str:
        return "\n".join(self._lines())

    __repr__ = __str__

    def _repr_html_(self) -> str:
        from fastdcm.html import dataset_table  # noqa: PLC0415 - notebooks only

        return dataset_table(self)

    def formatted_lines(
        self,
        element_format: str = "%(tag)s %(name)-35.35s %(VR)s: %(repval)s",
        sequence_element_format: str = "%(tag)s %(name)-35.35s %(VR)s: %(repval)s",
    ) -> Iterator[str]:
        """Yield a line for every element, nested ones too, in formats of your own."""
        names = (
            "tag",
            "name",
            "VR",
            "VM",
            "repval",
            "value",
            "keyword",
            "is_private",
            "private_creator",
            "file_tell",
        )
        for element in self.iterall():
            line_format = sequence_element_format if element.VR == "SQ" else element_format
            yield line_format % {name: getattr(element, name) for name in names}
