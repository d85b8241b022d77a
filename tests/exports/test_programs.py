"""What hledger, ledger and beancount make of the exports: the same balances as ours."""

import csv
import json

import pytest
from hypothesis import given, settings

from coins_cli.exports.escaping import unescaped
from coins_cli.exports.exporting import Selection
from coins_cli.model.operations.open_wallet import Open
from coins_cli.model.operations.recharge import Recharge
from coins_cli.model.receipts import receipt_of
from coins_cli.store.memory import MemoryStore
from tests.exports.histories import (
    KEYS,
    TEXTS,
    History,
    balances,
    exported,
    histories,
    made,
    nasty,
)
from tests.exports.programs import balances_by, is_taken, program, said

BOOKS = ("hledger", "ledger", "beancount")


@pytest.fixture(scope="module")
def nasty_store():
    return nasty()


@pytest.fixture
def write(tmp_path):
    """Writes an export, or another text, into a file for a program."""

    def written(store, format_name, selection=None, *, change=str):
        file = tmp_path / f"export.{format_name}"
        text = change(exported(store, format_name, selection))
        file.write_text(text, encoding="utf-8", newline="")
        return file

    return written


@pytest.mark.parametrize("name", BOOKS)
def test_their_balances_are_ours_for_random_histories(name, tmp_path_factory):
    program("bean-check" if name == "beancount" else name)
    file = tmp_path_factory.mktemp(name) / "export"

    @settings(max_examples=8, deadline=None, derandomize=True)
    @given(histories())
    def check(history):
        store = made(history)
        file.write_text(exported(store, name), encoding="utf-8")
        assert balances_by(name, file) == {
            one: held for one, held in balances(store).items() if held
        }

    check()


@pytest.mark.parametrize("name", BOOKS)
def test_their_balances_are_ours_whatever_people_are_called_and_write(name, nasty_store, write):
    ours = balances(nasty_store)
    assert len(ours) > 80
    assert {asset for _, asset in ours} == {"COIN", "DIAMOND", "USD"}
    assert balances_by(name, write(nasty_store, name)) == {
        one: held for one, held in ours.items() if held
    }


@pytest.mark.parametrize("name", BOOKS)
def test_an_empty_economy_is_taken(name, write):
    assert is_taken(name, write(MemoryStore(), name))


@pytest.mark.parametrize("name", BOOKS)
def test_a_part_of_a_history_is_taken_and_no_balance_asserted(name, nasty_store, write):
    file = write(nasty_store, name, Selection(user="a_b"))
    assert is_taken(name, file)
    text = file.read_text(encoding="utf-8")
    assert "balance" not in text
    assert text.count("reverse") < exported(nasty_store, name).count("reverse")


@pytest.mark.parametrize("name", BOOKS)
def test_they_find_it_when_a_transaction_is_missing(name, nasty_store, write):
    """Every balance is asserted at the end, so a file that was cut or changed is noticed."""

    def without_a_gift(text):
        blocks = text.split("\n\n")
        at = next(at for at, block in enumerate(blocks) if "gift ab to a..b" in block)
        declared = [line for line in blocks[at].splitlines() if line.startswith("account ")]
        opened = [line for line in blocks[at].splitlines() if " open " in line]
        return "\n\n".join([*blocks[:at], "\n".join(declared + opened), *blocks[at + 1 :]])

    assert is_taken(name, write(nasty_store, name))
    assert not is_taken(name, write(nasty_store, name, change=without_a_gift))


@pytest.mark.parametrize("name", BOOKS)
def test_they_find_it_when_an_amount_is_another(name, nasty_store, write):
    def changed(text):
        assert text.count("  10000 COIN\n") > 1
        return text.replace("  10000 COIN\n", "  10001 COIN\n", 1)

    assert not is_taken(name, write(nasty_store, name, change=changed))


# -- what else stands there ------------------------------------------------------------------------


def told_by_hledger(file):
    printed = json.loads(said("hledger", "print", "-O", "json", "-f", file))
    for one in printed:
        yield int(one["tcode"] or 0), dict(one["ttags"])


def told_by_ledger(file):
    names = ("op", "user", "text", "note", "video", "key", "head")
    layout = "\\n".join(f'{name}\\t%(tag("{name}"))' for name in names)
    table = said(
        "ledger", "--args-only", "-f", file, "register", "--format", f"code\\t%(code)\\n{layout}\\n"
    )
    for block in table.split("code\t")[1:]:
        code, *lines = block.splitlines()
        yield (
            int(code or 0),
            {name: value for name, value in (line.split("\t", 1) for line in lines) if value},
        )


def told_by_beancount(file):
    names = ("op", "user", "text", "note", "video", "key", "head")
    columns = ", ".join(f"entry_meta('{name}') AS {name}_" for name in names)
    table = said(
        "bean-query",
        "--no-errors",
        "--format",
        "csv",
        file,
        f"SELECT entry_meta('seq') AS s, {columns}",
    )
    for seq, *values in list(csv.reader(table.splitlines()))[1:]:
        yield (
            int(seq),
            {
                name: value.rstrip()
                for name, value in zip(names, values, strict=True)
                if value.strip()
            },
        )


TOLD = {"hledger": told_by_hledger, "ledger": told_by_ledger, "beancount": told_by_beancount}


@pytest.mark.parametrize("name", BOOKS)
def test_every_text_reaches_them_as_it_is_and_does_nothing_there(name, nasty_store, write):
    program("bean-query" if name == "beancount" else name)
    told = dict(TOLD[name](write(nasty_store, name)))
    found = set()
    for entry in nasty_store.entries():
        if not entry.transaction.postings:
            continue
        receipt = receipt_of(entry).to_json()
        tags = told[entry.seq]
        assert tags["op"] == receipt["op"]
        assert tags["head"] == entry.head
        text = receipt.get("message") or receipt.get("reason")
        found.add(text)
        assert unescaped(tags.get("text", "")).strip(" ") == (text or "").strip(" ")
        video = {**receipt.get("reversed", {}), **receipt}.get("video") or ""
        assert unescaped(tags.get("video", "")).strip(" ") == video.strip(" ")
        assert unescaped(tags.get("key", "")) == (entry.key or "")
    assert found >= set(TEXTS)
    assert {unescaped(tags["key"]) for tags in told.values() if "key" in tags} == set(KEYS)


def days_by_hledger(file):
    for one in json.loads(said("hledger", "print", "-O", "json", "-f", file)):
        others = [one["tdate2"], *(posting["pdate"] for posting in one["tpostings"])]
        assert set(others) == {None}
        yield int(one["tcode"] or 0), one["tdate"]


def days_by_ledger(file):
    layout = "%(code)\\t%(format_date(date, '%Y-%m-%d'))\\t%(aux_date)\\n"
    command = ("ledger", "--args-only", "-f", file, "register", "--format", layout)
    for line in said(*command).splitlines():
        code, day, other = line.split("\t")
        assert other == ""
        yield int(code or 0), day


@pytest.mark.parametrize(
    ("name", "days_by"), [("hledger", days_by_hledger), ("ledger", days_by_ledger)]
)
def test_no_text_moves_a_transaction_to_another_day(name, days_by, nasty_store, write):
    days = dict(days_by(write(nasty_store, name)))
    assert len(days) > 100
    for entry in nasty_store.entries():
        if entry.transaction.postings:
            assert days[entry.seq] == entry.transaction.at.date().isoformat()


def test_a_long_note_is_on_lines_that_ledger_can_read(write):
    note = "\U000e0001" * 500
    store = made(History([(Open("al", "n" * 50, note), 0), (Recharge("al", "100"), 1)]))
    file = write(store, "ledger")
    assert is_taken("ledger", file)
    lines = file.read_text(encoding="utf-8").splitlines()
    assert max(len(line.encode()) for line in lines) < 4_096
    noted = [line.removeprefix("; note: ") for line in lines if line.startswith("; note: ")]
    assert len(noted) == 2
    assert unescaped("".join(noted)) == note
