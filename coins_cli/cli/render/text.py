"""Text for output: control characters escaped, numbers and times for people, JSON on one line."""

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, TextIO

from coins_cli.model.texts import (
    counted,
    dollars,
    escape_control,
    escape_control_in_json,
    number,
)

if TYPE_CHECKING:
    from coins_cli.model.catalog import Pack

__all__ = ["counted", "dollars", "escape_control", "number"]  # commands import these from here


def echo_err(text: str = "", *, nl: bool = True) -> None:
    """Print on stderr, as it is; a stderr that cannot be written is no error."""
    import typer

    try:
        typer.echo(text, err=True, nl=nl, color=True)
    except OSError:
        stop_writing_to(sys.stderr)


def warn(text: str, *, columns: int | None = None, style: str | None = None) -> None:
    """Print words for a person on stderr, in one of `STYLES` if given.

    They are folded at words to `columns`, or else to the width of the terminal if stderr is one.
    """
    columns = columns or terminal_columns(sys.stderr)
    if columns is not None:
        from coins_cli.cli.render.folding import folded

        text = folded(text, columns)
    echo_err(text if style is None else styled(text, style))


def styled(text: str, style: str) -> str:
    """The text in one of `STYLES`, each line by itself."""
    begin, end = f"\x1b[{STYLES[style]}m", "\x1b[0m"
    return "\n".join(f"{begin}{line}{end}" if line else "" for line in text.split("\n"))


STYLES: Final = {"bold": "1", "dim": "2", "red": "31"}
"""The styles of text on a terminal, and their numbers in an escape sequence."""


def terminal_columns(stream: TextIO) -> int | None:
    """The width of the terminal that a stream writes to, or `COLUMNS`; `None` for no terminal."""
    try:
        if not stream.isatty():
            return None
        asked = os.environ.get("COLUMNS", "")
        if asked.isdecimal() and int(asked) > 0:
            return int(asked)
        return os.get_terminal_size(stream.fileno()).columns or USUAL_COLUMNS
    except (OSError, ValueError):
        return USUAL_COLUMNS


USUAL_COLUMNS: Final = 80
"""The width assumed for a terminal that does not tell its own, and for documents in a file."""


def stop_writing_to(stream: TextIO) -> None:
    """Redirect a failed stream to nowhere, so that the flush at the end of the process succeeds."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def json_line(payload: dict[str, Any], *, is_utf_8: bool) -> str:
    """A JSON object on one line, without control characters.

    Control characters are written as JSON escapes. Without `is_utf_8`, so are all characters
    outside ASCII.
    """
    import msgspec.json

    try:
        text = msgspec.json.encode(payload).decode()
    except UnicodeEncodeError:  # A file's name may have bytes that are not UTF-8.
        text = msgspec.json.encode(without_surrogates(payload)).decode()
    return escape_control_in_json(text, only_ascii=not is_utf_8)


def json_lines(payloads: Sequence[object], *, is_utf_8: bool) -> str:
    """JSON objects, one a line; see `json_line`."""
    import msgspec.json

    try:
        text = msgspec.json.Encoder().encode_lines(payloads).decode()
    except UnicodeEncodeError:
        objects = map(msgspec.to_builtins, payloads)
        return "\n".join(json_line(one, is_utf_8=is_utf_8) for one in objects)
    if text.isascii() and "\x7f" not in text:  # JSON has escaped the other control characters.
        return text[:-1]
    return "\n".join(
        escape_control_in_json(line, only_ascii=not is_utf_8) for line in text[:-1].split("\n")
    )


def error_object(
    code: str, message: str, hint: str | None, exit_code: int, fields: dict[str, Any]
) -> dict[str, Any]:
    """The JSON object of an error."""
    about = {"code": code, "message": message, "hint": hint, "exit": exit_code, **fields}
    return {name: without_surrogates(value) for name, value in about.items()}


def without_surrogates(value: object) -> object:
    """`value` with the stray bytes in its texts escaped, so that it can be encoded."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {name: without_surrogates(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [without_surrogates(one) for one in value]
    return value


def cents_per_coin(pack: "Pack") -> str:
    """The price of one coin of a pack, in cents with three decimals."""
    return f"{pack.usd_cents / pack.coins:.3f}"


def minute(at: datetime) -> str:
    """A moment for a person, to the minute and in UTC, which is said beside it.

    People and programs read, write and give times in UTC, whatever the zone of the computer, so
    that a screen is the same in every room: `2026-03-01 09:30`.
    """
    return at.strftime("%Y-%m-%d %H:%M")


def exact(at: datetime) -> str:
    """A moment in ISO 8601 with all digits, in UTC: `2026-03-01T09:30:00Z`."""
    return at.isoformat().replace("+00:00", "Z")


def lasting(duration: timedelta) -> str:
    """A duration in its two largest units: `45 s`, `12 min 5 s`, `3 h 20 min`, `2 d 4 h`."""
    seconds = int(duration.total_seconds())
    units = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
    sizes = [(unit, seconds // size % _ROUNDS[unit]) for unit, size in units]
    while len(sizes) > 1 and sizes[0][1] == 0:
        sizes.pop(0)
    return " ".join(f"{count:,} {unit}" for unit, count in sizes[:2] if count) or "0 s"


_ROUNDS: Final = {"d": 1 << 62, "h": 24, "min": 60, "s": 60}
"""The number of each unit in the next larger one; nothing is larger than a day."""
