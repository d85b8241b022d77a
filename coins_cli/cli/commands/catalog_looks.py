"""The commands that explain, list and compare catalogs."""

from itertools import pairwise
from typing import Annotated

import typer

from coins_cli.cli.render.text import escape_control
from coins_cli.cli.session import Column, Session
from coins_cli.model.receipts import SCHEMA


def show(ctx: typer.Context) -> None:
    """Explain every number of the prices in force.

    Its key, its value, whether it is a fact, an assumption or changed here, and what it does.

    Examples:
      coins catalog show
      coins catalog show --catalog older-prices
      coins catalog show --json

    """
    from coins_cli.cli.render import catalog_words as words

    session: Session = ctx.obj
    catalog = session.bank.catalog
    rows, gone = words.explained(catalog), words.removed(catalog)
    payload = {
        "schema": SCHEMA,
        "catalog": catalog.source,
        "prices": [
            {
                "key": one.key,
                "value": words.json_value(one.value),
                "origin": one.origin,
                "default": words.json_value(one.default),
                "about": one.effect,
            }
            for one in rows
        ],
        "removed": gone,
    }
    notes = [f"Not on sale here: {', '.join(gone)}."] if gone else []
    title = f"Prices in force: {escape_control(catalog.source)}"
    names = ("key", "value", "origin", "what it does")
    cells = words.explained_rows(rows)
    if session.settings.json or session.columns is None:
        session.table(payload, [], words.pipe_rows(rows), title=title)
    elif words.fits(cells, session.columns):
        session.table(payload, [Column(one) for one in names], cells, title=title, notes=notes)
    else:
        body = words.stacked(rows, session.columns)
        parts = [words.wrapped(one, session.columns) for one in notes]
        session.say("\n".join([title, "", body, *([""] if notes else []), *parts]))


def list_all(ctx: typer.Context) -> None:
    """List the catalogs that come with coins.

    Each can be named where a file could be, as in --catalog older-prices. Their files say where
    their numbers are from.

    Examples:
      coins catalog list
      coins catalog list --json

    """
    from coins_cli.files.named_catalogs import NAMED_CATALOGS, named_catalog_path

    session: Session = ctx.obj
    rows = [(name, about, named_catalog_path(name)) for name, about in NAMED_CATALOGS.items()]
    if session.is_on_terminal and not session.settings.json:
        from coins_cli.cli.render.catalog_words import wrapped

        for name, about, path in rows:
            session.say(f"{wrapped(f'{name}: {about}', session.columns)}\n  {escape_control(path)}")
        return
    fields = ("name", "about", "file")
    session.table(
        {"schema": SCHEMA, "catalogs": [dict(zip(fields, row, strict=True)) for row in rows]},
        [Column(name) for name in fields],
        rows,
        title="Catalogs",
    )


def diff(
    ctx: typer.Context,
    one: Annotated[
        str | None,
        typer.Argument(metavar="[A]", help="A catalog's name or file. Else the default."),
    ] = None,
    other: Annotated[
        str | None, typer.Argument(metavar="[B]", help="Another one. Else the prices in force.")
    ] = None,
) -> None:
    """Compare two catalogs, and say what follows.

    Only what differs, side by side. Without names it is the default against the prices in force.

    Examples:
      coins catalog diff
      coins catalog diff older-prices
      coins catalog diff default my-prices.toml

    """
    from coins_cli.cli.render.catalog_words import json_value, show_changes
    from coins_cli.files.catalogs import load_catalog
    from coins_cli.model.catalog_editing import changes_between
    from coins_cli.reports.price_changes import consequences

    session: Session = ctx.obj
    old = load_catalog(one or "default")
    new = load_catalog(other) if other else session.bank.catalog
    changes, said = changes_between(old, new), consequences(old, new)
    show_changes(
        session,
        {
            "schema": SCHEMA,
            "a": old.source,
            "b": new.source,
            "differences": [
                {"key": each.key, "a": json_value(each.old), "b": json_value(each.new)}
                for each in changes
            ],
            "consequences": said,
        },
        changes,
        names=(one or "default", other or "in force"),
        title=f"{old.source} → {new.source}",
        notes=said,
        empty="They are the same: no price differs.",
    )


def history(ctx: typer.Context) -> None:
    """Tell which prices were in force when.

    From the journal: each time that something was done at other prices than before, with what
    changed. The first prices are compared with the default.

    Examples:
      coins catalog history
      coins catalog history --json

    """
    from coins_cli.cli.render import catalog_words as words
    from coins_cli.model.catalog_editing import changes_between
    from coins_cli.model.default_catalog import DEFAULT_CATALOG

    session: Session = ctx.obj
    periods = session.bank.read.price_history()
    catalogs = [DEFAULT_CATALOG, *(one.catalog for one in periods), session.bank.catalog]
    changes = [changes_between(old, new) for old, new in pairwise(catalogs)]
    if session.is_on_terminal and not session.settings.json:
        session.say(words.history_in_words(periods, changes, catalogs, session.columns))
        return
    payload = {
        "schema": SCHEMA,
        "periods": [
            {
                "first": period.first,
                "last": period.last,
                "since": period.since,
                "until": period.until,
                "changes": words.changes_in_json(each),
            }
            for period, each in zip(periods, changes, strict=False)  # the last are not used yet
        ],
        "unused": words.changes_in_json(changes[-1]),
    }
    session.table(payload, [], words.history_rows(periods, changes), title="")
