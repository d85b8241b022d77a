"""Each thing that an audit can find, in its words."""

import shutil
import struct

import pytest
from msgspec.structs import replace

from coins_cli.bank import Bank
from coins_cli.errors import NoStore, StoreDamaged
from coins_cli.files.catalogs import default_catalog_text
from coins_cli.model.wallets import Wallet
from coins_cli.store.json.disk.folder import PosixDisk
from coins_cli.store.json.store import JsonStore
from coins_cli.store.memory import MemoryStore
from coins_cli.store.protocol import Finding, ReceiptRef
from tests.store.disks import FailingDisk
from tests.store.economies import CATALOG, SteadyClock, bank_at, store_at
from tests.store.journals import (
    edit_json,
    forge,
    lines,
    records,
    replace_file,
    segments,
)

FIRST = "journal/000000000001.jsonl"
SECOND = "journal/000000000003.jsonl"
THIRD = "journal/000000000005.jsonl"
RUN = "keys/000000000001.run"


def found(folder):
    return [(finding.where, finding.problem) for finding in store_at(folder).audit().findings]


def of_line(seq, change):
    """An edit of one line, with every hash made right."""
    return lambda folder: forge(folder, lambda says: says.get("seq") == seq and change(says))


def of_header(segment, /, **changes):
    return lambda folder: forge(
        folder, lambda says: says.get("first") == segment and says.update(changes)
    )


def drop(*names):
    return lambda folder: [(folder / name).unlink() for name in names]


def write(name, data):
    return lambda folder: (folder / name).touch() or replace_file(folder / name, data)


def edit_bytes(name, old, new):
    def change(folder):
        data = (folder / name).read_bytes()
        assert old in data
        replace_file(folder / name, data.replace(old, new, 1))

    return change


def moved(*moves):
    """An edit that gives a line other moves."""
    return lambda says: says.update(moves=list(moves))


def wallets(*shown):
    return lambda says: says.update(
        wallets=[
            {"user": user, "coins": coins, "earned": earned, "last": says["seq"]}
            for user, coins, earned in shown
        ]
    )


def not_what_the_rules_come_to(field):
    return f"'{field}' is not what the rules decide"


def test_a_store_that_nobody_changed_has_no_findings(sealed_bank, folder):
    assert len(segments(folder)) == 3
    assert found(folder) == []


@pytest.mark.parametrize(
    ("change", "where", "problem"),
    [
        (edit_bytes(SECOND, b"hello", b"hallo"), f"{SECOND}, transaction 4", "its hash says"),
        (edit_bytes(SECOND, b"\n", b""), SECOND, "in its header, it is not a line of a journal"),
        (edit_bytes(SECOND, b'"first":3', b'"first":4'), SECOND, "in its header, it is not what"),
        (write(SECOND, b""), SECOND, "in its header, it does not end with a hash"),
        (of_header(5, format=3), THIRD, "in its header, it has format 3"),
        (drop(SECOND), THIRD, "a segment that begins with 3 was due here"),
        (of_header(5, first=6), THIRD, "in its header, 'first' does not agree with the journal"),
        (of_header(3, store="x"), SECOND, "in its header, 'store' does not agree with the journal"),
        (of_header(5, at=None), THIRD, "in its header, 'at' does not agree with the journal"),
        (of_header(5, wallets=3), THIRD, "in its header, 'wallets' does not agree with"),
        (of_header(5, totals={}), THIRD, "in its header, 'totals' does not agree with the journal"),
        (
            of_line(4, lambda says: says.update(seq=9)),
            f"{SECOND}, transaction 4",
            "its own number is 9",
        ),
        (
            of_line(4, lambda says: says.update(at="2020-01-01T00:00:00Z")),
            f"{SECOND}, transaction 4",
            "it is older than the one before",
        ),
        (
            of_line(3, lambda says: says.update(at="2020-01-01T00:00:00Z")),
            f"{SECOND}, transaction 3",
            "it is older than the one before",
        ),
        (
            of_line(3, moved(["platform/issued", "alice/coins", 499])),
            f"{SECOND}, transaction 3",
            not_what_the_rules_come_to("moves"),
        ),
        (
            of_line(3, moved(["platform/issued", "dora/coins", 500])),
            f"{SECOND}, transaction 3",
            not_what_the_rules_come_to("moves"),
        ),
        (
            of_line(3, lambda says: says.update(coins=501)),
            f"{SECOND}, transaction 3",
            not_what_the_rules_come_to("coins"),
        ),
        (
            of_line(3, lambda says: says.update(usd_cents=1)),
            f"{SECOND}, transaction 3",
            not_what_the_rules_come_to("usd_cents"),
        ),
        (
            of_line(3, lambda says: says.update(views=1)),
            f"{SECOND}, transaction 3",
            not_what_the_rules_come_to("views"),
        ),
        (
            of_line(4, lambda says: says.update(venue="live")),
            f"{SECOND}, transaction 4",
            not_what_the_rules_come_to("venue"),
        ),
        (
            of_line(4, lambda says: says.update(earned=6)),
            f"{SECOND}, transaction 4",
            not_what_the_rules_come_to("earned"),
        ),
        (
            of_line(4, lambda says: says.update(gift="panda")),
            f"{SECOND}, transaction 4",
            not_what_the_rules_come_to("gift"),
        ),
        (
            of_line(4, lambda says: says.update(diamonds=6)),
            f"{SECOND}, transaction 4",
            not_what_the_rules_come_to("diamonds"),
        ),
        (
            of_line(4, wallets(("alice", 494, 0), ("bob", 0, 5))),
            f"{SECOND}, transaction 4",
            not_what_the_rules_come_to("wallets"),
        ),
        (
            of_line(4, wallets(("alice", 495, 0), ("bob", 0, 6))),
            f"{SECOND}, transaction 4",
            "bob had another wallet before",
        ),
        (
            of_line(2, wallets(("bob", 7, 0))),
            f"{FIRST}, transaction 2",
            not_what_the_rules_come_to("wallets"),
        ),
        (
            of_line(1, lambda says: says["request"].update(op="live_start")),
            f"{FIRST}, transaction 1",
            "the rules would not do it: there is no wallet",
        ),
        (
            of_line(2, lambda says: says["request"].update(user="alice")),
            f"{FIRST}, transaction 2",
            "the rules would not do it: ",
        ),
        (
            of_line(3, lambda says: says.update(request={"op": "open", "user": "alice"})),
            f"{SECOND}, transaction 3",
            "the rules would not do it: the handle alice is taken",
        ),
        (
            of_line(2, lambda says: says["request"].update(user="../../alice")),
            f"{FIRST}, transaction 2",
            "the rules would not do it: ",
        ),
        (
            of_line(3, lambda says: says["request"].update(pack="nothing")),
            f"{SECOND}, transaction 3",
            "the rules would not do it: there is no pack",
        ),
        (
            of_line(3, lambda says: says["request"].update(quantity=99)),
            f"{SECOND}, transaction 3",
            "the rules would not do it: ",
        ),
        (
            of_line(5, lambda says: says["request"].update(key="lesson-1")),
            f"{THIRD}, transaction 5",
            "its key was used by transaction 3",
        ),
        (
            of_line(4, lambda says: says["request"].update(key="lesson-1")),
            f"{SECOND}, transaction 4",
            "the rules would not do it: its key was used by transaction 3",
        ),
        (
            of_line(3, wallets(("alice", 500, 0), ("dora", 0, 0))),
            f"{SECOND}, transaction 3",
            "it does not lead to a line before it for each wallet",
        ),
        (
            of_line(3, moved(["platform/issued", "world/x", 400])),
            "journal",
            "do not add up",
        ),
        (
            of_line(5, lambda says: says.update(before=[0, 0])),
            f"{THIRD}, transaction 5",
            "alice has a wallet already",
        ),
        (
            of_line(5, lambda says: says.update(before=[3, 4])),
            f"{THIRD}, transaction 5",
            "alice had another wallet before",
        ),
        (
            of_line(4, lambda says: says.update(before=[3])),
            f"{SECOND}, transaction 4",
            "it does not lead to a line before it for each wallet",
        ),
        (
            of_line(5, lambda says: says.update(lines=2)),
            f"{THIRD}, transaction 5",
            "a part of its write is missing",
        ),
        (
            of_line(3, lambda says: says.pop("lines")),
            f"{SECOND}, transaction 4",
            "its write",
        ),
        (
            lambda folder: edit_json(folder / "head.json", seq=6),
            "journal",
            "it ends with transaction 5, and head.json has seen 6",
        ),
        (
            lambda folder: edit_json(folder / "head.json", head="0" * 64),
            "head.json",
            "transaction 5 has another hash",
        ),
        (drop("wallets/alice.json"), "wallets/alice.json", "the file is missing"),
        (
            lambda folder: edit_json(folder / "wallets/alice.json", coins=1),
            "wallets/alice.json",
            "it says 1 bought coin, and transaction 5 says 485",
        ),
        (
            write("wallets/dora.json", b""),
            "wallets/dora.json",
            "the journal knows no such wallet",
        ),
        (
            lambda folder: shutil.rmtree(folder / "keys") or (folder / "keys").mkdir(),
            "keys",
            "a key of transaction 3 is missing",
        ),
        (drop(RUN), "keys", "a key of transaction 3 is missing"),
        (
            write("keys/000000000009.run", struct.pack("<2Q", 7, 4)),
            "keys",
            "transaction 4 has no such key",
        ),
        (write("keys/000000000009.run", b"x"), "keys/000000000009.run", "as long as an index"),
        (
            write("keys/000000000009.run", struct.pack("<4Q", 7, 6, 4, 4)),
            "keys/000000000009.run",
            "it is not sorted",
        ),
        (drop("places"), "places", "the file is missing"),
        (write("places", b""), "places", "it does not agree with the journal"),
        (
            lambda folder: [path.unlink() for path in segments(folder)],
            "journal",
            "there is no segment in it",
        ),
    ],
)
def test_an_audit_finds(sealed_bank, folder, change, where, problem):
    change(folder)
    findings = found(folder)
    assert any(where == at and problem in what for at, what in findings), findings


@pytest.mark.parametrize("lines_max", [1, 99])
@pytest.mark.parametrize(("op", "problem"), [("live_start", "live"), ("live_end", "live")])
def test_an_audit_finds_lives_that_do_not_begin_or_end(folder, lines_max, op, problem):
    bank = bank_at(folder, lines_max=lines_max)
    bank.create_wallets("alice")
    bank.start_live("alice")
    bank.end_live("alice")
    live_since = lines(folder)[1].says["wallets"][0]["live_since"]

    def change(says):
        if says.get("seq") in (2, 3):
            says["request"]["op"] = op
            says["wallets"][0]["live_since"] = live_since if op == "live_start" else None

    forge(folder, change)
    wrong = 3 if op == "live_start" else 2
    about = [what for where, what in found(folder) if where.endswith(f"transaction {wrong}")]
    assert any(problem in what or "another wallet" in what for what in about), found(folder)


def test_an_audit_finds_totals_that_grew_too_large_in_several_segments(sealed_bank, folder):
    vast = 2**52 + 2**51

    def change(says):
        if says.get("seq") in (3, 5):
            says["moves"] = [["platform/issued", "alice/coins", vast]]

    forge(folder, change)
    assert any("platform/issued would pass" in what for _, what in found(folder))


def test_an_audit_finds_totals_that_grew_too_large_in_one_segment(sealed_bank, folder):
    vast = 2**52 + 2**51

    def change(says):
        if says.get("seq") in (3, 4):
            says["moves"] = [["platform/issued", "alice/coins", vast]]

    forge(folder, change)
    assert any("platform/issued would pass" in what for _, what in found(folder))


def test_an_audit_finds_lines_that_do_not_follow_each_other(sealed_bank, folder):
    """Each is right by itself, after the hash of the one before it as it was."""
    forge(folder, lambda says: says.get("seq") == 3 and says.update(coins=501), rechain=False)
    what = "it is not what its hash says"
    assert (f"{SECOND}, transaction 4", what) in found(folder)
    forge(folder, lambda says: says.get("seq") == 4 and says.update(coins=6), rechain=False)
    assert (THIRD, "in its header, 'prev' does not agree with the journal") in found(folder)


def test_a_carriage_return_in_a_line_does_not_make_it_two(sealed_bank, folder):
    edit_bytes(SECOND, b"hello", b"hel\ro")(folder)
    places = [where for where, _ in found(folder) if where.startswith(SECOND)]
    assert places == [f"{SECOND}, transaction 4"]


@pytest.mark.parametrize("prices", ["sealed", "newest"])
def test_an_audit_decides_at_the_prices_of_each_header(folder, prices):
    bank = bank_at(folder, lines_max=2)
    bank.create_wallets("alice", "bob")
    bank.recharge("alice", 500)
    bank.gift("alice", "bob", "panda")
    assert len(segments(folder)) == 2
    first = 1 if prices == "sealed" else 3

    def dearer(says):
        if says.get("first") == first:
            says["catalog"]["packs"]["500"]["usd_cents"] += 1
            says["catalog"]["gifts"]["panda"]["coins"] += 1

    assert found(folder) == []
    forge(folder, dearer)
    wrong = [] if prices == "sealed" else [3, 4]
    assert {where for where, _ in found(folder)} == {
        f"{SECOND}, transaction {seq}" for seq in wrong
    }


@pytest.mark.parametrize("boot", ["the first boot", "the second boot"])
@pytest.mark.parametrize("torn", [b"", b"{", b"\0" * 192])
def test_an_older_or_torn_file_of_a_sealed_wallet_is_passed_over(bank, folder, boot, torn):
    """A row of commits that did not come to its end leaves such behind; the index knows better."""
    older = (folder / "wallets/alice.json").read_bytes()
    bank.recharge("alice", 100)
    bank_at(folder, lines_max=5).recharge("bob", 100)
    bank_at(folder).recharge("bob", 100)
    assert len(segments(folder)) == 2
    store = store_at(folder, boot=boot)
    assert store.audit().findings == ()
    for left in (older, torn):
        replace_file(folder / "wallets/alice.json", left)
        assert store.audit().findings == ()
        assert bank_at(folder, boot=boot).read.wallet("alice").coins == 585
        assert [one.where for one in store.repair(dry_run=True)][:1] == ["wallets/alice.json"]


@pytest.mark.parametrize(
    ("says", "problem"),
    [
        ({"coins": 1}, "it says 1 bought coin, and transaction 7 says 685"),
        ({"last": 2}, "it says 485 bought coins, and transaction 7 says 685"),
        ({"coins": 685, "last": 99}, "it is not as transaction 7 left it"),
        ({"coins": 685, "user": "bob"}, "it is not as transaction 7 left it"),
        ({"coins": 685, "earned": 3}, "it says 3 earned coins, and transaction 7 says 0"),
        ({"coins": 585, "last": 6}, None),
    ],
)
def test_a_file_of_a_sealed_wallet_that_no_line_confirms_is_found(bank, folder, says, problem):
    older = (folder / "wallets/alice.json").read_bytes()
    bank.recharge("alice", 100)
    bank.recharge("alice", 100)
    bank_at(folder, lines_max=5).recharge("bob", 100)
    replace_file(folder / "wallets/alice.json", older)
    edit_json(folder / "wallets/alice.json", **says)
    assert found(folder) == ([("wallets/alice.json", problem)] if problem else [])


def test_a_file_edited_by_hand_is_found_with_what_it_says_and_what_the_journal_says(bank, folder):
    edit_json(folder / "wallets/alice.json", careless=True, coins=999_999)
    problem = "it says 999,999 bought coins, and transaction 5 says 485"
    assert found(folder) == [("wallets/alice.json", problem)]
    with pytest.raises(StoreDamaged, match=problem):
        bank.gift("alice", "bob", "panda")


@pytest.mark.parametrize("coins", ["many", 1.5, True, None, [999_999], 10**30])
def test_a_file_with_nonsense_for_a_number_of_coins_is_found(bank, folder, coins):
    edit_json(folder / "wallets/alice.json", careless=True, coins=coins)
    ((where, problem),) = found(folder)
    assert where == "wallets/alice.json"
    assert problem.startswith("it says 1,000," if coins == 10**30 else "it is not as ")


def test_an_audit_lists_all_that_is_wrong(sealed_bank, folder):
    edit_json(folder / "wallets/alice.json", coins=1)
    (folder / "wallets/bob.json").unlink()
    (folder / "wallets/eve.json").write_text("{}")
    edit_bytes(FIRST, b'"user":"alice"', b'"user":"alicf"')(folder)
    edit_bytes(SECOND, b"hello", b"hallo")(folder)
    where = [place for place, _ in found(folder)]
    for name in (FIRST, SECOND, "wallets/alice.json", "wallets/bob.json", "wallets/eve.json"):
        assert any(place.startswith(name) for place in where), where


def test_an_audit_changes_nothing(sealed_bank, folder):
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    edit_json(folder / "wallets/alice.json", coins=1)
    tampered = (folder / "wallets/alice.json").read_bytes()
    found(folder)
    assert (folder / "wallets/alice.json").read_bytes() == tampered
    assert {path for path in folder.rglob("*") if path.is_file()} == set(before)


def test_an_audit_needs_a_store(folder):
    with pytest.raises(NoStore):
        store_at(folder).audit()


def test_an_audit_tells_how_far_it_is(sealed_bank, folder):
    told = []
    sealed_bank.read.verify(progress=lambda done, of: told.append((done, of)))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_an_audit_of_many_segments_says_the_same_as_one_of_few(folder):
    """Many are replayed by several processes at once, on a real disk."""
    bank = bank_at(folder, lines_max=2)
    bank.create_wallets("alice", "bob")
    for n in range(9):
        bank.recharge("alice", 100, key=f"k{n}")
        bank.gift("alice", "bob", "panda")
        (bank.end_live if n % 2 else bank.start_live)("bob")
    assert len(segments(folder)) > 8
    receipt = ReceiptRef(9, lines(folder)[8].hash)
    assert JsonStore(str(folder)).audit(receipt) == store_at(folder).audit(receipt)
    assert JsonStore(str(folder)).audit(receipt).findings == ()
    edit_bytes("journal/000000000005.jsonl", b"alice", b"alicf")(folder)
    found_by_many = JsonStore(str(folder)).audit(ReceiptRef(9, "0" * 64))
    found_by_one = store_at(folder).audit(ReceiptRef(9, "0" * 64))
    # The boot is another one on the real disk, and wallet files are judged by it.
    assert found_by_many == found_by_one
    assert len(found_by_many.findings) > 1


def test_a_torn_tail_is_no_finding_and_a_lost_one_is(sealed_bank, folder):
    path = segments(folder)[-1]
    data, line = path.read_bytes(), records(path)[-1].raw
    replace_file(path, data + line[:-9])
    assert found(folder) == []
    replace_file(path, data[:-9])
    assert (f"{THIRD}, transaction 5", "it does not end with a hash") in found(folder)
    replace_file(path, records(path)[0].raw)
    assert ("journal", "it ends with transaction 4, and head.json has seen 5") in found(folder)


def test_other_files_in_a_store_are_not_read(sealed_bank, folder):
    """Editors and synchronisers leave such, and they decide nothing."""
    for name in ("wallets/.alice.json.new", "wallets/alice.json~", "journal/notes.txt"):
        (folder / name).write_text("something")
    assert sealed_bank.read.wallet("alice").coins == 485
    assert len(sealed_bank.read.wallets()) == 2


# -- the store in memory -------------------------------------------------------------------------


@pytest.fixture
def memory():
    store = MemoryStore()
    bank = Bank(store, CATALOG, clock=SteadyClock())
    bank.create_wallets("alice", "bob")
    bank.recharge("alice", 500)
    bank.gift("alice", "bob", "panda")
    assert store.audit().findings == ()
    return store


def change_entry(store, seq, **changes):
    """Change a transaction from outside, past its checks."""
    entry = store._entries[seq - 1]
    store._entries[seq - 1] = replace(entry, transaction=replace(entry.transaction, **changes))


def test_an_audit_in_memory_finds_a_wallet_that_does_not_follow(memory):
    change_entry(memory, 3, wallets=(Wallet("alice", coins=501, last=3),))
    where = [(finding.where, finding.problem) for finding in memory.audit().findings]
    assert ("transaction 3", not_what_the_rules_come_to("wallets")) in where


def test_an_audit_in_memory_finds_coins_that_are_gone(memory):
    memory._entries.pop()
    change_entry(memory, 3, moves=(("a", "b", 9),))
    assert "the whole" in {finding.where for finding in memory.audit().findings}


def test_a_receipt_from_after_the_end_is_told_how_far_the_journal_goes(sealed_bank, folder):
    (finding,) = store_at(folder).audit(ReceiptRef(8, "0" * 64)).findings
    assert finding.problem == "it is not part of this history: that ends with transaction 5"


def test_an_audit_in_memory_knows_a_receipt_and_tells_how_far_it_is(memory):
    told = []
    entry = memory._entries[2]
    audit = memory.audit(
        ReceiptRef(3, entry.head), progress=lambda done, of: told.append((done, of))
    )
    assert audit.findings == ()
    assert told == [(1, 1)]
    for kept in (ReceiptRef(2, entry.head), ReceiptRef(3, "0" * 64), ReceiptRef(99, entry.head)):
        (finding,) = memory.audit(kept).findings
        assert finding == Finding(
            f"receipt {kept.seq}:{kept.head}", "it is not part of this history"
        )


BAD_CATALOG = default_catalog_text().replace(b"coins = 5\n", b"coins = -5\n", 1)


@pytest.mark.parametrize(
    ("name", "data", "problem"),
    [
        ("clock.json", b"", "it does not say what time it is"),
        ("clock.json", b"?", "it does not say what time it is"),
        ("clock.json", b'{"behind":"P1D"}', "it does not say what time it is"),
        ("clock.json", b'{"ahead":"P9999999999D"}', "it does not say what time it is"),
        ("catalog.toml", b"prices", "expected TOML"),
        ("catalog.toml", b"\xff", "expected UTF-8 text"),
        ("catalog.toml", BAD_CATALOG, "gifts.panda"),
        ("catalog.toml", b"#" * 100_001, "at most 100,000 bytes"),
    ],
)
def test_a_clock_or_catalog_that_no_command_can_use_is_found(
    sealed_bank, folder, name, data, problem
):
    (folder / name).write_bytes(data)
    ((where, told),) = found(folder)
    assert where == name
    assert problem in told


@pytest.mark.parametrize("name", ["clock.json", "catalog.toml"])
def test_a_clock_or_catalog_that_is_no_file_is_found(sealed_bank, folder, name):
    (folder / name).mkdir()
    ((where, told),) = found(folder)
    assert (where, told.partition(";")[0]) == (name, "it is a folder, and not a file")
    (folder / name).rmdir()
    (folder / name).symlink_to("elsewhere")
    ((where, told),) = found(folder)
    assert where == name
    assert told.startswith("it is a link, and those are not followed")


def test_a_clock_and_a_catalog_that_are_sound_are_no_finding(sealed_bank, folder):
    sealed_bank.set_clock("2030-01-01", stopped=True)
    sealed_bank.store.write_catalog(default_catalog_text(), sealed_bank.read.now())
    assert found(folder) == []


def test_a_catalog_that_the_disk_cannot_read_is_a_finding(sealed_bank, folder):
    (folder / "catalog.toml").write_bytes(default_catalog_text())
    disk = FailingDisk(PosixDisk(folder))
    disk.fail("read", "catalog.toml")
    (finding,) = store_at(folder, disk=disk).audit().findings
    assert (finding.where, finding.problem[:18]) == ("catalog.toml", "it cannot be read:")
