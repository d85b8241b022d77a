"""What notices a change from outside: reading, writing, listing, retrying a key, or only an audit.

The chain promises that edits are detected, and that someone who can write the whole folder can
rewrite all of it. Here is, for each way to forge, who notices; the tests' names say it.
"""

import json
import shutil
from functools import cache

import pytest

from coins_cli.errors import KeyReused, NotFound, StoreDamaged, StoreUnusable
from coins_cli.store.protocol import Audit
from tests.store.economies import bank_at, new_folder
from tests.store.journals import (
    contents,
    digest_of,
    edit_json,
    forge,
    genesis,
    index_entries,
    lines,
    put_back,
    records,
    replace_file,
    restore,
    segments,
    write_index,
    written,
)
from tests.store.rewriting import rewrite

ALICE = "wallets/alice.json"
BOB = "wallets/bob.json"


def make(folder, lines_max):
    """Alice buys 500 coins and gives bob 5 and 10 of them; then only bob does something.

    In segments of two: 1 and 2, 3 and 4, 5 and 6, and 7; alice's newest line is 5, in a sealed one.
    What the folder held after line 4 is answered.
    """
    bank = bank_at(folder, lines_max=lines_max, new_id=lambda: "the store")
    bank.create_wallets("alice")
    bank.create_wallets("bob")
    bank.recharge("alice", 500, key="lesson-1")
    bank.gift("alice", "bob", "panda", message="hello")
    older = contents(folder)
    bank.gift("alice", "bob", "panda", quantity=2, key="lesson-2")
    bank.recharge("bob", 100)
    bank.recharge("bob", 100)
    return older


@cache
def made(lines_max):
    """What `make` makes: the folder, and the folder after line 4."""
    with new_folder() as folder:
        older = make(folder, lines_max)
        assert all(who_notices(folder, lines_max)[act] is None for act in ACTS)
        return contents(folder), older


ACTS = {
    "reading": lambda bank: bank.read.wallet("alice"),
    "history": lambda bank: bank.read.history("alice"),
    "listing": lambda bank: bank.read.wallets(),
    "flows": lambda bank: bank.read.flows(),
    "writing": lambda bank: bank.gift("alice", "bob", "panda"),
    "retrying": lambda bank: bank.recharge("alice", 500, key="lesson-1"),
    "audit": lambda bank: bank.read.verify(),
}


def who_notices(folder, lines_max):
    """For each act, why it notices that something is wrong, or `None`.

    Whatever an act did is undone; but an audit is asked first whether it would notice after it.
    """
    before = contents(folder)
    noticed = {}
    for act, do in ACTS.items():
        bank = bank_at(folder, lines_max=lines_max)
        noticed[act] = _complaint(do, bank)
        if contents(folder) != before:
            noticed[f"audit after {act}"] = _complaint(ACTS["audit"], bank)
            restore(folder, before)
    return noticed


def _complaint(do, bank):
    try:
        answer = do(bank)
    except (StoreUnusable, KeyReused) as error:
        return error.message
    except NotFound:
        return None
    return answer.findings or None if isinstance(answer, Audit) else None


def older(*names):
    """Put back what files were after line 4."""

    def tamper(folder):
        lines_max = len(records(segments(folder)[0])) - 1
        put_back(folder, made(lines_max)[1], names)

    return tamper


def remove(*names):
    return lambda folder: put_back(folder, {}, names)


def wallet(**changes):
    return lambda folder: edit_json(folder / ALICE, **changes)


def edited(seq, old, new, *, rechain=None):
    """Replace bytes in a line; make right nothing, its own hash, or all hashes after it too."""

    def tamper(folder):
        if rechain is None:
            _rewrite(folder, seq, lambda raw: raw.replace(old, new))
        else:
            forge(folder, lambda says: _edit(says, seq, old, new), rechain=rechain)

    return tamper


def changed(seq, **changes):
    """Change fields of a line, and make all hashes right."""
    return lambda folder: forge(
        folder, lambda says: says.get("seq") == seq and says.update(changes)
    )


def _edit(says, seq, old, new):
    if says.get("seq") == seq:
        says.update(json.loads(json.dumps(says).replace(old, new)))


def _rewrite(folder, seq, change):
    for path in segments(folder):
        data = b"".join(
            change(record.raw) if record.says.get("seq") == seq else record.raw
            for record in records(path)
        )
        replace_file(path, data)


def header(segment, /, *, rechain=False, **changes):
    """Edit the header of a segment, and make its own hash right, or all hashes after it too."""

    def change(says):
        if says.get("first") == segment:
            says.update(changes)

    return lambda folder: forge(folder, change, rechain=rechain)


def prices(segment, change):
    """Edit the prices in a header of a segment, and make all hashes right."""
    return lambda folder: forge(
        folder, lambda says: says.get("first") == segment and change(says["catalog"])
    )


def removed(seq):
    return lambda folder: _rewrite(folder, seq, lambda raw: b"")


def doubled(seq):
    return lambda folder: _rewrite(folder, seq, lambda raw: raw + raw)


def swapped(first):
    """The two lines of a segment change places."""

    def tamper(folder):
        path = folder / f"journal/{first:012}.jsonl"
        head, one, two = (record.raw for record in records(path))
        replace_file(path, head + two + one)

    return tamper


def renumbered(first):
    """The same, with numbers and chain made right."""

    def tamper(folder):
        swapped(first)(folder)
        numbers = {first: first + 1, first + 1: first}

        def change(says):
            says["seq"] = numbers.get(says.get("seq"), says.get("seq"))
            if says["seq"] is None:
                del says["seq"]

        forge(folder, change)

    return tamper


def segment_removed(first):
    return remove(f"journal/{first:012}.jsonl")


def index(change):
    """Edit all entries of the key index: pairs of a digest and a number; `None` removes one."""

    def tamper(folder):
        changed = [change(*entry) for entry in index_entries(folder)]
        write_index(folder, [entry for entry in changed if entry is not None])

    return tamper


def digest(key):
    return digest_of("the store", key)


def of_key(key, change):
    return index(lambda of, seq: change(of, seq) if of == digest(key) else (of, seq))


def without(wanted):
    return lambda of, seq: None if seq == wanted else (of, seq)


def run(change):
    """Edit the bytes of the one run that the key index is."""

    def tamper(folder):
        (path,) = (folder / "keys").iterdir()
        path.write_bytes(change(path.read_bytes()))

    return tamper


def places(change):
    def tamper(folder):
        path = folder / "places"
        path.write_bytes(change(path.read_bytes()))

    return tamper


def place_of_line_5_is(seq):
    """The place of alice's newest line is that of another one."""
    return places(lambda data: data[:32] + data[8 * (seq - 1) : 8 * seq] + data[40:])


def all_of(*tampers):
    def tamper(folder):
        for each in tampers:
            each(folder)

    return tamper


def appended(folder):
    """A line by a careful stranger, who knows the format: alice buys another 100 coins."""
    last = lines(folder)[-1]
    (bought,) = (line for line in lines(folder) if line.says["request"].get("key") == "lesson-1")
    alice = json.loads((folder / ALICE).read_bytes())
    del alice["check"]
    seq = last.says["seq"] + 1
    says = {**bought.says, "seq": seq, "before": [alice["last"]], "at": last.says["at"]}
    says["wallets"] = [{**alice, "coins": alice["coins"] + 500, "last": seq}]
    del says["request"]["key"]
    path = segments(folder)[-1]
    replace_file(path, path.read_bytes() + written(says, last.hash))


EVERYTHING = set(ACTS)
NEWEST = EVERYTHING
"""What opening itself notices, everyone does."""
OF_ALICE = {"reading", "history", "listing", "writing", "audit"}
"""What stands in the file of alice, whoever asks for her wallet."""
OF_ITS_SEGMENT = {"history", "flows", "audit"}
"""What stands in a sealed segment, whoever reads its lines."""
KEYS = {"retrying", "audit"}
"""What stands in the index under her key, which only a retry asks for."""


def unsorted(data):
    """The run with its digests turned around, so that none is found where it is looked for."""
    half = len(data) // 2
    digests = [data[at : at + 8] for at in range(0, half, 8)]
    return b"".join(reversed(digests)) + data[half:]


FORGERIES = [
    # A wallet file, of a wallet in a sealed segment and in the newest one.
    ("an edited balance", 2, wallet(coins=9_000), OF_ALICE),
    ("an edited balance", 99, wallet(coins=9_000), OF_ALICE),
    ("a negative balance", 2, wallet(coins=-5), OF_ALICE),
    ("a negative balance", 99, wallet(coins=-5), OF_ALICE),
    ("edited earnings", 2, wallet(earned=10_000), OF_ALICE),
    ("an edited name", 2, wallet(name="Mallory"), OF_ALICE),
    ("an edited name", 99, wallet(name="Mallory"), OF_ALICE),
    ("an edited live", 2, wallet(live_since="2026-01-05T09:00:00Z"), OF_ALICE),
    ("a live without a zone", 2, wallet(live_since="2026-01-05T09:00:00"), OF_ALICE),
    ("another user's name", 2, wallet(user="bob"), OF_ALICE),
    ("the number of another's line", 2, wallet(last=2), OF_ALICE),
    ("the number of another's line", 99, wallet(last=2), OF_ALICE),
    ("the number of another line of hers", 2, wallet(last=4), OF_ALICE),
    ("the number of another line of hers", 99, wallet(last=4), OF_ALICE),
    ("a number that is not used yet", 2, wallet(last=8), OF_ALICE),
    ("a number that is not used yet", 99, wallet(last=8), OF_ALICE),
    ("a vast number", 2, wallet(last=10**30), OF_ALICE),
    ("a vast number", 99, wallet(last=10**30), OF_ALICE),
    ("a negative number", 2, wallet(last=-1), OF_ALICE),
    ("no number", 2, wallet(last=0), OF_ALICE),
    ("no number", 99, wallet(last=0), OF_ALICE),
    # A power failure may tear it, and a killed row leave it behind: it is passed over.
    ("an emptied wallet file", 2, lambda folder: (folder / ALICE).write_bytes(b""), set()),
    ("an emptied wallet file", 99, lambda folder: (folder / ALICE).write_bytes(b""), OF_ALICE),
    ("a deleted wallet file", 2, remove(ALICE), OF_ALICE),
    ("a deleted wallet file", 99, remove(ALICE), OF_ALICE),
    ("an older wallet file", 99, older(ALICE), OF_ALICE),
    ("an older wallet file of a sealed wallet", 2, older(ALICE), set()),
    # A true line of alice's confirms it, and nothing but the whole journal knows of a newer one.
    (
        "an older wallet file of a sealed wallet, and the newest line out of the index",
        2,
        all_of(older(ALICE), of_key("wallet\nalice", without(5))),
        {"audit"},
    ),
    (
        "the wallet file of another",
        2,
        lambda folder: shutil.copy(folder / BOB, folder / ALICE),
        OF_ALICE,
    ),
    (
        "a wallet that was never opened",
        2,
        lambda folder: shutil.copy(folder / ALICE, folder / "wallets/mallory.json"),
        {"listing", "audit"},
    ),
    (
        "a wallet that was never opened, with its own name",
        99,
        all_of(
            lambda folder: shutil.copy(folder / ALICE, folder / "wallets/mallory.json"),
            lambda folder: edit_json(folder / "wallets/mallory.json", user="mallory"),
        ),
        {"listing", "audit"},
    ),
    # A line, without care, with its own hash made right, and with all hashes made right.
    ("an edited line", 99, edited(4, b"hello", b"hallo"), NEWEST),
    ("an edited line", 2, edited(4, b"hello", b"hallo"), OF_ITS_SEGMENT),
    ("an edited line of the newest segment", 2, edited(7, b'"100"', b'"500"'), NEWEST),
    ("an edited line with its hash", 99, edited(4, "hello", "hallo", rechain=False), NEWEST),
    ("an edited line with its hash", 2, edited(3, "649", "650", rechain=False), OF_ITS_SEGMENT),
    ("an edited last line with its hash", 2, edited(4, "hello", "hallo", rechain=False), {"audit"}),
    (
        "an edited newest line with its hash",
        2,
        edited(7, "2026", "2027", rechain=False),
        NEWEST,
    ),
    ("edited moves with all hashes", 99, edited(3, "649", "549", rechain=True), {"audit"}),
    (
        "edited wallet with all hashes",
        2,
        edited(4, '"coins": 495', '"coins": 995', rechain=True),
        {"audit"},
    ),
    ("coins from nowhere with all hashes", 2, changed(3, coins=400), {"audit"}),
    ("an edited venue with all hashes", 2, changed(4, venue="live"), {"audit"}),
    ("a gift of another kind with all hashes", 2, changed(4, gift="concert"), {"audit"}),
    ("an edited number before it with all hashes", 2, changed(5, before=[3, 2]), {"audit"}),
    ("an edited message with all hashes", 2, edited(4, "hello", "hallo", rechain=True), set()),
    ("an edited message with all hashes", 99, edited(4, "hello", "hallo", rechain=True), set()),
    ("a well made line at the end", 2, appended, set()),
    ("a well made line at the end", 99, appended, set()),
    # Lines that are gone, or elsewhere.
    ("a removed line", 99, removed(4), NEWEST),
    ("a removed last line", 99, removed(7), NEWEST),
    ("a removed line", 2, removed(3), {"history", "flows", "retrying", "audit"}),
    ("a removed last line of a segment", 2, removed(4), {"history", "flows", "audit"}),
    ("a removed line of the newest segment", 2, removed(7), NEWEST),
    ("a doubled line", 2, doubled(3), {"history", "flows", "audit"}),
    ("a doubled line", 99, doubled(4), NEWEST),
    ("swapped lines", 2, swapped(3), {"history", "flows", "retrying", "audit"}),
    ("swapped lines with all hashes", 2, renumbered(3), {"history", "retrying", "audit"}),
    ("a removed segment", 2, segment_removed(3), {"history", "flows", "retrying", "audit"}),
    ("a removed first segment", 2, segment_removed(1), {"history", "flows", "audit"}),
    ("a removed newest segment", 2, segment_removed(7), NEWEST),
    (
        "a copied segment",
        2,
        lambda folder: shutil.copy(
            folder / "journal/000000000003.jsonl", folder / "journal/000000000009.jsonl"
        ),
        {"audit"},
    ),
    (
        "a copied segment in the place of the next",
        2,
        lambda folder: shutil.copy(
            folder / "journal/000000000003.jsonl", folder / "journal/000000000008.jsonl"
        ),
        NEWEST,
    ),
    (
        "two segments in each other's place",
        2,
        all_of(
            lambda folder: (folder / "journal/000000000003.jsonl").rename(folder / "third"),
            lambda folder: (folder / "journal/000000000001.jsonl").rename(
                folder / "journal/000000000003.jsonl"
            ),
            lambda folder: (folder / "third").rename(folder / "journal/000000000001.jsonl"),
        ),
        {"history", "flows", "retrying", "audit"},
    ),
    # Headers, with their own hashes made right: the first line of the segment continues them.
    *(
        (f"a header of segment {segment} with {what}", 2, header(segment, **changes), noticed)
        for segment, noticed in [(5, OF_ALICE | {"flows"}), (7, NEWEST)]
        for what, changes in {
            "other totals": {"totals": {"platform/cash": 648, "platform/issued": -500}},
            "other wallets": {"wallets": 3},
            "another time": {"at": "2026-01-01T00:00:00Z"},
            "another store": {"store": "eht store"},
            "another number": {"first": 6},
            "another hash before it": {"prev": "0" * 64},
            "another format": {"format": 1},
            "other prices": {"catalog": {}},
        }.items()
    ),
    # With the hashes after them made right too.
    *(
        (
            f"a header of segment {segment} and all hashes with {what}",
            2,
            header(segment, rechain=True, **changes),
            noticed if segment == 7 else {"audit"},
        )
        for segment in (5, 7)
        for what, changes, noticed in [
            ("totals", {"totals": {"platform/cash": 648, "platform/issued": -500}}, {"audit"}),
            ("wallets", {"wallets": 3}, {"audit", "listing"}),
            ("time", {"at": "2026-01-01T00:00:00Z"}, {"audit"}),
        ]
    ),
    ("a header with another store and all hashes", 2, header(5, rechain=True, store="x"), OF_ALICE),
    ("a header with another store and all hashes", 2, header(7, rechain=True, store="x"), NEWEST),
    (
        "dearer pandas in a header and all hashes",
        2,
        prices(5, lambda says: says["gifts"]["panda"].update(coins=7)),
        {"audit"},
    ),
    (
        "dearer pandas in the newest header and all hashes",
        2,
        prices(7, lambda says: says["packs"]["100"].update(coins=101)),
        {"audit"},
    ),
    # The key index.
    (
        "a key that leads to another line",
        2,
        of_key("lesson-1", lambda of, seq: (of, 4)),
        {"retrying", "audit"},
    ),
    (
        "a key that leads to nothing",
        2,
        of_key("lesson-1", lambda of, seq: (of, 99)),
        {"retrying", "audit"},
    ),
    ("a key that leads far away", 2, of_key("lesson-1", lambda of, seq: (of, 2**64 - 1)), KEYS),
    ("a key that leads to zero", 2, of_key("lesson-1", lambda of, seq: (of, 0)), KEYS),
    (
        "a key under another name",
        2,
        of_key("lesson-2", lambda of, seq: (digest("another"), seq)),
        {"audit"},
    ),
    # The intent is applied a second time; nothing but the whole journal knows of the first.
    ("a removed key", 2, of_key("lesson-1", lambda of, seq: None), {"audit"}),
    ("all keys removed", 2, index(lambda of, seq: None), OF_ALICE | {"retrying"}),
    ("no index", 2, lambda folder: shutil.rmtree(folder / "keys"), OF_ALICE | {"retrying"}),
    ("a run of another length", 2, run(lambda data: data[:-5]), OF_ALICE | {"retrying"}),
    ("a run that is not sorted", 2, run(unsorted), OF_ALICE | {"retrying"}),
    (
        "the newest line of a wallet removed from the index",
        2,
        of_key("wallet\nalice", without(5)),
        OF_ALICE,
    ),
    (
        "a wallet removed from the index",
        2,
        of_key("wallet\nalice", lambda of, seq: None),
        OF_ALICE,
    ),
    (
        "a wallet whose newest line is another's",
        2,
        all_of(of_key("wallet\nalice", lambda of, seq: (of, 6 if seq == 5 else seq))),
        OF_ALICE,
    ),
    (
        "a wallet whose newest line is not there yet",
        2,
        all_of(of_key("wallet\nalice", lambda of, seq: (of, 88 if seq == 5 else seq))),
        OF_ALICE,
    ),
    # It looks as if there had never been a wallet, and a new one can be opened.
    (
        "a wallet removed from the index and its file removed",
        2,
        all_of(of_key("wallet\nalice", lambda of, seq: None), remove(ALICE)),
        {"audit", "listing"},
    ),
    # The places of lines.
    ("removed places", 2, remove("places"), EVERYTHING),
    ("emptied places", 2, places(lambda data: b""), EVERYTHING),
    # Whoever begins with the first line does not need to be told where that is.
    ("zeroed places", 2, places(lambda data: bytes(len(data))), EVERYTHING - {"flows"}),
    ("places that are not there yet", 2, places(lambda data: data + data), set()),
    ("the place of another line", 2, place_of_line_5_is(4), OF_ALICE),
    # head.json and store.json.
    ("another hash in head.json", 2, lambda f: edit_json(f / "head.json", head="0" * 64), NEWEST),
    (
        "a hash in head.json that its check does not fit",
        2,
        lambda f: edit_json(f / "head.json", careless=True, head="0" * 64),
        NEWEST,
    ),
    ("a later number in head.json", 2, lambda f: edit_json(f / "head.json", seq=8), NEWEST),
    ("an earlier number in head.json", 99, lambda f: edit_json(f / "head.json", seq=6), NEWEST),
    ("a missing segment in head.json", 2, lambda f: edit_json(f / "head.json", segment=4), NEWEST),
    (
        "a vast segment in head.json",
        2,
        lambda f: edit_json(f / "head.json", segment=10**99),
        NEWEST,
    ),
    ("an older head.json", 2, older("head.json"), set()),
    ("a deleted head.json", 2, remove("head.json"), set()),
    ("another id in store.json", 2, lambda f: edit_json(f / "store.json", id="another"), NEWEST),
    ("an older format", 2, lambda f: edit_json(f / "store.json", format=0), NEWEST),
    (
        "another time in store.json",
        2,
        lambda folder: edit_json(folder / "store.json", created="2020-01-01T00:00:00Z"),
        set(),
    ),
]


def _ids():
    for what, lines_max, _, noticed in FORGERIES:
        by = "everything" if noticed == EVERYTHING else " ".join(sorted(noticed)) or "nothing"
        yield f"{what} in segments of {lines_max} is noticed by {by}"


@pytest.mark.parametrize(("what", "lines_max", "tamper", "noticed"), FORGERIES, ids=_ids())
def test_who_notices(folder, what, lines_max, tamper, noticed, tried):
    files, _ = made(lines_max)
    restore(folder, files)
    tamper(folder)
    assert contents(folder) != files
    complaints = who_notices(folder, lines_max)
    assert {act for act in ACTS if complaints[act]} == noticed, complaints
    # What an audit notices it still notices after others have used the store.
    afterwards = [why for act, why in complaints.items() if act.startswith("audit after")]
    assert all(bool(why) == ("audit" in noticed) for why in afterwards), complaints
    tried("forgeries", 1, "each noticed by whom it must be")


@pytest.mark.parametrize("torn", [0, 9])
def test_a_part_of_a_backup_over_a_newer_store_is_refused(folder, torn):
    """An older `head.json` and an older first segment lead away from all that came later."""
    make(folder, 4)
    bank = bank_at(folder, lines_max=4)
    bank.create_wallets("carol")
    assert [path.name for path in segments(folder)] == ["000000000001.jsonl", "000000000005.jsonl"]
    first, *rest = records(segments(folder)[0])
    replace_file(segments(folder)[0], b"".join(r.raw for r in [first, *rest[:-1]]) + b"{" * torn)
    edit_json(folder / "head.json", seq=0, head=first.says["prev"], segment=1)
    assert bank.read.verify().findings
    for user in ("alice", "bob", "carol"):
        with pytest.raises(StoreUnusable):
            bank.read.wallet(user)
        with pytest.raises(StoreUnusable):
            bank.recharge(user, 100)


def test_a_key_that_nobody_used_cannot_be_made_to_look_used(folder):
    """Otherwise what is asked under it would seem to be done, and would never be."""
    make(folder, 2)
    write_index(folder, [*index_entries(folder), (digest("mine"), 3)])
    with pytest.raises(StoreDamaged, match="for another key"):
        bank_at(folder).recharge("alice", 500, key="mine")
    assert bank_at(folder).read.verify().findings


def test_a_receipt_kept_elsewhere_exposes_what_was_rewritten(folder):
    make(folder, 2)
    bank = bank_at(folder)
    receipts = [f"{line.says['seq']}:{line.hash}" for line in lines(folder)]
    edited(4, "hello", "hallo", rechain=True)(folder)
    assert bank.read.verify().findings == ()
    stand = [not bank.read.verify(receipt).findings for receipt in receipts]
    assert stand == [True, True, True, False, False, False, False]


def test_a_whole_history_that_was_made_up_is_exposed_by_a_receipt(tmp_path):
    """Someone who can write the whole folder can rewrite all of it."""
    receipts = []
    for name, pack in (("true", 100), ("made up", 10_000)):
        bank = bank_at(tmp_path / name, new_id=lambda: "the same id")
        opened, *_ = bank.create_wallets("alice", "bob")
        bought = bank.recharge("alice", pack)
        receipts.append([f"{receipt.seq}:{receipt.head}" for receipt in (opened, bought)])
        assert bank.read.verify().findings == ()
    true, made_up = receipts
    assert true[0] == made_up[0]
    assert bank.read.verify(true[0]).findings == ()
    (finding,) = bank.read.verify(true[1]).findings
    assert "rewritten" in finding.problem


def test_a_receipt_is_looked_up_in_a_damaged_store_too(folder):
    """What is wrong comes first; the receipt is one more thing that cannot be shown to stand."""
    make(folder, 99)
    receipt = f"3:{lines(folder)[2].hash}"
    edited(4, b"hello", b"hallo")(folder)
    without = bank_at(folder).read.verify().findings
    found = bank_at(folder).read.verify(receipt).findings
    assert found[: len(without)] == without
    assert without


@pytest.mark.parametrize("lines_max", [2, 99])
@pytest.mark.parametrize(
    ("seq", "before", "user"),
    [
        (5, [5, 5], "alice"),  # in a circle
        (6, [7], "bob"),  # forward
        (6, [6], "bob"),
        (3, [2], "alice"),  # to a line that does not touch the wallet
        (3, [99], "alice"),  # to no line
        (3, [10**18], "alice"),
        (3, [-1], "alice"),
    ],
)
def test_a_history_that_leads_elsewhere_is_refused(folder, lines_max, seq, before, user):
    """All hashes and places are right."""
    make(folder, lines_max)
    rewrite(folder, lambda at, says: at == seq and says.update(before=before))
    with pytest.raises(StoreUnusable):
        bank_at(folder).read.history(user, limit=100)
    assert bank_at(folder).read.verify().findings


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("before", []),
        ("before", [None]),
        ("before", [0] * 3),
        ("before", [10**30]),
        ("before", [-1]),
        ("lines", 0),
        ("lines", 2),
        ("lines", -1),
        ("lines", 10**30),
        ("at", "2030-01-01T00:00:00"),
        ("at", "2030-01-01T00:00:00+05:00"),
        ("at", "0001-01-01T00:00:00Z"),
        ("seq", 10**30),
        ("seq", -1),
        ("moves", []),
        ("moves", [["platform/issued", "bob/coins", 10**30]]),
        ("moves", [["platform/issued", "bob/coins", 2**53 - 1]]),
        ("moves", [["platform/issued", "bob/coins", 0]]),
        ("moves", [["platform/issued", "bob/coins", -1]]),
        ("moves", [["bob/coins", "bob/coins", 1]]),
        ("moves", [["mallory/coins", "platform/issued", 9]]),
        ("moves", [["", "/", 9]]),
        ("wallets", []),
        ("wallets", [{"user": "../../alice"}]),
        ("wallets", [{"user": "\0"}]),
        ("wallets", [{"user": "bob", "coins": -5}]),
        ("wallets", [{"user": "bob", "coins": 10**30}]),
        ("wallets", [{"user": "bob"}] * 2),
        ("wallets", [{"user": "bob", "last": -1}]),
        ("wallets", [{"user": "bob", "last": 10**30}]),
        ("request", {"op": "open", "user": "bob", "name": None}),
        ("request", {"op": "open", "user": "B O B", "name": None}),
        ("request", {"op": "live_start", "user": "bob"}),
        ("request", {"op": "recharge", "user": "bob", "pack": "100", "key": ""}),
        ("request", {"op": "recharge", "user": "bob", "pack": "100", "key": "lesson-1"}),
        ("request", {"op": "reverse", "reverses": 3, "reason": "x"}),
        ("request", {"op": "reverse", "reverses": 10**30, "reason": "x"}),
        ("request", {"op": "reverse", "reverses": -1, "reason": "x"}),
        ("request", {"op": "payout_settle", "payout": 99}),
        ("request", {"op": "nothing"}),
        ("coins", "many"),
        ("coins", -5),
        ("about", {}),
        ("about", {"op": "nothing"}),
        ("venue", "live"),
        ("gift", "panda"),
        ("more", "[" * 100),
    ],
    ids=lambda value: str(value)[:40],
)
@pytest.mark.parametrize("seq", [6, 7])
@pytest.mark.parametrize("lines_max", [2, 99])
def test_no_line_that_was_made_up_brings_an_unexpected_error(folder, lines_max, seq, field, value):
    """Hashes and chain are right, so that only its content can give it away."""
    restore(folder, made(lines_max)[0])
    forge(folder, lambda says: says.get("seq") == seq and says.update({field: value}))
    complaints = who_notices(folder, lines_max)
    assert complaints["audit"] or not any(complaints.values()), complaints


def test_the_first_hash_stands_for_the_store(folder):
    make(folder, 99)
    assert records(segments(folder)[0])[0].says["prev"] == genesis("the store")
