"""The catalog: packs, gifts, limits and rates.

`coins_cli.files.catalogs` finds a catalog file; `catalog_reading`, beside this module, checks its
tables and builds the catalog.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from coins_cli.errors import UnknownGift, UnknownPack
from coins_cli.model.money import AMOUNT_MAX
from coins_cli.model.names import as_id, closest

RATE_EXPONENT_MAX: Final = 30
"""The largest exponent of a rate, above or below zero: 10^-30 to less than 10^31."""


class Pack(Struct, frozen=True):
    """A number of `coins` that is sold for a price in cents."""

    id: str
    coins: int
    usd_cents: int


class GiftKind(Struct, frozen=True):
    """A gift that can be sent, and its price in coins."""

    id: str
    name: str
    coins: int


class CashOutTerms(Struct, frozen=True):
    """The earned coins needed before cashing out, and the rates into diamonds and dollars."""

    threshold: int
    diamonds_per_coin: Decimal
    usd_per_diamond: Decimal

    def short_by(self, earned: int) -> int:
        """The coins that `earned` lacks to reach the threshold; 0 if it does."""
        return max(0, self.threshold - earned)

    def diamonds(self, coins: int) -> int:
        """Whole diamonds for `coins`, rounded down."""
        return int(coins * self.diamonds_per_coin)

    def cents(self, diamonds: int) -> int:
        """Whole cents for `diamonds`, rounded down."""
        return int(diamonds * self.usd_per_diamond * 100)


class PromotionTerms(Struct, frozen=True):
    """Limits and prices of promotions.

    Prices lie on a straight line from (`usd_cents_min`, `coins_min`) to (`usd_cents_max`,
    `coins_max`).
    """

    days_max: int
    min_coins_per_day: int
    views_per_coin: Decimal
    usd_cents_min: int
    coins_min: int
    usd_cents_max: int
    coins_max: int

    def coins_for_dollars(self, usd_cents: int) -> int:
        """Coins for a price in cents, on the line of prices, rounded up."""
        rise = (usd_cents - self.usd_cents_min) * (self.coins_max - self.coins_min)
        run = self.usd_cents_max - self.usd_cents_min
        return self.coins_min - (-rise // run)  # `//` rounds down, so negate twice to round up.

    def coins_for_views(self, views: int) -> int:
        """The fewest coins that buy at least `views`."""
        coins = int(views / self.views_per_coin)
        # The division may round, and `int` rounds down.
        return coins if self.views(coins) >= views else coins + 1

    def views(self, coins: int) -> int:
        """The views that `coins` buy, rounded down."""
        return int(coins * self.views_per_coin)


class Catalog(Struct, frozen=True, omit_defaults=True):
    """Everything on sale, and the rates.

    `source` names the file it was read from; it is empty in a journal, where only prices count.
    """

    packs: dict[str, Pack]
    gifts: dict[str, GiftKind]
    coins_at_a_time_max: int
    creator_share: Decimal
    cash_out: CashOutTerms
    promotion: PromotionTerms
    source: str = ""

    def prices(self) -> "Catalog":
        """The catalog without its source, so that a comparison sees only prices."""
        return replace(self, source="")

    def gift_name(self, gift_id: str) -> str:
        """The display name of a gift, or its id where the catalog has no such gift."""
        gift = self.gifts.get(gift_id)
        return gift_id if gift is None else gift.name

    def pack(self, pack_id: str) -> Pack:
        """The pack of that id; `UnknownPack` when there is none."""
        try:
            return self.packs[pack_id]
        except KeyError:
            raise UnknownPack(pack_id, packs=list(self.packs)) from None

    def gift(self, name: str) -> GiftKind:
        """The gift of that id or display name, in any case; `UnknownGift` when there is none."""
        if (gift := self.gifts.get(name) or self.gifts.get(as_id(name))) is not None:
            return gift
        wanted = as_id(name)
        for gift in self.gifts.values():
            if wanted and as_id(gift.name) == wanted:
                return gift
        raise UnknownGift(name, close=closest(wanted, self.gifts))


def impossible_price(catalog: Catalog) -> str | None:
    """A description of the first value that the rules cannot work with; `None` if there is none.

    It is for the prices in a journal. The limits on catalog files, in `catalog_reading`, are
    stricter and may change.
    """
    for table, sold in (("packs", catalog.packs), ("gifts", catalog.gifts)):
        for name, one in sold.items():
            if one.id != name:
                return f"{table}.{name} is called {one.id}"
    if not all(1 <= amount <= AMOUNT_MAX for amount in _amounts(catalog)):
        return "an amount is out of range"
    rates = {
        "creator_share": catalog.creator_share,
        "diamonds_per_coin": catalog.cash_out.diamonds_per_coin,
        "usd_per_diamond": catalog.cash_out.usd_per_diamond,
        "views_per_coin": catalog.promotion.views_per_coin,
    }
    for name, rate in rates.items():
        if not (rate.is_finite() and rate > 0 and abs(rate.adjusted()) <= RATE_EXPONENT_MAX):
            return f"{name} is not a rate"
    return "creator_share is more than all" if catalog.creator_share > 1 else None


def _amounts(catalog: Catalog) -> Iterator[int]:
    """All amounts; for a promotion's highest prices, their distance from the lowest ones.

    Without a distance above zero there is no line of prices.
    """
    for pack in catalog.packs.values():
        yield from (pack.coins, pack.usd_cents)
    for gift in catalog.gifts.values():
        yield gift.coins
    terms = catalog.promotion
    yield from (catalog.coins_at_a_time_max, catalog.cash_out.threshold)
    yield from (terms.days_max, terms.min_coins_per_day, terms.usd_cents_min, terms.coins_min)
    yield from (terms.usd_cents_max - terms.usd_cents_min, terms.coins_max - terms.coins_min)
