"""Changing, copying and writing data sets: against dicomsdl, pydicom, and DCMTK's dcm2json as a process."""

from __future__ import annotations

import copy
import json
import os
import pickle
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import dicomsdl
import pydicom

import fastdcm
from harness import LONG_TURN, Row, against, medians

if TYPE_CHECKING:
    from collections.abc import Callable


def edit_fastdcm(source: str, target: str) -> None:
    """Read, change one element, write."""
    dataset = fastdcm.dcmread(source)
    dataset.PatientID = "changed"
    dataset.save_as(target, durability="none")


def edit_pydicom(source: str, target: str) -> None:
    """Read, change one element, write."""
    dataset = pydicom.dcmread(source)
    dataset.PatientID = "changed"
    dataset.save_as(target)


def edit_dicomsdl(source: str, target: str) -> None:
    """Read, change one element, write."""
    dataset = dicomsdl.open_file(source)
    dataset.getDataElement("PatientID").fromString("changed")
    dataset.saveToFile(target)


def copy_bare(source: str, target: str) -> None:
    """Read and write without looking."""
    Path(target).write_bytes(Path(source).read_bytes())


def editing(archive: Path, rounds: int, folder: Path) -> list[Row]:
    """Rows of read, change, write over the file of the call before: 512 x 512 of 16 bits, 240 elements."""
    source = str(sorted((archive / "ct-16-unsigned").iterdir())[0])
    works: dict[str, Callable[[str, str], None]] = {
        "fastdcm": edit_fastdcm,
        "dicomsdl": edit_dicomsdl,
        "pydicom": edit_pydicom,
    }
    targets = {name: str(folder / f"{name}.dcm") for name in works}
    times = medians(
        {name: lambda name=name: works[name](source, targets[name]) for name in works},
        rounds,
        LONG_TURN,
        before_turn=os.sync,
    )
    for name, target in targets.items():
        assert pydicom.dcmread(target).PatientID == "changed", name
    return against("read, change an element, write 530 kB", times, {"dicomsdl": 2, "pydicom": None})


def editing_new(archive: Path, rounds: int, folder: Path) -> list[Row]:
    """Rows of the same to a file that is not there yet: where the bare copy alone takes half of the time."""
    source = str(sorted((archive / "ct-16-unsigned").iterdir())[0])
    works = {"fastdcm": edit_fastdcm, "dicomsdl": edit_dicomsdl, "bare": copy_bare}
    target = str(folder / "new.dcm")

    def write(work: Callable[[str, str], None]) -> None:
        work(source, target)
        Path(target).unlink()

    times = medians(
        {name: lambda work=work: write(work) for name, work in works.items()},
        rounds,
        LONG_TURN,
        before_turn=os.sync,
    )
    return against("the same to a new file, taken away again", times, {"dicomsdl": None, "bare": None})


def json_text(archive: Path, rounds: int) -> list[Row]:
    """Rows of JSON of the header of 92,000 elements; its pixel data are left out."""
    path = str(archive / "enhanced-explicit-defined.dcm")
    ours = fastdcm.dcmread(path, stop_before_pixels=True)
    theirs = pydicom.dcmread(path, stop_before_pixels=True)
    assert json.loads(ours.to_json()).keys() == theirs.to_json_dict().keys()
    times = medians({"fastdcm": ours.to_json, "pydicom to_json": theirs.to_json}, -(-rounds // 5))
    return against("to_json, enhanced header", times, {"pydicom to_json": 30}, unit="ms")


def json_process(archive: Path, rounds: int, folder: Path) -> list[Row]:
    """Rows of JSON as a process: the same header in a file of its own."""
    tool = shutil.which("dcm2json")
    if tool is None:
        return []
    header = str(folder / "header.dcm")
    fastdcm.dcmread(str(archive / "enhanced-explicit-defined.dcm"), stop_before_pixels=True).save_as(header)
    command = [sys.executable, "-m", "fastdcm", "json", header]
    times = medians(
        {
            "fastdcm": lambda: subprocess.run(command, stdout=subprocess.DEVNULL, check=True),
            "dcm2json": lambda: subprocess.run([tool, header], stdout=subprocess.DEVNULL, check=True),
        },
        -(-rounds // 3),
    )
    return against("JSON as a process, enhanced header", times, {"dcm2json": 1}, unit="ms")


def copies(archive: Path, rounds: int) -> list[Row]:
    """Rows of copies and pickles of 240 elements without pixels, one of which was changed."""
    path = str(sorted((archive / "headers-explicit-defined").iterdir())[0])
    datasets = {
        "fastdcm": fastdcm.dcmread(path, stop_before_pixels=True),
        "pydicom": pydicom.dcmread(path, stop_before_pixels=True),
    }
    for dataset in datasets.values():
        dataset.PatientID = "changed"
        str(dataset)  # all values are decoded
    rows: list[Row] = []
    for work, action in {
        "deepcopy": copy.deepcopy,
        "pickle and back": lambda dataset: pickle.loads(pickle.dumps(dataset, 5)),
    }.items():
        times = medians(
            {
                name: lambda dataset=dataset, action=action: action(dataset)
                for name, dataset in datasets.items()
            },
            rounds,
        )
        rows += against(f"{work}, 240 elements", times, {"pydicom": 20})
    return rows


def run(archive: Path, rounds: int) -> list[Row]:
    """Rows of the table."""
    with tempfile.TemporaryDirectory(prefix="fastdcm-bench-", dir=archive) as name:
        folder = Path(name)
        rows = editing(archive, rounds, folder) + editing_new(archive, rounds, folder)
        rows += json_text(archive, rounds)
        return rows + json_process(archive, rounds, folder) + copies(archive, rounds)
