"""Opening a bank: the choice of the store and the catalog."""

import os
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from coins_cli.bank import Bank
from coins_cli.errors import FileInTheWay, InvalidCatalog
from coins_cli.files.catalogs import (
    catalog_text,
    default_catalog,
    encode_catalog,
    load_catalog,
    parse_catalog,
)
from coins_cli.files.changes import Changes
from coins_cli.files.places import default_store
from coins_cli.model.catalog import Catalog
from coins_cli.queries import utc_now
from coins_cli.store.json.store import JsonStore, random_id

if TYPE_CHECKING:
    from coins_cli.model.catalog_editing import Change

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

    By default `store` is the folder in `COINS_STORE`, or the user's own; `catalog` is the one named
    by `COINS_CATALOG`, or the store's own `catalog.toml`, or the default. A text names one of the
    catalogs that come with coins, such as `older-prices`, or else a file; a path is a file.
    `on_created` is called with the path when a store is made. Raises `InvalidCatalog`.

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
    if catalog is not None and not isinstance(catalog, str):
        catalog = os.path.join(os.curdir, catalog)  # a path is a file, whatever it is called
    named = catalog if catalog is not None else os.environ.get(CATALOG_VARIABLE)
    return load_catalog(named) if named else own_catalog(store)


def own_catalog(store: JsonStore) -> Catalog:
    """The catalog of the economy itself, or the default. Raises `InvalidCatalog`."""
    text = store.catalog_text()
    return default_catalog() if text is None else parse_catalog(text, store.catalog_path)


def give_catalog(store: JsonStore, now: datetime, named: str = "default") -> str:
    """Write a copy of a catalog, by its name or path, into `store`; returns the path of the copy.

    Raises as `load_catalog`, and `FileInTheWay` if the store has a catalog.
    """
    text = catalog_text(named)
    parse_catalog(text, named)
    if not store.write_catalog(text, now):
        raise FileInTheWay(store.catalog_path)
    return store.catalog_path


class PricesChanged(NamedTuple):
    """What became of an economy's own catalog; `lost_comments` if its file had some."""

    path: str
    changes: "list[Change]"
    lost_comments: bool


def change_prices(
    store: JsonStore,
    edit: Callable[[Catalog], Catalog],
    now: datetime,
    *,
    dry_run: bool = False,
) -> PricesChanged:
    """Change the economy's own catalog by the pure function `edit`, durably, or not at all.

    An economy without one gets a copy of the default with the changes. Nothing is written if
    nothing differs. Errors of `edit` are passed on. Raises `InvalidCatalog`.
    """
    from coins_cli.model.catalog_editing import changes_between

    done = PricesChanged(store.catalog_path, [], lost_comments=False)

    def edited(text: bytes | None) -> bytes | None:
        nonlocal done
        old = default_catalog() if text is None else parse_catalog(text, store.catalog_path)
        new = edit(old)
        changes = changes_between(old, new)
        lost_comments = text is not None and b"#" in text and text != encode_catalog(old)
        done = PricesChanged(store.catalog_path, changes, bool(changes) and lost_comments)
        return encode_catalog(new) if changes else None

    store.change_catalog(edited, now, dry_run=dry_run)
    return done


def reset_prices(store: JsonStore, now: datetime, *, dry_run: bool = False) -> PricesChanged:
    """Give the economy the default catalog again, with its comments.

    Its own catalog may be one that cannot be read: what changes is then not known, and empty.
    """
    from coins_cli.model.catalog_editing import changes_between

    done = PricesChanged(store.catalog_path, [], lost_comments=False)

    def reset(text: bytes | None) -> bytes | None:
        nonlocal done
        default = catalog_text("default")
        if text is None or text == default:
            return None
        with suppress(InvalidCatalog):
            changes = changes_between(parse_catalog(text, ""), default_catalog())
            done = done._replace(changes=changes)
        return default

    store.change_catalog(reset, now, dry_run=dry_run)
    return done
