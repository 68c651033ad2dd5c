"""How far long work has come: told to a function, or shown where somebody can see it."""

from __future__ import annotations

import inspect
import io
import pickle
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

import fastdcm
from fastdcm.bulk import progress as module
from fastdcm.bulk.progress import ProgressBar, progress_callback, shown
from world_phantom import plane, write

if TYPE_CHECKING:
    from pathlib import Path


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """What is shown at once, on a terminal, of an interpreter with neither rich nor tqdm."""
    terminal = Terminal()
    # pytest puts a stream of its own in the place of `sys.stderr` when the test begins.
    monkeypatch.setattr(module, "sys", SimpleNamespace(stderr=terminal, modules=sys.modules))
    monkeypatch.setattr(module, "_PATIENCE", 0)
    monkeypatch.setattr(module, "_BETWEEN", 0)
    for name in ("rich.console", "tqdm"):
        monkeypatch.setitem(sys.modules, name, None)  # type: ignore[arg-type] # as if it were not there
    return terminal


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path / "series", [plane((0, 0, 2.0 * number), number) for number in range(6)])


def test_a_line_that_is_written_over_and_taken_away(terminal: Terminal) -> None:
    with shown(True, "files") as tell:
        assert tell is not None
        tell(1500, None)
        tell(1600, 2000)
        tell(9, 10)
    assert terminal.getvalue() == (
        "\r1,500 files\r1,600 of 2,000 files\r9 of 10 files       \r             \r"
    )


def test_work_that_is_soon_over_shows_nothing(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PATIENCE", 60)
    with shown(True, "files") as tell:
        assert tell is not None
        tell(1, 2)
    assert terminal.getvalue() == ""


def test_a_bar_is_not_drawn_more_often_than_it_is_seen(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_BETWEEN", 60)
    with shown(True, "files") as tell:
        assert tell is not None
        for done in range(1000):
            tell(done, 1000)
    assert terminal.getvalue().count("of 1,000") == 1


def test_nothing_is_shown_where_there_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for stream in (io.StringIO(), None):
        monkeypatch.setattr(module, "sys", SimpleNamespace(stderr=stream, modules={}))
        assert progress_callback(True, "files") is None
    assert progress_callback(False, "files") is progress_callback(None, "files") is None


@pytest.mark.parametrize(("library", "modules"), [("rich", ["rich.console"]), ("tqdm", ["tqdm"])])
def test_bars_of_other_libraries(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, library: str, modules: list[str]
) -> None:
    for name in modules:
        monkeypatch.delitem(sys.modules, name)
    pytest.importorskip(library, reason="its bar is used where it is installed")
    monkeypatch.setenv("TERM", "xterm")
    with shown(True, "frames") as tell:
        assert tell is not None
        tell(7, None)
        tell(30, 40)
        assert "30" in terminal.getvalue() and "40" in terminal.getvalue()
        assert "frames" in terminal.getvalue()


def test_a_bar_is_taken_away_when_work_is_interrupted(terminal: Terminal) -> None:
    def work() -> None:
        with shown(True, "files") as tell:
            assert tell is not None
            tell(1, 2)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work()
    assert terminal.getvalue().endswith("\r" + " " * len("1 of 2 files") + "\r")


def test_everything_that_takes_long_shows_it(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    def seen() -> str:
        text = terminal.getvalue()
        terminal.seek(0)
        terminal.truncate()
        return text

    # What is soon done is not shown at all.
    told: list[tuple[str, int, int | None]] = []
    monkeypatch.setattr(
        ProgressBar, "__call__", lambda bar, done, total: told.append((bar._unit, done, total))
    )
    fastdcm.scan(folder, progress=True)
    assert told.pop() == ("files", 6, 6)
    assert sum(map(len, fastdcm.scan_batches(folder, progress=True))) == 6
    assert told.pop() == ("files", 6, 6)
    fastdcm.find_series(folder, progress=True)
    assert told.pop() == ("files", 6, 6)
    fastdcm.decode(sorted(map(str, folder.iterdir())), progress=True)
    assert told.pop() == ("frames", 6, 6)
    volume = fastdcm.load_series(folder, progress=True)
    assert told.pop() == ("files", 6, 6)
    assert volume.array.shape == (6, 5, 4)
    assert told.pop() == ("frames", 6, 6)
    assert seen() == ""


def test_a_function_is_told_by_everything_too(folder: Path) -> None:
    told: list[tuple[int, int | None]] = []
    volume = fastdcm.load_series(folder, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (6, 6)
    told.clear()
    assert volume.array.shape == (6, 5, 4)
    assert told[-1] == (6, 6)


def test_what_is_no_function_is_refused(folder: Path) -> None:
    for call in (fastdcm.scan, fastdcm.scan_batches, fastdcm.find_series, fastdcm.load_series):
        with pytest.raises(TypeError, match="progress must be callable"):
            call(folder, progress=3)  # type: ignore[operator]
    with pytest.raises(TypeError, match="progress must be callable"):
        fastdcm.decode([], progress=3)  # type: ignore[arg-type]


def test_functions_keep_their_names_and_arguments() -> None:
    assert "errors" in inspect.signature(fastdcm.decode).parameters
    assert pickle.loads(pickle.dumps(fastdcm.scan)) is fastdcm.scan
