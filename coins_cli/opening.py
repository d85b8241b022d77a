"""Opening a bank: the choice of the store and the catalog."""

import os
from collections.abc import Callable
from datetime import datetime
from typing import Final

from coins_cli.bank import Bank
from coins_cli.errors import FileInTheWay
from coins_cli.files.catalogs import (
    default_catalog,
    default_catalog_text,
    load_catalog,
    parse_catalog,
)
from coins_cli.files.changes import Changes
from coins_cli.files.places import default_store
from coins_cli.model.catalog import Catalog
from coins_cli.queries import utc_now
from coins_cli.store.json.store import JsonStore, random_id

STORE_VARIABLE: Final = "COINS_STORE"
CATALOG_VARIABLE: Final = "COINS_CATALOG"

AnyPath = str | os.PathLike[str]


def open_bank(
    store: AnyPath | None = None,
    *,
    catalog: AnyPath | None = None,
    clock: Callable[[], datetime] = utc_now,
    on_created: Callable[[str], None] = lambda _: None,
) -> Bank:
    """Open the economy in the folder `store`; if it is missing, the first change makes it.

    By default `store` is the folder in `COINS_STORE`, or the user's own; `catalog` is the file in
    `COINS_CATALOG`, or the store's own `catalog.toml`, or the default. `on_created` is called with
    the path when a store is made. Raises `InvalidCatalog`.

        from coins_cli import open_bank
        bank = open_bank("class-7b")
        bank.create_wallets("alice", "bob")
        bank.recharge("alice", 500)
        receipt = bank.gift("alice", "bob", "panda", quantity=3)
        assert receipt.balances["bob"]["earned"] == 15
    """
    json_store = open_json_store(store, on_created=on_created)
    return Bank(json_store, catalog_in_force(json_store, catalog), clock=clock)


def open_json_store(
    store: AnyPath | None = None,
    *,
    on_created: Callable[[str], None] = lambda _: None,
    new_id: Callable[[], str] | None = None,
    changes: Changes | None = None,
) -> JsonStore:
    """The JSON store in the folder `store`, or by default as in `open_bank`; it may not exist yet.

    `new_id` makes the id of a new store, and `changes` records every change.
    """
    named = os.fspath(store) if store is not None else os.environ.get(STORE_VARIABLE)
    path = named or default_store(os.environ)
    return JsonStore(
        path,
        on_created=on_created,
        make_parents=not named,
        new_id=new_id or random_id,
        changes=changes,
    )


def catalog_in_force(store: JsonStore, catalog: AnyPath | None = None) -> Catalog:
    """The first of these catalogs: `catalog`, `COINS_CATALOG`, the store's own, the default."""
    path = os.fspath(catalog) if catalog is not None else os.environ.get(CATALOG_VARIABLE)
    if path:
        return load_catalog(path)
    if (text := store.catalog_text()) is not None:
        return parse_catalog(text, store.catalog_path)
    return default_catalog()


def give_catalog(store: JsonStore, now: datetime) -> str:
    """Write a copy of the default catalog into `store`, to be edited; returns its path.

    Raises `FileInTheWay` if the store has a catalog.
    """
    if not store.write_catalog(default_catalog_text(), now):
        raise FileInTheWay(store.catalog_path)
    return store.catalog_path
