"""The catalog: packs, gifts, limits and rates.

What is written in a file becomes one in `catalog_reading`, which checks it; where it is written and
how it is found is for `coins_cli.store.catalog_files`.
"""

from decimal import Decimal

from msgspec import Struct

from coins_cli.errors import UnknownGift, UnknownPack
from coins_cli.model.names import as_id, closest


class Pack(Struct, frozen=True):
    """A number of `coins` that is sold for a price in cents."""

    id: str
    coins: int
    usd_cents: int


class GiftKind(Struct, frozen=True):
    """A gift that can be sent, and what it costs in coins."""

    id: str
    name: str
    coins: int


class CashOutTerms(Struct, frozen=True):
    """From how many earned coins on, and at which rates, coins become diamonds and dollars."""

    threshold: int
    diamonds_per_coin: Decimal
    usd_per_diamond: Decimal

    def diamonds(self, coins: int) -> int:
        """Whole diamonds for `coins`, rounded down."""
        return int(coins * self.diamonds_per_coin)

    def cents(self, diamonds: int) -> int:
        """Whole cents for `diamonds`, rounded down."""
        return int(diamonds * self.usd_per_diamond * 100)


class PromotionTerms(Struct, frozen=True):
    """What a promotion costs, on the straight line through two points in dollars and coins."""

    days_max: int
    min_coins_per_day: int
    views_per_coin: Decimal
    usd_cents_min: int
    coins_min: int
    usd_cents_max: int
    coins_max: int

    def coins_for_dollars(self, usd_cents: int) -> int:
        """Coins for a price in cents, on the line through both end points, rounded up."""
        rise = (usd_cents - self.usd_cents_min) * (self.coins_max - self.coins_min)
        run = self.usd_cents_max - self.usd_cents_min
        return self.coins_min - (-rise // run)

    def coins_for_views(self, views: int) -> int:
        """The fewest coins that buy at least `views`."""
        coins = int(views / self.views_per_coin)
        return coins if self.views(coins) >= views else coins + 1

    def views(self, coins: int) -> int:
        """The views that `coins` buy, rounded down."""
        return int(coins * self.views_per_coin)


class Catalog(Struct, frozen=True):
    """All that is sold and at which rates. `source` is the file that says so."""

    source: str
    packs: dict[str, Pack]
    gifts: dict[str, GiftKind]
    coins_at_a_time_max: int
    creator_share: Decimal
    cash_out: CashOutTerms
    promotion: PromotionTerms

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
