"""The Image Pixel module (PS3.3 §C.7.6.3) set from an array."""

from __future__ import annotations

import numpy as np

from fastdcm import _core
from fastdcm.uid import UID, generate_uid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    import numpy.typing as npt

    from fastdcm.dataset import Dataset

__all__ = ["set_pixel_data"]

_SAMPLES = {
    "MONOCHROME1": 1,
    "MONOCHROME2": 1,
    "PALETTE COLOR": 1,
    "RGB": 3,
    "YBR_FULL": 3,
    "YBR_FULL_422": 3,
}
# What would be said of other pixels.
_STALE = (
    "DoubleFloatPixelData",
    "ExtendedOffsetTable",
    "ExtendedOffsetTableLengths",
    "FloatPixelData",
    "LargestImagePixelValue",
    "SmallestImagePixelValue",
)


def set_pixel_data(
    dataset: Dataset,
    array: npt.NDArray[Any],
    photometric_interpretation: str,
    *,
    bits_stored: int,
    generate_instance_uid: bool,
) -> None:
    """Set native pixel data, and what the module says of them; see `fastdcm.Dataset.set_pixel_data`."""
    samples = _SAMPLES.get(photometric_interpretation)
    if samples is None:
        raise ValueError(f"photometric_interpretation must be one of {', '.join(_SAMPLES)}")
    frames, rows, columns = _shape(array, samples)
    bits_allocated = _bits_allocated(array, bits_stored)
    is_native = _has_native_syntax(dataset)
    if photometric_interpretation == "YBR_FULL_422":
        array = _subsampled(array, columns)
    for name in _STALE:
        dataset.pop(name, None)
    dataset.SamplesPerPixel = samples
    dataset.PhotometricInterpretation = photometric_interpretation
    _set_or_remove(dataset, "PlanarConfiguration", 0 if samples > 1 else None)
    _set_or_remove(dataset, "NumberOfFrames", frames if frames > 1 else None)
    dataset.Rows, dataset.Columns = rows, columns
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = bits_allocated, bits_stored, bits_stored - 1
    dataset.PixelRepresentation = int(array.dtype.kind == "i")
    data = array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes()
    dataset.add_new("PixelData", "OB" if bits_allocated == 8 else "OW", data)
    if generate_instance_uid:
        dataset.SOPInstanceUID = generate_uid()
    dataset.ensure_file_meta()
    if not is_native:
        dataset.file_meta.TransferSyntaxUID = UID("1.2.840.10008.1.2.1")


def _shape(array: npt.NDArray[Any], samples: int) -> tuple[int, int, int]:
    """Return the number of frames, rows and columns."""
    shape = array.shape if samples == 1 else array.shape[:-1]
    if samples > 1 and (array.ndim < 3 or array.shape[-1] != samples):
        raise ValueError(f"an array of {samples} samples a pixel has them on its last axis")
    if len(shape) not in {2, 3} or 0 in shape:
        raise ValueError(
            "the array must be shaped (rows, columns) or (frames, rows, columns), with samples behind"
        )
    frames, rows, columns = shape if len(shape) == 3 else (1, *shape)
    if max(rows, columns) > 0xFFFF:
        raise ValueError("an image has at most 65535 rows and columns")
    return frames, rows, columns


def _bits_allocated(array: npt.NDArray[Any], bits_stored: int) -> int:
    if array.dtype.kind not in "iu" or array.dtype.itemsize > 2:
        raise ValueError("the array must be of uint8, int8, uint16 or int16")
    bits = array.dtype.itemsize * 8
    if not 1 <= bits_stored <= bits:
        raise ValueError(f"bits_stored must be 1 to {bits} for this array")
    is_signed = array.dtype.kind == "i"
    least, most = (
        (-(1 << bits_stored - 1), (1 << bits_stored - 1) - 1) if is_signed else (0, (1 << bits_stored) - 1)
    )
    if array.min() < least or array.max() > most:
        raise ValueError(f"the array has values that {bits_stored} bits do not hold")
    return bits


def _has_native_syntax(dataset: Dataset) -> bool:
    """Return whether the transfer syntax can stay; NotImplementedError for big endian."""
    syntax = dataset.file_meta.get("TransferSyntaxUID") if dataset._has_meta() else None  # noqa: SLF001 - of the class
    known = _core.transfer_syntax(syntax) if syntax else None
    if known is None:
        return False
    _, is_little_endian, _, is_encapsulated = known
    if not is_little_endian:
        raise NotImplementedError("pixel data are set in little endian only")
    return not is_encapsulated


def _subsampled(array: npt.NDArray[Any], columns: int) -> npt.NDArray[Any]:
    """Return pairs of pixels that share the chrominance of the first (PS3.3 §C.7.6.3.1.2)."""
    if columns % 2:
        raise ValueError("YBR_FULL_422 needs an even number of columns")
    pairs = array.reshape(-1, 2, 3)
    return np.concatenate([pairs[:, :, 0], pairs[:, 0, 1:]], axis=1)


def _set_or_remove(dataset: Dataset, name: str, value: int | None) -> None:
    if value is None:
        dataset.pop(name, None)
    else:
        setattr(dataset, name, value)
