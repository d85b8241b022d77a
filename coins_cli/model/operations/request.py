"""The base of all requests: an op, a key, and the check of fields.

A request is data. It is checked when it is sent (`check`), and not when it is read back from a
journal, which may hold requests that are no longer allowed.
"""

from collections.abc import Sequence
from types import UnionType
from typing import Final, Literal

from msgspec import Struct

from coins_cli.errors import InvalidText
from coins_cli.model.names import parse_key, parse_text

Venue = Literal["live", "comments"]
LIVE: Final = "live"
COMMENTS: Final = "comments"
VENUES: Final = (LIVE, COMMENTS)


class Request(
    Struct,
    frozen=True,
    gc=False,
    omit_defaults=True,
    forbid_unknown_fields=True,
    tag_field="op",
    kw_only=True,
):
    """A request for one operation, applied once for each idempotency `key`."""

    key: str | None = None

    def check(self) -> None:
        """Raise an `Invalid` for a value that is not allowed or not in its normal form.

        Handles are checked by the rules, where a wallet is opened or none is found.
        """
        if self.key is not None:
            parse_key(self.key)

    def users(self) -> tuple[str, ...]:
        """The handles that the request names."""
        return ()

    def may_say(self, about: dict[str, int | str] | None) -> bool:
        """True if a line of this request may describe what it ends by `about`."""
        return about is None

    def ends(self) -> int | None:
        """The number of the older transaction that the request ends; `None` if it ends none."""
        return None

    def ending(self, seq: int) -> "Request":  # noqa: ARG002 - for requests that end one
        """The same request for the transaction number `seq`, if it ends one."""
        return self


class UserRequest(Request, frozen=True, gc=False):
    """A request about one user's wallet."""

    user: str

    def users(self) -> tuple[str, ...]:
        """The handle."""
        return (self.user,)


def says(about: dict[str, int | str] | None, **fields: type | UnionType) -> bool:
    """True if `about` has these `fields`, of these types."""
    return about is not None and all(isinstance(about.get(name), of) for name, of in fields.items())


def op_of(request: Request) -> str:
    """The name of the operation in JSON, such as `live_start`."""
    tag = type(request).__struct_config__.tag
    if not isinstance(tag, str):
        raise TypeError(f"{type(request).__name__} has no tag")
    return tag


def check_text(text: str | None, what: str, most: int) -> None:
    """Raise `InvalidText` unless `text` is `None`, or trimmed and of 1 to `most` characters."""
    if text is not None and parse_text(text, what, most=most) != text:
        raise InvalidText(what, "begins or ends with white space")


def differences(request: Request, other: Request) -> Sequence[str]:
    """The JSON names of the fields in which two requests differ; `op` if their types differ."""
    if type(request) is not type(other):
        return ["op"]
    fields = zip(request.__struct_fields__, request.__struct_encode_fields__, strict=True)
    names = [shown for field, shown in fields if getattr(request, field) != getattr(other, field)]
    return ["usd" if name == "usd_cents" else name for name in names]
