"""One transaction whole: in JSON, and as a page of plain text."""

from typing import TYPE_CHECKING, Any

from coins_cli.cli.render.receipt_words import summary
from coins_cli.cli.render.tables import table_lines
from coins_cli.cli.render.text import counted, dollars, escape_control, minute
from coins_cli.cli.session import Cell, Column, Price
from coins_cli.model.accounts import asset_of
from coins_cli.model.money import COIN, USD, format_dollars

if TYPE_CHECKING:
    from coins_cli.model.receipts import Receipt

MOVES = (Column("from"), Column("to"), Column("amount"))
WALLETS = (Column("user"), Column("coins"), Column("earned"), Column("held"))


def receipt_json(receipt: "Receipt") -> dict[str, Any]:
    """A receipt in JSON, with the moves of its transaction."""
    moves = [
        {
            "from": source,
            "to": destination,
            "asset": asset_of(source),
            "amount": format_dollars(amount) if asset_of(source) == USD else amount,
        }
        for source, destination, amount in receipt.transaction.moves
    ]
    return {**receipt.to_json(), "moves": moves}


def receipt_page(receipt: "Receipt", columns: int) -> list[str]:
    """A transaction in lines of at most so many columns: what it was, its moves, wallets, hash."""
    key = [f"Its key is {escape_control(receipt.key)}."] if receipt.key else []
    lines = [
        f"Transaction {receipt.seq}, {minute(receipt.at)} UTC",
        summary(receipt),
        *_message(receipt),
        *key,
    ]
    if moves := receipt.transaction.moves:
        rows: list[list[Cell]] = [[source, to, _amount(source, sum_)] for source, to, sum_ in moves]
        lines += ["", *table_lines(MOVES, rows, columns, title="What moved")]
    if receipt.balances:
        holdings: list[list[Cell]] = [
            [user, held["coins"], held["earned"], held.get("held")]
            for user, held in receipt.balances.items()
        ]
        shown = len(WALLETS) if any(row[-1] for row in holdings) else len(WALLETS) - 1
        held_rows = [row[:shown] for row in holdings]
        lines += ["", *table_lines(WALLETS[:shown], held_rows, columns, title="Wallets after it")]
    return [*lines, "", f"receipt {receipt.seq}:{receipt.head}"]


def _message(receipt: "Receipt") -> list[str]:
    message = getattr(receipt.request, "message", None)
    return [f"“{escape_control(message)}”"] if message else []


def _amount(account: str, amount: int) -> Price:
    asset = asset_of(account)
    if asset == USD:
        return Price(format_dollars(amount), dollars(amount))
    return Price(str(amount), counted(amount, "coin" if asset == COIN else "diamond"))
