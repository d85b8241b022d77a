"""Where a copy may be restored, and that nothing of anybody else is removed there."""

import os
import tarfile

import pytest

from coins_cli.errors import CoinsError, FileInTheWay, InvalidArchive, NotAStore, StoreUnusable
from coins_cli.store.json.care import archive_reading
from coins_cli.store.json.making import RESTORING_TEXT
from coins_cli.store.json.store import JsonStore
from tests.store.disks import FailingDisk, Killed, KillingDisk, QuickDisk
from tests.store.economies import commit, heads, opening, store_at
from tests.store.journals import contents, forge, restore, segments
from tests.store.test_forgery import made


@pytest.fixture
def archive(folder):
    """A copy of a store in segments of two."""
    restore(folder, made(2)[0])
    path = folder.parent / "copy.tar.gz"
    store_at(folder).backup(str(path))
    return path


@pytest.fixture
def new(folder):
    """A place for another store."""
    return folder.parent / "new"


def everything_in(folder):
    """Each entry under `folder`: a file's bytes, where a link leads, or `None` for a folder."""
    found = {}
    for place, folders, files in os.walk(folder):
        for name in [*folders, *files]:
            path = os.path.join(place, name)
            is_link = os.path.islink(path)
            data = os.readlink(path) if is_link else None
            if not is_link and os.path.isfile(path):
                with open(path, "rb") as file:
                    data = file.read()
            found[os.path.relpath(path, folder)] = data
    return found


def interrupted(new, archive, at=None):
    """Leave in `new` what a restore leaves that is killed before its operation `at`, or late."""
    if at is None:
        disk = FailingDisk(QuickDisk(new))
        disk.fail("rename", "*store.json*")
        disk.fail("remove")
        with pytest.raises(StoreUnusable):
            JsonStore(str(new), disk=disk).restore(str(archive))
        assert (new / "wallets/alice.json").exists()
        assert (new / "restoring").exists()
        return
    with pytest.raises(Killed):
        JsonStore(str(new), disk=KillingDisk(QuickDisk(new), at)).restore(str(archive))


OTHERS = {
    "a thesis": {"thesis.tex": "mine"},
    "a thesis beside a file named as the marker": {"thesis.tex": "mine", "restoring": ""},
    "a file named as the marker": {"restoring": "the kitchen"},
    "an empty file named as the marker": {"restoring": ""},
    "a file named as what the marker is prepared in": {".restoring.new": "the kitchen"},
    "a lock of another program": {"lock": "pid 7"},
    "a turn of something else": {"turn": "left"},
    "a journal": {"restoring": "", "journal/monday.txt": "dear diary"},
    "a journal of hours": {"restoring": "", "journal/000000000001.jsonl": "{}"},
    "wallets": {"wallets/alice.json": "{}", "restoring": ""},
    "a hidden file": {".coins.new": "mine", "restoring": ""},
    "a head.json": {"head.json": "{}"},
}


@pytest.mark.parametrize("is_good", [True, False])
@pytest.mark.parametrize("files", OTHERS.values(), ids=OTHERS)
def test_a_folder_of_somebody_else_is_refused_and_left_as_it_is(new, archive, files, is_good):
    if not is_good:
        archive.write_bytes(b"no archive")
    restore_files(new, files)
    before = everything_in(new)
    with pytest.raises(FileInTheWay) as refused:
        store_at(new).restore(str(archive))
    assert everything_in(new) == before
    assert refused.value.path.removeprefix(f"{new}/").partition("/")[0] in {
        name.partition("/")[0] for name in files
    }


def restore_files(folder, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


STRANGE = [
    "thesis.tex",
    "notes/monday.txt",
    "journal/thesis.tex",
    "journal/1.jsonl",
    "journal/000000000001.jsonl/thesis.tex",
    "wallets/thesis.tex",
    "wallets/Alice.json",
    "wallets/bob/thesis.json",
    "keys/abc.txt",
    "keys/1.run",
    "keys/00000000000g.run",
    "places/thesis.tex",
    "keys/.ssh.new",
    ".thesis.new",
    "head.json/thesis.tex",
    "views/thesis.json",
    "quarantine/thesis.tex",
    "store.json.bak",
]


@pytest.mark.parametrize("strange", STRANGE)
def test_what_came_into_an_interrupted_restore_is_refused_by_name_and_left(new, archive, strange):
    interrupted(new, archive)
    parent = (new / strange).parent
    if parent.is_file():
        parent.unlink()
    restore_files(new, {strange: "mine"})
    before = everything_in(new)
    with pytest.raises(FileInTheWay) as refused:
        store_at(new).restore(str(archive))
    assert everything_in(new) == before
    assert refused.value.path.startswith(str(new))
    assert strange.startswith(refused.value.path.removeprefix(f"{new}/"))


@pytest.mark.parametrize(
    "name",
    ["head.json", "places", "keys/000000000009.run", "wallets/carol.json", ".clock.json.new"],
)
@pytest.mark.parametrize("make", ["link", "fifo"])
def test_what_is_no_file_is_not_ours_even_under_our_name(new, archive, name, make):
    interrupted(new, archive)
    (new / name).unlink(missing_ok=True)
    if make == "link":
        (new / name).symlink_to(new.parent / "elsewhere")
    else:
        os.mkfifo(new / name)
    before = everything_in(new)
    with pytest.raises(FileInTheWay):
        store_at(new).restore(str(archive))
    assert everything_in(new) == before


def test_an_interrupted_restore_is_cleared_to_the_last_file_and_done_again(folder, new, archive):
    interrupted(new, archive)
    restore_files(
        new,
        {
            "wallets/zoe.json": "{}",
            "wallets/.zoe.json.new": "",
            "keys/000000000777.run": "left by an earlier copy",
            "journal/000000000099.jsonl": "left by an earlier copy",
            "catalog.toml": "left by an earlier copy",
            "clock.json": "left by an earlier copy",
            "frozen": "an earlier boot",
        },
    )
    store_at(new).restore(str(archive))
    assert heads(store_at(new)) == heads(store_at(folder))
    assert store_at(new).audit().findings == ()
    found = {name for name, data in everything_in(new).items() if data}
    assert not {name for name in found if "zoe" in name or "99" in name or "777" in name}
    assert not {"catalog.toml", "clock.json", "frozen", "restoring"} & set(everything_in(new))


def test_an_interrupted_restore_is_taken_away_by_a_bad_copy(new, archive):
    interrupted(new, archive)
    archive.write_bytes(archive.read_bytes()[:-30])
    with pytest.raises(InvalidArchive):
        store_at(new).restore(str(archive))
    assert everything_in(new) == {}


@pytest.mark.parametrize("is_there", [True, False])
def test_a_folder_that_was_there_stays_when_a_copy_is_bad(new, archive, is_there):
    if is_there:
        new.mkdir()
    archive.write_bytes(archive.read_bytes()[:-30])
    with pytest.raises(InvalidArchive):
        store_at(new).restore(str(archive))
    assert new.exists() == is_there
    assert not is_there or everything_in(new) == {}


@pytest.mark.parametrize("name", ["lock", "turn"])
def test_an_empty_lock_that_was_there_stays_when_a_copy_is_bad(new, archive, name):
    new.mkdir()
    (new / name).touch()
    archive.write_bytes(archive.read_bytes()[:-30])
    with pytest.raises(InvalidArchive):
        store_at(new).restore(str(archive))
    assert everything_in(new) == {name: b""}


def test_a_file_in_the_place_of_the_folder_stays(new, archive):
    new.write_text("mine")
    with pytest.raises(CoinsError):
        store_at(new).restore(str(archive))
    assert new.read_text() == "mine"


def test_what_appears_while_a_bad_copy_is_read_stays(new, archive):
    """Somebody puts a file into the folder meanwhile: it is left, and so the folder."""

    class Meanwhile(QuickDisk):
        def append(self, name, data):
            (new / "thesis.tex").write_text("mine")
            self._disk.append(name, data)

    archive.write_bytes(archive.read_bytes()[:-30])
    with pytest.raises(InvalidArchive):
        store_at(new, disk=Meanwhile(new)).restore(str(archive))
    assert everything_in(new) == {"thesis.tex": b"mine"}


def test_no_store_is_made_beside_a_file_that_only_has_the_name_of_the_marker(new):
    restore_files(new, {"restoring": "the kitchen"})
    with pytest.raises(NotAStore, match="it holds other things, like restoring"):
        commit(store_at(new), opening("alice"))
    (new / "restoring").write_bytes(RESTORING_TEXT)
    with pytest.raises(NotAStore, match="restore into it again"):
        commit(store_at(new), opening("alice"))
    assert contents(new) == {"restoring": RESTORING_TEXT}


def test_a_disk_that_cannot_sync_freezes_no_store_that_is_taken_away_again(new, archive):
    disk = FailingDisk(QuickDisk(new))
    disk.fail("sync", "journal")
    with pytest.raises(StoreUnusable) as refused:
        store_at(new, disk=disk).restore(str(archive))
    assert refused.value.code == "store_not_writable"
    disk.heal()
    disk.fail("protect")
    with pytest.raises(StoreUnusable) as refused:
        store_at(new, disk=disk).restore(str(archive))
    assert refused.value.code == "store_not_writable"
    assert not new.exists()


@pytest.mark.parametrize("operation", ["append", "write", "sync", "rename", "make_folder"])
def test_a_disk_that_fails_at_any_file_leaves_nothing_and_claims_no_freezing(
    new, archive, operation
):
    """Each name that the operation is done on fails, one after the other."""
    rehearsal = FailingDisk(QuickDisk(new))
    store_at(new, disk=rehearsal).restore(str(archive))
    names = sorted({name for done, name in rehearsal.calls if done == operation})
    assert names
    for name in names:
        place = new.parent / "again"
        disk = FailingDisk(QuickDisk(place))
        disk.fail(operation, name or "")
        with pytest.raises(StoreUnusable) as refused:
            store_at(place, disk=disk).restore(str(archive))
        assert refused.value.code == "store_not_writable"
        assert not place.exists()


class FailingOnce(FailingDisk):
    """A disk on which one operation that changes it fails, counted from zero."""

    CHANGING = (
        "append",
        "make_folder",
        "overwrite",
        "protect",
        "remove",
        "rename",
        "sync",
        "write",
    )

    def __init__(self, disk, place=None):
        super().__init__(disk)
        self.place = place
        self.changes = 0

    def __getattr__(self, operation):
        call = super().__getattr__(operation)
        if operation not in self.CHANGING:
            return call

        def counted(*args, **options):
            self.changes += 1
            if self.changes - 1 == self.place:
                raise OSError(5, "input/output error")
            return call(*args, **options)

        return counted


def test_a_disk_that_fails_once_at_any_operation_leaves_nothing_or_the_whole_store(new, archive):
    rehearsal = FailingOnce(QuickDisk(new))
    store_at(new, disk=rehearsal).restore(str(archive))
    assert rehearsal.changes > 50
    after_the_store = 2
    for place in range(rehearsal.changes):
        folder = new.parent / f"new-{place}"
        store = store_at(folder, disk=FailingOnce(QuickDisk(folder), place))
        if place < rehearsal.changes - after_the_store:
            with pytest.raises(StoreUnusable) as refused:
                store.restore(str(archive))
            assert refused.value.code == "store_not_writable"
            assert not folder.exists()
        else:
            store.restore(str(archive))
            assert heads(store_at(folder)) == heads(store_at(new))


def test_what_is_interrupted_once_the_store_is_there_leaves_the_store(new, archive):
    class Stopping(QuickDisk):
        def sync(self, name):
            if (new / "store.json").exists() and not (new / "restoring").exists():
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store_at(new, disk=Stopping(new)).restore(str(archive))
    assert store_at(new).audit().findings == ()


@pytest.mark.parametrize("balance", [501, 505])
def test_a_copy_whose_lines_are_chained_rightly_and_break_the_rules_is_refused(
    folder, new, archive, balance
):
    """Each line has its hash and the one before it, so only the replay can tell."""

    def enrich(says):
        for wallet in says.get("wallets", ()) if "seq" in says else ():
            wallet["coins"] = balance

    forge(folder, enrich)
    for path in (folder / "wallets").iterdir():
        path.unlink()
    archive.unlink()
    with tarfile.open(archive, "w:gz", format=tarfile.USTAR_FORMAT) as forged:
        for path in [folder / "store.json", *segments(folder)]:
            forged.add(path, str(path.relative_to(folder)))
    with pytest.raises(InvalidArchive, match=r"journal/0+1\.jsonl, transaction 1: .* more"):
        store_at(new).restore(str(archive))
    assert not new.exists()


def test_a_copy_that_cannot_be_read_any_further_is_refused(new, archive, monkeypatch):
    def fail(fd, size):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(archive_reading, "_read", fail)
    with pytest.raises(InvalidArchive, match="it cannot be read: input/output error"):
        store_at(new).restore(str(archive))
    assert not new.exists()
