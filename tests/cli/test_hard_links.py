"""Stores whose files have a second name, as after `cp -al`, rsnapshot, or deduplication."""

import os
from pathlib import Path

import pytest

from tests.cli.conftest import copy_of
from tests.cli.runner import coins, contents, one_object, typed
from tests.cli.test_json import ANSWERS, BEFORE, NOTES, STREAMS, differences


def linked(folder, place):
    """What `cp -al` makes: folders of its own, and in them second names for the same files."""
    place.mkdir(mode=0o700)
    for path in sorted(folder.rglob("*")):
        twin = place / path.relative_to(folder)
        if path.is_dir():
            twin.mkdir(mode=0o700)
        else:
            os.link(path, twin)
    return place


def modes(folder):
    return {str(path): path.stat().st_mode for path in sorted(folder.rglob("*"))}


@pytest.fixture
def at_work(made_once, tmp_path, monkeypatch):
    """A folder to work in, with a store in it that commands work on, and what some of them read."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COINS_STORE", str(copy_of(made_once, tmp_path / "store")))
    typed("backup kept.tar.gz").said()
    Path("roster.csv").write_text("handle,name,team\nmia,Mia M.,red\ndora,,\n")
    Path("one.jsonl").write_text('{"op": "recharge", "user": "alice", "pack": 100, "quantity": 2}')
    return tmp_path


@pytest.mark.parametrize("command", ANSWERS)
def test_a_second_name_is_no_damage_and_what_has_it_stays_as_it_is(at_work, monkeypatch, command):
    for line in BEFORE.get(command, []):
        typed(line).said()
    twin = linked(at_work / "store", at_work / "twin")
    before = contents(at_work / "store"), modes(at_work / "store")
    monkeypatch.setenv("COINS_STORE", str(twin))
    line, expected = ANSWERS[command]
    ran = typed(line, "--json")
    assert (ran.code, ran.err) == (0, NOTES.get(command, ""))
    answer = ran.out.splitlines(keepends=True)[-1] if command in STREAMS else ran.out
    assert differences(one_object(answer), expected) == []
    assert (contents(at_work / "store"), modes(at_work / "store")) == before
    for store in ("store", "twin"):
        assert coins("verify", "--store", at_work / store, "--json").json()["findings"] == []


def test_the_two_go_on_apart_from_each_other(at_work):
    twin = linked(at_work / "store", at_work / "twin")
    coins("gift", "dora", "bob", "panda", "--store", twin, "--key", "k").said()
    assert coins("recharge", "dora", "2000", "--key", "k").code == 0
    assert coins("balance", "dora", "--store", twin, "--json").json()["coins"] == 1995
    assert coins("balance", "dora", "--json").json()["coins"] == 4000
    for store in ("store", "twin"):
        answer = coins("verify", "--store", at_work / store, "--json").json()
        assert (answer["ok"], answer["transactions"]) == (True, 18)
