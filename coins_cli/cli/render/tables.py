"""Tables on a terminal. Imported only where a table is drawn, because it imports Rich."""

from collections.abc import Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from coins_cli.cli.session import Cell, Column, Price, cell_text

GAP = 3
"""Blanks between two columns."""


def draw(
    console: Console,
    columns: Sequence[Column],
    rows: Sequence[Sequence[Cell]],
    *,
    title: str,
    notes: Sequence[str] = (),
) -> None:
    """Draw a table that fits the console: the flexible column is cut first, nothing is wrapped."""
    texts = [[cell_text(cell) for cell in row] for row in rows]
    widths = _widths(columns, texts, console.width)
    table = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0), show_header=False)
    for place, width in enumerate(widths):
        is_number = any(isinstance(row[place], int | Price) for row in rows)
        justify = "right" if is_number else "left"
        table.add_column(width=width, justify=justify, no_wrap=True, overflow="ellipsis")  # type: ignore[arg-type]
    table.add_row(*(Text(column.name, style="bold") for column in columns))
    table.add_row(*(Text("─" * width) for width in widths))
    for row in texts:
        table.add_row(*map(Text, row))
    console.print(Text(title, style="bold"))
    console.print()
    console.print(table)
    if notes:
        console.print()
    for note in notes:
        console.print(Text(note))


def _widths(columns: Sequence[Column], texts: Sequence[Sequence[str]], most: int) -> list[int]:
    """The width of each column, in total at most `most`; the flexible column is cut first."""
    widths = [
        max(cell_len(column.name), *(cell_len(row[place]) for row in texts))
        for place, column in enumerate(columns)
    ]
    for place, column in enumerate(columns):
        if column.flexible:
            others = sum(widths) - widths[place] + GAP * len(widths)
            widths[place] = max(cell_len(column.name), min(widths[place], most - others))
    while sum(widths) + GAP * len(widths) > most and max(widths) > 1:
        widths[widths.index(max(widths))] -= 1
    return widths
