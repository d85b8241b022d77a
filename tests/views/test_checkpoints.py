"""A leaderboard has a checkpoint, so that the next one walks only over what is new."""

import errno
import json
import os
from contextlib import contextmanager

import pytest
from msgspec import Raw

from coins_cli.bank import Bank
from coins_cli.files.catalogs import default_catalog
from coins_cli.model.operations.gift import Gift
from coins_cli.opening import open_bank
from coins_cli.store.json.disk.folder import PosixDisk
from coins_cli.store.memory import MemoryStore
from coins_cli.store.protocol import Checkpoint
from coins_cli.views import recognition

NAME = "supporters.star"


@pytest.fixture(autouse=True)
def checkpointed_soon(monkeypatch):
    monkeypatch.setattr(recognition, "CHECKPOINT_ENTRIES", 4)


@pytest.fixture(params=["json", "memory"])
def bank(request, tmp_path):
    """A star to whom alice and bob have given five times."""
    is_json = request.param == "json"
    bank = open_bank(tmp_path / "store") if is_json else Bank(MemoryStore(), default_catalog())
    return with_gifts(bank)


@pytest.fixture
def filed(tmp_path):
    """The same in a folder, with the leaderboard's checkpoint."""
    bank = with_gifts(open_bank(tmp_path / "store"))
    bank.read.top("star")
    return bank, tmp_path / "store" / "views" / f"{NAME}.json"


def with_gifts(bank):
    bank.create_wallets("alice", "bob", "carol", "star")
    for user in ("alice", "bob", "carol"):
        bank.recharge(user, 2000)
    give(bank, *["alice", "bob", "bob", "alice", "alice"])
    return bank


def give(bank, *users):
    bank.apply_all([Gift(user, "star", "panda") for user in users])


def in_short(bank):
    return [(one.user, one.coins, one.gifts) for one in bank.read.top("star")]


@contextmanager
def steps_counted(bank, monkeypatch):
    """How many transactions are walked over meanwhile."""
    with bank.store.reading() as view:
        kind = type(view)
    history, steps = kind.history, []

    def counted(view, user):
        for entry in history(view, user):
            steps.append(entry.seq)
            yield entry

    with monkeypatch.context() as patch:
        patch.setattr(kind, "history", counted)
        yield steps


def test_a_leaderboard_is_the_same_with_a_checkpoint_and_walks_only_over_what_is_new(
    bank, monkeypatch
):
    assert in_short(bank) == [("alice", 15, 3), ("bob", 10, 2)]
    with bank.store.reading() as view:
        assert view.checkpoints() == [NAME]
    give(bank, "carol", "bob")
    with steps_counted(bank, monkeypatch) as steps:
        leaderboard = in_short(bank)
    assert leaderboard == [("alice", 15, 3), ("bob", 15, 3), ("carol", 5, 1)]
    assert len(steps) == 3
    give(bank, "carol", "carol", "carol")
    assert in_short(bank)[0] == ("carol", 20, 4)
    assert bank.read.verify().findings == ()


def test_a_tie_still_goes_to_who_came_first(bank):
    give(bank, "bob")
    assert [user for user, _, _ in in_short(bank)] == ["alice", "bob"]
    give(bank, *["carol"] * 3)
    assert [user for user, _, _ in in_short(bank)] == ["alice", "bob", "carol"]


def test_a_short_walk_writes_no_checkpoint(bank, monkeypatch):
    monkeypatch.setattr(recognition, "CHECKPOINT_ENTRIES", 1_000)
    in_short(bank)
    with bank.store.reading() as view:
        assert view.checkpoints() == []


@pytest.mark.parametrize("data", [b"", b"{}", b"nonsense", b'{"seq":1}', b"\0" * 192])
def test_a_checkpoint_that_is_none_is_done_without(filed, data):
    bank, file = filed
    file.write_bytes(data)
    assert in_short(bank) == [("alice", 15, 3), ("bob", 10, 2)]
    assert bank.read.verify().findings == ()


def test_a_checkpoint_of_another_history_is_done_without(filed, tmp_path):
    _, file = filed
    other = with_gifts(open_bank(tmp_path / "other"))
    give(other, "carol")
    (tmp_path / "other/views").mkdir()
    (tmp_path / f"other/views/{NAME}.json").write_bytes(file.read_bytes())
    assert in_short(other) == [("alice", 15, 3), ("bob", 10, 2), ("carol", 5, 1)]


@pytest.mark.parametrize("data", [b'{"alice":"much"}', b'{"by_user":{"alice":"much"}}', b"[1]"])
def test_a_checkpoint_that_says_something_else_is_done_without(filed, data):
    bank, _ = filed
    with bank.store.reading() as view:
        right = view.checkpoint(NAME)
        view.put_checkpoint(NAME, Checkpoint(right.seq, right.head, Raw(data)))
    assert in_short(bank) == [("alice", 15, 3), ("bob", 10, 2)]


def test_a_forged_checkpoint_is_found_by_verify_and_dropped_by_repair(filed):
    bank, file = filed
    with bank.store.reading() as view:
        right = view.checkpoint(NAME)
        forged = Raw(bytes(right.data.copy()).replace(b'"bob":[10', b'"bob":[99'))
        view.put_checkpoint(NAME, Checkpoint(right.seq, right.head, forged))
    (finding,) = bank.read.verify().findings
    assert (finding.where, finding.problem) == (
        f"views/{NAME}",
        "it disagrees with the journal",
    )
    assert bank.store.repair(dry_run=True) == []
    assert file.exists()
    bank.store.repair()
    assert not file.exists()
    assert bank.read.verify().findings == ()
    assert in_short(bank) == [("alice", 15, 3), ("bob", 10, 2)]


def test_a_disk_that_takes_no_checkpoint_answers_all_the_same(filed, monkeypatch):
    def refuse(self, name):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), name)

    bank, file = filed
    file.unlink()
    file.parent.rmdir()
    monkeypatch.setattr(PosixDisk, "make_folder", refuse)
    assert in_short(bank) == [("alice", 15, 3), ("bob", 10, 2)]


def test_a_checkpoint_is_a_line_of_json_that_names_the_newest_transaction(filed):
    bank, file = filed
    says = json.loads(file.read_bytes())
    with bank.store.reading() as view:
        assert (says["seq"], says["head"]) == (view.seq, view.head)
    assert says["data"] == {"by_user": {"alice": [15, 3, 8], "bob": [10, 2, 9]}}
