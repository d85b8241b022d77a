"""One run of a command: its settings, the bank it works on, and how its answer is shown.

Results go to stdout, everything else to stderr. A table is drawn on a terminal and becomes
tab-separated lines in a pipe, never wrapped or cut there.
"""

import os
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from functools import cached_property
from io import UnsupportedOperation
from typing import TYPE_CHECKING, Any, Final, TextIO

import typer
from msgspec import Struct

from coins_cli.cli.text import exact, json_line, minute, number, shown, tell
from coins_cli.errors import CoinsError, InvalidChoice, InvalidText

if TYPE_CHECKING:
    from rich.console import Console

    from coins_cli.bank import Bank
    from coins_cli.store.json_store import JsonStore

_COMMAND_IN_A_HINT: Final = (
    r"\bcoins (?=(?:cashout|catalog|clock|history|live|payout|promotion|recharge|repair|verify"
    r"|wallet)\b)(?![^;]*--store)"
)

COLORS: Final = ("auto", "always", "never")


class Settings(Struct):
    """The options that stand after any verb or before it."""

    store: str | None = None
    catalog: str | None = None
    json: bool = False
    quiet: bool = False
    color: str = "auto"

    def take(self, given: dict[str, Any]) -> None:
        """Remove the shared options from `given` parameters, and keep those that were said."""
        for name in self.__struct_fields__:
            value = given.pop(name, None)
            if value == "":
                raise InvalidText(f"option --{name}", "is empty")
            if value:
                setattr(self, name, value)
        if self.color not in COLORS:
            raise InvalidChoice("--color", self.color, COLORS)


class Seams(Struct, frozen=True):
    """What a story needs to come out the same each time: a clock, and the ids of new stores.

    With `columns`, output is as on a terminal of that width, whatever stdout is. `store` and
    `catalog` are those that are meant when none is named. `is_process` says that the process ends
    with the command.
    """

    clock: Callable[[], datetime] | None = None
    new_id: Callable[[], str] | None = None
    columns: int | None = None
    store: str | None = None
    catalog: str | None = None
    is_process: bool = False


class Column(Struct, frozen=True):
    """A column of a table. The `flexible` one gives way when the terminal is narrow."""

    name: str
    flexible: bool = False


class Price(Struct, frozen=True):
    """A number whose unit is shown to people only: `$6.49` on a terminal, `6.49` in a pipe."""

    number: str
    in_words: str


Cell = str | int | Price | None


class ReaderLeft(Exception):
    """Whoever read our output has left, as `head` does."""


class AnswerLost(Exception):
    """The answer could not be written; whether anything was changed is for the session to say."""

    def __init__(self, text: str, error: OSError) -> None:
        is_closed = isinstance(error, UnsupportedOperation)
        why = "stdout is closed" if is_closed else (error.strerror or str(error)).lower()
        super().__init__(f"the answer could not be written: {why}")
        self.text = text


class Session:
    """What a command has to do with."""

    def __init__(self, seams: Seams) -> None:
        self.settings = Settings()
        self.command_path = "coins"
        self.has_changed = False
        self.words_if_interrupted = "Stopped; nothing was changed."
        self._seams = seams
        self._releases: list[Callable[[], None]] = []

    # -- what is worked on ---------------------------------------------------------------------

    @cached_property
    def store(self) -> "JsonStore":
        """The store that is meant, made or not."""
        from coins_cli.opening import open_json_store

        return open_json_store(
            self.settings.store or self._seams.store,
            on_created=self._say_created,
            new_id=self._seams.new_id,
            hold_interrupts=self._hold_interrupts,
        )

    @cached_property
    def bank(self) -> "Bank":
        """The economy that is meant; its catalog is read when it is needed."""
        from coins_cli.bank import Bank
        from coins_cli.opening import catalog_in_force

        return Bank(
            self.store,
            lambda: catalog_in_force(self.store, self.settings.catalog or self._seams.catalog),
            clock=self.now,
        )

    @cached_property
    def bank_of_today(self) -> "Bank | None":
        """The same economy at the prices in force without --catalog; nothing when it is not said.

        Its catalog is read when it is needed, and may be refused though the one that was named is
        good.
        """
        from coins_cli.bank import Bank
        from coins_cli.opening import catalog_in_force

        if self.settings.catalog is None:
            return None
        return Bank(
            self.store,
            lambda: catalog_in_force(self.store, self._seams.catalog),
            clock=self.now,
        )

    def now(self) -> datetime:
        """The time."""
        from coins_cli.reading import utc_now

        return (self._seams.clock or utc_now)()

    def _hold_interrupts(self) -> Callable[[], None]:
        """From the commit point on, hold interruptions back until the answer is printed."""
        from coins_cli.store.interrupts import hold_interrupts

        self._releases.append(hold_interrupts())
        self.has_changed = True
        return lambda: None

    @property
    def is_untouched(self) -> bool:
        """Whether no store was asked for yet."""
        return "store" not in vars(self)

    def go_on(self) -> None:
        """Let through what a commit held back, now that its answer is printed; may interrupt."""
        while self._releases:
            self._releases.pop()()

    def let_interrupts_through(self) -> None:
        """Undo what a commit held back. What came meanwhile came too late to change anything."""
        if self._releases and self._seams.is_process:
            from coins_cli.store.interrupts import ignore_interrupts

            ignore_interrupts()
            return
        with suppress(KeyboardInterrupt):
            self.go_on()

    def _say_created(self, path: str) -> None:
        self.note(f"Made a new store in {shown(path)}")

    def hint_of(self, error: CoinsError) -> str | None:
        """An error's hint, to be copied as it stands."""
        return error.hint and self.with_store_named(error.hint)

    def with_store_named(self, text: str) -> str:
        """Words with commands in them, which name the store that was named."""
        if (store := self.settings.store) is None:
            return text
        import shlex

        named = f"coins --store {shlex.quote(store)} "
        return re.sub(_COMMAND_IN_A_HINT, lambda _: named, text)

    # -- answering -----------------------------------------------------------------------------

    @property
    def is_on_terminal(self) -> bool:
        """Whether the result is looked at by a person."""
        return self._seams.columns is not None or sys.stdout.isatty()

    @property
    def can_ask(self) -> bool:
        """Whether there is somebody to ask, and an answer wanted in words."""
        return sys.stdin.isatty() and sys.stderr.isatty() and not self.settings.json

    def when(self, at: datetime | None) -> str | None:
        """A moment in a table: to the minute for people, and exact for programs."""
        if at is None:
            return None
        return minute(at) if self.is_on_terminal else exact(at)

    def note(self, text: str) -> None:
        """Say something that is not the result."""
        if not self.settings.quiet:
            tell(text)

    def answer(self, payload: dict[str, Any], text: str, *, quiet: str | None = None) -> None:
        """Print the result: as one JSON object, as `text`, or as what is left of it in quiet."""
        if self.settings.json:
            self.answer_json(payload)
        elif not (self.settings.quiet and quiet is not None):
            self.say(text)
        elif quiet:
            self.say(quiet)

    def answer_json(self, payload: dict[str, Any]) -> None:
        """Print one JSON object on one line."""
        self.say(self.json_of(payload))

    def json_of(self, payload: dict[str, Any]) -> str:
        """One JSON object on one line, as stdout takes it."""
        return json_line(payload, is_utf_8=is_utf_8(sys.stdout))

    def say(self, text: str) -> None:
        """Print a part of the result.

        Raises `AnswerLost` when it cannot be written, but `ReaderLeft` when all that happened is
        that nobody wants to read it.
        """
        try:
            typer.echo(text, color=self.has_color())
        except OSError as error:
            is_unwanted = isinstance(error, BrokenPipeError | UnsupportedOperation)
            if is_unwanted and not self._releases:
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
        """Print the result: as JSON, as a table on a terminal, or as tab-separated lines.

        `notes` stand under the table, and `empty` in its place; both only on a terminal.
        """
        if self.settings.json:
            self.answer_json(payload)
            return
        rows = list(rows)
        if not self.is_on_terminal:
            for row in rows:
                self.say("\t".join(map(cell_field, row)))
        elif rows:
            from coins_cli.cli.tables import draw

            console = self.console()
            with console.capture() as drawn:
                draw(console, columns, rows, title=title, notes=notes)
            self.say("\n".join(line.rstrip() for line in drawn.get().splitlines()))
        else:
            self.say(empty)

    def console(self) -> "Console":
        """Rich's console on stdout, with colour as it was asked for."""
        from rich.console import Console

        has_color = self.has_color()
        return Console(
            width=self._seams.columns,
            highlight=False,
            markup=False,
            emoji=False,
            force_terminal=has_color or None,
            no_color=not has_color,
            color_system="standard" if has_color else None,
        )

    def has_color(self) -> bool:
        """Whether to colour what goes to stdout."""
        if self.settings.color != "auto":
            return self.settings.color == "always"
        is_plain = os.environ.get("TERM") == "dumb" or bool(os.environ.get("NO_COLOR"))
        return sys.stdout.isatty() and not is_plain


def is_utf_8(stream: TextIO) -> bool:
    """Whether a stream takes every letter."""
    return (stream.encoding or "utf-8").lower().replace("-", "") in ("utf8", "utf8sig")


def cell_field(cell: Cell) -> str:
    """A cell as a program reads it between tabs."""
    if isinstance(cell, Price):
        return cell.number
    return "" if cell is None else shown(str(cell))


def cell_text(cell: Cell) -> str:
    """A cell as a person reads it on a terminal."""
    if isinstance(cell, Price):
        return cell.in_words
    if isinstance(cell, int):
        return number(cell)
    return "" if cell is None else shown(cell)
