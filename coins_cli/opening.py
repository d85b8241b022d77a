"""Finding the store and the catalog that are meant, and opening a bank on them."""

import os
from collections.abc import Callable
from datetime import datetime
from typing import Final

from coins_cli.bank import Bank
from coins_cli.errors import FileInTheWay
from coins_cli.model.catalog import Catalog
from coins_cli.reading import utc_now
from coins_cli.store.catalog_files import (
    default_catalog,
    default_catalog_text,
    load_catalog,
    parse_catalog,
)
from coins_cli.store.interrupts import HoldInterrupts, hold_interrupts
from coins_cli.store.json_store import JsonStore, random_id
from coins_cli.store.places import default_store

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
    """Open the economy in the folder `store`; the first change makes it if it is not there.

    Without `store` it is the folder in `COINS_STORE`, or else the user's own. Without `catalog` it
    is the file in `COINS_CATALOG`, or else the store's own `catalog.toml`, or else the default.
    `on_created` is told the path when a store is made. Raises `InvalidCatalog`.

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
    hold_interrupts: HoldInterrupts = hold_interrupts,
) -> JsonStore:
    """The JSON store in the folder that is meant, made or not; `new_id` names a new one."""
    named = os.fspath(store) if store is not None else os.environ.get(STORE_VARIABLE)
    path = named or default_store(os.environ)
    return JsonStore(
        path,
        on_created=on_created,
        make_parents=not named,
        new_id=new_id or random_id,
        hold_interrupts=hold_interrupts,
    )


def catalog_in_force(store: JsonStore, catalog: AnyPath | None = None) -> Catalog:
    """The catalog that is meant: named, of the environment, of the store, or the default."""
    path = os.fspath(catalog) if catalog is not None else os.environ.get(CATALOG_VARIABLE)
    if path:
        return load_catalog(path)
    if (text := store.catalog_text()) is not None:
        return parse_catalog(text, store.catalog_path)
    return default_catalog()


def give_catalog(store: JsonStore, now: datetime) -> str:
    """Put a copy of the default catalog into `store`, to be edited; returns its path.

    Raises `FileInTheWay` when the store has one.
    """
    if not store.write_catalog(default_catalog_text(), now):
        raise FileInTheWay(store.catalog_path)
    return store.catalog_path
