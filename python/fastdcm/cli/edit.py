"""Changes of elements: what ``fastdcm set`` does to a data set."""

from typing import NamedTuple

import fastdcm
from fastdcm import _core
from fastdcm.cli.comparison import is_same
from fastdcm.cli.element_path import Attribute, ElementPath, dictionary_vr, find_tag, parse_path, show

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["Changes", "Edit"]

_BYTES = frozenset(["OB", "OD", "OF", "OL", "OV", "OW", "UN"])
_NUMBERS = dict.fromkeys(["SL", "SS", "SV", "UL", "US", "UV"], "a whole number") | {
    "AT": "a tag as (0028,0010), or a keyword",
    "FD": "a number",
    "FL": "a number",
}
_TRANSFER_SYNTAX = Attribute(0x0002, 0x0010, None)


class Changes:
    """What was done to a data set: pairs of a verb and the path of an element, without any value.

    Parameters
    ----------
    checks : {"error", "warn", "ignore"}
        What becomes of values that break a rule of their VR.
    """

    def __init__(self, checks: str):
        self.checks = checks
        self.done: list[tuple[str, str]] = []

    def note(self, verb: str, path: str) -> None:
        """Add what was done."""
        self.done.append((verb, path))


class _Place(NamedTuple):
    """A data set, and the path to it with a dot at its end."""

    dataset: "Any"
    path: str


class Edit:
    """One change of an element.

    ``set`` makes or replaces it, ``add`` makes one that is not there, ``delete`` takes it out.

    Parameters
    ----------
    verb : {"set", "add", "delete"}
        What is done.
    text : str
        ``PATH=VALUE``, or the path alone of what is deleted.

    Raises
    ------
    ValueError
        The text is no such thing, or the value none of its VR; the message holds no value.
    OSError
        The file of an ``@file`` cannot be read.
    """

    def __init__(self, verb: str, text: str):
        self.verb = verb
        path, mark, value = _split(text)
        if verb == "delete":
            path = text
        elif not mark:
            path = path.partition("=")[0]  # one in parentheses that do not end is meant, too
            raise ValueError(f"{path!r} has no value: it is PATH=VALUE, PATH= for an empty one")
        try:
            self.path: ElementPath = parse_path(path)
            _check_allowed(verb, self.path)
        except ValueError as error:
            where = f"{path!r}: " if "[" in path else ""
            raise ValueError(f"{where}{error}") from None
        self.name = path
        self._text = value
        # A file is read once; and what is wrong with a value is known before the first file is touched.
        self._file = _read(value) if value.startswith("@") and self._may_be_bytes() else None

    def check(self, checks: str) -> None:
        """Raise ValueError where the value is none of the VR that the element has by the dictionary."""
        vr = self.path.vr or dictionary_vr(self.path.attribute)
        if self.verb == "delete" or vr is None:
            return
        value = self._value(vr)
        known = dictionary_vr(self.path.attribute) or vr
        if checks == "error" and vr != known and vr not in known.split(" or "):
            raise ValueError(f"its VR is {known}; --checks ignore takes {vr}")
        if checks == "error" and len(vr) == 2:
            fastdcm.DataElement(_any_tag(self.path.attribute), vr, value, checks="error")

    def apply(self, dataset: fastdcm.Dataset, changes: Changes) -> None:
        """Change a data set, and note what is done to which element."""
        root: Any = dataset
        if _first(self.path).group == 0x0002:
            if not hasattr(dataset, "file_meta"):
                raise ValueError("there is no file meta information")
            root = dataset.file_meta
        places = [_Place(root, "")]
        for step in self.path.sequences:
            places = [inner for place in places for inner in self._items(place, step, changes)]
        for place in places:
            if self.verb == "delete":
                self._delete(place, changes)
            else:
                self._set(place, changes)

    def _may_be_bytes(self) -> bool:
        vr = self.path.vr or dictionary_vr(self.path.attribute)
        return vr is None or any(part in _BYTES for part in vr.split(" or "))

    def _items(self, place: _Place, step: tuple[Attribute, int | str], changes: Changes) -> list[_Place]:
        """Return the items that a step of the path leads to."""
        dataset, (attribute, items) = place.dataset, step
        tag = find_tag(dataset, attribute)
        if tag is not None and dataset[tag].VR != "SQ":
            raise ValueError(f"{place.path}{show(attribute)} is not a sequence")
        if items == "+":
            return [_new_item(place, attribute, changes)]
        if tag is None:
            sequence: Any = []
            path = f"{place.path}{show(attribute)}"
        else:
            sequence, path = dataset[tag].value, f"{place.path}{fastdcm.Tag(tag)}"
        count = len(sequence)
        numbers = range(count)
        if isinstance(items, int):
            if not -count <= items < count:
                if self.verb == "delete":
                    return []
                raise ValueError(f"{path} has {count} item(s), and no item {items}; [+] adds one")
            numbers = range(items % count, items % count + 1)
        return [_Place(sequence[number], f"{path}[{number}].") for number in numbers]

    def _delete(self, place: _Place, changes: Changes) -> None:
        attribute, items = self.path.attribute, self.path.items
        tag = find_tag(place.dataset, attribute)
        if tag is None:
            return
        if items is None:
            del place.dataset[tag]
            changes.note("delete", f"{place.path}{fastdcm.Tag(tag)}")
            return
        found = self._items(place, (attribute, items), changes)
        sequence = place.dataset[tag].value
        numbers = range(len(sequence)) if items == "*" else [items] * len(found)
        for number, item in reversed(list(zip(numbers, found, strict=True))):
            del sequence[number]
            changes.note("delete", item.path[:-1])

    def _set(self, place: _Place, changes: Changes) -> None:
        dataset, attribute, given = place.dataset, self.path.attribute, self.path.vr
        tag = find_tag(dataset, attribute)
        path = f"{place.path}{show(attribute) if tag is None else fastdcm.Tag(tag)}"
        if tag is not None and self.verb == "add":
            raise ValueError(f"{path} is there already; --set replaces it")
        vr = given or (dictionary_vr(attribute) if tag is None else dataset[tag].VR)
        if vr is None:
            raise ValueError(f"{path} has no known VR; give one, as in {show(attribute)}:LO=...")
        try:
            value = self._value(vr)
            if tag is not None and is_same(
                dataset[tag], fastdcm.DataElement(tag, vr, value, checks="ignore")
            ):
                return
            verb = "add" if tag is None else "change"
            if tag is None:
                tag = _new_tag(place, attribute, changes)
            if given is None and attribute.creator is None:
                dataset._set(tag, value)  # noqa: SLF001 - as by keyword: the choice of a VR stays open
            else:
                dataset.add_new(tag, vr, value)
        except ValueError as error:
            # Errors of the core name the tag alone.
            raise ValueError(f"{path}: {str(error).partition(', tag (')[0]}") from None
        changes.note(verb, f"{place.path}{fastdcm.Tag(tag)}")

    def _value(self, vr: str) -> object:
        """Return the value of this VR, or of a choice of VRs as in the dictionary."""
        text = self._text
        if not text:
            return [] if vr == "SQ" else None
        choice = vr.split(" or ")
        if _BYTES.intersection(choice):
            if self._file is not None:
                return self._file
            if text.startswith("hex:"):
                return _hexadecimal(text[4:])
        if _BYTES.issuperset(choice):
            raise ValueError(f"a value of VR {vr} is @FILE or hex:0A0B...")
        if vr == "SQ":
            raise ValueError("a sequence has items: give a path into it, as in BeamSequence[+].BeamName=...")
        kind = next((part for part in choice if part in _NUMBERS), None)
        if kind is not None:
            return [_number(part, kind) for part in text.split("\\")]
        if any("\udc80" <= character <= "\udcff" for character in text):
            raise ValueError("the value is no text in the character set of this system")
        return text


def _number(text: str, vr: str) -> object:
    """Return a number, or tag, of this VR."""
    try:
        if vr in ("FL", "FD"):
            return float(text)
        if vr != "AT":
            return int(text, 16 if text.strip().lower().startswith(("0x", "-0x")) else 10)
        group, element, creator = _core.attribute_from_text(text.strip())
    except ValueError:
        what = _NUMBERS[vr]
        raise ValueError(f"a value of VR {vr} is {what}, several separated by backslashes") from None
    if creator is not None:
        raise ValueError("a private creator says no tag")
    return group << 16 | element


def _split(text: str) -> tuple[str, str, str]:
    """Split at the first equals sign that is not in parentheses: a private creator may have one."""
    depth = 0
    for number, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if character == "=" and depth <= 0:
            return text[:number], "=", text[number + 1 :]
    return text, "", ""


def _first(path: ElementPath) -> Attribute:
    return path.sequences[0][0] if path.sequences else path.attribute


def _check_allowed(verb: str, path: ElementPath) -> None:
    group, element, _ = _first(path)
    if path.items is not None and (verb != "delete" or path.items == "+"):
        raise ValueError("an item has no value: give a path to an element in it")
    if verb == "delete" and any(items == "+" for _, items in path.sequences):
        raise ValueError("[+] is a new item, there is nothing in it to delete")
    if verb == "delete" and path.vr is not None:
        raise ValueError("what is deleted has no VR to give")
    if path.attribute == _TRANSFER_SYNTAX:
        raise ValueError(
            "the transfer syntax says how the file is written; fastdcm convert --syntax changes it"
        )
    if group in (0x0000, 0xFFFE) or (group == 0x0002 and element == 0):
        raise ValueError("not an element that a file can be given")


def _any_tag(attribute: Attribute) -> int:
    return attribute.group << 16 | (0x1000 if attribute.creator is not None else 0) | attribute.element


def _new_item(place: _Place, attribute: Attribute, changes: Changes) -> _Place:
    """Add an item to a sequence, which is made where there is none."""
    tag = find_tag(place.dataset, attribute)
    if tag is None:
        tag = _new_tag(place, attribute, changes)
        place.dataset.add_new(tag, "SQ", [])
    sequence = place.dataset[tag].value
    item: Any = fastdcm.Dataset(checks=changes.checks)
    sequence.append(item)
    path = f"{place.path}{fastdcm.Tag(tag)}[{len(sequence) - 1}]"
    changes.note("add", path)
    return _Place(item, f"{path}.")


def _new_tag(place: _Place, attribute: Attribute, changes: Changes) -> int:
    """Return the tag of a new element; a private creator gets a block where it has none (PS3.5 §7.8.1)."""
    group, element, creator = attribute
    if creator is None:
        return group << 16 | element
    try:
        block = place.dataset.private_block(group, creator)
    except KeyError:
        try:
            block = place.dataset.private_block(group, creator, create=True)
        except KeyError as error:
            raise ValueError(*error.args) from None
        changes.note("add", f"{place.path}{fastdcm.Tag(group, block.block_start >> 8)}")
    return int(block.get_tag(element))


def _read(text: str) -> bytes:
    from pathlib import Path

    return Path(text[1:]).read_bytes()


def _hexadecimal(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise ValueError("hex: is followed by pairs of hexadecimal digits") from None
