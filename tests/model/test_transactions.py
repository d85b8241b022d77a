"""The one record: what it says, and what it never holds."""

import msgspec
import pytest

from coins_cli.model.catalog import Catalog
from coins_cli.model.operations.gift import Gift
from coins_cli.model.operations.recharge import Recharge
from coins_cli.model.transactions import Entry, Transaction
from coins_cli.model.wallets import Wallet
from tests.model.economy import CATALOG, ENDED_STORY, MOST, NOON, STORY, decided, journal

ALL = [*journal(STORY), *journal(ENDED_STORY)]
SENT = decided(
    Gift("alice", "bob", "Love Bang", key="k"),
    Wallet("alice", coins=1_000, last=3),
    Wallet("bob", last=5),
)


def again(says):
    """The transaction that a line with these fields is."""
    return msgspec.json.decode(msgspec.json.encode(says), type=Transaction)


@pytest.mark.parametrize("transaction", ALL, ids=lambda one: type(one.request).__name__)
def test_each_kind_of_transaction_is_read_back_as_it_was_written(transaction):
    assert again(transaction) == transaction
    assert type(again(transaction).request) is type(transaction.request)


@pytest.mark.parametrize("transaction", ALL, ids=lambda one: type(one.request).__name__)
def test_no_record_says_that_something_is_not_there(transaction):
    assert b"null" not in msgspec.json.encode(transaction)


def test_a_transaction_says_what_its_request_said_and_what_it_came_to():
    assert (SENT.key, SENT.gift_id, SENT.usd) == ("k", "love-bang", None)
    assert SENT.sums == (
        (("alice/coins", "bob/earned", 25),),
        *(25, 25, None, None, None, "comments", "love-bang", None),
    )
    bought = decided(Recharge("alice", "500"), Wallet("alice"))
    assert (bought.key, bought.gift_id, bought.usd) == (None, None, "6.49")


def test_a_transaction_knows_whom_it_touched_and_what_touched_them_before():
    assert SENT.wallet("alice") == Wallet("alice", coins=975, last=SENT.seq)
    assert (SENT.touches("alice"), SENT.touches("bob"), SENT.touches("carol")) == (
        True,
        True,
        False,
    )
    assert (SENT.before_of("alice"), SENT.before_of("bob"), SENT.before_of("carol")) == (3, 5, 0)
    assert SENT.wallet("carol") is None


@pytest.mark.parametrize("amount", [0, -1, MOST + 1, 1.5, "5", None])
def test_no_move_is_read_of_nothing_of_less_or_of_more_than_is_kept_exactly(amount):
    says = msgspec.to_builtins(SENT)
    assert again(says) == SENT
    says["moves"] = [["alice/coins", "bob/earned", amount]]
    with pytest.raises(msgspec.ValidationError):
        again(says)


def test_a_field_that_nobody_knows_is_not_passed_over():
    for place in ((), ("request",)):
        says = msgspec.to_builtins(SENT)
        target = says[place[0]] if place else says
        target["postings"] = []
        with pytest.raises(msgspec.ValidationError):
            again(says)


def test_a_time_without_a_zone_is_no_time():
    says = {**msgspec.to_builtins(SENT), "at": "2026-01-05T12:00:00"}
    with pytest.raises(msgspec.ValidationError):
        again(says)


def test_an_operation_that_nobody_knows_is_not_read():
    says = msgspec.to_builtins(SENT)
    says["request"]["op"] = "mint"
    with pytest.raises(msgspec.ValidationError):
        again(says)


def test_an_entry_names_its_transaction_its_hash_and_its_prices():
    entry = Entry(SENT, "ab" * 32, CATALOG)
    assert (entry.seq, entry.key, entry.head) == (SENT.seq, "k", "ab" * 32)
    assert isinstance(entry.catalog, Catalog)
    assert entry.catalog.gift_name(entry.transaction.gift_id) == "Love bang"
    assert entry.catalog.gift_name("gone") == "gone"


def test_a_transaction_cannot_be_changed():
    for name, value in (("seq", 1), ("at", NOON), ("coins", 0), ("moves", ())):
        with pytest.raises(AttributeError):
            setattr(SENT, name, value)
