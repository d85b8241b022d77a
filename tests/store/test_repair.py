"""Repair makes all that is derived from the journal anew, and nothing else."""

import json
import os
import shutil
import struct

import pytest

from coins_cli.errors import JournalDamaged, NoStore, StoreFrozen, StoreUnusable
from tests.store.economies import bank_at, everything, store_at
from tests.store.journals import (
    contents,
    edit_json,
    lines,
    put_back,
    replace_file,
    restore,
    segments,
)
from tests.store.test_forgery import made


def damage_wallets(folder):
    edit_json(folder / "wallets/alice.json", coins=9_999)
    (folder / "wallets/bob.json").write_bytes(b"\0" * 99)


def stranger(folder):
    shutil.copy(folder / "wallets/alice.json", folder / "wallets/mallory.json")


def forget_keys(folder):
    for path in (folder / "keys").iterdir():
        path.unlink()


def make_up_keys(folder):
    (folder / "keys/000000000009.run").write_bytes(struct.pack("<2Q", 7, 4))


def unsort_keys(folder):
    (folder / "keys/000000000009.run").write_bytes(struct.pack("<4Q", 7, 6, 4, 4))


def cut_keys(folder):
    (path,) = (folder / "keys").iterdir()
    path.write_bytes(path.read_bytes()[:-3])


def notes_among_the_keys(folder):
    (folder / "keys/notes.txt").write_text("something")


def older_wallet(folder):
    put_back(folder, made(2)[1], ["wallets/alice.json"])


DERIVED = [
    (damage_wallets, {"wallets/alice.json", "wallets/bob.json"}),
    (stranger, {"wallets/mallory.json"}),
    (forget_keys, {"keys"}),
    (make_up_keys, {"keys/000000000009.run"}),
    (unsort_keys, {"keys/000000000009.run"}),
    (cut_keys, {"keys"}),
    (notes_among_the_keys, {"keys/notes.txt"}),
    (lambda folder: (folder / "places").write_bytes(b""), {"places"}),
    (lambda folder: put_back(folder, {}, ["places"]), {"places"}),
    (older_wallet, {"wallets/alice.json"}),
    (lambda folder: put_back(folder, {}, ["wallets/alice.json"]), {"wallets/alice.json"}),
    (lambda folder: put_back(folder, {}, ["head.json"]), {"head.json"}),
    (lambda folder: (folder / "head.json").write_bytes(b"{"), {"head.json"}),
    (lambda folder: put_back(folder, made(2)[1], ["head.json"]), {"head.json"}),
    (lambda folder: edit_json(folder / "head.json", segment=4), {"head.json"}),
]


@pytest.fixture
def store(folder):
    """A store in segments of two, of which nothing is wrong."""
    restore(folder, made(2)[0])
    return store_at(folder)


@pytest.mark.parametrize(("damage", "repaired"), DERIVED)
def test_what_is_derived_is_made_anew(folder, store, damage, repaired):
    told = everything(store)
    damage(folder)
    planned = store.repair(dry_run=True)
    done = store.repair()
    assert planned == done
    where = {one.where for one in done}
    if repaired == {"keys"}:
        where = {name.partition("/")[0] for name in where}
    assert where == repaired
    assert everything(store) == told
    assert store.audit().findings == ()
    assert store.repair() == []
    assert bank_at(folder).recharge("alice", 500, key="lesson-1").replayed


def test_a_dry_run_repairs_nothing(folder, store):
    damage_wallets(folder)
    before = contents(folder)
    assert store.repair(dry_run=True)
    assert contents(folder) == before


def test_what_is_well_is_not_repaired(folder, store):
    before = contents(folder)
    assert store.repair() == []
    assert contents(folder) == before


def test_strange_files_are_kept_in_quarantine(folder, store):
    stranger(folder)
    data = (folder / "wallets/mallory.json").read_bytes()
    (repair,) = store.repair()
    assert repair.done == "moved to quarantine"
    assert [path.read_bytes() for path in (folder / "quarantine").iterdir()] == [data]


def test_nothing_in_quarantine_is_replaced(folder, store):
    for n in range(3):
        stranger(folder)
        edit_json(folder / "wallets/mallory.json", coins=n)
        store.repair()
    assert len(list((folder / "quarantine").iterdir())) == 3


@pytest.mark.parametrize("name", ["wallets", "keys"])
def test_a_missing_folder_is_made_anew(folder, store, name):
    told = everything(store)
    shutil.rmtree(folder / name)
    assert store.repair()
    assert everything(store) == told
    assert store.audit().findings == ()


def test_a_torn_tail_is_cut_and_kept(folder, store):
    told = everything(store)
    path = segments(folder)[-1]
    replace_file(path, path.read_bytes() + b'{"seq":8,')
    torn = contents(folder)
    (planned,) = store.repair(dry_run=True)
    assert contents(folder) == torn
    (repair,) = store.repair()
    assert repair == planned
    assert "cut off" in repair.done
    assert [path.read_bytes() for path in (folder / "quarantine").iterdir()] == [b'{"seq":8,']
    assert everything(store) == told


@pytest.mark.parametrize("seq", [1, 4, 7])
def test_a_damaged_journal_is_left_as_it_is(folder, store, seq):
    damage_wallets(folder)
    (path,) = [path for path in segments(folder) if b'{"seq":%d,' % seq in path.read_bytes()]
    raw = lines(folder)[seq - 1].raw
    replace_file(path, path.read_bytes().replace(raw, raw.replace(b"2026", b"2027", 1)))
    before = contents(folder)
    with pytest.raises(JournalDamaged) as refusal:
        store.repair()
    assert any(f"transaction {seq}" in finding["where"] for finding in refusal.value.findings)
    assert contents(folder) == before


def test_a_journal_that_head_json_contradicts_is_not_repaired(folder, store):
    """One of them was changed, and nobody can say which."""
    edit_json(folder / "head.json", head="0" * 64)
    before = contents(folder)
    with pytest.raises(JournalDamaged):
        store.repair()
    assert contents(folder) == before


@pytest.mark.parametrize("head", ["as it is", "missing", "older"])
def test_a_lost_line_is_not_repaired_away(folder, store, head):
    """The files of wallets have seen it; rebuilt from what is left they would not tell."""
    path = segments(folder)[-1]
    replace_file(path, path.read_bytes().replace(lines(folder)[-1].raw, b""))
    if head != "as it is":
        put_back(folder, made(2)[1] if head == "older" else {}, ["head.json"])
    before = contents(folder)
    with pytest.raises(StoreUnusable):
        store.repair()
    assert contents(folder) == before


def test_what_cannot_be_repaired_is_refused(folder, store):
    (folder / "frozen").write_text("the first boot")
    with pytest.raises(StoreFrozen):
        store.repair()
    with pytest.raises(NoStore):
        store_at(folder.parent / "nothing").repair()


def test_a_repair_tells_how_far_it_is(store):
    told = []
    store.repair(progress=lambda done, of: told.append((done, of)))
    assert told == [(n, 4) for n in (1, 2, 3, 4)]


def test_a_torn_tail_is_mended_together_with_what_is_missing(folder, store):
    """The file of a sealed wallet is gone, and an interrupted write stands at the journal's end."""
    head = store.audit().head
    replace_file(segments(folder)[-1], segments(folder)[-1].read_bytes() + b'{"seq":')
    (folder / "wallets/alice.json").unlink()
    done = {one.where for one in store.repair()}
    assert {"wallets/alice.json", f"journal/{segments(folder)[-1].name}"} <= done
    assert store.audit().findings == ()
    assert store.audit().head == head


def test_what_a_killed_writer_had_prepared_is_no_sign_of_a_lost_line(folder, store):
    """It shows the next transaction, and nobody was ever told of that one."""
    alice = (folder / "wallets/alice.json").read_bytes()
    seq = json.loads(alice)["last"]
    later = alice.replace(f'"last":{seq},'.encode(), b'"last":999,')
    assert later != alice
    (folder / "wallets/.alice.json.new").write_bytes(later)
    assert store.repair() == []


def test_only_checkpoints_are_dropped_from_the_views(folder, store):
    (folder / "views").mkdir()
    for name in ("lives.json", ".lives.json.new", "thesis.tex"):
        (folder / "views" / name).write_text("mine")
    store.repair()
    assert [path.name for path in (folder / "views").iterdir()] == ["thesis.tex"]


@pytest.mark.parametrize(
    "name", ["views/mine.json", "places", "keys/000000000009.run", "wallets/carol.json"]
)
@pytest.mark.parametrize("make", ["folder", "link", "fifo"])
def test_what_is_no_file_is_refused_by_name_and_left(folder, store, name, make):
    """An audit finds it, and whoever owns it must say what becomes of it."""
    (folder / "views").mkdir()
    path = folder / name
    path.unlink(missing_ok=True)
    if make == "folder":
        path.mkdir()
        (path / "thesis.tex").write_text("mine")
    elif make == "link":
        path.symlink_to(folder.parent / "elsewhere")
    else:
        os.mkfifo(path)
    assert name in [one.where for one in store.audit().findings]
    before = sorted(folder.rglob("*"))
    with pytest.raises(StoreUnusable, match=name):
        store.repair()
    assert sorted(folder.rglob("*")) == before
