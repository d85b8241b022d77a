"""The command that shows a live as everyone watching sees it."""

import os
import select
import stat
import sys
import time
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Final, get_args

import typer

from coins_cli.cli.options import Creator, lists
from coins_cli.cli.render.live_words import event_line, summary_lines
from coins_cli.cli.replaying import Replay
from coins_cli.cli.session import ReaderLeft, Session, is_utf_8
from coins_cli.errors import NotLive, one_of
from coins_cli.model.money import parse_amount
from coins_cli.model.operations.gift import Gift
from coins_cli.model.operations.live import StartLive
from coins_cli.views.broadcast import EventName

if TYPE_CHECKING:
    from coins_cli.bank import Bank
    from coins_cli.model.transactions import Entry
    from coins_cli.store.protocol import Follower
    from coins_cli.views.broadcast import Broadcast, Event

LOOK_SECONDS: Final = 0.05
"""Seconds between two looks at the store."""
FRAME_SECONDS: Final = 1 / 12
"""Seconds between two frames at least; later events wait for the next one."""
TAKEN_SECONDS: Final = 0.25
"""Seconds of reading after which a frame is drawn, even if there is more to read."""

Meanwhile = Callable[[], bool]
"""A function called between two looks; after `True` the next look follows at once."""


@lists(events=one_of(get_args(EventName)))
def watch(
    ctx: typer.Context,
    creator: Creator,
    goal: Annotated[
        str | None, typer.Option("--goal", metavar="N", help="Show how far it is to N coins.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            "--since",
            metavar="SEQ",
            help="Begin with what happened from this transaction on, even if it is over.",
        ),
    ] = None,
    speed: Annotated[
        str | None,
        typer.Option("--speed", metavar="N", help="Play what was before N times as fast."),
    ] = None,
    wait: Annotated[
        bool, typer.Option("--wait", help="Wait for the live to begin, if it has not yet.")
    ] = False,
) -> None:
    """Watch a live as everyone does, gift by gift.

    On a terminal, such as that of a projector, it takes the whole screen until the live ends or
    Ctrl-C is pressed. Gifts of a kind that somebody sends within 5 seconds of each other are one
    combo. From 1,000 coins on it is shouted out, which is an assumption: no source says when.

    --since plays again what was before, at a terminal at the pace at which it happened: silences
    are 5 seconds at most, and --speed 10 is ten times as fast. Elsewhere all of it comes at once,
    unless --speed is given.

    Elsewhere each event is a line, and with --json an object: {events},
    with seq, at, from, to, gift, quantity, coins, combo and the total so far.

    Examples:
      coins live watch bob
      coins live watch bob --goal 5000
      coins live watch bob --since 1 --speed 10
      coins live watch bob --since 1 --json

    """
    from coins_cli.views.broadcast import Broadcast

    session: Session = ctx.obj
    session.stopped_unchanged = "Stopped watching; nothing was changed."
    coins = None if goal is None else parse_amount(goal, "the goal")
    first = None if since is None else parse_amount(since, "the number to begin with")
    if speed is not None and since is None:
        raise typer.BadParameter("--speed is for what --since plays again")
    pace = None if speed is None else parse_amount(speed, "the speed")
    if pace is None and since is not None and sys.stdout.isatty() and not session.settings.json:
        pace = 1
    bank = session.bank
    handle = bank.read.wallet(creator).user
    live, first_seq = _live_to_watch(session, handle, first, wait=wait)
    broadcast = Broadcast(handle, live, goal=coins)
    show_live(session, bank, broadcast, first_seq=first_seq, speed=pace)


def _live_to_watch(
    session: Session, creator: str, since: int | None, *, wait: bool
) -> tuple[int, int]:
    """The id of the live to watch, and the first transaction to show.

    It is the running live; with `since`, the one that ran then, or the next one. Without such a
    live, waits for one if `wait`. Raises `UnknownLive` and `NotLive`.
    """
    bank = session.bank
    with bank.store.reading() as view:
        newest = view.seq
    if since is not None:
        for live in bank.read.lives():
            if live.creator == creator and (live.ended_by is None or live.ended_by >= since):
                return live.id, since
    elif bank.read.wallet(creator).live_since is not None:
        return bank.read.live(creator).live.id, newest + 1
    if not wait:
        bank.read.live(creator)
        raise NotLive(creator, instead="wait")
    session.note(f"{creator} is not live yet. Waiting; Ctrl-C stops it.")
    begun = _begin_of_next_live(bank.read.follow(newest), creator)
    return begun, begun


def _begin_of_next_live(follower: "Follower", creator: str) -> int:
    """Wait until the creator goes live; returns the number of that transaction."""
    pause = _pause_of(sys.stdout)
    while True:
        for entry in follower.look():
            request = entry.transaction.request
            if isinstance(request, StartLive) and request.user == creator:
                return entry.seq
        pause()


def show_live(
    session: Session,
    bank: "Bank",
    broadcast: "Broadcast",
    *,
    first_seq: int,
    speed: int | None = None,
    meanwhile: Meanwhile = lambda: False,
) -> None:
    """Show a live to its end: drawn on a terminal, else in lines from transaction `first_seq` on.

    With `speed` it is played again from there, so many times as fast. Raises `ReaderLeft` when the
    reader has closed the pipe.
    """
    follower = bank.read.follow(broadcast.live - 1)
    news = News(session, bank, broadcast, follower, first_seq, speed)
    if is_drawn(session):
        _draw(session, news, meanwhile)
    else:
        _print_events(session, news, meanwhile)
    if session.is_on_terminal and not session.settings.json:
        summary = bank.read.live(broadcast.creator, broadcast.live)
        lines = summary_lines(summary, bank.read.now(), session.page_columns)
        session.say_folded("\n".join(lines))


def is_drawn(session: Session) -> bool:
    """True if the live is drawn: on a UTF-8 terminal, without --json."""
    is_able = os.environ.get("TERM", "dumb") not in ("", "dumb") and is_utf_8(sys.stdout)
    return sys.stdout.isatty() and is_able and not session.settings.json


class News:
    """What happens on a live, as it happens or played again, with the names of those who are on it.

    Display names are looked up for people alone: programs go by handles.
    """

    def __init__(
        self,
        session: Session,
        bank: "Bank",
        broadcast: "Broadcast",
        follower: "Follower",
        first_seq: int,
        speed: int | None,
    ) -> None:
        self.broadcast = broadcast
        self.first_seq = first_seq
        self.speed = speed or 1
        self._read = bank.read
        self._has_names = not session.settings.json
        self._replay = speed and Replay(follower, broadcast, first_seq, speed=speed)
        self._follower = self._replay or follower

    def take(self) -> "list[Event]":
        """The events of entries that are new, read for `TAKEN_SECONDS` at most."""
        broadcast = self.broadcast
        events: list[Event] = []
        deadline = time.monotonic() + TAKEN_SECONDS
        while not broadcast.is_over and time.monotonic() < deadline:
            if not (found := self._follower.look()):
                break
            self._learn_names(found)
            for entry in found:
                events += broadcast.take(entry)
        return events

    def now(self) -> datetime:
        """The time on the live."""
        now = self._read.now()
        return self._replay.now(now) if self._replay else now

    def _learn_names(self, entries: "list[Entry]") -> None:
        """Look up the names of all who are new, at once, since each look opens the store."""
        if not self._has_names:
            return
        names, creator = self.broadcast.names, self.broadcast.creator
        users = {creator} | {
            entry.transaction.request.sender
            for entry in entries
            if isinstance(entry.transaction.request, Gift)
        }
        if new := users - names.keys():
            names.update({user: user for user in new} | self._read.display_names(new))


def _draw(session: Session, news: News, meanwhile: Meanwhile) -> None:
    """Draw the live until it ends: after each event, and every second."""
    broadcast = news.broadcast
    news.take()
    if broadcast.is_over:
        return
    from coins_cli.cli.render.live_screen import Screen

    with Screen(session.console()).taken() as screen:
        is_news, shown_at, due = True, 0.0, 0.0
        while not broadcast.is_over:
            instant = time.monotonic()
            is_news = is_news or instant >= due or screen.is_stale or screen.has_other_size()
            if is_news and instant - shown_at >= FRAME_SECONDS:
                now = news.now()
                screen.draw(broadcast, now)
                due = instant + broadcast.to_next_second(now) / news.speed
                is_news, shown_at = False, instant
            if not meanwhile():
                time.sleep(LOOK_SECONDS)
            is_news = bool(news.take()) or is_news


def _print_events(session: Session, news: News, meanwhile: Meanwhile) -> None:
    """Print each event of the live in a line, at once, until the live ends."""
    broadcast = news.broadcast
    pause = _pause_of(sys.stdout)
    while True:
        events = [
            event for event in news.take() if event.seq >= news.first_seq or event.event == "start"
        ]
        if events:
            if session.settings.json:
                session.say("\n".join(session.json_of(event.to_json()) for event in events))
            else:
                session.say_folded("\n".join(event_line(one, broadcast) for one in events))
        if broadcast.is_over:
            return
        if not meanwhile():
            pause()


def _pause_of(stream: object) -> Callable[[], None]:
    """A function that waits for the next look; raises `ReaderLeft` when the pipe is closed."""
    try:
        descriptor: int = stream.fileno()  # type: ignore[attr-defined]
        mode = os.fstat(descriptor).st_mode
    except (OSError, ValueError, AttributeError):
        mode = 0
    if not (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)):
        return lambda: time.sleep(LOOK_SECONDS)
    poll = select.poll()
    poll.register(descriptor, 0)  # Errors are always polled, such as a reader that is gone.

    def pause() -> None:
        if poll.poll(LOOK_SECONDS * 1_000):
            raise ReaderLeft

    return pause
