"""What a command says of what it changed is what the disk shows, wherever its answer goes.

The lines are in `changing`: every command of the program has one.
"""

import os
from contextlib import contextmanager
from shutil import copytree

import pytest

from tests.cli.changing import (
    CHANGING,
    READING,
    REFUSED,
    command_of,
    make_room,
    options_that_write,
    with_dry_runs,
)
from tests.cli.runner import command_paths, contents, nobody_reads, shell, typed

full_device = pytest.mark.skipif(
    not os.path.exists("/dev/full"), reason="this system has no full device"
)
NOTHING = "nothing was changed"
DONE = "what was asked for is done"
PART = "what was done before stays"
SINKS = [
    pytest.param("full", marks=full_device),
    "closed",
    "left",
]
OF_READERS = {"lock", "turn", "views"}
"""What a reader may leave in a store: it is no part of the economy."""


@pytest.fixture(scope="module")
def room_made_once(tmp_path_factory):
    room = tmp_path_factory.mktemp("room")
    make_room(room)
    return room


@pytest.fixture
def room(room_made_once, tmp_path, monkeypatch):
    """A copy of the room, to be in, with its store as the one that is meant."""
    place = copytree(room_made_once, tmp_path / "room")
    monkeypatch.chdir(place)
    monkeypatch.setenv("COINS_STORE", "store")
    return place


def told(folder):
    """What lies under a folder, without what readers may leave in a store."""
    return {
        name: data
        for name, data in contents(folder).items()
        if not OF_READERS & set(name.split(os.sep))
    }


@contextmanager
def sink(kind):
    """A stdout that takes no answer: a full disk, none at all, or a pipe whose reader has left."""
    if kind == "full":
        with open("/dev/full", "w", buffering=1) as stdout:
            yield stdout
    elif kind == "closed":
        with open(os.devnull) as stdout:
            yield stdout
    else:
        with nobody_reads() as writing, os.fdopen(os.dup(writing), "w", buffering=1) as stdout:
            yield stdout


# -- every command -------------------------------------------------------------------------------


def test_every_command_and_every_option_that_writes_a_file_has_a_line():
    paths = {path for path, _ in command_paths()}
    assert paths - {command_of(line) for line in CHANGING + READING} == set()
    written = {(command_of(line), word) for line in CHANGING for word in line.split()}
    assert set(options_that_write()) - written == set()


@pytest.mark.parametrize("line", CHANGING)
@pytest.mark.parametrize("kind", SINKS)
@pytest.mark.parametrize("how", ["", " --json"])
def test_a_change_whose_answer_cannot_be_written_is_said_to_be_done(room, line, kind, how):
    before = told(room)
    with sink(kind) as stdout:
        ran = typed(line + how, stdout=stdout)
    assert told(room) != before
    assert NOTHING not in ran.err
    if "--quiet" in line and not how and ran.code == 0:
        return  # It had nothing to say.
    assert ran.code == 7
    assert "coins: the answer could not be written: " in ran.err
    assert f"  {DONE}, and this was the answer:" in ran.err or f"  {PART}" in ran.err
    assert ran.err.endswith("\n")


@pytest.mark.parametrize("line", [*READING, *with_dry_runs(CHANGING)])
@pytest.mark.parametrize("kind", SINKS)
def test_where_nothing_was_changed_nothing_is_said_to_be_done(room, line, kind):
    before = told(room)
    with sink(kind) as stdout:
        ran = typed(line, stdout=stdout)
    assert told(room) == before
    assert DONE not in ran.err
    assert PART not in ran.err
    if kind == "full" and "--quiet" not in line:
        assert ran.code == 7
        assert NOTHING in ran.err
    else:
        assert ran.code == 0
        assert "coins:" not in ran.err


@pytest.mark.parametrize("line", REFUSED)
@pytest.mark.parametrize("kind", SINKS)
def test_what_is_refused_changes_nothing(room, line, kind):
    before = told(room)
    with sink(kind) as stdout:
        ran = typed(line, stdout=stdout)
    assert told(room) == before
    assert ran.code in (2, 3, 4, 5, 6)
    assert DONE not in ran.err


@full_device
@pytest.mark.parametrize("line", ["clock advance 3d", "backup new.tar.gz", "wallet create zoe"])
def test_a_process_of_its_own_says_the_same(room, line):
    for redirected in ("> /dev/full", ">&-"):
        before = told(room)
        ran = shell(f"coins {line} {redirected}")
        assert told(room) != before
        assert ran.code == 7
        assert f"  {DONE}, and this was the answer:\n" in ran.err
        for name in ("new.tar.gz",):
            (room / name).unlink(missing_ok=True)
        line = line.replace("zoe", "yan")
