"""Prices that change: each segment of a journal has those at which its lines were decided."""

from contextlib import nullcontext, suppress
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from coins_cli.errors import CoinsError, NotEnoughCoins, StoreNotWritable
from coins_cli.model.catalog import GiftKind
from coins_cli.model.economy import Rules
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
    new_folder,
    opening,
    recharging,
    store_at,
)
from tests.store.journals import contents, records, segments
from tests.store.stories import BUSY_RULES, beginning, steps
from tests.store.test_equivalence import check_conservation

DEARER = Rules(replace(CATALOG, gifts={"panda": GiftKind("panda", "Panda", 50)}))
RENAMED = Rules(replace(CATALOG, source="mine.toml"))
"""The same prices, from another file."""
FORGETFUL = Rules(replace(CATALOG, gifts={}))


def begun(folder, **options):
    """A store in which alice has 500 coins and bob has none."""
    store = store_at(folder, **options)
    commit(store, opening("alice"), opening("bob"), recharging("alice", "500"))
    return store


def firsts(folder):
    """The numbers with which the segments begin, by their headers."""
    return [records(path)[0].says["first"] for path in segments(folder)]


def pandas(folder):
    """What a panda costs in each segment, by its header."""
    headers = [records(path)[0].says for path in segments(folder)]
    return [header["catalog"]["gifts"]["panda"]["coins"] for header in headers]


def check_is_well(folder):
    """All is in order, and nothing has to be made up for."""
    assert store_at(folder).audit().findings == ()
    assert store_at(folder).repair(dry_run=True) == []


# -- segments --------------------------------------------------------------------------------------


def test_other_prices_begin_another_segment_and_the_same_ones_do_not(folder):
    store = begun(folder)
    commit(store, giving("alice", "bob"))
    commit(store, giving("alice", "bob"), rules=RENAMED)
    assert (firsts(folder), pandas(folder)) == ([1], [5])
    commit(store, giving("alice", "bob"), rules=DEARER)
    commit(store, giving("alice", "bob"), rules=DEARER)
    assert (firsts(folder), pandas(folder)) == ([1, 6], [5, 50])
    commit(store, giving("alice", "bob"))
    assert (firsts(folder), pandas(folder)) == ([1, 6, 8], [5, 50, 5])
    assert everything(store)["wallets"]["bob"].earned == 5 + 5 + 50 + 50 + 5
    check_is_well(folder)


@pytest.mark.parametrize("lines_max", [1, 3, 1000])
def test_an_empty_segment_gets_a_new_header_and_no_second_one(folder, lines_max):
    store = store_at(folder, lines_max=lines_max)
    commit(store)
    commit(store, rules=DEARER)
    assert (firsts(folder), pandas(folder)) == ([1], [5])
    commit(store, opening("alice"), recharging("alice", "500"), opening("bob"), rules=DEARER)
    assert (firsts(folder), pandas(folder)) == ([1], [50])
    commit(store_at(folder, lines_max=1), rules=DEARER)
    assert (firsts(folder), pandas(folder)) == ([1, 4], [50, 50])
    commit(store_at(folder), opening("carol"))
    assert (firsts(folder), pandas(folder)) == ([1, 4], [50, 5])
    (dear,) = commit(store, giving("alice", "bob"), rules=DEARER)
    assert (dear.transaction.seq, dear.transaction.coins) == (5, 50)
    check_is_well(folder)


def test_what_is_refused_or_tried_at_other_prices_leaves_the_history_as_it_was(folder):
    store = begun(folder)
    before, files = everything(store), contents(folder)
    with pytest.raises(NotEnoughCoins):
        commit(store, giving("alice", "bob", quantity=11), rules=DEARER, dry_run=True)
    commit(store, giving("alice", "bob"), rules=DEARER, dry_run=True)
    assert contents(folder) == files
    dear, too_dear = giving("alice", "bob"), giving("alice", "bob", quantity=11)
    for asked, on_refusal in [
        ([too_dear], "go on"),
        ([too_dear], "stop"),
        ([dear, too_dear], "undo"),
    ]:
        commit(store, *asked, rules=DEARER, on_refusal=on_refusal)
        assert everything(store) == before
        check_is_well(folder)


def test_each_entry_has_its_prices_and_the_names_of_its_gifts(store, reopened):
    commit(store, opening("alice"), opening("bob"), recharging("alice", "500"))
    commit(store, giving("alice", "bob", "panda"))
    commit(store, recharging("alice"), rules=FORGETFUL)
    with reopened.reading() as view:
        given_, bought = view.entry(4), view.entry(5)
        assert given_.catalog.gift_name("panda") == "Panda"
        assert bought.catalog.gifts == {}
        assert [one.catalog for one in view.history("alice")] == [
            one.catalog for one in reversed(list(view.entries())) if one.seq != 2
        ]
    assert reopened.audit().findings == ()


@pytest.mark.parametrize("in_row", [False, True])
def test_what_is_known_by_its_key_keeps_its_prices_in_a_trial_too(store, in_row):
    asked = giving("alice", "bob", key="k")
    commit(store, opening("alice"), opening("bob"), recharging("alice", "500"), asked)
    with store.in_bulk() if in_row else nullcontext():
        for rules in (DEARER, FORGETFUL):
            for dry_run in (True, False):
                (again,) = commit(store, asked, rules=rules, dry_run=dry_run)
                assert again.replayed
                assert again.catalog == RULES.catalog
                assert again.transaction.coins == 5


# -- rows of commits -------------------------------------------------------------------------------


@pytest.mark.parametrize("wallets_max", [0, 1, 20_000])
@pytest.mark.parametrize("lines_max", [1, 2, 1000])
def test_prices_may_change_within_a_row_again_and_again(
    folder, monkeypatch, lines_max, wallets_max
):
    monkeypatch.setattr(bulk, "SEGMENT_LINES_MAX", 3)
    monkeypatch.setattr(bulk, "WALLET_CACHE_SIZE", wallets_max)
    memory = MemoryStore()
    for store in (begun(folder, lines_max=lines_max), memory):
        if store is memory:
            commit(memory, opening("alice"), opening("bob"), recharging("alice", "500"))
        with store.in_bulk():
            for number, rules in enumerate([RULES, DEARER, DEARER, RULES, RENAMED, DEARER]):
                for part in range(2):
                    asked = giving("alice", "bob", key=f"{number}.{part}")
                    (done,) = commit(store, asked, rules=rules)
                    assert done.catalog == rules.catalog
                    assert done.transaction.coins == (50 if rules is DEARER else 5)
            known = [giving("alice", "bob", key=f"{number}.0") for number in range(6)]
            assert all(one.replayed for one in commit(store, *known, rules=RULES))
    assert everything(store_at(folder)) == everything(memory)
    assert sorted(set(pandas(folder))) == [5, 50]
    check_is_well(folder)


def test_within_a_row_an_empty_segment_gets_a_new_header(folder):
    store = store_at(folder)
    with store.in_bulk():
        commit(store)
        assert (firsts(folder), pandas(folder)) == ([1], [5])
        commit(store, opening("alice"), opening("bob"), recharging("alice"), rules=DEARER)
        assert (firsts(folder), pandas(folder)) == ([1], [50])
        commit(store, giving("alice", "bob"), rules=DEARER)
    assert firsts(folder) == [1]
    check_is_well(folder)


# -- followers -------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_at_its_beginning", [True, False])
def test_a_follower_that_stands_at_an_empty_segment_goes_on_when_its_header_is_new(
    folder, is_at_its_beginning
):
    if is_at_its_beginning:
        commit(store_at(folder))
        follower = store_at(folder).follow(0)
    else:
        begun(folder)
        commit(store_at(folder, lines_max=3))
        follower = store_at(folder).follow(0)
        assert len(follower.look()) == 3
    assert follower.look() == []
    store = store_at(folder)
    for rules in (DEARER, RULES, DEARER):
        commit(store, rules=rules)
        assert follower.look() == []
        assert follower.look() == []
    commit(store, opening("carol"), rules=DEARER)
    (entry,) = follower.look()
    assert entry.catalog == DEARER.catalog
    assert entry.transaction.request == opening("carol")
    commit(store, opening("dora"))
    (entry,) = follower.look()
    assert entry.catalog == RULES.catalog
    assert follower.look() == []


def test_a_follower_shows_each_entry_with_its_prices(store, reopened):
    commit(store, opening("alice"), opening("bob"), recharging("alice", "500"))
    follower, shown = reopened.follow(3), []
    for rules in (RULES, DEARER, DEARER, RULES):
        commit(store, giving("alice", "bob"), rules=rules)
        while entries := follower.look():
            shown += entries
    with reopened.reading() as view:
        assert shown == list(view.entries(3))
    assert [one.catalog.gifts["panda"].coins for one in shown] == [5, 50, 50, 5]


# -- crashes and disks -----------------------------------------------------------------------------


@pytest.mark.parametrize("is_empty", [True, False])
def test_a_commit_at_other_prices_killed_at_any_operation_loses_nothing(is_empty):
    moments, is_done = 0, False
    while not is_done:
        with new_folder() as folder:
            begun(folder)
            if is_empty:
                commit(store_at(folder, lines_max=3))
            before = everything(store_at(folder))
            disk = KillingDisk(QuickDisk(folder), moments)
            with suppress(Killed):
                commit(store_at(folder, disk=disk), giving("alice", "bob", key="k"), rules=DEARER)
                is_done = True
            left = everything(store_at(folder))
            assert left == before or left["seq"] == 4
            assert store_at(folder).audit().findings == ()
            (answer,) = commit(store_at(folder), giving("alice", "bob", key="k"), rules=DEARER)
            assert answer.replayed == (left["seq"] == 4)
            assert answer.transaction.coins == 50
            assert len(segments(folder)) == 2
            check_is_well(folder)
            moments += 1
    assert moments > 20


@pytest.mark.parametrize("operation", ["write", "sync", "rename"])
def test_a_header_that_cannot_be_replaced_leaves_the_one_there_was(folder, operation):
    begun(folder)
    commit(store_at(folder, lines_max=3))
    disk, before = FailingDisk(QuickDisk(folder)), contents(folder)
    disk.fail(operation, "journal/.*")
    for _ in range(2):
        with pytest.raises(StoreNotWritable):
            commit(store_at(folder, disk=disk), giving("alice", "bob"), rules=DEARER)
        now = {name: data for name, data in contents(folder).items() if not name.endswith(".new")}
        assert now == before
    disk.heal()
    commit(store_at(folder, disk=disk), giving("alice", "bob"), rules=DEARER)
    assert pandas(folder) == [5, 50]
    check_is_well(folder)


# -- every store is the same -----------------------------------------------------------------------


def told(store, step, rules):
    try:
        answers = store.commit(step.intents, rules, step.at, dry_run=step.is_dry)
    except CoinsError as refusal:
        return type(refusal), refusal.message, refusal.fields
    return [
        (one.transaction.seq, one.catalog, one.transaction.sums, one.replayed) for one in answers
    ]


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    st.lists(
        st.tuples(steps, st.sampled_from([BUSY_RULES, RULES, DEARER]), st.booleans()),
        min_size=4,
        max_size=12,
    ),
    st.sampled_from([1, 3, 1000]),
)
def test_every_store_tells_the_same_story_at_prices_that_change(story, lines_max):
    memory = MemoryStore()
    with new_folder() as folder:
        store = store_at(folder, lines_max=lines_max)
        for step, rules, is_in_row in [(beginning(), BUSY_RULES, False), *story]:
            before = everything(memory)
            if is_in_row:
                with store.in_bulk():
                    first = told(store, step, BUSY_RULES)
                    second = told(store, step, rules)
                assert first == told(memory, step, BUSY_RULES)
                assert second == told(memory, step, rules)
            else:
                assert told(store, step, rules) == told(memory, step, rules)
            found = everything(memory)
            assert everything(store_at(folder)) == found
            with store_at(folder).reading() as view:
                assert [one.catalog for one in view.entries()] == [
                    one.catalog for one in memory.entries()
                ]
            assert store_at(folder).audit().findings == ()
            if step.is_dry:
                assert found == before
            check_conservation(found)
        assert memory.audit().findings == ()


def test_times_go_on_over_prices_that_change(folder):
    store = begun(folder)
    commit(store, recharging("alice"), at=START + timedelta(days=1), rules=DEARER)
    (late,) = commit(store, recharging("alice"))
    assert late.transaction.at == START + timedelta(days=1)
    check_is_well(folder)
