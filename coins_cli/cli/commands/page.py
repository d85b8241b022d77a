"""The command that shows a creator's page."""

import typer

from coins_cli.cli.options import Creator
from coins_cli.cli.render.profile_page import profile_json, profile_lines
from coins_cli.cli.session import Session


def page(ctx: typer.Context, creator: Creator) -> None:
    """Show a creator's profile, as a viewer sees it.

    Whether the creator is live, what all viewers have given, who gave most, and the lives so far.

    Examples:
      coins page bob
      coins page erin --json

    """
    session: Session = ctx.obj
    now, found = session.bank.read.now(), session.bank.read.page(creator)
    session.answer(
        profile_json(found, now), "\n".join(profile_lines(found, now, session.page_columns))
    )
