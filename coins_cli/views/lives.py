"""Lives and their gifts."""

from datetime import datetime, timedelta

from msgspec import Struct

from coins_cli.errors import UnknownLive, UnknownUser
from coins_cli.model.operations.gift import Gift
from coins_cli.model.operations.live import EndLive, StartLive
from coins_cli.model.operations.request import LIVE
from coins_cli.model.operations.reverse import Reverse
from coins_cli.model.transactions import Entry
from coins_cli.store.protocol import View
from coins_cli.views.projections import Projection
from coins_cli.views.recognition import Giving, Leaderboard, Supporter, given_gift


class Live(Struct, gc=False):
    """A live and its sums. `id` is the number of the transaction that started it.

    `ended_at` is `None` while it is on; `ended_by` the number of the transaction that ended it.
    """

    id: int
    creator: str
    title: str | None
    started_at: datetime
    ended_at: datetime | None = None
    ended_by: int | None = None
    coins: int = 0
    gifts: int = 0

    def lasted(self, now: datetime) -> timedelta:
        """Its length, or its length so far at `now`."""
        return (self.ended_at or max(now, self.started_at)) - self.started_at


class Kind(Struct, gc=False):
    """The gifts of one kind on a live: `gift` is its id, `coins` their cost."""

    gift: str
    name: str
    quantity: int = 0
    coins: int = 0


class Biggest(Struct, frozen=True):
    """The gift with the most coins on a live; the first of equals."""

    seq: int
    sender: str
    gift: str
    name: str
    quantity: int
    coins: int


class Summary(Struct, frozen=True):
    """A live in full: gifts by kind, most coins first; supporters; the biggest gift."""

    live: Live
    kinds: list[Kind]
    supporters: list[Supporter]
    biggest: Biggest | None


class _Lives(Struct, forbid_unknown_fields=True):
    """Lives by id, and the ids of each creator's lives in order."""

    by_id: dict[int, Live] = {}
    of_creator: dict[str, list[int]] = {}


def lives(view: View) -> list[Live]:
    """All lives, oldest first."""
    return list(PROJECTION.of(view).by_id.values())


def summary(view: View, creator: str, live: int | None = None) -> Summary:
    """The summary of a live by its id, or of the running or latest one.

    Walks back the creator's own history to its start. Raises `UnknownUser` and `UnknownLive`.
    """
    if view.wallet(creator) is None:
        raise UnknownUser(creator)
    found = _LiveGifts(creator)
    for entry in view.history(creator):
        if isinstance(entry.transaction.request, StartLive) and live in (None, entry.seq):
            return found.summary(entry)
        found.step_back(entry)
    raise UnknownLive(creator)


class _LiveGifts:
    """The gifts on a live of `creator`, collected from the newest to the oldest."""

    def __init__(self, creator: str) -> None:
        self._creator = creator
        self._reversed: set[int] = set()
        self._ended: Entry | None = None
        self._gifts: list[Entry] = []

    def step_back(self, entry: Entry) -> None:
        """Take the next older entry; the gifts of later lives are dropped."""
        request = entry.transaction.request
        if isinstance(request, Reverse):
            self._reversed.add(request.reverses)
        elif isinstance(request, EndLive):
            self._ended, self._gifts = entry, []
        elif isinstance(request, Gift) and self._is_on_live(request, entry):
            self._gifts.append(entry)

    def _is_on_live(self, gift: Gift, entry: Entry) -> bool:
        """True if a gift was sent to the creator's live, not by the creator to another's."""
        return gift.creator == self._creator and entry.transaction.venue == LIVE

    def summary(self, start: Entry) -> Summary:
        """The summary of the live that began with `start`."""
        request = start.transaction.request
        live = Live(
            start.seq,
            request.users()[0],
            request.title if isinstance(request, StartLive) else None,
            start.transaction.at,
            self._ended.transaction.at if self._ended else None,
            self._ended.seq if self._ended else None,
        )
        kinds: dict[str, Kind] = {}
        leaderboard = Leaderboard()
        biggest: Biggest | None = None
        for entry in reversed(self._gifts):
            given = entry.transaction.request
            if not isinstance(given, Gift):
                continue
            coins = entry.transaction.coins or 0
            leaderboard.add(given.sender, Giving(coins, given.quantity, entry.seq))
            if entry.seq in self._reversed:
                leaderboard.add(given.sender, Giving(-coins, -given.quantity, entry.seq))
                continue
            gift = given_gift(entry)
            name = entry.catalog.gift_name(gift)
            live.coins += coins
            live.gifts += given.quantity
            kind = kinds.setdefault(gift, Kind(gift, name))
            kind.quantity += given.quantity
            kind.coins += coins
            if biggest is None or coins > biggest.coins:
                biggest = Biggest(entry.seq, given.sender, gift, name, given.quantity, coins)
        by_coins = sorted(kinds.values(), key=lambda kind: (-kind.coins, kind.gift))
        return Summary(live, by_coins, leaderboard.supporters(), biggest)


def _take(state: _Lives, entry: Entry) -> None:
    transaction = entry.transaction
    request = transaction.request
    if isinstance(request, StartLive):
        state.by_id[entry.seq] = Live(entry.seq, request.user, request.title, transaction.at)
        state.of_creator.setdefault(request.user, []).append(entry.seq)
    elif isinstance(request, EndLive):
        live = state.by_id[state.of_creator[request.user][-1]]
        live.ended_at, live.ended_by = transaction.at, entry.seq
    elif transaction.venue == LIVE:
        _count(state, entry)


def _count(state: _Lives, entry: Entry) -> None:
    """Add a gift to its live, or subtract a reversed one."""
    request, coins = entry.transaction.request, entry.transaction.coins or 0
    if isinstance(request, Gift):
        live = state.by_id[state.of_creator[request.creator][-1]]
        live.coins += coins
        live.gifts += request.quantity
    elif isinstance(request, Reverse):
        about = entry.transaction.about or {}
        begun = state.of_creator[str(about["to"])]
        live = state.by_id[max(start for start in begun if start < request.reverses)]
        live.coins -= coins
        live.gifts -= int(about["quantity"])


PROJECTION = Projection("lives", _Lives, _take, (StartLive, EndLive, Gift, Reverse))
