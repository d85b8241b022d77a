"""What something would cost, or bring, at a catalog's prices. Nothing here changes anything."""

from fractions import Fraction
from functools import reduce
from math import gcd
from typing import Final

from msgspec import Struct

from coins_cli.errors import QuoteTooLarge, TooLarge
from coins_cli.model.catalog import Catalog, Pack
from coins_cli.model.money import AMOUNT_MAX

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
    amounts that would take too long to search.
    """
    return CoinsQuote(coins, cheapest_purchase(list(catalog.packs.values()), coins))


def quote_usd(catalog: Catalog, usd_cents: int) -> Purchase:
    """The most coins that a budget buys, and the cheapest way to buy them."""
    packs = list(catalog.packs.values())
    best = _best(packs)
    measure = _measure(packs)
    low, high = 0, min(usd_cents * best.coins // best.usd_cents, AMOUNT_MAX) // measure
    while low < high:
        middle = (low + high + 1) // 2
        if cheapest_purchase(packs, middle * measure).usd_cents <= usd_cents:
            low = middle
        else:
            high = middle - 1
    return cheapest_purchase(packs, low * measure)


def quote_gift(catalog: Catalog, name: str, quantity: int) -> GiftQuote:
    """What `quantity` times a gift costs and brings; `UnknownGift` when there is none."""
    gift = catalog.gift(name)
    coins = gift.coins * quantity
    if coins > AMOUNT_MAX:
        raise TooLarge("the price in coins", most=AMOUNT_MAX)
    prices = [_rounded(coins * pack.usd_cents, pack.coins) for pack in catalog.packs.values()]
    earned = int(coins * catalog.creator_share)
    return GiftQuote(
        gift.id,
        quantity,
        coins,
        min(prices),
        max(prices),
        catalog.cash_out.cents(catalog.cash_out.diamonds(earned)),
    )


def cheapest_purchase(packs: list[Pack], coins: int) -> Purchase:
    """The cheapest of all ways to buy at least `coins` with `packs`; of these, the fewest packs.

    Whatever is bought, fewer than b packs (b: the size of the pack with the best price per coin, in
    units of the packs' common measure) need be of another kind: among b of them some add up to a
    multiple of b, and that many coins are no dearer as best packs. So all but a bounded rest is
    bought as best packs, and the rest is searched.
    """
    best = _best(packs)
    measure = _measure(packs)
    units = -(-coins // measure)
    others_max = (best.coins // measure - 1) * (max(pack.coins for pack in packs) // measure)
    bulk = max(0, -((others_max - units) // (best.coins // measure)))
    rest = max(0, units - bulk * (best.coins // measure))
    if rest > UNITS_MAX:
        raise QuoteTooLarge(coins=coins)
    counts = _cheapest_counts(packs, measure, rest)
    counts[best.id] = counts.get(best.id, 0) + bulk
    bought = tuple((pack, counts[pack.id]) for pack in packs if counts.get(pack.id))
    return Purchase(
        bought,
        sum(pack.coins * count for pack, count in bought),
        sum(pack.usd_cents * count for pack, count in bought),
    )


def _cheapest_counts(packs: list[Pack], measure: int, units: int) -> dict[str, int]:
    """How many of each pack buy at least `units` most cheaply, by dynamic programming."""
    choices = [(pack.coins // measure, pack.usd_cents, pack.id) for pack in packs]
    costs: list[tuple[int, int]] = [(0, 0)]
    chosen: list[tuple[int, str]] = [(0, "")]
    for covered in range(1, units + 1):
        cost, size, pack_id = min(
            (
                (
                    costs[max(0, covered - size)][0] + usd_cents,
                    costs[max(0, covered - size)][1] + 1,
                ),
                size,
                pack_id,
            )
            for size, usd_cents, pack_id in choices
        )
        costs.append(cost)
        chosen.append((size, pack_id))
    counts: dict[str, int] = {}
    while units > 0:
        size, pack_id = chosen[units]
        counts[pack_id] = counts.get(pack_id, 0) + 1
        units -= size
    return counts


def _rounded(dividend: int, divisor: int) -> int:
    """The quotient to the nearest whole number, halves up."""
    return (2 * dividend + divisor) // (2 * divisor)


def _best(packs: list[Pack]) -> Pack:
    """The pack with the lowest price per coin; of several, the largest."""
    return min(packs, key=lambda pack: (Fraction(pack.usd_cents, pack.coins), -pack.coins))


def _measure(packs: list[Pack]) -> int:
    """The greatest common divisor of the packs' sizes."""
    return reduce(gcd, (pack.coins for pack in packs))
