"""Volumes as tensors: the memory of the array, and the place that MONAI's own readers give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import fastdcm
from test_exports import colour, in_colour, oblique, several
from world_phantom import write

if TYPE_CHECKING:
    from pathlib import Path

torch: Any = pytest.importorskip("torch", reason="tensors are PyTorch's")


@pytest.fixture
def transforms() -> Any:
    return pytest.importorskip("monai.transforms", reason="the judge of these tensors is not installed")


def test_tensors_share_the_memory_of_the_array(tmp_path: Path) -> None:
    volume = fastdcm.load_series(oblique(tmp_path / "series"))
    tensor = volume.to_torch()
    assert tensor.shape == (1, 6, 5, 4)
    assert tensor.dtype == torch.int16
    assert tensor.data_ptr() == volume.array.ctypes.data
    assert (tensor[0].numpy() == volume.array).all()


def test_channels_of_tensors_are_colours_or_volumes(tmp_path: Path) -> None:
    rgb = fastdcm.load_series(colour(tmp_path / "colour"))
    assert rgb.to_torch().shape == (3, 3, 5, 4)
    assert rgb.to_torch().data_ptr() == rgb.array.ctypes.data
    assert (rgb.to_torch()[1].numpy() == rgb.array[..., 1]).all()
    volumes = fastdcm.load_series(several(tmp_path / "several"))
    assert (volumes.to_torch().numpy() == volumes.array).all()
    assert volumes.to_torch().shape == (3, 2, 5, 4)
    files = [
        in_colour(part, time=(0x00200100, "IS", time), instance=(0x00080018, "UI", f"1.2.{time}.{part}"))
        for time in range(2)
        for part in range(2)
    ]
    both = fastdcm.load_series(write(tmp_path / "both", files))
    assert both.shape == (2, 2, 5, 4, 3)
    with pytest.raises(fastdcm.VolumeError, match="one axis for channels"):
        both.to_torch()


@pytest.mark.timeout(120)  # MONAI is long in coming
@pytest.mark.filterwarnings("ignore")
def test_monai_has_the_tensor_that_its_own_readers_make(transforms: Any, tmp_path: Path) -> None:
    folder = oblique(tmp_path / "series")
    volume = fastdcm.load_series(folder)
    mine = volume.to_monai()
    assert mine.as_tensor().data_ptr() == volume.array.ctypes.data
    for reader, module in (("PydicomReader", "pydicom"), ("ITKReader", "itk"), ("NibabelReader", "nibabel")):
        try:
            __import__(module)
        except ModuleNotFoundError:
            continue
        source = folder
        if reader == "NibabelReader":
            source = tmp_path / "volume.nii"
            volume.to_nifti().to_filename(source)
        load = transforms.LoadImage(reader=reader, image_only=True, ensure_channel_first=True)
        theirs = load(str(source))
        assert mine.shape == theirs.shape == (1, 4, 5, 6), reader
        assert np.allclose(mine.affine, theirs.affine, atol=1e-6), reader
        assert (mine.numpy() == theirs.numpy()).all(), reader
        assert mine.meta["space"] == theirs.meta["space"], reader
        for name in ("original_affine", "spacing", "spatial_shape"):
            if name in theirs.meta:
                assert np.allclose(mine.meta[name], theirs.meta[name], atol=1e-6), (reader, name)


@pytest.mark.timeout(120)
@pytest.mark.filterwarnings("ignore")
def test_transforms_of_monai_take_the_tensor(transforms: Any, tmp_path: Path) -> None:
    volume = fastdcm.load_series(oblique(tmp_path / "series"))
    tensor = volume.to_monai()
    assert transforms.EnsureChannelFirst()(tensor).shape == tensor.shape
    turned = transforms.Orientation("RAS")(tensor)
    assert sorted(turned.shape) == sorted(tensor.shape)
    corner = np.linalg.inv(np.asarray(turned.affine)) @ volume.affine_ras @ (0, 0, 0, 1)
    assert turned[(0, *np.round(corner[:3]).astype(int))] == volume.array[0, 0, 0]
    rgb = fastdcm.load_series(colour(tmp_path / "colour")).to_monai()
    assert rgb.shape == (3, 4, 5, 3)
