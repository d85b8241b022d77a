"""Stores that are wrong on purpose. The suites must catch each of them, or they prove nothing.

A mutant is a change to the running program, made by `apply` and undone by pytest's monkeypatch.
Each names the suite that has to notice: `crashes` (power, kills, failing disks), `damage` or
`readers`.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import pytest

from coins_cli.store import (
    commits,
    journal,
    json_store,
    recovery,
    scanning,
    sealing,
    snapshot,
)

from .simulated_disk import SimulatedDisk

Apply = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True)
class Mutant:
    name: str
    suite: str
    apply: Apply


SEEDS_TRIED = 20


def caught_by(try_seed: Callable[[int], object]) -> Exception | None:
    """What shows, under one of some seeds, that a store is wrong; `None` when nothing does."""
    for seed in range(SEEDS_TRIED):
        try:
            try_seed(seed)
        except Exception as error:  # noqa: BLE001 - however it shows
            return error
    return None


def never_sync(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(SimulatedDisk, "sync", lambda disk, name: disk._step(f"sync {name}"))


def sync_after_the_answer(patch: pytest.MonkeyPatch) -> None:
    """The line is written, the answer given, and the sync left to whoever opens the store next."""

    def append_only(disk, name, end, data):
        disk.append(name, data)

    patch.setattr(commits, "_append_durably", append_only)


def rename_before_the_commit_point(patch: pytest.MonkeyPatch) -> None:
    """Wallet files are put into place before their line is durable."""
    append = commits._append_durably

    def rename_first(disk, name, end, data):
        prepared = [entry for entry in disk.content() if entry.endswith(".new")]
        for temporary in prepared:
            disk.rename(
                temporary, temporary.replace("/.", "/").removeprefix(".").removesuffix(".new")
            )
        append(disk, name, end, data)

    patch.setattr(commits, "_append_durably", rename_first)


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
        full = name.startswith("keys/") or disk.operations % 3
        append(disk, name, data if full else data[: len(data) // 2])

    patch.setattr(SimulatedDisk, "append", half)


def add_deltas_to_wallet_files(patch: pytest.MonkeyPatch) -> None:
    """What the newest segment says is added to the wallet file, instead of laid over it."""
    locate = snapshot.Snapshot._locate

    def added(self, user):
        found = locate(self, user)
        filed = snapshot.read_wallet_file(self._disk, f"wallets/{user}.json")
        written = self._touched.get(user)
        if found is None or written is None or not isinstance(filed, snapshot.WalletFile):
            return found
        delta = sum(p.amount for p in written.line.postings if p.account == f"{user}/coins")
        coins = max(0, filed.coins + delta)
        return snapshot.Located(
            snapshot.Wallet(user, filed.name, coins, found.wallet.earned, found.wallet.live_since),
            found.line,
        )

    patch.setattr(snapshot.Snapshot, "_locate", added)


def seal_without_syncing_wallets(patch: pytest.MonkeyPatch) -> None:
    sync = SimulatedDisk.sync

    def all_but_wallets(disk, name):
        if name.startswith("wallets"):
            disk._step(f"sync {name}")
        else:
            sync(disk, name)

    patch.setattr(SimulatedDisk, "sync", all_but_wallets)


def forget_the_keys_when_sealing(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(sealing, "add_keys", lambda disk, keys: [])


def take_unfinished_groups(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(scanning, "_take_back_unfinished_group", lambda result, unfinished: None)


def leave_wallet_files_behind(patch: pytest.MonkeyPatch) -> None:
    """After a crash nothing is caught up, so that later crashes cannot be told from forgeries."""
    patch.setattr(json_store, "catch_up", lambda disk, opened: None)


def keep_the_torn_tail(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(json_store, "quarantine_tail", lambda disk, opened: None)


def cut_any_bad_tail(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(scanning, "_may_be_torn", lambda rest, seq: True)


def cut_what_head_has_seen(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(snapshot, "_check_witness", lambda witness, newest: None)


def cut_what_wallets_have_seen(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(recovery, "_check_unseen", lambda disk, opened: None)


def trust_the_key_index(patch: pytest.MonkeyPatch) -> None:
    """A hit in the index is taken for the answer, whatever the line there says."""

    def unconfirmed(self, key):
        for position in snapshot.positions_of_key(self._disk, key):
            return snapshot.read_line_at(self._disk, position).entry()
        return None

    patch.setattr(snapshot.Snapshot, "entry_of_key", unconfirmed)


def trust_wallet_files(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(snapshot, "is_confirmed", lambda disk, filed, user: True)


def do_not_check_hashes(patch: pytest.MonkeyPatch) -> None:
    def unchecked(raw, decoder):
        trailer = raw[-journal.TRAILER_BYTES :]
        try:
            head = trailer[len(journal.HASH_MARK) : -len(journal.END)].decode()
            return decoder.decode(raw[: -journal.TRAILER_BYTES] + b"}"), head
        except (ValueError, journal.msgspec.DecodeError) as error:
            raise journal.BadLine("unreadable") from error

    patch.setattr(journal, "_decode", unchecked)


def forget_what_is_held(patch: pytest.MonkeyPatch) -> None:
    """Wallet files that do not say what is held for payouts."""
    file_of = snapshot.WalletFile.of

    def without(wallet, line):
        return file_of(snapshot.Wallet(wallet.user, wallet.name, wallet.coins, wallet.earned), line)

    patch.setattr(snapshot.WalletFile, "of", without)


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
            forget_the_keys_when_sealing,
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
            trust_wallet_files,
            do_not_check_hashes,
        ],
        "readers": [no_lock_for_readers],
    }.items()
    for apply in members
]
