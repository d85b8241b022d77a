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
        *split, rest = (rest + chunk).split(b"\n")
        if not is_open and rest:
            split, rest = [rest], b""
        whole: list[bytes | None] = [*split]
        if whole and is_too_long:
            whole[0], is_too_long = None, False
        lines = _numbered(whole, number + 1)
        number += len(whole)
        for begin in range(0, len(lines), most):
            yield lines[begin : begin + most]
        if len(rest) > LINE_BYTES_MAX:
            rest, is_too_long = b" ", True


def _numbered(raws: Sequence[bytes | None], first: int) -> list[Line]:
    """The lines that are not blank, numbered from `first`; `None` stands for one too long."""
    return [
        Line(number, raw if raw and len(raw) <= LINE_BYTES_MAX else None)
        for number, raw in enumerate(raws, first)
        if raw is None or raw.strip() or len(raw) > LINE_BYTES_MAX
    ]


def items_of(lines: Sequence[Line]) -> Sequence[BatchItem]:
    """The checked request on each line, or its error.

    Most lines are in the normal form that programs write: msgspec decodes these together, which is
    faster. If others are among them, all are decoded one by one, and those others with care.
    """
    return _decoded_together(lines) or [_decoded(line) or _parse_and_check(line) for line in lines]


def _has_plain_form(operation: Operation) -> bool:
    """True if the operation's JSON object has exactly the fields of its request."""
    fields = set(operation.request.__struct_encode_fields__)
    return fields == {*operation.fields, "key"}


_PLAIN: Final[Any] = Union[tuple(one.request for one in OPERATIONS if _has_plain_form(one))]  # noqa: UP007
_plain: Final = msgspec.json.Decoder(_PLAIN)
_encode_lines: Final = msgspec.json.Encoder().encode_lines
_NOT_PLAIN: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError, CoinsError)


def _decoded_together(lines: Sequence[Line]) -> list[Request] | None:
    """The requests of lines in normal form; `None` if any line is not.

    A line without escapes has as many quotation marks as its request when that is encoded again,
    unless a name is repeated.
    """
    raws = [line.raw for line in lines if line.raw is not None]
    sent = b"\n".join(raws)
    if len(raws) < len(lines) or b"\\" in sent:
        return None
    try:
        requests: list[Request] = _plain.decode_lines(sent)
        for request in requests:
            request.check()
    except _NOT_PLAIN:
        return None
    is_plain = (
        len(requests) == len(lines)
        and sent.count(b'"') == _encode_lines(requests).count(b'"')
        and (sent.islower() or all(map(_has_plain_handles, requests)))
    )
    return requests if is_plain else None


def _decoded(line: Line) -> Request | None:
    """The request of a line in normal form; `None` if it is not."""
    if line.raw is None:
        return None
    try:
        request: Request = _plain.decode(line.raw)
        request.check()
    except _NOT_PLAIN:
        return None
    is_plain = _is_plain(msgspec.json.decode(line.raw), line.raw)
    return request if is_plain and _has_plain_handles(request) else None


def _has_plain_handles(request: Request) -> bool:
    """True if the handles have no capital letters."""
    return all(user == user.lower() for user in request.users())


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
