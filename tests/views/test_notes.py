"""What a ladder came to is noted, so that the next one walks only over what is new."""

import json
from contextlib import contextmanager

import pytest

from coins_cli.bank import Bank
from coins_cli.model.requests import Gift
from coins_cli.opening import open_bank
from coins_cli.store.catalog_files import default_catalog
from coins_cli.store.memory_store import MemoryStore
from coins_cli.store.protocol import Intent
from coins_cli.views import recognition

NOTE = "supporters.star"


@pytest.fixture(autouse=True)
def noted_soon(monkeypatch):
    monkeypatch.setattr(recognition, "NOTED_AFTER", 4)


@pytest.fixture(params=["json", "memory"])
def bank(request, tmp_path):
    """A star to whom alice and bob have given five times."""
    is_json = request.param == "json"
    bank = open_bank(tmp_path / "store") if is_json else Bank(MemoryStore(), default_catalog())
    return with_gifts(bank)


@pytest.fixture
def filed(tmp_path):
    """The same in a folder, with the ladder noted."""
    bank = with_gifts(open_bank(tmp_path / "store"))
    bank.top("star")
    return bank, tmp_path / "store" / "views" / f"{NOTE}.json"


def with_gifts(bank):
    bank.create_wallets("alice", "bob", "carol", "star")
    for user in ("alice", "bob", "carol"):
        bank.recharge(user, 2000)
    give(bank, *["alice", "bob", "bob", "alice", "alice"])
    return bank


def give(bank, *users):
    bank.apply_all([Intent(Gift(user, "star", "panda")) for user in users])


def in_short(bank):
    return [(one.user, one.coins, one.gifts) for one in bank.top("star")]


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


def test_a_ladder_is_the_same_with_a_note_and_walks_only_over_what_is_new(bank, monkeypatch):
    assert in_short(bank) == [("alice", 15, 3), ("bob", 10, 2)]
    with bank.store.reading() as view:
        assert view.notes() == [NOTE]
    give(bank, "carol", "bob")
    with steps_counted(bank, monkeypatch) as steps:
        ladder = in_short(bank)
    assert ladder == [("alice", 15, 3), ("bob", 15, 3), ("carol", 5, 1)]
    assert len(steps) == 3
    give(bank, "carol", "carol", "carol")
    assert in_short(bank)[0] == ("carol", 20, 4)
    assert bank.verify().findings == ()


def test_a_tie_still_goes_to_who_came_first(bank):
    give(bank, "bob")
    assert [user for user, _, _ in in_short(bank)] == ["alice", "bob"]
    give(bank, *["carol"] * 3)
    assert [user for user, _, _ in in_short(bank)] == ["alice", "bob", "carol"]


def test_a_short_walk_notes_nothing(bank, monkeypatch):
    monkeypatch.setattr(recognition, "NOTED_AFTER", 1_000)
    in_short(bank)
    with bank.store.reading() as view:
        assert view.notes() == []


@pytest.mark.parametrize("data", [b"", b"{}", b"nonsense", b'{"seq":1}', b"\0" * 192])
def test_a_note_that_is_none_is_done_without(filed, data):
    bank, note = filed
    note.write_bytes(data)
    assert in_short(bank) == [("alice", 15, 3), ("bob", 10, 2)]
    assert bank.verify().findings == ()


def test_a_note_of_another_history_is_done_without(filed, tmp_path):
    _, note = filed
    other = with_gifts(open_bank(tmp_path / "other"))
    give(other, "carol")
    (tmp_path / "other/views").mkdir()
    (tmp_path / f"other/views/{NOTE}.json").write_bytes(note.read_bytes())
    assert in_short(other) == [("alice", 15, 3), ("bob", 10, 2), ("carol", 5, 1)]


def test_a_note_that_says_something_else_is_done_without(filed):
    bank, _ = filed
    with bank.store.reading() as view:
        note = view.noted(NOTE)
        view.note(NOTE, type(note)(note.seq, note.head, recognition.Raw(b'{"alice":"much"}')))
    assert in_short(bank) == [("alice", 15, 3), ("bob", 10, 2)]


def test_a_forged_note_is_found_by_verify_and_dropped_by_repair(filed):
    bank, note = filed
    with bank.store.reading() as view:
        right = view.noted(NOTE)
        data = right.data.copy()
        view.note(
            NOTE,
            type(right)(
                right.seq,
                right.head,
                recognition.Raw(bytes(data).replace(b'"bob":[10', b'"bob":[99')),
            ),
        )
    (finding,) = bank.verify().findings
    assert (finding.where, finding.problem) == (
        f"views/{NOTE}",
        "the transactions do not come to that",
    )
    assert bank.store.repair(dry_run=True) == []
    assert note.exists()
    bank.store.repair()
    assert not note.exists()
    assert bank.verify().findings == ()
    assert in_short(bank) == [("alice", 15, 3), ("bob", 10, 2)]


def test_a_disk_that_takes_no_note_answers_all_the_same(filed):
    bank, note = filed
    note.unlink()
    note.parent.rmdir()
    note.parent.write_text("in the way")
    assert in_short(bank) == [("alice", 15, 3), ("bob", 10, 2)]


def test_a_note_is_a_line_of_json_that_names_the_newest_transaction(filed):
    bank, note = filed
    says = json.loads(note.read_bytes())
    with bank.store.reading() as view:
        assert (says["seq"], says["head"]) == (view.seq, view.head)
    assert says["data"] == {"by_user": {"alice": [15, 3, 8], "bob": [10, 2, 9]}}
