"""What a user holds."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from coins_cli.errors import UnknownUser
from coins_cli.model.names import check_handle


class Wallet(Struct, frozen=True, gc=False):
    """One user's holdings.

    `coins` were bought and can be spent; `earned` ones were given and can be cashed out;
    `live_since` is when the live that is on was started. One with a negative balance cannot be
    built.
    """

    user: str
    name: str | None = None
    coins: int = 0
    earned: int = 0
    live_since: datetime | None = None

    def __post_init__(self) -> None:
        check_handle(self.user)
        if self.coins < 0 or self.earned < 0:
            raise ValueError(f"{self.user} would hold {self.coins} coins and {self.earned} earned")


Wallets = Mapping[str, Wallet | None]
"""The wallets that a request touches, by handle; `None` where there is none yet."""


def existing(wallets: Wallets, user: str) -> Wallet:
    """The wallet of `user`; `UnknownUser` when there is none."""
    wallet = wallets[user]
    if wallet is None:
        raise UnknownUser(user)
    return wallet
