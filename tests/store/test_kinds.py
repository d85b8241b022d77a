"""Something else in the place of a store's file: named, never waited for, never replaced."""

import os
import signal
import socket
import stat
from contextlib import contextmanager
from types import SimpleNamespace

import msgspec
import pytest

from coins_cli.bank import Bank
from coins_cli.errors import LinkInStore, StoreUnusable, WrongKind
from coins_cli.files.catalogs import default_catalog_text
from coins_cli.store.json.disk.trust import check_kind
from coins_cli.store.json.layout import checkpoint_file, temporary_of
from coins_cli.store.protocol import Checkpoint
from tests.store.disks import QuickDisk
from tests.store.economies import (
    CATALOG,
    RULES,
    START,
    commit,
    everything,
    giving,
    heads,
    opening,
    recharging,
    store_at,
)

SEGMENT = "journal/000000000005.jsonl"
CHECKPOINT = checkpoint_file("payouts")
FILES = {
    "store.json": "store.json",
    "lock": "lock",
    "turn": "turn",
    "head.json": "head.json",
    "catalog.toml": "catalog.toml",
    "clock.json": "clock.json",
    "frozen": "frozen",
    "the newest segment": SEGMENT,
    "a sealed segment": "journal/000000000001.jsonl",
    "a wallet": "wallets/alice.json",
    "another wallet": "wallets/bob.json",
    "a run of the key index": "keys/000000000001.run",
    "the places of lines": "places",
    "a projection's checkpoint": CHECKPOINT,
    "a temporary of a wallet": temporary_of("wallets/alice.json"),
    "a temporary of head.json": temporary_of("head.json"),
}
HANG_SECONDS = 5


def make_socket(path):
    here = os.getcwd()
    os.chdir(path.parent)  # a socket's name must be short
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(path.name)
    os.chdir(here)


def make_device(path):
    if os.geteuid() != 0:
        pytest.skip("only root can make a device")
    os.mknod(path, 0o600 | stat.S_IFCHR, os.makedev(1, 3))


KINDS = {
    "a pipe": os.mkfifo,
    "a folder": os.mkdir,
    "a full folder": lambda path: (path / "inner").mkdir(parents=True),
    "a socket": make_socket,
    "a device": make_device,
    "a link": lambda path: path.symlink_to("/dev/null"),
    "a dangling link": lambda path: path.symlink_to(path.parent.parent.parent / "nowhere"),
}


@contextmanager
def without_waiting():
    """Fails what takes so long that it must be waiting for ever."""

    def stop(*_):
        raise AssertionError("it hangs")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(HANG_SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def entries_of(folder):
    """Every entry of a store: its kind, and its content if it is a file."""
    found = {}
    for path in sorted(folder.rglob("*")):
        is_file = path.is_file() and not path.is_symlink()
        found[str(path)] = (path.lstat().st_mode, path.read_bytes() if is_file else None)
    return found


@pytest.fixture
def made(sealed_bank, folder):
    """A store with every file that there can be: sealed segments, a checkpoint, a clock, prices."""
    (folder / "clock.json").write_text("{}\n")
    (folder / "catalog.toml").write_bytes(default_catalog_text())
    with sealed_bank.store.reading() as view:
        newest = heads(sealed_bank.store)[-1]
        view.put_checkpoint("payouts", Checkpoint(5, newest, msgspec.Raw(b"{}")))
    return sealed_bank


def batch(store):
    with store.in_bulk():
        for user in ("carol", "dora", "erin"):
            commit(store, opening(user), giving("alice", "bob"))


ACTS = {
    "reading": everything,
    "views": lambda store: Bank(store, CATALOG).read.payouts(),
    "writing": lambda store: commit(store, recharging("alice"), giving("alice", "bob")),
    "sealing": lambda store: [commit(store, opening(user)) for user in ("carol", "dora", "erin")],
    "trying": lambda store: store.commit([opening("carol")], RULES, START, dry_run=True),
    "the key of a retry": lambda store: commit(store, recharging("alice", "500", key="lesson-1")),
    "a batch": batch,
    "the clock": lambda store: store.clock(),
    "setting the clock": lambda store: store.change_clock(lambda clock, _: clock, START),
    "the catalog": lambda store: store.catalog_text(),
    "its own catalog": lambda store: store.write_catalog(b"", START),
    "repair": lambda store: store.repair(),
    "trying repair": lambda store: store.repair(dry_run=True),
    "following": lambda store: store.follow(0).look(),
}


def refused(act):
    """The refusal of `act`, or `None`; it must not take for ever."""
    with without_waiting():
        try:
            act()
        except StoreUnusable as refusal:
            return refusal
    return None


def put_in_the_way(folder, name, kind):
    """Put something of that kind in the place of a file."""
    place = folder / name
    place.unlink(missing_ok=True)
    KINDS[kind](place)


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("file", FILES)
def test_what_is_in_the_place_of_a_file_is_named_and_nothing_is_done(made, folder, file, kind, act):
    name = FILES[file]
    put_in_the_way(folder, name, kind)
    before = entries_of(folder)
    refusal = refused(lambda: ACTS[act](store_at(folder, lines_max=2)))
    if refusal is not None:
        assert isinstance(refusal, WrongKind | LinkInStore)
        assert name in refusal.message
        kept = entries_of(folder)
        kept.pop(str(folder / "turn"), None)
        if act not in ("sealing", "a batch"):  # the first of them may have been done
            assert all(kept[path] == was for path, was in before.items() if path in kept)
    assert entries_of(folder)[str(folder / name)] == before[str(folder / name)]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("file", FILES)
def test_an_audit_reports_what_is_in_the_place_of_a_file(made, folder, file, kind):
    name = FILES[file]
    put_in_the_way(folder, name, kind)
    found = []
    refusal = refused(lambda: found.extend(store_at(folder, lines_max=2).audit().findings))
    if refusal is not None:
        assert file in ("store.json", "lock", "turn")
        assert name in refusal.message
    else:
        problems = [one.problem for one in found if one.where == name]
        assert any(problem.startswith("it is a") for problem in problems)


@pytest.mark.parametrize("act", ["reading", "writing", "trying", "repair"])
@pytest.mark.parametrize("kind", [kind for kind in KINDS if "folder" not in kind])
@pytest.mark.parametrize("name", ["journal", "wallets", "keys", "views", "quarantine"])
def test_what_is_in_the_place_of_a_folder_is_named(made, folder, name, kind, act):
    if (folder / name).exists():
        (folder / name).rename(folder.parent / name)
    KINDS[kind](folder / name)
    with without_waiting(), pytest.raises((WrongKind, LinkInStore), match=name):
        ACTS[act](store_at(folder))


@pytest.mark.parametrize("act", ACTS)
def test_with_everything_in_its_place_all_is_done(made, folder, act):
    ACTS[act](store_at(folder, lines_max=2))
    assert store_at(folder).audit().findings == ()


def test_what_is_put_in_the_way_after_the_commit_point_does_not_turn_the_answer(made, folder):
    """The wallet file is prepared as a new one, and its place is taken before it is named."""

    class Late(QuickDisk):
        def append(self, name, data):
            self._disk.append(name, data)
            put_in_the_way(folder, "wallets/bob.json", "a pipe")

    os.link(folder / "wallets/bob.json", folder.parent / "second name")
    store = store_at(folder, disk=Late(folder))
    assert commit(store, recharging("bob"))[0].transaction.seq == 6
    assert stat.S_ISFIFO((folder / "wallets/bob.json").lstat().st_mode)


def test_what_is_put_in_the_way_after_a_batch_was_answered_is_left_to_who_comes_next(made, folder):
    store = store_at(folder)
    with store.in_bulk():
        done = commit(store, recharging("alice"))
        put_in_the_way(folder, "lock", "a folder")
    assert done


def test_a_kind_that_no_word_is_known_for_is_no_file(made, folder):
    with pytest.raises(WrongKind, match="no file"):
        check_kind("x", SimpleNamespace(st_mode=0o150000), 0o100000)
