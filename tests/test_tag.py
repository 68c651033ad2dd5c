"""Tags and dictionaries."""

from __future__ import annotations

import operator
import pickle
from typing import Any

import pydicom.tag as judge
import pytest
from hypothesis import given
from hypothesis import strategies as st

import fastdcm.tag
from fastdcm import BaseTag, Tag, TupleTag, dictionary
from outcome import outcome


def test_tag_is_a_number_with_parts() -> None:
    tag = Tag(0x0010, 0x0020)
    assert tag == 0x00100020
    assert (tag.group, tag.element, tag.elem) == (0x10, 0x20, 0x20)
    assert str(tag) == repr(tag) == "(0010,0020)"
    assert tag.json_key == "00100020"
    assert tag == (0x0010, 0x0020)
    assert tag == "PatientID"
    assert tag != "PatientName"
    assert tag != "nonsense"
    assert tag != 1.5
    assert hash(tag) == hash(0x00100020)
    assert {tag: 1}[0x00100020] == 1  # type: ignore[index]
    assert Tag(tag) is tag
    assert type(pickle.loads(pickle.dumps(tag))) is BaseTag


def test_tags_are_ordered() -> None:
    tag = Tag("PatientID")
    assert tag < Tag("Rows")
    assert tag <= (0x0010, 0x0020)
    assert tag > "PatientName"
    assert tag >= 0x00100020
    with pytest.raises(TypeError):
        _ = tag < "nonsense"


def test_ps3_5_7_8_private_tags() -> None:
    assert Tag(0x00091001).is_private
    assert not Tag(0x00091001).is_private_creator
    assert Tag(0x00090010).is_private_creator
    assert not Tag(0x00100010).is_private


KEYS = st.one_of(
    st.integers(-1, 2**32),
    st.tuples(st.integers(-1, 2**16), st.integers(-1, 2**16)),
    st.sampled_from(
        ["PatientID", "Rows", "00100010", "0x00100010", "nonsense", None, (1, 2, 3), ("0010", "0020")]
    ),
    st.builds(list, st.tuples(st.integers(0, 2**16 - 1), st.integers(0, 2**16 - 1))),
)
FACTS = ("group", "element", "elem", "is_private", "is_private_creator", "private_creator", "json_key")


@given(KEYS)
def test_tag_is_that_of_pydicom(key: Any) -> None:
    def facts(tag: Any) -> Any:
        return int(tag), str(tag), repr(tag), hash(tag), *(getattr(tag, fact) for fact in FACTS)

    assert outcome(lambda: facts(Tag(key))) == outcome(lambda: facts(judge.Tag(key)))


@given(st.integers(0, 2**32 - 1), KEYS)
def test_comparison_is_that_of_pydicom(number: int, other: Any) -> None:
    for compare in (operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge):
        expected = outcome(lambda compare=compare: compare(judge.BaseTag(number), other))
        assert outcome(lambda compare=compare: compare(BaseTag(number), other)) == expected


def test_tags_of_ps3_5_7_5() -> None:
    for name in ("ItemTag", "ItemDelimiterTag", "SequenceDelimiterTag"):
        assert getattr(fastdcm.tag, name) == getattr(judge, name)
    tag = TupleTag((0x0029, 0x1034))
    assert type(tag) is BaseTag
    assert tag == judge.TupleTag((0x0029, 0x1034))
    assert type(tag.private_creator) is BaseTag
    assert tag.private_creator == 0x00290010


def test_wrong_tags_are_refused() -> None:
    for wrong in ("NoKeyword", "", "+10", (1, 2, 3), -1):
        with pytest.raises(ValueError):  # noqa: PT011 - any message
            Tag(wrong)  # type: ignore[arg-type]
    for wrong in (1 << 32, (0x10000, 0), (0, 0x10000)):
        with pytest.raises(OverflowError):
            Tag(wrong)
    for wrong in (1.5, None, (1.5, 2)):
        with pytest.raises(TypeError):
            Tag(wrong)  # type: ignore[arg-type]


def test_dictionary_of_attributes() -> None:
    assert dictionary.tag_for_keyword("PatientName") == 0x00100010
    assert dictionary.tag_for_keyword("Nonsense") is None
    assert dictionary.keyword_for_tag(0x00100010) == "PatientName"
    assert dictionary.keyword_for_tag(0x00091001) == ""
    assert dictionary.dictionary_VR(0x00280106) == "US or SS"
    assert dictionary.dictionary_VM("PixelSpacing") == "2"
    assert dictionary.dictionary_description(0x00100010) == "Patient's Name"
    assert dictionary.dictionary_keyword((0x0010, 0x0010)) == "PatientName"
    assert dictionary.dictionary_is_retired(0x00080001)
    assert not dictionary.dictionary_is_retired(0x00100010)
    assert dictionary.dictionary_has_tag(0x60000010)
    assert dictionary.dictionary_has_tag(0x60020010)
    assert not dictionary.dictionary_has_tag(0x00091001)
    assert not dictionary.dictionary_has_tag(0x00280000)
    with pytest.raises(KeyError, match=r"\(0009,1001\)"):
        dictionary.dictionary_VR(0x00091001)


def test_dictionary_of_private_attributes() -> None:
    tag = 0x00291010
    assert dictionary.private_dictionary_VR(tag, "SIEMENS CSA HEADER") == "OB"
    assert dictionary.private_dictionary_VM(tag, "SIEMENS CSA HEADER") == "1"
    assert dictionary.private_dictionary_description(tag, "SIEMENS CSA HEADER")
    with pytest.raises(KeyError, match="NOBODY"):
        dictionary.private_dictionary_VR(tag, "NOBODY")
