"""Accounts, which hold coins, diamonds or dollars, and the moves between them.

A move takes an amount of one asset from one account to another, so every record of it balances.
Each account holds one asset: coins, diamonds, or cents for dollars.
"""

from functools import lru_cache
from typing import Final

from msgspec import Struct

from coins_cli.model.money import COIN, DIAMOND, USD

ISSUED: Final = "platform/issued"
"""COIN: the source of all coins; its balance is minus the number of coins ever issued."""
GIFTS: Final = "platform/gifts"
"""COIN: the platform's share of gifts; zero while `creator_share` is 1."""
PROMOTIONS: Final = "platform/promotions"
"""COIN: coins spent on promotions."""
CASHED_OUT: Final = "platform/cashed-out"
"""COIN: earned coins that became diamonds."""
DIAMONDS: Final = "platform/diamonds"
"""DIAMOND: the source and the end of diamonds; zero after each transaction."""
CASH: Final = "platform/cash"
"""USD: payments for coins, less payouts to creators."""
PLATFORM_ACCOUNTS: Final = (ISSUED, GIFTS, PROMOTIONS, CASHED_OUT, DIAMONDS, CASH)
PLATFORM: Final = "platform"
WORLD_PREFIX: Final = "world/"
PURSES: Final = ("coins", "earned", "held")
"""The accounts of a wallet, named as the fields of `Wallet`."""
_OUTSIDE: Final = (f"{WORLD_PREFIX}card/", f"{WORLD_PREFIX}paypal/")
ACCOUNT_CACHE_SIZE: Final = 1 << 16
"""Accounts whose asset and holder are cached."""

Move = tuple[str, str, int]
"""Source account, destination account, and a positive amount of their asset."""
Moves = tuple[Move, ...]


class Posting(Struct, frozen=True, gc=False, array_like=True):
    """One side of a move: an amount into (positive) or out of (negative) an account.

    `amount` is in whole units of `asset`: coins, diamonds, or cents for `USD`.
    """

    account: str
    asset: str
    amount: int


def coins_of(user: str) -> str:
    """The account of a user's bought coins."""
    return f"{user}/coins"


def earned_of(user: str) -> str:
    """The account of a user's earned coins."""
    return f"{user}/earned"


def held_of(user: str) -> str:
    """The account of a user's held coins, which wait for a payout."""
    return f"{user}/held"


def diamonds_of(user: str) -> str:
    """The account that a user's diamonds pass through when coins are cashed out."""
    return f"{user}/diamonds"


def card_of(user: str) -> str:
    """The card that a user buys coins with, outside the platform."""
    return f"{WORLD_PREFIX}card/{user}"


def paypal_of(address: str) -> str:
    """The PayPal account at `address`, outside the platform."""
    return f"{WORLD_PREFIX}paypal/{address}"


@lru_cache(maxsize=ACCOUNT_CACHE_SIZE)
def asset_of(account: str) -> str:
    """The one asset that an account holds."""
    if account == CASH or account.startswith(WORLD_PREFIX):
        return USD
    return DIAMOND if account.endswith("/diamonds") else COIN


def may_move(source: str, destination: str) -> bool:
    """True if both accounts can exist and hold the same asset."""
    asset = _possible_asset(source)
    return asset is not None and asset == _possible_asset(destination)


@lru_cache(maxsize=ACCOUNT_CACHE_SIZE)
def _possible_asset(account: str) -> str | None:
    """The asset of an account; `None` if there can be no such account."""
    user, _, purse = account.partition("/")
    if user in (PLATFORM, WORLD_PREFIX[:-1]):
        can_be = account in PLATFORM_ACCOUNTS or account.startswith(_OUTSIDE)
    else:
        can_be = bool(user) and purse in (*PURSES, "diamonds")
    return asset_of(account) if can_be else None


@lru_cache(maxsize=ACCOUNT_CACHE_SIZE)
def holder_of(account: str) -> str | None:
    """The user whose wallet contains the account; `None` for an account outside wallets."""
    user, _, purse = account.partition("/")
    return user if purse in PURSES and user != PLATFORM else None


def backwards(moves: Moves) -> Moves:
    """The moves that undo `moves`."""
    return tuple((destination, source, amount) for source, destination, amount in moves)


def postings_of(moves: Moves) -> list[Posting]:
    """Both sides of each move: first out of the source, then into the destination.

    Several payments out of one account are one posting; so are several payments into it.
    """
    totals: dict[tuple[str, bool], int] = {}
    for source, destination, amount in moves:
        totals[source, False] = totals.get((source, False), 0) - amount
        totals[destination, True] = totals.get((destination, True), 0) + amount
    return [Posting(account, asset_of(account), amount) for (account, _), amount in totals.items()]
