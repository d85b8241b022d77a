"""An economy to run commands on: made once, copied for each test."""

import shutil
from pathlib import Path

import pytest

from coins_cli.opening import open_bank
from tests.cli.runner import coins, contents

DEFAULT_CATALOG = Path(__file__).parents[2] / "catalog.toml"
CLAP = '\n[gifts.clap]\nname = "Clap"\ncoins = 1\n\n[packs.1]\ncoins = 1\nusd = 0.02\n'


@pytest.fixture(scope="session")
def clap_catalog(tmp_path_factory):
    """The default catalog, with a gift for one coin and a pack of one coin."""
    file = tmp_path_factory.mktemp("catalog") / "clap.toml"
    file.write_text(DEFAULT_CATALOG.read_text(encoding="utf-8") + CLAP, encoding="utf-8")
    return file


@pytest.fixture(scope="session")
def made_once(tmp_path_factory, clap_catalog):
    """The store that `store` is a copy of."""
    folder = tmp_path_factory.mktemp("economy") / "store"
    bank = open_bank(folder, catalog=clap_catalog)
    bank.create_wallets("alice", "bob", "carol", "erin", "frank")
    bank.create_wallets("dora", name="Dora the Dancer")
    bank.recharge("alice", 10_000)
    bank.gift("alice", "bob", "drama queen")
    bank.gift("alice", "bob", "im-very-rich", quantity=4)
    bank.gift("alice", "bob", "clap", quantity=999)
    bank.recharge("alice", 10_000)
    bank.gift("alice", "frank", "drama queen", quantity=2)
    bank.recharge("alice", 100)
    bank.recharge("frank", 500)
    bank.recharge("carol", 1, quantity=4)
    bank.recharge("dora", 2000)
    bank.start_live("erin")
    return folder


def copy_of(store, place):
    """A copy of a store, with its modes, at `place`."""
    return Path(shutil.copytree(store, place))


@pytest.fixture
def store(made_once, tmp_path, monkeypatch):
    """The economy that commands work on: a copy, so that each test may do with it what it likes.

    alice has 101 coins, carol 4, dora (Dora the Dancer) 2,000; bob has earned 9,999, frank 10,000
    and has 500 coins; erin is live.
    """
    folder = copy_of(made_once, tmp_path / "store")
    monkeypatch.setenv("COINS_STORE", str(folder))
    return folder


@pytest.fixture(scope="session")
def contents_made_once(made_once):
    return contents(made_once)


@pytest.fixture(scope="session")
def shared(made_once, tmp_path_factory):
    """A copy of the economy for the many tests that must leave it as it is."""
    return copy_of(made_once, tmp_path_factory.mktemp("shared") / "store")


@pytest.fixture
def untouched(shared, contents_made_once, monkeypatch):
    """The same economy as `store`, not copied: a test that changes it fails."""
    monkeypatch.setenv("COINS_STORE", str(shared))
    yield shared
    assert contents(shared) == contents_made_once


@pytest.fixture
def no_store(tmp_path, monkeypatch):
    """A folder in which the first write will make a store."""
    folder = tmp_path / "store"
    monkeypatch.setenv("COINS_STORE", str(folder))
    return folder


@pytest.fixture
def balances(store):
    """Tells what everybody holds: `{"alice": (coins, earned), …}`."""

    def told():
        wallets = coins("wallet", "list", "--json").json()["wallets"]
        return {one["user"]: (one["coins"], one["earned"]) for one in wallets}

    return told
