"""Requests from what people type and programs send: texts are trimmed, sums of dollars are read."""

from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, NamedTuple

from coins_cli.errors import InvalidRequest, one_of, quoted, suggestion
from coins_cli.model import names
from coins_cli.model.money import parse_dollars
from coins_cli.model.names import as_id, closest, parse_address, parse_handle, parse_text
from coins_cli.model.requests import (
    COMMENTS,
    Audience,
    CashOut,
    EndLive,
    Gift,
    Open,
    Promote,
    Recharge,
    Request,
    StartLive,
    Venue,
)


def opening(user: str, name: str | None = None) -> Open:
    """The opening of a wallet, with a display name if there is one."""
    return Open(parse_handle(user), _text(name, "display name", names.DISPLAY_NAME_CHARACTERS_MAX))


def recharge(user: str, pack: str | int, quantity: int = 1) -> Recharge:
    """The purchase of a pack by its id, such as `500`."""
    return Recharge(parse_handle(user), str(pack), quantity)


def gift(
    sender: str,
    creator: str,
    gift: str,
    quantity: int = 1,
    venue: Venue | None = None,
    video: str | None = None,
    message: str | None = None,
) -> Gift:
    """A gift by its id or name, in any case; one that names a video goes to its comments."""
    if venue is None and video is not None:
        venue = COMMENTS
    return Gift(
        parse_handle(sender),
        parse_handle(creator),
        as_id(gift) or gift,
        quantity,
        venue,
        _text(video, "video", names.VIDEO_CHARACTERS_MAX),
        _text(message, "message", names.MESSAGE_CHARACTERS_MAX),
    )


def promotion(
    user: str,
    video: str,
    days: int,
    coins: int | None = None,
    usd: str | None = None,
    views: int | None = None,
    audience: Audience = "auto",
    interests: str | None = None,
) -> Promote:
    """The promotion of a video, for coins, dollars such as `6.49`, or views."""
    return Promote(
        parse_handle(user),
        parse_text(video, "video", most=names.VIDEO_CHARACTERS_MAX),
        days,
        coins,
        None if usd is None else parse_dollars(usd, "what is spent"),
        views,
        audience,
        _text(interests, "interests", names.INTERESTS_CHARACTERS_MAX),
    )


def cash_out(user: str, paypal: str, coins: int | None = None) -> CashOut:
    """The payout of earned coins, or of all of them."""
    return CashOut(parse_handle(user), parse_address(paypal), coins)


def start_of_live(user: str) -> StartLive:
    """Going live."""
    return StartLive(parse_handle(user))


def end_of_live(user: str) -> EndLive:
    """The end of a live."""
    return EndLive(parse_handle(user))


def _text(text: str | None, what: str, most: int) -> str | None:
    return None if text is None else parse_text(text, what, most=most)


# -- requests as objects -------------------------------------------------------------------------

Kind = Literal["text", "number", "text or number"]

_TYPES: Final[dict[Kind, tuple[type, ...]]] = {
    "text": (str,),
    "number": (int,),
    "text or number": (str, int),
}


class Field(NamedTuple):
    """A field of a request that is sent as an object: what stands in it, and whether it must."""

    kind: Kind
    is_needed: bool = False


class Form(NamedTuple):
    """What makes a request of an object's fields, and the fields."""

    build: Callable[..., Request]
    fields: dict[str, Field]


_USER: Final = {"user": Field("text", is_needed=True)}
_PARAMETERS: Final = {"from": "sender", "to": "creator"}
"""The fields whose names are words of Python, and what they are called there."""

FORMS: Final[dict[str, Form]] = {
    "open": Form(opening, {**_USER, "name": Field("text")}),
    "recharge": Form(
        recharge,
        {**_USER, "pack": Field("text or number", is_needed=True), "quantity": Field("number")},
    ),
    "gift": Form(
        gift,
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
        promotion,
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
        cash_out, {**_USER, "paypal": Field("text", is_needed=True), "coins": Field("number")}
    ),
    "live_start": Form(start_of_live, _USER),
    "live_end": Form(end_of_live, _USER),
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
        _check_field(op, form.fields, name, value)
    for name, field in form.fields.items():
        if field.is_needed and name not in given:
            raise InvalidRequest(f"{op} needs '{name}'", hint=_needs(op))
    arguments: dict[str, Any] = {_PARAMETERS.get(name, name): given[name] for name in given}
    return form.build(**arguments)


def _check_field(op: str, fields: Mapping[str, Field], name: str, value: object) -> None:
    if (field := fields.get(name)) is None:
        hint = suggestion(closest(name, fields)) or f"{op} has op, {', '.join(fields)} and key"
        raise InvalidRequest(f"{op} has no field {quoted(name)}", hint=hint)
    if isinstance(value, bool) or not isinstance(value, _TYPES[field.kind]):
        must_be = "a whole number" if field.kind == "number" else f"a {field.kind}"
        hint = (
            "write it in digits, without quotes" if field.kind == "number" else "put it in quotes"
        )
        raise InvalidRequest(f"'{name}' must be {must_be}, not {_kind_of(value)}", hint=hint)


def _needs(op: str) -> str:
    needed = [name for name, field in FORMS[op].fields.items() if field.is_needed]
    return f"{op} needs {', '.join(needed)}"


def _kind_of(value: object) -> str:
    kinds = {bool: "a truth value", int: "a number", float: "a fraction", str: "a text"}
    return kinds.get(type(value), "a list" if isinstance(value, list) else "an object")
