"""Decimal and Integer Strings (DS, IS) as pydicom has them."""

from __future__ import annotations

import copy
import math
import pickle
from decimal import Decimal
from typing import Any

import pydicom.valuerep as judge
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import fastdcm
from fastdcm import DS, IS, DSdecimal, DSfloat, ISfloat, format_number_as_ds
from outcome import outcome

NUMBERS = st.one_of(
    st.floats(allow_nan=False),
    st.integers(-(10**20), 10**20),
    st.decimals(allow_nan=False, allow_infinity=False),
)
TEXTS = st.one_of(
    st.from_regex(r"\A *[+-]?([0-9]{1,20}(\.[0-9]{0,20})?|\.[0-9]{1,20})([eE][+-]?[0-9]{1,2})? *\Z"),
    st.sampled_from(["", " ", "nan", "inf", "-inf", "abc", "1,5", "1e", "--1", "0x10", "1 2", "+007", "-0"]),
)


def facts(number: Any) -> Any:
    """What users see of a number."""
    if not isinstance(number, float | int | Decimal):
        return number
    seen = (
        type(number).__name__.removeprefix("_Text"),
        str(number),
        repr(number),
        hash(number) if number == number else 0,
    )
    return *seen, getattr(number, "original_string", str(number)), getattr(number, "auto_format", None)


def compare(name: str, *args: Any, **kwargs: Any) -> None:
    ours = outcome(lambda: facts(getattr(fastdcm, name)(*args, **kwargs)))
    theirs = outcome(lambda: facts(getattr(judge, name)(*args, **kwargs)))
    assert ours == theirs


@given(st.one_of(NUMBERS, TEXTS, st.none()), st.booleans())
@example("1.50", False)
@example("0.123456789012345678", True)
@example(1 / 3, True)
@example(math.inf, True)
@example(b"1", False)
@example([], False)
def test_decimal_string_is_that_of_pydicom(value: Any, auto_format: bool) -> None:
    compare("DS", value, auto_format)
    compare("DSfloat", value, auto_format)
    compare("DSfloat", value, auto_format, 2)
    compare("DS", value, auto_format, 2)


@given(st.one_of(NUMBERS, TEXTS, st.none()))
@example("1.0")
@example("1.5")
@example(1.5)
@example(Decimal("1.50"))
@example("2147483648")
@example([])
@example(" 300.e7")
def test_integer_string_is_that_of_pydicom(value: Any) -> None:
    if isinstance(value, str | Decimal) and 2**53 <= abs(_float(value)) < math.inf:
        return  # pydicom compares with a float, which has not all the digits
    if value in (math.inf, -math.inf, "inf", "-inf"):
        with pytest.raises(ValueError, match="not an Integer String"):
            IS(value)  # pydicom: OverflowError
        return
    compare("IS", value)
    compare("IS", value, 2)
    if value is not None:
        compare("ISfloat", value)


def _float(value: Any) -> float:
    number = outcome(lambda: float(value))
    return number if isinstance(number, float) else 0.0


@given(st.one_of(st.integers(-(10**20), 10**20), st.decimals(allow_nan=False, allow_infinity=False), TEXTS))
@example(1.5)
@example("1.000000000000000000")
def test_decimal_of_any_size_is_that_of_pydicom(value: Any) -> None:
    if value in ("nan", "abc", "1,5", "1e", "--1", "0x10", "1 2"):
        return  # decimal.InvalidOperation, which is no ValueError
    compare("DSdecimal", value)
    compare("DSdecimal", value, validation_mode=2)
    if isinstance(value, str):  # of a Decimal the text may have a digit more, see below
        compare("DSdecimal", value, auto_format=True)


@given(st.one_of(st.floats(), st.decimals()))
@example(0.1 + 0.2)
@example(-1e13 / 3)
@example(1e14 / 3)
@example(1e-5 / 3)
@example(-1e-101 / 3)
@example(1.7976931345e308)
@example(Decimal("1." + "3" * 40))
@example(1)
def test_text_of_sixteen_characters_is_that_of_pydicom(value: Any) -> None:
    ours = outcome(lambda: format_number_as_ds(value))
    theirs = outcome(lambda: judge.format_number_as_ds(value))
    if isinstance(ours, str):
        assert len(ours) <= 16
        exact = Decimal(str(value))  # the largest float is rounded to one that float does not have
        assert abs(Decimal(ours) - exact) <= abs(exact) * Decimal("1e-8")
    if isinstance(theirs, str) and len(theirs) <= 16 and not _is_on_the_border(value):
        # An exponent of one digit, which only Decimal has, leaves room for one more digit of the number.
        assert ours == theirs or (isinstance(value, Decimal) and len(theirs) < len(ours) == 16)
    elif not isinstance(value, Decimal) and not isinstance(theirs, str):
        assert ours == theirs


def _is_on_the_border(value: float) -> bool:
    """True where rounding decides whether there is an exponent: pydicom takes the logarithm of a float."""
    return any(math.isclose(abs(value), border, rel_tol=1e-14) for border in (1e-4, 1e13, 1e14))


def test_sixteen_characters_are_kept_where_rounding_carries() -> None:
    assert format_number_as_ds(9.999999999999998) == "10.0000000000000"
    assert len(judge.format_number_as_ds(9.999999999999998)) == 17
    assert format_number_as_ds(Decimal("1E+400")) == "1E+400"
    with pytest.raises(ValueError, match="not an Integer String"):
        IS(Decimal("1E+999999999999"))  # without writing it out
    with pytest.raises(ValueError, match="exponent"):
        format_number_as_ds(Decimal("-0E-1000000000000"))


@pytest.mark.parametrize(
    "number",
    [
        DSfloat("+2.50"),
        DSfloat(2.5),
        DSfloat(1 / 3, auto_format=True),
        DSfloat(DSfloat("1.50")),
        DSdecimal("2.50"),
        DSdecimal(Decimal("0.1")),
        DSdecimal(Decimal(1) / 3, auto_format=True),
        ISfloat("1.50"),
        ISfloat(1.5),
        IS("+012"),
        IS(12),
    ],
    ids=repr,
)
def test_copies_keep_number_and_text(number: Any) -> None:
    clones = [copy.copy(number), copy.deepcopy(number)]
    clones += [
        pickle.loads(pickle.dumps(number, protocol)) for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
    ]
    for clone in clones:
        assert facts(clone) == facts(number)
        assert clone == number
        assert hasattr(clone, "original_string") == hasattr(number, "original_string")
    assert facts(type(number)(number)) == facts(number) or isinstance(number, IS)


def test_numbers_are_compared_as_numbers_and_with_text() -> None:
    for number in (DSfloat("1.50"), DSdecimal("1.50")):
        assert number == 1.5
        assert number == "1.50"
        assert number != "1.5"
        assert number < 2
        assert number >= IS("1")
        assert sorted([DSfloat(2), number, DSfloat(1)]) == [1, 1.5, 2]
        with pytest.raises(TypeError):
            _ = number < "2"
    assert DSfloat(DSdecimal("1.50")).original_string == "1.50"
    assert DSdecimal(DSdecimal("1.50")).original_string == "1.50"
    assert not hasattr(DSfloat(IS("12")), "original_string")


def test_automatic_text_is_kept() -> None:
    number = DSfloat(DS(1 / 3, auto_format=True), validation_mode=2)
    assert number.auto_format
    assert (number, str(number)) == (1 / 3, "0.33333333333333")
    assert DSdecimal(number_of_digits := DSdecimal(Decimal(1) / 3, auto_format=True)).auto_format
    assert number_of_digits == Decimal(1) / 3


def test_large_integers_keep_their_digits() -> None:
    number = IS("9007199254740993")
    assert type(number) is IS
    assert number == 9007199254740993


def test_validation_warns_where_it_is_asked_to() -> None:
    for call in (
        lambda: DS("1.23456789012345678", validation_mode=1),
        lambda: DSdecimal("1.23456789012345678", validation_mode=1),
        lambda: IS("1.5", 1),
        lambda: ISfloat("1.5", 1),
    ):
        with pytest.warns(fastdcm.DicomWarning):
            call()


@pytest.mark.parametrize("call", [DS, DSfloat, DSdecimal, IS, ISfloat])
@pytest.mark.parametrize("value", ["SECRET", "12345678901234567890SECRET"])
@pytest.mark.parametrize("mode", [None, 2])
def test_errors_show_no_value(call: Any, value: str, mode: int | None) -> None:
    with pytest.raises(ValueError) as raised:  # noqa: PT011 - any message
        call(value, validation_mode=mode)
    assert "SECRET" not in str(raised.value)
    assert raised.value.__cause__ is None
    assert raised.value.__context__ is None or raised.value.__suppress_context__
