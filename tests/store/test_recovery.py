"""Opening is recovery: what kills, power failures and cut writes leave is made up for, or refused.

A killed process leaves all that it wrote. A power failure also takes or breaks what was not synced,
and the machine's boot is another one afterwards.
"""

import json
import shutil

import pytest

from coins_cli.errors import StoreDamaged, UnknownUser
from coins_cli.model.wallets import Wallet
from tests.store.disks import Killed, KillingDisk, QuickDisk
from tests.store.economies import (
    bank_at,
    commit,
    everything,
    giving,
    opening,
    recharging,
    store_at,
)
from tests.store.journals import (
    contents,
    index_entries,
    lines,
    put_back,
    records,
    replace_file,
    segments,
)

JOURNAL = "journal/000000000001.jsonl"
WITNESSES = ("head.json", "wallets/alice.json", "wallets/bob.json")
"""What is renamed into place after the commit point."""


def check_goes_on(folder, told, **options):
    """The store tells `told`, to readers and to writers; it goes on, and an audit finds nothing."""
    assert everything(store_at(folder, **options)) == told
    assert store_at(folder, **options).audit().findings == ()
    commit(store_at(folder, **options), recharging("bob"))
    found = everything(store_at(folder, **options))
    assert found["entries"][:-1] == told["entries"]
    assert found["seq"] == told["seq"] + 1
    commit(store_at(folder, **options), giving("alice", "bob"), giving("alice", "bob"))
    assert store_at(folder, **options).audit().findings == ()
    for user, wallet in everything(store_at(folder, **options))["wallets"].items():
        filed = json.loads((folder / f"wallets/{user}.json").read_bytes())
        shown = (filed.get("coins", 0), filed.get("earned", 0), filed["last"])
        assert shown == (wallet.coins, wallet.earned, wallet.last)


@pytest.fixture
def older(folder):
    """What the folder held before the newest commit, in which alice gave bob a panda."""
    store = store_at(folder)
    commit(store, opening("alice"))
    commit(store, opening("bob"))
    commit(store, recharging("alice", "500", key="k"))
    commit(store, giving("alice", "bob"))
    files, told = contents(folder), everything(store)
    commit(store, giving("alice", "bob", "sun cream", message="the newest 💃"))
    return files, told


# -- a kill after the commit point ---------------------------------------------------------------


@pytest.mark.parametrize(
    "behind",
    [
        ["head.json"],
        ["head.json", "wallets/bob.json"],
        ["head.json", "wallets/alice.json"],
        ["head.json", "wallets/alice.json", "wallets/bob.json"],
    ],
)
@pytest.mark.parametrize("lines_max", [1, 5, 1000])
def test_a_kill_before_the_renames_loses_nothing(folder, older, behind, lines_max):
    files, _ = older
    told = everything(store_at(folder))
    put_back(folder, files, behind)
    check_goes_on(folder, told, lines_max=lines_max)


def test_a_kill_before_the_first_wallet_file_loses_nothing(folder):
    commit(store_at(folder), opening("alice"), recharging("alice"))
    files = contents(folder)
    commit(store_at(folder), opening("bob"), recharging("bob"))
    told = everything(store_at(folder))
    put_back(folder, files, WITNESSES)
    assert not (folder / "wallets/bob.json").exists()
    check_goes_on(folder, told)


def test_a_kill_is_made_up_for_before_others_are_served(folder, older):
    """Otherwise `head.json` would soon have seen what the file of alice does not show."""
    files, _ = older
    put_back(folder, files, ["head.json", "wallets/alice.json"])
    for _ in range(3):
        commit(store_at(folder), recharging("bob"))
    assert json.loads((folder / "wallets/alice.json").read_bytes())["coins"] == 445
    with store_at(folder).reading() as view:
        assert view.wallet("alice") == Wallet("alice", coins=445, last=5)


@pytest.mark.parametrize("lines_max", [1, 2, 1000])
def test_a_kill_at_any_operation_leaves_all_or_nothing(folder, lines_max):
    """The first commit that is made, and one that has to seal before, each killed everywhere."""
    intents = [opening("carol", key="c"), recharging("alice", key="r"), giving("alice", "bob")]
    for operations in range(200):
        shutil.rmtree(folder, ignore_errors=True)
        commit(store_at(folder), opening("alice"), opening("bob"), recharging("alice", "500"))
        commit(store_at(folder, lines_max=lines_max), giving("alice", "bob", key="g"))
        before = everything(store_at(folder))
        disk = KillingDisk(QuickDisk(folder), operations)
        try:
            commit(store_at(folder, lines_max=lines_max, disk=disk), *intents)
        except Killed:
            disk.close()
        else:
            assert operations > 10
            return
        found = everything(store_at(folder, lines_max=lines_max))
        assert found == before or found["seq"] == before["seq"] + 3
        assert store_at(folder).audit().findings == ()
        again = commit(store_at(folder, lines_max=lines_max), *intents[:2])
        assert {answer.replayed for answer in again} == {found != before}
        assert store_at(folder, lines_max=lines_max).audit().findings == ()
        assert everything(store_at(folder))["wallets"]["carol"] == Wallet("carol", last=5)
    raise AssertionError("it was killed before each of 200 operations, and never came to its end")


def test_a_kill_while_a_store_is_made_leaves_none_or_an_empty_one(folder):
    for operations in range(200):
        shutil.rmtree(folder, ignore_errors=True)
        disk = KillingDisk(QuickDisk(folder), operations)
        try:
            commit(store_at(folder, disk=disk), opening("alice"))
        except Killed:
            disk.close()
        else:
            assert operations > 20
            return
        with pytest.raises(UnknownUser):
            commit(store_at(folder), recharging("bob"))
        if (folder / "store.json").exists():
            assert store_at(folder).audit().findings == ()
        commit(store_at(folder), opening("bob"))
        assert "bob" in everything(store_at(folder))["wallets"]
        assert store_at(folder).audit().findings == ()
    raise AssertionError("it was killed before each of 200 operations, and never came to its end")


# -- head.json -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        None,
        b"",
        b"\0" * 80,
        b"{",
        b"[]",
        b'{"seq":1}',
        b'{"seq":"1","head":"","segment":1,"boot":""}',
        b'{"seq":1,"head":null,"segment":1,"boot":""}',
        b"\xff\xfe",
    ],
)
@pytest.mark.parametrize("lines_max", [2, 1000])
def test_a_missing_or_broken_head_json_is_done_without(folder, data, lines_max):
    store = store_at(folder, lines_max=lines_max)
    commit(store, opening("alice"))
    commit(store, opening("bob"))
    commit(store, recharging("alice", "500"))
    told = everything(store)
    (folder / "head.json").unlink()
    if data is not None:
        (folder / "head.json").write_bytes(data)
    assert everything(store_at(folder)) == told
    commit(store_at(folder, lines_max=lines_max), giving("alice", "bob"))
    assert json.loads((folder / "head.json").read_bytes())["seq"] == 4
    assert store_at(folder).audit().findings == ()


@pytest.mark.parametrize(
    "data",
    [
        b'{"seq":1,"head":"\xff\xfe","segment":1,"boot":""}',
        b'{"seq":1,"head":"","segment":1,"boot":"","more":' + b"[" * 5000,
    ],
    ids=["not UTF-8 inside a text", "too deep"],
)
@pytest.mark.parametrize("name", ["head.json", "store.json", "wallets/alice.json"])
def test_no_bytes_in_a_file_bring_an_unexpected_error(folder, name, data):
    store = store_at(folder, lines_max=2)
    commit(store, opening("alice"), opening("bob"), recharging("alice"))
    commit(store, recharging("bob"))
    replace_file(folder / name, data.replace(b'{"seq":1', b'{"user":"\xff","id":"\xff"'))
    for act in (
        lambda: everything(store_at(folder)),
        lambda: commit(store_at(folder), recharging("alice")),
        lambda: store_at(folder).audit(),
    ):
        try:
            act()
        except StoreDamaged:
            assert name != "head.json"


@pytest.mark.parametrize("lines_max", [1, 2, 3, 1000])
def test_any_older_head_json_will_do(folder, lines_max):
    store = store_at(folder, lines_max=lines_max)
    commit(store, opening("alice"), opening("bob"))
    older = [(folder / "head.json").read_bytes()]
    for _ in range(4):
        commit(store, recharging("alice"))
        older.append((folder / "head.json").read_bytes())
    told = everything(store)
    for head in older:
        (folder / "head.json").write_bytes(head)
        assert everything(store_at(folder, lines_max=lines_max)) == told
        assert store_at(folder).audit().findings == ()


# -- a power failure -----------------------------------------------------------------------------


@pytest.mark.parametrize("broken", [None, b"", b"\0" * 200, b"{", "older"])
@pytest.mark.parametrize("head", [None, b"", "older", "newest"])
@pytest.mark.parametrize("lines_max", [5, 1000])
def test_wallet_files_that_a_power_failure_broke_are_mended(folder, older, broken, head, lines_max):
    files, _ = older
    told = everything(store_at(folder))
    for name, left in [("wallets/alice.json", broken), ("wallets/bob.json", broken)]:
        put_back(folder, files if left == "older" else {}, [name])
        if isinstance(left, bytes):
            (folder / name).write_bytes(left)
    if head != "newest":
        put_back(folder, files if head == "older" else {}, ["head.json"])
        if isinstance(head, bytes):
            (folder / "head.json").write_bytes(head)
    check_goes_on(folder, told, boot="the second boot", lines_max=lines_max)


def test_without_a_power_failure_a_broken_wallet_file_is_a_change_from_outside(folder, older):
    (folder / "wallets/alice.json").write_bytes(b"")
    with pytest.raises(StoreDamaged, match="alice"):
        everything(store_at(folder))
    with pytest.raises(StoreDamaged, match="alice"):
        commit(store_at(folder), recharging("alice"))
    assert [finding.where for finding in store_at(folder).audit().findings] == [
        "wallets/alice.json"
    ]


# -- the tail ------------------------------------------------------------------------------------


def test_a_torn_tail_of_any_length_is_cut_and_kept(folder):
    store = store_at(folder)
    commit(store, opening("alice"))
    files, told = contents(folder), everything(store)
    commit(store, recharging("alice"))
    newest_files, newest_told = contents(folder), everything(store)
    start, whole = lines(folder)[-1].offset, len(lines(folder)[-1].raw)
    for length in range(whole):
        put_back(folder, {**newest_files, **files})
        torn = newest_files[JOURNAL][: start + length]
        replace_file(folder / JOURNAL, torn)
        (quarantine := folder / "quarantine").exists() and _empty(quarantine)
        is_whole = length == whole - 1
        expected = newest_told if is_whole else told
        assert everything(store_at(folder)) == expected
        assert (folder / JOURNAL).read_bytes() == torn, "readers change nothing"
        commit(store_at(folder), recharging("alice"))
        assert everything(store_at(folder))["entries"][:-1] == expected["entries"]
        assert (folder / JOURNAL).read_bytes().startswith(files[JOURNAL])
        kept = [path.read_bytes() for path in quarantine.iterdir()] if quarantine.exists() else []
        assert kept == ([] if is_whole or not length else [torn[start:]])
        assert store_at(folder).audit().findings == ()


def _empty(folder):
    for path in folder.iterdir():
        path.unlink()


def test_an_audit_of_a_torn_tail_that_nobody_saw_finds_nothing(folder, older):
    files, told = older
    put_back(folder, files, WITNESSES)
    replace_file(folder / JOURNAL, (folder / JOURNAL).read_bytes()[:-9])
    audit = store_at(folder).audit()
    assert (audit.findings, audit.transactions) == ((), told["seq"])


@pytest.mark.parametrize("zeros", [1, 2, 30, 200])
@pytest.mark.parametrize("newline", [b"", b"\n"])
def test_a_zeroed_tail_is_cut(folder, older, zeros, newline):
    files, told = older
    put_back(folder, files, WITNESSES)
    data = (folder / JOURNAL).read_bytes()
    replace_file(folder / JOURNAL, data[: -zeros - 1] + b"\0" * zeros + newline)
    check_goes_on(folder, told)


def test_a_zeroed_sector_in_the_last_line_is_cut(folder, older):
    files, told = older
    put_back(folder, files, WITNESSES)
    data = bytearray((folder / JOURNAL).read_bytes())
    middle = lines(folder)[-1].offset + 50
    data[middle : middle + 60] = b"\0" * 60
    replace_file(folder / JOURNAL, bytes(data))
    check_goes_on(folder, told)


def test_a_write_that_only_made_the_file_longer_is_cut(folder, older):
    files, told = older
    put_back(folder, files, WITNESSES)
    replace_file(folder / JOURNAL, files[JOURNAL] + b"\0" * 700)
    check_goes_on(folder, told)
    (kept,) = (folder / "quarantine").iterdir()
    assert kept.read_bytes() == b"\0" * 700


def test_a_second_torn_tail_is_kept_beside_the_first(folder, older):
    files, told = older
    put_back(folder, files, WITNESSES)
    for torn in (b'{"seq":5,"a', b'{"seq":5,"b'):
        replace_file(folder / JOURNAL, files[JOURNAL] + torn)
        with pytest.raises(UnknownUser):
            commit(store_at(folder), recharging("nobody"))
    kept = {path.read_bytes() for path in (folder / "quarantine").iterdir()}
    assert kept == {b'{"seq":5,"a', b'{"seq":5,"b'}
    check_goes_on(folder, told)


@pytest.mark.parametrize("lines_max", [5, 1000])
def test_a_whole_line_that_lacks_its_newline_is_kept_and_mended(folder, older, lines_max):
    told = everything(store_at(folder))
    data = (folder / JOURNAL).read_bytes()
    replace_file(folder / JOURNAL, data[:-1])
    check_goes_on(folder, told, lines_max=lines_max)
    assert not (folder / "quarantine").exists()
    assert contents(folder)[JOURNAL].startswith(data[:-1])


def test_a_torn_line_after_a_mended_one_is_cut(folder, older):
    replace_file(folder / JOURNAL, (folder / JOURNAL).read_bytes()[:-1])
    files, told = contents(folder), everything(store_at(folder))
    commit(store_at(folder), giving("alice", "bob"))
    put_back(folder, files, WITNESSES)
    torn = (folder / JOURNAL).read_bytes()
    for length in range(len(files[JOURNAL]), len(torn) - 1, 37):
        replace_file(folder / JOURNAL, torn[:length])
        assert everything(store_at(folder)) == told
    check_goes_on(folder, told)


@pytest.mark.parametrize("length", [1, 40, 150])
def test_a_torn_tail_that_head_json_has_seen_is_a_loss(folder, older, length):
    data = (folder / JOURNAL).read_bytes()[: -length - 1]
    replace_file(folder / JOURNAL, data)
    check_refused(folder, match="head.json has seen")
    assert (folder / JOURNAL).read_bytes() == data


def test_a_removed_last_line_that_head_json_has_seen_is_a_loss(folder, older):
    files, _ = older
    replace_file(folder / JOURNAL, files[JOURNAL])
    check_refused(folder, match="head.json has seen")


@pytest.mark.parametrize("cut", [1, 60, None])
@pytest.mark.parametrize("head", ["older", "missing"])
def test_a_lost_line_that_only_a_wallet_file_has_seen_is_a_loss(folder, older, cut, head):
    """A wallet file is renamed into place after the line was durable, so it is a witness too."""
    files, _ = older
    put_back(folder, files if head == "older" else {}, ["head.json"])
    put_back(folder, files, ["wallets/bob.json"])
    data = (folder / JOURNAL).read_bytes()[: -cut - 1] if cut else files[JOURNAL]
    replace_file(folder / JOURNAL, data)
    with pytest.raises(StoreDamaged), store_at(folder).reading() as view:
        view.wallet("alice")
    with pytest.raises(StoreDamaged):
        commit(store_at(folder), giving("bob", "alice"))
    if cut:
        with pytest.raises(StoreDamaged):
            commit(store_at(folder), recharging("bob"))
    assert (folder / JOURNAL).read_bytes() == data
    assert store_at(folder).audit().findings


@pytest.mark.parametrize("cut", [9, None])
def test_a_wallet_that_was_opened_in_a_lost_line_is_a_loss(folder, older, cut):
    files, _ = older
    put_back(folder, files)
    commit(store_at(folder), opening("carol"))
    data = (folder / JOURNAL).read_bytes()[:-cut] if cut else files[JOURNAL]
    replace_file(folder / JOURNAL, data)
    put_back(folder, files, ["head.json"])
    with pytest.raises(StoreDamaged), store_at(folder).reading() as view:
        view.wallet("carol")
    with pytest.raises(StoreDamaged):
        commit(store_at(folder), recharging("carol"))
    assert store_at(folder).audit().findings


def check_refused(folder, *, match=None):
    """Readers and writers are refused, nothing changes, and an audit says why."""
    before = contents(folder)
    with pytest.raises(StoreDamaged, match=match):
        everything(store_at(folder))
    with pytest.raises(StoreDamaged, match=match):
        commit(store_at(folder), recharging("bob"))
    assert contents(folder) == before
    assert store_at(folder).audit().findings


# -- groups --------------------------------------------------------------------------------------


@pytest.fixture
def group(folder):
    """What the folder held before the newest commit, which is a group of three."""
    store = store_at(folder)
    commit(store, opening("alice"), opening("bob"))
    commit(store, recharging("alice", "500", key="k"))
    files, told = contents(folder), everything(store)
    commit(store, giving("alice", "bob"), giving("alice", "bob", key="in it"), recharging("bob"))
    return files, told


@pytest.mark.parametrize("whole_lines", [0, 1, 2])
@pytest.mark.parametrize("extra", [0, 1, 99])
def test_an_unfinished_group_is_taken_back_whole(folder, group, whole_lines, extra):
    files, told = group
    put_back(folder, files, WITNESSES)
    end = lines(folder)[-3 + whole_lines].offset + extra
    data = (folder / JOURNAL).read_bytes()[:end]
    replace_file(folder / JOURNAL, data)
    assert everything(store_at(folder)) == told
    (answer,) = commit(store_at(folder), giving("alice", "bob", key="in it"))
    assert not answer.replayed
    if whole_lines or extra:
        (kept,) = (folder / "quarantine").iterdir()
        assert kept.read_bytes() == data[len(files[JOURNAL]) :]
    assert store_at(folder).audit().findings == ()


@pytest.mark.parametrize("line", [0, 1, 2])
def test_a_group_with_a_zeroed_line_is_taken_back_whole(folder, group, line):
    """A disk may have written the sectors of one write in any order."""
    files, told = group
    put_back(folder, files, WITNESSES)
    record = lines(folder)[-3 + line]
    data = bytearray((folder / JOURNAL).read_bytes())
    data[record.offset + 7 : record.offset + 70] = b"\0" * 63
    replace_file(folder / JOURNAL, bytes(data))
    check_goes_on(folder, told)


def test_a_group_that_was_acknowledged_is_not_taken_back(folder, group):
    data = (folder / JOURNAL).read_bytes()[: lines(folder)[-1].offset]
    replace_file(folder / JOURNAL, data)
    check_refused(folder)


def test_a_group_that_lacks_only_its_last_newline_stands(folder, group):
    told = everything(store_at(folder))
    replace_file(folder / JOURNAL, (folder / JOURNAL).read_bytes()[:-1])
    check_goes_on(folder, told)


# -- the middle ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "damage",
    [
        lambda raw: raw.replace(b"alice", b"alicf", 1),
        lambda raw: raw[:-20] + b"\n",
        lambda raw: b"\n",
        lambda raw: b"\0" * len(raw),
        lambda raw: raw[:30] + b"\0" * 40 + raw[70:],
        lambda raw: raw[:-1],
        lambda raw: b"",
        lambda raw: raw * 2,
        lambda raw: b"{}\n",
        lambda raw: b"{}\n" + raw,
    ],
    ids=[
        "edited",
        "cut",
        "emptied",
        "zeroed",
        "zeroed in part",
        "without its newline",
        "removed",
        "doubled",
        "replaced",
        "preceded by another",
    ],
)
@pytest.mark.parametrize("witnesses", ["as they are", "older", "missing"])
def test_a_bad_line_in_the_middle_is_refused_and_listed(folder, older, damage, witnesses):
    files, _ = older
    if witnesses != "as they are":
        put_back(folder, files if witnesses == "older" else {}, ["head.json"])
    bad = lines(folder)[2]
    data = (folder / JOURNAL).read_bytes()
    damaged = data[: bad.offset] + damage(bad.raw) + data[bad.offset + len(bad.raw) :]
    replace_file(folder / JOURNAL, damaged)
    check_refused(folder, match=JOURNAL)
    assert any(JOURNAL in finding.where for finding in store_at(folder).audit().findings)


def test_a_journal_without_its_header_is_refused(folder, older):
    data = (folder / JOURNAL).read_bytes()
    for damaged in (b"", data.partition(b"\n")[2], b"\n" + data, data[:50], b"\0" * 99):
        replace_file(folder / JOURNAL, damaged)
        check_refused(folder)


def test_a_journal_without_segments_is_refused(folder, older):
    for name in (JOURNAL, "head.json"):
        put_back(folder, {}, [name])
        check_refused(folder)


# -- sealing -------------------------------------------------------------------------------------


@pytest.fixture
def before_sealing(folder):
    """A store whose segment of three lines is full, and has not been sealed."""
    store = store_at(folder, lines_max=3)
    commit(store, opening("alice"))
    commit(store, opening("bob"))
    commit(store, recharging("alice", "500", key="k"))
    return contents(folder), everything(store)


def seal(folder):
    """Let the next writer seal, without adding anything."""
    commit(store_at(folder, lines_max=3))


@pytest.mark.parametrize("lost", [["head.json"], [], ["head.json", "wallets/alice.json"]])
def test_a_new_segment_counts_although_head_json_names_the_old_one(folder, before_sealing, lost):
    files, told = before_sealing
    seal(folder)
    assert len(segments(folder)) == 2
    put_back(folder, files, lost)
    check_goes_on(folder, told, lines_max=3)
    assert [path.name for path in segments(folder)] == [
        "000000000001.jsonl",
        "000000000004.jsonl",
        "000000000007.jsonl",
    ][: len(segments(folder))]


def test_lines_in_a_segment_that_head_json_does_not_name_count(folder, before_sealing):
    files, _ = before_sealing
    seal(folder)
    commit(store_at(folder, lines_max=3), giving("alice", "bob"))
    told = everything(store_at(folder))
    put_back(folder, files, ["head.json", "wallets/alice.json", "wallets/bob.json"])
    check_goes_on(folder, told, lines_max=3)


def test_a_new_segment_that_was_not_renamed_into_place_is_begun_anew(folder, before_sealing):
    _, told = before_sealing
    (folder / "journal/.000000000004.jsonl.new").write_bytes(b'{"first":4,')
    check_goes_on(folder, told, lines_max=3)


def test_keys_that_were_added_twice_do_no_harm(folder, before_sealing):
    files, told = before_sealing
    seal(folder)
    put_back(folder, files, ["head.json"])
    (folder / "journal/000000000004.jsonl").unlink()
    seal(folder)
    assert len(index_entries(folder)) == len(set(index_entries(folder))) == 3
    (again,) = commit(store_at(folder), recharging("alice", "500", key="k"))
    assert again.replayed
    check_goes_on(folder, told, lines_max=3)


@pytest.mark.parametrize("left", ["nothing", "a part", "all", "places only", "more places"])
def test_keys_and_places_that_were_not_finished_do_no_harm(folder, before_sealing, left):
    """Sealing is interrupted while it adds them, and done again."""
    files, told = before_sealing
    seal(folder)
    sealed = contents(folder)
    run = "keys/000000000001.run"
    for length in range(0, len(sealed["places"]) + 1, 5):
        put_back(folder, sealed)
        put_back(folder, files, ["head.json", "places", run])
        (folder / "journal/000000000004.jsonl").unlink()
        extra = {"nothing": b"", "more places": sealed["places"] + b"x"}
        replace_file(folder / "places", extra.get(left, sealed["places"])[:length])
        if left == "all":
            replace_file(folder / "places", sealed["places"])
            (folder / run).write_bytes(sealed[run])
        (folder / "keys/.000000000001.run.new").write_bytes(sealed[run][:length])
        assert everything(store_at(folder)) == told
        assert store_at(folder).audit().findings == ()
        seal(folder)
        assert contents(folder)["places"] == sealed["places"]
        assert contents(folder)[run] == sealed[run]
        assert store_at(folder).audit().findings == ()
        (again,) = commit(store_at(folder), recharging("alice", "500", key="k"))
        assert (again.replayed, again.transaction.seq) == (True, 3)
        assert everything(store_at(folder)) == told


def test_runs_of_which_a_merge_left_the_older_one_do_no_harm(folder):
    """Killed between the run that is merged and the removal of those that it is made of."""
    store = store_at(folder, lines_max=1)
    commit(store, opening("alice"))
    runs = {}
    for n in range(9):
        commit(store, recharging("alice", key=f"k{n}"))
        runs |= {name: of for name, of in contents(folder).items() if name.startswith("keys/")}
    told, now = everything(store), contents(folder)
    gone = runs.keys() - now.keys()
    for name in gone:
        put_back(folder, {**now, **runs}, [name])
    assert everything(store_at(folder)) == told
    assert store_at(folder).audit().findings == ()
    for n in range(9):
        (again,) = commit(store_at(folder), recharging("alice", key=f"k{n}"))
        assert again.replayed
    for _ in range(9):
        commit(store, recharging("alice"))
    assert store_at(folder).audit().findings == ()


def test_wallet_files_are_up_to_date_when_their_segment_is_sealed(folder, before_sealing):
    files, _ = before_sealing
    commit(store_at(folder, lines_max=4), giving("alice", "bob"))
    told = everything(store_at(folder))
    put_back(folder, files, ["head.json", "wallets/alice.json"])
    put_back(folder, {}, ["wallets/bob.json"])
    seal(folder)
    assert len(segments(folder)) == 2
    assert len(records(segments(folder)[1])) == 1
    check_goes_on(folder, told, lines_max=3)
    assert json.loads((folder / "wallets/alice.json").read_bytes())["coins"] == 485


def test_a_bank_goes_on_where_a_crash_left_it(folder, older):
    files, _ = older
    put_back(folder, files, WITNESSES)
    replace_file(folder / JOURNAL, (folder / JOURNAL).read_bytes()[:-30])
    bank = bank_at(folder)
    assert bank.read.wallet("alice").coins == 495
    assert bank.gift("alice", "bob", "sun cream").seq == 5
    assert bank.recharge("alice", 500, key="k").replayed
    assert bank.read.verify().findings == ()
