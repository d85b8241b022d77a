"""The stage of the demo: a store with its own clock and id, on which the story is played."""

import io
import shlex
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from coins_cli.cli.exit_codes import INTERRUPTED
from coins_cli.cli.render.story import (
    COLUMNS,
    Command,
    Forgery,
    Picture,
    Scene,
    Step,
    without_style,
)
from coins_cli.cli.render.story_pictures import PICTURES, Situation
from coins_cli.cli.session import Environment, Session
from coins_cli.errors import FileInTheWay

if TYPE_CHECKING:
    from coins_cli.files.changes import Changes

STORE_ID: Final = "0" * 32
FIRST_MOMENT: Final = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
CLAP: Final = '\n[gifts.clap]   # this class made it up\nname = "Clap"\ncoins = 1\n'


class Stage:
    """Plays the story's commands for real; `columns` are those of the terminal."""

    def __init__(
        self, folder: Path, changes: "Changes", *, colored: bool, columns: int = COLUMNS
    ) -> None:
        self._folder = folder
        self._changes = changes
        self._colored = colored
        self._columns = columns
        self._moments = 0
        self._catalog: str | None = None
        session = Session(self._environment(columns))
        session.settings.quiet = True
        session.settings.catalog = session.store.catalog_path
        if not session.store.write_catalog(_catalog_with_clap(), self._clock()):
            raise FileInTheWay(str(folder))
        session.go_on()
        self._session = session
        self._catalog = session.store.catalog_path

    def play(self, step: Step) -> list[Scene]:
        """Run the commands of a step under its forgery, which is undone at the end."""
        with _forged(self._folder, step.forgery):
            return [self._show(one) for one in step.shows]

    def _show(self, one: Command | Picture) -> Scene:
        if isinstance(one, Command):
            return self._run(one)
        situation = Situation(self._session.bank, self._folder, self._columns)
        picture = PICTURES[one.name](situation)
        return Scene(None, picture if self._colored else without_style(picture), 0)

    def _run(self, command: Command) -> Scene:
        """Run a command. If only some lines are shown, none is wrapped, so that they are whole."""
        from coins_cli.cli.main import run

        columns = self._columns if command.lines is None else COLUMNS
        color = "always" if self._colored else "never"
        screen = io.StringIO()
        with redirect_stdout(screen), redirect_stderr(screen):
            code = run([*shlex.split(command.line), "--color", color], self._environment(columns))
        if code == INTERRUPTED:
            raise KeyboardInterrupt
        lines = screen.getvalue().splitlines()
        told = [line.rstrip() for line in lines if not line.startswith("receipt ")]
        output = "\n".join(told[: command.lines]).strip("\n")
        return Scene(f"coins {command.line}", output, code)

    def _environment(self, columns: int) -> Environment:
        return Environment(
            clock=self._clock,
            new_id=lambda: STORE_ID,
            columns=columns,
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
