"""A live as everyone watching sees it: gifts, combos, thanks, shout-outs and the total."""

from collections import deque
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final, Literal

from msgspec import Struct

from coins_cli.model.operations.gift import Gift
from coins_cli.model.operations.live import EndLive, StartLive
from coins_cli.model.operations.request import LIVE
from coins_cli.model.operations.reverse import Reverse
from coins_cli.model.receipts import SCHEMA
from coins_cli.model.transactions import Entry, Transaction
from coins_cli.views.recognition import Giving, Leaderboard, given_gift

COMBO_SECONDS: Final = 5
"""Seconds after a run's last gift in which another one continues it."""
SHOUT_OUT_COINS: Final = 1_000
"""Coins from which a run of gifts gets a shout-out. An assumption: no source names a number."""

RUNS_KEPT: Final = 100
"""Newest runs that are kept for the screen."""
WORDS_KEPT: Final = 10
"""Newest thanks, and newest shout-outs, that are kept for the screen."""

_COMBO: Final = timedelta(seconds=COMBO_SECONDS)

EventName = Literal["start", "gift", "thanks", "shout_out", "reversal", "end"]


class Event(Struct, frozen=True, gc=False):
    """An event that every viewer sees. `total` is the coins of the live so far.

    `thanks`, `shout_out` and `reversal` have the fields of their gift. `combo` is the quantity of
    its run so far, and `about` the number of the reversed gift's transaction.
    """

    event: EventName
    seq: int
    at: datetime
    creator: str
    total: int
    sender: str | None = None
    gift: str | None = None
    name: str | None = None
    quantity: int | None = None
    coins: int | None = None
    combo: int | None = None
    message: str | None = None
    text: str | None = None
    title: str | None = None
    about: int | None = None

    def to_json(self) -> dict[str, Any]:
        """The event as a JSON object."""
        return {
            "schema": SCHEMA,
            "event": self.event,
            "seq": self.seq,
            "at": self.at,
            "from": self.sender,
            "to": self.creator,
            "gift": self.gift,
            "quantity": self.quantity,
            "coins": self.coins,
            "combo": self.combo,
            "total": self.total,
            **_OWN_FIELDS[self.event](self),
        }


_OWN_FIELDS: Final = {
    "start": lambda event: {"title": event.title},
    "gift": lambda event: {"message": event.message},
    "thanks": lambda event: {"text": event.text},
    "shout_out": lambda event: {"text": event.text},
    "reversal": lambda event: {"reverses": event.about},
    "end": lambda event: {"title": event.title},
}


class Run(Struct):
    """A run: gifts of one kind by one sender in quick succession, shown as one combo.

    `first` and `last` are transaction numbers; `message` is the newest one.
    """

    sender: str
    gift: str
    name: str
    first: int
    last: int
    last_at: datetime
    quantity: int = 0
    coins: int = 0
    message: str | None = None
    is_shouted_out: bool = False


class Broadcast:
    """The state of one live, updated entry by entry from its start on.

    A run goes on as long as each gift follows the last within `COMBO_SECONDS` by the journal's
    times, whatever others send in between. Memory grows with the senders, not with the gifts.
    """

    def __init__(
        self,
        creator: str,
        live: int,
        *,
        goal: int | None = None,
    ) -> None:
        """Begin the live of `creator` that transaction `live` started; `goal` is in coins."""
        self.creator = creator
        self.names: dict[str, str] = {}
        self.live = live
        self.goal = goal
        self.title: str | None = None
        self.started_at: datetime | None = None
        self.newest_at: datetime | None = None
        self.goal_reached_at: datetime | None = None
        self.is_over = False
        self.total = 0
        self.gifts = 0
        self.leaderboard = Leaderboard()
        self.thanks = _newest(())
        self.shout_outs = _newest(())
        self._runs: dict[int, Run] = {}
        self._growing: dict[tuple[str, str], Run] = {}

    def concerns(self, entry: Entry) -> bool:
        """True if the next entry of the journal is one that viewers of this live see."""
        transaction = entry.transaction
        request = transaction.request
        if self.is_over or entry.seq < self.live:
            return False
        if isinstance(request, Gift):
            return request.creator == self.creator and transaction.venue == LIVE
        if isinstance(request, Reverse):
            return self._is_ours(transaction)
        if isinstance(request, StartLive):
            return entry.seq == self.live
        return isinstance(request, EndLive) and request.user == self.creator

    def take(self, entry: Entry) -> list[Event]:
        """Take the next entry of the journal; returns its events, mostly none."""
        if not self.concerns(entry):
            return []
        request = entry.transaction.request
        if isinstance(request, Gift):
            return list(self._take_gift(entry, request))
        if isinstance(request, Reverse):
            return self._take_reversal(entry, request)
        if isinstance(request, StartLive):
            self.title, self.started_at = request.title, entry.transaction.at
            return [self._event("start", entry)]
        self.is_over = True
        return [self._event("end", entry)]

    def name_of(self, user: str) -> str:
        """The name in `names`, by which everybody calls a user, or else the handle."""
        return self.names.get(user, user)

    def newest_runs(self, most: int) -> list[Run]:
        """The runs that grew last, at most `most`; the one that began last is first."""
        # Sorted by their beginning, a run keeps its place on the screen while it grows.
        grown = islice(reversed(self._runs.values()), most)
        return sorted(grown, key=lambda run: run.first, reverse=True)

    def to_next_second(self, now: datetime) -> float:
        """Seconds from `now` until the live's length reaches its next whole second."""
        lasted = now - (self.started_at or now)
        return 1 - lasted.microseconds / 1_000_000

    def _is_ours(self, reversal: Transaction) -> bool:
        """True if `reversal` takes back a gift on this live."""
        request = reversal.request
        return (
            isinstance(request, Reverse)
            and request.reverses > self.live
            and reversal.venue == LIVE
            and (reversal.about or {}).get("to") == self.creator
        )

    def _take_gift(self, entry: Entry, request: Gift) -> Iterator[Event]:
        coins = entry.transaction.coins or 0
        self._count(entry, request.sender, coins, request.quantity)
        run = self._run_of(entry, request)
        run.last, run.last_at = entry.seq, entry.transaction.at
        run.quantity += request.quantity
        run.coins += coins
        run.message = request.message or run.message
        about: dict[str, Any] = {
            "sender": request.sender,
            "gift": run.gift,
            "name": run.name,
            "quantity": request.quantity,
            "coins": coins,
            "combo": run.quantity,
        }
        yield self._event("gift", entry, **about, message=request.message)
        thanks = self._event(
            "thanks", entry, **about, text=f"Thank you, {self.name_of(request.sender)}!"
        )
        self.thanks.append(thanks)
        yield thanks
        if run.coins >= SHOUT_OUT_COINS and not run.is_shouted_out:
            run.is_shouted_out = True
            what = f"{run.quantity:,} × {run.name}: {run.coins:,} coins!"
            text = f"{self.name_of(run.sender)} sends {what}"
            shout_out = self._event("shout_out", entry, **about, text=text)
            self.shout_outs.append(shout_out)
            yield shout_out

    def _take_reversal(self, entry: Entry, request: Reverse) -> list[Event]:
        about, coins = entry.transaction.about or {}, entry.transaction.coins or 0
        sender, gift, quantity = str(about["from"]), str(about["gift"]), int(about["quantity"])
        self._count(entry, sender, -coins, -quantity)
        self.thanks = _newest(one for one in self.thanks if one.seq != request.reverses)
        self._take_from_its_run(request.reverses, sender, gift, quantity, coins)
        return [
            self._event(
                "reversal",
                entry,
                sender=sender,
                gift=gift,
                name=entry.catalog.gift_name(gift),
                quantity=quantity,
                coins=coins,
                about=request.reverses,
            )
        ]

    def _count(self, entry: Entry, sender: str, coins: int, quantity: int) -> None:
        """Add a gift to the sums; below zero it is a reversed one."""
        self.total += coins
        self.gifts += quantity
        self.leaderboard.add(sender, Giving(coins, quantity, entry.seq))
        if self.goal is None or self.total < self.goal:
            self.goal_reached_at = None
        elif self.goal_reached_at is None:
            self.goal_reached_at = entry.transaction.at

    def _run_of(self, entry: Entry, request: Gift) -> Run:
        """The run of a gift, new or growing, moved to the end of those that grew."""
        at, gift = entry.transaction.at, given_gift(entry)
        while self._growing:
            oldest = next(iter(self._growing.values()))
            if at - oldest.last_at <= _COMBO:
                break
            del self._growing[oldest.sender, oldest.gift]
        who = (request.sender, gift)
        run = self._growing.pop(who, None)
        if run is None:
            run = Run(*who, entry.catalog.gift_name(gift), entry.seq, entry.seq, at)
        self._growing[who] = run
        self._runs.pop(run.first, None)
        self._runs[run.first] = run
        if len(self._runs) > RUNS_KEPT:
            del self._runs[next(iter(self._runs))]
        return run

    def _take_from_its_run(
        self, seq: int, sender: str, gift: str, quantity: int, coins: int
    ) -> None:
        """Remove a reversed gift from its run, if that is still kept."""
        for run in (*self._runs.values(), *self._growing.values()):
            is_its_run = (run.sender, run.gift) == (sender, gift) and run.first <= seq <= run.last
            if is_its_run:
                run.quantity -= quantity
                run.coins -= coins
                if run.coins < SHOUT_OUT_COINS:
                    run.is_shouted_out = False
                    others = [one for one in self.shout_outs if not _is_of(one, run)]
                    self.shout_outs = _newest(others)
                if run.quantity == 0:
                    self._runs.pop(run.first, None)
                    self._growing.pop((sender, gift), None)
                return

    def _event(self, event: EventName, entry: Entry, **fields: Any) -> Event:  # noqa: ANN401
        at = self.newest_at = entry.transaction.at
        title = self.title if event in ("start", "end") else None
        return Event(event, entry.seq, at, self.creator, self.total, title=title, **fields)


def _newest(events: Iterable[Event]) -> deque[Event]:
    """The newest of `events`, as many as are kept for the screen."""
    return deque(events, WORDS_KEPT)


def _is_of(event: Event, run: Run) -> bool:
    """True if an event belongs to a run."""
    is_alike = (event.sender, event.gift) == (run.sender, run.gift)
    return is_alike and run.first <= event.seq <= run.last
