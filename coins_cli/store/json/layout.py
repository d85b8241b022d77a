"""The names of a store's files, relative to its folder. No files are touched here."""

import re
from typing import Final

FORMAT: Final = 2
"""The version of the layout and of all that is written in it."""

STORE_FILE: Final = "store.json"
LOCK_FILE: Final = "lock"
TURN_FILE: Final = "turn"
HEAD_FILE: Final = "head.json"
CATALOG_FILE: Final = "catalog.toml"
PLACES_FILE: Final = "places"
CLOCK_FILE: Final = "clock.json"
FROZEN_FILE: Final = "frozen"
RESTORING_FILE: Final = "restoring"
JOURNAL: Final = "journal"
WALLETS: Final = "wallets"
KEYS: Final = "keys"
VIEWS: Final = "views"
QUARANTINE: Final = "quarantine"
FOLDERS: Final = (JOURNAL, WALLETS, KEYS)
"""The folders that every store has."""
ALL_FOLDERS: Final = (*FOLDERS, VIEWS, QUARANTINE)
WALLET_ENDING: Final = ".json"
CHECKPOINT_ENDING: Final = ".json"
TEMPORARY_ENDING: Final = ".new"
_SEGMENT: Final = re.compile(JOURNAL + r"/([0-9]{12,16})\.jsonl")
"""Transactions have numbers below 2^53, so of at most 16 digits."""
RUN_ENDING: Final = ".run"


def segment_file(first: int) -> str:
    """The journal segment whose first transaction has the number `first`."""
    return f"{JOURNAL}/{first:012}.jsonl"


def segment_first(name: str) -> int | None:
    """The number of a segment's first transaction, from its file name; `None` for other names."""
    found = _SEGMENT.fullmatch(name)
    first = int(found[1]) if found else 0
    return first if first and segment_file(first) == name else None


def wallet_file(user: str) -> str:
    """The wallet file of `user`."""
    return f"{WALLETS}/{user}{WALLET_ENDING}"


def checkpoint_file(name: str) -> str:
    """The file of the checkpoint of that name."""
    return f"{VIEWS}/{name}{CHECKPOINT_ENDING}"


def run_file(first: int) -> str:
    """The run of the key index that begins with the segment of transaction `first`."""
    return f"{KEYS}/{first:012}{RUN_ENDING}"


def temporary_of(name: str) -> str:
    """The file in which the next content of `name` is prepared; no wallet file has such a name."""
    folder, _, base = name.rpartition("/")
    temporary = f".{base}{TEMPORARY_ENDING}"
    return f"{folder}/{temporary}" if folder else temporary


def name_of_temporary(name: str) -> str:
    """The inverse of `temporary_of`; returns other names as they are."""
    folder, slash, base = name.rpartition("/")
    if not (base.startswith(".") and base.endswith(TEMPORARY_ENDING)):
        return name
    return folder + slash + base[1:].removesuffix(TEMPORARY_ENDING)


def is_ours(name: str) -> bool:
    """True if an entry of that name in the store's folder may be part of a store."""
    return name in _OURS or (name.startswith(".") and name.endswith(TEMPORARY_ENDING))


_OURS: Final = frozenset(
    [
        LOCK_FILE,
        TURN_FILE,
        HEAD_FILE,
        CATALOG_FILE,
        CLOCK_FILE,
        PLACES_FILE,
        STORE_FILE,
        FROZEN_FILE,
        RESTORING_FILE,
        *ALL_FOLDERS,
    ]
)
