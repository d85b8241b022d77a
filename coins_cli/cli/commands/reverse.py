"""The command that undoes a transaction."""

from typing import Annotated

import typer

from coins_cli.cli.options import DryRun, Key, Reason
from coins_cli.cli.receipts import answer_receipt
from coins_cli.cli.session import Session
from coins_cli.model.money import parse_amount


def reverse(
    ctx: typer.Context,
    seq: Annotated[
        str, typer.Argument(metavar="SEQ", help="Its number, as coins history shows it.")
    ],
    reason: Reason,
    key: Key = None,
    dry_run: DryRun = False,
) -> None:
    """Undo a transaction by a new one.

    For a teacher, when somebody has made a mistake: a recharge, a gift, a promotion or a cash-out,
    once each, and only while the coins are still where it put them. Nothing is erased: the history
    shows both. On the real platform coins are not refundable, and nobody can do this.

    Examples:
      coins reverse 14 --reason "meant for carol" --dry-run
      coins reverse 14 --reason "meant for carol"

    """
    session: Session = ctx.obj
    number = parse_amount(seq, "the transaction's number")
    answer_receipt(session, session.bank.reverse(number, reason, key=key, dry_run=dry_run))
