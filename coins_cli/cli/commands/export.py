"""The command that writes the journal in the formats of other programs."""

import sys
from collections.abc import Iterator
from io import TextIOWrapper
from typing import TYPE_CHECKING, Annotated

import typer

from coins_cli.cli.options import Force, Since, Until
from coins_cli.cli.progress import progress_shown
from coins_cli.cli.session import Session
from coins_cli.cli.text import counted, shown, without_surrogates
from coins_cli.model.receipts import SCHEMA

if TYPE_CHECKING:
    from coins_cli.exports.exporting import Export


def export(
    ctx: typer.Context,
    format_name: Annotated[
        str,
        typer.Option(
            "--format", metavar="FORMAT", help="csv, jsonl, hledger, ledger or beancount."
        ),
    ] = "csv",
    out: Annotated[
        str | None, typer.Option("--out", metavar="FILE", help="The new file. Else stdout.")
    ] = None,
    since: Since = None,
    until: Until = None,
    user: Annotated[
        str | None,
        typer.Option("--user", metavar="USER", help="Only what touched this user's wallet."),
    ] = None,
    force: Force = False,
) -> None:
    """Write the journal for spreadsheets and accounting programs.

    csv has a line for each posting, safe to open in a spreadsheet; jsonl a receipt with its
    postings; hledger, ledger and beancount get every posting in coins, diamonds and dollars, and,
    unless something is left out, every balance to check it by. Others can go on writing meanwhile;
    what comes in while it is written is not in it.

    Examples:
      coins export --out evening.csv
      coins export --format jsonl --user alice --since 2026-03-01
      coins export --format hledger --out evening.journal

    """
    from coins_cli.exports.exporting import Export, Selection
    from coins_cli.model.periods import parse_period

    session: Session = ctx.obj
    if out == "":
        raise typer.BadParameter("the file has no name", param_hint="--out")
    period = parse_period(since, until)
    handle = None if user is None else user.lower()
    one = Export(session.bank.store, format_name, Selection(period, handle))
    if out is None and session.settings.json and format_name != "jsonl":
        raise typer.BadParameter(
            "is for --format jsonl, or for --out FILE, whose name it tells", param_hint="--json"
        )
    if user is not None:
        session.bank.wallet(user)
    if out is None:
        _say_in_utf_8(session, one)
        return
    written = _write(session, one, out, force=force)
    session.answer(
        {
            "schema": SCHEMA,
            "file": without_surrogates(out),
            "format": format_name,
            "transactions": one.transactions,
            "bytes": written,
        },
        f"Wrote {counted(one.transactions, 'transaction')} to {shown(out)}.",
        quiet="",
    )


def _say_in_utf_8(session: Session, one: "Export") -> None:
    """Write it to stdout, in the same bytes as into a file, whatever the terminal's encoding is."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")
    for chunk in _chunks(session, one):
        session.say(chunk.removesuffix("\n"))


def _chunks(session: Session, one: "Export") -> Iterator[str]:
    with progress_shown(session, "Exporting") as progress:
        yield from one.chunks(progress)


def _write(session: Session, one: "Export", path: str, *, force: bool) -> int:
    """Write it into a file, which appears when it is complete; returns how many bytes it has."""
    from coins_cli.store.files import complete_file

    written = 0
    with complete_file(path, force=force) as file:
        for chunk in _chunks(session, one):
            written += file.write(chunk.encode())
    return written
