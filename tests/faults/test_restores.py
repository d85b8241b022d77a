"""A restore under kills, power failures and failing disks at every operation, and done again."""

import errno
import random

import pytest

from coins_cli.errors import FileInTheWay, InvalidArchive, StoreUnusable
from coins_cli.store.json.making import is_made
from tests.tried import Tried

from .economy import commands, moment, store_on, wallets_of
from .simulated_disk import SimulatedDisk, Stopped

SEEDS = 5


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy of a store with several segments, as a path, and what its wallets are."""
    disk = SimulatedDisk()
    for place, command in enumerate(commands()):
        store_on(disk).commit(command.requests, command.rules, moment(place))
    path = str(tmp_path_factory.mktemp("copy") / "copy.tar.gz")
    store_on(disk).backup(path)
    return path, wallets_of(store_on(disk))


def attempt(disk, path):
    """Restore; whether it was answered."""
    try:
        store_on(disk).restore(path)
    except (Stopped, StoreUnusable):
        return False
    return True


def judge(disk, copy, story, *, is_answered):
    """What a crash left is no store yet, which a restore makes one, or the whole store."""
    path, wallets = copy
    assert is_made(disk) or not is_answered, story
    if is_made(disk):
        with pytest.raises(FileInTheWay):
            store_on(disk).restore(path)
    else:
        store_on(disk).restore(path)
        assert not disk.exists("restoring"), story
    assert wallets_of(store_on(disk)) == wallets, story
    assert store_on(disk).audit().findings == (), story


def test_a_restore_that_ends_at_any_operation_can_be_done_again(copy, tried: Tried):
    rehearsal = SimulatedDisk()
    assert attempt(rehearsal, copy[0])
    count = 0
    for seed in range(SEEDS):
        rng = random.Random(seed)
        for step in [*range(1, rehearsal.operations + 1), None]:
            disk = SimulatedDisk()
            disk.stop_at = step
            is_answered = attempt(disk, copy[0])
            assert is_answered == (step is None)
            left = disk.after_power_loss(rng)
            judge(left, copy, f"power lost at {step}, seed {seed}", is_answered=is_answered)
            # Interrupted once more while it clears away, and then done for good.
            again = disk.killed()
            again.stop_at = rng.randint(1, 30)
            is_answered = attempt_again(again, copy[0]) or is_answered
            judge(again.killed(), copy, f"killed at {step}, seed {seed}", is_answered=is_answered)
            count += 2
    tried("crashes of a restore", count, "each done again")


def attempt_again(disk, path):
    try:
        return attempt(disk, path)
    except FileInTheWay:
        return False


@pytest.mark.parametrize("number", [errno.EIO, errno.ENOSPC])
def test_a_restore_whose_disk_fails_at_any_operation_leaves_nothing_or_the_store(
    copy, tried: Tried, number
):
    rehearsal = SimulatedDisk()
    assert attempt(rehearsal, copy[0])
    for step in range(1, rehearsal.operations + 1):
        disk = SimulatedDisk()
        disk.fail = {step: number}
        is_answered = attempt(disk, copy[0])
        assert not disk.content() or is_made(disk), rehearsal.log[step - 1]
        judge(disk.killed(), copy, f"failed at {step}", is_answered=is_answered)
    tried("disks that fail in a restore", rehearsal.operations, "nothing left, and done again")


def test_a_bad_copy_that_is_stopped_at_any_operation_leaves_what_can_be_restored_into(
    copy, tmp_path, tried: Tried
):
    bad = tmp_path / "bad"
    with open(copy[0], "rb") as good:
        bad.write_bytes(good.read()[:-4])
    disk = SimulatedDisk()
    with pytest.raises(InvalidArchive):
        store_on(disk).restore(str(bad))
    assert disk.content() == {}
    for step in range(1, disk.operations + 1):
        stopped = SimulatedDisk()
        stopped.stop_at = step
        with pytest.raises(Stopped):
            store_on(stopped).restore(str(bad))
        judge(stopped.killed(), copy, f"killed at {step}", is_answered=False)
    tried("crashes of a restore that fails", disk.operations, "each done again")


def test_what_an_interrupted_restore_of_another_copy_left_never_comes_back(
    copy, tmp_path, tried: Tried
):
    """It was durable, it is cleared away, and then the power is lost, the answer being given."""
    small = SimulatedDisk()
    store_on(small).commit(commands()[0].requests, commands()[0].rules, moment(0))
    path = str(tmp_path / "small")
    store_on(small).backup(path)
    rehearsal = SimulatedDisk()
    assert attempt(rehearsal, copy[0])
    for seed in range(50):
        disk = SimulatedDisk()
        disk.stop_at = rehearsal.operations - 5
        assert not attempt(disk, copy[0])
        store_on(disk.killed()).restore(path)
        left = disk.after_power_loss(random.Random(seed))
        judge(left, (path, wallets_of(store_on(small))), f"seed {seed}", is_answered=True)
    tried("power failures after a restore over an interrupted one", 50, "nothing comes back")
