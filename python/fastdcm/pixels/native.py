"""Encapsulated pixel data made native."""

from __future__ import annotations

from fastdcm.pixels.array import pixel_array
from fastdcm.uid import UID

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fastdcm.dataset import Dataset

__all__ = ["make_native"]

_OFFSET_TABLES = ("ExtendedOffsetTable", "ExtendedOffsetTableLengths")

# What codecs invert (PS3.5 §8.2.4, §8.2.15): JPEG XL gives RGB also of what it was packed from as YBR.
_BECOME_RGB = ("YBR_RCT", "YBR_ICT", "XYB")
_JPEG_XL = ("1.2.840.10008.1.2.4.110", "1.2.840.10008.1.2.4.111", "1.2.840.10008.1.2.4.112")


def make_native(dataset: Dataset) -> None:
    """Decode the pixel data of a data set in place; the colour space is what the codec gives (PS3.5 §8.2).

    The transfer syntax becomes explicit VR little endian, colour is by pixel.
    """
    syntax = dataset.file_meta.get("TransferSyntaxUID", "") if dataset._has_meta() else ""
    pixels = pixel_array(dataset, raw=True)
    _, is_little = dataset._encoding()
    # Words are taken in the byte order that the data set was read in.
    dataset.PixelData = (pixels.byteswap() if is_little is False else pixels).tobytes()
    interpretation = dataset.get("PhotometricInterpretation", "")
    if interpretation in _BECOME_RGB or (syntax in _JPEG_XL and interpretation.startswith("YBR")):
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
