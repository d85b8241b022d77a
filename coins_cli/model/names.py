"""Texts that name something: handles, gift and video names, addresses, idempotency keys."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from coins_cli.errors import InvalidAddress, InvalidHandle, InvalidKey, InvalidText

HANDLE_CHARACTERS_MAX: Final = 24
HANDLES_REMEMBERED: Final = 1 << 15
"""How many handles need not be checked again: the same ones come in line after line."""
KEY_CHARACTERS_MAX: Final = 255
DISPLAY_NAME_CHARACTERS_MAX: Final = 50
NOTE_CHARACTERS_MAX: Final = 500
TITLE_CHARACTERS_MAX: Final = 100
REASON_CHARACTERS_MAX: Final = 200
VIDEO_CHARACTERS_MAX: Final = 100
MESSAGE_CHARACTERS_MAX: Final = 200
INTERESTS_CHARACTERS_MAX: Final = 200
ADDRESS_CHARACTERS_MAX: Final = 254

_HANDLE = re.compile(r"[a-z0-9_.]{1,23}[a-z0-9_]", re.ASCII)
_ADDRESS = re.compile(r"[^@\s/]{1,64}@[^@\s./]+(?:\.[^@\s./]+)+")
_NOT_IN_AN_ID = re.compile(r"[\W_]+")
_DEVICES: Final = frozenset(
    ["con", "prn", "aux", "nul"] + [f"{port}{n}" for port in ("com", "lpt") for n in range(10)]
)
"""What Windows takes for devices, with any ending, so that no store breaks when it is copied."""
_NOT_USERS: Final = frozenset(["platform", "world"])
"""The first parts of accounts that are no user's."""


def parse_handle(text: str) -> str:
    """The handle that `text` writes, in lower case; `InvalidHandle` when the rule forbids it."""
    return check_handle(text.lower() if text.isascii() else text)


@lru_cache(maxsize=HANDLES_REMEMBERED)
def check_handle(handle: str) -> str:
    """`handle`, when it is one in its normal form; `InvalidHandle` otherwise."""
    if not _HANDLE.fullmatch(handle):
        raise InvalidHandle(handle, _why_not_a_handle(handle))
    if handle.partition(".")[0] in _DEVICES:
        raise InvalidHandle(handle, "some systems keep it for a device")
    if handle in _NOT_USERS:
        raise InvalidHandle(handle, "it names what is not a user in the accounts")
    return handle


def _why_not_a_handle(text: str) -> str:
    if len(text) < 2:  # noqa: PLR2004 - the platform's rule
        return "it is too short"
    if len(text) > HANDLE_CHARACTERS_MAX:
        return f"it has {len(text)} characters"
    if strange := sorted(set(re.sub(r"[a-z0-9_.]", "", text, flags=re.ASCII))):
        return "it has " + ", ".join("a space" if c == " " else ascii(c) for c in strange[:3])
    return "it ends with a dot"


def parse_text(text: str, what: str, *, most: int) -> str:
    """Free text as people type it, without white space around it, at most `most` characters.

    It may hold control characters; whoever shows it escapes them. Raises `InvalidText`.
    """
    text = text.strip()
    if not text:
        raise InvalidText(what, "is empty")
    if len(text) > most:
        raise InvalidText(what, f"has {len(text):,} characters, and at most {most} are kept")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InvalidText(what, "is not UTF-8 text") from error
    return text


def check_text(text: str, what: str, *, most: int) -> str:
    """`text` as it is, when it is free text of at most `most` characters; else `InvalidText`."""
    parse_text(text, what, most=most)
    if len(text) > most:
        raise InvalidText(what, f"has {len(text):,} characters, and at most {most} are kept")
    return text


def parse_address(text: str) -> str:
    """An e-mail address, which is how PayPal names an account; `InvalidAddress` otherwise."""
    if len(text) <= ADDRESS_CHARACTERS_MAX and _ADDRESS.fullmatch(text) and text.isprintable():
        return text
    raise InvalidAddress(text)


def parse_key(text: str) -> str:
    """An idempotency key: 1 to 255 printable characters; `InvalidKey` otherwise."""
    if 1 <= len(text) <= KEY_CHARACTERS_MAX and text.isprintable():
        return text
    raise InvalidKey(most=KEY_CHARACTERS_MAX)


def as_id(name: str) -> str:
    """The id that a display name comes down to: `I'm very rich` is `im-very-rich`."""
    if not name.isascii():
        from unicodedata import normalize

        name = normalize("NFC", name)
    plain = name.casefold().replace("'", "").replace("’", "")  # noqa: RUF001 - people type both
    return _NOT_IN_AN_ID.sub("-", plain).strip("-")


def closest(name: str, names: Iterable[str]) -> list[str]:
    """At most three of `names` that `name` may have been meant for, the likeliest first."""
    from difflib import get_close_matches

    return get_close_matches(name, list(names), n=3, cutoff=0.6)
