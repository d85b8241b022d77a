"""Disks that refuse, and what the answer is then.

Before the commit point a failure is a refusal, and nothing has changed; after it nothing is.
"""

import errno
import json
import os
import signal

import pytest

from coins_cli.errors import (
    OutcomeUnknown,
    StoreFrozen,
    StoreNotWritable,
    StoreUnusable,
    UnknownUser,
)
from coins_cli.files.changes import Changes
from coins_cli.store.json.disk import folder as disk_module
from coins_cli.store.json.disk.folder import PosixDisk
from coins_cli.store.json.store import JsonStore
from tests.store.disks import FailingDisk, QuickDisk
from tests.store.economies import (
    commit,
    everything,
    giving,
    opening,
    recharging,
    store_at,
)
from tests.store.journals import contents, lines, segments

SEGMENT = "journal/0*"


@pytest.fixture
def disk(folder):
    """A disk that works for now, with a store on which alice has 500 coins."""
    commit(store_at(folder), opening("alice"), opening("bob"))
    commit(store_at(folder), recharging("alice", "500"))
    return FailingDisk(QuickDisk(folder))


def kept(folder):
    """What is not temporary."""
    return {name: data for name, data in contents(folder).items() if not name.endswith(".new")}


def check_goes_on(folder, before):
    """Nothing was changed, and when the disk works again all goes on."""
    assert everything(store_at(folder)) == before
    assert store_at(folder).audit().findings == ()
    commit(store_at(folder), giving("alice", "bob", key="k"), recharging("bob"))
    assert store_at(folder).audit().findings == ()
    assert everything(store_at(folder))["seq"] == before["seq"] + 2


# -- before the commit point ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "error", [errno.ENOSPC, errno.EIO, errno.EROFS, errno.EACCES, errno.EDQUOT]
)
@pytest.mark.parametrize(
    ("operation", "pattern"),
    [
        ("room", "wallets/alice.json"),
        ("room", "wallets/bob.json"),
        ("room", "head.json"),
        ("append", SEGMENT),
        ("lock", "lock"),
        ("read", "head.json"),
        ("read", SEGMENT),
        ("read", "store.json"),
        ("read", "wallets/alice.json"),
    ],
)
def test_a_failure_before_the_commit_point_changes_nothing(folder, disk, operation, pattern, error):
    before, files = everything(store_at(folder)), kept(folder)
    disk.fail(operation, pattern, error=error)
    with pytest.raises(StoreNotWritable) as refusal:
        commit(store_at(folder, disk=disk), giving("alice", "bob", key="k"))
    assert refusal.value.why == os.strerror(error).lower()
    assert refusal.value.path == str(folder)
    assert kept(folder) == files
    check_goes_on(folder, before)


@pytest.mark.parametrize("bytes_done", [0, 1, 100, 10_000])
@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO])
def test_an_append_that_ends_in_the_middle_is_taken_back(folder, disk, bytes_done, error):
    before, files = everything(store_at(folder)), kept(folder)
    disk.fail("append", SEGMENT, error=error, bytes_done=bytes_done)
    with pytest.raises(StoreNotWritable):
        commit(store_at(folder, disk=disk), giving("alice", "bob"), recharging("alice"))
    assert kept(folder) == files
    check_goes_on(folder, before)


def test_a_sync_that_fails_once_is_taken_back(folder, disk):
    before, files = everything(store_at(folder)), kept(folder)

    class Once(FailingDisk):
        def __getattr__(self, operation):
            if ("truncate", "journal/000000000001.jsonl") in self.calls:
                self.heal()
            return super().__getattr__(operation)

    once = Once(QuickDisk(folder))
    once.fail("sync", SEGMENT)
    with pytest.raises(StoreNotWritable, match="input/output error"):
        commit(store_at(folder, disk=once), giving("alice", "bob"))
    assert kept(folder) == files
    names = [call for call in once.calls if call[1].startswith("journal/0")]
    assert [operation for operation, _ in names][-4:] == ["append", "sync", "truncate", "sync"]
    check_goes_on(folder, before)


def test_what_was_appended_is_synced_before_anything_shows_it(folder, disk):
    commit(store_at(folder, disk=disk), giving("alice", "bob"))
    appended = disk.calls.index(("append", "journal/000000000001.jsonl"))
    after = [call for call in disk.calls[appended:] if call[0] not in ("boot", "close")]
    assert [operation for operation, _ in after] == ["append", "sync", *["overwrite"] * 3]
    assert [name for _, name in after][2:] == [
        "wallets/alice.json",
        "wallets/bob.json",
        "head.json",
    ]


def test_what_does_not_fit_over_the_old_is_written_before_the_commit_point(folder, disk):
    """So that a full disk refuses while it still costs nothing."""
    commit(store_at(folder, disk=disk), opening("carol"))
    appended = disk.calls.index(("append", "journal/000000000001.jsonl"))
    before, after = disk.calls[:appended], disk.calls[appended:]
    assert ("write", "wallets/.carol.json.new") in before
    assert ("rename", "wallets/.carol.json.new") in after
    disk.fail("write", "wallets/.dave.json.new", error=errno.ENOSPC)
    told, files = everything(store_at(folder)), kept(folder)
    with pytest.raises(StoreNotWritable):
        commit(store_at(folder, disk=disk), opening("dave"))
    assert kept(folder) == files
    check_goes_on(folder, told)


def test_a_file_that_has_a_second_name_is_replaced(folder, disk):
    """Somebody keeps it by a hard link; what they keep must not change."""
    wallet = folder / "wallets/alice.json"
    os.link(wallet, folder.parent / "kept.json")
    before = wallet.read_bytes()
    commit(store_at(folder, disk=disk), giving("alice", "bob"))
    assert (folder.parent / "kept.json").read_bytes() == before
    assert json.loads(wallet.read_bytes())["coins"] == 495


def test_folders_are_synced_before_the_first_line_in_a_segment_is_acknowledged(folder):
    """They lead to the segment; whoever made it may have been stopped before it synced them."""
    commit(store_at(folder))
    disk = FailingDisk(QuickDisk(folder))
    commit(store_at(folder, disk=disk), opening("alice"))
    appended = disk.calls.index(("append", "journal/000000000001.jsonl"))
    synced = [name for operation, name in disk.calls[:appended] if operation == "sync"]
    assert {"journal", "", ".."} <= set(synced)


# -- when nobody can say -------------------------------------------------------------------------


@pytest.mark.parametrize("failing", [["append", "truncate"], ["sync"], ["sync", "truncate"]])
def test_a_write_that_cannot_be_taken_back_freezes_the_store(folder, disk, failing):
    for operation in failing:
        disk.fail(operation, SEGMENT, error=errno.EIO)
    with pytest.raises(OutcomeUnknown, match="input/output error, then input/output error"):
        commit(store_at(folder, disk=disk), giving("alice", "bob"))
    disk.heal()
    with pytest.raises(StoreFrozen):
        commit(store_at(folder), recharging("alice"))
    with pytest.raises(StoreFrozen):
        store_at(folder).write_catalog(b"", None)


def test_a_store_that_cannot_even_be_frozen_still_says_that_nobody_knows(folder, disk):
    disk.fail("sync", SEGMENT)
    disk.fail("write", "frozen")
    with pytest.raises(OutcomeUnknown):
        commit(store_at(folder, disk=disk), giving("alice", "bob"))
    assert not (folder / "frozen").exists()


def test_a_frozen_store_can_be_read_and_audited(folder, disk):
    disk.fail("append", SEGMENT)
    disk.fail("truncate", SEGMENT)
    before = everything(store_at(folder))
    with pytest.raises(OutcomeUnknown):
        commit(store_at(folder, disk=disk), giving("alice", "bob"))
    assert everything(store_at(folder)) == before
    assert store_at(folder).audit().findings == ()


def test_a_store_thaws_when_the_computer_was_restarted(folder, disk):
    disk.fail("append", SEGMENT)
    disk.fail("truncate", SEGMENT)
    before = everything(store_at(folder))
    with pytest.raises(OutcomeUnknown):
        commit(store_at(folder, disk=disk), giving("alice", "bob"))
    commit(store_at(folder, boot="the second boot"), recharging("bob"))
    assert everything(store_at(folder, boot="the second boot"))["seq"] == before["seq"] + 1


def test_a_line_that_cannot_be_made_durable_is_not_believed(folder, disk):
    """After a kill between write and sync, the next to open the store syncs what it finds."""
    head = (folder / "head.json").read_bytes()
    commit(store_at(folder), recharging("bob"))
    (folder / "head.json").write_bytes(head)
    disk.fail("sync", SEGMENT)
    with pytest.raises(StoreUnusable):
        everything(store_at(folder, disk=disk))
    with pytest.raises(StoreUnusable):
        commit(store_at(folder, disk=disk), giving("alice", "bob"))


# -- after the commit point ----------------------------------------------------------------------


@pytest.mark.parametrize("pattern", ["wallets/alice.json", "wallets/bob.json", "head.json", "*"])
def test_a_failed_write_after_the_commit_point_still_answers_yes(folder, disk, pattern):
    disk.fail("overwrite", pattern)
    (answer,) = commit(store_at(folder, disk=disk), giving("alice", "bob", key="k"))
    assert answer.transaction.seq == 4
    told = everything(store_at(folder))
    assert told["seq"] == 4
    assert told["wallets"]["bob"].earned == 5
    assert store_at(folder).audit().findings == ()
    disk.heal()
    for _ in range(2):
        commit(store_at(folder, disk=disk), recharging("bob"))
    assert json.loads((folder / "wallets/alice.json").read_bytes())["coins"] == 495
    assert store_at(folder).audit().findings == ()


def test_a_failed_rename_after_the_commit_point_still_answers_yes(folder, disk):
    disk.fail("rename")
    (answer,) = commit(store_at(folder, disk=disk), opening("carol"))
    assert answer.transaction.seq == 4
    assert "carol" in everything(store_at(folder))["wallets"]
    disk.heal()
    commit(store_at(folder, disk=disk), recharging("carol"))
    assert store_at(folder).audit().findings == ()


def test_a_failed_closing_is_not_a_failed_commit(folder, disk):
    (answer,) = commit(store_at(folder, disk=disk), recharging("bob"))
    assert disk.calls[-1] == ("close", "")
    assert answer.transaction.seq == 4


def test_an_interruption_during_a_commit_waits_until_all_is_in_place(folder):
    class Interrupting(QuickDisk):
        def append(self, name, data):
            self._disk.append(name, data)
            os.kill(os.getpid(), signal.SIGINT)

    commit(store_at(folder), opening("alice"))
    with pytest.raises(KeyboardInterrupt):
        commit(store_at(folder, disk=Interrupting(folder)), recharging("alice"))
    assert json.loads((folder / "head.json").read_bytes())["seq"] == 2
    assert json.loads((folder / "wallets/alice.json").read_bytes())["coins"] == 100
    assert signal.pthread_sigmask(signal.SIG_BLOCK, []) == set()


def test_whoever_opens_the_store_can_hold_interruptions_back_for_longer(folder):
    told = []

    def hold():
        told.append("held")
        return lambda: told.append("let through")

    commit(store_at(folder), opening("alice"))
    commit(store_at(folder, changes=Changes(hold)), recharging("alice"))
    with pytest.raises(UnknownUser):
        commit(store_at(folder, changes=Changes(hold)), recharging("bob"))
    assert told == ["held", "let through"]


# -- sealing and making --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operation", "pattern"),
    [
        ("size", "places"),
        ("append", "places"),
        ("write", "keys/.*"),
        ("rename", "keys/.*"),
        ("write", "journal/.000000000004.jsonl.new"),
        ("overwrite", "wallets/alice.json"),
        ("rename", "journal/.000000000004.jsonl.new"),
        ("write", ".head.json.new"),
        ("rename", ".head.json.new"),
        ("sync", "wallets/alice.json"),
        ("sync", "wallets"),
        ("sync", "places"),
        ("sync", "keys/.*"),
        ("sync", "keys"),
        ("sync", "journal/.000000000004.jsonl.new"),
        ("sync", "journal"),
        ("sync", ".head.json.new"),
    ],
)
def test_a_failure_while_sealing_is_a_refusal_that_loses_nothing(folder, disk, operation, pattern):
    before = everything(store_at(folder))
    disk.fail(operation, pattern, error=errno.EIO)
    with pytest.raises(StoreUnusable):
        commit(store_at(folder, disk=disk, lines_max=3), giving("alice", "bob"))
    disk.heal()
    boot = "the second boot" if (folder / "frozen").exists() else "the first boot"
    assert everything(store_at(folder, boot=boot)) == before
    assert store_at(folder, boot=boot).audit().findings == ()
    commit(store_at(folder, boot=boot, lines_max=3), giving("alice", "bob"))
    found = everything(store_at(folder, boot=boot))
    assert found["entries"][:-1] == before["entries"]
    assert len(segments(folder)) == 2
    assert store_at(folder, boot=boot).audit().findings == ()


@pytest.mark.parametrize(
    ("operation", "pattern"), [("append", "places"), ("write", "keys/.*"), ("write", "journal/.*")]
)
@pytest.mark.parametrize("bytes_done", [1, 8, 13])
def test_half_of_what_sealing_writes_on_a_full_disk_does_no_harm(
    folder, disk, operation, pattern, bytes_done
):
    disk.fail(operation, pattern, error=errno.ENOSPC, bytes_done=bytes_done)
    for _ in range(2):
        with pytest.raises(StoreNotWritable, match="no space"):
            commit(store_at(folder, disk=disk, lines_max=3), giving("alice", "bob"))
        assert store_at(folder).audit().findings == ()
    disk.heal()
    commit(store_at(folder, disk=disk, lines_max=3), giving("alice", "bob", key="k"))
    assert len(segments(folder)) == 2
    assert store_at(folder).audit().findings == ()
    assert store_at(folder).repair(dry_run=True) == []


def test_a_segment_that_cannot_be_protected_is_sealed_all_the_same(folder, disk):
    disk.fail("protect", error=errno.EPERM)
    commit(store_at(folder, disk=disk, lines_max=3), giving("alice", "bob"))
    assert len(segments(folder)) == 2


@pytest.mark.parametrize(
    ("operation", "pattern"),
    [
        ("make_folder", ""),
        ("make_folder", "journal"),
        ("make_folder", "keys"),
        ("lock", "lock"),
        ("write", "journal/*"),
        ("write", ".head.json.new"),
        ("write", ".store.json.new"),
        ("sync", ".store.json.new"),
        ("sync", "journal"),
        ("rename", ".store.json.new"),
    ],
)
def test_a_store_that_cannot_be_made_is_made_by_the_next(folder, operation, pattern):
    disk = FailingDisk(QuickDisk(folder))
    disk.fail(operation, pattern, error=errno.ENOSPC)
    with pytest.raises(StoreUnusable):
        commit(store_at(folder, disk=disk), opening("alice"))
    assert not (folder / "store.json").exists()
    commit(store_at(folder, boot="the second boot"), opening("alice"))
    assert store_at(folder, boot="the second boot").audit().findings == ()


def test_a_tail_that_cannot_be_kept_is_not_cut(folder, disk):
    path = folder / "journal/000000000001.jsonl"
    torn = path.read_bytes() + b'{"seq":4,'
    path.write_bytes(torn)
    for operation in ("make_folder", "write", "sync"):
        disk.fail(operation, "quarantine*", error=errno.ENOSPC)
        with pytest.raises(StoreUnusable):
            commit(store_at(folder, disk=disk), giving("alice", "bob"))
        disk.heal()
        assert path.read_bytes() == torn
    commit(store_at(folder, boot="the second boot"), giving("alice", "bob"))
    assert len(lines(folder)) == 4


# -- the disk itself -----------------------------------------------------------------------------


def test_short_writes_go_on_until_all_is_written(folder, monkeypatch):
    write = os.write
    monkeypatch.setattr(disk_module.os, "write", lambda fd, data: write(fd, bytes(data[:7])))
    commit(store_at(folder, lines_max=1), opening("alice"), recharging("alice", key="k"))
    commit(store_at(folder, lines_max=1), recharging("alice"))
    monkeypatch.undo()
    assert store_at(folder).audit().findings == ()
    assert everything(store_at(folder))["wallets"]["alice"].coins == 200


def test_a_real_disk_syncs_files_and_folders(tmp_path, monkeypatch):
    synced = []
    fsync = os.fsync
    monkeypatch.setattr(disk_module.os, "fsync", lambda fd: synced.append("folder") or fsync(fd))
    monkeypatch.setattr(disk_module, "_sync_data", lambda fd: synced.append("file") or fsync(fd))
    disk = PosixDisk(str(tmp_path))
    disk.append("a", b"12")
    disk.append("a", b"34")
    disk.sync("a")
    disk.truncate("a", 3)
    disk.close()
    disk.sync("a")
    disk.sync("")
    disk.sync("..")
    assert synced == ["file", "file", "folder", "folder"]
    assert disk.read("a") == b"123"
    assert disk.read_at("a", 1, 1) == b"2"
    assert disk.read_at("a", 9, 1) == b""


def test_a_disk_reads_a_file_that_says_it_is_empty(tmp_path):
    """Such as those in `/proc`, and those that grow while they are read."""
    assert PosixDisk("/proc/self").read("stat").endswith(b"\n")


def test_the_folder_above_may_not_be_opened(tmp_path, monkeypatch):
    """Such as that of all homes; it is not ours to sync then."""
    opened = os.open

    def refuse(path, *args, **options):
        if str(path).endswith(forbidden):
            raise PermissionError(errno.EACCES, "no")
        return opened(path, *args, **options)

    monkeypatch.setattr(disk_module.os, "open", refuse)
    forbidden = ".."
    commit(store_at(tmp_path / "store", disk=PosixDisk(str(tmp_path / "store"))), opening("alice"))
    forbidden = "wallets"
    with pytest.raises(PermissionError):
        PosixDisk(str(tmp_path / "store")).sync("wallets")


def test_the_boot_is_one_name_until_the_next_boot(tmp_path, monkeypatch):
    disk = PosixDisk(str(tmp_path))
    assert disk.boot() == disk.boot() == PosixDisk(str(tmp_path)).boot()
    assert len(disk.boot()) == 36

    def missing(*args, **options):
        raise FileNotFoundError

    monkeypatch.setattr(disk_module, "open", missing, raising=False)
    assert PosixDisk(str(tmp_path)).boot() == "unknown"
    assert len(disk.boot()) == 36, "it is read once"


@pytest.mark.parametrize("name", ["store.json", "frozen"])
def test_what_a_disk_cannot_tell_is_not_taken_for_missing(folder, monkeypatch, name):
    """Else a frozen store would be written, and a store that is there be made anew."""
    commit(store_at(folder), opening("alice"))
    before = contents(folder)
    lstat = os.lstat

    def fail(path, *args, **options):
        if str(path).endswith(f"/{name}"):
            raise OSError(errno.EIO, os.strerror(errno.EIO), str(path))
        return lstat(path, *args, **options)

    monkeypatch.setattr(os, "lstat", fail)
    with pytest.raises(StoreNotWritable, match="input/output error"):
        commit(JsonStore(str(folder)), opening("bob"))
    monkeypatch.undo()
    assert contents(folder) == before
