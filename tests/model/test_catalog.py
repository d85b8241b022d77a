"""The catalog: the platform's facts, and every way to write one that cannot be used."""

from decimal import Decimal

import pytest

from coins_cli.cli.hints import hint_of
from coins_cli.errors import InvalidCatalog, NoSuchFile, UnknownGift, UnknownPack
from coins_cli.files.catalogs import (
    CATALOG_BYTES_MAX,
    default_catalog_text,
    load_catalog,
    parse_catalog,
)
from tests.model.economy import CATALOG, FILE, catalog_with, with_value

TEXT = default_catalog_text().decode()


def refusal(text):
    """The refusal of a catalog, after checking what all of them have in common."""
    with pytest.raises(InvalidCatalog) as caught:
        parse_catalog(text if isinstance(text, bytes) else text.encode(), FILE)
    error = caught.value
    assert error.file == FILE
    assert f"the catalog {FILE} cannot be used" in error.message
    assert FILE in hint_of(error)
    assert error.expected in error.message
    assert error.message.isprintable(), "an error is one line"
    assert len(error.message) < 300
    assert "`" not in error.message
    assert "Traceback" not in error.message
    return error


# -- the facts -----------------------------------------------------------------------------------


def test_the_packs_are_the_platforms():
    assert [(pack.id, pack.coins, pack.usd_cents) for pack in CATALOG.packs.values()] == [
        ("100", 100, 129),
        ("500", 500, 649),
        ("2000", 2_000, 2_699),
        ("5000", 5_000, 6_699),
        ("10000", 10_000, 13_499),
    ]


def test_at_most_10000_coins_are_bought_at_a_time():
    assert CATALOG.coins_at_a_time_max == 10_000


@pytest.mark.parametrize("pack", CATALOG.packs.values(), ids=lambda pack: pack.id)
def test_a_bought_coin_costs_about_one_cent_and_a_third(pack):
    assert Decimal("1.29") <= Decimal(pack.usd_cents) / pack.coins <= Decimal("1.35")


def test_a_coin_costs_more_in_the_largest_pack_than_in_the_smallest():
    per_coin = [Decimal(pack.usd_cents) / pack.coins for pack in CATALOG.packs.values()]
    assert per_coin[0] == min(per_coin) == Decimal("1.29")
    assert per_coin[-1] == Decimal("1.3499")


def test_the_gifts_are_the_platforms():
    assert {gift.id: (gift.name, gift.coins) for gift in CATALOG.gifts.values()} == {
        "panda": ("Panda", 5),
        "italian-hand": ("Italian hand", 5),
        "love-bang": ("Love bang", 25),
        "sun-cream": ("Sun cream", 50),
        "rainbow-puke": ("Rainbow puke", 100),
        "concert": ("Concert", 500),
        "im-very-rich": ("I'm very rich", 1_000),
        "drama-queen": ("Drama queen", 5_000),
    }


def test_gifts_are_listed_from_the_cheapest_to_the_dearest():
    more = parse_catalog((TEXT + '\n[gifts.rose]\nname = "Rose"\ncoins = 1\n').encode(), FILE)
    prices = [gift.coins for gift in more.gifts.values()]
    assert prices == [1, 5, 5, 25, 50, 100, 500, 1_000, 5_000]


def test_packs_are_listed_from_the_smallest_to_the_largest_however_they_are_written():
    text = TEXT.replace("[packs.100]", "[packs.zz]") + "\n[packs.aa]\ncoins = 300\nusd = 1.00\n"
    assert list(parse_catalog(text.encode(), FILE).packs) == ["zz", "aa", *list(CATALOG.packs)[1:]]


def test_cashing_out_starts_at_10000_coins_which_are_100_dollars():
    terms = CATALOG.cash_out
    assert terms.threshold == 10_000
    assert terms.diamonds(10_000) == 10_000
    assert terms.cents(terms.diamonds(10_000)) == 10_000
    assert (terms.diamonds_per_coin, terms.usd_per_diamond) == (1, Decimal("0.01"))


def test_promotions_cost_from_5_to_7000_dollars():
    terms = CATALOG.promotion
    assert (terms.usd_cents_min, terms.coins_min) == (500, 500)
    assert (terms.usd_cents_max, terms.coins_max) == (700_000, 707_000)
    assert (terms.days_max, terms.min_coins_per_day, terms.views_per_coin) == (30, 500, 2)


def test_a_creator_earns_all_of_a_gift_unless_a_catalog_says_otherwise():
    assert CATALOG.creator_share == 1
    half = catalog_with(("gifting", "creator_share", "0.5"))
    assert half.creator_share == Decimal("0.5")


def test_the_catalog_says_of_each_number_whether_it_is_a_fact_or_an_assumption():
    assert "All five are facts" in TEXT
    assert "All eight are facts" in TEXT
    marks = {
        line.partition(" = ")[0]: line.partition("# ")[2].partition(":")[0].partition(",")[0]
        for line in TEXT[TEXT.index("[gifting]") :].splitlines()
        if " = " in line
    }
    assert marks == {
        "creator_share": "assumption",
        "threshold": "fact",
        "diamonds_per_coin": "assumption",
        "usd_per_diamond": "assumption",
        "usd_min": "fact",
        "coins_min": "fact",
        "usd_max": "fact",
        "coins_max": "fact",
        "days_max": "assumption",
        "min_coins_per_day": "assumption",
        "views_per_coin": "assumption",
    }


def test_an_older_price_can_be_written():
    older = parse_catalog((TEXT + "\n[packs.300]\ncoins = 300\nusd = 1.00\n").encode(), FILE)
    assert (older.pack("300").coins, older.pack("300").usd_cents) == (300, 100)


# -- looking things up ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["im-very-rich", "I'm very rich", "i'm VERY rich", "I\u2019m very rich", " Im  very  rich "],
)
def test_a_gift_is_named_by_id_or_display_name_in_any_case(name):
    assert CATALOG.gift(name).id == "im-very-rich"


def test_a_gift_can_be_named_by_a_display_name_unlike_its_id():
    renamed = catalog_with(("gifts.panda", "name", '"Big Bear"'))
    assert renamed.gift("big bear") == renamed.gift("panda")


def test_a_gift_with_a_name_in_another_script_can_be_named_by_it():
    renamed = catalog_with(("gifts.panda", "name", '"パンダ"'))
    assert renamed.gift("パンダ").id == "panda"


def test_an_unknown_gift_is_refused_with_the_close_names():
    with pytest.raises(UnknownGift) as refused:
        CATALOG.gift("pnada")
    assert refused.value.gift == "pnada"
    assert refused.value.close == ["panda"]


@pytest.mark.parametrize("name", ["", "!", "\udcff", "x" * 100_000])
def test_a_name_that_is_none_is_an_unknown_gift(name):
    with pytest.raises(UnknownGift) as refused:
        CATALOG.gift(name)
    assert len(refused.value.message) < 150


@pytest.mark.parametrize("pack_id", ["300", "", "0500", "5,000", "x" * 100_000])
def test_an_unknown_pack_is_refused_with_those_there_are(pack_id):
    with pytest.raises(UnknownPack) as refused:
        CATALOG.pack(pack_id)
    assert refused.value.packs == ["100", "500", "2000", "5000", "10000"]
    assert len(refused.value.message) < 150


# -- what cannot be used -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "key", "value", "expected"),
    [
        # whole numbers
        ("packs.500", "coins", "0", ">= 1"),
        ("packs.500", "coins", "-5", ">= 1"),
        ("packs.500", "coins", "500.0", "whole number, got a decimal"),
        ("packs.500", "coins", "1e3", "whole number, got a decimal"),
        ("packs.500", "coins", "nan", "whole number, got a decimal"),
        ("packs.500", "coins", "true", "whole number, got true or false"),
        ("packs.500", "coins", '"500"', "whole number, got a text"),
        ("packs.500", "coins", "[500]", "whole number, got a list"),
        ("packs.500", "coins", "{of = 500}", "whole number, got a table"),
        ("packs.500", "coins", "2026-01-05", "whole number, got"),
        ("packs.500", "coins", "9007199254740992", "<= 9007199254740991"),
        ("packs.500", "coins", "9" * 400, "<= 9007199254740991"),
        ("packs.500", "coins", "10001", "at most 10000"),
        ("gifts.panda", "coins", "0", ">= 1"),
        ("gifts.panda", "coins", "-1", ">= 1"),
        ("gifts.panda", "coins", "4.5", "whole number, got a decimal"),
        ("recharge", "coins_at_a_time_max", "0", ">= 1"),
        ("recharge", "coins_at_a_time_max", "true", "whole number, got true or false"),
        ("cash_out", "threshold", "0", ">= 1"),
        ("cash_out", "threshold", "100.5", "whole number, got a decimal"),
        ("promotion", "days_max", "0", ">= 1"),
        ("promotion", "min_coins_per_day", "-500", ">= 1"),
        ("promotion", "coins_max", "500", "more than coins_min"),
        ("promotion", "coins_max", "499", "more than coins_min"),
        # dollars
        ("packs.500", "usd", "-6.49", "dollars above zero"),
        ("packs.500", "usd", "0", "dollars above zero"),
        ("packs.500", "usd", "0.00", "dollars above zero"),
        ("packs.500", "usd", "6.499", "two decimals"),
        ("packs.500", "usd", "nan", "dollars above zero"),
        ("packs.500", "usd", "inf", "dollars above zero"),
        ("packs.500", "usd", "-inf", "dollars above zero"),
        ("packs.500", "usd", "1e30", "dollars"),
        ("packs.500", "usd", "90071992547409.92", "dollars"),
        ("packs.500", "usd", "9" * 400, "dollars"),
        ("packs.500", "usd", "true", "decimal, got true or false"),
        ("packs.500", "usd", '"6.49"', "decimal, got a text"),
        ("packs.500", "usd", '"six"', "decimal"),
        ("promotion", "usd_min", "0", "dollars above zero"),
        ("promotion", "usd_max", "5", "more than usd_min"),
        ("promotion", "usd_max", "4.99", "more than usd_min"),
        ("promotion", "usd_max", "7000.001", "two decimals"),
        # rates
        ("gifting", "creator_share", "1.01", "to 1"),
        ("gifting", "creator_share", "0", "decimal from"),
        ("gifting", "creator_share", "-0.5", "decimal from"),
        ("gifting", "creator_share", "nan", "decimal from"),
        ("gifting", "creator_share", "inf", "decimal from"),
        ("gifting", "creator_share", "0.0000009", "decimal from"),
        ("gifting", "creator_share", "0.1234567891", "at most 9 digits"),
        ("gifting", "creator_share", "false", "decimal, got true or false"),
        ("gifting", "creator_share", '"0.5"', "decimal, got a text"),
        ("cash_out", "diamonds_per_coin", "0", "decimal from"),
        ("cash_out", "diamonds_per_coin", "1000001", "to 1,000,000"),
        ("cash_out", "usd_per_diamond", "-0.01", "decimal from"),
        ("cash_out", "usd_per_diamond", "nan", "decimal from"),
        ("promotion", "views_per_coin", "0.0", "decimal from"),
        ("promotion", "views_per_coin", "1e-5000", "decimal from"),
        ("promotion", "views_per_coin", "1e-99999999", "decimal from"),
        # texts
        ("gifts.concert", "name", '""', ">= 1"),
        ("gifts.concert", "name", '"   "', "name"),
        ("gifts.concert", "name", '"' + "x" * 51 + '"', "<= 50"),
        ("gifts.concert", "name", "500", "text, got a whole number"),
        ("gifts.concert", "name", '"Panda"', "gifts.panda"),
        ("gifts.concert", "name", '"PANDA!"', "gifts.panda"),
    ],
)
def test_a_value_that_cannot_be_is_refused_by_its_key(table, key, value, expected):
    error = refusal(with_value(table, key, value))
    assert expected in error.expected
    assert error.key == f"{table}.{key}"


@pytest.mark.parametrize("sign", ["", "-"])
@pytest.mark.parametrize("digits", [6, 15, 22])
def test_an_exponent_beyond_all_measure_is_refused_at_once(sign, digits):
    refusal(with_value("packs.500", "usd", f"1e{sign}{'9' * digits}"))
    refusal(with_value("gifting", "creator_share", f"1e{sign}{'9' * digits}"))


@pytest.mark.parametrize(
    ("text", "key", "expected"),
    [
        (TEXT + "\n[surprise]\na = 1\n", "", "unknown key 'surprise'"),
        (TEXT + "\ntypo = 1\n", "promotion", "unknown key 'typo'"),
        (TEXT.replace("[gifting]", "[gifting]\ntypo = 1"), "gifting", "unknown key 'typo'"),
        (TEXT.replace("[packs.500]", "[packs.500]\ntypo = 1"), "packs.500", "unknown key 'typo'"),
        (TEXT.replace("[gifts.panda]", "[gifts.panda]\ntypo = 1"), "gifts.panda", "unknown key"),
        (TEXT.replace("coins = 500\nusd", "usd"), "packs.500", "missing 'coins'"),
        (TEXT.replace("usd = 6.49\n", ""), "packs.500", "missing 'usd'"),
        (TEXT.replace('name = "Panda"\n', ""), "gifts.panda", "missing 'name'"),
        (TEXT.replace("coins_at_a_time_max = 10000", ""), "recharge", "'coins_at_a_time_max'"),
        (TEXT.replace("threshold = 10000", ""), "cash_out", "missing 'threshold'"),
        (TEXT.partition("[promotion]")[0], "", "missing 'promotion'"),
        ("", "", "missing 'packs'"),
        ("# nothing\n", "", "missing 'packs'"),
        ("packs = 3\n" + TEXT[TEXT.index("[recharge]") :], "packs", "a table, got a whole number"),
        ("[packs]\n" + TEXT[TEXT.index("[recharge]") :], "packs", "length >= 1"),
        ("gifts = []\n" + TEXT.replace("[gifts.", "[packs."), "gifts", "a table, got a list"),
        (
            TEXT[: TEXT.index("[packs.100]")] + "packs.500 = 3\n" + TEXT[TEXT.index("[rech") :],
            "packs.500",
            "a table, got a whole number",
        ),
        (TEXT.replace("[packs.500]", "[packs.Big]"), "packs.Big", "an id of a-z"),
        (TEXT.replace("[packs.500]", '[packs.""]'), "packs.", "an id of a-z"),
        (TEXT.replace("[gifts.panda]", "[gifts.a--b]"), "gifts.a--b", "an id of a-z"),
        (TEXT.replace("[gifts.panda]", '[gifts."../x"]'), "gifts.../x", "an id of a-z"),
        (TEXT.replace("[gifts.panda]", '[gifts."é"]'), "gifts.é", "an id of a-z"),
    ],
)
def test_what_is_unknown_missing_or_misnamed_is_refused_by_its_key(text, key, expected):
    error = refusal(text)
    assert error.key == key
    assert expected in error.expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (TEXT.replace("coins = 500\n", "coins = 500\ncoins = 501\n", 1), "line"),
        (TEXT + "\n[packs.500]\ncoins = 1\nusd = 1\n", "twice"),
        (TEXT + "\n[gifting]\ncreator_share = 1\n", "twice"),
        ("coins 500", "line 1"),
        ("[packs", "TOML"),
        ("packs = ", "TOML"),
        ("\x00" * 100, "line 1"),
        ("coins " * 160_000, "TOML"),
        ("x" * CATALOG_BYTES_MAX, "TOML"),
        ("x" * (CATALOG_BYTES_MAX + 1), "at most 100,000 bytes"),
        ("a = " + "[" * 400_000, "TOML"),
        ("a = " + "{a = " * 150_000, "TOML"),
        (with_value("packs.500", "coins", "9" * 5000), "TOML"),
        (b"\xff\xfe" + TEXT.encode(), "UTF-8"),
        (TEXT.encode("utf-16"), "UTF-8"),
        ('a = "caf\xe9"'.encode("latin-1"), "UTF-8"),
        (with_value("gifts.panda", "name", r'"\ud800"'), "TOML"),
    ],
)
def test_what_is_not_toml_is_refused_without_a_key(text, expected):
    error = refusal(text)
    assert error.key == ""
    assert expected in error.expected


@pytest.mark.parametrize(
    "text", ["a = " + "[" * 400_000, with_value("packs.500", "coins", "9" * 5000)]
)
def test_a_refusal_speaks_of_the_file_and_not_of_python(text):
    words = refusal(text).expected
    assert "recursion" not in words
    assert "sys." not in words


@pytest.mark.parametrize(
    "text",
    [
        TEXT.replace("[packs.500]", f"[packs.{'A' * 10_000}]"),
        TEXT.replace("[packs.500]", f"[packs.500]\n{'a' * 10_000} = 1"),
        TEXT + f"\n[{'a' * 10_000}]\nb = 1\n",
    ],
)
def test_a_key_longer_than_a_line_is_refused_in_one_line(text):
    refusal(text)


@pytest.mark.parametrize(
    "text",
    [
        TEXT.replace("[packs.500]", r'[packs."5\n0\u001b0"]'),
        TEXT.replace("[packs.500]", '[packs.500]\n"ty\\np\\u001bo" = 1'),
        TEXT + '\n["sur\\u202eprise"]\na = 1\n',
    ],
)
def test_a_key_of_control_characters_is_refused_and_shown_with_care_elsewhere(text):
    with pytest.raises(InvalidCatalog) as caught:
        parse_catalog(text.encode(), FILE)
    assert caught.value.file == FILE


def test_two_gifts_may_have_names_in_another_script():
    named = catalog_with(("gifts.panda", "name", '"パンダ"'), ("gifts.concert", "name", '"音楽会"'))
    assert named.gifts["concert"].name == "音楽会"


def test_two_gifts_of_one_name_are_refused_in_any_script():
    text = with_value("gifts.concert", "name", '"パンダ"')
    error = refusal(with_value("gifts.panda", "name", '"パンダ"', text))
    assert error.key in ("gifts.panda.name", "gifts.concert.name")


def test_a_gift_may_not_have_the_id_of_another_as_its_name():
    error = refusal(TEXT + '\n[gifts.zebra]\nname = "drama-queen"\ncoins = 5\n')
    assert error.key == "gifts.zebra.name"
    assert "gifts.drama-queen" in error.expected


@pytest.mark.parametrize(
    ("table", "key", "value"),
    [
        ("packs.500", "usd", "6"),
        ("packs.500", "usd", "6.4"),
        ("packs.500", "usd", "0.01"),
        ("packs.500", "usd", "90071992547409.91"),
        ("packs.500", "coins", "10_000"),
        ("packs.500", "coins", "0x1f4"),
        ("packs.500", "coins", "1"),
        ("gifts.panda", "coins", "9007199254740991"),
        ("gifts.panda", "name", '"' + "x" * 50 + '"'),
        ("gifting", "creator_share", "0.000001"),
        ("gifting", "creator_share", "1.0"),
        ("cash_out", "diamonds_per_coin", "1000000"),
        ("promotion", "usd_max", "5.01"),
        ("promotion", "coins_max", "501"),
    ],
)
def test_a_value_at_the_edge_is_taken(table, key, value):
    assert parse_catalog(with_value(table, key, value).encode(), FILE).source == FILE


def test_windows_line_ends_are_taken():
    assert parse_catalog(TEXT.replace("\n", "\r\n").encode(), FILE).gifts == CATALOG.gifts


def test_a_byte_order_mark_as_windows_editors_write_it_is_taken():
    assert parse_catalog(b"\xef\xbb\xbf" + TEXT.encode(), FILE).gifts == CATALOG.gifts


# -- files ---------------------------------------------------------------------------------------


def test_a_catalog_is_loaded_from_a_file(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(with_value("gifts.panda", "coins", "7"))
    catalog = load_catalog(str(path))
    assert catalog.source == str(path)
    assert catalog.gift("panda").coins == 7


def test_a_file_that_is_not_there_is_said_to_be_missing(tmp_path):
    with pytest.raises(NoSuchFile) as refused:
        load_catalog(str(tmp_path / "none.toml"))
    assert refused.value.path == str(tmp_path / "none.toml")


def test_a_folder_is_no_catalog(tmp_path):
    with pytest.raises(InvalidCatalog) as refused:
        load_catalog(str(tmp_path))
    assert refused.value.file == str(tmp_path)
    assert refused.value.expected == "it cannot be read: it is a folder"


def test_a_file_that_is_far_too_large_is_refused(tmp_path):
    path = tmp_path / "large.toml"
    path.write_text("#" * (CATALOG_BYTES_MAX + 1))
    with pytest.raises(InvalidCatalog, match="at most 100,000 bytes") as refused:
        load_catalog(str(path))
    assert refused.value.file == str(path)
