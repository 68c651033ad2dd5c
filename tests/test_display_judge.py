"""What is shown of real images is what DCMTK's renderer shows of them."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import fastdcm

if TYPE_CHECKING:
    from pathlib import Path

RENDERER = shutil.which("dcmj2pnm")
# Larger files would take most of the time and say nothing else.
LARGEST = 4_000_000

# Shown otherwise, on purpose.
OTHERS = {
    "MR3_JPLL": "padding is black here, whatever the window says",
    "MR3_JPLY": "as MR3_JPLL",
    "MR3_RLE": "as MR3_JPLL",
    "MR3_UNC": "as MR3_JPLL",
    "JPEGLosslessP14SV1_1s_1f_u_16_16.dcm": "its tables are empty: all its values are shown, or all its bits",
    "GH195.dcm": "RGB by its attributes, YCbCr by its codestream: DCMTK goes by the attributes",
    "RG3_JPLY": "8 samples are greater than Bits Stored allow",
}


def rendered(path: Path, ds: fastdcm.Dataset, folder: Path) -> np.ndarray[Any, Any] | None:
    """Frame 0 as DCMTK shows it; None where it refuses to."""
    assert RENDERER is not None
    target = folder / "rendered.pnm"
    is_grey = str(ds.get("PhotometricInterpretation")).startswith("MONOCHROME")
    window = [] if not is_grey else ["+Wl", "1"] if "VOILUTSequence" in ds else ["+Wi", "1"]
    done = subprocess.run([RENDERER, "-q", "-O", *window, path, target], capture_output=True, check=False)
    if done.returncode != 0:
        return None
    kind, size, _, body = target.read_bytes().split(b"\n", 3)
    columns, rows = map(int, size.split())
    shape = (rows, columns, 3) if kind == b"P6" else (rows, columns)
    return np.frombuffer(body[-int(np.prod(shape)) :], np.uint8).reshape(shape)


def is_compared(ds: fastdcm.Dataset) -> bool:
    """False where the image says nothing of how it is shown: each viewer has its own choice."""
    is_grey = str(ds.get("PhotometricInterpretation")).startswith("MONOCHROME")
    return not is_grey or ds.get("WindowCenter") is not None or "VOILUTSequence" in ds


@pytest.mark.skipif(RENDERER is None, reason="DCMTK is not installed")
@pytest.mark.timeout(240)
def test_images_are_shown_as_dcmtk_shows_them(
    corpus: Path, manifest: list[dict[str, Any]], tmp_path: Path
) -> None:
    files = [
        row["file"]
        for row in manifest
        if row["kind"] != "malformed" and (row.get("pixels") or {}).get("sha256") and row["size"] < LARGEST
    ]
    compared, different = 0, []
    for file in files:
        path = corpus / file
        ds = fastdcm.dcmread(path, force=True)
        expected = rendered(path, ds, tmp_path) if is_compared(ds) else None
        if expected is None or path.name in OTHERS:
            continue
        shown = fastdcm.to_display(ds, index=0)
        compared += 1
        # DCMTK computes windows with tables.
        if shown.shape != expected.shape or np.abs(shown.astype(int) - expected).max() > 2:
            different.append(file)
    assert different == []
    assert compared > 300
