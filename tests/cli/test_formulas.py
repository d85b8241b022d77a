"""Tables in a pipe: whatever somebody wrote, no cell of them is a formula to a spreadsheet."""

import re
from pathlib import Path

import pytest

from coins_cli.cli.session import cell_field
from coins_cli.opening import open_bank
from tests.cli.conftest import DEFAULT_CATALOG
from tests.cli.runner import coins, command_paths, typed
from tests.cli.test_json import ANSWERS, BEFORE
from tests.exports.histories import TEXTS
from tests.exports.test_spreadsheet import FORMULA, NUMBER

CALL = '=HYPERLINK("http://example.com";"look")'
WRITTEN = {
    "cat.mp4": "'=cat.mp4'",
    "dance.mp4": "'@dance;-1'",
    "Bravo": "+1",
    "cats": "'-cats'",
    "Songs": "'=Songs'",
    "mistyped": "'=oops'",
    "'bought twice'": "'a;=1'",
    "frank@example.com": "'+x;=1@example.com'",
}
"""The free texts of the table of answers, and formulas in their place."""
TABLES = {
    "history",
    "wallet list",
    "wallet show",
    "live list",
    "payout list",
    "payout show",
    "promotion list",
    "promotion show",
    "class list",
    "catalog gifts",
}
"""The commands whose tables show what somebody wrote."""


def with_formulas(line):
    for plain, formula in WRITTEN.items():
        line = line.replace(plain, formula)
    return line


@pytest.fixture
def store(tmp_path, monkeypatch):
    """The economy of the table of answers, in which all names, titles and notes are formulas."""
    catalog = tmp_path / "prices.toml"
    prices = DEFAULT_CATALOG.read_text(encoding="utf-8")
    prices = prices.replace('name = "Panda"', 'name = "=Panda"')
    catalog.write_text(prices, encoding="utf-8")
    monkeypatch.setenv("COINS_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("COINS_CATALOG", str(catalog))
    monkeypatch.chdir(tmp_path)
    bank = open_bank(tmp_path / "store", catalog=catalog)
    for user in ("alice", "bob", "carol", "erin", "frank"):
        bank.create_wallets(user, name=CALL)
    bank.create_wallets("dora", name="Dora;=1+1")
    bank.recharge("alice", 10_000)
    bank.gift("alice", "bob", "drama queen")
    for _ in range(3):
        bank.recharge("alice", 10_000)
        bank.gift("alice", "frank", "drama queen", quantity=2)
    bank.recharge("carol", 100)
    bank.recharge("dora", 2000)
    bank.start_live("erin", title="-1")
    Path("roster.csv").write_text(f"handle,name,team\nmia,Mia M.,=1+1\nyan,'{CALL}',+1\n")
    Path("one.jsonl").write_text('{"op": "recharge", "user": "alice", "pack": 100}')
    typed("backup kept.tar.gz").said()
    return tmp_path / "store"


def cells_of(said):
    return [cell for line in said.splitlines() if "\t" in line for cell in line.split("\t")]


@pytest.mark.parametrize("command", [" ".join(path) for path, _ in command_paths()])
def test_no_command_writes_a_formula_into_a_cell(store, command):
    for line in BEFORE.get(command, []):
        typed(with_formulas(line)).said()
    if command in ("class list", "promotion list"):
        typed("class import roster.csv").said()
    ran = typed(with_formulas(ANSWERS[command][0]))
    assert ran.code == 0, ran.err
    cells = cells_of(ran.out)
    assert [one for one in cells if FORMULA.match(one) and not NUMBER.fullmatch(one)] == []
    assert not any(re.search(r";[\s\"']*[=+\-@]", one) for one in cells)
    if command in TABLES:
        assert any(one.startswith("'") or "\\x3b" in one for one in cells), ran.out


def test_the_names_and_notes_of_a_class_are_no_formulas(store):
    typed("class import roster.csv").said()
    rows = [line.split("\t") for line in typed("class list").said().splitlines()]
    notes = {row[0]: row[1:3] for row in rows}
    assert notes["mia"] == ["Mia M.", "team: =1+1"]
    assert notes["yan"][0].startswith("'")


@pytest.mark.parametrize("text", TEXTS)
def test_no_text_in_a_cell_is_a_formula_or_more_than_a_cell(text):
    written = cell_field(text)
    assert not FORMULA.match(written)
    assert written.isprintable()
    assert not re.search(r";[\s\"']*[=+\-@]", written)


def test_numbers_and_plain_words_stay_as_they_are():
    assert [cell_field(one) for one in (-5, 0, None, "it's 3-1=2", "a; b", "Zoé 🎁")] == [
        "-5", "0", "", "it's 3-1=2", "a; b", "Zoé 🎁",
    ]  # fmt: skip


def test_on_a_terminal_a_text_is_shown_as_it_was_written(store):
    coins("wallet", "create", "zoe", "--name", "=1+1").said()
    assert "'=1+1" in typed("wallet show zoe").said()
    assert "'=1+1" not in typed("wallet show zoe", columns=100).said()
    assert typed("wallet show zoe", "--json").json()["name"] == "=1+1"
