"""Fills FOLDER/TARGET/ with seeds: small real files, and what tests/dicom_writer.py writes.

    python seeds.py FOLDER

FASTDCM_CORPUS names the folder of real files (default: ../shared/corpus beside the repository). Without it
there are the written ones only.
"""

from __future__ import annotations

import functools
import hashlib
import itertools
import json
import os
import struct
import sys
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "tests"))

import codestreams  # noqa: E402  (found by the line above)
import dicom_writer as dicom  # noqa: E402
import mutated_files  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator

_LARGEST = 24 << 10
_CHOICES = {dicom.EXPLICIT_LITTLE: 0, dicom.IMPLICIT_LITTLE: 1, dicom.EXPLICIT_BIG: 2}


def corpus_files() -> Iterator[bytes]:
    """Files of the corpus that are small enough to be mutated fast."""
    corpus = Path(os.environ.get("FASTDCM_CORPUS", REPOSITORY / "../shared/corpus"))
    for path in sorted((corpus / "files").rglob("*")):
        if path.is_file() and 0 < path.stat().st_size <= _LARGEST:
            yield path.read_bytes()


def sample(name: str, *, sequence: bool = True) -> list[dicom.Element]:
    """A data set with every kind of value, nested and private ones too."""
    item: dicom.Dataset = [(0x00080100, "SH", "T-D3000"), (0x00080102, "SH", "SRT"), (0x00080104, "LO", name)]
    elements: list[dicom.Element] = [
        (0x00080005, "CS", ["ISO 2022 IR 6", "ISO 2022 IR 87"]),
        (0x00080008, "CS", ["ORIGINAL", "PRIMARY"]),
        (0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.2"),
        (0x00080018, "UI", "1.2.3.4"),
        (0x00080020, "DA", "20260105"),
        (0x0008002A, "DT", "20260105101500.5+0100"),
        (0x00080030, "TM", "101500.25"),
        (0x00090010, "LO", "FASTDCM TEST"),
        (0x00091001, "UN", b"\1\2\3\4"),
        (0x00100010, "PN", "Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B"),
        (0x00101010, "AS", "042Y"),
        (0x00180050, "DS", [1.25, 2.5]),
        (0x00200013, "IS", 7),
        (0x00280009, "AT", 0x00181063),
        (0x00280010, "US", 4),
        (0x00280106, "SS", -3),
        (0x00720072, "FL", 1.5),
        (0x00720074, "FD", [1.5, -2.5]),
        (0x00720078, "UL", 70_000),
        (0x0072007C, "SL", -70_000),
        (0x00720082, "SV", -(1 << 40)),
        (0x00720083, "UV", 1 << 40),
        (0x00720068, "LT", "some text"),
        (0x0072006E, "ST", "text"),
        (0x0072006F, "UC", ["unlimited", "characters"]),
        (0x00720070, "UT", "text\r\n"),
        (0x00720071, "UR", "https://example.org"),
        (0x0072005E, "AE", "STATION"),
        (0x7FE00010, "OW", struct.pack("<8H", *range(8))),
    ]
    if sequence:
        elements.insert(10, (0x00081140, "SQ", [[*item, (0x00081199, "SQ", [item, []])], item]))
        elements.sort(key=lambda element: element[0])
    return elements


def data_sets() -> Iterator[tuple[int, bytes]]:
    """Data sets of our own with the number by which the tokenizer's target knows their encoding."""
    for encoding, choice in _CHOICES.items():
        for undefined in (False, True):
            yield choice, dicom.encode_dataset(sample("Chest"), encoding, undefined=undefined)
    encapsulated = [*sample("Chest")[:-1], dicom.encapsulated([b"\1\2\3\4", b"\5\6"])]
    yield 0, dicom.encode_dataset(encapsulated)


def files() -> Iterator[bytes]:
    """Whole files: of our own, then of the corpus."""
    for encoding in (*_CHOICES, dicom.DEFLATED):
        yield dicom.encode_file(sample("Chest"), encoding)
        yield dicom.encode_file(sample("Chest"), encoding, undefined=True)
    yield dicom.encode_dataset(sample("Chest"), dicom.IMPLICIT_LITTLE)
    yield from corpus_files()


def tokenizer_seeds() -> Iterator[bytes]:
    """One byte of settings, then a data set."""
    for choice, data in data_sets():
        for settings in (choice, choice | 8, choice | 32):
            yield bytes([settings]) + data
    for data in corpus_files():
        if data[128:140] == b"DICM\2\0\0\0UL\4\0":
            (group_length,) = struct.unpack_from("<I", data, 140)
            implicit = b"1.2.840.10008.1.2\0" in data[140 : 144 + group_length]
            yield bytes([int(implicit)]) + data[144 + group_length :]


def write_seeds() -> Iterator[bytes]:
    """One byte, encodings and lengths of what is read and written, then a data set."""
    for choice, data in data_sets():
        for target, lengths in itertools.product(range(3), range(3)):
            yield bytes([choice | target << 2 | lengths << 5]) + data
    for seed in tokenizer_seeds():
        yield bytes([seed[0] & 3 | (seed[0] ^ 1) << 2 & 4]) + seed[1:]


def file_seeds() -> Iterator[bytes]:
    """One byte of settings, then a file."""
    for number, data in enumerate(files()):
        yield bytes([1 if number % 3 else number % 64]) + data


def value_seeds() -> Iterator[bytes]:
    """Two bytes, VR and settings, then a value: of every VR, sound and odd."""
    values = [
        b"ORIGINAL\\PRIMARY ",
        b"20260105",
        b"1.5\\-2.5e3\\ 7\\",
        b"-12\\+3\\2147483648 ",
        b"101533.921\\23",
        b"20260105101533.5+0100",
        b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=a^b^c^d^e^f=x",
        b"1.2.840.10008\0",
        struct.pack("<4H", 1, 2, 3, 65535),
        struct.pack("<2d", 1.5, float("nan")),
        b"\xc3\x84\\\xff\\\x81\\",
        b"1,5\\1e999\\NaN\\0x10",
    ]
    for number, value in itertools.product(range(34), values):
        yield bytes([number, number % 8]) + value


def character_set_seeds() -> Iterator[bytes]:
    """Terms of Specific Character Set, a line feed, a text (PS3.5 Annexes H to K)."""
    texts = [
        (b"ISO_IR 100", "Äneas^Rüdiger\\ß".encode("latin-1")),
        (b"ISO_IR 144", bytes.fromhex("bb ee da 63 65 dc d1 79 70 d3")),
        (b"ISO_IR 126", "Διονυσιος".encode("iso8859-7")),
        (b"ISO_IR 127", "قباني^لنزار".encode("iso8859-6")),
        (b"ISO_IR 138", "שרון^דבורה".encode("iso8859-8")),
        (b"ISO_IR 166", "นามสกุล".encode("tis-620")),
        (b"ISO_IR 192", "Wang^XiaoDong=王^小东\\é".encode()),
        (b"GB18030", "Wang^XiaoDong=王^小东\\𠀀".encode("gb18030")),
        (b"GBK", "Wang^XiaoDong=王^小东".encode("gbk")),
        (b"ISO_IR 13", b"\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\x1b$B;3ED\x1b(J"),
        (b"\\ISO 2022 IR 87", b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B"),
        (b"\\ISO 2022 IR 149", b"Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7"),
        (b"\\ISO 2022 IR 58", b"Zhang^XiaoDong=\x1b$)A\xd5\xc5^\x1b$)A\xd0\xa1\xb6\xab=\r\n\x1b$)A\xb5\xda"),
        (b"ISO 2022 IR 6\\ISO 2022 IR 159\\ISO 2022 IR 100", b'\x1b$(D"/\x1b(B\\\x1b-A\xc4'),
        (b"ISO-IR 192", b"\xff\xfe\x1b(B\x1b"),
    ]
    for terms, text in texts:
        yield terms + b"\n" + text


def encode_seeds() -> Iterator[bytes]:
    """One byte for the VR, then as for character sets: as bytes of the set, and as UTF-8."""
    number = itertools.count()
    for terms, text in [seed.split(b"\n", 1) for seed in character_set_seeds()]:
        yield bytes([next(number) % 34]) + terms + b"\n" + text
    texts = [
        "Äneas\\ß^=",
        "ﾔﾏﾀﾞ¥‾ 山田^太郎丂",
        "홍^길동 王小东\r\nИвж",
        "Διονυσιος שרון نام นาม €",
        "20260105-",
        "1.5e-3",
    ]
    terms_of_all = {seed.split(b"\n", 1)[0] for seed in character_set_seeds()}
    for terms, words in itertools.product(sorted(terms_of_all), texts):
        yield bytes([next(number) % 34]) + terms + b"\n" + words.encode()


def rle_seeds() -> Iterator[bytes]:
    """Three bytes of settings (rows, columns, kind of pixel), then a frame."""
    pixels = bytes(
        (place // 7) % 256 if place % 90 < 50 else place * 37 % 251 for place in range(12 * 20 * 3 * 4)
    )
    for kind, (width, samples) in {0: (1, 1), 1: (2, 1), 2: (4, 1), 4: (1, 3), 5: (2, 3)}.items():
        cells = pixels[: 12 * 20 * width * samples]
        frame = dicom.rle_frame(cells, rows=12, bytes_per_sample=width, samples=samples)
        yield bytes([12, 20, kind]) + frame
        yield bytes([12, 20, kind]) + frame[:-3]


def lookup_table_seeds() -> Iterator[bytes]:
    """Descriptors and data: in words, in bytes, in segments of all three kinds."""
    segments = (0, 3, 0, 1, 2, 1, 4, 10, 2, 2, 0, 0)
    for order, form in (("<", 0), (">", 1)):
        for entries, bits, plain, data in (
            (20, 12, 0, struct.pack(f"{order}20H", *range(20))),
            (20, 8, 0, bytes(range(20))),
            (14, 16, 2, struct.pack(f"{order}12H", *segments)),
            (14, 8, 2, bytes([*segments, 0, 0])),
        ):
            yield struct.pack("<HhBBBBBB", entries, -3, bits, form | plain, 4, 5, 1, 0) + data


def jpeg_seeds() -> Iterator[bytes]:
    """Three bytes of settings (rows, columns, kind of pixel), then a frame: with a DCT, and lossless."""
    for line in (REPOSITORY / "tests/vectors/jpeg.jsonl").read_text().splitlines():
        row = json.loads(line)
        rows, columns, components = row["shape"]
        kind = (0 if row["bits"] == 8 else 0x21) | {1: 0, 3: 4, 4: 8}[components]
        for reduce in range(4):
            yield bytes([rows, columns, kind | reduce << 6]) + bytes.fromhex(row["frame"])
    for columns, selection in itertools.product((3, 20), range(1, 8)):
        yield bytes([4, columns, 0x21]) + codestreams.jpeg_lossless(4, columns, selection)


def jpeg_ls_seeds() -> Iterator[bytes]:
    """Three bytes of settings (rows, columns, kind of pixel), then a frame: headers of ours before noise."""
    for seed in codestreams.jpeg_ls():
        kind = (0x21 if seed.precision > 8 else 0) | (4 if seed.samples == 3 else 0)
        yield bytes([seed.rows, seed.columns, kind]) + seed.frame


def codec_seeds(*endings: str) -> Iterator[bytes]:
    """Three bytes of settings, then a frame: those of tests/data/codecs, whole and cut."""
    for path in sorted((REPOSITORY / "tests/data/codecs").iterdir()):
        if path.suffix[1:] in endings:
            frame = path.read_bytes()
            kinds = (4, 0x44, 0x84) if path.stem.startswith("rgb8") else (0, 1, 0x21, 0x40, 0x81)
            for kind in kinds:
                yield bytes([13, 17, kind]) + frame
                yield bytes([13, 17, kind]) + frame[: len(frame) * 2 // 3]


def deflated_frame_seeds() -> Iterator[bytes]:
    """Three bytes of settings, then a frame."""
    for kind, size in {0: 1, 1: 2, 2: 4, 3: 1, 4: 3, 20: 3}.items():
        pixels = bytes((place // 7) % 256 for place in range(12 * 20 * size))
        stream = zlib.compress(pixels, wbits=-15)
        yield bytes([12, 20, kind]) + stream
        yield bytes([12, 20, kind]) + zlib.compress(pixels)


def pixel_seeds() -> Iterator[bytes]:
    """One byte of settings, then a file with an image."""
    for number, data in enumerate([*mutated_files.whole_files(), *files()]):
        yield bytes([number % 8 | number % 2 << 7]) + data


def json_seeds() -> Iterator[bytes]:
    """Texts of the DICOM JSON Model: of every VR, members in either order, nested, odd and cut."""
    values = {
        "PN": '{"Alphabetic":"Wang^XiaoDong","Ideographic":"\u738b","Phonetic":null}',
        "AT": '"7FE00010"',
        "SQ": '{"00100010":{"vr":"PN"}},{"0040A730":{"Value":[{}],"vr":"SQ"}}',
        "FD": '1e-7,"NaN",null',
        "UV": '"18446744073709551615",1.0',
        "SV": "-9007199254740993",
        "DS": '"1,5",1.50,null,".5"',
    }
    of_text = ["AE", "AS", "CS", "DA", "DT", "LO", "LT", "SH", "ST", "TM", "UC", "UI", "UR", "UT"]
    others = ["FL", "IS", "OB", "OD", "OF", "OL", "OV", "OW", "SL", "SS", "UL", "UN", "US"]
    for vr in [*of_text, *others, *values]:
        value = values.get(vr, "7" if vr in ("US", "SS", "UL", "SL", "FL", "IS") else '"a\\u00e9\\\\ "')
        member = (
            '"InlineBinary":"AAECAw=="'
            if vr in ("OB", "OD", "OF", "OL", "OV", "OW", "UN")
            else f'"Value":[{value}]'
        )
        yield f'{{"00091001":{{"vr":"{vr}",{member}}},"00080005":{{{member},"vr":"{vr}"}}}}'.encode()
        item = f'{{"00282000":{{{member},"vr":"{vr}"}}}}'
        yield f'[{{"0040A730":{{"Value":[{item}],"vr":"SQ"}}}},{{}}]'.encode()
    yield b'{"7FE00010":{"vr":"OW","BulkDataURI":"http://a/b"},"0010'
    yield b"\xef\xbb\xbf" + b'{"00081140":{"Value":[{' * 40


SEEDS = {
    "tokenizer": tokenizer_seeds,
    "file": file_seeds,
    "write": write_seeds,
    "values": value_seeds,
    "character_sets": character_set_seeds,
    "encode": encode_seeds,
    "rle": rle_seeds,
    "lookup_tables": lookup_table_seeds,
    "jpeg": jpeg_seeds,
    "jpeg_ls": jpeg_ls_seeds,
    "deflated_frame": deflated_frame_seeds,
    "htj2k": functools.partial(codec_seeds, "jph"),
    "jpeg2000": functools.partial(codec_seeds, "j2k", "jp2"),
    "jpeg_xl": functools.partial(codec_seeds, "jxl"),
    "pixels": pixel_seeds,
    "json_read": json_seeds,
    "json_write": file_seeds,
}


def main(folder: Path) -> None:
    """Writes the seeds, each under the name of its content, so that a second run adds nothing."""
    for target, seeds in SEEDS.items():
        (folder / target).mkdir(parents=True, exist_ok=True)
        for seed in seeds():
            (folder / target / hashlib.sha1(seed, usedforsecurity=False).hexdigest()).write_bytes(seed)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
