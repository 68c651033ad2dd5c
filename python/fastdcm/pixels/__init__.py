"""Pixel data (PS3.5 §8, PS3.3 C.7.6.3) as arrays and as encoded frames; numpy comes with the first array."""

from fastdcm.pixels.array import iter_pixels, pixel_array
from fastdcm.pixels.encapsulation import (
    encapsulate,
    encapsulate_extended,
    generate_fragments,
    generate_frames,
    get_frame,
    parse_basic_offsets,
)

__all__ = [
    "encapsulate",
    "encapsulate_extended",
    "generate_fragments",
    "generate_frames",
    "get_frame",
    "iter_pixels",
    "parse_basic_offsets",
    "pixel_array",
]
