"""The command that takes requests as JSON Lines."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import BufferedIOBase, BytesIO
from typing import Annotated, Any, Final

import typer
from msgspec import Struct

from coins_cli.cli.exit_codes import REFUSED
from coins_cli.cli.json_lines import Line, groups_of_lines, items_of
from coins_cli.cli.options import DryRun, lists
from coins_cli.cli.render.progress import progress_shown
from coins_cli.cli.render.text import counted, error_object, escape_control, number, warn
from coins_cli.cli.session import AnswerLost, ReaderLeft, Session
from coins_cli.errors import (
    CoinsError,
    FileNotReadable,
    OneAtMost,
    StoreUnusable,
    TooManyLines,
    one_of,
)
from coins_cli.files.words import reason
from coins_cli.model.economy import OnRefusal
from coins_cli.model.operations import BY_OP
from coins_cli.model.receipts import SCHEMA, Receipt

GROUP_LINES_MAX: Final = 2_048
"""Lines at most that share one sync: more of them do not fit into the caches."""
TOGETHER_LINES_MAX: Final = 10_000
"""Lines at most that are decided together, all of them in memory."""


class Tally(Struct):
    """Counts of answers so far."""

    done: int = 0
    replayed: int = 0
    refused: int = 0
    last: int = 0

    def count(self, lines: Sequence[Line], answers: Sequence[Receipt | CoinsError]) -> None:
        """Count the answers to `lines`, of which the last may have none."""
        replayed = [answer.replayed for answer in answers if isinstance(answer, Receipt)]
        self.refused += len(answers) - len(replayed)
        self.replayed += sum(replayed)
        self.done += len(replayed) - sum(replayed)
        self.last = lines[len(answers) - 1].number

    def in_words(self, *, dry_run: bool) -> str:
        """The counts in one sentence."""
        parts = [f"{number(self.done)} {'would be done' if dry_run else 'done'}"]
        if self.replayed:
            parts.append(f"{number(self.replayed)} done before")
        parts.append(f"{number(self.refused)} refused")
        total = self.done + self.replayed + self.refused
        return f"{counted(total, 'request')}: {', '.join(parts)}."


@lists(operations=one_of(list(BY_OP), "and"))
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

    A line is a request as a JSON object with the fields of a receipt: op, user, or from and to,
    and so on, and key. The operations are {operations}.

    Each is answered on stdout by a line with its receipt, or its error, and its line number, once
    that is on the disk. A refused line does not stop the others; the exit code is 4 then.

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
        _progress(session, source, size) as show_progress,
        session.bank.store.in_bulk(),
    ):
        groups = _read(groups_of_lines(source, most=GROUP_LINES_MAX), file)
        for lines in _together(groups) if atomic or dry_run else groups:
            show_progress()
            with _end_explained(session, tally):
                answers = session.bank.apply_each(
                    items_of(lines), on_refusal=on_refusal, dry_run=dry_run, are_checked=True
                )
                tally.count(lines, answers)
                if not dry_run:
                    words = _stopped_after(tally.last)
                    session.stopped_unchanged = session.stopped_halfway = words
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
    """The named file, or stdin for `-`, and its size; 0 if unknown."""
    if name == "-":
        if session.can_ask:
            session.note("Reading requests from the terminal, one JSON object a line, to Ctrl-D.")
        source: Any = getattr(sys.stdin, "buffer", None)
        yield source if source is not None else BytesIO(sys.stdin.read().encode()), 0
        return
    from coins_cli.files.inputs import open_input

    with open_input(name, is_stream=True) as file:
        yield file, os.fstat(file.fileno()).st_size


def _read(groups: Iterator[list[Line]], name: str) -> Iterator[list[Line]]:
    """The same groups. Raises `FileNotReadable` when reading fails."""
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
    """A function that shows how far a file is read; it does nothing if answers fill the screen."""
    if not size or session.is_on_terminal:
        yield lambda: None
        return
    with progress_shown(session, "Working") as progress:
        yield (lambda: progress(source.tell(), size)) if progress is not None else lambda: None


def _together(groups: Iterator[list[Line]]) -> Iterator[list[Line]]:
    """All lines as one group, or nothing without any. Raises `TooManyLines`."""
    lines: list[Line] = []
    for group in groups:
        lines += group
        if len(lines) > TOGETHER_LINES_MAX:
            raise TooManyLines(most=TOGETHER_LINES_MAX)
    if lines:
        yield lines


def _stopped_after(line: int) -> str:
    return (
        f"Stopped after line {number(line)}. What was answered is done;"
        " with a key in each line, the rest is done by running it again."
    )


@contextmanager
def _end_explained(session: Session, tally: Tally) -> Iterator[None]:
    """After an error that ends the batch, print the last line that was answered."""
    try:
        yield
    except (StoreUnusable, AnswerLost):
        if tally.last:
            session.note(session.interruption_message)
        raise


def _say(
    session: Session,
    lines: Sequence[Line],
    answers: Sequence[Receipt | CoinsError],
    *,
    is_done: bool,
) -> None:
    """Print the answers, one a line. Raises `AnswerLost` if the reader left after a change."""
    pairs = zip(lines, answers, strict=False)
    if session.settings.quiet and not session.settings.json:
        text = "\n".join(brief for pair in pairs if (brief := _brief(*pair)))
    else:
        text = session.json_lines(
            [
                answer.flat(line.number)
                if isinstance(answer, Receipt)
                else _error(session, line, answer)
                for line, answer in pairs
            ]
        )
    if not text:
        return
    try:
        session.say(text)
    except ReaderLeft as left:
        if is_done and isinstance(left.__cause__, OSError):
            raise AnswerLost(text, left.__cause__) from left
        raise


def _brief(line: Line, answer: Receipt | CoinsError) -> str:
    """The transaction's number alone; a refusal is printed on stderr."""
    if isinstance(answer, CoinsError):
        warn(f"coins: line {line.number}: {escape_control(answer.message)}")
        return ""
    return "" if answer.seq is None else str(answer.seq)


def _error(session: Session, line: Line, error: CoinsError) -> object:
    """A refusal in JSON, with its line number."""
    code, hint = error.exit_code, session.hint_of(error)
    about = error_object(error.code, error.message, hint, code, error.fields)
    return {"schema": SCHEMA, "line": line.number, "error": about}
