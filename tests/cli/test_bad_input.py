"""What must not be done: the right exit code, nothing on stdout, words that help, no change."""

import fcntl
import json
import os
import re
import shlex
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

from coins_cli.cli.render.text import escape_control
from coins_cli.store.json.store import JsonStore
from tests.cli.conftest import copy_of
from tests.cli.runner import coins, contents, one_object, typed
from tests.store.journals import edit_json

NOBODY = 65534
AMOUNT_MAX = 2**53 - 1


def check_refused(folder, args, *, exit_code, code, words=""):
    """Run `args` in text and in JSON; both say the same, and nothing under `folder` changes."""
    before = contents(folder)
    plain = coins(*args)
    error = coins(*args, "--json").refusal()
    assert contents(folder) == before
    assert (plain.code, plain.out) == (exit_code, "")
    assert (error["exit"], error["code"]) == (exit_code, code)
    assert (
        plain.err
        == f"coins: {escape_control(error['message'])}\n  {escape_control(error['hint'])}\n"
    )
    assert words in plain.err
    return error


# -- what is typed -------------------------------------------------------------------------------

NAMED = [
    # users, gifts and packs that are not there, with the closest that are
    ("recharge alise 100", 3, "unknown_user", "did you mean alice?"),
    ("gift alise bob panda", 3, "unknown_user", "did you mean alice?"),
    ("gift alice bbo panda", 3, "unknown_user", "did you mean bob?"),
    ("promote carrol dance.mp4 --days 1", 3, "unknown_user", "did you mean carol?"),
    ("cashout franc --paypal f@example.com", 3, "unknown_user", "did you mean frank?"),
    ("balance alise", 3, "unknown_user", "did you mean alice?"),
    ("history alise", 3, "unknown_user", "did you mean alice?"),
    ("top bobb", 3, "unknown_user", "did you mean bob?"),
    ("wallet show alise", 3, "unknown_user", "did you mean alice?"),
    ("live start alise", 3, "unknown_user", "did you mean alice?"),
    ("live end erinn", 3, "unknown_user", "did you mean erin?"),
    ("balance zoe", 3, "unknown_user", "coins wallet create zoe"),
    ("balance ALISE", 3, "unknown_user", "did you mean alice?"),
    ("gift dora bob pnda", 3, "unknown_gift", "did you mean panda?"),
    ("gift dora bob 'drama quen'", 3, "unknown_gift", "did you mean drama-queen?"),
    ("gift dora bob ''", 3, "unknown_gift", "coins catalog gifts"),
    ("gift dora bob '§§§'", 3, "unknown_gift", "coins catalog gifts"),
    ("quote gift concrt", 3, "unknown_gift", "did you mean concert?"),
    ("recharge alice 750", 3, "unknown_pack", "100, 500, 2000, 5000 or 10000"),
    ("recharge alice ''", 3, "unknown_pack", "100, 500, 2000, 5000 or 10000"),
    ("recharge alice 0500", 3, "unknown_pack", "100, 500, 2000, 5000 or 10000"),
    ("recharge alice 1e2", 3, "unknown_pack", "100, 500, 2000, 5000 or 10000"),
    ("balance alice --catalog nowhere.toml", 3, "no_such_file", "nowhere.toml"),
    ("catalog check nowhere.toml", 3, "no_such_file", "nowhere.toml"),
]

RULES = [
    # well formed, and a rule forbids it
    ("gift alice alice panda", 4, "gift_to_self", "alice cannot send a gift to alice"),
    ("gift alice ALICE panda", 4, "gift_to_self", "another creator"),
    ("gift dora bob panda --live", 4, "not_live", "coins live start bob"),
    ("gift carol bob panda", 4, "not_enough_coins", "carol has 4 coins and needs 5"),
    ("gift carol bob panda", 4, "not_enough_coins", "coins recharge carol"),
    ("gift dora bob panda --quantity 401", 4, "not_enough_coins", "2,000 coins and needs 2,005"),
    ("gift bob alice panda", 4, "not_enough_coins", "bob has 0 coins and needs 5"),
    ("recharge alice 10000 --quantity 2", 4, "too_many_coins_at_a_time", "at most 10,000"),
    ("recharge alice 100 --quantity 101", 4, "too_many_coins_at_a_time", "at most 10,000"),
    ("recharge alice 5000 --quantity 3 --dry-run", 4, "too_many_coins_at_a_time", "several"),
    ("cashout bob --paypal bob@example.com", 4, "below_threshold", "1 to go"),
    ("cashout bob --paypal bob@example.com --coins 1", 4, "below_threshold", "9,999"),
    ("cashout bob --paypal bob@example.com --dry-run", 4, "below_threshold", "starts at 10,000"),
    ("cashout dora --paypal dora@example.com", 4, "below_threshold", "bought coins do not count"),
    ("cashout dora --paypal d@example.com --coins 2000", 4, "below_threshold", "0 coins"),
    ("cashout frank --paypal f@example.com --coins 10001", 4, "more_than_earned", "10,000 coins"),
    ("cashout frank --paypal f@example.com --coins 10500", 4, "more_than_earned", "not refundable"),
    ("promote dora dance.mp4 --days 1 --coins 499", 4, "promotion_out_of_range", "499"),
    ("promote dora dance.mp4 --days 1 --coins 707001", 4, "promotion_out_of_range", "707,001"),
    ("promote dora dance.mp4 --days 1 --usd 4.99", 4, "promotion_out_of_range", "$4.99"),
    ("promote dora dance.mp4 --days 1 --usd 7000.01", 4, "promotion_out_of_range", "000.01"),
    ("promote dora dance.mp4 --days 1 --views 998", 4, "promotion_out_of_range", "499"),
    ("promote dora dance.mp4 --days 1 --views 1414001", 4, "promotion_out_of_range", "707,001"),
    ("promote dora dance.mp4 --days 3 --coins 1499", 4, "too_few_coins_for_days", "1,500"),
    ("promote dora dance.mp4 --days 3 --usd 5", 4, "too_few_coins_for_days", "fewer days"),
    ("promote dora dance.mp4 --days 31", 4, "too_many_days", "1 to 30 days"),
    ("promote dora dance.mp4 --days 5", 4, "not_enough_coins", "2,000 coins and needs 2,500"),
    ("promote carol dance.mp4 --days 1", 4, "not_enough_coins", "coins recharge carol"),
    ("live start erin", 4, "already_live", "coins live end erin"),
    ("live end bob", 4, "not_live", "bob is not live"),
]

USAGE = [
    # what cannot be right in itself
    ("gift dora erin panda --live --comment dance.mp4", 2, "one_at_most", "--live and --comment"),
    ("gift dora bob panda --comment ''", 2, "invalid_text", "the video is empty"),
    ("gift dora bob panda --comment ' '", 2, "invalid_text", "the video is empty"),
    ("gift dora bob panda --message ''", 2, "invalid_text", "the message is empty"),
    (f"gift dora bob panda --message {'x' * 201}", 2, "invalid_text", "at most 200"),
    (f"promote dora {'x' * 101} --days 1", 2, "invalid_text", "at most 100"),
    ("promote dora '' --days 1", 2, "invalid_text", "the video is empty"),
    (f"wallet create zoe --name {'x' * 51}", 2, "invalid_text", "at most 50"),
    ("wallet create zoe --name ''", 2, "invalid_text", "the display name is empty"),
    ("wallet create zoe yan --name Zoe", 2, "usage", "--name"),
    ("recharge alice", 2, "pack_needed", "100, 500, 2000, 5000 or 10000"),
    ("recharge alice --yes", 2, "pack_needed", "name one of 100"),
    ("recharge alice --dry-run", 2, "pack_needed", "name one of 100"),
    ("recharge alice 100 --key ''", 2, "invalid_key", "1 to 255"),
    (f"recharge alice 100 --key {'k' * 256}", 2, "invalid_key", "1 to 255"),
    ("recharge alice 100 --key 'a\x1bb'", 2, "invalid_key", "printable"),
    ("promote dora dance.mp4 --days 1 --coins 500 --usd 5", 2, "one_at_most", "--views"),
    ("promote dora dance.mp4 --days 1 --usd 5 --views 1000", 2, "one_at_most", "--coins"),
    ("promote dora dance.mp4 --days 1 --audience all", 2, "invalid_choice", "auto or custom"),
    ("promote dora dance.mp4 --days 1 --interests cats", 2, "invalid_choice", "custom"),
    ("promote dora dance.mp4", 2, "usage", "--days"),
    ("cashout frank", 2, "usage", "--paypal"),
    ("verify --receipt 1", 2, "invalid_receipt", "SEQ:HASH"),
    ("verify --receipt 1:abc", 2, "invalid_receipt", "give 8 or more of its hash"),
    ("verify --receipt ''", 2, "invalid_receipt", "SEQ:HASH"),
    ("balance alice --color sometimes", 2, "invalid_choice", "auto, always or never"),
    ("recharge", 2, "usage", "coins recharge --help"),
    ("gift alice bob", 2, "usage", "coins gift --help"),
    ("balance alice bob", 2, "usage", "coins balance --help"),
    ("balance alice --jsn", 2, "usage", "--json"),
    ("balance alice --jsn", 2, "usage", "coins balance --help"),
    ("gift alice bob panda -5", 2, "usage", "without a sign"),
    ("quote coins -5", 2, "usage", "without a sign"),
    ("quote usd -6.49", 2, "usage", "without a sign"),
    ("gft alice bob panda", 2, "usage", "gift"),
    ("wallet creat zoe", 2, "usage", "create"),
]

CONFLICTS = [
    # collides with something that stands
    ("wallet create alice", 5, "handle_taken", "alice is taken"),
    ("wallet create Alice", 5, "handle_taken", "coins wallet show alice"),
    ("wallet create zoe alice yan", 5, "handle_taken", "alice is taken"),
    ("wallet create zoe ZOE", 2, "invalid_handle", "named twice"),
]


@pytest.mark.parametrize(
    ("line", "exit_code", "code", "words"), [*NAMED, *RULES, *USAGE, *CONFLICTS]
)
def test_what_cannot_be_done_is_refused_and_changes_nothing(
    untouched, tmp_path, monkeypatch, line, exit_code, code, words
):
    monkeypatch.chdir(tmp_path)
    check_refused(untouched, shlex.split(line), exit_code=exit_code, code=code, words=words)
    assert contents(tmp_path) == {}


@pytest.mark.parametrize("option", ["--quantity", "--store"])
def test_an_option_without_its_value_is_wrong_usage(untouched, option):
    args = ["gift", "alice", "bob", "panda", option]
    plain, error = coins(*args), coins("--json", *args).refusal()
    assert (plain.code, plain.out) == (2, "")
    assert (error["exit"], error["code"]) == (2, "usage")
    assert plain.err.startswith(f"coins: Option '{option}' requires an argument\n  coins ")


def test_ten_thousand_coins_at_a_time_is_the_last_number_that_is_sold(store, clap_catalog):
    prices = ("--catalog", clap_catalog)
    check_refused(
        store,
        ["recharge", "alice", "1", "--quantity", "10001", *prices],
        exit_code=4,
        code="too_many_coins_at_a_time",
        words="10,001",
    )
    receipt = coins("recharge", "alice", "1", "--quantity", "10000", *prices, "--json").json()
    assert receipt["coins"] == 10_000


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        ("balance alise", {"user": "alise", "close": ["alice"]}),
        ("gift dora bob pnda", {"gift": "pnda", "close": ["panda"]}),
        ("recharge alice 7", {"pack": "7", "packs": ["100", "500", "2000", "5000", "10000"]}),
        ("gift carol bob panda", {"user": "carol", "need": 5, "have": 4}),
        (
            "cashout bob --paypal b@example.com",
            {"user": "bob", "earned": 9999, "threshold": 10000, "short_by": 1},
        ),
        (
            "promote dora v --days 1 --coins 499",
            {"coins": 499, "least": 500, "most": 707000},
        ),
        (
            "promote dora v --days 1 --usd 4.99",
            {"usd": "4.99", "least": "5.00", "most": "7000.00"},
        ),
        ("promote dora v --days 3 --coins 600", {"coins": 600, "days": 3, "least": 1500}),
        ("recharge alice 100 -n 1.5", {"what": "the quantity", "given": "1.5", "most": AMOUNT_MAX}),
    ],
)
def test_an_error_in_json_carries_the_amounts_and_names_it_is_about(untouched, line, fields):
    error = typed(line, "--json").refusal()
    assert dict(list(error.items())[4:]) == fields


NO_HANDLES = [
    "ali ce",
    "a/b",
    "alice.",
    "con",
    "a" * 300,
    "\u0430\u043b\u0438\u0441\u0430",  # Cyrillic
]
MORE_NO_HANDLES = [
    "",
    "a",
    " alice",
    "alice ",
    "alice\n",
    "../alice",
    "a\\b",
    "..",
    "al-ice",
    "al@ice",
    "NUL",
    "com1.json",
    "lpt0",
    "a" * 25,
    "\u0430lice",  # a Cyrillic letter that looks like an a
    "\u30a2\u30ea\u30b9",  # Japanese
    "\uff41\uff4c\uff49",  # full width
    "\u0661\u0662",  # Arabic digits
    "\u212aim",  # the Kelvin sign, which is a k in lower case
    "ali\u0301ce",  # a combining accent
    "ali\u202ece",  # right to left
    "ali\x1b[31mce",
    "ali\x00ce",
    "ali\udcffce",  # a byte that is not UTF-8
]


@pytest.mark.parametrize(
    ("line", "handle"),
    [
        *(("wallet create {}", handle) for handle in (*NO_HANDLES, *MORE_NO_HANDLES)),
        *(("balance {}", handle) for handle in NO_HANDLES),
        *(("gift {} bob panda", handle) for handle in NO_HANDLES),
        *(("live start {}", handle) for handle in NO_HANDLES),
    ],
)
def test_what_is_no_handle_is_wrong_usage_wherever_a_handle_stands(untouched, line, handle):
    args = [handle if word == "{}" else word for word in line.split()]
    check_refused(untouched, args, exit_code=2, code="invalid_handle", words="2 to 24 of a-z")


NO_AMOUNTS = [
    "0",
    "-5",
    "1.5",
    "1e3",
    "1_000",
    "\u0661\u0662",  # Arabic digits
    "9" * 400,
    str(AMOUNT_MAX + 1),
]
MORE_NO_AMOUNTS = [
    "",
    " ",
    "00",
    "+5",
    "1.0",
    "1,000",
    "01",
    " 1",
    "1 ",
    "1\n",
    "0x10",
    "\uff11",  # a full-width digit
    "\u00b2",  # a superscript
    "nan",
    "inf",
    str(2**63),
]


@pytest.mark.parametrize(
    ("line", "amount"),
    [
        *(("recharge alice 100 -n {}", amount) for amount in (*NO_AMOUNTS, *MORE_NO_AMOUNTS)),
        *(
            (line, amount)
            for line in (
                "gift dora bob panda --quantity {}",
                "promote dora dance.mp4 --days {}",
                "promote dora dance.mp4 --days 1 --coins {}",
                "promote dora dance.mp4 --days 1 --views {}",
                "cashout frank --paypal frank@example.com --coins {}",
                "history alice --limit {}",
                "quote gift panda --quantity {}",
            )
            for amount in NO_AMOUNTS
        ),
    ],
)
def test_what_is_no_whole_number_is_wrong_usage_wherever_one_stands(untouched, line, amount):
    args = [amount if word == "{}" else word for word in line.split()]
    error = check_refused(untouched, args, exit_code=2, code="invalid_amount", words="plain digits")
    assert len(error["message"]) < 200


@pytest.mark.parametrize("amount", NO_AMOUNTS)
def test_what_is_no_whole_number_cannot_be_quoted(untouched, amount):
    plain = coins("quote", "coins", "--", amount)
    error = coins("--json", "quote", "coins", "--", amount).refusal()
    assert (plain.code, plain.out) == (2, "")
    assert (error["exit"], error["code"]) == (2, "invalid_amount")


@pytest.mark.parametrize(
    "dollars",
    [
        *["", "0", "0.00", "1.234", "1e3", "$5", "5,00", "1_0", ".5", "5.", "05", "-5", "nan"],
        *["inf", "\u0665", "9" * 400, "90071992547409.92"],
    ],
)
@pytest.mark.parametrize("line", ["promote dora dance.mp4 --days 1 --usd {}", "quote usd -- {}"])
def test_what_is_no_sum_of_dollars_is_wrong_usage_wherever_one_stands(untouched, line, dollars):
    args = ["--json", *(dollars if word == "{}" else word for word in line.split())]
    before = contents(untouched)
    error = coins(*args).refusal()
    assert (error["exit"], error["code"]) == (2, "invalid_dollars")
    assert contents(untouched) == before


@pytest.mark.parametrize(
    "address",
    [
        *["", "frank", "frank@", "@example.com", "frank@localhost", "frank@example.", "frank@.com"],
        *["a b@example.com", "frank@exam ple.com", "frank@@example.com", "a@b@example.com"],
        *["frank@example.com\n", "frank@exam\x1b[31mple.com", f"{'f' * 250}@example.com"],
        "frank@example.com\u202e",
    ],
)
def test_what_is_no_address_is_wrong_usage(untouched, address):
    args = ["cashout", "frank", "--paypal", address]
    check_refused(untouched, args, exit_code=2, code="invalid_address", words="bob@example.com")


@pytest.mark.parametrize(
    "line",
    [
        "recharge alice 100 --quantity 9007199254740991",
        "gift dora bob drama-queen --quantity 9007199254740991",
        "promote dora dance.mp4 --days 9007199254740991",
        "promote dora dance.mp4 --days 1 --coins 9007199254740991",
        "promote dora dance.mp4 --days 1 --views 9007199254740991",
        "promote dora dance.mp4 --days 1 --usd 90071992547409.91",
        "cashout frank --paypal f@example.com --coins 9007199254740991",
        "quote gift drama-queen --quantity 9007199254740991",
    ],
)
def test_the_largest_number_is_refused_by_a_rule_with_numbers_that_json_readers_keep(
    untouched, line
):
    before = contents(untouched)
    error = typed(line, "--json").refusal()
    assert error["exit"] == 4
    assert all(value <= AMOUNT_MAX for value in error.values() if isinstance(value, int))
    assert contents(untouched) == before


@pytest.mark.parametrize(
    "line",
    [
        "gift dora bob \udcff",
        "recharge alice \udcff",
        "recharge alice 100 --key \udcff",
        "recharge alice 100 --quantity \udcff",
        "gift dora bob panda --message \udcff",
        "cashout frank --paypal \udcff@example.com",
        "promote dora dance.mp4 --days 1 --audience \udcff",
        "verify --receipt \udcff",
        "wallet create zoe --name \udcff",
        "balance alice --color \udcff",
        "balance alice --catalog \udcff",
        "balance alice --store /\udcff/x",
        "balance alice --\udcff",
        "\udcff",
    ],
)
def test_bytes_that_are_not_utf_8_are_refused_like_any_other_bad_text(untouched, line):
    before = contents(untouched)
    plain = coins(*line.split())
    error = coins(*line.split(), "--json").refusal()
    assert plain.code == error["exit"] in (2, 3, 6)
    assert plain.out == ""
    plain.err.encode()  # nothing is left in it that could not be shown
    assert contents(untouched) == before


def test_an_error_is_said_even_when_only_the_number_was_wanted(untouched):
    ran = typed("gift carol bob panda --quiet")
    assert (ran.code, ran.out) == (4, "")
    assert ran.err.startswith("coins: carol has 4 coins")


def test_json_wins_over_quiet_in_an_error(untouched):
    assert typed("gift carol bob panda --quiet --json").refusal()["code"] == "not_enough_coins"


def test_a_fault_of_coins_itself_is_not_swallowed(untouched):
    with pytest.raises(ZeroDivisionError):
        coins("recharge", "alice", "100", clock=lambda: 1 // 0)


# -- the catalog ---------------------------------------------------------------------------------

CATALOGS = [
    # what is written instead of what, the key that is named, and words of what was expected
    ("coins = 5\n", "coins = -5\n", "gifts.panda.coins", ">= 1"),
    ("coins = 5\n", "coins = 0\n", "gifts.panda.coins", ">= 1"),
    ("coins = 5\n", "coins = 5.5\n", "gifts.panda.coins", "whole number"),
    ("coins = 5\n", "coins = '5'\n", "gifts.panda.coins", "whole number"),
    ("coins = 5\n", "coins = 9007199254740992\n", "gifts.panda.coins", "9007199254740991"),
    ("coins = 5\n", "coins = 5\ncolour = 'red'\n", "gifts.panda", "unknown key 'colour'"),
    ("usd = 6.49\n", "usd = -6.49\n", "packs.500.usd", "dollars above zero"),
    ("usd = 6.49\n", "usd = 0\n", "packs.500.usd", "dollars above zero"),
    ("usd = 6.49\n", "usd = 6.499\n", "packs.500.usd", "two decimals"),
    ("usd = 6.49\n", "usd = nan\n", "packs.500.usd", "dollars above zero"),
    ("usd = 6.49\n", "usd = inf\n", "packs.500.usd", "dollars above zero"),
    ("usd = 6.49\n", "usd = 'six'\n", "packs.500.usd", "decimal"),
    ("usd = 6.49\n", "usd = true\n", "packs.500.usd", "decimal"),
    ("usd = 6.49\n", "\n", "packs.500", "missing"),
    ("[packs.500]", "[packs.100]", "", "expected TOML"),
    ("[packs.500]", "[packs.'5 00']", "packs.5 00", "id of a-z"),
    ("[gifting]", "[gift]", "", "unknown key 'gift'"),
    ("creator_share = 1 ", "# creator_share = 1 ", "gifting", "missing"),
    ("creator_share = 1 ", "creator_share = 2 ", "gifting.creator_share", "to 1"),
    ("creator_share = 1 ", "creator_share = 0 ", "gifting.creator_share", "expected a decimal"),
    ("threshold = 10000", "threshold = 'many'", "cash_out.threshold", "whole number"),
    ('name = "Panda"', 'name = "Concert"', "gifts.concert.name", "a name that gifts.panda has"),
    ('name = "Panda"', 'name = ""', "gifts.panda.name", "length"),
    ("[promotion]", "[promotion", "", "expected TOML"),
]


def spoiled(text, old, new):
    assert old in text
    return text.replace(old, new, 1)


@pytest.mark.parametrize(("old", "new", "key", "words"), CATALOGS)
def test_a_broken_catalog_gets_one_error_that_names_file_key_and_expectation(
    untouched, tmp_path, clap_catalog, old, new, key, words
):
    file = tmp_path / "prices.toml"
    file.write_text(spoiled(clap_catalog.read_text(), old, new))
    for line in (["recharge", "alice", "100", "--catalog", file], ["catalog", "check", file]):
        error = check_refused(tmp_path, line, exit_code=2, code="invalid_catalog", words=words)
        assert error["file"] == str(file)
        assert error["key"] == key
        assert str(file) in error["message"]
        assert error["hint"] == f"mend the file, then: coins catalog check {file}"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "missing"),
        (b"\x00\xff\xfe", "UTF-8"),
        (b"this is not a catalog", "expected TOML"),
        (b"x = " + b"[" * 100_000, "expected TOML"),
        (b"nonsense " * 110_000, "expected TOML"),
        (b"# nonsense\n" * 100_000, "at most 1,000,000 bytes"),
        (b"x = " + b"9" * 5_000, "expected TOML"),
    ],
    ids=["empty", "bytes", "words", "nested", "nonsense", "long", "number"],
)
def test_what_is_no_catalog_at_all_gets_one_error(untouched, tmp_path, content, words):
    file = tmp_path / "prices.toml"
    file.write_bytes(content)
    args = ["recharge", "alice", "100", "--catalog", file]
    error = check_refused(tmp_path, args, exit_code=2, code="invalid_catalog")
    assert words in error["expected"] or "at most" in error["expected"]
    assert len(error["message"]) < 500


def test_a_folder_in_the_place_of_a_catalog_gets_one_error(untouched, tmp_path):
    args = ["recharge", "alice", "100", "--catalog", tmp_path]
    check_refused(untouched, args, exit_code=2, code="invalid_catalog", words="it is a folder")


# -- the store's place ---------------------------------------------------------------------------

CHANGING = [
    "wallet create zoe",
    "recharge alice 100",
    "gift alice bob panda",
    "promote dora dance.mp4 --days 1",
    "cashout frank --paypal frank@example.com",
    "live start bob",
    "live end erin",
    "repair",
    "catalog init",
]
LOOKING = [
    "recharge alice 100 --dry-run",
    "balance alice",
    "history alice",
    "top bob",
    "wallet list",
    "wallet show alice",
    "verify",
]
EVERYWHERE = [*CHANGING, *LOOKING, "backup copy.tar.gz"]


def a_file(place):
    place.write_text("a diary")


def a_file_above(place):
    place.parent.rmdir()
    place.parent.write_text("a diary")


def no_parent(place):
    place.parent.rmdir()


def with_strangers(place):
    place.mkdir()
    (place / "diary.txt").write_text("dear diary")


@pytest.mark.parametrize(
    ("make", "code", "words"),
    [
        (a_file, "not_a_store", "it is a file"),
        (a_file_above, "store_not_writable", "parent folder does not exist"),
        (no_parent, "store_not_writable", "parent folder does not exist"),
        (with_strangers, "not_a_store", "diary.txt"),
    ],
)
@pytest.mark.parametrize("line", EVERYWHERE)
def test_a_place_where_no_store_can_be_is_left_as_it_is(
    tmp_path, monkeypatch, line, make, code, words
):
    monkeypatch.chdir(tmp_path)
    place = tmp_path / "parent" / "store"
    place.parent.mkdir()
    make(place)
    args = [*line.split(), "--store", place]
    error = check_refused(tmp_path, args, exit_code=6, code=code, words=words)
    assert str(place) in error["message"]
    assert "--store" in error["hint"]


@pytest.mark.parametrize("make", [a_file, no_parent, with_strangers])
def test_the_doctor_says_that_no_store_can_be_there(tmp_path, make):
    place = tmp_path / "parent" / "store"
    place.parent.mkdir()
    make(place)
    before = contents(tmp_path)
    ran = coins("doctor", "--store", place, "--json")
    assert ran.code == 6
    assert one_object(ran.out)["ok"] is False
    assert contents(tmp_path) == before


@pytest.mark.parametrize("make", [a_file_above, no_parent])
def test_a_copy_that_cannot_be_written_is_refused_and_names_the_file(untouched, tmp_path, make):
    file = tmp_path / "parent" / "copy.tar.gz"
    file.parent.mkdir()
    make(file)
    before = contents(tmp_path)
    error = coins("backup", file, "--json").refusal()
    assert error["exit"] in (2, 3, 6)
    assert str(file) in error["message"]
    assert contents(tmp_path) == before


@pytest.mark.parametrize("line", ["wallet create zoe zoe", *CHANGING[1:-1], *LOOKING])
def test_a_store_that_is_not_there_is_not_made_by_a_command_that_cannot_be_done(
    no_store, tmp_path, line
):
    before = contents(tmp_path)
    ran = typed(line, "--json")
    assert ran.refusal()["exit"] in (2, 3, 5)
    assert contents(tmp_path) == before


@pytest.mark.parametrize(
    "line", ["balance alice", "history alice", "top bob", "wallet list", "verify"]
)
def test_looking_where_there_is_no_store_says_how_to_make_one(no_store, tmp_path, line):
    check_refused(tmp_path, line.split(), exit_code=3, code="no_store", words="coins wallet create")


# -- not writable --------------------------------------------------------------------------------


@contextmanager
def unprivileged():
    """As a user whom file modes bind; whoever is not root is one already."""
    if os.geteuid() != 0:
        yield
        return
    if not all(
        folder.stat().st_mode & 0o001
        for folder in Path(escape_control.__code__.co_filename).parents
    ):
        pytest.skip("this checkout is in a folder that nobody but root can enter")
    os.setegid(NOBODY)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


@pytest.fixture
def reachable():
    """A folder that every user of this computer can reach."""
    with tempfile.TemporaryDirectory(prefix="coins-test-", dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
        for path in (folder, *folder.rglob("*")):
            path.chmod(0o755)


def give_to_nobody(folder):
    if os.geteuid() == 0:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, NOBODY, NOBODY)


def make_read_only(folder):
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)


@pytest.mark.parametrize("line", CHANGING)
def test_a_read_only_store_refuses_every_change(made_once, reachable, line):
    store = copy_of(made_once, reachable / "store")
    give_to_nobody(store)
    make_read_only(store)
    args = [*line.split(), "--store", store]
    coins(*args)  # whatever must be imported is, for root
    with unprivileged():
        check_refused(
            store, args, exit_code=6, code="store_not_writable", words="permission denied"
        )


@pytest.mark.parametrize("line", LOOKING)
def test_a_read_only_store_can_still_be_looked_at(made_once, reachable, line):
    store = copy_of(made_once, reachable / "store")
    give_to_nobody(store)
    make_read_only(store)
    before = contents(store)
    args = [*line.split(), "--store", store, "--json"]
    with unprivileged():
        coins(*args).json()
    assert contents(store) == before


@pytest.mark.parametrize("line", [*CHANGING, *LOOKING])
def test_a_store_that_is_closed_to_us_cannot_be_used(made_once, reachable, line):
    store = copy_of(made_once, reachable / "store")
    give_to_nobody(store)
    store.chmod(0)
    args = [*line.split(), "--store", store]
    with unprivileged():
        error = coins(*args, "--json").refusal()
    assert (error["exit"], error["code"]) == (6, "store_not_writable")
    assert "permission denied" in error["message"]


def test_a_new_store_in_a_folder_that_cannot_be_written_is_refused(reachable):
    reachable.chmod(0o555)
    args = ["wallet", "create", "zoe", "--store", reachable / "store"]
    with unprivileged():
        check_refused(
            reachable, args, exit_code=6, code="store_not_writable", words="permission denied"
        )


# -- a damaged store -----------------------------------------------------------------------------

TOUCHING_BOB = [
    "recharge bob 100",
    "gift dora bob panda",
    "gift dora bob panda --dry-run",
    "gift bob dora panda",
    "promote bob dance.mp4 --days 1",
    "cashout bob --paypal bob@example.com",
    "live start bob",
    "live end bob",
    "balance bob",
    "history bob",
    "top bob",
    "wallet show bob",
    "wallet list",
]


def edited(file, old, new):
    text = file.read_bytes()
    assert old in text
    file.write_bytes(text.replace(old, new))


def truncated(file):
    file.write_bytes(file.read_bytes()[:40])


def emptied(file):
    file.write_bytes(b"")


def overwritten(file):
    file.write_bytes(b"\x00" * 100)


def richer_in_earned(file):
    edited(file, b'"earned":9999,', b'"earned":10000,')


def richer_in_coins(file):
    edited(file, b'"earned":', b'"coins":1,"earned":')


def negative(file):
    edited(file, b'"earned":', b'"coins":-1,"earned":')


def live_by_hand(file):
    edited(file, b'"last":', b'"live_since":"2026-01-05T09:00:00Z","last":')


def named_by_hand(file):
    edited(file, b'"last":', b'"name":"Bob the Great","last":')


def belonging_to_another(file):
    edited(file, b'"user":"bob"', b'"user":"dora"')


def leading_to_an_earlier_line(file):
    edited(file, b'"last":10', b'"last":2')


def leading_to_a_line_of_others(file):
    edited(file, b'"last":10', b'"last":11')


def leading_to_a_line_that_is_not(file):
    edited(file, b'"last":10', b'"last":999')


def carefully(**changes):
    """The same by somebody who also knows how the file's check of itself is worked out."""
    return lambda file: edit_json(file, **changes)


def deleted(file):
    file.unlink()


def a_folder_instead(file):
    file.unlink()
    file.mkdir()


def a_link_instead(file):
    file.rename(file.with_name("elsewhere"))
    file.symlink_to("elsewhere")


DAMAGE = [
    truncated,
    emptied,
    overwritten,
    richer_in_earned,
    richer_in_coins,
    negative,
    live_by_hand,
    named_by_hand,
    belonging_to_another,
    leading_to_an_earlier_line,
    leading_to_a_line_of_others,
    leading_to_a_line_that_is_not,
    deleted,
    *(
        pytest.param(carefully(**changes), id=f"carefully {changes}")
        for changes in (
            *({"earned": 10_000}, {"coins": 1}, {"coins": -1}, {"held": 1}, {"last": 2}),
            *({"last": 11}, {"last": 999}, {"name": "Bob the Great"}, {"user": "dora"}),
            {"live_since": "2026-01-05T09:00:00Z"},
        )
    ),
]


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_wallet_file_changed_by_hand_is_noticed_by_whatever_touches_it(store, damage):
    damage(store / "wallets" / "bob.json")
    for line in TOUCHING_BOB:
        check_refused(
            store, line.split(), exit_code=6, code="store_damaged", words="wallets/bob.json"
        )


@pytest.mark.parametrize("damage", [a_folder_instead, a_link_instead])
def test_something_else_in_the_place_of_a_wallet_file_is_not_used(store, damage):
    damage(store / "wallets" / "bob.json")
    for line in TOUCHING_BOB:
        before = contents(store)
        error = typed(line, "--json").refusal()
        assert error["exit"] == 6
        assert contents(store) == before


@pytest.mark.parametrize("damage", [*DAMAGE, a_folder_instead, a_link_instead])
def test_a_damaged_wallet_is_in_nobody_elses_way(store, clap_catalog, monkeypatch, damage):
    monkeypatch.setenv("COINS_CATALOG", str(clap_catalog))  # at other prices a segment is sealed
    damage(store / "wallets" / "bob.json")
    assert typed("balance alice --json").json()["coins"] == 101
    assert typed("gift alice carol panda --json").json()["balances"]["alice"]["coins"] == 96


@pytest.mark.parametrize("meanwhile", ["gift dora bob panda", "live start bob", "recharge bob 100"])
def test_an_older_wallet_file_put_back_is_noticed(store, meanwhile):
    file = store / "wallets" / "bob.json"
    older = file.read_bytes()
    typed(meanwhile).said()
    file.write_bytes(older)
    for line in TOUCHING_BOB:
        check_refused(
            store, line.split(), exit_code=6, code="store_damaged", words="wallets/bob.json"
        )


def test_a_wallet_file_made_by_hand_is_no_wallet(store):
    forged = (store / "wallets" / "alice.json").read_bytes().replace(b"alice", b"mallory")
    (store / "wallets" / "mallory.json").write_bytes(forged)
    for line in ("balance mallory", "gift mallory bob panda", "wallet create mallory"):
        check_refused(
            store, line.split(), exit_code=6, code="store_damaged", words="wallets/mallory.json"
        )


def test_a_wallet_file_that_is_put_back_as_it_was_is_good_again(store):
    file = store / "wallets" / "bob.json"
    honest = file.read_bytes()
    richer_in_earned(file)
    assert typed("balance bob").code == 6
    file.write_bytes(honest)
    assert typed("verify --json").json()["ok"] is True


def journal_edited(store):
    edited(store / "journal" / "000000000001.jsonl", b'"coins":2000', b'"coins":9000')


def journal_cut(store):
    file = store / "journal" / "000000000001.jsonl"
    file.write_bytes(file.read_bytes()[:-50])


def journal_without_its_last_line(store):
    file = store / "journal" / "000000000001.jsonl"
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join(lines[:-1]))


def journal_emptied(store):
    (store / "journal" / "000000000001.jsonl").write_bytes(b"")


def journal_deleted(store):
    (store / "journal" / "000000000001.jsonl").unlink()


def head_moved_on(store):
    file = store / "head.json"
    file.write_bytes(re.sub(rb'"seq":\d+', b'"seq":999', file.read_bytes()))


def head_of_another_history(store):
    file = store / "head.json"
    file.write_bytes(re.sub(rb'"head":"....', b'"head":"0000', file.read_bytes()))


def store_file_garbled(store):
    (store / "store.json").write_bytes(b"{")


def store_file_deleted(store):
    (store / "store.json").unlink()


def store_file_of_another(store):
    file = store / "store.json"
    file.write_bytes(re.sub(rb'"id":"....', b'"id":"0000', file.read_bytes()))


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (journal_edited, "journal/"),
        (journal_cut, "journal/"),
        (journal_without_its_last_line, "head.json has seen"),
        (journal_emptied, "no header"),
        (journal_deleted, "missing"),
        (head_moved_on, "head.json"),
        (head_of_another_history, "head.json"),
        (store_file_garbled, "store.json"),
        (store_file_deleted, "store.json"),
        (store_file_of_another, "another store"),
    ],
)
def test_a_damaged_journal_stops_every_command(store, damage, words):
    damage(store)
    for line in ("recharge bob 100", "gift dora bob panda --dry-run", "balance bob", "wallet list"):
        check_refused(store, line.split(), exit_code=6, code="store_damaged", words=words)


@pytest.mark.parametrize("line", ["recharge alice 100", "balance alice", "verify"])
def test_a_store_that_stays_locked_is_given_up(untouched, monkeypatch, line):
    monkeypatch.setitem(JsonStore.__init__.__kwdefaults__, "lock_wait_seconds", 0)
    with (untouched / "lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        check_refused(
            untouched, line.split(), exit_code=6, code="store_locked", words="try again when"
        )


def test_a_frozen_store_takes_nothing_and_can_be_looked_at(store):
    boot = json.loads((store / "head.json").read_bytes())["boot"]
    (store / "frozen").write_text(boot)
    for line in ("recharge alice 100", "gift dora bob panda", "live start bob"):
        check_refused(store, line.split(), exit_code=6, code="store_frozen", words="check the disk")
    assert typed("balance alice --json").json()["coins"] == 101


def test_a_store_that_a_later_release_wrote_is_refused_by_name(store):
    edited(store / "store.json", b'"format":2', b'"format":3')
    for line in ("recharge alice 100", "balance alice", "verify"):
        check_refused(store, line.split(), exit_code=6, code="newer_format", words="newer release")


def test_verify_lists_all_that_is_wrong_and_then_fails(store):
    richer_in_earned(store / "wallets" / "bob.json")
    deleted(store / "wallets" / "dora.json")
    before = contents(store)
    plain, in_json = typed("verify"), typed("verify --json")
    assert contents(store) == before
    assert plain.code == in_json.code == 6
    assert [line.partition(":")[0] for line in plain.out.splitlines()] == [
        "wallets/bob.json",
        "wallets/dora.json",
    ]
    assert "2 things are wrong" in plain.err
    answer = one_object(in_json.out)
    assert answer["ok"] is False
    assert [one["where"] for one in answer["findings"]] == ["wallets/bob.json", "wallets/dora.json"]
    assert one_object(in_json.err)["error"]["count"] == 2
