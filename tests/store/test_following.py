"""Following a store: each transaction once, in order, durable, however it was written."""

import random
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coins_cli.errors import CoinsError, NoStore, StoreDamaged, StoreFrozen
from coins_cli.store.json.journal import following, sealing
from coins_cli.store.memory import MemoryStore
from tests.faults.economy import store_on
from tests.faults.simulated_disk import SimulatedDisk, Stopped
from tests.store.disks import FailingDisk, QuickDisk
from tests.store.economies import commit, giving, new_folder, opening, plain, recharging, store_at
from tests.store.journals import (
    contents,
    edit_json,
    records,
    replace_file,
    restore,
    segments,
    written,
)
from tests.store.stories import beginning, steps
from tests.store.test_equivalence import told


def drain(follower):
    """What the follower has to show until it has nothing more, as numbers and transactions."""
    found = []
    while entries := follower.look():
        found += [(one.seq, one.key, plain(one.transaction)) for one in entries]
    return found


def seqs(entries):
    return [entry.seq for entry in entries]


def store_size(store):
    try:
        with store.reading() as view:
            return view.seq
    except NoStore:
        return 0


def in_store(store):
    with store.reading() as view:
        return [(one.seq, one.key, plain(one.transaction)) for one in view.entries()]


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    st.lists(st.tuples(steps, st.booleans(), st.booleans()), min_size=4, max_size=12),
    st.sampled_from([1, 2, 3, 1000]),
    st.integers(0, 30),
)
def test_followers_of_both_stores_see_the_same_once_and_in_order(story, lines_max, after):
    memory = MemoryStore()
    with new_folder() as folder:
        store = store_at(folder, lines_max=lines_max)
        for one in (memory, store):
            told(one, beginning())
        followers = [one.follow(after) for one in (memory, store)]
        from_start, seen, seen_from_start = store_at(folder).follow(0), [[], []], []
        for step, in_a_row, is_watched in story:
            for one in (memory, store):
                if in_a_row:
                    with one.in_bulk():
                        told(one, step)
                        told(one, beginning())
                        told(one, step)
                else:
                    told(one, step)
            if is_watched:
                seen = [
                    had + drain(follower) for had, follower in zip(seen, followers, strict=True)
                ]
                seen_from_start += drain(from_start)
        seen = [had + drain(follower) for had, follower in zip(seen, followers, strict=True)]
        assert [drain(follower) for follower in followers] == [[], []]
        everything = in_store(memory)
        assert seen == [everything[after:]] * 2
        assert seen_from_start + drain(from_start) == everything


def test_a_follower_that_begins_before_anything_sees_everything(store):
    if isinstance(store, MemoryStore):
        commit(store)
    else:
        with pytest.raises(NoStore):
            store.follow(0).look()
        commit(store)
    follower = store.follow(0)
    assert follower.look() == []
    commit(store, opening("alice"), opening("bob"))
    commit(store, recharging("alice"))
    assert [seq for seq, _, _ in drain(follower)] == [1, 2, 3]
    assert follower.look() == []


@pytest.mark.parametrize("piece", [1, 300, 1_000, 2_500, 1 << 20])
@pytest.mark.parametrize("after", [0, 2, 7, 11, 40])
def test_a_long_segment_is_shown_in_pieces_of_whole_writes(folder, monkeypatch, piece, after):
    store = store_at(folder)
    for size in (1, 4, 1, 1, 5, 1):
        commit(store, *(opening(f"{store_size(store)}user{place}") for place in range(size)))
    everything = in_store(store)
    monkeypatch.setattr(following, "PIECE_BYTES", piece)
    follower, looks = store_at(folder).follow(after), []
    while entries := follower.look():
        looks.append(entries)
    assert [seq for look in looks for seq in seqs(look)] == list(range(after + 1, 14))
    assert all(look[-1].transaction.lines for look in looks), "a part of a write was shown"
    commit(store, opening("late"))
    assert [seq for seq, _, _ in drain(follower)] == ([14] if after < 14 else [])
    assert in_store(store)[:13] == everything
    if piece <= 1_000 and not after:
        assert len(looks) > 3, "all of it was read at once"


@pytest.mark.parametrize("piece", [1, 300, 1_000])
def test_damage_behind_a_piece_is_found_when_it_is_reached(folder, monkeypatch, piece):
    store = store_at(folder)
    for size in (1, 4, 1, 5, 1):
        commit(store, *(opening(f"{store_size(store)}user{place}") for place in range(size)))
    monkeypatch.setattr(following, "PIECE_BYTES", piece)
    follower = store_at(folder).follow(0)
    assert seqs(follower.look())[0] == 1
    (segment,) = segments(folder)
    replace_file(segment, segment.read_bytes().replace(b"11user0", b"11user9"))
    with pytest.raises(StoreDamaged):
        drain(follower)


def test_a_follower_whose_store_is_not_made_yet_can_look_again(folder):
    follower = store_at(folder).follow(0)
    for _ in range(2):
        with pytest.raises(NoStore):
            follower.look()
    commit(store_at(folder), opening("alice"))
    assert seqs(follower.look()) == [1]


def test_a_follower_that_begins_later_waits_for_its_number(store, reopened):
    commit(store, opening("alice"))
    follower = reopened.follow(3)
    commit(store, opening("bob"))
    assert follower.look() == []
    commit(store, recharging("alice"))
    assert follower.look() == []
    commit(store, recharging("bob"), giving("bob", "alice"))
    assert [seq for seq, _, _ in drain(follower)] == [4, 5]


@pytest.mark.parametrize("after", range(8))
def test_a_follower_can_begin_in_the_middle_of_sealed_segments(sealed_bank, folder, after):
    sealed_bank.recharge("alice", 100)
    sealed_bank.recharge("alice", 100)
    follower = store_at(folder, lines_max=2).follow(after)
    assert [seq for seq, _, _ in drain(follower)] == list(range(after + 1, 8))
    sealed_bank.recharge("alice", 100)
    assert seqs(follower.look()) == [8]


def test_while_nothing_happens_a_look_asks_only_for_two_times(bank, folder):
    disk = FailingDisk(QuickDisk(folder))
    follower = store_at(folder, disk=disk).follow(0)
    drain(follower)
    disk.calls.clear()
    assert follower.look() == []
    assert [operation for operation, _ in disk.calls] == ["stamp"] * 3
    bank.recharge("alice", 100)
    assert seqs(follower.look()) == [6]


def test_a_segment_is_not_read_again_from_its_beginning(bank, folder):
    disk = FailingDisk(QuickDisk(folder))
    follower = store_at(folder, disk=disk).follow(0)
    drain(follower)
    disk.calls.clear()
    for _ in range(3):
        bank.recharge("alice", 100)
        assert len(drain(follower)) == 1
    read = [name for operation, name in disk.calls if operation == "read"]
    assert not [name for name in read if name.startswith("journal")]


# -- what is not whole ---------------------------------------------------------------------------


@pytest.fixture
def following_bank(bank, folder):
    """A follower that has seen all of a store, the store's newest segment, and a line for it."""
    follower = store_at(folder).follow(0)
    drain(follower)
    (segment,) = segments(folder)
    whole, before = contents(folder), segment.read_bytes()
    bank.recharge("alice", 100)
    line = segment.read_bytes()[len(before) :]
    restore(folder, whole)
    return follower, segment, before, line


def test_a_line_is_shown_when_it_is_whole_and_not_twice(following_bank):
    follower, segment, before, line = following_bank
    for length in range(0, len(line) - 1, 7):
        segment.write_bytes(before + line[:length])
        assert follower.look() == []
    segment.write_bytes(before + line[:-1])
    assert seqs(follower.look()) == [6]
    assert follower.look() == []
    segment.write_bytes(before + line)
    assert follower.look() == []


def test_what_comes_after_a_line_that_lacked_its_newline_is_shown(bank, folder, following_bank):
    follower, segment, before, line = following_bank
    segment.write_bytes(before + line[:-1])
    assert seqs(follower.look()) == [6]
    bank.recharge("alice", 100)
    assert seqs(follower.look()) == [7]
    assert store_at(folder).audit().findings == ()


def test_a_follower_that_begins_at_a_line_without_newline_goes_on_after_it(
    bank, folder, following_bank
):
    _, segment, before, line = following_bank
    segment.write_bytes(before + line[:-1])
    follower = store_at(folder).follow(5)
    assert seqs(follower.look()) == [6]
    bank.recharge("alice", 100)
    assert seqs(follower.look()) == [7]


def test_a_torn_tail_that_is_cut_off_was_never_shown(bank, folder, following_bank):
    follower, segment, before, line = following_bank
    segment.write_bytes(before + line[:60])
    assert follower.look() == []
    bank.gift("alice", "bob", "panda")
    (shown,) = follower.look()
    assert (shown.seq, shown.transaction.request.gift) == (6, "panda")


def test_an_unfinished_group_is_not_shown(folder, bank):
    follower = store_at(folder).follow(5)
    assert follower.look() == []
    (segment,) = segments(folder)
    before, head = segment.read_bytes(), (folder / "head.json").read_bytes()
    commit(bank.store, opening("carol"), opening("dora"), at=bank.read.now())
    whole = segment.read_bytes()
    (folder / "head.json").write_bytes(head)
    first = whole.index(b"\n", len(before)) + 1
    segment.write_bytes(whole[:first])
    assert follower.look() == []
    segment.write_bytes(whole)
    assert seqs(follower.look()) == [6, 7]


@pytest.mark.parametrize("at", [0, 40, -80, -3])
def test_a_damaged_line_is_refused_each_time_one_looks(following_bank, at):
    follower, segment, before, line = following_bank
    damaged = bytearray(line)
    damaged[at] ^= 1
    segment.write_bytes(before + bytes(damaged))
    for _ in range(2):
        with pytest.raises(StoreDamaged):
            follower.look()
    segment.write_bytes(before + line)
    assert seqs(follower.look()) == [6]


def test_a_line_of_another_history_is_refused(following_bank):
    follower, segment, before, line = following_bank
    segment.write_bytes(before + before.splitlines(keepends=True)[-1])
    with pytest.raises(StoreDamaged):
        follower.look()
    assert line


def test_a_journal_that_has_lost_what_was_acknowledged_is_refused(bank, folder, following_bank):
    follower, segment, before, line = following_bank
    bank.recharge("alice", 100)
    for left in (before, before + line[:50]):
        segment.write_bytes(left)
        for _ in range(2):
            with pytest.raises(StoreDamaged) as refusal:
                follower.look()
            assert "it ends before transaction 6" in refusal.value.message


def test_a_segment_that_does_not_follow_is_refused_each_time(sealed_bank, folder):
    follower = store_at(folder, lines_max=2).follow(0)
    assert seqs(follower.look()) == [1, 2]
    path = segments(folder)[1]
    data = path.read_bytes()
    header, _, rest = data.partition(b"\n")
    replace_file(path, header.replace(b'"prev":"', b'"prev":"0', 1) + b"\n" + rest)
    for _ in range(2):
        with pytest.raises(StoreDamaged):
            follower.look()
    replace_file(path, data)
    assert [seq for seq, _, _ in drain(follower)] == [3, 4, 5]


def test_a_segment_of_another_history_is_refused(sealed_bank, folder):
    follower = store_at(folder, lines_max=2).follow(0)
    assert seqs(follower.look()) == [1, 2]
    path = segments(folder)[1]
    data = path.read_bytes()
    header = records(path)[0]
    forged = written({**header.says, "prev": "0" * 64}, "0" * 64)
    replace_file(path, forged + data[len(header.raw) :])
    for _ in range(2):
        with pytest.raises(StoreDamaged) as refusal:
            follower.look()
        assert "it does not follow the segment before it" in refusal.value.message
    replace_file(path, data)
    assert [seq for seq, _, _ in drain(follower)] == [3, 4, 5]


def test_a_look_that_fails_can_be_done_again(bank, folder):
    disk = FailingDisk(QuickDisk(folder))
    follower = store_at(folder, disk=disk).follow(0)
    drain(follower)
    bank.recharge("alice", 100)
    for operation in ("read_at", "size", "lock"):
        disk.fail(operation, "*")
        with pytest.raises(CoinsError):
            follower.look()
        disk.heal()
    assert seqs(follower.look()) == [6]


def test_nothing_is_shown_that_cannot_be_made_durable(bank, folder):
    disk = FailingDisk(QuickDisk(folder))
    follower = store_at(folder, disk=disk).follow(0)
    drain(follower)
    bank.recharge("alice", 100)
    edit_json(folder / "head.json", seq=5)
    disk.fail("sync", "journal/*")
    with pytest.raises(StoreFrozen):
        follower.look()
    disk.heal()
    (folder / "frozen").unlink()
    assert seqs(follower.look()) == [6]


@pytest.mark.parametrize("seed", range(8))
def test_what_was_shown_survives_a_power_failure(seed):
    """The writer is stopped anywhere in its commit; then somebody looks, and the power fails."""
    rng = random.Random(seed)
    for step in range(1, 40):
        disk = SimulatedDisk()
        commit(store_on(disk), opening("alice"), opening("bob"))
        follower = store_on(disk).follow(0)
        follower.look()
        disk.stop_at = disk.operations + step
        disk.taken_when_stopped = lambda data: rng.choice([0, len(data) - 1, len(data)])
        with suppress(Stopped):
            commit(store_on(disk), recharging("alice"))
        left = disk.killed()
        follower._disk = left
        follower._locked = store_on(left)._held_still
        shown = [entry.head for entry in follower.look()]
        after = store_on(left.after_power_loss(rng))
        with after.reading() as view:
            heads = [entry.head for entry in view.entries()]
        assert heads[2:][: len(shown)] == shown


def test_a_follower_reads_no_faster_than_a_segment_at_a_time(sealed_bank, folder):
    follower = store_at(folder, lines_max=2).follow(1)
    assert isinstance(follower, following.JsonFollower)
    assert [seqs(follower.look()) for _ in range(4)] == [[2], [3, 4], [5], []]


def test_a_segment_that_a_killed_writer_began_is_followed(folder, monkeypatch):
    """`head.json` does not tell of it, nor does a row of commits write that before its end."""
    store = store_at(folder)
    commit(store, opening("alice"), opening("bob"), recharging("alice"))
    follower = store_at(folder).follow(0)
    assert len(drain(follower)) == 3
    assert follower.look() == []
    with monkeypatch.context() as patch:
        patch.setattr(sealing, "unshare", stop)
        with pytest.raises(Stopped):
            commit(store_at(folder, lines_max=1), giving("alice", "bob"))
    assert len(segments(folder)) == 2
    assert follower.look() == []
    row = store_at(folder)
    with row.in_bulk():
        commit(row, giving("alice", "bob"))
        assert seqs(follower.look()) == [4]


def stop(*_):
    raise Stopped
