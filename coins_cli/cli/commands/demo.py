"""The story that shows the whole economy at work."""

import io
import os
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from coins_cli.cli.exit_codes import INTERRUPTED
from coins_cli.cli.render.story import (
    COLUMNS,
    STORY,
    WHERE_EACH_DOLLAR_WENT,
    Forgery,
    Scene,
    Step,
    dollars_in_words,
    heading,
    screen_text,
)
from coins_cli.cli.render.text import echo_err, escape_control
from coins_cli.cli.session import Environment, Session
from coins_cli.errors import FileInTheWay, OneAtMost
from coins_cli.model.receipts import SCHEMA

if TYPE_CHECKING:
    from coins_cli.files.changes import Changes

STORE_ID: Final = "0" * 32
FIRST_MOMENT: Final = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
CLAP: Final = '\n[gifts.clap]   # this class made it up\nname = "Clap"\ncoins = 1\n'
ANY_KEY: Final = "Press any key to go on."
KEYS_BYTES_MAX: Final = 1_024
"""Bytes of one read, so that a key that sends several bytes counts once."""


def demo(
    ctx: typer.Context,
    pause: Annotated[
        bool, typer.Option("--pause", help="Wait for a key between the steps.")
    ] = False,
    live: Annotated[
        bool, typer.Option("--live", help="Play an evening live instead, gift by gift.")
    ] = False,
) -> None:
    """Tell the whole story, in a store of its own.

    It comes out the same each time. The store is thrown away afterwards, unless --store says where
    to keep it.

    With --live it is an evening of twenty seconds, shown as coins live watch shows it; in a pipe it
    is told at once.

    Examples:
      coins demo
      coins demo | less
      coins demo --store shown-in-class
      coins demo --live

    """
    session: Session = ctx.obj
    if pause and live:
        raise OneAtMost(["--pause", "--live"])
    if live:
        from coins_cli.cli.commands.evening import play_evening

        session.stopped_unchanged = "Stopped."
        with _stage_set(session) as (folder, changes):
            play_evening(session, folder, FIRST_MOMENT, STORE_ID, changes)
        return
    _play_story(session, _pause_of(session) if pause else lambda: None)


def _play_story(session: Session, pause: Callable[[], None]) -> None:
    """Play the story step by step, with a `pause` between steps."""
    steps: list[dict[str, Any]] = []
    with _stage_set(session) as (folder, changes):
        colored = session.has_color() and not session.settings.json
        stage = Stage(folder, changes, colored=colored)
        for number, step in enumerate(STORY, start=1):
            if steps:
                pause()
            if not session.settings.json:
                session.say(heading(number, step.words))
            scenes = []
            for scene in stage.play(step):
                scenes.append(scene)
                if not session.settings.json:
                    session.say(screen_text(scene))
            steps.append({"words": step.words, "commands": scenes})
    if session.settings.json:
        session.answer_json({"schema": SCHEMA, "steps": steps})
    else:
        session.say("\nThat was all of it. Your own economy: coins wallet create alice")


def _pause_of(session: Session) -> Callable[[], None]:
    """A function that waits for a key; without a terminal, a note and no pause."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()) or session.settings.json:
        session.note("Nobody is at a terminal to press a key, so the demo does not pause.")
        return lambda: None
    return _wait_for_key


def _wait_for_key() -> None:
    """Wait for any key, without echo."""
    import termios
    import tty

    keyboard = sys.stdin.fileno()
    echo_err(ANY_KEY, nl=False)
    before = termios.tcgetattr(keyboard)
    try:
        tty.setcbreak(keyboard)
        os.read(keyboard, KEYS_BYTES_MAX)
    finally:
        termios.tcsetattr(keyboard, termios.TCSADRAIN, before)
        echo_err("\r" + " " * len(ANY_KEY) + "\r", nl=False)


class Stage:
    """Plays the story's commands for real, on a store with a clock and an id of its own."""

    def __init__(self, folder: Path, changes: "Changes", *, colored: bool) -> None:
        self._folder = folder
        self._changes = changes
        self._colored = colored
        self._moments = 0
        self._catalog: str | None = None
        session = Session(self._environment())
        session.settings.quiet = True
        session.settings.catalog = session.store.catalog_path
        if not session.store.write_catalog(_catalog_with_clap(), self._clock()):
            raise FileInTheWay(str(folder))
        session.go_on()
        self._session = session
        self._catalog = session.store.catalog_path

    def play(self, step: Step) -> Iterator[Scene]:
        """Run the commands of a step under its forgery, which is undone at the end."""
        with _forged(self._folder, step.forgery):
            for command in step.commands:
                if command == WHERE_EACH_DOLLAR_WENT:
                    bank = self._session.bank
                    yield Scene(None, dollars_in_words(bank.read.flows(), bank.catalog), 0)
                else:
                    yield self._run(command)

    def _run(self, command: str) -> Scene:
        from coins_cli.cli.main import run

        color = "always" if self._colored else "never"
        screen = io.StringIO()
        with redirect_stdout(screen), redirect_stderr(screen):
            code = run([*shlex.split(command), "--color", color], self._environment())
        if code == INTERRUPTED:
            raise KeyboardInterrupt
        lines = screen.getvalue().splitlines()
        kept = [line.rstrip() for line in lines if not line.startswith("receipt ")]
        return Scene(f"coins {command}", "\n".join(kept).strip("\n"), code)

    def _environment(self) -> Environment:
        return Environment(
            clock=self._clock,
            new_id=lambda: STORE_ID,
            columns=COLUMNS,
            store=str(self._folder),
            catalog=self._catalog,
            changes=self._changes,
        )

    def _clock(self) -> datetime:
        self._moments += 1
        return FIRST_MOMENT + timedelta(minutes=self._moments)


def _catalog_with_clap() -> bytes:
    from coins_cli.files.catalogs import default_catalog_text

    return default_catalog_text() + CLAP.encode()


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


@contextmanager
def _forged(folder: Path, forgery: Forgery | None) -> Iterator[None]:
    """Change a file of the store by hand, and restore it at the end of the `with` block."""
    if forgery is None:
        yield
        return
    file = folder / forgery.file
    honest = file.read_text(encoding="utf-8")
    file.write_text(honest.replace(forgery.old, forgery.new), encoding="utf-8")
    try:
        yield
    finally:
        file.write_text(honest, encoding="utf-8")
