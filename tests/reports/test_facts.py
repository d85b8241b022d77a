"""The rules in plain words: each fact is told, and follows the catalog."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from coins_cli.cli.render.report_document import report_document
from coins_cli.reports.facts import facts, rates_in_short
from coins_cli.reports.html import html_report
from tests.reports.checking import Page
from tests.reports.made_reports import NOW, of_an_evening

TOLD = {
    "the smallest pack": "100 coins cost $1.29",
    "the largest pack": "10,000 coins cost $134.99",
    "the worst deal": "most expensive in the pack of 10,000",
    "by how much": "$5.99 more",
    "what reaches a creator": "is paid $100.00",
    "who has the rest": "the platform keeps $34.99",
    "that 9,999 are not enough": "From 10,000 earned coins on. 9,999 are not enough.",
    "that bought coins never become dollars": "They never become dollars again",
    "that they are not refundable": "they are not refundable",
    "earned coins to diamonds": "1 earned coin becomes 1 diamond",
    "diamonds to dollars": "1 diamond becomes 1 cent",
    "a gift on a live": "seen by everyone watching, and the creator says thanks at once",
    "a gift in the comments": "goes to the comments of a video",
    "an edited wallet file": "the file and the journal disagree: it is noticed",
    "the smallest promotion": "The smallest costs 500 coins",
    "the price of a promotion": "The price rises with the days, 500 coins a day at least",
    "where coins come from": "Coins come from the platform alone",
}


@pytest.mark.parametrize("fact", TOLD)
def test_each_fact_is_told_on_the_screen_and_on_the_page(catalog, fact):
    report = of_an_evening(catalog)
    screen = " ".join(report_document(report, catalog).split())
    page = " ".join(Page(html_report(report, catalog, NOW)).root.text.split())
    assert TOLD[fact] in screen
    assert TOLD[fact] in page


def told(catalog):
    return " ".join(one.text for one in facts(catalog))


def test_facts_follow_the_catalog(catalog):
    cash_out = replace(
        catalog.cash_out,
        threshold=300,
        diamonds_per_coin=Decimal("0.5"),
        usd_per_diamond=Decimal("0.005"),
    )
    other = replace(catalog, cash_out=cash_out, creator_share=Decimal("0.5"))
    assert "From 300 earned coins on. 299 are not enough." in told(other)
    assert "1 earned coin becomes 0.5 diamonds, and 1 diamond becomes 0.5 cents" in told(other)
    assert rates_in_short(other) == "1 earned coin → 0.5 diamonds → 0.25 cents"
    assert "The creator earns 5,000 coins and is paid $12.50" in told(other)
    assert "9 cents of each dollar" in told(other)


def test_a_platform_that_pays_more_than_it_gets_is_said_to_lose(catalog):
    cash_out = replace(catalog.cash_out, usd_per_diamond=Decimal("0.02"))
    said = told(replace(catalog, cash_out=cash_out))
    assert "is paid $200.00 for them: $65.01 more than was paid in. The platform loses." in said
