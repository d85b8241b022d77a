r"""CSV for spreadsheets: a line a posting, with all that is known of its transaction.

RFC 4180: commas, quotes where they are needed, lines that end with CR LF; in UTF-8, without a byte
order mark (Excel asks for the encoding on import, and takes a plain double click for the local
one; a mark would be a part of the first column's name for most other readers). A transaction that
posts nothing, such as one that opens a wallet, has one line whose last three cells are empty.

Amounts are plain numbers: coins, diamonds, and dollars with two decimals. A text is never taken for
a formula, and it can be had back (`text_of_cell`):

- what is not printable is an escape of Python, such as `\n` or `\u202e`, and a backslash is `\\`;
- an apostrophe stands before a text that begins with one of = + - @ or their wide forms, white
  space before it or not, and before one that begins with an apostrophe;
- a semicolon after which one of these stands is `\x3b`: where spreadsheets split at semicolons, a
  cell would begin there.
"""

import csv
import re
from collections.abc import Iterable
from typing import Final

from coins_cli.exports.facts import facts_of
from coins_cli.exports.texts import escaped, unescaped
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

_GUARD: Final = "'"
_FORMULA: Final = "=+\\-@＝＋－＠"  # noqa: RUF001 - some spreadsheets take the wide ones as well
_BEGINS_A_FORMULA: Final = re.compile(rf"'|\s*[{_FORMULA}]")
_CELL_OF_ITS_OWN: Final = re.compile(rf";(?=[\s\"']*[{_FORMULA}])")


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
    """Gives each line back to whoever writes it."""

    def write(self, line: str) -> str:
        """The line."""
        return line


def cell(text: str | None) -> str | None:
    """A text that no spreadsheet takes for a formula."""
    if text is None:
        return None
    guard = _GUARD if _BEGINS_A_FORMULA.match(text) else ""
    written = escaped(text)
    return guard + (_CELL_OF_ITS_OWN.sub(r"\\x3b", written) if ";" in written else written)


def text_of_cell(written: str) -> str:
    """The text that `cell` wrote."""
    return unescaped(written.removeprefix(_GUARD))


def _amount(asset: str, amount: int) -> str | int:
    return format_dollars(amount) if asset == USD else amount
