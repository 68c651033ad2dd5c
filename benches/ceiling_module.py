"""The extension module of benches/ceiling, loaded from where `make bench` builds it."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import os
import sys
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).resolve().parent / "ceiling"


def _load() -> Any:
    target = Path(os.environ.get("CARGO_TARGET_DIR", _FOLDER / "target"))
    names = {"win32": "ceiling.dll", "darwin": "libceiling.dylib"}
    path = target / "release" / names.get(sys.platform, "libceiling.so")
    if not path.exists():
        msg = f"{path} is missing: run `make bench`, which builds it"
        raise SystemExit(msg)
    # The loader is named outright: a library of cargo has no suffix that Python knows an extension module by.
    loader = importlib.machinery.ExtensionFileLoader("ceiling", str(path))
    spec = importlib.util.spec_from_loader("ceiling", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


ceiling = _load()
