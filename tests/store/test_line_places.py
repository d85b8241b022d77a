"""The places of sealed lines: 8 bytes each, where a line is, confirmed by the line itself."""

import struct

import pytest

from coins_cli.errors import StoreDamaged
from coins_cli.store.json.derived.line_places import add_places, encode_places, place_in, place_of
from coins_cli.store.json.layout import PLACES_FILE
from tests.store.disks import QuickDisk
from tests.store.economies import bank_at, commit, everything, opening, recharging, store_at
from tests.store.journals import records, replace_file, segments


@pytest.fixture
def disk(tmp_path):
    (tmp_path / PLACES_FILE).touch()
    return QuickDisk(tmp_path)


def test_a_place_is_the_lines_before_it_in_its_segment_and_its_byte():
    assert encode_places([500, 700]) == struct.pack("<4I", 0, 500, 1, 700)
    assert encode_places([]) == b""


def test_each_line_is_found_by_its_number(disk):
    add_places(disk, 1, [500, 700])
    add_places(disk, 3, [600])
    add_places(disk, 4, [610, 800, 900])
    found = [place_of(disk, seq) for seq in range(1, 7)]
    assert found == [(1, 500), (1, 700), (3, 600), (4, 610), (4, 800), (4, 900)]
    data = disk.read(PLACES_FILE)
    assert [place_in(data, seq) for seq in range(1, 7)] == found


@pytest.mark.parametrize("left", [[], [1], [1, 2, 3]])
def test_what_an_interrupted_addition_left_is_written_over(disk, left):
    add_places(disk, 1, [500, 700])
    add_places(disk, 3, left)
    add_places(disk, 3, [600, 900])
    assert disk.read(PLACES_FILE) == encode_places([500, 700]) + encode_places([600, 900])


def test_a_part_of_a_place_that_was_left_is_written_over(disk):
    add_places(disk, 1, [500])
    disk.append(PLACES_FILE, b"\0\0\0")
    add_places(disk, 2, [600])
    assert disk.read(PLACES_FILE) == encode_places([500]) + encode_places([600])


@pytest.mark.parametrize("size", [0, 7, 15])
def test_places_are_not_added_behind_a_gap(disk, tmp_path, size):
    (tmp_path / PLACES_FILE).write_bytes(b"\0" * size)
    with pytest.raises(StoreDamaged, match="it ends before transaction 2"):
        add_places(disk, 3, [600])
    assert disk.size(PLACES_FILE) == size


@pytest.mark.parametrize("seq", [0, -1, 3, 10**6])
def test_a_number_that_has_no_place_is_refused(disk, seq):
    add_places(disk, 1, [500, 700])
    data = disk.read(PLACES_FILE)
    with pytest.raises(StoreDamaged, match=f"it ends before transaction {seq}"):
        place_in(data, seq)
    if seq > 0:
        with pytest.raises(StoreDamaged, match=f"it ends before transaction {seq}"):
            place_of(disk, seq)


def test_a_place_before_the_first_line_is_refused(disk, tmp_path):
    (tmp_path / PLACES_FILE).write_bytes(struct.pack("<4I", 1, 500, 2, 700))
    for seq in (1, 2):
        with pytest.raises(StoreDamaged, match=f"it has no place of transaction {seq}"):
            place_of(disk, seq)


def test_a_missing_file_is_refused_by_name(disk, tmp_path):
    (tmp_path / PLACES_FILE).unlink()
    for act in (lambda: place_of(disk, 1), lambda: add_places(disk, 1, [500])):
        with pytest.raises(StoreDamaged, match="places cannot be trusted: the file is missing"):
            act()


@pytest.mark.parametrize("lines_max", [1, 2, 3])
def test_the_places_of_a_store_lead_to_its_sealed_lines(folder, lines_max):
    store = store_at(folder, lines_max=lines_max)
    commit(store, opening("alice"), opening("bob"))
    for n in range(7):
        commit(store, recharging("alice", key="💃" * (n + 1)))
    due = b"".join(
        struct.pack("<2I", before, record.offset)
        for path in segments(folder)[:-1]
        for before, record in enumerate(records(path)[1:])
    )
    assert (folder / PLACES_FILE).read_bytes() == due


# -- a file that is not as it was ----------------------------------------------------------------


def another(change):
    def damage(path):
        path.write_bytes(change(path.read_bytes()))

    return damage


def unlink(path):
    path.unlink()


DAMAGES = {
    "emptied": another(lambda data: b""),
    "cut": another(lambda data: data[:-3]),
    "cut by a place": another(lambda data: data[:-8]),
    "zeroed": another(lambda data: bytes(len(data))),
    "zeroed at its end": another(lambda data: data[:-8] + bytes(8)),
    "ones": another(lambda data: b"\xff" * len(data)),
    "moved by a byte": another(lambda data: b"\0" + data),
    "the next line's": another(lambda data: data[8:] + data[:8]),
    "another byte": another(lambda data: data[:4] + bytes([data[4] ^ 1]) + data[5:]),
    "missing": unlink,
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_damaged_places_are_found_refused_and_made_anew(sealed_bank, folder, damage):
    path, told = folder / PLACES_FILE, everything(store_at(folder))
    right = path.read_bytes()
    damage(path)
    problems = {"it does not agree with the journal", "the file is missing"}
    (finding,) = store_at(folder).audit().findings
    assert finding.where == PLACES_FILE
    assert finding.problem in problems
    with pytest.raises(StoreDamaged):
        everything(store_at(folder))
    planned = store_at(folder).repair(dry_run=True)
    assert not path.exists() or path.read_bytes() != right
    done = store_at(folder).repair()
    assert planned == done
    assert [one.where for one in done] == [PLACES_FILE]
    assert path.read_bytes() == right
    assert everything(store_at(folder)) == told
    assert store_at(folder).audit().findings == ()


@pytest.mark.parametrize("damage", [d for d in DAMAGES if d != "missing"])
@pytest.mark.parametrize("act", ["audit", "repair"])
def test_endings_are_replayed_though_the_places_are_damaged(folder, damage, act):
    """A reversal is decided from the line that it undoes, which is looked for where it must be."""
    bank = bank_at(folder, lines_max=2)
    bank.create_wallets("ann", "bob")
    for _ in range(3):
        bank.recharge("ann", 100)
    bank.reverse(3, "no")
    bank.gift("ann", "bob", "panda")
    bank.reverse(5, "no")
    bank.recharge("bob", 100)
    assert len(segments(folder)) == 5
    DAMAGES[damage](folder / PLACES_FILE)
    if act == "repair":
        assert [one.where for one in store_at(folder).repair()] == [PLACES_FILE]
    else:
        assert [one.where for one in store_at(folder).audit().findings] == [PLACES_FILE]


def test_what_stands_behind_the_places_of_sealed_lines_is_no_finding(sealed_bank, folder):
    """Sealing was interrupted after it had added them; the next one writes over it."""
    told = everything(store_at(folder))
    with (folder / PLACES_FILE).open("ab") as file:
        file.write(b"\1" * 20)
    assert store_at(folder).audit().findings == ()
    assert store_at(folder).repair() == []
    assert everything(store_at(folder)) == told
    sealed_bank.recharge("bob", 100)
    sealed_bank.recharge("bob", 100)
    assert len(segments(folder)) == 4
    assert (folder / PLACES_FILE).stat().st_size == 6 * 8
    assert store_at(folder).audit().findings == ()


@pytest.mark.parametrize("damage", ["missing", "emptied", "cut by a place"])
def test_nothing_is_sealed_onto_places_that_are_not_there(sealed_bank, folder, damage):
    """They would be taken for those of other lines."""
    sealed_bank.recharge("bob", 100)
    DAMAGES[damage](folder / PLACES_FILE)
    before = len(segments(folder))
    with pytest.raises(StoreDamaged, match=PLACES_FILE):
        sealed_bank.create_wallets("carol")
    assert len(segments(folder)) == before
    store_at(folder).repair()
    sealed_bank.create_wallets("carol")
    assert store_at(folder).audit().findings == ()


@pytest.mark.parametrize("is_damaged", [False, True])
def test_several_endings_of_one_segment_are_replayed_without_places(folder, is_damaged):
    """Both look through the same older segment, as far as it can be read."""
    bank = bank_at(folder, lines_max=4)
    bank.create_wallets("ann", "bob")
    for _ in range(2):
        bank.recharge("ann", 100)
    for seq in (3, 4):
        bank.reverse(seq, "no")
    bank.recharge("bob", 100)
    assert len(segments(folder)) == 2
    (folder / PLACES_FILE).unlink()
    first = segments(folder)[0]
    if is_damaged:
        data = first.read_bytes()
        replace_file(first, data.replace(b'"seq":3', b'"seq":8'))
    found = {one.where for one in store_at(folder).audit().findings}
    if is_damaged:
        assert found > {PLACES_FILE, "journal/000000000005.jsonl, transaction 5"}
    else:
        assert found == {PLACES_FILE}
