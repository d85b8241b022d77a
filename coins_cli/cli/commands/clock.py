"""The commands of the economy's clock."""

from typing import Annotated

import typer

from coins_cli.cli.render.text import exact, lasting, minute
from coins_cli.cli.session import Session
from coins_cli.model.receipts import SCHEMA
from coins_cli.queries import ClockShown


def show(ctx: typer.Context) -> None:
    """Show what time it is in this economy.

    Everything that shows or records time goes by it: lives, promotions, the journal.

    Examples:
      coins clock show
      coins clock show --json

    """
    session: Session = ctx.obj
    _answer(session, session.bank.read.clock())


def set_to(
    ctx: typer.Context,
    moment: Annotated[
        str, typer.Argument(metavar="TIME", help="Like 2026-03-01T09:30; UTC unless it has a zone.")
    ],
    stopped: Annotated[
        bool, typer.Option("--stopped", help="Let it stand there until it is moved.")
    ] = False,
) -> None:
    """Let it be another time from now on.

    It cannot be a time before the newest transaction: time never runs backwards in a journal. With
    --stopped, the same commands come out the same each time.

    Examples:
      coins clock set 2030-03-01
      coins clock set 2030-03-01T09:30 --stopped

    """
    session: Session = ctx.obj
    _answer(session, session.bank.set_clock(moment, stopped=stopped))


def advance(
    ctx: typer.Context,
    duration: Annotated[
        str, typer.Argument(metavar="DURATION", help="Like 3d, 12h, 45m, 30s or 1w2d.")
    ],
) -> None:
    """Let time pass at once.

    Promotions run on, and everything after it is recorded at the later time.

    Examples:
      coins clock advance 3d
      coins clock advance 1w2d --json

    """
    session: Session = ctx.obj
    _answer(session, session.bank.advance_clock(duration))


def reset(ctx: typer.Context) -> None:
    """Go by the computer's clock again.

    Where transactions are later than that, time stands still until it has caught up.

    Examples:
      coins clock reset
      coins clock reset --json

    """
    session: Session = ctx.obj
    _answer(session, session.bank.reset_clock())


def _answer(session: Session, reading: ClockShown) -> None:
    clock = reading.clock
    ahead = int(clock.ahead.total_seconds())
    session.answer(
        {
            "schema": SCHEMA,
            "now": reading.now,
            "own": clock.is_own,
            "stopped": clock.stopped_at is not None,
            "ahead_seconds": ahead,
        },
        f"It is {minute(reading.now)} UTC, {_in_words(reading)}.",
        quiet=exact(reading.now),
    )


def _in_words(reading: ClockShown) -> str:
    clock = reading.clock
    if clock.stopped_at is not None:
        return "and stays so until the clock is moved"
    if not clock.is_own:
        if reading.is_behind:
            return "and stays so until the computer's clock has caught up"
        return "by the computer's clock"
    where = "ahead of" if clock.ahead.total_seconds() >= 0 else "behind"
    return f"{lasting(abs(clock.ahead))} {where} the computer's clock"
