"""Changing the economy's own catalog: one durable replace, at whatever moment it is interrupted."""

import errno
from contextlib import suppress

import pytest

from coins_cli.errors import StoreFrozen, StoreNotWritable, UnknownCatalogKey
from coins_cli.files.catalogs import default_catalog, parse_catalog
from coins_cli.model.catalog_editing import with_settings
from coins_cli.opening import change_prices
from tests.store.disks import FailingDisk, Killed, KillingDisk, QuickDisk
from tests.store.economies import START, commit, everything, new_folder, opening, store_at
from tests.store.journals import contents

FILE = "catalog.toml"


def cheaper(catalog):
    return with_settings(catalog, ["packs.500.usd=5.99"])


def wrong(catalog):
    return with_settings(catalog, ["packs.500.price=5"])


def price_in(folder):
    """What 500 coins cost in the own catalog, in cents; `None` without one."""
    text = store_at(folder).catalog_text()
    return None if text is None else parse_catalog(text, FILE).packs["500"].usd_cents


@pytest.fixture
def folder(tmp_path):
    """A store with its own prices, at which 500 coins cost as much as in the default."""
    commit(store_at(tmp_path / "store"), opening("alice"))
    change_prices(
        store_at(tmp_path / "store"),
        lambda _: with_settings(default_catalog(), ["gifts.panda.coins=7"]),
        START,
    )
    return tmp_path / "store"


@pytest.mark.parametrize("is_new", [False, True])
def test_killed_at_any_moment_the_old_or_the_new_prices_are_there(is_new):
    moments, is_done = 0, False
    while not is_done:
        with new_folder() as folder:
            if not is_new:
                commit(store_at(folder), opening("alice"))
            with suppress(Killed):
                change_prices(
                    store_at(folder, disk=KillingDisk(QuickDisk(folder), moments)), cheaper, START
                )
                is_done = True
            assert price_in(folder) in ((599,) if is_done else (None, 599))
            change_prices(store_at(folder), cheaper, START)
            assert price_in(folder) == 599
            assert store_at(folder).audit().findings == ()
        moments += 1
    assert moments > 5


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO, errno.EROFS, errno.EACCES])
@pytest.mark.parametrize("operation", ["write", "sync", "rename"])
def test_a_disk_that_fails_leaves_the_old_prices(folder, operation, error):
    before = contents(folder)
    disk = FailingDisk(QuickDisk(folder))
    disk.fail(operation, f".{FILE}.new", error=error)
    with pytest.raises(StoreNotWritable):
        change_prices(store_at(folder, disk=disk), cheaper, START)
    now = {name: data for name, data in contents(folder).items() if not name.endswith(".new")}
    assert now == before
    disk.heal()
    assert change_prices(store_at(folder, disk=disk), cheaper, START).changes
    assert price_in(folder) == 599


def test_the_new_content_is_durable_before_its_name_is(folder):
    disk = FailingDisk(QuickDisk(folder))
    change_prices(store_at(folder, disk=disk), cheaper, START)
    steps = [call for call in disk.calls if call[0] in ("write", "sync", "rename")]
    temporary = f".{FILE}.new"
    assert steps == [("write", temporary), ("sync", temporary), ("rename", temporary), ("sync", "")]


def test_a_refused_change_writes_nothing_and_makes_no_store(folder, tmp_path):
    disk = FailingDisk(QuickDisk(folder))
    with pytest.raises(UnknownCatalogKey):
        change_prices(store_at(folder, disk=disk), wrong, START)
    with pytest.raises(UnknownCatalogKey):
        change_prices(store_at(tmp_path / "new"), wrong, START)
    change_prices(store_at(tmp_path / "new"), cheaper, START, dry_run=True)
    assert not (tmp_path / "new").exists()
    assert "write" not in {operation for operation, _ in disk.calls}


def test_a_frozen_store_keeps_its_prices(folder):
    (folder / "frozen").write_text(QuickDisk(folder).boot())
    before = contents(folder)
    with suppress(StoreFrozen):
        change_prices(store_at(folder), cheaper, START)
        raise AssertionError("it was changed")
    assert contents(folder) == before


def test_the_history_stays_as_it_was(folder):
    before = everything(store_at(folder))
    change_prices(store_at(folder), cheaper, START)
    assert everything(store_at(folder)) == before
