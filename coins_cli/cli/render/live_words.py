"""Lives and their events: in JSON, and in words."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from coins_cli.cli.render.text import counted, escape_control, lasting, number
from coins_cli.cli.session import Price

if TYPE_CHECKING:
    from coins_cli.views.broadcast import Broadcast, Event
    from coins_cli.views.lives import Live, Summary

SUPPORTERS_SHOWN = 5
"""The most supporters that are named in a summary in words."""


def live_json(live: "Live", now: datetime) -> dict[str, Any]:
    """The fields of a live in JSON, at the time `now`."""
    return {
        "id": live.id,
        "creator": live.creator,
        "title": live.title,
        "status": "on" if live.ended_at is None else "ended",
        "started_at": live.started_at,
        "ended_at": live.ended_at,
        "seconds": int(live.lasted(now).total_seconds()),
        "coins": live.coins,
        "gifts": live.gifts,
    }


def summary_json(summary: "Summary", now: datetime) -> dict[str, Any]:
    """The summary of a live in JSON."""
    from msgspec.structs import asdict

    biggest = summary.biggest
    return {
        **live_json(summary.live, now),
        "kinds": [
            {"gift": kind.gift, "quantity": kind.quantity, "coins": kind.coins}
            for kind in summary.kinds
        ],
        "supporters": [asdict(one) for one in summary.supporters],
        "biggest": biggest
        and {
            "seq": biggest.seq,
            "from": biggest.sender,
            "gift": biggest.gift,
            "quantity": biggest.quantity,
            "coins": biggest.coins,
        },
    }


def summary_lines(summary: "Summary", now: datetime, columns: int) -> list[str]:
    """The summary of a live for a person, with tables of at most so many columns."""
    from coins_cli.cli.render.tables import list_lines

    live = summary.live
    duration = lasting(live.lasted(now))
    has = "lasted" if live.ended_at else "has been on for"
    title = f" “{escape_control(live.title)}”" if live.title else ""
    lines = [
        f"{live.creator}'s live{title} {has} {duration}.",
        brought(live.coins, live.gifts, len(summary.supporters)) + ".",
    ]
    if summary.kinds:
        lines += ["", "Gifts by kind"]
        rows = [(times(kind.quantity), kind.name, in_coins(kind.coins)) for kind in summary.kinds]
        lines += list_lines(("quantity", "gift", "coins"), rows, columns)
    if summary.supporters:
        lines += ["", "Top supporters"]
        best = summary.supporters[:SUPPORTERS_SHOWN]
        ladder = [(one.rank, one.user, in_coins(one.coins)) for one in best]
        lines += list_lines(("rank", "user", "coins"), ladder, columns)
    if (biggest := summary.biggest) is not None:
        what = f"{number(biggest.quantity)} × {escape_control(biggest.name)}"
        coins = counted(biggest.coins, "coin")
        lines += ["", f"Biggest gift: {what} from {biggest.sender}, {coins}."]
    return lines


def in_coins(coins: int) -> Price:
    """Coins as a cell of a table without a heading."""
    return Price(str(coins), counted(coins, "coin"))


def times(quantity: int) -> Price:
    """A quantity as a cell before the name of a gift."""
    return Price(str(quantity), f"{number(quantity)} ×")


def brought(coins: int, gifts: int, supporters: int) -> str:
    """The gifts of a live: `40 coins in 8 gifts from 2 supporters`."""
    return (
        f"{counted(coins, 'coin')} in {counted(gifts, 'gift')}"
        f" from {counted(supporters, 'supporter')}"
    )


def fitting(text: str, columns: int) -> str:
    """Free text with control characters escaped, cut to `columns`."""
    text = escape_control(text)
    return text if len(text) <= columns else text[: columns - 1] + "…"


def event_line(event: "Event", broadcast: "Broadcast") -> str:
    """An event of a live in one line; the gift that reaches the goal says so."""
    goal, creator = broadcast.goal, _called(broadcast, event.creator)
    sender = _called(broadcast, event.sender or "")
    if event.event == "start":
        return f"{creator} is live{f': “{escape_control(event.title)}”' if event.title else '.'}"
    if event.event == "end":
        return f"{creator} is no longer live.{_total(event)}"
    if event.event == "thanks":
        return f"{creator}: “{escape_control(event.text or '')}”"
    if event.event == "shout_out":
        return f"★ {escape_control(event.text or '')}"
    coins, quantity = event.coins or 0, event.quantity or 0
    what = f"{number(quantity)} × {escape_control(event.name or '')}"
    if event.event == "reversal":
        sums = f"({counted(coins, 'coin')}), and the thanks for it."
        return f"Taken back: {what} from {sender} {sums}{_total(event)}"
    combo = event.combo or 0
    message = f" “{escape_control(event.message)}”" if event.message else ""
    return (
        f"{sender} sent {what} ({counted(coins, 'coin')}).{message}"
        + (f" Combo: {number(combo)}." if combo > quantity else "")
        + _total(event)
        + (" The goal is reached!" if goal and event.total - coins < goal <= event.total else "")
    )


def _called(broadcast: "Broadcast", user: str) -> str:
    """A user by display name and handle, or by the handle alone: `Dora the Dancer (dora)`."""
    name = broadcast.name_of(user)
    return user if name == user else f"{escape_control(name)} ({user})"


def _total(event: "Event") -> str:
    return f" Total: {counted(event.total, 'coin')}."
