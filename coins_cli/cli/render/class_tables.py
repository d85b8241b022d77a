"""The import of a class: the table of its plan, and its result in words."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from coins_cli.cli.render.text import (
    USUAL_COLUMNS,
    counted,
    dollars,
    number,
    terminal_columns,
)
from coins_cli.cli.session import Cell, Column, Session
from coins_cli.model.operations.recharge import Recharge
from coins_cli.model.receipts import Receipt

if TYPE_CHECKING:
    from coins_cli.class_import import ClassImport
    from coins_cli.model.rosters import RosterRow

PLAN_COLUMNS = (
    Column("row"),
    Column("user"),
    Column("name", flexible=True),
    Column("what"),
    Column("coins"),
)


def plan_rows(rows: "Sequence[RosterRow]", done: "ClassImport") -> list[list[Cell]]:
    """The rows of `PLAN_COLUMNS`; the last cell is the coins that each user gets."""
    created, recharges = set(done.created), _recharges(done)
    return [
        [
            row.row,
            row.user,
            row.name,
            _what(recharges.get(row.user), is_new=row.user in created),
            _coins(recharges.get(row.user)),
        ]
        for row in rows
    ]


def _recharges(done: "ClassImport") -> "dict[str, Receipt]":
    """The recharge receipts by handle."""
    return {
        receipt.request.user: receipt
        for receipt in done.receipts
        if isinstance(receipt.request, Recharge)
    }


def _what(recharge: "Receipt | None", *, is_new: bool) -> str:
    if is_new:
        return "new wallet"
    is_recharged = recharge is not None and recharge.replayed
    return "there already, recharged before" if is_recharged else "there already"


def _coins(recharge: "Receipt | None") -> int | None:
    if recharge is None:
        return None
    return 0 if recharge.replayed else recharge.transaction.coins


def plan_table(session: Session, title: str, rows: "list[list[Cell]]") -> str:
    """The plan as a table, for stderr, where the question is asked."""
    from coins_cli.cli.render.tables import table_lines

    columns = session.columns or terminal_columns(sys.stderr) or USUAL_COLUMNS
    return "\n".join(table_lines(PLAN_COLUMNS, rows, columns, title=title)) + "\n"


def import_in_words(done: "ClassImport", *, will: bool) -> str:
    """The import's result in one line, or with `will` its plan."""
    opened = f"{counted(len(done.created), 'wallet')} {'to open' if will else 'opened'}"
    words = f"{opened}, {number(len(done.unchanged))} unchanged"
    recharges = _recharges(done).values()
    if bought := [one for one in recharges if not one.replayed]:
        coins = counted(bought[0].transaction.coins or 0, "coin")
        price = dollars(sum(one.transaction.usd_cents or 0 for one in bought))
        words += f"; {number(len(bought))} × {coins} for {price}"
    if before := len(recharges) - len(bought):
        words += f"; {number(before)} recharged before"
    return f"{words}."
