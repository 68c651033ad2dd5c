"""Pixel data (PS3.5 §8, PS3.3 C.7.6.3) as arrays; numpy is imported at the first array."""

from fastdcm.pixels.array import pixel_array

__all__ = ["pixel_array"]
