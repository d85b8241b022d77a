"""Requests to and from the JSON objects of a batch, which have the fields of receipts."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from msgspec import to_builtins

from coins_cli.errors import InvalidRequest, one_of, quoted
from coins_cli.model.money import format_dollars
from coins_cli.model.names import closest
from coins_cli.model.operations import BY_OP
from coins_cli.model.operations.operation import Kind, Operation
from coins_cli.model.operations.request import Request

_TYPES: Final[dict[Kind, tuple[type, ...]]] = {
    "text": (str,),
    "number": (int,),
    "text or number": (str, int),
    "truth value": (bool,),
}
_ADVICE: Final[dict[Kind, str]] = {
    "number": "write it in digits, without quotes",
    "truth value": "write true or false, without quotes",
}
_PARAMETERS: Final = {"from": "sender", "to": "creator"}
"""Parameters of fields that cannot be named as in JSON, because `from` is a word of Python."""


def request_of(fields: Mapping[str, object]) -> Request:
    """Build a request from a JSON object; fields that are `None` count as left out.

    Raises `InvalidRequest` for missing and unknown fields and wrong types, and the request's own
    errors for their values.
    """
    given = {name: value for name, value in fields.items() if value is not None}
    key, op = given.pop("key", None), given.pop("op", None)
    if not isinstance(key, str | None):
        raise InvalidRequest("'key' must be a text", advice="put it in quotes")
    if not isinstance(op, str):
        raise InvalidRequest("a request needs an 'op'", advice=f"it is {one_of(list(BY_OP))}")
    if (operation := BY_OP.get(op)) is None:
        advice = _meant(closest(op, BY_OP)) or f"it is {one_of(list(BY_OP))}"
        raise InvalidRequest(f"there is no op {quoted(op)}", advice=advice)
    for name, value in given.items():
        field = operation.fields.get(name)
        if field is None or type(value) not in _TYPES[field.kind]:
            raise _wrong_field(operation, name, value)
    needed = operation.needed
    for name in needed:
        if name not in given:
            advice = f"it must have {one_of(needed, 'and')}"
            raise InvalidRequest(f"{op} needs '{name}'", advice=advice)
    arguments: dict[str, Any] = {_PARAMETERS.get(name, name): given[name] for name in given}
    request = operation.parse(**arguments, key=key)
    request.check()
    return request


def fields_of(request: Request) -> dict[str, Any]:
    """The JSON object of a request, without defaults: the inverse of `request_of`."""
    fields: dict[str, Any] = to_builtins(request)
    if (usd_cents := fields.pop("usd_cents", None)) is not None:
        fields["usd"] = format_dollars(usd_cents)
    return fields


def _wrong_field(operation: Operation, name: str, value: object) -> InvalidRequest:
    op, fields = operation.op, operation.fields
    if (field := fields.get(name)) is None:
        advice = _meant(closest(name, fields)) or f"{op} has op, {', '.join(fields)} and key"
        return InvalidRequest(f"{op} has no field {quoted(name)}", advice=advice)
    must_be = "a whole number" if field.kind == "number" else f"a {field.kind}"
    advice = _ADVICE.get(field.kind, "put it in quotes")
    return InvalidRequest(f"'{name}' must be {must_be}, not {_kind_of(value)}", advice=advice)


def _meant(close: Sequence[str]) -> str | None:
    return f"did you mean {one_of(close)}?" if close else None


def _kind_of(value: object) -> str:
    kinds = {bool: "a truth value", int: "a number", float: "a fraction", str: "a text"}
    return kinds.get(type(value), "a list" if isinstance(value, list) else "an object")
