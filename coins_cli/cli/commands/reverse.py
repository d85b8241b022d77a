"""The command that undoes a transaction."""

from typing import TYPE_CHECKING, Annotated

import typer

from coins_cli.cli.options import DryRun, Key, Reason, Yes
from coins_cli.cli.render.receipt_words import answer_receipt, summary
from coins_cli.cli.render.text import minute
from coins_cli.cli.session import Session
from coins_cli.model.money import parse_amount
from coins_cli.model.receipts import Receipt

if TYPE_CHECKING:
    from coins_cli.bank import Bank


def reverse(
    ctx: typer.Context,
    seq: Annotated[
        str, typer.Argument(metavar="SEQ", help="Its number, as coins history shows it.")
    ],
    reason: Reason,
    key: Key = None,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Undo a transaction by a new one.

    For a teacher, when somebody has made a mistake: a recharge, a gift, a promotion or a cash-out,
    once each, and only while the coins are still where it put them. Nothing is erased: the history
    shows both. On the real platform coins are not refundable, and nobody can do this. At a
    terminal the transaction is shown, and you are asked to confirm.

    Examples:
      coins reverse 14 --reason "meant for carol" --dry-run
      coins reverse 14 --reason "meant for carol" --yes

    """
    from coins_cli.cli.asking import receipt_agreed_to

    session: Session = ctx.obj
    number = parse_amount(seq, "the transaction's number")

    def undo(bank: "Bank", *, dry_run: bool) -> Receipt:
        return bank.reverse(number, reason, key=key, dry_run=dry_run)

    def question(_: Receipt) -> str:
        undone = session.bank.read.receipt(number)
        return f"Transaction {number}, {minute(undone.at)}: {summary(undone)}\nUndo it?"

    receipt = receipt_agreed_to(session, undo, question, dry_run=dry_run, is_asked=not yes)
    answer_receipt(session, receipt)
