"""Reading a catalog: checking a file's TOML tables and building a `Catalog` of them.

A catalog with a wrong value cannot be built: `read_catalog` names the file, the key and the
expected value.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Final, NoReturn, TypeVar

import msgspec
from msgspec import Meta, Struct

from coins_cli.errors import InvalidCatalog, InvalidDollars, shortened
from coins_cli.model.catalog import CashOutTerms, Catalog, GiftKind, Pack, PromotionTerms
from coins_cli.model.money import AMOUNT_MAX, parse_dollars
from coins_cli.model.names import as_id, is_id

Number = Decimal | int
Whole = Annotated[int, Meta(ge=1, le=AMOUNT_MAX)]
NAME_CHARACTERS_MAX: Final = 50
DECIMAL_PLACES_MAX: Final = 16
"""The largest power of ten, up or down, that a price may have."""
RATE_MIN: Final = Decimal("0.000001")
RATE_DIGITS_MAX: Final = 9
"""A rate times `AMOUNT_MAX` then fits into the 28 digits that `Decimal` computes with."""

Table = TypeVar("Table")


class _PackTable(Struct, forbid_unknown_fields=True):
    coins: Whole
    usd: Number


class _GiftTable(Struct, forbid_unknown_fields=True):
    name: Annotated[str, Meta(min_length=1, max_length=NAME_CHARACTERS_MAX)]
    coins: Whole


class _RechargeTable(Struct, forbid_unknown_fields=True):
    coins_at_a_time_max: Whole


class _GiftingTable(Struct, forbid_unknown_fields=True):
    creator_share: Number


class _CashOutTable(Struct, forbid_unknown_fields=True):
    threshold: Whole
    diamonds_per_coin: Number
    usd_per_diamond: Number


class _PromotionTable(Struct, forbid_unknown_fields=True):
    days_max: Whole
    min_coins_per_day: Whole
    views_per_coin: Number
    usd_min: Number
    coins_min: Whole
    usd_max: Number
    coins_max: Whole


class _CatalogTable(Struct, forbid_unknown_fields=True):
    packs: Annotated[dict[str, Any], Meta(min_length=1)]
    gifts: Annotated[dict[str, Any], Meta(min_length=1)]
    recharge: _RechargeTable
    gifting: _GiftingTable
    cash_out: _CashOutTable
    promotion: _PromotionTable


def read_catalog(tables: Mapping[str, Any], source: str) -> Catalog:
    """Build the catalog from the TOML `tables` of the file `source`.

    Decimals must have been parsed as `Decimal`. Raises `InvalidCatalog`.
    """
    return _Reader(source).catalog(tables)


def _in_words(expected: str) -> str:
    """A message of msgspec, in words for the author of a catalog."""
    for theirs, ours in (
        ("`int | decimal`", "a decimal"),
        ("`decimal | int`", "a decimal"),
        ("`decimal.Decimal`", "a decimal"),
        ("`decimal`", "a decimal"),
        ("`int`", "a whole number"),
        ("`str`", "a text"),
        ("`bool`", "true or false"),
        ("`object`", "a table"),
        ("`array`", "a list"),
        ("Object missing required field", "missing"),
        ("Object contains unknown field", "unknown key"),
        ("`", "'"),
    ):
        expected = expected.replace(theirs, ours)
    return expected[:1].lower() + expected[1:]


class _Reader:
    """Checks what types cannot express, and names the key of each failure."""

    def __init__(self, source: str) -> None:
        self.source = source

    def catalog(self, tables: Mapping[str, Any]) -> Catalog:
        table = self._convert(tables, _CatalogTable)
        return Catalog(
            source=self.source,
            packs=self._packs(table),
            gifts=self._gifts(table),
            coins_at_a_time_max=table.recharge.coins_at_a_time_max,
            creator_share=self._rate(
                table.gifting.creator_share, "gifting.creator_share", most=Decimal(1)
            ),
            cash_out=CashOutTerms(
                table.cash_out.threshold,
                self._rate(table.cash_out.diamonds_per_coin, "cash_out.diamonds_per_coin"),
                self._rate(table.cash_out.usd_per_diamond, "cash_out.usd_per_diamond"),
            ),
            promotion=self._promotion(table.promotion),
        )

    def _packs(self, table: _CatalogTable) -> dict[str, Pack]:
        most = table.recharge.coins_at_a_time_max
        packs = {}
        for pack_id, pack_table in table.packs.items():
            self._check_id(pack_id, "packs")
            pack = self._convert(pack_table, _PackTable, f"packs.{pack_id}")
            if pack.coins > most:
                self._refuse(f"packs.{pack_id}.coins", f"expected at most {most}, as at a time")
            packs[pack_id] = Pack(
                pack_id, pack.coins, self._cents(pack.usd, f"packs.{pack_id}.usd")
            )
        return dict(sorted(packs.items(), key=lambda item: (item[1].coins, item[0])))

    def _gifts(self, table: _CatalogTable) -> dict[str, GiftKind]:
        gifts = {}
        taken: dict[str, str] = {}
        for gift_id, gift_table in table.gifts.items():
            self._check_id(gift_id, "gifts")
            gift = self._convert(gift_table, _GiftTable, f"gifts.{gift_id}")
            if not gift.name.strip():
                self._refuse(f"gifts.{gift_id}.name", "expected a name that can be seen")
            for name in {gift_id, as_id(gift.name)}:
                if taken.setdefault(name, gift_id) != gift_id:
                    self._refuse(
                        f"gifts.{gift_id}.name", f"expected a name that gifts.{taken[name]} has not"
                    )
            gifts[gift_id] = GiftKind(gift_id, gift.name, gift.coins)
        return dict(sorted(gifts.items(), key=lambda item: (item[1].coins, item[0])))

    def _promotion(self, table: _PromotionTable) -> PromotionTerms:
        terms = PromotionTerms(
            table.days_max,
            table.min_coins_per_day,
            self._rate(table.views_per_coin, "promotion.views_per_coin"),
            self._cents(table.usd_min, "promotion.usd_min"),
            table.coins_min,
            self._cents(table.usd_max, "promotion.usd_max"),
            table.coins_max,
        )
        if terms.usd_cents_max <= terms.usd_cents_min:
            self._refuse("promotion.usd_max", "expected more than usd_min")
        if terms.coins_max <= terms.coins_min:
            self._refuse("promotion.coins_max", "expected more than coins_min")
        return terms

    def _convert(self, table: object, kind: type[Table], at: str = "") -> Table:
        """The table as a checked struct; `at` is its key."""
        try:
            return msgspec.convert(table, kind, builtin_types=(Decimal,))
        except msgspec.ValidationError as error:
            expected, _, path = str(error).partition(" - at `$")
            key = f"{at}{path.rstrip('`')}".removeprefix(".")
            return self._refuse(key, _in_words(expected))

    def _check_id(self, name: str, table: str) -> None:
        if not is_id(name):
            self._refuse(f"{table}.{name}", "expected an id of a-z, 0-9 and single hyphens")

    def _cents(self, usd: Number, key: str) -> int:
        price = Decimal(usd)
        try:
            if abs(price.adjusted()) <= DECIMAL_PLACES_MAX:
                return parse_dollars(format(price, "f"), key)
        except InvalidDollars:
            pass
        return self._refuse(key, "expected dollars above zero with at most two decimals")

    def _rate(self, given: Number, key: str, most: Decimal = Decimal(1_000_000)) -> Decimal:
        rate = Decimal(given)
        if rate.is_finite() and RATE_MIN <= rate <= most and _digits(rate) <= RATE_DIGITS_MAX:
            return rate
        return self._refuse(
            key,
            f"expected a decimal from {RATE_MIN} to {most:,}, of at most {RATE_DIGITS_MAX} digits",
        )

    def _refuse(self, key: str, expected: str) -> NoReturn:
        raise InvalidCatalog(self.source, shortened(key), shortened(expected))


def _digits(rate: Decimal) -> int:
    return len(rate.as_tuple().digits)
