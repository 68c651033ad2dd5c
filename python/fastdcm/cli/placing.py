"""Files that appear whole or not at all."""

import errno
import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["check_free", "placed", "temporary_for"]

_counter = itertools.count()


def check_free(target: Path, *, force: bool) -> None:
    """Refuse a file that exists, unless it may be overwritten."""
    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, "is a folder", str(target))
    if not force and os.path.lexists(target):
        raise FileExistsError(errno.EEXIST, "the file exists; --force overwrites it", str(target))


@contextmanager
def placed(target: Path, *, force: bool = True) -> Iterator[Path]:
    """Give the path that is to be written, of the same ending: once that is done it becomes `target`."""
    check_free(target, force=force)
    if not target.parent.is_dir():
        # Otherwise the error would name a file that nobody asked for.
        raise FileNotFoundError(errno.ENOENT, "no such folder", str(target.parent))
    temporary = temporary_for(target)
    try:
        yield temporary
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def temporary_for(target: Path) -> Path:
    """Return a name beside a file, of the same ending, that nothing has."""
    # Of a length of its own, since that of a name is limited.
    ending = "".join(target.suffixes[-2:])[-16:]
    return target.with_name(f".{os.getpid()}-{next(_counter)}{ending}")
