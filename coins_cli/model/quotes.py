"""What something would cost, or bring, at a catalog's prices. Nothing here changes anything."""

from fractions import Fraction
from math import gcd
from typing import Final

from msgspec import Struct

from coins_cli.errors import QuoteTooLarge
from coins_cli.model.catalog import Catalog, Pack
from coins_cli.model.money import check_exact

UNITS_MAX: Final = 1_000_000
"""How many units are searched at most; catalogs whose packs share a measure stay far below."""


class Purchase(Struct, frozen=True):
    """Packs to buy: how many of which, the coins they hold, and their price in cents."""

    packs: tuple[tuple[Pack, int], ...]
    coins: int
    usd_cents: int


class CoinsQuote(Struct, frozen=True):
    """The cheapest packs that hold at least `coins`."""

    coins: int
    purchase: Purchase


class GiftQuote(Struct, frozen=True):
    """What a gift costs its sender, in the cheapest and the dearest coins, and brings its creator.

    Sums are in cents: the sender's rounded to the nearest, the creator's rounded down as when
    cashed out.
    """

    gift: str
    quantity: int
    coins: int
    sender_usd_cents_least: int
    sender_usd_cents_most: int
    creator_usd_cents: int


def quote_coins(catalog: Catalog, coins: int) -> CoinsQuote:
    """The cheapest packs for at least `coins`, exactly: no other choice of packs costs less.

    Among the cheapest, the one with the fewest packs. Raises `QuoteTooLarge` for catalogs and
    amounts that would take too long to search, and `TooLarge`.
    """
    return CoinsQuote(coins, PackSearch(list(catalog.packs.values())).cheapest(coins))


def quote_usd(catalog: Catalog, usd_cents: int) -> Purchase:
    """The most coins that a budget buys, and the cheapest way to buy them. Raises as above."""
    search = PackSearch(list(catalog.packs.values()))
    low, high = 0, usd_cents * search.best.coins // search.best.usd_cents // search.measure
    while low < high:
        middle = (low + high + 1) // 2
        if search.cheapest(middle * search.measure).usd_cents <= usd_cents:
            low = middle
        else:
            high = middle - 1
    return search.cheapest(low * search.measure)


def quote_gift(catalog: Catalog, name: str, quantity: int) -> GiftQuote:
    """What `quantity` times a gift costs and brings; `UnknownGift` when there is none."""
    gift = catalog.gift(name)
    coins = check_exact(gift.coins * quantity, "the price in coins")
    prices = [_rounded(coins * pack.usd_cents, pack.coins) for pack in catalog.packs.values()]
    earned = int(coins * catalog.creator_share)
    return GiftQuote(
        gift.id,
        quantity,
        coins,
        min(prices),
        check_exact(max(prices), "the price"),
        check_exact(catalog.cash_out.cents(catalog.cash_out.diamonds(earned)), "the payout"),
    )


class PackSearch:
    """Finds the cheapest of all ways to buy coins in packs; of these, the one with fewest packs.

    Whatever is bought, fewer than b packs (b: the size of the pack with the best price per coin, in
    units of the packs' common measure) need be of another kind: among b of them some add up to a
    multiple of b, and that many coins are no dearer as best packs. So all but a bounded rest is
    bought as best packs, and the rest is looked up in a table, which grows as it is needed.
    """

    def __init__(self, packs: list[Pack]) -> None:
        self.packs = packs
        self.best = min(packs, key=_price_per_coin)
        self.measure = gcd(*(pack.coins for pack in packs))
        self._best_units = self.best.coins // self.measure
        largest_units = max(pack.coins for pack in packs) // self.measure
        self._others_units_max = (self._best_units - 1) * largest_units
        self._choices = [(pack.coins // self.measure, pack.usd_cents, pack.id) for pack in packs]
        self._costs: list[tuple[int, int]] = [(0, 0)]
        self._chosen: list[tuple[int, str]] = [(0, "")]

    def cheapest(self, coins: int) -> Purchase:
        """The cheapest purchase of at least `coins`; `QuoteTooLarge` and `TooLarge`."""
        units = -(-coins // self.measure)
        bulk = max(0, -((self._others_units_max - units) // self._best_units))
        rest = max(0, units - bulk * self._best_units)
        if rest > UNITS_MAX:
            raise QuoteTooLarge(coins=coins)
        counts = self._counts(rest)
        counts[self.best.id] = counts.get(self.best.id, 0) + bulk
        bought = tuple((pack, counts[pack.id]) for pack in self.packs if counts.get(pack.id))
        return Purchase(
            bought,
            check_exact(sum(pack.coins * count for pack, count in bought), "the number of coins"),
            check_exact(sum(pack.usd_cents * count for pack, count in bought), "the price"),
        )

    def _counts(self, units: int) -> dict[str, int]:
        """How many of each pack buy at least `units` most cheaply."""
        self._extend_to(units)
        counts: dict[str, int] = {}
        while units > 0:
            size, pack_id = self._chosen[units]
            counts[pack_id] = counts.get(pack_id, 0) + 1
            units -= size
        return counts

    def _extend_to(self, units: int) -> None:
        """Fill the table up to `units`: price and number of packs, and the pack bought last."""
        costs = self._costs
        for covered in range(len(costs), units + 1):
            options = []
            for size, usd_cents, pack_id in self._choices:
                before_cents, before_packs = costs[max(0, covered - size)]
                options.append(((before_cents + usd_cents, before_packs + 1), size, pack_id))
            cost, size, pack_id = min(options)
            costs.append(cost)
            self._chosen.append((size, pack_id))


def _price_per_coin(pack: Pack) -> tuple[Fraction, int]:
    """What a coin of the pack costs; of equals, the larger pack comes first."""
    return Fraction(pack.usd_cents, pack.coins), -pack.coins


def _rounded(dividend: int, divisor: int) -> int:
    """The quotient to the nearest whole number, halves up."""
    return (2 * dividend + divisor) // (2 * divisor)
