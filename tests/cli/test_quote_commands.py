"""What the quotes say. That they are the cheapest is shown where they are computed."""

import pytest

from tests.cli.conftest import DEFAULT_CATALOG
from tests.cli.runner import coins, typed


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("quote coins 10000", "10,000 coins cost at least $129.00: 100 × the pack of 100.\n"),
        (
            "quote coins 1",
            "1 coin costs at least $1.29: 1 × the pack of 100.\n99 coins would be left over.\n",
        ),
        ("quote usd 5", "$5.00 buys 300 coins for $3.87: 3 × the pack of 100.\n"),
        ("quote usd 6.49", "$6.49 buys 500 coins for $6.45: 5 × the pack of 100.\n"),
        ("quote usd 1.28", "$1.28 buys 0 coins for $0.00: not even the smallest pack.\n"),
        (
            "quote gift 'drama queen'",
            (
                "1 × Drama queen costs 5,000 coins: the sender pays $64.50 to $67.50,\n"
                "by the pack that the coins came from. The creator gets $50.00.\n"
            ),
        ),
    ],
)
def test_a_quote_in_words(no_store, line, said):
    assert typed(line).said() == said


@pytest.mark.parametrize("amount", ["1", "99", "100", "101", "9007199254740"])
def test_a_quote_buys_at_least_what_was_asked(no_store, amount):
    quote = typed(f"quote coins {amount} --json").json()
    assert quote["coins"] == int(amount)
    bought = sum(int(one["pack"]) * one["quantity"] for one in quote["packs"])
    assert bought == quote["bought"] >= quote["coins"]


@pytest.mark.parametrize("budget", ["0.01", "1.28", "1.29", "129", "134.99", "90071992547409.91"])
def test_a_budget_is_never_overspent(no_store, budget):
    quote = typed(f"quote usd {budget} --json").json()
    assert float(quote["spent"]) <= float(quote["usd"]) == float(budget)
    bought = sum(int(one["pack"]) * one["quantity"] for one in quote["packs"])
    assert bought == quote["coins"]


def test_small_packs_beat_a_large_one(no_store):
    for coins_wanted, price in ((500, "6.45"), (2000, "25.80"), (5000, "64.50"), (10000, "129.00")):
        assert typed(f"quote coins {coins_wanted} --json").json()["usd"] == price


def test_a_gift_costs_its_sender_more_than_it_brings_its_creator(no_store):
    quote = typed("quote gift drama-queen --quantity 2 --json").json()
    assert quote["sender_usd"] == {"least": "129.00", "most": "134.99"}
    assert quote["creator_usd"] == "100.00"


def test_a_quote_that_could_not_be_exact_is_refused(no_store, tmp_path):
    file = tmp_path / "primes.toml"
    text = DEFAULT_CATALOG.read_text()
    for old, new in (
        ("coins = 100\nusd", "coins = 101\nusd"),
        ("coins = 10000\nusd", "coins = 9999991\nusd"),
        ("coins_at_a_time_max = 10000", "coins_at_a_time_max = 10000000"),
    ):
        assert old in text
        text = text.replace(old, new)
    file.write_text(text)
    error = coins("quote", "coins", "9007199254740991", "--catalog", file, "--json").refusal()
    assert (error["exit"], error["code"]) == (4, "quote_too_large")
