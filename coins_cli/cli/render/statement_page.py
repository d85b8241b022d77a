"""The statement of one user: in JSON, and as a page of plain text."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from coins_cli.cli.render.text import escape_control, number
from coins_cli.cli.session import Cell, Column, Price
from coins_cli.model.receipts import SCHEMA

if TYPE_CHECKING:
    from datetime import datetime

    from coins_cli.model.periods import Period
    from coins_cli.views.statements import Holding, Line, Statement, Summed

PAGE_LINES = 60
PAGE_COLUMNS = 80
FRAME_LINES = 11
"""Lines of a page besides its transactions."""

Row = list[Cell]
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


def page(one: "Statement", columns: int = PAGE_COLUMNS) -> list[str]:
    """A statement in lines of at most so many columns; with `PAGE_COLUMNS` it is one page.

    A page has at most `PAGE_LINES` lines.
    """
    from coins_cli.views.statements import fitted

    few, most = 1, PAGE_LINES - FRAME_LINES
    lines = _lines(one, fitted(one.lines, most), columns)
    if columns < PAGE_COLUMNS or len(lines) <= PAGE_LINES:
        return lines
    while few < most:  # Some take more than one line of the page: as many of them as fit.
        half = (few + most) // 2
        longer = _lines(one, fitted(one.lines, half), columns)
        if len(longer) <= PAGE_LINES:
            few, lines = half + 1, longer
        else:
            most = half
    return lines if len(lines) <= PAGE_LINES else _lines(one, fitted(one.lines, 1), columns)


def _lines(one: "Statement", summed: "Sequence[Summed]", columns: int) -> list[str]:
    from coins_cli.cli.render.folding import filled
    from coins_cli.cli.render.tables import Layout

    with_held = bool(one.opening.held or any(line.held for line in one.lines))
    heads = ["coins", "earned", "held"][: 3 if with_held else 2]
    opening = _balance_row("opening balance", one.opening, len(heads))
    closing = _balance_row("closing balance", one.closing, len(heads))
    rows = [opening, *(_row(line, len(heads)) for line in summed), closing]
    names = [Column("date"), Column("number"), Column("what", flexible=True), *map(Column, heads)]
    table = Layout(names, rows, columns, is_filled=True)
    heading, rule = table.heading[:-1], "─" * columns
    blank = [""] if table.is_stacked else []
    *blocks, last = table.blocks
    name = f" ({escape_control(one.name)})" if one.name else ""
    lines = [
        f"Statement of {one.user}{name}",
        f"{_period_in_words(one.period)}; dates are UTC",
        "",
        *heading,
        rule,
        *(line for place, block in enumerate(blocks) for line in (blank * bool(place) + block)),
        rule,
        *last,
        "",
        *_footnote(len(one.lines), is_summed_up=len(summed) < len(one.lines)),
        "Simulated coins and dollars: no real money.",
    ]
    return [part for line in lines for part in filled(line, columns)]


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
    return [None, None, what, *balances]


def _row(line: "Summed", amounts: int) -> Row:
    moved = (line.coins, line.earned, line.held)[:amounts]
    return [
        None if line.day is None else line.day.isoformat(),
        None if line.seq is None else Price(str(line.seq), str(line.seq)),
        line.what,
        *(Price(str(amount), f"{amount:+,}") if amount else None for amount in moved),
    ]
