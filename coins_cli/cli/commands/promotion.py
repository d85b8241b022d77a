"""The commands that show promotions."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from coins_cli.cli.limits import Limit, limited
from coins_cli.cli.session import Cell, Column, Session
from coins_cli.model.money import parse_amount
from coins_cli.model.receipts import SCHEMA

if TYPE_CHECKING:
    from coins_cli.views.promotions import Promotion

COLUMNS = (
    Column("id"),
    Column("user"),
    Column("status"),
    Column("days left"),
    Column("views"),
    Column("of"),
    Column("ends (UTC)"),
    Column("video", flexible=True),
)
HOW = "Views come evenly over the days (an assumption), by the economy's clock."


def list_all(
    ctx: typer.Context,
    user: Annotated[
        str | None, typer.Argument(metavar="[USER]", help="Only those of this user.")
    ] = None,
    running: Annotated[bool, typer.Option("--running", help="Only those that run.")] = False,
    limit: Limit = None,
) -> None:
    """List the promotions, the oldest first.

    Whether they run, for how many days more, and the views so far.

    Examples:
      coins promotion list
      coins promotion list --running --json

    """
    session: Session = ctx.obj
    handle = None if user is None else session.bank.read.wallet(user).user
    found = [
        one
        for one in session.bank.read.promotions()
        if handle in (None, one.user) and not (running and one.status != "running")
    ]
    shown, more = limited(session, limit, found)
    session.table(
        {"schema": SCHEMA, "promotions": [_json(one) for one in shown]},
        COLUMNS,
        [_row(session, one) for one in shown],
        title="Promotions",
        notes=[HOW, *more],
        empty="There are none: coins promote USER VIDEO --days D buys one.",
    )


def show(
    ctx: typer.Context,
    promotion: Annotated[
        str, typer.Argument(metavar="ID", help="Its number, as coins promotion list shows it.")
    ],
) -> None:
    """Show one promotion.

    Examples:
      coins promotion show 21
      coins promotion show 21 --json

    """
    session: Session = ctx.obj
    one = session.bank.read.promotion(parse_amount(promotion, "the promotion's number"))
    session.table(
        {"schema": SCHEMA, **_json(one)},
        COLUMNS,
        [_row(session, one)],
        title=f"Promotion {one.id}",
        notes=[HOW],
    )


def _json(one: "Promotion") -> dict[str, Any]:
    from msgspec.structs import asdict

    return asdict(one)


def _row(session: Session, one: "Promotion") -> list[Cell]:
    return [
        one.id,
        one.user,
        one.status,
        one.days_left,
        one.views,
        one.views_bought,
        session.when(one.ends_at),
        one.video,
    ]
