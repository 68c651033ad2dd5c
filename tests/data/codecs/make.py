"""Makes the frames in this folder; needs imagecodecs, numpy and Pillow, which nothing else here does.

    python make.py

A sample is (37 row + 11 column + 71 component + row column) modulo 2 to the power of the bits; with a sign,
half of that range is taken away. Images have 13 rows and 17 columns.
"""

import io
from pathlib import Path

import imagecodecs
import numpy
from PIL import Image

FOLDER = Path(__file__).parent
ROWS, COLUMNS = 13, 17


def image(bits: int, samples: int = 1, *, signed: bool = False) -> numpy.ndarray:
    """The samples that tests expect."""
    row, column, component = numpy.indices((ROWS, COLUMNS, samples))
    values = (37 * row + 11 * column + 71 * component + row * column) % (1 << bits)
    if signed:
        values -= 1 << (bits - 1)
    kind = f"{'int' if signed else 'uint'}{8 if bits <= 8 else 16}"
    return values.astype(kind).squeeze()


def with_levels(samples: numpy.ndarray) -> bytes:
    """JPEG 2000 with two decomposition levels."""
    file = io.BytesIO()
    settings = {"num_resolutions": 3, "irreversible": False, "mct": samples.ndim > 2, "no_jp2": True}
    Image.fromarray(samples).save(file, "JPEG2000", **settings)
    return file.getvalue()


def main() -> None:
    """Write all."""
    lossless = {"level": 0, "reversible": True}
    frames = {
        "grey8.j2k": imagecodecs.jpeg2k_encode(image(8), codecformat="j2k", **lossless),
        "grey12.j2k": imagecodecs.jpeg2k_encode(image(12), codecformat="j2k", bitspersample=12, **lossless),
        "signed16.j2k": imagecodecs.jpeg2k_encode(image(16, signed=True), codecformat="j2k", **lossless),
        "rgb8.j2k": imagecodecs.jpeg2k_encode(image(8, 3), codecformat="j2k", mct=True, **lossless),
        "grey12.jp2": imagecodecs.jpeg2k_encode(image(12), codecformat="jp2", bitspersample=12, **lossless),
        "grey12.jph": imagecodecs.htj2k_encode(image(12), reversible=True),
        "rgb8.jph": imagecodecs.htj2k_encode(image(8, 3), reversible=True, rgb=True),
        "grey8_levels.j2k": with_levels(image(8)),
        "grey16_levels.j2k": with_levels(image(16)),
        "rgb8_levels.j2k": with_levels(image(8, 3)),
        "rgb8_levels.jph": imagecodecs.htj2k_encode(image(8, 3), reversible=True, rgb=True, resolutions=2),
        "grey8.jxl": imagecodecs.jpegxl_encode(image(8), lossless=True),
        "grey10.jxl": imagecodecs.jpegxl_encode(image(10), lossless=True, bitspersample=10),
        "grey14.jxl": imagecodecs.jpegxl_encode(image(14), lossless=True, bitspersample=14),
        "grey16.jxl": imagecodecs.jpegxl_encode(image(16), lossless=True),
        "rgb8.jxl": imagecodecs.jpegxl_encode(image(8, 3), lossless=True),
    }
    for name, frame in frames.items():
        (FOLDER / name).write_bytes(bytes(frame))


if __name__ == "__main__":
    main()
