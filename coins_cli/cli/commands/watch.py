"""The command that shows a live as everyone watching sees it."""

import os
import select
import stat
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Final

import typer

from coins_cli.cli.options import Creator
from coins_cli.cli.session import ReaderLeft, Session, is_utf_8
from coins_cli.cli.text import counted, number, shown
from coins_cli.errors import NotLive
from coins_cli.model.money import parse_amount
from coins_cli.model.requests import StartLive

if TYPE_CHECKING:
    from coins_cli.bank import Bank
    from coins_cli.store.protocol import Follower
    from coins_cli.views.broadcast import Broadcast, Event

LOOK_SECONDS: Final = 0.05
"""How long after a look at the store the next one is taken."""
FRAME_SECONDS: Final = 1 / 12
"""How long each frame is shown at least; what comes meanwhile is counted, and seen in the next."""
TAKEN_SECONDS: Final = 0.25
"""After how long what was taken is shown, even while more is there already."""

Meanwhile = Callable[[], bool]
"""Is called between two looks; says whether it did anything, so that the next look is at once."""


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
    wait: Annotated[
        bool, typer.Option("--wait", help="Wait for the live to begin, if it has not yet.")
    ] = False,
) -> None:
    """Watch a live as everyone does, gift by gift.

    On a terminal, such as that of a projector, it takes the whole screen until the live ends or
    Ctrl-C is pressed. Gifts of a kind that somebody sends within 5 seconds of each other are one
    combo. From 1,000 coins on it is shouted out, which is an assumption: no source says when.

    Elsewhere each event is a line, and with --json an object: start, gift, thanks, shout_out,
    reversal or end, with seq, at, from, to, gift, quantity, coins, combo and the total so far.

    Examples:
      coins live watch bob
      coins live watch bob --goal 5000
      coins live watch bob --since 1 --json

    """
    from coins_cli.views.broadcast import Broadcast

    session: Session = ctx.obj
    session.words_if_interrupted = "Stopped watching; nothing was changed."
    coins = None if goal is None else parse_amount(goal, "the goal")
    first = None if since is None else parse_amount(since, "the number to begin with")
    bank = session.bank
    handle = bank.wallet(creator).user
    live, told_from = _live_to_watch(session, handle, first, wait=wait)
    show_live(session, bank, Broadcast(handle, live, goal=coins), told_from=told_from)


def _live_to_watch(
    session: Session, creator: str, since: int | None, *, wait: bool
) -> tuple[int, int]:
    """The number of the live that is meant, and from which transaction on it is told.

    It is the one that is on; with `since`, the one that was on then, or the first one after that.
    Raises `UnknownLive`, and `NotLive` when there is no such live and nobody wants to `wait`.
    """
    bank = session.bank
    with bank.store.reading() as view:
        newest = view.seq
    if since is not None:
        for live in bank.lives():
            if live.creator == creator and (live.ended_by is None or live.ended_by >= since):
                return live.id, since
    elif bank.wallet(creator).live_since is not None:
        return bank.live(creator).live.id, newest + 1
    if not wait:
        bank.live(creator)
        raise NotLive(creator, otherwise="wait for it with --wait")
    session.note(f"{creator} is not live yet. Waiting; Ctrl-C stops it.")
    begun = _begin_of_next_live(bank.follow(newest), creator)
    return begun, begun


def _begin_of_next_live(follower: "Follower", creator: str) -> int:
    """The number of the transaction by which the creator goes live, once that has happened."""
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
    told_from: int,
    meanwhile: Meanwhile = lambda: False,
) -> None:
    """Show a live to its end: drawn on a terminal, else as lines from transaction `told_from` on.

    Raises `ReaderLeft` when nobody reads the lines any more.
    """
    follower = bank.follow(broadcast.live - 1)
    if is_drawn(session):
        _draw(session, bank, broadcast, follower, meanwhile)
    else:
        _tell(session, broadcast, follower, told_from, meanwhile)
    if session.is_on_terminal and not session.settings.json:
        from coins_cli.cli.summaries import summary_lines

        summary = bank.live(broadcast.creator, broadcast.live)
        session.say("\n".join(summary_lines(summary, bank.now())))


def is_drawn(session: Session) -> bool:
    """Whether there is a terminal to draw on."""
    is_able = os.environ.get("TERM", "dumb") not in ("", "dumb") and is_utf_8(sys.stdout)
    return sys.stdout.isatty() and is_able and not session.settings.json


def _draw(
    session: Session,
    bank: "Bank",
    broadcast: "Broadcast",
    follower: "Follower",
    meanwhile: Meanwhile,
) -> None:
    """Draw the live until it ends, when something happened or a second has passed."""
    _news(broadcast, follower)
    if broadcast.is_over:
        return
    from coins_cli.cli.watching import Screen

    with Screen(session.console()).taken() as screen:
        is_news, shown_at, due = True, 0.0, 0.0
        while not broadcast.is_over:
            instant = time.monotonic()
            is_news = is_news or instant >= due or screen.is_stale or screen.has_other_size()
            if is_news and instant - shown_at >= FRAME_SECONDS:
                now = bank.now()
                screen.draw(broadcast, now)
                is_news, shown_at, due = False, instant, instant + broadcast.to_next_second(now)
            if not meanwhile():
                time.sleep(LOOK_SECONDS)
            is_news = bool(_news(broadcast, follower)) or is_news


def _tell(
    session: Session,
    broadcast: "Broadcast",
    follower: "Follower",
    told_from: int,
    meanwhile: Meanwhile,
) -> None:
    """Print the live's events until it ends, each as a line, and at once."""
    pause = _pause_of(sys.stdout)
    while True:
        events = [
            event
            for event in _news(broadcast, follower)
            if event.seq >= told_from or event.event == "start"
        ]
        if events:
            in_words = session.json_of if session.settings.json else None
            session.say(
                "\n".join(
                    in_words(event.to_json()) if in_words else line_of(event, broadcast.goal)
                    for event in events
                )
            )
        if broadcast.is_over:
            return
        if not meanwhile():
            pause()


def _news(broadcast: "Broadcast", follower: "Follower") -> "list[Event]":
    """Take what has happened, all of it unless that takes too long; what is seen of it."""
    events: list[Event] = []
    deadline = time.monotonic() + TAKEN_SECONDS
    while not broadcast.is_over and time.monotonic() < deadline and (found := follower.look()):
        for entry in found:
            events += broadcast.take(entry)
    return events


def _pause_of(stream: object) -> Callable[[], None]:
    """What waits for the next look; it raises `ReaderLeft` when nobody reads the pipe any more."""
    try:
        descriptor: int = stream.fileno()  # type: ignore[attr-defined]
        mode = os.fstat(descriptor).st_mode
    except (OSError, ValueError, AttributeError):
        mode = 0
    if not (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)):
        return lambda: time.sleep(LOOK_SECONDS)
    poll = select.poll()
    poll.register(descriptor, 0)  # What is told without being asked for: that the reader is gone.

    def pause() -> None:
        if poll.poll(LOOK_SECONDS * 1_000):
            raise ReaderLeft

    return pause


def line_of(event: "Event", goal: int | None = None) -> str:
    """An event in a line for a person; one that reaches the `goal` says so."""
    if event.event == "start":
        return f"{event.creator} is live{f': “{shown(event.title)}”' if event.title else '.'}"
    if event.event == "end":
        return f"{event.creator} is no longer live.{_total(event)}"
    if event.event == "thanks":
        return f"{event.creator}: “{shown(event.text or '')}”"
    if event.event == "shout_out":
        return f"★ {shown(event.text or '')}"
    coins, quantity = event.coins or 0, event.quantity or 0
    what = f"{number(quantity)} × {shown(event.name or '')}"
    if event.event == "reversal":
        return f"Taken back: {what} from {event.sender} ({counted(coins, 'coin')}).{_total(event)}"
    combo = event.combo or 0
    message = f" “{shown(event.message)}”" if event.message else ""
    return (
        f"{event.sender} sent {what} ({counted(coins, 'coin')}).{message}"
        + (f" Combo: {number(combo)}." if combo > quantity else "")
        + _total(event)
        + (" The goal is reached!" if goal and event.total - coins < goal <= event.total else "")
    )


def _total(event: "Event") -> str:
    return f" Total: {counted(event.total, 'coin')}."
