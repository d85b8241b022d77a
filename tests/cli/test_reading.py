"""The commands that look: in a pipe for programs, on a terminal for people; and verify."""

import re

import pytest

from tests.cli.runner import contents, typed

MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"


@pytest.mark.parametrize(
    "line",
    [
        "balance alice",
        "history alice",
        "top bob",
        "wallet list",
        "wallet show alice",
        "verify",
        "catalog packs",
        "catalog gifts",
        "catalog promotions",
        "catalog check",
        "quote coins 10",
        "quote gift panda",
        "quote usd 5",
    ],
)
def test_looking_changes_nothing(store, line):
    before = contents(store)
    for option in ("--json", "--quiet", "--color=never"):
        said = typed(line, option).said()
        assert said or (line, option) == ("verify", "--quiet"), "silence is its good news"
    assert contents(store) == before


# -- balance -------------------------------------------------------------------------------------


def test_a_balance_in_a_pipe_is_a_line_of_fields(store):
    assert typed("balance frank").said() == "frank\t500\t10000\n"


def test_a_handle_is_taken_in_any_case(store):
    assert typed("balance FRANK").said() == typed("balance frank").said()
    assert typed("history Frank --json").json()["user"] == "frank"
    assert typed("top Bob --json").json()["creator"] == "bob"


def test_a_balance_on_a_terminal_says_how_far_cashing_out_is(store):
    said = typed("balance bob", columns=80).said()
    assert "bob has 0 coins" in said
    assert "Cashing out starts at 10,000 earned; 1 to go." in said


def test_a_balance_on_a_terminal_says_what_can_be_cashed_out(store):
    said = typed("balance frank", columns=80).said()
    assert "The earned coins can be cashed out: $100.00." in said


def test_what_can_be_cashed_out_is_known_to_the_cent(store):
    typed("gift dora frank panda --quantity 3").said()
    preview = typed("balance frank --json").json()["cash_out"]
    assert preview == {"eligible": True, "threshold": 10000, "short_by": 0, "usd": "100.15"}
    assert typed("cashout frank --paypal f@example.com --json").json()["usd"] == "100.15"


# -- history -------------------------------------------------------------------------------------


def test_a_history_is_newest_first_with_exact_times_in_a_pipe(store):
    rows = [row.split("\t") for row in typed("history frank").said().splitlines()]
    assert [(row[0], *row[2:]) for row in rows] == [
        ("14", "500", "10000", "frank bought 500 coins for $6.49."),
        ("12", "0", "10000", "alice sent frank 2 × Drama queen (10,000 coins) in the comments."),
        ("5", "0", "0", "frank has a wallet."),
    ]
    assert all(re.fullmatch(MOMENT, row[1]) for row in rows)


def test_a_history_on_a_terminal_has_minutes(store):
    said = typed("history frank", columns=120).said()
    assert re.search(r" \d{4}-\d\d-\d\d \d\d:\d\d  ", said)


@pytest.mark.parametrize(
    ("limit", "count"), [("", 27), ("--limit 1", 1), ("--limit 99", 27), ("--limit all", 27)]
)
def test_a_history_in_a_pipe_has_all_transactions_unless_it_is_said(store, limit, count):
    for _ in range(25):
        typed("gift dora bob panda").said()
    rows = typed(f"history dora {limit}").said().splitlines()
    assert len(rows) == count
    assert len(typed(f"history dora {limit} --json").json()["transactions"]) == count


def test_a_history_has_what_was_received_too(store):
    ops = [one["op"] for one in typed("history bob --json").json()["transactions"]]
    assert ops == ["gift", "gift", "gift", "open"]


# -- top -----------------------------------------------------------------------------------------


def test_who_gave_more_stands_higher_and_who_gave_as_much_earlier_stands_first(store):
    for giver in ("frank", "dora"):
        typed(f"gift {giver} erin rainbow-puke").said()
    typed("gift alice erin panda --quantity 4").said()
    assert typed("top erin").said() == "1\tfrank\t100\t1\n2\tdora\t100\t1\n3\talice\t20\t4\n"
    typed("gift alice erin panda --quantity 16").said()
    typed("gift dora erin panda").said()
    ladder = typed("top erin --json").json()["supporters"]
    assert [(one["rank"], one["user"]) for one in ladder] == [
        (1, "dora"),
        (2, "frank"),
        (3, "alice"),
    ]


def test_a_creator_without_supporters_has_an_empty_page(store):
    assert typed("top carol").said() == ""
    assert typed("top carol", columns=80).said() == "Nobody has given to carol yet.\n"


# -- verify --------------------------------------------------------------------------------------


def test_verify_says_what_adds_up(store):
    assert typed("verify").said() == (
        "All is well: 17 transactions, 6 wallets, 22,604 coins issued and accounted for.\n"
    )


@pytest.mark.parametrize("receipt", ["{seq}:{head}", "{seq}:{HEAD}", " {seq}:{head} "])
def test_verify_knows_a_receipt_of_this_history(store, receipt):
    kept = typed("recharge alice 100 --json").json()
    typed("recharge alice 500").said()
    text = receipt.format(seq=kept["seq"], head=kept["head"], HEAD=kept["head"].upper())
    assert typed("verify", "--receipt", text, "--json").json()["ok"] is True


def test_verify_takes_a_receipt_as_it_was_printed(store):
    printed = typed("recharge alice 100").said().splitlines()[-1]
    assert typed("verify", "--receipt", printed.removeprefix("receipt ")).said()


@pytest.mark.parametrize(
    "kept", [f"18:{'0' * 64}", f"17:{'0' * 64}", f"99:{'0' * 64}", f"1:{'f' * 64}"]
)
def test_verify_exposes_a_receipt_of_another_history(store, kept):
    typed("recharge alice 100").said()
    ran = typed("verify --receipt", kept)
    assert ran.code == 6
    assert ran.out.startswith(f"receipt {kept}: it is not part of this history: ")
    assert ran.out.count("\n") == 1
    assert "1 thing is wrong" in ran.err


def test_verify_exposes_a_store_that_was_put_back_to_an_older_state(store, made_once):
    kept = typed("recharge alice 100 --json").json()
    ran = typed(f"verify --store {made_once} --receipt {kept['seq']}:{kept['head']}")
    assert ran.code == 6
