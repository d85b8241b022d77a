"""The commands that say what something would cost, or bring.

With --catalog each answers by the prices in that file, and beside them by those of today.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import typer
from msgspec import Struct

from coins_cli.cli.options import Quantity
from coins_cli.cli.session import Column, Price, Session
from coins_cli.cli.text import counted, dollars, error_object, number, shown
from coins_cli.errors import CoinsError
from coins_cli.model.money import format_dollars, parse_amount, parse_dollars
from coins_cli.model.quotes import (
    CoinsQuote,
    GiftQuote,
    OneKind,
    Proceeds,
    PromotionQuote,
    Purchase,
    UsdQuote,
)
from coins_cli.model.receipts import SCHEMA

if TYPE_CHECKING:
    from coins_cli.bank import Bank


class Answer(Struct, frozen=True):
    """What a quote answers: its fields, all that there is to say, and the most of it in short."""

    fields: dict[str, Any]
    lines: Sequence[str]
    in_short: str


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
    quote = session.bank.quote_coins(wanted)
    answer = _coins_answer(session.bank, quote)
    fields, beside = _beside_today(
        session, answer, lambda bank: _coins_answer(bank, bank.quote_coins(wanted))
    )
    if session.is_on_terminal:
        session.table(
            fields,
            [Column(name) for name in ("pack", "price", "a coin", "that is", "packs", "in all")],
            [_kind_row(kind) for kind in quote.kinds],
            title=answer.in_short,
            notes=[*answer.lines[1:], *beside],
        )
    else:
        _say(session, fields, [*answer.lines, *beside])


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
    _answer(session, lambda bank: _gift_answer(bank.quote_gift(gift, quantity=times)))


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
    _answer(session, lambda bank: _usd_answer(bank.quote_usd(budget)))


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
    so_many_days = parse_amount(days, "the number of days")
    so_many_coins = None if coins is None else parse_amount(coins, "the number of coins")
    so_many_views = None if views is None else parse_amount(views, "the number of views")
    _answer(
        session,
        lambda bank: _promotion_answer(
            bank.quote_promotion(so_many_days, coins=so_many_coins, usd=usd, views=so_many_views)
        ),
    )


# -- by the prices that were named, and by those of today ----------------------------------------


def _answer(session: Session, ask: "Callable[[Bank], Answer]") -> None:
    answer = ask(session.bank)
    fields, beside = _beside_today(session, answer, ask)
    _say(session, fields, [*answer.lines, *beside])


def _say(session: Session, fields: dict[str, Any], lines: Sequence[str]) -> None:
    session.answer(fields, "\n".join(lines))


def _beside_today(
    session: Session, answer: Answer, ask: "Callable[[Bank], Answer]"
) -> tuple[dict[str, Any], list[str]]:
    """The fields of an answer, with those of today where it is not by them, and what to say."""
    fields = {"schema": SCHEMA, **answer.fields}
    if (bank := session.bank_of_today) is None:
        return fields, []
    try:
        today = ask(bank)
    except CoinsError as error:
        # That there is no answer by the prices of today takes nothing from the one that there is.
        return (
            {**fields, "today": {"error": _error_fields(session, error)}},
            [f"By today's prices there is no answer: {shown(error.message)}."],
        )
    fields["today"] = today.fields
    if today.fields == answer.fields:
        return fields, ["By today's prices it is the same."]
    return fields, ["By today's prices:", *(f"  {line}" for line in today.in_short.splitlines())]


def _error_fields(session: Session, error: CoinsError) -> dict[str, Any]:
    from coins_cli.cli.exit_codes import exit_code_of

    hint, code = session.hint_of(error), exit_code_of(error)
    return error_object(error.code, error.message, hint, code, error.fields)


# -- coins ---------------------------------------------------------------------------------------


def _coins_answer(bank: "Bank", quote: CoinsQuote) -> Answer:
    purchase, single = quote.purchase, quote.single
    at_a_time_max = bank.catalog.coins_at_a_time_max
    sentence = (
        f"{counted(quote.coins, 'coin')} {'costs' if quote.coins == 1 else 'cost'} at least"
        f" {dollars(purchase.usd_cents)}: {_packs_in_words(purchase)}."
    )
    lines = [sentence]
    if quote.left_over:
        lines.append(f"{counted(quote.left_over, 'coin')} would be left over.")
    if purchase.coins > at_a_time_max:
        lines.append(f"At most {counted(at_a_time_max, 'coin')} are bought at a time.")
    return Answer(
        {
            "coins": quote.coins,
            "bought": purchase.coins,
            "left_over": quote.left_over,
            "usd": format_dollars(purchase.usd_cents),
            "packs": _packs_json(purchase),
            "single": None
            if single is None
            else {
                "pack": single.id,
                "quantity": 1,
                "usd": format_dollars(single.usd_cents),
                "left_over": single.coins - quote.coins,
                "saves": format_dollars(quote.saved_usd_cents),
            },
            "by_pack": [_kind_json(kind) for kind in quote.kinds],
        },
        [*lines, *_single_in_words(quote)],
        sentence,
    )


def _single_in_words(quote: CoinsQuote) -> list[str]:
    """How the cheapest packs compare with a single one; nothing when they are but one pack."""
    purchase, single = quote.purchase, quote.single
    if sum(count for _, count in purchase.packs) == 1:
        return []
    surprise = "Large packs cost more per coin than the smallest"
    if single is None:
        lines = ["No single pack holds so many."]
    elif quote.large_packs_cost_more and single.coins == purchase.coins:
        prices = f"{dollars(purchase.usd_cents)} instead of {dollars(single.usd_cents)}"
        return [
            f"{surprise}, so {counted(purchase.coins, 'coin')} are cheapest",
            f"as {_so_many_packs(purchase)} ({prices}).",
        ]
    else:
        over = single.coins - quote.coins
        rest = f", with {counted(over, 'coin')} left over" if over else ""
        holds = f"The smallest pack that holds so many has {counted(single.coins, 'coin')}"
        lines = [
            f"{holds} and costs {dollars(single.usd_cents)}:",
            f"{dollars(quote.saved_usd_cents)} more{rest}.",
        ]
    return [*lines, f"{surprise}."] if quote.large_packs_cost_more else lines


def _kind_row(kind: OneKind) -> list[str | int | Price | None]:
    cents = _cents_per_coin(kind)
    mark = "cheapest" if kind.is_cheapest_per_coin else None
    return [
        kind.pack.id,
        _price(kind.pack.usd_cents),
        Price(cents, f"{cents} ¢"),
        "dearest" if kind.is_dearest_per_coin else mark,
        kind.quantity,
        _price(kind.usd_cents),
    ]


def _kind_json(kind: OneKind) -> dict[str, Any]:
    return {
        "pack": kind.pack.id,
        "quantity": kind.quantity,
        "usd": format_dollars(kind.usd_cents),
        "cents_per_coin": _cents_per_coin(kind),
    }


def _cents_per_coin(kind: OneKind) -> str:
    from coins_cli.cli.asking import cents_per_coin

    return cents_per_coin(kind.pack)


def _price(cents: int) -> Price:
    return Price(format_dollars(cents), dollars(cents))


# -- gifts and budgets ---------------------------------------------------------------------------


def _gift_answer(quote: GiftQuote) -> Answer:
    least, most = quote.sender_usd_cents_least, quote.sender_usd_cents_most
    brought = quote.creator_usd_cents
    cost = (
        f"{number(quote.quantity)} × {shown(quote.name)} costs {counted(quote.coins, 'coin')}:"
        f" the sender pays {_from_to(least, most)}"
    )
    return Answer(
        {
            "gift": quote.gift,
            "quantity": quote.quantity,
            "coins": quote.coins,
            "sender_usd": {"least": format_dollars(least), "most": format_dollars(most)},
            "creator_usd": format_dollars(brought),
            "stays_usd": {
                "least": format_dollars(quote.stays_usd_cents_least),
                "most": format_dollars(quote.stays_usd_cents_most),
            },
            "take_rate": {
                "least": format(quote.take_rate_least, "f"),
                "most": format(quote.take_rate_most, "f"),
            },
            **_proceeds_json(quote.proceeds),
        },
        [
            *([f"{cost}."] if least == most else [f"{cost},", _BY_THE_PACK]),
            *(_split_in_words(paid, brought) for paid in sorted({least, most})),
            *_take_rate_in_words(quote.take_rate_least, quote.take_rate_most),
            *_short_in_words(quote.proceeds),
        ],
        f"{cost},\nthe creator gets {dollars(brought)}.",
    )


_BY_THE_PACK = "by the pack that the coins came from."


def _usd_answer(quote: UsdQuote) -> Answer:
    purchase, proceeds = quote.purchase, quote.proceeds
    bought = (
        f"{dollars(quote.usd_cents)} buys {counted(quote.coins, 'coin')}"
        f" for {dollars(purchase.usd_cents)}: {_packs_in_words(purchase)}."
    )
    lines = [bought]
    if quote.take_rate is not None:
        if quote.left_usd_cents:
            lines.append(f"{dollars(quote.left_usd_cents)} would be left.")
        lines.append("When all of them are given:")
        lines.append(_split_in_words(purchase.usd_cents, proceeds.usd_cents))
        lines += _take_rate_in_words(quote.take_rate, quote.take_rate)
        lines += _short_in_words(proceeds)
    return Answer(
        {
            "usd": format_dollars(quote.usd_cents),
            "coins": quote.coins,
            "spent": format_dollars(purchase.usd_cents),
            "left_usd": format_dollars(quote.left_usd_cents),
            "packs": _packs_json(purchase),
            "creator_usd": format_dollars(proceeds.usd_cents),
            "stays_usd": format_dollars(quote.stays_usd_cents),
            "take_rate": None if quote.take_rate is None else format(quote.take_rate, "f"),
            **_proceeds_json(proceeds),
        },
        lines,
        bought,
    )


def _proceeds_json(proceeds: Proceeds) -> dict[str, Any]:
    return {
        "earned": proceeds.earned,
        "diamonds": proceeds.diamonds,
        "cash_out": {
            "eligible": not proceeds.short_by,
            "threshold": proceeds.threshold,
            "short_by": proceeds.short_by,
        },
    }


def _split_in_words(paid_usd_cents: int, brought_usd_cents: int) -> str:
    """Of what is paid, what goes out and what stays; or what the platform would have to add."""
    stays = paid_usd_cents - brought_usd_cents
    gets = f"Of {dollars(paid_usd_cents)} the creator gets {dollars(brought_usd_cents)}"
    if stays < 0:
        return f"{gets}: {dollars(-stays)} more than was paid."
    return f"{gets}; {dollars(stays)} stays."


def _take_rate_in_words(least: Decimal, most: Decimal) -> list[str]:
    """The platform's share; nothing where it has none, because it pays out more than came in."""
    if least < 0:
        return []
    return [f"The take rate is {least:f}{'' if least == most else f' to {most:f}'}."]


def _short_in_words(proceeds: Proceeds) -> list[str]:
    if not proceeds.short_by:
        return []
    starts = f"Cashing out starts at {counted(proceeds.threshold, 'earned coin')}"
    return [f"{starts}; this alone brings {number(proceeds.earned)}."]


def _from_to(least_usd_cents: int, most_usd_cents: int) -> str:
    if least_usd_cents == most_usd_cents:
        return dollars(least_usd_cents)
    return f"{dollars(least_usd_cents)} to {dollars(most_usd_cents)}"


# -- promotions ----------------------------------------------------------------------------------


def _promotion_answer(quote: PromotionQuote) -> Answer:
    purchase = quote.purchase
    listed = f"By the price list it is {dollars(quote.usd_cents)}"
    about = "about " if quote.views % quote.days else ""
    cost = (
        f"A promotion for {counted(quote.days, 'day')} costs {counted(quote.coins, 'coin')}\n"
        f"and brings {counted(quote.views, 'view')}"
    )
    return Answer(
        {
            "days": quote.days,
            "coins": quote.coins,
            "usd": format_dollars(quote.usd_cents),
            "views": quote.views,
            "views_per_day": quote.views_per_day,
            "buy": {
                "bought": purchase.coins,
                "usd": format_dollars(purchase.usd_cents),
                "packs": _packs_json(purchase),
            },
        },
        [
            f"{cost}, {about}{number(quote.views_per_day)} a day.",
            f"{listed}; the coins for it cost at least {dollars(purchase.usd_cents)}:",
            f"{_packs_in_words(purchase)}.",
        ],
        f"{cost}; the coins for it cost at least {dollars(purchase.usd_cents)}.",
    )


# -- packs ---------------------------------------------------------------------------------------


def _packs_json(purchase: Purchase) -> list[dict[str, Any]]:
    return [{"pack": pack.id, "quantity": count} for pack, count in purchase.packs]


def _packs_in_words(purchase: Purchase) -> str:
    parts = [
        f"{number(count)} × the pack of {number(pack.coins)}" for pack, count in purchase.packs
    ]
    return " and ".join(parts) or "not even the smallest pack"


def _so_many_packs(purchase: Purchase) -> str:
    parts = [f"{counted(count, 'pack')} of {number(pack.coins)}" for pack, count in purchase.packs]
    return " and ".join(parts)
