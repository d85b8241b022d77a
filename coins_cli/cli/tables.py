"""Tables on a terminal. Imports Rich, so it is imported only where one is drawn."""

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from coins_cli.cli.session import Cell, Column, Price, cell_text


def draw(
    console: Console,
    columns: Sequence[Column],
    rows: Sequence[Sequence[Cell]],
    *,
    title: str,
    notes: Sequence[str] = (),
) -> None:
    """Draw a table that fits the terminal: the flexible column is cut, and nothing is wrapped."""
    table = Table(box=box.SIMPLE_HEAD, title=Text(title), title_justify="left", pad_edge=False)
    for place, column in enumerate(columns):
        is_number = any(isinstance(row[place], int | Price) for row in rows)
        table.add_column(
            Text(column.name),
            justify="right" if is_number else "left",
            no_wrap=True,
            overflow="ellipsis",
            min_width=8 if column.flexible else max(len(cell_text(row[place])) for row in rows),
        )
    for row in rows:
        table.add_row(*(Text(cell_text(cell)) for cell in row))
    console.print(table)
    for note in notes:
        console.print(Text(note))
