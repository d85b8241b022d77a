"""Copies of a store in one file, and stores made from them."""

import io
import shutil
import tarfile

import pytest

from coins_cli.errors import (
    FileInTheWay,
    InvalidArchive,
    InvalidCatalog,
    NewerFormat,
    NoStore,
    NoSuchFile,
    NotAStore,
    OlderFormat,
    StoreDamaged,
    StoreUnusable,
)
from coins_cli.files.catalogs import default_catalog_text
from coins_cli.store.json.store import JsonStore
from tests.store.disks import Killed, KillingDisk, QuickDisk
from tests.store.economies import START, bank_at, commit, everything, heads, opening, store_at
from tests.store.journals import contents, replace_file, restore, segments
from tests.store.test_forgery import made


@pytest.fixture
def store(folder):
    """A store in segments of two."""
    restore(folder, made(2)[0])
    return store_at(folder)


@pytest.fixture
def archive(folder, store):
    """A copy of it."""
    path = folder.parent / "copy.tar.gz"
    store.backup(str(path))
    return path


@pytest.fixture
def new(folder):
    """A place for another store."""
    return folder.parent / "new"


def test_a_restored_store_is_the_same_store(folder, store, archive, new):
    copied = store_at(new).restore(str(archive))
    assert (copied.transactions, copied.head) == (7, heads(store)[-1])
    assert everything(store_at(new)) == everything(store)
    assert heads(store_at(new)) == heads(store)
    found, kept = (
        {name: set(data.splitlines()) for name, data in contents(place).items() if data}
        for place in (new, folder)
    )
    assert found == {**kept, "head.json": found["head.json"]}
    assert store_at(new).audit().findings == ()
    assert bank_at(new).recharge("alice", 500, key="lesson-1").replayed
    assert [path.stat().st_mode & 0o777 for path in segments(new)] == [0o400] * 3 + [0o600]
    assert archive.stat().st_mode & 0o777 == 0o600


def test_both_go_on_by_themselves(store, archive, new):
    store_at(new).restore(str(archive))
    commit(store_at(new), opening("carol"))
    commit(store, opening("dora"))
    assert list(everything(store)["wallets"]) == ["alice", "bob", "dora"]
    assert list(everything(store_at(new))["wallets"]) == ["alice", "bob", "carol"]


def test_a_copy_has_the_catalog_and_no_torn_tail(folder, store, new):
    store.write_catalog(default_catalog_text(), START)
    path = segments(folder)[-1]
    replace_file(path, path.read_bytes() + b'{"seq":8,')
    told = everything(store)
    store.backup(str(folder.parent / "copy"))
    store_at(new).restore(str(folder.parent / "copy"))
    assert (new / "catalog.toml").read_bytes() == default_catalog_text()
    assert everything(store_at(new)) == told


def test_a_copy_is_of_one_moment_while_others_write(folder, store, new):
    told = everything(store)
    path = folder.parent / "copy"
    store.backup(
        str(path), progress=lambda done, of: commit(store_at(folder), opening(f"user{done}"))
    )
    assert everything(store)["seq"] > told["seq"]
    store_at(new).restore(str(path))
    assert everything(store_at(new)) == told


@pytest.mark.parametrize(
    ("name", "data", "error"),
    [("clock.json", b"?", StoreDamaged), ("catalog.toml", b"prices", InvalidCatalog)],
)
def test_no_copy_is_made_that_no_restore_would_take(folder, store, name, data, error):
    (folder / name).write_bytes(data)
    with pytest.raises(error, match=name):
        store.backup(str(folder.parent / "copy"))
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_no_file_is_overwritten(folder, store, archive, new):
    before = archive.read_bytes()
    with pytest.raises(FileInTheWay):
        store.backup(str(archive))
    with pytest.raises(FileInTheWay):
        store.restore(str(archive))
    new.mkdir()
    (new / "head.json").touch()
    with pytest.raises(FileInTheWay):
        store_at(new).restore(str(archive))
    assert archive.read_bytes() == before


def test_a_copy_that_fails_leaves_nothing(folder, store):
    def stop(done, of):
        raise KeyboardInterrupt

    before = set(folder.parent.iterdir())
    with pytest.raises(KeyboardInterrupt):
        store.backup(str(folder.parent / "copy"), progress=stop)
    with pytest.raises(StoreUnusable):
        store.backup(str(folder.parent / "no/such/copy"))
    with pytest.raises(NoStore):
        store_at(folder.parent / "nothing").backup(str(folder.parent / "copy"))
    assert set(folder.parent.iterdir()) == before


def archive_of(path, members):
    with tarfile.open(path, "w:gz") as archive:
        for name, data in members.items():
            entry = tarfile.TarInfo(name)
            if data is None:
                entry.type = tarfile.DIRTYPE
                archive.addfile(entry)
            else:
                entry.size = len(data)
                archive.addfile(entry, io.BytesIO(data))
    return path


def journal_of(files):
    journal = {name: files[name] for name in files if name.startswith("journal/")}
    return {"store.json": files["store.json"], **journal}


FIRST = "journal/000000000001.jsonl"


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"store.json": b""}, InvalidArchive),
        ({"store.json": b'{"format":99,"id":"x","created":"2026-01-01T00:00:00Z"}'}, NewerFormat),
        ({"store.json": b'{"format":2,"id":"x","created":"2026-01-01T00:00:00Z"}'}, InvalidArchive),
        ({"store.json": b'{"format":1,"id":"x","created":"2026-01-01T00:00:00Z"}'}, OlderFormat),
        ({FIRST: b""}, InvalidArchive),
        ({FIRST: None}, InvalidArchive),
        ({"../evil": b""}, InvalidArchive),
        ({"/etc/evil": b""}, InvalidArchive),
        ({"journal/../../evil.jsonl": b""}, InvalidArchive),
        ({"wallets/alice.json": b""}, InvalidArchive),
        ({"journal/1.jsonl": b""}, InvalidArchive),
        ({"journal/000000000099.jsonl": b"{}"}, InvalidArchive),
    ],
)
def test_an_archive_that_is_wrong_leaves_nothing(new, change, error):
    path = archive_of(new.parent / "copy", {**journal_of(made(2)[0]), **change})
    before = set(new.parent.rglob("*"))
    with pytest.raises(error):
        store_at(new).restore(str(path))
    assert set(new.parent.rglob("*")) == before


def test_what_is_no_archive_leaves_nothing(archive, new):
    data = archive.read_bytes()
    with pytest.raises(NoSuchFile):
        store_at(new).restore(str(archive) + ".missing")
    archive.unlink()
    archive_of(archive, {FIRST: b""})
    with pytest.raises(InvalidArchive, match=r"store\.json"):
        store_at(new).restore(str(archive))
    for wrong in (b"", b"text", data[:100], data[:-20], b"\0" * 500):
        archive.write_bytes(wrong)
        with pytest.raises(InvalidArchive):
            store_at(new).restore(str(archive))
    assert not new.exists()


@pytest.mark.parametrize("place", range(-8, 0))
def test_the_checksum_of_an_archive_is_read_to_the_end(archive, new, place):
    data = bytearray(archive.read_bytes())
    data[place] ^= 1
    archive.write_bytes(data)
    with pytest.raises(InvalidArchive):
        store_at(new).restore(str(archive))
    assert not new.exists()


def test_a_copy_does_not_replace_what_appeared_meanwhile(folder, store):
    path = folder.parent / "copy"
    with pytest.raises(FileInTheWay):
        store.backup(str(path), progress=lambda done, of: path.write_text("mine"))
    assert path.read_text() == "mine"
    assert {entry.name for entry in folder.parent.iterdir()} == {folder.name, "copy"}


def test_parents_of_the_default_place_are_made(archive, new):
    store_at(new / "a/b", make_parents=True).restore(str(archive))
    assert everything(store_at(new / "a/b"))["seq"] == 7


@pytest.mark.parametrize("is_right", [True, False])
def test_a_store_that_another_process_makes_meanwhile_is_not_touched(archive, new, is_right):
    """Least of all is it cleared away with a restore that fails."""

    class Late(QuickDisk):
        def lock(self, name, **options):
            if not (new / "store.json").exists():
                commit(store_at(new), opening("alice"))
            return self._disk.lock(name, **options)

    if not is_right:
        archive.write_bytes(archive.read_bytes()[:-30])
    with pytest.raises((FileInTheWay, InvalidArchive)):
        store_at(new, disk=Late(new)).restore(str(archive))
    assert list(everything(store_at(new))["wallets"]) == ["alice"]
    assert store_at(new).audit().findings == ()


def test_a_restore_that_was_killed_can_be_done_again(folder, store, archive, new):
    """Whatever it left, the next one clears away; until then nothing else uses the folder."""
    stopped = 0
    for step in range(1, 1_000):
        disk = KillingDisk(QuickDisk(new), step)
        try:
            JsonStore(str(new), disk=disk).restore(str(archive))
        except Killed:
            stopped += 1
        else:
            break
        if not (new / "store.json").exists() and (new / "restoring").exists():
            with pytest.raises(NotAStore, match="restore into it again"):
                commit(store_at(new), opening("mallory"))
        if not (new / "store.json").exists():
            store_at(new).restore(str(archive))
        assert store_at(new).audit().findings == ()
        assert store_at(new).audit().head == store.audit().head
        shutil.rmtree(new)
    assert stopped > 10
    assert store_at(new).audit().head == store.audit().head


def test_links_in_a_copy_are_refused(folder, new):
    path = folder.parent / "odd.tar.gz"
    with tarfile.open(path, "w:gz") as odd:
        link = tarfile.TarInfo("store.json")
        link.type, link.linkname = tarfile.SYMTYPE, "nowhere"
        odd.addfile(link)
    with pytest.raises(InvalidArchive, match="it is a link"):
        store_at(new).restore(str(path))
    assert not new.exists()
