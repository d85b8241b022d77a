"""Wallets, and what moves make of them."""

import pytest
from msgspec.structs import replace

from coins_cli.errors import TooLarge, UnknownUser
from coins_cli.model.economy import Economy, Rules
from coins_cli.model.operations.operation import existing
from coins_cli.model.wallets import Wallet, apply_moves
from tests.model.economy import CATALOG, MOST, NOON

ALICE = Wallet("alice", 10, 20, 30, NOON, "Alice A.", last=4)


def test_moves_change_the_balances_that_they_touch_and_nothing_else_but_the_number():
    moves = (
        ("alice/coins", "platform/promotions", 4),
        ("bob/coins", "alice/earned", 7),
        ("alice/earned", "alice/held", 2),
        ("platform/issued", "alice/coins", 1),
        ("platform/issued", "alice2/coins", 100),
        ("bob/coins", "carol/earned", 100),
        ("platform/diamonds", "alice/diamonds", 100),
        ("world/card/alice", "platform/cash", 100),
    )
    assert apply_moves(ALICE, moves, 9) == Wallet("alice", 7, 25, 32, NOON, "Alice A.", last=9)


def test_no_moves_change_no_balance():
    assert apply_moves(ALICE, (), 9) == replace(ALICE, last=9)


def test_coins_may_come_and_go_within_one_transaction():
    through = (("platform/issued", "new/coins", 5), ("new/coins", "bob/earned", 5))
    assert apply_moves(Wallet("new"), through, 1) == Wallet("new", last=1)
    assert apply_moves(Wallet("new"), through[::-1], 1) == Wallet("new", last=1)


@pytest.mark.parametrize("purse", ["coins", "earned", "held"])
def test_no_balance_passes_what_is_kept_exactly(purse):
    most = apply_moves(Wallet("alice"), (("platform/issued", f"alice/{purse}", MOST),), 1)
    assert getattr(most, purse) == MOST
    with pytest.raises(TooLarge) as refused:
        apply_moves(most, (("platform/issued", f"alice/{purse}", 1),), 2)
    assert (refused.value.account, refused.value.most) == (f"alice/{purse}", MOST)


@pytest.mark.parametrize(("purse", "balance"), [("coins", 10), ("earned", 20), ("held", 30)])
def test_no_balance_becomes_negative(purse, balance):
    account = f"alice/{purse}"
    emptied = apply_moves(ALICE, ((account, "platform/promotions", balance),), 5)
    assert getattr(emptied, purse) == 0
    with pytest.raises(ValueError, match=rf"^{account} would be -1$"):
        apply_moves(ALICE, ((account, "platform/promotions", balance + 1),), 5)


def test_a_wallet_is_found_or_its_user_is_unknown():
    economy = Economy(Rules(CATALOG))
    economy.wallets["alice"] = ALICE
    assert existing(economy, "alice") is ALICE
    with pytest.raises(UnknownUser) as refused:
        existing(economy, "bob")
    assert refused.value.user == "bob"


def test_a_wallet_cannot_be_changed():
    with pytest.raises(AttributeError):
        ALICE.coins = 1_000_000
