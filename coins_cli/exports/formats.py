"""What a format is: how an export begins, what it says of each transaction, and how it ends."""

from collections.abc import Callable, Mapping
from typing import Final, Protocol

from coins_cli.errors import InvalidChoice
from coins_cli.model.transactions import Entry

CSV: Final = "csv"
JSONL: Final = "jsonl"
HLEDGER: Final = "hledger"
LEDGER: Final = "ledger"
BEANCOUNT: Final = "beancount"
FORMATS: Final = (CSV, JSONL, HLEDGER, LEDGER, BEANCOUNT)


class Format(Protocol):
    """Writes one export. What it keeps grows with the accounts, and never with transactions."""

    def beginning(self) -> str:
        """What stands before all transactions."""

    def lines_of(self, entry: Entry) -> str:
        """One transaction."""

    def end(self) -> str:
        """What stands after all transactions of a whole journal, so that it can be checked."""


def format_named(name: str) -> Format:
    """A format for one export. Raises `InvalidChoice`."""
    from coins_cli.exports.plain_text import Beancount, Hledger, Ledger
    from coins_cli.exports.receipts import Receipts
    from coins_cli.exports.spreadsheet import Spreadsheet

    makers: Mapping[str, Callable[[], Format]] = {
        CSV: Spreadsheet,
        JSONL: Receipts,
        HLEDGER: Hledger,
        LEDGER: Ledger,
        BEANCOUNT: Beancount,
    }
    if name not in makers:
        raise InvalidChoice("--format", name, FORMATS)
    return makers[name]()
