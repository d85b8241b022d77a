"""The formats of exports, by name."""

from collections.abc import Callable, Mapping
from typing import Final, Protocol

from coins_cli.errors import InvalidChoice
from coins_cli.model.transactions import Entry

CSV: Final = "csv"
JSONL: Final = "jsonl"
REQUESTS: Final = "requests"
HLEDGER: Final = "hledger"
LEDGER: Final = "ledger"
BEANCOUNT: Final = "beancount"
FORMATS: Final = (CSV, JSONL, REQUESTS, HLEDGER, LEDGER, BEANCOUNT)


class Format(Protocol):
    """A writer for one export. Its memory grows with accounts, never with transactions."""

    def beginning(self) -> str:
        """The text before the first transaction."""

    def lines_of(self, entry: Entry) -> str:
        """The lines of one transaction."""

    def end(self) -> str:
        """The text after the last transaction of a whole journal, such as assertions."""


def format_named(name: str) -> Format:
    """A new writer of the named format. Raises `InvalidChoice`."""
    from coins_cli.exports.json_lines import Receipts
    from coins_cli.exports.plain_text import Beancount, Hledger, Ledger
    from coins_cli.exports.requests import Requests
    from coins_cli.exports.spreadsheet import Spreadsheet

    makers: Mapping[str, Callable[[], Format]] = {
        CSV: Spreadsheet,
        JSONL: Receipts,
        REQUESTS: Requests,
        HLEDGER: Hledger,
        LEDGER: Ledger,
        BEANCOUNT: Beancount,
    }
    if name not in makers:
        raise InvalidChoice("--format", name, FORMATS)
    return makers[name]()
