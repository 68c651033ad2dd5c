"""Volumes as images and tensors of other libraries, each imported only when it is asked for."""

from __future__ import annotations

from importlib import import_module

import numpy as np

from fastdcm.volumes.defects import VolumeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    import numpy.typing as npt

    from fastdcm.volumes.volume import Volume

__all__ = ["to_monai", "to_nifti", "to_sitk", "to_torch"]

# Of the way along the normal, as for the defect "gantry tilt": positions are rounded by some.
_SHEAR_TOLERANCE = 1e-3


def to_nifti(volume: Volume) -> Any:
    """See `Volume.to_nifti`."""
    nibabel = _module("nibabel", "NIfTI images need nibabel: pip install fastdcm[nifti]")
    array = volume.array
    if _is_colour(volume):
        fields = [("RGBA"[number], array.dtype) for number in range(array.shape[-1])]
        array = np.ascontiguousarray(array).view(np.dtype(fields))[..., 0]
    image = nibabel.Nifti1Image(array.T, _affine_of_columns_first(volume), dtype=array.dtype)
    image.header.set_xyzt_units("mm")
    return image


def to_sitk(volume: Volume) -> Any:
    """See `Volume.to_sitk`."""
    _refuse_shear(volume)
    sitk = _module("SimpleITK", "SimpleITK images need SimpleITK: pip install fastdcm[sitk]")
    image = sitk.GetImageFromArray(volume.array, isVector=_is_colour(volume))
    dimension = image.GetDimension()
    columns = volume.affine[:3, [2, 1, 0]]
    lengths = np.linalg.norm(columns, axis=0)
    # A fourth axis counts volumes: it has no place and no direction in the patient.
    spacing, origin, direction = np.ones(dimension), np.zeros(dimension), np.eye(dimension)
    spacing[:3], origin[:3], direction[:3, :3] = lengths, volume.affine[:3, 3], columns / lengths
    image.SetSpacing(spacing.tolist())
    image.SetOrigin(origin.tolist())
    image.SetDirection(direction.ravel().tolist())
    return image


def to_torch(volume: Volume) -> Any:
    """See `Volume.to_torch`."""
    torch = _module("torch", "tensors need PyTorch: pip install fastdcm[torch]")
    return torch.from_numpy(_channels_first(volume))


def to_monai(volume: Volume) -> Any:
    """See `Volume.to_monai`."""
    data = _module("monai.data", "MetaTensor needs MONAI: pip install fastdcm[monai]")
    torch = import_module("torch")
    tensor = torch.from_numpy(_channels_first(volume)).transpose(-1, -3)
    affine = torch.from_numpy(_affine_of_columns_first(volume))
    meta = {
        "affine": affine,
        "original_affine": affine.numpy().copy(),
        "spacing": np.linalg.norm(affine[:3, :3].numpy(), axis=0),
        "spatial_shape": np.array(tensor.shape[-3:]),
        # Also where MONAI's readers had none: EnsureChannelFirst then leaves the tensor as it is.
        "original_channel_dim": 0,
        "space": "RAS",
    }
    return data.MetaTensor(tensor, affine=affine, meta=meta)


def _module(name: str, advice: str) -> Any:
    """A module that few have, and whose types say little."""
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(advice, name=error.name) from None


def _is_colour(volume: Volume) -> bool:
    return volume.array.ndim == 4 + bool(volume.varies)


def _affine_of_columns_first(volume: Volume) -> npt.NDArray[np.float64]:
    """The affine to RAS of an array with axes (column, row, slice)."""
    return np.ascontiguousarray(volume.affine_ras[:, [2, 1, 0, 3]])


def _channels_first(volume: Volume) -> npt.NDArray[Any]:
    """A view of the array with channels, which are colours or volumes, in front."""
    array = volume.array
    if not _is_colour(volume):
        return array if volume.varies else array[None]
    if volume.varies:
        raise VolumeError("colour and several volumes: a tensor has one axis for channels, use Volume.array")
    return np.moveaxis(array, -1, 0)


def _refuse_shear(volume: Volume) -> None:
    step, across = volume.affine[:3, 0], volume.orientation[:, 0]
    along = float(step @ across)
    if np.linalg.norm(step - along * across) > _SHEAR_TOLERANCE * abs(along):
        raise VolumeError(
            "the affine is sheared by a tilted gantry, which SimpleITK images cannot hold: "
            "Volume.straightened() gives a volume without"
        )
