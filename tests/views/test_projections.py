"""What the whole journal comes to: the same with checkpoints and without, or with wrong ones."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Raw

from coins_cli.bank import Bank
from coins_cli.errors import CoinsError
from coins_cli.model.operations.open_wallet import Open
from coins_cli.opening import open_bank
from coins_cli.store.json.opened import Opened
from coins_cli.store.memory import MemoryStore
from coins_cli.store.protocol import Checkpoint
from coins_cli.views import all_projections, lives, payouts, projections, promotions, recognition
from coins_cli.views.all_projections import PROJECTIONS, catch_up
from coins_cli.views.projections import Projection, bring_up_to_date
from tests.store.economies import START, bank_at, new_folder, store_at
from tests.store.stories import BUSY_CATALOG, BUSY_RULES, beginning, steps

NAMES = [one.name for one in PROJECTIONS]


@pytest.fixture(autouse=True)
def checkpointed_soon(monkeypatch):
    for module in (projections, all_projections):
        monkeypatch.setattr(module, "CHECKPOINT_ENTRIES", 3)


@pytest.fixture
def filed(tmp_path):
    """A bank in a folder that has something of each kind, with all checkpoints written."""
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
    """Whatever is projected, as it is shown."""
    with bank.store.reading() as view:
        return (
            recognition.givers(view),
            recognition.creators(view),
            lives.lives(view),
            payouts.payouts(view),
            promotions.promotions(view, START),
            [one.of(view) for one in PROJECTIONS],
        )


def from_nothing(bank):
    """The same, worked out without checkpoints."""
    with bank.store.reading() as view:
        bare = NoCheckpoints(view)
        return [Projection("other", one.kind, one.take).of(bare) for one in PROJECTIONS]


class NoCheckpoints:
    """A view without checkpoints."""

    def __init__(self, view):
        self.seq = view.seq
        self.entries = view.entries

    def checkpoint(self, _):
        return None

    def put_checkpoint(self, *_):
        pass


@pytest.fixture
def entries_read(monkeypatch):
    """The numbers of the transactions that views of stores in folders pass over."""
    kind, read = Opened, []
    entries = kind.entries

    def counted(view, after=0):
        for entry in entries(view, after):
            read.append(entry.seq)
            yield entry

    monkeypatch.setattr(kind, "entries", counted)
    return read


def checkpointed(bank):
    """The number to which each projection's checkpoint goes."""
    with bank.store.reading() as view:
        return {name: view.checkpoint(name).seq for name in view.checkpoints() if name in NAMES}


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.lists(steps, min_size=3, max_size=10), st.booleans())
def test_projections_come_to_the_same_with_checkpoints_and_without(story, in_files):
    with new_folder() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(projections, "CHECKPOINT_ENTRIES", 3)
        store = store_at(folder, lines_max=3) if in_files else MemoryStore()
        bank = Bank(store, BUSY_CATALOG)
        for step in [beginning(), *story]:
            try:
                store.commit(step.intents, BUSY_RULES, step.at)
            except CoinsError:
                continue
            assert look(bank)[-1] == from_nothing(bank)
        with store.reading() as view:
            assert {name for name in view.checkpoints() if "." not in name} == set(NAMES)
        assert bank.read.verify().findings == ()


def test_a_projection_reads_only_what_is_new(filed, entries_read):
    filed.recharge("alice", 100)
    filed.read.payouts()
    assert entries_read == [16]
    filed.read.lives()
    assert entries_read == [16, 16]
    assert set(checkpointed(filed).values()) == {15}


def test_when_there_is_much_to_read_one_pass_brings_all_up_to_date(filed, entries_read):
    for _ in range(3):
        filed.recharge("alice", 100)
    filed.read.payouts()
    assert entries_read == [16, 17, 18]
    assert checkpointed(filed) == dict.fromkeys(NAMES, 18)
    shown = look(filed)
    assert entries_read == [16, 17, 18]
    assert shown[-1] == from_nothing(filed)


@pytest.mark.parametrize("late", NAMES)
def test_one_that_is_further_behind_begins_earlier_and_the_others_count_nothing_twice(
    filed, tmp_path, late, entries_read
):
    (tmp_path / f"store/views/{late}.json").unlink()
    filed.gift("alice", "bob", "panda", quantity=3)
    with filed.store.reading() as view:
        states = bring_up_to_date(view, PROJECTIONS)
    assert entries_read == list(range(1, 17))
    assert states == from_nothing(filed)
    assert checkpointed(filed) == {name: 16 if name == late else 15 for name in NAMES}
    assert filed.read.verify().findings == ()


def test_progress_is_told_of_the_part_that_is_read(filed, monkeypatch):
    monkeypatch.setattr(projections, "PROGRESS_ENTRIES", 2)
    for _ in range(5):
        filed.recharge("alice", 100)
    told = []
    with filed.store.reading() as view:
        catch_up(view, lambda done, whole: told.append((done, whole)))
        assert told == [(1, 5), (3, 5), (5, 5)]
        catch_up(view, lambda *_: pytest.fail("there is nothing to read"))


@pytest.mark.parametrize("one", PROJECTIONS, ids=NAMES)
def test_only_the_operations_that_a_projection_names_change_it(filed, one):
    state = one.kind()
    with filed.store.reading() as view:
        for entry in view.entries():
            before = msgspec.json.encode(state)
            one.take(state, entry)
            is_named = type(entry.transaction.request) in one.requests
            assert is_named or msgspec.json.encode(state) == before
        assert bring_up_to_date(NoCheckpoints(view), [one]) == [state]


def test_names_of_projections_are_different_files():
    assert len(set(NAMES)) == len(NAMES)
    assert all(name.isascii() and name.isalpha() for name in NAMES)


def test_a_short_pass_writes_no_checkpoint(tmp_path, monkeypatch):
    monkeypatch.setattr(projections, "CHECKPOINT_ENTRIES", 1_000)
    bank = a_day(open_bank(tmp_path / "store"))
    with bank.store.reading() as view:
        assert view.checkpoints() == []


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("data", [b"", b"{}", b"nonsense", b'{"seq":1}', b"\0" * 192])
def test_a_checkpoint_that_is_none_is_done_without(filed, tmp_path, name, data):
    shown = look(filed)
    (tmp_path / f"store/views/{name}.json").write_bytes(data)
    assert look(filed) == shown
    assert filed.read.verify().findings == ()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("change", ["seq", "head", "later", "strange", "a list"])
def test_a_checkpoint_of_another_history_or_meaning_is_done_without(filed, name, change):
    shown = look(filed)
    with filed.store.reading() as view:
        right = view.checkpoint(name)
        wrong = {
            "seq": Checkpoint(right.seq - 1, right.head, Raw(b"{}")),
            "head": Checkpoint(right.seq, "0" * 64, Raw(b"{}")),
            "later": Checkpoint(right.seq + 50, right.head, Raw(b"{}")),
            "strange": Checkpoint(right.seq, right.head, Raw(b'{"strange":1}')),
            "a list": Checkpoint(right.seq, right.head, Raw(b"[1]")),
        }
        view.put_checkpoint(name, wrong[change])
    assert filed.read.verify().findings == ()
    assert look(filed) == shown


@pytest.mark.parametrize("name", NAMES)
def test_a_forged_checkpoint_is_found_by_verify_and_dropped_by_repair(filed, name):
    shown = look(filed)
    with filed.store.reading() as view:
        right = view.checkpoint(name)
        empty = next(one for one in PROJECTIONS if one.name == name).kind()
        view.put_checkpoint(
            name, Checkpoint(right.seq, right.head, Raw(msgspec.json.encode(empty)))
        )
    (finding,) = filed.read.verify().findings
    assert (finding.where, finding.problem) == (
        f"views/{name}",
        "it disagrees with the journal",
    )
    filed.store.repair()
    assert filed.read.verify().findings == ()
    assert look(filed) == shown


def test_a_checkpoint_is_gone_on_from_where_it_was(filed):
    filed.gift("alice", "bob", "panda", quantity=3)
    filed.start_live("bob")
    filed.gift("alice", "bob", "panda")
    assert look(filed)[-1] == from_nothing(filed)
    assert filed.read.verify().findings == ()


def test_the_checkpoints_of_a_store_that_was_restored_from_before_are_not_used(tmp_path):
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
        data = (tmp_path / f"store/views/{name}.json").read_bytes()
        (tmp_path / f"other/views/{name}.json").write_bytes(data)
    assert len(other.read.lives()) == 1
    assert look(other)[-1] == from_nothing(other)
