"""The command that lets other users of the computer work on the store."""

from typing import Annotated

import typer

from coins_cli.cli.render.text import escape_control
from coins_cli.cli.session import Session
from coins_cli.errors import UnknownGroup
from coins_cli.model.receipts import SCHEMA


def share(
    ctx: typer.Context,
    group: Annotated[
        str | None,
        typer.Argument(metavar="GROUP", help="A group of this computer's users, such as teachers."),
    ] = None,
    stop: Annotated[bool, typer.Option("--stop", help="Keep it to yourself again.")] = False,
) -> None:
    """Let a group of users work on the store.

    A store is its owner's alone, and one that others can write is refused. This allows it to the
    members of one group: it is written down in store.json, and the modes of all files are set.
    Only the owner can do that. Each member can then do everything that the owner can.

    Examples:
      coins share teachers
      coins share --stop

    """
    session: Session = ctx.obj
    if (group is None) != stop:
        raise typer.BadParameter("name a group, or say --stop", param_hint="GROUP")
    session.stopped_halfway = "Stopped, perhaps half done. Do it again: coins share"
    session.store.share(None if group is None else _number_of(group))
    where = escape_control(session.store.where)
    session.answer(
        {"schema": SCHEMA, "store": session.store.where, "group": group},
        f"Only you can use {where} now."
        if group is None
        else f"All members of {escape_control(group)} can use {where} now.",
        quiet="",
    )


def _number_of(group: str) -> int:
    """The id of a group. Raises `UnknownGroup`."""
    import grp

    try:
        return grp.getgrnam(group).gr_gid
    except (KeyError, ValueError):
        raise UnknownGroup(group) from None
