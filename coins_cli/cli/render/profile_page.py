"""A creator's page: in JSON, and in words."""

from typing import TYPE_CHECKING, Any

from coins_cli.cli.render.live_words import brought, in_coins, live_json
from coins_cli.cli.render.text import counted, escape_control, lasting, minute, number
from coins_cli.cli.session import Price
from coins_cli.model.receipts import SCHEMA

if TYPE_CHECKING:
    from datetime import datetime

    from coins_cli.views.profiles import Page

SUPPORTERS_SHOWN = 10
LIVES_SHOWN = 5


def profile_json(page: "Page", now: "datetime") -> dict[str, Any]:
    """A creator's page in JSON."""
    from msgspec.structs import asdict

    return {
        "schema": SCHEMA,
        "creator": page.wallet.user,
        "name": page.wallet.name,
        "live_since": page.wallet.live_since,
        "coins": page.coins,
        "gifts": page.gifts,
        "supporters": [asdict(one) for one in page.supporters],
        "lives": [live_json(live, now) for live in page.lives],
    }


def profile_lines(page: "Page", now: "datetime", columns: int) -> list[str]:
    """A creator's page in lines for a person, with tables of at most so many columns."""
    from coins_cli.cli.render.tables import list_lines

    wallet = page.wallet
    name = f"{escape_control(wallet.name)}  " if wallet.name else ""
    lines = [
        f"{name}@{wallet.user}",
        brought(page.coins, page.gifts, len(page.supporters)),
    ]
    if wallet.live_since is not None:
        lines.append(f"Live for {lasting(max(now, wallet.live_since) - wallet.live_since)}.")
    if page.supporters:
        ladder = [
            (one.rank, one.user, in_coins(one.coins), _gifts(one.gifts))
            for one in page.supporters[:SUPPORTERS_SHOWN]
        ]
        lines += ["", "Top supporters"]
        lines += list_lines(("rank", "user", "coins", "gifts"), ladder, columns)
        lines += _more(len(page.supporters) - SUPPORTERS_SHOWN, f"coins top {wallet.user}")
    if page.lives:
        lives = [
            (
                minute(live.started_at),
                _length(live.ended_at, live.started_at),
                in_coins(live.coins),
                live.title,
            )
            for live in page.lives[:LIVES_SHOWN]
        ]
        lines += ["", "Lives (times are UTC)"]
        names = ("began", "lasted", "coins", "title")
        lines += list_lines(names, lives, columns, flexible="title")
        lines += _more(len(page.lives) - LIVES_SHOWN, f"coins live list {wallet.user}")
    return lines


def _length(ended: "datetime | None", started: "datetime") -> str:
    return "on now" if ended is None else lasting(ended - started)


def _gifts(gifts: int) -> Price:
    return Price(str(gifts), counted(gifts, "gift"))


def _more(count: int, command: str) -> list[str]:
    return [f"  and {number(count)} more: {command}"] if count > 0 else []
