"""The commands that undo a transaction."""

from typing import TYPE_CHECKING, Annotated, Final

import typer

from coins_cli.cli.options import DryRun, Key, Reason, Yes
from coins_cli.cli.render.receipt_words import answer_receipt, summary
from coins_cli.cli.render.text import minute
from coins_cli.cli.session import Session
from coins_cli.model.money import parse_amount
from coins_cli.model.receipts import Receipt

if TYPE_CHECKING:
    from coins_cli.bank import Bank


UNDO_REASON: Final = "undone"
"""The reason in the history of an undoing for which none is given."""


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
        return f"{_in_words(session.bank.read.receipt(number))}\nUndo it?"

    receipt = receipt_agreed_to(session, undo, question, dry_run=dry_run, is_asked=not yes)
    answer_receipt(session, receipt)


def undo(
    ctx: typer.Context,
    user: Annotated[
        str | None, typer.Option("--user", metavar="USER", help="The newest one of this user.")
    ] = None,
    reason: Annotated[
        str, typer.Option("--reason", metavar="TEXT", help="Why; it is written into the history.")
    ] = UNDO_REASON,
    key: Key = None,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Undo the newest transaction by a new one.

    The newest of all, or with --user the newest that changed this user's wallet. It is reversed as
    `coins reverse` does it, and if it cannot be, nothing else is undone instead. At a terminal it
    is shown, and you are asked to confirm.

    Examples:
      coins undo
      coins undo --user alice --dry-run
      coins undo --reason "meant for carol" --yes

    """
    from coins_cli.cli.asking import Proposal, done_as_agreed

    session: Session = ctx.obj

    def undone(bank: "Bank", seq: int | None, *, dry_run: bool) -> Receipt:
        return bank.reverse(seq or 0, reason, key=key, dry_run=dry_run)

    def propose(bank: "Bank") -> Proposal[Receipt]:
        newest = _to_undo(bank, user, key)
        tried = undone(bank, newest.seq, dry_run=True)
        return Proposal(
            [tried],
            lambda exact: undone(exact, newest.seq, dry_run=False),
            "Undo it?",
            [_in_words(newest)],
        )

    if session.can_ask and not (yes or dry_run):
        receipt = done_as_agreed(session, propose)
    else:
        seq = _to_undo(session.bank, user, key).seq
        receipt = undone(session.bank, seq, dry_run=dry_run)
    answer_receipt(session, receipt)


def _to_undo(bank: "Bank", user: str | None, key: str | None) -> Receipt:
    """The newest transaction; under a key that has undone one, that one again."""
    undone = None if key is None else bank.read.reversed_under(key)
    return bank.read.newest(user) if undone is None else bank.read.receipt(undone)


def _in_words(receipt: Receipt) -> str:
    """The transaction that is to be undone, for the question."""
    return f"Transaction {receipt.seq}, {minute(receipt.at)} UTC: {summary(receipt)}"
