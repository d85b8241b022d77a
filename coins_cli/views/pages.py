"""A creator's page: the profile as a viewer sees it."""

from msgspec import Struct

from coins_cli.errors import UnknownUser
from coins_cli.model.wallets import Wallet
from coins_cli.store.protocol import View
from coins_cli.views.lives import Live, lives
from coins_cli.views.recognition import Supporter, supporters


class Page(Struct, frozen=True):
    """Who the creator is, the supporters in their order, and all lives, the newest first."""

    wallet: Wallet
    supporters: list[Supporter]
    lives: list[Live]

    @property
    def coins(self) -> int:
        """What all viewers together gave for the creator."""
        return sum(one.coins for one in self.supporters)

    @property
    def gifts(self) -> int:
        """How many gifts that were."""
        return sum(one.gifts for one in self.supporters)


def page(view: View, creator: str) -> Page:
    """The page of `creator`. Raises `UnknownUser`."""
    if (wallet := view.wallet(creator)) is None:
        raise UnknownUser(creator)
    mine = [live for live in lives(view) if live.creator == creator]
    return Page(wallet, supporters(view, creator), mine[::-1])
