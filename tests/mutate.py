"""Damages files and encoded frames and watches what fastdcm does with each: `make mutations`.

    python tests/mutate.py {files,frames} [--count N] [--processes N] [--keep FOLDER] [--only NUMBER]

Small files (14,000), and frames of every codec (3,000 each), are cut, their bits are flipped, their length
fields lie, parts of them are exchanged; and the attributes of frames contradict them. Each is read in a
process of its own, in every way there is, and it must

- not end the process, and take neither more than 2 seconds of it nor more than 1 GiB of memory;
- raise nothing but `DicomError` and `OSError`, and none of them because a codec panicked;
- and some must still give elements or pixels: an error at the first oddity would be cheap.
"""

from __future__ import annotations

import argparse
import collections
import concurrent.futures
import contextlib
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np

import fastdcm
from mutated_files import damaged_file
from mutated_frames import FAMILIES, damaged_frame

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")

SECONDS = 2
MEMORY = 1 << 30
# For a process that waits instead of working.
_WALL_SECONDS = 60
# What the error says that is made of one (src/codec/mod.rs).
_PANIC = "this is a fault of it"
_COLUMNS = ["PatientName", "PixelSpacing", "StudyDate", "Rows", "ReferencedImageSequence[*].CodeValue"]


class Subject(NamedTuple):
    """What is damaged, and what is done with it."""

    number: int
    # The kind and the file of a number.
    damaged: Callable[[int], tuple[str, bytes]]
    # How much a file at a path gave, and which errors of its own it raised.
    look_at: Callable[[str], tuple[int, list[str]]]
    # What it gives, and how many must give some.
    gives: str
    survivors: float


class Outcome(NamedTuple):
    """What became of one file."""

    kind: str
    elements: int
    errors: list[str]
    seconds: float
    memory: int
    fault: str


# --- what is done with a file -----------------------------------------------------------------------------


class _Attempts:
    """Calls that may fail, but only in the ways that are promised."""

    def __init__(self) -> None:
        self.errors: list[str] = []

    def __call__(self, work: Callable[..., T], *arguments: object) -> T | None:
        try:
            return work(*arguments)
        except (fastdcm.DicomError, OSError) as error:
            if _PANIC in str(error):
                raise AssertionError(f"a panic: {error}") from error
            self.errors.append(type(error).__name__)
            return None


def look_at(path: str) -> tuple[int, list[str]]:
    """Reads a file in every way; returns how many elements it gave and which errors of its own it raised."""
    attempt = _Attempts()
    data = Path(path).read_bytes()
    readings = [
        attempt(lambda: fastdcm.dcmread(path)),
        attempt(lambda: fastdcm.dcmread(data, force=True)),
        attempt(lambda: fastdcm.dcmread(path, stop_before_pixels=True)),
        attempt(lambda: fastdcm.dcmread(path, specific_tags=["PatientName", "Rows"])),
        attempt(lambda: fastdcm.dcmread(path, defer_size=64)),
    ]
    count = max(_walk(dataset, attempt) for dataset in readings)
    for dataset in readings[:2]:
        attempt(getattr, dataset, "pixel_array", None)
    attempt(fastdcm.pixel_array, path)
    table = attempt(lambda: fastdcm.scan([path], columns=_COLUMNS))
    if table is not None:
        attempt(table.to_dict)
    return count, attempt.errors


def decode(path: str) -> tuple[int, list[str]]:
    """Decodes the frame of a file in every way; returns how many arrays it gave and its errors."""
    attempt = _Attempts()
    dataset = attempt(fastdcm.dcmread, path)
    if dataset is None:
        return 0, attempt.errors
    arrays = [
        attempt(lambda: fastdcm.pixel_array(dataset, raw=True)),
        attempt(lambda: fastdcm.pixel_array(dataset)),
        attempt(lambda: fastdcm.pixel_array(dataset, partial=True)),
        attempt(lambda: list(fastdcm.iter_pixels(dataset, raw=True))),
    ]
    return sum(array is not None for array in arrays), attempt.errors


SUBJECTS = {
    "files": Subject(14_000, damaged_file, look_at, "elements", 0.3),
    "frames": Subject(3_000 * len(FAMILIES), damaged_frame, decode, "pixels", 0.15),
}


def _walk(dataset: fastdcm.Dataset | None, attempt: _Attempts) -> int:
    """Looks at every element in every way; returns their number."""
    if dataset is None:
        return 0
    count = 0
    for element in dataset.iterall():
        count += 1
        attempt(_every_property, element)
    attempt(str, dataset)
    attempt(lambda: [str(warning) for warning in dataset.warnings])
    return count


def _every_property(element: fastdcm.DataElement) -> tuple[object, ...]:
    return element.tag, element.VR, element.VM, element.value, element.keyword, element.name, repr(element)


# --- watching ---------------------------------------------------------------------------------------------


def watch(work: Callable[[], tuple[int, list[str]]]) -> tuple[int, list[str], float, int, str]:
    """Does the work in a process of its own; returns what it gave, seconds, peak memory and its fault."""
    reader, writer = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(reader)
        _work_and_end(work, writer)
    os.close(writer)
    with os.fdopen(reader, "rb") as answers:
        answer = answers.read()
    _, status, usage = os.wait4(process, 0)
    seconds, memory = usage.ru_utime + usage.ru_stime, usage.ru_maxrss << 10
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        is_late = number in (signal.SIGPROF, signal.SIGALRM)
        fault = f"takes more than {SECONDS} s" if is_late else f"ended by {signal.Signals(number).name}"
        return 0, [], seconds, memory, fault
    if not answer:
        return 0, [], seconds, memory, f"ended with status {os.WEXITSTATUS(status)}"
    elements, errors, fault = json.loads(answer)
    if memory > MEMORY:
        fault = fault or f"takes {memory >> 20} MiB"
    return elements, errors, seconds, memory, fault


def _work_and_end(work: Callable[[], tuple[int, list[str]]], writer: int) -> None:
    """The child: limits, work, answer; it never returns."""
    # These signals end the process even where a loop never comes back to the interpreter.
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    signal.setitimer(signal.ITIMER_REAL, _WALL_SECONDS)
    try:
        # More than is allowed may not even be asked for.
        in_use = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (in_use + MEMORY, in_use + MEMORY))
        with contextlib.redirect_stderr(None):
            elements, errors = work()
        answer = (elements, errors, "")
    except BaseException as error:  # noqa: BLE001  (a panic is one)
        frame = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{Path(frame.filename).name}:{frame.lineno}"
        answer = (0, [], f"raises {type(error).__name__}: {str(error)[:200]} ({place})")
    with os.fdopen(writer, "wb") as answers:
        answers.write(json.dumps(answer).encode())
    os._exit(0)


def outcomes(subject: Subject, numbers: range, folder: Path) -> Iterator[tuple[int, Outcome]]:
    """What becomes of the files with these numbers."""
    # Loaded once, before the processes are made.
    warnings.simplefilter("error")
    np.zeros(1)
    fastdcm.scan(folder)
    path = folder / "damaged.dcm"
    for number in numbers:
        kind, data = subject.damaged(number)
        path.write_bytes(data)
        yield number, Outcome(kind, *watch(lambda: subject.look_at(str(path))))


def _shard(arguments: argparse.Namespace) -> None:
    """Prints one line of JSON a file: the part of the work that one of several processes does."""
    numbers = range(arguments.shard, arguments.count, arguments.processes)
    with tempfile.TemporaryDirectory() as folder:
        for number, outcome in outcomes(SUBJECTS[arguments.subject], numbers, Path(folder)):
            print(json.dumps([number, *outcome]), flush=True)


def _all(arguments: argparse.Namespace) -> Iterator[tuple[int, Outcome]]:
    """What becomes of all files, by several processes."""
    command = [
        sys.executable,
        __file__,
        arguments.subject,
        "--count",
        str(arguments.count),
        "--processes",
        str(arguments.processes),
    ]
    shards = [
        subprocess.Popen([*command, "--shard", str(shard)], stdout=subprocess.PIPE, text=True)
        for shard in range(arguments.processes)
    ]
    # All at the same time: one whose answers nobody takes would wait.
    with concurrent.futures.ThreadPoolExecutor(len(shards)) as pool:
        answers = list(pool.map(lambda shard: shard.communicate()[0], shards))
    if any(shard.returncode for shard in shards):
        sys.exit("a process that watches others ended")
    for line in "".join(answers).splitlines():
        number, *outcome = json.loads(line)
        yield number, Outcome(*outcome)


# --- telling ----------------------------------------------------------------------------------------------


def report(subject: Subject, results: dict[int, Outcome]) -> list[str]:
    """Prints a table; returns what must not be."""
    print(f"{'kind':10} {'files':>6} {subject.gives:>9} {'errors':>7} {'slowest':>9} {'peak':>9}")
    by_kind = collections.defaultdict(list)
    for outcome in results.values():
        by_kind[outcome.kind].append(outcome)
        by_kind["all"].append(outcome)
    for kind, those in sorted(by_kind.items(), key=lambda entry: entry[0] == "all"):
        alive = sum(outcome.elements > 0 for outcome in those) / len(those)
        failed = sum(bool(outcome.errors) for outcome in those) / len(those)
        slowest = max(outcome.seconds for outcome in those)
        peak = max(outcome.memory for outcome in those) >> 20
        print(f"{kind:10} {len(those):6} {alive:9.0%} {failed:7.0%} {slowest:7.2f} s {peak:5} MiB")
    errors = collections.Counter(name for outcome in results.values() for name in outcome.errors)
    print("errors:", ", ".join(f"{name} {count}" for name, count in errors.most_common()) or "none")
    faults = [
        f"file {number} ({outcome.kind}) {outcome.fault}"
        for number, outcome in results.items()
        if outcome.fault
    ]
    alive = sum(outcome.elements > 0 for outcome in results.values())
    if alive < subject.survivors * len(results):
        faults.append(f"only {alive} of {len(results)} files give {subject.gives}")
    return faults


def main() -> int:
    """Runs what the command line asks for."""
    parser = argparse.ArgumentParser(
        description="Reads damaged files and watches time, memory and kind of error."
    )
    parser.add_argument("subject", choices=SUBJECTS, help="what is damaged")
    parser.add_argument("--count", type=int, help="how many files")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="how many at a time")
    parser.add_argument("--keep", type=Path, help="folder that files with a fault are written to")
    parser.add_argument("--only", type=int, help="read the file of this number, in this process")
    parser.add_argument("--shard", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    subject = SUBJECTS[arguments.subject]
    arguments.count = arguments.count or subject.number
    if arguments.only is not None:
        path = (arguments.keep or Path(tempfile.mkdtemp())) / f"{arguments.only}.dcm"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(subject.damaged(arguments.only)[1])
        print(path, subject.look_at(str(path)))
        return 0
    if arguments.shard is not None:
        _shard(arguments)
        return 0
    start = time.monotonic()
    results = dict(_all(arguments))
    faults = report(subject, results)
    print(f"{len(results)} files in {time.monotonic() - start:.0f} s, {len(faults)} faults")
    for number, outcome in results.items():
        if outcome.fault and arguments.keep:
            arguments.keep.mkdir(parents=True, exist_ok=True)
            (arguments.keep / f"{number}.dcm").write_bytes(subject.damaged(number)[1])
    print(*faults[:50], sep="\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
