"""A sample of `make mutations`, and the proof that it would notice."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

if sys.platform != "linux":
    pytest.skip("processes are watched by what Linux tells of them", allow_module_level=True)

import fastdcm
import mutate
import mutated_files
import mutated_frames

HERE = Path(__file__).resolve().parent


@pytest.mark.parametrize(("subject", "count"), [("files", 168), ("frames", 220)])
def test_a_sample_does_no_harm(subject: str, count: int) -> None:
    command = [sys.executable, str(HERE / "mutate.py"), subject, "--count", str(count)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=25, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_same_number_is_the_same_file() -> None:
    assert mutated_files.damaged_file(1234) == mutated_files.damaged_file(1234)
    assert len({mutated_files.damaged_file(number) for number in range(400)}) > 380
    assert mutated_frames.damaged_frame(1234) == mutated_frames.damaged_frame(1234)
    assert len({mutated_frames.damaged_frame(number) for number in range(400)}) > 380


@pytest.mark.parametrize("family", mutated_frames.FAMILIES)
def test_frames_are_sound_before_they_are_damaged(family: str) -> None:
    ours = list(mutated_frames.FAMILIES[family].ours())
    assert len(ours) >= 2
    decoded = 0
    for frame in ours:
        dataset = fastdcm.dcmread(frame.file())
        with contextlib.suppress(fastdcm.CodecError):
            decoded += fastdcm.pixel_array(dataset, raw=True).shape[0] == frame.rows
    assert decoded >= len(ours) / 3  # codestreams before noise are not all of their length


def fault_of(work: object) -> str:
    return mutate.watch(work)[-1]  # type: ignore[arg-type]


def test_notices_a_crash() -> None:
    assert fault_of(lambda: os.kill(os.getpid(), signal.SIGKILL)) == "ended by SIGKILL"


def test_notices_an_exit() -> None:
    assert fault_of(lambda: os._exit(3)) == "ended with status 3"


def test_notices_a_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mutate, "SECONDS", 0.2)
    assert fault_of(lambda: all(iter(int, 1)) or any(iter(int, 1))) == "takes more than 0.2 s"


def test_notices_a_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mutate, "_WALL_SECONDS", 0.2)
    assert fault_of(lambda: time.sleep(20)) == "takes more than 2 s"


def test_notices_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mutate, "MEMORY", 200 << 20)
    assert fault_of(lambda: (len(bytearray(300 << 20)), [])).startswith("raises MemoryError")


@pytest.mark.parametrize("error", [ValueError, TypeError, AttributeError, RecursionError, BaseException])
def test_notices_an_error_of_the_wrong_kind(error: type[BaseException]) -> None:
    def work() -> tuple[int, list[str]]:
        raise error("odd")

    assert fault_of(work).startswith(f"raises {error.__name__}: odd (test_mutate.py:")


def test_notices_a_panic_that_was_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def panic(*_: object, **__: object) -> None:
        raise fastdcm.CodecError("JPEG, frame 0: the codec failed; this is a fault of it")

    monkeypatch.setattr(fastdcm, "pixel_array", panic)
    number = next(number for number in range(50) if mutated_frames.damaged_frame(number)[0] == "native")
    path = Path(tempfile.mkdtemp()) / "damaged.dcm"
    path.write_bytes(mutated_frames.damaged_frame(number)[1])
    assert fault_of(lambda: mutate.decode(str(path))).startswith("raises AssertionError: a panic")


def test_says_how_many_files_still_give_elements(capsys: pytest.CaptureFixture[str]) -> None:
    dead = mutate.Outcome("flip", 0, ["NotDicomError"], 0.1, 1 << 20, "")
    alive = dead._replace(elements=3, errors=[])
    assert mutate.report(mutate.SUBJECTS["files"], {0: alive, 1: dead, 2: dead}) == []
    assert "flip            3       33%     67%" in capsys.readouterr().out
    assert mutate.report(mutate.SUBJECTS["files"], {0: alive, 1: dead, 2: dead, 3: dead}) == [
        "only 1 of 4 files give elements"
    ]
