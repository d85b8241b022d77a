"""The commands that say what something would cost, or bring."""

from typing import Annotated, Any

import typer

from coins_cli.cli.options import Quantity
from coins_cli.cli.session import Session
from coins_cli.cli.text import counted, dollars, number, shown
from coins_cli.model.money import format_dollars, parse_amount, parse_dollars
from coins_cli.model.quotes import Purchase
from coins_cli.model.receipts import SCHEMA


def coins(
    ctx: typer.Context,
    amount: Annotated[str, typer.Argument(metavar="N", help="How many coins are wanted.")],
) -> None:
    """Find the cheapest packs for a number of coins.

    Large packs cost more per coin than small ones, so the answer may surprise.

    Examples:
      coins quote coins 10000
      coins quote coins 750 --json

    """
    session: Session = ctx.obj
    quote = session.bank.quote_coins(parse_amount(amount, "the number of coins"))
    purchase = quote.purchase
    over = purchase.coins - quote.coins
    session.answer(
        {
            "schema": SCHEMA,
            "coins": quote.coins,
            "bought": purchase.coins,
            "usd": format_dollars(purchase.usd_cents),
            "packs": _packs_json(purchase),
        },
        f"{counted(quote.coins, 'coin')} {'costs' if quote.coins == 1 else 'cost'} at least"
        f" {dollars(purchase.usd_cents)}:"
        f" {_packs_in_words(purchase)}."
        + (f"\n{counted(over, 'coin')} would be left over." if over else ""),
    )


def gift(
    ctx: typer.Context,
    gift: Annotated[str, typer.Argument(metavar="GIFT", help="Its id or name, in any case.")],
    quantity: Quantity = "1",
) -> None:
    """Show what a gift costs its sender and brings.

    The sender pays by the pack that the coins came from.

    Examples:
      coins quote gift "drama queen"
      coins quote gift panda --quantity 100 --json

    """
    session: Session = ctx.obj
    quote = session.bank.quote_gift(gift, quantity=parse_amount(quantity, "the quantity"))
    name = shown(session.bank.catalog.gift(gift).name)
    session.answer(
        {
            "schema": SCHEMA,
            "gift": quote.gift,
            "quantity": quote.quantity,
            "coins": quote.coins,
            "sender_usd": {
                "least": format_dollars(quote.sender_usd_cents_least),
                "most": format_dollars(quote.sender_usd_cents_most),
            },
            "creator_usd": format_dollars(quote.creator_usd_cents),
        },
        f"{number(quote.quantity)} × {name} costs {counted(quote.coins, 'coin')}: the sender pays"
        f" {dollars(quote.sender_usd_cents_least)} to {dollars(quote.sender_usd_cents_most)},\n"
        "by the pack that the coins came from."
        f" The creator gets {dollars(quote.creator_usd_cents)}.",
    )


def usd(
    ctx: typer.Context,
    budget: Annotated[
        str, typer.Argument(metavar="X", help="A budget in dollars, like 5 or 6.49.")
    ],
) -> None:
    """Show how many coins a budget in dollars buys.

    Examples:
      coins quote usd 20
      coins quote usd 6.49 --json

    """
    session: Session = ctx.obj
    purchase = session.bank.quote_usd(budget)
    cents = parse_dollars(budget, "the budget")
    session.answer(
        {
            "schema": SCHEMA,
            "usd": format_dollars(cents),
            "coins": purchase.coins,
            "spent": format_dollars(purchase.usd_cents),
            "packs": _packs_json(purchase),
        },
        f"{dollars(cents)} buys {counted(purchase.coins, 'coin')}"
        f" for {dollars(purchase.usd_cents)}: {_packs_in_words(purchase)}.",
    )


def _packs_json(purchase: Purchase) -> list[dict[str, Any]]:
    return [{"pack": pack.id, "quantity": count} for pack, count in purchase.packs]


def _packs_in_words(purchase: Purchase) -> str:
    parts = [
        f"{number(count)} × the pack of {number(pack.coins)}" for pack, count in purchase.packs
    ]
    return " and ".join(parts) or "not even the smallest pack"
