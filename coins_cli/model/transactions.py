"""A transaction: one atomic set of postings, which sums to zero for each asset."""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Final

from msgspec import Struct

from coins_cli.errors import TooLarge
from coins_cli.model.money import AMOUNT_MAX, COIN, DIAMOND, USD
from coins_cli.model.requests import Request, Venue
from coins_cli.model.wallets import Wallet

ISSUED: Final = "platform/issued"
"""COIN: where coins come into being; minus all that were ever issued."""
GIFTS: Final = "platform/gifts"
"""COIN: the platform's share of gifts; nothing while `creator_share` is 1."""
PROMOTIONS: Final = "platform/promotions"
"""COIN: what was spent on promotions."""
CASHED_OUT: Final = "platform/cashed-out"
"""COIN: earned coins that became diamonds on their way out."""
DIAMONDS: Final = "platform/diamonds"
"""DIAMOND: where diamonds come from and go to; zero after each transaction."""
CASH: Final = "platform/cash"
"""USD: what was paid in for coins, less what was paid out to creators."""
PLATFORM_PREFIX: Final = "platform/"
WORLD_PREFIX: Final = "world/"
ACCOUNTS_REMEMBERED: Final = 1 << 16
"""For how many accounts it need not be found out again what they are."""


def coins_of(user: str) -> str:
    """The account of a user's bought coins."""
    return f"{user}/coins"


def earned_of(user: str) -> str:
    """The account of a user's earned coins."""
    return f"{user}/earned"


def held_of(user: str) -> str:
    """The account of a user's earned coins that wait for a payout."""
    return f"{user}/held"


def diamonds_of(user: str) -> str:
    """The account through which a user's diamonds pass on their way out."""
    return f"{user}/diamonds"


def card_of(user: str) -> str:
    """The card that a user buys coins with, outside the platform."""
    return f"{WORLD_PREFIX}card/{user}"


def paypal_of(address: str) -> str:
    """The PayPal account at `address`, outside the platform."""
    return f"{WORLD_PREFIX}paypal/{address}"


@lru_cache(maxsize=ACCOUNTS_REMEMBERED)
def asset_of(account: str) -> str:
    """The one asset that an account holds."""
    if account == CASH or account.startswith(WORLD_PREFIX):
        return USD
    return DIAMOND if account.endswith("/diamonds") else COIN


@lru_cache(maxsize=ACCOUNTS_REMEMBERED)
def holder_of(account: str) -> str | None:
    """The user in whose wallet an account is: of bought, earned or held coins; else `None`."""
    user, _, kind = account.partition("/")
    is_in_wallet = kind in ("coins", "earned", "held")
    return user if is_in_wallet and f"{user}/" != PLATFORM_PREFIX else None


class Posting(Struct, frozen=True, gc=False, array_like=True):
    """One amount into (positive) or out of (negative) one account.

    `amount` is in whole units of `asset`: coins, diamonds, or cents for `USD`.
    """

    account: str
    asset: str
    amount: int


class Outcome(Struct, frozen=True, gc=False, omit_defaults=True):
    """What a request came to. Units: coins, diamonds, cents, views."""

    coins: int | None = None
    earned: int | None = None
    diamonds: int | None = None
    usd_cents: int | None = None
    views: int | None = None
    venue: Venue | None = None


class UnbalancedError(Exception):
    """Postings that do not sum to zero for each asset: a bug in a rule, or a forged journal."""


class Transaction(Struct, frozen=True, gc=False):
    """What a request does to the economy, decided at one moment.

    `terms` are the prices and rates in force, so that a later catalog cannot change the past;
    `wallets` are the wallets touched, as they are afterwards. Building one whose postings do not
    sum to zero raises `UnbalancedError`.
    """

    at: datetime
    request: Request
    outcome: Outcome
    terms: dict[str, int | str]
    postings: tuple[Posting, ...]
    wallets: tuple[Wallet, ...]

    def __post_init__(self) -> None:
        if self.postings and not balanced(self.postings):
            raise UnbalancedError(f"{self.request} would post {self.postings}")

    def touches(self, user: str) -> bool:
        """Whether the wallet of `user` is among those touched."""
        return any(wallet.user == user for wallet in self.wallets)


def sums(postings: Iterable[Posting]) -> dict[str, int]:
    """The sum of `postings` for each asset."""
    totals: dict[str, int] = {}
    for posting in postings:
        totals[posting.asset] = totals.get(posting.asset, 0) + posting.amount
    return totals


def balanced(postings: Iterable[Posting]) -> bool:
    """Whether `postings` sum to zero for each asset."""
    return not any(sums(postings).values())


def settle(wallet: Wallet, postings: Iterable[Posting]) -> Wallet:
    """`wallet` after `postings`: the one place where postings become balances.

    Raises `TooLarge` for a balance beyond `AMOUNT_MAX`, and `ValueError` for a negative one, which
    the rules refuse before by a better name.
    """
    coins, earned, held = wallet.coins, wallet.earned, wallet.held
    coins_account, earned_account = coins_of(wallet.user), earned_of(wallet.user)
    held_account = held_of(wallet.user)
    for posting in postings:
        account = posting.account
        if posting.asset != COIN:
            continue
        if account == coins_account:
            coins += posting.amount
        elif account == earned_account:
            earned += posting.amount
        elif account == held_account:
            held += posting.amount
    if coins > AMOUNT_MAX or earned > AMOUNT_MAX or held > AMOUNT_MAX:
        balances = ((coins_account, coins), (earned_account, earned), (held_account, held))
        raise TooLarge(next(one for one, of in balances if of > AMOUNT_MAX), most=AMOUNT_MAX)
    return Wallet(wallet.user, wallet.name, coins, earned, wallet.live_since, held)


Totals = dict[str, int]
"""The balances of the platform's accounts, by account; absent ones are zero."""


def add_to_totals(totals: Totals, postings: Iterable[Posting]) -> None:
    """Add the platform's postings to its `totals`; `TooLarge` beyond `AMOUNT_MAX`, either way."""
    for posting in postings:
        if posting.account.startswith(PLATFORM_PREFIX):
            total = totals.get(posting.account, 0) + posting.amount
            if abs(total) > AMOUNT_MAX:
                raise TooLarge(posting.account, most=AMOUNT_MAX)
            totals[posting.account] = total


class Entry(Struct, frozen=True, gc=False):
    """A transaction as it stands in a journal: numbered, under its key if it has one.

    `head` is the SHA-256 of the journal's line, in 64 hex digits; it covers the one before.
    """

    seq: int
    head: str
    key: str | None
    transaction: Transaction


class Past(Struct, frozen=True, gc=False):
    """An older transaction that a request would end, and the number of what ended it before."""

    seq: int
    transaction: Transaction
    ended_by: int | None = None
