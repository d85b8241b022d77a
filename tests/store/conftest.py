"""A store of each kind, and a folder for one."""

import pytest

from coins_cli.store.memory import MemoryStore
from tests.store.economies import bank_at, new_folder, store_at

KINDS = {"json": 1000, "json, sealing at every line": 1, "json, sealing at every third": 3}


@pytest.fixture(params=[*KINDS, "memory"])
def kind(request):
    """Which kind of store."""
    return request.param


@pytest.fixture
def folder():
    """Where a store is, or will be, alone in a folder of its own."""
    with new_folder() as path:
        yield path


@pytest.fixture
def store(kind, folder):
    """An empty store of each kind."""
    return MemoryStore() if kind == "memory" else store_at(folder, lines_max=KINDS[kind])


@pytest.fixture
def reopened(kind, folder, store):
    """The same store as another process would open it; a store in memory has but one process."""
    return store if kind == "memory" else store_at(folder, lines_max=KINDS[kind])


@pytest.fixture
def bank(folder):
    """A bank on a JSON store: alice bought 500 coins and gave bob a panda, then ten coins more."""
    bank = bank_at(folder)
    bank.create_wallets("alice")
    bank.create_wallets("bob")
    bank.recharge("alice", 500, key="lesson-1")
    bank.gift("alice", "bob", "panda", message="hello")
    bank.gift("alice", "bob", "panda", quantity=2, key="lesson-2")
    return bank


@pytest.fixture
def sealed_bank(folder):
    """The same in segments of two: 1 and 2, 3 and 4, and 5."""
    bank = bank_at(folder, lines_max=2)
    bank.create_wallets("alice")
    bank.create_wallets("bob")
    bank.recharge("alice", 500, key="lesson-1")
    bank.gift("alice", "bob", "panda", message="hello")
    bank.gift("alice", "bob", "panda", quantity=2, key="lesson-2")
    return bank
