"""CSV: nothing in it is a formula, amounts are numbers, and everything can be had back."""

import csv
import io
import re
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from coins_cli.exports.spreadsheet import COLUMNS, cell, text_of_cell
from coins_cli.store.memory import MemoryStore
from tests.exports.histories import TEXTS, balances, exported, histories, made, nasty

NUMBER = re.compile(r"-?[0-9]+(\.[0-9]{2})?", re.ASCII)
FORMULA = re.compile(r"\s*[=+\-@\t\r＝＋－＠]")  # noqa: RUF001 - the wide ones too


def rows_of(text, **how):
    return list(csv.DictReader(io.StringIO(text, newline=""), **how))


@pytest.fixture(scope="module")
def nasty_store():
    return nasty()


def test_an_empty_economy_is_a_line_with_the_columns():
    assert exported(MemoryStore(), "csv") == ",".join(COLUMNS) + "\r\n"


@given(st.text() | st.sampled_from(TEXTS))
@example("'")
@example("\\x3b=")
@example(";\n=")
def test_no_text_is_a_formula_and_each_can_be_had_back(text):
    written = cell(text)
    assert not FORMULA.match(written)
    assert written.isprintable()
    assert text_of_cell(written) == text


@given(st.lists(st.sampled_from([";", "=", "+", "-", "@", " ", '"', "'", "a", "\n", "\t", "\\"])))
@example([";", '"', "="])
@example([";", " ", "'", "-"])
def test_no_formula_begins_where_a_spreadsheet_splits_at_semicolons(characters):
    """Neither after a quote that is taken for a part of the cell, nor for its beginning."""
    written = cell("".join(characters))
    assert not re.search(r";[\s\"']*[=+\-@]", written)
    assert text_of_cell(written) == "".join(characters)


def test_plain_text_stays_as_it_is():
    for text in ("hi, bob", "a; b", 'he said "x"', "ünï 🎁", "3-1=2", "a@b.c"):
        assert cell(text) == text


def test_every_cell_is_a_number_or_no_formula(nasty_store):
    for row in rows_of(exported(nasty_store, "csv"), strict=True):
        assert list(row) == list(COLUMNS)
        for name, value in row.items():
            if name == "amount":
                assert not value or NUMBER.fullmatch(value)
            else:
                assert not FORMULA.match(value)


def test_lines_end_as_the_standard_has_them(nasty_store):
    text = exported(nasty_store, "csv")
    assert text.endswith("\r\n")
    assert text.count("\n") == text.count("\r\n") == len(rows_of(text)) + 1
    assert not text.startswith("\ufeff")


@settings(max_examples=20, deadline=None, derandomize=True)
@given(histories(least=5, most=20))
def test_every_posting_of_a_random_history_can_be_had_back(history):
    store = made(history)
    rows = rows_of(exported(store, "csv"), strict=True)
    read = [
        (int(row["seq"]), text_of_cell(row["account"]), row["asset"], units(row))
        for row in rows
        if row["account"]
    ]
    assert read == [
        (entry.seq, one.account, one.asset, one.amount)
        for entry in store.entries()
        for one in entry.transaction.postings
    ]
    held = {}
    for _, account, asset, amount in read:
        held[account, asset] = held.get((account, asset), 0) + amount
    assert held == balances(store)


def units(row):
    number = Decimal(row["amount"])
    return int(number * 100) if row["asset"] == "USD" else int(number)


def test_every_transaction_says_who_and_what_and_why(nasty_store):
    rows = {int(row["seq"]): row for row in rows_of(exported(nasty_store, "csv"))}
    assert sorted(rows) == [entry.seq for entry in nasty_store.entries()]
    for entry in nasty_store.entries():
        row, request = rows[entry.seq], entry.transaction.request
        assert row["head"] == entry.head
        assert text_of_cell(row["key"]) == (entry.key or "")
        assert row["ends"] == str(request.ends() or "")
        for name in ("message", "reason", "title"):
            if hasattr(request, name):
                assert text_of_cell(row["text"]) == (getattr(request, name) or "")
        for name in ("note", "interests"):
            if hasattr(request, name):
                assert text_of_cell(row["note"]) == (getattr(request, name) or "")
        if hasattr(request, "sender"):
            assert (row["user"], row["counterparty"]) == (request.sender, request.creator)
            assert (row["item"], row["quantity"]) == (request.gift, str(request.quantity))
        if hasattr(request, "paypal"):
            assert text_of_cell(row["counterparty"]) == request.paypal


def test_what_ends_an_older_transaction_says_whose_it_was(nasty_store):
    rows = {row["seq"]: row for row in rows_of(exported(nasty_store, "csv"))}
    ended = [row for row in rows.values() if row["ends"]]
    assert {row["op"] for row in ended} == {"reverse", "payout_settle", "payout_return"}
    for row in ended:
        older = rows[row["ends"]]
        for name in ("user", "counterparty", "item", "quantity"):
            assert row[name] == older[name] or (name == "quantity" and row["op"] != "reverse")
