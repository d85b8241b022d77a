"""Folders in which there is no store, cannot be one, or none that may be used now."""

import ctypes
import errno
import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
import time
from types import SimpleNamespace

import pytest

from coins_cli.errors import (
    CoinsError,
    ForeignOwner,
    LinkInStore,
    NetworkFileSystem,
    NewerFormat,
    NoStore,
    NotAStore,
    OlderFormat,
    StoreDamaged,
    StoreLocked,
    StoreNotWritable,
    StoreUnusable,
)
from coins_cli.store.json.disk import folder as disk_module
from coins_cli.store.json.disk import trust
from coins_cli.store.json.disk.folder import PosixDisk, become_worker
from coins_cli.store.json.layout import FORMAT
from coins_cli.store.json.store import JsonStore
from tests.store.disks import QuickDisk
from tests.store.economies import (
    RULES,
    START,
    commit,
    everything,
    opening,
    recharging,
    store_at,
)
from tests.store.journals import contents, edit_json


def reading(store):
    with store.reading() as view:
        return view.seq


ACTS = {
    "reading": reading,
    "audit": lambda store: store.audit(),
    "writing": lambda store: commit(store, opening("carol")),
    "trying": lambda store: store.commit([opening("carol")], RULES, START, dry_run=True),
}


def check_refused(store, error, *, acts=tuple(ACTS), match=None):
    """Each of these acts is refused in this way."""
    for act in acts:
        with pytest.raises(error, match=match):
            ACTS[act](store)


@pytest.fixture
def made(folder):
    """A store that is there."""
    store = store_at(folder)
    commit(store, opening("alice"), recharging("alice"))
    return store


# -- where no store can be -----------------------------------------------------------------------


def test_a_file_is_not_a_store(folder):
    folder.write_text("my thesis")
    check_refused(store_at(folder), NotAStore, match="it is a file")
    assert folder.read_text() == "my thesis"


def test_a_store_is_not_made_where_there_is_no_parent(tmp_path):
    folder = tmp_path / "no" / "such" / "store"
    check_refused(store_at(folder), StoreNotWritable, match="parent folder does not exist")
    assert not (tmp_path / "no").exists()


def test_parents_are_made_for_the_default_place(tmp_path):
    folder = tmp_path / "data" / "coins" / "store"
    commit(store_at(folder, make_parents=True), opening("alice"))
    assert folder.parent.stat().st_mode & 0o777 == 0o700
    assert everything(store_at(folder))["seq"] == 1


@pytest.mark.parametrize("make_parents", [True, False])
def test_a_file_as_parent_is_refused(tmp_path, make_parents):
    (tmp_path / "file").write_text("mine")
    store = store_at(tmp_path / "file" / "store", make_parents=make_parents)
    check_refused(store, CoinsError, acts=["reading", "audit", "writing"])
    assert (tmp_path / "file").read_text() == "mine"


def test_parents_that_cannot_be_made_are_refused(tmp_path, monkeypatch):
    def refuse(path, *args, **options):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(tmp_path / "data"))

    monkeypatch.setattr(os, "mkdir", refuse)
    store = store_at(tmp_path / "data/coins/store", make_parents=True)
    check_refused(store, StoreNotWritable, acts=["writing"], match="permission denied")


@pytest.mark.parametrize("strange", ["thesis.tex", ".bashrc", "wallets.json", "Journal"])
def test_a_folder_with_other_things_is_left_alone(folder, strange):
    folder.mkdir()
    (folder / strange).write_text("mine")
    check_refused(store_at(folder), NotAStore, match=strange)
    assert contents(folder) == {strange: b"mine"}


def test_an_empty_folder_becomes_a_store(folder):
    folder.mkdir()
    with pytest.raises(NoStore):
        reading(store_at(folder))
    commit(store_at(folder), opening("alice"))
    assert everything(store_at(folder))["seq"] == 1


def test_what_an_interrupted_making_left_is_no_obstacle(folder):
    for name in ("journal", "wallets", "keys"):
        (folder / name).mkdir(parents=True)
    (folder / "lock").touch()
    (folder / "head.json").write_text("{}")
    (folder / ".store.json.new").write_text("{")
    (folder / "journal/.000000000001.jsonl.new").write_text("{")
    (folder / "journal/000000000001.jsonl").write_text('{"first":1,"store":"another"}\n')
    with pytest.raises(NoStore):
        reading(store_at(folder))
    commit(store_at(folder), opening("alice"))
    assert store_at(folder).audit().findings == ()


def test_the_making_is_told_once(folder):
    told = []
    for user in ("alice", "bob"):
        commit(store_at(folder, on_created=told.append), opening(user))
    assert told == [str(folder)]


def test_a_folder_of_the_place_can_be_anything_that_has_a_path(tmp_path):
    for name in ("a b", "ünï 💃", "-rf", "new\nline"):
        commit(JsonStore(str(tmp_path / name)), opening("alice"))
        assert everything(JsonStore(str(tmp_path / name)))["seq"] == 1


def test_a_relative_place_is_beside_the_current_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    commit(JsonStore("here"), opening("alice"))
    assert (tmp_path / "here/store.json").exists()


# -- store.json ----------------------------------------------------------------------------------


@pytest.mark.parametrize("journal", ["one segment", "two segments"])
def test_a_missing_store_json_is_not_taken_for_a_missing_store(folder, journal):
    store = store_at(folder, lines_max=1 if journal == "two segments" else 99)
    commit(store, opening("alice"))
    commit(store, opening("bob"))
    (folder / "store.json").unlink()
    before = contents(folder)
    check_refused(store, StoreDamaged, match="store.json")
    assert contents(folder) == before


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"\0" * 50,
        b'{"format":"1","id":"x","created":"2026-01-01"}',
        b"{",
    ],
)
def test_a_broken_store_json_is_refused(folder, made, data):
    (folder / "store.json").write_bytes(data)
    check_refused(made, StoreDamaged, match="store.json")


def test_a_newer_format_is_refused_by_name(folder, made):
    edit_json(folder / "store.json", format=FORMAT + 1)
    check_refused(made, NewerFormat, match=f"format {FORMAT + 1}")


def test_an_older_format_is_refused_by_name(folder, made):
    edit_json(folder / "store.json", format=FORMAT - 1)
    check_refused(made, OlderFormat, match=f"format {FORMAT - 1}")


def test_what_a_newer_release_adds_to_store_json_is_no_obstacle_while_the_format_is_ours(
    folder, made
):
    edit_json(folder / "store.json", colour="blue")
    assert reading(made) == 2


# -- parts that are gone -------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["lock", "turn"])
def test_a_missing_lock_is_made_again(folder, made, name):
    (folder / name).unlink()
    assert reading(made) == 2
    assert (folder / name).exists()
    (folder / name).unlink()
    commit(made, opening("bob"))
    assert reading(made) == 3


@pytest.mark.parametrize("name", ["journal", "wallets"])
def test_a_missing_folder_is_refused(folder, made, name):
    (folder / name).rename(folder.parent / name)
    with pytest.raises(StoreUnusable):
        commit(made, opening("dora", key="k"))
    with pytest.raises(StoreUnusable):
        everything(made)


def test_a_missing_key_index_is_noticed_by_who_seals(folder, made):
    (folder / "keys").rename(folder.parent / "keys")
    assert reading(made) == 2
    with pytest.raises(StoreNotWritable):
        commit(store_at(folder, lines_max=2), opening("bob"))
    assert reading(made) == 2


@pytest.mark.parametrize("name", ["journal", "wallets", "keys"])
def test_an_audit_finds_a_missing_folder(folder, made, name):
    commit(store_at(folder, lines_max=2), opening("bob"))
    (folder / name).rename(folder.parent / name)
    assert any(name in finding.where for finding in made.audit().findings)


@pytest.mark.parametrize("name", ["store.json", "head.json", "journal/000000000001.jsonl", "lock"])
def test_a_folder_in_the_place_of_a_file_is_refused(folder, made, name):
    (folder / name).unlink()
    (folder / name).mkdir()
    check_refused(made, StoreUnusable, acts=["writing"])
    if name != "lock":  # even a folder can be locked
        check_refused(made, StoreUnusable, acts=["reading"])


# -- links, owners and file systems --------------------------------------------------------------


@pytest.mark.parametrize("name", ["journal", "wallets", "keys", "quarantine"])
def test_a_folder_that_is_a_link_is_refused(folder, made, name):
    elsewhere = folder.parent / "elsewhere"
    if (folder / name).exists():
        (folder / name).rename(elsewhere)
    else:
        elsewhere.mkdir()
    (folder / name).symlink_to(elsewhere)
    check_refused(made, LinkInStore, match=name)


@pytest.mark.parametrize(
    "name", ["store.json", "lock", "head.json", "journal/000000000001.jsonl", "wallets/alice.json"]
)
def test_a_file_that_is_a_link_is_not_followed(folder, made, name):
    elsewhere = folder.parent / "elsewhere"
    (folder / name).rename(elsewhere)
    (folder / name).symlink_to(elsewhere)
    before = elsewhere.read_bytes()
    with pytest.raises(LinkInStore, match=elsewhere.parent.name):
        everything(made)
    with pytest.raises(LinkInStore):
        commit(made, recharging("alice"))
    assert elsewhere.read_bytes() == before


def test_a_link_to_the_store_itself_is_followed(folder, made):
    link = folder.parent / "link"
    link.symlink_to(folder)
    commit(store_at(link), opening("bob"))
    assert reading(made) == 3


def test_a_link_that_leads_elsewhere_later_does_not_split_a_store(folder, made):
    link = folder.parent / "link"
    link.symlink_to(folder)
    store = store_at(link)
    link.unlink()
    link.symlink_to(folder.parent / "other")
    commit(store, opening("bob"))
    assert reading(made) == 3
    assert not (folder.parent / "other").exists()


def test_a_link_that_leads_back_to_itself_is_refused(folder):
    folder.symlink_to(folder.parent / "other")
    (folder.parent / "other").symlink_to(folder)
    with pytest.raises(StoreNotWritable, match="leads back to itself"):
        JsonStore(str(folder))


def test_a_relative_place_in_a_folder_that_was_deleted_is_refused(folder, monkeypatch):
    folder.mkdir()
    monkeypatch.chdir(folder)
    folder.rmdir()
    with pytest.raises(StoreNotWritable, match="the current folder was deleted"):
        JsonStore("class-7b")


def test_segments_are_sealed_through_a_link(folder, made):
    link = folder.parent / "link"
    link.symlink_to(folder)
    store = JsonStore(str(link), segment_lines_max=1)
    for n in range(3):
        commit(store, recharging("alice", key=f"{n}"))
    assert len(list((folder / "journal").iterdir())) == 4
    assert made.audit().findings == ()


def test_the_store_of_another_user_is_refused(folder, made, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: folder.stat().st_uid + 1)
    check_refused(made, ForeignOwner, match="another user")


@pytest.mark.parametrize(
    ("mountinfo", "device", "kind"),
    [
        ("36 35 0:44 / /home rw,noatime shared:1 - nfs4 server:/home rw", "0:44", "nfs4"),
        ("36 35 0:44 / /a rw - ext4 /dev/a rw\n37 35 0:45 / /b rw - tmpfs t rw", "0:45", "tmpfs"),
        ("36 35 0:44 / /a rw - fuse.sshfs me@there:/ rw", "0:44", "fuse.sshfs"),
        ("36 35 0:44 / /a rw - ext4 /dev/a rw", "0:46", ""),
        ("", "0:44", ""),
        ("0:44", "0:44", ""),
    ],
)
def test_the_mount_table_says_which_file_system_it_is(mountinfo, device, kind):
    assert trust.mount_kind(mountinfo, device) == kind


@pytest.mark.parametrize("kind", ["nfs", "nfs4", "cifs", "smb3", "fuse.sshfs", "9p"])
def test_a_network_file_system_is_refused_by_name_unless_it_is_allowed(
    folder, made, monkeypatch, kind
):
    monkeypatch.setattr(trust, "file_system", lambda found: kind)
    monkeypatch.delenv("COINS_ALLOW_NETWORK_FS", raising=False)
    check_refused(made, NetworkFileSystem, match=kind)
    monkeypatch.setenv("COINS_ALLOW_NETWORK_FS", "yes")
    check_refused(made, NetworkFileSystem)
    monkeypatch.setenv("COINS_ALLOW_NETWORK_FS", "1")
    assert reading(made) == 2


@pytest.mark.parametrize("kind", ["ext4", "tmpfs", "overlay", "local", ""])
def test_a_file_system_of_this_computer_is_not_refused(made, monkeypatch, kind):
    monkeypatch.setattr(trust, "file_system", lambda found: kind)
    assert reading(made) == 2


def test_the_file_system_is_not_known_where_the_system_does_not_say(tmp_path, monkeypatch):
    found = os.stat(tmp_path)
    assert trust.file_system(found) != "nfs"
    assert isinstance(trust.file_system(os.stat("/proc")), str)
    monkeypatch.setattr(sys, "platform", "darwin")
    assert trust.file_system(found) == ""


def test_the_file_system_is_not_known_without_a_mount_table(monkeypatch):
    def missing(*args, **options):
        raise FileNotFoundError

    monkeypatch.setattr(trust, "open", missing, raising=False)
    assert trust.file_system(os.stat("/proc")) == ""


# -- locks ---------------------------------------------------------------------------------------


@pytest.fixture
def lock(folder, made):
    """Takes the lock as another process would."""
    fd = os.open(folder / "lock", os.O_RDWR)
    yield lambda operation: fcntl.flock(fd, operation | fcntl.LOCK_NB)
    os.close(fd)


def test_a_writer_elsewhere_keeps_everyone_out(folder, made, lock):
    lock(fcntl.LOCK_EX)
    before = contents(folder)
    check_refused(made, StoreLocked, match=r"locked by another process for 0\.05 seconds")
    assert contents(folder) == before
    lock(fcntl.LOCK_UN)
    assert reading(made) == 2


def test_readers_share_the_lock_and_keep_writers_out(folder, made, lock):
    lock(fcntl.LOCK_SH)
    check_refused(made, StoreLocked, acts=["writing"])
    assert reading(made) == 2
    assert made.audit().findings == ()
    assert made.commit([opening("carol")], RULES, START, dry_run=True)


def test_a_reader_holds_the_lock_as_long_as_it_reads(folder, made):
    with made.reading() as view, store_at(folder).reading() as other:
        assert view.seq == other.seq
        check_refused(store_at(folder), StoreLocked, acts=["writing"])
    commit(store_at(folder), opening("bob"))


def test_the_wait_for_a_lock_ends_when_it_is_free(folder, made, lock):
    lock(fcntl.LOCK_EX)
    timer = threading.Timer(0.05, lock, [fcntl.LOCK_UN])
    timer.start()
    commit(store_at(folder, lock_wait_seconds=10), opening("bob"))
    timer.join()
    assert reading(made) == 3


def test_no_lock_is_waited_for_longer_than_said(folder, made, lock):
    lock(fcntl.LOCK_EX)
    began = time.monotonic()
    with pytest.raises(StoreLocked) as refusal:
        reading(store_at(folder, lock_wait_seconds=0.1))
    assert 0.1 <= time.monotonic() - began < 5
    assert refusal.value.fields == {"path": str(folder), "waited_seconds": 0.1}


def test_readers_who_come_later_do_not_pass_a_writer_who_waits(folder, made, lock):
    lock(fcntl.LOCK_SH)
    writer = threading.Thread(
        target=commit, args=(store_at(folder, lock_wait_seconds=30), opening("bob"))
    )
    writer.start()
    turn = os.open(folder / "turn", os.O_RDONLY)
    while not _is_held(turn):
        assert writer.is_alive()
        time.sleep(0.001)
    seen = []
    patient = store_at(folder, lock_wait_seconds=30)
    reader = threading.Thread(target=lambda: seen.append(reading(patient)))
    reader.start()
    time.sleep(0.1)
    assert seen == []
    lock(fcntl.LOCK_UN)
    writer.join()
    reader.join()
    assert seen == [3]
    assert not _is_held(turn)
    os.close(turn)


def test_who_waits_too_long_for_a_turn_does_without(folder, made):
    """It is a courtesy: a process that was stopped while it waited must not stop all others."""
    turn = os.open(folder / "turn", os.O_RDWR)
    fcntl.flock(turn, fcntl.LOCK_EX)
    assert reading(made) == 2
    commit(made, opening("bob"))
    os.close(turn)


def _is_held(fd):
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    fcntl.flock(fd, fcntl.LOCK_UN)
    return False


def test_the_lock_is_let_go_after_a_refusal(folder, made):
    with pytest.raises(CoinsError):
        commit(made, opening("alice"))
    with pytest.raises(ZeroDivisionError), made.reading():
        raise ZeroDivisionError
    commit(store_at(folder), opening("bob"))


def test_what_a_reader_does_with_what_it_reads_is_not_blamed_on_the_store(folder, made):
    with pytest.raises(FileNotFoundError), made.reading():
        (folder.parent / "not there").read_bytes()


def test_the_lock_of_a_process_ends_with_it(folder, made):
    script = """if True:
        import fcntl, sys
        file = open(sys.argv[1])
        fcntl.flock(file, fcntl.LOCK_EX)
        print("held", flush=True)
        sys.stdin.read()
    """
    held = subprocess.Popen(
        [sys.executable, "-c", script, folder / "lock"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with held:
        assert held.stdout.readline() == b"held\n"
        check_refused(made, StoreLocked, acts=["writing", "reading"])
        held.kill()
        held.wait()
        commit(made, opening("bob"))


@pytest.fixture
def handled_by_none(monkeypatch):
    """Tells how often this process was to handle no interruption, which it goes on to do."""
    asked = []
    monkeypatch.setattr(disk_module, "handle_none", lambda: asked.append("handle none"))
    return asked


def test_a_worker_gives_up_its_parents_locks_and_ends_with_it(
    folder, made, monkeypatch, handled_by_none
):
    asked = []
    library = SimpleNamespace(prctl=lambda *args: asked.append(args))
    monkeypatch.setattr(ctypes, "CDLL", lambda name: library)
    with PosixDisk(str(folder)).lock("lock", shared=False, wait_seconds=0):
        check_refused(made, StoreLocked, acts=["reading"])
        become_worker(os.getppid())
        assert reading(made) == 2
    assert asked == [(1, signal.SIGKILL)]
    assert handled_by_none == ["handle none"]


def test_a_worker_whose_parent_has_ended_already_ends_too(monkeypatch, handled_by_none):
    monkeypatch.setattr(ctypes, "CDLL", lambda name: SimpleNamespace(prctl=lambda *args: None))
    monkeypatch.setattr(os, "_exit", sys.exit)
    with pytest.raises(SystemExit):
        become_worker(os.getppid() + 1)


def test_the_lock_file_is_never_replaced(folder, made):
    before = (folder / "lock").stat().st_ino
    commit(store_at(folder, lines_max=1), opening("bob"))
    commit(store_at(folder, lines_max=1), opening("carol"))
    assert (folder / "lock").stat().st_ino == before


def test_a_lock_file_that_was_replaced_while_one_waited_is_not_believed(folder, made, lock):
    """Two processes with the locks of two files would both write."""
    lock(fcntl.LOCK_EX)

    def replace():
        (folder / "lock").unlink()
        (folder / "lock").touch()
        lock(fcntl.LOCK_UN)

    timer = threading.Timer(0.05, replace)
    timer.start()
    with pytest.raises(StoreNotWritable, match="replaced"):
        commit(store_at(folder, lock_wait_seconds=10), opening("bob"))
    timer.join()
    assert reading(made) == 2


def test_many_at_once_lose_nothing(folder):
    """All make the store at once, and then write to it in turns."""
    threads, each = 4, 6
    ready, errors = threading.Barrier(threads), []

    def work(name):
        try:
            store = store_at(folder, lines_max=5, lock_wait_seconds=30)
            ready.wait()
            commit(store, opening(name))
            for n in range(each):
                commit(store, recharging(name, key=f"{name} {n}"))
                assert everything(store)["wallets"][name].coins == 100 * (n + 1)
        except BaseException as error:
            errors.append(error)
            raise

    workers = [threading.Thread(target=work, args=[f"user{n}"]) for n in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not errors
    found = everything(store_at(folder))
    assert found["seq"] == threads * (each + 1)
    assert {wallet.coins for wallet in found["wallets"].values()} == {100 * each}
    assert store_at(folder).audit().findings == ()
    assert json.loads((folder / "head.json").read_bytes())["seq"] == found["seq"]


@pytest.mark.parametrize("operation", ["has_parent", "names", "make_folder", "lock"])
@pytest.mark.parametrize("does", ["makes it", "makes it and goes on"])
def test_a_store_that_another_process_makes_meanwhile_is_used(folder, operation, does):
    """This one found none, and the other one is quicker right before its `operation`."""
    told = []

    class Late(QuickDisk):
        def __getattr__(self, name):
            if name == operation and not (folder / "store.json").exists():
                others = [opening("alice")] if does == "makes it and goes on" else []
                commit(store_at(folder), *others)
            return super().__getattr__(name)

    commit(store_at(folder, disk=Late(folder), on_created=told.append), opening("bob"))
    assert told == []
    assert "bob" in everything(store_at(folder))["wallets"]


@pytest.mark.parametrize("act", ["writing", "trying", "reading"])
def test_a_store_that_another_process_finishes_meanwhile_is_no_damaged_one(folder, act):
    """The other one is in the middle of making it when this one looks, and then it goes on."""
    commit(store_at(folder))
    aside = folder.parent / "store.json"
    (folder / "store.json").rename(aside)

    class Late(QuickDisk):
        def read(self, name):
            if name.startswith("journal/") and aside.exists():
                aside.rename(folder / "store.json")
                commit(store_at(folder), opening("alice"))
            return self._disk.read(name)

    store = store_at(folder, disk=Late(folder))
    if act == "reading":  # It has looked for `store.json` already.
        with pytest.raises(NoStore):
            reading(store)
    else:
        ACTS[act](store)
    assert "alice" in everything(store_at(folder))["wallets"]


@pytest.mark.parametrize("operation", ["has_parent", "names"])
def test_a_reader_who_comes_before_a_store_is_made_finds_none_and_the_next_one_finds_it(
    folder, operation
):
    class Late(QuickDisk):
        def __getattr__(self, name):
            if name == operation and not (folder / "store.json").exists():
                commit(store_at(folder), opening("alice"))
            return super().__getattr__(name)

    with pytest.raises(NoStore):
        reading(store_at(folder, disk=Late(folder)))
    assert reading(store_at(folder)) == 1


def test_nothing_is_kept_open(folder, made):
    before = len(os.listdir("/proc/self/fd"))
    store = JsonStore(str(folder), segment_lines_max=1, disk=QuickDisk(folder))
    for n in range(3):
        commit(store, recharging("alice", key=f"{n}"))
        everything(store)
    with pytest.raises(CoinsError):
        commit(store, opening("alice"))
    assert len(os.listdir("/proc/self/fd")) == before
