"""Makes the sample study of `make demo`: five series, two damaged files and one that is not DICOM.

Everything in it is drawn by this script; nobody ever had these organs. The same call gives the same bytes.

    python tests/make_study.py FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dicom_writer import (
    EXPLICIT_LITTLE,
    IMPLICIT_LITTLE,
    RLE_LOSSLESS,
    Encoding,
    encapsulated,
    encode_file,
    pixel_data,
    rle_frame,
    write_file,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from dicom_writer import Dataset, Element

    Image = NDArray[np.float64]

_ROOT = "1.2.826.0.1.3680043.10.1701"
_STUDY = f"{_ROOT}.2.1"
_CT, _MR = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4"
_ENHANCED_CT, _CR = "1.2.840.10008.5.1.4.1.1.2.1", "1.2.840.10008.5.1.4.1.1.1"
_US_MULTIFRAME, _SECONDARY = "1.2.840.10008.5.1.4.1.1.3.1", "1.2.840.10008.5.1.4.1.1.7"


class Ellipsoid(NamedTuple):
    """A body part: centre and half axes in a cube from -1 to 1, turned by `angle` degrees, of one density."""

    x: float
    y: float
    z: float
    a: float
    b: float
    c: float
    angle: float
    density: float


# Later ones lie on top. Densities are Hounsfield units.
_CHEST = [
    Ellipsoid(0, 0.02, 0, 0.92, 0.66, 3.0, 0, -90),  # fat
    Ellipsoid(0, 0.02, 0, 0.86, 0.60, 3.0, 0, 45),  # muscle
    Ellipsoid(0, 0.00, 0, 0.78, 0.52, 3.0, 0, 300),  # ribs
    Ellipsoid(0, 0.00, 0, 0.74, 0.48, 3.0, 0, 20),
    Ellipsoid(-0.38, 0.00, 0, 0.30, 0.40, 0.9, 12, -850),  # lungs
    Ellipsoid(0.38, 0.00, 0, 0.30, 0.40, 0.9, -12, -850),
    Ellipsoid(0.10, -0.08, -0.1, 0.24, 0.20, 0.6, 30, 60),  # heart
    Ellipsoid(0.14, -0.08, -0.1, 0.12, 0.10, 0.4, 30, 180),  # its contrast medium
    Ellipsoid(0.00, 0.38, 0, 0.13, 0.12, 3.0, 0, 450),  # vertebra
    Ellipsoid(0.00, 0.40, 0, 0.06, 0.05, 3.0, 0, 20),
    Ellipsoid(-0.07, 0.24, 0, 0.06, 0.06, 3.0, 0, 190),  # aorta
    Ellipsoid(0.34, -0.10, 0.2, 0.05, 0.05, 0.12, 0, 40),  # a nodule
    *(Ellipsoid(-0.38 + 0.08 * i, 0.1 - 0.06 * i, 0.1 * i, 0.02, 0.05, 0.5, 40 * i, -200) for i in range(5)),
    *(Ellipsoid(0.30 + 0.05 * i, 0.2 - 0.06 * i, -0.1 * i, 0.02, 0.05, 0.5, -30 * i, -200) for i in range(5)),
]

# Densities are signal intensities.
_HEAD = [
    Ellipsoid(0, 0, 0, 0.72, 0.90, 0.95, 0, 900),  # skin and fat
    Ellipsoid(0, 0, 0, 0.67, 0.85, 0.90, 0, 60),  # skull
    Ellipsoid(0, 0, 0, 0.62, 0.80, 0.85, 0, 240),  # liquor
    Ellipsoid(-0.30, 0, 0, 0.29, 0.74, 0.80, 3, 520),  # grey matter
    Ellipsoid(0.30, 0, 0, 0.29, 0.74, 0.80, -3, 520),
    Ellipsoid(-0.30, 0, 0, 0.22, 0.62, 0.65, 6, 700),  # white matter
    Ellipsoid(0.30, 0, 0, 0.22, 0.62, 0.65, -6, 700),
    Ellipsoid(-0.11, -0.10, 0.1, 0.06, 0.28, 0.35, -14, 200),  # ventricles
    Ellipsoid(0.11, -0.10, 0.1, 0.06, 0.28, 0.35, 14, 200),
    Ellipsoid(-0.16, 0.12, -0.1, 0.08, 0.14, 0.2, 20, 580),  # basal ganglia
    Ellipsoid(0.16, 0.12, -0.1, 0.08, 0.14, 0.2, -20, 580),
    Ellipsoid(0.30, -0.34, 0.1, 0.07, 0.07, 0.12, 0, 1100),  # a lesion
]


def draw(parts: list[Ellipsoid], z: float, size: int, background: float, noise: float, seed: int) -> Image:
    """One slice through the parts, with noise."""
    y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
    image = np.full((size, size), float(background))
    for part in parts:
        turn = np.deg2rad(part.angle)
        along = (x - part.x) * np.cos(turn) + (y - part.y) * np.sin(turn)
        across = (y - part.y) * np.cos(turn) - (x - part.x) * np.sin(turn)
        inside = (along / part.a) ** 2 + (across / part.b) ** 2 + ((z - part.z) / part.c) ** 2 <= 1
        image[inside] = part.density
    return image + np.random.default_rng(seed).normal(0, noise, image.shape)


def _person() -> list[Element]:
    return [
        (0x00100010, "PN", "Phantom^Ada^^Dr."),
        (0x00100020, "LO", "SAMPLE-1"),
        (0x00100030, "DA", "19701224"),
        (0x00100040, "CS", "F"),
    ]


def _frame_of(series: int, number: int, sop_class: str, modality: str, description: str) -> list[Element]:
    """What every object of the study has, up to the image itself."""
    return [
        (0x00080008, "CS", ["DERIVED", "PRIMARY", "AXIAL"]),
        (0x00080016, "UI", sop_class),
        (0x00080018, "UI", f"{_STUDY}.{series}.{number}"),
        (0x00080020, "DA", "20260105"),
        (0x00080030, "TM", "101500"),
        (0x00080060, "CS", modality),
        (0x00080070, "LO", "fastdcm"),
        (0x0008103E, "LO", description),
        *_person(),
        (0x0020000D, "UI", _STUDY),
        (0x0020000E, "UI", f"{_STUDY}.{series}"),
        (0x00200011, "IS", series),
        (0x00200013, "IS", number),
    ]


def _pixel_module(
    image: NDArray[np.generic], *, bits_stored: int, signed: bool = False, photometric: str = "MONOCHROME2"
) -> list[Element]:
    """The Image Pixel attributes of one frame (PS3.3 C.7.6.3)."""
    rows, columns, *samples = image.shape
    allocated = image.dtype.itemsize * 8
    colour: list[Element] = [(0x00280006, "US", 0)] if samples else []
    return [
        (0x00280002, "US", samples[0] if samples else 1),
        (0x00280004, "CS", photometric),
        *colour,
        (0x00280010, "US", rows),
        (0x00280011, "US", columns),
        (0x00280100, "US", allocated),
        (0x00280101, "US", bits_stored),
        (0x00280102, "US", bits_stored - 1),
        (0x00280103, "US", int(signed)),
    ]


def _placed(dataset: Dataset) -> list[Element]:
    """The data set in ascending order of tags."""
    return sorted(dataset, key=lambda element: element[0])


def _slice_geometry(z: float, spacing: float) -> list[Element]:
    return [
        (0x00180050, "DS", 5.0),
        (0x00200032, "DS", [-180.0, -180.0, z]),
        (0x00200037, "DS", [1, 0, 0, 0, 1, 0]),
        (0x00200052, "UI", f"{_STUDY}.9"),
        (0x00280030, "DS", [spacing, spacing]),
    ]


def ct_series() -> Iterator[Dataset]:
    """Native 16-bit CT, signed, with rescale to Hounsfield units."""
    for number in range(1, 25):
        z = (number - 12.5) / 12.5
        image = draw(_CHEST, z, 256, -1000, 18, number).round().astype("<i2")
        yield _placed(
            [
                *_frame_of(1, number, _CT, "CT", "Chest, native"),
                *_slice_geometry(number * 5.0, 1.4),
                (0x00180060, "DS", 120),
                *_pixel_module(image, bits_stored=16, signed=True),
                (0x00281050, "DS", 40),
                (0x00281051, "DS", 400),
                (0x00281052, "DS", 0),
                (0x00281053, "DS", 1),
                (0x00281054, "LO", "HU"),
                pixel_data(image.tobytes()),
            ]
        )


def mr_series() -> Iterator[Dataset]:
    """12-bit MR in RLE Lossless."""
    for number in range(1, 17):
        z = (number - 8.5) / 10
        image = draw(_HEAD, z, 256, 12, 9, 100 + number).clip(0, 4095).round().astype("<u2")
        frame = rle_frame(image.tobytes(), rows=256, bytes_per_sample=2)
        yield _placed(
            [
                *_frame_of(2, number, _MR, "MR", "Head, RLE"),
                *_slice_geometry(number * 6.0, 0.9),
                (0x00180080, "DS", 500.0),
                (0x00180081, "DS", 12.5),
                *_pixel_module(image, bits_stored=12),
                encapsulated([frame]),
            ]
        )


def enhanced_series() -> Iterator[Dataset]:
    """One enhanced multi-frame CT: what the frames share, and what each has (PS3.3 C.7.6.16)."""
    count = 12
    frames = [
        draw(_CHEST, (index - 5.5) / 7, 192, -1000, 12, 200 + index).round().astype("<i2")
        for index in range(count)
    ]
    shared: list[Element] = [
        (0x00289110, "SQ", [[(0x00180050, "DS", 8.0), (0x00280030, "DS", [1.9, 1.9])]]),
        (0x00289145, "SQ", [[(0x00281052, "DS", 0), (0x00281053, "DS", 1), (0x00281054, "LO", "HU")]]),
    ]
    each: list[Dataset] = [
        [
            (0x00209111, "SQ", [[(0x00209056, "SH", "1"), (0x00209057, "UL", index + 1)]]),
            (0x00209113, "SQ", [[(0x00200032, "DS", [-180.0, -180.0, index * 8.0])]]),
        ]
        for index in range(count)
    ]
    yield _placed(
        [
            *_frame_of(3, 1, _ENHANCED_CT, "CT", "Chest, multi-frame"),
            *_pixel_module(frames[0], bits_stored=16, signed=True),
            (0x00280008, "IS", count),
            (0x52009229, "SQ", [shared]),
            (0x52009230, "SQ", each),
            pixel_data(b"".join(frame.tobytes() for frame in frames)),
        ]
    )


def cr_series() -> Iterator[Dataset]:
    """Computed radiographs in implicit VR; MONOCHROME1: the smallest value is white."""
    for number in range(1, 3):
        depth = np.zeros((384, 384))
        for z in np.linspace(-0.9, 0.9, 24):
            depth += draw(_CHEST if number == 1 else _HEAD, float(z), 384, -1000 if number == 1 else 0, 0, 0)
        scaled = (depth - depth.min()) / (depth.max() - depth.min())
        noise = np.random.default_rng(300 + number).normal(0, 12, scaled.shape)
        image = ((1 - scaled) * 3800 + 100 + noise).clip(0, 4095).round().astype("<u2")
        yield _placed(
            [
                *_frame_of(4, number, _CR, "CR", "Projections, implicit VR"),
                *_pixel_module(image, bits_stored=12, photometric="MONOCHROME1"),
                pixel_data(image.tobytes()),
            ]
        )


def us_series() -> Iterator[Dataset]:
    """A colour cine loop of 8 frames, RLE Lossless."""
    size, frames = 160, []
    y, x = np.mgrid[0 : 1 : size * 1j, -1 : 1 : size * 1j]
    depth = np.hypot(x, y)
    fan = (depth < 0.97) & (np.abs(np.arctan2(x, y)) < 0.7)
    for index in range(8):
        phase = 2 * np.pi * index / 8
        speckle = np.random.default_rng(400 + index).rayleigh(38, (size, size))
        wall = 0.30 + 0.05 * np.sin(phase)
        chamber = np.hypot(x / 0.8, y - 0.55) < wall
        grey = np.where(chamber, speckle * 0.25, speckle * (1.4 - depth)) * fan
        image = np.repeat(grey[:, :, None], 3, axis=2)
        jet = chamber & (np.abs(x - 0.1 * np.sin(phase)) < 0.08) & fan
        image[jet] = (230, 90 + 60 * np.sin(phase), 30)
        frames.append(image.clip(0, 255).astype(np.uint8))
    yield _placed(
        [
            *_frame_of(5, 1, _US_MULTIFRAME, "US", "Heart, colour cine, RLE"),
            *_pixel_module(frames[0], bits_stored=8, photometric="RGB"),
            (0x00280008, "IS", len(frames)),
            (0x00280009, "AT", 0x00181063),
            (0x00181063, "DS", 66.7),
            encapsulated(rle_frame(frame.tobytes(), rows=size, samples=3) for frame in frames),
        ]
    )


def damaged_files() -> Iterator[tuple[str, bytes]]:
    """Files as accidents leave them: cut while copied, odd number and date, no DICOM at all."""
    ct = next(ct_series())
    whole = encode_file([*ct[:2], (0x00080018, "UI", f"{_STUDY}.6.1"), *ct[3:]])
    yield "cut-in-pixel-data.dcm", whole[: len(whole) - 90_000]
    image = draw(_HEAD, 0.0, 128, 12, 9, 500).clip(0, 4095).round().astype("<u2")
    odd = _placed(
        [
            *(
                e
                for e in _frame_of(6, 2, _SECONDARY, "OT", "Odd values")
                if e[0] not in (0x00080020, 0x00200011)
            ),
            (0x00080020, "DA", "05.01.2026"),
            (0x00200011, "IS", "six"),
            *_pixel_module(image, bits_stored=12),
            pixel_data(image.tobytes()),
        ]
    )
    yield "odd-values.dcm", encode_file(odd)
    yield "notes.txt", b"Slices 3 and 4 were repeated because of motion.\n"


def make_study(folder: Path) -> list[Path]:
    """Writes the study below `folder` and returns the paths of its files."""
    series: list[tuple[str, Encoding, Iterator[Dataset]]] = [
        ("1-ct-native", EXPLICIT_LITTLE, ct_series()),
        ("2-mr-rle", RLE_LOSSLESS, mr_series()),
        ("3-ct-multiframe", EXPLICIT_LITTLE, enhanced_series()),
        ("4-cr-implicit", IMPLICIT_LITTLE, cr_series()),
        ("5-us-colour", RLE_LOSSLESS, us_series()),
    ]
    paths = [
        write_file(folder / name / f"{number:03}.dcm", dataset, encoding, undefined=name.startswith("3"))
        for name, encoding, datasets in series
        for number, dataset in enumerate(datasets, start=1)
    ]
    (folder / "6-damaged").mkdir(parents=True, exist_ok=True)
    for name, data in damaged_files():
        path = folder / "6-damaged" / name
        path.write_bytes(data)
        paths.append(path)
    return paths


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: make_study.py FOLDER")
    written = make_study(Path(sys.argv[1]))
    print(
        f"{len(written)} files, {sum(path.stat().st_size for path in written) / 1e6:.1f} MB in {sys.argv[1]}"
    )
