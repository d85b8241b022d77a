"""Changing a catalog: settings `KEY=VALUE`, new gifts and packs, removals, and what changed.

Every function returns a new catalog that was checked as a whole, or raises and leaves everything
as it was.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from coins_cli.errors import (
    AlreadyOnSale,
    InvalidCatalog,
    InvalidSetting,
    UnknownCatalogKey,
)
from coins_cli.model.catalog import Catalog
from coins_cli.model.catalog_keys import Value, parse_value, value_text, values_of
from coins_cli.model.catalog_reading import read_catalog
from coins_cli.model.names import as_id, closest, is_id

Values = Mapping[str, Value]


class Change(NamedTuple):
    """A key with another value; `old` or `new` is `None` for a key that one of both lacks."""

    key: str
    old: Value | None
    new: Value | None


def changes_between(old: Catalog, new: Catalog) -> list[Change]:
    """The keys whose values differ: those of `old` in the order of its file, then new ones."""
    before, after = values_of(old), values_of(new)
    return [
        Change(key, before.get(key), after.get(key))
        for key in {**before, **after}
        if before.get(key) != after.get(key)
    ]


def with_settings(catalog: Catalog, settings: Sequence[str]) -> Catalog:
    """The catalog with all of the `settings`, each of them `KEY=VALUE`, or none of them.

    Raises `UnknownCatalogKey` and `InvalidSetting`.
    """
    values = values_of(catalog)
    given: dict[str, Value] = {}
    for setting in settings:
        key, equals, text = setting.partition("=")
        if not equals:
            raise InvalidSetting("a setting", setting, "KEY=VALUE, like packs.500.usd=5.99")
        key = key.strip()
        if key not in values:
            raise UnknownCatalogKey(key, closest(key, values))
        if key in given:
            raise InvalidSetting(key, text, "each key once")
        given[key] = parse_value(key, text.strip())
    return _checked({**values, **given}, catalog.source)


def with_gift(catalog: Catalog, name: str, coins: str) -> Catalog:
    """The catalog with one more gift, whose id is made from its display name.

    Raises `InvalidSetting`, and `AlreadyOnSale` if there is a gift of that id.
    """
    gift = as_id(name)
    key = f"gifts.{gift}"
    if not is_id(gift):
        raise InvalidSetting("gifts", name, "a name of letters a-z and digits")
    if gift in catalog.gifts:
        raise AlreadyOnSale("gift", gift, f"{key}.coins={coins}")
    return _with_new(catalog, key, {"name": name, "coins": coins})


def with_pack(catalog: Catalog, coins: str, usd: str) -> Catalog:
    """The catalog with one more pack, whose id is its number of coins.

    Raises `InvalidSetting`, and `AlreadyOnSale` if there is a pack of that id.
    """
    key = f"packs.{coins}"
    if coins in catalog.packs:
        raise AlreadyOnSale("pack", coins, f"{key}.usd={usd}")
    return _with_new(catalog, key, {"coins": coins, "usd": usd})


def without(catalog: Catalog, what: str, name: str) -> Catalog:
    """The catalog without one of its gifts or packs; `what` is `gift` or `pack`.

    Raises `UnknownGift`, `UnknownPack`, and `InvalidSetting` if it is the last one.
    """
    sold = catalog.gift(name) if what == "gift" else catalog.pack(name)
    key = f"{what}s.{sold.id}"
    if len(catalog.gifts if what == "gift" else catalog.packs) == 1:
        raise InvalidSetting(f"{what}s", "none", f"at least one {what}")
    return _checked(_outside(values_of(catalog), key), catalog.source)


def with_default(catalog: Catalog, default: Catalog, key: str) -> Catalog:
    """The catalog, in which `key` and all below it are again as in `default`.

    What only `catalog` has below `key` is gone then, and what was removed is back. Raises
    `UnknownCatalogKey`, and `InvalidSetting` if the rest of the catalog does not allow it.
    """
    values, defaults = values_of(catalog), values_of(default)
    known = _paths([*values, *defaults])
    if key not in known:
        raise UnknownCatalogKey(key, closest(key, known))
    again = _inside(defaults, key)
    sold = key.rpartition(".")[0]
    if sold.count(".") == 1 and not _inside(values, sold):
        again = _inside(defaults, sold)  # one number alone would be no gift or pack
    elif key in values and key not in defaults:
        raise UnknownCatalogKey(key, closest(key, defaults))
    return _checked({**_outside(values, key), **again}, catalog.source)


def tables_of(values: Values) -> dict[str, Any]:
    """The tables of TOML that hold these values by key."""
    tables: dict[str, Any] = {}
    for key, value in values.items():
        *path, name = key.split(".")
        table = tables
        for part in path:
            table = table.setdefault(part, {})
        table[name] = value
    return tables


def _paths(keys: Iterable[str]) -> dict[str, None]:
    """The keys and all tables that they are in, such as `packs` and `packs.500`."""
    paths: dict[str, None] = {}
    for key in keys:
        parts = key.split(".")
        paths |= dict.fromkeys(".".join(parts[: n + 1]) for n in range(len(parts)))
    return paths


def _is_inside(key: str, table: str) -> bool:
    return key == table or key.startswith(f"{table}.")


def _inside(values: Values, table: str) -> dict[str, Value]:
    return {key: value for key, value in values.items() if _is_inside(key, table)}


def _outside(values: Values, table: str) -> dict[str, Value]:
    return {key: value for key, value in values.items() if not _is_inside(key, table)}


def _with_new(catalog: Catalog, table: str, texts: Mapping[str, str]) -> Catalog:
    """The catalog with one more table, whose values are parsed."""
    keys = {f"{table}.{field}": text for field, text in texts.items()}
    new = {key: parse_value(key, text) for key, text in keys.items()}
    return _checked({**values_of(catalog), **new}, catalog.source)


def _checked(values: Values, source: str) -> Catalog:
    """The catalog of these values; `InvalidSetting` names the key that does not fit, and its value.

    The key need not be one that was set: a lower limit can forbid a pack that was allowed.
    """
    try:
        return read_catalog(tables_of(values), source)
    except InvalidCatalog as error:
        found = values.get(error.key, "")
        expected = error.expected.removeprefix("expected ")
        raise InvalidSetting(error.key, value_text(found), expected) from None
