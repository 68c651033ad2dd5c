"""Other values in the place of old ones in a file; the bytes are written in Rust."""

from __future__ import annotations

import os

from fastdcm import _core

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Literal, TypeAlias

    Path: TypeAlias = "str | bytes | os.PathLike[str] | os.PathLike[bytes]"
    # A mapping takes no wider type of key than its own, so that a union would refuse most of them.
    Changes: TypeAlias = Mapping[Any, Any]

__all__ = ["patch", "recover"]


def patch(
    path: Path,
    changes: Changes,
    *,
    checks: Literal["error", "warn", "ignore"] = "error",
    durability: Literal["full", "none"] = "full",
) -> None:
    """Put values in the place of old ones in a file, without writing the rest of it.

    All changes are made, or none. What is overwritten is kept in a journal beside the file,
    ``.<name>.fastdcm-journal``, until all is written: whenever the process ends, `recover` puts back the old
    values, and `patch` itself does so first. ``dcmread`` and ``scan`` do not look for a journal: they read a
    half patched file as it stands.

    Media Storage SOP Class and Instance UID follow SOP Class and Instance UID where they are in the file meta
    information and are not in `changes`. Implementation Class UID stays: the file is that of who wrote it.

    Parameters
    ----------
    path : path
        A file that may be read and written. A symbolic link stays one; hard links see the new values.
    changes : mapping of keyword, tag or path to value
        Elements that are in the file, as for the columns of `fastdcm.scan`: ``"PatientID"``, ``0x00100020``,
        ``"00100020"``, ``"(0043,GEMS_PARM_01,39)"``, and in items by their numbers, as in
        ``"ReferencedStudySequence[0].ReferencedSOPInstanceUID"``. Values as for assignment; they get the
        encoding and the character set of the file. Text that is shorter than the old value is padded, with
        NUL in UIDs, with spaces elsewhere; numbers and bytes must be as long as the old value.
    checks : {"error", "warn", "ignore"}
        What becomes of values that break a rule of their VR (PS3.5 §6.2).
    durability : {"full", "none"}
        "full": the values are on the disk when this returns, and a power failure leaves old or new ones.
        "none": that holds for the end of a process only.

    Raises
    ------
    InvalidValueError
        An element is not in the file, its new value does not fit, or it cannot be patched: sequences, pixel
        data, group lengths, Specific Character Set, Transfer Syntax UID, anything in a deflated data set. The
        message says which. ``save_as`` writes all of these.
    ValueError
        A key is no keyword, tag or path, or a value breaks a rule of its VR.
    FileChangedError
        The file was changed meanwhile, or the journal beside it is of another file.
    BlockingIOError
        Another process patches the file.
    OSError
        What the operating system refuses.
    """
    if durability not in {"full", "none"}:
        raise ValueError("durability must be 'full' or 'none'")
    _core.patch_path(os.fsdecode(path), dict(changes), checks, durability == "full")


def recover(path: Path) -> Literal["nothing", "rolled back", "completed"]:
    """Give a file that was left half patched its old values.

    It is for folders in which a process or a machine came to an end in the middle of `patch`; nothing happens
    to any other file. What a killed process left of writing the same file anew is removed, too.

    Parameters
    ----------
    path : path
        The file itself, not its journal.

    Returns
    -------
    str
        "nothing": there was no journal. "rolled back": the file has its old values. "completed": it has all
        its new values, and only the journal was left.

    Raises
    ------
    FileChangedError
        The journal beside the file is of another file, or the file was changed since. Both stay as they are;
        whoever knows that the file is right deletes the journal.
    InvalidValueError
        The journal is damaged.
    OSError
        What the operating system refuses.
    """
    return _core.recover_path(os.fsdecode(path))
