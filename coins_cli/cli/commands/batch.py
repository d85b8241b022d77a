"""The command that takes requests as JSON Lines."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import BufferedIOBase, BytesIO
from typing import Annotated, Any, Final

import typer
from msgspec import Struct

from coins_cli.cli.exit_codes import REFUSED, exit_code_of
from coins_cli.cli.json_lines import Line, groups_of_lines
from coins_cli.cli.options import DryRun
from coins_cli.cli.progress import progress_shown
from coins_cli.cli.session import AnswerLost, ReaderLeft, Session
from coins_cli.cli.text import counted, error_object, number, shown, tell
from coins_cli.errors import (
    CoinsError,
    FileNotReadable,
    InvalidRequest,
    NoSuchFile,
    OneAtMost,
    StoreUnusable,
    TooManyLines,
)
from coins_cli.model.receipts import SCHEMA, Receipt
from coins_cli.model.request_objects import request_of
from coins_cli.store.durability import reason
from coins_cli.store.protocol import Asked, Intent, OnRefusal

GROUP_LINES_MAX: Final = 4_096
"""How many lines at most share one sync, and wait for it together."""
TOGETHER_LINES_MAX: Final = 10_000
"""How many lines can be decided together, which takes all of them in memory."""


class Tally(Struct):
    """What became of the lines so far."""

    done: int = 0
    replayed: int = 0
    refused: int = 0
    last: int = 0

    def count(self, line: int, answer: Receipt | CoinsError) -> None:
        """Count the answer to a line."""
        self.last = line
        if isinstance(answer, CoinsError):
            self.refused += 1
        elif answer.replayed:
            self.replayed += 1
        else:
            self.done += 1

    def in_words(self, *, dry_run: bool) -> str:
        """What became of all lines, in one sentence."""
        parts = [f"{number(self.done)} {'would be done' if dry_run else 'done'}"]
        if self.replayed:
            parts.append(f"{number(self.replayed)} done before")
        parts.append(f"{number(self.refused)} refused")
        total = self.done + self.replayed + self.refused
        return f"{counted(total, 'request')}: {', '.join(parts)}."


def batch(
    ctx: typer.Context,
    file: Annotated[
        str, typer.Argument(metavar="[FILE|-]", help="JSON Lines; - or nothing for stdin.")
    ] = "-",
    stop_on_error: Annotated[
        bool, typer.Option("--stop-on-error", help="End at the first line that is refused.")
    ] = False,
    atomic: Annotated[
        bool, typer.Option("--atomic", help="Do all lines or none, at most 10,000 of them.")
    ] = False,
    dry_run: DryRun = False,
) -> None:
    """Do what a file or a pipe asks for, line by line.

    A line is a request as a JSON object with the fields of a receipt: op (open, recharge, gift,
    promote, cashout, live_start, live_end), user, or from and to, and so on, and key. Each is
    answered on stdout by a line with its receipt, or its error, and its line number, once that is
    on the disk. A refused line does not stop the others; the exit code is 4 then.

    With a key in each line, a batch that was stopped can simply be run again. At most 10,000 lines
    are taken with --atomic and with --dry-run.

    Examples:
      coins batch evening.jsonl
      coins batch evening.jsonl --dry-run
      coins batch evening.jsonl --atomic --quiet

    """
    session: Session = ctx.obj
    on_refusal = _on_refusal(stop=stop_on_error, undo=atomic)
    tally = Tally()
    with (
        _opened(session, file) as (source, size),
        _progress(session, source, size) as told,
        session.bank.store.in_bulk(),
    ):
        groups = _read(groups_of_lines(source, most=GROUP_LINES_MAX), file)
        for lines in _together(groups) if atomic or dry_run else groups:
            told()
            with _end_explained(session, tally):
                answers = session.bank.apply_each(
                    [_asked(line) for line in lines], on_refusal=on_refusal, dry_run=dry_run
                )
                for line, answer in zip(lines, answers, strict=False):
                    tally.count(line.number, answer)
                if not dry_run:
                    session.words_if_interrupted = _stopped_after(tally.last)
                _say(session, lines, answers, is_done=not dry_run)
            session.go_on()
            if stop_on_error and tally.refused:
                break
    session.note(tally.in_words(dry_run=dry_run))
    if tally.refused:
        raise typer.Exit(REFUSED)


def _on_refusal(*, stop: bool, undo: bool) -> OnRefusal:
    if stop and undo:
        raise OneAtMost(["--stop-on-error", "--atomic"])
    return "stop" if stop else "undo" if undo else "go on"


@contextmanager
def _opened(session: Session, name: str) -> Iterator[tuple[BufferedIOBase, int]]:
    """The file of that name, or stdin, and its size; 0 when that cannot be known."""
    if name == "-":
        if session.can_ask:
            session.note("Reading requests from the terminal, one JSON object a line, to Ctrl-D.")
        source: Any = getattr(sys.stdin, "buffer", None)
        yield source if source is not None else BytesIO(sys.stdin.read().encode()), 0
        return
    try:
        file = open(name, "rb")  # noqa: SIM115 - closed below, whoever fails
    except FileNotFoundError:
        raise NoSuchFile(name) from None
    except OSError as error:
        raise FileNotReadable(name, reason(error)) from None
    with file:
        yield file, os.fstat(file.fileno()).st_size


def _read(groups: Iterator[list[Line]], name: str) -> Iterator[list[Line]]:
    """The same groups; `FileNotReadable` when the disk or pipe gives no more of them."""
    while True:
        try:
            lines = next(groups, None)
        except OSError as error:
            raise FileNotReadable("stdin" if name == "-" else name, reason(error)) from None
        if lines is None:
            return
        yield lines


@contextmanager
def _progress(session: Session, source: BufferedIOBase, size: int) -> Iterator[Callable[[], None]]:
    """Tells how far a file is read, when somebody looks on and the answers go elsewhere."""
    if not size or session.is_on_terminal:
        yield lambda: None
        return
    with progress_shown(session, "Working") as progress:
        yield (lambda: progress(source.tell(), size)) if progress is not None else lambda: None


def _together(groups: Iterator[list[Line]]) -> Iterator[list[Line]]:
    """All lines, if there are any, as one group; `TooManyLines`."""
    lines: list[Line] = []
    for group in groups:
        lines += group
        if len(lines) > TOGETHER_LINES_MAX:
            raise TooManyLines(most=TOGETHER_LINES_MAX)
    if lines:
        yield lines


def _asked(line: Line) -> Asked:
    """What a line asks for, or what is wrong with it."""
    try:
        fields = line.fields()
        key = fields.pop("key", None)
        if not isinstance(key, str | None):
            raise InvalidRequest("'key' must be a text", hint="put it in quotes")
        return Intent(request_of(fields), key)
    except CoinsError as error:
        return error.as_answer()


def _stopped_after(line: int) -> str:
    return (
        f"Stopped after line {number(line)}. What was answered is done;"
        " with a key in each line, the rest is done by running it again."
    )


@contextmanager
def _end_explained(session: Session, tally: Tally) -> Iterator[None]:
    """Tell how far it went, when it goes no further although nobody interrupts it."""
    try:
        yield
    except (StoreUnusable, AnswerLost):
        if tally.last:
            session.note(session.words_if_interrupted)
        raise


def _say(
    session: Session,
    lines: Sequence[Line],
    answers: Sequence[Receipt | CoinsError],
    *,
    is_done: bool,
) -> None:
    """Print the answers, each on a line. A reader who leaves is told of, unless it was a trial."""
    said = [_said(session, *pair) for pair in zip(lines, answers, strict=False)]
    if not any(said):
        return
    text = "\n".join(one for one in said if one)
    try:
        session.say(text)
    except ReaderLeft as left:
        if is_done and isinstance(left.__cause__, OSError):
            raise AnswerLost(text, left.__cause__) from left
        raise


def _said(session: Session, line: Line, answer: Receipt | CoinsError) -> str:
    """One answer: an object with its line number, or in quiet only the transaction's."""
    is_brief = session.settings.quiet and not session.settings.json
    if not isinstance(answer, CoinsError):
        if is_brief:
            return "" if answer.seq is None else str(answer.seq)
        return session.json_of({"schema": SCHEMA, "line": line.number, **answer.to_json()})
    if is_brief:
        tell(f"coins: line {line.number}: {shown(answer.message)}")
        return ""
    code = exit_code_of(answer)
    error = error_object(answer.code, answer.message, session.hint_of(answer), code, answer.fields)
    return session.json_of({"schema": SCHEMA, "line": line.number, "error": error})
