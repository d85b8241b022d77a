"""Transactions, postings, and how they become balances."""

import pytest

from coins_cli.errors import TooLarge, UnknownUser
from coins_cli.model.requests import Recharge
from coins_cli.model.transactions import (
    CASH,
    CASHED_OUT,
    DIAMONDS,
    GIFTS,
    ISSUED,
    PROMOTIONS,
    Outcome,
    Posting,
    Transaction,
    UnbalancedError,
    add_to_totals,
    asset_of,
    balanced,
    card_of,
    coins_of,
    diamonds_of,
    earned_of,
    paypal_of,
    settle,
    sums,
)
from coins_cli.model.wallets import Wallet, existing
from tests.model.economy import MOST, NOON, postings

ALICE = Wallet("alice", "Alice A.", 10, 20, NOON)


def test_accounts_have_the_names_that_stand_in_every_journal():
    assert (ISSUED, GIFTS, PROMOTIONS, CASHED_OUT, DIAMONDS, CASH) == (
        "platform/issued",
        "platform/gifts",
        "platform/promotions",
        "platform/cashed-out",
        "platform/diamonds",
        "platform/cash",
    )
    assert (coins_of("bob"), earned_of("bob"), diamonds_of("bob")) == (
        "bob/coins",
        "bob/earned",
        "bob/diamonds",
    )
    assert card_of("bob") == "world/card/bob"
    assert paypal_of("bob@example.com") == "world/paypal/bob@example.com"


@pytest.mark.parametrize(
    ("account", "asset"),
    [
        ("alice/coins", "COIN"),
        ("alice/earned", "COIN"),
        ("alice/diamonds", "DIAMOND"),
        (ISSUED, "COIN"),
        (GIFTS, "COIN"),
        (PROMOTIONS, "COIN"),
        (CASHED_OUT, "COIN"),
        (DIAMONDS, "DIAMOND"),
        (CASH, "USD"),
        ("world/card/alice", "USD"),
        ("world/paypal/bob@example.com", "USD"),
    ],
)
def test_each_account_holds_one_asset(account, asset):
    assert asset_of(account) == asset


@pytest.mark.parametrize(
    "unbalanced",
    [
        postings(("alice/coins", "COIN", 1)),
        postings(("alice/coins", "COIN", 5), ("platform/issued", "COIN", -4)),
        postings(("alice/coins", "COIN", 5), ("platform/issued", "USD", -5)),
        postings(
            ("alice/coins", "COIN", 5),
            ("platform/issued", "COIN", -5),
            ("platform/cash", "USD", 1),
        ),
    ],
)
def test_a_transaction_that_does_not_sum_to_zero_for_each_asset_cannot_be_built(unbalanced):
    assert not balanced(unbalanced)
    with pytest.raises(UnbalancedError):
        Transaction(NOON, Recharge("alice", "100"), Outcome(), {}, unbalanced, (ALICE,))


def test_postings_that_sum_to_zero_for_each_asset_are_balanced():
    both = postings(
        ("a1/coins", "COIN", 2),
        ("b1/coins", "COIN", 3),
        ("platform/issued", "COIN", -5),
        ("platform/cash", "USD", 7),
        ("world/card/a1", "USD", -7),
    )
    assert balanced(both)
    assert balanced(())
    assert sums(both) == {"COIN": 0, "USD": 0}
    assert sums(both[:2]) == {"COIN": 5}


def test_settling_changes_the_balances_posted_to_and_nothing_else():
    assert settle(
        ALICE,
        postings(
            ("alice/coins", "COIN", -4),
            ("alice/earned", "COIN", 7),
            ("alice/coins", "COIN", 1),
            ("alice2/coins", "COIN", 100),
            ("bob/earned", "COIN", 100),
            ("platform/issued", "COIN", 100),
            ("alice/coins", "USD", 100),
            ("alice/diamonds", "DIAMOND", 100),
            ("world/card/alice", "USD", 100),
        ),
    ) == Wallet("alice", "Alice A.", 7, 27, NOON)


def test_settling_nothing_changes_nothing():
    assert settle(ALICE, ()) == ALICE


@pytest.mark.parametrize("account", ["alice/coins", "alice/earned"])
def test_no_balance_passes_what_is_kept_exactly(account):
    most = settle(Wallet("alice"), postings((account, "COIN", MOST)))
    assert MOST in (most.coins, most.earned)
    with pytest.raises(TooLarge) as refused:
        settle(Wallet("alice"), postings((account, "COIN", MOST + 1)))
    assert (refused.value.account, refused.value.most) == (account, MOST)


@pytest.mark.parametrize(("account", "balance"), [("alice/coins", 10), ("alice/earned", 20)])
def test_no_balance_becomes_negative(account, balance):
    emptied = settle(ALICE, postings((account, "COIN", -balance)))
    assert 0 in (emptied.coins, emptied.earned)
    with pytest.raises(ValueError, match="alice would have"):
        settle(ALICE, postings((account, "COIN", -balance - 1)))


def test_no_held_balance_becomes_negative():
    held = settle(Wallet("alice"), postings(("alice/held", "COIN", 3)))
    assert settle(held, postings(("alice/held", "COIN", -3))) == Wallet("alice")
    with pytest.raises(ValueError, match="-1 held"):
        settle(held, postings(("alice/held", "COIN", -4)))


def test_a_wallet_with_a_negative_balance_cannot_be_built():
    with pytest.raises(ValueError, match="-1 coins"):
        Wallet("alice", coins=-1)
    with pytest.raises(ValueError, match="-1 earned"):
        Wallet("alice", earned=-1)


def test_a_wallet_is_found_or_its_user_is_unknown():
    assert existing({"alice": ALICE}, "alice") is ALICE
    with pytest.raises(UnknownUser) as refused:
        existing({"alice": None}, "alice")
    assert refused.value.user == "alice"


def test_totals_hold_the_platforms_accounts_alone():
    totals = {CASH: 100}
    add_to_totals(
        totals,
        postings(
            (CASH, "USD", 29),
            (ISSUED, "COIN", -100),
            ("alice/coins", "COIN", 100),
            ("world/card/alice", "USD", -29),
        ),
    )
    assert totals == {CASH: 129, ISSUED: -100}


@pytest.mark.parametrize("sign", [1, -1])
def test_no_total_passes_what_is_kept_exactly_in_either_direction(sign):
    totals = {}
    add_to_totals(totals, [Posting(ISSUED, "COIN", sign * MOST)])
    assert totals == {ISSUED: sign * MOST}
    with pytest.raises(TooLarge) as refused:
        add_to_totals(totals, [Posting(ISSUED, "COIN", sign)])
    assert refused.value.account == ISSUED
    assert totals == {ISSUED: sign * MOST}


def test_a_transaction_cannot_be_changed():
    posting = Posting("alice/coins", "COIN", 1)
    with pytest.raises(AttributeError):
        posting.amount = 2
    with pytest.raises(AttributeError):
        ALICE.coins = 1_000_000
