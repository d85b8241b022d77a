"""What the whole journal comes to: the same with notes and without, and notes that are wrong."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Raw

from coins_cli.bank import Bank
from coins_cli.errors import CoinsError
from coins_cli.model import rules
from coins_cli.model.requests import Open
from coins_cli.opening import open_bank
from coins_cli.store.memory_store import MemoryStore
from coins_cli.store.protocol import Note
from coins_cli.views import folds, lives, payouts, promotions, recognition
from coins_cli.views.folds import Fold
from coins_cli.views.notes import FOLDS
from tests.store.economies import START, bank_at, new_folder, store_at
from tests.store.stories import BUSY_CATALOG, beginning, steps

NAMES = [fold.name for fold in FOLDS]


@pytest.fixture(autouse=True)
def noted_soon(monkeypatch):
    monkeypatch.setattr(folds, "NOTED_AFTER", 3)


@pytest.fixture
def filed(tmp_path):
    """A bank in a folder that has something of each kind, with all notes written."""
    return a_day(open_bank(tmp_path / "store"))


def a_day(bank):
    """A live, gifts, payouts, promotions and reversals."""
    bank.create_wallets("alice", "bob")
    bank.recharge("alice", 10_000, quantity=1)
    bank.recharge("alice", 5_000)
    bank.start_live("bob", title="cooking")
    bank.gift("alice", "bob", "drama queen", quantity=2)
    bank.gift("alice", "bob", "panda")
    bank.reverse(7, "not that one")
    bank.end_live("bob")
    bank.cash_out("bob", "bob@example.com", pending=True)
    bank.promote("alice", "v1", days=2)
    bank.promote("alice", "v2", days=1)
    bank.reverse(12, "not that one")
    bank.settle_payout(10)
    bank.apply(Open("carol", note="group 2"))
    look(bank)
    return bank


def look(bank):
    """Whatever is folded, as it is shown."""
    with bank.store.reading() as view:
        return (
            recognition.givers(view),
            recognition.creators(view),
            lives.lives(view),
            payouts.payouts(view),
            promotions.promotions(view, START),
            [fold.of(view) for fold in FOLDS],
        )


def unnoted(bank):
    """The same, worked out from nothing."""
    with bank.store.reading() as view:
        return [Fold("other", fold._kind, fold._take).of(NoNotes(view)) for fold in FOLDS]


class NoNotes:
    """A view without notes."""

    def __init__(self, view):
        self.entries = view.entries

    def noted(self, _):
        return None

    def note(self, *_):
        pass


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.lists(steps, min_size=3, max_size=10), st.booleans())
def test_folds_come_to_the_same_with_notes_and_without(story, in_files):
    def decide(request, wallets, at, past):
        return rules.decide(request, BUSY_CATALOG, wallets, at, past)

    with new_folder() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(folds, "NOTED_AFTER", 3)
        store = store_at(folder, lines_max=3) if in_files else MemoryStore()
        bank = Bank(store, BUSY_CATALOG)
        for step in [beginning(), *story]:
            try:
                store.commit(step.intents, decide, step.at)
            except CoinsError:
                continue
            assert look(bank)[-1] == unnoted(bank)
        with store.reading() as view:
            assert {name for name in view.notes() if "." not in name} == set(NAMES)
        assert bank.verify().findings == ()


def test_a_fold_reads_only_what_is_new(filed, monkeypatch):
    read = []
    with filed.store.reading() as view:
        entries = type(view).entries

        def counted(view, after=0):
            for entry in entries(view, after):
                read.append(entry.seq)
                yield entry

        monkeypatch.setattr(type(view), "entries", counted)
        monkeypatch.setattr(type(view), "entry", lambda view, seq: next(entries(view, seq - 1)))
    filed.recharge("alice", 100)
    read.clear()
    filed.payouts()
    assert read == [16]


def test_a_short_fold_notes_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(folds, "NOTED_AFTER", 1_000)
    bank = a_day(open_bank(tmp_path / "store"))
    with bank.store.reading() as view:
        assert view.notes() == []


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("data", [b"", b"{}", b"nonsense", b'{"seq":1}', b"\0" * 192])
def test_a_note_that_is_none_is_done_without(filed, tmp_path, name, data):
    shown = look(filed)
    (tmp_path / f"store/views/{name}.json").write_bytes(data)
    assert look(filed) == shown
    assert filed.verify().findings == ()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("change", ["seq", "head", "later", "strange", "a list"])
def test_a_note_of_another_history_or_meaning_is_done_without(filed, name, change):
    shown = look(filed)
    with filed.store.reading() as view:
        note = view.noted(name)
        wrong = {
            "seq": Note(note.seq - 1, note.head, Raw(b"{}")),
            "head": Note(note.seq, "0" * 64, Raw(b"{}")),
            "later": Note(note.seq + 50, note.head, Raw(b"{}")),
            "strange": Note(note.seq, note.head, Raw(b'{"strange":1}')),
            "a list": Note(note.seq, note.head, Raw(b"[1]")),
        }
        view.note(name, wrong[change])
    assert filed.verify().findings == ()
    assert look(filed) == shown


@pytest.mark.parametrize("name", NAMES)
def test_a_forged_note_is_found_by_verify_and_dropped_by_repair(filed, name):
    shown = look(filed)
    with filed.store.reading() as view:
        note = view.noted(name)
        empty = next(fold for fold in FOLDS if fold.name == name)._kind()
        view.note(name, Note(note.seq, note.head, Raw(msgspec.json.encode(empty))))
    (finding,) = filed.verify().findings
    assert (finding.where, finding.problem) == (
        f"views/{name}",
        "the transactions do not come to that",
    )
    filed.store.repair()
    assert filed.verify().findings == ()
    assert look(filed) == shown


def test_what_is_noted_goes_on_from_where_it_was(filed):
    filed.gift("alice", "bob", "panda", quantity=3)
    filed.start_live("bob")
    filed.gift("alice", "bob", "panda")
    assert look(filed)[-1] == unnoted(filed)
    assert filed.verify().findings == ()


def test_the_notes_of_a_store_that_was_restored_from_before_are_not_used(tmp_path):
    bank = bank_at(tmp_path / "store")
    a_day(bank)
    archive = tmp_path / "copy.tar.gz"
    bank.store.backup(str(archive))
    bank.recharge("alice", 100)
    for _ in range(3):
        bank.start_live("bob")
        bank.end_live("bob")
    look(bank)
    other = bank_at(tmp_path / "other")
    other.store.restore(str(archive))
    (tmp_path / "other/views").mkdir(exist_ok=True)
    for name in NAMES:
        note = (tmp_path / f"store/views/{name}.json").read_bytes()
        (tmp_path / f"other/views/{name}.json").write_bytes(note)
    assert len(other.lives()) == 1
    assert look(other)[-1] == unnoted(other)
