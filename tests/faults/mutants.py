"""Stores that are wrong on purpose. The suites must catch each of them, or they prove nothing.

A mutant is a change to the running program, made by `apply` and undone by pytest's monkeypatch.
Each names the suite that has to notice: `crashes` (power, kills, failing disks), `damage` or
`readers`. It is caught by a `Violation` alone, a promise that the suite states and finds broken: a
mutant that fails by itself, for want of a field that was renamed, proves nothing about the suite.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import pytest
from msgspec.structs import replace

from coins_cli.errors import StoreDamaged
from coins_cli.model.accounts import coins_of
from coins_cli.model.wallets import Wallet
from coins_cli.store.json import layout, opened
from coins_cli.store.json import store as json_store
from coins_cli.store.json.care import recovery, segment_replay
from coins_cli.store.json.derived import key_index
from coins_cli.store.json.derived.key_index import KeyIndex
from coins_cli.store.json.disk import durability
from coins_cli.store.json.journal import committing, sealing
from coins_cli.store.json.journal import lines as journal
from coins_cli.store.json.journal import segments as scanning
from coins_cli.store.json.opened import Opened

from .simulated_disk import SimulatedDisk
from .violations import Violation

Apply = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True)
class Mutant:
    name: str
    suite: str
    apply: Apply


SEEDS_TRIED = 20


def caught_by(try_seed: Callable[[int], object], seeds: int = SEEDS_TRIED) -> Violation | None:
    """The promise that is found broken under one of some seeds; `None` when none is.

    Any other exception is the mutant's own accident, or a bug, and goes on its way.
    """
    for seed in range(seeds):
        try:
            try_seed(seed)
        except Violation as violation:
            return violation
    return None


def never_sync(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(SimulatedDisk, "sync", lambda disk, name: disk._step(f"sync {name}"))


def sync_after_the_answer(patch: pytest.MonkeyPatch) -> None:
    """The line is written, the answer given, and the sync left to whoever opens the store next."""

    def append_only(disk, name, end, data):
        disk.append(name, data)

    patch.setattr(committing, "_append_durably", append_only)


def rename_before_the_commit_point(patch: pytest.MonkeyPatch) -> None:
    """Wallet files are put into place before their line is durable."""
    append = committing._append_durably

    def rename_first(disk, name, end, data):
        prepared = [entry for entry in disk.content() if entry.endswith(".new")]
        for temporary in prepared:
            disk.rename(
                temporary, temporary.replace("/.", "/").removeprefix(".").removesuffix(".new")
            )
        append(disk, name, end, data)

    patch.setattr(committing, "_append_durably", rename_first)


def believe_an_unsynced_tail(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(json_store, "make_durable", lambda disk, opened: None)


def ignore_a_failed_sync(patch: pytest.MonkeyPatch) -> None:
    sync = SimulatedDisk.sync

    def deaf(disk, name):
        with suppress(OSError):
            sync(disk, name)

    patch.setattr(SimulatedDisk, "sync", deaf)


def try_a_failed_sync_again(patch: pytest.MonkeyPatch) -> None:
    sync = SimulatedDisk.sync

    def stubborn(disk, name):
        try:
            sync(disk, name)
        except OSError:
            sync(disk, name)

    patch.setattr(SimulatedDisk, "sync", stubborn)


def ignore_a_short_write(patch: pytest.MonkeyPatch) -> None:
    """A disk that takes only half of a line, and a store that does not look."""
    append = SimulatedDisk.append

    def half(disk, name, data):
        full = not name.startswith("journal/") or disk.operations % 3
        append(disk, name, data if full else data[: len(data) // 2])

    patch.setattr(SimulatedDisk, "append", half)


def add_deltas_to_wallet_files(patch: pytest.MonkeyPatch) -> None:
    """What the newest segment says is added to the wallet file, instead of laid over it."""
    find_wallet = Opened.find_wallet

    def added(self, user):
        found, filed = find_wallet(self, user), self._filed.get(user)
        if user not in self._of_newest or not isinstance(filed, Wallet):
            return found
        postings = self.read(found.last).transaction.postings
        delta = sum(one.amount for one in postings if one.account == coins_of(user))
        return replace(found, coins=max(0, filed.coins + delta))

    patch.setattr(Opened, "find_wallet", added)


def sync_all_but(patch: pytest.MonkeyPatch, beginning: str) -> None:
    sync = SimulatedDisk.sync

    def all_but_those(disk, name):
        if name.startswith(beginning):
            disk._step(f"sync {name}")
        else:
            sync(disk, name)

    patch.setattr(SimulatedDisk, "sync", all_but_those)


def seal_without_syncing_wallets(patch: pytest.MonkeyPatch) -> None:
    sync_all_but(patch, layout.WALLETS)


def seal_without_syncing_places(patch: pytest.MonkeyPatch) -> None:
    sync_all_but(patch, layout.PLACES_FILE)


def merge_runs_without_syncing_them(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(key_index, "replace_durably", durability.replace)


def forget_the_older_run_when_merging(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(key_index, "merge", lambda older, newer: newer)


def index_all_but(patch: pytest.MonkeyPatch, is_forgotten: Callable[[str], bool]) -> None:
    add = KeyIndex.add

    def add_others(self, entries, first):
        add(self, [(key, seq) for key, seq in entries if not is_forgotten(key)], first)

    patch.setattr(KeyIndex, "add", add_others)


def forget_the_keys_when_sealing(patch: pytest.MonkeyPatch) -> None:
    index_all_but(patch, lambda key: "\n" not in key)


def forget_the_endings_when_sealing(patch: pytest.MonkeyPatch) -> None:
    index_all_but(patch, lambda key: key.startswith("ended"))


def forget_the_wallets_when_sealing(patch: pytest.MonkeyPatch) -> None:
    index_all_but(patch, lambda key: key.startswith("wallet"))


def forget_the_places_when_sealing(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(sealing, "add_places", lambda disk, first, offsets: None)


def go_on_at_older_prices(patch: pytest.MonkeyPatch) -> None:
    """Other prices do not begin another segment."""
    patch.setattr(Opened, "has_prices_other_than", lambda self, rules: False)


def take_unfinished_groups(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(scanning.Segment, "take_back", lambda segment, unfinished, hashed, why: None)


def leave_wallet_files_behind(patch: pytest.MonkeyPatch) -> None:
    """After a crash nothing is caught up, so that later crashes cannot be told from forgeries."""
    patch.setattr(json_store, "catch_up", lambda disk, opened: None)


def keep_the_torn_tail(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(json_store, "quarantine_tail", lambda disk, opened: None)


def cut_any_bad_tail(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(scanning, "_may_be_torn", lambda rest, segment: True)


def cut_what_head_has_seen(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(opened, "_check_record", lambda record, opened: None)


def cut_what_wallets_have_seen(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(recovery, "_check_unseen", lambda disk, opened: None)


def trust_the_key_index(patch: pytest.MonkeyPatch) -> None:
    """A hit in the index is taken for the answer, whatever the line there says."""

    patch.setattr(Opened, "_find", lambda self, key: next(iter(self.index.find(key)), None))


def trust_the_places(patch: pytest.MonkeyPatch) -> None:
    """Whatever line is found at a place is taken for the one that was looked for."""
    read_entry = opened.read_entry

    def read_whatever_is_there(disk, header, seq, offset):
        for number in [seq, *range(header.first, header.first + 100)]:
            with suppress(StoreDamaged):
                return read_entry(disk, header, number, offset)
        return read_entry(disk, header, seq, offset)

    patch.setattr(opened, "read_entry", read_whatever_is_there)


def trust_wallet_files(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Opened, "is_confirmed", lambda self, filed: True)


def do_not_check_hashes(patch: pytest.MonkeyPatch) -> None:
    def unchecked(raw, prev, format_version=journal.FORMAT):
        return journal.decode_unchained(raw, format_version)

    for module in (opened, scanning, segment_replay):
        patch.setattr(module, "decode_line", unchecked)


def forget_what_is_held(patch: pytest.MonkeyPatch) -> None:
    """Wallet files that do not say what is held for payouts."""
    encode_wallet = committing.encode_wallet
    for module in (committing, recovery):
        patch.setattr(module, "encode_wallet", lambda one: encode_wallet(replace(one, held=0)))


def no_lock_for_readers(patch: pytest.MonkeyPatch) -> None:
    lock = SimulatedDisk.lock

    def only_for_writers(disk, name, *, shared, wait_seconds):
        disk.locks_are_ignored = shared
        return lock(disk, name, shared=shared, wait_seconds=wait_seconds)

    patch.setattr(SimulatedDisk, "lock", only_for_writers)


MUTANTS = [
    Mutant(apply.__name__, suite, apply)
    for suite, members in {
        "crashes": [
            never_sync,
            sync_after_the_answer,
            rename_before_the_commit_point,
            believe_an_unsynced_tail,
            ignore_a_failed_sync,
            try_a_failed_sync_again,
            ignore_a_short_write,
            add_deltas_to_wallet_files,
            seal_without_syncing_wallets,
            seal_without_syncing_places,
            merge_runs_without_syncing_them,
            forget_the_older_run_when_merging,
            forget_the_keys_when_sealing,
            forget_the_endings_when_sealing,
            forget_the_wallets_when_sealing,
            forget_the_places_when_sealing,
            go_on_at_older_prices,
            take_unfinished_groups,
            leave_wallet_files_behind,
            keep_the_torn_tail,
            forget_what_is_held,
        ],
        "damage": [
            cut_any_bad_tail,
            cut_what_head_has_seen,
            cut_what_wallets_have_seen,
            trust_the_key_index,
            trust_the_places,
            trust_wallet_files,
            do_not_check_hashes,
        ],
        "readers": [no_lock_for_readers],
    }.items()
    for apply in members
]
