"""Help: every command has it, with an example that works as it stands."""

import grp
import os
import re
import shlex
import tempfile
from importlib import import_module
from typing import get_args

import pytest

from coins_cli import __version__
from coins_cli.cli import exit_codes
from coins_cli.cli.app import ABOUT, SECTIONS, root
from coins_cli.cli.commands.completion import SHELLS
from coins_cli.cli.commands.help import TOPICS
from coins_cli.cli.commands.payout import STATUSES
from coins_cli.cli.render.beginning import FIRST_COMMANDS
from coins_cli.cli.session import COLORS
from coins_cli.exports.formats import FORMATS
from coins_cli.model.operations import BY_OP
from coins_cli.model.operations.promote import AUDIENCES
from coins_cli.model.rosters import HANDLE_WORDS
from coins_cli.reports.lines import TRACED
from coins_cli.views.broadcast import EventName
from tests.cli.conftest import copy_of
from tests.cli.runner import coins, command_paths, ended, group_paths, started, terminal, typed

COMMANDS = {" ".join(path): leaf for path, leaf in command_paths()}
GROUPS = {" ".join(path): branch for path, branch in group_paths()}


def function_of(leaf):
    module, name = leaf.target.split(":")
    return getattr(import_module(f"coins_cli.cli.commands.{module}"), name)


def examples_in(text):
    """The command lines after «Examples:», without what is said of them behind two spaces."""
    _, _, after = text.partition("Examples:\n")
    block = after.partition("\n\n")[0]
    return [line.strip().partition("  ")[0] for line in block.splitlines() if line.strip()]


# -- what help says ------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["", *COMMANDS, *GROUPS])
def test_help_is_there_in_both_spellings_with_an_example(path):
    said = coins(*path.split(), "--help").said()
    assert coins(*path.split(), "-h").said() == said
    assert said.startswith(f"Usage: coins {path}".rstrip())
    assert "Examples:\n" in said
    assert "  coins " in said.partition("Examples:\n")[2]


@pytest.mark.parametrize("path", ["", *COMMANDS, *GROUPS])
def test_help_fits_80_columns(path):
    for line in coins(*path.split(), "--help").said().splitlines():
        assert len(line) <= 80, line


@pytest.mark.parametrize("path", COMMANDS)
def test_each_example_keeps_its_own_line(path):
    said = [line.strip() for line in coins(*path.split(), "--help").said().splitlines()]
    for example in examples_in(function_of(COMMANDS[path]).__doc__):
        assert example in said


@pytest.mark.parametrize("path", ["", *COMMANDS, *GROUPS])
def test_help_is_plain_text_even_on_a_terminal(path):
    assert "\x1b" not in coins(*path.split(), "--help").out


@pytest.mark.parametrize("path", COMMANDS)
def test_the_summary_in_the_table_is_the_first_line_of_the_help(path):
    assert function_of(COMMANDS[path]).__doc__.splitlines()[0] == COMMANDS[path].summary


@pytest.mark.parametrize("path", [*COMMANDS, *GROUPS])
def test_every_command_takes_the_shared_options(path):
    said = coins(*path.split(), "--help").said()
    for option in ("--store", "--catalog", "--json", "--quiet", "--color"):
        assert option in said


def test_the_top_says_that_no_money_is_real_and_shows_every_command():
    said = typed("--help").said()
    assert "No real money, no real coins, no connection to any platform" in said
    for title, entries in SECTIONS.items():
        assert f"{title}:\n" in said
        for name, entry in entries.items():
            assert f"  {name} " in said
            assert entry.summary in said


@pytest.mark.parametrize("path", GROUPS)
def test_a_noun_shows_its_verbs(path):
    said = coins(path, "--help").said()
    for verb, leaf in GROUPS[path].leaves.items():
        assert f"  {verb} " in said
        assert leaf.summary in said


@pytest.mark.parametrize("path", GROUPS)
def test_without_a_verb_the_help_is_shown(path):
    assert coins(*path.split()).said() == coins(*path.split(), "--help").said()


def test_help_at_a_terminal_is_the_same():
    assert terminal("recharge", "--help", PAGER="").out == typed("recharge --help").said()


def test_the_exit_codes_are_all_in_the_help():
    said = " ".join(typed("--help").said().split()).partition("Exit codes: ")[2].partition(".")[0]
    codes = [value for name, value in vars(exit_codes).items() if name.isupper()]
    assert [int(one.split()[0]) for one in said.split(", ")] == sorted(
        code for code in codes if isinstance(code, int)
    )
    assert said.startswith("0 done, 1 a bug of coins, 2 wrong usage, 3 not found, 4 refused by a")


@pytest.mark.parametrize("path", COMMANDS)
def test_what_a_command_says_of_itself_is_in_sentences(path):
    before = function_of(COMMANDS[path]).__doc__.partition("Examples:")[0]
    for paragraph in before.strip().split("\n\n"):
        assert paragraph.endswith((".", ":"))
        assert len(paragraph.split()) > 1


def test_the_version_is_that_of_the_package():
    assert typed("--version").said() == f"coins {__version__}\n"


# -- coins alone ---------------------------------------------------------------------------------


def test_coins_alone_is_a_dozen_lines_that_say_what_it_is_and_where_the_rest_is():
    said = coins().said()
    lines = said.splitlines()
    assert len(lines) <= 14
    assert max(map(len, lines)) <= 80
    assert " ".join(said.split()).startswith(
        "coins plays the coin economy of a short-video platform"
    )
    assert "No real money, no real coins" in " ".join(said.split())
    assert "coins --help" in said
    assert "coins help gift" in said


def test_the_first_commands_are_the_five_at_the_top_of_the_help():
    assert len(FIRST_COMMANDS) == 5
    assert [*FIRST_COMMANDS] == examples_in(ABOUT)
    said = coins().said()
    for line, about in FIRST_COMMANDS.items():
        assert f"  {line} " in said
        assert about in said


def test_coins_alone_is_the_same_at_a_terminal():
    assert terminal().out == coins().said()


# -- topics --------------------------------------------------------------------------------------


def test_the_help_names_every_topic_and_every_topic_has_its_words():
    line = next(line for line in typed("--help").said().splitlines() if "Topics:" in line)
    named = line.partition("coins help ")[2].replace(" or ", ", ").removesuffix(".")
    assert named.split(", ") == [*TOPICS]
    for topic, text in TOPICS.items():
        assert typed(f"help {topic}").said() == f"{text}\n"
        assert coins("help", topic, "--json").json() == {"schema": 1, "topic": topic, "text": text}
        assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize("path", ["", *COMMANDS, *GROUPS])
def test_help_on_a_command_is_its_own(path):
    assert coins("help", *path.split()).said() == coins(*path.split(), "--help").said()


def test_the_topic_of_exit_codes_has_them_all():
    codes = [value for name, value in vars(exit_codes).items() if name.isupper()]
    lines = TOPICS["exit-codes"].splitlines()
    listed = [int(line.split()[0]) for line in lines if line.startswith("  ") and line[4].isdigit()]
    assert listed == sorted(code for code in codes if isinstance(code, int))


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ("exitcodes", "did you mean exit-codes?"),
        ("gfit", "did you mean gift?"),
        ("wallet creat", "did you mean create?"),
        ("gift panda", "the topics are exit-codes, environment, json, keys; see also coins --help"),
        ("zzz", "the topics are exit-codes, environment, json, keys; see also coins --help"),
    ],
)
def test_another_topic_is_not_found_and_the_closest_suggested(words, hint):
    refusal = coins("help", *words.split(), "--json").refusal()
    assert (refusal["code"], refusal["exit"], refusal["hint"]) == ("unknown_topic", 3, hint)


# -- lists -----------------------------------------------------------------------------------------

LISTS = {
    "operations": (*BY_OP,),
    "topics": (*TOPICS,),
    "formats": FORMATS,
    "statuses of a payout": STATUSES,
    "colours": COLORS,
    "audiences": AUDIENCES,
    "lines of the report": (*TRACED,),
    "shells": SHELLS,
    "events of a live": get_args(EventName),
    "headings of a roster's handles": HANDLE_WORDS,
}
"""What the program knows, and help lists."""


def listed_in(text, names):
    """The longest list of `names` in a text, as `a, b or c`; two of more than two are no list."""
    name = "|".join(sorted(map(re.escape, names), key=len, reverse=True))
    found = re.finditer(rf"\b(?:{name})(?:(?:, | or | and )(?:{name})\b)+", text)
    lists = [re.split(", | or | and ", one[0]) for one in found]
    longest = max(lists, key=len, default=[])
    return longest if len(longest) >= min(3, len(names)) else []


@pytest.mark.parametrize("of_what", LISTS)
def test_whatever_lists_some_of_what_the_program_knows_lists_all_of_it(of_what):
    names = LISTS[of_what]
    found = {}
    for path in ["", *COMMANDS, *GROUPS]:
        said = " ".join(coins(*path.split(), "--help").said().split())
        said = said.replace("- ", "-")  # A line of help may end within a word with a hyphen.
        if listed := listed_in(said, names):
            found[path] = listed
    assert found
    for path, listed in found.items():
        assert sorted(listed) == sorted(names), path


def test_no_help_has_a_list_left_out():
    for path in ["", *COMMANDS, *GROUPS]:
        assert not re.search(r"\{[a-z_]+\}", coins(*path.split(), "--help").said()), path


# -- what is typed wrong -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("rechrge alice 100", "recharge"),
        ("gfit alice bob panda", "gift"),
        ("balence alice", "balance"),
        ("wallet creat zoe", "create"),
        ("catalog pack", "packs"),
        ("cashuot bob", "cashout"),
        ("balance alice --jsn", "--json"),
        ("recharge alice 100 --quantty 2", "--quantity"),
    ],
)
def test_what_is_mistyped_gets_the_closest_suggested(store, line, meant):
    ran = typed(line)
    assert (ran.code, ran.out) == (2, "")
    assert meant in ran.err.splitlines()[0]
    assert "--help" in ran.err


@pytest.mark.parametrize(
    ("line", "number", "command"),
    [
        ("gift alice bob panda -5", "-5", "coins gift"),
        ("quote coins -10000", "-10000", "coins quote coins"),
        ("quote usd -1.50", "-1.50", "coins quote usd"),
        ("recharge alice -500", "-500", "coins recharge"),
    ],
)
def test_a_number_with_a_sign_is_explained_and_quoted_whole(store, line, number, command):
    ran = typed(line)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        f"coins: {number} is not an option, and numbers are written without a sign\n"
        f"  quantities and amounts are whole numbers above zero; see {command} --help\n"
    )


@pytest.mark.parametrize(
    ("line", "number"),
    [("gift alice bob panda 3", "3"), ("recharge alice 100 12", "12")],
)
def test_a_number_too_many_is_said_with_quantity(store, line, number):
    ran = typed(line)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        f"coins: {number} is one argument too many\n  give the number with --quantity {number}\n"
    )
    assert typed(line, "--json").refusal()["code"] == "usage"


@pytest.mark.parametrize(
    "line", ["balance alice 3", "gift alice bob panda x", "gift alice bob panda 3 4", "top bob 3"]
)
def test_anything_else_that_is_too_many_is_no_quantity(untouched, line):
    ran = typed(line)
    assert ran.code == 2
    assert "--quantity" not in ran.err


@pytest.mark.parametrize("line", ["recharge", "recharge alice 100 --quantity", "recharge a b c"])
def test_a_usage_error_leads_to_the_help_of_its_own_command(store, line):
    assert "coins recharge --help" in typed(line).err


def needs_something(path):
    command = root()
    for word in path.split():
        command = command.commands[word]
    return any(one.required for one in command.params)


NEEDY = [path for path in COMMANDS if needs_something(path)]
"""The commands that cannot do without an argument or an option."""


@pytest.mark.parametrize("path", NEEDY)
def test_what_is_missing_is_said_with_the_example_of_the_commands_own_help(path):
    ran = coins(*path.split())
    example = examples_in(function_of(COMMANDS[path]).__doc__)[0]
    assert (ran.code, ran.out) == (2, "")
    message, hint = ran.err.splitlines()
    assert message.startswith("coins: Missing ")
    assert hint == f"  like this: {example}; see coins {path} --help"
    refusal = coins(*path.split(), "--json").refusal()
    assert (refusal["code"], refusal["hint"]) == ("usage", hint.strip())


def test_some_commands_need_something():
    assert {"recharge", "gift", "promote", "cashout", "reverse", "wallet create"} <= {*NEEDY}


@pytest.mark.parametrize("line", ["gift alice", "cashout bob", "promote alice cat.mp4"])
def test_what_is_missing_at_the_end_is_said_with_the_example_too(line):
    assert f"  like this: coins {line.split()[0]} " in typed(line).err


# -- examples ------------------------------------------------------------------------------------


@pytest.fixture
def classroom(made_once, tmp_path, monkeypatch):
    """A store in which every example can be done."""
    folder = copy_of(made_once, tmp_path / "store")
    monkeypatch.setenv("COINS_STORE", str(folder))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    for line in (
        "recharge alice 10000",
        "recharge dora 10000",
        "gift dora bob 'drama queen' --quantity 2",
    ):
        typed(line).said()
    return folder


PAYOUT = "cashout bob --paypal bob@example.com --pending"
BEFORE = {
    "catalog diff": ["catalog set packs.500.usd=5.99"],
    "catalog reset": ["catalog set packs.500.usd=5.99 gifts.panda.coins=7"],
    "gift": ["live start bob"],
    "live watch": ["live start bob"],
    "restore": ["backup class-7b.tar.gz"],
    "payout list": [PAYOUT],
    "payout show": [PAYOUT],
    "payout settle": [PAYOUT],
    "payout return": [PAYOUT],
    "promotion list": ["promote dora cat.mp4 --days 2"],
    "top": ["gift dora erin panda"],
    "promotion show": ["promote dora cat.mp4 --days 2"],
}
"""What must be done before the examples of these commands can be."""
ROSTER = "handle,name,team\nmia,Mia M.,red\nnoah,Noah N.,blue\n"
"""What the examples of `class import` read."""
EVENING = '{"op": "gift", "from": "alice", "to": "bob", "gift": "panda", "key": "evening-1"}\n'
"""The requests that the examples of `batch` send."""


@pytest.mark.parametrize("path", COMMANDS)
def test_every_example_in_the_help_works_as_it_stands(
    classroom, tmp_path, monkeypatch, clap_catalog, path
):
    # Every computer has other groups; the examples' are all that of whoever runs this.
    monkeypatch.setattr(grp, "getgrnam", lambda _: grp.getgrgid(os.getegid()))
    monkeypatch.setenv("BROWSER", "true")  # It opens whatever it is given.
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    examples = examples_in(function_of(COMMANDS[path]).__doc__)
    assert examples
    for number, example in enumerate(examples):
        room = tmp_path / f"room-{number}"
        room.mkdir()
        (room / "my-prices.toml").write_text(clap_catalog.read_text())
        (room / "evening.jsonl").write_text(EVENING)
        (room / "roster.csv").write_text(ROSTER)
        monkeypatch.chdir(room)
        monkeypatch.setenv("COINS_STORE", str(room / "store"))
        if path != "wallet create":
            copy_of(classroom, room / "store")
        for line in BEFORE.get(path, []):
            typed(line).said()
        program, *args = shlex.split(example.removesuffix(" | less"))
        assert program == "coins"
        assert args[: len(path.split())] == path.split()
        if example == "coins recharge alice":
            assert coins(*args).code == 2
            answers = [("Which pack: ", "500\r"), ("[y/N]: ", "y\r")]
            assert terminal(*args, answers=answers).code == 0
        elif path == "live watch":
            with started(*args) as watching:
                watching.stdout.readline()
                typed("live end bob").said()
                assert ended(watching).code == 0
        else:
            ran = coins(*args)
            assert ran.code == 0, ran.err
            assert ran.out


def test_the_examples_at_the_top_work_one_after_the_other(no_store, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    examples = examples_in(ABOUT)
    assert len(examples) >= 4
    for example in examples:
        program, *args = shlex.split(example)
        assert program == "coins"
        ran = coins(*args)
        assert ran.code == 0, ran.err


@pytest.mark.parametrize("path", GROUPS)
def test_the_examples_of_a_noun_are_of_its_verbs(path):
    examples = examples_in(coins(path, "--help").said())
    assert examples
    for example in examples:
        assert example.split()[:2] == ["coins", path]
        assert example.split()[2] in GROUPS[path].leaves
