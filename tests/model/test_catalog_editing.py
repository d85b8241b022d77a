"""Changing prices: each key of a catalog can be set, none to nonsense, and all or nothing."""

import re
import string
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coins_cli.errors import (
    AlreadyOnSale,
    CoinsError,
    InvalidSetting,
    UnknownCatalogKey,
    UnknownGift,
    UnknownPack,
)
from coins_cli.files.catalogs import default_catalog, default_catalog_text
from coins_cli.model import catalog_reading
from coins_cli.model.catalog import impossible_price
from coins_cli.model.catalog_editing import (
    Change,
    changes_between,
    tables_of,
    with_default,
    with_gift,
    with_pack,
    with_settings,
    without,
)
from coins_cli.model.catalog_keys import KEYS, kind_of, value_text, values_of
from coins_cli.model.catalog_reading import read_catalog

CATALOG = default_catalog()
VALUES = values_of(CATALOG)

GOOD = {
    "whole": ["1", "499", "12345"],
    "dollars": ["5", "5.9", "5.99"],
    "rate": ["0.5", "1", "0.000001"],
    "name": ["Red panda", "x", "x" * 50, "パンダ", "a=b"],
}
"""Values that some key of the kind may have."""
NONSENSE = [
    "",
    " ",
    "0",
    "-1",
    "+1",
    "nan",
    "inf",
    "-inf",
    "1e3",
    "1_0",
    "1,0",
    "0x1",
    "\u0661",
    "½",
]
NONSENSE += ["true", "[1]", "{}", '"1"', "None", "1 000", "9" * 400, "1.0000000001", "\x1b[31m"]
BAD = {
    "whole": [*NONSENSE, "1.0", "0.5", "01", "9007199254740992"],
    "dollars": [*NONSENSE, "5.999", "$5", "00.5", "0.00", ".5", "5.", "90071992547409.92"],
    "rate": [*NONSENSE, "0.0", "0.0000009", "1000001", ".5", "5.", "0.1234567891"],
    "name": ["", " ", "\t", "x" * 51, "\udcff"],
}
"""Values that no key of the kind may have."""


def texts_of(catalog):
    return {key: value_text(value) for key, value in values_of(catalog).items()}


def test_the_table_of_keys_is_that_of_the_file():
    known = []
    for table, fields in catalog_reading._CatalogTable.__annotations__.items():
        kind = {
            "packs": catalog_reading._PackTable,
            "gifts": catalog_reading._GiftTable,
        }.get(table, fields)
        path = table if kind is fields else f"{table}.*"
        known += [f"{path}.{field.name}" for field in msgspec.structs.fields(kind)]
    assert sorted(KEYS) == sorted(known)
    assert {kind_of(key) for key in VALUES} == set(KEYS.values())


def test_the_table_says_fact_and_assumption_as_the_file_does():
    text, table = default_catalog_text().decode(), ""
    for line in text.splitlines():
        if found := re.fullmatch(r"\[(.*)\]", line):
            table = found[1]
        key, equals, rest = line.partition(" = ")
        if equals and "# " in rest:
            assert rest.partition("# ")[2].startswith(kind_of(f"{table}.{key}").origin), line
    assert "All five are facts" in text
    assert "All eight are facts" in text


def test_the_values_are_those_of_the_file_and_read_back_the_same():
    assert read_catalog(tables_of(VALUES), CATALOG.source) == CATALOG
    assert VALUES["packs.500.usd"] == Decimal("6.49")
    assert VALUES["gifts.im-very-rich.name"] == "I'm very rich"


@pytest.mark.parametrize("key", VALUES)
def test_every_key_can_be_set_to_something_else(key):
    made = []
    for text in GOOD[kind_of(key).kind]:
        try:
            changed = with_settings(CATALOG, [f"{key}={text}"])
        except InvalidSetting:
            continue  # good for another key of this kind
        made += changes_between(CATALOG, changed)
        assert values_of(changed) == {**VALUES, key: values_of(changed)[key]}
    assert {one.key for one in made} == {key}
    assert all(one.old == VALUES[key] != one.new for one in made)


@pytest.mark.parametrize("key", VALUES)
def test_no_key_can_be_set_to_nonsense(key):
    for text in BAD[kind_of(key).kind]:
        with pytest.raises(InvalidSetting) as refused:
            with_settings(CATALOG, [f"{key}={text}"])
        assert refused.value.key == key
        assert refused.value.value == text.strip()
        assert refused.value.expected
        assert len(refused.value.message) < 250


@pytest.mark.parametrize("key", VALUES)
@given(text=st.text(st.one_of(st.sampled_from(string.printable), st.characters()), max_size=60))
def test_whatever_is_typed_a_catalog_is_right_or_refused(key, text):
    try:
        changed = with_settings(CATALOG, [f"{key}={text}"])
    except InvalidSetting:
        return
    assert impossible_price(changed) is None
    assert read_catalog(tables_of(values_of(changed)), CATALOG.source) == changed


def test_several_settings_are_all_made_or_none():
    changed = with_settings(CATALOG, ["packs.500.usd=5.99", "gifting.creator_share=0.5"])
    assert changes_between(CATALOG, changed) == [
        Change("packs.500.usd", Decimal("6.49"), Decimal("5.99")),
        Change("gifting.creator_share", Decimal(1), Decimal("0.5")),
    ]
    with pytest.raises(InvalidSetting):
        with_settings(CATALOG, ["packs.500.usd=5.99", "gifting.creator_share=2"])


def test_settings_are_checked_together_not_one_by_one():
    both = ["promotion.usd_min=8000", "promotion.usd_max=9000"]
    assert texts_of(with_settings(CATALOG, both))["promotion.usd_min"] == "8000.00"
    with pytest.raises(InvalidSetting) as refused:
        with_settings(CATALOG, both[:1])
    assert refused.value.message == (
        "promotion.usd_max cannot be '7000.00': expected more than usd_min"
    )


def test_a_limit_below_a_pack_names_the_pack_that_does_not_fit():
    with pytest.raises(InvalidSetting) as refused:
        with_settings(CATALOG, ["recharge.coins_at_a_time_max=400"])
    assert refused.value.message == (
        "packs.500.coins cannot be '500': expected at most 400, as at a time"
    )


def test_a_price_with_half_a_cent_is_refused_by_key_value_and_expectation():
    with pytest.raises(InvalidSetting) as refused:
        with_settings(CATALOG, ["packs.500.usd=5.999"])
    assert refused.value.message == (
        "packs.500.usd cannot be '5.999': expected dollars and cents, like 5.99"
    )


@pytest.mark.parametrize(
    ("key", "close"),
    [
        ("packs.500.us", "packs.500.usd"),
        ("gifting.creator-share", "gifting.creator_share"),
        ("cashout.threshold", "cash_out.threshold"),
        ("gifts.pnada.coins", "gifts.panda.coins"),
        ("PACKS.500.USD", None),
        ("packs", None),
        ("packs.500", "packs.500.usd"),
        ("source", None),
        ("", None),
        ("packs.*.usd", "packs.500.usd"),
    ],
)
def test_an_unknown_key_is_refused_with_the_closest(key, close):
    with pytest.raises(UnknownCatalogKey) as refused:
        with_settings(CATALOG, [f"{key}=1"])
    assert refused.value.key == key
    assert close is None or close in refused.value.close


@pytest.mark.parametrize("setting", ["packs.500.usd", "", "5.99"])
def test_a_setting_without_an_equals_sign_is_refused(setting):
    with pytest.raises(InvalidSetting, match=r"expected KEY=VALUE, like packs\.500\.usd=5\.99"):
        with_settings(CATALOG, [setting])


def test_a_key_that_is_set_twice_at_once_is_refused():
    with pytest.raises(InvalidSetting, match="expected each key once"):
        with_settings(CATALOG, ["packs.500.usd=5", "packs.500.usd=6"])


# -- gifts and packs -----------------------------------------------------------------------------


def test_a_gift_is_added_under_an_id_made_from_its_name():
    changed = with_gift(CATALOG, "Golden Crown!", "750")
    assert changes_between(CATALOG, changed) == [
        Change("gifts.golden-crown.name", None, "Golden Crown!"),
        Change("gifts.golden-crown.coins", None, 750),
    ]
    assert list(changed.gifts) == sorted(changed.gifts, key=lambda one: changed.gifts[one].coins)


def test_a_pack_is_added_under_its_number_of_coins():
    changed = with_pack(CATALOG, "300", "1")
    assert changes_between(CATALOG, changed) == [
        Change("packs.300.coins", None, 300),
        Change("packs.300.usd", None, Decimal("1.00")),
    ]


@pytest.mark.parametrize(
    ("add", "setting"),
    [
        (lambda: with_gift(CATALOG, "PANDA", "7"), "gifts.panda.coins=7"),
        (lambda: with_pack(CATALOG, "500", "5.99"), "packs.500.usd=5.99"),
    ],
)
def test_what_is_on_sale_is_not_added_but_set(add, setting):
    with pytest.raises(AlreadyOnSale) as refused:
        add()
    assert refused.value.setting == setting
    with_settings(CATALOG, [refused.value.setting])


@pytest.mark.parametrize(
    "add",
    [
        *[lambda t=t: with_gift(CATALOG, "crown", t) for t in BAD["whole"]],
        *[lambda t=t: with_gift(CATALOG, t, "5") for t in [*BAD["name"], "パンダ", "!", "../x é"]],
        *[lambda t=t: with_pack(CATALOG, t, "5") for t in [*BAD["whole"], "10001"]],
        *[lambda t=t: with_pack(CATALOG, "300", t) for t in BAD["dollars"]],
    ],
)
def test_nothing_is_added_that_no_file_could_say(add):
    with pytest.raises(InvalidSetting):
        add()


@pytest.mark.parametrize(
    ("what", "name", "table"),
    [
        ("gift", "panda", "gifts.panda"),
        ("gift", "I'm very rich", "gifts.im-very-rich"),
        ("pack", "500", "packs.500"),
    ],
)
def test_a_gift_or_a_pack_is_removed(what, name, table):
    changes = changes_between(CATALOG, without(CATALOG, what, name))
    assert [one.key.rpartition(".")[0] for one in changes] == [table, table]
    assert all(one.new is None for one in changes)


def test_what_is_not_on_sale_cannot_be_removed():
    with pytest.raises(UnknownGift):
        without(CATALOG, "gift", "pnada")
    with pytest.raises(UnknownPack):
        without(CATALOG, "pack", "300")


@pytest.mark.parametrize("what", ["gift", "pack"])
def test_the_last_one_cannot_be_removed(what):
    left = CATALOG
    *others, last = CATALOG.gifts if what == "gift" else CATALOG.packs
    for one in others:
        left = without(left, what, one)
    with pytest.raises(InvalidSetting, match=f"at least one {what}"):
        without(left, what, last)


# -- back to the default -------------------------------------------------------------------------


@pytest.mark.parametrize("key", VALUES)
def test_each_key_goes_back_to_its_default_alone(key):
    changed = with_settings(CATALOG, ["packs.500.usd=5.99", "gifts.panda.name=Bear"])
    back = values_of(with_default(changed, CATALOG, key))
    assert back == {**values_of(changed), key: VALUES[key]}


def test_a_table_goes_back_to_what_the_default_has():
    changed = without(with_gift(CATALOG, "Crown", "750"), "gift", "panda")
    assert with_default(changed, CATALOG, "gifts") == CATALOG
    assert "panda" in with_default(changed, CATALOG, "gifts.panda").gifts
    assert "panda" in with_default(changed, CATALOG, "gifts.panda.coins").gifts
    assert "crown" not in with_default(changed, CATALOG, "gifts.crown").gifts


@pytest.mark.parametrize("key", ["", "gift", "packs.500.price", "gifts.crown.coins", "*", "."])
def test_only_a_key_of_the_catalog_or_the_default_goes_back(key):
    with pytest.raises(UnknownCatalogKey):
        with_default(with_gift(CATALOG, "Crown", "750"), CATALOG, key)


def test_what_does_not_fit_the_rest_does_not_go_back():
    changed = with_settings(CATALOG, ["promotion.usd_min=6000", "promotion.usd_max=9000"])
    changed = with_settings(changed, ["promotion.usd_min=8000"])
    with pytest.raises(CoinsError, match="expected more than usd_min"):
        with_default(changed, CATALOG, "promotion.usd_max")
    assert with_default(changed, CATALOG, "promotion") == CATALOG
