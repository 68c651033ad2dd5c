"""Series whose values are the place they lie at: what an affine says can be looked up in the voxels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

import dicom_writer as dicom

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    Vector = Sequence[float]

AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
_WEIGHTS = np.array([7.0, 31.0, 113.0])


def value_at(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """The value of points, shape (..., 3), in mm."""
    values: NDArray[np.float64] = np.round(points @ _WEIGHTS)
    return values


def expected(shape: tuple[int, ...], affine: NDArray[np.float64]) -> NDArray[np.float64]:
    """What an array of (slices, rows, columns) must hold if the affine is right."""
    index = np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), axis=-1)
    return value_at(index @ affine[:3, :3].T + affine[:3, 3])


def image(
    position: Vector, orientation: Vector, spacing: Vector = (1.5, 0.5), size: tuple[int, int] = (5, 4)
) -> NDArray[np.int16]:
    """One plane: `spacing` is between rows, then between columns; `size` is rows, columns."""
    along_row, along_column = np.array(orientation[:3]), np.array(orientation[3:])
    row, column = np.meshgrid(*map(np.arange, size), indexing="ij")
    points = (
        np.array(position)
        + row[..., None] * spacing[0] * along_column
        + column[..., None] * spacing[1] * along_row
    )
    return value_at(points).astype("<i2")


def plane(
    position: Vector,
    number: int = 1,
    *,
    orientation: Vector = AXIAL,
    spacing: Vector = (1.5, 0.5),
    size: tuple[int, int] = (5, 4),
    **more: tuple[int, str, dicom.Value] | None,
) -> bytes:
    """A file of one plane. `more` adds elements, replaces those of its name, or removes them with None."""
    pixels = image(position, orientation, spacing, size)
    elements: dict[str, tuple[int, str, dicom.Value] | None] = {
        "image_type": (0x00080008, "CS", ["ORIGINAL", "PRIMARY", "AXIAL"]),
        "sop_class": (0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.2"),
        "instance": (0x00080018, "UI", f"1.2.3.4.{number}"),
        "modality": (0x00080060, "CS", "CT"),
        "name": (0x00100010, "PN", "Secret^Name"),
        "patient": (0x00100020, "LO", "SECRET"),
        "thickness": (0x00180050, "DS", 99.0),
        "between": (0x00180088, "DS", 77.0),
        "imager": (0x00181164, "DS", [9.0, 9.0]),
        "series": (0x0020000E, "UI", "1.2.3"),
        "number": (0x00200013, "IS", number),
        "image_position": (0x00200032, "DS", list(position)),
        "image_orientation": (0x00200037, "DS", list(orientation)),
        "frame_of_reference": (0x00200052, "UI", "1.2.9"),
        "samples": (0x00280002, "US", 1),
        "photometric": (0x00280004, "CS", "MONOCHROME2"),
        "rows": (0x00280010, "US", size[0]),
        "columns": (0x00280011, "US", size[1]),
        "pixel_spacing": (0x00280030, "DS", list(spacing)),
        "allocated": (0x00280100, "US", 16),
        "stored": (0x00280101, "US", 16),
        "high": (0x00280102, "US", 15),
        "signed": (0x00280103, "US", 1),
        "pixels": dicom.pixel_data(pixels.tobytes()),
    }
    elements |= more
    present = [element for element in elements.values() if element is not None]
    return dicom.encode_file(sorted(present, key=lambda element: element[0]))


def write(folder: Path, files: Sequence[bytes]) -> Path:
    """Write files under names whose order is not that of the planes."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(files):
        (folder / f"{(number * 7 + 3) % 101:03}-{number}.dcm").write_bytes(data)
    return folder
