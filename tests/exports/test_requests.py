"""Requests: what an export of them plays again, and what it says it cannot."""

import io
import json
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from coins_cli.bank import Bank
from coins_cli.cli.json_lines import groups_of_lines, items_of
from coins_cli.errors import CoinsError
from coins_cli.exports.exporting import Export, Selection
from coins_cli.exports.requests import Differences
from coins_cli.model.operations import BY_OP
from coins_cli.model.operations.gift import Gift
from coins_cli.model.operations.open_wallet import Open
from coins_cli.model.operations.recharge import Recharge
from coins_cli.model.sending import fields_of, request_of
from coins_cli.store.memory import MemoryStore
from tests.exports.histories import exported, histories, made, nasty
from tests.store.economies import START, keyed, store_at
from tests.store.stories import BUSY_CATALOG, BUSY_RULES

DEAR = replace(
    BUSY_CATALOG,
    packs={**BUSY_CATALOG.packs, "100": replace(BUSY_CATALOG.packs["100"], usd_cents=999)},
)


def requests_in(text):
    """The requests that a batch finds in it, each with its key."""
    for lines in groups_of_lines(io.BytesIO(text.encode()), most=4_096):
        for request in items_of(lines):
            assert request.key is not None
            yield request


def played(text, store, catalog=BUSY_CATALOG, group=7):
    """What each line was answered, played into a store at another time."""
    bank = Bank(store, catalog, clock=lambda: START + timedelta(days=400))
    asked = list(requests_in(text))
    answers = []
    for at in range(0, len(asked), group):
        answers += bank.apply_each(asked[at : at + group])
    return answers


def holdings(store):
    """Every wallet but for when its live began, and the platform's totals."""
    with store.reading() as view:
        wallets = [view.wallet(user) for user in view.users()]
        totals = {name: total for name, total in view.totals.items() if total}
    return [
        (one.user, one.name, one.coins, one.earned, one.held, one.live_since is not None)
        for one in wallets
    ], totals


def comes_to(store):
    """What every transaction was, as people type it, and did, without its key, time and hash."""
    return [
        (
            one.seq,
            keyed(request_of(fields_of(one.transaction.request))),
            one.transaction.sums,
            one.transaction.postings,
        )
        for one in store.entries()
    ]


def differences(store, catalog=BUSY_CATALOG):
    found = Differences(store, catalog)
    list(Export(store, "requests", Selection(), found).chunks())
    return found.count, found.first


@settings(max_examples=60, deadline=None, derandomize=True)
@given(histories(least=10, most=60), st.sampled_from([1, 7, 4_096]))
def test_a_random_history_played_into_an_empty_store_ends_with_the_same_balances(history, group):
    store, again = made(history), MemoryStore()
    text = exported(store, "requests")
    answers = played(text, again, group=group)
    assert not any(isinstance(one, CoinsError) or one.replayed for one in answers)
    assert comes_to(again) == comes_to(store)
    assert holdings(again) == holdings(store)
    assert list(requests_in(exported(again, "requests"))) == list(requests_in(text))
    assert differences(store) == (0, None)


def test_texts_names_and_addresses_that_are_hard_to_write_come_back(tmp_path):
    store, again = nasty(), store_at(tmp_path / "again")
    assert differences(store) == (0, None)
    text = exported(store, "requests")
    assert all(line.isprintable() for line in text.splitlines())
    assert {json.loads(line)["op"] for line in text.splitlines()} == set(BY_OP)
    played(text, again)
    assert holdings(again) == holdings(store)
    with again.reading() as view:
        requests = [keyed(entry.transaction.request) for entry in view.entries()]
    assert requests == [
        keyed(request_of(fields_of(entry.transaction.request))) for entry in store.entries()
    ]


@settings(max_examples=20, deadline=None, derandomize=True)
@given(histories(least=5, most=25), st.integers(1, 30))
def test_what_was_stopped_is_played_to_its_end_by_playing_it_again(history, stop):
    store, again = made(history), MemoryStore()
    text = exported(store, "requests")
    played("".join(text.splitlines(keepends=True)[:stop]), again)
    answers = played(text, again)
    assert [one.replayed for one in answers[:stop]] == [True] * len(answers[:stop])
    assert not any(one.replayed for one in answers[stop:])
    assert holdings(again) == holdings(store)


def test_keys_are_those_that_were_given_and_else_the_receipt():
    store = MemoryStore()
    store.commit([keyed(Open("ann"), "mine"), Open("bob")], BUSY_RULES, START)
    first, second = map(json.loads, exported(store, "requests").splitlines())
    assert first == {"op": "open", "user": "ann", "key": "mine"}
    assert second["key"] == f"2:{list(store.entries())[1].head}"


def test_what_was_recorded_at_other_prices_is_counted_and_the_first_named():
    store = MemoryStore()
    store.commit([Open("ann"), Open("bob")], BUSY_RULES, START)
    store.commit([Recharge("ann", "100")] * 2, BUSY_RULES, START)
    store.commit([Gift("ann", "bob", "panda", 7)], BUSY_RULES, START)
    assert differences(store) == (0, None)
    assert differences(store, DEAR) == (2, 3)
    assert differences(store, replace(DEAR, creator_share=Decimal(1))) == (3, 3)
    assert differences(store, replace(BUSY_CATALOG, gifts={})) == (1, 5)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(histories(least=5, most=30), st.sampled_from([DEAR, replace(DEAR, gifts={})]))
def test_no_difference_is_counted_only_where_it_ends_the_same(history, catalog):
    """Before the first that is counted, everything comes to the same at those prices."""
    store, again = made(history), MemoryStore()
    count, first = differences(store, catalog)
    played(exported(store, "requests"), again, catalog)
    alike = len(comes_to(store)) if first is None else first - 1
    assert comes_to(again)[:alike] == comes_to(store)[:alike]
    if count:
        assert comes_to(again)[first - 1 : first] != comes_to(store)[first - 1 : first]


def test_a_key_that_an_older_one_would_get_is_counted():
    """It comes into being when an export is played into the store that it was made of."""
    store = MemoryStore()
    store.commit([Open("ann"), Recharge("ann", "100")], BUSY_RULES, START)
    played(exported(store, "requests"), store)
    assert [entry.seq for entry in store.entries()] == [1, 2, 3]
    assert differences(store) == (1, 3)


@pytest.mark.parametrize("op", BY_OP)
def test_every_operation_has_an_object_that_reads_back_as_it_was(op):
    requests = [entry.transaction.request for entry in nasty().entries()]
    mine = [one for one in requests if fields_of(one)["op"] == op]
    assert mine
    for request in mine:
        fields = fields_of(request)
        assert fields_of(request_of(fields)) == {
            name: value.strip() if isinstance(value, str) else value
            for name, value in fields.items()
        }
