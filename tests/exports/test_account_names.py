"""Accounts by names that three programs take."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from coins_cli.errors import CoinsError
from coins_cli.exports.account_names import account_of, name_of
from coins_cli.model.accounts import card_of, coins_of, diamonds_of, earned_of, held_of, paypal_of
from coins_cli.model.names import check_handle, parse_address
from tests.exports.histories import ADDRESSES, HANDLES

NAME = re.compile(r"(Assets|Expenses|Equity)(:[A-Z0-9][A-Za-z0-9-]*)+", re.ASCII)

handles = st.sampled_from(HANDLES) | st.from_regex(r"[a-z0-9_.]{1,23}[a-z0-9_]", fullmatch=True)
characters = st.characters(codec="utf-8", exclude_characters="@/")
local_parts = st.text(characters, min_size=1, max_size=9)
addresses = st.sampled_from(ADDRESSES) | local_parts.map(lambda local: f"{local}@example.com")
kinds = st.sampled_from([coins_of, earned_of, held_of, diamonds_of])
of_users = st.builds(lambda of, user: of(user), kinds | st.just(card_of), handles)
accounts = of_users | addresses.map(paypal_of)


@pytest.mark.parametrize(
    ("account", "name"),
    [
        ("alice/coins", "Assets:Users:Alice:Coins"),
        ("a.b/earned", "Assets:Users:A-dot-b:Earned"),
        ("a_b/held", "Assets:Users:A-u-b:Held"),
        ("_a/diamonds", "Assets:Users:XX-u-a:Diamonds"),
        ("x_a/coins", "Assets:Users:X-u-a:Coins"),
        ("0x/coins", "Assets:Users:0x:Coins"),
        ("world/card/alice", "Equity:World:Card:Alice"),
        ("world/paypal/al@a-b.com", "Equity:World:Paypal:Al-at-a-2d-b-dot-com"),
        ("world/paypal/Al@a.com", "Equity:World:Paypal:XX-41-l-at-a-dot-com"),
        ("platform/cash", "Assets:Platform:Cash"),
        ("platform/gifts", "Expenses:Platform:Gifts"),
        ("platform/promotions", "Expenses:Platform:Promotions"),
        ("platform/issued", "Equity:Platform:Issued"),
        ("platform/cashed-out", "Equity:Platform:Cashed-Out"),
        ("platform/diamonds", "Equity:Platform:Diamonds"),
    ],
)
def test_each_account_has_its_name(account, name):
    assert name_of(account) == name
    assert account_of(name) == account


@given(accounts)
@example("u_u/coins")
@example("world/paypal/-at-@at.dot")
def test_every_name_is_taken_and_leads_back_to_its_account(account):
    """So two accounts never have the same name."""
    assert NAME.fullmatch(name_of(account))
    assert account_of(name_of(account)) == account


def test_the_hard_names_are_really_possible():
    try:
        assert [check_handle(one) for one in HANDLES] == list(HANDLES)
        assert [parse_address(one) for one in ADDRESSES] == list(ADDRESSES)
    except CoinsError as error:
        pytest.fail(str(error))
