"""Makes the files of the training benches: 512 x 512 in 12 bits, in a folder for each encoding.

Every file has pixels and a header of its own place; of the images there are fewer, they repeat.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

import encoded_images
import make_archive
from make_archive import dicom

if TYPE_CHECKING:
    from pathlib import Path

FILES, _IMAGES = 192, 24
# And the family of encoded_images that encodes it.
FAMILIES = {
    "native": None,
    "RLE": None,
    "JPEG lossless SV1": "JPEG lossless SV1 16 bit",
    "JPEG 2000 lossless": "JPEG 2000 lossless",
}
_VERSION = "1"


def make_files(folder: Path = make_archive.FOLDER) -> Path:
    """The folder of files by families, which is made where it is not there yet."""
    made = folder / f"training-{_VERSION}"
    if (made / "complete").exists():
        return made
    if made.exists():
        msg = f"{made} is incomplete: remove it"
        raise SystemExit(msg)
    images = [make_archive.image(number, bits_stored=12, signed=0) for number in range(_IMAGES)]
    variants = {variant.family: variant for variant in encoded_images.variants() if variant.image == "ct"}
    for family, variant_name in FAMILIES.items():
        syntax = dicom.EXPLICIT_LITTLE
        for number, pixels in enumerate(images):
            if variant_name is not None:
                variant = variants[variant_name]
                syntax = dicom.Encoding(variant.transfer_syntax)
                element = dicom.encapsulated([variant.encode(np.ascontiguousarray(pixels, np.uint16))])
            elif family == "RLE":
                syntax = dicom.RLE_LOSSLESS
                frame = dicom.rle_frame(pixels.tobytes(), rows=make_archive.SIZE, bytes_per_sample=2)
                element = dicom.encapsulated([frame])
            else:
                element = dicom.pixel_data(pixels.tobytes())
            for copy in range(number, FILES, _IMAGES):
                path = made / family / f"{copy:04}.dcm"
                dicom.write_file(path, [*make_archive.ct_header(copy), element], syntax)
    (made / "complete").touch()
    return made
