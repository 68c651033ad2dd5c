"""Encapsulated pixel data made native."""

from __future__ import annotations

from fastdcm._core import FrameReader
from fastdcm.pixels.array import pixel_array
from fastdcm.uid import UID

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fastdcm.dataset import Dataset

__all__ = ["make_native"]

_OFFSET_TABLES = ("ExtendedOffsetTable", "ExtendedOffsetTableLengths")

# What codecs invert (PS3.5 §8.2.4, §8.2.15).
_BECOME_RGB = ("YBR_RCT", "YBR_ICT", "XYB")


def make_native(dataset: Dataset) -> None:
    """Decode the pixel data of a data set in place; the colour space is what the codec gives (PS3.5 §8.2).

    The transfer syntax becomes explicit VR little endian, colour is by pixel.
    """
    pixels = pixel_array(dataset, raw=True)
    interpretation = dataset.get("PhotometricInterpretation") or ""
    # JPEG XL gives RGB also of what it was packed from as YBR.
    is_rgb = interpretation in _BECOME_RGB or (
        interpretation.startswith("YBR") and FrameReader(dataset, raw=True, native=False).gives_rgb
    )
    _, is_little = dataset._encoding()
    # Words are taken in the byte order that the data set was read in.
    dataset.PixelData = (pixels.byteswap() if is_little is False else pixels).tobytes()
    if is_rgb:
        dataset.PhotometricInterpretation = "RGB"
    elif interpretation == "YBR_FULL_422":
        dataset.PhotometricInterpretation = "YBR_FULL"
    if dataset.get("SamplesPerPixel", 1) > 1:
        dataset.PlanarConfiguration = 0
    for name in _OFFSET_TABLES:
        if name in dataset:
            delattr(dataset, name)
    if dataset._has_meta():
        dataset.file_meta.TransferSyntaxUID = UID("1.2.840.10008.1.2.1")
