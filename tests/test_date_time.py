"""Dates and times (DA, TM, DT) as pydicom has them, and as elements understand them."""

from __future__ import annotations

import copy
import datetime
import pickle
from typing import Any

import pydicom.valuerep as judge
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import fastdcm
from dicom_writer import encode_file
from fastdcm import DA, DT, TM
from outcome import outcome

ZONES = st.one_of(
    st.none(),
    st.integers(-12 * 60, 14 * 60).map(
        lambda minutes: datetime.timezone(datetime.timedelta(minutes=minutes))
    ),
)
OBJECTS = {
    "DA": st.dates(min_value=datetime.date(1000, 1, 1)),  # pydicom writes earlier years with fewer digits
    "TM": st.times(),
    "DT": st.datetimes(timezones=ZONES),
}
TEXTS = {
    "DA": st.dates().map(lambda date: f"{date:%Y%m%d}".rjust(8, "0")),
    "TM": st.from_regex(r"\A(([01][0-9])|2[0-3])([0-5][0-9]([0-5][0-9](\.[0-9]{1,6})?)?)?\Z"),
    "DT": st.from_regex(
        r"\A[12][0-9]{3}((0[1-9]|1[0-2])((0[1-9]|1[0-9]|2[0-8])(0[0-9]([0-5][0-9]([0-5][0-9](\.[0-9]{1,6})?)?)?)?)?)?"
        r"([+-](0[0-9]|1[01])[0-5][0-9])?\Z"
    ),
}
TAGS = {"DA": 0x00080020, "TM": 0x00080030, "DT": 0x0008002A}
KINDS = sorted(TAGS)


def facts(value: Any) -> Any:
    """What users see of a date or time."""
    if not isinstance(value, datetime.date | datetime.time):
        return value
    plain = {"DA": datetime.date, "TM": datetime.time, "DT": datetime.datetime}[type(value).__name__]
    name = value.tzname() if isinstance(value, datetime.datetime) else None
    text = getattr(value, "original_string", None)
    return plain.__repr__(value).partition("(")[2], str(value), repr(value), hash(value), text, name


def compare(kind: str, *args: Any, **kwargs: Any) -> None:
    ours = outcome(lambda: facts(getattr(fastdcm, kind)(*args, **kwargs)))
    theirs = outcome(lambda: facts(getattr(judge, kind)(*args, **kwargs)))
    assert ours == theirs


@pytest.mark.parametrize("kind", KINDS)
@given(st.data())
def test_text_and_objects_give_what_pydicom_has(kind: str, data: st.DataObject) -> None:
    compare(kind, data.draw(TEXTS[kind]))
    found = data.draw(OBJECTS[kind])
    compare(kind, found)
    made = getattr(fastdcm, kind)(found)
    again = getattr(fastdcm, kind)(made.original_string)
    assert again == (made.replace(tzinfo=None) if kind == "TM" else made)


@pytest.mark.parametrize(
    ("kind", "args"),
    [
        ("DA", ()),
        ("DA", (None,)),
        ("DA", ("",)),
        ("DA", (" ",)),
        ("DA", ("1993.08.22",)),
        ("DA", ("20190229",)),
        ("DA", ("2020",)),
        ("DA", ("x",)),
        ("DA", (2020, 2, 29)),
        ("DA", (2020, 13, 1)),
        ("DA", (datetime.datetime(2020, 2, 29, 12),)),  # noqa: DTZ001 - no zone is meant
        ("DA", (5.5,)),
        ("TM", ()),
        ("TM", ("",)),
        ("TM", ("24",)),
        ("TM", ("1060",)),
        ("TM", ("101",)),
        ("TM", ("101060",)),
        ("TM", ("10105960",)),
        ("TM", (10, 11, 12, 5)),
        ("TM", (10,)),
        ("TM", (25,)),
        ("DT", ("",)),
        ("DT", ("2020",)),
        ("DT", ("20200229101160.5",)),
        ("DT", ("20190229",)),
        ("DT", ("x",)),
        ("DT", (2020, 2, 29, 10)),
        ("DT", (datetime.date(2020, 2, 29),)),
    ],
)
def test_what_is_odd_gives_what_pydicom_has(kind: str, args: tuple[Any, ...]) -> None:
    compare(kind, *args)


@pytest.mark.parametrize("kind", KINDS)
@given(st.data())
def test_typed_value_agrees(kind: str, data: st.DataObject) -> None:
    digits = st.text(st.sampled_from("0123456789+-.: "), max_size=16)
    text = data.draw(
        st.one_of(TEXTS[kind], digits, TEXTS[kind].flatmap(lambda text: digits.map(text.__add__)))
    )
    assume(text.strip())
    ours = outcome(lambda: getattr(fastdcm, kind)(text))
    typed = fastdcm.dcmread(encode_file([(TAGS[kind], kind, text)]))[TAGS[kind]].typed_value
    if isinstance(ours, str) or ours is ValueError:
        assert typed is None
    elif typed is None:
        assert ours.second == 59  # a leap second
    else:
        assert ours == typed


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("DA", "20200101-20201231"),
        ("DA", "-20200101"),
        ("DA", "20200101- "),
        ("DA", "2020.01.01-"),
        ("TM", "10-1130"),
        ("TM", "-101112.5"),
        ("TM", "235960-"),
        ("DT", "20200101-20201231"),
        ("DT", "20200101-0500-20201231-0500"),
        ("DT", "2020-"),
        ("DT", "-2020+0100"),
    ],
)
def test_ps3_4_c_2_2_2_5_ranges_stay_text(kind: str, text: str) -> None:
    assert getattr(fastdcm, kind)(text) is text


def test_what_is_neither_value_nor_range_is_refused() -> None:
    assert isinstance(DT("2020-0500"), datetime.datetime)  # PS3.5 §6.2: an offset where it may be one
    for wrong in ("-", "--", "20201301-", "20200101-x", "20200101--20210101", "-" * 2_000_000):
        with pytest.raises(ValueError, match="not a value of VR DA"):
            DA(wrong)
    for wrong in ("2020022910111213", "20201", "20200229101112.", "2020+1500", "2020+0060"):
        with pytest.raises(ValueError, match="not a value of VR DT"):
            DT(wrong)  # pydicom takes them


def test_leap_second_is_told() -> None:
    with pytest.warns(fastdcm.DicomWarning, match="second 60"):
        time = TM("235960")
    assert (time, time.original_string) == (datetime.time(23, 59, 59), "235960")
    with pytest.warns(fastdcm.DicomWarning, match="second 60"):
        assert DT("20161231235960+0000").second == 59


@pytest.mark.parametrize(
    "value",
    [DA("20200229"), DA(2020, 2, 29), TM("1011"), TM(10, 11), DT("2020+0100"), DT(2020, 2, 29)],
    ids=str,
)
def test_copies_keep_their_text(value: Any) -> None:
    clones = [copy.copy(value), copy.deepcopy(value), type(value)(value)]
    clones += [pickle.loads(pickle.dumps(value, protocol)) for protocol in range(pickle.HIGHEST_PROTOCOL + 1)]
    for clone in clones[:2] + clones[3:]:
        assert type(clone) is type(value)
        assert facts(clone) == facts(value)
    assert clones[2] == value


def test_methods_of_datetime_work() -> None:
    day = DA("20200228") + datetime.timedelta(days=1)
    assert type(day) is DA
    assert str(day) == "2020-02-29"
    assert type(DA.today()) is DA
    assert DT("20200229").replace(hour=5) == datetime.datetime(2020, 2, 29, 5)  # noqa: DTZ001 - no zone is meant
    assert type(DT.now(datetime.UTC)) is DT
    assert DA("20200228") < DA("20200229") == datetime.date(2020, 2, 29)
    assert DA(year=2020, month=2, day=29) == day
    assert TM("10:11:12") == datetime.time(10, 11, 12)


@pytest.mark.parametrize("kind", KINDS)
def test_errors_show_no_value(kind: str) -> None:
    with pytest.raises(ValueError, match=f"^not a value of VR {kind}$") as raised:
        getattr(fastdcm, kind)("SECRET")
    assert raised.value.__suppress_context__
