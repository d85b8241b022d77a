"""The prices of packs: what a coin costs in each, how much more than in the cheapest, in words."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from msgspec import Struct

from coins_cli.model.catalog import Catalog, Pack
from coins_cli.model.texts import counted, dollars, number

PLACES_MAX = 6
"""Decimals of a price per coin at most."""


class Price(Struct, frozen=True):
    """A pack, what a coin of it costs in cents, and the extra cents for a scale of coins.

    `extra` compares with the cheapest coins; `in_words` is the price of a coin.
    """

    pack: Pack
    exact: Fraction
    extra: Fraction
    in_words: str


def sorted_packs(catalog: Catalog) -> list[Pack]:
    """The packs, the smallest first."""
    return sorted(catalog.packs.values(), key=lambda pack: (pack.coins, pack.usd_cents, pack.id))


def scale_of(packs: Sequence[Pack]) -> int:
    """The coins that prices are compared for: those of the largest pack."""
    return max(pack.coins for pack in packs)


def prices_of(packs: Sequence[Pack]) -> list[Price]:
    """The price of each pack, with as many decimals as tell different prices apart."""
    exact = [_exact(pack) for pack in packs]
    least, scale = min(exact), scale_of(packs)
    places = 3
    while places < PLACES_MAX and len({rounded(one, places) for one in exact}) < len(set(exact)):
        places += 1
    return [
        Price(pack, one, (one - least) * scale, f"{rounded(one, places)} ¢")
        for pack, one in zip(packs, exact, strict=True)
    ]


def priciest_of(catalog: Catalog) -> Pack:
    """The pack in which a coin costs most; the largest of several."""
    return max(catalog.packs.values(), key=lambda pack: (_exact(pack), pack.coins))


def headline(catalog: Catalog) -> str:
    """The finding in a few words."""
    worst = priciest_of(catalog)
    if (saved := _saved(catalog)) is None:
        return "What a coin costs in each pack"
    return f"The pack of {number(worst.coins)} coins costs {dollars(saved)} too much"


def finding(catalog: Catalog) -> str:
    """The comparison of the packs in which a coin costs most and least, in sentences."""
    packs = sorted_packs(catalog)
    prices = {one.pack.id: one for one in prices_of(packs)}
    cheapest, worst = _cheapest_of(catalog), priciest_of(catalog)
    if prices[cheapest.id].exact == prices[worst.id].exact:
        return f"There is none: in every pack a coin costs {prices[worst.id].in_words}."
    said = (
        f"A coin is most expensive in the pack of {number(worst.coins)}, at "
        f"{prices[worst.id].in_words}, and cheapest in the pack of {number(cheapest.coins)}, at "
        f"{prices[cheapest.id].in_words}."
    )
    if (saved := _saved(catalog)) is not None:
        times = -(-worst.coins // cheapest.coins)
        said += (
            f" {number(times)} packs of {number(cheapest.coins)} cost "
            f"{dollars(times * cheapest.usd_cents)}, and the pack of {number(worst.coins)} costs "
            f"{dollars(worst.usd_cents)}: {dollars(saved)} more."
        )
    return f"{said} {_by_size(packs)}".strip()


def _saved(catalog: Catalog) -> int | None:
    """Cents that enough of the cheapest packs save against the worst; `None` if they save none."""
    cheapest, worst = _cheapest_of(catalog), priciest_of(catalog)
    if worst.coins <= cheapest.coins:
        return None
    saved = worst.usd_cents - -(-worst.coins // cheapest.coins) * cheapest.usd_cents
    return saved if saved > 0 else None


def _by_size(packs: Sequence[Pack]) -> str:
    """A sentence on how the price of a coin changes with the size of the pack."""
    prices = [_exact(pack) for pack in packs]
    if all(one < two for one, two in pairwise(prices)):
        return "The larger the pack, the more a coin costs."
    if all(one > two for one, two in pairwise(prices)):
        return "The larger the pack, the less a coin costs."
    is_up = prices[-1] > prices[0]
    against = [pair for pair in pairwise(packs) if (_exact(pair[1]) < _exact(pair[0])) is is_up]
    if not against:
        return ""
    smaller, larger = against[0]
    word = "less" if is_up else "more"
    return (
        f"Not every larger pack is {'worse' if is_up else 'better'}: in the pack of "
        f"{number(larger.coins)} a coin costs {word} than in the pack of {number(smaller.coins)}."
    )


def _cheapest_of(catalog: Catalog) -> Pack:
    return min(catalog.packs.values(), key=lambda pack: (_exact(pack), -pack.coins))


def _exact(pack: Pack) -> Fraction:
    return Fraction(pack.usd_cents, pack.coins)


def rounded(value: Fraction, places: int) -> str:
    """A number with `places` decimals, halves up, and thousands separators."""
    steps = (value * 10**places + Fraction(1, 2)).__floor__()
    whole, rest = divmod(steps, 10**places)
    return f"{whole:,}.{rest:0{places}}"


def extra_dollars(price: Price) -> str:
    """The extra of a price as dollars, rounded to cents: `+$5.99`, or `none`."""
    cents = (price.extra + Fraction(1, 2)).__floor__()
    return "none" if price.extra == 0 else f"+{dollars(cents)}"


def scale_in_words(packs: Sequence[Pack]) -> str:
    """The coins that prices are compared for, with their noun."""
    return counted(scale_of(packs), "coin")
