r"""CSV for spreadsheets: one line a posting, with all facts of its transaction.

RFC 4180: commas, quotes where needed, lines that end with CR LF. UTF-8 without a byte order mark,
which most readers would take for a part of the first column's name; Excel asks for the encoding on
import, and assumes the local one on a double click. A transaction without postings, such as the
opening of a wallet, has one line whose last three cells are empty.

Amounts are plain numbers: coins, diamonds, and dollars with two decimals. A text is never taken for
a formula, and `text_of_cell` is the inverse:

- unprintable characters are Python escapes, such as `\n` or `\u202e`, and a backslash is `\\`;
- a text that begins with one of = + - @ or their wide forms, after white space or not, or with an
  apostrophe, gets an apostrophe in front;
- a semicolon before one of these is `\x3b`: where spreadsheets split at semicolons, a
  cell would begin there.
"""

import csv
from collections.abc import Iterable
from typing import Final

from coins_cli.exports.escaping import GUARD, escaped, guarded, unescaped
from coins_cli.exports.facts import facts_of
from coins_cli.model.money import USD, format_dollars
from coins_cli.model.transactions import Entry

COLUMNS: Final = (
    "seq",
    "at",
    "op",
    "user",
    "counterparty",
    "item",
    "quantity",
    "video",
    "text",
    "note",
    "ends",
    "key",
    "head",
    "account",
    "asset",
    "amount",
)


class Spreadsheet:
    """Lines of CSV."""

    def __init__(self) -> None:
        self._line = csv.writer(_Lines(), lineterminator="\r\n").writerow

    def beginning(self) -> str:
        """The names of the columns."""
        return self._row(COLUMNS)

    def lines_of(self, entry: Entry) -> str:
        """A line for each posting, or one when there is none."""
        facts = facts_of(entry)
        about = (
            facts.seq,
            facts.at,
            facts.op,
            cell(facts.user),
            cell(facts.counterparty),
            cell(facts.item),
            facts.quantity,
            cell(facts.video),
            cell(facts.text),
            cell(facts.note),
            facts.ends,
            cell(facts.key),
            facts.head,
        )
        postings = entry.transaction.postings
        if not postings:
            return self._row((*about, None, None, None))
        return "".join(
            self._row((*about, cell(one.account), one.asset, _amount(one.asset, one.amount)))
            for one in postings
        )

    def end(self) -> str:
        """Nothing."""
        return ""

    def _row(self, cells: Iterable[str | int | None]) -> str:
        written: str = self._line(cells)
        return written


class _Lines:
    """A file for `csv.writer` whose `write` returns the line, so that `writerow` does."""

    def write(self, line: str) -> str:
        """The same line."""
        return line


def cell(text: str | None) -> str | None:
    """A text escaped for a cell, safe from being taken for a formula."""
    if text is None:
        return None
    return guarded(text, escaped(text))


def text_of_cell(written: str) -> str:
    """The original of a text written by `cell`."""
    return unescaped(written.removeprefix(GUARD))


def _amount(asset: str, amount: int) -> str | int:
    return format_dollars(amount) if asset == USD else amount
