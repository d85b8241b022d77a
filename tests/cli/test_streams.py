"""What goes where: results, notices, tables, colour, and text that a terminal might obey."""

import os
from itertools import takewhile

import pytest

from tests.cli.runner import coins, nobody_reads, process, shell, terminal, typed

ESCAPE = "\x1b"
NASTY = "[bold]x[/bold] \x1b[31mred\x1b[0m \u202edloc \u200b\ttab\nnew\r\x07\x9b2J"
TABLES = [
    "balance alice",
    "history alice",
    "top bob",
    "wallet list",
    "wallet show dora",
    "catalog packs",
    "catalog gifts",
    "catalog promotions",
]
full_device = pytest.mark.skipif(
    not os.path.exists("/dev/full"), reason="this system has no full device"
)
CHANGES = ["recharge alice 100", "gift alice bob panda", "live start alice"]
LONG = "long.handle_of_24_letters"[:24]


@pytest.fixture
def long_store(store):
    """A store with a user whose every text is as long as it may be."""
    coins("wallet", "create", LONG, "--name", "N" * 50).said()
    coins("recharge", LONG, "10000").said()
    coins("gift", LONG, "frank", "panda", "--comment", "v" * 100, "-m", "m" * 200).said()
    coins("gift", LONG, "frank", "drama queen", "--comment", "V" * 100).said()
    return store


# -- in a pipe -----------------------------------------------------------------------------------


@pytest.mark.parametrize("line", [*TABLES, "doctor"])
def test_in_a_pipe_a_table_is_tab_separated_lines_without_a_heading(store, line):
    said = typed(line).said()
    rows = said.splitlines()
    assert len({row.count("\t") for row in rows}) == 1
    assert all(row == row.rstrip(" ") for row in rows)
    assert not any(mark in said for mark in ("─", "│", "…", ESCAPE))


def test_in_a_real_pipe_a_table_is_the_same_lines(store):
    assert process("wallet", "list").said() == typed("wallet list").said()


def test_in_a_pipe_nothing_is_wrapped_or_cut(long_store):
    row = typed("history", LONG).said().splitlines()[0]
    assert row.endswith(f" 1 × Drama queen (5,000 coins) in the comments of {'V' * 100}.")
    assert f"{LONG}\t4995\t0\t\t{'N' * 50}\n" in process("wallet", "list", COLUMNS="20").said()


@pytest.mark.parametrize("line", ["wallet list", f"history {LONG}"])
def test_the_width_of_a_terminal_means_nothing_in_a_pipe(long_store, monkeypatch, line):
    said = typed(line).said()
    monkeypatch.setenv("COLUMNS", "20")
    assert typed(line).said() == said


@pytest.mark.parametrize("line", ["history alice", "catalog packs --json", "verify", "--help"])
def test_a_reader_that_leaves_early_is_no_failure(store, line):
    with nobody_reads() as stdout:
        ran = process(*line.split(), stdout=stdout)
    assert (ran.code, ran.err) == (0, "")


@pytest.mark.parametrize("line", CHANGES)
def test_a_receipt_that_nobody_reads_is_on_stderr(store, line):
    with nobody_reads() as stdout:
        ran = process(*line.split(), stdout=stdout)
    assert ran.code == 7
    reason, done, *receipt = ran.err.splitlines()
    assert reason == "coins: the answer could not be written: broken pipe"
    assert done == "  what was asked for is done, and this was the answer:"
    assert coins("verify", "--receipt", receipt[-1].partition(" ")[2]).code == 0


def test_without_a_stdout_what_was_done_is_told_on_stderr(store):
    ran = shell("coins recharge alice 100 --quiet >&-")
    assert ran.code == 7
    assert ran.err == (
        "coins: the answer could not be written: stdout is closed\n"
        "  what was asked for is done, and this was the answer:\n18\n"
    )


def test_notices_and_errors_are_not_in_the_result(no_store):
    ran = shell("coins wallet create alice 2> /dev/null; coins balance bob 2> /dev/null")
    assert ran.code == 3
    assert ran.out.splitlines()[0] == "alice has a wallet."
    assert len(ran.out.splitlines()) == 2


@pytest.mark.parametrize(
    ("line", "closed"),
    [
        ("cashout frank --paypal f@example.com", "<&-"),
        ("balance alice", ">&-"),
        ("recharge alice 100 --json", "2>&-"),
        ("recharge alice 100", "<&- >&- 2>&-"),
    ],
)
def test_a_stream_that_is_closed_is_no_fault_of_coins(store, line, closed):
    ran = shell(f"coins {line} {closed}")
    assert "Traceback" not in ran.err
    assert ran.code == (7 if " >&-" in f" {closed}" and line.startswith("recharge") else 0)


@full_device
def test_an_answer_that_cannot_be_written_is_not_a_traceback(store):
    """The recharge is done; whoever asked must learn that, and not try again."""
    ran = shell("coins recharge alice 100 > /dev/full")
    assert "Traceback" not in ran.err
    assert "18" in ran.err
    assert typed("balance alice --json").json()["coins"] == 201


@full_device
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("balance nobody --json 2> /dev/full", 3),
        ("balance alice 2> /dev/full", 0),
        ("gift alice alice panda 2> /dev/full", 4),
        ("recharge alice 100 > /dev/full 2>&1", 7),
        ("--help > /dev/full", 7),
        ("--version > /dev/full", 7),
        ("wallet > /dev/full", 7),
        ("help keys >&-", 0),
    ],
)
def test_a_stderr_that_is_full_changes_no_exit_code(store, line, code, unbuffered):
    ran = shell(f"coins {line}", PYTHONUNBUFFERED=unbuffered)
    assert ran.code == code
    assert "Traceback" not in ran.err


@full_device
def test_a_note_that_nobody_hears_stops_nothing(no_store, tmp_path):
    ran = shell(f"coins wallet create zoe --store '{tmp_path}/new' 2> /dev/full")
    assert (ran.code, ran.out.splitlines()[0]) == (0, "zoe has a wallet.")


def test_a_batch_goes_on_when_nobody_hears_of_its_refusals(store, tmp_path):
    wrong = '{"op": "gift", "from": "alice", "to": "alice", "gift": "panda"}'
    right = '{"op": "recharge", "user": "alice", "pack": 100}'
    (tmp_path / "lines").write_text("\n".join([wrong, *[right] * 600]))
    ran = shell(
        f"{{ sleep 0.5; coins batch '{tmp_path}/lines' --quiet 2>&1 > /dev/null; echo $? >&3; }}"
        f" 3> '{tmp_path}/code' | true"
    )
    assert ran.err == ""
    assert (tmp_path / "code").read_text() == "4\n"
    assert typed("balance alice --json").json()["coins"] == 101 + 600 * 100


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_no_part_of_an_answer_is_lost_without_a_word(store, tmp_path, unbuffered):
    """A file that may not grow takes a part of what is written, and says so only of the rest."""
    line = '{"op": "recharge", "user": "alice", "pack": 100}'
    (tmp_path / "lines").write_text("\n".join([line] * 100))
    ran = shell(
        f"ulimit -f 8; coins batch '{tmp_path}/lines' --dry-run > '{tmp_path}/out'",
        PYTHONUNBUFFERED=unbuffered,
    )
    assert ran.code == 7
    assert "nothing was changed, and this was the answer:" in ran.err
    assert len(ran.err.splitlines()) > 100


# -- on a terminal -------------------------------------------------------------------------------


@pytest.mark.parametrize("line", [*TABLES, f"history {LONG}", f"balance {LONG}", "top frank"])
def test_a_table_on_a_terminal_of_80_columns_has_a_line_for_each_row(long_store, line):
    """Besides those in which free text goes on."""
    lines = typed(line, columns=80).said().splitlines()
    assert max(map(len, lines)) <= 80
    below = lines[next(n for n, text in enumerate(lines) if "──" in text) + 1 :]
    body = [row for row in takewhile(str.strip, below) if len(row.split()) > 1]
    body = [row for row in body if "  " in row.strip()]
    rows = typed(line).said().splitlines()
    for row in rows:
        first = row.partition("\t")[0]
        assert [text.split()[0].replace(",", "") for text in body].count(first) == 1, body


@pytest.mark.parametrize("line", [*TABLES, f"history {LONG}", f"wallet show {LONG}", "top frank"])
def test_a_table_on_a_terminal_of_80_columns_shows_every_number_and_heading(long_store, line):
    said = typed(line, columns=80).said()
    lines = said.splitlines()
    under = next(n for n, text in enumerate(lines) if "──" in text)
    heading = " ".join(lines[2:under])
    assert "…" not in heading
    assert len(heading.split()) >= 3
    words = said.replace(",", "").replace("$", "").split()
    for row in typed(line).said().splitlines():
        for field in row.split("\t"):
            if field.isdecimal():
                assert field in words, f"{field} of {row!r} is not in\n{said}"


def test_nothing_is_cut_on_a_terminal(long_store):
    said = typed("wallet list", columns=80).said()
    assert f"\n  {'N' * 50}\n" in said
    assert "…" not in said


@pytest.mark.parametrize("line", [f"history {LONG}", f"balance {LONG}", f"wallet show {LONG}"])
def test_the_title_of_a_table_is_one_line(long_store, line):
    title, below = typed(line, columns=80).said().splitlines()[:2]
    assert LONG in title
    assert below.strip() == ""


@pytest.mark.parametrize("columns", [40, 60, 80, 100, 200])
def test_a_table_is_never_wider_than_the_terminal(long_store, columns):
    for line in (*TABLES, f"history {LONG}"):
        said = typed(line, columns=columns).said()
        assert max(map(len, said.splitlines())) <= columns


@pytest.mark.parametrize("line", [f"history {LONG}"])
def test_at_a_real_terminal_of_80_columns_a_table_is_as_wide_as_said(long_store, line):
    drawn = typed(line, columns=80).said()
    assert terminal(*line.split(), "--color", "never", columns=80).out == drawn


def test_notes_and_titles_are_only_on_a_terminal(store):
    assert "At most" in typed("catalog packs", columns=80).said()
    assert "At most" not in typed("catalog packs").said()


# -- colour --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "environment"),
    [
        (["--color", "never"], {}),
        ([], {"NO_COLOR": "1", "FORCE_COLOR": "1"}),
        ([], {"TERM": "dumb"}),
    ],
    ids=["never", "NO_COLOR", "dumb"],
)
def test_who_wants_no_colour_gets_not_one_escape(store, options, environment):
    ran = terminal("wallet", "list", *options, **environment)
    assert ran.code == 0
    assert ESCAPE not in ran.out


@pytest.mark.parametrize(
    ("options", "environment"),
    [
        ([], {}),
        ([], {"NO_COLOR": ""}),
        (["--color", "always"], {"NO_COLOR": "1", "TERM": "dumb"}),
    ],
    ids=["plain", "empty", "always"],
)
def test_who_wants_colour_gets_it_on_a_terminal(store, options, environment):
    assert ESCAPE in terminal("wallet", "list", *options, **environment).out


@pytest.mark.parametrize("line", [*TABLES, "recharge alice 100", "verify", "demo", "--help"])
def test_in_a_pipe_there_is_no_colour_unless_it_is_asked_for(store, monkeypatch, line):
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert ESCAPE not in typed(line).said()


def test_lines_for_programs_have_no_colour_even_if_it_is_asked_for(store):
    assert process("wallet", "list", "--color", "always").said() == typed("wallet list").said()


def test_an_error_begins_in_red_with_what_is_wrong_and_its_hint_is_dim(store):
    assert terminal("balance", "nobody").out.splitlines() == [
        "\x1b[31mcoins: there is no wallet for nobody\x1b[0m",
        "\x1b[2m  coins wallet create nobody\x1b[0m",
    ]


@pytest.mark.parametrize(
    "options", [{"NO_COLOR": "1"}, {"TERM": "dumb"}, "--color never", "--json"]
)
def test_an_error_has_no_escapes_where_none_are_wanted(store, options):
    words, environment = (options.split(), {}) if isinstance(options, str) else ([], options)
    assert ESCAPE not in terminal("balance", "nobody", *words, **environment).out
    assert ESCAPE not in process("balance", "nobody", *words, **environment).err


def test_everything_said_on_stderr_is_folded_at_the_terminals_width(store):
    said = terminal("gift", "alice", "bob", "concert", "-n", "200", "--color=never", columns=40).out
    assert said == ("coins: alice has 101 coins and needs\n100,000\n  coins recharge alice\n")
    assert "\n" not in terminal("balance", "nobody", "--json", columns=40).out.strip()


# -- text that a terminal might obey -------------------------------------------------------------


@pytest.fixture
def nasty_store(store):
    """A store in which every free text is one that a terminal, or Rich, might obey."""
    coins("wallet", "create", "zoe", "--name", NASTY).said()
    coins("recharge", "zoe", "2000", "--key", "[red]k[/red]").said()
    coins("gift", "zoe", "frank", "panda", "--comment", NASTY, "--message", NASTY).said()
    coins("gift", "zoe", "erin", "panda", "--live", "--message", NASTY).said()
    audience = ("--audience", "custom", "--interests", NASTY)
    coins("promote", "zoe", NASTY, "--days", "1", *audience).said()
    return store


def is_safe(text):
    """Whether `text` has nothing but printable characters, line ends and our own tabs."""
    return text.replace("\n", "").replace("\t", "").isprintable()


@pytest.mark.parametrize("columns", [None, 80, 400])
@pytest.mark.parametrize("line", ["history zoe", "wallet list", "wallet show zoe", "history frank"])
def test_free_text_is_shown_and_never_obeyed(nasty_store, line, columns):
    said = typed(line, columns=columns).said()
    assert is_safe(said), ascii(said)
    plain = len(typed(line).said().splitlines())
    if columns is None:
        assert {row.count("\t") for row in said.splitlines()} in ({3}, {4})
        assert len(typed(line, "--json").said().splitlines()) == 1
        assert plain == len(said.splitlines())


def test_brackets_are_shown_as_they_were_typed(nasty_store):
    shown = r"[bold]x[/bold] \x1b[31mred\x1b[0m \u202edloc \u200b\ttab\nnew\r\x07\x9b2J"
    assert shown in typed("wallet show zoe").said()
    assert shown in typed("wallet show zoe", columns=400).said()
    assert shown in typed("history zoe", columns=400).said()


def test_receipts_are_safe_to_show(nasty_store):
    options = ("--key", "[red]k[/red]")
    for args in (
        ("recharge", "zoe", "2000", *options),
        ("gift", "zoe", "erin", "panda", "--message", NASTY, "--comment", NASTY),
        ("gift", "zoe", "erin", "panda", "--message", NASTY),
        ("promote", "zoe", NASTY, "--days", "1", "--dry-run"),
        ("wallet", "create", "yan", "--name", NASTY),
    ):
        said = coins(*args).said()
        assert is_safe(said), ascii(said)


@pytest.mark.parametrize(
    "args",
    [
        ("balance", NASTY),
        ("recharge", "alice", NASTY),
        ("gift", "alice", "bob", NASTY),
        ("gift", "alice", "bob", "panda", "--quantity", NASTY),
        ("cashout", "alice", "--paypal", NASTY),
        ("promote", "alice", "v", "--days", "1", "--audience", NASTY),
        ("recharge", "alice", "100", "--key", NASTY),
        ("balance", "alice", "--color", NASTY),
        ("balance", "alice", "--catalog", f"/{NASTY}"),
        ("balance", "alice", "--store", f"/{NASTY}/x"),
        ("balance", "alice", f"--{NASTY}"),
        ("catalog", "check", NASTY),
        ("verify", "--receipt", NASTY),
        (NASTY,),
        ("wallet", NASTY),
        ("balance", "alice", NASTY),
    ],
    ids=lambda args: " ".join(args).replace(NASTY, "NASTY"),
)
def test_an_error_shows_bad_text_and_never_obeys_it(store, args):
    ran = coins(*args)
    assert ran.code in (2, 3, 6)
    assert ran.out == ""
    assert is_safe(ran.err), ascii(ran.err)
    assert "\t" not in ran.err
    assert len(ran.err.splitlines()) == 2


def test_a_very_long_text_does_not_make_a_very_long_error(store):
    for args in (
        ("balance", "x" * 100_000),
        ("recharge", "alice", "x" * 100_000),
        ("gift", "alice", "bob", "x" * 100_000),
        ("x" * 100_000,),
        ("balance", "alice", "--" + "x" * 100_000),
        ("balance", "alice", "x" * 100_000),
        ("balance", "alice", "--color", "x" * 100_000),
    ):
        assert len(coins(*args).err) < 1_000
        assert len(coins(*args, "--json").err) < 1_000


def test_a_terminal_without_the_letters_still_shows_the_answer(store):
    message = ("--message", "Bravo \u2603", "--live")
    ran = process("gift", "dora", "erin", "panda", *message, PYTHONIOENCODING="latin-1:strict")
    assert (ran.code, ran.err) == (0, "")
    assert r"Bravo \u2603" in ran.out
