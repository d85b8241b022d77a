"""Payouts that are held first, and then settled or returned."""

import pytest
from msgspec.structs import replace

from coins_cli.cli.hints import hint_of
from coins_cli.errors import (
    BelowThreshold,
    MoreThanEarned,
    PayoutEnded,
    PayoutTooSmall,
    UnknownPayout,
    UnknownUser,
)
from coins_cli.model.operations.cashout import CashOut
from coins_cli.model.operations.open_wallet import Open
from coins_cli.model.operations.payout import ReturnPayout, SettlePayout
from coins_cli.model.operations.promote import Promote
from coins_cli.model.operations.recharge import Recharge
from coins_cli.model.operations.reverse import Reverse
from coins_cli.model.wallets import Wallet
from tests.model.economy import (
    CALCULATORS,
    CATALOG,
    MOST,
    NOON,
    after,
    all_after,
    as_past,
    decided,
    postings,
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


def test_a_pending_payout_holds_what_was_earned_at_the_rates_of_the_day():
    assert ASKED.postings == postings(("bob/earned", "COIN", -10_001), ("bob/held", "COIN", 10_001))
    assert sums_of(ASKED) == {"coins": 10_001, "diamonds": 10_001, "usd_cents": 10_001}
    assert replace(BOB, earned=2_344, held=10_001) == HOLDING
    assert sums_of(ASKED) == sums_of(decided(CashOut("bob", PAYPAL, 10_001), BOB))
    assert ASKED.moves == (("bob/earned", "bob/held", 10_001),)


@pytest.mark.parametrize(
    ("coins", "wallet", "catalog", "refusal"),
    [
        (None, replace(BOB, earned=9_999, held=9_999), None, BelowThreshold),
        (12_346, BOB, None, MoreThanEarned),
        (1, BOB, CALCULATORS, PayoutTooSmall),
        (1, None, None, UnknownUser),
    ],
)
def test_a_pending_payout_is_refused_as_one_that_is_paid_at_once(coins, wallet, catalog, refusal):
    more = {} if catalog is None else {"catalog": catalog}
    wallets = [] if wallet is None else [wallet]
    errors = [
        refused(CashOut("bob", PAYPAL, coins, is_pending), *wallets, **more)
        for is_pending in (True, False)
    ]
    assert [type(error) for error in errors] == [refusal, refusal]
    assert errors[0].message == errors[1].message


def test_what_is_held_counts_neither_as_earned_nor_as_coins():
    held = Wallet("bob", held=50_000)
    assert refused(CashOut("bob", PAYPAL), held).code == "below_threshold"
    assert refused(Promote("bob", "v", 1), held).code == "not_enough_coins"


def test_a_settled_payout_goes_to_paypal_as_it_was_asked_for():
    settled = decided(SETTLE, HOLDING, past=PAST, catalog=CALCULATORS)
    assert settled.postings == postings(
        ("bob/held", "COIN", -10_001),
        ("platform/cashed-out", "COIN", 10_001),
        ("platform/diamonds", "DIAMOND", -10_001),
        ("bob/diamonds", "DIAMOND", 10_001),
        ("bob/diamonds", "DIAMOND", -10_001),
        ("platform/diamonds", "DIAMOND", 10_001),
        ("platform/cash", "USD", -10_001),
        (f"world/paypal/{PAYPAL}", "USD", 10_001),
    )
    assert sums_of(settled) == sums_of(ASKED)
    assert settled.about == {"user": "bob", "paypal": PAYPAL}
    assert all_after(settled) == (replace(BOB, earned=2_344),)
    assert settled.before == (HOLDING.last,)
    assert settled.at == NOON


def test_a_returned_payout_is_earned_again():
    given_back = decided(RETURN, HOLDING, past=PAST)
    assert given_back.postings == postings(
        ("bob/held", "COIN", -10_001), ("bob/earned", "COIN", 10_001)
    )
    assert given_back.moves == (("bob/held", "bob/earned", 10_001),)
    assert sums_of(given_back) == sums_of(ASKED)
    assert given_back.about == {"user": "bob", "paypal": PAYPAL}
    assert all_after(given_back) == (BOB,)


def test_each_payout_takes_its_own_coins_from_what_is_held():
    more = replace(HOLDING, held=HOLDING.held + 5)
    assert decided(SETTLE, more, past=PAST).wallets[0].held == 5
    assert decided(RETURN, more, past=PAST).wallets[0].held == 5


@pytest.mark.parametrize("request_", [SETTLE, RETURN])
def test_a_number_that_is_no_pending_payout_is_not_found(request_):
    others = [
        None,
        past(CashOut("bob", PAYPAL), BOB)[0],
        past(Open("carol"))[0],
        as_past(decided(RETURN, HOLDING, past=PAST)),
        past(Recharge("bob", "100"), BOB, by=9)[0],
    ]
    for other in others:
        error = refused(request_, HOLDING, past=other)
        assert isinstance(error, UnknownPayout)
        assert (error.code, error.payout) == ("unknown_payout", 7)
        assert error.message == "there is no payout 7"
        assert hint_of(error) == "coins payout list shows them all"


@pytest.mark.parametrize("request_", [SETTLE, RETURN])
def test_a_payout_is_ended_once(request_):
    error = refused(request_, HOLDING, past=replace(PAST, ended_by=1_234))
    assert isinstance(error, PayoutEnded)
    assert error.fields == {"payout": 7, "by": 1_234}
    assert error.code == "payout_ended"
    assert error.message == "payout 7 was ended already, by transaction 1,234"
    assert hint_of(error) == "coins payout show 7 shows how"


def test_a_balance_beyond_what_is_kept_exactly_is_refused_for_returns_too():
    full = replace(HOLDING, earned=MOST)
    assert refused(RETURN, full, past=PAST).code == "too_large"
