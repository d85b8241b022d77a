"""The story that shows the whole economy at work."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from coins_cli.cli.commands.stage import FIRST_MOMENT, STORE_ID, Stage
from coins_cli.cli.render.story import COLUMNS, STORY, Scene, fitted, line_columns, step_text
from coins_cli.cli.render.text import escape_control
from coins_cli.cli.session import Session
from coins_cli.errors import FileInTheWay, OneAtMost
from coins_cli.model.receipts import SCHEMA

if TYPE_CHECKING:
    from coins_cli.files.changes import Changes

THE_END: Final = "Now you: coins wallet create alice"


def demo(
    ctx: typer.Context,
    pause: Annotated[
        bool, typer.Option("--pause", help="Show it step by step; keys turn the pages.")
    ] = False,
    live: Annotated[
        bool, typer.Option("--live", help="Play an evening live instead, gift by gift.")
    ] = False,
) -> None:
    """Tell the whole story, in a store of its own.

    It follows one sum from a fan to a creator, and comes out the same each time. The commands in it
    are run for real; of long answers the beginning is shown. The store is thrown away
    afterwards, unless --store says where to keep it.

    With --pause each step has the screen for itself: any key goes on, b goes back, q ends it.

    With --live it is an evening of twenty seconds, shown as coins live watch shows it; in a pipe it
    is told at once.

    Examples:
      coins demo
      coins demo --pause
      coins demo --store shown-in-class
      coins demo --live

    """
    session: Session = ctx.obj
    if pause and live:
        raise OneAtMost(["--pause", "--live"])
    with _stage_set(session) as (folder, changes):
        if live:
            from coins_cli.cli.commands.evening import play_evening

            session.stopped_unchanged = "Stopped."
            play_evening(session, folder, FIRST_MOMENT, STORE_ID, changes)
        elif session.settings.json:
            _answer_json(session, Told(folder, changes, colored=False, columns=COLUMNS))
        else:
            _show_story(session, folder, changes, pause=pause and _can_pause(session))


class Told:
    """The story as far as it was told: each step is played when it is first asked for."""

    def __init__(self, folder: Path, changes: "Changes", *, colored: bool, columns: int) -> None:
        self._stage = Stage(folder, changes, colored=colored, columns=columns)
        self._played: list[list[Scene]] = []

    def scenes(self, place: int) -> list[Scene]:
        """The scenes of the step at `place`, from 0 on."""
        while len(self._played) <= place:
            self._played.append(self._stage.play(STORY[len(self._played)]))
        return self._played[place]

    def text(self, place: int, columns: int) -> str:
        """The step at `place` in lines of at most `columns`."""
        return step_text(place + 1, STORY[place], self.scenes(place), line_columns(columns))


def _answer_json(session: Session, told: Told) -> None:
    steps = [
        {"words": step.words, "commands": told.scenes(place), "then": step.then}
        for place, step in enumerate(STORY)
    ]
    session.answer_json({"schema": SCHEMA, "steps": steps})


def _show_story(session: Session, folder: Path, changes: "Changes", *, pause: bool) -> None:
    """Tell the story on a screen or in a pipe; with `pause`, a screen for each step."""
    from coins_cli.cli.slides import show_slides

    columns = line_columns(session.columns or COLUMNS)
    told = Told(folder, changes, colored=session.has_color(), columns=columns)
    if pause:
        if not show_slides(told.text, len(STORY), session.say):
            if session.has_changed:
                session.note(session.interruption_message)
            return
    else:
        for place in range(len(STORY)):
            session.say(f"{told.text(place, columns)}\n")
    session.say(fitted(THE_END, columns))


def _can_pause(session: Session) -> bool:
    """True if a person at a terminal can press keys; a note says so if not."""
    if sys.stdin.isatty() and sys.stdout.isatty():
        return True
    session.note("Nobody is at a terminal to press a key, so the demo does not pause.")
    return False


@contextmanager
def _stage_set(session: Session) -> "Iterator[tuple[Path, Changes]]":
    """The folder for the store, and the record of its changes.

    Without `--store` it is a temporary folder, whose changes do not count as the command's.
    """
    from coins_cli.files.changes import Changes
    from coins_cli.files.outputs import temporary_folder

    kept = session.settings.store
    if kept is None:
        with temporary_folder("coins-demo-") as folder:
            yield Path(folder) / "store", Changes()
        return
    if (Path(kept) / "store.json").exists():
        raise FileInTheWay(kept)
    session.stopped_halfway = f"Stopped; what was played so far stays in {escape_control(kept)}"
    with session.changes.many():
        yield Path(kept), session.changes
