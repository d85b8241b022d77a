"""Files that another folder has too, by hard links: read as any other, never changed in place."""

import os
import random
from contextlib import suppress

import pytest

from coins_cli.errors import StoreNotWritable
from coins_cli.store.json.care.journal_replay import BYTES_FOR_WORKERS
from coins_cli.store.json.disk.folder import PosixDisk
from coins_cli.store.json.store import JsonStore
from tests.faults.simulated_disk import SimulatedDisk, Stopped
from tests.store.disks import FailingDisk, QuickDisk
from tests.store.economies import (
    commit,
    everything,
    giving,
    new_folder,
    opening,
    recharging,
    store_at,
)
from tests.store.journals import contents, replace_file, segments


@pytest.fixture
def twin():
    with new_folder() as path:
        yield path


def link(folder, twin):
    """Give every file of a store a second name in another folder, as `cp -al` does."""
    for path in sorted([folder, *folder.rglob("*")]):
        place = twin / path.relative_to(folder)
        if path.is_dir():
            place.mkdir()
        else:
            os.link(path, place)


def state(folder):
    """Bytes and modes of all files."""
    modes = {str(path): path.stat().st_mode for path in sorted(folder.rglob("*"))}
    return contents(folder), modes


# -- the store -------------------------------------------------------------------------------------


@pytest.mark.parametrize("lines_max", [1, 2, 3, 1000])
@pytest.mark.parametrize("lines_before", range(3, 8))
def test_a_twin_stays_as_it_was_while_the_store_goes_on(folder, twin, lines_max, lines_before):
    """Linked at any place between two seals, sealed again and again, with keys in the index."""
    store = store_at(folder, lines_max=lines_max)
    commit(store, opening("alice"), opening("bob"), recharging("alice", key="first"))
    for number in range(lines_before - 3):
        commit(store, giving("alice", "bob", key=f"before {number}"))
    link(folder, twin)
    before, history = state(twin), everything(store)
    for number in range(5):
        commit(store, giving("alice", "bob", key=f"after {number}"))
    with store.in_bulk():
        for number in range(5):
            commit(store, recharging("bob", key=f"row {number}"))
    assert store.repair() == []
    assert state(twin) == before
    kept = store_at(twin, lines_max=lines_max)
    assert everything(kept) == history
    commit(kept, recharging("alice", key="after 1"))
    assert everything(store)["seq"] == lines_before + 10
    for one in (store, kept):
        assert one.audit().findings == ()


@pytest.mark.parametrize("left", [-1, -30])
def test_mending_the_end_of_a_shared_journal_leaves_the_twin_alone(folder, twin, left):
    """A line that lacks its newline, or most of itself; nobody was told of it."""
    store = store_at(folder)
    commit(store, opening("alice"), opening("bob"))
    others = {name: (folder / name).read_bytes() for name in ("head.json", "wallets/alice.json")}
    commit(store, recharging("alice"))
    for name, data in others.items():
        replace_file(folder / name, data)
    (segment,) = segments(folder)
    replace_file(segment, segment.read_bytes()[:left])
    link(folder, twin)
    before = state(twin)
    commit(store, recharging("bob"))
    assert state(twin) == before
    assert everything(store)["wallets"]["bob"].coins == 100
    assert everything(store_at(twin))["wallets"]["bob"].coins == 0
    for one in (store, store_at(twin)):
        assert one.audit().findings == ()


def test_a_follower_sees_what_comes_in_a_store_whose_files_are_shared(folder, twin):
    store = store_at(folder)
    commit(store, opening("alice"), opening("bob"))
    link(folder, twin)
    followers = [store_at(place).follow(0) for place in (folder, twin)]
    assert [[one.seq for one in follower.look()] for follower in followers] == [[1, 2]] * 2
    commit(store, recharging("alice"))
    assert [[one.seq for one in follower.look()] for follower in followers] == [[3], []]
    commit(store_at(twin), recharging("bob"), recharging("bob"))
    assert [[one.seq for one in follower.look()] for follower in followers] == [[], [3, 4]]


def test_a_row_of_commits_notices_that_its_files_were_linked_meanwhile(folder, twin):
    store = store_at(folder)
    commit(store, opening("alice"))
    with store.in_bulk():
        commit(store, recharging("alice"))
        link(folder, twin)
        before = state(twin)
        commit(store, recharging("alice"))
    assert state(twin) == before
    assert [everything(store_at(one))["seq"] for one in (folder, twin)] == [3, 2]


def test_a_long_journal_is_replayed_by_workers_whatever_names_it_has(folder, twin, monkeypatch):
    monkeypatch.setattr("coins_cli.store.json.care.journal_replay.BYTES_FOR_WORKERS", 1)
    assert BYTES_FOR_WORKERS > 1
    store = store_at(folder)
    commit(store, opening("alice"))
    link(folder, twin)
    disk = FailingDisk(QuickDisk(folder))
    assert store_at(folder, disk=disk).audit().findings == ()
    assert ("size", "journal/000000000001.jsonl") in disk.calls
    assert "room" not in {operation for operation, _ in disk.calls}


def test_a_full_disk_refuses_before_a_shared_journal_is_touched(folder, twin):
    store = store_at(folder)
    commit(store, opening("alice"))
    link(folder, twin)
    disk, before = FailingDisk(QuickDisk(folder)), everything(store)
    disk.fail("write", "journal/*")
    with pytest.raises(StoreNotWritable):
        commit(store_at(folder, disk=disk), recharging("alice"))
    disk.heal()
    assert everything(store_at(folder)) == everything(store_at(twin)) == before
    commit(store_at(folder, disk=disk), recharging("alice"))
    assert everything(store_at(twin)) == before


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("lines_max", [2, 99])
def test_no_crash_loses_what_is_in_a_file_that_becomes_the_stores_own(seed, lines_max, tried):
    """Stopped before each step of a commit on shared files, with and without power.

    The simulated disk fails whoever changes a shared file.
    """

    def sealing(disk):
        return JsonStore("a store", disk=disk, lock_wait_seconds=0, segment_lines_max=lines_max)

    made = SimulatedDisk()
    first = commit(sealing(made), opening("alice"), recharging("alice", key="first"))
    assert len(first) == 2
    step, ends = 0, []
    while ends != ["done"]:
        step += 1
        disk = made.copy().with_second_names()
        disk.stop_at = step
        store = sealing(disk)
        ends = ["stopped"]
        with suppress(Stopped):
            commit(store, recharging("alice", "500", key="second"))
            ends = ["done"]
        for left in (disk.after_power_loss(random.Random(f"{seed} {step}")), disk.killed()):
            again = sealing(left)
            assert commit(again, recharging("alice", key="first"))[0].replayed
            (second,) = commit(again, recharging("alice", "500", key="second"))
            assert second.replayed or ends == ["stopped"]
            assert everything(again)["wallets"]["alice"].coins == 600
            assert again.audit().findings == ()
    assert step > 10
    tried("crashes on files with a second name", 2 * step)


# -- the disk itself -------------------------------------------------------------------------------


@pytest.fixture
def real(tmp_path):
    disk = PosixDisk(str(tmp_path))
    disk.write("a", b"12345")
    return disk


def test_the_size_of_a_file_is_the_same_under_each_of_its_names(real, tmp_path):
    assert (real.size("a"), real.has_two_names("a")) == (5, False)
    os.link(tmp_path / "a", tmp_path / "b")
    assert (real.size("a"), real.size("b"), real.room("a")) == (5, 5, 0)
    assert real.has_two_names("a")
    (tmp_path / "a").unlink()
    assert not real.has_two_names("b")
    assert not real.has_two_names("a")
    with pytest.raises(FileNotFoundError):
        real.size("a")


def test_a_folder_is_not_shared_however_many_links_it_has(real):
    real.make_folder("folder")
    real.make_folder("folder/inner")
    assert not real.has_two_names("folder")


def test_what_is_open_under_a_name_is_not_used_after_another_file_has_got_it(real):
    """Neither for reading in parts nor for appending."""
    real.append("a", b"6")
    assert real.read_at("a", 0, 9) == b"123456"
    real.write("b", b"another ")
    real.rename("b", "a")
    real.append("a", b"file")
    assert real.read_at("a", 0, 99) == real.read("a") == b"another file"
    real.close()
