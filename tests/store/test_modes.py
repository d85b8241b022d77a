"""A store that others can write is refused, with the words that mend it."""

import os
import stat
from contextlib import contextmanager

import pytest

from coins_cli.errors import ForeignOwner, StoreUnusable, WritableByOthers
from coins_cli.store.json.disk.folder import PosixDisk
from coins_cli.store.json.disk.trust import Writers, strange_entries
from tests.store.economies import (
    START,
    commit,
    everything,
    giving,
    opening,
    recharging,
    store_at,
)
from tests.store.journals import edit_json

READ_ANYWAY = [
    *("", "journal", "wallets", "keys", "views", "quarantine"),
    *(
        "store.json",
        "lock",
        "turn",
        "head.json",
        "journal/000000000005.jsonl",
        "wallets/alice.json",
    ),
]
BY_WHOM = {
    "everybody": (0o002, "chmod o-w"),
    "its group": (0o020, "chmod g-w"),
}
ACTS = {
    "reading": everything,
    "writing": lambda store: commit(store, recharging("alice")),
}


OWNER, MEMBER, STRANGER, GROUP = 12_001, 12_002, 12_003, 12_100
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be other users")


@pytest.fixture
def made(sealed_bank, folder):
    """A store with every folder that there can be."""
    for name in ("views", "quarantine"):
        (folder / name).mkdir(mode=0o700)
    return sealed_bank


def loosen(path, bits):
    os.chmod(path, path.stat().st_mode | bits)


def every_entry(folder):
    return ["", *sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))]


@pytest.mark.parametrize("act", ["reading", "writing"])
@pytest.mark.parametrize("whom", BY_WHOM)
@pytest.mark.parametrize("name", READ_ANYWAY)
def test_a_store_that_others_can_write_is_refused_with_the_words_that_mend_it(
    made, folder, name, whom, act
):
    bits, mend = BY_WHOM[whom]
    loosen(folder / name, bits)
    with pytest.raises(WritableByOthers, match=whom) as refused:
        ACTS[act](store_at(folder))
    assert refused.value.path == str(folder / name).rstrip("/")
    assert refused.value.mend.startswith(mend)
    assert os.system(refused.value.mend) == 0
    ACTS[act](store_at(folder))


@as_root
@pytest.mark.parametrize("act", ["reading", "writing"])
@pytest.mark.parametrize("name", READ_ANYWAY[1:])
def test_a_part_that_belongs_to_another_user_is_refused(made, folder, name, act):
    os.chown(folder / name, 12_345, -1)
    with pytest.raises(WritableByOthers, match="number 12345") as refused:
        ACTS[act](store_at(folder))
    assert os.system(refused.value.mend) == 0
    ACTS[act](store_at(folder))


@pytest.mark.parametrize("name", ["catalog.toml", "clock.json"])
def test_prices_and_a_clock_that_others_can_write_are_refused(made, folder, name):
    (folder / name).write_text("{}")
    loosen(folder / name, 0o002)
    store = store_at(folder)
    with pytest.raises(WritableByOthers, match=name):
        store.catalog_text() if name == "catalog.toml" else store.clock()


@pytest.mark.parametrize("whom", BY_WHOM)
def test_an_audit_reports_every_file_that_others_can_write(made, folder, whom):
    bits, mend = BY_WHOM[whom]
    names = every_entry(folder)
    for name in names:
        loosen(folder / name, bits)
    found = {one.where: one.problem for one in store_at(folder).audit().findings}
    assert found.keys() == {name or str(folder) for name in names}
    assert all(mend in problem and whom in problem for problem in found.values())
    for problem in found.values():
        assert os.system(problem.partition("; ")[2]) == 0
    assert store_at(folder).audit().findings == ()


def test_an_audit_reports_all_together_and_changes_no_mode(made, folder):
    loosen(folder / "wallets", 0o002)
    (folder / "head.json").unlink()
    os.mkfifo(folder / "head.json")
    (folder / "notes").mkdir(mode=0o777)
    (folder / "notes").chmod(0o777)
    before = {name: (folder / name).lstat().st_mode for name in every_entry(folder)}
    found = {one.where for one in store_at(folder).audit().findings}
    assert found == {"wallets", "head.json", "notes"}
    assert {name: (folder / name).lstat().st_mode for name in every_entry(folder)} == before


def test_a_file_that_goes_while_an_audit_looks_is_none_to_report(made, folder, monkeypatch):
    """Who waits for the lock may have made it anew."""
    names = [*os.listdir(folder), "turn.gone"]
    monkeypatch.setattr(os, "listdir", lambda _: names)
    found = [one.name for one in strange_entries(str(folder), Writers(folder.stat().st_uid))]
    assert "turn.gone" not in found


def test_repair_does_nothing_in_a_store_that_others_can_write(made, folder):
    loosen(folder / "keys" / min(os.listdir(folder / "keys")), 0o002)
    with pytest.raises(WritableByOthers, match="keys"):
        store_at(folder).repair()


@pytest.mark.parametrize("umask", [0o000, 0o002, 0o022, 0o077])
def test_whatever_the_umask_a_store_is_for_its_owner(folder, umask):
    before = os.umask(umask)
    try:
        store = store_at(folder, lines_max=2)
        commit(store, opening("alice"), opening("bob"))
        for n in range(5):
            commit(store, recharging("alice", key=f"{n}"), giving("alice", "bob"))
        store.repair()
    finally:
        os.umask(before)
    assert store_at(folder).audit().findings == ()
    modes = {stat.S_IMODE((folder / name).stat().st_mode) & 0o077 for name in every_entry(folder)}
    assert modes == {0}


# -- shared on purpose ---------------------------------------------------------------------------


@contextmanager
def being(user, *, groups=(), umask=0o022):
    """Do something as another user of the computer."""
    before, groups_before = os.umask(umask), os.getgroups()
    os.setgroups(groups)
    os.setegid(user)
    os.seteuid(user)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(groups_before)
        os.umask(before)


def by(user, umask=0o022):
    return being(user, groups=[] if user == STRANGER else [GROUP], umask=umask)


@pytest.fixture
def shared(folder):
    """A store that its owner shares with a group; segments have two lines."""
    os.chown(folder.parent, OWNER, OWNER)
    folder.parent.chmod(0o755)
    with by(OWNER):
        store = store_at(folder, lines_max=2)
        commit(store, opening("alice"), opening("bob"))
        commit(store, recharging("alice", key="k"))
        store.share(GROUP)
    return folder


@as_root
@pytest.mark.parametrize("umask", [0o000, 0o002, 0o022, 0o077])
def test_all_members_of_its_group_work_on_a_shared_store_whatever_their_umask(shared, umask):
    for n in range(12):
        with by((OWNER, MEMBER)[n % 2], umask):
            store = store_at(shared, lines_max=2)
            commit(store, recharging("alice", key=f"{n}"), giving("alice", "bob"))
            commit(store, opening(f"user{n}"))
            with store.in_bulk():
                commit(store, recharging("bob"))
            assert everything(store)["seq"] == 3 + 4 * (n + 1)
    for user in (OWNER, MEMBER):
        with by(user):
            assert store_at(shared).audit().findings == ()
            store_at(shared).change_clock(lambda clock, _: clock, START)
            store_at(shared).repair()
            assert store_at(shared).audit().findings == ()


@as_root
def test_a_folder_that_a_member_makes_in_a_shared_store_is_the_groups(shared):
    (shared / "quarantine").rmdir()
    disk = PosixDisk(str(shared))
    with by(MEMBER, 0o077):
        disk.check()
        disk.make_folder("quarantine")
    found = (shared / "quarantine").stat()
    assert (found.st_gid, found.st_mode & 0o7777) == (GROUP, 0o2770)


@as_root
def test_who_is_not_of_the_group_is_kept_out(shared):
    with by(STRANGER), pytest.raises(StoreUnusable):
        everything(store_at(shared))


@as_root
@pytest.mark.parametrize("name", ["", "journal", "head.json", "wallets/alice.json", "lock"])
def test_a_shared_store_is_not_everybodys(shared, name):
    loosen(shared / name, 0o002)
    with by(MEMBER), pytest.raises(WritableByOthers, match="everybody"):
        everything(store_at(shared))


@as_root
@pytest.mark.parametrize("name", ["journal", "head.json", "wallets/alice.json", "lock"])
def test_a_shared_store_is_not_another_groups(shared, name):
    os.chown(shared / name, -1, GROUP + 1)
    (shared / name).chmod(0o770)
    with by(OWNER), pytest.raises(WritableByOthers, match="its group"):
        everything(store_at(shared))


@as_root
def test_only_the_owner_shares_a_store_or_stops_it(shared):
    for group in (GROUP, GROUP + 1, None):
        with by(MEMBER), pytest.raises(ForeignOwner):
            store_at(shared).share(group)
    with by(MEMBER):
        assert everything(store_at(shared))["seq"] == 3


@as_root
@pytest.mark.parametrize("is_made_by", ["a member", "a stranger to the setting"])
def test_a_setting_that_the_owner_did_not_write_is_not_believed(made, folder, is_made_by):
    """Who can write in the folder can put another store.json there, but not in the owner's name."""
    os.chown(folder, -1, GROUP)
    folder.chmod(0o2770)
    edit_json(folder / "store.json", group=GROUP)
    if is_made_by == "a member":
        os.chown(folder / "store.json", MEMBER, GROUP)
    else:
        os.chown(folder / "store.json", -1, GROUP)
        (folder / "store.json").chmod(0o660)
    with pytest.raises(WritableByOthers, match="its group"):
        everything(store_at(folder))


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"group":"all"}', b"\xff", b"{}"])
def test_a_setting_that_cannot_be_read_shares_nothing(made, folder, content):
    (folder / "store.json").write_bytes(content)
    loosen(folder, 0o020)
    with pytest.raises(WritableByOthers, match="its group"):
        everything(store_at(folder))


def test_without_a_setting_nothing_is_shared(made, folder):
    (folder / "store.json").unlink()
    loosen(folder, 0o020)
    with pytest.raises(WritableByOthers, match="its group"):
        everything(store_at(folder))


@as_root
def test_when_sharing_ends_everything_is_the_owners_again(shared):
    with by(MEMBER):
        for n in range(4):
            commit(store_at(shared, lines_max=2), opening(f"user{n}"))
    lock = (shared / "lock").stat().st_ino
    with by(OWNER):
        store_at(shared).share(None)
        assert store_at(shared).audit().findings == ()
        commit(store_at(shared), opening("carol"))
    for name in every_entry(shared):
        found = (shared / name).stat()
        assert (found.st_uid, found.st_mode & 0o077) == (OWNER, 0), name
    assert (shared / "lock").stat().st_ino == lock
    with by(MEMBER), pytest.raises(StoreUnusable):
        everything(store_at(shared))


@as_root
def test_sharing_mends_the_modes_of_what_was_shared_without_saying_so(shared):
    for name in every_entry(shared):
        (shared / name).chmod(0o777)
    with by(OWNER):
        store_at(shared).share(GROUP)
    with by(MEMBER):
        assert store_at(shared).audit().findings == ()
