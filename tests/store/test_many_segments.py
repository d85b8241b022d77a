"""Journals of many segments: an index that is merged as it grows, and wallet files left behind."""

import json
import math
import random
from contextlib import suppress

import pytest

from coins_cli.errors import (
    AlreadyReversed,
    JournalDamaged,
    KeyReused,
    StoreDamaged,
    StoreNotWritable,
)
from coins_cli.model.operations.reverse import Reverse
from coins_cli.model.wallets import Wallet
from coins_cli.store.json import opened
from coins_cli.store.json.derived import key_index
from coins_cli.store.json.journal import rows as bulk
from coins_cli.store.json.store import JsonStore
from coins_cli.store.memory import MemoryStore
from tests.faults.simulated_disk import SimulatedDisk, Stopped
from tests.store.disks import FailingDisk, Killed, KillingDisk, QuickDisk
from tests.store.economies import (
    commit,
    everything,
    giving,
    new_folder,
    opening,
    recharging,
    store_at,
)
from tests.store.journals import (
    contents,
    digest_of,
    edit_json,
    index_entries,
    segments,
    write_index,
)

# -- keys across merged runs -----------------------------------------------------------------------


def runs(folder):
    """The files of the index, and how many entries each has."""
    found = sorted((folder / "keys").glob("*.run"))
    return {path.name: path.stat().st_size // 16 for path in found}


def check_is_well(folder):
    """All is in order, and nothing has to be made up for."""
    assert store_at(folder).audit().findings == ()
    assert store_at(folder).repair(dry_run=True) == []


@pytest.mark.parametrize("merged_at_once", [1 << 16, 1, 3])
def test_keys_endings_and_wallets_are_found_in_however_many_runs_were_merged(
    folder, monkeypatch, merged_at_once
):
    monkeypatch.setattr(key_index, "MERGED_AT_ONCE", merged_at_once)
    store, memory = store_at(folder, lines_max=1), MemoryStore()
    story = [opening("alice"), opening("bob"), opening("carol")]
    for number in range(30):
        story.append(recharging(("alice", "carol")[number % 2], key=f"k{number}"))
        if number % 5 == 0:
            story.append(Reverse(len(story), "oh", key=f"undo {number}"))
    for one in (store, memory):
        for request in story:
            commit(one, request)
    assert len(segments(folder)) == len(story)
    entries = sum(runs(folder).values())
    assert len(runs(folder)) <= 2 + math.log(entries, key_index.GROWTH)
    assert min(runs(folder)) == "000000000001.run"
    assert everything(store) == everything(memory)
    for seq, request in enumerate(story, start=1):
        if request.key:
            (again,) = commit(store, request)
            assert (again.transaction.seq, again.replayed) == (seq, True)
            with pytest.raises(KeyReused):
                commit(store, recharging("bob", key=request.key))
        if isinstance(request, Reverse):
            with pytest.raises(AlreadyReversed):
                commit(store, Reverse(request.reverses, "again"))
    (fresh,) = commit(store, recharging("bob", key="never used"))
    assert not fresh.replayed
    check_is_well(folder)


def test_an_index_is_no_other_when_it_grew_in_one_run_or_in_many(folder):
    with new_folder() as other:
        for path, lines_max in ((folder, 1), (other, 4)):
            store = store_at(path, lines_max=lines_max, new_id=lambda: "5" * 32)
            commit(store, opening("alice"))
            for number in range(11):
                commit(store, recharging("alice", key=f"k{number}"))
            commit(store_at(path, lines_max=1))
        grown, whole = index_entries(folder), index_entries(other)
        assert set(whole) < set(grown)
        assert newest(grown) == newest(whole)


def newest(entries):
    """The newest number of each digest: that of a wallet stands in each run that touches it."""
    return dict(sorted(entries, key=lambda entry: entry[1]))


def test_sealing_that_merges_runs_and_is_killed_at_any_operation_loses_no_key():
    """The merged run takes the place of the oldest of its parts before the others are removed."""
    moments, is_done, merges = 0, False, 0
    asked = [recharging("alice", key=f"k{number}") for number in range(6)]
    while not is_done:
        with new_folder() as folder:
            store = store_at(folder, lines_max=1)
            commit(store, opening("alice"), opening("bob"), opening("carol"), opening("dora"))
            commit(store, opening("erin"), opening("finn"), opening("gus"), opening("hal"))
            for one in asked:
                commit(store, one)
            before = runs(folder)
            disk = KillingDisk(QuickDisk(folder), moments)
            with suppress(Killed):
                commit(store_at(folder, disk=disk, lines_max=1), recharging("alice", key="new"))
                is_done = True
            merges += runs(folder) != before
            assert store_at(folder).audit().findings == ()
            assert all(one.replayed for one in commit(store_at(folder, lines_max=1), *asked))
            (again,) = commit(store_at(folder), recharging("alice", key="new"))
            assert again.replayed or not is_done
            assert everything(store_at(folder))["wallets"]["alice"].coins == 700
            check_is_well(folder)
            moments += 1
    assert moments > 20
    assert merges


@pytest.mark.parametrize("operation", ["write", "sync", "rename", "remove"])
def test_a_disk_that_fails_while_runs_are_merged_is_a_refusal_that_loses_no_key(folder, operation):
    store = store_at(folder, lines_max=1)
    commit(store, *[opening(f"user{number}") for number in range(40)])
    asked = [recharging("user1", key=f"k{number}") for number in range(20)]
    disk = FailingDisk(QuickDisk(folder))
    for one in asked:
        disk.fail(operation, "keys/*")
        with suppress(StoreNotWritable):
            commit(store_at(folder, disk=disk, lines_max=1), one)
        disk.heal()
        commit(store_at(folder, disk=disk, lines_max=1), one)
    assert ("remove", "keys/") in [(did, name[:5]) for did, name in disk.calls]
    assert all(one.replayed for one in commit(store, *asked))
    assert everything(store_at(folder))["wallets"]["user1"].coins == 2000
    check_is_well(folder)


def test_keys_whose_digests_are_the_same_are_told_apart_by_their_lines(folder, monkeypatch):
    """Of 64 bits, which nobody can choose; here all keys of callers share three digests."""
    of = key_index.Digests.of

    def short(self, key):
        return of(self, key) if key.startswith(("wallet\n", "ended\n")) else len(key) % 3

    monkeypatch.setattr(key_index.Digests, "of", short)
    store = store_at(folder, lines_max=2)
    commit(store, opening("alice"))
    asked = [recharging("alice", key=f"{'k' * (number % 4)}{number}") for number in range(12)]
    for one in asked:
        assert not commit(store, one)[0].replayed
    assert [one.transaction.seq for one in commit(store, *asked)] == list(range(2, 14))
    assert not commit(store, recharging("alice", key="another"))[0].replayed
    check_is_well(folder)


def test_more_lines_and_segments_than_are_cached_are_looked_up(folder, monkeypatch):
    monkeypatch.setattr(opened, "HEADERS_KEPT", 2)
    store = store_at(folder, lines_max=1)
    commit(store, opening("alice"))
    asked = [recharging("alice", key=f"k{number}") for number in range(9)]
    for one in asked:
        commit(store, one)
    for order in (asked, asked[::-1], asked[::2] + asked[1::2]):
        assert all(one.replayed for one in commit(store, *order))
    with store.reading() as view:
        assert [view.entry(seq).seq for seq in (10, 1, 9, 2, 8, 3, 10, 1)] == [
            *(10, 1, 9, 2, 8, 3, 10, 1)
        ]
        assert [entry.seq for entry in view.history("alice")] == list(range(10, 0, -1))
    check_is_well(folder)


def test_a_run_that_is_gone_is_missed_by_who_touches_a_wallet_of_it(folder):
    store = store_at(folder, lines_max=2)
    commit(store, opening("alice"), opening("bob"))
    for number in range(12):
        commit(store, recharging(("alice", "bob")[number > 9], key=f"k{number}"))
    for path in (folder / "keys").iterdir():
        path.unlink()
    before = contents(folder)
    for act in (
        lambda: commit(store_at(folder, lines_max=9), recharging("alice", key="k0")),
        lambda: everything(store_at(folder)),
    ):
        with pytest.raises(StoreDamaged, match="keys"):
            act()
    assert contents(folder) == before
    assert {one.where for one in store.audit().findings} == {"keys"}
    store.repair()
    assert commit(store, recharging("alice", key="k0"))[0].replayed
    check_is_well(folder)


@pytest.mark.parametrize("wrong", [2, 3, 13, 99])
def test_an_index_that_names_another_line_for_a_wallet_is_refused(folder, wrong):
    """An older one of it, one of another wallet, the newest one, or one that is not there."""
    store = store_at(folder, lines_max=1)
    commit(store, opening("alice"))
    for user in ("bob", "carol"):
        commit(store, opening(user))
    commit(store, recharging("alice"))
    commit(store, recharging("bob"))
    store_id = json.loads((folder / "store.json").read_bytes())["id"]
    digest = digest_of(store_id, "wallet\nalice")
    kept = [entry for entry in index_entries(folder) if entry[0] != digest]
    write_index(folder, [*kept, (digest, wrong)])
    with store_at(folder).reading() as view, pytest.raises(StoreDamaged, match="keys"):
        view.wallet("alice")
    with pytest.raises(StoreDamaged, match="keys"):
        commit(store_at(folder), recharging("alice"))
    assert {one.where for one in store.audit().findings} == {"keys"}
    store.repair()
    check_is_well(folder)


# -- wallet files that a row leaves behind ---------------------------------------------------------


@pytest.fixture
def short_segments(monkeypatch):
    """A segment ends at four lines in a row, if the store says so."""
    monkeypatch.setattr(bulk, "SEGMENT_LINES_MAX", 4)


def row_of(store, count):
    """A row of so many commits: alice and bob get a coin pack each, in turns."""
    for number in range(count):
        commit(store, recharging(("alice", "bob")[number % 2], key=f"k{number}"))


def filed(folder, user):
    """What a wallet's file says."""
    return json.loads((folder / f"wallets/{user}.json").read_bytes())


@pytest.fixture
def left_behind(folder, short_segments):
    """A store after a row that sealed three segments and was killed before it ended.

    In its newest segment bob alone was touched; the file of alice is older than her newest line.
    """
    commit(store_at(folder, lines_max=4), opening("alice"), opening("bob"), opening("carol"))
    disk = Interruptible(folder)
    store = store_at(folder, disk=disk, lines_max=4)
    with suppress(Killed), store.in_bulk():
        row_of(store, 9)
        commit(store, recharging("bob", key="last"))
        disk.is_killed = True
        commit(store, recharging("alice"))
    assert len(segments(folder)) == 4
    assert filed(folder, "alice")["last"] == 4
    assert everything(store_at(folder))["wallets"]["alice"].last == 12
    return folder


class Interruptible(QuickDisk):
    """A disk under a process that is killed when a test says so."""

    is_killed = False

    def __getattr__(self, operation):
        if self.is_killed and operation != "close":
            raise Killed
        return super().__getattr__(operation)


def test_after_a_kill_the_truth_is_read_and_the_file_mended_by_who_touches_it(left_behind):
    folder = left_behind
    before = everything(store_at(folder))
    assert before["wallets"]["alice"].coins == 500
    assert before["wallets"]["bob"].coins == 500
    assert store_at(folder).audit().findings == ()
    assert everything(store_at(folder)) == before
    commit(store_at(folder), recharging("bob"))
    assert filed(folder, "bob")["coins"] == 600
    assert filed(folder, "alice")["last"] == 4, "it was not touched"
    assert store_at(folder).audit().findings == ()
    commit(store_at(folder), giving("alice", "carol"))
    assert filed(folder, "alice")["coins"] == 495
    check_is_well(folder)


@pytest.mark.parametrize("way", ["a row", "a row that seals", "sealing", "repair"])
def test_what_comes_after_a_kill_goes_on_from_the_truth(left_behind, way):
    folder = left_behind
    if way == "repair":
        assert "wallets/alice.json" in [one.where for one in store_at(folder).repair()]
    store = store_at(folder, lines_max=4)
    if way.startswith("a row"):
        with store.in_bulk():
            for number in range(9 if way == "a row that seals" else 2):
                commit(store, giving("alice", "bob", key=f"after {number}"))
    if way == "sealing":
        for number in range(9):
            commit(store, giving("alice", "bob", key=f"after {number}"))
    commit(store, *[recharging("alice", key=f"k{number}") for number in range(0, 9, 2)])
    commit(store, recharging("alice", key="another"))
    found = everything(store_at(folder))
    assert found["wallets"]["alice"].coins == 600 - found["wallets"]["bob"].earned
    check_is_well(folder)


TORN = {
    "empty": b"",
    "zeros": bytes(192),
    "cut": b'{"user":"alice","coins":60',
    "mixed": b"\0" * 64 + b'00,"last":3,"check":"0123456789abcdef"}\n',
}


@pytest.mark.parametrize("torn", TORN)
def test_a_file_left_behind_and_torn_by_a_power_failure_is_passed_over(left_behind, torn):
    folder = left_behind
    (folder / "wallets/alice.json").write_bytes(TORN[torn])
    assert everything(store_at(folder))["wallets"]["alice"].coins == 500
    assert store_at(folder).audit().findings == ()
    commit(store_at(folder), giving("alice", "bob"))
    assert filed(folder, "alice")["coins"] == 495
    check_is_well(folder)


EDITS = {
    "other coins": lambda path: edit_json(path, coins=9_999),
    "other coins by hand": lambda path: edit_json(path, coins=9_999, careless=True),
    "another number": lambda path: edit_json(path, last=6),
    "a number to come": lambda path: edit_json(path, last=99),
    "the newest number": lambda path: edit_json(path, last=12),
    "another user": lambda path: edit_json(path, user="bob", last=2),
    "removed": lambda path: path.unlink(),
}


@pytest.mark.parametrize("edit", EDITS)
def test_a_file_left_behind_that_says_what_no_line_says_is_refused(left_behind, edit):
    folder, path = left_behind, left_behind / "wallets/alice.json"
    EDITS[edit](path)
    said = path.read_bytes() if path.exists() else None
    for act in (
        lambda: everything(store_at(folder)),
        lambda: commit(store_at(folder), giving("alice", "bob")),
        lambda: commit(store_at(folder), giving("alice", "bob"), dry_run=True),
    ):
        with pytest.raises(StoreDamaged):
            act()
    assert (path.read_bytes() if path.exists() else None) == said
    assert "wallets/alice.json" in [one.where for one in store_at(folder).audit().findings]
    commit(store_at(folder), recharging("bob"))
    if edit == "a number to come":  # It may be the journal that has lost something.
        with pytest.raises(JournalDamaged):
            store_at(folder).repair()
        return
    store_at(folder).repair()
    assert everything(store_at(folder))["wallets"]["alice"].coins == 500
    check_is_well(folder)


def test_a_row_killed_at_any_operation_after_several_seals_reads_as_what_it_answered(
    short_segments,
):
    moments, is_done, behind = 0, False, 0
    while not is_done:
        with new_folder() as folder:
            commit(store_at(folder, lines_max=4), opening("alice"), opening("bob"))
            store = store_at(folder, disk=KillingDisk(QuickDisk(folder), moments), lines_max=4)
            answered = 0
            with suppress(Killed):
                with store.in_bulk():
                    for number in range(14):
                        user = ("alice", "bob")[number % 2]
                        answered += len(commit(store, recharging(user, key=f"k{number}")))
                is_done = True
            found = everything(store_at(folder))
            done = found["seq"] - 2
            assert done in (answered, answered + 1), moments
            coins = [found["wallets"][user].coins for user in ("alice", "bob")]
            assert coins == [100 * ((done + 1) // 2), 100 * (done // 2)]
            assert store_at(folder).audit().findings == (), moments
            behind += filed(folder, "alice").get("coins", 0) < coins[0]
            row_of(store_at(folder, lines_max=4), 14)
            assert everything(store_at(folder))["seq"] == 16
            assert store_at(folder).audit().findings == (), moments
            moments += 3
    assert moments > 100
    assert behind > 10


@pytest.mark.parametrize("wallets_max", [0, 1, 20_000])
@pytest.mark.parametrize("seed", range(4))
def test_a_power_failure_in_a_row_of_several_seals_takes_nothing_back_that_was_answered(
    monkeypatch, short_segments, seed, wallets_max, tried
):
    """At any step; the files of wallets may be torn, in sealed segments too."""
    monkeypatch.setattr(bulk, "WALLET_CACHE_SIZE", wallets_max)

    def store_on(disk):
        return JsonStore("a store", disk=disk, lock_wait_seconds=0, segment_lines_max=4)

    rng, step, crashes, is_done = random.Random(seed), 0, 0, False
    made = SimulatedDisk()
    commit(store_on(made), opening("alice"), opening("bob"), opening("carol"))
    while not is_done:
        step += rng.randint(1, 4)
        crashes += 1
        disk, answered = made.copy(), 0
        disk.stop_at = disk.operations + step
        store = store_on(disk)
        with suppress(Stopped):
            with store.in_bulk():
                for number in range(14):
                    user = ("alice", "bob", "carol")[number % 3]
                    answered += len(commit(store, recharging(user, key=f"k{number}")))
            is_done = True
        for left in (disk.after_power_loss(rng), disk.killed()):
            again = store_on(left)
            found = everything(again)
            done = found["seq"] - 3
            assert done in (answered, answered + 1)
            coins = sum(wallet.coins for wallet in found["wallets"].values())
            assert coins == 100 * done
            assert again.audit().findings == ()
            with again.in_bulk():
                for number in range(14):
                    user = ("alice", "bob", "carol")[number % 3]
                    (one,) = commit(again, recharging(user, key=f"k{number}"))
                    assert one.replayed == (number < done)
            assert everything(again)["seq"] == 17
            assert again.audit().findings == ()
    assert step > 80
    tried("crashes in rows that seal", 2 * crashes)


# -- more wallets behind than may be left ----------------------------------------------------------


@pytest.mark.parametrize(("wallets_max", "is_left"), [(0, False), (2, False), (3, True)])
def test_more_wallets_behind_than_may_be_left_are_written_when_a_segment_is_sealed(
    folder, monkeypatch, short_segments, wallets_max, is_left
):
    monkeypatch.setattr(bulk, "WALLET_CACHE_SIZE", wallets_max)
    users = ("alice", "bob", "carol")
    commit(store_at(folder, lines_max=4), *map(opening, users))
    commit(store_at(folder, lines_max=3), recharging("alice"))
    store = store_at(folder, lines_max=4)
    with store.in_bulk():
        commit(store, *[recharging(user) for user in users])
        assert [filed(folder, user).get("coins", 0) for user in users] == [100, 0, 0]
        commit(store, recharging("alice"))
        assert len(segments(folder)) == 3
        expected = [100, 0, 0] if is_left else [200, 100, 100]
        assert [filed(folder, user).get("coins", 0) for user in users] == expected
        assert everything(store_at(folder))["wallets"]["carol"].coins == 100
        assert store_at(folder).audit().findings == ()
    assert [filed(folder, user)["coins"] for user in users] == [300, 100, 100]
    check_is_well(folder)


def test_the_files_of_new_wallets_are_written_when_their_segment_is_sealed(folder, short_segments):
    """A wallet without a file would be one that somebody removed."""
    store = store_at(folder, lines_max=4)
    with store.in_bulk():
        commit(store, opening("alice"), opening("bob"), opening("carol"), opening("dora"))
        assert contents(folder).keys() & {"wallets/alice.json", "wallets/dora.json"} == set()
        commit(store, opening("erin"))
        assert len(segments(folder)) == 2
        assert {"wallets/alice.json", "wallets/dora.json"} <= contents(folder).keys()
        assert "wallets/erin.json" not in contents(folder)
        assert everything(store_at(folder))["wallets"].keys() >= {"alice", "erin"}
        assert store_at(folder).audit().findings == ()
    check_is_well(folder)


def test_older_lines_are_read_again_when_too_many_were_read(folder, monkeypatch):
    monkeypatch.setattr(opened, "ENTRIES_KEPT", 1)
    store = store_at(folder, lines_max=2)
    for number in range(6):
        commit(store, opening(f"user{number}"))
    with store.reading() as view:
        assert [view.entry(seq).seq for seq in (1, 2, 1)] == [1, 2, 1]
        view.check_file_as_seen(Wallet("nobody"))
