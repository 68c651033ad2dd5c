"""Makes the encoded files that codecs are measured with: images of the corpus where it is there, else drawn.

======================  ==========================================================================
ct                      512x512, 12 bits in 16
cr                      2500x2000, 12 bits in 16; cr-8 its upper 8 bits
rgb                     768x1024x3, a photograph
FAMILY, IMAGE.dcm       one frame of one of them; .frame its codestream
volume FAMILY.dcm       64 frames of the ct
frames-TABLE.dcm        2,000 frames of the ct's upper 8 bits as JPEG; one-frame.dcm the first of them
======================  ==========================================================================
"""

from __future__ import annotations

import functools
import io
import os
import struct
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import imagecodecs
import jpeg_ls
import numpy as np
from PIL import Image

import fastdcm
import make_archive
from make_archive import dicom

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

FRAMES = 2_000
VOLUME_FRAMES = 64
VOLUMES = ("JPEG baseline", "JPEG lossless SV1 16 bit", "JPEG-LS", "JPEG 2000 lossless", "HTJ2K lossless")
_VERSION = "1"
_CORPUS = Path(os.environ.get("FASTDCM_CORPUS", ""))
_SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
_ROOT = "1.2.826.0.1.3680043.10.1701.4"


class Variant(NamedTuple):
    """One encoding of one image."""

    family: str
    image: str
    transfer_syntax: str
    encode: Callable[[NDArray[Any]], bytes]
    # Decodes a frame in memory: the codec of the family with nothing around it, and who that is.
    decode_bare: Callable[[bytes], object]
    bare: str
    # The least that is asked for against the bare codec.
    aim: float
    photometric_interpretation: str = ""
    is_lossless: bool = True

    @property
    def name(self) -> str:
        """As it is told, and named on the disk."""
        return f"{self.family}, {self.image}"


def _corpus_image(file: str, **kwargs: Any) -> NDArray[Any] | None:
    path = _CORPUS / "files" / file
    return fastdcm.pixel_array(str(path), **kwargs) if path.is_file() else None


def _drawn(rows: int, columns: int, seed: int) -> NDArray[np.float64]:
    """Smooth shapes, edges and noise, from 0 to 1."""
    y, x = np.mgrid[-1 : 1 : rows * 1j, -1 : 1 : columns * 1j]
    distance = np.hypot(x, y)
    noise = np.random.default_rng(seed).normal(0, 0.004, (rows, columns))
    return (
        np.where(distance < 0.85, 0.5 + 0.2 * np.cos(9 * distance + seed) + 0.1 * x * y, 0.05) + noise
    ).clip(0, 1)


def _ct() -> NDArray[np.uint16]:
    real = _corpus_image("QIICR__dcmqi/data/segmentations/ct-3slice/01.dcm")
    if real is None:
        return (_drawn(512, 512, 1) * 4095).astype(np.uint16)
    return (real.astype(np.int32) + 1024).clip(0, 4095).astype(np.uint16)


def _cr() -> NDArray[np.uint16]:
    """The plate of the corpus has 10 bits: noise below them, and its edges mirrored to make it large."""
    real = _corpus_image("robyoung__dicom-test-files/data/WG04/JLSN/RG3_JLSN")
    if real is None:
        return (_drawn(2500, 2000, 2) * 4095).astype(np.uint16)
    noise = np.random.default_rng(2).integers(0, 4, (2500, 2000), np.uint16)
    return np.pad(real << 2, ((0, 740), (0, 240)), mode="reflect").astype(np.uint16) + noise


def _rgb() -> NDArray[np.uint8]:
    real = _corpus_image("pydicom__deid-data/deid_data/data/dicom-cookies/image2.dcm")
    if real is None:
        planes = [_drawn(768, 1024, seed) * 255 for seed in (3, 4, 5)]
        return np.stack(planes, axis=-1).astype(np.uint8)
    return real.reshape(768, 2, 1024, 2, 3).mean((1, 3)).astype(np.uint8)


@functools.cache
def image(name: str) -> NDArray[Any]:
    """One of the images, in a contiguous array."""
    if name.endswith("-8"):
        return np.ascontiguousarray((image(name[:-2]) >> 4).astype(np.uint8))
    return np.ascontiguousarray({"ct": _ct, "cr": _cr, "rgb": _rgb}[name]())


def bits_stored(name: str) -> int:
    """Of the samples of an image."""
    return 12 if image(name).dtype == np.uint16 else 8


def _pillow(pixels: NDArray[Any], **kwargs: Any) -> bytes:
    to = io.BytesIO()
    Image.fromarray(pixels).save(to, "JPEG", **kwargs)
    return to.getvalue()


def _jpeg(**kwargs: Any) -> Callable[[NDArray[Any]], bytes]:
    return lambda pixels: bytes(imagecodecs.jpeg8_encode(pixels, **kwargs))


def _progressive(pixels: NDArray[Any]) -> bytes:
    return _pillow(pixels, quality=90, progressive=True, subsampling="4:2:2")


def _jpeg_ls(near: int, interleave: int) -> Callable[[NDArray[Any]], bytes]:
    """CharLS takes colour by pixel whatever the interleave mode."""

    def encode(pixels: NDArray[Any]) -> bytes:
        samples, bits = (1, 12) if pixels.dtype == np.uint16 else (pixels[0, 0].size, 8)
        shape = (*pixels.shape[:2], samples)
        return bytes(jpeg_ls.encode_buffer(pixels.tobytes(), *shape, bits, near, interleave))

    return encode


def _jpeg_2000(decibels: float | None) -> Callable[[NDArray[Any]], bytes]:
    """With the reversible wavelet, or with so much signal to the noise."""

    def encode(pixels: NDArray[Any]) -> bytes:
        bits = 12 if pixels.dtype == np.uint16 else 8
        rate = {"level": decibels or 0, "reversible": decibels is None}
        return bytes(imagecodecs.jpeg2k_encode(pixels, codecformat="j2k", bitspersample=bits, **rate))

    return encode


def _htj2k(step: float | None) -> Callable[[NDArray[Any]], bytes]:
    """With the reversible wavelet, or with such steps of quantization."""
    level = {} if step is None else {"level": step}
    return lambda pixels: bytes(imagecodecs.htj2k_encode(pixels, reversible=step is None, **level))


def _jpeg_xl(**kwargs: Any) -> Callable[[NDArray[Any]], bytes]:
    return lambda pixels: bytes(imagecodecs.jpegxl_encode(pixels, numthreads=1, **kwargs))


def _deflate(pixels: NDArray[Any]) -> bytes:
    to = zlib.compressobj(wbits=-15)
    return to.compress(pixels.tobytes()) + to.flush()


def _decode_htj2k_openjpeg(frame: bytes) -> object:
    return imagecodecs.jpeg2k_decode(frame, numthreads=1)


def _decode_jpeg_xl(frame: bytes) -> object:
    return imagecodecs.jpegxl_decode(frame, numthreads=1)


def _inflate(frame: bytes) -> object:
    return zlib.decompress(frame, wbits=-15)


# What makes a tenth of each image, about.
_DECIBELS, _STEPS = {"ct": 52, "cr": 65, "rgb": 45}, {"ct": 0.0005, "cr": 0.0001, "rgb": 0.01}
# Interleave modes of JPEG-LS.
_BY_LINE, _BY_SAMPLE = 1, 2
_BASELINE, _EXTENDED, _PROGRESSIVE = (f"1.2.840.10008.1.2.4.{number}" for number in (50, 51, 55))
_LOSSLESS, _JPEG_LS, _JPEG_LS_NEAR = (f"1.2.840.10008.1.2.4.{number}" for number in (70, 80, 81))
_JPEG_2000_LOSSLESS, _JPEG_2000 = (f"1.2.840.10008.1.2.4.{number}" for number in (90, 91))
_HTJ2K_LOSSLESS, _HTJ2K = (f"1.2.840.10008.1.2.4.{number}" for number in (201, 203))
_JPEG_XL_LOSSLESS, _JPEG_XL = (f"1.2.840.10008.1.2.4.{number}" for number in (110, 112))
_DEFLATED = "1.2.840.10008.1.2.8.1"

_TURBO, _OPENJPEG = ("libjpeg-turbo", imagecodecs.jpeg8_decode), ("OpenJPEG", _decode_htj2k_openjpeg)
_CHARLS, _LIBJXL, _ZLIB = (
    ("CharLS", jpeg_ls.decode_pixel_data),
    ("libjxl", _decode_jpeg_xl),
    ("zlib", _inflate),
)


def _variant(
    name: tuple[str, str, str],
    encode: Callable[[NDArray[Any]], bytes],
    bare: tuple[str, Callable[[bytes], object]],
    aim: float,
    photometric: str = "",
    *,
    is_lossless: bool = True,
) -> Variant:
    return Variant(*name, encode, bare[1], bare[0], aim, photometric, is_lossless)


def _jpegs() -> Iterator[Variant]:
    lossy = functools.partial(_variant, bare=_TURBO, aim=0.8, is_lossless=False)
    for image in ("ct-8", "cr-8"):
        yield lossy(("JPEG baseline", image, _BASELINE), _jpeg(level=90))
    for subsampling, photometric in (("444", "YBR_FULL"), ("422", "YBR_FULL_422"), ("420", "YBR_FULL_422")):
        name = (f"JPEG baseline {subsampling}", "rgb", _BASELINE)
        yield lossy(name, _jpeg(level=90, subsampling=subsampling), photometric=photometric)
    for image in ("ct", "cr"):
        encode = _jpeg(level=90, bitspersample=12)
        yield lossy(("JPEG extended 12 bit", image, _EXTENDED), encode, aim=1.0)
    yield lossy(("JPEG progressive", "cr-8", _PROGRESSIVE), _progressive)
    yield lossy(("JPEG progressive 422", "rgb", _PROGRESSIVE), _progressive, photometric="YBR_FULL_422")
    lossless = functools.partial(_jpeg, lossless=True, predictor=1)
    for image, bits in (("ct", 16), ("ct", 12), ("cr", 12), ("cr-8", 8), ("rgb", 8)):
        name = (f"JPEG lossless SV1 {bits} bit", image, _LOSSLESS)
        yield _variant(name, lossless(bitspersample=bits), _TURBO, 1.3)


def _jpeg_ls_variants() -> Iterator[Variant]:
    for near, syntax in ((0, _JPEG_LS), (2, _JPEG_LS_NEAR)):
        kind = functools.partial(_variant, bare=_CHARLS, aim=1.1, is_lossless=not near)
        family = "JPEG-LS near 2" if near else "JPEG-LS"
        for image in ("ct", "cr", "cr-8"):
            yield kind((family, image, syntax), _jpeg_ls(near, 0))
        yield kind((f"{family} by line", "rgb", syntax), _jpeg_ls(near, _BY_LINE))
        yield kind((f"{family} by sample", "rgb", syntax), _jpeg_ls(near, _BY_SAMPLE))


def _wavelets() -> Iterator[Variant]:
    for image in ("ct", "cr", "rgb"):
        photometric = "YBR_RCT" if image == "rgb" else ""
        name = ("JPEG 2000 lossless", image, _JPEG_2000_LOSSLESS)
        yield _variant(name, _jpeg_2000(None), _OPENJPEG, 0.85, photometric)
        name = ("HTJ2K lossless", image, _HTJ2K_LOSSLESS)
        yield _variant(name, _htj2k(None), _OPENJPEG, 0.95, photometric)
        photometric = "YBR_ICT" if image == "rgb" else ""
        name = ("JPEG 2000 10:1", image, _JPEG_2000)
        yield _variant(name, _jpeg_2000(_DECIBELS[image]), _OPENJPEG, 0.85, photometric, is_lossless=False)
        name = ("HTJ2K lossy", image, _HTJ2K)
        yield _variant(name, _htj2k(_STEPS[image]), _OPENJPEG, 0.95, photometric, is_lossless=False)


def _others() -> Iterator[Variant]:
    for image in ("ct", "rgb"):
        for effort in (1, 3):
            encode = _jpeg_xl(lossless=True, effort=effort)
            yield _variant((f"JPEG XL lossless e{effort}", image, _JPEG_XL_LOSSLESS), encode, _LIBJXL, 0.95)
    name = ("JPEG XL d1", "rgb", _JPEG_XL)
    yield _variant(name, _jpeg_xl(distance=1.0), _LIBJXL, 0.95, "XYB", is_lossless=False)
    for image in ("ct", "cr-8"):
        yield _variant(("deflated frame", image, _DEFLATED), _deflate, _ZLIB, 0.95)


def variants() -> list[Variant]:
    """All that are measured."""
    return [*_jpegs(), *_jpeg_ls_variants(), *_wavelets(), *_others()]


def attributes(name: str, photometric: str = "", frames: int = 1) -> list[dicom.Element]:
    """The Image Pixel module and a few attributes more (PS3.3 C.7.6.3)."""
    pixels = image(name)
    samples = pixels.shape[2] if pixels.ndim == 3 else 1
    stored = bits_stored(name)
    planar = [(0x00280006, "US", 0)] if samples > 1 else []
    count = [(0x00280008, "IS", frames)] if frames > 1 else []
    return [
        (0x00080016, "UI", _SECONDARY_CAPTURE),
        (0x00080018, "UI", f"{_ROOT}.1"),
        (0x00100020, "LO", "PID00417"),
        (0x0020000D, "UI", f"{_ROOT}.2"),
        (0x0020000E, "UI", f"{_ROOT}.3"),
        (0x00280002, "US", samples),
        (0x00280004, "CS", photometric or ("RGB" if samples > 1 else "MONOCHROME2")),
        *planar,
        *count,
        (0x00280010, "US", pixels.shape[0]),
        (0x00280011, "US", pixels.shape[1]),
        (0x00280100, "US", 8 * pixels.itemsize),
        (0x00280101, "US", stored),
        (0x00280102, "US", stored - 1),
        (0x00280103, "US", 0),
    ]


def _write_frames(folder: Path) -> None:
    """2,000 frames with each kind of table, and a file of one: all frames are the same bytes."""
    variant = next(variant for variant in variants() if variant.image == "ct-8")
    frame = variant.encode(image("ct-8"))
    frame += bytes(len(frame) % 2)
    third = len(frame) // 6 * 2
    pieces = [frame[:third], frame[third : 2 * third], frame[2 * third :]]
    encoding = dicom.Encoding(variant.transfer_syntax)

    def write(name: str, frames: int, value: dicom.Fragments, more: list[dicom.Element]) -> None:
        elements = [*attributes("ct-8", frames=frames), *more, (0x7FE00010, "OB", value)]
        dicom.write_file(folder / name, elements, encoding)

    offsets = [number * (len(frame) + 8) for number in range(FRAMES)]
    extended: list[dicom.Element] = [
        (0x7FE00001, "OV", struct.pack(f"<{FRAMES}Q", *offsets)),
        (0x7FE00002, "OV", struct.pack(f"<{FRAMES}Q", *[len(frame)] * FRAMES)),
    ]
    write("one-frame.dcm", 1, dicom.Fragments.of_frames([frame]), [])
    write("frames-basic.dcm", FRAMES, dicom.Fragments.of_frames([frame] * FRAMES), [])
    write("frames-none.dcm", FRAMES, dicom.Fragments.of_frames([frame] * FRAMES, table=False), [])
    write("frames-extended.dcm", FRAMES, dicom.Fragments.of_frames([frame] * FRAMES, table=False), extended)
    starts = [number * (len(frame) + 8 * len(pieces)) for number in range(FRAMES)]
    write("fragments-basic.dcm", FRAMES, dicom.Fragments(starts, pieces * FRAMES), [])
    write("fragments-none.dcm", FRAMES, dicom.Fragments([], pieces * FRAMES), [])


def _write_volumes(folder: Path) -> None:
    """64 frames of the CT in some encodings, for threads."""
    for variant in variants():
        if variant.family not in VOLUMES or variant.image not in ("ct", "ct-8"):
            continue
        frame = (folder / f"{variant.name}.frame").read_bytes()
        pixel_data = dicom.Fragments.of_frames([frame + bytes(len(frame) % 2)] * VOLUME_FRAMES)
        elements = [*attributes(variant.image, frames=VOLUME_FRAMES), (0x7FE00010, "OB", pixel_data)]
        path = folder / f"volume {variant.family}.dcm"
        dicom.write_file(path, elements, dicom.Encoding(variant.transfer_syntax))


def make_encoded(folder: Path = make_archive.FOLDER) -> Path:
    """The folder of the encoded files, which is made where it is not there yet."""
    encoded = folder / f"encoded-{_VERSION}"
    if (encoded / "complete").exists():
        return encoded
    if encoded.exists():
        msg = f"{encoded} is incomplete: remove it"
        raise SystemExit(msg)
    encoded.mkdir(parents=True)
    for variant in variants():
        frame = variant.encode(image(variant.image))
        (encoded / f"{variant.name}.frame").write_bytes(frame)
        pixel_data = dicom.Fragments.of_frames([frame + bytes(len(frame) % 2)])
        elements = [
            *attributes(variant.image, variant.photometric_interpretation),
            (0x7FE00010, "OB", pixel_data),
        ]
        dicom.write_file(encoded / f"{variant.name}.dcm", elements, dicom.Encoding(variant.transfer_syntax))
    _write_frames(encoded)
    _write_volumes(encoded)
    (encoded / "complete").touch()
    return encoded
