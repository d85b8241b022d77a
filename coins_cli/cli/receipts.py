"""Receipts in words."""

from collections.abc import Callable
from typing import Any

from coins_cli.cli.session import Session
from coins_cli.cli.text import counted, dollars, number, shown
from coins_cli.model.receipts import Receipt
from coins_cli.model.requests import LIVE


def answer_receipt(session: Session, receipt: Receipt) -> None:
    """Print a receipt as the session wants it."""
    session.answer(
        receipt.to_json(),
        "\n".join(in_words(receipt)),
        quiet="" if receipt.seq is None else str(receipt.seq),
    )


def in_words(receipt: Receipt) -> list[str]:
    """What happened, what is left, and the receipt itself, in lines for a person."""
    lines = [summary(receipt), *_afterwards(receipt)]
    if receipt.dry_run:
        return ["Dry run: nothing was changed. It would have been:", *lines]
    if receipt.replayed:
        lines.insert(0, f"Done before under the key {shown(str(receipt.key))}; not done again:")
    return [*lines, f"receipt {receipt.seq}:{receipt.head}"]


def summary(receipt: Receipt) -> str:
    """What happened, in one sentence, and whether it was undone."""
    text = _SUMMARIES[receipt.op](receipt, receipt.request)
    return text if receipt.reversed_by is None else f"Reversed by {receipt.reversed_by}: {text}"


def usd(receipt: Receipt) -> str:
    """The receipt's dollars."""
    return dollars(receipt.outcome.usd_cents or 0)


def _opened(receipt: Receipt, request: Any) -> str:
    name = f" ({shown(request.name)})" if request.name else ""
    return f"{request.user}{name} has a wallet."


def _recharged(receipt: Receipt, request: Any) -> str:
    packs = f"{number(request.quantity)} × " if request.quantity > 1 else ""
    return (
        f"{request.user} bought {packs}{counted(int(receipt.terms['pack_coins']), 'coin')}"
        f" for {usd(receipt)}."
    )


def _gave(receipt: Receipt, request: Any) -> str:
    where = "on the live" if receipt.outcome.venue == LIVE else "in the comments"
    if request.video:
        where += f" of {shown(request.video)}"
    return (
        f"{request.sender} sent {request.creator} {number(request.quantity)} ×"
        f" {shown(str(receipt.terms['gift_name']))} ({counted(receipt.outcome.coins or 0, 'coin')})"
        f" {where}."
    )


def _promoted(receipt: Receipt, request: Any) -> str:
    return (
        f"{request.user} promotes {shown(request.video)} for {counted(request.days, 'day')}:"
        f" {counted(receipt.outcome.coins or 0, 'coin')},"
        f" about {counted(receipt.outcome.views or 0, 'view')}."
    )


def _cashed_out(receipt: Receipt, request: Any) -> str:
    outcome = receipt.outcome
    if request.pending:
        return (
            f"{request.user} asked for a payout of {counted(outcome.coins or 0, 'coin')}:"
            f" {usd(receipt)} to {shown(request.paypal)}. They are held until"
            f" {_payout(receipt)} is settled or returned."
        )
    return (
        f"{request.user} cashed out {counted(outcome.coins or 0, 'coin')}:"
        f" {counted(outcome.diamonds or 0, 'diamond')}, {usd(receipt)}"
        f" to {shown(request.paypal)}."
    )


def _payout(receipt: Receipt) -> str:
    """The payout that was asked for, by the number that ends it; a dry run has none."""
    return "the payout" if receipt.seq is None else f"payout {receipt.seq}"


def _settled(receipt: Receipt, request: Any) -> str:
    outcome, terms = receipt.outcome, receipt.terms
    return (
        f"Payout {request.payout} is settled: {counted(outcome.coins or 0, 'coin')} of"
        f" {terms['user']} became {counted(outcome.diamonds or 0, 'diamond')}, {usd(receipt)}"
        f" to {shown(str(terms['paypal']))}."
    )


def _returned(receipt: Receipt, request: Any) -> str:
    return (
        f"Payout {request.payout} is returned: {counted(receipt.outcome.coins or 0, 'coin')}"
        f" to {receipt.terms['user']}. Why: {shown(request.reason)}"
    )


def _reversed(receipt: Receipt, request: Any) -> str:
    coins = counted(receipt.outcome.coins or 0, "coin")
    what = _REVERSED[str(receipt.terms["op"])].format(**receipt.terms)
    return f"Transaction {request.reverses} is reversed ({what}, {coins}): {shown(request.reason)}"


_REVERSED = {
    "recharge": "{user}'s recharge",
    "gift": "{from}'s gift to {to}",
    "promote": "{user}'s promotion",
    "cashout": "{user}'s cash-out",
}


def _went_live(receipt: Receipt, request: Any) -> str:
    title = f": “{shown(request.title)}”" if request.title else ""
    return f"{request.user} is live{title or '.'}"


def _ended_live(receipt: Receipt, request: Any) -> str:
    return f"{request.user} is no longer live."


_SUMMARIES: dict[str, Callable[[Receipt, Any], str]] = {
    "open": _opened,
    "recharge": _recharged,
    "gift": _gave,
    "promote": _promoted,
    "cashout": _cashed_out,
    "live_start": _went_live,
    "live_end": _ended_live,
    "payout_settle": _settled,
    "payout_return": _returned,
    "reverse": _reversed,
}


def _afterwards(receipt: Receipt) -> list[str]:
    """What the live's viewers see, and the balances."""
    lines = []
    request: Any = receipt.request
    if receipt.op == "gift" and request.message:
        lines.append(f"{request.sender}: “{shown(request.message)}”")
    if receipt.op == "gift" and receipt.outcome.venue == LIVE:
        lines.append(
            f"Everyone watching sees it. {request.creator}: “Thank you, {request.sender}!”"
        )
    if receipt.outcome.coins is not None:
        has = "had then" if receipt.replayed else "has"
        lines.append(
            " ".join(
                f"{user} {has} {_balances_in_words(held)}."
                for user, held in receipt.balances.items()
            )
        )
    return lines


def _balances_in_words(held: dict[str, int]) -> str:
    """What somebody has: `5 coins and 7 earned`, and what is held for payouts if anything is."""
    pending = f", and {number(held['held'])} held" if "held" in held else ""
    joined = ", " if pending else " and "
    return f"{counted(held['coins'], 'coin')}{joined}{number(held['earned'])} earned{pending}"
