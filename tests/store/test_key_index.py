"""The index of keys: sorted runs that are merged as they grow; and files that are no runs."""

import struct
from contextlib import contextmanager
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coins_cli.errors import StoreDamaged
from coins_cli.store.json.derived import key_index
from coins_cli.store.json.derived.key_index import (
    GROWTH,
    Digests,
    KeyIndex,
    encode_run,
    key_of_ending,
    key_of_wallet,
    keys_of,
    read_run,
    run_names,
)
from coins_cli.store.json.disk.folder import PosixDisk
from coins_cli.store.json.layout import run_file
from tests.store.disks import QuickDisk
from tests.store.economies import bank_at, new_folder, store_at
from tests.store.journals import digest_of, index_entries, lines, segments


@pytest.fixture
def disk(tmp_path):
    (tmp_path / "keys").mkdir()
    return QuickDisk(tmp_path)


def index_on(disk):
    """The index as another process would read it."""
    return KeyIndex(disk, "id")


def sizes(disk):
    return [len(run.digests) for run in index_on(disk).runs]


def test_a_key_is_found_where_it_was_added(disk):
    index = index_on(disk)
    index.add([("a", 1), ("b", 2)], 1)
    for found in (index, index_on(disk)):
        assert found.find("a") == [1]
        assert found.find("b") == [2]
        assert found.find("c") == []
        assert found.newest("b") == 2
        assert found.newest("c") is None


def test_an_index_without_runs_finds_nothing(disk):
    index = index_on(disk)
    index.add([], 1)
    assert run_names(disk) == []
    assert index.find("a") == []
    assert index.newest("a") is None


def test_an_index_without_a_folder_finds_nothing(tmp_path):
    assert index_on(PosixDisk(str(tmp_path))).find("a") == []


def test_a_key_that_was_added_twice_is_found_without_harm(disk):
    """As after a crash: sealing is done again from its beginning."""
    for _ in range(2):
        index_on(disk).add([("a", 1), ("b", 2)], 1)
        assert index_on(disk).find("a") == [1]
    index_on(disk).add([("a", 1), ("b", 2)], 3)
    assert set(index_on(disk).find("a")) == {1}
    assert index_on(disk).newest("a") == 1


def test_the_newest_line_of_a_wallet_is_found_in_whichever_run_it_is(disk):
    index, key = index_on(disk), key_of_wallet("ann")
    index.add([(key, 1), *((f"k{n}", n) for n in range(2, 99))], 1)
    assert index.newest(key) == 1
    index.add([(key, 100)], 100)
    assert len(run_names(disk)) == 2
    assert (index.newest(key), index_on(disk).newest(key)) == (100, 100)
    assert sorted(index.find(key)) == [1, 100]
    index.add([(f"m{n}", n) for n in range(101, 110)], 101)
    assert index_on(disk).newest(key) == 100


def test_a_run_is_its_digests_and_then_its_numbers_with_the_lowest_byte_first(disk, tmp_path):
    index_on(disk).add([("b", 2), ("a", 1), ("a", 7)], 1)
    data = (tmp_path / run_file(1)).read_bytes()
    pairs = sorted(
        [(digest_of("id", "a"), 1), (digest_of("id", "a"), 7), (digest_of("id", "b"), 2)]
    )
    assert data == struct.pack("<6Q", *(d for d, _ in pairs), *(seq for _, seq in pairs))


def test_digests_are_keyed_by_the_id_of_the_store():
    """Nobody can choose keys that collide, since the id is not known before there is a store."""
    assert Digests("id").of("a") == digest_of("id", "a")
    assert Digests("id").of("a") != Digests("di").of("a")
    assert Digests("x" * 99).of("a") == digest_of("x" * 64, "a")
    assert Digests("id").of("\ud800") != Digests("id").of("a")


def test_runs_of_similar_size_are_merged_and_larger_ones_are_left(disk):
    index, count = index_on(disk), 0
    for segment in range(200):
        index.add([(f"{segment} {n}", segment + 1) for n in range(3)], segment + 1)
        count += 3
        found = sizes(disk)
        assert sum(found) == count
        assert all(a >= GROWTH * b for a, b in pairwise(found)), found
        assert [run.name for run in index.runs] == run_names(disk)
    assert len(found) <= 5
    for reader in (index, index_on(disk)):
        assert all(reader.find(f"{n} 1") == [n + 1] for n in range(200))


@contextmanager
def disk_in_a_new_folder():
    with new_folder() as folder:
        (folder / "keys").mkdir(parents=True)
        yield QuickDisk(folder)


@given(
    st.lists(st.lists(st.text(max_size=2), min_size=1, max_size=9), max_size=9),
    st.sampled_from([1, 2, 3, 1 << 16]),
)
@settings(derandomize=True, deadline=None, max_examples=200)
def test_whatever_is_merged_in_whatever_parts_is_there_and_sorted(added, at_once):
    with pytest.MonkeyPatch.context() as patch, disk_in_a_new_folder() as disk:
        patch.setattr(key_index, "MERGED_AT_ONCE", at_once)
        expected, index = {}, index_on(disk)
        for first, keys in enumerate(added, start=1):
            entries = [(key, 100 * first + place) for place, key in enumerate(keys)]
            index.add(entries, first)
            for key, seq in entries:
                expected.setdefault(key, []).append(seq)
        for run in index_on(disk).runs:
            pairs = list(zip(run.digests, run.seqs, strict=True))
            assert pairs == sorted(pairs)
        for reader in (index, index_on(disk)):
            assert {key: sorted(reader.find(key)) for key in expected} == {
                key: sorted(seqs) for key, seqs in expected.items()
            }
            assert {key: reader.newest(key) for key in expected} == {
                key: max(seqs) for key, seqs in expected.items()
            }


@pytest.mark.parametrize("left", [1, 8, 15, 17])
def test_a_run_whose_length_no_index_has_is_refused_by_name(disk, tmp_path, left):
    index_on(disk).add([("a", 1), ("b", 2)], 1)
    data = (tmp_path / run_file(1)).read_bytes()
    (tmp_path / run_file(1)).write_bytes((data + b"\0" * 16)[:left])
    with pytest.raises(StoreDamaged, match=r"keys/000000000001\.run .*as long as an index"):
        index_on(disk).find("a")


def test_an_empty_run_has_nothing(disk, tmp_path):
    (tmp_path / run_file(1)).touch()
    assert list(read_run(disk, run_file(1)).digests) == []
    assert index_on(disk).find("a") == []
    assert index_on(disk).newest("a") is None


def test_other_files_among_the_runs_are_not_read(disk, tmp_path):
    index_on(disk).add([("a", 1)], 1)
    for name in ("notes.txt", ".000000000001.run.new", "000000000001.run~"):
        (tmp_path / "keys" / name).write_text("something")
    assert run_names(disk) == [run_file(1)]
    assert index_on(disk).find("a") == [1]


def test_an_encoded_run_is_read_back(disk, tmp_path):
    index = index_on(disk)
    index.add([(f"k{n}", n + 1) for n in range(50)], 1)
    (run,) = index.runs
    assert encode_run((run.digests, run.seqs)) == (tmp_path / run.name).read_bytes()


def test_the_keys_of_wallets_and_endings_cannot_be_chosen_by_anybody():
    assert not key_of_wallet("alice").isprintable()
    assert not key_of_ending(7).isprintable()
    assert key_of_wallet("7") != key_of_ending(7)


def test_the_keys_of_a_transaction_are_its_own_and_that_of_what_it_ends(folder):
    bank = bank_at(folder)
    bank.create_wallets("ann")
    bank.recharge("ann", 100)
    bank.reverse(2, "no", key="k")
    with bank.store.reading() as view:
        found = [list(keys_of(entry.transaction)) for entry in view.entries()]
    assert found == [[], [], ["k", key_of_ending(2)]]


def test_the_index_of_a_store_has_keys_endings_and_the_newest_line_of_each_wallet(folder):
    bank = bank_at(folder, lines_max=2, new_id=lambda: "the store")
    bank.create_wallets("ann")
    bank.recharge("ann", 100, key="k")
    bank.recharge("ann", 100)
    bank.reverse(2, "no")
    bank.create_wallets("bob")
    assert len(segments(folder)) == 3
    assert sorted(index_entries(folder)) == sorted(
        [
            (digest_of("the store", "wallet\nann"), 2),
            (digest_of("the store", "k"), 2),
            (digest_of("the store", "wallet\nann"), 4),
            (digest_of("the store", "ended\n2"), 4),
        ]
    )


def test_keys_that_really_collide_are_told_apart_by_their_lines(folder, monkeypatch):
    """With eight bytes it never happens by chance; with one bit of them it does at once."""
    of = Digests.of

    def colliding(self, key):
        if key == "k3":
            return of(self, key_of_wallet("ann"))
        return of(self, key) if "\n" in key else of(self, key) & 1

    monkeypatch.setattr(Digests, "of", colliding)
    bank = bank_at(folder, lines_max=1)
    bank.create_wallets("ann")
    receipts = [bank.recharge("ann", 100, key=f"k{n}") for n in range(8)]
    again = [bank_at(folder).recharge("ann", 100, key=f"k{n}") for n in range(8)]
    assert [one.seq for one in again] == [one.seq for one in receipts]
    assert all(one.replayed for one in again)
    assert not bank_at(folder).recharge("ann", 100, key="another").replayed
    assert len(lines(folder)) == 10
    assert store_at(folder).audit().findings == ()
