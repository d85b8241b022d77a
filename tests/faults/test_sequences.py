"""Faults one after the other that together once broke a promise, each of them alone did not."""

import random
import subprocess
import sys
from collections import Counter

import pytest

from coins_cli.model.operations.gift import Gift
from coins_cli.model.operations.open_wallet import Open
from coins_cli.model.operations.recharge import Recharge
from coins_cli.opening import open_bank
from coins_cli.store.json.store import JsonStore
from tests.store.economies import RULES, keyed

from .economy import CHEAPER, moment, wallets_of
from .simulated_disk import SimulatedDisk, Stopped

JOURNAL = "journal/000000000001.jsonl"
BUY = [keyed(Recharge("alice", "500"), "k")]
MORE = [keyed(Gift("alice", "bob", "panda"))]
SEEDS = 200


def store_on(disk):
    return JsonStore("a store", disk=disk, lock_wait_seconds=0, new_id=lambda: "5" * 32)


def made():
    disk = SimulatedDisk()
    store_on(disk).commit([keyed(Open("alice")), keyed(Open("bob"))], RULES, moment(0))
    return disk.copy()


def stopped(disk, requests, before, taken=None):
    """Commit, and stop before an operation, or in the middle of it."""
    rehearsal = disk.copy()
    store_on(rehearsal).commit(requests, RULES, moment(1))
    disk.operations = 0
    disk.stop_at = rehearsal.log.index(before) + 1
    disk.taken_when_stopped = taken
    with pytest.raises(Stopped):
        store_on(disk).commit(requests, RULES, moment(1))
    return disk


def is_answered_again(disk):
    (answer,) = store_on(disk).commit(BUY, RULES, moment(1))
    return answer.replayed


def found_after_power_loss(disk, seed):
    lost = disk.after_power_loss(random.Random(seed))
    coins = wallets_of(store_on(lost))["alice"].coins
    assert store_on(lost).audit().findings == ()
    assert is_answered_again(lost)
    return coins


def test_what_a_repair_vouches_for_outlasts_the_power(tried):
    """Killed between a write and its sync, repaired, answered, and then without power."""
    disk = stopped(made(), BUY, f"sync {JOURNAL}").killed()
    store_on(disk).repair()
    assert is_answered_again(disk)
    assert Counter(found_after_power_loss(disk, seed) for seed in range(SEEDS)) == {500: SEEDS}
    tried("power failures after a repair or a cut newline", SEEDS)


def test_what_an_audit_shows_outlasts_the_power():
    disk = stopped(made(), BUY, f"sync {JOURNAL}").killed()
    assert store_on(disk).audit().transactions == 3
    assert Counter(found_after_power_loss(disk, seed) for seed in range(SEEDS)) == {500: SEEDS}


@pytest.mark.parametrize("before", [f"append {JOURNAL}", f"sync {JOURNAL}"])
def test_a_line_that_was_kept_without_its_newline_outlasts_a_later_write(tried, before):
    """Killed before the newline, answered again, and without power in the next write."""
    disk = stopped(made(), BUY, f"append {JOURNAL}", lambda data: len(data) - 1).killed()
    assert is_answered_again(disk)
    disk = stopped(disk.copy() if before.startswith("append") else disk, MORE, before)
    found = Counter(found_after_power_loss(disk, seed) for seed in range(SEEDS))
    assert set(found) <= {500, 495}
    tried("power failures after a repair or a cut newline", SEEDS)


def test_a_newline_that_became_a_zero_takes_no_line_with_it():
    disk = stopped(made(), BUY, f"append {JOURNAL}", lambda data: len(data) - 1).killed()
    assert is_answered_again(disk)
    disk._file(JOURNAL).now += b"\0"
    disk = disk.copy()
    assert wallets_of(store_on(disk))["alice"].coins == 500
    store_on(disk).commit(MORE, RULES, moment(2))
    assert wallets_of(store_on(disk))["alice"].coins == 495
    assert store_on(disk).audit().findings == ()


def test_what_an_interrupted_sealing_left_is_nothing_to_repair():
    def sealing(disk):
        return JsonStore("a store", disk=disk, lock_wait_seconds=0, segment_lines_max=3)

    full = made()
    sealing(full).commit(BUY, RULES, moment(1))
    full = full.copy()
    whole = full.copy()
    sealing(whole).commit(MORE, RULES, moment(2))
    assert any(name.startswith("rename keys/") for name in whole.log)
    for step in range(1, whole.operations + 1):
        disk = full.copy()
        disk.stop_at = step
        with pytest.raises(Stopped):
            sealing(disk).commit(MORE, RULES, moment(2))
        repairs = sealing(disk.killed()).repair(dry_run=True)
        assert [one for one in repairs if "quarantine" in one.done] == []


def test_other_prices_for_an_empty_segment_outlast_the_power(tried):
    """Killed when another header has just taken its place, answered, and then without power."""

    def small_store_on(disk):
        return JsonStore("a store", disk=disk, lock_wait_seconds=0, segment_lines_max=2)

    disk = made()
    small_store_on(disk).commit([], RULES, moment(1))
    disk = disk.copy()
    assert disk.content()["journal/000000000003.jsonl"].count(b"\n") == 1
    rehearsal = disk.copy()
    small_store_on(rehearsal).commit(BUY, CHEAPER, moment(2))
    renamed = rehearsal.log.index("rename journal/000000000003.jsonl") + 1
    disk.stop_at = disk.operations + renamed + 1
    with pytest.raises(Stopped):
        small_store_on(disk).commit(BUY, CHEAPER, moment(2))
    disk.killed()
    (answer,) = small_store_on(disk).commit(BUY, CHEAPER, moment(2))
    assert not answer.replayed
    assert Counter(found_after_power_loss(disk, seed) for seed in range(SEEDS)) == {500: SEEDS}
    tried("power failures after a change of prices", SEEDS)


def test_a_journal_that_became_the_stores_own_outlasts_the_power(tried):
    """Killed when a copy of the segment has just taken the place of a file with two names."""
    disk = made().with_second_names()
    rehearsal = disk.copy()
    store_on(rehearsal).commit(BUY, RULES, moment(1))
    disk.stop_at = disk.operations + rehearsal.log.index(f"rename {JOURNAL}") + 2
    with pytest.raises(Stopped):
        store_on(disk).commit(BUY, RULES, moment(1))
    disk.killed()
    assert not is_answered_again(disk)
    assert Counter(found_after_power_loss(disk, seed) for seed in range(SEEDS)) == {500: SEEDS}
    tried("power failures after a file became the store's own", SEEDS)


VERIFY = """
import os, sys, time
from coins_cli.store.json.care import journal_replay
from coins_cli.opening import open_bank
replay = journal_replay._replay_named
def slowly(*args):
    os.write(1, b"working\\n")
    time.sleep(60)
journal_replay._replay_named = slowly
open_bank(sys.argv[1]).read.verify()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends workers with their parent")
def test_a_killed_audit_leaves_neither_lock_nor_workers(tmp_path):
    bank = open_bank(tmp_path / "store")
    bank.store._segment_lines_max = 2
    bank.create_wallets("alice", "bob")
    for _ in range(20):
        bank.recharge("alice", 100)
    with subprocess.Popen(
        [sys.executable, "-c", VERIFY, str(tmp_path / "store")], stdout=subprocess.PIPE, text=True
    ) as audit:
        begun = audit.stdout.readline()
        audit.kill()
        assert begun == "working\n"
        # The workers have the pipe too: it ends with the last of them.
        audit.communicate(timeout=30)
    bank.store._lock_wait_seconds = 5
    assert bank.recharge("alice", 100).seq == 23
