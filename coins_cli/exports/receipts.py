"""JSON Lines: a receipt a line, as every command prints it, and what it posted."""

from typing import Any

import msgspec.json

from coins_cli.model.money import USD, format_dollars
from coins_cli.model.receipts import receipt_of
from coins_cli.model.transactions import Entry, Posting


class Receipts:
    """A receipt a line, with its `postings`: coins and diamonds are numbers, dollars texts."""

    def beginning(self) -> str:
        """Nothing."""
        return ""

    def lines_of(self, entry: Entry) -> str:
        """One line."""
        postings = [_posting(one) for one in entry.transaction.postings]
        return _json({**receipt_of(entry).to_json(), "postings": postings}) + "\n"

    def end(self) -> str:
        """Nothing."""
        return ""


def _posting(posting: Posting) -> dict[str, Any]:
    amount = format_dollars(posting.amount) if posting.asset == USD else posting.amount
    return {"account": posting.account, "asset": posting.asset, "amount": amount}


def _json(payload: dict[str, Any]) -> str:
    """One object, in which whatever cannot be shown is escaped."""
    text = msgspec.json.encode(payload).decode()
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else _escaped(one) for one in text)


def _escaped(character: str) -> str:
    units = character.encode("utf-16-be")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
