"""Processes that are killed, full disks, folders that may not be written: the old file or the new one."""

from __future__ import annotations

import os
import random
import signal
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import fastdcm
import killed_writer

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and permissions are those of POSIX")

KILLS = 60  # of each kind
LONGEST = 0.012  # seconds until a kill: several files are written by then, or one and a half

CONTENTS = {killed_writer.content(letter): letter for letter in killed_writer.LETTERS}


class Writers:
    """Starts processes that write, and ends them."""

    def __init__(self) -> None:
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
        self.server = subprocess.Popen(
            [sys.executable, killed_writer.__file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )

    def start(self, what: str, durability: str, path: Path) -> int:
        return int(self._ask(f"{what}\t{durability}\t{path}\n"))

    def codes(self) -> list[int]:
        """How the processes ended that were started since the last time."""
        return [int(code) for code in self._ask("\n").split()]

    def kill(self, process: int) -> None:
        os.kill(process, signal.SIGKILL)
        assert self.codes() == [-signal.SIGKILL]

    def _ask(self, line: str) -> str:
        assert self.server.stdin is not None
        assert self.server.stdout is not None
        self.server.stdin.write(line)
        self.server.stdin.flush()
        return self.server.stdout.readline()

    def close(self) -> None:
        assert self.server.stdin is not None
        self.server.stdin.close()
        self.server.wait()
        assert self.server.stdout is not None
        self.server.stdout.close()


@pytest.fixture(scope="module")
def writers() -> Iterator[Writers]:
    writers = Writers()
    yield writers
    writers.close()


def _names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


@pytest.mark.parametrize("durability", ["full", "none"])
@pytest.mark.parametrize("what", ["save", "save changed", "patch"])
def test_a_killed_process_leaves_the_old_file_or_the_new_one(
    tmp_path: Path, writers: Writers, what: str, durability: str
) -> None:
    path = tmp_path / "a.dcm"
    path.write_bytes(killed_writer.content("A"))
    chance = random.Random(f"{what} {durability}")
    letters = set()
    whole = {**CONTENTS}
    if what == "save changed":
        # What is saved after a change has another Implementation Class UID.
        for letter in killed_writer.LETTERS:
            killed_writer.write(what, "none", path, letter)
            whole[path.read_bytes()] = letter
    # A quick disk is seldom met in the middle: go on until it was.
    is_met = False
    for number in range(10 * KILLS):
        if number >= KILLS and is_met:
            break
        process = writers.start(what, durability, path)
        time.sleep(chance.uniform(0, LONGEST))
        writers.kill(process)
        is_left = len(_names(tmp_path)) > 1
        if what == "patch":
            found = fastdcm.recover(path)
            is_met = is_met or found == "rolled back"
        else:
            is_met = is_met or is_left
        assert path.read_bytes() in whole
        letters.add(whole[path.read_bytes()])
        if chance.random() < 0.5:
            # The next one that comes to its end leaves nothing.
            letter = chance.choice(killed_writer.LETTERS)
            killed_writer.write(what, "none", path, letter)
            assert whole[path.read_bytes()] == letter
            assert _names(tmp_path) == ["a.dcm"]
    assert is_met
    assert letters == set(killed_writer.LETTERS)


def test_saving_a_whole_file_forgets_a_patch_that_was_killed(tmp_path: Path, writers: Writers) -> None:
    path = tmp_path / "a.dcm"
    journal = tmp_path / ".a.dcm.fastdcm-journal"
    path.write_bytes(killed_writer.content("A"))
    for delay in range(1000):
        process = writers.start("patch", "full", path)
        time.sleep(0.003 + delay % 10 / 1000)
        writers.kill(process)
        if journal.exists():
            break
    # Reading does not look for it.
    assert fastdcm.dcmread(path).SOPInstanceUID == "1.2.3"
    killed_writer.write("save", "none", path, "B")
    assert not journal.exists()
    assert fastdcm.recover(path) == "nothing"
    assert _names(tmp_path) == ["a.dcm"]
    fastdcm.patch(path, {"PatientID": "X"})
    assert fastdcm.dcmread(path).PatientID == "X"


def test_one_of_two_processes_makes_a_file_that_may_not_be_replaced(tmp_path: Path, writers: Writers) -> None:
    for number in range(20):
        path = tmp_path / f"{number}.dcm"
        for _ in range(2):
            writers.start("race", "none", path)
        path.with_suffix(".go").touch()
        assert sorted(writers.codes()) == [0, 1]
        assert path.read_bytes() in CONTENTS
        path.with_suffix(".go").unlink()
    assert _names(tmp_path) == sorted(f"{number}.dcm" for number in range(20))


# A save and a patch in a process of its own, which say which error they ended in.
REFUSED = """
import os, signal, sys
import fastdcm, killed_writer
what, path, limit, user = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
killed_writer.write("save", "none", sys.argv[5], "A")
killed_writer.write("patch", "none", sys.argv[5], "B")
if limit:
    import resource
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
if user:
    os.setegid(user)
    os.seteuid(user)
try:
    killed_writer.write(what, "full", path, "B")
except OSError as error:
    print(type(error).__name__, error.errno)
"""


def _refused(what: str, path: Path, tmp_path: Path, *, limit: int = 0, user: int = 0) -> str:
    arguments = [what, str(path), str(limit), str(user), str(tmp_path / "elsewhere.dcm")]
    done = subprocess.run(
        [sys.executable, "-c", REFUSED, *arguments],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.mark.parametrize("what", ["save", "save changed", "save new", "patch"])
def test_a_full_disk_leaves_the_old_file(tmp_path: Path, what: str) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    path = folder / "a.dcm"
    old = killed_writer.content("A")
    if what != "save new":
        path.write_bytes(old)
    for limit in (1, 1000, killed_writer.LENGTH - 1):
        assert _refused(what, path, tmp_path, limit=limit) == "OSError 27"
        assert _names(folder) == ([] if what == "save new" else ["a.dcm"])
        assert what == "save new" or path.read_bytes() == old


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system with room for one file and a half."""
    disk = tmp_path / "disk"
    disk.mkdir()
    size = f"size={killed_writer.LENGTH * 3 // 2}"
    mount = ["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(disk)]
    is_linux = sys.platform.startswith("linux")
    if not is_linux or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("who runs the tests may not mount")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.parametrize("what", ["save", "save changed", "patch"])
def test_a_disk_without_room_leaves_the_old_file(tmp_path: Path, small_disk: Path, what: str) -> None:
    path = small_disk / "a.dcm"
    old = killed_writer.content("A")
    path.write_bytes(old)
    assert _refused(what, path, tmp_path) == "OSError 28"
    assert (_names(small_disk), path.read_bytes()) == (["a.dcm"], old)


@pytest.mark.parametrize("what", ["save", "save new", "patch"])
def test_a_folder_that_may_not_be_written_is_an_error(tmp_path: Path, what: str) -> None:
    user = 65534 if os.geteuid() == 0 else 0
    # Not inside of `tmp_path`, where another user may not go.
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "a.dcm"
        if what != "save new":
            path.write_bytes(killed_writer.content("A"))
            path.chmod(0o666)
        folder.chmod(0o555)
        before = _names(folder)
        assert _refused(what, path, tmp_path, user=user) == "PermissionError 13"
        assert _names(folder) == before
        assert what == "save new" or path.read_bytes() == killed_writer.content("A")
        folder.chmod(0o755)


@pytest.mark.parametrize("what", ["save", "patch"])
def test_a_file_that_may_not_be_written_is_not_replaced(tmp_path: Path, what: str) -> None:
    user = 65534 if os.geteuid() == 0 else 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        path = folder / "a.dcm"
        path.write_bytes(killed_writer.content("A"))
        path.chmod(0o444)
        assert _refused(what, path, tmp_path, user=user) == "PermissionError 13"
        assert (_names(folder), path.read_bytes()) == (["a.dcm"], killed_writer.content("A"))


@pytest.mark.parametrize("what", ["save", "save changed", "patch"])
def test_a_symbolic_link_stays_and_its_target_is_written(tmp_path: Path, what: str) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "links").mkdir()
    path = tmp_path / "real" / "a.dcm"
    path.write_bytes(killed_writer.content("A"))
    link = tmp_path / "links" / "b.dcm"
    link.symlink_to("../real/a.dcm")
    killed_writer.write(what, "full", link, "B")
    assert link.is_symlink()
    assert (fastdcm.dcmread(path).PatientID, fastdcm.recover(link)) == ("B" * 60, "nothing")
    assert (_names(tmp_path / "real"), _names(tmp_path / "links")) == (["a.dcm"], ["b.dcm"])


@pytest.mark.parametrize("what", ["save", "save changed", "patch"])
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664])
def test_permissions_are_kept(tmp_path: Path, what: str, mode: Any) -> None:
    path = tmp_path / "a.dcm"
    path.write_bytes(killed_writer.content("A"))
    path.chmod(mode)
    killed_writer.write(what, "full", path, "B")
    assert stat.S_IMODE(path.stat().st_mode) == mode
    assert fastdcm.dcmread(path).PatientID == "B" * 60
