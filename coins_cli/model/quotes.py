"""Quotes: costs and proceeds at a catalog's prices, computed without changing anything."""

from decimal import Decimal
from fractions import Fraction
from math import gcd
from typing import Final

from msgspec import Struct

from coins_cli.errors import QuoteTooLarge
from coins_cli.model.catalog import Catalog, Pack, PromotionTerms
from coins_cli.model.money import check_exact, take_rate
from coins_cli.model.operations.promote import Promote, price_of_promotion

UNITS_MAX: Final = 1_000_000
"""Units that a search covers at most; packs with a common measure stay far below."""


class Purchase(Struct, frozen=True):
    """Packs to buy with their counts, the coins in them, and their price in cents."""

    packs: tuple[tuple[Pack, int], ...]
    coins: int
    usd_cents: int


class OneKind(Struct, frozen=True):
    """Enough packs of one kind alone: their number, and their price in cents.

    A coin may be cheapest or dearest in this pack among all kinds; neither if all prices per coin
    are the same.
    """

    pack: Pack
    quantity: int
    usd_cents: int
    is_cheapest_per_coin: bool
    is_dearest_per_coin: bool


class CoinsQuote(Struct, frozen=True):
    """The cheapest packs with at least `coins`, and the prices of other choices.

    `single` is the smallest pack that is enough alone, `None` if there is none. `kinds` has the
    purchase in each kind of pack alone, the smallest first.
    """

    coins: int
    purchase: Purchase
    single: Pack | None
    kinds: tuple[OneKind, ...]
    large_packs_cost_more: bool
    """True if a coin costs more in every larger pack than in the smallest."""

    @property
    def left_over(self) -> int:
        """Coins bought beyond the wanted ones."""
        return self.purchase.coins - self.coins

    @property
    def saved_usd_cents(self) -> int:
        """Cents that the cheapest packs save against the `single` one, never below zero."""
        return 0 if self.single is None else self.single.usd_cents - self.purchase.usd_cents


class Proceeds(Struct, frozen=True):
    """A creator's proceeds from one gift: earned coins, and the diamonds and cents they become.

    The creator's share is rounded down to whole coins, then to whole diamonds and whole cents.
    Cashing out needs `threshold` earned coins, `short_by` more than `earned`.
    """

    earned: int
    diamonds: int
    usd_cents: int
    threshold: int
    short_by: int


class GiftQuote(Struct, frozen=True):
    """A gift's cost to its sender, in the cheapest and the dearest coins, and its proceeds.

    Sums are in cents: the sender's rounded to the nearest, the creator's rounded down as when
    cashing out. Take rates are computed from the sender's sums before rounding, to four places,
    rounded down.
    """

    gift: str
    name: str
    quantity: int
    coins: int
    sender_usd_cents_least: int
    sender_usd_cents_most: int
    proceeds: Proceeds
    take_rate_least: Decimal
    take_rate_most: Decimal

    @property
    def creator_usd_cents(self) -> int:
        """The cents that the creator gets."""
        return self.proceeds.usd_cents

    @property
    def stays_usd_cents_least(self) -> int:
        """Cents that stay with the platform for the cheapest coins; below zero if it loses."""
        return self.sender_usd_cents_least - self.creator_usd_cents

    @property
    def stays_usd_cents_most(self) -> int:
        """Cents that stay with the platform for the dearest coins."""
        return self.sender_usd_cents_most - self.creator_usd_cents


class UsdQuote(Struct, frozen=True):
    """The most coins that a budget buys, and a creator's proceeds when given all of them.

    The take rate is as in `GiftQuote`, and `None` when nothing can be bought.
    """

    usd_cents: int
    purchase: Purchase
    proceeds: Proceeds
    take_rate: Decimal | None

    @property
    def coins(self) -> int:
        """The coins bought."""
        return self.purchase.coins

    @property
    def left_usd_cents(self) -> int:
        """Cents left of the budget."""
        return self.usd_cents - self.purchase.usd_cents

    @property
    def stays_usd_cents(self) -> int:
        """Cents of the spent ones that stay with the platform."""
        return self.purchase.usd_cents - self.proceeds.usd_cents


class PromotionQuote(Struct, frozen=True):
    """A promotion's price in coins, and the views it brings.

    `usd_cents` is the lowest price in cents that buys a promotion of these coins; `purchase` is the
    cheapest way to buy the coins themselves.
    """

    days: int
    coins: int
    usd_cents: int
    views: int
    purchase: Purchase

    @property
    def views_per_day(self) -> int:
        """The views of one day, rounded down."""
        return self.views // self.days


def quote_coins(catalog: Catalog, coins: int) -> CoinsQuote:
    """The cheapest packs for at least `coins`, exactly: no other choice of packs costs less.

    Among the cheapest, the one with the fewest packs. Raises `QuoteTooLarge` for catalogs and
    amounts that would take too long to search, and `TooLarge`.
    """
    packs = _smallest_first(catalog)
    return CoinsQuote(
        coins,
        PackSearch(list(catalog.packs.values())).cheapest(coins),
        next((pack for pack in packs if pack.coins >= coins), None),
        tuple(_in_one_kind(pack, packs, coins) for pack in packs),
        _large_packs_cost_more(packs),
    )


def quote_usd(catalog: Catalog, usd_cents: int) -> UsdQuote:
    """The most coins that a budget buys, and the cheapest way to buy them.

    Raises `QuoteTooLarge` and `TooLarge`, as `quote_coins`.
    """
    search = PackSearch(list(catalog.packs.values()))
    low, high = 0, usd_cents * search.best.coins // search.best.usd_cents // search.measure
    while low < high:
        middle = (low + high + 1) // 2
        if search.cheapest(middle * search.measure).usd_cents <= usd_cents:
            low = middle
        else:
            high = middle - 1
    purchase = search.cheapest(low * search.measure)
    proceeds = proceeds_of(catalog, purchase.coins)
    rate = None
    if purchase.usd_cents:
        rate = take_rate(purchase.usd_cents, proceeds.usd_cents)
    return UsdQuote(usd_cents, purchase, proceeds, rate)


def quote_gift(catalog: Catalog, name: str, quantity: int) -> GiftQuote:
    """The cost and proceeds of `quantity` times a gift. Raises `UnknownGift` and `TooLarge`."""
    gift = catalog.gift(name)
    coins = check_exact(gift.coins * quantity, "the price in coins")
    prices = [coins * _price_per_coin(pack) for pack in catalog.packs.values()]
    least, most = min(prices), max(prices)
    proceeds = proceeds_of(catalog, coins)
    return GiftQuote(
        gift.id,
        gift.name,
        quantity,
        coins,
        _rounded(least),
        check_exact(_rounded(most), "the price"),
        proceeds,
        take_rate(least, proceeds.usd_cents),
        take_rate(most, proceeds.usd_cents),
    )


def quote_promotion(catalog: Catalog, request: Promote) -> PromotionQuote:
    """The price and the views of a promotion, for any buyer and any video.

    Raises the refusals of the promotion itself, except those about the wallet, and those of
    `quote_coins`.
    """
    terms = catalog.promotion
    coins = price_of_promotion(request, terms)
    return PromotionQuote(
        request.days,
        coins,
        fewest_cents_for(terms, coins),
        check_exact(terms.views(coins), "the views"),
        PackSearch(list(catalog.packs.values())).cheapest(coins),
    )


def proceeds_of(catalog: Catalog, coins: int) -> Proceeds:
    """A creator's proceeds from `coins` given to them; `TooLarge` beyond exact amounts."""
    terms = catalog.cash_out
    earned = int(coins * catalog.creator_share)
    diamonds = check_exact(terms.diamonds(earned), "the diamonds")
    usd_cents = check_exact(terms.cents(diamonds), "the payout")
    return Proceeds(earned, diamonds, usd_cents, terms.threshold, terms.short_by(earned))


def fewest_cents_for(terms: PromotionTerms, coins: int) -> int:
    """The fewest cents for which the line of prices gives at least `coins`.

    The inverse of `PromotionTerms.coins_for_dollars`.
    """
    # That one rounds up: the first cent beyond the lowest price already buys one more coin.
    more = coins - terms.coins_min
    if more <= 0:
        return terms.usd_cents_min
    run, rise = terms.usd_cents_max - terms.usd_cents_min, terms.coins_max - terms.coins_min
    return terms.usd_cents_min + (more - 1) * run // rise + 1


class PackSearch:
    """Finds the cheapest way to buy coins in packs; among equals, the one with the fewest packs."""

    # Let b be the size of the pack with the best price per coin, in units of the common measure of
    # all packs. Among b other packs, some have sizes that add up to a multiple of b, and the same
    # coins in best packs cost no more. So fewer than b other packs are ever needed: all but a
    # bounded rest is bought in best packs, and the rest is looked up in a table that grows on use.

    def __init__(self, packs: list[Pack]) -> None:
        self.packs = packs
        self.best = min(packs, key=_value)
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
        """The cheapest packs for at least `units`: the count of each, by its id."""
        self._extend_to(units)
        counts: dict[str, int] = {}
        while units > 0:
            size, pack_id = self._chosen[units]
            counts[pack_id] = counts.get(pack_id, 0) + 1
            units -= size
        return counts

    def _extend_to(self, units: int) -> None:
        """Extend the table up to `units`: price, number of packs, and the pack bought last."""
        costs = self._costs
        for covered in range(len(costs), units + 1):
            options = []
            for size, usd_cents, pack_id in self._choices:
                before_cents, before_packs = costs[max(0, covered - size)]
                options.append(((before_cents + usd_cents, before_packs + 1), size, pack_id))
            cost, size, pack_id = min(options)
            costs.append(cost)
            self._chosen.append((size, pack_id))


def _smallest_first(catalog: Catalog) -> list[Pack]:
    """The packs by size, and by price where sizes are equal."""
    return sorted(catalog.packs.values(), key=lambda pack: (pack.coins, pack.usd_cents, pack.id))


def _in_one_kind(pack: Pack, packs: list[Pack], coins: int) -> OneKind:
    quantity = -(-coins // pack.coins)
    prices = [_price_per_coin(other) for other in packs]
    price, least, most = _price_per_coin(pack), min(prices), max(prices)
    is_cheapest, is_dearest = least == price < most, least < price == most
    return OneKind(pack, quantity, quantity * pack.usd_cents, is_cheapest, is_dearest)


def _large_packs_cost_more(packs: list[Pack]) -> bool:
    smallest = packs[0]
    larger = [pack for pack in packs if pack.coins > smallest.coins]
    return bool(larger) and min(map(_price_per_coin, larger)) > _price_per_coin(smallest)


def _value(pack: Pack) -> tuple[Fraction, int]:
    """The sort key for the best pack: the price per coin, then the larger size."""
    return _price_per_coin(pack), -pack.coins


def _price_per_coin(pack: Pack) -> Fraction:
    """The price of one coin in the pack, in cents."""
    return Fraction(pack.usd_cents, pack.coins)


def _rounded(cents: Fraction) -> int:
    """Round to the nearest whole cent, halves up."""
    return (2 * cents.numerator + cents.denominator) // (2 * cents.denominator)
