"""What the quotes say. That they are the cheapest is shown where they are computed."""

from pathlib import Path

import pytest

from coins_cli.files.named_catalogs import named_catalog_path
from tests.cli.conftest import DEFAULT_CATALOG
from tests.cli.runner import coins, contents, typed

OLDER = Path(named_catalog_path("older-prices"))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            "quote coins 10000",
            (
                "10,000 coins cost at least $129.00: 100 × the pack of 100.\n"
                "Large packs cost more per coin than the smallest, so 10,000 coins are cheapest"
                " as 100 packs of 100 ($129.00 instead of $134.99).\n"
            ),
        ),
        (
            "quote coins 1",
            "1 coin costs at least $1.29: 1 × the pack of 100.\n99 coins would be left over.\n",
        ),
        (
            "quote coins 750",
            (
                "750 coins cost at least $10.32: 8 × the pack of 100.\n"
                "50 coins would be left over.\n"
                "The smallest pack that holds so many has 2,000 coins and costs $26.99:"
                " $16.67 more, with 1,250 coins left over.\n"
                "Large packs cost more per coin than the smallest.\n"
            ),
        ),
        (
            "quote coins 10001",
            (
                "10,001 coins cost at least $130.29: 101 × the pack of 100.\n"
                "99 coins would be left over.\n"
                "At most 10,000 coins are bought at a time.\n"
                "No single pack holds so many.\n"
                "Large packs cost more per coin than the smallest.\n"
            ),
        ),
        (
            "quote usd 5",
            (
                "$5.00 buys 300 coins for $3.87: 3 × the pack of 100.\n"
                "$1.13 would be left.\n"
                "When all of them are given:\n"
                "Of $3.87 the creator gets $3.00; $0.87 stays.\n"
                "The take rate is 0.2248.\n"
                "Cashing out starts at 10,000 earned coins; this alone brings 300.\n"
            ),
        ),
        (
            "quote usd 129",
            (
                "$129.00 buys 10,000 coins for $129.00: 100 × the pack of 100.\n"
                "When all of them are given:\n"
                "Of $129.00 the creator gets $100.00; $29.00 stays.\n"
                "The take rate is 0.2248.\n"
            ),
        ),
        ("quote usd 1.28", "$1.28 buys 0 coins for $0.00: not even the smallest pack.\n"),
        (
            "quote gift 'drama queen'",
            (
                "1 × Drama queen costs 5,000 coins: the sender pays $64.50 to $67.50,"
                " by the pack that the coins came from.\n"
                "Of $64.50 the creator gets $50.00; $14.50 stays.\n"
                "Of $67.50 the creator gets $50.00; $17.50 stays.\n"
                "The take rate is 0.2248 to 0.2592.\n"
                "Cashing out starts at 10,000 earned coins; this alone brings 5,000.\n"
            ),
        ),
        (
            "quote gift 'drama queen' --quantity 2",
            (
                "2 × Drama queen costs 10,000 coins: the sender pays $129.00 to $134.99,"
                " by the pack that the coins came from.\n"
                "Of $129.00 the creator gets $100.00; $29.00 stays.\n"
                "Of $134.99 the creator gets $100.00; $34.99 stays.\n"
                "The take rate is 0.2248 to 0.2592.\n"
            ),
        ),
        (
            "quote promotion --days 1 --usd 5",
            (
                "A promotion for 1 day costs 500 coins"
                " and brings 1,000 views, 1,000 a day.\n"
                "By the price list it is $5.00; the coins for it cost at least $6.45:"
                " 5 × the pack of 100.\n"
            ),
        ),
        (
            "quote promotion --days 3",
            (
                "A promotion for 3 days costs 1,500 coins"
                " and brings 3,000 views, 1,000 a day.\n"
                "By the price list it is $14.90; the coins for it cost at least $19.35:"
                " 15 × the pack of 100.\n"
            ),
        ),
        (
            "quote promotion --days 3 --views 4000",
            (
                "A promotion for 3 days costs 2,000 coins"
                " and brings 4,000 views, about 1,333 a day.\n"
                "By the price list it is $19.85; the coins for it cost at least $25.80:"
                " 20 × the pack of 100.\n"
            ),
        ),
    ],
)
def test_a_quote_in_words(no_store, line, said):
    assert typed(line).said() == said


def test_at_a_terminal_each_pack_stands_beside_its_price_per_coin(no_store):
    assert typed("quote coins 10000", columns=80).said() == (
        "10,000 coins cost at least $129.00: 100 × the pack of 100.\n"
        "\n"
        "pack      price    a coin   that is    packs    in all\n"
        "─────   ───────   ───────   ────────   ─────   ───────\n"
        "100       $1.29   1.290 ¢   cheapest     100   $129.00\n"
        "500       $6.49   1.298 ¢                 20   $129.80\n"
        "2000     $26.99   1.349 ¢                  5   $134.95\n"
        "5000     $66.99   1.340 ¢                  2   $133.98\n"
        "10000   $134.99   1.350 ¢   priciest       1   $134.99\n"
        "\n"
        "Large packs cost more per coin than the smallest, so 10,000 coins are cheapest\n"
        "as 100 packs of 100 ($129.00 instead of $134.99).\n"
    )


def test_at_a_terminal_json_is_one_object_all_the_same(no_store):
    assert (
        typed("quote coins 10000 --json", columns=80).json()
        == typed("quote coins 10000 --json").json()
    )


@pytest.mark.parametrize("coins_wanted", [1, 300, 301, 10_000])
def test_that_large_packs_cost_more_is_not_claimed_where_they_do_not(no_store, coins_wanted):
    for columns in (None, 80):
        said = coins("quote", "coins", coins_wanted, "--catalog", OLDER, columns=columns).said()
        assert "Large packs" not in said.partition("By today's prices")[0]
        assert "priciest" not in said


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


@pytest.mark.parametrize("line", ["quote gift drama-queen --quantity {}", "quote usd {}"])
def test_what_a_creator_gets_can_be_cashed_out_from_the_threshold_on(no_store, line):
    """Two drama queens are 10,000 coins, and so is what $129 buys; the other is just below."""
    below, reached = ("1", "2") if "gift" in line else ("128.99", "129")
    short = 5_000 if "gift" in line else 100
    assert typed(line.format(below), "--json").json()["cash_out"] == {
        "eligible": False,
        "threshold": 10_000,
        "short_by": short,
    }
    assert typed(line.format(reached), "--json").json()["cash_out"] == {
        "eligible": True,
        "threshold": 10_000,
        "short_by": 0,
    }


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


# -- beside the prices of today ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            "quote coins 10000",
            (
                "10,000 coins cost at least $34.00: 34 × the pack of 300.\n"
                "200 coins would be left over.\n"
                "At most 10,000 coins are bought at a time.\n"
                "No single pack holds so many.\n"
                "By today's prices:\n"
                "  10,000 coins cost at least $129.00: 100 × the pack of 100.\n"
            ),
        ),
        (
            "quote gift 'drama queen' --quantity 2",
            (
                "2 × Drama queen costs 10,000 coins: the sender pays $33.33.\n"
                "Of $33.33 the creator gets $100.00: $66.67 more than was paid.\n"
                "By today's prices:\n"
                "  2 × Drama queen costs 10,000 coins: the sender pays $129.00 to $134.99,"
                " the creator gets $100.00.\n"
            ),
        ),
        (
            "quote usd 1",
            (
                "$1.00 buys 300 coins for $1.00: 1 × the pack of 300.\n"
                "When all of them are given:\n"
                "Of $1.00 the creator gets $3.00: $2.00 more than was paid.\n"
                "Cashing out starts at 10,000 earned coins; this alone brings 300.\n"
                "By today's prices:\n"
                "  $1.00 buys 0 coins for $0.00: not even the smallest pack.\n"
            ),
        ),
        (
            "quote promotion --days 1",
            (
                "A promotion for 1 day costs 500 coins"
                " and brings 1,000 views, 1,000 a day.\n"
                "By the price list it is $5.00; the coins for it cost at least $2.00:"
                " 2 × the pack of 300.\n"
                "By today's prices:\n"
                "  A promotion for 1 day costs 500 coins"
                " and brings 1,000 views; the coins for it cost at least $6.45.\n"
            ),
        ),
    ],
)
def test_by_a_named_catalog_todays_answer_stands_beside_it(no_store, line, said):
    assert typed(line, "--catalog", OLDER).said() == said


LINES = [
    "quote coins 750",
    "quote gift concert --quantity 3",
    "quote usd 20",
    "quote promotion --days 2 --views 4001",
]


@pytest.mark.parametrize("line", LINES)
def test_in_json_todays_answer_has_the_same_fields_as_without_a_catalog(no_store, line):
    alone = typed(line, "--json").json()
    assert "today" not in alone
    beside = typed(line, "--json", "--catalog", OLDER).json()
    today = beside.pop("today")
    assert beside.keys() == alone.keys()
    assert {"schema": 1, **today} == alone
    assert beside != alone


@pytest.mark.parametrize("line", LINES)
def test_where_both_are_the_same_it_is_said(no_store, line):
    for columns in (None, 80):
        alone = typed(line, columns=columns).said()
        beside = typed(line, "--catalog", DEFAULT_CATALOG, columns=columns).said()
        assert beside == f"{alone}By today's prices it is the same.\n"


def test_todays_prices_are_those_of_the_environment_then_of_the_store(store, monkeypatch, tmp_path):
    def least():
        line = "quote coins 10000 --json"
        return typed(line, "--catalog", DEFAULT_CATALOG).json()["today"]["usd"]

    assert least() == "129.00"
    (store / "catalog.toml").write_text(OLDER.read_text())
    assert least() == "34.00"
    dearer = tmp_path / "dearer.toml"
    dearer.write_text(OLDER.read_text().replace("usd = 1.00", "usd = 2.00"))
    monkeypatch.setenv("COINS_CATALOG", str(dearer))
    assert least() == "68.00"
    assert "today" not in typed("quote coins 10000 --json").json()


def test_what_today_has_no_answer_to_is_answered_by_the_named_catalog(no_store, clap_catalog):
    ran = coins("quote", "gift", "clap", "--catalog", clap_catalog)
    assert ran.said().endswith(
        "\nBy today's prices there is no answer: there is no gift 'clap' in the catalog.\n"
    )
    today = coins("quote", "gift", "clap", "--catalog", clap_catalog, "--json").json()["today"]
    assert list(today) == ["error"]
    assert list(today["error"])[:4] == ["code", "message", "hint", "exit"]
    assert (today["error"]["code"], today["error"]["exit"]) == ("unknown_gift", 3)


def test_a_broken_catalog_of_the_store_takes_nothing_from_the_named_one(store):
    (store / "catalog.toml").write_text("broken")
    quote = coins("quote", "usd", "20", "--catalog", OLDER, "--json").json()
    assert quote["coins"] == 6_000
    assert quote["today"]["error"]["code"] == "invalid_catalog"
    assert quote["today"]["error"]["file"] == str(store / "catalog.toml")
    assert typed("quote usd 20 --json").refusal()["code"] == "invalid_catalog"


def test_names_of_a_catalog_are_shown_with_nothing_that_a_terminal_would_obey(no_store, tmp_path):
    file = tmp_path / "odd.toml"
    file.write_text(OLDER.read_text().replace('"Panda"', '"Pan\\u001b[31mda\\u202e"'))
    for columns in (None, 80):
        said = coins("quote", "gift", "panda", "--catalog", file, columns=columns).said()
        assert said.startswith("1 × Pan\\x1b[31mda\\u202e costs 5 coins")


# -- promotions ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("offer", "exit_code", "code"),
    [
        ("--days 31", 4, "too_many_days"),
        ("--days 2 --coins 999", 4, "too_few_coins_for_days"),
        ("--days 1 --coins 499", 4, "promotion_out_of_range"),
        ("--days 1 --usd 7000.01", 4, "promotion_out_of_range"),
        ("--days 1 --usd 5 --coins 500", 2, "one_at_most"),
        ("--days 0", 2, "invalid_amount"),
        ("--days 1 --views 1.5", 2, "invalid_amount"),
        ("--days 1 --usd five", 2, "invalid_dollars"),
        ("", 2, "usage"),
    ],
)
def test_a_promotion_is_refused_as_it_would_be_when_bought(store, offer, exit_code, code):
    quoted = typed(f"quote promotion {offer}", "--json").refusal()
    bought = typed(f"promote dora dance.mp4 {offer}", "--json").refusal()
    assert (quoted["exit"], quoted["code"]) == (exit_code, code)
    assert quoted["message"] == bought["message"]


@pytest.mark.parametrize("offer", ["", "--coins 1001", "--usd 10", "--views 2345"])
def test_a_promotion_costs_what_was_quoted(store, offer):
    quote = typed(f"quote promotion --days 2 {offer}", "--json").json()
    receipt = typed(f"promote dora dance.mp4 --days 2 {offer}", "--json").json()
    assert (quote["coins"], quote["views"]) == (receipt["coins"], receipt["views"])


def test_quoting_a_promotion_needs_no_store_and_makes_none(no_store, tmp_path):
    quote = typed("quote promotion --days 1 --json").json()
    assert quote == {
        "schema": 1,
        "days": 1,
        "coins": 500,
        "usd": "5.00",
        "views": 1000,
        "views_per_day": 1000,
        "buy": {"bought": 500, "usd": "6.45", "packs": [{"pack": "100", "quantity": 5}]},
    }
    assert contents(tmp_path) == {}
