"""Many requests decided each on its own, and kept together: a commit's `on_refusal`."""

from contextlib import nullcontext, suppress
from datetime import timedelta
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coins_cli.errors import (
    AnotherRefused,
    CoinsError,
    HandleTaken,
    InvalidJson,
    KeyReused,
    NotEnoughCoins,
    StoreDamaged,
    StoreLocked,
    StoreUnusable,
    UnknownUser,
)
from coins_cli.model.economy import Rules
from coins_cli.model.operations.reverse import Reverse
from coins_cli.model.receipts import Receipt
from coins_cli.store.json.journal import rows as bulk
from coins_cli.store.memory import MemoryStore
from tests.store.disks import FailingDisk, QuickDisk
from tests.store.economies import (
    CATALOG,
    RULES,
    START,
    commit,
    everything,
    giving,
    keyed,
    new_folder,
    opening,
    plain,
    recharging,
    store_at,
)
from tests.store.journals import contents, segments
from tests.store.stories import BUSY_RULES, beginning, intents

NO_JSON = InvalidJson("it is another kind of value")
MIXED = [
    # what is asked, and what that is answered: a number, one that was there before, or a refusal
    (opening("carol"), 4),
    (giving("alice", "carol", quantity=60), 5),
    (NO_JSON, InvalidJson),
    (recharging("alice", "500", key="pocket money"), "3 again"),
    (giving("alice", "carol", quantity=100), NotEnoughCoins),
    (opening("carol"), HandleTaken),
    (recharging("bob", "500", key="pocket money"), KeyReused),
    (giving("alice", "nobody"), UnknownUser),
    (recharging("carol", "100", key="new"), 6),
    (recharging("carol", "500", key="new"), KeyReused),
    (giving("carol", "bob"), 7),
]
ASKED = [asked for asked, _ in MIXED]
REPEATED = recharging("carol", "100", key="new")


def each(store, asked, on_refusal="go on", at=START):
    return store.commit(asked, RULES, at, on_refusal=on_refusal)


def dry(store, asked, on_refusal="go on", at=START):
    return store.commit(asked, RULES, at, on_refusal=on_refusal, dry_run=True)


def in_short(answers):
    return [_in_short(answer) for answer in answers]


def _in_short(answer):
    if isinstance(answer, Receipt):
        return f"{answer.transaction.seq} again" if answer.replayed else answer.transaction.seq
    return type(answer)


def economy_in(store):
    """A store in which alice has 500 coins, bought under a key, and bob has none."""
    commit(store, opening("alice"))
    commit(store, opening("bob"))
    commit(store, recharging("alice", "500", key="pocket money"))
    return store


@pytest.fixture
def economy(store):
    return economy_in(store)


# -- what is answered, and what is kept ------------------------------------------------------------


def test_each_is_decided_on_top_of_those_before_it_as_if_no_refusal_had_been_there(
    economy, reopened
):
    assert in_short(each(economy, [*ASKED, REPEATED])) == [
        *[answer for _, answer in MIXED],
        "6 again",
    ]
    alone = economy_in(MemoryStore())
    for asked in ASKED:
        if asked is not NO_JSON:
            try:
                commit(alone, asked)
            except CoinsError:
                continue
    assert everything(reopened) == everything(alone)
    assert reopened.audit().findings == ()


def test_an_error_in_the_place_of_an_intent_is_its_own_answer(economy):
    assert each(economy, [NO_JSON, recharging("bob"), NO_JSON])[::2] == [NO_JSON, NO_JSON]
    assert dry(economy, [NO_JSON, recharging("bob")])[0] is NO_JSON


def test_when_a_refusal_is_to_stop_it_is_the_last_answer(economy, reopened):
    answers = each(economy, ASKED, "stop")
    assert in_short(answers) == [4, 5, InvalidJson]
    assert everything(reopened)["seq"] == 5
    assert reopened.audit().findings == ()


def test_when_a_refusal_is_to_undo_nothing_is_kept_and_only_what_stood_before_is_answered(
    economy, reopened
):
    before = everything(economy)
    expected = [AnotherRefused if type(answer) is int else answer for _, answer in MIXED]
    assert in_short(each(economy, ASKED, "undo")) == expected
    assert everything(reopened) == before


def test_what_repeats_a_key_of_its_own_group_is_undone_with_it(economy):
    asked = [opening("carol"), REPEATED, REPEATED, NO_JSON]
    assert in_short(each(economy, asked, "undo")) == [*[AnotherRefused] * 3, InvalidJson]


@pytest.mark.parametrize("on_refusal", ["go on", "stop", "undo"])
def test_when_nothing_is_refused_all_three_ways_are_one(economy, on_refusal):
    asked = [opening("carol"), recharging("carol"), recharging("alice", "500", key="pocket money")]
    assert in_short(each(economy, asked, on_refusal)) == [4, 5, "3 again"]
    assert in_short(each(economy, [], on_refusal)) == []


@pytest.mark.parametrize("on_refusal", ["go on", "stop", "undo"])
def test_a_trial_says_what_would_be_answered_and_changes_nothing(economy, on_refusal):
    before = everything(economy)
    tried = dry(economy, ASKED, on_refusal, START + timedelta(days=1))
    assert everything(economy) == before
    done = each(economy, ASKED, on_refusal, START + timedelta(days=1))
    assert [_transaction_or_code(one) for one in tried] == [
        _transaction_or_code(one) for one in done
    ]


def _transaction_or_code(answer):
    if isinstance(answer, Receipt):
        return plain(answer.transaction)
    return (answer.code, answer.fields) if isinstance(answer, CoinsError) else answer


def test_what_was_sent_once_can_be_sent_again(economy, reopened):
    sent = [keyed(asked, f"k{n}") for n, asked in enumerate(ASKED[:2])]
    first = in_short(each(economy, sent))
    after = everything(economy)
    assert in_short(each(reopened, sent, at=START - timedelta(days=9))) == [
        f"{seq} again" for seq in first
    ]
    assert everything(reopened) == after


# -- a store on a disk -----------------------------------------------------------------------------


@pytest.fixture
def disk(folder):
    """A disk that works for now, with the economy on it."""
    economy_in(store_at(folder))
    return FailingDisk(QuickDisk(folder))


def named(disk, operation):
    return [name for asked, name in disk.calls if asked == operation and name.startswith("journal")]


def test_a_group_of_many_shares_one_append_and_one_sync(disk, folder):
    asked = [recharging("alice", key=f"k{n}") for n in range(200)]
    store = store_at(folder, disk=disk)
    assert in_short(each(store, [*asked, NO_JSON])) == [*range(4, 204), InvalidJson]
    assert len(named(disk, "append")) == 1
    assert len(named(disk, "sync")) == 1


@pytest.mark.parametrize(
    ("asked", "on_refusal"),
    [
        ([NO_JSON, giving("bob", "alice")], "go on"),
        ([NO_JSON, recharging("bob")], "stop"),
        ([recharging("bob"), NO_JSON], "undo"),
        ([recharging("alice", "500", key="pocket money")], "go on"),
        ([], "go on"),
    ],
)
def test_where_nothing_is_to_be_kept_not_one_byte_changes(disk, folder, asked, on_refusal):
    before = contents(folder)
    store = store_at(folder, disk=disk)
    each(store, asked, on_refusal)
    dry(store, asked, on_refusal)
    assert contents(folder) == before
    assert not named(disk, "append")


@pytest.mark.parametrize("on_refusal", ["go on", "undo"])
@pytest.mark.parametrize("refused", [[NO_JSON], [giving("alice", "bob"), NO_JSON]])
def test_no_store_is_made_where_all_is_refused(folder, refused, on_refusal):
    answers = each(store_at(folder), refused, on_refusal)
    assert all(isinstance(answer, CoinsError) for answer in answers)
    assert not folder.exists()


def test_a_store_is_made_for_what_is_not_refused(folder):
    made = []
    store = store_at(folder, on_created=made.append)
    asked = [giving("alice", "bob"), opening("alice"), NO_JSON, recharging("alice")]
    assert in_short(dry(store, asked))[::2] == [UnknownUser, InvalidJson]
    assert not folder.exists()
    assert in_short(each(store, asked)) == [UnknownUser, 1, InvalidJson, 2]
    assert made == [str(folder)]
    assert store_at(folder).audit().findings == ()


def test_a_disk_that_fails_takes_back_the_group_whole(disk, folder):
    before = everything(store_at(folder))
    disk.fail("sync", "journal/0*")
    with pytest.raises(StoreUnusable):
        each(store_at(folder, disk=disk), ASKED)
    assert named(disk, "append")
    disk.heal()
    assert everything(store_at(folder)) == before


def test_a_store_that_is_locked_is_raised_and_no_answer(folder):
    economy_in(store_at(folder))
    before = contents(folder)
    with store_at(folder).reading(), pytest.raises(StoreLocked):
        each(store_at(folder), ASKED)
    assert contents(folder) == before


def test_a_power_failure_within_a_group_takes_it_back_whole(folder):
    """Of what was appended, any lines may be there afterwards, and the end of the last be torn."""
    economy_in(store_at(folder))
    before, newest = everything(store_at(folder)), segments(folder)[-1]
    kept = contents(folder)
    each(store_at(folder), ASKED)
    after, group = everything(store_at(folder)), newest.read_bytes()
    stood = len(kept[str(newest.relative_to(folder))])
    ends = [at + 1 for at in range(stood, len(group)) if group[at : at + 1] == b"\n"]
    assert len(ends) == 4
    for cut in [stood + 1, *ends[:-1], ends[-1] - 2]:
        for name in contents(folder).keys() - kept.keys():
            (folder / name).unlink()
        for name, data in kept.items():
            if data is not None:
                (folder / name).write_bytes(data)
        newest.write_bytes(group[:cut])
        assert everything(store_at(folder, boot="the next boot")) == before
        each(store_at(folder, boot="the next boot"), ASKED)
        assert everything(store_at(folder)) == after
        assert store_at(folder).audit().findings == ()


# -- one verb --------------------------------------------------------------------------------------

FIRST = [opening("alice"), giving("alice", "bob"), opening("bob"), recharging("bob", key="k")]
AT_FIRST = {
    "raise": UnknownUser,
    "go on": [1, UnknownUser, 2, 3],
    "stop": [1, UnknownUser],
    "undo": [AnotherRefused, UnknownUser, AnotherRefused, AnotherRefused],
}
"""What is answered to the same first requests, by what a refusal means for the others."""


def said(store, asked, on_refusal, dry_run):
    try:
        return in_short(
            each(store, asked, on_refusal) if not dry_run else dry(store, asked, on_refusal)
        )
    except CoinsError as refusal:
        return type(refusal)


@pytest.mark.parametrize("in_row", [False, True])
@pytest.mark.parametrize("dry_run", [False, True])
@pytest.mark.parametrize("on_refusal", AT_FIRST)
def test_each_way_is_the_same_where_there_is_no_store_yet(
    store, reopened, kind, folder, on_refusal, dry_run, in_row
):
    with store.in_bulk() if in_row else nullcontext():
        assert said(store, FIRST, on_refusal, dry_run) == AT_FIRST[on_refusal]
        is_kept = not dry_run and on_refusal in ("go on", "stop")
        if kind != "memory":
            assert folder.exists() == is_kept
        # What was not kept has used up neither a handle nor a key.
        assert said(store, FIRST[2:], "raise", dry_run) == (
            HandleTaken if is_kept and on_refusal == "go on" else [2, 3] if is_kept else [1, 2]
        )
        if not dry_run:
            assert said(store, FIRST[3:], "raise", dry_run) == (
                ["3 again"] if is_kept else ["2 again"]
            )
    if kind == "memory" or folder.exists():
        assert reopened.audit().findings == ()


@pytest.mark.parametrize("in_row", [False, True])
@pytest.mark.parametrize("on_refusal", AT_FIRST)
def test_a_trial_is_answered_as_what_is_done_but_for_the_hash(economy, on_refusal, in_row):
    asked = ASKED[:2] if on_refusal == "raise" else ASKED
    with economy.in_bulk() if in_row else nullcontext():
        commit(economy, recharging("bob"))
        before = everything(economy)
        tried = dry(economy, asked, on_refusal, START + timedelta(days=1))
        assert everything(economy) == before
        done = each(economy, asked, on_refusal, START + timedelta(days=1))
    for trial, answer in zip(tried, done, strict=True):
        assert type(trial) is type(answer)
        if isinstance(trial, Receipt):
            assert trial.head is None
            assert trial.transaction.seq == answer.transaction.seq
            assert trial.catalog == answer.catalog
            assert trial.replayed == answer.replayed
            assert plain(trial.transaction) == plain(answer.transaction)


@pytest.mark.parametrize("lines_max", [1, 2, 1000])
@pytest.mark.parametrize("on_refusal", ["raise", "undo"])
def test_what_is_undone_in_a_row_leaves_nothing_to_those_after_it(
    folder, monkeypatch, lines_max, on_refusal
):
    """No time, no balance, no key, no ending and no number; and the row need not begin anew."""
    monkeypatch.setattr(bulk, "SEGMENT_LINES_MAX", lines_max)
    economy_in(store_at(folder))
    disk = FailingDisk(QuickDisk(folder))
    store, later = store_at(folder, disk=disk, lines_max=1000), START + timedelta(days=9)
    with store.in_bulk():
        commit(store, recharging("bob"))
        disk.calls.clear()
        for _ in range(3):
            asked = [
                giving("bob", "alice", quantity=20),
                recharging("bob", "500", key="k"),
                Reverse(3, "x"),
                opening("carol"),
                giving("alice", "bob"),
            ]
            assert said_at(store, asked, on_refusal, later) is NotEnoughCoins
        read = [name for operation, name in disk.calls if operation == "read"]
        assert not [name for name in read if name.startswith("journal")]
        answers = commit(store, giving("bob", "alice", quantity=20), recharging("bob", key="k"))
        assert in_short(answers) == [5, 6]
        (opened, undone) = commit(store, opening("carol"), Reverse(6, "x"))
        assert {one.transaction.at for one in (*answers, opened, undone)} == {START}
    found = everything(store_at(folder))
    assert found["wallets"]["alice"].coins == 500
    assert found["wallets"]["bob"].coins == 0
    assert store_at(folder).audit().findings == ()
    assert store_at(folder).repair(dry_run=True) == []


def said_at(store, asked, on_refusal, at):
    """The refusal of the one that is to be refused."""
    try:
        answers = each(store, asked, on_refusal, at)
    except CoinsError as refusal:
        return type(refusal)
    (refused,) = {type(one) for one in answers} - {AnotherRefused}
    return refused


@pytest.mark.parametrize("on_refusal", AT_FIRST)
def test_the_time_of_what_is_refused_or_repeated_is_no_ones_later(economy, reopened, on_refusal):
    """Neither in a row nor alone, nor in the header of a segment that is begun after it."""
    known = recharging("alice", "500", key="pocket money")
    with economy.in_bulk():
        commit(economy, recharging("bob"))
        for asked in ([known], [giving("bob", "alice", quantity=1000)]):
            said_at_last = START + timedelta(days=9)
            with suppress(NotEnoughCoins):
                each(economy, asked, on_refusal, said_at_last)
        for number in range(3):
            (done,) = commit(economy, recharging("bob"), at=START + timedelta(seconds=number))
            assert done.transaction.at == START + timedelta(seconds=number)
    assert reopened.audit().findings == ()


# -- a store that cannot be used -------------------------------------------------------------------


@pytest.mark.parametrize("on_refusal", ["go on", "stop", "undo"])
def test_a_store_that_turns_out_unusable_is_raised_and_changes_nothing(economy, on_refusal):
    before = everything(economy)

    class FailingAtCarol(Rules):
        def __call__(self, request, world):
            if "carol" in request.users():
                raise StoreDamaged("wallets/carol.json", "it is torn")
            return super().__call__(request, world)

    asked = [recharging("bob"), opening("carol"), recharging("bob")]
    for dry_run in (False, True):
        with pytest.raises(StoreDamaged):
            economy.commit(
                asked, FailingAtCarol(CATALOG), START, on_refusal=on_refusal, dry_run=dry_run
            )
    assert everything(economy) == before


# -- every store is the same -----------------------------------------------------------------------


class Sent(NamedTuple):
    """One group: what is asked in it, and how it is sent."""

    asked: list
    on_refusal: str
    seconds: int
    is_dry: bool


sendings = st.builds(
    Sent,
    st.lists(st.one_of(intents, intents, intents, st.just(NO_JSON)), max_size=7),
    st.sampled_from(["go on", "go on", "stop", "undo"]),
    st.integers(-30, 1000),
    st.sampled_from([False] * 4 + [True]),
)


def told(store, sent):
    """What a store answers, without its hashes: they depend on the store."""
    at = START + timedelta(seconds=sent.seconds)
    answers = store.commit(
        sent.asked, BUSY_RULES, at, on_refusal=sent.on_refusal, dry_run=sent.is_dry
    )
    return [_told(answer) for answer in answers]


def _told(answer):
    if isinstance(answer, CoinsError):
        return type(answer), answer.message, answer.fields
    if isinstance(answer, Receipt):
        return answer.seq, answer.key, plain(answer.transaction), answer.replayed
    return answer


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.lists(sendings, min_size=3, max_size=8), st.sampled_from([1, 3, 1000]))
def test_every_store_answers_each_alike_and_as_if_each_had_come_alone(story, lines_max):
    memory, alone = MemoryStore(), MemoryStore()
    first = Sent(beginning().intents, "go on", 0, is_dry=False)
    with new_folder() as folder:
        for sent in [first, *story]:
            before = everything(memory)
            tried = told(memory, sent._replace(is_dry=True))
            answers = told(memory, sent)
            assert told(store_at(folder, lines_max=lines_max), sent) == answers
            assert [_decided(one) for one in answers] == [_decided(one) for one in tried]
            found = everything(memory)
            reopened = store_at(folder, lines_max=lines_max)
            assert everything(reopened) == found
            refused = [one for one in answers if _is_refusal(one)]
            if sent.is_dry or (sent.on_refusal == "undo" and refused):
                assert found == before
            else:
                for asked in sent.asked[: len(answers)]:
                    told(alone, sent._replace(asked=[asked]))
            assert everything(alone) == found
        assert reopened.audit().findings == ()
        assert memory.audit().findings == ()


def _is_refusal(answer):
    return isinstance(answer, tuple) and isinstance(answer[0], type)


def _decided(answer):
    """What an answer comes to, whether it was tried or done."""
    return answer[2] if isinstance(answer, tuple) and not _is_refusal(answer) else answer
