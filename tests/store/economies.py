"""Economies to try stores on: requests in plain words, and who decides them."""

import os
import tempfile
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from msgspec.structs import replace

from coins_cli.bank import Bank
from coins_cli.files.catalogs import default_catalog
from coins_cli.model.economy import Rules
from coins_cli.model.operations.gift import Gift
from coins_cli.model.operations.open_wallet import Open
from coins_cli.model.operations.recharge import Recharge
from coins_cli.store.json.store import JsonStore
from tests.store.disks import QuickDisk

CATALOG = default_catalog()
RULES = Rules(CATALOG)
"""The rules at the default catalog's prices."""
START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def keyed(request, key=None):
    """The same request under an idempotency key."""
    return replace(request, key=key)


def opening(user, *, key=None):
    return Open(user, key=key)


def recharging(user, pack="100", *, quantity=1, key=None):
    return Recharge(user, pack, quantity, key=key)


def giving(sender, creator, gift="panda", *, quantity=1, key=None, message=None):
    return Gift(sender, creator, gift, quantity, message=message, key=key)


def commit(store, *requests, at=START, rules=RULES, **options):
    """Commit all of `requests` as one."""
    return store.commit(requests, rules, at, **options)


def store_at(folder, *, lines_max=1000, boot="the first boot", **options):
    """A JSON store that does not wait for the disk."""
    options = {"disk": QuickDisk(folder, boot=boot), "lock_wait_seconds": 0.05, **options}
    return JsonStore(str(folder), segment_lines_max=lines_max, **options)


def bank_at(folder, **options):
    """A bank on a JSON store that does not wait for the disk."""
    return Bank(store_at(folder, **options), CATALOG, clock=SteadyClock())


@contextmanager
def new_folder():
    """The path of a store to be; in memory where that is offered: renames are quick there."""
    in_memory = "/dev/shm"
    usable = os.path.isdir(in_memory) and os.access(in_memory, os.W_OK)
    with tempfile.TemporaryDirectory(dir=in_memory if usable else None) as parent:
        yield Path(parent) / "store"


class SteadyClock:
    """A clock that moves a second each time it is looked at."""

    def __init__(self, start=START):
        self.now = start

    def __call__(self):
        self.now += timedelta(seconds=1)
        return self.now


def everything(store):
    """All that a reader can learn from a store, without its hashes."""
    with store.reading() as view:
        return {
            "seq": view.seq,
            "totals": dict(view.totals),
            "wallets": {user: view.wallet(user) for user in view.users()},
            "histories": {user: _told(view.history(user)) for user in view.users()},
            "entries": _told(view.entries()),
            "ended": {
                entry.seq: ending.seq
                for entry in view.entries()
                if (ending := view.entry_ending(entry.seq)) is not None
            },
        }


def plain(transaction):
    """A transaction without how many were written with it, which is the store's affair."""
    return replace(transaction, lines=0)


def _told(entries):
    return [(entry.seq, entry.key, plain(entry.transaction)) for entry in entries]


def heads(store):
    """The hashes of all transactions, oldest first."""
    with store.reading() as view:
        return [entry.head for entry in view.entries()]
