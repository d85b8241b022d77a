"""The money verbs: receipts in words, keys, dry runs, and only the number."""

import re

import pytest

from tests.cli.runner import coins, contents, typed

VERBS = [
    "recharge alice 100",
    "gift dora bob panda",
    "promote dora dance.mp4 --days 1",
    "cashout frank --paypal frank@example.com",
]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (
            "recharge alice 500",
            ["alice bought 500 coins for $6.49.", "alice has 601 coins and 0 earned."],
        ),
        (
            "recharge alice 500 --quantity 3",
            ["alice bought 3 × 500 coins for $19.47.", "alice has 1,601 coins and 0 earned."],
        ),
        (
            "gift dora bob panda --quantity 2",
            [
                "dora sent bob 2 × Panda (10 coins) in the comments.",
                "dora has 1,990 coins and 0 earned. bob has 0 coins and 10,009 earned.",
            ],
        ),
        (
            'gift dora bob "I\'m very rich" --comment dance.mp4',
            [
                "dora sent bob 1 × I'm very rich (1,000 coins) in the comments of dance.mp4.",
                "dora has 1,000 coins and 0 earned. bob has 0 coins and 10,999 earned.",
            ],
        ),
        (
            "gift dora erin concert --message Bravo!",
            [
                "dora sent erin 1 × Concert (500 coins) on the live.",
                "dora: “Bravo!”",
                "Everyone watching sees it. erin: “Thank you, dora!”",
                "dora has 1,500 coins and 0 earned. erin has 0 coins and 500 earned.",
            ],
        ),
        (
            "promote dora dance.mp4 --days 1",
            [
                "dora promotes dance.mp4 for 1 day: 500 coins, about 1,000 views.",
                "dora has 1,500 coins and 0 earned.",
            ],
        ),
        (
            "cashout frank --paypal frank@example.com",
            [
                "frank cashed out 10,000 coins: 10,000 diamonds, $100.00 to frank@example.com.",
                "frank has 500 coins and 0 earned.",
            ],
        ),
        ("live start bob", ["bob is live."]),
    ],
)
def test_a_receipt_in_words_says_what_happened_and_what_is_left(store, line, words):
    *said, receipt = typed(line).said().splitlines()
    assert said == words
    head = typed("verify --json").json()["head"]
    assert receipt == f"receipt 18:{head}"


def test_the_words_of_a_comment_are_said_too(store):
    """A message in the comments is as much of a gift as one on the live."""
    assert "“Bravo!”" in typed("gift dora bob panda --message Bravo!").said()


@pytest.mark.parametrize(
    ("name", "id"),
    [
        ("panda", "panda"),
        ("PANDA", "panda"),
        ("drama-queen", "drama-queen"),
        ("Drama Queen", "drama-queen"),
        (" drama  queen ", "drama-queen"),
        ("I'm very rich", "im-very-rich"),
        ("I\u2019m Very Rich", "im-very-rich"),
        ("im-very-rich", "im-very-rich"),
    ],
)
def test_a_gift_is_known_by_its_id_or_its_name_in_any_case(store, name, id):  # noqa: A002
    coins("recharge", "dora", "5000").said()
    assert coins("gift", "dora", "bob", name, "--json").json()["gift"] == id


@pytest.mark.parametrize(
    ("options", "creator", "venue", "video"),
    [
        ("", "bob", "comments", None),
        ("", "erin", "live", None),
        ("--live", "erin", "live", None),
        ("--comment dance.mp4", "bob", "comments", "dance.mp4"),
        ("--comment dance.mp4", "erin", "comments", "dance.mp4"),
    ],
)
def test_a_gift_goes_to_the_live_if_there_is_one_unless_it_is_said(
    store, options, creator, venue, video
):
    receipt = typed(f"gift dora {creator} panda {options} --json").json()
    assert (receipt["venue"], receipt["video"]) == (venue, video)


def test_a_part_of_what_was_earned_can_be_paid_out_once_the_threshold_is_reached(store, balances):
    typed("gift dora frank concert").said()
    receipt = typed("cashout frank --paypal f@example.com --coins 150 --json").json()
    assert (receipt["coins"], receipt["usd"]) == (150, "1.50")
    assert balances()["frank"] == (500, 10350)


def test_both_ends_of_the_range_of_promotions_hold_exactly(store):
    prices = []
    for usd in ("5", "7000"):
        for _ in range(71 if usd == "7000" else 0):
            typed("recharge dora 10000").said()
        days = "1" if usd == "5" else "30"
        receipt = typed(f"promote dora dance.mp4 --days {days} --usd {usd} --json").json()
        prices.append((receipt["usd"], receipt["coins"]))
    assert prices == [("5.00", 500), ("7000.00", 707000)]


# -- keys ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", VERBS)
def test_a_key_sent_again_is_answered_with_the_first_receipt_and_not_done_again(
    store, balances, verb
):
    first = typed(verb, "--key", "lesson-3", "--json").json()
    after, files = balances(), contents(store)
    again = typed(verb, "--key", "lesson-3", "--json").json()
    assert (first["key"], first["replayed"]) == ("lesson-3", False)
    assert again == {**first, "replayed": True}
    assert balances() == after
    assert contents(store) == files


@pytest.mark.parametrize("verb", VERBS)
def test_a_key_sent_again_is_said_in_words_to_have_been_done_before(store, verb):
    first = typed(verb, "--key", "lesson-3").said()
    again = typed(verb, "--key", "lesson-3").said()
    then = re.sub(r" has (?=[\d,]+ coins? and)", " had then ", first)
    assert then != first
    assert again == f"Done before under the key lesson-3; not done again:\n{then}"


@pytest.mark.parametrize("verb", VERBS)
def test_a_key_replays_its_number_in_quiet_too(store, verb):
    assert typed(verb, "--key", "k", "--quiet").said() == "18\n"
    assert typed(verb, "--key", "k", "--quiet").said() == "18\n"


@pytest.mark.parametrize("verb", VERBS)
def test_without_a_key_the_same_is_done_twice(store, verb):
    typed("gift alice frank love-bang").said()
    seqs = [typed(verb, "--json") for _ in range(2)]
    if verb.startswith("cashout"):
        assert [ran.code for ran in seqs] == [0, 4]
    else:
        assert [ran.json()["seq"] for ran in seqs] == [19, 20]


@pytest.mark.parametrize(
    ("line", "other", "differs"),
    [
        ("recharge alice 100", "recharge alice 500", ["pack"]),
        ("recharge alice 100", "recharge alice 100 -n 2", ["quantity"]),
        ("recharge alice 100", "recharge carol 500", ["user", "pack"]),
        ("gift dora bob panda", "gift dora frank panda", ["to"]),
        ("gift dora bob panda", "gift frank bob concert", ["from", "gift"]),
        ("gift dora bob panda", "gift dora bob panda --comment v.mp4", ["venue", "video"]),
        ("gift dora bob panda", "gift dora bob panda -m Hi", ["message"]),
        ("promote dora v --days 1", "promote dora v --days 2", ["days"]),
        ("promote dora v --days 1 --usd 5", "promote dora v --days 1 --usd 6", ["usd"]),
        (
            "promote dora v --days 1 --coins 500",
            "promote dora v --days 1 --views 1000",
            ["coins", "views"],
        ),
        (
            "cashout frank --paypal f@example.com",
            "cashout frank --paypal g@example.com --coins 10000",
            ["paypal", "coins"],
        ),
        ("recharge dora 100", "gift dora bob panda", ["op"]),
    ],
)
def test_a_key_used_for_something_else_is_a_conflict_that_names_what_differs(
    store, line, other, differs
):
    seq = typed(line, "--key", "lesson-3", "--json").json()["seq"]
    before = contents(store)
    error = typed(other, "--key", "lesson-3", "--json").refusal()
    plain = typed(other, "--key", "lesson-3")
    assert (error["exit"], error["code"]) == (plain.code, "key_reused") == (5, "key_reused")
    assert (error["key"], error["seq"], error["differs"]) == ("lesson-3", seq, differs)
    assert f"what differs: {', '.join(differs)}" in plain.err
    assert plain.out == ""
    assert contents(store) == before


def test_a_key_replays_at_the_price_that_was_paid_then(store, clap_catalog):
    first = typed("gift dora bob panda --key k --json").json()
    dearer = store / "catalog.toml"
    dearer.write_text(clap_catalog.read_text().replace("coins = 5\n", "coins = 50\n"))
    assert typed("gift dora bob panda --key k --json").json() == {**first, "replayed": True}


def test_a_key_replays_even_when_it_could_not_be_done_again(store):
    first = typed("cashout frank --paypal f@example.com --key pay --json").json()
    again = typed("cashout frank --paypal f@example.com --key pay --json").json()
    assert again == {**first, "replayed": True}


def test_a_refused_request_leaves_its_key_free(store):
    assert typed("gift carol bob panda --key k").code == 4
    assert typed("gift dora bob panda --key k --json").json()["replayed"] is False


# -- dry runs ------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", VERBS)
def test_a_dry_run_says_what_would_happen_and_changes_nothing(store, verb):
    before = contents(store)
    in_json = typed(verb, "--dry-run", "--json").json()
    in_words = typed(verb, "--dry-run").said()
    assert contents(store) == before
    assert (in_json["dry_run"], in_json["seq"], in_json["head"]) == (True, None, None)
    assert in_words.startswith("Dry run: nothing was changed. It would have been:\n")
    assert "receipt" not in in_words
    really = typed(verb, "--json").json()
    for field in really.keys() - {"seq", "at", "head", "dry_run"}:
        assert in_json[field] == really[field]


@pytest.mark.parametrize("verb", VERBS)
def test_a_dry_run_leaves_its_key_free(store, verb):
    typed(verb, "--dry-run", "--key", "k").said()
    assert typed(verb, "--key", "k", "--json").json()["replayed"] is False


def test_a_dry_run_of_a_key_used_for_something_else_is_a_conflict(store):
    typed("recharge alice 100 --key k").said()
    assert typed("recharge alice 500 --key k --dry-run --json").refusal()["code"] == "key_reused"


# -- only the number -----------------------------------------------------------------------------


@pytest.mark.parametrize("verb", [*VERBS, "live start bob", "live end erin", "wallet create zoe"])
@pytest.mark.parametrize("option", ["--quiet", "-q"])
def test_quiet_leaves_only_the_number(store, verb, option):
    assert typed(verb, option).said() == "18\n"


def test_quiet_leaves_a_number_for_each_wallet(store):
    assert typed("wallet create zoe yan xia --quiet").said() == "18\n19\n20\n"


@pytest.mark.parametrize("verb", VERBS)
def test_a_dry_run_has_no_number_to_leave(store, verb):
    assert typed(verb, "--dry-run", "--quiet").said() == ""
