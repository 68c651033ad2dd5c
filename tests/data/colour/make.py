"""Makes ybr420.j2k with the OpenJPEG that comes with Pillow: chrominances in every second row and column.

    python make.py

Luminance is 2 row + column in 64 rows and columns, the chrominances are 96 + row and 160 - column of theirs.
"""

import ctypes
from pathlib import Path

import PIL

SIZE = 64
J2K, ENCODER = 0, 0
LONGEST_PARAMETERS = 1 << 16


class Parameters(ctypes.Structure):
    """opj_image_cmptparm_t."""

    _fields_ = [(name, ctypes.c_uint32) for name in ("dx", "dy", "w", "h", "x0", "y0", "prec", "bpp", "sgnd")]


class Component(ctypes.Structure):
    """opj_image_comp_t."""

    _fields_ = [
        *((name, ctypes.c_uint32) for name in ("dx", "dy", "w", "h", "x0", "y0", "prec", "bpp", "sgnd")),
        *((name, ctypes.c_uint32) for name in ("resno_decoded", "factor")),
        ("data", ctypes.POINTER(ctypes.c_int32)),
        ("alpha", ctypes.c_uint16),
    ]


class Image(ctypes.Structure):
    """The begin of opj_image_t."""

    _fields_ = [
        *((name, ctypes.c_uint32) for name in ("x0", "y0", "x1", "y1", "numcomps", "color_space")),
        ("comps", ctypes.POINTER(Component)),
    ]


def main() -> None:
    """Write it."""
    (library,) = (Path(PIL.__file__).parents[1] / "pillow.libs").glob("libopenjp2*")
    opj = ctypes.CDLL(str(library))
    for name in ("opj_image_create", "opj_create_compress", "opj_stream_create_default_file_stream"):
        getattr(opj, name).restype = ctypes.c_void_p
    steps = (1, 2, 2)
    parameters = (Parameters * 3)(
        *(Parameters(step, step, SIZE // step, SIZE // step, 0, 0, 8, 8, 0) for step in steps)
    )
    address = ctypes.c_void_p(opj.opj_image_create(3, parameters, 3))
    image = ctypes.cast(address, ctypes.POINTER(Image)).contents
    image.x1 = image.y1 = SIZE
    samples = (lambda r, c: (2 * r + c) % 256, lambda r, _: 96 + r, lambda _, c: 160 - c)
    for number, (step, sample) in enumerate(zip(steps, samples, strict=True)):
        size = SIZE // step
        for place in range(size * size):
            image.comps[number].data[place] = sample(place // size, place % size)
    settings = ctypes.create_string_buffer(LONGEST_PARAMETERS)
    opj.opj_set_default_encoder_parameters(settings)
    codec = ctypes.c_void_p(opj.opj_create_compress(J2K))
    name = str(Path(__file__).with_name("ybr420.j2k")).encode()
    stream = ctypes.c_void_p(opj.opj_stream_create_default_file_stream(name, ENCODER))
    assert opj.opj_setup_encoder(codec, settings, address)
    assert opj.opj_start_compress(codec, address, stream)
    assert opj.opj_encode(codec, stream)
    assert opj.opj_end_compress(codec, stream)
    opj.opj_stream_destroy(stream)


if __name__ == "__main__":
    main()
