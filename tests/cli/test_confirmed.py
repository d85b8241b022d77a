"""What is done is what was confirmed, whatever others do between the question and the answer."""

import ast
import json
from pathlib import Path

import pytest

from coins_cli.cli import asking
from coins_cli.cli.app import root
from coins_cli.model.receipts import receipt_of
from coins_cli.opening import open_bank
from tests.cli.conftest import DEFAULT_CATALOG
from tests.cli.runner import (
    CTRL_C,
    CTRL_D,
    coins,
    command_paths,
    contents,
    process,
    terminal,
    typed,
)

CLI = Path(asking.__file__).parent
PAYOUT, BOUGHT = "22", "14"
"""A payout that dora has asked for, and the transaction by which frank bought 500 coins."""
ROSTER = "handle,name\nmia,Mia M.\nnoah,Noah N.\nfrank,\n"
ASKING = {
    "recharge": ("recharge", "alice", "--key", "friday"),
    "cashout": ("cashout", "frank", "--paypal", "frank@example.com", "--key", "friday"),
    "payout settle": ("payout", "settle", PAYOUT, "--key", "friday"),
    "payout return": ("payout", "return", PAYOUT, "--reason", "late", "--key", "friday"),
    "undo": ("undo", "--user", "alice", "--key", "friday"),
    "reverse": ("reverse", BOUGHT, "--reason", "bought twice", "--key", "friday"),
    "class import": ("class", "import", "roster.csv", "--recharge", "500"),
}
"""A line for each command that asks."""
TOLD = {
    "recharge": ("recharge", "alice", "500", "--key", "friday"),
    "undo": ("reverse", "13", "--reason", "undone", "--key", "friday"),
}
"""The same where nothing need be asked, if that is another line."""
CHOICES = {"recharge": [("Which pack:", "500\r")]}
"""What else a command asks before it asks to confirm."""
SURE = "[y/N]:"


def commands_that_ask():
    """The words of every registered command that can be told not to ask."""
    top = root()
    for path, _ in command_paths():
        command = top
        for word in path:
            command = command.commands[word]
        if any("--yes" in one.opts for one in command.params):
            yield " ".join(path)


def dearer(text):
    """The catalog with other prices, rates and packs."""
    for old, new in (
        ("usd = 6.49", "usd = 7.49"),
        ("usd_per_diamond = 0.01", "usd_per_diamond = 0.02"),
    ):
        assert old in text
        text = text.replace(old, new)
    return text


def edit_catalog(store):
    """Give the store dearer prices than it had."""
    (store / "catalog.toml").write_text(dearer(DEFAULT_CATALOG.read_text()))


def edit_roster(store):
    """Let the roster have one more row, and another name."""
    Path("roster.csv").write_text(ROSTER.replace("Mia M.", "Mia N.") + "zoe,Zoe Z.\n")


def line(text):
    """Something that somebody else types."""
    return lambda _: typed(text).said()


def bring_in(rows):
    """Another roster that somebody else brings in."""
    Path("others.csv").write_text(rows)
    typed("class import others.csv --recharge 500 --yes").said()


def nothing(_):
    """Nobody does anything."""


MEANWHILE = {
    "nothing happens": nothing,
    "a gift arrives": line("gift dora frank panda --quantity 100"),
    "a gift is sent": line("gift frank bob panda"),
    "all that was earned is cashed out": line("cashout frank --paypal other@example.com"),
    "the catalog is edited": edit_catalog,
    "the catalog is spoilt": lambda store: (store / "catalog.toml").write_text("packs = 7"),
    "the payout is settled": line(f"payout settle {PAYOUT}"),
    "the payout is returned": line(f"payout return {PAYOUT} --reason late"),
    "the transaction is reversed": line(f"reverse {BOUGHT} --reason mistaken"),
    "the roster is edited": edit_roster,
    "one of the class opens a wallet": line("wallet create mia"),
    "one of the class is brought in": lambda _: bring_in("handle,name\nmia,Mia M.\n"),
    "the class is brought in": lambda _: bring_in(ROSTER),
    "the clock is moved": line("clock advance 3d"),
    "the same is done by somebody else": None,
}
"""What others may do meanwhile; the last is the command itself, where nobody is asked."""


@pytest.fixture
def room(store, tmp_path, monkeypatch):
    """The economy, with a pending payout of dora's, and a folder with a roster to work in."""
    for text in (
        "recharge frank 5000",
        "gift frank dora 'drama queen'",
        "recharge frank 5000",
        "gift frank dora 'drama queen'",
        "cashout dora --paypal dora@example.com --pending",
    ):
        typed(text).said()
    folder = tmp_path / "room"
    folder.mkdir()
    for name in ("roster.csv", "as-it-was.csv"):
        (folder / name).write_text(ROSTER)
    monkeypatch.chdir(folder)
    return store


def figures_of(receipt):
    """What somebody agrees to: the request, what it comes to, and the prices and rates."""
    mine = {"seq", "at", "head", "dry_run", "balances"}
    return {name: value for name, value in receipt.items() if name not in mine}


def figures_now(path):
    """What the command would do now, or the exit code of its refusal."""
    words = [word.replace("roster.csv", "as-it-was.csv") for word in TOLD.get(path, ASKING[path])]
    ran = coins(*words, "--dry-run", "--json", "--quiet")
    if ran.code:
        return ran.code
    answer = ran.json()
    return [figures_of(one) for one in answer.get("receipts", [answer]) if not one["replayed"]]


def figures_recorded(store, after):
    """What was recorded after a transaction."""
    with open_bank(store, catalog=DEFAULT_CATALOG).store.reading() as view:
        entries = list(view.entries(after))
    return [
        figures_of(json.loads(json.dumps(receipt_of(one).to_json(), default=str)))
        for one in entries
    ]


def newest(store):
    """The number of the newest transaction."""
    with open_bank(store, catalog=DEFAULT_CATALOG).store.reading() as view:
        return view.seq


def test_the_commands_that_ask_are_those_that_are_tried_here():
    assert sorted(commands_that_ask()) == sorted(ASKING)


def test_nothing_is_asked_but_in_one_place_and_confirmed_but_with_what_was_shown():
    for file in CLI.rglob("*.py"):
        called = {
            node.func.id
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }
        imported = "import confirm" in file.read_text(encoding="utf-8")
        assert file.name == "asking.py" or not (called & {"input", "confirm"} or imported), file


@pytest.mark.parametrize("meanwhile", MEANWHILE)
@pytest.mark.parametrize("path", ASKING)
def test_what_is_recorded_is_what_was_shown_last(room, tried, path, meanwhile):
    figures, last = [figures_now(path)], []

    def then(happens):
        happens(room)
        figures.append(figures_now(path))
        last.append(newest(room))
        return "y\r"

    same = lambda _: coins(*TOLD.get(path, ASKING[path])).said()  # noqa: E731
    happens = MEANWHILE[meanwhile] or same
    choices = CHOICES.get(path, [])
    asked = [*choices, (SURE, lambda: then(happens)), *choices, (SURE, lambda: then(nothing))]
    ran = terminal(*ASKING[path], answers=asked, spare=len(choices) + 1)
    recorded = figures_recorded(room, last[-1])
    before, after = figures[:2]
    is_refused = isinstance(after, int)
    assert before
    assert "Traceback" not in ran.out
    assert ran.code == (after if is_refused else 0), ran.out
    assert recorded == ([] if is_refused else after), ran.out
    assert len(last) == (1 if is_refused or after in ([], before) else 2), ran.out
    tried("questions in whose midst somebody changed the economy", 1, "none paid otherwise")


def test_a_gift_that_arrives_before_the_answer_is_shown_and_asked_about_again(store):
    def answer():
        typed("gift dora frank panda --quantity 100").said()
        return "y\r"

    args = ("cashout", "frank", "--paypal", "frank@example.com")
    ran = terminal(*args, answers=[(SURE, answer), (SURE, "n\r")])
    assert ran.code == 130
    assert ran.out == (
        "10,000 earned coins of frank become 10,000 diamonds.\n"
        "Pay out $100.00 to frank@example.com? [y/N]: y\n"
        "Something has changed meanwhile, so nothing was done. Now it is:\n"
        "10,500 earned coins of frank become 10,500 diamonds.\n"
        "Pay out $105.00 to frank@example.com? [y/N]: n\n"
        "Stopped; nothing was changed.\n"
    )
    assert typed("balance frank --json").json()["earned"] == 10500


def test_a_pack_that_got_dearer_while_it_was_chosen_is_not_bought_even_with_yes(store):
    def answer():
        edit_catalog(store)
        return "500\r"

    which = CHOICES["recharge"][0][0]
    ran = terminal("recharge", "alice", "--yes", answers=[(which, answer), (which, "500\r")])
    assert ran.code == 0
    assert "500 coins     $6.49" in ran.out
    before, _, now = ran.out.partition("Something has changed meanwhile")
    assert "bought" not in before
    assert "500 coins     $7.49" in now
    assert "alice bought 500 coins for $7.49." in now


@pytest.mark.parametrize("answer", ["n\r", "\r", CTRL_C, CTRL_D], ids=["no", "enter", "^c", "^d"])
@pytest.mark.parametrize("path", ASKING)
def test_whoever_does_not_say_yes_changes_nothing(room, path, answer):
    before = contents(room)
    ran = terminal(*ASKING[path], answers=[*CHOICES.get(path, []), (SURE, answer)])
    assert (ran.code, ran.out.splitlines()[-1]) == (130, "Stopped; nothing was changed.")
    assert contents(room) == before


@pytest.mark.parametrize("path", ASKING)
def test_with_yes_nothing_is_confirmed_at_a_terminal(room, path):
    ran = terminal(*ASKING[path], "--yes", answers=CHOICES.get(path, []))
    assert ran.code == 0
    assert SURE not in ran.out


@pytest.mark.parametrize("path", ASKING)
def test_without_a_terminal_nothing_is_asked(room, path):
    ran = process(*TOLD.get(path, ASKING[path]))
    assert ran.code == 0
    assert SURE not in ran.err + ran.out


def test_a_reversal_shows_what_it_would_undo(store):
    ran = terminal("reverse", "14", "--reason", "twice", answers=[(SURE, "y\r")], columns=40)
    assert ran.code == 0
    first, rest, second, third = ran.out.splitlines()[:4]
    assert first.startswith("Transaction 14, 2")
    assert f"{first} {rest}".endswith(" UTC: frank bought 500 coins for $6.49.")
    assert second == "Undo it? [y/N]: y"
    assert third.startswith("Transaction 14 is reversed (frank's")


def test_what_was_done_before_under_its_key_is_not_asked_about(store):
    args = ("cashout", "frank", "--paypal", "frank@example.com", "--key", "friday")
    assert coins(*args).code == 0
    ran = terminal(*args)
    assert ran.code == 0
    assert ran.out.startswith("Done before under the key friday; not done again:")
    dry = coins(*args, "--dry-run", "--json").json()
    assert (dry["replayed"], dry["dry_run"], dry["seq"]) == (True, True, None)
    said = coins(*args, "--dry-run").said()
    assert said.startswith(
        "Dry run: nothing was changed. It was done before under the key friday, and would not be"
        " done again:\n"
    )
