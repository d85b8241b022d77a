"""What a JSON store's folder looks like to a person with `cat`, and to another program."""

import hashlib
import json
import os
import stat
from contextlib import suppress

import pytest
from msgspec.structs import replace

from coins_cli.errors import StoreNotWritable, UnknownUser
from coins_cli.model.catalog import GiftKind
from coins_cli.model.economy import Rules
from coins_cli.model.names import gift_id
from coins_cli.store.json import layout
from coins_cli.store.json.store import JsonStore
from tests.store.disks import QuickDisk
from tests.store.economies import (
    CATALOG,
    RULES,
    START,
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
    digest_of,
    genesis,
    hash_after,
    index_entries,
    lines,
    records,
    segments,
)


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def modes(folder):
    return {str(path.relative_to(folder)): mode(path) for path in folder.rglob("*")}


# -- files ---------------------------------------------------------------------------------------


def test_a_new_store_has_these_files_and_no_others(bank, folder):
    assert set(contents(folder)) == {
        "store.json",
        "lock",
        "turn",
        "head.json",
        "places",
        "journal/000000000001.jsonl",
        "wallets/alice.json",
        "wallets/bob.json",
    }
    assert sorted(path.name for path in folder.iterdir() if path.is_dir()) == [
        "journal",
        "keys",
        "wallets",
    ]


def test_a_store_on_a_real_disk_has_the_same_files(folder):
    store = JsonStore(str(folder), new_id=lambda: "an id")
    commit(store, opening("alice"), recharging("alice"))
    found = contents(folder)
    quick = folder.parent / "quick"
    commit(store_at(quick, new_id=lambda: "an id"), opening("alice"), recharging("alice"))
    assert {**found, "head.json": b""} == {**contents(quick), "head.json": b""}


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_only_the_owner_can_read_a_store_whatever_the_umask(folder, umask):
    before = os.umask(umask)
    try:
        store = JsonStore(str(folder), segment_lines_max=1)
        commit(store, opening("alice"), recharging("alice", key="k"))
        commit(store, recharging("alice"))
        assert store.write_catalog(b"", START)
    finally:
        os.umask(before)
    found = modes(folder)
    assert mode(folder) == 0o700
    assert found == {
        "store.json": 0o600,
        "lock": 0o600,
        "turn": 0o600,
        "head.json": 0o600,
        "catalog.toml": 0o600,
        "places": 0o600,
        "journal": 0o700,
        "journal/000000000001.jsonl": 0o400,
        "journal/000000000003.jsonl": 0o600,
        "wallets": 0o700,
        "wallets/alice.json": 0o600,
        "keys": 0o700,
        "keys/000000000001.run": 0o600,
    }


@pytest.mark.parametrize("umask", [0o177, 0o277, 0o377, 0o777])
def test_a_umask_that_takes_from_the_owner_gives_others_nothing(folder, umask):
    before = os.umask(umask)
    try:
        # Only the superuser can work in folders that lack these bits.
        with suppress(StoreNotWritable):
            commit(store_at(folder), opening("alice"))
    finally:
        os.umask(before)
    assert mode(folder) & 0o077 == 0
    folder.chmod(0o700)
    assert all(found & 0o077 == 0 for found in modes(folder).values())


def test_store_json_says_the_format_the_id_and_when_it_was_made(folder):
    commit(store_at(folder, new_id=lambda: "an id"), opening("alice"))
    assert (folder / "store.json").read_text() == (
        '{"format":2,"id":"an id","created":"2026-01-05T09:00:00Z"}\n'
    )


def test_every_store_has_an_id_of_its_own(tmp_path):
    ids = set()
    for name in "abc":
        commit(JsonStore(str(tmp_path / name)), opening("alice"))
        ids.add(json.loads((tmp_path / name / "store.json").read_text())["id"])
    assert len(ids) == 3
    assert all(len(bytes.fromhex(store_id)) == 16 for store_id in ids)


def test_a_wallet_file_shows_the_wallet_and_the_number_of_its_newest_line(bank, folder):
    """Nothing that is zero or not there: the same words as in the line."""
    newest = lines(folder)[-1]
    bob = json.loads((folder / "wallets/bob.json").read_bytes())
    assert list(bob) == ["user", "earned", "last", "check"]
    assert bob == {"user": "bob", "earned": 15, "last": 5, "check": bob["check"]}
    del bob["check"]
    assert bob in newest.says["wallets"]


def test_small_files_check_themselves_and_are_one_line_of_a_size_that_comes_in_steps(bank, folder):
    for name in ("wallets/bob.json", "head.json"):
        data = (folder / name).read_bytes()
        assert len(data) % 64 == 0
        assert data.endswith(b"\n")
        assert data.count(b"\n") == 1
        body, check = data.rstrip().rsplit(b',"check":"', 1)
        assert check == hashlib.sha256(body).hexdigest()[:16].encode() + b'"}'


@pytest.mark.parametrize("lines_max", [1, 2, 1000])
def test_wallet_files_equal_the_wallets(folder, lines_max):
    bank = bank_at(folder, lines_max=lines_max)
    bank.create_wallets("alice", "bob", name="A 💃 name")
    bank.recharge("alice", 500)
    bank.gift("alice", "bob", "sun cream")
    bank.start_live("bob")
    for wallet in bank.read.wallets():
        filed = json.loads((folder / f"wallets/{wallet.user}.json").read_bytes())
        live = wallet.live_since and wallet.live_since.isoformat().replace("+00:00", "Z")
        fields = {name: getattr(wallet, name) for name in wallet.__struct_fields__}
        shown = {name: of for name, of in {**fields, "live_since": live}.items() if of}
        assert {name: of for name, of in filed.items() if name != "check"} == shown


def test_head_json_names_the_newest_line(bank, folder):
    head = json.loads((folder / "head.json").read_bytes())
    assert head == {
        "seq": 5,
        "head": lines(folder)[-1].hash,
        "segment": 1,
        "boot": "the first boot",
        "check": head["check"],
    }


def test_files_end_with_a_newline_so_that_cat_shows_them_well(sealed_bank, folder):
    texts = {n: data for n, data in contents(folder).items() if n[-3:] not in ("run", "ces")}
    assert len(texts) == 9
    assert all(data.endswith(b"\n") for data in texts.values() if data)


def test_nothing_temporary_is_left(sealed_bank, folder):
    assert not [name for name in contents(folder) if ".new" in name]


# -- the journal ---------------------------------------------------------------------------------


def test_a_line_is_compact_json_with_these_fields(bank, folder):
    opened, *_, recharged, gift, last = lines(folder)
    assert (
        recharged.raw.decode()
        == json.dumps({**recharged.says, "hash": recharged.hash}, separators=(",", ":")) + "\n"
    )
    assert recharged.says == {
        "seq": 3,
        "at": "2026-01-05T09:00:03Z",
        "request": {"op": "recharge", "key": "lesson-1", "user": "alice", "pack": "500"},
        "moves": [
            ["world/card/alice", "platform/cash", 649],
            ["platform/issued", "alice/coins", 500],
        ],
        "coins": 500,
        "usd_cents": 649,
        "wallets": [{"user": "alice", "coins": 500, "last": 3}],
        "before": [1],
        "lines": 1,
    }
    assert gift.says == {
        "seq": 4,
        "at": "2026-01-05T09:00:04Z",
        "request": {
            "op": "gift",
            "from": "alice",
            "to": "bob",
            "gift": "panda",
            "message": "hello",
        },
        "moves": [["alice/coins", "bob/earned", 5]],
        "coins": 5,
        "earned": 5,
        "venue": "comments",
        "wallets": [
            {"user": "alice", "coins": 495, "last": 4},
            {"user": "bob", "earned": 5, "last": 4},
        ],
        "before": [3, 2],
        "lines": 1,
    }
    assert last.says["before"] == [4, 4]
    assert opened.says["request"] == {"op": "open", "user": "alice"}


def test_a_gift_that_is_named_otherwise_has_its_id_in_the_line(folder):
    names = {"panda": GiftKind("panda", "Tall panda", 5)}
    store = store_at(folder)
    rules = Rules(replace(CATALOG, gifts=names))
    request = giving("alice", "bob", gift_id("tall PANDA"))
    commit(store, opening("alice"), opening("bob"), recharging("alice"), request, rules=rules)
    says = lines(folder)[-1].says
    assert (says["request"]["gift"], says["gift"]) == ("tall-panda", "panda")


def test_an_ending_says_what_it_ends(bank, folder):
    bank.reverse(4, "the wrong one")
    says = lines(folder)[-1].says
    assert says["request"] == {"op": "reverse", "reverses": 4, "reason": "the wrong one"}
    assert says["moves"] == [["bob/earned", "alice/coins", 5]]
    assert says["about"] == {
        "op": "gift",
        "from": "alice",
        "to": "bob",
        "gift": "panda",
        "quantity": 1,
    }


def test_the_last_line_of_a_write_says_how_many_there_are(folder):
    store = store_at(folder)
    commit(store, opening("alice"))
    commit(store, opening("bob"), recharging("bob"), recharging("alice"))
    assert [line.says.get("lines") for line in lines(folder)] == [1, None, None, 3]


@pytest.mark.parametrize("lines_max", [1, 2, 3, 1000])
def test_the_chain_holds_when_it_is_computed_by_someone_else(folder, lines_max):
    bank = bank_at(folder, lines_max=lines_max)
    bank.create_wallets("alice", "bob")
    for n in range(7):
        bank.recharge("alice", 100, key=f"k{n} 💃")
        bank.gift("alice", "bob", "panda", message="“hi” \\ \x00")
    store_id = json.loads((folder / "store.json").read_bytes())["id"]
    seq, head = 0, genesis(store_id)
    for path in segments(folder):
        header, *rest = records(path)
        assert header.hash == hash_after(head, header.raw)
        assert (header.says["store"], header.says["prev"]) == (store_id, head)
        before = header.hash
        for line in rest:
            assert line.hash == hash_after(before, line.raw)
            assert line.says["seq"] == seq + 1
            seq, head, before = seq + 1, line.hash, line.hash
    assert seq == 16
    assert json.loads((folder / "head.json").read_bytes())["head"] == head
    assert bank.read.verify().head == head


def test_segments_are_named_by_their_first_seq_and_begin_with_where_the_journal_stood(folder):
    bank = bank_at(folder, lines_max=2)
    bank.create_wallets("alice")
    bank.create_wallets("bob", "carol", "dora")
    bank.recharge("alice", 500)
    bank.gift("alice", "bob", "rainbow puke")
    bank.recharge("bob", 100)
    assert [path.name for path in segments(folder)] == [
        "000000000001.jsonl",
        "000000000005.jsonl",
        "000000000007.jsonl",
    ]
    first, second, third = (records(path) for path in segments(folder))
    store_id = json.loads((folder / "store.json").read_bytes())["id"]
    prices = first[0].says["catalog"]
    assert prices["gifts"]["panda"]["coins"] == 5
    every = {"format": 2, "store": store_id, "catalog": prices}
    assert first[0].says == {
        **every,
        "first": 1,
        "prev": genesis(store_id),
        "at": None,
        "wallets": 0,
        "totals": {},
    }
    assert second[0].says == {
        **every,
        "first": 5,
        "prev": first[-1].hash,
        "at": first[-1].says["at"],
        "wallets": 4,
        "totals": {},
    }
    assert third[0].says == {
        **every,
        "first": 7,
        "prev": second[-1].hash,
        "at": second[-1].says["at"],
        "wallets": 4,
        "totals": {"platform/cash": 649, "platform/issued": -500},
    }


def test_sealed_segments_are_read_only_and_the_newest_is_not(sealed_bank, folder):
    *sealed, newest = segments(folder)
    assert [mode(path) for path in sealed] == [0o400, 0o400]
    assert mode(newest) == 0o600


def test_a_sealed_segment_never_changes(sealed_bank, folder):
    before = {path: path.read_bytes() for path in segments(folder)[:-1]}
    for n in range(5):
        sealed_bank.recharge("alice", 100, key=f"more {n}")
    assert len(segments(folder)) > 3
    assert {path: path.read_bytes() for path in before} == before


def test_a_segment_is_sealed_by_the_first_commit_that_finds_it_full(folder):
    store = store_at(folder, lines_max=2)
    commit(store, opening("alice"))
    commit(store, recharging("alice"))
    assert len(segments(folder)) == 1
    commit(store, recharging("alice"))
    assert len(segments(folder)) == 2
    assert [len(records(path)) for path in segments(folder)] == [3, 2]


def test_a_group_is_never_divided_between_segments(folder):
    store = store_at(folder, lines_max=2)
    commit(store, opening("alice"))
    commit(store, *[recharging("alice")] * 5)
    commit(store, *[recharging("alice")] * 3)
    assert [len(records(path)) for path in segments(folder)] == [7, 4]


def test_a_refused_request_may_seal_a_full_segment_but_adds_nothing(folder):
    store = store_at(folder, lines_max=1)
    commit(store, opening("alice"))
    before, told = lines(folder), everything(store)
    with pytest.raises(UnknownUser):
        commit(store, recharging("bob"))
    assert lines(folder) == before
    assert everything(store_at(folder)) == told


def test_other_prices_begin_another_segment(folder):
    dear = Rules(replace(CATALOG, coins_at_a_time_max=100))
    store = store_at(folder)
    commit(store, opening("alice"), rules=RULES)
    commit(store, recharging("alice"), rules=dear)
    commit(store, recharging("alice"), rules=dear)
    commit(store, recharging("alice"), rules=RULES)
    assert [len(records(path)) - 1 for path in segments(folder)] == [1, 2, 1]
    most = [records(path)[0].says["catalog"]["coins_at_a_time_max"] for path in segments(folder)]
    assert most == [10_000, 100, 10_000]
    with store.reading() as view:
        assert [entry.catalog.coins_at_a_time_max for entry in view.entries()] == [
            10_000,
            100,
            100,
            10_000,
        ]
    assert store.audit().findings == ()


def test_other_prices_give_a_segment_without_lines_a_new_header(folder):
    store = store_at(folder)
    commit(store, rules=RULES)
    others = Rules(replace(CATALOG, coins_at_a_time_max=100))
    with pytest.raises(UnknownUser):
        commit(store, recharging("alice"), rules=others)
    (path,) = segments(folder)
    (header,) = records(path)
    assert header.says["catalog"]["coins_at_a_time_max"] == 10_000
    commit(store, opening("alice"), rules=others)
    assert segments(folder) == [path]
    header, _ = records(path)
    assert header.says["catalog"]["coins_at_a_time_max"] == 100
    assert store.audit().findings == ()


@pytest.mark.parametrize("lines_max", [1, 2, 3, 1000])
def test_numbers_lead_to_the_lines_they_name(folder, lines_max):
    store = store_at(folder, lines_max=lines_max)
    commit(store, opening("alice"), opening("bob"))
    commit(store, recharging("alice", "500"))
    for n in range(4):
        commit(store, giving("alice", "bob", message="💃" * (n + 1)), recharging("bob"))
    newest = {}
    for record in lines(folder):
        users = [wallet["user"] for wallet in record.says["wallets"]]
        assert record.says["before"] == [newest.get(user, 0) for user in users]
        assert all(wallet["last"] == record.says["seq"] for wallet in record.says["wallets"])
        newest.update(dict.fromkeys(users, record.says["seq"]))
    for user in ("alice", "bob"):
        assert json.loads((folder / f"wallets/{user}.json").read_bytes())["last"] == newest[user]


# -- the key index -------------------------------------------------------------------------------


def test_the_index_holds_keys_and_the_newest_line_of_each_wallet(sealed_bank, folder):
    store_id = json.loads((folder / "store.json").read_bytes())["id"]
    assert sorted(index_entries(folder)) == sorted(
        [
            (digest_of(store_id, "wallet\nalice"), 1),
            (digest_of(store_id, "wallet\nbob"), 2),
            (digest_of(store_id, "wallet\nalice"), 4),
            (digest_of(store_id, "wallet\nbob"), 4),
            (digest_of(store_id, "lesson-1"), 3),
        ]
    )


def test_the_newest_segment_needs_no_key_index(bank, folder):
    assert index_entries(folder) == []
    assert bank.recharge("alice", 500, key="lesson-1").replayed


def test_names_of_files_are_these():
    assert layout.segment_file(42) == "journal/000000000042.jsonl"
    assert layout.wallet_file("con.x") == "wallets/con.x.json"
    assert layout.temporary_of("wallets/alice.json") == "wallets/.alice.json.new"
    assert layout.temporary_of("head.json") == ".head.json.new"
    assert layout.run_file(42) == "keys/000000000042.run"
    assert layout.is_ours("journal")
    assert layout.is_ours(".head.json.new")
    assert not layout.is_ours("thesis.tex")
    assert not layout.is_ours(".bashrc")


def test_a_commit_in_a_small_segment_lists_no_folder_that_grows(folder):
    class Unlistable(QuickDisk):
        def names(self, folder):
            assert folder == "keys", folder
            return self._disk.names(folder)

    commit(store_at(folder, lines_max=2), opening("alice"), opening("bob"))
    store = store_at(folder, lines_max=2, disk=Unlistable(folder))
    for n in range(5):
        commit(store, recharging("alice", key=f"k{n}"))
        commit(store, recharging("bob", key=f"k{n} of bob"))
    with store.reading() as view:
        assert len(list(view.history("alice"))) == 6
    assert store.commit([giving("alice", "bob")], RULES, START, dry_run=True)
