"""Accounts, the moves between them, and the postings that exports show."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coins_cli.model.accounts import (
    CASH,
    CASHED_OUT,
    DIAMONDS,
    GIFTS,
    ISSUED,
    PLATFORM_ACCOUNTS,
    PROMOTIONS,
    Posting,
    asset_of,
    backwards,
    card_of,
    coins_of,
    diamonds_of,
    earned_of,
    held_of,
    holder_of,
    paypal_of,
    postings_of,
)
from tests.model.economy import ENDED_STORY, STORY, journal, postings, some_examples

accounts = st.sampled_from(
    [
        *PLATFORM_ACCOUNTS,
        *("ann/coins", "ann/earned", "ann/held", "bob/coins", "bob/diamonds"),
        *("world/card/ann", "world/paypal/x@y.zz"),
    ]
)
moves = st.builds(
    lambda source, destination, amount: (source, destination, amount),
    accounts,
    accounts,
    st.integers(1, 9),
).filter(lambda move: asset_of(move[0]) == asset_of(move[1]))
many_moves = st.lists(moves, max_size=6).map(tuple)


def test_accounts_have_the_names_that_stand_in_every_journal():
    assert PLATFORM_ACCOUNTS == (ISSUED, GIFTS, PROMOTIONS, CASHED_OUT, DIAMONDS, CASH)
    assert PLATFORM_ACCOUNTS == (
        "platform/issued",
        "platform/gifts",
        "platform/promotions",
        "platform/cashed-out",
        "platform/diamonds",
        "platform/cash",
    )
    assert (coins_of("bob"), earned_of("bob"), held_of("bob"), diamonds_of("bob")) == (
        "bob/coins",
        "bob/earned",
        "bob/held",
        "bob/diamonds",
    )
    assert card_of("bob") == "world/card/bob"
    assert paypal_of("bob@example.com") == "world/paypal/bob@example.com"


@pytest.mark.parametrize(
    ("account", "asset"),
    [
        ("alice/coins", "COIN"),
        ("alice/earned", "COIN"),
        ("alice/held", "COIN"),
        ("alice/diamonds", "DIAMOND"),
        (ISSUED, "COIN"),
        (GIFTS, "COIN"),
        (PROMOTIONS, "COIN"),
        (CASHED_OUT, "COIN"),
        (DIAMONDS, "DIAMOND"),
        (CASH, "USD"),
        ("world/card/alice", "USD"),
        ("world/paypal/bob@example.com", "USD"),
        ("world/paypal/a/diamonds", "USD"),
    ],
)
def test_each_account_holds_one_asset(account, asset):
    assert asset_of(account) == asset


@pytest.mark.parametrize(
    ("account", "holder"),
    [
        ("alice/coins", "alice"),
        ("alice/earned", "alice"),
        ("a.b_c/held", "a.b_c"),
        ("alice/diamonds", None),
        ("world/card/alice", None),
        ("world/paypal/coins@example.com", None),
        ("platform/coins", None),
        *((account, None) for account in PLATFORM_ACCOUNTS),
    ],
)
def test_an_account_of_a_wallet_has_a_holder_and_no_other_has_one(account, holder):
    assert holder_of(account) == holder


# -- moves -----------------------------------------------------------------------------------------


def test_a_move_has_two_sides_first_out_and_then_in():
    assert postings_of((("alice/coins", "bob/earned", 25),)) == postings(
        ("alice/coins", "COIN", -25), ("bob/earned", "COIN", 25)
    )
    assert postings_of(()) == []


def test_what_an_account_pays_for_several_things_is_one_posting_and_so_is_what_it_gets():
    shared = (("ann/coins", "bob/earned", 7), ("ann/coins", GIFTS, 3))
    assert postings_of(shared) == postings(
        ("ann/coins", "COIN", -10), ("bob/earned", "COIN", 7), (GIFTS, "COIN", 3)
    )
    gathered = (("ann/coins", "bob/earned", 7), ("cy/coins", "bob/earned", 3))
    assert postings_of(gathered) == postings(
        ("ann/coins", "COIN", -7), ("bob/earned", "COIN", 10), ("cy/coins", "COIN", -3)
    )


def test_what_passes_through_an_account_is_shown_on_both_its_sides():
    through = ((DIAMONDS, "bob/diamonds", 5), ("bob/diamonds", DIAMONDS, 5))
    assert postings_of(through) == postings(
        (DIAMONDS, "DIAMOND", -5),
        ("bob/diamonds", "DIAMOND", 5),
        ("bob/diamonds", "DIAMOND", -5),
        (DIAMONDS, "DIAMOND", 5),
    )


@some_examples
@given(many_moves)
def test_whatever_is_moved_the_postings_balance_for_each_asset(made):
    found = postings_of(made)
    sums = Counter()
    for one in found:
        sums[one.asset] += one.amount
    assert not any(sums.values())
    assert set(sums) == {asset_of(source) for source, _, _ in made}
    assert all(one.asset == asset_of(one.account) for one in found)
    assert all(one.amount for one in found)


@some_examples
@given(many_moves)
def test_each_account_is_posted_what_was_moved_into_it_less_what_was_moved_out(made):
    for account in {account for move in made for account in move[:2]}:
        moved = sum(
            amount * ((destination == account) - (source == account))
            for source, destination, amount in made
        )
        assert sum(one.amount for one in postings_of(made) if one.account == account) == moved


@some_examples
@given(many_moves)
def test_moves_made_backwards_undo_themselves(made):
    undone = backwards(made)
    assert backwards(undone) == made
    both: dict[str, int] = {}
    for one in postings_of((*made, *undone)):
        both[one.account] = both.get(one.account, 0) + one.amount
    assert not any(both.values())


@pytest.mark.parametrize("transaction", [*journal(STORY), *journal(ENDED_STORY)])
def test_a_rule_moves_nothing_between_assets_and_no_amount_that_is_nothing(transaction):
    for source, destination, amount in transaction.moves:
        assert asset_of(source) == asset_of(destination)
        assert source != destination
        assert amount > 0


def test_a_posting_cannot_be_changed():
    posting = Posting("alice/coins", "COIN", 1)
    with pytest.raises(AttributeError):
        posting.amount = 2
