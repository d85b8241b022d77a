"""What other prices mean, in sentences."""

from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Final

from coins_cli.model.catalog import Catalog
from coins_cli.model.texts import dollars, number
from coins_cli.reports.prices import rounded

COIN_PLACES: Final = 3
SMALL_CENTS: Final = 10
"""Shares below it have decimals."""


def consequences(old: Catalog, new: Catalog) -> list[str]:
    """A sentence for each thing that follows from the prices and is another with the `new` ones."""
    return [
        f"{begin}{before}{middle}; now {after}."
        for (begin, middle), words in _SENTENCES.items()
        if (before := words(old)) != (after := words(new))
    ]


def share_of_creators(catalog: Catalog) -> str:
    """The cents of a dollar that reach creators, from the worst pack to the best."""
    terms = catalog.cash_out
    cents_per_coin = 100 * Fraction(terms.diamonds_per_coin) * Fraction(terms.usd_per_diamond)
    earned = Fraction(catalog.creator_share) * cents_per_coin
    shares = [100 * earned * pack.coins / pack.usd_cents for pack in catalog.packs.values()]
    return _span(shares, 0 if max(shares) >= SMALL_CENTS else 2)


def _price_of_a_coin(catalog: Catalog) -> str:
    return _span(
        [Fraction(one.usd_cents, one.coins) for one in catalog.packs.values()], COIN_PLACES
    )


def _cash_out(catalog: Catalog) -> str:
    terms = catalog.cash_out
    worth = dollars(terms.cents(terms.diamonds(terms.threshold)))
    return f"{number(terms.threshold)} coins, worth {worth}"


def _span(values: Iterable[Fraction], places: int) -> str:
    """The least and the most of some cents, or the one value if both look the same."""
    found = sorted(values)
    least, most = (rounded(one, places).removesuffix(".0") for one in (found[0], found[-1]))
    return f"{least} cents" if least == most else f"{least} to {most} cents"


_SENTENCES: Final[dict[tuple[str, str], Callable[[Catalog], str]]] = {
    ("Of a dollar, ", " reached creators"): share_of_creators,
    ("A coin cost ", ""): _price_of_a_coin,
    ("The least that could be cashed out was ", ""): _cash_out,
}
"""The beginning of each sentence and its middle, and the words between them."""
