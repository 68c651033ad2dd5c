"""The index of an export: which frame went where."""

import csv
from pathlib import Path
from typing import NamedTuple, Self

from fastdcm.cli.placing import placed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType
    from typing import Any

__all__ = ["Entry", "Index", "read_index"]


class Entry(NamedTuple):
    """A row of the index: where a frame was written, and where it is from.

    Attributes
    ----------
    output : str
        The file or array, below the folder of the export.
    place : int or None
        The number of the frame in it; None where it holds that frame only.
    """

    output: str
    place: int | None
    path: str
    frame: int


class Index:
    """The file that says which frame went where; rows are there as soon as what they name is."""

    def __init__(self, folder: Path, known: "Iterable[Entry]"):
        path = folder / "index.csv"
        with placed(path) as temporary, _open(temporary, "w") as file:
            csv.writer(file).writerows([Entry._fields, *known])
        self._file = _open(path, "a")
        self._writer = csv.writer(self._file)

    def add(self, entries: "Iterable[Entry]") -> None:
        """Add rows."""
        self._writer.writerows(entries)
        self._file.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: "type[BaseException] | None", error: BaseException | None, trace: "TracebackType | None"
    ) -> None:
        self._file.close()


def _open(path: Path, mode: str) -> "Any":
    # Bytes of a path that are not UTF-8 are written as they are.
    return path.open(mode, encoding="utf-8", errors="surrogateescape", newline="")


def read_index(folder: Path) -> list[Entry]:
    """Return the rows of an index; the last one may have been cut."""
    path = folder / "index.csv"
    if not path.is_file():
        return []
    with _open(path, "r") as file:
        rows = [row for row in csv.reader(file) if len(row) == len(Entry._fields)]
    # A row of the names of columns has no numbers.
    return [
        Entry(output, int(place), source, int(frame))
        for output, place, source, frame in rows
        if place.isdecimal() and frame.isdecimal()
    ]
