"""Economies to try stores on: requests in plain words, and who decides them."""

import os
import tempfile
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from coins_cli.bank import Bank
from coins_cli.model import rules
from coins_cli.model.requests import Gift, Open, Recharge
from coins_cli.store.catalog_files import default_catalog
from coins_cli.store.json_store import JsonStore
from coins_cli.store.protocol import Intent
from tests.store.disks import QuickDisk

CATALOG = default_catalog()
START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def decide(request, wallets, at, past=None):
    """What `request` comes to at the default catalog's prices."""
    return rules.decide(request, CATALOG, wallets, at, past)


def opening(user, *, key=None):
    return Intent(Open(user), key)


def recharging(user, pack="100", *, quantity=1, key=None):
    return Intent(Recharge(user, pack, quantity), key)


def giving(sender, creator, gift="panda", *, quantity=1, key=None, message=None):
    return Intent(Gift(sender, creator, gift, quantity, message=message), key)


def commit(store, *intents, at=START, decide=decide):
    """Commit all of `intents` as one."""
    return store.commit(intents, decide, at)


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


def _told(entries):
    return [(entry.seq, entry.key, entry.transaction) for entry in entries]


def heads(store):
    """The hashes of all transactions, oldest first."""
    with store.reading() as view:
        return [entry.head for entry in view.entries()]
