"""The commands of lives."""

from typing import TYPE_CHECKING, Annotated

import typer

from coins_cli.cli.limits import Limit, limited
from coins_cli.cli.options import Creator, DryRun, Key
from coins_cli.cli.render.live_words import live_json, summary_json, summary_lines
from coins_cli.cli.render.receipt_words import answer_receipt, receipt_lines
from coins_cli.cli.render.text import lasting
from coins_cli.cli.session import Column, Price, Session
from coins_cli.errors import CoinsError
from coins_cli.model.names import parse_handle
from coins_cli.model.receipts import SCHEMA, Receipt

if TYPE_CHECKING:
    from coins_cli.views.lives import Summary


def start(
    ctx: typer.Context,
    creator: Creator,
    title: Annotated[
        str | None, typer.Option("--title", metavar="TEXT", help="What it is about.")
    ] = None,
    key: Key = None,
    dry_run: DryRun = False,
) -> None:
    """Go live.

    Gifts to the creator go to the live until it ends.

    Examples:
      coins live start bob
      coins live start bob --title "Songs for everybody"

    """
    session: Session = ctx.obj
    receipt = session.bank.start_live(creator, title=title, key=key, dry_run=dry_run)
    answer_receipt(session, receipt)


def end(ctx: typer.Context, creator: Creator, key: Key = None, dry_run: DryRun = False) -> None:
    """End the live that is on, and sum it up.

    How long it was, the coins, the gifts by kind, the supporters, and the biggest gift.

    Examples:
      coins live end erin
      coins live end erin --json

    """
    session: Session = ctx.obj
    receipt = session.bank.end_live(creator, key=key, dry_run=dry_run)
    summary = _summary_of(session, creator, receipt)
    if summary is None:
        answer_receipt(session, receipt)
        return
    session.answer(
        {**receipt.to_json(), "summary": summary_json(summary, receipt.at)},
        "\n".join(
            [
                *receipt_lines(session, receipt),
                "",
                *summary_lines(summary, receipt.at, session.page_columns),
            ]
        ),
        quiet="" if receipt.seq is None else str(receipt.seq),
    )


def _summary_of(session: Session, creator: str, receipt: Receipt) -> "Summary | None":
    """The summary of a live; `None` if it cannot be read, since the live has ended all the same."""
    try:
        return session.bank.read.live_ended_by(creator, receipt.seq)
    except CoinsError:
        return None


def list_all(
    ctx: typer.Context,
    creator: Annotated[
        str | None, typer.Argument(metavar="[CREATOR]", help="Only those of this creator.")
    ] = None,
    on: Annotated[bool, typer.Option("--on", help="Only those that are on.")] = False,
    limit: Limit = None,
) -> None:
    """List all lives, the newest first.

    Examples:
      coins live list
      coins live list --on --json

    """
    session: Session = ctx.obj
    now = session.bank.read.now()
    handle = None if creator is None else session.bank.read.wallet(creator).user
    found = [
        live
        for live in reversed(session.bank.read.lives())
        if handle in (None, live.creator) and not (on and live.ended_at)
    ]
    lives, more = limited(session, limit, found)
    lives_json = [live_json(live, now) for live in lives]
    session.table(
        {"schema": SCHEMA, "lives": lives_json},
        [
            Column("id"),
            Column("creator"),
            Column("began (UTC)"),
            Column("lasted"),
            Column("status"),
            Column("coins"),
            Column("gifts"),
            Column("title", flexible=True),
        ],
        [
            [
                live.id,
                live.creator,
                session.when(live.started_at),
                Price(
                    str(one["seconds"]),
                    lasting(live.lasted(now)),
                ),
                one["status"],
                live.coins,
                live.gifts,
                live.title,
            ]
            for live, one in zip(lives, lives_json, strict=True)
        ],
        title="Lives",
        notes=more,
        empty="Nobody is live." if on else "There was no live yet: coins live start CREATOR",
    )


def show(ctx: typer.Context, creator: Creator) -> None:
    """Show what a live has brought.

    The one that is on, or else the last one.

    Examples:
      coins live show erin
      coins live show erin --json

    """
    session: Session = ctx.obj
    now = session.bank.read.now()
    summary = session.bank.read.live(parse_handle(creator))
    session.answer(
        {"schema": SCHEMA, **summary_json(summary, now)},
        "\n".join(summary_lines(summary, now, session.page_columns)),
    )
