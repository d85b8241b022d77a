"""The economy's own clock in every store: set, advanced, reset, kept, broken and mended."""

import os
import random
from contextlib import suppress
from datetime import timedelta

import pytest

from coins_cli.bank import Bank
from coins_cli.errors import ClockBehind, ClockTooFar, NoStore, StoreDamaged, StoreUnusable
from coins_cli.model.clock import Clock, clock_advanced
from tests.faults.economy import store_on
from tests.faults.simulated_disk import SimulatedDisk, Stopped
from tests.store.disks import FailingDisk, QuickDisk
from tests.store.economies import CATALOG, START, bank_at, commit, opening, store_at
from tests.store.journals import contents

DAY = timedelta(days=1)


class Computer:
    """The computer's clock, which stands until a test moves it."""

    def __init__(self):
        self.shows = START

    def __call__(self):
        return self.shows


@pytest.fixture
def computer():
    return Computer()


@pytest.fixture
def bank(store, computer):
    return Bank(store, CATALOG, clock=computer)


@pytest.fixture
def again(reopened, computer):
    """The same economy, as another process has it."""
    return Bank(reopened, CATALOG, clock=computer)


def test_the_computers_clock_is_in_force_until_another_is_set(bank, computer):
    assert (bank.read.now(), bank.store.clock()) == (START, Clock())
    bank.create_wallets("alice")
    shown = bank.read.clock()
    assert (shown.now, shown.clock.is_own, shown.is_behind) == (START, False, False)
    computer.shows += DAY
    assert bank.read.now() == START + DAY


def test_a_clock_that_is_set_runs_on_from_there_for_everybody(bank, again, computer):
    shown = bank.set_clock("2030-01-01")
    assert shown.now.isoformat() == "2030-01-01T00:00:00+00:00"
    computer.shows += DAY
    assert again.read.now().isoformat() == "2030-01-02T00:00:00+00:00"
    (opened,) = again.create_wallets("alice")
    assert opened.at == again.read.now()


def test_a_clock_that_was_stopped_stands_until_it_is_advanced(bank, again, computer):
    bank.set_clock("2030-01-01T09:00", stopped=True)
    computer.shows += DAY
    assert again.read.now().isoformat() == "2030-01-01T09:00:00+00:00"
    assert again.advance_clock("1h30m").now.isoformat() == "2030-01-01T10:30:00+00:00"
    computer.shows += DAY
    assert bank.read.now().isoformat() == "2030-01-01T10:30:00+00:00"


def test_a_clock_that_is_reset_waits_for_the_newest_transaction(bank, again, computer):
    bank.advance_clock("3d")
    (later,) = bank.create_wallets("alice")
    assert later.at == START + 3 * DAY
    shown = again.reset_clock()
    assert (shown.clock, shown.now, shown.is_behind) == (Clock(), START + 3 * DAY, True)
    assert again.read.now() == START
    (behind,) = again.create_wallets("bob")
    assert behind.at == START + 3 * DAY
    computer.shows += 4 * DAY
    assert not bank.read.clock().is_behind
    assert bank.create_wallets("carol")[0].at == START + 4 * DAY
    assert bank.read.verify().findings == ()


def test_time_passes_from_the_newest_transaction_on(bank, again):
    bank.advance_clock("3d")
    bank.create_wallets("alice")
    bank.reset_clock()
    assert again.advance_clock("1d").now == START + 4 * DAY


def test_a_clock_is_not_set_to_before_the_newest_transaction(bank, again):
    bank.advance_clock("3d")
    bank.create_wallets("alice")
    with pytest.raises(ClockBehind):
        again.set_clock("2026-01-05")
    with pytest.raises(ClockTooFar):
        again.advance_clock("9999999d")
    assert again.read.now() == START + 3 * DAY
    bank.create_wallets("bob")
    assert again.store.clock() == Clock(3 * DAY)


@pytest.mark.parametrize("behind", [False, True])
def test_times_in_the_journal_never_run_backwards(bank, again, behind):
    for number, by in enumerate(["5d", "1s", "2w"]):
        again.advance_clock(by)
        bank.create_wallets(f"user{number}")
        if behind:
            again.reset_clock()
        bank.create_wallets(f"user{number}.b")
    with again.store.reading() as view:
        times = [entry.transaction.at for entry in view.entries()]
    assert times == sorted(times)
    assert times[-1] > START + 14 * DAY


# -- the file ------------------------------------------------------------------------------------


def test_a_store_is_made_for_a_clock_unless_it_is_refused(folder):
    bank = bank_at(folder)
    with pytest.raises(ClockTooFar):
        bank.set_clock("9500-01-01")
    assert not folder.exists()
    assert bank.store.clock() == Clock()
    bank.set_clock("2030-01-01")
    assert bank.read.clock().now.year == 2030
    bank.create_wallets("alice")
    assert bank.read.verify().findings == ()


def test_who_only_looks_at_the_clock_makes_no_store(folder):
    bank = bank_at(folder)
    assert not bank.read.clock().clock.is_own
    assert not folder.exists()
    with pytest.raises(NoStore):
        bank.read.wallets()


def test_the_file_says_how_far_it_is_ahead_or_where_it_stands(folder):
    bank = bank_at(folder)
    bank.create_wallets("alice")
    bank.advance_clock("3d")
    path = folder / "clock.json"
    assert path.read_bytes() == b'{"ahead":"P3D"}\n'
    bank.set_clock("2030-01-01", stopped=True)
    assert path.read_bytes() == b'{"stopped_at":"2030-01-01T00:00:00Z"}\n'
    bank.reset_clock()
    assert path.read_bytes() == b"{}\n"
    assert store_at(folder).clock() == Clock()
    assert bank.read.verify().findings == ()


BROKEN = [
    b"",
    b"\0" * 20,
    b"nonsense",
    b"[]",
    b'{"ahead":3}',
    b'{"ahead":"P9999999999999D"}',
    b'{"ahead":"P3D"',
    b'{"ahead":"P3D","other":1}',
    b'{"stopped_at":"2030-01-01"}',
    b'{"stopped_at":"2030-01-01T00:00:00"}',
    b'{"stopped_at":true}',
    b'{"ahead":"\xff"}',
    b"[" * 100_000,
]


@pytest.mark.parametrize("data", BROKEN, ids=range(len(BROKEN)))
def test_a_broken_clock_stops_what_needs_the_time_and_nothing_else(folder, data):
    bank = bank_at(folder)
    bank.create_wallets("alice")
    (folder / "clock.json").write_bytes(data)
    before = contents(folder)
    for act in (
        bank.read.now,
        bank.read.clock,
        lambda: bank.create_wallets("bob"),
        lambda: bank.recharge("alice", 100, dry_run=True),
    ):
        with pytest.raises(StoreDamaged) as refusal:
            act()
        assert isinstance(refusal.value, StoreUnusable)
        assert "clock.json" in refusal.value.message
        assert "coins clock reset" in refusal.value.message
    assert contents(folder) == before
    assert bank.read.wallet("alice").coins == 0
    assert len(bank.read.history("alice")) == 1
    assert bank.reset_clock().clock == Clock()
    bank.create_wallets("bob")
    assert bank.read.verify().findings == ()


@pytest.mark.parametrize("mend", [lambda b: b.set_clock("2030-01-01"), Bank.reset_clock])
def test_a_broken_clock_is_mended_by_setting_it_too(folder, mend):
    bank = bank_at(folder)
    bank.create_wallets("alice")
    (folder / "clock.json").write_bytes(b"?")
    mend(bank)
    assert bank.read.now() >= START


@pytest.mark.parametrize("target", ["elsewhere.json", "store.json"])
def test_a_clock_that_is_a_link_is_refused_and_what_it_leads_to_left_alone(folder, target):
    bank = bank_at(folder)
    bank.create_wallets("alice")
    elsewhere = folder.parent / "elsewhere.json"
    elsewhere.write_bytes(b'{"ahead":"P3D"}\n')
    os.symlink(elsewhere if target == "elsewhere.json" else target, folder / "clock.json")
    with pytest.raises(StoreUnusable):
        bank.read.now()
    before = (folder / "store.json").read_bytes()
    try:
        bank.advance_clock("9d")
    except StoreUnusable:
        assert (folder / "clock.json").is_symlink()
    assert elsewhere.read_bytes() == b'{"ahead":"P3D"}\n'
    assert (folder / "store.json").read_bytes() == before


def test_a_copy_has_the_clock_too(folder):
    bank = bank_at(folder)
    bank.create_wallets("alice")
    bank.set_clock("2030-01-01", stopped=True)
    archive = folder.parent / "copy.tar.gz"
    bank.store.backup(str(archive))
    bank.reset_clock()
    new = store_at(folder.parent / "new")
    new.restore(str(archive))
    assert new.clock() == Clock(stopped_at=bank_at(folder.parent / "new").read.now())
    assert new.clock().stopped_at.year == 2030
    assert new.audit().findings == ()


def test_a_disk_that_takes_no_clock_leaves_the_one_there_was(folder):
    disk = FailingDisk(QuickDisk(folder))
    bank = Bank(store_at(folder, disk=disk), CATALOG, clock=lambda: START)
    bank.create_wallets("alice")
    bank.advance_clock("1d")
    for operation in ("write", "sync", "rename"):
        disk.fail(operation, "*clock*")
        with pytest.raises(StoreUnusable):
            bank.advance_clock("1d")
        disk.heal()
        assert bank.read.now() == START + DAY
    assert bank.advance_clock("1d").now == START + 2 * DAY


def test_a_frozen_store_takes_no_clock(folder):
    bank = bank_at(folder)
    bank.create_wallets("alice")
    (folder / "frozen").write_text("the first boot")
    with pytest.raises(StoreUnusable):
        bank.reset_clock()


@pytest.mark.parametrize("seed", range(5))
def test_a_crash_leaves_the_old_clock_or_the_new_one(seed):
    rng = random.Random(seed)
    for step in range(1, 60):
        disk = SimulatedDisk()
        store = store_on(disk)
        commit(store, opening("alice"))
        store.change_clock(lambda *_: Clock(DAY), START)
        disk.stop_at = disk.operations + step
        allowed = [Clock(DAY), Clock(2 * DAY)]
        with suppress(Stopped):
            allowed = [store.change_clock(advanced, START)]
        for left in (disk.killed(), disk.after_power_loss(rng)):
            assert store_on(left).clock() in allowed
            assert store_on(left).audit().findings == ()
        if len(allowed) == 1:
            return
    raise AssertionError("it is never done")


def advanced(clock, newest):
    return clock_advanced(DAY, clock, START, newest)
