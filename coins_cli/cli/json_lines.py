"""Requests as JSON Lines, read as they arrive: from a file, or from a pipe that stays open."""

import json
from collections.abc import Iterator, Sequence
from io import BufferedIOBase
from typing import Any, Final, Union

import msgspec
from msgspec import Struct

from coins_cli.errors import CoinsError, InvalidJson, quoted
from coins_cli.model.economy import BatchItem
from coins_cli.model.operations import OPERATIONS
from coins_cli.model.operations.operation import Operation
from coins_cli.model.operations.request import Request
from coins_cli.model.sending import request_of

LINE_BYTES_MAX: Final = 1 << 16
READ_BYTES: Final = 1 << 19


class Line(Struct, frozen=True, gc=False):
    """A line that is not blank: its number, counted from 1, and its bytes; `None` if too long."""

    number: int
    raw: bytes | None

    def fields(self) -> dict[str, Any]:
        """The JSON object of the line. Raises `InvalidJson`."""
        if self.raw is None:
            raise InvalidJson(f"it is longer than {LINE_BYTES_MAX:,} bytes")
        return decode_object(self.raw)


def groups_of_lines(file: BufferedIOBase, *, most: int) -> Iterator[list[Line]]:
    """The lines of a file in groups of at most `most`; a group never waits for further input.

    Blank lines are counted and left out. The bytes of a line that is too long are dropped.
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


def items_of(lines: Sequence[Line]) -> list[BatchItem]:
    """The request on each line, or its error.

    Most lines are in the normal form that programs write: msgspec decodes these, which is faster.
    All others are parsed and checked one by one.
    """
    plain = [_decoded(line.raw) for line in lines]
    if not _are_plain(lines, plain):
        pairs = zip(lines, plain, strict=True)
        plain = [
            one if one is not None and _is_plain_line(line.raw) else None for line, one in pairs
        ]
    return [
        _parse_and_check(line) if request is None else request
        for line, request in zip(lines, plain, strict=True)
    ]


def _has_plain_form(operation: Operation) -> bool:
    """True if the operation's JSON object has exactly the fields of its request."""
    fields = set(operation.request.__struct_encode_fields__)
    return fields == {*operation.fields, "key"}


_PLAIN: Final[Any] = Union[tuple(one.request for one in OPERATIONS if _has_plain_form(one))]  # noqa: UP007
_decode_plain: Final = msgspec.json.Decoder(_PLAIN).decode
_encode_lines: Final = msgspec.json.Encoder().encode_lines


def _decoded(raw: bytes | None) -> Request | None:
    """The request of a line in normal form; `None` for all others."""
    if raw is None:
        return None
    try:
        request: Request = _decode_plain(raw)
        request.check()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, CoinsError):
        return None
    return request


def _are_plain(lines: Sequence[Line], requests: Sequence[Request | None]) -> bool:
    """True if all lines were decoded, and none has a repeated name or an escape.

    When such requests are encoded again, they have as many quotation marks as their lines.
    """
    raws = [line.raw for line in lines if line.raw is not None]
    known = [request for request in requests if request is not None]
    sent = b"".join(raws)
    return (
        len(known) == len(lines)
        and b"\\" not in sent
        and sent.count(b'"') == _encode_lines(known).count(b'"')
    )


def _is_plain_line(raw: bytes | None) -> bool:
    """True if a decoded line is plain; unlike in `_are_plain`, it may have default values."""
    return raw is not None and _is_plain(msgspec.json.decode(raw), raw)


def _parse_and_check(line: Line) -> BatchItem:
    try:
        return request_of(line.fields())
    except CoinsError as error:
        return error.as_answer()


def decode_object(raw: bytes) -> dict[str, Any]:
    """The JSON object in `raw`. Raises `InvalidJson`, also for a repeated name.

    Most objects are plain, and are decoded many times faster.
    """
    try:
        found = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _decode_and_check(raw)
    return found if _is_plain(found, raw) else _decode_and_check(raw)


def _is_plain(found: object, raw: bytes) -> bool:
    """True if `raw` is an object of texts and whole numbers only, without a repeated name.

    Without escapes, each text has two quotation marks, so their count shows a repeated name.
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


def _decode_and_check(raw: bytes) -> dict[str, Any]:
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
