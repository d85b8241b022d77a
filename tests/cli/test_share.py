"""Letting a group of users work on the store, and nobody else."""

import grp
import os

import pytest

from tests.cli.runner import contents, process, typed


@pytest.fixture
def group():
    """The name of the group of whoever runs this."""
    return grp.getgrgid(os.getegid()).gr_name


def test_a_store_is_shared_with_a_group_and_kept_again(store, group):
    assert typed(f"share {group}").said() == f"All members of {group} can use {store} now.\n"
    assert store.stat().st_mode & 0o7777 == 0o2770
    assert typed("recharge alice 100 --json").json()
    assert typed("verify --json").json()["ok"] is True
    assert typed("share --stop").said() == f"Only you can use {store} now.\n"
    assert store.stat().st_mode & 0o7777 == 0o700
    assert typed("verify --json").json()["ok"] is True


def test_sharing_is_answered_in_json_and_in_quiet(store, group):
    answer = {"schema": 1, "store": str(store), "group": group}
    assert typed(f"share {group} --json").json() == answer
    assert typed(f"share {group} --quiet").said() == ""


@pytest.mark.parametrize("line", ["share", "share root --stop"])
def test_a_group_is_named_or_sharing_is_stopped(store, line):
    before = contents(store)
    refusal = typed(line, "--json").refusal()
    assert (refusal["code"], refusal["exit"]) == ("usage", 2)
    assert contents(store) == before


def test_a_group_that_is_not_known_is_not_found(store):
    before = contents(store)
    refusal = typed("share no-such-group --json").refusal()
    assert (refusal["code"], refusal["exit"]) == ("unknown_group", 3)
    assert "'no-such-group'" in refusal["message"]
    assert contents(store) == before


def test_without_a_store_there_is_nothing_to_share(no_store, group):
    assert typed(f"share {group} --json").refusal()["code"] == "no_store"
    assert not no_store.exists()


def test_a_hint_names_the_chmod_and_the_way_to_share_on_purpose(store):
    store.chmod(0o770)
    refusal = typed("balance alice --json").refusal()
    assert (refusal["code"], refusal["exit"]) == ("writable_by_others", 6)
    assert refusal["mend"] == f"chmod g-w {store}"
    assert "coins share GROUP" in refusal["hint"]
    ran = typed("verify")
    assert (ran.code, ran.out) == (6, f"{store}: its group can write it; chmod g-w {store}\n")


def test_when_the_answer_is_lost_it_is_said_that_it_is_done(store, group):
    with open("/dev/full", "wb") as full:
        ran = process("share", group, stdout=full)
    assert ran.code == 7
    assert "what was asked for is done" in ran.err
    assert store.stat().st_mode & 0o7777 == 0o2770
