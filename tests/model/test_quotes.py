"""Quotes: the cheapest way to buy, the most that a budget buys, what gifts and promotions cost."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from coins_cli.errors import (
    CoinsError,
    PromotionDollarsOutOfRange,
    PromotionOutOfRange,
    QuoteTooLarge,
    TooFewCoinsForDays,
    TooLarge,
    TooManyDays,
    UnknownGift,
)
from coins_cli.files.catalogs import load_catalog
from coins_cli.model.catalog import Pack
from coins_cli.model.operations.promote import Promote, price_of_promotion
from coins_cli.model.quotes import (
    PackSearch,
    fewest_cents_for,
    proceeds_of,
    quote_coins,
    quote_gift,
    quote_promotion,
    quote_usd,
)
from tests.model.economy import (
    CALCULATORS,
    CATALOG,
    HALF_SHARE,
    MOST,
    catalog_with,
    some_examples,
)

OLDER = load_catalog("older-prices")
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


few_catalogs = st.builds(
    lambda measure, packs: selling(*(pack(measure * one.coins, one.usd_cents) for one in packs)),
    st.sampled_from([1, 10, 100]),
    few_packs,
)


def most_by_exhaustion(packs, usd_cents_max):
    """For each budget: the most coins, the least that is spent on as many, then the fewest packs.

    The best of each sum that is spent to the cent, then the best of all sums within the budget.
    Written unlike the code under test on purpose: it counts cents, not coins.
    """
    spent_exactly = [(0, 0)] + [None] * usd_cents_max
    for spent in range(1, usd_cents_max + 1):
        options = [
            (before[0] + bought.coins, before[1] - 1)
            for bought in packs
            if bought.usd_cents <= spent
            and (before := spent_exactly[spent - bought.usd_cents]) is not None
        ]
        spent_exactly[spent] = max(options, default=None)
    best = (0, 0, 0)
    most = []
    for spent, found in enumerate(spent_exactly):
        if found is not None:
            best = max(best, (found[0], -spent, found[1]))
        most.append((best[0], -best[1], -best[2]))
    return most


def coins_price_and_count(purchase):
    return purchase.coins, *price_and_count(purchase)


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


@some_examples
@given(few_catalogs, st.lists(st.integers(1, 2_000), min_size=1, max_size=20))
def test_no_choice_of_packs_of_any_catalog_costs_less(catalog, amounts):
    expected = cheapest_by_exhaustion(list(catalog.packs.values()), 2_000)
    for coins in amounts:
        quote = quote_coins(catalog, coins)
        assert price_and_count(quote.purchase) == expected[coins]
        assert quote.left_over == quote.purchase.coins - coins >= 0


def test_the_older_catalog_is_todays_but_for_its_one_pack():
    assert list(OLDER.packs.values()) == [Pack("300", 300, 100)]
    assert replace(OLDER, packs=CATALOG.packs, source=CATALOG.source) == CATALOG


def test_10000_coins_were_34_dollars_by_the_older_price():
    quote = quote_coins(OLDER, 10_000)
    assert (quote.purchase.coins, quote.purchase.usd_cents) == (10_200, 3_400)
    assert (quote.left_over, quote.single) == (200, None)
    assert not quote.large_packs_cost_more


def test_no_other_choice_of_older_packs_costs_less_for_any_number_of_coins():
    expected = cheapest_by_exhaustion(list(OLDER.packs.values()), 5_000)
    for coins in range(1, 5_001):
        assert price_and_count(quote_coins(OLDER, coins).purchase) == expected[coins]


@pytest.mark.parametrize(
    ("coins", "single", "saved"),
    [
        (1, "100", 0),
        (100, "100", 0),
        (101, "500", 391),
        (500, "500", 4),
        (501, "2000", 1_925),
        (10_000, "10000", 599),
    ],
)
def test_beside_it_stands_the_smallest_pack_that_alone_holds_as_many(coins, single, saved):
    quote = quote_coins(CATALOG, coins)
    assert quote.single == CATALOG.packs[single]
    assert quote.saved_usd_cents == saved


def test_beyond_the_largest_pack_there_is_no_single_one():
    quote = quote_coins(CATALOG, 10_001)
    assert (quote.single, quote.saved_usd_cents) == (None, 0)


@some_examples
@given(few_catalogs, st.integers(1, 2_000))
def test_a_single_pack_is_never_cheaper_and_as_dear_only_when_it_is_bought(catalog, coins):
    quote = quote_coins(catalog, coins)
    enough = [one for one in catalog.packs.values() if one.coins >= coins]
    assert (quote.single is None) == (not enough)
    if quote.single is not None:
        assert quote.single.coins == min(one.coins for one in enough)
        assert quote.saved_usd_cents >= 0
        if not quote.saved_usd_cents:
            assert sum(count for _, count in quote.purchase.packs) == 1


def test_of_two_single_packs_of_one_size_the_cheaper_one_stands_there():
    dear, cheap = Pack("a", 100, 200), Pack("b", 100, 129)
    assert quote_coins(selling(dear, cheap), 100).single == cheap


def test_each_kind_of_pack_is_priced_alone_and_the_cheapest_and_dearest_coins_are_marked():
    kinds = quote_coins(CATALOG, 10_000).kinds
    assert [(kind.pack.id, kind.quantity, kind.usd_cents) for kind in kinds] == [
        ("100", 100, 12_900),
        ("500", 20, 12_980),
        ("2000", 5, 13_495),
        ("5000", 2, 13_398),
        ("10000", 1, 13_499),
    ]
    assert [kind.pack.id for kind in kinds if kind.is_cheapest_per_coin] == ["100"]
    assert [kind.pack.id for kind in kinds if kind.is_dearest_per_coin] == ["10000"]


@some_examples
@given(few_catalogs, st.integers(1, 2_000))
def test_a_kind_alone_is_the_fewest_of_it_and_no_cheaper_than_the_best(catalog, coins):
    quote = quote_coins(catalog, coins)
    assert {kind.pack for kind in quote.kinds} == set(catalog.packs.values())
    for kind in quote.kinds:
        assert (kind.quantity - 1) * kind.pack.coins < coins <= kind.quantity * kind.pack.coins
        assert kind.usd_cents == kind.quantity * kind.pack.usd_cents >= quote.purchase.usd_cents


@pytest.mark.parametrize("packs", [[pack(100, 129)], [pack(100, 129), pack(300, 387)]])
def test_where_all_coins_cost_the_same_none_is_marked(packs):
    for kind in quote_coins(selling(*packs), 100).kinds:
        assert not kind.is_cheapest_per_coin
        assert not kind.is_dearest_per_coin


@pytest.mark.parametrize(
    ("packs", "holds"),
    [
        (PACKS, True),
        ([pack(300, 100)], False),  # there is no larger one
        ([pack(100, 129), pack(100, 140)], False),
        ([pack(100, 129), pack(500, 645)], False),  # as much
        ([pack(100, 129), pack(500, 646)], True),
        ([pack(100, 129), pack(500, 644)], False),
        ([pack(100, 129), pack(500, 660), pack(2_000, 2_500)], False),  # the largest is cheap
        ([pack(100, 129), pack(500, 640), pack(2_000, 2_699)], False),  # the middle one is
        ([pack(300, 100), *PACKS], False),  # the smallest is the dear one
    ],
)
def test_that_large_packs_cost_more_is_said_only_where_each_of_them_does(packs, holds):
    assert quote_coins(selling(*packs), 1).large_packs_cost_more is holds


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
    purchase = quote_usd(CATALOG, usd_cents).purchase
    assert (purchase.coins, purchase.usd_cents) == (coins, spent)
    assert purchase.packs == (((SMALL, coins // 100),) if coins else ())


@some_examples
@given(few_packs, st.integers(1, 200))
def test_a_budget_buys_what_it_can_and_not_one_coin_more(packs, usd_cents):
    purchase = quote_usd(selling(*packs), usd_cents).purchase
    check_adds_up(purchase, 0)
    assert purchase.usd_cents <= usd_cents
    dearer = cheapest_by_exhaustion(packs, purchase.coins + 1)
    assert price_and_count(purchase) == dearer[purchase.coins]
    assert dearer[purchase.coins + 1][0] > usd_cents


def test_the_largest_budget_is_quoted_too():
    purchase = quote_usd(CATALOG, MOST).purchase
    assert purchase.packs == ((SMALL, MOST // 129),)
    assert MOST - 129 < purchase.usd_cents <= MOST


@some_examples
@given(st.integers(1, 10**9))
def test_coins_bought_with_a_budget_are_quoted_at_what_was_spent(usd_cents):
    purchase = quote_usd(CATALOG, usd_cents).purchase
    if purchase.coins:
        assert quote_coins(CATALOG, purchase.coins).purchase == purchase


@some_examples
@given(few_catalogs, st.lists(st.integers(1, 400), min_size=1, max_size=20))
def test_no_other_purchase_within_the_budget_has_more_coins_or_as_many_for_less(catalog, budgets):
    expected = most_by_exhaustion(list(catalog.packs.values()), 400)
    for usd_cents in budgets:
        purchase = quote_usd(catalog, usd_cents).purchase
        assert coins_price_and_count(purchase) == expected[usd_cents]
        check_adds_up(purchase, 0)


@pytest.mark.parametrize("catalog", [CATALOG, OLDER, selling(*PACKS, pack(300, 100))])
def test_no_other_purchase_does_within_any_budget_up_to_150_dollars(catalog):
    expected = most_by_exhaustion(list(catalog.packs.values()), 15_000)
    for usd_cents in [*range(1, 15_001, 97), 100, 129, 649, 2_699, 6_699, 13_499, 15_000]:
        purchase = quote_usd(catalog, usd_cents).purchase
        assert coins_price_and_count(purchase) == expected[usd_cents], usd_cents


def test_a_budget_says_what_is_left_of_it_and_what_a_creator_gets():
    quote = quote_usd(CATALOG, 2_000)
    assert (quote.coins, quote.purchase.usd_cents, quote.left_usd_cents) == (1_500, 1_935, 65)
    assert quote.proceeds == proceeds_of(CATALOG, 1_500)
    assert (quote.proceeds.usd_cents, quote.stays_usd_cents) == (1_500, 435)
    assert quote.take_rate == Decimal("0.2248")  # 435 / 1,935 = 0.22480…


def test_a_budget_that_buys_nothing_has_no_take_rate():
    quote = quote_usd(CATALOG, 128)
    assert (quote.coins, quote.left_usd_cents, quote.stays_usd_cents) == (0, 128, 0)
    assert quote.take_rate is None


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


def test_what_stays_is_what_the_sender_pays_less_what_the_creator_gets():
    quote = quote_gift(CATALOG, "drama queen", 2)
    assert (quote.stays_usd_cents_least, quote.stays_usd_cents_most) == (2_900, 3_499)
    assert quote.take_rate_least == Decimal("0.2248")  # 2,900 / 12,900 = 0.22480…
    assert quote.take_rate_most == Decimal("0.2592")  # 3,499 / 13,499 = 0.25920…


def test_the_take_rate_of_a_small_gift_is_worked_out_before_cents_are_rounded():
    quote = quote_gift(CATALOG, "panda", 1)
    assert (quote.stays_usd_cents_least, quote.stays_usd_cents_most) == (1, 2)
    assert (quote.take_rate_least, quote.take_rate_most) == (Decimal("0.2248"), Decimal("0.2592"))


def test_by_the_older_price_more_is_paid_out_than_was_paid_in():
    quote = quote_gift(OLDER, "drama queen", 2)
    assert quote.sender_usd_cents_least == quote.sender_usd_cents_most == 3_333
    assert quote.stays_usd_cents_least == quote.stays_usd_cents_most == 3_333 - 10_000
    assert quote.take_rate_least == quote.take_rate_most == Decimal("-2.0000")


@some_examples
@given(few_catalogs, st.integers(1, 10_000), st.sampled_from([CATALOG, HALF_SHARE, CALCULATORS]))
def test_a_take_rate_is_exact_to_four_places_rounded_down(catalog, quantity, rates):
    catalog = replace(catalog, creator_share=rates.creator_share, cash_out=rates.cash_out)
    quote = quote_gift(catalog, "panda", quantity)
    prices = [Fraction(one.usd_cents, one.coins) * quote.coins for one in catalog.packs.values()]
    for rate, paid in (
        (quote.take_rate_least, min(prices)),
        (quote.take_rate_most, max(prices)),
    ):
        assert rate.as_tuple().exponent == -4
        assert 0 <= 1 - quote.creator_usd_cents / paid - Fraction(rate) < Fraction(1, 10_000)


@pytest.mark.parametrize(
    ("catalog", "quantity", "expected"),
    [
        (CATALOG, 1, (5_000, 5_000, 5_000, 5_000)),
        (CATALOG, 2, (10_000, 10_000, 10_000, 0)),
        (CATALOG, 3, (15_000, 15_000, 15_000, 0)),
        (HALF_SHARE, 3, (7_500, 7_500, 7_500, 2_500)),
        (CALCULATORS, 2, (10_000, 5_000, 2_500, 0)),
    ],
)
def test_a_gift_says_what_it_brings_on_the_way_out_and_how_far_that_is_from_it(
    catalog, quantity, expected
):
    brings = quote_gift(catalog, "drama-queen", quantity).proceeds
    assert (brings.earned, brings.diamonds, brings.usd_cents, brings.short_by) == expected
    assert brings.threshold == 10_000


# -- promotions ----------------------------------------------------------------------------------


def promotion(days=1, catalog=CATALOG, **offer):
    return quote_promotion(catalog, Promote("anybody", "any", days, **offer))


def test_the_cheapest_promotion_is_sold_for_5_dollars_and_its_coins_cost_more():
    quote = promotion(usd_cents=500)
    assert (quote.coins, quote.usd_cents, quote.views, quote.views_per_day) == (
        500,
        500,
        1_000,
        1_000,
    )
    assert quote.purchase == quote_coins(CATALOG, 500).purchase
    assert quote.purchase.usd_cents == 645


def test_without_an_offer_a_promotion_is_quoted_at_the_least_for_its_days():
    quote = promotion(days=3)
    assert (quote.days, quote.coins, quote.views, quote.views_per_day) == (3, 1_500, 3_000, 1_000)


def test_views_a_day_are_whole_ones():
    quote = promotion(days=3, coins=2_000)
    assert (quote.views, quote.views_per_day) == (4_000, 1_333)


@some_examples
@given(st.integers(500, 700_000))
def test_dollars_spent_on_a_promotion_are_the_fewest_for_its_coins(usd_cents):
    assert promotion(usd_cents=usd_cents).usd_cents == usd_cents


TERMS = [
    CATALOG.promotion,
    replace(CATALOG.promotion, coins_max=2_000),  # many cents for a coin
    replace(CATALOG.promotion, usd_cents_max=507),  # many coins for a cent
    replace(CATALOG.promotion, usd_cents_max=501, coins_max=501),
]


@pytest.mark.parametrize("terms", TERMS)
def test_no_fewer_cents_buy_as_many_coins_of_promotion(terms):
    ends = range(terms.coins_min, min(terms.coins_min + 300, terms.coins_max + 1))
    for coins in [*ends, terms.coins_max - 1, terms.coins_max]:
        cents = fewest_cents_for(terms, coins)
        assert terms.usd_cents_min <= cents <= terms.usd_cents_max
        assert terms.coins_for_dollars(cents) >= coins
        if cents > terms.usd_cents_min:
            assert terms.coins_for_dollars(cents - 1) < coins


@pytest.mark.parametrize(
    ("family", "days", "offer"),
    [
        (TooManyDays, 31, {}),
        (PromotionOutOfRange, 1, {"coins": 499}),
        (PromotionOutOfRange, 1, {"views": 1_414_001}),
        (PromotionDollarsOutOfRange, 1, {"usd_cents": 499}),
        (TooFewCoinsForDays, 2, {"coins": 999}),
    ],
)
def test_a_promotion_that_would_be_refused_is_not_quoted(family, days, offer):
    with pytest.raises(CoinsError) as bought:
        price_of_promotion(Promote("anybody", "any", days, **offer), CATALOG.promotion)
    with pytest.raises(family) as quoted:
        promotion(days, **offer)
    assert (quoted.value.message, quoted.value.fields) == (
        bought.value.message,
        bought.value.fields,
    )


def test_a_promotion_whose_packs_cannot_be_found_is_not_quoted():
    catalog = replace(
        selling(pack(9_967, 10_000), pack(9_973, 10_000)),
        promotion=replace(CATALOG.promotion, coins_max=2_000_000),
    )
    with pytest.raises(QuoteTooLarge):
        promotion(coins=2_000_000, catalog=catalog)
