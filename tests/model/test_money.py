"""Amounts as people write them, and nothing else."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coins_cli.errors import InvalidAmount, InvalidDollars
from coins_cli.model.money import (
    check_amount,
    format_dollars,
    parse_amount,
    parse_dollars,
)
from tests.model.economy import MOST, some_examples

NOT_NUMBERS = [
    "",
    "0",
    "00",
    "01",
    "-5",
    "+5",
    " 5",
    "5 ",
    "5\n",
    "1.5",
    "1.0",
    "1,000",
    "1_000",
    "1e3",
    "0x10",
    "five",
    "½",
    "²",
    "\u0661\u0662",  # 12 in Arabic-Indic digits
    "\uff15",  # a full-width 5
    "1\u0662",
    "5\uff15",
    "\x005",
    str(2**53),
    "9" * 17,
    "1" * 400,
    "1" * 5000,
]


@pytest.mark.parametrize("text", NOT_NUMBERS)
def test_only_a_positive_whole_number_in_plain_digits_is_an_amount(text):
    with pytest.raises(InvalidAmount) as refusal:
        parse_amount(text, "the quantity")
    assert refusal.value.what == "the quantity"
    assert refusal.value.most == MOST
    assert refusal.value.fields["given"] == text[:60]
    assert len(refusal.value.message) < 150


@pytest.mark.parametrize("amount", [1, 5, 10, 10_000, MOST - 1, MOST])
def test_amounts_reach_from_one_to_the_largest_that_json_keeps_exact(amount):
    assert parse_amount(str(amount), "coins") == amount
    assert check_amount(amount, "coins") == amount


def test_the_largest_amount_is_two_to_the_53_less_one():
    assert parse_amount("9007199254740991", "coins") == 9_007_199_254_740_991
    with pytest.raises(InvalidAmount):
        parse_amount("9007199254740992", "coins")


@pytest.mark.parametrize(
    "amount", [0, -1, MOST + 1, 10**400, True, False, 5.0, "5", None, Decimal(5)]
)
def test_what_a_program_gives_as_an_amount_must_be_one_too(amount):
    with pytest.raises(InvalidAmount):
        check_amount(amount, "coins")


def test_a_number_too_long_to_be_printed_is_refused_like_any_other():
    with pytest.raises(InvalidAmount):
        check_amount(10**5000, "coins")


@some_examples
@given(st.integers(1, MOST))
def test_an_amount_reads_back_as_it_was_written(amount):
    assert parse_amount(str(amount), "coins") == amount


@some_examples
@given(st.text(max_size=20))
def test_no_other_text_is_an_amount(text):
    try:
        amount = parse_amount(text, "coins")
    except InvalidAmount:
        return
    assert str(amount) == text


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("5", 500),
        ("5.0", 500),
        ("5.4", 540),
        ("6.49", 649),
        ("0.01", 1),
        ("0.1", 10),
        ("7000", 700_000),
        ("134.99", 13_499),
        ("90071992547409.91", MOST),
    ],
)
def test_dollars_are_read_to_the_cent(text, cents):
    assert parse_dollars(text, "the budget") == cents


@pytest.mark.parametrize(
    "text",
    [
        *["", "0", "0.0", "0.00", "-5", "+5", " 5", "5 ", "5\n", ".5", "5.", "05", "00.5"],
        *["1.005", "1.000", "6,49", "$5", "1e3", "1_000", "1,000.00", "nan", "inf", "Infinity"],
        *["\u0661\u0662", "\uff15", "5.\uff15", "90071992547409.92", "9" * 400],
    ],
)
def test_anything_but_dollars_and_cents_above_zero_is_refused(text):
    with pytest.raises(InvalidDollars) as refusal:
        parse_dollars(text, "the budget")
    assert refusal.value.what == "the budget"
    assert refusal.value.fields["given"] == text[:60]
    assert len(refusal.value.message) < 150


@pytest.mark.parametrize(
    ("cents", "text"),
    [
        (0, "0.00"),
        (1, "0.01"),
        (10, "0.10"),
        (649, "6.49"),
        (13_499, "134.99"),
        (-1, "-0.01"),
        (-149, "-1.49"),
        (MOST, "90071992547409.91"),
    ],
)
def test_cents_are_written_as_dollars_with_two_decimals(cents, text):
    assert format_dollars(cents) == text


@some_examples
@given(st.integers(1, MOST))
def test_dollars_read_back_as_they_were_written(cents):
    assert parse_dollars(format_dollars(cents), "usd") == cents


@some_examples
@given(st.integers(-MOST, MOST))
def test_dollars_are_written_as_exactly_what_they_are(cents):
    assert Decimal(format_dollars(cents)) * 100 == cents
