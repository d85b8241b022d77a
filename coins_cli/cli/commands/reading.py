"""The commands that look, and change nothing."""

from datetime import datetime
from typing import Annotated

import typer

from coins_cli.cli.options import Creator, User
from coins_cli.cli.receipts import summary
from coins_cli.cli.session import Column, Session
from coins_cli.cli.text import counted, dollars, number
from coins_cli.model.money import format_dollars, parse_amount
from coins_cli.model.receipts import SCHEMA

HISTORY_LIMIT = "20"


def balance(ctx: typer.Context, user: User) -> None:
    """Show what a user holds.

    And how far cashing out is.

    Examples:
      coins balance alice
      coins balance alice --json

    """
    session: Session = ctx.obj
    wallet = session.bank.wallet(user)
    preview = session.bank.cash_out_preview(wallet)
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
            "cash_out": {
                "eligible": preview.eligible,
                "threshold": preview.threshold,
                "short_by": preview.short_by,
                "usd": usd,
            },
        },
        [Column("user"), Column("coins"), Column("earned")],
        [[wallet.user, wallet.coins, wallet.earned]],
        title=f"{wallet.user} holds {counted(wallet.coins, 'coin')}",
        notes=[note],
    )


def history(
    ctx: typer.Context,
    user: User,
    limit: Annotated[
        str,
        typer.Option(
            "--limit", metavar="N", help="At most so many, 20 unless said; 'all' for all."
        ),
    ] = HISTORY_LIMIT,
) -> None:
    """Show a user's transactions, newest first.

    20 of them, unless --limit says otherwise.

    Examples:
      coins history alice
      coins history alice --limit 3
      coins history alice --limit all --json

    """
    session: Session = ctx.obj
    most = None if limit.lower() == "all" else parse_amount(limit, "--limit, when it is not 'all',")
    receipts = session.bank.history(user, limit=most)
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
                _minute(receipt.at) if session.is_on_terminal else _exact(receipt.at),
                receipt.balances[handle]["coins"],
                receipt.balances[handle]["earned"],
                summary(receipt),
            ]
            for receipt in receipts
        ],
        title=f"What happened to {handle}, newest first",
        notes=["Coins and earned coins are those right after it."],
    )


def top(ctx: typer.Context, creator: Creator) -> None:
    """Show a creator's supporters.

    Who gave more stands higher; of equals, who came first.

    Examples:
      coins top bob
      coins top bob --json

    """
    session: Session = ctx.obj
    ladder = session.bank.top(creator)
    handle = creator.lower()
    session.table(
        {
            "schema": SCHEMA,
            "creator": handle,
            "supporters": [
                {"rank": one.rank, "user": one.user, "coins": one.coins, "gifts": one.gifts}
                for one in ladder
            ],
        },
        [Column("rank"), Column("user"), Column("coins"), Column("gifts")],
        [[one.rank, one.user, one.coins, one.gifts] for one in ladder],
        title=f"{handle}'s top supporters",
        empty=f"Nobody has given to {handle} yet.",
    )


def _minute(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M")


def _exact(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
