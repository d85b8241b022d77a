"""Requests that are sent as objects, with the fields of receipts, as a batch sends them."""

from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, NamedTuple

from coins_cli.errors import InvalidRequest, one_of, quoted, suggestion
from coins_cli.model import parsing
from coins_cli.model.names import closest
from coins_cli.model.requests import Request

Kind = Literal["text", "number", "text or number", "truth value"]

_TYPES: Final[dict[Kind, tuple[type, ...]]] = {
    "text": (str,),
    "number": (int,),
    "text or number": (str, int),
    "truth value": (bool,),
}


class Field(NamedTuple):
    """A field of a request that is sent as an object: what stands in it, and whether it must."""

    kind: Kind
    is_needed: bool = False


class Form:
    """What makes a request of an object's fields, and the fields."""

    def __init__(self, build: Callable[..., Request], fields: dict[str, Field]) -> None:
        self.build = build
        self.fields = fields
        self.types = {name: _TYPES[field.kind] for name, field in fields.items()}
        self.needed = [name for name, field in fields.items() if field.is_needed]


_USER: Final = {"user": Field("text", is_needed=True)}
_PARAMETERS: Final = {"from": "sender", "to": "creator"}
"""The fields whose names are words of Python, and what they are called there."""

FORMS: Final[dict[str, Form]] = {
    "open": Form(parsing.opening, {**_USER, "name": Field("text"), "note": Field("text")}),
    "recharge": Form(
        parsing.recharge,
        {**_USER, "pack": Field("text or number", is_needed=True), "quantity": Field("number")},
    ),
    "gift": Form(
        parsing.gift,
        {
            "from": Field("text", is_needed=True),
            "to": Field("text", is_needed=True),
            "gift": Field("text", is_needed=True),
            "quantity": Field("number"),
            "venue": Field("text"),
            "video": Field("text"),
            "message": Field("text"),
        },
    ),
    "promote": Form(
        parsing.promotion,
        {
            **_USER,
            "video": Field("text", is_needed=True),
            "days": Field("number", is_needed=True),
            "coins": Field("number"),
            "usd": Field("text"),
            "views": Field("number"),
            "audience": Field("text"),
            "interests": Field("text"),
        },
    ),
    "cashout": Form(
        parsing.cash_out,
        {
            **_USER,
            "paypal": Field("text", is_needed=True),
            "coins": Field("number"),
            "pending": Field("truth value"),
        },
    ),
    "live_start": Form(parsing.start_of_live, {**_USER, "title": Field("text")}),
    "live_end": Form(parsing.end_of_live, _USER),
    "payout_settle": Form(parsing.settlement, {"payout": Field("number", is_needed=True)}),
    "payout_return": Form(
        parsing.return_of_payout,
        {"payout": Field("number", is_needed=True), "reason": Field("text", is_needed=True)},
    ),
    "reverse": Form(
        parsing.reversal,
        {"reverses": Field("number", is_needed=True), "reason": Field("text", is_needed=True)},
    ),
}
"""The requests that can be sent as objects, by `op`; their fields are those of receipts."""


def request_of(fields: Mapping[str, object]) -> Request:
    """The request that an object asks for; a field that is `None` counts as left out.

    Raises `InvalidRequest` for fields that are missing, strange or of a wrong type, and whatever
    the request itself has against their values.
    """
    given = {name: value for name, value in fields.items() if value is not None}
    op = given.pop("op", None)
    if not isinstance(op, str):
        raise InvalidRequest("a request needs an 'op'", hint=f"it is {one_of(list(FORMS))}")
    if (form := FORMS.get(op)) is None:
        hint = suggestion(closest(op, FORMS)) or f"it is {one_of(list(FORMS))}"
        raise InvalidRequest(f"there is no op {quoted(op)}", hint=hint)
    for name, value in given.items():
        if type(value) not in form.types.get(name, ()):
            raise _wrong_field(op, form.fields, name, value)
    for name in form.needed:
        if name not in given:
            raise InvalidRequest(f"{op} needs '{name}'", hint=_needs(op))
    arguments: dict[str, Any] = {_PARAMETERS.get(name, name): given[name] for name in given}
    return form.build(**arguments)


_HINTS: Final[dict[Kind, str]] = {
    "number": "write it in digits, without quotes",
    "truth value": "write true or false, without quotes",
}


def _wrong_field(op: str, fields: Mapping[str, Field], name: str, value: object) -> InvalidRequest:
    if (field := fields.get(name)) is None:
        hint = suggestion(closest(name, fields)) or f"{op} has op, {', '.join(fields)} and key"
        return InvalidRequest(f"{op} has no field {quoted(name)}", hint=hint)
    must_be = "a whole number" if field.kind == "number" else f"a {field.kind}"
    hint = _HINTS.get(field.kind, "put it in quotes")
    return InvalidRequest(f"'{name}' must be {must_be}, not {_kind_of(value)}", hint=hint)


def _needs(op: str) -> str:
    return f"{op} needs {', '.join(FORMS[op].needed)}"


def _kind_of(value: object) -> str:
    kinds = {bool: "a truth value", int: "a number", float: "a fraction", str: "a text"}
    return kinds.get(type(value), "a list" if isinstance(value, list) else "an object")
