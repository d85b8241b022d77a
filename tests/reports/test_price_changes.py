"""What other prices mean, in sentences."""

import pytest

from coins_cli.files.catalogs import default_catalog, load_catalog
from coins_cli.model.catalog_editing import with_settings
from coins_cli.reports.price_changes import consequences, share_of_creators

CATALOG = default_catalog()
LEAST = "10,000 coins, worth $100.00; now 100 coins, worth $1.00."


def test_the_share_of_creators_is_that_of_the_platform_s_facts():
    assert share_of_creators(CATALOG) == "74 to 78 cents"
    assert share_of_creators(load_catalog("calculators")) == "19 cents"
    assert share_of_creators(load_catalog("older-prices")) == "300 cents"


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (["gifts.panda.coins=7"], []),
        (["gifts.panda.name=Bear", "promotion.days_max=10"], []),
        (
            ["gifting.creator_share=0.5"],
            ["Of a dollar, 74 to 78 cents reached creators; now 37 to 39 cents."],
        ),
        (
            ["gifting.creator_share=0.05"],
            ["Of a dollar, 74 to 78 cents reached creators; now 3.70 to 3.88 cents."],
        ),
        (
            ["cash_out.threshold=100"],
            ["The least that could be cashed out was " + LEAST],
        ),
    ],
)
def test_only_what_follows_is_said(settings, said):
    assert consequences(CATALOG, with_settings(CATALOG, settings)) == said
    assert consequences(CATALOG, CATALOG) == []
