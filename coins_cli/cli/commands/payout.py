"""The commands of payouts that were not paid at once."""

from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from coins_cli.cli.limits import Limit, limited
from coins_cli.cli.options import DryRun, Key, Reason, Yes
from coins_cli.cli.render.receipt_words import answer_receipt, payout_question
from coins_cli.cli.render.text import dollars
from coins_cli.cli.session import Cell, Column, Price, Session
from coins_cli.errors import InvalidChoice, one_of
from coins_cli.model.money import format_dollars, parse_amount
from coins_cli.model.receipts import SCHEMA, Receipt

if TYPE_CHECKING:
    from coins_cli.bank import Bank
    from coins_cli.views.payouts import Payout

STATUSES: Final = ("pending", "settled", "returned")
COLUMNS = (
    Column("id"),
    Column("user"),
    Column("status"),
    Column("coins"),
    Column("usd"),
    Column("asked (UTC)"),
    Column("paypal", flexible=True),
)
PayoutId = Annotated[
    str, typer.Argument(metavar="ID", help="The payout's number, as coins payout list shows it.")
]


def list_all(
    ctx: typer.Context,
    user: Annotated[
        str | None, typer.Argument(metavar="[USER]", help="Only those of this user.")
    ] = None,
    status: Annotated[
        str | None,
        typer.Option("--status", metavar="STATUS", help=f"Only {one_of(STATUSES)} ones."),
    ] = None,
    limit: Limit = None,
) -> None:
    """List the payouts, the oldest first.

    Those that were asked for by cashout --pending; what is paid at once is not among them.

    Examples:
      coins payout list
      coins payout list --status pending --json

    """
    session: Session = ctx.obj
    if status is not None and status not in STATUSES:
        raise InvalidChoice("--status", status, STATUSES)
    handle = None if user is None else session.bank.read.wallet(user).user
    found = [
        one
        for one in session.bank.read.payouts()
        if handle in (None, one.user) and status in (None, one.status)
    ]
    payouts, more = limited(session, limit, found)
    session.table(
        {"schema": SCHEMA, "payouts": [_json(one) for one in payouts]},
        COLUMNS,
        [_row(session, one) for one in payouts],
        title="Payouts",
        notes=more,
        empty="There are none: coins cashout USER --paypal ADDRESS --pending asks for one.",
    )


def show(ctx: typer.Context, payout: PayoutId) -> None:
    """Show one payout.

    Examples:
      coins payout show 21
      coins payout show 21 --json

    """
    session: Session = ctx.obj
    one = session.bank.read.payout(_number(payout))
    notes = []
    if one.ended_at is not None:
        notes.append(f"It was {one.status} by transaction {one.ended_by}.")
    if one.reason is not None:
        notes.append(f"Why: {one.reason}")
    session.table(
        {"schema": SCHEMA, **_json(one)},
        COLUMNS,
        [_row(session, one)],
        title=f"Payout {one.id}",
        notes=notes,
    )


def settle(
    ctx: typer.Context,
    payout: PayoutId,
    key: Key = None,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Pay what is held for a payout.

    At the rates of the day when it was asked for. At a terminal you are asked to confirm.

    Examples:
      coins payout settle 21 --dry-run
      coins payout settle 21 --yes

    """
    from coins_cli.cli.asking import receipt_agreed_to

    session: Session = ctx.obj
    number = _number(payout)

    def pay(bank: "Bank", *, dry_run: bool) -> Receipt:
        return bank.settle_payout(number, key=key, dry_run=dry_run)

    receipt = receipt_agreed_to(session, pay, payout_question, dry_run=dry_run, is_asked=not yes)
    answer_receipt(session, receipt)


def give_back(
    ctx: typer.Context,
    payout: PayoutId,
    reason: Reason,
    key: Key = None,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Give what is held back to the creator.

    The coins are earned ones again, and can be cashed out anew. At a terminal you are asked to
    confirm.

    Examples:
      coins payout return 21 --reason "no such PayPal account"
      coins payout return 21 --reason "asked for twice" --yes

    """
    from coins_cli.cli.asking import receipt_agreed_to

    session: Session = ctx.obj
    number = _number(payout)

    def back(bank: "Bank", *, dry_run: bool) -> Receipt:
        return bank.return_payout(number, reason, key=key, dry_run=dry_run)

    receipt = receipt_agreed_to(session, back, payout_question, dry_run=dry_run, is_asked=not yes)
    answer_receipt(session, receipt)


def _number(text: str) -> int:
    return parse_amount(text, "the payout's number")


def _json(one: "Payout") -> dict[str, Any]:
    return {
        "id": one.id,
        "user": one.user,
        "status": one.status,
        "coins": one.coins,
        "diamonds": one.diamonds,
        "usd": format_dollars(one.usd_cents),
        "paypal": one.paypal,
        "asked_at": one.asked_at,
        "ended_at": one.ended_at,
        "ended_by": one.ended_by,
        "reason": one.reason,
    }


def _row(session: Session, one: "Payout") -> list[Cell]:
    price = Price(format_dollars(one.usd_cents), dollars(one.usd_cents))
    return [one.id, one.user, one.status, one.coins, price, session.when(one.asked_at), one.paypal]
