"""Long help goes through the pager at a terminal, and nowhere else."""

import os

import pytest

from tests.cli.runner import CTRL_C, coins, command_paths, group_paths, process, terminal, typed

PREFIX = "sed s/^/PAGED:/"
"""A pager that shows what went through it."""
PATHS = [" ".join(path) for path, _ in (*command_paths(), *group_paths())]
LONG = "gift --help"


def is_paged(ran):
    assert ran.code == 0, ran.out
    lines = ran.out.splitlines()
    paged = [line.startswith("PAGED:") for line in lines]
    assert all(paged) or not any(paged)
    return paged[0]


@pytest.mark.parametrize("line", ["--help", LONG, "help gift", "help", "wallet create --help"])
def test_long_help_at_a_terminal_goes_through_the_pager(line):
    ran = terminal(*line.split(), PAGER=PREFIX)
    assert is_paged(ran)
    assert ran.out.replace("PAGED:", "") == typed(line).said()


@pytest.mark.parametrize("line", ["", "--version", "help keys"])
def test_what_fits_the_screen_is_printed_at_once(line):
    assert not is_paged(terminal(*line.split(), PAGER=PREFIX))


@pytest.mark.parametrize("path", PATHS)
def test_help_that_is_longer_than_the_screen_is_paged_whatever_command_it_is_of(path):
    text = typed(f"{path} --help").said()
    ran = terminal(*path.split(), "--help", PAGER=PREFIX)
    assert is_paged(ran) == (len(text.splitlines()) >= 24)


@pytest.mark.parametrize(
    "line", ["--no-pager gift --help", "gift --no-pager --help", "gift --help --no-pager"]
)
def test_no_pager_stands_wherever_it_is_wanted(line):
    assert not is_paged(terminal(*line.split(), PAGER=PREFIX))


def test_no_pager_is_for_help_on_a_command_too():
    assert not is_paged(terminal("help", "gift", "--no-pager", PAGER=PREFIX))


@pytest.mark.parametrize("pager", ["", "cat", " ", "no-such-pager --really", "sed 's/^/PAGED:/"])
def test_without_a_pager_that_can_be_run_help_is_printed_at_once(pager):
    ran = terminal(*LONG.split(), PAGER=pager)
    assert ran.code == 0
    assert ran.out == typed(LONG).said()


def test_a_dumb_terminal_has_no_pager():
    assert not is_paged(terminal(*LONG.split(), PAGER=PREFIX, TERM="dumb"))


def test_help_that_goes_to_a_file_or_a_pipe_is_not_paged(tmp_path):
    file = tmp_path / "help.txt"
    assert terminal(*LONG.split(), PAGER=PREFIX, stdout=file).out == ""
    assert file.read_text() == typed(LONG).said()
    assert process(*LONG.split(), PAGER=PREFIX).said() == typed(LONG).said()


def test_json_is_not_paged():
    ran = terminal("help", "gift", "--json", PAGER=PREFIX)
    assert ran.out.startswith('{"schema":1,"topic":"gift"')


@pytest.mark.parametrize(("said", "got"), [(None, "FRX"), ("S", "S")])
def test_less_gets_the_options_that_git_gives_it_unless_the_reader_has_chosen(
    monkeypatch, said, got
):
    monkeypatch.delenv("LESS", raising=False)
    given = {} if said is None else {"LESS": said}
    ran = terminal(*LONG.split(), PAGER="sh -c 'cat >/dev/null; echo LESS=$LESS'", **given)
    assert (ran.code, ran.out) == (0, f"LESS={got}\n")


def test_without_a_word_of_the_reader_it_is_less(monkeypatch, tmp_path):
    monkeypatch.delenv("PAGER", raising=False)
    less = tmp_path / "less"
    less.write_text("#!/bin/sh\ncat >/dev/null; echo this is less\n")
    less.chmod(0o755)
    ran = terminal(*LONG.split(), PATH=f"{tmp_path}:{os.environ['PATH']}")
    assert (ran.code, ran.out) == (0, "this is less\n")


def test_whoever_leaves_the_pager_early_has_read_enough():
    ran = terminal("--help", PAGER="head -n 1")
    assert (ran.code, ran.out) == (0, "Usage: coins [OPTIONS] COMMAND [ARGS]...\n")


def test_the_code_of_the_pager_is_its_own():
    assert terminal(*LONG.split(), PAGER="sh -c 'cat >/dev/null; exit 3'").code == 0


def test_ctrl_c_is_the_pagers_and_does_not_end_coins_under_it(tmp_path):
    pager = tmp_path / "pager"
    pager.write_text(
        "#!/bin/sh\ntrap 'echo caught' INT\ncat >/dev/null; echo ready\n"
        "read one </dev/tty; read two </dev/tty; echo left\n"
    )
    pager.chmod(0o755)
    ran = terminal("--help", PAGER=str(pager), answers=[("ready", CTRL_C), ("caught", "\r\r")])
    assert ran.code == 0
    assert "left" in ran.out
    assert "Stopped" not in ran.out
    assert "Traceback" not in ran.out


def test_the_pager_is_in_the_help_of_the_environment():
    assert "PAGER" in coins("help", "environment").said()
