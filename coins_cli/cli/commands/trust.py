"""The commands that ask whether the store can be trusted."""

from typing import Annotated

import typer

from coins_cli.cli.session import Session
from coins_cli.cli.text import counted, shown
from coins_cli.errors import FindingsReported
from coins_cli.model.receipts import SCHEMA


def verify(
    ctx: typer.Context,
    receipt: Annotated[
        str | None,
        typer.Option("--receipt", metavar="SEQ:HASH", help="Also prove that this one stands."),
    ] = None,
) -> None:
    """Replay everything and check that it adds up.

    Every line, hash and balance is checked, and every wallet file. What is wrong is listed, and the
    exit code is 6 then. With a receipt that was kept elsewhere, it also proves that the history
    still contains it.

    Examples:
      coins verify
      coins verify --json

    """
    session: Session = ctx.obj
    audit = session.bank.verify(receipt)
    problems = [f"{finding.where}: {finding.problem}" for finding in audit.findings]
    good = (
        f"All is well: {counted(audit.transactions, 'transaction')},"
        f" {counted(audit.wallets, 'wallet')}, {counted(audit.coins_issued, 'coin')} issued and"
        " accounted for."
    )
    session.answer(
        {
            "schema": SCHEMA,
            "ok": not problems,
            "transactions": audit.transactions,
            "wallets": audit.wallets,
            "head": audit.head,
            "coins_issued": audit.coins_issued,
            "findings": [
                {"where": finding.where, "problem": finding.problem} for finding in audit.findings
            ],
        },
        "\n".join(shown(problem) for problem in problems) or good,
    )
    if problems:
        raise FindingsReported(len(problems))
