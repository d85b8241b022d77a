"""Wallets, and the effect of moves on them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import replace

from coins_cli.errors import TooLarge
from coins_cli.model.accounts import PURSES, Move
from coins_cli.model.money import AMOUNT_MAX

Amount = Annotated[int, Meta(ge=0, le=AMOUNT_MAX)]


class BelowZero(ValueError):
    """A balance would be negative, which the rules must have refused before."""


class Wallet(Struct, frozen=True, gc=False, omit_defaults=True):
    """One user's holdings, in coins.

    `coins` were bought and can be spent; `earned` coins were received as gifts and can be cashed
    out; `held` coins were earned, and wait until a payout is settled or returned. `live_since` is
    the start of the current live. `last` is the number of the last transaction that touched the
    wallet, 0 for none.
    """

    user: str
    coins: Amount = 0
    earned: Amount = 0
    held: Amount = 0
    live_since: datetime | None = None
    name: str | None = None
    last: Amount = 0


Wallets = Mapping[str, Wallet | None]
"""Wallets by handle; `None` for a handle without one."""


def apply_moves(wallet: Wallet, moves: tuple[Move, ...], seq: int) -> Wallet:
    """The wallet after the `moves` of transaction `seq`.

    Raises `TooLarge` for a balance beyond 2^53 - 1, and `BelowZero` for a negative one: the rules
    must have refused that before.
    """
    balances = {"coins": wallet.coins, "earned": wallet.earned, "held": wallet.held}
    for source, destination, amount in moves:
        for account, change in ((source, -amount), (destination, amount)):
            user, _, purse = account.partition("/")
            if user == wallet.user and purse in PURSES:
                balances[purse] += change
    for purse, balance in balances.items():
        if balance > AMOUNT_MAX:
            raise TooLarge(f"{wallet.user}/{purse}", most=AMOUNT_MAX)
        if balance < 0:
            raise BelowZero(f"{wallet.user}/{purse} would be {balance:,}")
    return replace(wallet, **balances, last=seq)
