"""The rules of the economy in plain words, at the prices of a catalog."""

from decimal import Decimal
from typing import Final

from msgspec import Struct

from coins_cli.model.catalog import Catalog
from coins_cli.model.texts import counted, dollars, number
from coins_cli.reports.prices import finding, priciest_of, sorted_packs
from coins_cli.reports.words import cents_of_dollar

WORST_DEAL: Final = "The worst deal"


class Fact(Struct, frozen=True):
    """A rule: a few words that name it, and sentences that tell it."""

    title: str
    text: str


def facts(catalog: Catalog) -> list[Fact]:
    """The rules, in the order of a coin's way."""
    return [
        Fact("Buying", _buying(catalog)),
        Fact(WORST_DEAL, finding(catalog)),
        Fact("Giving on a live or in the comments", _GIVING),
        Fact("Promotions", _promotions(catalog)),
        Fact("Bought and earned coins", _BOUGHT),
        Fact("Coins, diamonds, dollars", _rates(catalog)),
        Fact("When a creator can cash out", _threshold(catalog)),
        Fact("Who gets how much", _who_gets(catalog)),
        Fact("A forged wallet", _FORGED),
    ]


_GIVING = (
    "A gift on a live is seen by everyone watching, and the creator says thanks at once. When a "
    "creator is not live, a gift goes to the comments of a video: it earns the same, but nobody "
    "sees it arrive."
)
_BOUGHT = (
    "Bought coins can be given or spent on promotions. They never become dollars again, and they "
    "are not refundable. Earned coins are those that came as gifts: only they can be cashed out."
)
_FORGED = (
    "Everything that ever happened is in one list, the journal, and it says what is in each "
    "wallet. If somebody edits a wallet file, the file and the journal disagree: it is noticed, "
    "and the coins that were typed in cannot be spent."
)


def _buying(catalog: Catalog) -> str:
    packs = sorted_packs(catalog)
    shown = packs if len(packs) == 1 else [packs[0], packs[-1]]
    cost = " and ".join(
        f"{counted(pack.coins, 'coin')} cost {dollars(pack.usd_cents)}" for pack in shown
    )
    return (
        f"Coins come from the platform alone, in packs: {cost}. At most "
        f"{counted(catalog.coins_at_a_time_max, 'coin')} can be bought at a time. Nobody else can "
        "make coins or sell them."
    )


def _promotions(catalog: Catalog) -> str:
    terms = catalog.promotion
    least = max(terms.coins_min, terms.min_coins_per_day)
    return (
        f"Coins can also pay for a promotion: a video is shown to more people. The smallest costs "
        f"{counted(least, 'coin')} (about {dollars(terms.usd_cents_min)} in the platform's list), "
        f"the largest {number(terms.coins_max)} (about {dollars(terms.usd_cents_max)}). The price "
        f"rises with the days, {counted(terms.min_coins_per_day, 'coin')} a day at least, and with "
        f"the views: each coin brings {_plain(terms.views_per_coin)}."
    )


def rates_in_short(catalog: Catalog) -> str:
    """The rates on the way out: `1 earned coin → 1 diamond → 1 cent`."""
    terms = catalog.cash_out
    cents = 100 * terms.diamonds_per_coin * terms.usd_per_diamond
    diamonds = _counted(terms.diamonds_per_coin, "diamond")
    return f"1 earned coin → {diamonds} → {_counted(cents, 'cent')}"


def _rates(catalog: Catalog) -> str:
    terms = catalog.cash_out
    diamonds = _counted(terms.diamonds_per_coin, "diamond")
    cents = _counted(100 * terms.usd_per_diamond, "cent")
    return (
        f"On the way out, 1 earned coin becomes {diamonds}, and 1 diamond becomes {cents}. The "
        "dollars go to the creator's PayPal account."
    )


def _threshold(catalog: Catalog) -> str:
    threshold = catalog.cash_out.threshold
    least = f"From {counted(threshold, 'earned coin')} on."
    return least if threshold == 1 else f"{least} {number(threshold - 1)} are not enough."


def _who_gets(catalog: Catalog) -> str:
    """The way of the dollars of the largest of the most expensive packs."""
    pack, terms = priciest_of(catalog), catalog.cash_out
    earned = int(pack.coins * catalog.creator_share)
    got = terms.cents(terms.diamonds(earned))
    rest = pack.usd_cents - got
    begin = (
        f"A fan pays {dollars(pack.usd_cents)} for {counted(pack.coins, 'coin')} and gives them "
        f"all. The creator earns {counted(earned, 'coin')} and is paid {dollars(got)} for them"
    )
    if rest < 0:
        return f"{begin}: {dollars(-rest)} more than was paid in. The platform loses."
    return (
        f"{begin}; the platform keeps {dollars(rest)}. That is "
        f"{counted(cents_of_dollar(got, pack.usd_cents), 'cent')} of each dollar for the creator."
    )


def _counted(amount: Decimal, what: str) -> str:
    return f"{_plain(amount)} {what}" if amount == 1 else f"{_plain(amount)} {what}s"


def _plain(amount: Decimal) -> str:
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
