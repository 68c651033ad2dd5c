"""Windows, shapes and the PNG of the contact sheet."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

import numpy as np
import pytest

import contact_sheet

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "shape", [(1, 1), (3, 500), (500, 3), (112, 112), (600, 250), (64, 64, 3), (300, 200, 3), (9, 9, 4)]
)
@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.float32])
def test_a_frame_of_any_shape_and_dtype_becomes_a_square(shape: tuple[int, ...], dtype: type) -> None:
    frame = np.arange(np.prod(shape)).reshape(shape).astype(dtype)
    picture = contact_sheet.thumbnail(frame)
    assert picture.shape == (112, 112, 3)
    assert picture.dtype == np.uint8


def test_values_are_stretched_and_monochrome1_is_inverted() -> None:
    frame = np.linspace(-1000, 1000, 112 * 112).reshape(112, 112).astype(np.int16)
    picture = contact_sheet.thumbnail(frame)
    assert (picture[0, 0, 0], picture[-1, -1, 0]) == (0, 255)
    assert np.array_equal(contact_sheet.thumbnail(frame, inverted=True), 255 - picture)


def test_a_frame_that_is_not_finite_is_shown_all_the_same() -> None:
    frame = np.array([[np.nan, np.inf], [1.0, -np.inf]], np.float32)
    assert contact_sheet.thumbnail(frame).shape == (112, 112, 3)


def test_colour_stays_as_it_is() -> None:
    frame = np.full((112, 112, 3), (200, 90, 30), np.uint8)
    assert (contact_sheet.thumbnail(frame) == (200, 90, 30)).all()


def test_the_png_holds_the_sheet(tmp_path: Path) -> None:
    pictures = [np.full((8, 8, 3), value, np.uint8) for value in (10, 20, 30)]
    sheet = contact_sheet.sheet(pictures, columns=2)
    contact_sheet.write_png(tmp_path / "sheet.png", sheet)
    data = (tmp_path / "sheet.png").read_bytes()
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    chunks, position = {}, 8
    while position < len(data):
        (length,) = struct.unpack_from(">I", data, position)
        name, body = data[position + 4 : position + 8], data[position + 8 : position + 8 + length]
        assert struct.unpack_from(">I", data, position + 8 + length) == (zlib.crc32(name + body),)
        chunks[name] = body
        position += 12 + length
    width, height = struct.unpack_from(">II", chunks[b"IHDR"])
    assert (height, width, 3) == sheet.shape
    lines = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), np.uint8).reshape(height, 1 + 3 * width)
    assert np.array_equal(lines[:, 1:].reshape(sheet.shape), sheet)
