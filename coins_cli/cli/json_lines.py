"""Reading JSON Lines, as they come: from a file, or from a pipe that stays open."""

import json
from collections.abc import Iterator
from io import BufferedIOBase
from typing import Any, Final

import msgspec
from msgspec import Struct

from coins_cli.errors import InvalidJson, quoted

LINE_BYTES_MAX: Final = 1 << 16
READ_BYTES: Final = 1 << 19


class Line(Struct, frozen=True, gc=False):
    """One line that is not blank: its number, from 1 on, and its bytes, or `None` if too long."""

    number: int
    raw: bytes | None

    def fields(self) -> dict[str, Any]:
        """The object that stands in it. Raises `InvalidJson`."""
        if self.raw is None:
            raise InvalidJson(f"it is longer than {LINE_BYTES_MAX:,} bytes")
        return decode_object(self.raw)


def groups_of_lines(file: BufferedIOBase, *, most: int) -> Iterator[list[Line]]:
    """The lines of a file in groups of at most `most`: what is there, without waiting for more.

    Blank lines are counted and left out. Of a line that is too long no more is kept than that.
    """
    rest, is_too_long, number = b"", False, 0
    is_open = True
    while is_open:
        chunk = file.read1(READ_BYTES)
        is_open = bool(chunk)
        *whole, rest = (rest + chunk).split(b"\n")
        if not is_open and rest:
            whole, rest = [rest], b""
        lines: list[Line] = []
        for raw in whole:
            number += 1
            if is_too_long or len(raw) > LINE_BYTES_MAX:
                lines.append(Line(number, None))
            elif raw.strip():
                lines.append(Line(number, raw))
            is_too_long = False
            if len(lines) == most:
                yield lines
                lines = []
        if len(rest) > LINE_BYTES_MAX:
            rest, is_too_long = b" ", True
        if lines:
            yield lines


def decode_object(raw: bytes) -> dict[str, Any]:
    """The JSON object in `raw`, in which no name stands twice. Raises `InvalidJson`.

    Most are plain, and read many times faster; the others, and what is wrong, with care.
    """
    try:
        found = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _decode_carefully(raw)
    return found if _is_plain(found, raw) else _decode_carefully(raw)


def _is_plain(found: object, raw: bytes) -> bool:
    """Whether `raw` is an object of texts, whole numbers and no other values, with no name twice.

    Without escapes each text has two quotation marks, and so none is left for a second name.
    """
    if type(found) is not dict or b"\\" in raw:
        return False
    texts = len(found)
    for value in found.values():
        if type(value) is str:
            texts += 1
        elif type(value) is not int:
            return False
    return raw.count(b'"') == 2 * texts


def _decode_carefully(raw: bytes) -> dict[str, Any]:
    try:
        found = json.loads(
            raw.decode("utf-8-sig"),
            object_pairs_hook=_without_doubles,
            parse_constant=_refuse_constant,
        )
    except UnicodeDecodeError:
        raise InvalidJson("it is not UTF-8 text") from None
    except json.JSONDecodeError as error:
        raise InvalidJson(f"{error.msg[:1].lower()}{error.msg[1:]}, column {error.colno}") from None
    except RecursionError:
        raise InvalidJson("it is nested too deeply") from None
    except ValueError:
        raise InvalidJson("a number in it has too many digits") from None
    if not isinstance(found, dict):
        raise InvalidJson("it is another kind of value")
    return found


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise InvalidJson(f"{quoted(name)} stands in it twice")
        found[name] = value
    return found


def _refuse_constant(name: str) -> None:
    raise InvalidJson(f"{name} is no JSON number")
