"""The command that writes the journal in the formats of other programs."""

import sys
from collections.abc import Iterator
from io import TextIOWrapper
from typing import TYPE_CHECKING, Annotated

import typer

from coins_cli.cli.options import Force, Since, Until, choice
from coins_cli.cli.render.progress import progress_shown
from coins_cli.cli.render.text import counted, escape_control, number, without_surrogates
from coins_cli.cli.session import Session
from coins_cli.exports.formats import FORMATS, REQUESTS
from coins_cli.model.receipts import SCHEMA

if TYPE_CHECKING:
    from coins_cli.exports.exporting import Export
    from coins_cli.exports.requests import Differences


def export(
    ctx: typer.Context,
    format_name: Annotated[
        str,
        typer.Option("--format", metavar="FORMAT", help=choice(FORMATS)),
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

    requests has just what was asked for, with keys, as coins batch reads it: played into an empty
    store, at the same prices, an evening ends with the same balances. It is written from the
    beginning, because what ends an older transaction names it by its number. Times are not in it.

    Examples:
      coins export --out evening.csv
      coins export --format jsonl --user alice --since 2026-03-01
      coins export --format hledger --out evening.journal
      coins export --format requests --out again.jsonl

    """
    from coins_cli.exports.exporting import Export, Selection
    from coins_cli.exports.requests import Differences
    from coins_cli.model.periods import parse_period

    session: Session = ctx.obj
    if out == "":
        raise typer.BadParameter("the file has no name", param_hint="--out")
    period = parse_period(since, until)
    handle = None if user is None else user.lower()
    differences = None
    if format_name == REQUESTS:
        _check_from_the_beginning(since, user)
        differences = Differences(session.bank.store, session.bank.catalog)
    one = Export(session.bank.store, format_name, Selection(period, handle), differences)
    if out is None and session.settings.json and format_name != "jsonl":
        raise typer.BadParameter(
            "is for --format jsonl, or for --out FILE, whose name it tells", param_hint="--json"
        )
    if user is not None:
        session.bank.read.wallet(user)
    if out is None:
        _print_in_utf_8(session, one)
        _note_differences(session, differences)
        return
    written = _write(session, one, out, force=force)
    session.answer(
        {
            "schema": SCHEMA,
            "file": without_surrogates(out),
            "format": format_name,
            "transactions": one.transactions,
            "bytes": written,
            **({} if differences is None else {"differences": differences.count}),
        },
        f"Wrote {counted(one.transactions, 'transaction')} to {escape_control(out)}.",
        quiet="",
    )
    _note_differences(session, differences)


def _check_from_the_beginning(since: str | None, user: str | None) -> None:
    """Refuse a part of the requests: without the earlier ones they would do something else."""
    for option, value in (("--since", since), ("--user", user)):
        if value is not None:
            raise typer.BadParameter(
                "is not for --format requests, which begins with the first of all; --until is",
                param_hint=option,
            )


def _note_differences(session: Session, found: "Differences | None") -> None:
    """Note how many requests would have another result, because they carry no prices."""
    if found is None or not found.count:
        return
    does = "does" if found.count == 1 else "do"
    session.note(
        f"Played again, {counted(found.count, 'transaction')} {does} not come to the same, the"
        f" first of them {number(found.first or 0)}: at the prices in force, or by its key."
        " Requests carry no prices; name those of then with --catalog, here and for coins batch."
    )


def _print_in_utf_8(session: Session, one: "Export") -> None:
    """Print in UTF-8, the same bytes as in a file, whatever the encoding of stdout is."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")
    for chunk in _chunks(session, one):
        session.say(chunk.removesuffix("\n"))


def _chunks(session: Session, one: "Export") -> Iterator[str]:
    with progress_shown(session, "Exporting") as progress:
        yield from one.chunks(progress)


def _write(session: Session, one: "Export", path: str, *, force: bool) -> int:
    """Write to a file that appears when it is complete; returns its size in bytes."""
    from coins_cli.files.outputs import complete_file

    written = 0
    with complete_file(path, session.changes, force=force) as file:
        for chunk in _chunks(session, one):
            written += file.write(chunk.encode())
    return written
