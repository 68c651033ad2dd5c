"""What `import fastdcm` costs."""

from __future__ import annotations

import subprocess
import sys

import pytest

import fastdcm

HEAVY = {
    "numpy",
    "dataclasses",
    "inspect",
    "ssl",
    "asyncio",
    "typing",
    "enum",
    "re",
    "decimal",
    "datetime",
    "uuid",
    "secrets",
}


def _python(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-I", *arguments], capture_output=True, text=True, check=True)


def test_import_brings_nothing_heavy() -> None:
    code = "import sys; before = set(sys.modules); import fastdcm; print(*set(sys.modules) - before)"
    assert not HEAVY & set(_python("-c", code).stdout.split())


def test_values_bring_no_more_than_they_need() -> None:
    uses = "fastdcm.DS('1.5'), fastdcm.IS('1'), fastdcm.UID('1.2'), fastdcm.PersonName('A'), fastdcm.Tag(1)"
    code = f"import sys; before = set(sys.modules); import fastdcm; {uses}; print(*set(sys.modules) - before)"
    loaded = set(_python("-c", code).stdout.split())
    assert not (HEAVY | {"fastdcm.date_time", "fastdcm.decimal_string", "fastdcm.validation"}) & loaded


def test_reading_brings_no_numpy() -> None:
    code = "import fastdcm, sys; fastdcm.Dataset(); fastdcm.ReadOptions(); print('numpy' in sys.modules)"
    assert _python("-c", code).stdout.strip() == "False"


def test_every_public_name_is_there() -> None:
    for name in fastdcm.__all__:
        assert getattr(fastdcm, name) is not None
        module = getattr(getattr(fastdcm, name), "__module__", "fastdcm")
        assert not module.startswith("fastdcm._core")
    assert set(fastdcm.__all__) <= set(dir(fastdcm))
    with pytest.raises(AttributeError):
        _ = fastdcm.nothing  # type: ignore[attr-defined]
