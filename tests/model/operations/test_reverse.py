"""Reversals: what goes back, and what cannot."""

import pytest
from msgspec.structs import replace

from coins_cli.cli.hints import hint_of
from coins_cli.errors import (
    AlreadyReversed,
    CoinsGone,
    InvalidAmount,
    InvalidText,
    NotReversible,
    UnknownPayout,
    UnknownTransaction,
)
from coins_cli.model.accounts import backwards
from coins_cli.model.operations.cashout import CashOut
from coins_cli.model.operations.gift import Gift
from coins_cli.model.operations.live import EndLive, StartLive
from coins_cli.model.operations.open_wallet import Open
from coins_cli.model.operations.payout import ReturnPayout, SettlePayout
from coins_cli.model.operations.promote import Promote
from coins_cli.model.operations.recharge import Recharge
from coins_cli.model.operations.request import op_of
from coins_cli.model.operations.reverse import Reverse
from coins_cli.model.transactions import Transaction
from coins_cli.model.wallets import Wallet
from tests.model.economy import (
    CATALOG,
    HALF_SHARE,
    NOON,
    after,
    all_after,
    as_past,
    catalog_with,
    decided,
    refused,
    sums_of,
)

PAYPAL = "bob@example.com"
ALICE = Wallet("alice", coins=1_000)
BOB = Wallet("bob", coins=3, earned=12_345, live_since=NOON, name="Bob B.")
ASKED = decided(CashOut("bob", PAYPAL, 10_001, pending=True), BOB)
HOLDING = after(ASKED, "bob")
PAST = as_past(ASKED)
SETTLE, RETURN, REVERSE = SettlePayout(7), ReturnPayout(7, "a typo"), Reverse(7, "a mistake")
ENDINGS = [SETTLE, RETURN, REVERSE]


def past(request, *wallets, by=None, catalog=CATALOG):
    """What `request` did, as number 7, and the wallets right after it."""
    done = decided(request, *wallets, catalog=catalog)
    return as_past(done, by=by), all_after(done)


UNDONE = decided(REVERSE, ALICE, past=past(Recharge("alice", "100"), Wallet("alice"))[0])


@pytest.mark.parametrize(
    ("request_", "wallets", "about"),
    [
        (
            Recharge("alice", "500", 2),
            [ALICE],
            {"op": "recharge", "user": "alice", "pack": "500", "quantity": 2},
        ),
        (
            Gift("alice", "bob", "Love Bang", 3, message="hi"),
            [ALICE, BOB],
            {
                "op": "gift",
                "from": "alice",
                "to": "bob",
                "gift": "love-bang",
                "quantity": 3,
            },
        ),
        (
            Gift("alice", "bob", "panda", venue="comments", video="v1"),
            [ALICE, BOB],
            {
                "op": "gift",
                "from": "alice",
                "to": "bob",
                "gift": "panda",
                "quantity": 1,
                "video": "v1",
            },
        ),
        (
            Promote("alice", "v9", 1, usd_cents=600),
            [ALICE],
            {"op": "promote", "user": "alice", "video": "v9"},
        ),
        (
            CashOut("bob", PAYPAL),
            [BOB],
            {"op": "cashout", "user": "bob", "paypal": PAYPAL},
        ),
    ],
)
def test_a_reversal_puts_back_all_that_was_moved_and_says_what_that_was(request_, wallets, about):
    before, left = past(request_, *wallets, catalog=HALF_SHARE)
    undone = decided(REVERSE, *left, past=before)
    assert undone.moves == backwards(before.transaction.moves)
    posted, put_back = (
        sorted((one.account, one.asset, sign * one.amount) for one in transaction.postings)
        for sign, transaction in ((-1, before.transaction), (1, undone))
    )
    assert posted == put_back != []
    assert sums_of(undone) == sums_of(before.transaction)
    assert all_after(undone) == tuple(wallets)
    assert undone.about == about


def test_a_reversal_leaves_what_came_later():
    before, (alice, bob) = past(Gift("alice", "bob", "panda"), ALICE, BOB)
    bob = replace(bob, live_since=None, held=9, coins=0)
    undone = decided(REVERSE, alice, bob, past=before)
    assert all_after(undone) == (ALICE, replace(bob, earned=BOB.earned))


def test_a_number_that_no_transaction_has_is_not_found():
    error = refused(Reverse(1_234, "x"))
    assert isinstance(error, UnknownTransaction)
    assert (error.code, error.fields) == ("unknown_transaction", {"seq": 1_234})
    assert error.message == "there is no transaction 1,234"
    assert "coins history USER" in hint_of(error)


@pytest.mark.parametrize(
    ("before", "wallets", "why", "hint"),
    [
        (past(Open("carol"))[0], (), "it opened a wallet", "only what moved coins can be undone"),
        (
            past(StartLive("bob"), replace(BOB, live_since=None))[0],
            (BOB,),
            "it started a live",
            "coins live end CREATOR ends it",
        ),
        (
            past(EndLive("bob"), BOB)[0],
            (BOB,),
            "it ended a live",
            "coins live start CREATOR starts another",
        ),
        (
            as_past(decided(SETTLE, HOLDING, past=PAST)),
            (BOB,),
            "it paid a payout",
            "money that was paid out is out of reach",
        ),
        (
            as_past(decided(RETURN, HOLDING, past=PAST)),
            (BOB,),
            "it returned a payout",
            "ask for the payout again: coins cashout",
        ),
        (
            as_past(
                decided(REVERSE, ALICE, past=past(Recharge("alice", "100"), Wallet("alice"))[0])
            ),
            (ALICE,),
            "it is a reversal itself",
            "do again what it undid",
        ),
        (
            PAST,
            (HOLDING,),
            "it is a payout that was not paid at once",
            "give it back: coins payout return 7",
        ),
    ],
)
def test_what_cannot_be_reversed_says_why_and_what_to_do_instead(before, wallets, why, hint):
    for one in (before, replace(before, ended_by=9)):
        error = refused(REVERSE, *wallets, past=one)
        assert isinstance(error, NotReversible)
        assert (error.code, error.fields) == ("not_reversible", {"seq": 7, "why": why})
        assert error.message == f"transaction 7 cannot be reversed: {why}"
        assert hint_of(error) == hint


def test_a_transaction_is_reversed_once_even_where_its_coins_are_gone():
    before, _ = past(Recharge("alice", "100"), Wallet("alice"), by=1_000)
    error = refused(REVERSE, Wallet("alice"), past=before)
    assert isinstance(error, AlreadyReversed)
    assert (error.code, error.fields) == ("already_reversed", {"seq": 7, "by": 1_000})
    assert error.message == "transaction 7 was reversed already, by transaction 1,000"


@pytest.mark.parametrize(
    ("request_", "wallets", "left", "fields"),
    [
        (
            Recharge("alice", "500"),
            [Wallet("alice", earned=900)],
            [Wallet("alice", coins=499, earned=900)],
            {"user": "alice", "kind": "coins", "need": 500, "have": 499},
        ),
        (
            Gift("alice", "bob", "panda"),
            [ALICE, Wallet("bob")],
            [ALICE, Wallet("bob", coins=70, earned=4, held=1)],
            {"user": "bob", "kind": "earned coins", "need": 5, "have": 4},
        ),
    ],
)
def test_coins_that_are_gone_are_not_made_up_for(request_, wallets, left, fields):
    before, _ = past(request_, *wallets)
    error = refused(REVERSE, *left, past=before)
    assert isinstance(error, CoinsGone)
    assert (error.code, error.fields) == ("coins_gone", {"seq": 7, **fields})
    assert error.message == (
        f"transaction 7 cannot be reversed: {fields['user']} has {fields['have']:,}"
        f" {fields['kind']} left of the {fields['need']:,} that it brought"
    )
    assert (
        hint_of(error)
        == f"coins history {fields['user']} shows where they went; reverse that first"
    )


def test_the_last_coin_is_enough():
    before, _ = past(Recharge("alice", "500"), Wallet("alice"))
    undone = decided(REVERSE, Wallet("alice", coins=500), past=before)
    assert all_after(undone) == (Wallet("alice"),)


@pytest.mark.parametrize("number", [0, -1, 2**53])
@pytest.mark.parametrize(
    "build", [SettlePayout, lambda n: ReturnPayout(n, "x"), lambda n: Reverse(n, "x")]
)
def test_a_number_that_no_transaction_can_have_is_refused_when_it_is_asked_for(build, number):
    with pytest.raises(InvalidAmount):
        build(number).check()


@pytest.mark.parametrize("reason", ["", " ", "x" * 201])
@pytest.mark.parametrize("build", [ReturnPayout, Reverse])
def test_a_reason_is_given_and_is_short(build, reason):
    longest = build(1, "x" * 200)
    longest.check()
    assert longest.ends() == 1
    with pytest.raises(InvalidText):
        build(1, reason).check()


@pytest.mark.parametrize(
    ("ended", "ways"),
    [
        (decided(CashOut("bob", PAYPAL), BOB), [REVERSE]),
        (ASKED, [SETTLE, RETURN]),
        (decided(Recharge("bob", "100"), BOB), [REVERSE]),
        (decided(Gift("alice", "bob", "panda"), ALICE, BOB), [REVERSE]),
        (decided(Promote("alice", "v", 1), ALICE), [REVERSE]),
        (decided(Open("bob")), []),
        (decided(EndLive("bob"), BOB), []),
        (decided(StartLive("bob"), replace(BOB, live_since=None)), []),
        (decided(SETTLE, HOLDING, past=PAST), []),
        (decided(RETURN, HOLDING, past=PAST), []),
        (UNDONE, []),
    ],
    ids=lambda one: op_of(one.request) if isinstance(one, Transaction) else "",
)
def test_a_transaction_is_ended_in_the_ways_that_suit_it_and_in_no_other(ended, ways):
    left = {"alice": ALICE, "bob": BOB} | {one.user: one for one in all_after(ended)}
    for ending in ENDINGS:
        if ending in ways:
            done = decided(ending, *left.values(), past=as_past(ended))
            assert sums_of(done) == sums_of(ended)
        else:
            error = refused(ending, *left.values(), past=as_past(ended))
            assert isinstance(error, NotReversible | UnknownPayout)


def test_a_share_that_is_rounded_is_reversed_as_it_was():
    third = catalog_with(("gifting", "creator_share", "0.333"))
    before, left = past(Gift("alice", "bob", "panda", 7), ALICE, BOB, catalog=third)
    assert left[1].earned == BOB.earned + 11
    assert all_after(decided(REVERSE, *left, past=before)) == (ALICE, BOB)
