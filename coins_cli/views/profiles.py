"""A creator's page: the profile as a viewer sees it."""

from msgspec import Struct

from coins_cli.errors import UnknownUser
from coins_cli.model.wallets import Wallet
from coins_cli.store.protocol import View
from coins_cli.views.lives import Live, lives
from coins_cli.views.recognition import Supporter, supporters


class Page(Struct, frozen=True):
    """A creator's wallet, leaderboard of supporters, and lives, newest first."""

    wallet: Wallet
    supporters: list[Supporter]
    lives: list[Live]

    @property
    def coins(self) -> int:
        """Coins that all viewers gave for the creator."""
        return sum(one.coins for one in self.supporters)

    @property
    def gifts(self) -> int:
        """Gifts that all viewers gave."""
        return sum(one.gifts for one in self.supporters)


def page(view: View, creator: str) -> Page:
    """The page of `creator`. Raises `UnknownUser`."""
    if (wallet := view.wallet(creator)) is None:
        raise UnknownUser(creator)
    mine = [live for live in lives(view) if live.creator == creator]
    return Page(wallet, supporters(view, creator), mine[::-1])
