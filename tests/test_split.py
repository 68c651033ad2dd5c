"""`split`: no patient in two parts, and nobody moves."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import fastdcm
from dicom_writer import encode_file

if TYPE_CHECKING:
    from pathlib import Path

    from fastdcm import Split, Table

PARTS = {"train": 0.6, "validation": 0.2, "test": 0.2}


def write_patients(folder: Path, patients: list[str | None], modality: str = "CT", study: str = "1") -> None:
    """Three files of each."""
    folder.mkdir(exist_ok=True)
    for number, patient in enumerate(patients):
        for file in range(3):
            dataset: list[Any] = [(0x00080060, "CS", modality)]
            if patient is not None:
                dataset.append((0x00100020, "LO", patient))
            dataset.append((0x0020000D, "UI", f"1.2.{study}.{number}"))
            (folder / f"{study}-{number:03}-{file}.dcm").write_bytes(encode_file(dataset))


def patients_of(parts: Split) -> dict[str, set[str]]:
    return {name: set(part["PatientID"]) for name, part in parts.items()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_patients(tmp_path / "some", [f"P{number}" for number in range(200)])
    return tmp_path / "some"


@pytest.fixture
def index(folder: Path) -> Table:
    return fastdcm.scan(folder)


def test_no_patient_is_in_two_parts(index: Table) -> None:
    parts = fastdcm.split(index, PARTS)
    found = patients_of(parts)
    assert list(parts) == list(PARTS)
    assert sum(len(part) for part in parts.values()) == len(index)
    assert sum(map(len, found.values())) == 200 == len(set.union(*found.values()))
    assert parts.groups == {name: len(patients) for name, patients in found.items()}
    assert 95 < parts.groups["train"] < 145
    assert all(list(part["path"]) == sorted(part["path"]) for part in parts.values())
    assert repr(parts).startswith(
        f"<Split: train: {parts.groups['train']} groups, {len(parts['train'])} rows; "
    )


def test_nobody_moves_when_files_are_added(folder: Path, index: Table) -> None:
    before = patients_of(fastdcm.split(index, PARTS))
    write_patients(folder, [f"Q{number}" for number in range(100)], study="2")
    write_patients(folder, [f"P{number}" for number in range(50)], study="3")
    after = patients_of(fastdcm.split(fastdcm.scan(folder), PARTS))
    assert all(before[name] <= after[name] for name in PARTS)
    turned = index.take(np.arange(len(index))[::-1])
    assert patients_of(fastdcm.split(turned, PARTS)) == before
    assert patients_of(fastdcm.split(index, PARTS, seed=1)) != before


def test_the_part_is_that_of_a_keyed_hash(index: Table) -> None:
    """Written down here, so that it stays what it is."""
    parts = patients_of(fastdcm.split(index, PARTS, seed=7))
    for number in range(200):
        data = b"\0\0\0\2by" + len(f"P{number}").to_bytes(4, "big") + f"P{number}".encode()
        digest = hashlib.blake2b(data, digest_size=8, key=(7).to_bytes(16, "big")).digest()
        place = int.from_bytes(digest, "big") / 2**64
        name = "train" if place < 0.6 else "validation" if place < 0.8 else "test"
        assert f"P{number}" in parts[name]


def test_rows_without_an_id_stay_with_their_study(tmp_path: Path) -> None:
    write_patients(tmp_path / "none", [None] * 40)
    index = fastdcm.scan(tmp_path / "none")
    parts = fastdcm.split(index, PARTS)
    studies = [set(part["StudyInstanceUID"]) for part in parts.values()]
    assert sum(map(len, studies)) == 40 == sum(parts.groups.values())
    # Without a study too, each file is by itself.
    alone = fastdcm.split(index[["path", "PatientID"]], PARTS)
    assert sum(alone.groups.values()) == len(index) == 120


def test_several_columns_are_one_id(tmp_path: Path) -> None:
    write_patients(tmp_path / "all", [f"P{number}" for number in range(30)], modality="CT")
    write_patients(tmp_path / "all", [f"P{number}" for number in range(30)], modality="MR", study="2")
    index = fastdcm.scan(tmp_path / "all")
    assert sum(fastdcm.split(index, PARTS, by=("PatientID", "Modality")).groups.values()) == 60
    assert sum(fastdcm.split(index, PARTS).groups.values()) == 30


def test_strata_have_their_share_in_each_part(tmp_path: Path) -> None:
    write_patients(tmp_path / "all", [f"P{number}" for number in range(50)], modality="CT")
    write_patients(tmp_path / "all", [f"Q{number}" for number in range(10)], modality="MR", study="2")
    parts = fastdcm.split(fastdcm.scan(tmp_path / "all"), PARTS, stratify="Modality")
    for name, share in PARTS.items():
        modality = parts[name]["Modality"]
        assert (modality == "CT").sum() == round(3 * 50 * share)
        assert (modality == "MR").sum() == round(3 * 10 * share)


def test_arguments_are_checked(index: Table) -> None:
    bad: list[dict[str, float]] = [{}, {"train": 0.5}, {"train": 1.5, "test": -0.5}, {"train": float("nan")}]
    for fractions in bad:
        with pytest.raises(ValueError, match="fractions"):
            fastdcm.split(index, fractions)
    for arguments in ({"by": "Nothing"}, {"stratify": "Nothing"}):
        with pytest.raises(ValueError, match="Nothing"):
            fastdcm.split(index, PARTS, **arguments)  # type: ignore[arg-type]
    empty = fastdcm.split(index[:0], PARTS, stratify="Modality")
    assert empty.groups == dict.fromkeys(PARTS, 0)
    assert [len(part) for part in empty.values()] == [0, 0, 0]
    assert len(fastdcm.split(index, {"all": 1})["all"]) == len(index)
