"""Libraries that are of use where they are installed."""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["module_or_none"]


def module_or_none(name: str) -> Any:
    """The module of this name, or None where it is not installed."""
    try:
        return import_module(name)
    except ModuleNotFoundError:
        return None
