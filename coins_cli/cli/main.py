"""The one boundary where errors become words, JSON and exit codes."""

import os
import re
import sys
from collections.abc import Sequence
from typing import Any, Final

import typer
from typer.exceptions import TyperException

from coins_cli.cli.app import root
from coins_cli.cli.exit_codes import DONE, INTERRUPTED, USAGE, exit_code_of
from coins_cli.cli.session import Seams, Session
from coins_cli.cli.text import shown
from coins_cli.errors import CoinsError

_SIGNED_NUMBER: Final = re.compile(r"-[0-9]")


def main() -> None:
    """Run the command line of this process, and exit."""
    for stream in (sys.stdout, sys.stderr):
        # An answer is never lost because the terminal's encoding lacks a letter of it.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    sys.exit(run(sys.argv[1:]))


def run(args: Sequence[str], seams: Seams = Seams()) -> int:  # noqa: B008 - it is frozen
    """Run one command and return its exit code. A fault of coins itself is raised as it is."""
    session = Session(seams)
    try:
        result = root().main(args=list(args), prog_name="coins", standalone_mode=False, obj=session)
        sys.stdout.flush()
    except CoinsError as error:
        return _report(error, in_json=_wants_json(session, args))
    except TyperException as error:
        return _report_usage(error, in_json=_wants_json(session, args))
    except typer.Abort:
        typer.echo("\nStopped; nothing was changed.", err=True)
        return INTERRUPTED
    except BrokenPipeError:
        return _stop_writing()
    finally:
        session.let_interrupts_through()
    return result if isinstance(result, int) else DONE


def _wants_json(session: Session, args: Sequence[str]) -> bool:
    """Whether JSON was asked for, even on a command line that could not be read."""
    options = args[: args.index("--")] if "--" in args else args
    return session.settings.json or "--json" in options


def _report(error: CoinsError, *, in_json: bool) -> int:
    code = exit_code_of(error)
    if in_json:
        _report_json(error.code, error.message, error.hint, code, error.fields)
    else:
        _report_text(error.message, error.hint)
    return code


def _report_usage(error: TyperException, *, in_json: bool) -> int:
    """Say what is wrong with the command line itself."""
    message = error.format_message().rstrip(".")
    context = getattr(error, "ctx", None)
    hint = f"{context.command_path if context else 'coins'} --help"
    if _SIGNED_NUMBER.match(str(getattr(error, "option_name", ""))):
        message = f"{error.option_name} is not an option, and numbers are written without a sign"  # type: ignore[attr-defined]
        hint = "quantities and amounts are whole numbers above zero; see " + hint
    if in_json:
        _report_json("usage", message, hint, USAGE, {})
    else:
        _report_text(message, hint)
    return USAGE


def _report_text(message: str, hint: str | None) -> None:
    typer.echo(f"coins: {shown(message)}", err=True)
    if hint:
        typer.echo(f"  {shown(hint)}", err=True)


def _report_json(
    code: str, message: str, hint: str | None, exit_code: int, fields: dict[str, Any]
) -> None:
    import msgspec.json

    about = {"code": code, "message": message, "hint": hint, "exit": exit_code, **fields}
    typer.echo(msgspec.json.encode({"schema": 1, "error": about}).decode(), err=True)


def _stop_writing() -> int:
    """End quietly when whoever read our output has left, as `head` does."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return DONE
