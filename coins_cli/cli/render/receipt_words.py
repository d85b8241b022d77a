"""Receipts in words."""

from typing import Any, Final

from msgspec import to_builtins

from coins_cli.cli.render.text import counted, dollars, escape_control, number
from coins_cli.cli.session import Session
from coins_cli.model.operations import BY_REQUEST
from coins_cli.model.operations.cashout import is_pending
from coins_cli.model.operations.payout import ReturnPayout
from coins_cli.model.operations.recharge import Recharge
from coins_cli.model.operations.request import LIVE
from coins_cli.model.receipts import Receipt

SHORT_DIGITS: Final = 8
"""Digits of a hash on a screen."""
PROVING_DIGITS: Final = 32
"""Digits of a hash that nobody can match on purpose: 2^128 tries."""
WHOLE_DIGITS: Final = 64


def answer_receipt(session: Session, receipt: Receipt) -> None:
    """Print a receipt: in words, as JSON, or as its number with --quiet."""
    session.answer(
        receipt.to_json(),
        "\n".join(receipt_lines(session, receipt)),
        quiet="" if receipt.seq is None else str(receipt.seq),
    )


def receipt_lines(session: Session, receipt: Receipt) -> list[str]:
    """A receipt in lines for a person: summary, balances, and number with hash.

    On a terminal the hash is short, as `coins verify --receipt` takes it.
    """
    return in_words(receipt, digits=SHORT_DIGITS if session.is_on_terminal else None)


def in_words(receipt: Receipt, *, digits: int | None = None) -> list[str]:
    """A receipt in lines, with so many digits of its hash, or with all."""
    lines = [summary(receipt), *_afterwards(receipt)]
    if receipt.dry_run and receipt.replayed:
        before = f"It was done before under the key {escape_control(str(receipt.key))}"
        return [f"Dry run: nothing was changed. {before}, and would not be done again:", *lines]
    if receipt.dry_run:
        return ["Dry run: nothing was changed. It would have been:", *lines]
    if receipt.replayed:
        lines.insert(
            0, f"Done before under the key {escape_control(str(receipt.key))}; not done again:"
        )
    return [*lines, f"receipt {receipt.seq}:{(receipt.head or '')[:digits]}"]


def summary(receipt: Receipt) -> str:
    """A sentence about the transaction, with its reversal if it has one."""
    text = BY_REQUEST[type(receipt.request)].summary(receipt.request, receipt)
    return text if receipt.reversed_by is None else f"Reversed by {receipt.reversed_by}: {text}"


def receipt_proof(text: str) -> str:
    """What a receipt proves that is part of the history, by the number of its digits."""
    seq, _, digits = text.strip().partition(":")
    if len(digits) >= PROVING_DIGITS:
        return f"The receipt {seq} stands."
    return (
        f"The receipt {seq} stands, as far as {len(digits)} of its {WHOLE_DIGITS} digits tell."
        f" Another history would have the same ones by chance once in {16 ** len(digits):,} times,"
        " but a forger can try that often: keep the whole hash, which coins receipt shows."
    )


def usd(receipt: Receipt) -> str:
    """The receipt's amount in dollars."""
    return dollars(receipt.transaction.usd_cents or 0)


def packs_in_words(receipt: Receipt) -> str:
    """The packs bought: `500 coins`, or `3 × 500 coins`."""
    quantity = receipt.request.quantity if isinstance(receipt.request, Recharge) else 1
    packs = f"{number(quantity)} × " if quantity > 1 else ""
    return f"{packs}{counted((receipt.transaction.coins or 0) // quantity, 'coin')}"


def payout_question(receipt: Receipt) -> str:
    """The question before a payout, or before its coins are held or given back.

    With user, coins, diamonds, dollars and PayPal address.
    """
    transaction = receipt.transaction
    about: Any = {**to_builtins(receipt.request), **receipt.about}
    coins = f"{counted(transaction.coins or 0, 'earned coin')} of {about['user']}"
    payout = f"{usd(receipt)} to {escape_control(about['paypal'])}"
    if isinstance(receipt.request, ReturnPayout):
        return f"{coins} are held for a payout of {payout}.\nGive them back?"
    become = f"{coins} become {counted(transaction.diamonds or 0, 'diamond')}."
    if is_pending(receipt.request):
        return f"{become}\nHold them for a payout of {payout}?"
    return f"{become}\nPay out {payout}?"


def _afterwards(receipt: Receipt) -> list[str]:
    """The lines after the summary: a gift's message, the thanks on a live, and the balances."""
    lines = []
    request: Any = receipt.request
    if receipt.op == "gift" and request.message:
        lines.append(f"{request.sender}: “{escape_control(request.message)}”")
    if receipt.op == "gift" and receipt.transaction.venue == LIVE:
        lines.append(
            f"Everyone watching sees it. {request.creator}: “Thank you, {request.sender}!”"
        )
    if receipt.transaction.coins is not None:
        has = "had then" if receipt.replayed else "has"
        lines.append(
            " ".join(
                f"{user} {has} {_balances_in_words(balances)}."
                for user, balances in receipt.balances.items()
            )
        )
    return lines


def _balances_in_words(balances: dict[str, int]) -> str:
    """Balances in words: `5 coins and 7 earned`, and held coins if there are any."""
    held = f", and {number(balances['held'])} held" if "held" in balances else ""
    joined = ", " if held else " and "
    coins, earned = counted(balances["coins"], "coin"), number(balances["earned"])
    return f"{coins}{joined}{earned} earned{held}"
