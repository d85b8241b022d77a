"""Trying out whether a place will do."""

import errno
import os
import tempfile
from contextlib import nullcontext

import pytest

from coins_cli.cli.hints import hint_of
from coins_cli.store.json.care import doctor
from coins_cli.store.json.care.doctor import check_store
from coins_cli.store.json.disk import trust
from tests.store.economies import commit, opening, store_at


def advice(check):
    """The advice of a check, or the hint of the error that every command would raise."""
    return check.advice if check.refusal is None else hint_of(check.refusal)


def checked(folder):
    """Each check: whether it is well, and what was found."""
    return {
        check.check: (check.ok, check.found, advice(check)) for check in check_store(str(folder))
    }


def ills(folder):
    """The checks that found something to mend; each has an advice."""
    found = {name: check for name, check in checked(folder).items() if not check[0]}
    assert all(advice for _, _, advice in found.values())
    return set(found)


@pytest.fixture
def made(folder):
    commit(store_at(folder), opening("alice"))
    return folder


def test_a_store_of_ones_own_is_well(made):
    found = checked(made)
    assert ills(made) == set()
    assert list(found) == [
        "store",
        "place",
        "permissions",
        "file system",
        "free space",
        "locks",
        "syncs",
    ]
    assert "format 2, made 2026-01-05" in found["store"][1]


def test_a_place_where_there_is_none_yet_is_tried_above_it(folder):
    assert ills(folder / "not yet there") == {"store"}, "without the folder above it"
    assert not folder.exists()
    assert "none yet" in checked(folder)["store"][1]


def test_nothing_is_left_behind(made):
    before = sorted(made.rglob("*"))
    checked(made)
    assert sorted(made.rglob("*")) == before


def test_a_broken_store_is_not_well(made):
    (made / "store.json").write_text("{")
    assert ills(made) == {"store"}


def test_a_store_that_cannot_be_read_is_not_well(made):
    (made / "store.json").unlink()
    (made / "store.json").mkdir()
    assert "store" in ills(made)


def test_a_disk_that_does_not_give_what_it_has_is_not_well(made, monkeypatch):
    def refuse(self, name):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(doctor.PosixDisk, "read", refuse)
    assert ills(made) == {"store"}


def test_a_link_in_a_store_is_not_well(made):
    (made / "keys").rename(made.parent / "keys")
    (made / "keys").symlink_to(made.parent / "keys")
    assert ills(made) == {"place"}


def test_a_store_that_others_can_read_is_not_well(made):
    made.chmod(0o755)
    assert ills(made) == {"permissions"}


@pytest.mark.parametrize("name", ["head.json", "wallets/alice.json"])
def test_a_file_that_others_can_write_is_not_well(made, name):
    (made / name).chmod(0o666)
    assert ills(made) == {"permissions"}
    assert name in checked(made)["permissions"][1]


def test_a_store_that_is_shared_on_purpose_is_well(made):
    store_at(made).share(made.stat().st_gid)
    assert ills(made) == set()
    assert "shared with group" in checked(made)["permissions"][1]
    made.chmod(0o2775)
    assert ills(made) == {"permissions"}


def test_a_folder_that_nobody_may_list_is_tried_all_the_same(made, monkeypatch):
    def refuse(self):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(doctor.PosixDisk, "strange_entries", refuse)
    assert ills(made) == set()


def test_a_network_file_system_is_not_well(made, monkeypatch):
    monkeypatch.setattr(trust, "file_system", lambda found: "nfs")
    monkeypatch.delenv("COINS_ALLOW_NETWORK_FS", raising=False)
    assert ills(made) == {"place"}


def test_a_full_disk_is_not_well(made, monkeypatch):
    monkeypatch.setattr(doctor, "FREE_BYTES_MIN", 2**80)
    assert ills(made) == {"free space"}


def test_a_folder_that_cannot_be_written_is_not_well(made, monkeypatch):
    def refuse(*args, **options):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(tempfile, "mkdtemp", refuse)
    assert ills(made) == {"writing"}


def test_a_lock_that_is_given_twice_is_not_well(made, monkeypatch):
    monkeypatch.setattr(doctor.PosixDisk, "lock", lambda self, name, **options: nullcontext())
    assert ills(made) == {"locks"}


def test_a_sync_that_fails_is_not_well(made, monkeypatch):
    def refuse(self, name):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(doctor.PosixDisk, "sync", refuse)
    assert ills(made) == {"syncs"}
