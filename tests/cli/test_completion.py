"""Completion: what can stand next, and that the three shells really offer it."""

import itertools
import os
import pty
import re
import select
import shlex
import shutil
import subprocess
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coins_cli.cli import completing
from coins_cli.cli.app import SECTIONS
from coins_cli.cli.commands.completion import SHELLS
from coins_cli.cli.completion_table import CHOICES, OPTIONS, POSITIONALS
from tests.cli.conftest import copy_of
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
    assert words("w") == ["whatif", "wallet"]
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
        (["catalog", "check", "my"], "files"),
        (["catalog", "check", "o"], ["older-prices"]),
        (["catalog", "check", "./"], "files"),
        (["catalog", "diff", "default", ""], ["default", "older-prices", "calculators"]),
        (
            ["catalog", "set", "packs.50"],
            ["packs.500.coins=", "packs.500.usd=", "packs.5000.coins=", "packs.5000.usd="],
        ),
        (["catalog", "set", "packs.500.usd=5", "cash_out.t"], ["cash_out.threshold="]),
        (["catalog", "reset", "gifts.pan"], ["gifts.panda.name", "gifts.panda.coins"]),
        (["catalog", "add", ""], ["gift", "pack"]),
        (["catalog", "add", "gift", ""], []),
        (["catalog", "remove", "gift", "pan"], ["panda"]),
        (["catalog", "remove", "pack", "5"], ["500", "5000"]),
        (["batch", "ev"], "files"),
        (["balance", "--catalog", ""], ["default", "older-prices", "calculators"]),
        (["balance", "--catalog", "my"], "files"),
        (["recharge", "--catalog", "older-prices", "alice", ""], ["300"]),
        (["whatif", "--keep", ""], ["packs", "dollars"]),
        (["whatif", "--catalog", "default", "--catalog", "c"], ["calculators"]),
        (["whatif", "--set", "cash_out.t"], ["cash_out.threshold="]),
        (["whatif", "--ca"], ["--catalog"]),
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


def needs(shell):
    return pytest.mark.skipif(shutil.which(shell) is None, reason=f"{shell} is missing")


# -- names that are none ---------------------------------------------------------------------------

COMMAND_IN_A_NAME = "touch pwned"
NOT_HANDLES = [
    "aa$(touch pwned)",
    "bb`touch pwned`",
    "cc;touch pwned;",
    "dd'$(touch pwned)'",
    'ee"$(touch pwned)"',
    "ff\nff$(touch pwned)",
    "gg\x1b[31m$(touch pwned)",
    "hh\\$(touch pwned)",
    "ii|touch pwned",
    "jj&touch pwned&",
    "kk>pwned",
    "ll\ttouch pwned",
    "mm\r\x07\x9b$(touch pwned)",
    "nn\u202e$(touch pwned)",
    "oo${x:=$(touch pwned)}",
    "pp(touch pwned)",
    "qq:q*",
    "Rr",
    "ss.",
    "é",
    "-uu",
    "--json",
    "~vv",
    "=(touch pwned)",
    "",
]
"""Names that are neither handles nor ids: no shell may get to see them."""
PLAIN = re.compile(r"[a-z0-9_.-]+")


def hostile_catalog():
    """A catalog in which each gift and pack has a name that is none; but for one of each."""
    text = ""
    prices = {"gifts": "coins = 5", "packs": "coins = 5\nusd = 0.05"}
    for kind, price in prices.items():
        for name in [*NOT_HANDLES, "fine"]:
            quoted = '"' + "".join(f"\\U{ord(letter):08x}" for letter in name) + '"'
            shown = 'name = "\\u001b[31m$(touch pwned)`touch pwned`"'
            text += f"[{kind}.{quoted}]\n{price}\n{shown if kind == 'gifts' else ''}\n"
    return text + '[gifts.odd]\ncoins = "$(touch pwned)"\n[packs.odd]\nusd = "`touch pwned`"\n'


@pytest.fixture
def hostile(made_once, tmp_path, monkeypatch):
    """A stranger's store, whose place and files are named to do harm when a shell reads them."""
    folder = copy_of(made_once, tmp_path / "it's $(touch pwned) `touch pwned` \\ a class")
    monkeypatch.setenv("COINS_STORE", str(folder))
    for name in [*NOT_HANDLES, "con", "platform", "t" * 25]:
        (folder / "wallets" / f"{name}.json").touch()
    (folder / "wallets" / ".alice.json.new").touch()
    (folder / "catalog.toml").write_text(hostile_catalog(), encoding="utf-8")
    return folder


def test_nothing_but_handles_and_ids_is_offered_whatever_the_files_are_called(hostile):
    assert words("balance", "") == USERS
    assert words("gift", "alice", "bob", "") == ["fine", "odd"]
    assert words("recharge", "alice", "") == ["fine", "odd"]


def places():
    """Each place on the command line where a word can stand: the words before it."""
    for path, names in POSITIONALS.items():
        for count in range(len(names) + 1):
            yield [*path.split(), *["bob"] * count, ""]
    for path, options in OPTIONS.items():
        for option, (metavar, _) in options.items():
            if metavar:
                yield [*path.split(), option, ""]
                yield [*path.split(), f"{option}="]


@pytest.mark.parametrize("shell", SHELLS)
def test_at_no_place_is_anything_offered_that_a_shell_could_obey(hostile, shell):
    count = 0
    for typed in places():
        for word, about in completing.answer(typed, os.environ)[1]:
            count += 1
            assert PLAIN.fullmatch(word.removeprefix(typed[-1]).removesuffix("=")), (typed, word)
            line = completing._FORMATS[shell](word, about)
            assert line.replace("\t", " " if shell == "fish" else "\t").isprintable()
            assert COMMAND_IN_A_NAME not in line
    assert count > len(CHOICES) + 20 * len(USERS)


def test_what_a_process_answers_about_a_strangers_store_is_harmless_too(hostile):
    gift = ["gift", "alice", "bob", ""]
    assert asked("bash", *gift).stdout == "words\nfine\nodd\n"
    assert asked("zsh", *gift).stdout == "words\nfine:5 coins\nodd\n"
    assert asked("fish", *gift).stdout == "words\nfine\t5 coins\nodd\t\n"
    for shell in SHELLS:
        assert asked(shell, "balance", "").stdout.split() == ["words", *USERS]


@pytest.mark.parametrize("shell", SHELLS)
def test_a_pipe_in_place_of_the_catalog_keeps_no_shell_waiting(store, shell):
    os.mkfifo(store / "catalog.toml")
    assert asked(shell, "gift", "alice", "bob", "").stdout == ""


nasty = st.text(st.sampled_from("a$(){}`'\"\\;|&<>*?[]~!#=:, \t\nñ😀"), min_size=1, max_size=12)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(nasty)
def test_a_word_that_was_quoted_means_the_same_however_it_was(word):
    assert completing._unquoted(shlex.quote(word)) == word
    assert completing._unquoted(re.sub(r"[^a]", r"\\\g<0>", word)) == word
    assert completing._unquoted(re.sub(r"[^a]", r"\\\g<0>", word) + "'b") == f"{word}b"
    if "\n" not in word:
        assert completing._unquoted(completing._for_bash(word, "")) == word


@needs("bash")
def test_bash_reads_what_is_offered_as_one_word():
    offered = [
        "".join(pair) for pair in itertools.product("a$(){}`'\"\\;|&<>*?[]~!#= \tñ", repeat=2)
    ]
    quoted = " ".join(completing._for_bash(word, "") for word in offered)
    ran = subprocess.run(
        ["bash", "-c", f"printf '%s\\0' {quoted}"], capture_output=True, text=True, check=True
    )
    assert ran.stdout.split("\0")[:-1] == offered


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("al", "al"),
        ("'al", "al"),
        ('"al', "al"),
        ('"a\\"l', 'a"l'),
        ('"a\\l', "a\\l"),
        ("a\\", "a\\"),
        ('"a\\', "a"),
        ("my\\ class", "my class"),
        ("'my'\\''s class'", "my's class"),
        ("$(touch pwned)", "$(touch pwned)"),
        ('"$(touch pwned)', "$(touch pwned)"),
    ],
)
def test_a_word_is_understood_while_it_is_typed_and_never_expanded(typed, meant):
    assert completing._unquoted(typed) == meant


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
    "fish": (
        ["fish", "--no-config", "-i"],
        """coins completion fish | source; bind \\cx 'printf "<%s>" (commandline)'""",
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
        ("coins balance --catalog old\t", "coins balance --catalog older-prices "),
        ("coins catalog set cash_out.thr\t5000", "coins catalog set cash_out.threshold=5000"),
        ("coins catalog check evening.\t", "coins catalog check evening.jsonl "),
        ("coins catalog remove gift pan\t", "coins catalog remove gift panda "),
    ]:
        terminal.type(f"{typed}\x18")
        terminal.shows(f"<{completed}>")
        terminal.type("\x15")


@pytest.mark.parametrize("shell", [pytest.param(one, marks=needs(one)) for one in READY])
def test_at_a_terminal_no_name_of_a_file_is_obeyed(at_home, hostile, screen, shell, tmp_path):
    """TAB after the beginning of each name that is none, then Enter; then what is quoted."""
    (tmp_path / "zz'$(touch pwned)`touch pwned`.jsonl").touch()
    (tmp_path / "yy'$(touch pwned)`touch pwned`").mkdir()
    beginnings = [name[:2] for name in NOT_HANDLES if re.match(r"([a-z])\1", name)]
    assert len(beginnings) >= 17
    command, prepare = READY[shell]
    terminal = screen(*command)
    terminal.type(f"{prepare}; echo rea''dy\r")
    terminal.shows("ready\r\n")
    quoted = shlex.quote(str(hostile)) if shell != "fish" else _quoted_for_fish(str(hostile))
    for typed, completed in [
        *((f"coins balance {two}\t\t", f"coins balance {two}") for two in beginnings),
        *((f"coins gift ann bob {two}\t\t", f"coins gift ann bob {two}") for two in beginnings[:4]),
        ("coins gift ann bob fi\t", "coins gift ann bob fine "),
        ("coins recharge ann fi\t", "coins recharge ann fine "),
        (f"coins balance --store {quoted} ali\t", f"coins balance --store {quoted} alice "),
        ("coins batch zz\t", None),
        ("coins balance --store yy\t", None),
    ]:
        terminal.type(f"{typed}\x18")
        terminal.shows(f"<{completed}>" if completed else "pwned")
        terminal.type("\recho do''ne\r")
        terminal.shows("done\r\n")
    assert not list(tmp_path.rglob("pwned"))


def _quoted_for_fish(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


@pytest.mark.parametrize("shell", [pytest.param(one, marks=needs(one)) for one in READY])
@pytest.mark.parametrize("quote", ["'", '"'])
def test_at_a_terminal_a_word_may_begin_with_a_quote(at_home, screen, shell, quote):
    command, prepare = READY[shell]
    terminal = screen(*command)
    terminal.type(f"{prepare}; echo rea''dy\r")
    terminal.shows("ready\r\n")
    terminal.type(f"coins balance {quote}ali\t\x18")
    terminal.shows(f"<coins balance {quote}alice{quote} >")


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
