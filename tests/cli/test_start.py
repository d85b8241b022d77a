"""What a command imports before it answers: every shell loop pays for it each time."""

import os
import subprocess
import sys

import pytest

HEAVY = ("rich", "pydantic", "asyncio", "ssl", "email", "http", "numpy")
ONLY_FOR_SOME = (
    "tomllib",
    "coins_cli.store.json.journal.sealing",
    "coins_cli.store.json.journal.rows",
    "coins_cli.views",
    "coins_cli.cli.other_words",
    "coins_cli.cli.paging",
    "coins_cli.cli.render.beginning",
)
NOT_TO_READ = ("shlex", "coins_cli.cli.render.receipt_words", "coins_cli.cli.render.live_words")
NOT_FOR_HELP = (
    "msgspec",
    "hashlib",
    "coins_cli.store",
    "coins_cli.bank",
    "coins_cli.model.operations",
)
NOT_TO_COMPLETE = ("typer", "msgspec", "hashlib", "coins_cli.bank")


def imported(*args, **environ):
    """The modules that a process imports from its start to its end, by the interpreter's word."""
    ran = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "coins_cli", *args],
        capture_output=True,
        text=True,
        env={**os.environ, **environ},
        check=True,
    )
    lines = [line for line in ran.stderr.splitlines() if line.startswith("import time:")]
    return ran.stdout, {line.rpartition("|")[2].strip() for line in lines[1:]}


def found_of(names, modules):
    """Which of the packages `names` were imported, or any part of them."""
    return {name for name in names for one in modules if one == name or one.startswith(f"{name}.")}


@pytest.fixture
def store(tmp_path, monkeypatch):
    """Alice has 500 coins, in the store that commands use."""
    monkeypatch.setenv("COINS_STORE", str(tmp_path / "store"))
    for args in (["wallet", "create", "alice", "bob"], ["recharge", "alice", "500"]):
        subprocess.run([sys.executable, "-m", "coins_cli", *args, "-q"], check=True)


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["balance", "alice", "--json"], '"coins":500'),
        (["gift", "alice", "bob", "panda", "--json"], '"coins":5'),
        (["recharge", "alice", "100", "--json"], '"usd":"1.29"'),
        (["history", "alice", "--json"], '"transactions":'),
    ],
)
def test_a_command_imports_nothing_that_is_slow_and_not_needed(store, args, says):
    out, modules = imported(*args)
    assert says in out
    assert "coins_cli.store.json.store" in modules
    assert found_of(HEAVY + ONLY_FOR_SOME, modules) == set()


def test_help_is_plain_and_opens_no_store():
    out, modules = imported("--help")
    assert "coins gift" in out
    assert found_of(HEAVY + NOT_FOR_HELP, modules) == set()


def test_a_balance_needs_no_words_for_receipts(store):
    out, modules = imported("balance", "alice", "--json")
    assert '"coins":500' in out
    assert found_of(NOT_TO_READ, modules) == set()


@pytest.mark.parametrize("words", [["gift", "al"], ["recharge", "alice", ""], ["ba"], [""]])
def test_completion_imports_next_to_nothing(store, words):
    out, modules = imported(*words, COINS_COMPLETE="bash")
    assert out.startswith("words\n")
    assert "coins_cli.cli.completing" in modules
    assert found_of(HEAVY + NOT_TO_COMPLETE, modules) == set()


def test_what_a_longer_command_imports_is_noticed(store):
    """So that the tests above can fail."""
    _, modules = imported("demo")
    assert found_of(("coins_cli.views", "hashlib"), modules) == {"coins_cli.views", "hashlib"}
