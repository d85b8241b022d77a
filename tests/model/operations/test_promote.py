"""Promotions: what they cost, to the last move, and each refusal."""

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coins_cli.errors import (
    NotEnoughCoins,
    PromotionDollarsOutOfRange,
    PromotionOutOfRange,
    TooFewCoinsForDays,
    TooLarge,
    TooManyDays,
)
from coins_cli.model.operations.promote import Promote, price_of_promotion
from coins_cli.model.transactions import Transaction
from coins_cli.model.wallets import Wallet
from tests.model.economy import (
    CATALOG,
    MOST,
    NOON,
    SEQ,
    after,
    catalog_with,
    decided,
    postings,
    refused,
    some_examples,
    sums_of,
)

ALICE = Wallet("alice", coins=1_000, last=3)
RICH = Wallet("alice", coins=MOST)


TERMS = CATALOG.promotion

dollars = st.integers(500, 700_000)


def price(days=1, terms=TERMS, **offer):
    return price_of_promotion(Promote("alice", "v", days, **offer), terms)


def refusal(family, days=1, terms=TERMS, **offer):
    with pytest.raises(family) as caught:
        price(days, terms, **offer)
    assert type(caught.value) is family
    return caught.value


def on_the_line(usd_cents):
    """The exact, unrounded price in coins."""
    return 500 + Fraction((usd_cents - 500) * (707_000 - 500), 700_000 - 500)


def test_five_dollars_are_500_coins():
    assert price(usd_cents=500) == 500


def test_seven_thousand_dollars_are_707000_coins():
    assert price(usd_cents=700_000) == 707_000


@pytest.mark.parametrize(
    ("usd_cents", "coins"),
    [
        (501, 502),  # 501.01
        (502, 503),  # 502.02
        (600, 602),  # 601.001…: a little more than a coin for a cent
        (1_000, 1_006),  # 1,005.004…
        (350_250, 353_750),  # the middle of the line, exactly
        (699_999, 706_999),  # 706,998.99
    ],
)
def test_dollars_between_are_on_the_straight_line_rounded_up(usd_cents, coins):
    assert price(usd_cents=usd_cents) == coins


@some_examples
@given(dollars)
def test_dollars_are_rounded_up_by_less_than_a_coin(usd_cents):
    assert 0 <= price(usd_cents=usd_cents) - on_the_line(usd_cents) < 1


@some_examples
@given(dollars, dollars)
def test_more_dollars_are_never_fewer_coins(one, other):
    less, more = sorted((one, other))
    assert price(usd_cents=less) <= price(usd_cents=more)


def test_every_cent_more_buys_at_least_a_coin_more():
    prices = [TERMS.coins_for_dollars(cents) for cents in range(500, 50_000)]
    assert all(less < more for less, more in pairwise(prices))


@pytest.mark.parametrize("coins", [500, 501, 706_999, 707_000])
def test_coins_within_the_range_are_the_price(coins):
    assert price(coins=coins) == coins


@pytest.mark.parametrize("coins", [1, 499, 707_001, 2**53 - 1])
def test_coins_outside_the_range_are_refused(coins):
    error = refusal(PromotionOutOfRange, coins=coins)
    assert (error.coins, error.least, error.most) == (coins, 500, 707_000)


@pytest.mark.parametrize(("usd_cents", "usd"), [(499, "4.99"), (700_001, "7000.01"), (1, "0.01")])
def test_dollars_outside_the_range_are_refused(usd_cents, usd):
    error = refusal(PromotionDollarsOutOfRange, usd_cents=usd_cents)
    assert (error.usd, error.least, error.most) == (usd, "5.00", "7000.00")


@pytest.mark.parametrize("days", range(1, 31))
def test_each_day_costs_500_coins_and_that_is_the_price_when_none_is_named(days):
    assert price(days) == days * 500
    assert price(days, coins=days * 500) == days * 500


@pytest.mark.parametrize("days", range(2, 31))
def test_a_coin_less_than_the_days_cost_is_refused(days):
    error = refusal(TooFewCoinsForDays, days, coins=days * 500 - 1)
    assert (error.coins, error.days, error.least) == (days * 500 - 1, days, days * 500)


def test_a_coin_less_for_one_day_is_below_the_range():
    assert refusal(PromotionOutOfRange, 1, coins=499).coins == 499


def test_dollars_and_views_must_be_enough_for_the_days_too():
    assert price(2, usd_cents=1_000) == 1_006
    assert refusal(TooFewCoinsForDays, 3, usd_cents=1_000).coins == 1_006
    assert price(2, views=2_000) == 1_000
    assert refusal(TooFewCoinsForDays, 2, views=1_998).coins == 999


@pytest.mark.parametrize("days", [31, 100, 2**53 - 1])
def test_more_than_30_days_are_refused(days):
    error = refusal(TooManyDays, days, coins=707_000)
    assert (error.days, error.most) == (days, 30)


@pytest.mark.parametrize(
    ("views", "coins"),
    [
        (999, 500),
        (1_000, 500),
        (1_001, 501),
        (1_002, 501),
        (1_413_999, 707_000),
        (1_414_000, 707_000),
    ],
)
def test_a_coin_buys_two_views_and_an_odd_one_costs_a_whole_coin(views, coins):
    assert price(views=views) == coins


@pytest.mark.parametrize(("views", "coins"), [(998, 499), (1, 1), (1_414_001, 707_001)])
def test_views_outside_the_range_are_refused_by_their_price(views, coins):
    assert refusal(PromotionOutOfRange, views=views).coins == coins


@some_examples
@given(
    st.integers(1, 2**53 - 1),
    st.integers(1, 999_999_999),
    st.integers(0, 6),
)
def test_views_cost_the_fewest_coins_that_bring_them_at_any_rate(views, digits, places):
    rate = Fraction(digits, 10**places)
    written = f"{digits}e-{places}" if rate <= 1_000_000 else "1000000"
    terms = catalog_with(("promotion", "views_per_coin", written)).promotion
    coins = terms.coins_for_views(views)
    assert terms.views(coins) >= views > terms.views(coins - 1)


def test_the_price_when_none_is_named_is_at_least_the_cheapest_promotion():
    cheap_days = catalog_with(("promotion", "min_coins_per_day", "100")).promotion
    assert price(1, cheap_days) == 500
    assert price(5, cheap_days) == 500
    assert price(6, cheap_days) == 600


def test_days_that_cost_more_than_the_dearest_promotion_are_refused():
    dear_days = catalog_with(("promotion", "min_coins_per_day", "100000")).promotion
    assert price(7, dear_days) == 700_000
    assert refusal(PromotionOutOfRange, 8, dear_days).coins == 800_000
    assert refusal(TooFewCoinsForDays, 8, dear_days, coins=707_000).least == 800_000


@some_examples
@given(st.integers(1, 10**6), st.integers(1, 10**6), st.integers(1, 10**6), st.integers(1, 10**6))
def test_both_end_points_hold_exactly_for_any_line(usd_min, usd_more, coins_min, coins_more):
    terms = type(TERMS)(
        days_max=30,
        min_coins_per_day=1,
        views_per_coin=TERMS.views_per_coin,
        usd_cents_min=usd_min,
        coins_min=coins_min,
        usd_cents_max=usd_min + usd_more,
        coins_max=coins_min + coins_more,
    )
    assert terms.coins_for_dollars(usd_min) == coins_min
    assert terms.coins_for_dollars(usd_min + usd_more) == coins_min + coins_more


# -- the rule ------------------------------------------------------------------------------------


def test_a_promotion_goes_from_the_users_coins_to_the_platform():
    request = Promote("alice", "v9", days=2, coins=1_000, audience="custom", interests="pandas")
    spent = decided(request, Wallet("alice", coins=1_001, earned=7, last=2))
    assert spent == Transaction(
        SEQ,
        NOON,
        request,
        (("alice/coins", "platform/promotions", 1_000),),
        coins=1_000,
        views=2_000,
        wallets=(Wallet("alice", coins=1, earned=7, last=SEQ),),
        before=(2,),
    )
    assert spent.postings == postings(
        ("alice/coins", "COIN", -1_000), ("platform/promotions", "COIN", 1_000)
    )


@pytest.mark.parametrize(
    ("price", "sums"),
    [
        ({}, {"coins": 500, "views": 1_000}),
        ({"coins": 600}, {"coins": 600, "views": 1_200}),
        ({"usd_cents": 600}, {"coins": 602, "usd_cents": 600, "views": 1_204}),
        ({"views": 1_201}, {"coins": 601, "views": 1_202}),
    ],
)
def test_a_promotion_is_bought_by_coins_by_dollars_by_views_or_at_the_least(price, sums):
    assert sums_of(decided(Promote("alice", "v", days=1, **price), ALICE)) == sums


@pytest.mark.parametrize(
    ("price", "family"),
    [
        ({"coins": 499}, PromotionOutOfRange),
        ({"coins": 707_001}, PromotionOutOfRange),
        ({"coins": MOST}, PromotionOutOfRange),
        ({"views": 998}, PromotionOutOfRange),
        ({"views": 1_414_001}, PromotionOutOfRange),
        ({"usd_cents": 499}, PromotionDollarsOutOfRange),
        ({"usd_cents": 700_001}, PromotionDollarsOutOfRange),
    ],
)
def test_a_promotion_cheaper_or_dearer_than_is_sold_is_refused(price, family):
    error = refused(Promote("alice", "v", days=1, **price), RICH)
    assert type(error) is family
    assert error.code == "promotion_out_of_range"
    assert (error.least, error.most) in ((500, 707_000), ("5.00", "7000.00"))


def test_earned_coins_cannot_be_spent_on_promotions():
    error = refused(Promote("bob", "v", days=1), Wallet("bob", coins=499, earned=10_000))
    assert isinstance(error, NotEnoughCoins)
    assert (error.need, error.have) == (500, 499)


def test_the_last_coin_can_be_spent_on_a_promotion():
    spent = decided(Promote("alice", "v", days=2), ALICE)
    assert after(spent, "alice") == Wallet("alice", coins=0)


def test_more_views_than_are_kept_exactly_are_refused():
    busy = catalog_with(
        ("promotion", "views_per_coin", "1000000"), ("promotion", "coins_max", MOST)
    )
    with pytest.raises(TooLarge):
        decided(
            Promote("alice", "v", 1, coins=MOST // 10),
            Wallet("alice", coins=MOST // 10),
            catalog=busy,
        )
