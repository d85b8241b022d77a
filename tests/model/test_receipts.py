"""The one shape of a receipt, for every operation."""

import msgspec
import pytest
from msgspec.structs import replace

from coins_cli.model.operations.cashout import CashOut
from coins_cli.model.operations.gift import Gift
from coins_cli.model.operations.live import EndLive, StartLive
from coins_cli.model.operations.open_wallet import Open
from coins_cli.model.operations.promote import Promote
from coins_cli.model.operations.recharge import Recharge
from coins_cli.model.receipts import Receipt, receipt_of
from coins_cli.model.transactions import Entry
from coins_cli.model.wallets import Wallet
from tests.model.economy import (
    CATALOG,
    ENDED_STORY,
    HALF_SHARE,
    NOON,
    STORY,
    decided,
    entries,
    journal,
)

HEAD = "0123456789abcdef" * 4
ALICE = Wallet("alice", coins=1_000, earned=4)
BOB = Wallet("bob", earned=10_000)
LIVE_BOB = Wallet("bob", earned=10_000, live_since=NOON)

EVERY = {"schema", "seq", "op", "at", "key", "replayed", "dry_run", "head", "balances"}
FIELDS = {
    "open": {"user", "name", "note"},
    "recharge": {"user", "pack", "quantity", "coins", "usd"},
    "gift": {"from", "to", "gift", "quantity", "venue", "video", "message", "coins", "earned"},
    "promote": {"user", "video", "days", "audience", "interests", "coins", "usd", "views"},
    "cashout": {"user", "paypal", "pending", "coins", "diamonds", "usd"},
    "live_start": {"user", "title"},
    "live_end": {"user"},
    "payout_settle": {"payout", "user", "paypal", "coins", "diamonds", "usd"},
    "payout_return": {"payout", "reason", "user", "paypal", "coins", "diamonds", "usd"},
}


def entry_of(transaction, key=None):
    """The transaction as number 7 of a journal, under a key."""
    request = replace(transaction.request, key=key)
    return Entry(replace(transaction, seq=7, request=request), HEAD, CATALOG)


def recorded(transaction, key=None):
    """The JSON object of a transaction that stands in a journal."""
    return receipt_of(entry_of(transaction, key)).to_json()


ALL = entries([*journal(STORY), *journal(ENDED_STORY)])


@pytest.mark.parametrize("entry", ALL, ids=lambda entry: entry.seq)
def test_each_operation_has_exactly_its_fields(entry):
    receipt = receipt_of(entry).to_json()
    if receipt["op"] != "reverse":
        assert set(receipt) == EVERY | FIELDS[receipt["op"]]


def test_the_stories_have_every_operation():
    assert {receipt_of(entry).op for entry in ALL} == {*FIELDS, "reverse"}
    assert len(ALL) == len(STORY) + len(ENDED_STORY)


def test_a_reversal_says_why_what_it_undid_and_what_that_came_to():
    promotion, gift = (
        {name: one for name, one in receipt_of(entry).to_json().items() if name not in EVERY}
        for entry in ALL
        if receipt_of(entry).op == "reverse"
    )
    assert promotion == {
        "reverses": 10,
        "reason": "the wrong video",
        "coins": 1_000,
        "views": 2_000,
        "reversed": {"op": "promote", "user": "alice", "video": "v9"},
    }
    assert gift == {
        "reverses": 16,
        "reason": "the wrong gift",
        "coins": 5,
        "earned": 5,
        "venue": "comments",
        "gift": "panda",
        "reversed": {"op": "gift", "from": "alice", "to": "bob", "gift": "panda", "quantity": 1},
    }


def test_a_settlement_and_a_return_say_whose_payout_it_was():
    returned, settled = (
        {name: one for name, one in receipt_of(entry).to_json().items() if name not in EVERY}
        for entry in ALL
        if entry.transaction.request.ends() and "payout" in receipt_of(entry).op
    )
    assert returned == {
        "payout": 11,
        "reason": "a typo in the address",
        "user": "bob",
        "paypal": "bob@example.com",
        "coins": 4_000,
        "diamonds": 4_000,
        "usd": "40.00",
    }
    assert settled == {
        "payout": 13,
        "user": "bob",
        "paypal": "bob@example.org",
        "coins": 10_000,
        "diamonds": 10_000,
        "usd": "100.00",
    }


def test_what_is_held_is_shown_only_where_something_is():
    bob = replace(BOB, held=3)
    assert recorded(decided(StartLive("bob"), bob))["balances"] == {
        "bob": {"coins": 0, "earned": 10_000, "held": 3}
    }
    assert recorded(decided(StartLive("bob"), BOB))["balances"] == {
        "bob": {"coins": 0, "earned": 10_000}
    }


def test_who_is_told_by_what_it_was_reversed_says_so():
    receipt = receipt_of(entry_of(decided(Open("alice"))), reversed_by=9)
    assert receipt.to_json()["reversed_by"] == 9


def test_a_receipt_says_which_transaction_it_is_of():
    receipt = recorded(decided(Open("alice")), key="lesson-3")
    assert {name: receipt[name] for name in EVERY - {"balances"}} == {
        "schema": 1,
        "seq": 7,
        "op": "open",
        "at": "2026-01-05T12:00:00Z",
        "key": "lesson-3",
        "replayed": False,
        "dry_run": False,
        "head": HEAD,
    }


@pytest.mark.parametrize(
    ("request_", "wallets", "rest", "balances"),
    [
        (
            Open("alice", "Alice A."),
            [],
            {
                "user": "alice",
                "name": "Alice A.",
                "note": None,
            },
            {"alice": {"coins": 0, "earned": 0}},
        ),
        (
            Recharge("alice", "500", 2),
            [ALICE],
            {
                "user": "alice",
                "pack": "500",
                "quantity": 2,
                "coins": 1_000,
                "usd": "12.98",
            },
            {"alice": {"coins": 2_000, "earned": 4}},
        ),
        (
            Gift("alice", "bob", "Love Bang", 3, message="hi"),
            [ALICE, LIVE_BOB],
            {
                "from": "alice",
                "to": "bob",
                "gift": "love-bang",
                "quantity": 3,
                "venue": "live",
                "video": None,
                "message": "hi",
                "coins": 75,
                "earned": 75,
            },
            {
                "alice": {"coins": 925, "earned": 4},
                "bob": {"coins": 0, "earned": 10_075},
            },
        ),
        (
            Promote("alice", "v9", 1, usd_cents=600),
            [ALICE],
            {
                "user": "alice",
                "video": "v9",
                "days": 1,
                "audience": "auto",
                "interests": None,
                "coins": 602,
                "usd": "6.00",
                "views": 1_204,
            },
            {"alice": {"coins": 398, "earned": 4}},
        ),
        (
            Promote("alice", "v9", 1, views=1_001, audience="custom", interests="tea"),
            [ALICE],
            {
                "user": "alice",
                "video": "v9",
                "days": 1,
                "audience": "custom",
                "interests": "tea",
                "coins": 501,
                "usd": None,
                "views": 1_002,
            },
            {"alice": {"coins": 499, "earned": 4}},
        ),
        (
            CashOut("bob", "bob@example.com"),
            [BOB],
            {
                "user": "bob",
                "paypal": "bob@example.com",
                "pending": False,
                "coins": 10_000,
                "diamonds": 10_000,
                "usd": "100.00",
            },
            {"bob": {"coins": 0, "earned": 0}},
        ),
        (
            StartLive("bob", "cooking"),
            [BOB],
            {"user": "bob", "title": "cooking"},
            {"bob": {"coins": 0, "earned": 10_000}},
        ),
        (
            EndLive("bob"),
            [LIVE_BOB],
            {"user": "bob"},
            {"bob": {"coins": 0, "earned": 10_000}},
        ),
    ],
)
def test_a_receipt_says_what_was_asked_what_it_came_to_and_the_balances_after(
    request_, wallets, rest, balances
):
    receipt = recorded(decided(request_, *wallets))
    assert {name: receipt[name] for name in receipt if name not in EVERY} == rest
    assert receipt["balances"] == balances


def test_a_gift_that_the_platform_shares_says_what_the_creator_earned():
    gift = Gift("alice", "bob", "panda", venue="comments", video="v1")
    receipt = recorded(decided(gift, ALICE, BOB, catalog=HALF_SHARE))
    assert (receipt["venue"], receipt["video"]) == ("comments", "v1")
    assert (receipt["coins"], receipt["earned"]) == (5, 2)
    assert receipt["balances"]["bob"] == {"coins": 0, "earned": 10_002}


def test_a_replayed_receipt_says_so_and_nothing_else_differs():
    entry = entry_of(decided(Open("alice")), "k")
    first, again = receipt_of(entry).to_json(), receipt_of(entry, replayed=True).to_json()
    assert again == first | {"replayed": True}


def test_a_dry_run_has_no_number_and_no_head():
    transaction = decided(Recharge("alice", "100"), ALICE)
    real = recorded(transaction, "k")
    tried = entry_of(transaction, "k").transaction
    receipt = Receipt(tried, CATALOG, None, dry_run=True)
    assert receipt.to_json() == real | {"seq": None, "head": None, "dry_run": True}
    assert (receipt.seq, tried.seq) == (None, 7), "it would have that number, and has none"


def test_times_are_written_in_utc_and_dollars_as_text():
    text = msgspec.json.encode(recorded(decided(Recharge("alice", "100"), ALICE))).decode()
    assert '"at":"2026-01-05T12:00:00Z"' in text
    assert '"usd":"1.29"' in text
    assert '"coins":100,' in text


@pytest.mark.parametrize("entry", ALL, ids=lambda entry: entry.seq)
def test_a_receipt_in_a_batch_says_its_line_and_nothing_else_differs(entry):
    receipt = receipt_of(entry)
    answer = msgspec.to_builtins(receipt.flat(12))
    assert answer == receipt.to_json() | {"line": 12}
    assert list(answer)[:3] == ["schema", "line", "seq"]
    assert msgspec.json.decode(msgspec.json.encode(receipt.flat())) == msgspec.json.decode(
        msgspec.json.encode(receipt.to_json())
    )


@pytest.mark.parametrize("entry", ALL, ids=lambda entry: entry.seq)
def test_a_receipt_tells_programs_what_its_json_tells(entry):
    receipt = receipt_of(entry)
    told = receipt.to_json()
    for name in ("seq", "op", "at", "key", "replayed", "dry_run", "head", "balances"):
        assert msgspec.to_builtins(getattr(receipt, name)) == told[name]
    assert receipt.about == (entry.transaction.about or {})
    assert receipt.request is entry.transaction.request
