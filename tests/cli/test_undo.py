"""Undoing the newest transaction: that one and no other, as `reverse` does it."""

import pytest

from coins_cli.opening import open_bank
from tests.cli.runner import CTRL_C, coins, contents, process, terminal, typed

SURE = "Undo it? [y/N]:"
ERIN_IS_LIVE = 17


@pytest.fixture
def given(store):
    """The number of the newest transaction, a gift of dora's to bob after one of alice's."""
    typed("gift alice bob panda").said()
    return typed("gift dora bob sun-cream --json").json()["seq"]


def newest():
    return typed("export --format jsonl").said().count("\n")


def test_the_newest_is_undone_and_named(given, balances):
    answer = typed("undo --json").json()
    assert (answer["op"], answer["reverses"], answer["seq"]) == ("reverse", given, given + 1)
    assert (answer["reason"], answer["coins"]) == ("undone", 50)
    assert balances()["dora"] == (2000, 0)
    assert balances()["bob"] == (0, 10_004)


def test_it_is_what_reverse_does(given, tmp_path, monkeypatch):
    by_number = typed(f"reverse {given} --reason undone --dry-run --json").json()
    undone = typed("undo --dry-run --json").json()
    assert {**undone, "at": None} == {**by_number, "at": None}


def test_the_newest_of_a_user_is_undone_wherever_it_is(given, balances):
    assert typed("undo --user alice --json").json()["reverses"] == given - 1
    assert balances()["alice"] == (101, 0)
    assert balances()["dora"] == (1950, 0)


def test_a_gift_is_the_newest_of_who_got_it_too(given):
    assert typed("undo --user BOB --json").json()["reverses"] == given


def test_a_reason_is_written_into_the_history(given):
    assert typed("undo", "--reason", "meant for carol", "--json").json()["reason"] == (
        "meant for carol"
    )
    assert "meant for carol" in typed("history dora --limit 1").said()


def test_at_a_terminal_it_is_shown_and_asked_about(given):
    ran = terminal("undo", answers=[(SURE, "y\r")])
    assert ran.code == 0
    first, rest, second, third = ran.out.splitlines()[:4]
    assert first.startswith(f"Transaction {given}, 2")
    assert f"{first} {rest}".endswith(": dora sent bob 1 × Sun cream (50 coins) in the comments.")
    assert second == f"{SURE} y"
    assert third == f"Transaction {given} is reversed (dora's gift to bob, 50 coins): undone"


@pytest.mark.parametrize("answer", ["n\r", "\r", CTRL_C])
def test_without_a_yes_nothing_is_undone(given, store, answer):
    before = contents(store)
    ran = terminal("undo", answers=[(SURE, answer)])
    assert (ran.code, ran.out.splitlines()[-1]) == (130, "Stopped; nothing was changed.")
    assert contents(store) == before


def test_what_was_shown_is_undone_though_another_became_the_newest_meanwhile(given, balances):
    def somebody_gives():
        typed("gift dora erin panda").said()
        return "y\r"

    ran = terminal("undo", answers=[(SURE, somebody_gives)])
    assert ran.code == 0
    assert f"Transaction {given} is reversed" in ran.out
    assert balances()["dora"] == (1995, 0)


def test_when_the_shown_one_is_undone_meanwhile_the_next_question_says_so(given):
    def somebody_undoes():
        typed(f"reverse {given} --reason slip").said()
        return "y\r"

    ran = terminal("undo", answers=[(SURE, somebody_undoes)])
    assert ran.code == 5
    assert f"transaction {given} was reversed already" in ran.out


@pytest.mark.parametrize(
    ("before", "why", "hint"),
    [
        ("wallet create zoe", "it opened a wallet", "only what moved coins can be undone"),
        ("live start bob", "it started a live", "coins live end CREATOR ends it"),
        ("live end erin", "it ended a live", "coins live start CREATOR starts another"),
        ("undo", "it is a reversal itself", "do again what it undid"),
        (
            "cashout frank --paypal f@example.com --pending",
            "it is a payout that was not paid at once",
            "give it back: coins payout return 20",
        ),
    ],
)
def test_what_cannot_be_undone_says_why_and_nothing_else_is_undone(given, before, why, hint):
    typed(before).said()
    seq = newest()
    for args in (("undo",), ("undo", "--dry-run"), ("undo", "--yes")):
        ran = process(*args)
        assert (ran.code, ran.out) == (4, "")
        assert ran.err == f"coins: transaction {seq} cannot be reversed: {why}\n  {hint}\n"
    assert newest() == seq


def test_nobody_is_asked_about_what_cannot_be_undone(store):
    ran = terminal("undo")
    assert ran.code == 4
    assert SURE not in ran.out
    assert f"transaction {ERIN_IS_LIVE} cannot be reversed" in ran.out


def test_coins_that_are_gone_cannot_be_taken_back(store):
    typed("recharge carol 100").said()
    typed("gift carol bob panda --quantity 20").said()
    assert typed("undo --user carol --json").json()["coins"] == 100
    typed("gift carol bob sun-cream --quantity 2").said()
    assert typed("reverse 18 --reason x --json").refusal()["code"] == "coins_gone"


def test_with_a_key_it_is_done_once_however_often_it_is_said(given):
    first = typed("undo --key slip --json").json()
    typed("gift dora bob panda").said()
    again = typed("undo --key slip --json").json()
    assert (again["seq"], again["reverses"], again["replayed"]) == (first["seq"], given, True)
    assert typed("undo --key slip --user alice --json").json()["replayed"]
    assert typed("undo --key slip --reason other --json").refusal()["code"] == "key_reused"


def test_a_key_of_something_else_is_refused(given):
    typed("recharge alice 100 --key friday").said()
    assert typed("undo --key friday --json").refusal()["code"] == "key_reused"


@pytest.mark.parametrize(
    ("line", "code", "exit_code"),
    [
        ("undo --user mallory", "unknown_user", 3),
        ("undo --user al/ice", "invalid_handle", 2),
        ("undo --key ''", "invalid_key", 2),
        ("undo --reason ''", "invalid_text", 2),
        ("undo 14", "usage", 2),
    ],
)
def test_bad_input_undoes_nothing(given, line, code, exit_code):
    refusal = typed(line, "--json").refusal()
    assert (refusal["code"], refusal["exit"]) == (code, exit_code)
    assert newest() == given


def test_without_a_store_or_in_an_empty_one_there_is_nothing_to_undo(no_store):
    assert typed("undo --json").refusal()["code"] == "no_store"
    assert typed("catalog init").code == 0
    refusal = typed("undo --json").refusal()
    assert (refusal["code"], refusal["exit"]) == ("nothing_done", 3)
    assert refusal["hint"] == "the first wallet begins it: coins wallet create alice"


def test_with_quiet_only_the_number_is_left(given):
    assert coins("undo", "--quiet").said() == f"{given + 1}\n"


def test_a_python_program_finds_the_newest_too(given, store):
    bank = open_bank(store)
    assert bank.read.newest().seq == given
    assert bank.read.newest("alice").seq == given - 1
