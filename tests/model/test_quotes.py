"""Quotes: the cheapest way to buy, the most that a budget buys, what a gift costs and brings."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from coins_cli.errors import QuoteTooLarge, TooLarge, UnknownGift
from coins_cli.model.catalog import Pack
from coins_cli.model.quotes import PackSearch, quote_coins, quote_gift, quote_usd
from tests.model.economy import (
    CALCULATORS,
    CATALOG,
    HALF_SHARE,
    MOST,
    catalog_with,
    some_examples,
)

COINS_MAX = 300
PACKS = list(CATALOG.packs.values())
SMALL = CATALOG.packs["100"]


def pack(coins, usd_cents):
    return Pack(f"{coins}-for-{usd_cents}", coins, usd_cents)


def selling(*packs):
    """A catalog that sells only these packs."""
    return replace(CATALOG, packs={pack.id: pack for pack in packs})


few_packs = st.lists(
    st.builds(pack, st.integers(1, 12), st.integers(1, 30)),
    min_size=1,
    max_size=4,
    unique_by=lambda pack: pack.id,
)


def cheapest_by_exhaustion(packs, coins_max):
    """For each number of coins up to `coins_max`: the least price and, at it, the fewest packs.

    First the best price of each sum that packs add up to exactly, then the best of all sums that
    are enough. Written unlike the code under test on purpose.
    """
    nothing = (float("inf"), 0)
    reach = coins_max + max(pack.coins for pack in packs)
    exactly = [(0, 0)] + [nothing] * reach
    for bought in packs:
        for total in range(bought.coins, reach + 1):
            price, count = exactly[total - bought.coins]
            exactly[total] = min(exactly[total], (price + bought.usd_cents, count + 1))
    at_least = exactly[:]
    for total in reversed(range(reach)):
        at_least[total] = min(at_least[total], at_least[total + 1])
    return at_least[: coins_max + 1]


def price_and_count(purchase):
    return purchase.usd_cents, sum(count for _, count in purchase.packs)


def check_adds_up(purchase, coins):
    assert purchase.coins == sum(pack.coins * count for pack, count in purchase.packs) >= coins
    assert purchase.usd_cents == sum(pack.usd_cents * count for pack, count in purchase.packs)
    assert all(count >= 1 for _, count in purchase.packs)


# -- coins ---------------------------------------------------------------------------------------


def test_10000_coins_are_cheapest_as_100_packs_of_100():
    quote = quote_coins(CATALOG, 10_000)
    assert quote.coins == 10_000
    assert quote.purchase.packs == ((SMALL, 100),)
    assert (quote.purchase.coins, quote.purchase.usd_cents) == (10_000, 12_900)


@pytest.mark.parametrize(
    ("coins", "bought", "usd_cents"),
    [(1, 100, 129), (100, 100, 129), (101, 200, 258), (485, 500, 645), (9_999, 10_000, 12_900)],
)
def test_coins_that_are_no_whole_packs_are_quoted_with_those_that_come_along(
    coins, bought, usd_cents
):
    quote = quote_coins(CATALOG, coins)
    assert quote.coins == coins
    assert (quote.purchase.coins, quote.purchase.usd_cents) == (bought, usd_cents)


def test_no_other_choice_of_packs_costs_less_for_any_number_of_coins_up_to_10000():
    expected = cheapest_by_exhaustion(PACKS, 10_000)
    for coins in range(1, 10_001):
        purchase = quote_coins(CATALOG, coins).purchase
        assert price_and_count(purchase) == expected[coins], coins
        check_adds_up(purchase, coins)


@pytest.mark.parametrize(
    "packs",
    [
        # the older price beside today's packs; a coin is cheapest by 300
        [pack(300, 100), *PACKS],
        # large packs that are the better buy, as one would expect
        [pack(100, 140), pack(500, 690), pack(2_000, 2_700), pack(5_000, 6_500)],
        # packs whose sizes share little
        [pack(30, 50), pack(70, 110), pack(110, 171)],
    ],
)
def test_no_other_choice_of_other_packs_costs_less_either(packs):
    expected = cheapest_by_exhaustion(packs, 6_000)
    for coins in range(10, 6_001, 89):
        purchase = quote_coins(selling(*packs), coins).purchase
        assert price_and_count(purchase) == expected[coins], coins
        check_adds_up(purchase, coins)


@some_examples
@given(few_packs, st.lists(st.integers(1, COINS_MAX), min_size=1, max_size=20))
def test_no_choice_of_any_packs_costs_less_or_needs_fewer_packs(packs, amounts):
    expected = cheapest_by_exhaustion(packs, COINS_MAX)
    for coins in amounts:
        purchase = PackSearch(packs).cheapest(coins)
        assert price_and_count(purchase) == expected[coins]
        check_adds_up(purchase, coins)


@some_examples
@given(few_packs, st.randoms(use_true_random=False))
def test_the_order_of_the_packs_does_not_matter(packs, random):
    shuffled = random.sample(packs, len(packs))
    assert price_and_count(PackSearch(shuffled).cheapest(97)) == price_and_count(
        PackSearch(packs).cheapest(97)
    )


@pytest.mark.parametrize("coins", [10**6, 10**9 + 1, 10**13 + 99])
def test_any_number_of_coins_is_cheapest_in_packs_of_100(coins):
    purchase = quote_coins(CATALOG, coins).purchase
    assert purchase.packs == ((SMALL, -(-coins // 100)),)
    check_adds_up(purchase, coins)
    assert purchase.coins - coins < 100


@some_examples
@given(few_packs, st.integers(1_000, 2**40))
def test_from_some_number_on_the_best_pack_is_all_that_is_added(packs, coins):
    best = min(packs, key=lambda pack: (Fraction(pack.usd_cents, pack.coins), -pack.coins))
    here = PackSearch(packs).cheapest(coins)
    further = PackSearch(packs).cheapest(coins + best.coins)
    check_adds_up(here, coins)
    assert further.usd_cents == here.usd_cents + best.usd_cents


def test_of_two_packs_at_one_price_per_coin_the_larger_is_bought():
    packs = [pack(100, 100), pack(300, 300)]
    assert PackSearch(packs).cheapest(3_000).packs == ((packs[1], 10),)


def test_more_coins_for_less_money_are_taken():
    packs = [pack(100, 129), pack(300, 100)]
    assert PackSearch(packs).cheapest(1).packs == ((packs[1], 1),)


def test_a_search_that_would_take_too_long_is_refused():
    packs = selling(pack(9_967, 10_000), pack(9_973, 10_000))
    assert quote_coins(packs, 9_968).purchase.packs == ((packs.packs["9973-for-10000"], 1),)
    with pytest.raises(QuoteTooLarge) as refused:
        quote_coins(packs, 2_000_000)
    assert refused.value.coins == 2_000_000


# -- budgets -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("usd_cents", "coins", "spent"),
    [
        (1, 0, 0),
        (128, 0, 0),
        (129, 100, 129),
        (257, 100, 129),
        (258, 200, 258),
        (500, 300, 387),
        (649, 500, 645),
        (10_000, 7_700, 9_933),
        (13_499, 10_400, 13_416),
    ],
)
def test_a_budget_buys_whole_packs_of_100(usd_cents, coins, spent):
    purchase = quote_usd(CATALOG, usd_cents)
    assert (purchase.coins, purchase.usd_cents) == (coins, spent)
    assert purchase.packs == (((SMALL, coins // 100),) if coins else ())


@some_examples
@given(few_packs, st.integers(1, 200))
def test_a_budget_buys_what_it_can_and_not_one_coin_more(packs, usd_cents):
    purchase = quote_usd(selling(*packs), usd_cents)
    check_adds_up(purchase, 0)
    assert purchase.usd_cents <= usd_cents
    dearer = cheapest_by_exhaustion(packs, purchase.coins + 1)
    assert price_and_count(purchase) == dearer[purchase.coins]
    assert dearer[purchase.coins + 1][0] > usd_cents


def test_the_largest_budget_is_quoted_too():
    purchase = quote_usd(CATALOG, MOST)
    assert purchase.packs == ((SMALL, MOST // 129),)
    assert MOST - 129 < purchase.usd_cents <= MOST


@some_examples
@given(st.integers(1, 10**9))
def test_coins_bought_with_a_budget_are_quoted_at_what_was_spent(usd_cents):
    purchase = quote_usd(CATALOG, usd_cents)
    if purchase.coins:
        assert quote_coins(CATALOG, purchase.coins).purchase == purchase


# -- gifts ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("gift", "coins", "least", "most", "creator"),
    [
        ("panda", 5, 6, 7, 5),  # 6.45 and 6.7495 cents
        ("italian-hand", 5, 6, 7, 5),
        ("love-bang", 25, 32, 34, 25),
        ("sun-cream", 50, 65, 67, 50),  # 64.5 cents: halves go up
        ("rainbow-puke", 100, 129, 135, 100),
        ("concert", 500, 645, 675, 500),
        ("im-very-rich", 1_000, 1_290, 1_350, 1_000),
        ("drama-queen", 5_000, 6_450, 6_750, 5_000),
    ],
)
def test_each_gift_costs_its_sender_more_than_it_brings_its_creator(
    gift, coins, least, most, creator
):
    quote = quote_gift(CATALOG, gift, 1)
    assert (quote.gift, quote.quantity, quote.coins) == (gift, 1, coins)
    assert (quote.sender_usd_cents_least, quote.sender_usd_cents_most) == (least, most)
    assert quote.creator_usd_cents == creator


def test_a_dollar_that_goes_in_as_coins_comes_out_as_74_to_78_cents():
    quote = quote_gift(CATALOG, "drama queen", 2)
    assert (quote.sender_usd_cents_least, quote.sender_usd_cents_most) == (12_900, 13_499)
    assert quote.creator_usd_cents == 10_000
    assert round(100 * quote.creator_usd_cents / quote.sender_usd_cents_most) == 74
    assert round(100 * quote.creator_usd_cents / quote.sender_usd_cents_least) == 78


def test_a_gift_is_quoted_by_display_name_and_answered_by_id():
    assert quote_gift(CATALOG, "I'M VERY RICH", 3).gift == "im-very-rich"
    assert quote_gift(CATALOG, "I'M VERY RICH", 3).coins == 3_000


@pytest.mark.parametrize(
    ("catalog", "creator"),
    [(CATALOG, 1_500), (HALF_SHARE, 750), (CALCULATORS, 375)],
)
def test_share_and_rates_are_the_catalogs(catalog, creator):
    assert quote_gift(catalog, "concert", 3).creator_usd_cents == creator


def test_the_share_and_the_payout_are_rounded_down():
    assert quote_gift(HALF_SHARE, "panda", 1).creator_usd_cents == 2
    assert quote_gift(CALCULATORS, "panda", 1).creator_usd_cents == 1


def test_a_half_cent_goes_up_however_the_price_per_coin_is_written():
    catalog = replace(
        catalog_with(("gifts.panda", "coins", "1")), packs={"48": Pack("48", 48, 712)}
    )
    quote = quote_gift(catalog, "panda", 1_707)  # 712 / 48 × 1,707 = 25,320.5
    assert quote.sender_usd_cents_least == quote.sender_usd_cents_most == 25_321


@some_examples
@given(st.integers(1, 2_000), st.integers(1, 5_000), st.integers(1, 10_000))
def test_what_a_sender_pays_is_exact_to_the_nearest_cent(coins, usd_cents, quantity):
    catalog = selling(pack(coins, usd_cents))
    exact = Fraction(usd_cents, coins) * 5 * quantity
    quote = quote_gift(catalog, "panda", quantity)
    assert abs(quote.sender_usd_cents_least - exact) <= Fraction(1, 2)
    assert quote.sender_usd_cents_least == quote.sender_usd_cents_most


def test_an_unknown_gift_is_not_quoted():
    with pytest.raises(UnknownGift):
        quote_gift(CATALOG, "rose", 1)


def test_a_gift_beyond_what_is_exact_is_not_quoted():
    """Its price in cents is the larger number: at most 1.35 a coin."""
    assert quote_gift(CATALOG, "panda", MOST // 7).coins == MOST // 7 * 5
    for quantity in (MOST // 6, MOST // 5, MOST // 5 + 1):
        with pytest.raises(TooLarge):
            quote_gift(CATALOG, "panda", quantity)
