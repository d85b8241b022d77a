"""Handles, texts, addresses, keys and ids."""

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coins_cli.errors import InvalidAddress, InvalidHandle, InvalidKey, InvalidText
from coins_cli.model.names import (
    as_id,
    check_handle,
    closest,
    is_handle,
    is_id,
    parse_address,
    parse_handle,
    parse_key,
    parse_text,
)
from tests.model.economy import some_examples

DEVICES = ["con", "prn", "aux", "nul", *[f"{p}{n}" for p in ("com", "lpt") for n in range(1, 10)]]


@pytest.mark.parametrize(
    ("text", "handle"),
    [
        ("alice", "alice"),
        ("Alice", "alice"),
        ("ALICE_99", "alice_99"),
        ("ab", "ab"),
        ("42", "42"),
        ("__", "__"),
        ("a.b.c", "a.b.c"),
        (".a", ".a"),
        ("a" * 24, "a" * 24),
        ("A" * 24, "a" * 24),
        ("a" * 22 + ".b", "a" * 22 + ".b"),
        ("console", "console"),
        ("con_", "con_"),
        ("xcon", "xcon"),
        ("com", "com"),
        ("com10", "com10"),
    ],
)
def test_a_handle_has_2_to_24_letters_digits_underscores_and_dots_in_lower_case(text, handle):
    assert parse_handle(text) == handle
    assert check_handle(handle) == handle


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "too short"),
        ("a", "too short"),
        ("a" * 25, "25 characters"),
        ("a" * 300, "300 characters"),
        ("alice.", "ends with a dot"),
        ("..", "ends with a dot"),
        ("a b", "a space"),
        (" alice", "a space"),
        ("alice ", "a space"),
        ("a/b", "'/'"),
        ("../etc", "'/'"),
        ("a\\b", "'\\'"),
        ("a-b", "'-'"),
        ("@alice", "'@'"),
        ("alice\n", "a line break"),
        ("al\tice", "a tab"),
        ("al\x00ice", "the control character U+0000"),
        ("al\x1b[31m", "the control character U+001B"),
        ("\u0430lice", "'\u0430' (cyrillic small letter a)"),  # it looks like ours
        ("\u212aelvin", "'\u212a' (kelvin sign)"),  # its lower case is a k
        ("josé", "'é' (latin small letter e with acute)"),
        ("Zoë", "it has 'ë' (latin small letter e with diaeresis)"),  # and Z is allowed
        ("ÄNNA", "'Ä' (latin capital letter a with diaeresis)"),
        ("\u30a2\u30ea\u30b9", "'\u30a2' (katakana letter a)"),  # Alice
        ("\uff15\uff15", "'\uff15' (fullwidth digit five)"),
        ("\u202ebob", "the character U+202E (right-to-left override)"),
        ("bo\udcffb", "the character U+DCFF, which is no text"),  # an argument that is not UTF-8
    ],
)
def test_any_other_handle_is_refused_with_the_reason(text, why):
    with pytest.raises(InvalidHandle) as refusal:
        parse_handle(text)
    assert why in refusal.value.why
    assert refusal.value.why.isprintable()
    assert refusal.value.fields["given"] == text[:60]
    assert len(refusal.value.message) < 200


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("ending", ["", ".x", ".tar.gz"])
def test_a_device_of_windows_is_no_handle_with_or_without_an_ending(device, ending):
    with pytest.raises(InvalidHandle, match="device"):
        parse_handle(device + ending)
    with pytest.raises(InvalidHandle, match="device"):
        parse_handle(device.upper() + ending)


@pytest.mark.parametrize("owner", ["platform", "world", "Platform", "WORLD"])
def test_what_owns_the_other_accounts_is_no_handle(owner):
    with pytest.raises(InvalidHandle, match="accounts"):
        parse_handle(owner)
    assert parse_handle(f"{owner}s") == f"{owner.lower()}s"


def test_a_stored_handle_must_be_in_lower_case_already():
    with pytest.raises(InvalidHandle, match="it is not in lower case"):
        check_handle("Alice")


@some_examples
@given(st.text(max_size=24))
def test_the_reason_names_no_letter_that_is_allowed_and_no_escape_of_python(text):
    why = ""
    try:
        parse_handle(text)
    except InvalidHandle as refusal:
        why = refusal.why
    named = re.findall(r"'(.)'", why)
    assert not set(named) & set(string.ascii_letters + string.digits + "_.")
    assert not re.search(r"\\[xuUntr]", why)


@some_examples
@given(st.text(max_size=30))
def test_what_is_taken_as_a_handle_is_plain_and_stays_what_it_is(text):
    try:
        handle = parse_handle(text)
    except InvalidHandle:
        return
    assert parse_handle(handle) == handle == text.lower()
    assert set(handle) <= set("abcdefghijklmnopqrstuvwxyz0123456789_.")
    assert 2 <= len(handle) <= 24


def test_text_is_kept_without_the_white_space_around_it():
    assert parse_text("  well done \n", "message", most=9) == "well done"


def test_text_may_hold_any_character_and_is_shown_with_care_elsewhere():
    assert parse_text("a\x1b[31m\u202eb", "message", most=200) == "a\x1b[31m\u202eb"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"),
        (" \t\n", "empty"),
        ("x" * 201, "201"),
        ("x" * 100_000, "100,000"),
        ("bad \udcff", "UTF-8"),
    ],
)
def test_text_that_is_empty_too_long_or_not_text_is_refused(text, why):
    with pytest.raises(InvalidText) as refusal:
        parse_text(text, "message", most=200)
    assert why in refusal.value.why
    assert refusal.value.what == "message"


def test_text_may_have_just_as_many_characters_as_are_kept():
    assert parse_text("é" * 200, "message", most=200) == "é" * 200


@pytest.mark.parametrize(
    "address",
    [
        "bob@example.com",
        "b@x.yz",
        "bob.o+coins@mail.example.co.uk",
        "BOB@Example.COM",
        "josé@exämple.es",
        "a" * 64 + "@" + "b" * 185 + ".com",
    ],
)
def test_an_address_looks_like_an_e_mail_address(address):
    assert parse_address(address) == address


@pytest.mark.parametrize(
    "address",
    [
        "",
        "bob",
        "bob@",
        "@example.com",
        "bob@example",
        "bob@.com",
        "bob@example.",
        "bob@example..com",
        "bob@@example.com",
        "bob@a@example.com",
        "bob smith@example.com",
        " bob@example.com",
        "bob@example.com\n",
        "bob@exam\x00ple.com",
        "bob@exam\u202eple.com",
        "bob@exam\udcffple.com",
        "a" * 65 + "@example.com",
        "a" * 64 + "@" + "b" * 186 + ".com",
        "a" * 100_000,
    ],
)
def test_anything_else_is_no_address(address):
    with pytest.raises(InvalidAddress) as refusal:
        parse_address(address)
    assert refusal.value.fields["given"] == address[:60]


def test_an_address_has_no_slash_in_its_domain_or_it_would_read_like_an_account():
    with pytest.raises(InvalidAddress):
        parse_address("bob@example.com/coins")


@pytest.mark.parametrize("key", ["k", "lesson-3-alice", "a b", "schlüssel", "x" * 255])
def test_a_key_is_1_to_255_printable_characters(key):
    assert parse_key(key) == key


@pytest.mark.parametrize("key", ["", "x" * 256, "a\nb", "a\x00b", "a\x1bb", "\u202e", "\udcff"])
def test_any_other_key_is_refused(key):
    with pytest.raises(InvalidKey) as refusal:
        parse_key(key)
    assert refusal.value.most == 255


@pytest.mark.parametrize(
    ("name", "gift_id"),
    [
        ("Panda", "panda"),
        ("I'm very rich", "im-very-rich"),
        ("I\u2019m VERY rich", "im-very-rich"),  # the apostrophe that phones type
        ("  drama   queen ", "drama-queen"),
        ("sun_cream", "sun-cream"),
        ("love-bang", "love-bang"),
        ("--a--", "a"),
        ("!?", ""),
        ("", ""),
    ],
)
def test_a_display_name_comes_down_to_an_id(name, gift_id):
    assert as_id(name) == gift_id


@some_examples
@given(st.text(max_size=30))
def test_an_id_is_its_own_id(name):
    assert as_id(as_id(name)) == as_id(name)


def test_close_names_come_with_the_likeliest_first_and_three_at_most():
    assert closest("alcie", ["bob", "alice", "alicia"]) == ["alice", "alicia"]
    assert closest("zzz", ["bob", "alice"]) == []
    assert len(closest("aaaa", ["aaab", "aaac", "aaad", "aaae"])) == 3


@pytest.mark.parametrize("text", ["alice", "a.b", "_x", "long.handle_of_24_letters"[:24]])
def test_a_handle_is_one(text):
    assert is_handle(text)


@pytest.mark.parametrize("text", ["", "a", "Alice", "a b", "a$(b)", "a\n", "con", "world", "a."])
def test_what_is_no_handle_is_told_without_an_error(text):
    assert not is_handle(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *((one, True) for one in ("500", "im-very-rich", "a")),
        *((one, False) for one in ("", "-a", "a--b", "a-", "A", "a b", "a\n", "$(a)", "ñ", "a_b")),
    ],
)
def test_an_id_is_lower_case_letters_digits_and_single_hyphens(text, expected):
    assert is_id(text) is expected
