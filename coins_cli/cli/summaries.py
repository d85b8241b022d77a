"""Lives as they are answered: in JSON, and in words."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from coins_cli.cli.text import counted, lasting, number, shown

if TYPE_CHECKING:
    from coins_cli.views.lives import Live, Summary

SUPPORTERS_SHOWN = 5
"""How many supporters the words of a summary name."""


def live_json(live: "Live", now: datetime) -> dict[str, Any]:
    """A live's fields in JSON, as it is `now`."""
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
    """A live in full, in JSON."""
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


def summary_lines(summary: "Summary", now: datetime) -> list[str]:
    """A live in full, in lines for a person, none longer than 80 columns."""
    live = summary.live
    duration = lasting(live.lasted(now))
    has = "lasted" if live.ended_at else "has been on for"
    title = f" “{shown(live.title)}”" if live.title else ""
    lines = [
        f"{live.creator}'s live{title} {has} {duration}.",
        brought(live.coins, live.gifts, len(summary.supporters)) + ".",
    ]
    if summary.kinds:
        lines += ["", "Gifts by kind"]
        lines += [
            f"{number(kind.quantity):>9} × {fitting(kind.name, 30):<30}"
            f" {number(kind.coins):>13} coins"
            for kind in summary.kinds
        ]
    if summary.supporters:
        lines += ["", "Top supporters"]
        lines += [
            f"{one.rank:>9}   {one.user:<30} {number(one.coins):>13} coins"
            for one in summary.supporters[:SUPPORTERS_SHOWN]
        ]
    if (biggest := summary.biggest) is not None:
        what = f"{number(biggest.quantity)} × {fitting(biggest.name, 30)}"
        coins = counted(biggest.coins, "coin")
        lines += ["", f"Biggest gift: {what} from {biggest.sender}, {coins}."]
    return lines


def brought(coins: int, gifts: int, supporters: int) -> str:
    """What viewers gave: `40 coins in 8 gifts from 2 supporters`."""
    return (
        f"{counted(coins, 'coin')} in {counted(gifts, 'gift')}"
        f" from {counted(supporters, 'supporter')}"
    )


def fitting(text: str, columns: int) -> str:
    """Free text made safe to show, and cut to `columns`."""
    text = shown(text)
    return text if len(text) <= columns else text[: columns - 1] + "…"
