"""Buying a coin pack."""

from typing import TYPE_CHECKING

from coins_cli.errors import TooManyCoins
from coins_cli.model.accounts import CASH, ISSUED, card_of, coins_of
from coins_cli.model.money import check_amount, check_exact
from coins_cli.model.names import parse_handle
from coins_cli.model.operations.operation import (
    NUMBER,
    USER,
    Field,
    Operation,
    StatementLine,
    World,
    existing,
    moving,
)
from coins_cli.model.operations.request import UserRequest
from coins_cli.model.texts import counted, dollars, number

if TYPE_CHECKING:
    from coins_cli.model.receipts import Receipt
    from coins_cli.model.transactions import Entry, Transaction


class Recharge(UserRequest, frozen=True, gc=False, tag="recharge"):
    """Buy `quantity` times the coin `pack` of that id."""

    pack: str
    quantity: int = 1

    def check(self) -> None:
        """Raise an `Invalid` for a value that is not allowed or not in its normal form."""
        super().check()
        check_amount(self.quantity, "the quantity")


def parse(user: str, pack: str | int, quantity: int = 1, *, key: str | None = None) -> Recharge:
    """The request to buy a pack by its id, such as `500`."""
    return Recharge(parse_handle(user), str(pack), quantity, key=key)


def decide(request: Recharge, world: World) -> "Transaction":
    """Issue coins to the user's wallet, and move their price from the card to the cash.

    At most `coins_at_a_time_max` coins at a time (10,000: a fact of the platform).
    """
    wallet, catalog = existing(world, request.user), world.catalog
    pack = catalog.pack(request.pack)
    coins = check_exact(pack.coins * request.quantity, "the number of coins")
    if coins > catalog.coins_at_a_time_max:
        raise TooManyCoins(coins=coins, most=catalog.coins_at_a_time_max)
    usd_cents = check_exact(pack.usd_cents * request.quantity, "the price")
    moves = (
        (card_of(wallet.user), CASH, usd_cents),
        (ISSUED, coins_of(wallet.user), coins),
    )
    return moving(request, world, [wallet], moves, coins=coins, usd_cents=usd_cents)


def summary(request: Recharge, receipt: "Receipt") -> str:
    """The sentence for people: the user, the pack and the price."""
    packs = f"{number(request.quantity)} × " if request.quantity > 1 else ""
    coins = counted((receipt.transaction.coins or 0) // request.quantity, "coin")
    return (
        f"{request.user} bought {packs}{coins} for {dollars(receipt.transaction.usd_cents or 0)}."
    )


def statement(request: Recharge, entry: "Entry", user: str) -> StatementLine:
    """The purchase in short words."""
    transaction = entry.transaction
    times = f"{number(request.quantity)} × " if request.quantity > 1 else ""
    pack = number((transaction.coins or 0) // request.quantity)
    paid = dollars(transaction.usd_cents or 0)
    return StatementLine(f"bought {times}{pack} coins for {paid}", ("recharge", "recharges"))


OPERATION = Operation(
    Recharge,
    decide,
    parse,
    {**USER, "pack": Field("text or number", is_needed=True), "quantity": NUMBER},
    summary,
    statement,
    identity={"user": str, "quantity": int, "pack": str},
    undone=lambda about: f"{about['user']}'s recharge",
    undone_for=lambda *_: "a recharge",
)
