"""Quotes in words, in JSON, and as the rows of a table."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from msgspec import Struct

from coins_cli.cli.render.text import cents_per_coin, counted, dollars, escape_control, number
from coins_cli.cli.session import Cell, Column, Price
from coins_cli.model.money import format_dollars
from coins_cli.model.quotes import (
    CoinsQuote,
    GiftQuote,
    OneKind,
    Proceeds,
    PromotionQuote,
    Purchase,
    UsdQuote,
)

KIND_COLUMNS = tuple(
    Column(name) for name in ("pack", "price", "a coin", "that is", "packs", "in all")
)


class QuoteText(Struct, frozen=True):
    """A quote ready to print: its JSON fields, its lines in full, and its `summary`."""

    fields: dict[str, Any]
    lines: Sequence[str]
    summary: str


# -- coins ---------------------------------------------------------------------------------------


def coins_quote_text(quote: CoinsQuote, *, at_a_time_max: int) -> QuoteText:
    """The cheapest packs, compared with a single one, and a warning above `at_a_time_max` coins."""
    purchase, single = quote.purchase, quote.single
    sentence = (
        f"{counted(quote.coins, 'coin')} {'costs' if quote.coins == 1 else 'cost'} at least"
        f" {dollars(purchase.usd_cents)}: {_packs_in_words(purchase)}."
    )
    lines = [sentence]
    if quote.left_over:
        lines.append(f"{counted(quote.left_over, 'coin')} would be left over.")
    if purchase.coins > at_a_time_max:
        lines.append(f"At most {counted(at_a_time_max, 'coin')} are bought at a time.")
    return QuoteText(
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
    """The cheapest packs compared with the smallest single one; empty when they are one pack."""
    purchase, single = quote.purchase, quote.single
    if sum(count for _, count in purchase.packs) == 1:
        return []
    surprise = "Large packs cost more per coin than the smallest"
    if single is None:
        lines = ["No single pack holds so many."]
    elif quote.large_packs_cost_more and single.coins == purchase.coins:
        prices = f"{dollars(purchase.usd_cents)} instead of {dollars(single.usd_cents)}"
        cheapest = f"{counted(purchase.coins, 'coin')} are cheapest as {_so_many_packs(purchase)}"
        return [f"{surprise}, so {cheapest} ({prices})."]
    else:
        over = single.coins - quote.coins
        rest = f", with {counted(over, 'coin')} left over" if over else ""
        holds = f"The smallest pack that holds so many has {counted(single.coins, 'coin')}"
        more = f"{dollars(quote.saved_usd_cents)} more{rest}"
        lines = [f"{holds} and costs {dollars(single.usd_cents)}: {more}."]
    return [*lines, f"{surprise}."] if quote.large_packs_cost_more else lines


def kind_row(kind: OneKind) -> list[Cell]:
    """The row of `KIND_COLUMNS` for buying packs of one kind only."""
    cents = cents_per_coin(kind.pack)
    mark = "cheapest" if kind.is_cheapest_per_coin else None
    return [
        kind.pack.id,
        _price(kind.pack.usd_cents),
        Price(cents, f"{cents} ¢"),
        "priciest" if kind.is_dearest_per_coin else mark,
        kind.quantity,
        _price(kind.usd_cents),
    ]


def _kind_json(kind: OneKind) -> dict[str, Any]:
    return {
        "pack": kind.pack.id,
        "quantity": kind.quantity,
        "usd": format_dollars(kind.usd_cents),
        "cents_per_coin": cents_per_coin(kind.pack),
    }


def _price(cents: int) -> Price:
    return Price(format_dollars(cents), dollars(cents))


# -- gifts and budgets ---------------------------------------------------------------------------


def gift_quote_text(quote: GiftQuote) -> QuoteText:
    """The cost to the sender, the creator's dollars and the take rate."""
    least, most = quote.sender_usd_cents_least, quote.sender_usd_cents_most
    brought = quote.creator_usd_cents
    cost = (
        f"{number(quote.quantity)} × {escape_control(quote.name)} costs"
        f" {counted(quote.coins, 'coin')}: the sender pays {_from_to(least, most)}"
    )
    return QuoteText(
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
            *([f"{cost}."] if least == most else [f"{cost}, {_BY_THE_PACK}"]),
            *(_split_in_words(paid, brought) for paid in sorted({least, most})),
            *_take_rate_in_words(quote.take_rate_least, quote.take_rate_most),
            *_short_in_words(quote.proceeds),
        ],
        f"{cost}, the creator gets {dollars(brought)}.",
    )


_BY_THE_PACK = "by the pack that the coins came from."


def usd_quote_text(quote: UsdQuote) -> QuoteText:
    """The packs for a budget, and the creator's dollars if all their coins are given."""
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
    return QuoteText(
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
    """A payment split into the creator's part and the platform's, which may be below zero."""
    stays = paid_usd_cents - brought_usd_cents
    gets = f"Of {dollars(paid_usd_cents)} the creator gets {dollars(brought_usd_cents)}"
    if stays < 0:
        return f"{gets}: {dollars(-stays)} more than was paid."
    return f"{gets}; {dollars(stays)} stays."


def _take_rate_in_words(least: Decimal, most: Decimal) -> list[str]:
    """The take rate; empty when the platform pays out more than it takes in."""
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


def promotion_quote_text(quote: PromotionQuote) -> QuoteText:
    """The cost of a promotion, its views, and the cheapest packs for it."""
    purchase = quote.purchase
    bought = f"{dollars(purchase.usd_cents)}: {_packs_in_words(purchase)}"
    listed = f"By the price list it is {dollars(quote.usd_cents)}"
    about = "about " if quote.views % quote.days else ""
    cost = (
        f"A promotion for {counted(quote.days, 'day')} costs {counted(quote.coins, 'coin')}"
        f" and brings {counted(quote.views, 'view')}"
    )
    return QuoteText(
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
            f"{listed}; the coins for it cost at least {bought}.",
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
