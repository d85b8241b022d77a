"""The report as a document: lines of text for a screen, a file or a pipe."""

from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import TYPE_CHECKING, Final

import typer

from coins_cli.cli.render.text import counted, dollars, escape_control, number
from coins_cli.reports.lines import LINES, is_usd, kept_lines, value_of

if TYPE_CHECKING:
    from coins_cli.model.catalog import Catalog
    from coins_cli.views.money_report import Report

COLUMNS_MAX: Final = 80
"""Columns of the document at most: longer lines are hard to read."""
ROWS_MAX: Final = 5
"""Packs, gifts, creators and givers listed at most; JSON has all."""
BAR_COLUMNS_MAX: Final = 30
BAR_COLUMNS_MIN: Final = 8
"""Columns below which a bar is left out."""
AMOUNT_COLUMNS_MIN: Final = 9


def report_document(report: "Report", catalog: "Catalog", columns: int = COLUMNS_MAX) -> str:
    """The report in lines of at most `columns`; the rules are told at the prices of `catalog`."""
    from coins_cli.reports.words import SIMULATION, answer

    columns = min(columns, COLUMNS_MAX)
    parts = [
        [*_bold([_title(report)], columns), *wrap(SIMULATION, columns)],
        _bold(answer(report), columns),
        *_dollars(report, catalog, columns),
        *_coins(report, columns),
        *_tops(report, columns),
        *_rules(catalog, columns),
    ]
    return "\n\n".join("\n".join(part) for part in parts if part)


def _title(report: "Report") -> str:
    scope, parts = report.scope, []
    if scope.user is not None:
        parts.append(f"{scope.user}'s part")
    if scope.live is not None:
        parts.append(f"gifts on live {scope.live}")
    if report.days:
        first, last = report.days[0].day, report.days[-1].day
        parts.append(f"{first}" if first == last else f"{first} to {last}")
    parts.append(counted(report.transactions, "transaction"))
    return f"Where the money goes: {', '.join(parts)}"


def _dollars(report: "Report", catalog: "Catalog", columns: int) -> Iterator[list[str]]:
    from coins_cli.reports.words import DIVISION_RULE, UNDIVIDED, outlook

    if report.transactions == 0 or report.scope.live is not None:
        return
    kept = kept_lines(report)
    lines = ["usd_cents_in", "usd_cents_out", "usd_cents_kept", *kept]
    yield [*_bold(["Dollars"], columns), *_bars(report, lines, columns, indented=kept)]
    if report.division is None:
        yield wrap(UNDIVIDED, columns)
        return
    if said := outlook(report, catalog):
        yield wrap(said, columns)
    yield wrap(DIVISION_RULE, columns)


def _coins(report: "Report", columns: int) -> Iterator[list[str]]:
    from coins_cli.views.flows import BECAME

    if report.transactions:
        lines = ["coins_issued", *BECAME]
        title = _bold(["Coins, and what became of them"], columns)
        yield [*title, *_bars(report, lines, columns)]


def _bars(
    report: "Report", lines: Sequence[str], columns: int, *, indented: Sequence[str] = ()
) -> list[str]:
    """A row for each line with its amount, name and bar; the first line is the whole.

    There are no bars where one would be longer than the whole, as in a part of an economy.
    """
    values = {line: value_of(report, line) or 0 for line in lines}
    whole = values[lines[0]]
    amounts = [dollars(one) if is_usd(line) else number(one) for line, one in values.items()]
    names = [f"{'· ' if line in indented else ''}{LINES[line].name}" for line in lines]
    amount_columns = max(AMOUNT_COLUMNS_MIN, *map(len, amounts))
    name_columns = max(map(len, names))
    room = columns - amount_columns - name_columns - 4
    has_bars = room >= BAR_COLUMNS_MIN and 0 < whole == max(values.values())
    bar_columns = min(room, BAR_COLUMNS_MAX) if has_bars else 0
    rows = []
    for amount, name, value in zip(amounts, names, values.values(), strict=True):
        bar = "█" * round(bar_columns * max(value, 0) / whole) if has_bars else ""
        if amount_columns + 2 + len(name) > columns:
            rows += [name, f"  {amount}"]
        else:
            rows.append(f"{amount:>{amount_columns}}  {name:<{name_columns}}  {bar}".rstrip())
    return rows


def _tops(report: "Report", columns: int) -> Iterator[list[str]]:
    """The largest packs, gifts, creators and givers, each list with its title."""
    yield _list(
        "Packs sold",
        [
            (f"{number(one.times)} × the pack {one.pack}", dollars(one.usd_cents))
            for one in report.packs
        ],
        columns,
    )
    yield _list(
        "Gifts given",
        [
            (f"{number(one.quantity)} × {escape_control(one.name)}", counted(one.coins, "coin"))
            for one in report.gifts
        ],
        columns,
    )
    yield _list(
        "Creators, and what was given to them",
        [(one.user, counted(one.coins_received, "coin")) for one in report.creators],
        columns,
    )
    yield _list(
        "Givers, and what they gave",
        [(one.user, counted(one.coins_given, "coin")) for one in report.givers],
        columns,
    )


def _list(title: str, rows: Sequence[tuple[str, str]], columns: int) -> list[str]:
    """The first `ROWS_MAX` rows under their title; a row that does not fit takes two lines."""
    if not rows:
        return []
    shown, rest = rows[:ROWS_MAX], len(rows) - ROWS_MAX
    amount_columns = max(len(amount) for _, amount in shown)
    name_columns = min(max(len(name) for name, _ in shown), columns - amount_columns - 4)
    lines = _bold([title], columns)
    for name, amount in shown:
        if len(name) <= name_columns:
            lines.append(f"  {name:<{name_columns}}  {amount:>{amount_columns}}")
        else:
            lines += [*wrap(name, columns - 2, initial_indent="  ", subsequent_indent="  ")]
            lines.append(f"  {'':<{max(name_columns, 0)}}  {amount:>{amount_columns}}")
    return [*lines, f"  … and {number(rest)} more"] if rest > 0 else lines


def _rules(catalog: "Catalog", columns: int) -> Iterator[list[str]]:
    from coins_cli.reports.facts import facts

    yield _bold(["How it works, at the prices in force"], columns)
    for fact in facts(catalog):
        yield [*_bold([fact.title], columns), *wrap(fact.text, columns)]


def _bold(lines: Sequence[str], columns: int) -> list[str]:
    return [typer.style(part, bold=True) for line in lines for part in wrap(line, columns)]
