"""Completion: what can stand next, and that the three shells really offer it."""

import os
import pty
import select
import shutil
import subprocess
import sys
import time

import pytest

from coins_cli.cli import completing
from coins_cli.cli.app import SECTIONS
from coins_cli.cli.commands.completion import SHELLS
from tests.cli.runner import PATIENCE_SECONDS, coins, command_paths, contents, group_paths
from tests.generated import README, TABLE, readme_with, reference, table

USERS = ["alice", "bob", "carol", "dora", "erin", "frank"]
GIFTS_WITH_I = ["italian-hand", "im-very-rich"]


def words(*typed, **environ):
    """The words that can stand in the place of the last one; the others are named by their kind."""
    kind, found = completing.answer(typed, {**os.environ, **environ})
    assert kind == "words" or not found
    return [word for word, _ in found] if kind == "words" else kind


# -- what is generated ---------------------------------------------------------------------------


def test_the_table_is_that_of_the_program():
    assert TABLE.read_text(encoding="utf-8") == table(), "run: python -m tests.generated"


def test_the_commands_in_the_readme_are_those_of_the_program():
    readme = README.read_text(encoding="utf-8")
    assert readme == readme_with(reference()), "run: python -m tests.generated"
    assert "`coins gift FROM TO GIFT`" in readme


# -- what can stand where ------------------------------------------------------------------------


def test_the_commands_stand_first():
    assert words("") == [name for part in SECTIONS.values() for name in part]
    assert words() == words("")
    assert words("w") == ["wallet"]
    assert words("wallet", "") == ["create", "list", "show"]
    assert words("--json", "catalog", "p") == ["packs", "promotions"]


@pytest.mark.parametrize("path", [*command_paths(), *group_paths()], ids=lambda one: one[0][-1])
def test_every_command_offers_the_options_that_its_help_shows(path):
    said = coins(*path[0], "--help").said()
    offered = words(*path[0], "--")
    assert {"--store", "--json", "--help"} <= set(offered)
    assert [option for option in offered if option not in said] == []


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (["balance", ""], USERS),
        (["history", "a"], ["alice"]),
        (["top", "z"], []),
        (["gift", "alice", ""], USERS),
        (["gift", "alice", "bob", "i"], GIFTS_WITH_I),
        (["gift", "alice", "bob", "panda", ""], []),
        (["gift", "--live", "alice", "-n", "3", "bob", "pan"], ["panda"]),
        (["gift", "alice", "--", "b"], ["bob"]),
        (["gift", "alice", "--", "-"], []),
        (["recharge", "alice", "5"], ["500", "5000"]),
        (["quote", "gift", "pan"], ["panda"]),
        (["wallet", "create", "new", "al"], ["alice"]),
        (["live", "start", "er"], ["erin"]),
        (["promote", "alice", "v", "--audience", ""], ["auto", "custom"]),
        (["promote", "alice", "v", "--audience=c"], ["--audience=custom"]),
        (["promote", "alice", "v", "--audience", "=", "c"], ["custom"]),
        (["balance", "--color", "n"], ["never"]),
        (["recharge", "alice", "--key", ""], []),
        (["--store", "/nowhere", ""], [name for part in SECTIONS.values() for name in part]),
        (["completion", ""], list(SHELLS)),
        (["help", "ex"], ["exit-codes", "export"]),
        (["help", "wal"], ["wallet"]),
        (["gift", "--me"], ["--message"]),
        (["nonsense", ""], []),
        (["catalog", "check", ""], "files"),
        (["batch", "ev"], "files"),
        (["balance", "--catalog", ""], "files"),
        (["balance", "--store", ""], "folders"),
    ],
    ids=" ".join,
)
def test_what_can_stand_next(untouched, typed, expected):
    assert words(*typed) == expected


def test_the_store_and_the_catalog_at_hand_are_asked(store, clap_catalog, tmp_path):
    other = tmp_path / "other"
    assert coins("wallet", "create", "zoe", "--store", other).code == 0
    assert words("balance", "--store", str(other), "") == ["zoe"]
    assert words("balance", f"--store={other}", "") == ["zoe"]
    assert words("--store", str(other), "balance", "") == ["zoe"]
    assert words("balance", "", COINS_STORE=str(other)) == ["zoe"]
    assert words("gift", "alice", "bob", "clap") == []
    assert words("gift", "alice", "bob", "clap", COINS_CATALOG=str(clap_catalog)) == ["clap"]
    assert words("gift", "--catalog", str(clap_catalog), "alice", "bob", "clap") == ["clap"]
    shutil.copy(clap_catalog, store / "catalog.toml")
    assert words("gift", "alice", "bob", "clap") == ["clap"]
    assert words("recharge", "alice", "1") == ["100", "10000", "1"]


def test_a_home_may_be_written_with_a_tilde(store, monkeypatch):
    monkeypatch.setenv("HOME", str(store.parent))
    assert words("balance", "--store", "~/store", "er") == ["erin"]


def asked(shell, *typed, **environ):
    """A completion as a process, as a shell asks for it."""
    return subprocess.run(
        [sys.executable, "-m", "coins_cli", *typed],
        capture_output=True,
        text=True,
        env={**os.environ, "COINS_COMPLETE": shell, **environ},
        timeout=PATIENCE_SECONDS,
        check=False,
    )


def test_each_shell_is_answered_in_its_own_way(untouched):
    gift = ["gift", "alice", "bob", "pan"]
    assert asked("bash", *gift).stdout == "words\npanda\n"
    assert asked("zsh", *gift).stdout == "words\npanda:5 coins\n"
    assert asked("fish", *gift).stdout == "words\npanda\t5 coins\n"


@pytest.mark.parametrize(
    ("shell", "typed", "environ"),
    [
        ("bash", ["balance", ""], {"COINS_STORE": "/no/such/store"}),
        ("bash", ["gift", "alice", "bob", ""], {"COINS_CATALOG": "/no/such/catalog"}),
        ("bash", ["gift", "alice", "bob", ""], {"COINS_CATALOG": "/dev/null"}),
        ("a shell that nobody knows", ["balance", ""], {}),
        ("bash", ["balance", "--store"], {}),
        ("fish", ["", "--", "=", "--store", "=", "="], {}),
    ],
)
def test_whatever_goes_wrong_nothing_is_said_of_it(untouched, shell, typed, environ):
    ran = asked(shell, *typed, **environ)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout in ("", "words\n", "words\n--store\n")


def test_asking_changes_nothing(store):
    before = contents(store)
    asked("bash", "gift", "alice", "bob", "")
    asked("bash", "balance", "")
    assert contents(store) == before


# -- the real shells -----------------------------------------------------------------------------


@pytest.fixture
def at_home(untouched, tmp_path, monkeypatch):
    """A home in which `coins` is on the path."""
    program = tmp_path / "bin" / "coins"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m coins_cli "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("TERM", "xterm")
    (tmp_path / "evening.jsonl").touch()
    (tmp_path / "evenings").mkdir()
    monkeypatch.chdir(tmp_path)


def needs(shell):
    return pytest.mark.skipif(shutil.which(shell) is None, reason=f"{shell} is missing")


class Screen:
    """A shell at a terminal, typed into and looked at."""

    def __init__(self, *command):
        self.child, self._fd = pty.fork()
        if self.child == 0:
            os.execvp(command[0], command)
        self.shown = ""

    def type(self, text):
        self.shown = ""
        os.write(self._fd, text.encode())

    def shows(self, text):
        """Wait until `text` is on the screen; what is typed is echoed there too."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while text not in self.shown:
            left = max(0, deadline - time.monotonic())
            assert select.select([self._fd], [], [], left)[0], f"no {text!r} in {self.shown!r}"
            self.shown += os.read(self._fd, 65536).decode(errors="replace")

    def close(self):
        os.kill(self.child, 9)
        os.waitpid(self.child, 0)
        os.close(self._fd)


@pytest.fixture
def screen():
    opened = []

    def open_screen(*command):
        opened.append(Screen(*command))
        return opened[-1]

    yield open_screen
    for one in opened:
        one.close()


READY = {
    "bash": (
        ["bash", "--norc", "--noprofile", "-i"],
        """source <(coins completion bash); bind -x '"\\C-x": echo "<$READLINE_LINE>"'""",
    ),
    "zsh": (
        ["zsh", "-f", "-i"],
        """autoload -U compinit; compinit -D -u; source <(coins completion zsh)
        show() { print -r -- "<$BUFFER>" }; zle -N show; bindkey '^X' show""".replace("\n", ";"),
    ),
}
"""How a shell is started, and made to complete, and to show its line when Ctrl-X is pressed."""


@pytest.mark.parametrize("shell", [pytest.param(one, marks=needs(one)) for one in READY])
def test_at_a_terminal_the_tab_key_completes(at_home, screen, shell):
    command, prepare = READY[shell]
    terminal = screen(*command)
    terminal.type(f"{prepare}; echo rea''dy\r")
    terminal.shows("ready\r\n")
    for typed, completed in [
        ("coins gif\tali\tfra\tital\t", "coins gift alice frank italian-hand "),
        ("coins balance --qui\tal\t", "coins balance --quiet alice "),
        ("coins wallet li\t", "coins wallet list "),
        ("coins batch evening.\t", "coins batch evening.jsonl "),
        ("coins balance --store evening\t", "coins balance --store evenings/"),
    ]:
        terminal.type(f"{typed}\x18")
        terminal.shows(f"<{completed}>")
        terminal.type("\x15")


@needs("bash")
def test_bash_offers_all_that_fits(at_home):
    script = """
        source <(coins completion bash)
        COMP_WORDS=(coins gift alice '') COMP_CWORD=3
        _coins; printf '%s ' "${COMPREPLY[@]}"
        COMP_WORDS=(coins promote alice v --audience = c) COMP_CWORD=6
        _coins; echo "${COMPREPLY[@]}"
    """
    ran = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert (ran.stdout, ran.stderr) == (f"{' '.join(USERS)} custom\n", "")


@needs("fish")
@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("coins gift al", ["alice"]),
        ("coins gift alice bob ita", ["italian-hand\t5 coins"]),
        ("coins wallet cr", ["create\tOpen wallets, all of them or none."]),
        ("coins promote alice v --audience=", ["--audience=auto", "--audience=custom"]),
        ("coins batch evening.", ["evening.jsonl"]),
        ("coins balance --store even", ["evenings/\tDirectory"]),
    ],
)
def test_fish_offers_all_that_fits(at_home, typed, offered):
    ran = subprocess.run(
        ["fish", "--no-config", "-c", "coins completion fish | source; complete -C $argv", typed],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=True,
    )
    assert (ran.stdout.splitlines(), ran.stderr) == (offered, "")


@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_says_where_to_put_it(shell):
    said = coins("completion", shell).said()
    comment = next(line for line in said.splitlines() if line.startswith("# "))
    assert f"coins completion {shell}" in comment
    assert coins("completion", shell, "--json").json()["script"] == said


def test_another_shell_is_refused():
    refusal = coins("completion", "powershell", "--json").refusal()
    assert (refusal["code"], refusal["exit"]) == ("invalid_choice", 2)
