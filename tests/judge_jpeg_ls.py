"""JPEG-LS against other implementations: each decodes what the other encoded, and finds the same samples.

    python judge_jpeg_ls.py

CharLS (pyjpegls) encodes and decodes, Richter's libjpeg (pylibjpeg-libjpeg) decodes, where they are
installed: `pip install pyjpegls pylibjpeg-libjpeg`. Codestreams are exchanged with tests/jpeg_ls.rs in a
folder. CharLS 2.4.3 refuses a largest sample other than that of the precision, and a RESET other than 64
where components take turns by sample; libjpeg takes both as we do.
"""

from __future__ import annotations

import importlib
import itertools
import os
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Samples = NDArray[np.uint16]

ROWS, COLUMNS = 53, 67


def module(name: str) -> Any:
    """An optional judge."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def decode_by_charls(charls: Any, data: bytes, shape: tuple[int, int, int], precision: int) -> Samples:
    """What CharLS makes of a codestream, colour by pixel."""
    pixels, info = charls.decode_pixel_data(data)
    cells = np.frombuffer(pixels, np.uint8 if precision <= 8 else np.uint16).astype(np.uint16)
    rows, columns, components = shape
    if components > 1 and info["interleave_mode"] == 0:
        return cells.reshape(components, rows, columns).transpose(1, 2, 0)
    return cells.reshape(shape)


def decode_by_libjpeg(libjpeg: Any, data: bytes, shape: tuple[int, int, int]) -> Samples:
    """What libjpeg makes of a codestream, colour by pixel."""
    samples: Samples = libjpeg.decode(data).reshape(shape)
    return samples


def image(precision: int, components: int, seed: int) -> Samples:
    """Waves, flat parts and noise."""
    random = np.random.default_rng(seed)
    rows, columns = np.mgrid[:ROWS, :COLUMNS]
    waves = np.sin(rows / 9 + columns / 13) * 0.4 + 0.5
    found = np.repeat(waves[:, :, None], components, axis=2) * (1 << precision)
    found += random.integers(0, 1 + (1 << precision) // 20, found.shape)
    found[10:20] = 1
    found[30:40, 20:50] = random.integers(0, 1 << precision, (10, 30, components))
    samples: Samples = np.clip(found, 0, (1 << precision) - 1).astype(np.uint16)
    return samples


def write_theirs(charls: Any, folder: Path) -> None:
    """Codestreams of CharLS and what it makes of them; with HP's colour transforms, which are undone."""
    folder.mkdir(parents=True)
    turns = [(1, 0), (3, 0), (3, 1), (3, 2), (4, 0), (4, 2)]
    for precision, (components, mode), near in itertools.product(range(2, 17), turns, (0, 1, 2, 5, 30, 255)):
        if near > ((1 << precision) - 1) // 2:
            continue
        samples = image(precision, components, precision * 100 + near)
        ordered = {0: samples.transpose(2, 0, 1), 1: samples.transpose(0, 2, 1), 2: samples}[mode]
        cells = np.ascontiguousarray(ordered).astype(np.uint8 if precision <= 8 else np.uint16)
        data = bytes(
            charls.encode_buffer(
                cells.tobytes(), ROWS, COLUMNS, components, precision, lossy_error=near, interleave_mode=mode
            )
        )
        codestreams = {"plain": data}
        if components == 3 and mode and near == 0 and precision in (8, 16):
            for number in (1, 2, 3):
                codestreams[f"hp{number}"] = data[:2] + b"\xff\xe8\0\7mrfx" + bytes([number]) + data[2:]
        for kind, codestream in codestreams.items():
            found = decode_by_charls(charls, codestream, samples.shape, precision)
            name = f"{kind}-mode{mode}-near{near}.{ROWS}.{COLUMNS}.{components}.{precision}"
            (folder / f"{name}.jls").write_bytes(codestream)
            (folder / f"{name}.raw").write_bytes(np.ascontiguousarray(found).astype("<u2").tobytes())


def judge_ours(charls: Any, libjpeg: Any, folder: Path) -> int:
    """Our codestreams by the judges: how many they decode otherwise."""
    counts = {"CharLS": [0, 0, 0], "libjpeg": [0, 0, 0]}
    for path in sorted(folder.glob("*.jls")):
        rows, columns, components, precision = (int(part) for part in path.name.split(".")[1:5])
        shape = (rows, columns, components)
        expected = np.frombuffer(path.with_suffix(".raw").read_bytes(), "<u2").reshape(shape)
        judges: dict[str, Callable[[bytes], Samples]] = {}
        if charls:
            judges["CharLS"] = partial(decode_by_charls, charls, shape=shape, precision=precision)
        if libjpeg:
            judges["libjpeg"] = partial(decode_by_libjpeg, libjpeg, shape=shape)
        for name, decode in judges.items():
            try:
                found = decode(path.read_bytes())
            except Exception as error:  # noqa: BLE001  (a judge may fail in any way)
                counts[name][2] += 1
                print(f"{name} refuses {path.name}: {error}")
                continue
            is_equal = np.array_equal(found, expected)
            counts[name][0 if is_equal else 1] += 1
            if not is_equal:
                print(f"{name} finds other samples in {path.name}")
    for name, (equal, other, refused) in counts.items():
        print(f"{name}: {equal} of our codestreams decoded alike, {other} otherwise, {refused} refused")
    return sum(other for _, other, _ in counts.values())


def main() -> int:
    """0 where all agree."""
    charls, libjpeg = module("jpeg_ls"), module("libjpeg")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "theirs").mkdir() if charls is None else write_theirs(charls, folder / "theirs")
        command = "cargo test --locked --profile quick --test jpeg_ls -- --ignored --nocapture"
        environment = os.environ | {"JPEG_LS_FOLDER": str(folder)}
        subprocess.run(command.split(), check=True, env=environment, cwd=Path(__file__).parent)
        return int(judge_ours(charls, libjpeg, folder / "ours") > 0)


if __name__ == "__main__":
    sys.exit(main())
