"""Commits in a row, each of which leaves to the next what it knows of the store: `in_bulk`."""

import errno
import os
import signal
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from types import SimpleNamespace
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from coins_cli.errors import (
    CoinsError,
    InvalidJson,
    KeyReused,
    LinkInStore,
    NotEnoughCoins,
    OutcomeUnknown,
    StoreDamaged,
    StoreFrozen,
    StoreNotWritable,
    UnknownUser,
    WorkerEnded,
    WrongKind,
)
from coins_cli.model.economy import Rules
from coins_cli.model.receipts import Receipt
from coins_cli.store.json import store as json_store
from coins_cli.store.json.care import journal_replay
from coins_cli.store.json.disk import durability
from coins_cli.store.json.disk import folder as disk_module
from coins_cli.store.json.disk.durability import FILES_FOR_ONE_SYNC, syncing_many
from coins_cli.store.json.disk.folder import PosixDisk
from coins_cli.store.json.journal import rows as bulk
from coins_cli.store.memory import MemoryStore
from tests.store.disks import FailingDisk, Killed, KillingDisk, QuickDisk
from tests.store.economies import (
    CATALOG,
    RULES,
    START,
    commit,
    everything,
    giving,
    heads,
    new_folder,
    opening,
    plain,
    recharging,
    store_at,
)
from tests.store.journals import contents, edit_json, replace_file, segments
from tests.store.stories import beginning
from tests.store.test_each import Sent, sendings
from tests.store.test_each import told as told_busily

SEGMENT = "journal/0*"
NO_JSON = InvalidJson("it is another kind of value")
AGAIN = recharging("alice", "500", key="pocket money")


class Step(NamedTuple):
    """One commit: of all that is asked, and what a refusal means for the others."""

    asked: list
    on_refusal: str = "raise"
    seconds: int = 0


MIXED = [
    AGAIN,
    NO_JSON,
    giving("alice", "bob", key="in a group"),
    giving("bob", "alice", quantity=1000),
    recharging("carol", key="in a group"),
    recharging("carol", "500", key="another"),
]
STORY = [
    (Step([opening("alice"), opening("bob")]), [1, 2]),
    (Step([AGAIN], seconds=9), [3]),
    (Step([giving("alice", "bob", quantity=3)], seconds=5), [4]),
    (Step([AGAIN]), ["3 again"]),
    (Step([recharging("bob", "500", key="pocket money")]), KeyReused),
    (Step([recharging("bob"), giving("alice", "bob", quantity=1000)]), NotEnoughCoins),
    (Step([giving("alice", "nobody")]), UnknownUser),
    (Step([opening("carol"), recharging("carol", key="k"), recharging("carol", key="k")]), None),
    (Step(MIXED, "undo"), None),
    (Step(MIXED, "stop"), ["3 again", InvalidJson]),
    (Step([recharging("nobody", key="later")]), UnknownUser),
    (Step(MIXED, "go on", seconds=60), None),
    (Step([opening("nobody", key="later")]), [9]),
    (Step([]), []),
    (Step(MIXED, "go on"), None),
    (Step([giving("carol", "bob", quantity=2), AGAIN, giving("bob", "alice")]), NotEnoughCoins),
    (Step([giving("carol", "bob", quantity=2), AGAIN, recharging("bob")]), [10, "3 again", 11]),
]
"""What is asked, and what that is answered in short, where that can be said in short."""


def told(store, step):
    """What a store answers, hashes and all."""
    at = START + timedelta(seconds=step.seconds)
    try:
        answers = store.commit(step.asked, RULES, at, on_refusal=step.on_refusal)
    except CoinsError as refusal:
        return _told_of(refusal)
    return [_told_of(one) if isinstance(one, CoinsError) else one for one in answers]


def _told_of(refusal):
    return type(refusal), refusal.message, refusal.fields


def without_heads(answers):
    """The same, without the hashes, which depend on the store."""
    if isinstance(answers, tuple):
        return answers
    return [_without_head(one) if isinstance(one, Receipt) else one for one in answers]


def _without_head(answer):
    return answer.seq, answer.key, plain(answer.transaction), answer.replayed


def in_short(answers):
    if isinstance(answers, tuple):
        return answers[0]
    return [_in_short(one) for one in answers]


def _in_short(answer):
    if isinstance(answer, tuple):
        return answer[0]
    return f"{answer.transaction.seq} again" if answer.replayed else answer.transaction.seq


def known_at(folder, **options):
    """A store whose id is the same each time, and so are its hashes."""
    return store_at(folder, new_id=lambda: "5" * 32, **options)


def check_as_due(folder):
    """All is in order, and all that follows from the journal is what it must be to the byte."""
    assert store_at(folder).audit().findings == ()
    assert store_at(folder).repair(dry_run=True) == []


@pytest.fixture
def short_segments(monkeypatch):
    """A segment ends at four lines in a row too, if the store says so."""
    monkeypatch.setattr(bulk, "SEGMENT_LINES_MAX", 4)


@pytest.fixture
def disk(folder):
    """A disk that works for now, on which alice has 500 coins, and bob and carol none."""
    commit(store_at(folder), opening("alice"), opening("bob"), opening("carol"), AGAIN)
    return FailingDisk(QuickDisk(folder))


# -- what is answered, and what is kept ------------------------------------------------------------


def test_a_row_answers_as_its_commits_alone_do(store, reopened):
    with store.in_bulk():
        for step, answers in STORY:
            said = told(store, step)
            assert answers is None or in_short(said) == answers
    alone = MemoryStore()
    for step, _ in STORY:
        told(alone, step)
    assert everything(reopened) == everything(alone)
    assert reopened.audit().findings == ()


@pytest.mark.parametrize("wallets_max", [100_000, 0])
@pytest.mark.parametrize(
    ("lines_max", "lines_max_in_a_row"),
    [(1, 1), (2, 1), (3, 3), (4, 1), (1000, 1000), (1, 4), (2, 5), (3, 65_536)],
)
def test_a_row_leaves_byte_for_byte_what_its_commits_alone_leave(
    monkeypatch, lines_max, lines_max_in_a_row, wallets_max
):
    """In segments of the same length; the last one is sealed if it is long for others."""
    monkeypatch.setattr(bulk, "SEGMENT_LINES_MAX", lines_max_in_a_row)
    monkeypatch.setattr(bulk, "WALLET_CACHE_SIZE", wallets_max)
    longer = max(lines_max, lines_max_in_a_row)
    memory = MemoryStore()
    with new_folder() as in_a_row, new_folder() as one_by_one:
        store = known_at(in_a_row, lines_max=lines_max)
        with store.in_bulk(), memory.in_bulk():
            for step, _ in STORY:
                said = told(store, step)
                assert said == told(known_at(one_by_one, lines_max=longer), step)
                assert without_heads(said) == without_heads(told(memory, step))
        commit(known_at(one_by_one, lines_max=lines_max))
        assert heads(known_at(in_a_row)) == heads(known_at(one_by_one))
        assert contents(in_a_row) == contents(one_by_one)
        assert everything(known_at(in_a_row)) == everything(memory)
        check_as_due(in_a_row)


def test_a_row_on_a_store_that_was_there_leaves_its_other_wallets_as_they_were(folder, disk):
    before = contents(folder)
    store = store_at(folder, disk=disk)
    with store.in_bulk():
        commit(store, recharging("alice"))
    check_as_due(folder)
    for name in ("wallets/bob.json", "wallets/carol.json"):
        assert contents(folder)[name] == before[name]


def test_a_row_may_be_begun_anew(folder):
    store = store_at(folder)
    for step, _ in STORY:
        with store.in_bulk():
            told(store, step)
        if folder.exists():
            check_as_due(folder)


def test_a_row_within_a_row_is_a_part_of_it(folder, disk):
    store = store_at(folder, disk=disk)
    before = (folder / "head.json").read_bytes()
    with store.in_bulk():
        commit(store, recharging("bob"))
        with store.in_bulk(), suppress(UnknownUser):
            commit(store, recharging("alice"))
            commit(store, recharging("nobody"))
        assert (folder / "head.json").read_bytes() == before
        commit(store, giving("bob", "alice"))
        assert (folder / "head.json").read_bytes() == before
    check_as_due(folder)
    assert everything(store_at(folder))["seq"] == 7


def test_after_a_row_commits_are_on_their_own_again(folder, disk):
    store = store_at(folder, disk=disk)
    with store.in_bulk():
        commit(store, recharging("bob"))
    commit(store, recharging("bob"))
    check_as_due(folder)


def test_a_row_that_ends_in_an_error_is_brought_to_its_end(folder, disk):
    store = store_at(folder, disk=disk)

    def row():
        with store.in_bulk():
            commit(store, recharging("bob"))
            commit(store, recharging("nobody"))

    with pytest.raises(UnknownUser):
        row()
    check_as_due(folder)


def test_a_commit_in_a_row_touches_nothing_but_the_journal(folder, disk):
    """The first one reads the wallets; that is what makes a row of many quick."""
    store = store_at(folder, disk=disk)
    with store.in_bulk():
        commit(store, giving("alice", "bob"))
        disk.calls.clear()
        commit(store, giving("alice", "bob"), recharging("bob", key="new"))
        commit(store, recharging("alice"))
        looks = ("exists", "stamp", "check", "lock", "close", "boot", "has_two_names")
        touched = [call for call in disk.calls if call[0] not in looks]
        name = "journal/000000000001.jsonl"
        index = [call for call in touched if call[1].startswith("keys")]
        assert index == [("names", "keys")], "which is looked at once, for the first key"
        assert [one for one in touched if one not in index] == [
            ("append", name),
            ("sync", name),
        ] * 2
    check_as_due(folder)


@pytest.mark.parametrize("is_there", [False, True])
def test_a_row_in_which_nothing_happens_makes_nothing(folder, is_there):
    if is_there:
        folder.mkdir()
    store = store_at(folder)
    with store.in_bulk():
        pass
    with store.in_bulk():
        assert told(store, Step([recharging("alice")]))[0] is UnknownUser
        assert len(commit(store, opening("alice"), dry_run=True)) == 1
    assert folder.exists() == is_there
    assert contents(folder) == {}


def test_a_row_that_keeps_nothing_changes_nothing(folder, disk):
    before = contents(folder)
    store = store_at(folder, disk=disk)
    with store.in_bulk():
        pass
    with store.in_bulk():
        assert in_short(told(store, Step([AGAIN]))) == ["4 again"]
        assert in_short(told(store, Step([opening("dave"), NO_JSON], "undo")))[1] is InvalidJson
        assert in_short(told(store, Step([giving("bob", "alice")]))) is NotEnoughCoins
    assert contents(folder) == before


def test_a_trial_in_a_row_sees_what_was_done_and_changes_nothing(store, reopened):
    with store.in_bulk():
        commit(store, opening("alice"), opening("bob"))
        commit(store, recharging("alice", "100", key="k"))
        before = everything(reopened)
        (tried,) = commit(store, giving("alice", "bob", quantity=20), dry_run=True)
        asked = [giving("bob", "alice"), giving("alice", "bob")]
        each = commit(store, *asked, on_refusal="go on", dry_run=True)
        assert isinstance(each[0], NotEnoughCoins)
        assert (each[1].transaction.seq, each[1].head) == (4, None)
        assert everything(reopened) == before
        (done,) = commit(store, giving("alice", "bob", quantity=20))
        assert plain(done.transaction) == tried.transaction
        assert commit(store, recharging("alice", "100", key="k"))[0].replayed
    assert everything(reopened)["seq"] == 4
    assert reopened.audit().findings == ()


# -- segments that fill up -------------------------------------------------------------------------


@pytest.mark.parametrize("wallets_max", [100_000, 2, 0])
def test_a_segment_that_is_full_is_sealed_within_the_row(
    folder, monkeypatch, short_segments, wallets_max
):
    monkeypatch.setattr(bulk, "WALLET_CACHE_SIZE", wallets_max)
    store = store_at(folder, lines_max=3)
    with store.in_bulk():
        commit(store, opening("alice"), opening("bob"), opening("carol"))
        commit(store, recharging("alice", "500", key="k4"))
        assert len(segments(folder)) == 1
        commit(store, giving("alice", "bob", key="k5"))
        check_as_due_so_far(folder, segments_due=2)
        for number in range(6, 21):
            commit(store, giving("alice", "bob", key=f"k{number}"))
            for earlier in (4, 5, number // 2 + 1, number):
                (answer,) = told(store, again(earlier))
                assert (answer.transaction.seq, answer.replayed) == (max(4, earlier), True)
        assert told(store, Step([recharging("carol", key="k5")]))[0] is KeyReused
        check_as_due_so_far(folder, segments_due=6)
        assert told(store, Step([giving("carol", "bob")]))[0] is NotEnoughCoins
    found = everything(store_at(folder))
    assert found["wallets"]["alice"].coins == 500 - 16 * 5
    assert found["wallets"]["bob"].earned == 16 * 5
    assert [entry[0] for entry in found["histories"]["alice"]] == [*range(20, 3, -1), 1]
    check_as_due(folder)


@pytest.mark.parametrize(("wallets_max", "is_read_again"), [(0, True), (1, False)])
def test_wallets_are_kept_in_memory_from_one_segment_to_the_next(
    folder, monkeypatch, short_segments, wallets_max, is_read_again
):
    monkeypatch.setattr(bulk, "WALLET_CACHE_SIZE", wallets_max)
    disk = FailingDisk(QuickDisk(folder))
    store = store_at(folder, disk=disk, lines_max=1)
    with store.in_bulk():
        commit(store, opening("alice"), opening("bob"), AGAIN, giving("alice", "bob"))
        told(store, Step([AGAIN]))
        assert len(segments(folder)) == 2
        disk.calls.clear()
        commit(store, giving("alice", "bob"))
        assert (("read", "wallets/alice.json") in disk.calls) == is_read_again
    check_as_due(folder)


def again(number):
    """The request that was sent under the key of that number."""
    key = f"k{number}"
    if number <= 4:
        return Step([recharging("alice", "500", key="k4")])
    return Step([giving("alice", "bob", key=key)])


def check_as_due_so_far(folder, *, segments_due):
    """Everybody finds all in order in the middle of a row, wallet files of sealed segments too."""
    assert len(segments(folder)) == segments_due
    assert store_at(folder).audit().findings == ()
    sealed = {name for name in contents(folder) if name.startswith("keys/")}
    assert sealed


@pytest.mark.parametrize(("lines", "segments_due"), [(3, 1), (4, 2), (5, 2), (9, 2)])
def test_a_long_segment_is_sealed_when_the_row_ends(folder, lines, segments_due):
    """So that whoever opens the store after it need not read it."""
    store = store_at(folder, lines_max=4)
    with store.in_bulk():
        commit(store, opening("alice"))
        for _ in range(lines - 1):
            commit(store, recharging("alice"))
        assert len(segments(folder)) == 1
    assert len(segments(folder)) == segments_due
    check_as_due(folder)
    commit(store_at(folder, lines_max=4), recharging("alice"))
    assert len(segments(folder)) == segments_due
    check_as_due(folder)


def test_a_row_of_others_segments_goes_on_in_the_next_when_those_are_full(folder):
    """The first commit of a row finds a segment as any other does."""
    commit(store_at(folder), opening("alice"), recharging("alice"), recharging("alice"))
    store = store_at(folder, lines_max=3)
    with store.in_bulk():
        commit(store, recharging("alice"))
        assert len(segments(folder)) == 2
    check_as_due(folder)


# -- others in between -----------------------------------------------------------------------------


def test_others_see_each_commit_of_a_row_at_once(folder, short_segments):
    store, alone = store_at(folder, lines_max=4), MemoryStore()
    with store.in_bulk():
        for step, _ in STORY:
            told(store, step)
            told(alone, step)
            if not folder.exists():
                continue
            other = store_at(folder, lines_max=4)
            assert everything(other) == everything(alone)
            with other.reading() as view:
                for entry in alone.entries():
                    found = view.entry_of_key(entry.key) if entry.key else None
                    assert (found.seq if found else None) == (entry.seq if entry.key else None)
            assert other.audit().findings == ()


@pytest.mark.parametrize("lines_max", [1, 2, 4, 1000])
def test_others_may_write_in_between(folder, short_segments, lines_max):
    """With a segment of four lines, they sometimes seal it, and sometimes the row does."""
    store, alone = store_at(folder, lines_max=lines_max), MemoryStore()
    with store.in_bulk():
        for number, (step, _) in enumerate(STORY):
            said = told(store, step)
            assert without_heads(said) == without_heads(told(alone, step))
            if folder.exists() and number % 3:
                other = store_at(folder, lines_max=lines_max)
                theirs = Step(
                    [recharging("bob", key=f"theirs {number // 2}"), *step.asked], "go on"
                )
                assert without_heads(told(other, theirs)) == without_heads(told(alone, theirs))
            assert everything(store_at(folder)) == everything(alone)
    check_as_due(folder)
    assert everything(store_at(folder)) == everything(alone)


def test_a_wallet_that_others_changed_in_between_is_read_anew(folder, disk):
    store = store_at(folder, disk=disk)
    with store.in_bulk():
        commit(store, giving("alice", "bob"))
        commit(store_at(folder), giving("alice", "bob", quantity=98))
        assert told(store, Step([giving("alice", "bob", quantity=2)]))[0] is NotEnoughCoins
        commit(store, giving("alice", "bob"))
    assert everything(store_at(folder))["wallets"]["alice"].coins == 0
    check_as_due(folder)


def test_a_key_that_others_used_in_between_is_found(folder, disk):
    store = store_at(folder, disk=disk)
    with store.in_bulk():
        assert told(store, Step([giving("alice", "bob", quantity=1000)]))[0] is NotEnoughCoins
        (theirs,) = commit(store_at(folder), recharging("bob", key="k"))
        (answer,) = commit(store, recharging("bob", key="k"))
    assert answer == replace(theirs, replayed=True)
    check_as_due(folder)


def test_a_row_goes_on_after_another_has_sealed_and_gone(folder):
    store = store_at(folder)
    with store.in_bulk():
        commit(store, opening("alice"), recharging("alice", "500", key="k"))
        commit(store_at(folder, lines_max=2))  # This adds nothing, but it seals.
        assert len(segments(folder)) == 2
        (answer,) = commit(store, recharging("alice"))
        assert answer.transaction.seq == 3
        assert commit(store, recharging("alice", "500", key="k"))[0].replayed
    assert segments(folder)[1].read_bytes().count(b"\n") == 2
    check_as_due(folder)


def test_a_row_that_others_have_ended_has_nothing_left_to_do(folder, disk):
    store = store_at(folder, disk=disk)
    with store.in_bulk():
        commit(store, recharging("bob"))
        commit(store_at(folder), recharging("bob"))
        disk.calls.clear()
    assert not [call for call in disk.calls if call[0] in ("write", "overwrite", "append")]
    check_as_due(folder)


def test_a_row_goes_on_after_a_repair(folder, disk):
    store = store_at(folder, disk=disk)
    with store.in_bulk():
        commit(store, recharging("bob"), opening("dave"))
        assert store_at(folder).repair()
        commit(store, recharging("bob"), recharging("dave"))
    check_as_due(folder)
    assert everything(store_at(folder))["seq"] == 8


THEIRS = giving("alice", "bob", key="theirs")


@pytest.mark.parametrize("lines_max", [5, 1000])
@pytest.mark.parametrize("is_row_behind", [True, False])
def test_a_row_goes_on_after_another_was_killed_at_any_operation(lines_max, is_row_behind):
    """With five lines in the segment, the other one seals it first.

    When the row has written all that is due, so that the other one need not, only the segment tells
    that it added a line.
    """
    told_by_segment_alone, moments, is_done = 0, 0, False
    while not is_done:
        with new_folder() as folder:
            commit(store_at(folder), opening("alice"), opening("bob"), AGAIN, recharging("bob"))
            os.utime(folder / "head.json", ns=(1, 1))  # Some systems count time in milliseconds.
            store = store_at(folder, lines_max=lines_max)
            with store.in_bulk():
                commit(store, recharging("bob") if is_row_behind else AGAIN)
                seq = everything(store_at(folder))["seq"]
                head = (folder / "head.json").read_bytes()
                newest = segments(folder)[-1].read_bytes()
                disk = KillingDisk(QuickDisk(folder), moments)
                try:
                    commit(store_at(folder, disk=disk, lines_max=lines_max), THEIRS)
                    is_done = True
                except Killed:
                    moments += 1
                if head == (folder / "head.json").read_bytes():
                    told_by_segment_alone += newest != segments(folder)[-1].read_bytes()
                (ours,) = commit(store, giving("alice", "bob", key="ours"))
                (again,) = commit(store, THEIRS)
                assert ours.transaction.seq == seq + (2 if again.replayed else 1), moments
                assert again.replayed or not is_done
            found = everything(store_at(folder))
            assert found["seq"] == seq + 2
            assert found["wallets"]["alice"].coins == 500 - 2 * 5
            assert found["wallets"]["bob"].earned == 2 * 5
            check_as_due(folder)
    assert moments > 20
    assert told_by_segment_alone or is_row_behind


def test_half_a_line_of_another_who_was_killed_is_cut_off(folder, disk):
    store = store_at(folder, disk=disk)
    with store.in_bulk():
        commit(store, recharging("bob"))
        with segments(folder)[-1].open("ab") as file:
            file.write(b'{"seq":6,')
        commit(store, recharging("bob"))
    assert len(list((folder / "quarantine").iterdir())) == 1
    check_as_due(folder)


def test_a_row_goes_on_when_head_json_was_removed(folder, disk):
    """As commits without a row do: it follows from the journal."""
    store = store_at(folder, disk=disk)
    with store.in_bulk():
        commit(store, recharging("bob"))
        (folder / "head.json").unlink()
        commit(store, recharging("bob"))
        (folder / "head.json").unlink()
    commit(store_at(folder))
    check_as_due(folder)
    assert everything(store_at(folder))["seq"] == 6


@pytest.mark.parametrize("operation", ["remove", "replace"])
def test_a_row_begins_anew_when_the_store_is_another(folder, operation):
    store, other = store_at(folder, lines_max=2), folder.parent / "other"
    with store.in_bulk():
        commit(store, opening("alice"), recharging("alice"))
        commit(store, recharging("alice"))
        commit(store_at(folder, lines_max=2), recharging("alice"), recharging("alice"))
        commit(store, recharging("alice"))
        folder.rename(other)
        if operation == "replace":
            commit(store_at(folder), opening("bob"))
        (answer,) = commit(store, opening("alice"))
        assert answer.transaction.seq == (2 if operation == "replace" else 1)
        commit(store, recharging("alice"))
    for path, seq in ((folder, answer.transaction.seq + 1), (other, 6)):
        assert everything(store_at(path))["seq"] == seq
        commit(store_at(path))
        check_as_due(path)


def test_a_row_whose_store_became_another_leaves_no_wallets_in_it(folder, short_segments):
    """Not even those of segments that it sealed in the first one."""
    store, other = store_at(folder, lines_max=4), folder.parent / "other"
    with store.in_bulk():
        commit(store, opening("alice"), opening("bob"), opening("carol"), recharging("alice"))
        commit(store, *[recharging("alice") for _ in range(4)])
        commit(store, recharging("carol"))
        assert len(segments(folder)) == 3
        folder.rename(other)
        commit(store_at(folder), opening("dora"))
        commit(store, opening("erin"))
    assert everything(store_at(folder))["wallets"].keys() == {"dora", "erin"}
    check_as_due(folder)
    assert everything(store_at(other))["wallets"]["alice"].coins == 500
    assert store_at(other).audit().findings == ()


@pytest.mark.parametrize("is_last", [True, False])
@pytest.mark.parametrize("what", ["others", "prices", "a full disk"])
def test_a_row_writes_in_the_end_what_it_left_behind_before_it_had_to_begin_anew(
    folder, short_segments, what, is_last
):
    """The wallets in the segments that it sealed, of which nobody else can know."""
    disk = FailingDisk(QuickDisk(folder))
    store, rules = store_at(folder, disk=disk, lines_max=4), RULES
    with store.in_bulk():
        commit(store, opening("alice"), opening("bob"), opening("carol"), recharging("alice"))
        commit(store, *[recharging("alice") for _ in range(4)])
        commit(store, recharging("bob"))
        assert len(segments(folder)) == 3
        if what == "others":
            commit(store_at(folder), recharging("carol"))
        elif what == "prices":
            rules = Rules(replace(CATALOG, gifts={}))
            commit(store, recharging("carol"), rules=rules)
        else:
            disk.fail("append", SEGMENT, error=errno.ENOSPC)
            with pytest.raises(StoreNotWritable):
                commit(store, recharging("carol"))
            disk.heal()
        assert b'"coins":500' not in contents(folder)["wallets/alice.json"]
        if not is_last:
            commit(store, recharging("bob"), rules=rules)
    assert b'"coins":500' in contents(folder)["wallets/alice.json"]
    check_as_due(folder)


@pytest.mark.parametrize("why", ["a refusal", "a full disk", "a damaged wallet"])
@pytest.mark.parametrize("count", [1, 9])
def test_a_row_whose_last_commit_fails_is_brought_to_its_end(folder, short_segments, why, count):
    commit(store_at(folder), opening("alice"), opening("bob"), opening("carol"))
    commit(store_at(folder, lines_max=3))  # It seals them, so that no row knows carol.
    carol = (folder / "wallets/carol.json").read_bytes()
    disk = FailingDisk(QuickDisk(folder))
    store = store_at(folder, disk=disk, lines_max=4)
    with store.in_bulk():
        for number in range(count):
            commit(store, recharging(("alice", "bob")[number % 2]))
        if why == "a full disk":
            disk.fail("append", SEGMENT, error=errno.ENOSPC)
        if why == "a damaged wallet":
            replace_file(folder / "wallets/carol.json", b"{}")
        asked = [recharging("carol" if why == "a damaged wallet" else "alice"), opening("bob")]
        with suppress(CoinsError):
            commit(store, *asked, on_refusal="raise" if why == "a refusal" else "go on")
        disk.heal()
        replace_file(folder / "wallets/carol.json", carol)
    found = everything(store_at(folder))
    assert found["seq"] == 3 + count
    check_as_due(folder)


# -- wallet files that were edited -----------------------------------------------------------------

EDITS = {
    "as if it were a store's": lambda path: edit_json(path, coins=9_999),
    "by hand": lambda path: edit_json(path, coins=9_999, careless=True),
}
"""What looks like no accident. A file that says nothing is made anew, as after a power failure."""


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
@pytest.mark.parametrize("user", ["alice", "carol"])
def test_a_wallet_file_edited_during_the_row_is_not_written_over(folder, disk, edit, user):
    """Neither one of the row's own wallets, nor one that only its segment touches."""
    store, path = store_at(folder, disk=disk), folder / f"wallets/{user}.json"
    with store.in_bulk():
        commit(store, giving("alice", "bob"))
        edit(path)
        edited = path.read_bytes()
        (answer,) = commit(store, giving("alice", "bob"))
    assert path.read_bytes() == edited
    with pytest.raises(StoreDamaged, match=f"wallets/{user}.json"):
        commit(store_at(folder), recharging("bob"))
    assert path.read_bytes() == edited
    assert store_at(folder).audit().findings
    store_at(folder).repair()
    assert everything(store_at(folder))["seq"] == answer.transaction.seq == 6
    assert everything(store_at(folder))["wallets"]["alice"].coins == 490
    check_as_due(folder)


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
@pytest.mark.parametrize("user", ["alice", "carol"])
@pytest.mark.parametrize(("segments_before", "wallets_max"), [(0, 20_000), (1, 2)])
def test_a_wallet_file_edited_during_the_row_keeps_its_segment_from_being_sealed(
    folder, disk, short_segments, monkeypatch, edit, user, segments_before, wallets_max
):
    """Where the file is due to be written then: more wallets are behind than may be left."""
    monkeypatch.setattr(bulk, "WALLET_CACHE_SIZE", wallets_max)
    store, path = store_at(folder, disk=disk, lines_max=6), folder / f"wallets/{user}.json"
    with store.in_bulk():
        commit(store, giving("alice", "bob"))
        for _ in range(6 * segments_before):
            commit(store, recharging("carol"))
        assert len(segments(folder)) == 1 + segments_before
        edit(path)
        edited = path.read_bytes()
        if segments_before:
            told(store, Step([recharging("alice")] * 4 + [recharging("carol"), recharging("bob")]))
        else:
            commit(store, recharging("alice"))
        for _ in range(2):
            with pytest.raises(StoreDamaged, match=f"wallets/{user}.json"):
                commit(store, recharging("bob"))
    assert path.read_bytes() == edited
    assert len(segments(folder)) == 1 + segments_before
    with pytest.raises(StoreDamaged, match=f"wallets/{user}.json"):
        commit(store_at(folder), recharging("bob"))


@pytest.mark.parametrize("edit", ["as if it were a store's", "by hand"])
@pytest.mark.parametrize("user", ["alice", "carol"])
def test_a_wallet_file_edited_while_it_is_behind_is_left_to_the_next_who_touches_it(
    folder, disk, short_segments, edit, user
):
    """Its segment is sealed without it, since the index names its line; the row ends without it."""
    store, path = store_at(folder, disk=disk, lines_max=4), folder / f"wallets/{user}.json"
    with store.in_bulk():
        commit(store, giving("alice", "bob"))
        commit(store, recharging("carol"))
        EDITS[edit](path)
        edited = path.read_bytes()
        for _ in range(4):
            commit(store, recharging("bob"))
        assert len(segments(folder)) == 3
    assert path.read_bytes() == edited
    commit(store_at(folder), recharging("bob"))
    for act in (
        lambda: commit(store_at(folder), recharging(user)),
        lambda: everything(store_at(folder)),
    ):
        with pytest.raises(StoreDamaged, match=f"wallets/{user}.json"):
            act()
    assert path.read_bytes() == edited
    (found,) = [one for one in store_at(folder).audit().findings if user in one.where]
    assert found.problem.startswith("it says 9,999 bought coins, and transaction ")
    store_at(folder).repair()
    check_as_due(folder)


def test_a_wallet_file_that_says_nothing_is_made_anew_when_the_row_ends(folder, disk):
    store, path = store_at(folder, disk=disk), folder / "wallets/alice.json"
    with store.in_bulk():
        commit(store, giving("alice", "bob"))
        path.write_bytes(b"nonsense\n")
        commit(store, giving("alice", "bob"))
    assert everything(store_at(folder))["wallets"]["alice"].coins == 490
    check_as_due(folder)


def test_a_wallet_file_removed_during_the_row_comes_back(folder, disk):
    """That is what a kill may leave too, so it is mended, by whoever comes next."""
    store = store_at(folder, disk=disk)
    with store.in_bulk():
        commit(store, giving("alice", "bob"))
        (folder / "wallets/alice.json").unlink()
        commit(store, giving("alice", "bob"))
    commit(store_at(folder))
    check_as_due(folder)


# -- disks that fail -------------------------------------------------------------------------------


class OnceDisk(FailingDisk):
    """A disk that works again when a write was taken back."""

    def __getattr__(self, operation):
        if any(operation == "truncate" for operation, _ in self.calls):
            self.heal()
        return super().__getattr__(operation)


@pytest.mark.parametrize(
    ("operation", "bytes_done"), [("append", 0), ("append", 1), ("append", 100), ("sync", 0)]
)
@pytest.mark.parametrize("number", [0, 1, 3])
def test_a_write_that_fails_within_a_row_is_taken_back_and_the_row_goes_on(
    folder, disk, operation, bytes_done, number
):
    disk = OnceDisk(QuickDisk(folder))
    store = store_at(folder, disk=disk)
    with store.in_bulk():
        for _ in range(number):
            commit(store, recharging("bob"))
        before = segments(folder)[-1].read_bytes()
        told_before = everything(store_at(folder))
        disk.fail(operation, SEGMENT, error=errno.EIO, bytes_done=bytes_done)
        with pytest.raises(StoreNotWritable, match="input/output error"):
            commit(store, giving("alice", "bob", key="k"), recharging("bob"))
        assert segments(folder)[-1].read_bytes() == before
        assert everything(store_at(folder)) == told_before
        (answer,) = commit(store, giving("alice", "bob", key="k"))
        assert (answer.transaction.seq, answer.replayed) == (5 + number, False)
        commit(store, recharging("bob"))
    assert everything(store_at(folder))["seq"] == 6 + number
    check_as_due(folder)


def test_a_write_that_cannot_be_taken_back_ends_the_row(folder, disk):
    store = store_at(folder, disk=disk, lines_max=5)
    with store.in_bulk():
        commit(store, recharging("bob"))
        disk.fail("sync", SEGMENT)
        with pytest.raises(OutcomeUnknown):
            commit(store, recharging("bob"))
        disk.heal()
        for _ in range(2):
            with pytest.raises(StoreFrozen):
                commit(store, recharging("bob"))
        before = contents(folder)
    assert contents(folder) == before
    assert everything(store_at(folder))["seq"] == 5
    commit(store_at(folder, boot="the next boot"), recharging("bob"))
    assert everything(store_at(folder, boot="the next boot"))["seq"] == 6
    assert store_at(folder, boot="the next boot").audit().findings == ()


def test_a_frozen_store_is_left_alone_when_the_row_ends(folder):
    """Even where a file whose write was taken back looks as if nothing had happened to it."""

    class Coarse(QuickDisk):
        def stamp(self, name):
            return self.read(name) if self.exists(name) else None

    commit(store_at(folder), opening("alice"), recharging("alice", key="k"))
    disk = FailingDisk(Coarse(folder))
    store = store_at(folder, disk=disk, lines_max=3)
    with store.in_bulk():
        commit(store, recharging("alice"))
        disk.fail("sync", SEGMENT)
        with pytest.raises(OutcomeUnknown):
            commit(store, recharging("alice"))
        disk.heal()
        before = contents(folder)
    assert contents(folder) == before


def test_a_store_that_was_frozen_during_a_row_takes_no_more_of_it(folder, disk):
    store = store_at(folder, disk=disk)
    with store.in_bulk():
        commit(store, recharging("bob"))
        (folder / "frozen").write_bytes(b"the first boot")
        with pytest.raises(StoreFrozen):
            commit(store, recharging("bob"))
        before = contents(folder)
    assert contents(folder) == before
    (folder / "frozen").unlink()
    assert everything(store_at(folder))["seq"] == 5


@pytest.mark.parametrize("lines_max", [5, 1000])
@pytest.mark.parametrize(
    ("operation", "pattern"),
    [
        ("overwrite", "wallets/*"),
        ("overwrite", "wallets/bob.json"),
        ("overwrite", "head.json"),
        ("overwrite", "*"),
        ("write", "wallets/*"),
        ("write", "*"),
        ("rename", "*"),
        ("room", "*"),
        ("read", "*"),
        ("exists", "*"),
        ("stamp", "*"),
        ("lock", "lock"),
        ("lock", "*"),
        ("append", "places"),
        ("all_files", "*"),
        ("sync", "*"),
        ("protect", "*"),
    ],
)
def test_a_disk_that_fails_when_the_row_ends_is_no_error(
    folder, disk, operation, pattern, lines_max
):
    """All of it was answered; the next writer makes up for what could not be written."""
    store = store_at(folder, disk=disk, lines_max=lines_max)
    with store.in_bulk():
        commit(store, recharging("bob"), opening("dave"))
        commit(store, giving("alice", "bob"))
        disk.fail(operation, pattern, error=errno.ENOSPC)
    found = everything(store_at(folder))
    assert found["seq"] == 7
    assert found["wallets"]["alice"].coins == 495
    assert store_at(folder).audit().findings == ()
    disk.heal()
    commit(store, recharging("dave"))
    assert everything(store_at(folder))["seq"] == 8
    check_as_due(folder)


def test_a_store_that_others_hold_when_the_row_ends_is_no_error(folder, disk, monkeypatch):
    monkeypatch.setattr(json_store, "FINISH_WAIT_SECONDS", 0.05)
    store = store_at(folder, disk=disk)
    with ExitStack() as others, store.in_bulk():
        commit(store, recharging("bob"))
        others.enter_context(QuickDisk(folder).lock("lock", shared=True, wait_seconds=0))
    assert everything(store_at(folder))["seq"] == 5
    commit(store_at(folder))
    check_as_due(folder)


def test_what_cannot_be_looked_at_after_a_commit_is_still_answered(folder, disk):
    store = store_at(folder, disk=disk)
    with store.in_bulk():
        disk.fail("stamp")
        (answer,) = commit(store, recharging("bob"))
        assert answer.transaction.seq == 5
        (answer,) = commit(store, recharging("bob"))
        assert answer.transaction.seq == 6
        disk.heal()
        commit(store, recharging("bob"))
    assert everything(store_at(folder))["seq"] == 7
    check_as_due(folder)


@pytest.mark.parametrize(
    ("operation", "pattern"),
    [
        ("overwrite", "wallets/alice.json"),
        ("overwrite", "wallets/carol.json"),
        ("write", "wallets/.erin.json.new"),
        ("rename", "wallets/.erin.json.new"),
        ("append", "places"),
        ("sync", "places"),
        ("write", "keys/.*"),
        ("sync", "keys/.*"),
        ("rename", "keys/.*"),
        ("all_files", "*"),
        ("sync", "wallets/erin.json"),
        ("sync", "keys"),
        ("write", "journal/.0*"),
        ("rename", "journal/.0*"),
        ("sync", "journal"),
        ("write", ".head.json.new"),
        ("sync", ".head.json.new"),
        ("rename", ".head.json.new"),
        ("sync", ""),
    ],
)
def test_sealing_that_fails_within_a_row_is_a_refusal_and_the_row_goes_on(
    folder, disk, short_segments, operation, pattern
):
    store = store_at(folder, disk=disk)
    commit(store, giving("alice", "bob"), recharging("carol"))
    store = store_at(folder, disk=disk, lines_max=8)
    with store.in_bulk():
        commit(store, opening("erin"), giving("alice", "bob", key="k"))
        before = everything(store_at(folder))
        disk.fail(operation, pattern, error=errno.ENOSPC)
        with pytest.raises(StoreNotWritable):
            commit(store, giving("alice", "bob", key="x"))
        disk.heal()
        assert everything(store_at(folder)) == before
        assert store_at(folder).audit().findings == ()
        (answer,) = commit(store, giving("alice", "bob", key="x"))
        assert answer.transaction.seq == 9
        assert commit(store, giving("alice", "bob", key="k"))[0].replayed
    assert len(segments(folder)) == 2
    check_as_due(folder)


# -- interruptions ---------------------------------------------------------------------------------


class Interrupting(QuickDisk):
    """A disk during the next append to which somebody presses Ctrl-C."""

    is_next = False

    def append(self, name, data):
        self._disk.append(name, data)
        if self.is_next:
            self.is_next = False
            os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.parametrize("number", [0, 2])
def test_an_interruption_during_a_commit_leaves_a_row_that_goes_on(folder, disk, number):
    interrupting = Interrupting(folder)
    store = store_at(folder, disk=interrupting)
    with store.in_bulk():
        for _ in range(number):
            commit(store, recharging("bob"))
        interrupting.is_next = True
        with pytest.raises(KeyboardInterrupt):
            commit(store, giving("alice", "bob", key="k"))
        assert everything(store_at(folder))["seq"] == 5 + number
        (answer,) = commit(store, giving("alice", "bob", key="k"))
        assert (answer.transaction.seq, answer.replayed) == (5 + number, True)
        commit(store, recharging("bob"))
    assert everything(store_at(folder))["seq"] == 6 + number
    check_as_due(folder)


def test_a_row_that_an_interruption_ends_is_kept(folder, disk):
    interrupting = Interrupting(folder)
    store = store_at(folder, disk=interrupting)

    def row():
        with store.in_bulk():
            commit(store, recharging("bob"))
            interrupting.is_next = True
            commit(store, giving("alice", "bob", key="k"))

    with pytest.raises(KeyboardInterrupt):
        row()
    assert everything(store_at(folder))["seq"] == 6
    assert store_at(folder).audit().findings == ()
    assert commit(store_at(folder), giving("alice", "bob", key="k"))[0].replayed
    check_as_due(folder)


@pytest.mark.parametrize("lines_max", [7, 1000])
def test_a_row_killed_at_any_operation_keeps_what_it_answered(short_segments, lines_max):
    is_done, moments = False, 0
    while not is_done:
        with new_folder() as folder:
            commit(store_at(folder), opening("alice"), opening("bob"), AGAIN)
            asked = [giving("alice", "bob", key=f"k{number}") for number in range(6)]
            answered = []
            store = store_at(folder, disk=KillingDisk(QuickDisk(folder), moments))
            with suppress(Killed):
                with store.in_bulk():
                    for one in asked:
                        answered += commit(store, one)
                is_done = True
            kept = everything(store_at(folder))["seq"] - 3
            assert kept in (len(answered), len(answered) + 1), moments
            assert store_at(folder).audit().findings == ()
            after = store_at(folder, lines_max=lines_max)
            with after.in_bulk():
                replayed = [commit(after, one)[0].replayed for one in asked]
            assert replayed == [True] * kept + [False] * (6 - kept)
            check_as_due(folder)
            moments += 5
    assert moments > 50


# -- every store is the same -----------------------------------------------------------------------


class Told(NamedTuple):
    """What one group comes to: whether another store object of the same folder sends it."""

    sent: Sent
    is_by_another: bool


rows = st.lists(
    st.lists(st.builds(Told, sendings, st.sampled_from([False] * 4 + [True])), max_size=6),
    min_size=1,
    max_size=4,
)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    rows,
    st.sampled_from([1, 3, 1000]),
    st.sampled_from([1, 5, 65_536]),
    st.sampled_from([0, 2, 100_000]),
)
def test_every_store_tells_the_same_story_in_rows(
    story, lines_max, lines_max_in_a_row, wallets_max
):
    memory = MemoryStore()
    with pytest.MonkeyPatch.context() as patch, new_folder() as folder:
        patch.setattr(bulk, "SEGMENT_LINES_MAX", lines_max_in_a_row)
        patch.setattr(bulk, "WALLET_CACHE_SIZE", wallets_max)
        first = Sent(beginning().intents, "go on", 0, is_dry=False)
        told_busily(memory, first)
        told_busily(store_at(folder, lines_max=lines_max), first)
        store = store_at(folder, lines_max=lines_max)
        for row in story:
            with store.in_bulk(), memory.in_bulk():
                for sent, is_by_another in row:
                    sender = store_at(folder, lines_max=lines_max) if is_by_another else store
                    assert told_busily(sender, sent) == told_busily(memory, sent)
                    assert everything(store_at(folder)) == everything(memory)
            check_as_due(folder)
            assert everything(store_at(folder)) == everything(memory)


# -- many files at once ----------------------------------------------------------------------------


class CountingDisk(QuickDisk):
    """A disk that tells what was synced, and that says whether it can sync all files at once."""

    def __init__(self, folder, *, can_sync_all):
        super().__init__(folder)
        self._can_sync_all = can_sync_all
        self.synced = []

    def sync(self, name):
        self.synced.append(name)

    @contextmanager
    def all_files(self):
        yield self._sync_all

    def _sync_all(self):
        self.synced.append("all")
        return self._can_sync_all


@pytest.mark.parametrize(
    ("count", "can_sync_all", "due"),
    [
        (0, True, "each"),
        (1, True, "each"),
        (FILES_FOR_ONE_SYNC - 1, True, "each"),
        (FILES_FOR_ONE_SYNC, True, "all"),
        (FILES_FOR_ONE_SYNC + 1, True, "all"),
        (FILES_FOR_ONE_SYNC - 1, False, "each"),
        (FILES_FOR_ONE_SYNC, False, "all, and then each"),
    ],
)
def test_many_files_are_synced_at_once_where_that_can_be_told(tmp_path, count, can_sync_all, due):
    disk, names = CountingDisk(tmp_path, can_sync_all=can_sync_all), [str(n) for n in range(count)]
    with syncing_many(disk) as sync:
        assert disk.synced == []
        sync(names)
    assert disk.synced == (["all"] if "all" in due else []) + (names if "each" in due else [])


@pytest.mark.parametrize("can_sync_all", [True, False])
def test_a_segment_of_many_files_is_sealed(folder, monkeypatch, can_sync_all):
    monkeypatch.setattr(durability, "FILES_FOR_ONE_SYNC", 2)
    disk = CountingDisk(folder, can_sync_all=can_sync_all)
    store = store_at(folder, disk=disk, lines_max=3)
    with store.in_bulk():
        commit(store, opening("alice"), opening("bob"), recharging("alice", key="k"))
        disk.synced.clear()
    assert disk.synced[0] == "all"
    counts = [disk.synced.count(name) for name in ("wallets/alice.json", "wallets", "places")]
    assert counts == ([0] * 3 if can_sync_all else [1] * 3)
    assert disk.synced.count("keys") == 1
    assert disk.synced[-3:] == ["journal", ".head.json.new", ""]
    check_as_due(folder)


def test_a_disk_is_asked_before_anything_is_written_that_is_to_be_synced(folder, disk):
    """Only what fails from then on is told when it is synced."""
    commit(store_at(folder, disk=disk, lines_max=4))
    asked = disk.calls.index(("all_files", ""))
    written = [
        n for n, call in enumerate(disk.calls) if call[0] in ("write", "overwrite", "append")
    ]
    assert written
    assert min(written) > asked


def test_a_sync_of_many_that_fails_is_passed_on(folder, disk):
    disk.fail("sync", "b")
    with pytest.raises(OSError, match="error"), syncing_many(disk) as sync:
        sync(["a", "b", "c"])


# -- a journal of many segments --------------------------------------------------------------------


def test_a_long_journal_is_audited_by_several_processes(folder, monkeypatch):
    """Each replays segments of its own; a row of many commits leaves a lot to replay."""
    monkeypatch.setattr(journal_replay, "BYTES_FOR_WORKERS", 1)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    commit(store_at(folder), opening("alice"), opening("bob"), AGAIN)
    for number in range(4):
        commit(store_at(folder, lines_max=1), giving("alice", "bob", key=f"k{number}"))
    told = []
    store = store_at(folder, disk=PosixDisk(str(folder)))
    audit = store.audit(progress=lambda done, whole: told.append((done, whole)))
    assert (audit.transactions, audit.findings) == (7, ())
    assert told == [(done, 5) for done in range(1, 6)]
    edited = segments(folder)[1].read_bytes().replace(b'"panda"', b'"pando"')
    replace_file(segments(folder)[1], edited)
    assert store.audit().findings


def _killed(*args):
    os.kill(os.getpid(), signal.SIGKILL)


def test_an_audit_whose_worker_is_killed_is_refused_and_a_repair_changes_nothing(
    folder, monkeypatch
):
    monkeypatch.setattr(journal_replay, "BYTES_FOR_WORKERS", 1)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    monkeypatch.setattr(journal_replay, "replay_segment", _killed)
    for user in ("alice", "bob", "carol"):
        commit(store_at(folder, lines_max=1), opening(user))
    before = contents(folder)
    store = store_at(folder, disk=PosixDisk(str(folder)))
    for read_all in (store.audit, store.repair):
        with pytest.raises(WorkerEnded) as refused:
            read_all()
        assert str(folder) in refused.value.message
    assert contents(folder) == before


# -- the disk itself -------------------------------------------------------------------------------


@pytest.fixture
def real(tmp_path):
    """A real disk with one file."""
    disk = PosixDisk(str(tmp_path))
    disk.write("a", b"12345")
    return disk


def test_there_is_room_in_a_file_of_one_name_alone(real, tmp_path):
    real.make_folder("folder")
    real.write("b", b"")
    (tmp_path / "link").symlink_to(tmp_path / "a")
    assert {name: real.room(name) for name in ("a", "b", "c", "folder/c")} == {
        "a": 5,
        "b": 0,
        "c": 0,
        "folder/c": 0,
    }
    for name, error in (("folder", WrongKind), ("link", LinkInStore)):
        with pytest.raises(error, match=name):
            real.room(name)
    os.link(tmp_path / "a", tmp_path / "second name")
    assert real.room("a") == real.room("second name") == 0
    (tmp_path / "a").unlink()
    assert real.room("second name") == 5


def test_room_that_cannot_be_told_is_an_error(real):
    with pytest.raises(NotADirectoryError):
        real.room("a/b")


def test_what_is_written_over_stays_the_same_file(real, tmp_path):
    number = (tmp_path / "a").stat().st_ino
    real.overwrite("a", b"abcde")
    assert real.read("a") == b"abcde"
    assert (tmp_path / "a").stat().st_ino == number
    assert list(tmp_path.iterdir()) == [tmp_path / "a"]


def test_short_writes_over_a_file_go_on_until_all_is_written(real, monkeypatch):
    write = os.write
    monkeypatch.setattr(disk_module.os, "write", lambda fd, data: write(fd, bytes(data[:2])))
    real.overwrite("a", b"abcde")
    assert real.read("a") == b"abcde"


def test_a_file_that_is_missing_or_a_link_is_not_written_over(real, tmp_path):
    with pytest.raises(FileNotFoundError):
        real.overwrite("b", b"abcde")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    with pytest.raises(LinkInStore):
        real.overwrite("b", b"abcde")
    assert real.read("a") == b"12345"


def test_a_stamp_is_another_after_each_change(real, tmp_path):
    def long_ago():
        os.utime(tmp_path / "a", ns=(1, 1))
        return real.stamp("a")

    first = long_ago()
    assert real.stamp("a") == first
    assert real.read("a")
    assert real.stamp("a") == first
    real.overwrite("a", b"abcde")
    assert real.stamp("a") != first
    second = long_ago()
    real.append("a", b"f")
    assert real.stamp("a") != second
    third = long_ago()
    real.write("b", real.read("a"))
    os.utime(tmp_path / "b", ns=(1, 1))
    real.rename("b", "a")
    assert real.stamp("a") != third
    fourth = long_ago()
    real.protect("a")
    assert real.stamp("a")[:3] == fourth[:3]
    real.close()
    assert real.stamp("b") is None


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="only Linux tells what is open")
def test_a_disk_keeps_few_files_open(real, monkeypatch):
    """However many of the index are added to, or segments looked into, at once."""
    monkeypatch.setattr(disk_module, "FILES_OPEN_AT_ONCE", 3)
    before, names = set(os.listdir("/proc/self/fd")), [str(number) for number in range(10)]
    for data in (b"12", b"34"):
        for name in names:
            real.append(name, data)
    assert len(set(os.listdir("/proc/self/fd")) - before) <= 3
    for name in names:
        real.sync(name)
        assert real.read_at(name, 1, 2) == b"23"
    assert len(set(os.listdir("/proc/self/fd")) - before) <= 6
    real.close()
    assert set(os.listdir("/proc/self/fd")) == before
    assert {real.read(name) for name in names} == {b"1234"}


def release(monkeypatch, text):
    monkeypatch.setattr(disk_module.os, "uname", lambda: SimpleNamespace(release=text))


@pytest.mark.skipif(not hasattr(os, "uname") or os.uname().sysname != "Linux", reason="of Linux")
def test_all_files_are_synced_at_once_by_a_system_that_tells_of_failures(folder, monkeypatch):
    folder.mkdir()
    disk = PosixDisk(str(folder))
    release(monkeypatch, "5.8.0-generic")
    with disk.all_files() as sync_all:
        disk.write("a", b"12345")
        assert sync_all() is True
        assert sync_all() is True
    assert sync_all() is False, "nothing is open any more"


@pytest.mark.parametrize("text", ["5.7.19-generic", "4.19.0", "2.6", "what is this", ""])
def test_an_old_kernel_is_not_believed_that_all_is_synced(folder, monkeypatch, text):
    folder.mkdir()
    release(monkeypatch, text)
    with PosixDisk(str(folder)).all_files() as sync_all:
        assert sync_all() is False


def test_a_system_without_such_a_call_syncs_each_file(folder, monkeypatch):
    folder.mkdir()
    monkeypatch.delattr(disk_module.os, "uname")
    with PosixDisk(str(folder)).all_files() as sync_all:
        assert sync_all() is False


def test_a_failure_to_sync_all_is_told(folder, monkeypatch):
    release(monkeypatch, "6.18.0")
    assert disk_module._sync_file_system(-1) is False
