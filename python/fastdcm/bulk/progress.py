"""How far long work has come, told to a function or shown in a bar."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from functools import wraps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import ParamSpec, Protocol, TextIO, TypeAlias, TypeVar

    Callback: TypeAlias = Callable[[int, "int | None"], object]
    Progress: TypeAlias = Callback | bool
    Parameters = ParamSpec("Parameters")
    Item = TypeVar("Item")
    Result = TypeVar("Result")

    class _Display(Protocol):
        """What a bar is drawn with."""

        def update(self, done: int, total: int | None) -> None: ...

        def close(self) -> None: ...


__all__ = ["Progress", "ProgressBar", "progress_callback", "shown", "until_the_end", "with_progress"]

# In seconds: work that is over sooner needs no bar, and nobody sees more than 20 pictures a second.
_PATIENCE = 0.3
_BETWEEN = 0.05


@contextmanager
def shown(progress: Progress | None, unit: str) -> Iterator[Callback | None]:
    """Give the function that is to be told how far work has come, and put away the bar at the end.

    Parameters
    ----------
    progress : callable or bool, optional
        The function itself; or True for a bar on the error output, where that is a terminal or notebook.
    unit : str
        What is counted, as ``"files"``.
    """
    callback = progress_callback(progress, unit)
    try:
        yield callback
    finally:
        if isinstance(callback, ProgressBar):
            callback.close()


def with_progress(unit: str) -> Callable[[Callable[Parameters, Result]], Callable[Parameters, Result]]:
    """Make a function whose argument `progress` may be True of one that takes a callable or None."""

    def decorate(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
        @wraps(function)
        def with_bar(*arguments: Parameters.args, **options: Parameters.kwargs) -> Result:
            if options.get("progress") is None:
                return function(*arguments, **options)
            with shown(options["progress"], unit) as callback:  # type: ignore[arg-type] # it is checked there
                options["progress"] = callback
                return function(*arguments, **options)

        return with_bar

    return decorate


def until_the_end(items: Iterator[Item], callback: Callback | None) -> Iterator[Item]:
    """Yield what is there, and put away the bar at the end."""
    try:
        yield from items
    finally:
        if isinstance(callback, ProgressBar):
            callback.close()


def progress_callback(progress: Progress | None, unit: str) -> Callback | None:
    """The function that is to be told how far work has come.

    Of True that is a `ProgressBar`, or None where there is no terminal.
    """
    if progress is None or progress is False:
        return None
    if progress is True:
        return ProgressBar(unit) if _is_live(sys.stderr) else None
    if not callable(progress):
        raise TypeError("progress must be callable, or True for a bar")
    return progress


class ProgressBar:
    """A bar on the error output: that of rich or tqdm where one is installed, otherwise a line of text.

    It comes when work has taken 0.3 s, and leaves nothing behind.

    Parameters
    ----------
    unit : str
        What is counted, as ``"files"``.
    """

    def __init__(self, unit: str):
        self._unit = unit
        self._next = time.monotonic() + _PATIENCE
        self._display: _Display | None = None

    def __call__(self, done: int, total: int | None) -> None:
        """Show how many are done, of how many if that is known."""
        if time.monotonic() < self._next:
            return
        if self._display is None:
            self._display = _display(self._unit, sys.stderr)
        self._display.update(done, total)
        self._next = time.monotonic() + _BETWEEN

    def close(self) -> None:
        """Take the bar away."""
        if self._display is not None:
            self._display.close()
            self._display = None


def _is_live(stream: TextIO | None) -> bool:
    """True where a line can be written over: on a terminal, and in a notebook."""
    return stream is not None and (stream.isatty() or "ipykernel" in sys.modules)


def _display(unit: str, stream: TextIO) -> _Display:
    # In a notebook, rich needs widgets to write over what it wrote.
    displays = (_RichDisplay, _TqdmDisplay) if stream.isatty() else (_TqdmDisplay,)
    for display in displays:
        try:
            return display(unit, stream)
        except ImportError:
            continue
    return _LineDisplay(unit, stream)


class _RichDisplay:
    def __init__(self, unit: str, stream: TextIO):
        from rich.console import Console  # noqa: PLC0415 - few have it
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

        self._unit = unit
        columns = (BarColumn(), TextColumn("{task.description}"), TimeRemainingColumn(compact=True))
        # Drawn when it is told something: no thread of its own, which a fork would lose.
        self._bar = Progress(*columns, console=Console(file=stream), auto_refresh=False, transient=True)
        self._task = self._bar.add_task("", total=None)
        self._bar.start()

    def update(self, done: int, total: int | None) -> None:
        words = _words(done, total, self._unit)
        self._bar.update(self._task, completed=done, total=total, description=words, refresh=True)

    def close(self) -> None:
        self._bar.stop()


class _TqdmDisplay:
    def __init__(self, unit: str, stream: TextIO):
        from tqdm import tqdm  # noqa: PLC0415 - few have it

        # No thread that looks after bars, which a fork would lose.
        bar = type("Bar", (tqdm,), {"monitor_interval": 0})
        self._bar = bar(unit=f" {unit}", file=stream, leave=False, dynamic_ncols=True)

    def update(self, done: int, total: int | None) -> None:
        self._bar.total, self._bar.n = total, done
        self._bar.refresh()

    def close(self) -> None:
        self._bar.close()


class _LineDisplay:
    def __init__(self, unit: str, stream: TextIO):
        self._unit, self._stream = unit, stream
        self._width = 0

    def update(self, done: int, total: int | None) -> None:
        words = _words(done, total, self._unit)
        self._write(words.ljust(self._width))
        self._width = len(words)

    def close(self) -> None:
        self._write(" " * self._width + "\r")

    def _write(self, text: str) -> None:
        self._stream.write(f"\r{text}")
        self._stream.flush()


def _words(done: int, total: int | None, unit: str) -> str:
    return f"{done:,} {unit}" if total is None else f"{done:,} of {total:,} {unit}"
