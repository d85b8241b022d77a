"""The command that plays history again under other prices."""

from collections.abc import Callable
from typing import Annotated

import typer

from coins_cli.cli.options import Force, Since, Until, choice
from coins_cli.cli.render.report_document import COLUMNS_MAX
from coins_cli.cli.render.text import escape_control
from coins_cli.cli.render.whatif_document import whatif_document, whatif_json
from coins_cli.cli.session import Session
from coins_cli.errors import InvalidChoice
from coins_cli.files.catalogs import load_catalog
from coins_cli.model.catalog import Catalog
from coins_cli.model.catalog_editing import with_settings
from coins_cli.model.money import parse_amount
from coins_cli.model.periods import parse_period
from coins_cli.model.receipts import SCHEMA
from coins_cli.views.flows import Scope
from coins_cli.views.whatif import KEEPS, WhatIf


def whatif(
    ctx: typer.Context,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Another price; say it for each."),
    ] = None,
    catalogs: Annotated[
        list[str] | None,
        typer.Option(
            "--catalog",
            metavar="CATALOG",
            help="Other prices, by name or file; several are compared.",
        ),
    ] = None,
    keep: Annotated[
        str, typer.Option("--keep", metavar="KEEP", help=f"What stays the same: {choice(KEEPS)}")
    ] = "packs",
    since: Since = None,
    until: Until = None,
    user: Annotated[
        str | None, typer.Option("--user", metavar="USER", help="Only this user's part.")
    ] = None,
    live: Annotated[
        str | None,
        typer.Option("--live", metavar="ID", help="Only gifts on it; coins live list has the ID."),
    ] = None,
    html: Annotated[
        str | None,
        typer.Option("--html", metavar="FILE", help="Write it as a page, with each report."),
    ] = None,
    force: Force = False,
) -> None:
    """Show where the money would have gone at other prices.

    All that has happened is played again in memory at other prices: who would have paid and got
    how much, what stays with the platform, and who could not have done what they did. Nothing is
    changed. With --set, the prices of each moment hold but for those that are set. With --keep
    packs everybody buys the same packs; with --keep dollars they spend the same dollars.

    Examples:
      coins whatif --set gifting.creator_share=0.5
      coins whatif --catalog older-prices --catalog my-prices.toml --keep dollars
      coins whatif --set cash_out.threshold=5000 --html what-if.html

    """
    session: Session = ctx.obj
    period = parse_period(since, until)
    live_id = None if live is None else parse_amount(live, "the live's number")
    kept = next((one for one in KEEPS if one == keep), None)
    if kept is None:
        raise InvalidChoice("--keep", keep, KEEPS)
    others = _others(_named(session, catalogs or []), settings or [])
    if not others:
        raise typer.BadParameter("name other prices, with --set KEY=VALUE or --catalog FILE")
    scope = Scope(period.since, period.until, user, live_id)
    result = session.bank.read.whatif(others, keep=kept, scope=scope)
    if html is not None:
        _write_page(session, result, html, force=force)
        return
    session.answer(whatif_json(result), whatif_document(result, session.columns or COLUMNS_MAX))


def _named(session: Session, catalogs: list[str]) -> list[str]:
    """The catalogs that are named after the verb, and before it: there too, others are meant."""
    before, session.settings.catalog = session.settings.catalog, None
    return catalogs if before is None else [before, *catalogs]


def _others(catalogs: list[str], settings: list[str]) -> dict[str, Callable[[Catalog], Catalog]]:
    """The other prices by name: each of the catalogs, or the prices in force, with the settings."""
    if not catalogs:
        return (
            {", ".join(settings): lambda prices: with_settings(prices, settings)}
            if settings
            else {}
        )
    extra = f" with {', '.join(settings)}" if settings else ""
    return {
        f"{name}{extra}": _always(with_settings(load_catalog(name), settings)) for name in catalogs
    }


def _always(catalog: Catalog) -> Callable[[Catalog], Catalog]:
    return lambda _: catalog


def _write_page(session: Session, result: WhatIf, path: str, *, force: bool) -> None:
    from coins_cli.files.outputs import write_file
    from coins_cli.reports.whatif_page import whatif_page

    page = whatif_page(result, session.bank.read.now()).encode()
    write_file(path, page, session.changes, force=force)
    transactions = result.recorded.report.transactions
    session.answer(
        {"schema": SCHEMA, "file": path, "transactions": transactions},
        f"Wrote {escape_control(path)}: open it in a browser, or print it.",
        quiet=path,
    )
