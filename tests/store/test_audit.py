"""Each thing that an audit can find, in its words."""

import shutil

import pytest
from msgspec.structs import replace

from coins_cli.bank import Bank
from coins_cli.errors import NoStore
from coins_cli.model.transactions import Posting
from coins_cli.model.wallets import Wallet
from coins_cli.store.json_store import JsonStore
from coins_cli.store.memory_store import MemoryStore
from coins_cli.store.protocol import Finding, Kept
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


def post(*postings):
    """An edit that gives a line other postings."""
    return lambda says: says.update(postings=list(postings))


def wallets(*shown):
    return lambda says: says.update(
        wallets=[{"user": user, "coins": coins, "earned": earned} for user, coins, earned in shown]
    )


def test_a_store_that_nobody_changed_has_no_findings(sealed_bank, folder):
    assert len(segments(folder)) == 3
    assert found(folder) == []


@pytest.mark.parametrize(
    ("change", "where", "problem"),
    [
        (edit_bytes(SECOND, b"hello", b"hallo"), f"{SECOND}, transaction 4", "its hash says"),
        (edit_bytes(SECOND, b"\n", b""), SECOND, "in its header, it is not what its hash says"),
        (edit_bytes(SECOND, b'"first":3', b'"first":4'), SECOND, "in its header, it is not what"),
        (write(SECOND, b""), SECOND, "in its header, it does not end with a hash"),
        (drop(SECOND), THIRD, "a segment that begins with 3 was due here"),
        (of_header(5, first=6), THIRD, "in its header, 'first' is not what the journal comes to"),
        (of_header(3, store="x"), SECOND, "in its header, 'store' is not what the journal comes"),
        (of_header(5, at=None), THIRD, "in its header, 'at' is not what the journal comes to"),
        (of_header(5, wallets=3), THIRD, "in its header, 'wallets' is not what the journal"),
        (of_header(5, totals={}), THIRD, "in its header, 'totals' is not what the journal"),
        (
            of_line(4, lambda says: says.update(seq=9)),
            f"{SECOND}, transaction 9",
            "transaction 4 was",
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
            of_line(3, post(["platform/issued", "COIN", -500])),
            f"{SECOND}, transaction 3",
            "its postings do not sum to zero",
        ),
        (
            of_line(3, post(["platform/issued", "COIN", -500], ["dora/coins", "COIN", 500])),
            f"{SECOND}, transaction 3",
            "it moves coins of dora without showing the wallet",
        ),
        (
            of_line(4, wallets(("alice", 495, 0), ("bob", 0, 6))),
            f"{SECOND}, transaction 4",
            "bob had another wallet before",
        ),
        (
            of_line(2, wallets(("bob", 7, 0))),
            f"{FIRST}, transaction 2",
            "the wallet of bob is not what its postings come to",
        ),
        (
            of_line(2, post(["platform/issued", "COIN", 7], ["alice/coins", "COIN", -7])),
            f"{FIRST}, transaction 2",
            "it moves coins of alice without showing the wallet",
        ),
        (
            of_line(1, lambda says: says["request"].update(op="live_start")),
            f"{FIRST}, transaction 1",
            "alice has no wallet yet",
        ),
        (
            of_line(2, lambda says: says.update(wallets=[{"user": "alice"}])),
            f"{FIRST}, transaction 2",
            "alice has a wallet already",
        ),
        (
            of_line(3, lambda says: says.update(request={"op": "open", "user": "alice"})),
            f"{SECOND}, transaction 3",
            "alice has a wallet already",
        ),
        (
            of_line(3, post(["platform/issued", "COIN", 7], ["alice/coins", "COIN", -7])),
            f"{SECOND}, transaction 3",
            "alice had another wallet before",
        ),
        (
            of_line(3, wallets(("alice", 500, 0), ("dora", 0, 0))),
            f"{SECOND}, transaction 3",
            "it does not lead to a line before it for each wallet",
        ),
        (
            of_line(3, post(["platform/issued", "COIN", -(2**53)], ["alice/coins", "COIN", 2**53])),
            f"{SECOND}, transaction 3",
            "beyond which amounts are not exact",
        ),
        (
            of_line(3, post(["platform/issued", "COIN", -400], ["world/x", "COIN", 400])),
            "journal",
            "do not add up",
        ),
        (
            of_line(5, lambda says: says.update(before=[None, None])),
            f"{THIRD}, transaction 5",
            "it does not lead to the line before it for alice",
        ),
        (
            of_line(5, lambda says: says.update(before=[None, None])),
            f"{THIRD}, transaction 5",
            "it does not lead to the line before it for bob",
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
            "transaction 5 says otherwise",
        ),
        (
            write("wallets/dora.json", b""),
            "wallets/dora.json",
            "the journal knows no such wallet",
        ),
        (
            lambda folder: shutil.rmtree(folder / "keys") or (folder / "keys").mkdir(),
            "keys",
            "the key of transaction 3 is missing",
        ),
        (
            write("keys/000.txt", b"\n%032d %016d %016d %016d\n" % (0, 4, 3, 0)),
            "keys",
            "transaction 4",
        ),
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
    vast = 2**52

    def change(says):
        if says.get("seq") in (3, 5):
            says["postings"] = [["platform/issued", "COIN", -vast], ["alice/coins", "COIN", vast]]

    forge(folder, change)
    assert any("platform/issued would pass" in what for _, what in found(folder))


@pytest.mark.parametrize(
    ("change", "where", "problem"),
    [
        (lambda says: says.update(group=[1, 2]), 4, "the rest of its group is missing"),
        (lambda says: says.update(group=[2, 2]), 4, "a part of its group"),
        (
            lambda says: says.update(postings=[["platform/cash", "COIN", 0]]),
            4,
            "it posts COIN to platform/cash",
        ),
        (
            lambda says: says.update(wallets=says["wallets"][:1], before=says["before"][:1]),
            4,
            "bob without showing the wallet",
        ),
        (
            lambda says: says.update(
                wallets=says["wallets"][:1],
                before=says["before"][:1],
                postings=[["alice/coins", "COIN", -5], ["platform/gifts", "COIN", 5]],
            ),
            4,
            "it does not show the wallet of bob",
        ),
    ],
)
def test_an_audit_finds_lines_that_no_rule_could_write(sealed_bank, folder, change, where, problem):
    forge(folder, lambda says: says.get("seq") == where and change(says))
    assert any(problem in what for _, what in found(folder)), found(folder)


def test_an_audit_finds_lines_that_do_not_follow_each_other(sealed_bank, folder):
    """Each hash is right, and the line carries another one's."""
    forge(folder, lambda says: says.get("seq") == 4 and says.update(prev="0" * 64), rechain=False)
    forge(folder, lambda says: says.get("seq") == 5 and says.update(prev="1" * 64), rechain=False)
    what = "it does not carry the hash of the one before"
    assert (f"{SECOND}, transaction 4", what) in found(folder)
    assert (f"{THIRD}, transaction 5", what) in found(folder)


def test_no_power_failure_explains_an_older_file_of_a_sealed_wallet(bank, folder):
    """It was durable before its segment was sealed."""
    older = (folder / "wallets/alice.json").read_bytes()
    bank.recharge("alice", 100)
    bank_at(folder, lines_max=5).recharge("bob", 100)
    bank_at(folder).recharge("bob", 100)
    assert len(segments(folder)) == 2
    after_power_failure = store_at(folder, boot="the second boot")
    assert after_power_failure.audit().findings == ()
    replace_file(folder / "wallets/alice.json", older)
    (finding,) = after_power_failure.audit().findings
    assert finding == Finding("wallets/alice.json", "transaction 6 says otherwise")


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
    sealed_bank.verify(progress=lambda done, of: told.append((done, of)))
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
    receipt = Kept(9, lines(folder)[8].hash)
    assert JsonStore(str(folder)).audit(receipt) == store_at(folder).audit(receipt)
    assert JsonStore(str(folder)).audit(receipt).findings == ()
    edit_bytes("journal/000000000005.jsonl", b"alice", b"alicf")(folder)
    found_by_many = JsonStore(str(folder)).audit(Kept(9, "0" * 64))
    found_by_one = store_at(folder).audit(Kept(9, "0" * 64))
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
    assert sealed_bank.wallet("alice").coins == 485
    assert len(sealed_bank.wallets()) == 2


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
    change_entry(memory, 3, wallets=(Wallet("alice", coins=501),))
    where = [(finding.where, finding.problem) for finding in memory.audit().findings]
    assert ("transaction 3", "the wallet of alice is not what its postings come to") in where


def test_an_audit_in_memory_finds_coins_that_are_gone(memory):
    memory._entries.pop()
    change_entry(memory, 3, postings=(Posting("a", "COIN", -9), Posting("b", "COIN", 9)))
    assert "the whole" in {finding.where for finding in memory.audit().findings}


def test_a_receipt_from_after_the_end_is_told_how_far_the_journal_goes(sealed_bank, folder):
    (finding,) = store_at(folder).audit(Kept(8, "0" * 64)).findings
    assert finding.problem == "it is not part of this history: that ends with transaction 5"


def test_an_audit_in_memory_knows_a_receipt_and_tells_how_far_it_is(memory):
    told = []
    entry = memory._entries[2]
    audit = memory.audit(Kept(3, entry.head), progress=lambda done, of: told.append((done, of)))
    assert audit.findings == ()
    assert told == [(1, 1)]
    for kept in (Kept(2, entry.head), Kept(3, "0" * 64), Kept(99, entry.head)):
        (finding,) = memory.audit(kept).findings
        assert finding == Finding(
            f"receipt {kept.seq}:{kept.head}", "it is not part of this history"
        )
