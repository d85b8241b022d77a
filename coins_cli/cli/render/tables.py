"""Tables on a terminal, and the one rule by which they fit it.

A table that is too wide loses its empty columns. Then its widest flexible column, which holds free
text, is folded at words while there is room for it, and goes below each row when there is not; then
the next one. If the other columns alone are too wide, each row becomes a list with a line for each
cell. Nothing is cut.
"""

from collections.abc import Callable, Sequence
from typing import Final

from coins_cli.cli.render.folding import filled, folded, width_of
from coins_cli.cli.session import Cell, Column, Price, cell_text

GAPS: Final = (3, 2)
"""Blanks between two columns: as usual, and where room is scarce."""
FOLDED_COLUMNS_MIN: Final = 28
"""Columns that free text needs beside the others."""
INDENT: Final = "  "
"""The indent of free text below its row."""

Block = list[str]
"""The lines of one row."""


class Layout:
    """The rows of a table in lines that fit a width.

    `heading` has the names of the columns and a rule; it is empty when each row is a list of its
    cells. `blocks` has the lines of each row.
    """

    def __init__(
        self,
        columns: Sequence[Column],
        rows: Sequence[Sequence[Cell]],
        width: int,
        *,
        is_headed: bool = True,
        is_filled: bool = False,
    ) -> None:
        """Lay out the rows.

        Without `is_headed` the columns have no names. With `is_filled` the flexible column is as
        wide as the screen lets it be.
        """
        self._width = width
        self._last_form = self._stacked if is_headed else self._flowing
        self._names = [column.name for column in columns]
        self._texts = [[cell_text(cell) for cell in row] for row in rows]
        self._is_number = [
            any(isinstance(cell, int | Price) for cell in column)
            for column in zip(*rows, strict=True)
        ]
        self._flexible = [at for at, column in enumerate(columns) if column.flexible]
        self._below: list[int] = []
        self._places = list(range(len(columns)))
        self._widths = [
            max(map(width_of, (name if is_headed else "", *cells)))
            for name, *cells in zip(self._names, *self._texts, strict=True)
        ]
        self._gap = GAPS[is_filled]
        make = self._how()
        if is_filled and make != self._last_form and not self._below:
            self._widths[self._flexible[0]] += max(0, -self._over())
        self.is_stacked = make == self._last_form
        self.heading = [] if self.is_stacked else [*make(self._names), self._rule()]
        self.blocks = [make(texts) for texts in self._texts]

    def _how(self) -> Callable[[Sequence[str]], Block]:
        """The first form that fits."""
        if self._fits():
            return self._as_row
        self._places = [at for at in self._places if any(texts[at] for texts in self._texts)]
        for self._gap in GAPS:
            if self._fits():
                return self._as_row
        kept = list(self._places)
        flexible = [at for at in self._flexible if at in kept]
        for at in sorted(flexible, key=lambda at: -self._widths[at]):
            room = self._widths[at] - self._over()
            if room >= max(FOLDED_COLUMNS_MIN, self._widest_word(at)):
                self._widths[at] = room
                return self._as_row
            self._places.remove(at)
            self._below.append(at)
            if self._fits():
                return self._as_row
        self._places = kept
        return self._last_form

    def _over(self) -> int:
        """The columns by which the table is too wide."""
        taken = sum(self._widths[at] for at in self._places)
        return taken + self._gap * (len(self._places) - 1) - self._width

    def _fits(self) -> bool:
        return self._over() <= 0

    def _widest_word(self, at: int) -> int:
        return max(
            (width_of(word) for texts in self._texts for word in texts[at].split()), default=0
        )

    def _beside(self, texts: Sequence[str]) -> Block:
        """A row whose cells stand side by side, each in as many lines as it needs."""
        cells = [
            filled(texts[at], self._widths[at]) if at in self._flexible else [texts[at]]
            for at in self._places
        ]
        lines = []
        for number in range(max(map(len, cells), default=0)):
            parts = []
            for at, cell in zip(self._places, cells, strict=True):
                part = cell[number] if number < len(cell) else ""
                blanks = " " * (self._widths[at] - width_of(part))
                parts.append(blanks + part if self._is_number[at] else part + blanks)
            lines.append((" " * self._gap).join(parts).rstrip())
        return lines

    def _rule(self) -> str:
        return (" " * self._gap).join("─" * self._widths[at] for at in self._places)

    def _as_row(self, texts: Sequence[str]) -> Block:
        """A row with its cells side by side, and free text below them if it went there."""
        below = [line for at in self._below for line in _indented(texts[at], self._width)]
        return [*self._beside(texts), *below]

    def _flowing(self, texts: Sequence[str]) -> Block:
        """A row whose cells follow one another, as many in a line as fit."""
        lines = [""]
        for text in filter(None, (texts[at] for at in self._places)):
            if not lines[-1]:
                lines[-1] = text
            elif width_of(lines[-1]) + GAPS[1] + width_of(text) <= self._width:
                lines[-1] += " " * GAPS[1] + text
            else:
                lines.append(INDENT + text)
        return lines

    def _stacked(self, texts: Sequence[str]) -> Block:
        """A row as a list of its cells, each with its name."""
        widest = max(width_of(self._names[at]) for at in self._places)
        return [
            line
            for at in self._places
            if texts[at]
            for line in _named(self._names[at], texts[at], widest, self._width)
        ]


def _named(name: str, text: str, widest: int, width: int) -> list[str]:
    """A cell with its name before it, or above it when a word does not fit there."""
    start = f"{name}{' ' * (widest - width_of(name))}{INDENT}"
    if max(map(width_of, text.split()), default=0) > width - width_of(start):
        return [name, *_indented(text, width)]
    first, *more = filled(text, width - width_of(start))
    return [start + first, *(" " * width_of(start) + line for line in more)]


def _indented(text: str, width: int) -> list[str]:
    """A text below its row or its name, indented if its words are not too wide for that."""
    fits = max(map(width_of, text.split()), default=0) <= width - len(INDENT)
    indent = INDENT if fits else ""
    return [indent + line for line in filled(text, width - len(indent))] if text else []


def table_lines(
    columns: Sequence[Column],
    rows: Sequence[Sequence[Cell]],
    width: int,
    *,
    title: str,
    notes: Sequence[str] = (),
    bold: Callable[[str], str] = str,
) -> list[str]:
    """A table with its title and notes, in lines that fit the `width`."""
    found = Layout(columns, rows, width)
    lines = [*map(bold, folded(title, width).split("\n")), ""]
    if found.heading:
        *names, rule = found.heading
        lines += [*map(bold, names), rule]
    for place, block in enumerate(found.blocks):
        lines += ["", *block] if found.is_stacked and place else block
    if notes:
        lines += ["", *(line for note in notes for line in folded(note, width).split("\n"))]
    return lines


def list_lines(
    names: Sequence[str], rows: Sequence[Sequence[Cell]], width: int, *, flexible: str | None = None
) -> list[str]:
    """A table without headings, indented; see `Layout`."""
    columns = [Column(name, flexible=name == flexible) for name in names]
    blocks = Layout(columns, rows, width - len(INDENT), is_headed=False).blocks
    return [INDENT + line for block in blocks for line in block]
