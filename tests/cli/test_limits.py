"""Long lists: 20 rows at a terminal unless it is said, all of them in a pipe and in JSON."""

import re

import pytest

from coins_cli.cli.app import root
from coins_cli.cli.limits import ROWS_AT_TERMINAL
from coins_cli.opening import open_bank
from tests.cli.runner import coins, command_paths, terminal, typed

MANY = 23
FILLED_IN = {
    "USER": "alice",
    "CREATOR": "bob",
    "ID": "1",
    "N": "1",
    "GIFT": "panda",
    "X": "5",
    "D": "1",
}
"""What the arguments of a command are given."""
LISTS = {
    "wallet list": ("wallet list", "wallets"),
    "class list": ("class list", "class"),
    "live list": ("live list", "lives"),
    "payout list": ("payout list", "payouts"),
    "promotion list": ("promotion list", "promotions"),
    "history": ("history alice", "transactions"),
    "top": ("top bob", "supporters"),
    "top --givers": ("top --givers", "givers"),
    "top --creators": ("top --creators", "creators"),
    "top --live": ("top bob --live", "supporters"),
    "report --trace": ("report --trace given", "transactions"),
}
"""A line for each list that can be long, and its name in JSON."""
NO_LISTS = {
    "batch",
    "catalog show",
    "help",
    "completion",
    "demo",
    "live watch",
    "class import",
    "restore",
    "backup",
}
"""What prints a document, a stream, or the plan of what it will do."""
MORE = re.compile(r"^There are (?:(\d+) )?more: --limit all shows all of them\.$", re.MULTILINE)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A store with many of everything that can be many."""
    folder = tmp_path_factory.mktemp("many") / "store"
    bank = open_bank(folder)
    users = [f"u{number:02}" for number in range(MANY)]
    bank.create_wallets("alice", "bob", *users)
    for _ in range(2):
        bank.recharge("alice", 10_000)
    for user in users:
        bank.recharge(user, 100)
        bank.gift("alice", user, "panda")
        bank.start_live(user)
    bank.start_live("bob")
    for user in users:
        bank.gift(user, "bob", "panda")
    for _ in range(MANY):
        bank.promote("alice", "cat.mp4", days=1)
    bank.recharge("alice", 10_000)
    for _ in range(MANY):
        bank.recharge("alice", 10_000)
        bank.gift("alice", "bob", "drama queen", quantity=2)
        bank.cash_out("bob", "bob@example.com", coins=10_000, pending=True)
    return folder


@pytest.fixture
def many(made, monkeypatch):
    monkeypatch.setenv("COINS_STORE", str(made))


def rows_at_terminal(said):
    """The rows of a table that is drawn, below the line under its heading."""
    _, _, below = said.partition("─\n")
    return [line for line in below.partition("\n\n")[0].splitlines() if line.strip()]


def command_of(path):
    command = root()
    for word in path:
        command = command.commands[word]
    return command


def filled(path):
    """A line for a command, with what it needs filled in; `None` if that is not known here."""
    command, words = command_of(path), [*path]
    for one in command.params:
        if one.required and one.metavar not in FILLED_IN:
            return None
        if one.required:
            is_option = one.param_type_name == "option"
            words += [one.opts[0]] * is_option + [FILLED_IN[one.metavar]]
    has_dry_run = any("--dry-run" in one.opts for one in command.params)
    return [*words, *["--dry-run"] * has_dry_run]


def takes_limit(path):
    return any("--limit" in one.opts for one in command_of(path).params)


@pytest.mark.parametrize("path", [path for path, _ in command_paths()], ids=" ".join)
def test_whatever_prints_more_rows_than_a_screen_takes_a_limit(many, path):
    line = filled(path)
    if line is None or " ".join(path) in NO_LISTS:
        return
    rows = [row for row in coins(*line).out.splitlines() if "\t" in row]
    assert len(rows) <= ROWS_AT_TERMINAL or takes_limit(path)


def test_every_command_that_takes_a_limit_is_tried_here():
    taking = {" ".join(path) for path, _ in command_paths() if takes_limit(path)}
    assert taking == {line.partition(" --")[0] for line in LISTS}


@pytest.mark.parametrize("name", LISTS)
def test_a_list_is_whole_in_a_pipe_and_in_json(many, name):
    line, field = LISTS[name]
    rows = typed(line).said().splitlines()
    assert len(rows) >= MANY
    assert len(typed(line, "--json").json()[field]) == len(rows)
    assert len(typed(line, "--json", columns=80).json()[field]) == len(rows)


@pytest.mark.parametrize("name", LISTS)
def test_at_a_terminal_it_ends_after_twenty_rows_and_says_how_many_more_there_are(many, name):
    line, _ = LISTS[name]
    count = len(typed(line).said().splitlines())
    said = typed(line, columns=120).said()
    assert len(rows_at_terminal(said)) == ROWS_AT_TERMINAL
    (more,) = MORE.findall(said)
    assert more == ("" if name == "history" else str(count - ROWS_AT_TERMINAL))


@pytest.mark.parametrize("name", LISTS)
def test_with_a_limit_it_is_as_long_as_was_said_everywhere(many, name):
    line, field = LISTS[name]
    whole = typed(line).said().splitlines()
    assert typed(line, "--limit", "3").said().splitlines() == whole[:3]
    assert len(typed(line, "--limit", "3", "--json").json()[field]) == 3
    assert len(rows_at_terminal(typed(line, "--limit", "3", columns=120).said())) == 3
    everything = typed(line, "--limit", "ALL", columns=120).said()
    assert len(rows_at_terminal(everything)) == len(whole)
    assert not MORE.search(everything)
    exactly = typed(line, "--limit", str(len(whole)), columns=120).said()
    assert not MORE.search(exactly)


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("limit", ["0", "-1", "1.5", "many", ""])
def test_a_limit_that_is_no_number_is_refused(many, name, limit):
    refusal = coins(*LISTS[name][0].split(), f"--limit={limit}", "--json").refusal()
    assert refusal["exit"] == 2


def test_both_ladders_have_the_same_limit(many):
    assert [len(rows) for rows in typed("top --limit 2 --json").json().values() if rows != 1] == [
        2,
        2,
    ]
    rows = [row.split("\t")[0] for row in typed("top --limit 2").said().splitlines()]
    assert rows == ["creators", "creators", "givers", "givers"]
    assert len(MORE.findall(typed("top", columns=120).said())) == 2


def test_a_limit_without_a_list_is_refused(many):
    refusal = typed("report --limit 3 --json").refusal()
    assert (refusal["code"], refusal["exit"]) == ("usage", 2)


def test_a_short_list_says_nothing_of_more(untouched):
    assert not MORE.search(typed("wallet list", columns=80).said())


def test_a_real_terminal_gets_the_same(many):
    assert MORE.search(terminal("wallet", "list").out)
