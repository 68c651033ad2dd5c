"""What went wrong in work on many files, in one form for all of it."""

from __future__ import annotations

import csv
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, TextIO

__all__ = ["Faults"]


class Faults(list["dict[str, Any]"]):
    """A list of what was odd or wrong: a dictionary for each, of which polars and pandas make a table.

    ========== ============================================================================================
    path       the file
    frame      the zero-based number of the frame; None for what is about the whole file
    status     "warning": read, but something was odd; "error": not read; "not DICOM"
    message    what was found; no values of elements
    offset     the byte of the file at which it was found, or None
    ========== ============================================================================================
    """

    COLUMNS = ("path", "frame", "status", "message", "offset")

    def write_csv(self, target: str | os.PathLike[str] | TextIO) -> None:
        """Write CSV (RFC 4180) in UTF-8, with the names of the columns first; None is an empty field.

        Parameters
        ----------
        target : path or text file
            A file that is open already should have been opened with ``newline=""``.
        """
        if not isinstance(target, str | os.PathLike):
            _write(self, target)
            return
        # Bytes of a path that are not UTF-8 are written as they are.
        with open(target, "w", encoding="utf-8", errors="surrogateescape", newline="") as file:  # noqa: PTH123 - importing pathlib takes longer
            _write(self, file)


def _write(faults: Iterable[dict[str, Any]], file: TextIO) -> None:
    writer = csv.DictWriter(file, Faults.COLUMNS)
    writer.writeheader()
    writer.writerows(faults)
