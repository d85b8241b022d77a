"""History under other prices beside what happened: a document for a screen, file or pipe, JSON."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from textwrap import wrap
from typing import Any, Final

import typer

from coins_cli.cli.render.money_tables import report_json
from coins_cli.cli.render.report_document import COLUMNS_MAX
from coins_cli.cli.render.text import counted, escape_control, minute, number
from coins_cli.model.money import format_dollars
from coins_cli.model.operations.request import op_of
from coins_cli.model.receipts import SCHEMA
from coins_cli.reports.comparison import (
    KEPT_THE_SAME,
    REFUSED_THEN,
    Compared,
    answer,
    coin_lines,
    creator_lines,
    creators,
    dollar_lines,
    reached,
    supporter_lines,
    supporters,
    what_was_missed,
)
from coins_cli.reports.words import SIMULATION
from coins_cli.views.whatif import Missed, Side, WhatIf

PEOPLE_MAX: Final = 5
"""Creators, and supporters, listed at most; JSON has all."""
STEPS_MAX: Final = 10
"""Steps listed at most that could not be done; JSON has more."""
AS_IT_WAS: Final = "as it was"
GAP: Final = "  "

Row = tuple[str, Sequence[str]]
"""A name, and a cell for each column behind it."""


def whatif_document(result: WhatIf, columns: int = COLUMNS_MAX) -> str:
    """The comparison in lines of at most `columns`."""
    columns = min(columns, COLUMNS_MAX)
    parts = [
        [*_title(result, columns), *wrap(SIMULATION, columns)],
        wrap(f"{KEPT_THE_SAME[result.keep]} {REFUSED_THEN}", columns),
        *_answers(result, columns),
        _compared_table("Dollars", result, dollar_lines(result), columns),
        _compared_table("Coins", result, coin_lines(result), columns),
        _people("Creators", result, creator_lines(result, PEOPLE_MAX), creators(result), columns),
        _thresholds(result, columns),
        _people(
            "Supporters", result, supporter_lines(result, PEOPLE_MAX), supporters(result), columns
        ),
        *_missed(result, columns),
    ]
    return "\n\n".join("\n".join(part) for part in parts if part)


def _names(result: WhatIf) -> list[str]:
    """The names of the other sides as columns have them."""
    if len(result.others) == 1:
        return ["what if"]
    return [str(place) for place, _ in enumerate(result.others, start=1)]


def _title(result: WhatIf, columns: int) -> list[str]:
    names = [escape_control(side.name) for side in result.others]
    if len(names) == 1:
        return _bold(f"What if: {names[0]}", columns)
    listed = [f"  {place}: {name}" for place, name in enumerate(names, start=1)]
    return [*_bold("What if:", columns), *(line for one in listed for line in _whole(one, columns))]


def _answers(result: WhatIf, columns: int) -> Iterator[list[str]]:
    for place, side in enumerate(result.others, start=1):
        said = answer(result, side)
        yield _bold(said if len(result.others) == 1 else f"{place}: {said}", columns)


def _compared_table(
    title: str, result: WhatIf, lines: Sequence[Compared], columns: int
) -> list[str]:
    """A table of amounts, whose differences stand behind one other side, or below several."""
    rows: list[Row] = []
    for line in lines:
        name = f"{'· ' if line.is_inner else ''}{line.name}"
        values = [line.text(value) for value in line.values]
        changes = [line.signed(change) for change in line.changes]
        if len(result.others) == 1:
            rows.append((name, [*values, *changes]))
        else:
            rows += [(name, values), ("", ["", *changes])]
    heads = [AS_IT_WAS, *_names(result)] + ["difference"] * (len(result.others) == 1)
    return _table(title, heads, rows, columns)


def _people(
    title: str, result: WhatIf, lines: Iterator[Compared], users: Sequence[str], columns: int
) -> list[str]:
    if not users:
        return []
    return [*_compared_table(title, result, list(lines), columns), *_and_more(users, PEOPLE_MAX)]


def _thresholds(result: WhatIf, columns: int) -> list[str]:
    found = reached(result)
    if not found:
        return []
    rows: list[Row] = [
        (one.user, ["never" if at is None else minute(at) for at in one.moments])
        for one in found[:PEOPLE_MAX]
    ]
    title = "When a creator can cash out"
    table = _table(title, [AS_IT_WAS, *_names(result)], rows, columns)
    return [*table, *_and_more(found, PEOPLE_MAX)]


def _missed(result: WhatIf, columns: int) -> Iterator[list[str]]:
    for place, side in enumerate(result.others, start=1):
        if not side.missed_count:
            continue
        at = "" if len(result.others) == 1 else f"{place}: "
        lines = _bold(f"{at}What could not be done: {counted(side.missed_count, 'step')}", columns)
        for one in side.missed[:STEPS_MAX]:
            step = f"{one.recorded.seq}: {what_was_missed(one)} But {one.why}."
            lines += wrap(step, columns, initial_indent="  ", subsequent_indent="    ")
        yield [*lines, *_and_more(range(side.missed_count), STEPS_MAX)]


def _and_more(listed: Sequence[object], most: int) -> list[str]:
    return [f"  … and {number(len(listed) - most)} more"] if len(listed) > most else []


def _table(title: str, heads: Sequence[str], rows: Sequence[Row], columns: int) -> list[str]:
    """Rows under their heads; where they do not fit, each cell has a line, behind its head."""
    widths = [
        max(len(head), *(len(cells[place]) for _, cells in rows))
        for place, head in enumerate(heads)
    ]
    name_width = max(len(title), *(len(name) for name, _ in rows))
    if name_width + sum(widths) + len(GAP) * len(widths) > columns:
        return _stacked(title, heads, rows, columns)
    lines = [typer.style(_line(title, heads, name_width, widths), bold=True)]
    return lines + [_line(name, cells, name_width, widths) for name, cells in rows]


def _line(name: str, cells: Sequence[str], name_width: int, widths: Sequence[int]) -> str:
    padded = [f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True)]
    return GAP.join([f"{name:<{name_width}}", *padded]).rstrip()


def _stacked(title: str, heads: Sequence[str], rows: Sequence[Row], columns: int) -> list[str]:
    head_width = max(map(len, heads))
    lines = _bold(title, columns)
    for name, cells in rows:
        lines += _whole(name, columns) if name else []
        lines += [
            f"  {head:<{head_width}}  {cell}"
            for head, cell in zip(heads, cells, strict=True)
            if cell
        ]
    return lines


def _whole(text: str, columns: int) -> list[str]:
    return wrap(text, columns, subsequent_indent="    ")


def _bold(text: str, columns: int) -> list[str]:
    return [typer.style(line, bold=True) for line in _whole(text, columns)]


# -- JSON ------------------------------------------------------------------------------------------


def whatif_json(result: WhatIf) -> dict[str, Any]:
    """The whole comparison in JSON: the report of every side, and what differs."""
    recorded = _side_json(result, result.recorded)
    return {
        "schema": SCHEMA,
        "keep": result.keep,
        "recorded": recorded,
        "others": [_other_json(result, side, recorded) for side in result.others],
    }


def _side_json(result: WhatIf, side: Side) -> dict[str, Any]:
    about = report_json(side.report, side.catalog)
    del about["schema"]
    about["reached"] = [
        {"user": user, "seq": one.seq, "at": one.at}
        for user in creators(result)
        if (one := side.reached.get(user)) is not None
    ]
    return about


def _other_json(result: WhatIf, side: Side, recorded: dict[str, Any]) -> dict[str, Any]:
    about = _side_json(result, side)
    return {
        "name": side.name,
        **about,
        "difference": {
            of: {line: _change(recorded[of][line], after) for line, after in about[of].items()}
            for of in ("usd", "coins")
        },
        "carried": format_dollars(side.usd_cents_carried),
        "missed_count": side.missed_count,
        "missed_by_user": dict(side.missed_by_user),
        "missed": [_missed_json(one) for one in side.missed],
    }


def _change(before: int | str | None, after: int | str | None) -> int | str | None:
    """The difference of two numbers, or of two texts with dollars and cents."""
    if isinstance(before, int) and isinstance(after, int):
        return after - before
    return None if before is None or after is None else str(Decimal(after) - Decimal(before))


def _missed_json(missed: Missed) -> dict[str, Any]:
    transaction = missed.recorded.transaction
    return {
        "seq": transaction.seq,
        "at": transaction.at,
        "op": op_of(transaction.request),
        "user": missed.user,
        "what": what_was_missed(missed),
        "code": missed.code,
        "why": missed.why,
    }
