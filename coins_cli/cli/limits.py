"""How much of a list is printed: all of it in a pipe, the first rows at a terminal."""

from collections.abc import Sequence
from typing import Annotated, Final, TypeVar

import typer

from coins_cli.cli.render.text import number
from coins_cli.cli.session import Session
from coins_cli.model.money import parse_amount

ROWS_AT_TERMINAL: Final = 20
ALL: Final = "all"
Row = TypeVar("Row")

Limit = Annotated[
    str | None,
    typer.Option(
        "--limit",
        metavar="N",
        help=f"At most so many, or {ALL}. Unless said, {ROWS_AT_TERMINAL} at a terminal, and else"
        f" {ALL}.",
    ),
]


def most_of(session: Session, limit: str | None) -> int | None:
    """The most rows to print; `None` for all of them. Raises `InvalidAmount`."""
    if limit is None:
        is_read = session.is_on_terminal and not session.settings.json
        return ROWS_AT_TERMINAL if is_read else None
    return (
        None if limit.lower() == ALL else parse_amount(limit, f"--limit, when it is not '{ALL}',")
    )


def limited(
    session: Session, limit: str | None, rows: Sequence[Row]
) -> tuple[Sequence[Row], list[str]]:
    """The first of `rows`, as many as --limit allows, and a note that counts the others."""
    most = most_of(session, limit)
    if most is None or len(rows) <= most:
        return rows, []
    return rows[:most], [more_than_shown(number(len(rows) - most))]


def more_than_shown(count: str = "") -> str:
    """The note below a list that goes on, with the `count` of what is not shown if it is known."""
    return f"There are {f'{count} ' if count else ''}more: --limit {ALL} shows all of them."
