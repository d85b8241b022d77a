"""The commands of lives."""

import typer

from coins_cli.cli.options import Creator
from coins_cli.cli.receipts import answer_receipt
from coins_cli.cli.session import Session


def start(ctx: typer.Context, creator: Creator) -> None:
    """Go live.

    Gifts to the creator go to the live until it ends.

    Examples:
      coins live start bob
      coins live start bob --json

    """
    session: Session = ctx.obj
    answer_receipt(session, session.bank.start_live(creator))


def end(ctx: typer.Context, creator: Creator) -> None:
    """End the live that is on.

    Examples:
      coins live end bob
      coins live end bob --json

    """
    session: Session = ctx.obj
    answer_receipt(session, session.bank.end_live(creator))
