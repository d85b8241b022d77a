"""Commands that only read: balance, history, top."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer
from msgspec import structs

from coins_cli.cli.limits import Limit, limited, more_than_shown, most_of
from coins_cli.cli.options import User
from coins_cli.cli.render.text import counted, dollars, number
from coins_cli.cli.session import Cell, Column, Session
from coins_cli.errors import OneAtMost
from coins_cli.model.money import format_dollars
from coins_cli.model.receipts import SCHEMA

if TYPE_CHECKING:
    from coins_cli.views.recognition import Supporter

_LADDER = (Column("rank"), Column("user"), Column("coins"), Column("gifts"))
_TITLES = {"creators": "Who was given most", "givers": "Who gave most"}
_NOBODY = "Nobody has given anything yet."


def balance(ctx: typer.Context, user: User) -> None:
    """Show what a user has.

    And how far cashing out is.

    Examples:
      coins balance alice
      coins balance alice --json

    """
    session: Session = ctx.obj
    wallet = session.bank.read.wallet(user)
    preview = session.bank.read.cash_out_preview(wallet)
    usd = format_dollars(preview.usd_cents)
    if preview.eligible:
        note = f"The earned coins can be cashed out: {dollars(preview.usd_cents)}."
    else:
        threshold, short_by = number(preview.threshold), number(preview.short_by)
        note = f"Cashing out starts at {threshold} earned; {short_by} to go."
    session.table(
        {
            "schema": SCHEMA,
            "user": wallet.user,
            "coins": wallet.coins,
            "earned": wallet.earned,
            "held": wallet.held,
            "cash_out": {
                "eligible": preview.eligible,
                "threshold": preview.threshold,
                "short_by": preview.short_by,
                "usd": usd,
            },
        },
        [Column("user"), Column("coins"), Column("earned")],
        [[wallet.user, wallet.coins, wallet.earned]],
        title=f"{wallet.user} has {counted(wallet.coins, 'coin')}",
        notes=[note, *([_held(wallet.held)] if wallet.held else [])],
    )


def _held(coins: int) -> str:
    return f"{counted(coins, 'coin')} are held for payouts: coins payout list --status pending"


def history(
    ctx: typer.Context,
    user: User,
    limit: Limit = None,
) -> None:
    """Show a user's transactions, newest first.

    Examples:
      coins history alice
      coins history alice --limit 3
      coins history alice --limit all --json

    """
    from coins_cli.cli.render.receipt_words import summary

    session: Session = ctx.obj
    most = most_of(session, limit)
    # One more than is shown tells whether there are more; to count them all would take a long walk.
    receipts = session.bank.read.history(user, limit=None if most is None else most + 1)
    is_more = most is not None and len(receipts) > most
    receipts = receipts[:most]
    handle = user.lower()
    session.table(
        {
            "schema": SCHEMA,
            "user": handle,
            "transactions": [receipt.to_json() for receipt in receipts],
        },
        [
            Column("seq"),
            Column("time (UTC)"),
            Column("coins"),
            Column("earned"),
            Column("what", flexible=True),
        ],
        [
            [
                receipt.seq,
                session.when(receipt.at),
                receipt.balances[handle]["coins"],
                receipt.balances[handle]["earned"],
                summary(receipt),
            ]
            for receipt in receipts
        ],
        title=f"What happened to {handle}, newest first",
        notes=["Coins and earned coins are those right after it.", *[more_than_shown()] * is_more],
    )


def top(
    ctx: typer.Context,
    creator: Annotated[
        str | None, typer.Argument(metavar="[CREATOR]", help="The creator's handle.")
    ] = None,
    live: Annotated[
        bool, typer.Option("--live", help="Only on the live that is on, or was last.")
    ] = False,
    givers: Annotated[
        bool, typer.Option("--givers", help="Everybody who gave anything to anybody.")
    ] = False,
    creators: Annotated[
        bool, typer.Option("--creators", help="All creators, by what was given for them.")
    ] = False,
    limit: Limit = None,
) -> None:
    """Show who gave most: to a creator, or in the whole class.

    Who gave more stands higher; of equals, who came first. What was reversed does not count.
    Without CREATOR both ladders of the whole class are shown.

    Examples:
      coins top
      coins top bob
      coins top erin --live
      coins top --givers --limit 3
      coins top --creators --json

    """
    session: Session = ctx.obj
    _check_one_of(creator, live=live, givers=givers, creators=creators)
    if creator is None and not (givers or creators):
        _both_ladders(session, limit)
        return
    if creator is None:
        rows = session.bank.read.givers() if givers else session.bank.read.creators()
        what = "givers" if givers else "creators"
        _ladder(session, limit, {what: rows}, _TITLES[what], _NOBODY)
        return
    handle = creator.lower()
    if live:
        from coins_cli.cli.render.live_words import live_json

        found = session.bank.read.live(creator)
        payload = {"creator": handle, "live": live_json(found.live, session.bank.read.now())}
        title = f"{handle}'s top supporters on the live"
        empty = f"Nobody has given to {handle} on the live."
        _ladder(session, limit, {"supporters": found.supporters}, title, empty, **payload)
        return
    ladder = {"supporters": session.bank.read.top(creator)}
    title, empty = f"{handle}'s top supporters", f"Nobody has given to {handle} yet."
    _ladder(session, limit, ladder, title, empty, creator=handle)


def _check_one_of(creator: str | None, *, live: bool, givers: bool, creators: bool) -> None:
    """Refuse options that exclude each other."""
    if givers + creators + (creator is not None) > 1:
        raise OneAtMost(["CREATOR", "--givers", "--creators"])
    if live and (givers or creators):
        raise OneAtMost(["--live", "--givers", "--creators"])
    if live and creator is None:
        raise typer.BadParameter("--live is about one creator: coins top CREATOR --live")


def _both_ladders(session: Session, limit: str | None) -> None:
    """Print both leaderboards; in a pipe the first column names which."""
    ladders = {"creators": session.bank.read.creators(), "givers": session.bank.read.givers()}
    if session.settings.json or not session.is_on_terminal:
        shown = {what: limited(session, limit, rows)[0] for what, rows in ladders.items()}
        session.table(
            {"schema": SCHEMA, **{what: _places(rows) for what, rows in shown.items()}},
            [Column("ladder"), *_LADDER],
            [[what, *_cells(one)] for what, rows in shown.items() for one in rows],
            title="",
        )
        return
    _ladder(session, limit, {"creators": ladders["creators"]}, _TITLES["creators"], _NOBODY)
    if ladders["givers"]:
        session.say("")
        _ladder(session, limit, {"givers": ladders["givers"]}, _TITLES["givers"], _NOBODY)


def _ladder(
    session: Session,
    limit: str | None,
    ladder: "dict[str, list[Supporter]]",
    title: str,
    empty: str,
    **about: object,
) -> None:
    """Print a leaderboard, under its name in JSON and after the fields in `about`."""
    ((name, everybody),) = ladder.items()
    rows, more = limited(session, limit, everybody)
    session.table(
        {"schema": SCHEMA, **about, name: _places(rows)},
        _LADDER,
        [_cells(one) for one in rows],
        title=title,
        notes=more,
        empty=empty,
    )


def _cells(one: "Supporter") -> list[Cell]:
    return [one.rank, one.user, one.coins, one.gifts]


def _places(leaderboard: "Sequence[Supporter]") -> list[dict[str, Any]]:
    return [structs.asdict(one) for one in leaderboard]
