"""Colour spaces and profiles (PS3.3 C.7.6.3.1.2, C.11.15)."""

from __future__ import annotations

from fastdcm import _core
from fastdcm.pixels.sample_array import plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal

    import numpy.typing as npt

    from fastdcm.dataset import Dataset

__all__ = ["apply_icc_profile", "convert_color_space", "create_icc_transform"]

_SPACES: dict[str, Literal["LAB", "XYZ", "sRGB"]] = {"SRGB": "sRGB", "XYZ": "XYZ", "LAB": "LAB"}


def convert_color_space(  # noqa: PLR0917 - pydicom's signature
    arr: npt.NDArray[Any],
    current: str,
    desired: str,
    per_frame: bool = False,  # noqa: FBT001, FBT002 - pydicom's signature
) -> npt.NDArray[Any]:
    """Pixels in another colour space (PS3.3 C.7.6.3.1.2): exact, halves rounded up, clipped.

    Parameters
    ----------
    arr : ndarray, shape (..., 3)
        uint8 or uint16. YBR_RCT has chrominances with a sign: int16 for RGB in uint8, int32 for uint16.
    current, desired : str
        RGB, YBR_FULL, YBR_FULL_422, YBR_PARTIAL_420, YBR_PARTIAL_422, YBR_ICT or YBR_RCT. Every pixel has its
        own chrominances in all of them.
    per_frame : bool
        Write into `arr`, frame by frame, and return it.

    Returns
    -------
    ndarray, of the shape of `arr`
        An array of its own; `arr` where nothing is to be done, or with `per_frame`.

    Raises
    ------
    PixelDataError
        The dtype does not go with the colour space, or one of them is not converted.
    ValueError
        The last axis has not 3 samples; no Photometric Interpretation of this name.
    """
    if per_frame and arr.ndim == 4:
        for number, frame in enumerate(arr):
            arr[number] = convert_color_space(frame, current, desired)
        return arr
    converted = _core.convert_colours(plain(arr), current, desired)
    return arr if converted is None else converted


def apply_icc_profile(
    arr: npt.NDArray[Any],
    ds: Dataset | None = None,
    transform: Any = None,
    *,
    intent: int | None = None,
    color_space: str | None = None,
) -> npt.NDArray[Any]:
    """RGB pixels of 8 bits through an ICC profile, in place (PS3.3 C.11.15); needs Pillow.

    Parameters
    ----------
    arr : ndarray of uint8, shape (rows, columns, 3) or (frames, rows, columns, 3)
        Written in place and returned.
    ds : Dataset, optional
        What has the profile; this or `transform`.
    transform : PIL.ImageCms.ImageCmsTransform, optional
        As from `create_icc_transform`, for many images.
    intent, color_space : optional
        As in `create_icc_transform`.
    """
    if (ds is None) == (transform is None):
        raise ValueError("one of ds and transform")
    if arr.ndim not in {3, 4} or arr.shape[-1] != 3:
        raise ValueError(f"pixels must be (rows, columns, 3) or (frames, rows, columns, 3), not {arr.shape}")
    if transform is None:
        transform = create_icc_transform(ds, intent=intent, color_space=color_space)
    import numpy as np  # noqa: PLC0415 - comes at the first array
    from PIL import Image, ImageCms  # noqa: PLC0415 - needed here alone

    for frame in arr if arr.ndim == 4 else (arr,):
        image = Image.fromarray(frame)
        ImageCms.applyTransform(image, transform, inPlace=True)
        frame[...] = np.asarray(image)
    return arr


def create_icc_transform(  # noqa: PLR0917 - pydicom's signature
    ds: Dataset | None = None,
    icc_profile: bytes = b"",
    intent: int | None = None,
    color_space: str | None = None,
) -> Any:
    """A colour transform of Pillow from ICC Profile (0028,2000) to `color_space`.

    Parameters
    ----------
    ds : Dataset, optional
        What has the profile; this or `icc_profile`.
    icc_profile : bytes
        The profile itself.
    intent : {0, 1, 2, 3}, optional
        Perceptual, relative colorimetric, saturation, absolute colorimetric; the profile's own when omitted.
    color_space : {"sRGB", "LAB", "XYZ"}, optional
        Where it leads; Color Space (0028,2002) of `ds`, or sRGB, when omitted.

    Returns
    -------
    PIL.ImageCms.ImageCmsTransform
    """
    from io import BytesIO  # noqa: PLC0415 - as below

    from PIL import ImageCms  # noqa: PLC0415 - needed here alone

    if (ds is None) == (not icc_profile):
        raise ValueError("one of ds and icc_profile")
    profile_bytes = icc_profile or (b"" if ds is None else ds.get("ICCProfile"))
    if not profile_bytes:
        raise ValueError("no ICC Profile, tag (0028,2000)")
    space = color_space or (None if ds is None else ds.get("ColorSpace")) or "sRGB"
    known = _SPACES.get(str(space).upper())
    if known is None:
        raise ValueError("color_space must be sRGB, LAB or XYZ")
    profile = ImageCms.ImageCmsProfile(BytesIO(profile_bytes))
    chosen = ImageCms.getDefaultIntent(profile) if intent is None else intent
    if chosen not in range(4):
        raise ValueError("intent must be 0, 1, 2 or 3")
    return ImageCms.buildTransform(
        profile, ImageCms.createProfile(known), "RGB", "RGB", renderingIntent=ImageCms.Intent(chosen)
    )
