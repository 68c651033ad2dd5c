"""Encapsulated pixel data made native."""

from __future__ import annotations

from fastdcm.pixels.array import photometric_interpretation, pixel_array
from fastdcm.uid import UID

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fastdcm.dataset import Dataset

__all__ = ["make_native"]

_OFFSET_TABLES = ("ExtendedOffsetTable", "ExtendedOffsetTableLengths")


def make_native(dataset: Dataset) -> None:
    """Decode the pixel data of a data set in place; the colour space is what the codec gives (PS3.5 §8.2).

    The transfer syntax becomes explicit VR little endian, colour is by pixel.
    """
    interpretation = photometric_interpretation(dataset, raw=True)
    pixels = pixel_array(dataset, raw=True)
    _, is_little = dataset._encoding()
    # Words are taken in the byte order that the data set was read in.
    dataset.PixelData = (pixels.byteswap() if is_little is False else pixels).tobytes()
    if interpretation is not None:
        dataset.PhotometricInterpretation = interpretation
    if dataset.get("SamplesPerPixel", 1) > 1:
        dataset.PlanarConfiguration = 0
    for name in _OFFSET_TABLES:
        if name in dataset:
            delattr(dataset, name)
    if dataset._has_meta():
        dataset.file_meta.TransferSyntaxUID = UID("1.2.840.10008.1.2.1")
