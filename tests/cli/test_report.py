"""`coins report`: where the money goes, on a screen, in a pipe, and line by line."""

import pytest

from coins_cli.cli.render.money_tables import TRACED
from tests.cli.runner import coins, typed


@pytest.fixture
def evening(store):
    """frank is paid, a promotion is bought, and erin's live brings 15 coins."""
    for line in (
        "cashout frank --paypal frank@example.com",
        "promote dora cat.mp4 --days 1",
        "gift dora erin panda --quantity 3",
        "live end erin",
    ):
        typed(line).said()
    return store


def test_the_screen_shows_the_dollars_and_what_became_of_the_coins(evening):
    said = typed("report", columns=80).said().splitlines()
    assert said[0].startswith("Where the money goes: ")
    assert said[0].endswith(", 21 transactions")
    assert said[2:6] == [
        "Dollars",
        "  $304.83  paid in for coins       ██████████████████████████████",
        "  $100.00  paid out to creators    ██████████",
        "  $204.83  kept by the platform    ████████████████████",
    ]
    assert said[7:15] == [
        "Coins, and what became of them",
        "   22,604  coins bought            ██████████████████████████████",
        "    2,090  unspent in wallets      ███",
        "      500  spent on promotions     █",
        "        0  platform's gift share",
        "   10,014  earned, not cashed out  █████████████",
        "        0  held for payouts",
        "   10,000  cashed out              █████████████",
    ]
    assert "Of each dollar paid in, 32 cents came out to creators so far;" in said
    assert "the take rate is 0.6719. 12,104 coins can still be spent or cashed out." in said
    assert max(map(len, said)) <= 80


def test_in_a_pipe_it_is_a_line_for_each_sum(evening):
    rows = dict(line.split("\t") for line in typed("report").said().splitlines())
    assert rows == {
        "in": "304.83",
        "out": "100.00",
        "kept": "204.83",
        "issued": "22604",
        "unspent": "2090",
        "given": "20014",
        "received": "20014",
        "spent": "500",
        "platform-share": "0",
        "earned": "10014",
        "held": "0",
        "cashed-out": "10000",
    }


@pytest.mark.parametrize("word", TRACED)
def test_every_line_is_the_sum_of_what_it_is_traced_to(evening, word):
    rows = dict(line.split("\t") for line in typed("report").said().splitlines())
    traced = [line.split("\t") for line in typed(f"report --trace {word}").said().splitlines()]
    amounts = [row[2].replace(".", "") for row in traced]
    assert sum(map(int, amounts)) == int(rows[word].replace(".", ""))
    assert all(row[0].isdigit() for row in traced)
    answer = typed(f"report --trace {word} --json").json()
    assert str(answer["total"]) == rows[word]
    assert [str(one["seq"]) for one in answer["transactions"]] == [row[0] for row in traced]


def test_a_trace_on_a_screen_has_its_total_and_says_when_there_is_nothing(evening):
    said = typed("report --trace out", columns=80).said()
    assert said.startswith("What is paid out to creators: $100.00\n")
    assert typed("report --trace held", columns=80).said() == ("No transaction is on this line.\n")


def test_a_part_can_be_looked_at(evening):
    dora = typed("report --user dora --json").json()
    assert dora["coins"]["unspent"] == 1485
    assert dora["usd"]["in"] == "26.99"
    live = typed("report --live 17 --json").json()
    assert (live["coins"]["given"], live["transactions"]) == (15, 1)
    assert typed("report --until 2000-01-01 --json").json()["transactions"] == 0
    assert typed("report --since 2000-01-01 --json").json()["transactions"] == 21


def test_an_economy_without_dollars_says_so(no_store):
    coins("wallet", "create", "alice")
    said = typed("report", columns=80).said()
    assert "No dollars were paid in here." in said
    assert typed("report --json").json()["take_rate"] is None


@pytest.mark.parametrize(
    ("line", "exit_code"),
    [
        ("report --trace nonsense", 2),
        ("report --user nobody", 3),
        ("report --live 1", 3),
        ("report --live x", 2),
        ("report --since yesterday", 2),
        ("report --since 2026-02-01 --until 2026-01-01", 2),
        ("report --html a.html --trace in", 2),
    ],
)
def test_what_cannot_be_reported_is_refused(untouched, line, exit_code):
    assert typed(line, "--json").refusal()["exit"] == exit_code


def test_without_a_store_there_is_nothing_to_report(no_store):
    assert typed("report", "--json").refusal()["code"] == "no_store"
