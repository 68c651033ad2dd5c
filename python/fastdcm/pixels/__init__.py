"""Pixel data (PS3.5 §8, PS3.3 C.7.6.3) as arrays and as encoded frames; numpy comes with the first array.

The colour space of what a codec gives is chosen by Photometric Interpretation (0028,0004), with the marks of
the codestream as evidence: one that says plainly what the samples are decides; where marks contradict each
other, or only hint, the attribute does. For three samples a pixel, by Photometric Interpretation:

| Codestream | RGB | YBR_FULL, YBR_FULL_422 | YBR_PARTIAL_422, _420 | YBR_ICT, YBR_RCT | another |
|---|---|---|---|---|---|
| nothing said (native, RLE, JPEG-LS, bare JPEG) | RGB | YBR full | YBR partial | as it is | as it is |
| JPEG: APP14 without transform, or components R, G, B | RGB | RGB ! | RGB ! | RGB ! | RGB ! |
| JPEG: APP14 with YCbCr, or JFIF and a DCT | YBR full ! | YBR full | YBR full ! | YBR full ! | YBR full ! |
| JPEG: one of each | RGB ! | YBR full ! | YBR partial ! | RGB ! | as it is ! |
| subsampled, or in boxes that say sYCC | RGB ! | YBR full | YBR partial | YBR full ! | as it is |
| JPEG 2000 with the multiple component transform | RGB ! | YBR full ! | YBR partial ! | RGB | as it is ! |
| JPEG 2000 without | RGB | YBR full | YBR partial | RGB ! | as it is |
| JPEG XL | RGB | RGB | RGB | RGB | RGB |

"RGB" and "as it is" are not converted. "YBR full" and "YBR partial" become RGB by the equations of PS3.3
C.7.6.3.1.2, unless `raw` is set: unsigned samples of 8 bits, and of up to 16 by their Bits Stored. Where
pixels share chrominances, each is given its own in any case. "!" stands for the warning ColourContradicts,
once a call. Pixels of one sample or of four are never converted. `photometric_interpretation` tells what
comes out.
"""

from fastdcm.pixels.array import iter_pixels, photometric_interpretation, pixel_array
from fastdcm.pixels.encapsulation import (
    encapsulate,
    encapsulate_extended,
    generate_fragments,
    generate_frames,
    get_frame,
    parse_basic_offsets,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fastdcm.pixels.bits import pack_bits, unpack_bits
    from fastdcm.pixels.colour import apply_icc_profile, convert_color_space, create_icc_transform
    from fastdcm.pixels.display import to_display
    from fastdcm.pixels.modality import apply_modality_lut, apply_rescale
    from fastdcm.pixels.overlay import overlay_array
    from fastdcm.pixels.palette import apply_color_lut
    from fastdcm.pixels.physical import to_values, values_unit
    from fastdcm.pixels.presentation import apply_presentation_lut
    from fastdcm.pixels.suv import suv_factor
    from fastdcm.pixels.video import video_stream
    from fastdcm.pixels.voi import apply_voi, apply_voi_lut, apply_windowing

__all__ = [
    "apply_color_lut",
    "apply_icc_profile",
    "apply_modality_lut",
    "apply_presentation_lut",
    "apply_rescale",
    "apply_voi",
    "apply_voi_lut",
    "apply_windowing",
    "convert_color_space",
    "create_icc_transform",
    "encapsulate",
    "encapsulate_extended",
    "generate_fragments",
    "generate_frames",
    "get_frame",
    "iter_pixels",
    "overlay_array",
    "pack_bits",
    "parse_basic_offsets",
    "photometric_interpretation",
    "pixel_array",
    "suv_factor",
    "to_display",
    "to_values",
    "unpack_bits",
    "values_unit",
    "video_stream",
]

# What is not used by all comes when it is asked for first.
_LATER = {
    "apply_color_lut": "palette",
    "apply_icc_profile": "colour",
    "apply_modality_lut": "modality",
    "apply_presentation_lut": "presentation",
    "apply_rescale": "modality",
    "apply_voi": "voi",
    "apply_voi_lut": "voi",
    "apply_windowing": "voi",
    "convert_color_space": "colour",
    "create_icc_transform": "colour",
    "overlay_array": "overlay",
    "pack_bits": "bits",
    "suv_factor": "suv",
    "to_display": "display",
    "to_values": "physical",
    "unpack_bits": "bits",
    "values_unit": "physical",
    "video_stream": "video",
}


def __getattr__(name: str) -> object:
    """Import what is asked for first."""
    module = _LATER.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415 - part of the same economy

    found = getattr(import_module(f"{__name__}.{module}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
