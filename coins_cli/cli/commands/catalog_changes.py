"""The commands that change the economy's own prices."""

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Final

import typer

from coins_cli.cli.options import DryRun, choice
from coins_cli.cli.session import Session
from coins_cli.errors import InvalidChoice
from coins_cli.model.catalog import Catalog
from coins_cli.model.receipts import SCHEMA

if TYPE_CHECKING:
    from coins_cli.opening import PricesChanged

SOLD: Final = ("gift", "pack")
"""What can be added and removed."""

Sold = Annotated[str, typer.Argument(metavar="SOLD", help=choice(SOLD))]


def set_to(
    ctx: typer.Context,
    settings: Annotated[
        list[str],
        typer.Argument(
            metavar="KEY=VALUE...", help="A key that coins catalog show lists, and its new value."
        ),
    ],
    dry_run: DryRun = False,
) -> None:
    """Change prices, all of them or none.

    They are this economy's own. What was bought and sent before keeps its prices. Comments in the
    file catalog.toml get lost: coins catalog show explains every number instead.

    Examples:
      coins catalog set packs.500.usd=5.99
      coins catalog set gifting.creator_share=0.5 cash_out.threshold=5000
      coins catalog set gifts.panda.coins=7 --dry-run

    """
    from coins_cli.model.catalog_editing import with_settings

    _change(ctx.obj, lambda catalog: with_settings(catalog, settings), dry_run=dry_run)


def add(
    ctx: typer.Context,
    sold: Sold,
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="The gift's name, or the coins of the pack.")
    ],
    price: Annotated[
        str, typer.Argument(metavar="PRICE", help="A gift's in coins, a pack's in dollars.")
    ],
    dry_run: DryRun = False,
) -> None:
    """Put another gift or pack on sale.

    A gift has a name and a price in coins, a pack a number of coins and a price in dollars.

    Examples:
      coins catalog add gift "Golden crown" 750
      coins catalog add pack 300 1.00

    """
    from coins_cli.model.catalog_editing import with_gift, with_pack

    adding = with_gift if _checked(sold) == "gift" else with_pack
    _change(ctx.obj, lambda catalog: adding(catalog, name, price), dry_run=dry_run)


def remove(
    ctx: typer.Context,
    sold: Sold,
    name: Annotated[
        str, typer.Argument(metavar="GIFT|PACK", help="The gift or pack, as the catalog calls it.")
    ],
    dry_run: DryRun = False,
) -> None:
    """Sell a gift or a pack no longer.

    What was sent and bought of it stays.

    Examples:
      coins catalog remove gift panda
      coins catalog remove pack 10000 --dry-run

    """
    from coins_cli.model.catalog_editing import without

    what = _checked(sold)
    _change(ctx.obj, lambda catalog: without(catalog, what, name), dry_run=dry_run)


def reset(
    ctx: typer.Context,
    key: Annotated[
        str | None,
        typer.Argument(
            metavar="[KEY]", help="Only that one, like packs.500.usd, packs.500, packs."
        ),
    ] = None,
    dry_run: DryRun = False,
) -> None:
    """Go back to the default prices, or to one of them.

    Without a key the whole file is the default again, with its comments.

    Examples:
      coins catalog reset
      coins catalog reset packs.500.usd
      coins catalog reset gifts

    """
    session: Session = ctx.obj
    if key is None:
        from coins_cli.opening import reset_prices

        _show(session, reset_prices(session.store, session.now(), dry_run=dry_run), dry_run=dry_run)
        return
    from coins_cli.model.catalog_editing import with_default
    from coins_cli.model.default_catalog import DEFAULT_CATALOG

    _change(session, lambda catalog: with_default(catalog, DEFAULT_CATALOG, key), dry_run=dry_run)


def _checked(sold: str) -> str:
    if sold not in SOLD:
        raise InvalidChoice("what is sold", sold, SOLD)
    return sold


def _change(session: Session, edit: Callable[[Catalog], Catalog], *, dry_run: bool) -> None:
    from coins_cli.opening import change_prices

    _show(
        session, change_prices(session.store, edit, session.now(), dry_run=dry_run), dry_run=dry_run
    )


def _show(session: Session, done: "PricesChanged", *, dry_run: bool) -> None:
    from coins_cli.cli.render.catalog_words import changes_in_json, show_changes

    payload = {
        "schema": SCHEMA,
        "file": done.path,
        "dry_run": dry_run,
        "changes": changes_in_json(done.changes),
        "lost_comments": done.lost_comments,
    }
    if session.settings.quiet:
        session.answer(payload, "", quiet="" if dry_run or not done.changes else done.path)
    else:
        show_changes(
            session,
            payload,
            done.changes,
            names=("old", "new"),
            title="Prices that would change" if dry_run else "Prices changed",
            notes=["What was done before keeps its prices."],
            empty="Nothing changes: those are the prices already.",
        )
    if done.lost_comments:
        verb = "would lose" if dry_run else "has lost"
        session.note(
            f"Its file {verb} its comments; {session.command('catalog', 'show')} explains."
        )
    if session.settings.catalog or os.environ.get("COINS_CATALOG"):
        session.note("Other prices are in force: those of --catalog or COINS_CATALOG.")
