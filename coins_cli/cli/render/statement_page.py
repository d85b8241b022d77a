"""The statement of one user: in JSON, and as a page of plain text."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from coins_cli.cli.render.text import escape_control, number
from coins_cli.model.receipts import SCHEMA

if TYPE_CHECKING:
    from datetime import datetime

    from coins_cli.model.periods import Period
    from coins_cli.views.statements import Holding, Line, Statement, Summed

PAGE_LINES = 60
PAGE_COLUMNS = 80
FRAME_LINES = 11
"""Lines of a page besides its transactions."""

GAP = "  "
WHAT_COLUMNS_MIN = 12

Row = tuple[str, str, str, list[str]]
"""A line of the page: day, transaction number, description, amounts."""


# -- as JSON -------------------------------------------------------------------------------------


def statement_json(one: "Statement") -> dict[str, Any]:
    """A statement in JSON, with every transaction on its own."""
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
    """A statement on one page: at most `PAGE_LINES` lines of at most `PAGE_COLUMNS` columns."""
    from rich.cells import set_cell_size

    from coins_cli.views.statements import fitted

    summed = fitted(one.lines, PAGE_LINES - FRAME_LINES)
    with_held = bool(one.opening.held or any(line.held for line in one.lines))
    heads = ["coins", "earned", "held"][: 3 if with_held else 2]
    opening = _balance_row("opening balance", one.opening, len(heads))
    closing = _balance_row("closing balance", one.closing, len(heads))
    rows = [_row(line, len(heads)) for line in summed]
    table = _table([("date", "number", "what", heads), opening, *rows, closing])
    name = f" ({escape_control(one.name)})" if one.name else ""
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
    """A note about transactions that are summed up; empty without any."""
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
    """A bound of the period: a day if its time is `of_a_day`, else day and time."""
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
        escape_control(line.what),
        [f"{amount:+,}" if amount else "" for amount in moved],
    )


def _table(rows: Sequence[Row]) -> list[str]:
    """The rows in columns; descriptions are cut to fit, amounts never."""
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
