"""The commands of the catalog."""

from decimal import Decimal
from typing import Annotated

import typer

from coins_cli.cli.render.text import cents_per_coin, counted, dollars, escape_control, number
from coins_cli.cli.session import Column, Price, Session
from coins_cli.model.catalog import Pack
from coins_cli.model.money import format_dollars
from coins_cli.model.receipts import SCHEMA


def packs(ctx: typer.Context) -> None:
    """List the coin packs.

    With what one coin costs in each.

    Examples:
      coins catalog packs
      coins catalog packs --json

    """
    session: Session = ctx.obj
    catalog = session.bank.catalog
    session.table(
        {
            "schema": SCHEMA,
            "packs": [
                {
                    "id": pack.id,
                    "coins": pack.coins,
                    "usd": format_dollars(pack.usd_cents),
                    "cents_per_coin": cents_per_coin(pack),
                }
                for pack in catalog.packs.values()
            ],
        },
        [Column("pack"), Column("coins"), Column("price"), Column("a coin")],
        [
            [pack.id, pack.coins, price(pack.usd_cents), _cents_a_coin(pack)]
            for pack in catalog.packs.values()
        ],
        title="Coin packs",
        notes=[f"At most {number(catalog.coins_at_a_time_max)} coins at a time."],
    )


def gifts(ctx: typer.Context) -> None:
    """List the gifts.

    And their prices in coins.

    Examples:
      coins catalog gifts
      coins catalog gifts --json

    """
    session: Session = ctx.obj
    kinds = session.bank.catalog.gifts.values()
    session.table(
        {
            "schema": SCHEMA,
            "gifts": [{"id": kind.id, "name": kind.name, "coins": kind.coins} for kind in kinds],
        },
        [Column("gift"), Column("name"), Column("coins")],
        [[kind.id, kind.name, kind.coins] for kind in kinds],
        title="Gifts",
        notes=["Sent on a creator's live, or in the comments: coins gift FROM TO GIFT"],
    )


def promotions(ctx: typer.Context) -> None:
    """Show what promotions cost.

    In dollars, coins and views.

    Examples:
      coins catalog promotions
      coins catalog promotions --json

    """
    session: Session = ctx.obj
    terms = session.bank.catalog.promotion
    ends = [
        ("smallest", terms.usd_cents_min, terms.coins_min),
        ("largest", terms.usd_cents_max, terms.coins_max),
    ]
    session.table(
        {
            "schema": SCHEMA,
            "promotions": [
                {
                    "id": name,
                    "usd": format_dollars(cents),
                    "coins": coins,
                    "views": terms.views(coins),
                }
                for name, cents, coins in ends
            ],
            "days_max": terms.days_max,
            "min_coins_per_day": terms.min_coins_per_day,
            "views_per_coin": _plain(terms.views_per_coin),
        },
        [Column("promotion"), Column("price"), Column("coins"), Column("views")],
        [[name, price(cents), coins, terms.views(coins)] for name, cents, coins in ends],
        title="Promotions",
        notes=[
            f"For 1 to {terms.days_max} days.",
            f"At least {number(terms.min_coins_per_day)} coins a day.",
            f"{_plain(terms.views_per_coin)} views a coin.",
        ],
    )


def check(
    ctx: typer.Context,
    file: Annotated[
        str | None,
        typer.Argument(
            metavar="[CATALOG]", help="A catalog's name or file. Else the one in force."
        ),
    ] = None,
) -> None:
    """Check a catalog file.

    When it is wrong, the key at fault is named.

    Examples:
      coins catalog check
      coins catalog check my-prices.toml

    """
    from coins_cli.files.catalogs import load_catalog

    session: Session = ctx.obj
    catalog = session.bank.catalog if file is None else load_catalog(file)
    session.answer(
        {
            "schema": SCHEMA,
            "ok": True,
            "file": catalog.source,
            "packs": len(catalog.packs),
            "gifts": len(catalog.gifts),
        },
        f"{escape_control(catalog.source)} is good: {counted(len(catalog.packs), 'pack')},"
        f" {counted(len(catalog.gifts), 'gift')}.",
    )


def init(ctx: typer.Context) -> None:
    """Give the store a catalog of its own, to be edited.

    It begins as a copy of the default, or of the one that --catalog names. It is edited as a file,
    or by coins catalog set.

    Examples:
      coins catalog init
      coins catalog init --catalog older-prices
      coins catalog init --store class-7b

    """
    from coins_cli.opening import give_catalog

    session: Session = ctx.obj
    path = give_catalog(session.store, session.now(), session.settings.catalog or "default")
    session.answer(
        {"schema": SCHEMA, "file": path},
        f"Wrote {escape_control(path)}\nEdit it, then: {session.command('catalog', 'check')}",
        quiet=path,
    )


def _plain(rate: Decimal) -> str:
    return format(rate, "f")


def price(cents: int) -> Price:
    """Cents as a cell in dollars."""
    return Price(format_dollars(cents), dollars(cents))


def _cents_a_coin(pack: Pack) -> Price:
    cents = cents_per_coin(pack)
    return Price(cents, f"{cents} ¢")
