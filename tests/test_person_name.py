"""Person names (PN) as pydicom has them."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pydicom.valuerep as judge
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import fastdcm
from fastdcm import PersonName
from outcome import outcome

TEXTS = st.text(st.sampled_from("AbÖ山や ^=."), max_size=20)
PARTS = st.text(st.sampled_from("AbÖ -.,"), max_size=6)
PROPERTIES = (
    "components",
    "alphabetic",
    "ideographic",
    "phonetic",
    "family_name",
    "given_name",
    "middle_name",
    "name_prefix",
    "name_suffix",
)
NAMED = [
    f"{part}_name{group}" if part in ("family", "given", "middle") else f"name_{part}{group}"
    for group in ("", "_ideographic", "_phonetic")
    for part in ("family", "given", "middle", "prefix", "suffix")
]


def facts(name: Any) -> Any:
    """What users see of a name."""
    return (
        str(name),
        repr(name),
        bool(name),
        len(name),
        list(name),
        "A" in name,
        name.family_comma_given(),
        name.formatted("%(family_name)s %(ideographic)s %(name_suffix)s"),
        name.encodings,
        *(getattr(name, fact) for fact in PROPERTIES),
    )


@given(TEXTS)
@example("")
@example("==")
@example("Yamada^Tarou=山田^太郎=やまだ^たろう")
def test_name_of_text_is_that_of_pydicom(text: str) -> None:
    ours, theirs = PersonName(text), outcome(lambda: judge.PersonName(text))
    assert facts(ours) == facts(theirs)
    assert ours.original_string is theirs.original_string is None
    assert facts(PersonName(ours)) == facts(ours)
    assert ours == text.rstrip("=")
    assert ours == PersonName(text)


@given(TEXTS)
@example("=")
def test_name_of_bytes_is_that_of_pydicom(text: str) -> None:
    raw = text.encode()
    ours = PersonName(raw, "ISO_IR 192")
    theirs = outcome(lambda: judge.PersonName(raw, ["utf-8"]))
    assert facts(ours)[:8] == facts(theirs)[:8]
    assert [getattr(ours, fact) for fact in PROPERTIES] == [getattr(theirs, fact) for fact in PROPERTIES]
    assert ours.original_string == theirs.original_string == ours.encode() == raw


@given(st.dictionaries(st.sampled_from(NAMED), PARTS))
def test_named_components_are_those_of_pydicom(parts: dict[str, str]) -> None:
    ours = PersonName.from_named_components(**parts, encodings=["latin_1"])
    theirs = judge.PersonName.from_named_components(**parts, encodings=["latin_1"])
    assert facts(ours) == facts(theirs)
    assert ours.encode() == theirs.encode()


def test_named_components_of_animals_are_those_of_pydicom() -> None:
    parts: dict[str, Any] = {
        "responsible_party_name": "ABC Farms",
        "patient_name": b"Running on W\xe4ter",
        "patient_name_phonetic": "x",
        "encodings": ["latin_1"],
    }
    ours = PersonName.from_named_components_veterinary(**parts)
    assert ours == "ABC Farms^Running on Wäter==^x"
    assert facts(ours) == facts(judge.PersonName.from_named_components_veterinary(**parts))


@pytest.mark.parametrize("wrong", ["A^B", "A=B", "A\\B", b"A^B"])
def test_a_component_holds_no_delimiter(wrong: Any) -> None:
    for kind in (PersonName, judge.PersonName):
        with pytest.raises(ValueError) as raised:  # noqa: PT011 - any message
            kind.from_named_components(family_name=wrong)
    assert "A^B" not in str(raised.value)


# PS3.5 Annexes H to K.
EXAMPLES = [
    ("Yamada^Tarou=山田^太郎=やまだ^たろう", ("", "ISO 2022 IR 87"), ["iso8859", "iso2022_jp"]),
    ("Hong^Gildong=洪^吉洞=홍^길동", ("", "ISO 2022 IR 149"), ["iso8859", "euc_kr"]),
    ("Buc^Jérôme", ("ISO_IR 100",), ["latin_1"]),
    ("Äneas^Rüdiger", ("ISO_IR 100",), ["latin_1"]),
    ("Διονυσιος", ("ISO_IR 126",), ["iso_ir_126"]),
    ("Владимир", ("ISO_IR 144",), ["iso_ir_144"]),
    ("Wang^XiaoDong=王^小东=", ("ISO_IR 192",), ["UTF8"]),
    ("Wang^XiaoDong=王^小东=", ("GB18030",), ["GB18030"]),
    ("Zhang^XiaoDong=张^小东", ("", "ISO 2022 IR 58"), None),
    ("Dionysios^Διονυσιος", ("ISO 2022 IR 100", "ISO 2022 IR 126"), None),
    ("ﾔﾏﾀﾞ^ﾀﾛｳ", ("ISO_IR 13",), ["shift_jis"]),
]


@pytest.mark.parametrize(("text", "terms", "codecs"), EXAMPLES, ids=[str(terms) for _, terms, _ in EXAMPLES])
def test_ps3_5_h_to_k_bytes_of_names(text: str, terms: tuple[str, ...], codecs: list[str] | None) -> None:
    raw = PersonName(text, terms).encode()
    assert PersonName(raw, terms) == text.rstrip("=")
    assert PersonName(raw).decode(terms) == text.rstrip("=")
    assert PersonName(text, "ISO_IR 192").encode(terms) == raw
    if codecs is None:  # pydicom writes no escape sequences there, or none back to the first character set
        assert raw in {
            b"Zhang^XiaoDong=\x1b$)A\xd5\xc5^\x1b$)A\xd0\xa1\xb6\xab",
            b"Dionysios^\x1b-F\xc4\xe9\xef\xed\xf5\xf3\xe9\xef\xf2\x1b-A",
        }
        return
    assert raw == outcome(lambda: judge.PersonName(text, codecs).encode())
    if len(codecs) == 1:
        assert PersonName(text, codecs).encode() == raw


def test_encoding_keeps_what_was_read() -> None:
    name = PersonName(b"M\xfcller", "ISO_IR 100")
    assert name.encode() == b"M\xfcller"
    assert name.encode("ISO_IR 192") == "Müller".encode()
    assert name.original_string == b"M\xfcller"
    assert name.decode("ISO_IR 144") == "Mќller"
    assert name.decode(("ISO_IR 100",)) is name
    text = PersonName("A^B")
    assert text.original_string is None
    assert text.encode() == text.original_string == b"A^B"
    for encodings in (None, "ISO_IR 144", "", "ISO_IR 999", "no such codec", ["", "ISO 2022 IR 87"]):
        with pytest.raises(ValueError, match=r"(?i)character set") as raised:
            PersonName("Müller").encode(encodings)
        assert "ü" not in str(raised.value)


def test_names_are_ordered_and_hashed_as_text() -> None:
    names = [PersonName("C^A"), PersonName("A^C"), PersonName("B")]
    assert [str(name) for name in sorted(names)] == ["A^C", "B", "C^A"]
    assert names[1] < names[2] <= "B" < "C" < names[0]
    assert names[0] > names[2] >= names[2]
    assert {names[2]: 1}["B"] == 1  # type: ignore[index]
    assert names[2] != "b"
    assert names[2] != 5
    for wrong in (5, None, b"B"):
        with pytest.raises(TypeError):
            _ = names[2] < wrong


def test_copies_keep_text_and_bytes() -> None:
    name = PersonName(b"M\xfcller", "ISO_IR 100")
    clones = [copy.copy(name), copy.deepcopy(name), PersonName(name)]
    clones += [pickle.loads(pickle.dumps(name, protocol)) for protocol in range(pickle.HIGHEST_PROTOCOL + 1)]
    for clone in clones:
        assert facts(clone) == facts(name)
        assert clone.original_string == name.original_string


def test_validation_counts_groups_and_characters() -> None:
    for wrong in ("A=B=C=D", "SECRET" * 11, b"SECRET" * 11):
        PersonName(wrong)
        with pytest.warns(fastdcm.DicomWarning):
            PersonName(wrong, validation_mode=1)
        with pytest.raises(ValueError, match="component group") as raised:
            PersonName(wrong, validation_mode=2)
        assert "SECRET" not in str(raised.value)
        assert outcome(lambda wrong=wrong: judge.PersonName(wrong, validation_mode=2)) is ValueError
    assert PersonName("A=B=C", validation_mode=2) == "A=B=C"
    with pytest.raises(TypeError, match="made from"):
        PersonName(5)  # type: ignore[arg-type]
