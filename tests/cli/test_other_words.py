"""Words that people try: each is answered with what does it, or with why nothing does."""

import pytest

from coins_cli.cli import other_words
from coins_cli.cli.app import root
from coins_cli.cli.hints import Command
from coins_cli.cli.other_words import OTHER_WORDS
from tests.cli.runner import coins, contents, group_paths, process, typed

TRIED = (
    "buy send tip give pay refund delete rm remove reset create add init transfer withdraw"
    " withdrawal cash-out version serve login show list ls status log users wallets shop packs"
    " gifts"
)
NOTHING_DOES = {
    "refund": "coins are not refundable",
    "delete": "nothing is ever edited or deleted",
    "edit": "nothing is ever edited or deleted",
    "reset": "nothing is ever deleted",
    "sell": "nobody buys coins back",
    "mine": "coins are not mined",
    "login": "connected to no platform",
    "serve": "there is no server",
}
CHOICES = {"environment", "gift", "pack"}
"""Words that some commands take as they are."""
NOUNS = [" ".join(path) for path, _ in group_paths()]


def commands_in(hint):
    return [part for clause in hint for part in clause if isinstance(part, Command)]


def resolved(words):
    """The registered command that the words of a command in a hint begin with, and what is left."""
    command, rest = root(), list(words)
    while rest and rest[0] in getattr(command, "commands", {}):
        command = command.commands[rest.pop(0)]
    return command, rest


@pytest.mark.parametrize("word", TRIED.split())
def test_what_people_try_is_answered(word):
    ran = coins(word)
    assert (ran.code, ran.out) == (2, "")
    message, hint = ran.err.splitlines()
    assert message.startswith(f"coins: '{word}' is not a command: ")
    assert hint.startswith("  ")
    assert "coins " in hint


@pytest.mark.parametrize("word", OTHER_WORDS)
def test_each_word_is_refused_with_its_code_and_its_hint_whatever_follows_it(untouched, word):
    for more in ([], ["alice", "--limit", "3"]):
        refusal = coins(*word.split(), *more, "--json").refusal()
        assert (refusal["code"], refusal["exit"]) == ("other_word", 2)
        assert refusal["word"] == word
        assert refusal["why"] in refusal["message"]
        assert refusal["hint"]


@pytest.mark.parametrize("word", OTHER_WORDS)
def test_no_word_is_a_command(word):
    _, rest = resolved(word.split())
    assert rest[-1:] == word.split()[-1:]


@pytest.mark.parametrize("word", OTHER_WORDS)
def test_each_hint_leads_to_commands_and_options_that_there_are(word):
    found = commands_in(OTHER_WORDS[word].hint)
    assert found
    for words in found:
        rest = [one for one in words if one not in ("--store", "FOLDER")]
        command, after = resolved(rest)
        options = {name for one in command.params for name in one.opts} | {"--help"}
        for one in after:
            assert one in options or one.isupper() or one in CHOICES or "." in one, words
        assert len(after) < len(rest) or after[0] in options, words


@pytest.mark.parametrize("word", OTHER_WORDS)
def test_what_a_hint_leaves_to_be_filled_in_is_what_the_command_takes(word):
    for words in commands_in(OTHER_WORDS[word].hint):
        command, after = resolved([one for one in words if one not in ("--store", "FOLDER")])
        metavars = {
            part for one in command.params for part in (one.metavar or "").strip("[].").split("|")
        }
        for one in after:
            assert not one.isupper() or one in metavars, words


def test_no_word_has_two_answers():
    words = [word for words, _, _ in other_words._ROWS for word in words.split()]
    assert len(words) == len(set(words)) == len(OTHER_WORDS)


def test_a_word_after_a_noun_is_after_one_that_there_is():
    for word in OTHER_WORDS:
        assert " " not in word or word.split()[0] in NOUNS


@pytest.mark.parametrize(("word", "why"), NOTHING_DOES.items())
def test_what_nothing_does_says_why(word, why):
    assert why in coins(word).err.splitlines()[0]


@pytest.mark.parametrize(
    ("line", "word", "hint"),
    [
        ("BUY", "BUY", "coins recharge USER PACK"),
        ("wallet delete alice", "wallet delete", "coins undo"),
        ("live stop bob", "live stop", "coins live end CREATOR"),
        ("stop", "stop", "coins live end CREATOR"),
        ("help buy", "buy", "coins recharge USER PACK"),
        ("help wallet new", "wallet new", "coins wallet create USER"),
        ("--json buy", "buy", "coins recharge USER PACK"),
    ],
)
def test_capitals_nouns_and_help_make_no_difference(line, word, hint):
    refusal = typed(line if "--json" in line else f"{line} --json").refusal()
    assert (refusal["code"], refusal["word"]) == ("other_word", word)
    assert hint in refusal["hint"]


def test_the_hint_names_the_store_in_use():
    assert "coins --store class-7b recharge USER PACK" in typed("--store class-7b buy").err


@pytest.mark.parametrize(
    ("line", "meant"), [("catalog pack", "packs"), ("wallet lst", "list"), ("class lst", "list")]
)
def test_a_slip_after_a_noun_is_taken_for_a_slip(line, meant):
    ran = typed(line)
    assert ran.code == 2
    assert f"Did you mean '{meant}'" in ran.err


def test_a_word_that_nobody_tries_is_answered_as_before():
    assert typed("frobnicate --json").refusal()["code"] == "usage"


def test_nothing_is_changed_by_a_word(store):
    before = contents(store)
    for word in ("delete alice", "reset", "buy alice 500", "wallet rm alice"):
        assert process(*word.split()).code == 2
    assert contents(store) == before
