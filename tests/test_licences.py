"""The licences of what is linked into the wheel go along with it."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import tomllib
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def licences() -> Any:
    """The script that writes THIRD_PARTY_LICENSES.txt."""
    spec = importlib.util.spec_from_file_location("licences", REPOSITORY / ".ci/licences.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("MIT", True),
        ("GPL-3.0", False),
        ("GPL-3.0 OR MIT", True),
        ("GPL-3.0 AND MIT", False),
        ("(GPL-3.0 OR MIT) AND Zlib", True),
        ("(GPL-3.0 OR MIT) AND (LGPL-2.1 AND Zlib)", False),
        ("MIT AND Zlib OR GPL-3.0", True),
        ("Apache-2.0 WITH LLVM-exception", True),
    ],
)
def test_spdx_expressions_are_met_or_not(licences: Any, expression: str, expected: bool) -> None:
    allowed = tomllib.loads((REPOSITORY / "deny.toml").read_text())["licenses"]["allow"]
    assert licences.is_allowed(expression, allowed) is expected


def test_the_installed_package_has_them() -> None:
    files = importlib.metadata.files("fastdcm") or []
    found = {path.name: path for path in files if ".dist-info/licenses/" in path.as_posix()}
    assert set(found) == {"LICENSE", "THIRD_PARTY_LICENSES.txt"}
    text = found["THIRD_PARTY_LICENSES.txt"].read_text()
    for name in ("openjpeg-sys", "jxl", "hayro-jpeg2000", "pyo3", "zlib-rs", "The standard library of Rust"):
        assert f"\n- {name}" in text
    # OpenJPEG itself, in C, beside the crate around it.
    assert "Universite catholique de Louvain" in text
    assert text == (REPOSITORY / "THIRD_PARTY_LICENSES.txt").read_text()
