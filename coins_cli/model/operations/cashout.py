"""Cashing out: earned coins become diamonds, and the diamonds dollars."""

from typing import TYPE_CHECKING

from coins_cli.errors import BelowThreshold, MoreThanEarned, PayoutTooSmall
from coins_cli.model.accounts import (
    CASH,
    CASHED_OUT,
    DIAMONDS,
    Moves,
    diamonds_of,
    earned_of,
    held_of,
    paypal_of,
)
from coins_cli.model.money import check_amount, check_exact
from coins_cli.model.names import parse_address, parse_handle
from coins_cli.model.operations.operation import (
    NEEDED_TEXT,
    NUMBER,
    USER,
    Field,
    Operation,
    StatementLine,
    World,
    existing,
    moving,
)
from coins_cli.model.operations.request import Request, UserRequest
from coins_cli.model.texts import counted, dollars, escape_control

if TYPE_CHECKING:
    from coins_cli.model.receipts import Receipt
    from coins_cli.model.transactions import Entry, Transaction


class CashOut(UserRequest, frozen=True, gc=False, tag="cashout"):
    """Pay out earned `coins`, or all of them, to a PayPal account.

    A `pending` payout only holds the coins until it is settled or returned.
    """

    paypal: str
    coins: int | None = None
    pending: bool = False

    def check(self) -> None:
        """Raise an `Invalid` for a value that is not allowed or not in its normal form."""
        super().check()
        parse_address(self.paypal)
        if self.coins is not None:
            check_amount(self.coins, "the number of coins")


def parse(
    user: str,
    paypal: str,
    coins: int | None = None,
    pending: bool = False,
    *,
    key: str | None = None,
) -> CashOut:
    """The request for a payout; `coins` of `None` means all earned coins."""
    return CashOut(parse_handle(user), parse_address(paypal), coins, pending, key=key)


def decide(request: CashOut, world: World) -> "Transaction":
    """Turn earned coins into diamonds, the diamonds into dollars, and send these to PayPal.

    A pending payout only holds the coins; the rates of today apply when it is settled. The
    threshold (10,000 coins: a fact of the platform) applies to all earned coins of the wallet; once
    it is reached, any part may be cashed out. Bought coins never count.
    """
    wallet, terms = existing(world, request.user), world.catalog.cash_out
    if terms.short_by(wallet.earned):
        raise BelowThreshold(wallet.user, earned=wallet.earned, threshold=terms.threshold)
    coins = wallet.earned if request.coins is None else request.coins
    if coins > wallet.earned:
        raise MoreThanEarned(wallet.user, coins=coins, earned=wallet.earned)
    diamonds = check_exact(terms.diamonds(coins), "the diamonds")
    usd_cents = check_exact(terms.cents(diamonds), "the payout")
    if usd_cents == 0:
        raise PayoutTooSmall(wallet.user, coins=coins)
    sums = {"coins": coins, "diamonds": diamonds, "usd_cents": usd_cents}
    earned = earned_of(wallet.user)
    if request.pending:
        moves: Moves = ((earned, held_of(wallet.user), coins),)
    else:
        moves = paying(request, earned, **sums)
    return moving(request, world, [wallet], moves, **sums)


def paying(request: CashOut, source: str, *, coins: int, diamonds: int, usd_cents: int) -> Moves:
    """The moves of a payout whose coins are in the account `source`."""
    diamonds_account = diamonds_of(request.user)
    return (
        (source, CASHED_OUT, coins),
        (DIAMONDS, diamonds_account, diamonds),
        (diamonds_account, DIAMONDS, diamonds),
        (CASH, paypal_of(request.paypal), usd_cents),
    )


def is_pending(request: Request) -> bool:
    """True if `request` is for a payout that is settled or returned later."""
    return isinstance(request, CashOut) and request.pending


def summary(request: CashOut, receipt: "Receipt") -> str:
    """The sentence for people: the user, the coins, the dollars and the PayPal account."""
    transaction = receipt.transaction
    coins, paid = counted(transaction.coins or 0, "coin"), dollars(transaction.usd_cents or 0)
    paypal = escape_control(request.paypal)
    if request.pending:
        payout = "the payout" if receipt.seq is None else f"payout {receipt.seq}"
        return (
            f"{request.user} asked for a payout of {coins}: {paid} to {paypal}."
            f" They are held until {payout} is settled or returned."
        )
    return (
        f"{request.user} cashed out {coins}: {counted(transaction.diamonds or 0, 'diamond')},"
        f" {paid} to {paypal}."
    )


def statement(request: CashOut, entry: "Entry", user: str) -> StatementLine:
    """The payout in short words."""
    transaction = entry.transaction
    does = "asked for" if request.pending else "cashed out"
    sort = ("payout asked for", "payouts asked for") if request.pending else ("payout", "payouts")
    paid = dollars(transaction.usd_cents or 0)
    return StatementLine(f"{does} {paid} to {request.paypal}", sort, request.paypal)


OPERATION = Operation(
    CashOut,
    decide,
    parse,
    {**USER, "paypal": NEEDED_TEXT, "coins": NUMBER, "pending": Field("truth value")},
    summary,
    statement,
    identity={"user": str, "paypal": str},
    undone=lambda about: f"{about['user']}'s cash-out",
    undone_for=lambda about, *_: f"payout to {about['paypal']}",
)
