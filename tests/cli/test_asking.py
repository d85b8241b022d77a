"""What is asked at a terminal, and that nothing is asked without one."""

import fcntl
import os
import signal
import subprocess
import time
from contextlib import suppress

import pytest

from tests.cli.runner import COMMAND, CTRL_C, CTRL_D, contents, process, terminal, typed

WHICH = "Which pack:"
SURE = "[y/N]:"


def test_recharge_shows_the_packs_asks_which_and_asks_to_confirm(store):
    ran = terminal("recharge", "alice", answers=[(WHICH, "500\r"), (SURE, "y\r")])
    assert ran.code == 0
    assert ran.out.startswith(
        "alice has 101 coins. The packs:\n"
        "     100 coins     $1.29   1.290 ¢ a coin\n"
        "     500 coins     $6.49   1.298 ¢ a coin\n"
        "   2,000 coins    $26.99   1.349 ¢ a coin\n"
        "   5,000 coins    $66.99   1.340 ¢ a coin\n"
        "  10,000 coins   $134.99   1.350 ¢ a coin\n"
        "Which pack: 500\n"
        "Buy 500 coins for $6.49? [y/N]: y\n"
        "alice bought 500 coins for $6.49.\n"
        "alice has 601 coins and 0 earned.\n"
        "receipt 18:"
    )
    assert typed("balance alice --json").json()["coins"] == 601


def test_a_pack_may_be_typed_as_it_is_shown_and_is_confirmed_at_the_price_of_all_of_them(store):
    args = ("recharge", "alice", "--quantity", "3")
    ran = terminal(*args, answers=[(WHICH, " 2,000 \r"), (SURE, "yes\r")])
    assert "Buy 3 × 2,000 coins for $80.97? [y/N]: y" in ran.out
    assert typed("balance alice --json").json()["coins"] == 6101


@pytest.mark.parametrize(
    "answers",
    [
        [(WHICH, CTRL_C)],
        [(WHICH, CTRL_D)],
        [(WHICH, "500\r"), (SURE, "n\r")],
        [(WHICH, "500\r"), (SURE, CTRL_C)],
        [(WHICH, "500\r"), (SURE, CTRL_D)],
    ],
    ids=["ctrl-c", "ctrl-d", "500-no", "500-ctrl-c", "500-ctrl-d"],
)
def test_whoever_does_not_say_yes_buys_nothing(store, answers):
    before = contents(store)
    ran = terminal("recharge", "alice", answers=answers)
    assert ran.code == 130
    assert ran.out.endswith("\nStopped; nothing was changed.\n")
    assert "Traceback" not in ran.out
    assert contents(store) == before


def test_a_pack_that_there_is_not_buys_nothing(store):
    before = contents(store)
    ran = terminal("recharge", "alice", answers=[(WHICH, "7\r"), (WHICH, CTRL_C)])
    assert ran.code == 130
    assert "100, 500, 2000, 5000 or 10000" in ran.out
    assert contents(store) == before


def test_enter_alone_asks_again_and_says_nothing(store):
    answers = [(WHICH, "\r"), (WHICH, "  \r"), (WHICH, "500\r"), (SURE, "y\r")]
    ran = terminal("recharge", "alice", answers=answers)
    assert ran.code == 0
    assert "Which pack: \nWhich pack:   \nWhich pack: 500\nBuy 500 coins" in ran.out


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("3", "there is no pack '3' in the catalog; for row 3, 2,000 coins, type 2000\n"),
        ("5", "there is no pack '5' in the catalog; for row 5, 10,000 coins, type 10000\n"),
        ("6", "there is no pack '6' in the catalog; the packs are 100, 500, 2000, 5000 or 10000\n"),
        ("0", "there is no pack '0' in the catalog; the packs are 100, 500, 2000, 5000 or 10000\n"),
    ],
)
def test_whoever_types_the_number_of_a_row_is_told_what_to_type(store, row, said):
    ran = terminal("recharge", "alice", answers=[(WHICH, f"{row}\r"), (WHICH, CTRL_C)])
    assert ran.code == 130
    assert said in ran.out


def test_a_pack_that_is_named_like_a_row_is_that_pack(store, clap_catalog):
    args = ("recharge", "alice", "--catalog", str(clap_catalog))
    ran = terminal(*args, answers=[(WHICH, "1\r"), (SURE, "y\r")])
    assert "Buy 1 coin for $0.02? [y/N]: y" in ran.out


def test_whoever_has_no_wallet_is_told_so_before_being_asked(store):
    ran = terminal("recharge", "mallory")
    assert ran.code == 3
    assert WHICH not in ran.out


def test_nobody_is_asked_to_confirm_what_will_be_refused(store):
    ran = terminal("recharge", "alice", "--quantity", "3", answers=[(WHICH, "5000\r")])
    assert ran.code == 4
    assert SURE not in ran.out
    assert "at most 10,000" in ran.out


def test_yes_asks_which_and_does_not_ask_to_confirm(store):
    ran = terminal("recharge", "alice", "--yes", answers=[(WHICH, "500\r")])
    assert ran.code == 0
    assert SURE not in ran.out
    assert typed("balance alice --json").json()["coins"] == 601


def test_a_cash_out_is_confirmed_with_the_sum_and_the_address(store):
    args = ("cashout", "frank", "--paypal", "frank@example.com")
    ran = terminal(*args, answers=[(SURE, "y\r")])
    assert ran.code == 0
    assert ran.out.startswith(
        "10,000 earned coins of frank become 10,000 diamonds.\n"
        "Pay out $100.00 to frank@example.com? [y/N]: y\n"
        "frank cashed out"
    )
    assert typed("balance frank --json").json()["earned"] == 0


def test_a_payout_that_is_only_held_is_confirmed_too_and_so_is_its_return(store):
    args = ("cashout", "frank", "--paypal", "frank@example.com", "--pending")
    ran = terminal(*args, answers=[(SURE, "y\r")])
    assert ran.code == 0
    assert ran.out.startswith(
        "10,000 earned coins of frank become 10,000 diamonds.\n"
        "Hold them for a payout of $100.00 to frank@example.com? [y/N]: y\n"
    )
    ran = terminal("payout", "return", "18", "--reason", "late", answers=[(SURE, "y\r")])
    assert ran.code == 0
    assert ran.out.startswith(
        "10,000 earned coins of frank are held for a payout of $100.00 to\nfrank@example.com.\n"
        "Give them back? [y/N]: y\n"
        "Payout 18 is returned"
    )


def test_a_payout_is_neither_held_nor_returned_without_a_yes(store):
    args = ("cashout", "frank", "--paypal", "frank@example.com", "--pending")
    before = contents(store)
    assert terminal(*args, answers=[(SURE, "n\r")]).code == 130
    assert contents(store) == before
    assert typed("cashout frank --paypal frank@example.com --pending --json").json()["pending"]
    before = contents(store)
    again = ("payout", "return", "18", "--reason", "late")
    assert terminal(*again, answers=[(SURE, "n\r")]).code == 130
    assert contents(store) == before
    assert SURE not in terminal(*again, "--yes").out


@pytest.mark.parametrize("answer", ["\r", CTRL_C], ids=["enter", "ctrl-c"])
def test_a_cash_out_that_is_not_confirmed_pays_nothing(store, answer):
    before = contents(store)
    ran = terminal("cashout", "frank", "--paypal", "f@example.com", answers=[(SURE, answer)])
    assert ran.code == 130
    assert ran.out.endswith("Stopped; nothing was changed.\n")
    assert contents(store) == before


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("cashout frank --paypal f@example.com --yes", 0),
        ("cashout frank --paypal f@example.com --dry-run", 0),
        ("cashout bob --paypal b@example.com", 4),
        ("recharge alice --json", 2),
        ("recharge alice 500", 0),
    ],
)
def test_these_ask_nothing_even_at_a_terminal(store, line, code):
    ran = terminal(*line.split())
    assert ran.code == code
    assert "[y/N]" not in ran.out
    assert WHICH not in ran.out


def test_a_result_that_goes_to_a_file_has_no_prompts_in_it(store, tmp_path):
    file = tmp_path / "seq.txt"
    ran = terminal(
        "recharge", "alice", "-q", answers=[(WHICH, "500\r"), (SURE, "y\r")], stdout=file
    )
    assert ran.code == 0
    assert "The packs:" in ran.out
    assert file.read_text() == "18\n"


def test_without_a_terminal_nothing_is_asked(store):
    before = contents(store)
    ran = process("recharge", "alice")
    assert (ran.code, ran.out) == (2, "")
    assert "name one of 100, 500, 2000, 5000 or 10000" in ran.err
    assert contents(store) == before
    assert typed("cashout frank --paypal f@example.com --json").json()["usd"] == "100.00"


def test_an_interrupt_while_waiting_for_the_store_changes_nothing(store):
    before = contents(store)
    lock = os.open(store / "lock", os.O_RDWR)
    fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        waiting = subprocess.Popen(
            [*COMMAND, "recharge", "alice", "100"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        until_it_has_opened(waiting.pid, store / "lock")
        waiting.send_signal(signal.SIGINT)
        out, err = waiting.communicate(timeout=20)
    finally:
        os.close(lock)
    assert (waiting.returncode, out) == (130, b"")
    assert b"Traceback" not in err
    assert contents(store) == before


def until_it_has_opened(pid, file):
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        for fd in os.listdir(f"/proc/{pid}/fd"):
            with suppress(FileNotFoundError):
                if os.readlink(f"/proc/{pid}/fd/{fd}") == str(file):
                    return
        time.sleep(0.01)
    raise AssertionError(f"{pid} never opened {file}")


@pytest.mark.parametrize("columns", [40, 60, 80])
def test_what_is_asked_fits_the_terminal(store, columns):
    address = "a.rather.long.address@example.com"
    asked = [
        terminal("recharge", "carol", columns=columns, answers=[("Which pack", CTRL_D)]),
        terminal("cashout", "frank", "--paypal", address, columns=columns, answers=[(SURE, "n\r")]),
    ]
    for ran in asked:
        assert ran.code == 130
        assert max(map(len, ran.out.splitlines())) <= columns
    assert address in asked[1].out
    assert "10,000 coins" in asked[0].out
