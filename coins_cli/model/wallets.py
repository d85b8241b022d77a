"""What a user holds."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from coins_cli.errors import UnknownUser
from coins_cli.model.names import check_handle


class Wallet(Struct, frozen=True, gc=False):
    """One user's holdings, all in coins.

    `coins` were bought and can be spent; `earned` ones were given and can be cashed out; `held`
    ones were earned too, and wait for a payout to be settled or returned. `live_since` is when the
    live that is on was started. One with a negative balance cannot be built.
    """

    user: str
    name: str | None = None
    coins: int = 0
    earned: int = 0
    live_since: datetime | None = None
    held: int = 0

    def __post_init__(self) -> None:
        check_handle(self.user)
        if self.coins < 0 or self.earned < 0 or self.held < 0:
            raise ValueError(
                f"{self.user} would have {self.coins} coins, {self.earned} earned"
                f" and {self.held} held"
            )

    def balances(self) -> dict[str, int]:
        """The balances as receipts show them; what is held only where something is."""
        shown = {"coins": self.coins, "earned": self.earned}
        return {**shown, "held": self.held} if self.held else shown


Wallets = Mapping[str, Wallet | None]
"""The wallets that a request touches, by handle; `None` where there is none yet."""


def existing(wallets: Wallets, user: str) -> Wallet:
    """The wallet of `user`; `UnknownUser` when there is none."""
    wallet = wallets[user]
    if wallet is None:
        raise UnknownUser(user)
    return wallet
