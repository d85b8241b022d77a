"""Payouts, reversals, promotions and the clock on the command line."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.cli.runner import coins, terminal, typed


@pytest.fixture
def payout(store):
    """The number of a payout that frank has asked for."""
    line = "cashout frank --paypal frank@example.com --pending --json"
    return typed(line).json()["seq"]


# -- payouts -------------------------------------------------------------------------------------


def test_a_pending_payout_holds_the_coins_and_says_so(store):
    said = typed("cashout frank --paypal frank@example.com --pending").said()
    assert said.startswith(
        "frank asked for a payout of 10,000 coins: $100.00 to frank@example.com."
        " They are held until payout 18 is settled or returned.\n"
        "frank has 500 coins, 0 earned, and 10,000 held.\n"
    )
    assert typed("balance frank --json").json()["held"] == 10000
    assert "10,000 coins are held for payouts" in typed("balance frank", columns=80).said()
    again = typed("cashout frank --paypal frank@example.com", "--json").refusal()
    assert (again["code"], again["earned"]) == ("below_threshold", 0)


def test_a_settled_payout_is_paid_once(payout):
    said = typed(f"payout settle {payout}").said()
    assert said.startswith(
        f"Payout {payout} is settled: 10,000 coins of frank became 10,000 diamonds, $100.00"
        " to frank@example.com.\nfrank has 500 coins and 0 earned.\n"
    )
    for line in (f"payout settle {payout}", f"payout return {payout} --reason late"):
        refusal = typed(line, "--json").refusal()
        assert (refusal["code"], refusal["exit"]) == ("payout_ended", 5)
        assert refusal["hint"] == f"coins payout show {payout} shows how"
    shown = typed(f"payout show {payout}", columns=100).said()
    assert f"It was settled by transaction {payout + 1}." in shown


def test_a_returned_payout_gives_the_coins_back_and_keeps_the_reason(payout):
    said = typed(f"payout return {payout} --reason 'no such account'").said()
    assert said.startswith(
        f"Payout {payout} is returned: 10,000 coins to frank. Why: no such account\n"
        "frank has 500 coins and 10,000 earned.\n"
    )
    assert "Why: no such account" in typed(f"payout show {payout}", columns=100).said()
    assert typed("cashout frank --paypal frank@example.com").code == 0


def test_payouts_can_be_listed_by_user_and_by_status(payout):
    row = typed("payout list").said().rstrip("\n").split("\t")
    assert row[:5] == [str(payout), "frank", "pending", "10000", "100.00"]
    assert row[6] == "frank@example.com"
    assert typed("payout list --status settled").said() == ""
    assert typed("payout list bob").said() == ""
    assert typed("payout list frank --status pending").said() == typed("payout list").said()
    assert typed("payout list --status paid", "--json").refusal()["exit"] == 2
    assert typed("payout list nobody", "--json").refusal()["exit"] == 3


@pytest.mark.parametrize("verb", ["show", "settle"])
def test_what_is_no_payout_is_not_found(untouched, verb):
    for number in ("1", "17", "999"):
        refusal = typed(f"payout {verb} {number}", "--json").refusal()
        assert (refusal["code"], refusal["exit"]) == ("unknown_payout", 3)
    for number in ("0", "x", "1.5"):
        assert typed(f"payout {verb} {number}", "--json").refusal()["exit"] == 2


def test_at_a_terminal_a_settlement_is_confirmed(payout):
    asked = "Pay out $100.00 to frank@example.com? [y/N]: "
    assert terminal("payout", "settle", payout, answers=[(asked, "n\r")]).code == 130
    assert typed(f"payout show {payout} --json").json()["status"] == "pending"
    assert terminal("payout", "settle", payout, answers=[(asked, "y\r")]).code == 0


def test_a_key_makes_a_settlement_safe_to_send_again(payout):
    first = typed(f"payout settle {payout} --key friday --json").json()
    again = typed(f"payout settle {payout} --key friday --json").json()
    assert (again["seq"], again["replayed"]) == (first["seq"], True)


def test_a_dry_run_of_an_ending_changes_nothing(payout):
    for line in (
        f"payout settle {payout}",
        f"payout return {payout} --reason x",
        "reverse 14 --reason x",
    ):
        assert typed(line, "--dry-run").said().startswith("Dry run: nothing was changed.")
    assert typed(f"payout show {payout} --json").json()["status"] == "pending"


def test_a_batch_takes_all_of_them(store):
    lines = [
        '{"op": "live_start", "user": "bob", "title": "Songs"}',
        '{"op": "cashout", "user": "frank", "paypal": "f@example.com", "pending": true}',
        '{"op": "payout_return", "payout": 19, "reason": "mistyped"}',
        '{"op": "payout_settle", "payout": 19}',
        '{"op": "reverse", "reverses": 14, "reason": "bought twice"}',
        '{"op": "cashout", "user": "frank", "paypal": "f@example.com", "pending": "yes"}',
    ]
    ran = coins("batch", "--json", stdin="\n".join(lines).encode())
    answers = [one.get("error", one) for one in map(json.loads, ran.out.splitlines())]
    assert [one.get("op") or one["code"] for one in answers] == [
        "live_start",
        "cashout",
        "payout_return",
        "payout_ended",
        "reverse",
        "invalid_request",
    ]


# -- reversals -----------------------------------------------------------------------------------


def test_a_reversal_is_told_and_both_stand_in_the_history(store):
    said = typed("reverse 14 --reason 'bought twice'").said()
    assert said.startswith(
        "Transaction 14 is reversed (frank's recharge, 500 coins): bought twice\n"
        "frank has 0 coins and 10,000 earned.\n"
    )
    newest = typed("history frank --limit 2").said().splitlines()
    assert newest[0].endswith(
        "Transaction 14 is reversed (frank's recharge, 500 coins): bought twice"
    )
    assert newest[1].endswith("Reversed by 18: frank bought 500 coins for $6.49.")


@pytest.mark.parametrize(
    ("before", "seq", "code", "exit_code"),
    [
        (["reverse 14 --reason x"], 14, "already_reversed", 5),
        (["gift frank bob panda"], 14, "coins_gone", 4),
        ([], 1, "not_reversible", 4),
        ([], 17, "not_reversible", 4),
        (["reverse 14 --reason x"], 18, "not_reversible", 4),
        ([], 999, "unknown_transaction", 3),
        ([], 0, "invalid_amount", 2),
    ],
)
def test_what_cannot_be_reversed_says_why(store, before, seq, code, exit_code):
    for line in before:
        typed(line).said()
    refusal = typed(f"reverse {seq} --reason again", "--json").refusal()
    assert (refusal["code"], refusal["exit"]) == (code, exit_code)
    assert refusal["hint"]


def test_a_reversal_needs_a_reason(untouched):
    assert typed("reverse 14", "--json").refusal()["exit"] == 2
    assert typed("reverse 14 --reason ''", "--json").refusal()["exit"] == 2


def test_the_help_says_that_the_real_platform_refunds_nothing():
    said = " ".join(typed("reverse --help").said().split())
    assert "On the real platform coins are not refundable" in said


# -- promotions and time -------------------------------------------------------------------------


def test_a_promotion_runs_on_the_economys_clock(store):
    typed("clock set 2100-01-01 --stopped").said()
    number = typed("promote dora cat.mp4 --days 2 --json").json()["seq"]
    told = [typed(f"promotion show {number} --json").json()]
    for _ in range(3):
        typed("clock advance 18h").said()
        told.append(typed(f"promotion show {number} --json").json())
    assert [(one["status"], one["days_left"], one["views"]) for one in told] == [
        ("running", 2, 0),
        ("running", 2, 750),
        ("running", 1, 1500),
        ("ended", 0, 2000),
    ]
    assert typed("promotion list --running").said() == ""
    assert len(typed("promotion list dora").said().splitlines()) == 1
    assert typed("promotion show 1", "--json").refusal()["code"] == "unknown_promotion"


def test_the_clock_moves_and_everything_is_recorded_by_it(store):
    assert typed("clock set 2100-01-01T09:30").said().startswith("It is 2100-01-01 09:30 UTC,")
    first = typed("gift dora bob panda --json").json()["at"]
    assert first.startswith("2100-01-01T09:30:")
    assert "1 d" not in typed("clock show").said().partition(",")[0]
    typed("clock advance 1w2d").said()
    assert typed("gift dora bob panda --json").json()["at"].startswith("2100-01-10T09:30:")


def test_time_never_runs_backwards(store):
    typed("clock advance 3d").said()
    late = typed("gift dora bob panda --json").json()["at"]
    refusal = typed("clock set 2026-01-01", "--json").refusal()
    assert (refusal["code"], refusal["exit"]) == ("clock_behind", 4)
    said = typed("clock reset").said()
    assert said.endswith(", and stays so until the computer's clock has caught up.\n")
    assert typed("gift dora bob panda --json").json()["at"] == late
    assert typed("clock show --json").json()["now"] == late


def test_a_stopped_clock_stands_until_it_is_moved(store):
    typed("clock set 2100-01-01 --stopped").said()
    shown = {typed("clock show").said() for _ in range(2)}
    assert shown == {"It is 2100-01-01 00:00 UTC, and stays so until the clock is moved.\n"}
    assert typed("clock advance 90m --quiet").said() == "2100-01-01T01:30:00Z\n"


def test_without_a_clock_of_its_own_it_is_the_computers(untouched):
    answer = typed("clock show --json").json()
    now = datetime.fromisoformat(answer["now"])
    assert abs(now - datetime.now(UTC)) < timedelta(minutes=5)
    assert answer["own"] is False


@pytest.mark.parametrize(
    "line",
    [
        "clock set yesterday",
        "clock set 2026-13-01",
        "clock set 20260101T25",
        "clock advance 3",
        "clock advance 0d",
        "clock advance 3d2w",
        "clock advance 'three days'",
    ],
)
def test_what_is_no_time_is_wrong_usage(untouched, line):
    refusal = typed(line, "--json").refusal()
    assert refusal["exit"] == 2
    assert refusal["hint"].startswith("write it like ")


def test_a_clock_cannot_be_moved_beyond_the_last_year(untouched):
    for line in ("clock set 9999-01-01", "clock advance 999999999999w"):
        refusal = typed(line, "--json").refusal()
        assert (refusal["code"], refusal["exit"]) == ("clock_too_far", 4)


def test_a_clock_that_cannot_be_read_is_mended_by_a_reset(store):
    (store / "clock.json").write_text("half past nine")
    refusal = typed("gift dora bob panda", "--json").refusal()
    assert refusal["exit"] == 6
    assert "coins clock reset" in refusal["message"] + (refusal["hint"] or "")
    typed("clock reset").said()
    assert typed("gift dora bob panda").code == 0
