"""The one boundary where errors become words, JSON and exit codes."""

import io
import os
import re
import sys
from collections.abc import Sequence
from typing import Any, Final

import typer
from typer.exceptions import TyperException

from coins_cli.cli import signals
from coins_cli.cli.app import root
from coins_cli.cli.exit_codes import ANSWER_LOST, DONE, INTERRUPTED, USAGE
from coins_cli.cli.render.text import (
    echo_err,
    error_object,
    json_line,
    stop_writing_to,
    warn,
)
from coins_cli.cli.session import (
    AnswerLost,
    Environment,
    ReaderLeft,
    Session,
    is_unwanted,
    is_utf_8,
)
from coins_cli.errors import CoinsError, shortened

MESSAGE_CHARACTERS_MAX: Final = 400
"""The longest message about wrong usage; it may quote a long argument."""

_SIGNED_NUMBER: Final = r"-[0-9]"
_FIRST_EXAMPLE: Final = r"(?m)Examples:\s+(coins .*?)(?:  .*)?$"
_EXTRA_NUMBER: Final = r"extra argument.* \(([1-9][0-9]*)\)$"


def main() -> int:
    """Run the command line of this process; returns its exit code."""
    _mend_streams()
    try:
        signals.raise_when_signalled()
        return run(sys.argv[1:], Environment(is_process=True))
    except KeyboardInterrupt:
        return INTERRUPTED  # Before the command began, or after its outcome was printed.
    except signals.Ended as ended:
        signals.end_by(ended.number)
        raise  # only if the signal did not end the process


def _mend_streams() -> None:
    """Replace missing standard streams, and let output streams take any character."""
    # The new stdout is open for reading: writing to it fails, so no receipt is lost unnoticed.
    for name, mode in (("stdin", "r"), ("stdout", "r"), ("stderr", "w")):
        if getattr(sys, name) is None:
            stream = open(os.devnull, mode, encoding="utf-8")  # noqa: SIM115 - stays open
            setattr(sys, name, stream)
    stdout: Any = sys.stdout
    raw = getattr(stdout, "buffer", None)
    if isinstance(raw, io.RawIOBase) and raw.writable():
        # With PYTHONUNBUFFERED a write may be partial, and the rest would be lost unnoticed.
        encoding = stdout.encoding
        stdout.detach()
        sys.stdout = io.TextIOWrapper(io.BufferedWriter(raw), encoding, line_buffering=True)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def run(args: Sequence[str], environment: Environment = Environment()) -> int:  # noqa: B008 - it is frozen
    """Run one command and return its exit code. An exception that is a bug is passed on."""
    session = Session(environment)
    try:
        return _run(session, args)
    except ReaderLeft:
        stop_writing_to(sys.stdout)
        return DONE
    except AnswerLost as lost:
        stop_writing_to(sys.stdout)
        outcome = session.outcome
        words = f"{outcome}, and this was the answer:" if lost.text else outcome
        session.report(str(lost), [words], None)
        echo_err(lost.text)
        return ANSWER_LOST
    except KeyboardInterrupt:
        return _report_interruption(session)
    finally:
        session.let_interrupts_through()


def _run(session: Session, args: Sequence[str]) -> int:
    """Run one command, and report its error; raises `ReaderLeft` and `AnswerLost` for `run`."""
    try:
        result = root().main(args=list(args), prog_name="coins", standalone_mode=False, obj=session)
    except CoinsError as error:
        return _report(error, session, args)
    except TyperException as error:
        return _report_usage(error, session, args)
    except typer.Abort:
        return _report_interruption(session)
    except SystemExit as ended:
        # Typer exits like this when the reader of a help text has closed the pipe.
        raise ReaderLeft from ended
    except OSError as error:
        # Before a command uses its store, a bare OSError comes from writing a help text.
        if not session.is_untouched:
            raise
        if is_unwanted(error):
            raise ReaderLeft from error
        raise AnswerLost("", error) from error
    if result == INTERRUPTED:  # Typer's answer to Ctrl-C
        return _report_interruption(session)
    return result if isinstance(result, int) else DONE


def _wants_json(session: Session, args: Sequence[str]) -> bool:
    """True if --json is given, even on a command line that cannot be parsed."""
    options = args[: args.index("--")] if "--" in args else args
    return session.settings.json or "--json" in options


def _report(error: CoinsError, session: Session, args: Sequence[str]) -> int:
    code = error.exit_code
    hint = session.hint_of(error)
    if _wants_json(session, args):
        _report_json(error.code, error.message, hint, code, error.fields)
    else:
        session.report(error.message, error.details, hint)
    return code


def _report_usage(error: TyperException, session: Session, args: Sequence[str]) -> int:
    """Report wrong usage of the command line."""
    message = error.format_message().rstrip(".")
    hint = f"{session.command_path} --help"
    if re.match(_SIGNED_NUMBER, str(getattr(error, "option_name", ""))):  # -5 looks like an option
        given = next((arg for arg in args if re.match(_SIGNED_NUMBER, arg)), "it")
        message = f"{given} is not an option, and numbers are written without a sign"
        hint = f"quantities and amounts are whole numbers above zero; see {hint}"
    elif (extra := re.search(_EXTRA_NUMBER, message)) and _takes_quantity(error):
        message = f"{extra[1]} is one argument too many"
        hint = f"give the number with --quantity {extra[1]}"
    elif message.startswith("Missing ") and (example := _example_of(error)):
        hint = f"like this: {example}; see {hint}"
    message = shortened(message, MESSAGE_CHARACTERS_MAX)
    if _wants_json(session, args):
        _report_json("usage", message, hint, USAGE, {})
    else:
        session.report(message, (), hint)
    return USAGE


def _example_of(error: TyperException) -> str | None:
    """The first example in the help of the failed command; `None` if it has none."""
    command: Any = getattr(getattr(error, "ctx", None), "command", None)
    found = re.search(_FIRST_EXAMPLE, getattr(command, "help", None) or "")
    return None if found is None else found[1]


def _takes_quantity(error: TyperException) -> bool:
    """True if the failed command has the option --quantity."""
    context: Any = getattr(error, "ctx", None)
    parameters = context.command.params if context is not None else ()
    return any("--quantity" in parameter.opts for parameter in parameters)


def _report_interruption(session: Session) -> int:
    warn(session.interruption_message)
    return INTERRUPTED


def _report_json(
    code: str, message: str, hint: str | None, exit_code: int, fields: dict[str, Any]
) -> None:
    from coins_cli.model.receipts import SCHEMA

    payload = {"schema": SCHEMA, "error": error_object(code, message, hint, exit_code, fields)}
    echo_err(json_line(payload, is_utf_8=is_utf_8(sys.stderr)))
