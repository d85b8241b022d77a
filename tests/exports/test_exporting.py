"""What is written of a journal, and what comes in meanwhile."""

import json
from datetime import timedelta

import pytest

from coins_cli.errors import InvalidChoice, NoStore, StoreDamaged
from coins_cli.exports import exporting
from coins_cli.exports.exporting import Export, Selection, entries_until_now
from coins_cli.exports.formats import FORMATS
from coins_cli.model.periods import Period
from coins_cli.store.memory import MemoryStore
from tests.exports.histories import exported, nasty
from tests.store.economies import START, bank_at, commit, giving, opening, recharging, store_at


@pytest.fixture(params=["json", "memory"])
def store(request, tmp_path):
    """A minute between each two of its seven transactions, and three of them in each segment."""
    made = store_at(tmp_path / "store", lines_max=3) if request.param == "json" else MemoryStore()
    asked = [opening("ann"), opening("bob"), opening("cy"), recharging("ann"), recharging("cy")]
    for minutes, intent in enumerate([*asked, giving("ann", "bob"), giving("cy", "ann")]):
        commit(made, intent, at=START + timedelta(minutes=minutes))
    return made


def numbers(store, selection=None):
    return [json.loads(line)["seq"] for line in exported(store, "jsonl", selection).splitlines()]


def at(minutes):
    return START + timedelta(minutes=minutes)


def test_all_transactions_come_in_order_and_are_counted(store):
    assert numbers(store) == [1, 2, 3, 4, 5, 6, 7]
    one = Export(store, "csv", Selection())
    assert one.transactions == 0
    list(one.chunks())
    assert one.transactions == 7


@pytest.mark.parametrize(
    ("since", "until", "found"),
    [
        (at(3), None, [4, 5, 6, 7]),
        (None, at(1), [1, 2]),
        (at(2), at(4), [3, 4, 5]),
        (at(2.5), at(2.7), []),
        (at(9), None, []),
    ],
)
def test_a_period_has_both_its_ends(store, since, until, found):
    assert numbers(store, Selection(Period(since, until))) == found


def test_a_users_part_is_what_touched_the_wallet(store):
    assert numbers(store, Selection(user="ann")) == [1, 4, 6, 7]
    assert numbers(store, Selection(Period(since=at(5)), "cy")) == [7]


def test_the_end_of_a_reversal_and_a_payout_touches_who_it_was_about():
    store = nasty()
    reversals = numbers(store, Selection(user="a_b"))
    whole = [json.loads(line) for line in exported(store, "jsonl").splitlines()]
    about = [one["seq"] for one in whole if "a_b" in one["balances"]]
    assert reversals == about
    assert {"reverse", "payout_settle"} <= {one["op"] for one in whole if one["seq"] in about}


@pytest.mark.parametrize("name", ["CSV", "", "xlsx", "ledger "])
def test_what_is_no_format_is_refused(name):
    with pytest.raises(InvalidChoice, match="--format cannot be"):
        Export(MemoryStore(), name, Selection())


def test_without_a_store_there_is_nothing_to_export(tmp_path):
    with pytest.raises(NoStore):
        list(Export(store_at(tmp_path / "none"), "csv", Selection()).chunks())


def test_others_can_write_meanwhile_and_that_is_not_in_it(store, monkeypatch):
    monkeypatch.setattr(exporting, "CHUNK_CHARACTERS", 1)
    chunks = Export(store, "csv", Selection()).chunks()
    written = [next(chunks)]
    commit(store, opening("dora"), at=at(60))
    written += chunks
    assert "dora" not in "".join(written)
    assert len(written) == 7
    assert numbers(store)[-1] == 8


def test_chunks_are_whole_lines_and_together_the_same(store, monkeypatch):
    for name in FORMATS:
        whole = exported(store, name)
        with monkeypatch.context() as patch:
            patch.setattr(exporting, "CHUNK_CHARACTERS", 1)
            chunks = list(Export(store, name, Selection()).chunks())
        assert len(chunks) >= 7
        assert all(chunk.endswith("\n") for chunk in chunks)
        assert "".join(chunks) == whole


def test_progress_is_told_part_by_part(tmp_path):
    store = store_at(tmp_path / "store", lines_max=3)
    for user in ("ann", "bob", "cy", "dora", "ed", "fay", "gil"):
        commit(store, opening(user))
    told = []
    list(Export(store, "csv", Selection()).chunks(lambda done, of: told.append((done, of))))
    assert told == [(3, 7), (6, 7), (7, 7)]


def test_a_journal_that_gets_shorter_meanwhile_is_not_waited_for():
    class Shrunk(MemoryStore):
        def follow(self, after):
            return MemoryStore().follow(after)

    store = Shrunk()
    commit(store, opening("ann"))
    with pytest.raises(StoreDamaged):
        list(entries_until_now(store))


def test_nothing_is_changed_by_exporting(tmp_path):
    bank = bank_at(tmp_path / "store")
    bank.create_wallets("ann")
    for name in ("csv", "hledger"):
        exported(bank.store, name)
    assert bank.read.verify().findings == ()
