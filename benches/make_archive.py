"""Makes the files that the benches read, like those of a clinical archive. The same call, the same bytes.

    python benches/make_archive.py [FOLDER]

=====================  ============================================================================
headers-FORM/          2,000 CT 512x512 of 240 elements, their pixels a hole in the file: for scans
ct-VARIANT/            480 CT 512x512 with real pixels: Bits Stored 12 or 16, signed or not, or RLE
enhanced-FORM.dcm      an enhanced multi-frame object of 2,000 frames and 92,000 elements
=====================  ============================================================================

FORM is explicit or implicit, with defined or undefined lengths of sequences and items.
"""

from __future__ import annotations

import itertools
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

import dicom_writer as dicom

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

FOLDER = Path(__file__).resolve().parent / "data"
HEADERS, FRAMES = 2_000, 2_000
# So many files that a variant does not fit into the processor's caches; their images repeat.
FILES, IMAGES = 480, 24
CT_ELEMENTS, FRAME_ELEMENTS = 240, 46
SIZE = 512
# Told apart from what an older version of this script left.
_VERSION = "3"

_ROOT = "1.2.826.0.1.3680043.10.1701.3"
_CT, _ENHANCED_CT = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.2.1"
FORMS = {
    "explicit-defined": (dicom.EXPLICIT_LITTLE, False),
    "explicit-undefined": (dicom.EXPLICIT_LITTLE, True),
    "implicit-defined": (dicom.IMPLICIT_LITTLE, False),
    "implicit-undefined": (dicom.IMPLICIT_LITTLE, True),
}
# Bits Stored and Pixel Representation. Most writers fill the unused bits of signed cells with the sign, as
# arithmetic does; "bare" cells have zeros there, and readers must fill them.
PIXELS = {
    "12-unsigned": (12, 0),
    "12-signed": (12, 1),
    "12-signed-bare": (12, 1),
    "16-unsigned": (16, 0),
    "16-signed": (16, 1),
}


def code(value: str, scheme: str, meaning: str) -> dicom.Dataset:
    """One item of a code sequence."""
    return [(0x00080100, "SH", value), (0x00080102, "SH", scheme), (0x00080104, "LO", meaning)]


def ct_header(number: int, *, bits_stored: int = 12, signed: int = 0) -> list[dicom.Element]:
    """240 elements, nested ones counted: standard ones as scanners write them, and three private blocks."""
    z = -120.5 + 1.25 * number
    elements: list[dicom.Element] = [
        (0x00080005, "CS", "ISO_IR 100"),
        (0x00080008, "CS", ["ORIGINAL", "PRIMARY", "AXIAL", "CT_SOM5 SPI"]),
        (0x00080012, "DA", "20260105"),
        (0x00080013, "TM", "101533.921000"),
        (0x00080016, "UI", _CT),
        (0x00080018, "UI", f"{_ROOT}.1.{number}"),
        (0x00080020, "DA", "20260105"),
        (0x00080021, "DA", "20260105"),
        (0x00080022, "DA", "20260105"),
        (0x00080023, "DA", "20260105"),
        (0x00080030, "TM", "100912.171000"),
        (0x00080031, "TM", "101458.312000"),
        (0x00080032, "TM", "101503.118123"),
        (0x00080033, "TM", "101503.118123"),
        (0x00080050, "SH", "A2026010500417"),
        (0x00080060, "CS", "CT"),
        (0x00080070, "LO", "EXAMPLE MEDICAL"),
        (0x00080080, "LO", "University Hospital"),
        (0x00080081, "ST", "Long Street 1, Example City, District, XX, ZIP"),
        (0x00080090, "PN", "Referring^Rita^^Dr."),
        (0x00081010, "SH", "CT64001"),
        (0x00081030, "LO", "Thorax^1_ThoraxRoutine (Adult)"),
        (0x00081032, "SQ", [code("CTTHX", "L", "CT thorax with contrast")]),
        (0x0008103E, "LO", "Thorax  1.25  B70f"),
        (0x00081040, "LO", "Department of Radiology"),
        (0x00081050, "PN", "Performing^Paul"),
        (0x00081070, "PN", "Operator^Olga"),
        (0x00081090, "LO", "Example 64"),
        (
            0x00081111,
            "SQ",
            [[(0x00081150, "UI", "1.2.840.10008.3.1.2.3.3"), (0x00081155, "UI", f"{_ROOT}.7")]],
        ),
        (0x00081140, "SQ", [[(0x00081150, "UI", _CT), (0x00081155, "UI", f"{_ROOT}.1.0")]]),
        (0x00082111, "ST", "Example 64 CT VA1 DUMMY: reconstructed from raw data"),
        (0x00100010, "PN", "Archive^Anna^Maria"),
        (0x00100020, "LO", "PID00417"),
        (0x00100030, "DA", "19701224"),
        (0x00100040, "CS", "F"),
        (0x00101010, "AS", "055Y"),
        (0x00101020, "DS", 1.72),
        (0x00101030, "DS", 68),
        (0x00180010, "LO", "Iodine 300"),
        (0x00180015, "CS", "CHEST"),
        (0x00180022, "CS", "HELICAL MODE"),
        (0x00180050, "DS", 1.25),
        (0x00180060, "DS", 120),
        (0x00180090, "DS", 500),
        (0x00181000, "LO", "64001"),
        (0x00181020, "LO", ["VA1", "B20"]),
        (0x00181030, "LO", "1_ThoraxRoutine"),
        (0x00181100, "DS", 350),
        (0x00181110, "DS", 1040),
        (0x00181111, "DS", 570),
        (0x00181120, "DS", 0),
        (0x00181130, "DS", 147.5),
        (0x00181140, "CS", "CW"),
        (0x00181150, "IS", 500),
        (0x00181151, "IS", 219),
        (0x00181152, "IS", 110),
        (0x00181160, "SH", "WEDGE_3"),
        (0x00181170, "IS", 42),
        (0x00181190, "DS", 1.2),
        (0x00181200, "DA", ["20260101", "20260104"]),
        (0x00181201, "TM", ["061212.000000", "060901.000000"]),
        (0x00181210, "SH", ["B70f", "3"]),
        (0x00185100, "CS", "HFS"),
        (0x00189305, "FD", 0.5),
        (0x00189306, "FD", 0.6),
        (0x00189307, "FD", 38.4),
        (0x00189309, "FD", 46.1),
        (0x00189311, "FD", 1.2),
        (0x00189323, "CS", "XYZ_EC"),
        (0x00189324, "FD", 0.0),
        (0x00189345, "FD", 7.41),
        (0x00189346, "SQ", [code("113691", "DCM", "IEC Body Dosimetry Phantom")]),
        (0x0020000D, "UI", f"{_ROOT}.2"),
        (0x0020000E, "UI", f"{_ROOT}.2.4"),
        (0x00200010, "SH", "S00417"),
        (0x00200011, "IS", 4),
        (0x00200012, "IS", 2),
        (0x00200013, "IS", number),
        (0x00200032, "DS", [-174.658203, -174.658203, z]),
        (0x00200037, "DS", [1, 0, 0, 0, 1, 0]),
        (0x00200052, "UI", f"{_ROOT}.5"),
        (0x00201040, "LO", "SN"),
        (0x00201041, "DS", z),
        (0x00204000, "LT", "kernel B70f, no gating"),
        (0x00280002, "US", 1),
        (0x00280004, "CS", "MONOCHROME2"),
        (0x00280010, "US", SIZE),
        (0x00280011, "US", SIZE),
        (0x00280030, "DS", [0.683594, 0.683594]),
        (0x00280100, "US", 16),
        (0x00280101, "US", bits_stored),
        (0x00280102, "US", bits_stored - 1),
        (0x00280103, "US", signed),
        (0x00280106, "SS" if signed else "US", 0),
        (0x00280107, "SS" if signed else "US", 2047),
        (0x00281050, "DS", [-600, 50]),
        (0x00281051, "DS", [1200, 350]),
        (0x00281052, "DS", -1024),
        (0x00281053, "DS", 1),
        (0x00281054, "LO", "HU"),
        (0x00281055, "LO", ["WINDOW1", "WINDOW2"]),
        (0x00321032, "PN", "Requesting^Rosa"),
        (0x00321060, "LO", "CT thorax with contrast"),
        (0x00400244, "DA", "20260105"),
        (0x00400245, "TM", "100912.171000"),
        (0x00400253, "SH", "PPS417"),
        (0x00400254, "LO", "CT thorax with contrast"),
        (
            0x00400275,
            "SQ",
            [[(0x00400007, "LO", "CT thorax"), (0x00400009, "SH", "SPS417"), (0x00401001, "SH", "RP417")]],
        ),
        (0x00400280, "ST", "no adverse reaction"),
    ]
    elements += _private_blocks(CT_ELEMENTS - 1 - count(elements))
    return sorted(elements, key=lambda element: element[0])


def _private_blocks(number: int) -> Iterator[dicom.Element]:
    """Three creators; elements of the sizes and kinds that CT scanners write, one of 3 KB among them."""
    kinds = itertools.cycle(
        [
            ("LO", "ACQ PARAMETER SET"),
            ("DS", [1.5, 2.5, 3.25]),
            ("SL", 417),
            ("FD", 0.125),
            ("SH", "AUTO"),
            ("IS", 12),
            ("US", [1, 2, 3, 4]),
            ("UN", bytes(24)),
        ]
    )
    creators = (
        (0x00190010, "EXAMPLE CT VA1"),
        (0x00290010, "EXAMPLE CSA HEADER"),
        (0x00430010, "EXAMPLE PARM 01"),
    )
    yield from ((tag, "LO", creator) for tag, creator in creators)
    yield (0x00291010, "OB", bytes(range(256)) * 13)
    for index in range(number - len(creators) - 1):
        creator = creators[index % 3][0]
        vr, value = next(kinds)
        yield ((creator & 0xFFFF0000) | 0x1020 + index // 3, vr, value)


def count(dataset: dicom.Dataset) -> int:
    """Elements of a data set, nested ones too; items are not elements."""
    return sum(1 + sum(map(count, value)) if vr == "SQ" else 1 for _, vr, value in dataset)


_RECONSTRUCTION: dicom.Dataset = [
    (0x00181100, "DS", 350),
    (0x00181210, "SH", "B70f"),
    (0x00189315, "CS", "FILTER_BACK_PROJ"),
    (0x00189316, "CS", "SHARP"),
    (0x00189317, "FD", [350.0, 350.0]),
    (0x00189322, "FD", [0.683594, 0.683594]),
]
_FRAME_TYPE: dicom.Dataset = [
    (0x00089007, "CS", ["ORIGINAL", "PRIMARY", "VOLUME", "NONE"]),
    (0x00089206, "CS", "VOLUME"),
]


def _frame_content(index: int) -> dicom.Dataset:
    time = f"20260105101503.{index:06}"
    return [
        (0x00189074, "DT", time),
        (0x00189151, "DT", time),
        (0x00189220, "FD", 250.0),
        (0x00209056, "SH", "1"),
        (0x00209057, "UL", index + 1),
        (0x00209128, "UL", 1),
        (0x00209157, "UL", [1, index + 1]),
    ]


def per_frame(index: int) -> dicom.Dataset:
    """46 elements of one frame: the functional groups of an enhanced CT (PS3.3 A.38.1.4)."""
    z = index * 0.625
    return [
        (
            0x00189301,
            "SQ",
            [[(0x00189302, "CS", "SPIRAL"), (0x00189333, "CS", "NO"), (0x00189334, "CS", "NO")]],
        ),
        (0x00189304, "SQ", [[(0x00189305, "FD", 0.5), (0x00189306, "FD", 0.6), (0x00189307, "FD", 38.4)]]),
        (0x00189308, "SQ", [[(0x00189309, "FD", 46.1), (0x00189310, "FD", 23.0), (0x00189311, "FD", 1.2)]]),
        (0x00189314, "SQ", [_RECONSTRUCTION]),
        (
            0x00189321,
            "SQ",
            [[(0x00189328, "FD", 500), (0x00189330, "FD", 219), (0x00189332, "FD", 110)]],
        ),
        (
            0x00189325,
            "SQ",
            [[(0x00180060, "DS", 120), (0x00181160, "SH", "WEDGE"), (0x00187050, "CS", "AL")]],
        ),
        (0x00189329, "SQ", [_FRAME_TYPE]),
        (0x00209111, "SQ", [_frame_content(index)]),
        (0x00209113, "SQ", [[(0x00200032, "DS", [-174.658203, -174.658203, z])]]),
        (0x00209116, "SQ", [[(0x00200037, "DS", [1, 0, 0, 0, 1, 0])]]),
        (0x00289145, "SQ", [[(0x00281052, "DS", -1024), (0x00281053, "DS", 1), (0x00281054, "LO", "HU")]]),
    ]


def enhanced() -> list[dicom.Element]:
    """An enhanced CT of 2,000 frames and, with what they share, 92,000 elements and a few."""
    rows = columns = 32
    shared: dicom.Dataset = [
        (0x00289110, "SQ", [[(0x00180050, "DS", 0.625), (0x00280030, "DS", [0.683594, 0.683594])]]),
    ]
    header = [
        element
        for element in ct_header(1, bits_stored=16)
        if element[0] not in (0x00280010, 0x00280011, 0x00080016, 0x00080018)
    ]
    pixels = np.arange(FRAMES * rows * columns, dtype="<u2")
    elements: list[dicom.Element] = [
        *header,
        (0x00080016, "UI", _ENHANCED_CT),
        (0x00080018, "UI", f"{_ROOT}.3"),
        (0x00280008, "IS", FRAMES),
        (0x00280010, "US", rows),
        (0x00280011, "US", columns),
        (0x52009229, "SQ", [shared]),
        (0x52009230, "SQ", [per_frame(index) for index in range(FRAMES)]),
        dicom.pixel_data(pixels.tobytes()),
    ]
    return sorted(elements, key=lambda element: element[0])


def image(number: int, *, bits_stored: int, signed: int) -> NDArray[np.generic]:
    """Something round, with noise, in the range of Bits Stored; the dtype is that of a decoded array."""
    y, x = np.mgrid[-1 : 1 : SIZE * 1j, -1 : 1 : SIZE * 1j]
    distance = np.hypot(x, y + number / 500)
    noise = np.random.default_rng(number).normal(0, 12, (SIZE, SIZE))
    half = 1 << (bits_stored - 1)
    values = np.where(distance < 0.8, 1060 + 200 * np.cos(12 * distance), 24) + noise
    values = values.clip(0, half - 1) - (half // 2 if signed else 0)
    return values.astype("<i2" if signed else "<u2")


def _write_headers(folder: Path, encoding: dicom.Encoding, *, undefined: bool) -> None:
    """Files whose Pixel Data is a hole: no disk is needed for what a scan never reads."""
    folder.mkdir()
    size = SIZE * SIZE * 2
    for number in range(HEADERS):
        data = dicom.encode_file(ct_header(number), encoding, undefined=undefined, charset="latin-1")
        data += dicom.element_header(0x7FE00010, "OW", size, encoding)
        with (folder / f"{number:05}.dcm").open("wb") as file:
            file.write(data)
            file.truncate(len(data) + size)


def _write_images(folder: Path, *, bits_stored: int, signed: int) -> None:
    """Native pixels, or RLE, by the name of the folder."""
    folder.mkdir()
    is_rle = folder.name.endswith("rle")
    elements: list[dicom.Element] = []
    for number in range(IMAGES):
        cells = image(number, bits_stored=bits_stored, signed=signed)
        if folder.name.endswith("bare"):
            cells = cells.view("<u2") & ((1 << bits_stored) - 1)
        if is_rle:
            frame = dicom.rle_frame(cells.tobytes(), rows=SIZE, bytes_per_sample=2)
            elements.append(dicom.encapsulated([frame]))
        else:
            elements.append(dicom.pixel_data(cells.tobytes()))
    encoding = dicom.RLE_LOSSLESS if is_rle else dicom.EXPLICIT_LITTLE
    for number in range(FILES):
        header = ct_header(number, bits_stored=bits_stored, signed=signed)
        path = folder / f"{number:05}.dcm"
        dicom.write_file(path, [*header, elements[number % IMAGES]], encoding)


def make_archive(folder: Path = FOLDER) -> Path:
    """The folder of the archive, which is made where it is not there yet."""
    archive = folder / f"archive-{_VERSION}"
    if (archive / "complete").exists():
        return archive
    if archive.exists():
        msg = f"{archive} is incomplete: remove it"
        raise SystemExit(msg)
    archive.mkdir(parents=True)
    for name, (encoding, undefined) in FORMS.items():
        _write_headers(archive / f"headers-{name}", encoding, undefined=undefined)
        dicom.write_file(archive / f"enhanced-{name}.dcm", enhanced(), encoding, undefined=undefined)
    for name, (bits_stored, signed) in PIXELS.items():
        _write_images(archive / f"ct-{name}", bits_stored=bits_stored, signed=signed)
    _write_images(archive / "ct-rle", bits_stored=12, signed=0)
    (archive / "complete").touch()
    return archive


if __name__ == "__main__":
    print(make_archive(*map(Path, sys.argv[1:2])))
