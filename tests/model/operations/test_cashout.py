"""Cashing out at once: to the last move, and each refusal."""

import pytest

from coins_cli.errors import (
    BelowThreshold,
    MoreThanEarned,
    PayoutTooSmall,
)
from coins_cli.model.operations.cashout import CashOut
from coins_cli.model.transactions import Transaction
from coins_cli.model.wallets import Wallet
from tests.model.economy import (
    CALCULATORS,
    MOST,
    NOON,
    SEQ,
    after,
    catalog_with,
    decided,
    postings,
    refused,
    sums_of,
)

BOB = Wallet("bob", earned=40, last=5)
RICH = Wallet("alice", coins=MOST)
EARNER = Wallet("bob", coins=3, earned=12_345)
PAYPAL = "bob@example.com"


def test_cashing_out_takes_all_earned_coins_through_diamonds_to_dollars():
    request = CashOut("bob", PAYPAL)
    paid = decided(request, EARNER)
    assert paid == Transaction(
        SEQ,
        NOON,
        request,
        (
            ("bob/earned", "platform/cashed-out", 12_345),
            ("platform/diamonds", "bob/diamonds", 12_345),
            ("bob/diamonds", "platform/diamonds", 12_345),
            ("platform/cash", "world/paypal/bob@example.com", 12_345),
        ),
        coins=12_345,
        diamonds=12_345,
        usd_cents=12_345,
        wallets=(Wallet("bob", coins=3, earned=0, last=SEQ),),
        before=(0,),
    )
    assert paid.postings == postings(
        ("bob/earned", "COIN", -12_345),
        ("platform/cashed-out", "COIN", 12_345),
        ("platform/diamonds", "DIAMOND", -12_345),
        ("bob/diamonds", "DIAMOND", 12_345),
        ("bob/diamonds", "DIAMOND", -12_345),
        ("platform/diamonds", "DIAMOND", 12_345),
        ("platform/cash", "USD", -12_345),
        ("world/paypal/bob@example.com", "USD", 12_345),
    )


def test_10000_earned_coins_are_paid_out_as_100_dollars():
    paid = decided(CashOut("bob", PAYPAL), Wallet("bob", earned=10_000))
    assert sums_of(paid) == {"coins": 10_000, "diamonds": 10_000, "usd_cents": 10_000}


def test_9999_earned_coins_are_one_short_of_the_threshold():
    error = refused(CashOut("bob", PAYPAL), Wallet("bob", earned=9_999))
    assert isinstance(error, BelowThreshold)
    assert (error.user, error.earned, error.threshold, error.short_by) == ("bob", 9_999, 10_000, 1)


def test_bought_coins_are_not_refundable():
    error = refused(CashOut("alice", PAYPAL), RICH)
    assert isinstance(error, BelowThreshold)
    assert (error.earned, error.short_by) == (0, 10_000)


@pytest.mark.parametrize("coins", [1, 9_999, 12_344, 12_345])
def test_once_the_threshold_is_reached_a_part_can_be_taken(coins):
    paid = decided(CashOut("bob", PAYPAL, coins), EARNER)
    assert sums_of(paid) == {"coins": coins, "diamonds": coins, "usd_cents": coins}
    assert after(paid, "bob") == Wallet("bob", coins=3, earned=12_345 - coins)


def test_after_a_part_was_taken_the_threshold_must_be_reached_again():
    left = after(decided(CashOut("bob", PAYPAL, 10_000), EARNER), "bob")
    error = refused(CashOut("bob", PAYPAL, 1), left)
    assert isinstance(error, BelowThreshold)
    assert error.earned == 2_345


def test_more_than_was_earned_cannot_be_cashed_out():
    error = refused(CashOut("bob", PAYPAL, 12_346), EARNER)
    assert isinstance(error, MoreThanEarned)
    assert (error.user, error.coins, error.earned) == ("bob", 12_346, 12_345)


def test_bought_coins_do_not_fill_up_earned_ones():
    error = refused(CashOut("bob", PAYPAL, 10_001), Wallet("bob", coins=5_000, earned=10_000))
    assert isinstance(error, MoreThanEarned)


@pytest.mark.parametrize(
    ("coins", "diamonds", "usd_cents"),
    [(10_000, 5_000, 2_500), (10_001, 5_000, 2_500), (10_002, 5_001, 2_500), (5, 2, 1), (15, 7, 3)],
)
def test_diamonds_and_cents_are_each_rounded_down(coins, diamonds, usd_cents):
    bob = Wallet("bob", earned=10_002)
    paid = decided(CashOut("bob", PAYPAL, coins), bob, catalog=CALCULATORS)
    assert sums_of(paid) == {"coins": coins, "diamonds": diamonds, "usd_cents": usd_cents}


@pytest.mark.parametrize("coins", [1, 2, 3])
def test_a_payout_that_rounds_down_to_nothing_is_refused(coins):
    error = refused(CashOut("bob", PAYPAL, coins), EARNER, catalog=CALCULATORS)
    assert isinstance(error, PayoutTooSmall)
    assert (error.user, error.coins) == ("bob", coins)


def test_diamonds_and_payouts_beyond_what_is_exact_are_refused():
    bob = Wallet("bob", earned=MOST)
    two = catalog_with(("cash_out", "diamonds_per_coin", "2"))
    assert refused(CashOut("bob", PAYPAL), bob, catalog=two).account == "the diamonds"
    dear = catalog_with(("cash_out", "usd_per_diamond", "0.02"))
    assert refused(CashOut("bob", PAYPAL), bob, catalog=dear).account == "the payout"
    assert decided(CashOut("bob", PAYPAL), bob).usd_cents == MOST


def test_a_lower_threshold_can_be_set():
    low = catalog_with(("cash_out", "threshold", "40"))
    assert decided(CashOut("bob", PAYPAL), BOB, catalog=low).coins == 40
    assert isinstance(
        refused(CashOut("bob", PAYPAL), Wallet("bob", earned=39), catalog=low), BelowThreshold
    )
