"""The command that writes statements, on the screen or into files."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from coins_cli.cli.options import Since, Until
from coins_cli.cli.render.progress import progress_shown
from coins_cli.cli.render.statement_page import page, statement_json
from coins_cli.cli.render.text import counted, escape_control, without_surrogates
from coins_cli.cli.session import Session
from coins_cli.model.receipts import SCHEMA

if TYPE_CHECKING:
    from coins_cli.views.statements import Statement


def statement(
    ctx: typer.Context,
    user: Annotated[
        str | None, typer.Argument(metavar="[USER]", help="The user's handle, or --all.")
    ] = None,
    everybody: Annotated[
        bool, typer.Option("--all", help="A statement for each user, in files of a folder.")
    ] = False,
    out: Annotated[
        str | None,
        typer.Option("--out", metavar="FOLDER", help="Write USER.txt there, in place of an older."),
    ] = None,
    since: Since = None,
    until: Until = None,
) -> None:
    """Show what came and went, and what is left.

    The opening balance, a line for each transaction that moved coins, and the closing balance.
    It is plain text that fits one page: where there are too many transactions, the older ones are
    summed up by day. Dates are UTC, like 2026-03-01 or 2026-03-01T09:30.

    Examples:
      coins statement alice
      coins statement alice --since 2026-03-01 --json
      coins statement --all --out statements

    """
    session: Session = ctx.obj
    _check_usage(user, out, everybody=everybody)
    if user is not None and out is None:
        one = session.bank.read.statement(user, since=since, until=until)
        session.answer(statement_json(one), "\n".join(page(one, session.page_columns)))
        return
    if user is not None:
        found = [session.bank.read.statement(user, since=since, until=until)]
    else:
        found = session.bank.read.statements(since=since, until=until)
    folder = out or ""
    files = _write(session, folder, found)
    session.answer(
        {"schema": SCHEMA, "folder": without_surrogates(folder), "files": files},
        f"Wrote {counted(len(files), 'statement')} to {escape_control(folder)}.",
        quiet=folder,
    )


def _check_usage(user: str | None, out: str | None, *, everybody: bool) -> None:
    """Refuse contradictory arguments."""
    if everybody and user is not None:
        raise typer.BadParameter(f"name {user} or everybody, not both", param_hint="--all")
    if everybody and not out:
        raise typer.BadParameter("name the folder with --out FOLDER", param_hint="--all")
    if user is None and not everybody:
        raise typer.BadParameter("name a user, or say --all --out FOLDER", param_hint="USER")
    if out == "":
        raise typer.BadParameter("the folder has no name", param_hint="--out")


def _write(session: Session, folder: str, found: "Sequence[Statement]") -> list[str]:
    """Write each statement to a file of its own; returns the file names.

    Raises `FileInTheWay` before the first is written. After `FileNotWritable`, those already
    written stay.
    """
    from coins_cli.files.outputs import check_not_in_the_way, make_folders, write_file

    names = []
    session.stopped_halfway = "Stopped; the statements that were written before stay."
    with progress_shown(session, "Writing statements") as progress, session.changes.many():
        for one in found:  # before the first is written
            check_not_in_the_way(os.path.join(folder, f"{one.user}.txt"), force=True)
        make_folders(folder, session.changes)
        for done, one in enumerate(found, start=1):
            names.append(f"{one.user}.txt")
            text = "".join(f"{line}\n" for line in page(one))
            path = os.path.join(folder, names[-1])
            write_file(path, text.encode(), session.changes, force=True)
            if progress is not None:
                progress(done, len(found))
    return names
