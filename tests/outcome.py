"""What a call gives, or which kind of error: the two sides of a comparison with pydicom."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def outcome(call: Callable[[], Any]) -> Any:
    """The result of a call, or the class of builtin errors that it raises; warnings are let pass."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return call()
        except (ValueError, TypeError, OverflowError) as error:
            return next(kind for kind in (ValueError, TypeError, OverflowError) if isinstance(error, kind))
