"""The commands of a school class: import it from a spreadsheet, and list it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from coins_cli.cli.limits import Limit, limited
from coins_cli.cli.options import DryRun, Yes, lists
from coins_cli.cli.render.class_tables import (
    PLAN_COLUMNS,
    import_in_words,
    plan_rows,
    plan_table,
)
from coins_cli.cli.render.text import counted, escape_control, number
from coins_cli.cli.session import Column, Session
from coins_cli.errors import one_of
from coins_cli.model.receipts import SCHEMA
from coins_cli.model.rosters import HANDLE_WORDS

if TYPE_CHECKING:
    from coins_cli.bank import Bank
    from coins_cli.class_import import ClassImport
    from coins_cli.model.rosters import Roster
    from coins_cli.views.rolls import Planned

NOTICES_MAX = 5
"""The most users named in notes about differing display names."""


@lists(handle_words=one_of(HANDLE_WORDS))
def import_roster(
    ctx: typer.Context,
    file: Annotated[
        str, typer.Argument(metavar="ROSTER.csv", help="The class, as a spreadsheet saves it.")
    ],
    recharge: Annotated[
        str | None,
        typer.Option("--recharge", metavar="PACK", help="Buy each one this pack: 100, 500, …"),
    ] = None,
    key: Annotated[
        str | None,
        typer.Option(
            "--key",
            metavar="KEY",
            help="A name for this import, 'roster' unless given. With the same one each gets"
            " the pack once; next week's recharge is --key week-2.",
        ),
    ] = None,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Open wallets for a roster, all or none.

    The file has a row for each: handle and display name, and whatever else is to be noted, such
    as a team. A header with a column {handle_words} says which is which; without
    one, handles come first and names second. Commas, semicolons and tabs will do, and the encodings
    that spreadsheets write.

    If a row cannot be right, nothing is done, and all that is wrong is said. Whoever has a wallet
    keeps it as it is. Run again, it changes nothing. At a terminal the rows are shown, and you are
    asked to confirm.

    Examples:
      coins class import roster.csv --dry-run
      coins class import roster.csv --recharge 2000
      coins class import roster.csv --recharge 500 --key week-2

    """
    session: Session = ctx.obj
    from coins_cli.class_import import import_class
    from coins_cli.cli.asking import Proposal, done_as_agreed

    rows = _read_roster(session, file).rows
    options: dict[str, Any] = {"pack": recharge and recharge.replace(",", ""), "key": key}
    _note_other_names(session, session.bank.read.plan_class(rows, **options))

    def propose(bank: "Bank") -> "Proposal[ClassImport]":
        tried = import_class(bank, rows, **options, dry_run=True)
        table = plan_table(session, f"What {escape_control(file)} will do", plan_rows(rows, tried))
        lines = [table, import_in_words(tried, will=True)]
        return Proposal(
            tried.receipts, lambda exact: import_class(exact, rows, **options), "Do that?", lines
        )

    if session.can_ask and not (yes or dry_run):
        done = done_as_agreed(session, propose)
    else:
        done = import_class(session.bank, rows, **options, dry_run=dry_run)
    payload = {
        "schema": SCHEMA,
        "created": done.created,
        "unchanged": done.unchanged,
        "receipts": [receipt.to_json() for receipt in done.receipts],
    }
    if dry_run:
        session.table(
            payload,
            PLAN_COLUMNS,
            plan_rows(rows, done),
            title=f"What {escape_control(file)} would do",
            notes=["Dry run: nothing was changed.", import_in_words(done, will=True)],
        )
        return
    fresh = [receipt for receipt in done.receipts if not receipt.replayed]
    session.answer(
        payload,
        import_in_words(done, will=False),
        quiet="\n".join(str(receipt.seq) for receipt in fresh),
    )


def list_all(ctx: typer.Context, limit: Limit = None) -> None:
    """List everybody, with what they have and gave.

    Examples:
      coins class list
      coins class list --json

    """
    session: Session = ctx.obj
    everybody = session.bank.read.members()
    members, more = limited(session, limit, everybody)
    session.table(
        {
            "schema": SCHEMA,
            "class": [
                {
                    "user": one.user,
                    "name": one.name,
                    "note": one.note,
                    "coins": one.coins,
                    "earned": one.earned,
                    "held": one.held,
                    "given": one.given,
                }
                for one in members
            ],
        },
        [
            Column("user"),
            Column("name", flexible=True),
            Column("note", flexible=True),
            Column("coins"),
            Column("earned"),
            Column("given"),
        ],
        [[one.user, one.name, one.note, one.coins, one.earned, one.given] for one in members],
        title=f"The class: {counted(len(everybody), 'wallet')}",
        notes=more,
        empty="There is nobody yet: coins class import ROSTER.csv",
    )


def _read_roster(session: Session, file: str) -> "Roster":
    """The roster in a file, with a note if its encoding was guessed.

    Raises `NoSuchFile`, `FileNotReadable` and `InvalidRoster`.
    """
    from coins_cli.files.inputs import read_input
    from coins_cli.model.rosters import BYTES_MAX, WINDOWS, parse_roster

    roster = parse_roster(read_input(file, most=BYTES_MAX + 1), file)
    if roster.encoding == WINDOWS:
        session.note(
            f"{escape_control(file)} is not UTF-8, and was read as {WINDOWS}."
            " If names look wrong, save it as CSV UTF-8."
        )
    return roster


def _note_other_names(session: Session, plan: "Sequence[Planned]") -> None:
    """Print a note for each user who keeps a display name that differs from the file's."""
    others = [
        (one.wallet, one.row.name)
        for one in plan
        if one.wallet is not None and one.row.name not in (None, one.wallet.name)
    ]
    for wallet, name in others[:NOTICES_MAX]:
        has = (
            "no display name"
            if wallet.name is None
            else f"the name “{escape_control(wallet.name)}”"
        )
        session.note(f"{wallet.user} keeps {has}; in the file it is “{escape_control(str(name))}”.")
    if (more := len(others) - NOTICES_MAX) > 0:
        session.note(f"So do {number(more)} more whose names differ from the file.")
