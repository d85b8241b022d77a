"""The class: its members, and the plan of a roster's import."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from coins_cli.model.operations import open_wallet, recharge
from coins_cli.model.operations.open_wallet import Open
from coins_cli.model.operations.request import Request
from coins_cli.model.rosters import RosterRow
from coins_cli.model.transactions import Entry
from coins_cli.model.wallets import Wallet
from coins_cli.store.protocol import View
from coins_cli.views.projections import Projection
from coins_cli.views.recognition import LEADERBOARDS

ROSTER_KEY: Final = "roster"
"""The default prefix of an import's keys."""


class Member(Struct, frozen=True):
    """A member of the class. Amounts are coins; `given` is the cost of gifts sent."""

    user: str
    name: str | None
    note: str | None
    coins: int
    earned: int
    held: int
    given: int


class Planned(Struct, frozen=True):
    """The plan for one row of a roster.

    `wallet` is the existing one. `is_recharged` is true if the recharge was done before.
    `requests` include those that were done before.
    """

    row: RosterRow
    wallet: Wallet | None
    is_recharged: bool
    requests: tuple[Request, ...]

    @property
    def is_done(self) -> bool:
        """True if there is nothing left to do."""
        is_awaited = any(not isinstance(one, Open) for one in self.requests)
        return self.wallet is not None and (self.is_recharged or not is_awaited)


class _Roll(Struct, forbid_unknown_fields=True):
    """Notes by handle; names are in the wallets."""

    note_of_user: dict[str, str] = {}


def members(view: View) -> list[Member]:
    """All members, by handle."""
    notes, givers = PROJECTION.of(view).note_of_user, LEADERBOARDS.of(view).givers.by_user
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
    """The plan that gives each row a wallet, and its `pack` once under `key`.

    `view` is `None` without a store.
    """
    return [_planned(view, row, pack, key) for row in rows]


def _planned(view: View | None, row: RosterRow, pack: str | None, key: str) -> Planned:
    wallet = view.wallet(row.user) if view is not None else None
    opening = open_wallet.parse(row.user, row.name, row.note, key=f"{key}/{row.user}/open")
    # An existing wallet is enough, whoever opened it and under whatever name.
    requests: list[Request] = [opening] if wallet is None or _was_done(view, opening) else []
    if pack is None:
        return Planned(row, wallet, is_recharged=False, requests=tuple(requests))
    bought = recharge.parse(row.user, pack, key=f"{key}/{row.user}/recharge/{pack}")
    requests.append(bought)
    return Planned(row, wallet, is_recharged=_was_done(view, bought), requests=tuple(requests))


def _was_done(view: View | None, request: Request) -> bool:
    """True if this very request was done under its key."""
    entry = view.entry_of_key(request.key) if view is not None and request.key else None
    return entry is not None and entry.transaction.request == request


def _take(state: _Roll, entry: Entry) -> None:
    request = entry.transaction.request
    if isinstance(request, Open) and request.note is not None:
        state.note_of_user[request.user] = request.note


PROJECTION: Final = Projection("roll", _Roll, _take, (Open,))
