"""CSA headers of Siemens: what a private element of the scanner says, both in its old and its new form."""

from __future__ import annotations

import math
import struct

from fastdcm.volumes.diffusion import direction_of_matrix

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    from fastdcm.dataset import Dataset

    Csa: TypeAlias = dict[str, list[str]]

__all__ = ["diffusion_of_csa", "image_header", "private_bytes", "read_csa"]

_IMAGE_HEADER = (0x0029, 0x1010)
_MOST_TAGS = 512
_TAG = struct.Struct("<64si4siii")
_ITEM = struct.Struct("<4i")


def image_header(dataset: Dataset) -> Csa:
    """The tags of the CSA image header; none where there is none."""
    return read_csa(private_bytes(dataset, _IMAGE_HEADER))


def private_bytes(dataset: Dataset, tag: tuple[int, int]) -> bytes:
    """The bytes of a private element; none where it is absent or of another VR."""
    # By its number: anonymizers remove the creator of the block and leave the block.
    value = dataset[tag].value if tag in dataset else None
    return bytes(value) if isinstance(value, bytes | bytearray | memoryview) else b""


def read_csa(data: bytes) -> Csa:
    """The tags of a CSA header with their values as text; none where it is of another form, or cut.

    The second form begins with "SV10". In the first the length of an item is greater by the number of items
    that the first tag has.
    """
    found: Csa = {}
    is_second = data[:4] == b"SV10"
    start = 8 if is_second else 0
    try:
        (tags,) = struct.unpack_from("<I", data, start)
        if not is_second and not 0 < tags <= _MOST_TAGS:
            return found
        offset, excess = start + 8, None
        for _ in range(min(tags, _MOST_TAGS)):
            name, _, _, _, items, _ = _TAG.unpack_from(data, offset)
            offset += _TAG.size
            excess = items if excess is None else excess
            values = []
            for _ in range(items):
                lengths = _ITEM.unpack_from(data, offset)
                offset += _ITEM.size
                length = lengths[1] if is_second else lengths[0] - excess
                if not 0 <= length <= len(data) - offset:
                    if is_second:
                        return found
                    break
                values.append(_text(data[offset : offset + length]))
                offset += (length + 3) // 4 * 4
            found[_text(name)] = [value for value in values if value]
    except struct.error:
        pass
    return found


def diffusion_of_csa(csa: Csa) -> tuple[float | None, tuple[float, ...] | None]:
    """b-value and direction; None for what the header does not have."""
    b_values, gradient = _numbers(csa, "B_value"), _numbers(csa, "DiffusionGradientDirection")
    b_value = b_values[0] if b_values else None
    return b_value, gradient if len(gradient) == 3 else direction_of_matrix(_numbers(csa, "B_matrix"))


def _numbers(csa: Csa, name: str) -> tuple[float, ...]:
    try:
        numbers = tuple(float(value) for value in csa.get(name, []))
    except ValueError:
        return ()
    return numbers if all(map(math.isfinite, numbers)) else ()


def _text(value: bytes) -> str:
    return value.split(b"\0", 1)[0].decode("latin-1").strip()
