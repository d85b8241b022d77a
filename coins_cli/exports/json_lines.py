"""JSON Lines: one receipt a line, as commands print it, with its postings."""

from typing import Any

import msgspec.json

from coins_cli.model.accounts import Posting
from coins_cli.model.money import USD, format_dollars
from coins_cli.model.receipts import receipt_of
from coins_cli.model.texts import escape_control_in_json
from coins_cli.model.transactions import Entry


class Receipts:
    """One receipt a line, with `postings`: coins and diamonds are numbers, dollars texts."""

    def beginning(self) -> str:
        """Nothing."""
        return ""

    def lines_of(self, entry: Entry) -> str:
        """One line."""
        postings = [_posting(one) for one in entry.transaction.postings]
        payload = {**receipt_of(entry).to_json(), "postings": postings}
        return escape_control_in_json(msgspec.json.encode(payload).decode()) + "\n"

    def end(self) -> str:
        """Nothing."""
        return ""


def _posting(posting: Posting) -> dict[str, Any]:
    amount = format_dollars(posting.amount) if posting.asset == USD else posting.amount
    return {"account": posting.account, "asset": posting.asset, "amount": amount}
