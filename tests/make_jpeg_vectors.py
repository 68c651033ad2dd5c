"""Writes tests/vectors/jpeg.jsonl: small JPEG frames and what libjpeg-turbo makes of them.

    python make_jpeg_vectors.py

Needs imagecodecs and Pillow, which the tests do not: what it writes is kept. Components are as coded, that is
luminance and chrominances at full resolution, or CMYK.
"""

from __future__ import annotations

import hashlib
import io
import itertools
import json
from pathlib import Path
from typing import TYPE_CHECKING

import imagecodecs
import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Iterator

_MODES = {1: "L", 3: "RGB", 4: "CMYK"}
_COMPONENTS = {1: None, 3: "YCBCR", 4: "CMYK"}
_SIZES = [(1, 1), (3, 3), (17, 33), (33, 17)]


def picture(rows: int, columns: int, components: int, most: int) -> np.ndarray:
    """Smooth, with noise and one hard edge."""
    random = np.random.default_rng(rows * 100 + columns)
    y, x = np.mgrid[:rows, :columns]
    planes = [(np.sin(x / 7 + n) + np.cos(y / 5 - n) + 2) / 4 * most for n in range(components)]
    pixels = np.stack(planes, -1) + random.normal(0, most / 12, (rows, columns, components))
    pixels[rows // 3 : rows // 2, columns // 4 : columns // 2] = most
    return pixels.clip(0, most)


def of_pillow(pixels: np.ndarray, **settings: object) -> bytes:
    """Eight bits."""
    components = pixels.shape[2]
    array = pixels.astype(np.uint8)
    image = Image.fromarray(array[:, :, 0] if components == 1 else array, _MODES[components])
    file = io.BytesIO()
    image.save(file, "JPEG", **settings)
    return file.getvalue()


def of_eight_bits(rows: int, columns: int) -> Iterator[tuple[str, bytes]]:
    """Baseline and progressive."""
    size = f"{rows}x{columns}"
    settings: list[dict[str, object]] = [{"quality": 90}, {"quality": 100, "progressive": True}]
    if size == "17x33":
        settings.append({"quality": 60, "restart_marker_blocks": 2})
        settings.append({"quality": 80, "progressive": True, "restart_marker_blocks": 1})
    for components in (1, 3, 4):
        pixels = picture(rows, columns, components, 255)
        for subsampling in ("4:4:4", "4:2:2", "4:2:0")[: 3 if components == 3 else 1]:
            for chosen in settings:
                name = f"{components} components {subsampling} {chosen} {size}"
                yield name, of_pillow(pixels, subsampling=subsampling, **chosen)
    for subsampling in ("411", "440"):
        pixels = picture(rows, columns, 3, 255).astype(np.uint8)
        frame = imagecodecs.jpeg8_encode(pixels, level=90, subsampling=subsampling)
        yield f"{subsampling} {size}", bytes(frame)


def of_twelve_bits(rows: int, columns: int) -> Iterator[tuple[str, bytes]]:
    """Extended sequential."""
    for name, components in (("grey", 1), ("colour", 3)):
        pixels = picture(rows, columns, components, 4095).astype(np.uint16)
        pixels = pixels[:, :, 0] if components == 1 else pixels
        for quality in (75, 100):
            frame = imagecodecs.jpeg8_encode(pixels, level=quality, bitspersample=12)
            yield f"12 bit {name} {quality} {rows}x{columns}", bytes(frame)


def frames() -> dict[str, bytes]:
    """Every kind of frame, by a name that tells it."""
    kinds = [kind(*size) for size in _SIZES for kind in (of_eight_bits, of_twelve_bits)]
    return dict(itertools.chain.from_iterable(kinds))


def components_of(name: str) -> int:
    """Components of the frame with this name."""
    if name[1:].startswith(" components"):
        return int(name[0])
    return 1 if "grey" in name else 3


def reduced(frame: bytes, components: int) -> Iterator[str]:
    """Hashes of the frame at a half, a quarter and an eighth of its size, as libjpeg-turbo scales it."""
    for scale in (2, 4, 8):
        image = Image.open(io.BytesIO(frame))
        image.draft("YCbCr" if components == 3 else image.mode, None)
        (tile,) = image.tile
        # Image.draft alone would not make less than one pixel of what it is asked for.
        columns, rows = (-(-length // scale) for length in image.size)
        image._size, image.decoderconfig = (columns, rows), (scale, 0)
        image.tile = [tile._replace(extents=(0, 0, columns, rows))]
        samples = np.asarray(image)
        # Inks stand in the file inverted, and Pillow turns them.
        yield hashlib.sha256((255 - samples if components == 4 else samples).tobytes()).hexdigest()


def main() -> None:
    """Writes one line a frame."""
    lines = []
    for name, frame in frames().items():
        components = components_of(name)
        samples = imagecodecs.jpeg8_decode(frame, outcolorspace=_COMPONENTS[components])
        row = {
            "name": name,
            "shape": [*samples.shape[:2], components],
            "bits": 8 if samples.dtype == np.uint8 else 12,
            "sha256": hashlib.sha256(samples.tobytes()).hexdigest(),
            "reduced": list(reduced(frame, components)) if samples.dtype == np.uint8 else [],
            "frame": frame.hex(),
        }
        lines.append(json.dumps(row))
    Path(__file__).with_name("vectors").joinpath("jpeg.jsonl").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
