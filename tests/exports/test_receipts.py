"""JSON Lines: receipts with what they posted."""

import json

import pytest
from hypothesis import given, settings

from coins_cli.model.accounts import Posting
from coins_cli.model.receipts import receipt_of
from tests.exports.histories import exported, histories, made, nasty


def no_float(text):
    pytest.fail(f"{text} is neither a whole number nor a text")


def lines_of(store):
    text = exported(store, "jsonl")
    assert text.replace("\n", "").isprintable()
    return [json.loads(line, parse_float=no_float) for line in text.split("\n")[:-1]]


def cents(amount):
    whole, _, rest = amount.removeprefix("-").partition(".")
    return (-1 if amount.startswith("-") else 1) * (100 * int(whole) + int(rest))


def check_lines(store):
    entries = list(store.entries())
    lines = lines_of(store)
    assert len(lines) == len(entries)
    for entry, line in zip(entries, lines, strict=True):
        postings = line.pop("postings")
        receipt = receipt_of(entry).to_json()
        assert line == {**receipt, "at": line["at"]}
        assert next(iter(line.items())) == ("schema", 1)
        assert entry.transaction.postings == [
            Posting(one["account"], one["asset"], cents(one["amount"]))
            if one["asset"] == "USD"
            else Posting(**one)
            for one in postings
        ]


@settings(max_examples=20, deadline=None, derandomize=True)
@given(histories(least=5, most=20))
def test_each_line_is_a_receipt_with_all_its_postings(history):
    check_lines(made(history))


def test_no_text_breaks_a_line_or_reaches_a_terminal():
    check_lines(nasty())
