"""Commands that quote costs and proceeds; with --catalog, at its prices and at those of today."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from coins_cli.cli.options import Quantity, check_one_price
from coins_cli.cli.render.quote_words import (
    KIND_COLUMNS,
    QuoteText,
    coins_quote_text,
    gift_quote_text,
    kind_row,
    promotion_quote_text,
    usd_quote_text,
)
from coins_cli.cli.render.text import error_object, escape_control
from coins_cli.cli.session import Session
from coins_cli.errors import CoinsError
from coins_cli.model.money import parse_amount, parse_dollars
from coins_cli.model.quotes import CoinsQuote
from coins_cli.model.receipts import SCHEMA

if TYPE_CHECKING:
    from coins_cli.bank import Bank


def coins(
    ctx: typer.Context,
    amount: Annotated[str, typer.Argument(metavar="N", help="How many coins are wanted.")],
) -> None:
    """Find the cheapest packs for a number of coins.

    Exactly, and beside them the single pack that holds as many. Large packs cost more per coin than
    small ones, so the answer may surprise. With --catalog, also by the prices of today.

    Examples:
      coins quote coins 10000
      coins quote coins 750 --json
      coins quote coins 5000 --catalog my-prices.toml

    """
    session: Session = ctx.obj
    wanted = parse_amount(amount, "the number of coins")
    quote = session.bank.read.quote_coins(wanted)
    text = _coins_text(session.bank, quote)
    fields, comparison = _compare_with_today(
        session, text, lambda bank: _coins_text(bank, bank.read.quote_coins(wanted))
    )
    if session.is_on_terminal:
        session.table(
            fields,
            KIND_COLUMNS,
            [kind_row(kind) for kind in quote.kinds],
            title=text.summary,
            notes=[*text.lines[1:], *comparison],
        )
    else:
        session.answer(fields, "\n".join([*text.lines, *comparison]))


def gift(
    ctx: typer.Context,
    gift: Annotated[str, typer.Argument(metavar="GIFT", help="Its id or name, in any case.")],
    quantity: Quantity = "1",
) -> None:
    """Show what a gift costs its sender and brings.

    And what stays with the platform. The sender pays by the pack that the coins came from, so there
    is a least and a most. With --catalog, also by the prices of today.

    Examples:
      coins quote gift "drama queen"
      coins quote gift panda --quantity 100 --json
      coins quote gift concert --catalog my-prices.toml

    """
    session: Session = ctx.obj
    times = parse_amount(quantity, "the quantity")
    _answer(session, lambda bank: gift_quote_text(bank.read.quote_gift(gift, quantity=times)))


def usd(
    ctx: typer.Context,
    budget: Annotated[
        str, typer.Argument(metavar="X", help="A budget in dollars, like 5 or 6.49.")
    ],
) -> None:
    """Show how many coins a budget in dollars buys.

    And what a creator gets who is given all of them. With --catalog, also by the prices of today.

    Examples:
      coins quote usd 20
      coins quote usd 6.49 --json
      coins quote usd 20 --catalog my-prices.toml

    """
    session: Session = ctx.obj
    parse_dollars(budget, "the budget")
    _answer(session, lambda bank: usd_quote_text(bank.read.quote_usd(budget)))


def promotion(
    ctx: typer.Context,
    days: Annotated[str, typer.Option("--days", metavar="D", help="For how many days.")],
    coins: Annotated[
        str | None, typer.Option("--coins", metavar="N", help="For so many coins.")
    ] = None,
    usd: Annotated[
        str | None, typer.Option("--usd", metavar="X", help="For so many dollars' worth.")
    ] = None,
    views: Annotated[
        str | None, typer.Option("--views", metavar="N", help="For what so many views cost.")
    ] = None,
) -> None:
    """Show what a promotion costs, and how many views it brings.

    Over a number of days, bought by coins, dollars or views; with none of them, for the least that
    its days cost. With --catalog, also by the prices of today.

    Examples:
      coins quote promotion --days 3
      coins quote promotion --days 1 --usd 5
      coins quote promotion --days 2 --views 4000 --json

    """
    session: Session = ctx.obj
    check_one_price(coins, usd, views)
    so_many_days = parse_amount(days, "the number of days")
    so_many_coins = None if coins is None else parse_amount(coins, "the number of coins")
    so_many_views = None if views is None else parse_amount(views, "the number of views")
    _answer(
        session,
        lambda bank: promotion_quote_text(
            bank.read.quote_promotion(
                so_many_days, coins=so_many_coins, usd=usd, views=so_many_views
            )
        ),
    )


# -- at the named prices, and at those of today --------------------------------------------------


def _coins_text(bank: "Bank", quote: CoinsQuote) -> QuoteText:
    return coins_quote_text(quote, at_a_time_max=bank.catalog.coins_at_a_time_max)


def _answer(session: Session, ask: "Callable[[Bank], QuoteText]") -> None:
    text = ask(session.bank)
    fields, comparison = _compare_with_today(session, text, ask)
    session.answer(fields, "\n".join([*text.lines, *comparison]))


def _compare_with_today(
    session: Session, text: QuoteText, ask: "Callable[[Bank], QuoteText]"
) -> tuple[dict[str, Any], list[str]]:
    """The JSON fields of a quote and the lines that compare it with today's prices.

    Without --catalog the quote is at today's prices already, and there are no such lines.
    """
    fields = {"schema": SCHEMA, **text.fields}
    if (bank := session.bank_of_today) is None:
        return fields, []
    try:
        quote = ask(bank)
    except CoinsError as error:
        # A quote that today's prices refuse leaves the one at the named prices good.
        hint = session.hint_of(error)
        today = error_object(error.code, error.message, hint, error.exit_code, error.fields)
        return (
            {**fields, "today": {"error": today}},
            [f"By today's prices there is no answer: {escape_control(error.message)}."],
        )
    fields["today"] = quote.fields
    if quote.fields == text.fields:
        return fields, ["By today's prices it is the same."]
    return fields, ["By today's prices:", *(f"  {line}" for line in quote.summary.splitlines())]
