"""Text that goes out: what users typed made safe to show, and numbers as people write them."""

import os
import sys
from contextlib import suppress
from typing import Any, TextIO


def shown(text: str) -> str:
    r"""Free text without anything that a terminal would obey: control, bidi, invisible characters.

    They appear as escapes, such as `\x1b`. Brackets stay: nothing here is read as markup.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


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

    text = msgspec.json.encode(payload).decode()
    if text.isprintable() and (is_utf_8 or text.isascii()):
        return text
    return "".join(
        c if c.isprintable() and (is_utf_8 or c.isascii()) else _escaped(c) for c in text
    )


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


def _escaped(character: str) -> str:
    units = character.encode("utf-16-be")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


def number(amount: int) -> str:
    """A whole number with thousands separators."""
    return f"{amount:,}"


def dollars(cents: int) -> str:
    """Cents as people write dollars: `$7,000.00`."""
    whole, rest = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}${whole:,}.{rest:02}"


def counted(amount: int, what: str) -> str:
    """A number and its noun: `1 coin`, `1,000 coins`."""
    return f"{amount:,} {what}" if amount == 1 else f"{amount:,} {what}s"
