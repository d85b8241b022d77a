"""Which store and which catalog are meant."""

from datetime import datetime, timedelta, timezone

import pytest

from coins_cli import open_bank
from coins_cli.errors import (
    FileInTheWay,
    InvalidCatalog,
    NoStore,
    NoSuchFile,
    StoreUnusable,
)
from coins_cli.files.catalogs import default_catalog_text
from coins_cli.opening import catalog_in_force, give_catalog, open_json_store
from tests.store.economies import START

PANDAS = (6, 7, 8)
"""What a panda costs in catalogs that are told apart by it."""


def catalog_with(panda):
    return default_catalog_text().replace(b"coins = 5\n", b"coins = %d\n" % panda, 1)


def panda(bank):
    return bank.catalog.gift("panda").coins


# -- the store -----------------------------------------------------------------------------------


def test_a_store_that_is_named_comes_first(tmp_path, monkeypatch):
    monkeypatch.setenv("COINS_STORE", str(tmp_path / "of the environment"))
    open_bank(tmp_path / "named").create_wallets("alice")
    open_bank(str(tmp_path / "a string")).create_wallets("alice")
    open_bank().create_wallets("alice")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "a string",
        "named",
        "of the environment",
    ]


@pytest.mark.parametrize("environment", [None, ""])
def test_without_a_name_it_is_the_users_own_and_all_its_folders_are_made(
    tmp_path, monkeypatch, environment
):
    if environment is not None:
        monkeypatch.setenv("COINS_STORE", environment)
    bank = open_bank()
    assert bank.store.where == str(tmp_path / "data" / "coins")
    bank.create_wallets("alice")
    assert (tmp_path / "data/coins/store.json").exists()


def test_the_parents_of_a_named_store_are_not_made(tmp_path, monkeypatch):
    with pytest.raises(StoreUnusable):
        open_bank(tmp_path / "no/store").create_wallets("alice")
    monkeypatch.setenv("COINS_STORE", str(tmp_path / "no/store"))
    with pytest.raises(StoreUnusable):
        open_bank().create_wallets("alice")
    assert not (tmp_path / "no").exists()


def test_a_store_says_whether_its_parents_may_be_made(tmp_path):
    assert open_json_store().makes_parents
    assert not open_json_store(tmp_path / "store").makes_parents


def test_opening_makes_nothing_and_the_first_change_says_that_it_did(tmp_path):
    told = []
    bank = open_bank(tmp_path / "store", on_created=told.append)
    with pytest.raises(NoStore):
        bank.read.wallet("alice")
    assert not list(tmp_path.iterdir())
    bank.create_wallets("alice")
    bank.create_wallets("bob")
    assert told == [str(tmp_path / "store")]


def test_the_clock_can_be_told(tmp_path):
    (receipt,) = open_bank(tmp_path / "store", clock=lambda: START).create_wallets("alice")
    assert receipt.at == START


def test_times_are_kept_in_utc_whatever_the_clock_says(tmp_path):
    east = timezone(timedelta(hours=5))
    bank = open_bank(tmp_path / "store", clock=lambda: START.astimezone(east))
    (receipt,) = bank.create_wallets("alice")
    assert receipt.at == START
    assert (
        b'"at":"2026-01-05T09:00:00Z"' in next((tmp_path / "store/journal").iterdir()).read_bytes()
    )
    assert bank.read.history("alice")[0].at == START


def test_a_clock_without_a_zone_does_not_spoil_a_store(tmp_path):
    """Its times are taken for those of this computer's zone, so that they compare with others."""
    open_bank(tmp_path / "store", clock=lambda: datetime(2026, 1, 5)).create_wallets("alice")
    bank = open_bank(tmp_path / "store")
    bank.create_wallets("bob")
    assert bank.read.history("alice")[0].at == datetime(2026, 1, 5).astimezone()
    assert bank.read.verify().findings == ()


def test_a_new_store_can_be_given_its_id(tmp_path):
    store = open_json_store(tmp_path / "store", new_id=lambda: "the id")
    give_catalog(store, START)
    assert '"id":"the id"' in (tmp_path / "store/store.json").read_text()


# -- the catalog ---------------------------------------------------------------------------------


@pytest.fixture
def catalogs(tmp_path):
    """Three catalogs: a named one, one of the environment, and one of the store."""
    named, environment, own = (tmp_path / f"{price}.toml" for price in PANDAS)
    for path, price in zip((named, environment, own), PANDAS, strict=True):
        path.write_bytes(catalog_with(price))
    give_catalog(open_json_store(tmp_path / "store"), START)
    own.replace(tmp_path / "store/catalog.toml")
    return named, environment


def test_catalogs_are_asked_in_this_order(tmp_path, monkeypatch, catalogs):
    named, environment = catalogs
    store = tmp_path / "store"
    monkeypatch.setenv("COINS_CATALOG", str(environment))
    assert panda(open_bank(store, catalog=named)) == 6
    assert panda(open_bank(store, catalog=str(named))) == 6
    assert panda(open_bank(store)) == 7
    monkeypatch.setenv("COINS_CATALOG", "")
    assert panda(open_bank(store)) == 8
    monkeypatch.delenv("COINS_CATALOG")
    assert panda(open_bank(store)) == 8
    (store / "catalog.toml").unlink()
    assert panda(open_bank(store)) == 5


def test_the_current_folder_is_not_asked(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "catalog.toml").write_bytes(catalog_with(6))
    assert panda(open_bank(tmp_path / "store")) == 5


def test_a_store_that_is_not_there_has_the_default_catalog(tmp_path):
    assert panda(open_bank(tmp_path / "store")) == 5
    (tmp_path / "file").write_text("")
    assert panda(open_bank(tmp_path / "file")) == 5


def test_a_catalog_that_is_named_must_be_there(tmp_path, monkeypatch):
    with pytest.raises(NoSuchFile):
        open_bank(tmp_path / "store", catalog=tmp_path / "missing.toml")
    monkeypatch.setenv("COINS_CATALOG", str(tmp_path / "missing.toml"))
    with pytest.raises(NoSuchFile):
        open_bank(tmp_path / "store")


def test_a_wrong_catalog_names_its_file_and_key(tmp_path):
    store = open_json_store(tmp_path / "store")
    give_catalog(store, START)
    path = tmp_path / "store/catalog.toml"
    path.write_bytes(default_catalog_text().replace(b"coins = 100\n", b"coins = 0\n"))
    with pytest.raises(InvalidCatalog) as refusal:
        catalog_in_force(store)
    assert (refusal.value.file, refusal.value.key) == (str(path), "packs.100.coins")


def test_giving_a_catalog_makes_the_store_and_copies_the_default_to_the_byte(tmp_path):
    store = open_json_store(tmp_path / "store")
    path = give_catalog(store, START)
    assert path == str(tmp_path / "store/catalog.toml")
    assert (tmp_path / "store/catalog.toml").read_bytes() == default_catalog_text()
    open_bank(tmp_path / "store").create_wallets("alice")


def test_a_catalog_that_is_there_is_not_overwritten(tmp_path):
    store = open_json_store(tmp_path / "store")
    give_catalog(store, START)
    (tmp_path / "store/catalog.toml").write_text("mine")
    with pytest.raises(FileInTheWay):
        give_catalog(store, START)
    assert (tmp_path / "store/catalog.toml").read_text() == "mine"


def test_a_catalog_that_cannot_be_read_is_refused(tmp_path):
    store = open_json_store(tmp_path / "store")
    give_catalog(store, START)
    (tmp_path / "store/catalog.toml").unlink()
    (tmp_path / "store/catalog.toml").mkdir()
    with pytest.raises(StoreUnusable):
        open_bank(tmp_path / "store")
