"""Unique identifiers as pydicom has them, and what is registered."""

from __future__ import annotations

import copy
import csv
import pickle
from pathlib import Path
from typing import Any

import pydicom.uid as judge
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydicom._uid_dict import UID_dictionary

import fastdcm
import fastdcm.uid
from fastdcm import UID, generate_uid
from outcome import outcome

REGISTERED = Path(__file__).parents[1] / "src/dictionary/tables/uids.tsv"
FACTS = ("name", "keyword", "is_retired", "is_private", "is_valid", "is_transfer_syntax")
SYNTAX_FACTS = ("is_implicit_VR", "is_little_endian", "is_deflated", "is_compressed", "is_encapsulated")
# Where pydicom takes every syntax for encapsulated and none but one for deflated.
NOT_IN_FRAGMENTS = {"1.2.840.10008.1.2.4.94", "1.2.840.10008.1.2.4.95", "1.2.840.10008.1.2.4.204"}
NOT_IN_FRAGMENTS |= {"1.2.840.10008.1.2.4.205", "1.2.840.10008.1.2.6.1", "1.2.840.10008.1.2.6.2"}
NOT_IN_FRAGMENTS |= {f"1.2.840.10008.1.2.7.{number}" for number in (1, 2, 3)} | {"1.2.840.10008.1.20"}


@pytest.mark.parametrize(
    "text", [*UID_dictionary, "1.2.3", "", "1.02", "1.2.", ".1", "1..2", "1.2a", "1" * 65]
)
def test_facts_are_those_of_pydicom(text: str) -> None:
    ours, theirs = UID(text), outcome(lambda: judge.UID(text))
    assert [getattr(ours, fact) for fact in FACTS] == [getattr(theirs, fact) for fact in FACTS]
    assert ours.type == theirs.type.removesuffix(" Name")
    assert (str(ours), repr(ours), hash(ours)) == (str(theirs), repr(theirs), hash(theirs))
    if text not in NOT_IN_FRAGMENTS:
        for fact in SYNTAX_FACTS:
            expected = outcome(lambda fact=fact: getattr(theirs, fact))
            assert outcome(lambda fact=fact: getattr(ours, fact)) == expected


@given(st.text(st.sampled_from("012.\n "), max_size=70))
@example("1.2\n")
def test_valid_uids_are_those_of_the_form(text: str) -> None:
    uid = UID(text)
    assert uid == text.strip()
    assert uid.is_valid == bool(fastdcm.uid.RE_VALID_UID.match(uid) and len(uid) <= 64)
    assert uid.is_valid == outcome(lambda: judge.UID(text)).is_valid
    prefix = fastdcm.uid.RE_VALID_UID_PREFIX.match(text)
    assert bool(prefix) == (
        text.endswith(".") and len(text) > 1 and bool(fastdcm.uid.RE_VALID_UID.match(text[:-1]))
    )


def test_every_name_of_pydicom_is_there() -> None:
    for name, value in vars(judge).items():
        if isinstance(value, judge.UID) and not name.startswith("PYDICOM"):
            assert getattr(fastdcm.uid, name) == value
        elif name.endswith("TransferSyntaxes") and value:
            assert set(value) <= set(getattr(fastdcm.uid, name))
    from fastdcm.uid import CTImageStorage  # noqa: PLC0415 - that it can be imported is tested

    assert isinstance(CTImageStorage, UID)


def test_ps3_6_a_lists_hold_what_is_registered() -> None:
    with REGISTERED.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, dialect="excel-tab"))
    syntaxes = {row["uid"] for row in rows if row["type"] == "Transfer Syntax" and row["retired"] == "N"}
    syntaxes.discard("1.2.840.113619.5.2")  # a private one
    listed = fastdcm.uid.AllTransferSyntaxes
    assert set(listed) == syntaxes | {"1.2.840.10008.1.2.2"}
    assert len(listed) == len(set(listed))
    assert all(isinstance(uid, UID) for uid in listed)
    listed.clear()
    assert fastdcm.uid.AllTransferSyntaxes
    with pytest.raises(AttributeError):
        _ = fastdcm.uid.Nonsense


def test_private_transfer_syntax_knows_its_encoding() -> None:
    ours, theirs = UID("1.2.3.4"), judge.UID("1.2.3.4")
    for uid in (ours, theirs):
        uid.set_private_encoding(True, False)
    clones = [UID(ours), copy.copy(ours), copy.deepcopy(ours)]
    clones += [pickle.loads(pickle.dumps(ours, protocol)) for protocol in range(pickle.HIGHEST_PROTOCOL + 1)]
    for uid in (ours, *clones):
        assert uid.is_transfer_syntax
        assert [getattr(uid, fact) for fact in SYNTAX_FACTS] == [
            getattr(theirs, fact) for fact in SYNTAX_FACTS
        ]
    assert not UID("1.2.3.4").is_transfer_syntax
    with pytest.raises(ValueError, match="private"):
        UID("1.2.840.10008.1.2").set_private_encoding(True, True)


def test_made_uids_are_valid_and_differ() -> None:
    made = {generate_uid() for _ in range(100)} | {generate_uid("1.2.3.") for _ in range(100)}
    assert len(made) == 200
    for uid in made:
        assert uid.is_valid
        assert type(uid) is UID
        if uid.startswith("2.25."):
            number = int(uid[5:])
            assert (number >> 76 & 0xF, number >> 62 & 0b11, number >> 128) == (4, 0b10, 0)
    longest = "1." * 27
    assert generate_uid(longest).startswith(longest)


@given(
    st.lists(st.text(max_size=5)), st.sampled_from(["1.2.3.", "1.", "1.2.826.0.1.3680043.8.498.", "1." * 27])
)
def test_uids_of_texts_are_those_of_pydicom(texts: list[str], prefix: str) -> None:
    texts = [text.encode("utf-8", "replace").decode() for text in texts]
    ours = generate_uid(prefix, texts)
    assert ours == judge.generate_uid(prefix, texts)
    assert ours.is_valid
    alone = generate_uid(entropy_srcs=texts)
    assert alone == generate_uid(None, texts)
    assert alone.is_valid
    assert int(alone[5:]) >> 76 & 0xF == 8


@pytest.mark.parametrize("prefix", ["1.2", "", ".", "1..", "1.02.", "a.", "1.2.\n", "1." * 28, "٣."])
def test_wrong_prefixes_are_refused(prefix: str) -> None:
    assert outcome(lambda: judge.generate_uid(prefix)) is ValueError or prefix == "1.2.\n"
    with pytest.raises(ValueError, match="prefix of a UID"):
        generate_uid(prefix)


def test_validation_is_done_where_it_is_asked_for() -> None:
    assert UID(" 1.2.3 ") == "1.2.3"
    for wrong in ("SECRET", "1." * 40):
        assert UID(wrong) == wrong
        with pytest.warns(fastdcm.DicomWarning):
            UID(wrong, 1)
        with pytest.raises(ValueError, match="UI") as raised:
            UID(wrong, 2)
        assert "SECRET" not in str(raised.value)
    value: Any = b"1.2"
    with pytest.raises(TypeError, match="made from str"):
        UID(value)
