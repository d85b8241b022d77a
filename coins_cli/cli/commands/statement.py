"""The command that writes statements, on the screen or into files."""

import os
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any

import typer

from coins_cli.cli.options import Since, Until
from coins_cli.cli.progress import progress_shown
from coins_cli.cli.session import Session
from coins_cli.cli.text import counted, number, shown, without_surrogates
from coins_cli.errors import FileNotWritable
from coins_cli.model.receipts import SCHEMA

if TYPE_CHECKING:
    from datetime import datetime

    from coins_cli.model.periods import Period
    from coins_cli.views.statements import Holding, Line, Statement, Summed

PAGE_LINES = 60
PAGE_COLUMNS = 80
FRAME_LINES = 11
"""The lines of a page that are none of its transactions."""

GAP = "  "
WHAT_COLUMNS_MIN = 12

Row = tuple[str, str, str, list[str]]
"""A line of the page: the day, the number, what it was, and the amounts."""


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
        one = session.bank.statement(user, since=since, until=until)
        session.answer(statement_json(one), "\n".join(page(one)))
        return
    if user is not None:
        found = [session.bank.statement(user, since=since, until=until)]
    else:
        found = session.bank.statements(since=since, until=until)
    folder = out or ""
    files = _write(session, folder, found)
    session.answer(
        {"schema": SCHEMA, "folder": without_surrogates(folder), "files": files},
        f"Wrote {counted(len(files), 'statement')} to {shown(folder)}.",
        quiet=folder,
    )


def _check_usage(user: str | None, out: str | None, *, everybody: bool) -> None:
    """Refuse what cannot be meant."""
    if everybody and user is not None:
        raise typer.BadParameter(f"name {user} or everybody, not both", param_hint="--all")
    if everybody and not out:
        raise typer.BadParameter("name the folder with --out FOLDER", param_hint="--all")
    if user is None and not everybody:
        raise typer.BadParameter("name a user, or say --all --out FOLDER", param_hint="USER")
    if out == "":
        raise typer.BadParameter("the folder has no name", param_hint="--out")


def _write(session: Session, folder: str, found: "Sequence[Statement]") -> list[str]:
    """Write each statement into a file of its own; returns their names. `FileNotWritable`."""
    from coins_cli.store.durability import reason

    names = []
    path = folder
    with progress_shown(session, "Writing statements") as progress:
        try:
            os.makedirs(folder, exist_ok=True)
            for done, one in enumerate(found, start=1):
                path = os.path.join(folder, f"{one.user}.txt")
                _replace(path, "".join(f"{line}\n" for line in page(one)))
                names.append(os.path.basename(path))
                if progress is not None:
                    progress(done, len(found))
        except OSError as error:
            raise FileNotWritable(path, reason(error)) from error
    return names


def _replace(path: str, text: str) -> None:
    """Put a file in the place of the one that has its name, all of it or none."""
    new = f"{path}.new"
    with suppress(FileNotFoundError):
        os.unlink(new)
    try:
        with open(new, "x", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.replace(new, path)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(new)


# -- as JSON -------------------------------------------------------------------------------------


def statement_json(one: "Statement") -> dict[str, Any]:
    """A statement in JSON, with every transaction by itself."""
    return {
        "schema": SCHEMA,
        "user": one.user,
        "name": one.name,
        "since": one.period.since,
        "until": one.period.until,
        "opening": _holding_json(one.opening),
        "lines": [_line_json(line) for line in one.lines],
        "closing": _holding_json(one.closing),
    }


def _holding_json(holding: "Holding") -> dict[str, int]:
    return {"coins": holding.coins, "earned": holding.earned, "held": holding.held}


def _line_json(line: "Line") -> dict[str, Any]:
    return {
        "seq": line.seq,
        "at": line.at,
        "op": line.op,
        "what": line.what,
        "coins": line.coins,
        "earned": line.earned,
        "held": line.held,
    }


# -- as a page -----------------------------------------------------------------------------------


def page(one: "Statement") -> list[str]:
    """A statement as the lines of a page of plain text, at most 60 of at most 80 columns."""
    from rich.cells import set_cell_size

    from coins_cli.views.statements import fitted

    summed = fitted(one.lines, PAGE_LINES - FRAME_LINES)
    with_held = bool(one.opening.held or any(line.held for line in one.lines))
    heads = ["coins", "earned", "held"][: 3 if with_held else 2]
    opening = _balance_row("opening balance", one.opening, len(heads))
    closing = _balance_row("closing balance", one.closing, len(heads))
    rows = [_row(line, len(heads)) for line in summed]
    table = _table([("date", "number", "what", heads), opening, *rows, closing])
    name = f" ({shown(one.name)})" if one.name else ""
    lines = [
        f"Statement of {one.user}{name}",
        f"{_period_in_words(one.period)}; dates are UTC",
        "",
        table[0],
        "─" * PAGE_COLUMNS,
        *table[1:-1],
        "─" * PAGE_COLUMNS,
        table[-1],
        "",
        *_footnote(len(one.lines), is_summed_up=len(summed) < len(one.lines)),
        "Simulated coins and dollars: no real money.",
    ]
    return [set_cell_size(line, PAGE_COLUMNS).rstrip() for line in lines]


def _footnote(transactions: int, *, is_summed_up: bool) -> list[str]:
    """What to say of transactions that do not stand by themselves."""
    if not is_summed_up:
        return []
    return [f"{number(transactions)} transactions, the older ones summed up. --json has each."]


def _period_in_words(period: "Period") -> str:
    since = None if period.since is None else _moment(period.since, of_a_day="00:00:00.000000")
    until = None if period.until is None else _moment(period.until, of_a_day="23:59:59.999999")
    if since is None:
        return "All transactions" if until is None else f"Up to {until}"
    return f"From {since} on" if until is None else f"From {since} to {until}"


def _moment(moment: "datetime", *, of_a_day: str) -> str:
    """A moment as it was asked for: a day, when it is that moment `of_a_day`, or a time of it."""
    day, time = moment.strftime("%Y-%m-%d"), moment.strftime("%H:%M:%S.%f")
    return day if time == of_a_day else f"{day} {time.removesuffix('.000000').removesuffix(':00')}"


def _balance_row(what: str, holding: "Holding", amounts: int) -> Row:
    balances = (holding.coins, holding.earned, holding.held)[:amounts]
    return "", "", what, [number(balance) for balance in balances]


def _row(line: "Summed", amounts: int) -> Row:
    moved = (line.coins, line.earned, line.held)[:amounts]
    return (
        "" if line.day is None else line.day.isoformat(),
        "" if line.seq is None else str(line.seq),
        shown(line.what),
        [f"{amount:+,}" if amount else "" for amount in moved],
    )


def _table(rows: Sequence[Row]) -> list[str]:
    """The rows under each other: what they were gives way, and the amounts never."""
    from rich.cells import cell_len, set_cell_size

    seq_columns = max(len(row[1]) for row in rows)
    amount_columns = [
        max(map(len, column)) for column in zip(*(row[3] for row in rows), strict=True)
    ]
    others = [len("2026-03-01"), seq_columns, *amount_columns]
    room = PAGE_COLUMNS - sum(others) - len(GAP) * len(others)
    room = max(WHAT_COLUMNS_MIN, room)
    lines = []
    for day, seq, what, amounts in rows:
        fits = what if cell_len(what) <= room else f"{set_cell_size(what, room - 1)}…"
        cells = [f"{day:10}", seq.rjust(seq_columns), set_cell_size(fits, room)]
        cells += [
            amount.rjust(width) for amount, width in zip(amounts, amount_columns, strict=True)
        ]
        lines.append(GAP.join(cells).rstrip())
    return lines
