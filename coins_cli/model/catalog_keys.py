"""The keys of a catalog, as dotted paths such as `packs.500.usd`: what each takes, and does.

One row a key; the rows of packs and gifts have `*` for the id. Their names are those of the TOML.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Final, NamedTuple

from coins_cli.errors import InvalidAmount, InvalidDollars, InvalidSetting, InvalidText
from coins_cli.model.catalog import Catalog
from coins_cli.model.catalog_reading import NAME_CHARACTERS_MAX
from coins_cli.model.money import format_dollars, parse_amount, parse_dollars
from coins_cli.model.names import parse_text

Value = int | Decimal | str
"""A value as TOML has it: whole numbers, dollars and rates in decimals, and names."""

_RATE: Final = re.compile(r"(0|[1-9][0-9]{0,6})(\.[0-9]{1,9})?", re.ASCII)
EXPECTED: Final = {
    "whole": "a whole number above zero, like 500",
    "dollars": "dollars and cents, like 5.99",
    "rate": "a decimal above zero, like 0.5",
    "name": f"a name of 1 to {NAME_CHARACTERS_MAX} characters",
}
"""What a kind of value looks like."""


class KeyKind(NamedTuple):
    """A row of the table: the kind of the value, where the default's is from, and its effect."""

    kind: str
    origin: str
    effect: str


KEYS: Final = {
    "packs.*.coins": KeyKind("whole", "fact", "coins in this pack"),
    "packs.*.usd": KeyKind("dollars", "fact", "what this pack costs"),
    "recharge.coins_at_a_time_max": KeyKind(
        "whole", "fact", "the most coins that can be bought at a time"
    ),
    "gifts.*.name": KeyKind("name", "fact", "what this gift is called"),
    "gifts.*.coins": KeyKind("whole", "fact", "what this gift costs, in coins"),
    "gifting.creator_share": KeyKind(
        "rate", "assumption", "the part of a gift's coins that the creator earns"
    ),
    "cash_out.threshold": KeyKind(
        "whole", "fact", "earned coins from which on a creator can cash out"
    ),
    "cash_out.diamonds_per_coin": KeyKind(
        "rate", "assumption", "diamonds for each coin that is cashed out"
    ),
    "cash_out.usd_per_diamond": KeyKind("rate", "assumption", "dollars for each diamond"),
    "promotion.usd_min": KeyKind("dollars", "fact", "what the smallest promotion costs"),
    "promotion.coins_min": KeyKind("whole", "fact", "the same in coins"),
    "promotion.usd_max": KeyKind("dollars", "fact", "what the largest promotion costs"),
    "promotion.coins_max": KeyKind("whole", "fact", "the same in coins"),
    "promotion.days_max": KeyKind("whole", "assumption", "the most days of a promotion"),
    "promotion.min_coins_per_day": KeyKind(
        "whole", "assumption", "the fewest coins for each day of a promotion"
    ),
    "promotion.views_per_coin": KeyKind("rate", "assumption", "views for each coin"),
}


def kind_of(key: str) -> KeyKind:
    """The row of a key of a catalog; `KeyError` for anything else."""
    table, _, rest = key.partition(".")
    _, dot, field = rest.rpartition(".")  # whatever is between them: it may not be an id yet
    return KEYS[f"{table}.*.{field}" if dot else key]


def parse_value(key: str, text: str) -> Value:
    """Parse the value of a key of a catalog, as typed. Raises `InvalidSetting`.

    A value that is right in itself may still be wrong in its catalog.
    """
    kind = kind_of(key).kind
    try:
        if kind == "whole":
            return parse_amount(text, key)
        if kind == "dollars":
            return _dollars(parse_dollars(text, key))
        if kind == "name":
            return parse_text(text, key, most=NAME_CHARACTERS_MAX)
    except (InvalidAmount, InvalidDollars, InvalidText):
        raise InvalidSetting(key, text, EXPECTED[kind]) from None
    if not _RATE.fullmatch(text):
        raise InvalidSetting(key, text, EXPECTED[kind])
    return Decimal(text)


def values_of(catalog: Catalog) -> dict[str, Value]:
    """The value of every key, in the order of the file."""
    return dict(_values(catalog))


def value_text(value: Value | None) -> str:
    """A value as it is typed; empty for `None`."""
    if isinstance(value, Decimal):
        return format(value, "f")
    return "" if value is None else str(value)


def _values(catalog: Catalog) -> Iterator[tuple[str, Value]]:
    for pack in catalog.packs.values():
        yield f"packs.{pack.id}.coins", pack.coins
        yield f"packs.{pack.id}.usd", _dollars(pack.usd_cents)
    yield "recharge.coins_at_a_time_max", catalog.coins_at_a_time_max
    for gift in catalog.gifts.values():
        yield f"gifts.{gift.id}.name", gift.name
        yield f"gifts.{gift.id}.coins", gift.coins
    yield "gifting.creator_share", _rate(catalog.creator_share)
    yield "cash_out.threshold", catalog.cash_out.threshold
    yield "cash_out.diamonds_per_coin", _rate(catalog.cash_out.diamonds_per_coin)
    yield "cash_out.usd_per_diamond", _rate(catalog.cash_out.usd_per_diamond)
    terms = catalog.promotion
    yield "promotion.usd_min", _dollars(terms.usd_cents_min)
    yield "promotion.coins_min", terms.coins_min
    yield "promotion.usd_max", _dollars(terms.usd_cents_max)
    yield "promotion.coins_max", terms.coins_max
    yield "promotion.days_max", terms.days_max
    yield "promotion.min_coins_per_day", terms.min_coins_per_day
    yield "promotion.views_per_coin", _rate(terms.views_per_coin)


def _rate(rate: Decimal) -> Decimal:
    """A rate as people write it: `1` and `0.5`, not `1.0` and `0.50`."""
    return rate.quantize(Decimal(1)) if rate == rate.to_integral_value() else rate.normalize()


def _dollars(cents: int) -> Decimal:
    return Decimal(format_dollars(cents))
