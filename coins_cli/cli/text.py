"""Text that goes out: what users typed made safe to show, and numbers as people write them."""

import os
import sys
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Final, TextIO

from coins_cli.model.texts import counted, dollars, number, shown, shown_in_json

__all__ = ["counted", "dollars", "number", "shown"]  # commands look for these here too


def tell(text: str = "", *, nl: bool = True) -> None:
    """Say something on stderr. When nobody can hear it, it is not worth failing for."""
    import typer

    try:
        typer.echo(text, err=True, nl=nl)
    except OSError:
        stop_writing_to(sys.stderr)


def stop_writing_to(stream: TextIO) -> None:
    """Let nothing more be written to a stream that takes nothing more, at the very end either."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def json_line(payload: dict[str, Any], *, is_utf_8: bool) -> str:
    """One JSON object on one line, with nothing in it that a terminal would obey.

    What cannot be shown, or written in the stream's encoding, is escaped as JSON has it.
    """
    import msgspec.json

    try:
        text = msgspec.json.encode(payload).decode()
    except UnicodeEncodeError:  # The name of a file need not be text.
        text = msgspec.json.encode(without_surrogates(payload)).decode()
    return shown_in_json(text, only_ascii=not is_utf_8)


def error_object(
    code: str, message: str, hint: str | None, exit_code: int, fields: dict[str, Any]
) -> dict[str, Any]:
    """An error as JSON has it, in every answer that holds one."""
    about = {"code": code, "message": message, "hint": hint, "exit": exit_code, **fields}
    return {name: without_surrogates(value) for name, value in about.items()}


def without_surrogates(value: object) -> object:
    """`value` with every text in it such that it can be encoded: stray bytes become escapes."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {name: without_surrogates(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [without_surrogates(one) for one in value]
    return value


def minute(at: datetime) -> str:
    """A moment as people read it, in UTC."""
    return at.strftime("%Y-%m-%d %H:%M")


def exact(at: datetime) -> str:
    """A moment as programs read it."""
    return at.isoformat().replace("+00:00", "Z")


def lasting(duration: timedelta) -> str:
    """A length of time in its two largest units: `45 s`, `12 min 5 s`, `3 h 20 min`, `2 d 4 h`."""
    seconds = int(duration.total_seconds())
    units = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
    sizes = [(unit, seconds // size % _ROUNDS[unit]) for unit, size in units]
    while len(sizes) > 1 and sizes[0][1] == 0:
        sizes.pop(0)
    return " ".join(f"{count:,} {unit}" for unit, count in sizes[:2] if count) or "0 s"


_ROUNDS: Final = {"d": 1 << 62, "h": 24, "min": 60, "s": 60}
"""How many of each unit make one of the next."""
