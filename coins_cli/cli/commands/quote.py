"""The commands that say what something would cost, or bring."""

from typing import Annotated, Any

import typer

from coins_cli.cli.options import Quantity
from coins_cli.cli.session import Session
from coins_cli.cli.text import counted, number, shown
from coins_cli.model.money import format_dollars, parse_amount, parse_dollars
from coins_cli.model.quotes import Purchase
from coins_cli.model.receipts import SCHEMA


def coins(
    ctx: typer.Context,
    amount: Annotated[str, typer.Argument(metavar="N", help="How many coins are wanted.")],
) -> None:
    """Find the cheapest packs that hold at least N coins, exactly.

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
        f"{counted(quote.coins, 'coin')} cost at least ${format_dollars(purchase.usd_cents)}:"
        f" {_packs_in_words(purchase)}."
        + (f"\n{counted(over, 'coin')} would be left over." if over else ""),
    )


def gift(
    ctx: typer.Context,
    gift: Annotated[str, typer.Argument(metavar="NAME", help="Its id or name, in any case.")],
    quantity: Quantity = "1",
) -> None:
    """Show what a gift costs its sender, and what it brings its creator.

    Examples:
      coins quote gift "drama queen"
      coins quote gift panda --quantity 100 --json

    """
    session: Session = ctx.obj
    quote = session.bank.quote_gift(gift, quantity=parse_amount(quantity, "the quantity"))
    least = format_dollars(quote.sender_usd_cents_least)
    most = format_dollars(quote.sender_usd_cents_most)
    brings = format_dollars(quote.creator_usd_cents)
    name = shown(session.bank.catalog.gift(gift).name)
    session.answer(
        {
            "schema": SCHEMA,
            "gift": quote.gift,
            "quantity": quote.quantity,
            "coins": quote.coins,
            "sender_usd": {"least": least, "most": most},
            "creator_usd": brings,
        },
        f"{number(quote.quantity)} × {name} costs {counted(quote.coins, 'coin')}: the sender pays"
        f" ${least} to ${most},\nby the pack that the coins came from. The creator gets ${brings}.",
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
    wanted = format_dollars(parse_dollars(budget, "the budget"))
    spent = format_dollars(purchase.usd_cents)
    session.answer(
        {
            "schema": SCHEMA,
            "usd": wanted,
            "coins": purchase.coins,
            "spent": spent,
            "packs": _packs_json(purchase),
        },
        f"${wanted} buys {counted(purchase.coins, 'coin')} for ${spent}:"
        f" {_packs_in_words(purchase)}.",
    )


def _packs_json(purchase: Purchase) -> list[dict[str, Any]]:
    return [{"pack": pack.id, "quantity": count} for pack, count in purchase.packs]


def _packs_in_words(purchase: Purchase) -> str:
    parts = [
        f"{number(count)} × the pack of {number(pack.coins)}" for pack, count in purchase.packs
    ]
    return " and ".join(parts) or "not even the smallest pack"
