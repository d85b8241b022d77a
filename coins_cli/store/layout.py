"""The names of a store's files, relative to its folder. No files are touched here."""

from typing import Final

FORMAT: Final = 1
"""The version of the layout and of all that is written in it."""

STORE_FILE: Final = "store.json"
LOCK_FILE: Final = "lock"
TURN_FILE: Final = "turn"
HEAD_FILE: Final = "head.json"
CATALOG_FILE: Final = "catalog.toml"
CLOCK_FILE: Final = "clock.json"
FROZEN_FILE: Final = "frozen"
RESTORING_FILE: Final = "restoring"
JOURNAL: Final = "journal"
WALLETS: Final = "wallets"
KEYS: Final = "keys"
VIEWS: Final = "views"
QUARANTINE: Final = "quarantine"
WALLET_ENDING: Final = ".json"
NOTE_ENDING: Final = ".json"
BUCKET_DIGITS: Final = 3
"""Hex digits that name a bucket of the key index: 4,096 buckets stay small at 10^7 keys."""


def segment_file(first: int) -> str:
    """The journal segment whose first transaction has the number `first`."""
    return f"{JOURNAL}/{first:012}.jsonl"


def segment_first(name: str) -> int | None:
    """The number of the first transaction in the segment of that name; `None` for other names."""
    folder, _, base = name.rpartition("/")
    digits = base.removesuffix(".jsonl")
    is_segment = folder == JOURNAL and base != digits and digits.isascii() and digits.isdigit()
    return int(digits) if is_segment else None


def wallet_file(user: str) -> str:
    """The wallet file of `user`."""
    return f"{WALLETS}/{user}{WALLET_ENDING}"


def note_file(name: str) -> str:
    """The file of what a view noted under `name`."""
    return f"{VIEWS}/{name}{NOTE_ENDING}"


def digest_of_key(key: str) -> str:
    """What stands for an idempotency key in the index: 32 hex digits."""
    import hashlib

    return hashlib.sha256(key.encode()).hexdigest()[:32]


def bucket_file(digest: str) -> str:
    """The index file that holds keys with this digest."""
    return f"{KEYS}/{digest[:BUCKET_DIGITS]}.txt"


def is_bucket_file(name: str) -> bool:
    """Whether a file of that name is part of the key index."""
    return name.startswith(f"{KEYS}/")


def temporary_of(name: str) -> str:
    """Where the next content of the file `name` is prepared; no handle leads to such a name."""
    folder, _, base = name.rpartition("/")
    return f"{folder}/.{base}.new" if folder else f".{base}.new"


def is_ours(name: str) -> bool:
    """Whether an entry of that name in the store's folder may be part of a store."""
    return name in _OURS or (name.startswith(".") and name.endswith(".new"))


_OURS: Final = frozenset(
    [
        LOCK_FILE,
        TURN_FILE,
        HEAD_FILE,
        CATALOG_FILE,
        CLOCK_FILE,
        JOURNAL,
        WALLETS,
        KEYS,
        VIEWS,
        QUARANTINE,
        STORE_FILE,
        FROZEN_FILE,
        RESTORING_FILE,
    ]
)
