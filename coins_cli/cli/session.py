"""The session of one command: its settings, the bank it works on, and the output of its answer.

Results go to stdout, everything else to stderr. A table is drawn on a terminal and becomes
tab-separated lines in a pipe, never wrapped or cut there.
"""

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import cached_property
from io import UnsupportedOperation
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TextIO

import typer

from coins_cli.cli.render.text import (
    USUAL_COLUMNS,
    escape_control,
    exact,
    json_line,
    json_lines,
    minute,
    number,
    styled,
    terminal_columns,
    warn,
)
from coins_cli.cli.signals import ignore_interrupts
from coins_cli.errors import (
    CoinsError,
    InvalidChoice,
    InvalidText,
)

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from rich.console import Console

    from coins_cli.bank import Bank
    from coins_cli.files.changes import Changes
    from coins_cli.store.json.store import JsonStore
    from coins_cli.store.protocol import Progress

UNCHANGED: Final = "nothing was changed"
COLORS: Final = ("auto", "always", "never")


class Settings:
    """The options that every command shares, before the verb or after it."""

    def __init__(self) -> None:
        self.store: str | None = None
        self.catalog: str | None = None
        self.json = False
        self.quiet = False
        self.color = "auto"
        self.no_pager = False

    def take(self, given: dict[str, Any]) -> None:
        """Move the shared options out of the `given` parameters; absent ones keep their value."""
        for name in vars(self):
            value = given.pop(name, None)
            if value == "":
                raise InvalidText(f"option --{name}", "is empty")
            if value:
                setattr(self, name, value)
        if self.color not in COLORS:
            raise InvalidChoice("--color", self.color, COLORS)


class Environment(NamedTuple):
    """The surroundings of a command, so that a run is repeatable: clock, ids, terminal, defaults.

    `new_id` makes the ids of new stores. With `columns`, output is that of a terminal of this
    width, whatever stdout is. `store` and `catalog` are the defaults. `is_process` is true when the
    process ends with the command. `changes` also records the command's changes.
    """

    clock: Callable[[], datetime] | None = None
    new_id: Callable[[], str] | None = None
    columns: int | None = None
    store: str | None = None
    catalog: str | None = None
    is_process: bool = False
    changes: "Changes | None" = None


class Column(NamedTuple):
    """A column of a table. The `flexible` one gives way when the terminal is narrow."""

    name: str
    flexible: bool = False


class Price(NamedTuple):
    """A number whose unit is shown to people only: `$6.49` on a terminal, `6.49` in a pipe."""

    number: str
    in_words: str


Cell = str | int | Price | None


class ReaderLeft(Exception):
    """The reader of our output closed the pipe, as `head` does."""


class AnswerLost(Exception):
    """The answer could not be written to stdout; `Session.outcome` says what was done."""

    def __init__(self, text: str, error: OSError) -> None:
        is_closed = isinstance(error, UnsupportedOperation)
        why = "stdout is closed" if is_closed else (error.strerror or str(error)).lower()
        super().__init__(f"the answer could not be written: {why}")
        self.text = text


class Session:
    """The context of one command: settings, bank, output."""

    def __init__(self, environment: Environment) -> None:
        self.settings = Settings()
        self.command_path = "coins"
        self.stopped_unchanged = f"Stopped; {UNCHANGED}."
        self.stopped_halfway = "Stopped; what was done before stays."
        self._environment = environment
        self._releases: list[Callable[[], None]] = []

    # -- store and bank ------------------------------------------------------------------------

    @cached_property
    def store(self) -> "JsonStore":
        """The store named by --store, the environment or the default; it need not exist yet."""
        from coins_cli.opening import open_json_store

        return open_json_store(
            self.settings.store or self._environment.store,
            on_created=self._say_created,
            new_id=self._environment.new_id,
            changes=self.changes,
        )

    @cached_property
    def bank(self) -> "Bank":
        """The bank over the store; its catalog is read on first use."""
        from coins_cli.bank import Bank
        from coins_cli.opening import catalog_in_force

        return Bank(
            self.store,
            lambda: catalog_in_force(
                self.store, self.settings.catalog or self._environment.catalog
            ),
            clock=self.now,
            show_progress=self._show_progress,
        )

    @cached_property
    def bank_of_today(self) -> "Bank | None":
        """The same bank at the prices in force without --catalog; `None` when that is not given.

        Its catalog is read on first use, and may be invalid although the named one is valid.
        """
        from coins_cli.bank import Bank
        from coins_cli.opening import catalog_in_force

        if self.settings.catalog is None:
            return None
        return Bank(
            self.store,
            lambda: catalog_in_force(self.store, self._environment.catalog),
            clock=self.now,
        )

    def now(self) -> datetime:
        """The computer's time in UTC, or that of the environment's clock."""
        from coins_cli.queries import utc_now

        return (self._environment.clock or utc_now)()

    def _show_progress(self) -> "AbstractContextManager[Progress | None]":
        from coins_cli.cli.render.progress import progress_shown

        return progress_shown(self, "Reading the journal")

    def _hold_interrupts(self) -> Callable[[], None]:
        """Delay interrupts from a change until its answer is printed."""
        from coins_cli.files.interrupts import hold_interrupts

        self._releases.append(hold_interrupts())
        return lambda: None

    @cached_property
    def changes(self) -> "Changes":
        """The record of what this command has changed."""
        from coins_cli.files.changes import Changes

        return Changes(self._hold_interrupts, self._environment.changes)

    @property
    def has_changed(self) -> bool:
        """True if this command has changed anything."""
        return "changes" in vars(self) and self.changes.happened

    @property
    def outcome(self) -> str:
        """The outcome of the command so far, as a clause."""
        if not self.has_changed:
            return UNCHANGED
        if self.changes.is_partial:
            return "what was done before stays"
        return "what was asked for is done"

    @property
    def interruption_message(self) -> str:
        """The message for an interrupt at this moment."""
        return self.stopped_halfway if self.has_changed else self.stopped_unchanged

    @property
    def is_untouched(self) -> bool:
        """True if the command has not used its store yet."""
        return "store" not in vars(self)

    def go_on(self) -> None:
        """Deliver the interrupts that a change delayed, now that its answer is printed."""
        while self._releases:
            self._releases.pop()()

    def let_interrupts_through(self) -> None:
        """Deliver delayed interrupts at the end of the command.

        A process that ends now ignores them: they came too late. Any other caller is interrupted.
        """
        if self._releases and self._environment.is_process:
            ignore_interrupts()
        else:
            self.go_on()

    def _say_created(self, path: str) -> None:
        self.note(f"Made a new store in {escape_control(path)}")

    def hint_of(self, error: CoinsError) -> str | None:
        """The hint of an error, with commands that can be copied."""
        from coins_cli.cli.hints import hint_of

        return hint_of(error, store=self.settings.store, is_changed=self.has_changed)

    def command(self, *words: str) -> str:
        """A coins command as the user types it, with --store if that was given."""
        from coins_cli.cli.hints import run

        return run(*words).on(self.settings.store)

    # -- answering -----------------------------------------------------------------------------

    @property
    def is_on_terminal(self) -> bool:
        """True if a person reads the result."""
        return self.columns is not None

    @property
    def columns(self) -> int | None:
        """The width of the terminal, or that in COLUMNS; `None` in a file or a pipe."""
        columns = self._environment.columns or terminal_columns(sys.stdout)
        given = os.environ.get("COLUMNS", "")
        is_given = self._environment.columns is None and given.isdecimal() and int(given) > 0
        return int(given) if columns is not None and is_given else columns

    @property
    def can_ask(self) -> bool:
        """True if a person can be asked: at a terminal, and without --json."""
        return sys.stdin.isatty() and sys.stderr.isatty() and not self.settings.json

    @property
    def page_columns(self) -> int:
        """The width of a document: that of the terminal at most, and `USUAL_COLUMNS` in a file."""
        return min(self.columns or USUAL_COLUMNS, USUAL_COLUMNS)

    def when(self, at: datetime | None) -> str | None:
        """A moment for a table: to the minute on a terminal, exact in a pipe."""
        if at is None:
            return None
        return minute(at) if self.is_on_terminal else exact(at)

    def note(self, text: str) -> None:
        """Print a remark on stderr, unless --quiet is given."""
        if not self.settings.quiet:
            warn(text, columns=self._environment.columns)

    def report(self, message: str, details: Sequence[str], hint: str | None) -> None:
        """Print an error on stderr: what is wrong in red, and the hint dim."""
        has_color, columns = self.has_color(sys.stderr), self._environment.columns
        style = "red" if has_color else None
        warn(f"coins: {escape_control(message)}", columns=columns, style=style)
        for detail in details:
            warn(f"  {escape_control(detail)}", columns=columns)
        if hint:
            style = "dim" if has_color else None
            warn(f"  {escape_control(hint)}", columns=columns, style=style)

    def answer(self, payload: dict[str, Any], text: str, *, quiet: str | None = None) -> None:
        """Print the result: `payload` with --json, `quiet` with --quiet if given, else `text`.

        On a terminal `text` is folded at words.
        """
        if self.settings.json:
            self.answer_json(payload)
        elif not (self.settings.quiet and quiet is not None):
            self.say_folded(text)
        elif quiet:
            self.say(quiet)

    def answer_json(self, payload: dict[str, Any]) -> None:
        """Print a JSON object on one line."""
        self.say(self.json_of(payload))

    def json_of(self, payload: dict[str, Any]) -> str:
        """A JSON object on one line, in the encoding of stdout."""
        return json_line(payload, is_utf_8=is_utf_8(sys.stdout))

    def json_lines(self, payloads: Sequence[object]) -> str:
        """JSON objects, one a line, in the encoding of stdout."""
        return json_lines(payloads, is_utf_8=is_utf_8(sys.stdout))

    def say_folded(self, text: str) -> None:
        """Print a part of the result; on a terminal it is folded at words to its width."""
        if (columns := self.columns) is not None:
            from coins_cli.cli.render.folding import folded

            text = folded(text, columns)
        self.say(text)

    def say(self, text: str) -> None:
        """Print a part of the result on stdout, as it is.

        Raises `ReaderLeft` when the reader has closed the pipe and nothing was changed, and
        `AnswerLost` for any other failed write.
        """
        try:
            # Without escape sequences there is nothing to strip, and stripping takes long.
            typer.echo(text, color="\x1b" not in text or self.has_color())
        except OSError as error:
            if is_unwanted(error) and not self.has_changed:
                raise ReaderLeft from error
            raise AnswerLost(text, error) from error

    def table(
        self,
        payload: dict[str, Any],
        columns: Sequence[Column],
        rows: Iterable[Sequence[Cell]],
        *,
        title: str,
        notes: Sequence[str] = (),
        empty: str = "There are none yet.",
    ) -> None:
        """Print the result: as JSON, as a table on a terminal, or as tab-separated lines in a pipe.

        On a terminal, `notes` follow the table, and `empty` replaces a table without rows.
        """
        if self.settings.json:
            self.answer_json(payload)
            return
        rows = list(rows)
        if not self.is_on_terminal:
            for row in rows:
                self.say("\t".join(map(cell_field, row)))
        elif rows:
            from coins_cli.cli.render.tables import table_lines

            bold = self.bold if self.has_color() else str
            width = self.columns or USUAL_COLUMNS
            lines = table_lines(columns, rows, width, title=title, notes=notes, bold=bold)
            self.say("\n".join(lines))
        else:
            self.say_folded(empty)

    def bold(self, text: str) -> str:
        """The text in bold."""
        return styled(text, "bold")

    def console(self) -> "Console":
        """A Rich console on stdout that obeys --color."""
        from rich.console import Console

        has_color = self.has_color()
        return Console(
            width=self.columns,
            highlight=False,
            markup=False,
            emoji=False,
            force_terminal=has_color or None,
            no_color=not has_color,
            color_system="standard" if has_color else None,
        )

    def has_color(self, stream: TextIO | None = None) -> bool:
        """True if output to `stream`, which is stdout unless given, is coloured."""
        if self.settings.color != "auto":
            return self.settings.color == "always"
        is_plain = os.environ.get("TERM") == "dumb" or bool(os.environ.get("NO_COLOR"))
        return (stream or sys.stdout).isatty() and not is_plain


def is_unwanted(error: OSError) -> bool:
    """True if a write failed because the stream has no reader or is closed."""
    return isinstance(error, BrokenPipeError | UnsupportedOperation)


def is_utf_8(stream: TextIO) -> bool:
    """True if a stream's encoding is UTF-8, which has every character."""
    return (stream.encoding or "utf-8").lower().replace("-", "") in ("utf8", "utf8sig")


def cell_field(cell: Cell) -> str:
    """A cell for tab-separated output; a spreadsheet takes no text in it for a formula."""
    if isinstance(cell, Price):
        return cell.number
    if isinstance(cell, str):
        from coins_cli.exports.escaping import guarded

        return guarded(cell, escape_control(cell))
    return "" if cell is None else str(cell)


def cell_text(cell: Cell) -> str:
    """A cell for a table on a terminal."""
    if isinstance(cell, Price):
        return cell.in_words
    if isinstance(cell, int):
        return number(cell)
    return "" if cell is None else escape_control(cell)
