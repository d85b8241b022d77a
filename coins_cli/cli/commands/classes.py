"""The commands of a class: bring it in from a spreadsheet, and list it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from coins_cli.cli.asking import confirm
from coins_cli.cli.options import DryRun, Yes
from coins_cli.cli.session import Cell, Column, Session
from coins_cli.cli.text import counted, dollars, number, shown, tell
from coins_cli.errors import FileNotReadable, NoSuchFile
from coins_cli.model.receipts import SCHEMA

if TYPE_CHECKING:
    from coins_cli.bank import Imported
    from coins_cli.model.catalog import Pack
    from coins_cli.model.rosters import Roster
    from coins_cli.views.rolls import Planned

NOTICES_MAX = 5
"""About how many names that differ is said who they are."""

PLAN_COLUMNS = (
    Column("row"),
    Column("user"),
    Column("name", flexible=True),
    Column("what"),
    Column("coins"),
)


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
    as a team. A header with a column handle, user or login says which is which; without one,
    handles come first and names second. Commas, semicolons and tabs will do, and the encodings
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
    rows = _read(session, file).rows
    pack = None if recharge is None else session.bank.catalog.pack(recharge.replace(",", ""))
    how: dict[str, Any] = {"pack": pack and pack.id, "key": key}
    plan = session.bank.plan_class(rows, **how)
    to_buy = 0 if pack is None else sum(not one.is_recharged for one in plan)
    _note_other_names(session, plan)
    if session.can_ask and not (yes or dry_run) and not all(one.is_done for one in plan):
        tried = session.bank.import_class(rows, **how, dry_run=True)
        tell(_drawn(session, f"What {shown(file)} will do", _rows(plan, pack)))
        tell(_in_words(tried, to_buy, pack, will=True))
        confirm("Do that?")
    done = session.bank.import_class(rows, **how, dry_run=dry_run)
    payload = {
        "schema": SCHEMA,
        "created": done.created,
        "unchanged": done.unchanged,
        "receipts": [receipt.to_json() for receipt in done.receipts],
    }
    if dry_run:
        words = _in_words(done, to_buy, pack, will=True)
        session.table(
            payload,
            PLAN_COLUMNS,
            _rows(plan, pack),
            title=f"What {shown(file)} would do",
            notes=["Dry run: nothing was changed.", words],
        )
        return
    fresh = [receipt for receipt in done.receipts if not receipt.replayed]
    bought = sum(receipt.op == "recharge" for receipt in fresh)
    session.answer(
        payload,
        _in_words(done, bought, pack, will=False),
        quiet="\n".join(str(receipt.seq) for receipt in fresh),
    )


def list_all(ctx: typer.Context) -> None:
    """List everybody, with what they have and gave.

    Examples:
      coins class list
      coins class list --json

    """
    session: Session = ctx.obj
    members = session.bank.members()
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
            Column("name"),
            Column("note", flexible=True),
            Column("coins"),
            Column("earned"),
            Column("given"),
        ],
        [[one.user, one.name, one.note, one.coins, one.earned, one.given] for one in members],
        title=f"The class: {counted(len(members), 'wallet')}",
        empty="There is nobody yet: coins class import ROSTER.csv",
    )


def _read(session: Session, file: str) -> "Roster":
    """The class in a file. Raises `NoSuchFile`, `FileNotReadable` and `InvalidRoster`."""
    from coins_cli.model.rosters import BYTES_MAX, WINDOWS, parse_roster
    from coins_cli.store.durability import reason

    try:
        with open(file, "rb") as source:
            data = source.read(BYTES_MAX + 1)
    except FileNotFoundError:
        raise NoSuchFile(file) from None
    except OSError as error:
        raise FileNotReadable(file, reason(error)) from None
    roster = parse_roster(data, file)
    if roster.encoding == WINDOWS:
        session.note(
            f"{shown(file)} is not UTF-8, and was read as {WINDOWS}."
            " If names look wrong, save it as CSV UTF-8."
        )
    return roster


def _note_other_names(session: Session, plan: "Sequence[Planned]") -> None:
    """Say who has another display name than the file has; it stays."""
    others = [
        (one.wallet, one.row.name)
        for one in plan
        if one.wallet is not None and one.row.name not in (None, one.wallet.name)
    ]
    for wallet, name in others[:NOTICES_MAX]:
        has = "no display name" if wallet.name is None else f"the name “{shown(wallet.name)}”"
        session.note(f"{wallet.user} keeps {has}; in the file it is “{shown(str(name))}”.")
    if (more := len(others) - NOTICES_MAX) > 0:
        session.note(f"So do {number(more)} more whose names differ from the file.")


def _rows(plan: "Sequence[Planned]", pack: "Pack | None") -> list[list[Cell]]:
    """The rows of `PLAN_COLUMNS`; the coins are those that each one gets."""
    coins = None if pack is None else pack.coins
    return [
        [
            one.row.row,
            one.row.user,
            one.row.name,
            _what(one),
            0 if one.is_recharged else coins,
        ]
        for one in plan
    ]


def _what(one: "Planned") -> str:
    if one.wallet is None:
        return "new wallet"
    return "there already, recharged before" if one.is_recharged else "there already"


def _drawn(session: Session, title: str, rows: "list[list[Cell]]") -> str:
    """A table for stderr, where questions are asked."""
    from coins_cli.cli.tables import draw

    console = session.console()
    with console.capture() as captured:
        draw(console, PLAN_COLUMNS, rows, title=title)
    return "\n".join(line.rstrip() for line in captured.get().splitlines()) + "\n"


def _in_words(done: "Imported", bought: int, pack: "Pack | None", *, will: bool) -> str:
    """What was done, or will be, in one line; `bought` counts the packs."""
    opened = f"{counted(len(done.created), 'wallet')} {'to open' if will else 'opened'}"
    said = f"{opened}, {number(len(done.unchanged))} unchanged"
    if pack is None:
        return f"{said}."
    if bought:
        coins, usd = counted(pack.coins, "coin"), dollars(pack.usd_cents * bought)
        said += f"; {number(bought)} × {coins} for {usd}"
    if before := len(done.created) + len(done.unchanged) - bought:
        said += f"; {number(before)} recharged before"
    return f"{said}."
