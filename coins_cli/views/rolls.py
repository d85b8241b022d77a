"""The class: everybody with what they have and gave, and what bringing in a roster would do."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from coins_cli.model import parsing
from coins_cli.model.requests import Open
from coins_cli.model.rosters import RosterRow
from coins_cli.model.transactions import Entry
from coins_cli.model.wallets import Wallet
from coins_cli.store.protocol import Intent, View
from coins_cli.views.folds import Fold
from coins_cli.views.recognition import LADDERS

ROSTER_KEY: Final = "roster"
"""What the keys of an import begin with, unless another beginning is chosen."""


class Member(Struct, frozen=True):
    """One of the class. All amounts are in coins; `given` is what was given away as gifts."""

    user: str
    name: str | None
    note: str | None
    coins: int
    earned: int
    held: int
    given: int


class Planned(Struct, frozen=True):
    """What bringing in a row comes to.

    `wallet` is the one that is there already, and `is_recharged` says that its recharge was done
    before. `intents` are what to ask for, among them what was done before.
    """

    row: RosterRow
    wallet: Wallet | None
    is_recharged: bool
    intents: tuple[Intent, ...]

    @property
    def is_done(self) -> bool:
        """Whether there is nothing left to do."""
        is_awaited = any(not isinstance(one.request, Open) for one in self.intents)
        return self.wallet is not None and (self.is_recharged or not is_awaited)


class _Roll(Struct, forbid_unknown_fields=True):
    """The notes of those who have one, by handle; names stand in the wallets."""

    note_of_user: dict[str, str] = {}


def members(view: View) -> list[Member]:
    """Everybody, by handle."""
    notes, givers = FOLD.of(view).note_of_user, LADDERS.of(view).givers.by_user
    return [
        Member(
            user,
            wallet.name,
            notes.get(user),
            wallet.coins,
            wallet.earned,
            wallet.held,
            givers[user].coins if user in givers else 0,
        )
        for user in view.users()
        if (wallet := view.wallet(user)) is not None
    ]


def planned(
    view: View | None, rows: Sequence[RosterRow], pack: str | None, key: str
) -> list[Planned]:
    """What to ask for, so that each row has a wallet and got its `pack` once under that `key`.

    Without a view there is no store yet.
    """
    return [_planned(view, row, pack, key) for row in rows]


def _planned(view: View | None, row: RosterRow, pack: str | None, key: str) -> Planned:
    wallet = view.wallet(row.user) if view is not None else None
    opening = Intent(parsing.opening(row.user, row.name, row.note), f"{key}/{row.user}/open")
    # A wallet that somebody else opened, or under another name, is there: that is all it takes.
    intents = [opening] if wallet is None or _stands(view, opening) else []
    if pack is None:
        return Planned(row, wallet, is_recharged=False, intents=tuple(intents))
    recharge = Intent(parsing.recharge(row.user, pack), f"{key}/{row.user}/recharge/{pack}")
    intents.append(recharge)
    return Planned(row, wallet, is_recharged=_stands(view, recharge), intents=tuple(intents))


def _stands(view: View | None, intent: Intent) -> bool:
    """Whether just that was done under its key."""
    entry = view.entry_of_key(intent.key) if view is not None and intent.key else None
    return entry is not None and entry.transaction.request == intent.request


def _take(state: _Roll, entry: Entry) -> None:
    request = entry.transaction.request
    if isinstance(request, Open) and request.note is not None:
        state.note_of_user[request.user] = request.note


FOLD: Final = Fold("roll", _Roll, _take)
