"""Receipts: short on a screen, whole in a pipe, and how much of one proves what."""

import pytest

from tests.cli.runner import coins, typed


@pytest.fixture
def gift(store):
    """The receipt of a gift in JSON."""
    return typed("gift alice bob panda --quantity 3 --message Bravo --key g --json").json()


def head_of(line, **how):
    """The last word of what a command said, which is its receipt."""
    return typed(line, **how).said().split()[-1]


@pytest.mark.parametrize(
    "line", ["recharge alice 100", "wallet create zoe", "live start bob", "reverse 14 --reason x"]
)
def test_a_receipt_is_short_on_a_screen_and_whole_in_a_pipe(store, line):
    seq, _, digits = head_of(line, columns=80).partition(":")
    assert len(digits) == 8
    whole = typed(f"receipt {seq} --quiet").said().strip()
    assert whole.startswith(f"{seq}:{digits}")
    assert len(whole.partition(":")[2]) == 64


@pytest.mark.parametrize("columns", [None, 80, 40])
def test_a_receipt_shows_the_transaction_whole(gift, columns):
    said = typed(f"receipt {gift['seq']}", columns=columns).said()
    words = " ".join(said.split())
    assert words.startswith(f"Transaction {gift['seq']}, {gift['at'][:10]} {gift['at'][11:16]} UTC")
    assert "alice sent bob 3 × Panda (15 coins) in the comments. “Bravo” Its key is g." in words
    assert "alice/coins bob/earned 15 coins" in words
    assert "alice 86 0" in words
    assert words.endswith(f"receipt {gift['seq']}:{gift['head']}")


def test_a_receipt_is_the_same_text_in_a_pipe_as_on_a_screen(gift):
    line = f"receipt {gift['seq']}"
    assert typed(line).said() == typed(line, columns=80).said()


@pytest.mark.parametrize("digits", [8, 9, 63, 64])
def test_a_receipt_is_found_by_the_beginning_of_its_hash(gift, digits):
    wanted = f"{gift['seq']}:{gift['head'][:digits]}"
    assert typed(f"receipt {wanted} --json").json()["head"] == gift["head"]


def test_a_receipt_with_another_hash_is_refused(gift):
    other = "0" if gift["head"][7] != "0" else "1"
    refusal = typed(f"receipt {gift['seq']}:{gift['head'][:7]}{other} --json").refusal()
    assert (refusal["code"], refusal["exit"], refusal["seq"]) == ("unknown_receipt", 3, gift["seq"])
    assert f"coins receipt {gift['seq']}" in refusal["hint"]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("99", "unknown_transaction"),
        ("99:00000000", "unknown_transaction"),
        ("0", "invalid_receipt"),
        ("1:123", "invalid_receipt"),
        ("1:", "invalid_receipt"),
        ("one", "invalid_receipt"),
        (f"1:{'0' * 65}", "invalid_receipt"),
        ("1" * 17, "invalid_receipt"),
    ],
)
def test_what_is_no_receipt_or_not_there_is_refused(untouched, given, code):
    assert coins("receipt", given, "--json").refusal()["code"] == code


def test_each_move_of_a_payout_is_in_its_unit(store):
    typed("cashout frank --paypal frank@example.com --yes").said()
    moves = typed("receipt 18 --json").json()["moves"]
    assert {(one["asset"], one["amount"]) for one in moves} == {
        ("COIN", 10_000),
        ("DIAMOND", 10_000),
        ("USD", "100.00"),
    }
    said = typed("receipt 18").said()
    assert all(text in said for text in ("10,000 coins", "10,000 diamonds", "$100.00"))


# -- verify --------------------------------------------------------------------------------------


def test_a_whole_receipt_stands_and_a_short_one_as_far_as_its_digits_tell(gift):
    receipt = f"{gift['seq']}:{gift['head']}"
    assert (
        typed(f"verify --receipt {receipt}")
        .said()
        .endswith(f"\nThe receipt {gift['seq']} stands.\n")
    )
    said = typed(f"verify --receipt {receipt[:-56]}").said()
    assert f"The receipt {gift['seq']} stands, as far as 8 of its 64 digits tell." in said
    assert "once in 4,294,967,296 times" in said


@pytest.mark.parametrize("digits", [8, 32, 64])
def test_a_short_receipt_of_another_history_is_found_out(gift, digits):
    wrong = f"{gift['seq']}:{'f' * digits}"
    ran = typed(f"verify --receipt {wrong}")
    assert ran.code == 6
    assert f"receipt {wrong}: it is not part of this history" in ran.out


def test_too_few_digits_are_said_to_prove_nothing(untouched):
    refusal = typed("verify --receipt 3:1234567 --json").refusal()
    assert (refusal["code"], refusal["exit"]) == ("invalid_receipt", 2)
    assert "prove nothing" in refusal["hint"]
