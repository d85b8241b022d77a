"""Prices of packs in words: true for any catalog, and different prices never look the same."""

import pytest
from msgspec.structs import replace

from coins_cli.model.catalog import Pack
from coins_cli.reports.prices import extra_dollars, finding, headline, prices_of, sorted_packs


def of(catalog, *packs):
    """The catalog with these packs, each given by its coins and its cents."""
    return replace(
        catalog, packs={str(coins): Pack(str(coins), coins, usd) for coins, usd in packs}
    )


def test_the_finding_is_worked_out_of_the_packs(catalog):
    assert headline(catalog) == "The pack of 10,000 coins costs $5.99 too much"
    assert finding(catalog) == (
        "A coin is most expensive in the pack of 10,000, at 1.3499 ¢, and cheapest in the pack of "
        "100, at 1.2900 ¢. 100 packs of 100 cost $129.00, and the pack of 10,000 costs $134.99: "
        "$5.99 more. Not every larger pack is worse: in the pack of 5,000 a coin costs less than "
        "in the pack of 2,000."
    )


def test_prices_that_differ_are_told_apart(catalog):
    prices = prices_of(sorted_packs(catalog))
    said = [one.in_words for one in prices]
    assert said == ["1.2900 ¢", "1.2980 ¢", "1.3495 ¢", "1.3398 ¢", "1.3499 ¢"]
    extras = [extra_dollars(one) for one in prices]
    assert extras == ["none", "+$0.80", "+$5.95", "+$4.98", "+$5.99"]


def test_three_decimals_are_enough_where_they_tell_prices_apart():
    prices = prices_of([Pack("a", 100, 129), Pack("b", 3, 1), Pack("c", 1, 2**53 - 1)])
    assert [one.in_words for one in prices] == [
        "1.290 ¢",
        "0.333 ¢",
        "9,007,199,254,740,991.000 ¢",
    ]


@pytest.mark.parametrize(
    ("packs", "title", "says"),
    [
        ([(100, 200), (1_000, 1_000)], "What a coin costs in each pack", "the less a coin costs"),
        ([(100, 200), (1_000, 2_000)], "What a coin costs in each pack", "every pack a coin costs"),
        ([(100, 100), (101, 102)], "What a coin costs in each pack", "the more a coin costs"),
        ([(1, 1), (2, 3)], "The pack of 2 coins costs $0.01 too much", "2 packs of 1 cost $0.02"),
        ([(7, 9)], "What a coin costs in each pack", "There is none"),
        ([(1, 9), (2, 6), (3, 15)], "What a coin costs in each pack", "Not every larger pack is b"),
    ],
)
def test_other_prices_lead_to_other_findings(catalog, packs, title, says):
    other = of(catalog, *packs)
    assert headline(other) == title
    assert says in finding(other)
