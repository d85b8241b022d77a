"""The command that shows one transaction, whole."""

from typing import Annotated

import typer

from coins_cli.cli.render.receipt_page import receipt_json, receipt_page
from coins_cli.cli.session import Session


def receipt(
    ctx: typer.Context,
    one: Annotated[
        str,
        typer.Argument(metavar="SEQ[:HASH]", help="Its number, or a receipt, which is checked."),
    ],
) -> None:
    """Show one transaction, with its receipt.

    What was done and when, every move of coins, diamonds and dollars, what each wallet had then,
    and the receipt with its whole hash. Keep that elsewhere: coins verify --receipt shows by it
    that nobody has rewritten the history. With 8 digits of a HASH or more, a transaction that has
    another is refused.

    Examples:
      coins receipt 4
      coins receipt 4 --json

    """
    session: Session = ctx.obj
    found = session.bank.read.receipt_like(one)
    session.answer(
        receipt_json(found),
        "\n".join(receipt_page(found, session.page_columns)),
        quiet=f"{found.seq}:{found.head}",
    )
