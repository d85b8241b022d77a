"""The one boundary where errors become words, JSON and exit codes."""

import io
import os
import re
import sys
from collections.abc import Sequence
from typing import Any, Final

import typer
from typer.exceptions import TyperException

from coins_cli.cli.app import root
from coins_cli.cli.exit_codes import ANSWER_LOST, DONE, INTERRUPTED, USAGE, exit_code_of
from coins_cli.cli.session import AnswerLost, ReaderLeft, Seams, Session, is_utf_8
from coins_cli.cli.text import error_object, json_line, shown, stop_writing_to, tell
from coins_cli.errors import CoinsError, shortened

MESSAGE_CHARACTERS_MAX: Final = 400

_SIGNED_NUMBER: Final = re.compile(r"-[0-9]")


def main() -> int:
    """Run the command line of this process; returns its exit code."""
    _mend_streams()
    return run(sys.argv[1:], Seams(is_process=True))


def _mend_streams() -> None:
    """See to it that there are three streams, and that no letter is too much for them.

    What is written to a stdout that was closed fails, so that no receipt gets lost in it.
    """
    for name, mode in (("stdin", "r"), ("stdout", "r"), ("stderr", "w")):
        if getattr(sys, name) is None:
            stream = open(os.devnull, mode, encoding="utf-8")  # noqa: SIM115 - for good
            setattr(sys, name, stream)
    stdout: Any = sys.stdout
    raw = getattr(stdout, "buffer", None)
    if isinstance(raw, io.RawIOBase) and raw.writable():
        # With PYTHONUNBUFFERED a part of an answer could be lost without anybody noticing.
        encoding = stdout.encoding
        stdout.detach()
        sys.stdout = io.TextIOWrapper(io.BufferedWriter(raw), encoding, line_buffering=True)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def run(args: Sequence[str], seams: Seams = Seams()) -> int:  # noqa: B008 - it is frozen
    """Run one command and return its exit code. A fault of coins itself is raised as it is."""
    session = Session(seams)
    try:
        return _run(session, args)
    except ReaderLeft:
        stop_writing_to(sys.stdout)
        return DONE
    except AnswerLost as lost:
        stop_writing_to(sys.stdout)
        done = "what was asked for is done" if session.has_changed else "nothing was changed"
        _report_text(str(lost), f"{done}, and this was the answer:" if lost.text else None)
        tell(lost.text)
        return ANSWER_LOST
    finally:
        session.let_interrupts_through()


def _run(session: Session, args: Sequence[str]) -> int:
    try:
        result = root().main(args=list(args), prog_name="coins", standalone_mode=False, obj=session)
    except CoinsError as error:
        return _report(error, session, args)
    except TyperException as error:
        return _report_usage(error, session, args)
    except typer.Abort:
        return _report_interruption(session)
    except SystemExit:
        # Typer ends like this when whoever reads a help text has left.
        return DONE
    except OSError as error:
        # All others are errors of coins by then: this is a help text that cannot be written.
        if session.is_untouched:
            raise AnswerLost("", error) from error
        raise
    if result == INTERRUPTED:
        return _report_interruption(session)
    return result if isinstance(result, int) else DONE


def _wants_json(session: Session, args: Sequence[str]) -> bool:
    """Whether JSON was asked for, even on a command line that could not be read."""
    options = args[: args.index("--")] if "--" in args else args
    return session.settings.json or "--json" in options


def _report(error: CoinsError, session: Session, args: Sequence[str]) -> int:
    code = exit_code_of(error)
    hint = session.hint_of(error)
    if _wants_json(session, args):
        _report_json(error.code, error.message, hint, code, error.fields)
    else:
        _report_text(error.message, hint, error.details)
    return code


def _report_usage(error: TyperException, session: Session, args: Sequence[str]) -> int:
    """Say what is wrong with the command line itself."""
    message = error.format_message().rstrip(".")
    hint = f"{session.command_path} --help"
    if _SIGNED_NUMBER.match(str(getattr(error, "option_name", ""))):
        given = next((arg for arg in args if _SIGNED_NUMBER.match(arg)), "it")
        message = f"{given} is not an option, and numbers are written without a sign"
        hint = f"quantities and amounts are whole numbers above zero; see {hint}"
    message = shortened(message, MESSAGE_CHARACTERS_MAX)
    if _wants_json(session, args):
        _report_json("usage", message, hint, USAGE, {})
    else:
        _report_text(message, hint)
    return USAGE


def _report_interruption(session: Session) -> int:
    tell(session.words_if_interrupted)
    return INTERRUPTED


def _report_text(message: str, hint: str | None, details: Sequence[str] = ()) -> None:
    tell(f"coins: {shown(message)}")
    for detail in details:
        tell(f"  {shown(detail)}")
    if hint:
        tell(f"  {shown(hint)}")


def _report_json(
    code: str, message: str, hint: str | None, exit_code: int, fields: dict[str, Any]
) -> None:
    from coins_cli.model.receipts import SCHEMA

    payload = {"schema": SCHEMA, "error": error_object(code, message, hint, exit_code, fields)}
    tell(json_line(payload, is_utf_8=is_utf_8(sys.stderr)))
