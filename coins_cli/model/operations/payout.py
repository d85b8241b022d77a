"""Settling and returning a pending payout."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from coins_cli.errors import PayoutEnded, UnknownPayout
from coins_cli.model.accounts import Moves, backwards, held_of
from coins_cli.model.money import check_amount
from coins_cli.model.names import REASON_CHARACTERS_MAX, parse_text
from coins_cli.model.operations.cashout import CashOut, paying
from coins_cli.model.operations.operation import (
    NEEDED_NUMBER,
    NEEDED_TEXT,
    Operation,
    StatementLine,
    World,
    moving,
    touched,
)
from coins_cli.model.operations.request import Request, check_text, says
from coins_cli.model.texts import counted, dollars, escape_control, number

if TYPE_CHECKING:
    from coins_cli.model.receipts import Receipt
    from coins_cli.model.transactions import Entry, Transaction


class SettlePayout(Request, frozen=True, gc=False, tag="payout_settle"):
    """Pay the held coins of a payout, by the number of its transaction."""

    payout: int

    def check(self) -> None:
        """Raise an `Invalid` for a value that is not allowed or not in its normal form."""
        super().check()
        check_amount(self.payout, "the payout's number")

    def may_say(self, about: dict[str, int | str] | None) -> bool:
        """True if a line of this request may describe what it ends by `about`."""
        return says(about, user=str, paypal=str)

    def ends(self) -> int | None:
        """The number of the transaction that the request ends."""
        return self.payout

    def ending(self, seq: int) -> "SettlePayout":
        """The same request for the transaction of another number."""
        return replace(self, payout=seq)


class ReturnPayout(Request, frozen=True, gc=False, tag="payout_return"):
    """Return the held coins of a payout to the creator, for a `reason`."""

    payout: int
    reason: str

    def check(self) -> None:
        """Raise an `Invalid` for a value that is not allowed or not in its normal form."""
        super().check()
        check_amount(self.payout, "the payout's number")
        check_text(self.reason, "reason", REASON_CHARACTERS_MAX)

    def may_say(self, about: dict[str, int | str] | None) -> bool:
        """True if a line of this request may describe what it ends by `about`."""
        return says(about, user=str, paypal=str)

    def ends(self) -> int | None:
        """The number of the transaction that the request ends."""
        return self.payout

    def ending(self, seq: int) -> "ReturnPayout":
        """The same request for the transaction of another number."""
        return replace(self, payout=seq)


def parse_settlement(payout: int, *, key: str | None = None) -> SettlePayout:
    """The request to settle a payout."""
    return SettlePayout(payout, key=key)


def parse_return(payout: int, reason: str, *, key: str | None = None) -> ReturnPayout:
    """The request to return a payout."""
    return ReturnPayout(payout, parse_text(reason, "reason", most=REASON_CHARACTERS_MAX), key=key)


def decide_settlement(request: SettlePayout, world: World) -> "Transaction":
    """Pay the held coins, at the rates of the day of the request."""
    requested, cash_out = _pending(request.payout, world)
    moves = paying(
        cash_out,
        held_of(cash_out.user),
        coins=requested.coins or 0,
        diamonds=requested.diamonds or 0,
        usd_cents=requested.usd_cents or 0,
    )
    return _ending(request, world, requested, cash_out, moves)


def decide_return(request: ReturnPayout, world: World) -> "Transaction":
    """Turn the held coins back into earned coins."""
    requested, cash_out = _pending(request.payout, world)
    return _ending(request, world, requested, cash_out, backwards(requested.moves))


def _pending(payout: int, world: World) -> "tuple[Transaction, CashOut]":
    """The transaction and the request of a payout that is still pending.

    Raises `UnknownPayout`, and `PayoutEnded` if it was settled or returned.
    """
    past = world.past(payout)
    request = None if past is None else past.transaction.request
    if past is None or not isinstance(request, CashOut) or not request.pending:
        raise UnknownPayout(payout)
    if past.ended_by is not None:
        raise PayoutEnded(payout, by=past.ended_by)
    return past.transaction, request


def _ending(
    request: Request, world: World, requested: "Transaction", cash_out: CashOut, moves: Moves
) -> "Transaction":
    return moving(
        request,
        world,
        [touched(world, cash_out.user)],
        moves,
        coins=requested.coins,
        diamonds=requested.diamonds,
        usd_cents=requested.usd_cents,
        about={"user": cash_out.user, "paypal": cash_out.paypal},
    )


def summary_of_settlement(request: SettlePayout, receipt: "Receipt") -> str:
    """The sentence for people: the payout, its coins, diamonds and dollars, and the account."""
    transaction, about = receipt.transaction, receipt.about
    return (
        f"Payout {request.payout} is settled: {counted(transaction.coins or 0, 'coin')} of"
        f" {about['user']} became {counted(transaction.diamonds or 0, 'diamond')},"
        f" {dollars(transaction.usd_cents or 0)} to {escape_control(str(about['paypal']))}."
    )


def summary_of_return(request: ReturnPayout, receipt: "Receipt") -> str:
    """The sentence for people: the payout, its coins, the creator and the reason."""
    coins = counted(receipt.transaction.coins or 0, "coin")
    return (
        f"Payout {request.payout} is returned: {coins} to {receipt.about['user']}."
        f" Why: {escape_control(request.reason)}"
    )


def statement_of_settlement(request: SettlePayout, entry: "Entry", user: str) -> StatementLine:
    """The payment in short words."""
    transaction = entry.transaction
    paypal = str((transaction.about or {}).get("paypal"))
    paid = dollars(transaction.usd_cents or 0)
    what = f"payout {number(request.payout)} paid: {paid} to {paypal}"
    return StatementLine(what, ("payout paid", "payouts paid"), paypal)


def statement_of_return(request: ReturnPayout, entry: "Entry", user: str) -> StatementLine:
    """The return in short words."""
    what = f"payout {number(request.payout)} returned: {request.reason}"
    paypal = str((entry.transaction.about or {}).get("paypal"))
    return StatementLine(what, ("payout returned", "payouts returned"), paypal)


def _of_payout(name: str) -> "Callable[[Transaction], object]":
    return lambda transaction: (transaction.about or {}).get(name)


SHOWS: Final = {"user": _of_payout("user"), "paypal": _of_payout("paypal")}

SETTLE = Operation(
    SettlePayout,
    decide_settlement,
    parse_settlement,
    {"payout": NEEDED_NUMBER},
    summary_of_settlement,
    statement_of_settlement,
    why_final="it paid a payout",
    shows=SHOWS,
)
RETURN = Operation(
    ReturnPayout,
    decide_return,
    parse_return,
    {"payout": NEEDED_NUMBER, "reason": NEEDED_TEXT},
    summary_of_return,
    statement_of_return,
    why_final="it returned a payout",
    shows=SHOWS,
)
