"""Buying coin packs: to the last move, and each refusal."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from coins_cli.errors import (
    TooLarge,
    TooManyCoins,
    UnknownPack,
)
from coins_cli.model.operations.recharge import Recharge
from coins_cli.model.transactions import Transaction
from coins_cli.model.wallets import Wallet
from tests.model.economy import (
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

ALICE = Wallet("alice", coins=1_000, last=3)
LIVE_BOB = Wallet("bob", 7, 40, live_since=NOON - timedelta(hours=1), name="Bob B.", last=6)


def test_a_recharge_issues_coins_for_dollars():
    request = Recharge("alice", "500", quantity=3)
    bought = decided(request, ALICE)
    assert bought == Transaction(
        SEQ,
        NOON,
        request,
        (
            ("world/card/alice", "platform/cash", 1_947),
            ("platform/issued", "alice/coins", 1_500),
        ),
        coins=1_500,
        usd_cents=1_947,
        wallets=(Wallet("alice", coins=2_500, last=SEQ),),
        before=(3,),
    )
    assert bought.postings == postings(
        ("world/card/alice", "USD", -1_947),
        ("platform/cash", "USD", 1_947),
        ("platform/issued", "COIN", -1_500),
        ("alice/coins", "COIN", 1_500),
    )


@pytest.mark.parametrize(
    ("pack", "coins", "usd_cents"),
    [
        ("100", 100, 129),
        ("500", 500, 649),
        ("2000", 2_000, 2_699),
        ("5000", 5_000, 6_699),
        ("10000", 10_000, 13_499),
    ],
)
def test_each_pack_brings_its_coins_at_its_price(pack, coins, usd_cents):
    bought = decided(Recharge("alice", pack), Wallet("alice"))
    assert sums_of(bought) == {"coins": coins, "usd_cents": usd_cents}
    assert after(bought, "alice") == Wallet("alice", coins=coins)


def test_a_recharge_leaves_earned_coins_name_and_live_alone():
    bought = decided(Recharge("bob", "100"), LIVE_BOB)
    assert after(bought, "bob") == replace(LIVE_BOB, coins=107, last=0)


@pytest.mark.parametrize(("pack", "quantity"), [("100", 100), ("5000", 2), ("10000", 1)])
def test_10000_coins_can_be_bought_at_a_time(pack, quantity):
    bought = decided(Recharge("alice", pack, quantity), ALICE)
    assert after(bought, "alice").coins == 11_000


@pytest.mark.parametrize(
    ("pack", "quantity", "coins"), [("100", 101, 10_100), ("5000", 3, 15_000), ("10000", 2, 20_000)]
)
def test_more_than_10000_coins_at_a_time_are_refused(pack, quantity, coins):
    error = refused(Recharge("alice", pack, quantity), ALICE)
    assert isinstance(error, TooManyCoins)
    assert (error.coins, error.most) == (coins, 10_000)


def test_one_coin_beyond_10000_is_too_many():
    by_the_coin = catalog_with(("packs.100", "coins", "1"))
    bought = decided(Recharge("alice", "100", 10_000), ALICE, catalog=by_the_coin)
    assert bought.coins == 10_000
    error = refused(Recharge("alice", "100", 10_001), ALICE, catalog=by_the_coin)
    assert isinstance(error, TooManyCoins)
    assert error.coins == 10_001


def test_more_coins_than_are_kept_exactly_are_refused():
    assert refused(Recharge("alice", "100", MOST // 100), ALICE).coins == MOST // 100 * 100
    error = refused(Recharge("alice", "100", MOST // 100 + 1), ALICE)
    assert isinstance(error, TooLarge)
    assert error.account == "the number of coins"


def test_a_recharge_of_an_unknown_pack_is_refused():
    error = refused(Recharge("alice", "300"), ALICE)
    assert isinstance(error, UnknownPack)
    assert error.pack == "300"


def test_a_price_beyond_what_is_exact_is_refused():
    dear = catalog_with(("packs.100", "usd", "90071992547409.91"))
    assert decided(Recharge("alice", "100"), ALICE, catalog=dear).usd_cents == MOST
    assert isinstance(refused(Recharge("alice", "100", 2), ALICE, catalog=dear), TooLarge)


def test_a_wallet_can_hold_just_as_many_coins_as_are_kept_exactly():
    bought = decided(Recharge("alice", "100"), Wallet("alice", coins=MOST - 100))
    assert after(bought, "alice").coins == MOST
    error = refused(Recharge("alice", "100"), Wallet("alice", coins=MOST - 99))
    assert isinstance(error, TooLarge)
    assert (error.account, error.most) == ("alice/coins", MOST)
