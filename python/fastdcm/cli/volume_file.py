"""The files that a volume is written to."""

import json
import zlib
from pathlib import Path

import numpy as np

from fastdcm.cli.placing import check_free, placed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, BinaryIO

    from numpy.typing import NDArray

    from fastdcm import Volume
    from fastdcm.cli.series import NumberedSeries

__all__ = ["ENDINGS", "ending_of", "numbered", "write_volume"]

ENDINGS = (".nii.gz", ".nii", ".nrrd", ".npy")

_PIECE = 1 << 24


def ending_of(path: Path) -> str | None:
    """Return which of the endings a file has."""
    name = path.name.lower()
    return next((ending for ending in ENDINGS if name.endswith(ending) and len(name) > len(ending)), None)


def numbered(path: Path, count: int) -> list[Path]:
    """Return the names of so many files: the name itself for one, else with a number before the ending."""
    return (
        [path] if count == 1 else [_beside(path, f"-{number}", keep=True) for number in range(1, count + 1)]
    )


def write_volume(target: Path, volume: "Volume", source: "NumberedSeries", *, force: bool) -> None:
    """Write a volume, and the files that belong beside it.

    Raises
    ------
    FileExistsError
        One of them exists, and `force` is not given.
    ModuleNotFoundError
        nibabel is not installed, which writes NIfTI.
    ValueError
        The format does not hold such voxels.
    """
    ending = ending_of(target)
    beside: dict[Path, str] = {}
    if ending == ".npy":
        lines = (
            f" {json.dumps(name)}: {json.dumps(value)}" for name, value in _model(volume, source).items()
        )
        beside[_beside(target, ".json")] = "{\n" + ",\n".join(lines) + "\n}\n"
    elif volume.b_values is not None and volume.fsl_b_vectors is not None and volume.varies:
        beside[_beside(target, ".bval")] = " ".join(f"{value:g}" for value in volume.b_values) + "\n"
        rows = (" ".join(f"{value:.8g}" for value in row) for row in volume.fsl_b_vectors)
        beside[_beside(target, ".bvec")] = "\n".join(rows) + "\n"
    for name in beside:
        check_free(name, force=force)
    with placed(target, force=force) as path:
        _write_voxels(path, volume, ending)
    for name, text in beside.items():
        with placed(name, force=force) as path:
            path.write_text(text, encoding="utf-8")


def _beside(path: Path, text: str, *, keep: bool = False) -> Path:
    """Return a path with `text` instead of its ending, or before it."""
    ending = path.name[-len(ending_of(path) or "") :]
    return path.with_name(path.name.removesuffix(ending) + text + (ending if keep else ""))


def _write_voxels(path: Path, volume: "Volume", ending: str | None) -> None:
    if ending == ".npy":
        np.save(path, volume.array)
    elif ending == ".nrrd":
        with path.open("wb") as file:
            _write_nrrd(file, volume)
    else:
        if _samples(volume) and volume.dtype != np.uint8:
            raise ValueError("NIfTI has colour of 8 bits only; .npy and .nrrd hold any")
        volume.to_nifti().to_filename(path)


def _samples(volume: "Volume") -> int:
    """Return the samples of a voxel in colour, 0 of others."""
    shape = volume.shape
    return shape[-1] if len(shape) == 4 + bool(volume.varies) else 0


def _model(volume: "Volume", source: "NumberedSeries") -> dict[str, object]:
    """Return what an array of numbers does not say."""
    return {
        "shape": volume.shape,
        "dtype": str(volume.dtype),
        "axes": volume.axes,
        "spacing": volume.spacing,
        "affine_lps": volume.affine.tolist(),
        "affine_ras": volume.affine_ras.tolist(),
        "varies": volume.varies,
        "b_values": _listed(volume.b_values),
        "b_vectors_lps": _listed(volume.b_vectors),
        "series": source.series.uid,
        "modality": source.modality,
        "frame_of_reference": volume.frame_of_reference,
        "defects": [defect._asdict() for defect in volume.defects],
    }


def _listed(values: "NDArray[Any] | None") -> object:
    return None if values is None else values.tolist()


def _write_nrrd(file: "BinaryIO", volume: "Volume") -> None:
    """Write NRRD, version 4: the fastest axis first, in the axes of DICOM."""
    array = np.ascontiguousarray(volume.array, volume.dtype.newbyteorder("<"))
    place = {number: _vector(volume.affine[:3, 2 - number]) for number in range(3)}
    axes = [("vector", "none")] if _samples(volume) else []
    axes += [("space", place[number]) for number in range(3)]
    axes += [("list", "none")] if volume.varies else []
    lines = [
        "NRRD0004",
        f"type: {array.dtype.name.replace('float32', 'float').replace('float64', 'double')}",
        f"dimension: {array.ndim}",
        "space: left-posterior-superior",
        f"sizes: {' '.join(map(str, array.shape[::-1]))}",
        f"space directions: {' '.join(direction for _, direction in axes)}",
        f"kinds: {' '.join('domain' if kind == 'space' else kind for kind, _ in axes)}",
        "endian: little",
        "encoding: gzip",
        f"space origin: {_vector(volume.affine[:3, 3])}",
    ]
    file.write(("\n".join(lines) + "\n\n").encode("ascii"))
    packer = zlib.compressobj(wbits=31)
    data = array.data.cast("B")
    for first in range(0, len(data), _PIECE):
        file.write(packer.compress(data[first : first + _PIECE]))
    file.write(packer.flush())


def _vector(values: "NDArray[Any]") -> str:
    return f"({','.join(repr(float(value)) for value in values)})"
