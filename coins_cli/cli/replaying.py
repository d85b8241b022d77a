"""A live that is played again at the pace at which it was recorded."""

import time
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from coins_cli.model.transactions import Entry
    from coins_cli.store.protocol import Follower
    from coins_cli.views.broadcast import Broadcast

SILENCE_SECONDS: Final = 5.0
"""Seconds to which a longer silence is shortened, since nobody waits for ten minutes to pass."""

CAUGHT_UP_SECONDS: Final = 1.0
"""Seconds of lateness that are caught up."""


class Replay:
    """A follower that returns the entries of a live when they are due.

    Between two entries passes the time that passed between them in the journal, `SILENCE_SECONDS`
    at most, divided by `speed`. What was before transaction `first_seq` is due at once. When all
    that was recorded has been shown, new entries are due when they come.
    """

    def __init__(
        self,
        follower: "Follower",
        broadcast: "Broadcast",
        first_seq: int,
        *,
        speed: int = 1,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._follower = follower
        self._broadcast = broadcast
        self._first_seq = first_seq
        self.speed = speed
        self._clock = clock
        self._waiting: deque[Entry] = deque()
        self._shown: Entry | None = None
        self._shown_at = 0.0

    def look(self) -> "list[Entry]":
        """The entries that are due; see `Follower.look`."""
        if not self._waiting:
            concerns = self._broadcast.concerns
            self._waiting += [entry for entry in self._follower.look() if concerns(entry)]
        found: list[Entry] = []
        instant = self._clock()
        while self._waiting and (due := self._due_at(self._waiting[0], instant)) <= instant:
            entry = self._waiting.popleft()
            found.append(entry)
            if entry.seq >= self._first_seq:
                # From its due time on, so that lateness does not add up; but a program that was
                # stopped does not hurry afterwards.
                self._shown, self._shown_at = entry, max(due, instant - CAUGHT_UP_SECONDS)
        return found

    def now(self, now: datetime) -> datetime:
        """The time in the replay, when it is `now` in the economy."""
        if self._shown is None or not self._waiting:
            return now if not self._waiting else self._waiting[0].transaction.at
        passed = timedelta(seconds=(self._clock() - self._shown_at) * self.speed)
        return min(self._shown.transaction.at + passed, self._waiting[0].transaction.at)

    def _due_at(self, entry: "Entry", instant: float) -> float:
        """When an entry is due; before anything was played again, at this `instant`."""
        if self._shown is None:
            return instant
        silence = (entry.transaction.at - self._shown.transaction.at).total_seconds()
        return self._shown_at + min(silence, SILENCE_SECONDS) / self.speed
