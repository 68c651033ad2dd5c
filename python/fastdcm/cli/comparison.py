"""Whether two elements have the same value, however they are written."""

import fastdcm

__all__ = ["first_difference", "is_same"]

_BYTES = frozenset(["OB", "OD", "OF", "OL", "OV", "OW", "UN"])
_NUMBERS = frozenset(["AT", "FD", "FL", "SL", "SS", "SV", "UL", "US", "UV"])
_CHUNK = 1 << 16


def is_same(a: fastdcm.DataElement, b: fastdcm.DataElement, *, same_form: bool = False) -> bool:
    """Return True for elements of one VR and one value; sequences are the same where both are empty.

    Parameters
    ----------
    same_form : bool
        Both are in the same byte order and character set: equal bytes are equal values.
    """
    vr = a.VR
    if vr != b.VR:
        return False
    if vr == "SQ":
        return len(a.value) == len(b.value) == 0
    if same_form or vr in {"OB", "UN"}:
        first, second = a.buffer, b.buffer
        if first_difference(first, second) is None:
            return True
        if vr in _BYTES:
            return False
    if vr in _BYTES | _NUMBERS:
        return _numbers(a) == _numbers(b)
    return (a.original_string or "").rstrip(" \0") == (b.original_string or "").rstrip(" \0")


def _numbers(element: fastdcm.DataElement) -> bytes:
    """Return the bytes of the numbers in the order of this machine; as they are where they are none."""
    try:
        return bytes(element.to_numpy().tobytes())
    except (ValueError, TypeError):
        return bytes(element.buffer)


def first_difference(a: memoryview, b: memoryview) -> int | None:
    """Return the number of the first byte that is not the same; None where there is none."""
    shorter = min(len(a), len(b))
    for start in range(0, shorter, _CHUNK):
        end = min(start + _CHUNK, shorter)
        # Byte strings are compared by the machine's words, views one byte after the other.
        first, second = bytes(a[start:end]), bytes(b[start:end])
        if first != second:
            return start + next(
                number for number, pair in enumerate(zip(first, second, strict=True)) if pair[0] != pair[1]
            )
    return None if len(a) == len(b) else shorter
