"""From an index to training, with nothing but numpy: part of the demo.

A linear classifier learns from small pictures which modality an image is of: no more than what shows the way
from a folder to batches. tests/training_example.py trains a network with PyTorch.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

import fastdcm

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

_SIZE = 24
_BATCH = 16
_EPOCHS = 12
# Of so many patients, whole ones are held out; of fewer, images.
_FEWEST_PATIENTS = 10
_FEWEST_IMAGES = 8


class Trained(NamedTuple):
    """What training gave."""

    modalities: list[str]
    images: int
    seconds: float
    accuracy: float
    held_out: str


def train(folder: Path) -> Trained | None:
    """Train on most of the grey images of a folder and try the others; None without two modalities."""
    index = fastdcm.scan(folder, ["PatientID", "SOPInstanceUID", "Modality"], frames=True)
    index = index.filter(index["samples_per_pixel"] == 1)
    names, counts = np.unique([name or "" for name in index["Modality"]], return_counts=True)
    modalities = [
        str(name) for name, count in zip(names, counts, strict=True) if name and count >= _FEWEST_IMAGES
    ]
    if len(modalities) < 2:
        return None
    index = index.filter(np.isin([name or "" for name in index["Modality"]], modalities))
    patients = {patient for patient in index["PatientID"] if patient}
    by = "PatientID" if len(patients) >= _FEWEST_PATIENTS else "SOPInstanceUID"
    parts = fastdcm.split(index, {"train": 0.7, "test": 0.3}, by=by, seed=1)
    start = time.perf_counter()
    weights, images = np.zeros((_SIZE * _SIZE + 1, len(modalities))), 0
    for epoch in range(_EPOCHS):
        for pixels, labels in _batches(parts["train"], modalities, epoch):
            weights -= 0.5 * _gradient(weights, pixels, labels)
            images += len(labels)
    seconds = time.perf_counter() - start
    answers = [
        (pixels @ weights).argmax(1) == labels for pixels, labels in _batches(parts["test"], modalities)
    ]
    accuracy = float(np.concatenate(answers).mean()) if answers else float("nan")
    return Trained(modalities, images, seconds, accuracy, "patients" if by == "PatientID" else "images")


def _batches(
    index: fastdcm.Table, modalities: list[str], epoch: int | None = None
) -> list[tuple[NDArray[np.float64], NDArray[np.int64]]]:
    """Pictures as rows of numbers, with a constant behind them, and the numbers of their modalities."""
    stream = fastdcm.stream(
        index,
        _BATCH,
        frames="middle",
        values="display",
        resize=(_SIZE, _SIZE),
        columns=["Modality"],
        shuffle=epoch is not None,
        epoch=epoch or 0,
        errors="skip",
    )
    batches = []
    for batch in stream:
        if isinstance(batch.array, np.ndarray) and len(batch.array):
            pixels = batch.array.reshape(len(batch.array), -1) / 255
            labels = np.array([modalities.index(name) for name in batch.columns["Modality"]])
            batches.append((np.column_stack([pixels, np.ones(len(pixels))]), labels))
    return batches


def _gradient(
    weights: NDArray[np.float64], pixels: NDArray[np.float64], labels: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Of the cross entropy of a softmax."""
    scores = pixels @ weights
    chances = np.exp(scores - scores.max(1, keepdims=True))
    chances /= chances.sum(1, keepdims=True)
    chances[np.arange(len(labels)), labels] -= 1
    gradient: NDArray[np.float64] = pixels.T @ chances / (len(labels) * 10)
    return gradient
