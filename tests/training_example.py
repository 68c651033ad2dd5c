"""Trains a small network on a folder of DICOM files: scan, split by patient, train, evaluate.

    python tests/training_example.py [FOLDER]

It needs PyTorch. The folder has a file labels.csv of two columns, PatientID and label (0 or 1). Without a
folder one is made of images that are drawn, in which half of the patients have a lesion.
"""

from __future__ import annotations

import csv
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader

import fastdcm
from dicom_writer import RLE_LOSSLESS, encapsulated, pixel_data, rle_frame, write_file
from fastdcm.torch import DicomDataset, DicomIterable, collate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dicom_writer import Dataset

SIZE = 64
_ROOT = "1.2.826.0.1.3680043.10.1701.5"


def labels_of(index: fastdcm.Table, path: Path) -> NDArray[np.int64]:
    """For each row of the index the label of its patient."""
    with path.open(newline="") as lines:
        labels = {row["PatientID"]: int(row["label"]) for row in csv.DictReader(lines)}
    return np.array([labels[patient] for patient in index["PatientID"]])


def network() -> nn.Module:
    """Three convolutions, and the strongest answer anywhere in the image."""
    return nn.Sequential(
        nn.BatchNorm2d(1),
        nn.Conv2d(1, 8, 5, stride=2),
        nn.ReLU(),
        nn.Conv2d(8, 16, 3, stride=2),
        nn.ReLU(),
        nn.Conv2d(16, 32, 3),
        nn.ReLU(),
        nn.AdaptiveMaxPool2d(1),
        nn.Flatten(),
        nn.Linear(32, 2),
    )


def train(model: nn.Module, index: fastdcm.Table, labels: Path, *, epochs: int) -> None:
    """Some epochs of shuffled batches; whole batches are decoded ahead by a thread."""
    batches = DicomIterable(
        index, 16, target=labels_of(index, labels), dtype="float32", shuffle=True, drop_last=True
    )
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    model.train()
    for epoch in range(epochs):
        batches.set_epoch(epoch)
        losses = []
        for images, targets in batches:
            loss = nn.functional.cross_entropy(model(images), targets)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        print(f"epoch {epoch}: loss {np.mean(losses):.3f}")


def evaluate(model: nn.Module, index: fastdcm.Table, labels: Path, *, workers: int = 0) -> float:
    """Share of images whose label is found."""
    dataset = DicomDataset(index, target=labels_of(index, labels), dtype="float32")
    right = 0
    model.eval()
    with torch.no_grad():
        for images, targets in DataLoader(dataset, 32, num_workers=workers, collate_fn=collate):
            right += int((model(images).argmax(1) == targets).sum())
    return right / len(dataset)


def run(folder: Path, *, epochs: int = 4) -> float:
    """Train on most patients of a folder and give the accuracy on those that were held out."""
    torch.manual_seed(0)
    index = fastdcm.scan(folder, frames=True, errors="skip")  # labels.csv is no DICOM
    parts = fastdcm.split(index, {"train": 0.7, "validation": 0.1, "test": 0.2}, seed=1)
    print(parts)
    model = network()
    labels = folder / "labels.csv"
    train(model, parts["train"], labels, epochs=epochs)
    print(f"validation: {evaluate(model, parts['validation'], labels):.1%} of images")
    accuracy = evaluate(model, parts["test"], labels)
    print(f"test: {accuracy:.1%} of images of patients that were held out")
    return accuracy


def make_patients(folder: Path, *, patients: int = 60, images: int = 8) -> None:
    """Noisy images of 12 bits: a bar in all of them, and in half of the patients a round lesion too."""
    with (folder / "labels.csv").open("w", newline="") as lines:
        labels = csv.writer(lines)
        labels.writerow(["PatientID", "label"])
        for patient in range(patients):
            label = patient % 2
            labels.writerow([f"P{patient:03}", label])
            random = np.random.default_rng(patient)
            for number in range(images):
                pixels = _draw(random, has_lesion=label == 1)
                _write(folder / f"P{patient:03}" / f"{number}.dcm", pixels, patient, number)


def _draw(random: np.random.Generator, *, has_lesion: bool) -> NDArray[np.uint16]:
    y, x = np.mgrid[:SIZE, :SIZE]
    image = random.normal(1000, 60, (SIZE, SIZE))
    turn, place = random.uniform(0, np.pi), random.uniform(16, 48, 2)
    across = (x - place[0]) * np.cos(turn) + (y - place[1]) * np.sin(turn)
    image[np.abs(across) < 3] += 300
    if has_lesion:
        place = random.uniform(12, 52, 2)
        image[np.hypot(x - place[0], y - place[1]) < random.uniform(6, 9)] += 300
    return image.clip(0, 4095).astype("<u2")


def _write(path: Path, pixels: NDArray[np.uint16], patient: int, number: int) -> None:
    """Every other image in RLE."""
    dataset: Dataset = [
        (0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.4"),
        (0x00080018, "UI", f"{_ROOT}.{patient}.{number}"),
        (0x00080060, "CS", "MR"),
        (0x00100020, "LO", f"P{patient:03}"),
        (0x0020000D, "UI", f"{_ROOT}.{patient}"),
        (0x0020000E, "UI", f"{_ROOT}.{patient}.0"),
        (0x00280002, "US", 1),
        (0x00280004, "CS", "MONOCHROME2"),
        (0x00280010, "US", SIZE),
        (0x00280011, "US", SIZE),
        (0x00280100, "US", 16),
        (0x00280101, "US", 12),
        (0x00280102, "US", 11),
        (0x00280103, "US", 0),
    ]
    if number % 2:
        frame = rle_frame(pixels.tobytes(), rows=SIZE, bytes_per_sample=2)
        write_file(path, [*dataset, encapsulated([frame])], RLE_LOSSLESS)
    else:
        write_file(path, [*dataset, pixel_data(pixels.tobytes())])


def main() -> None:
    """Takes the folder that is named, or makes one."""
    if len(sys.argv) > 1:
        run(Path(sys.argv[1]))
        return
    with tempfile.TemporaryDirectory() as folder:
        make_patients(Path(folder))
        run(Path(folder))


if __name__ == "__main__":
    main()
