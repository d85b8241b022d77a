"""Texts that name something: handles, gift and video names, addresses, idempotency keys."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from coins_cli.errors import InvalidAddress, InvalidHandle, InvalidKey, InvalidText

HANDLE_CHARACTERS_MAX: Final = 24
HANDLE_CACHE_SIZE: Final = 1 << 15
"""Checked handles that are cached: lines of a batch name the same few again and again."""
GIFT_NAME_CACHE_SIZE: Final = 1 << 10
"""Names of gifts whose ids are cached."""
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
_ADDRESS: Final = r"[^@\s/]{1,64}@[^@\s./]+(?:\.[^@\s./]+)+"
_ID: Final = r"[a-z0-9]+(-[a-z0-9]+)*"
_IN_WORDS: Final = {" ": "a space", "\t": "a tab", "\n": "a line break", "\r": "a line break"}
FORBIDDEN_CHARACTERS_NAMED: Final = 3
_NOT_IN_AN_ID: Final = r"[\W_]+"
_DEVICES: Final = frozenset(
    ["con", "prn", "aux", "nul"] + [f"{port}{n}" for port in ("com", "lpt") for n in range(10)]
)
"""Device names of Windows, with any ending: their wallet files could not be copied there."""
_NOT_USERS: Final = frozenset(["platform", "world"])
"""First parts of accounts that belong to no user."""


def parse_handle(text: str) -> str:
    """Parse a handle to lower case; `InvalidHandle` when the rule forbids it."""
    return check_handle(text.lower() if text.isascii() else text)


@lru_cache(maxsize=HANDLE_CACHE_SIZE)
def check_handle(handle: str) -> str:
    """Return `handle` if it is a handle in its normal form; else raise `InvalidHandle`."""
    if not _HANDLE.fullmatch(handle):
        raise InvalidHandle(handle, _why_not_a_handle(handle))
    if handle.partition(".")[0] in _DEVICES:
        raise InvalidHandle(handle, "some systems keep it for a device")
    if handle in _NOT_USERS:
        raise InvalidHandle(handle, "it names what is not a user in the accounts")
    return handle


def is_handle(text: str) -> bool:
    """True if `text` is a handle in its normal form."""
    try:
        check_handle(text)
    except InvalidHandle:
        return False
    return True


def _why_not_a_handle(text: str) -> str:
    if len(text) < 2:  # noqa: PLR2004 - the platform's rule
        return "it is too short"
    if len(text) > HANDLE_CHARACTERS_MAX:
        return f"it has {len(text)} characters"
    if forbidden := sorted(set(re.sub(r"[A-Za-z0-9_.]", "", text, flags=re.ASCII))):
        return "it has " + ", ".join(map(_named, forbidden[:FORBIDDEN_CHARACTERS_NAMED]))
    return "it ends with a dot" if text.endswith(".") else "it is not in lower case"


def _named(character: str) -> str:
    """A character in words, which distinguish it from letters that look the same."""
    if (plain := _IN_WORDS.get(character)) is not None:
        return plain
    if character.isascii() and character.isprintable():
        return f"'{character}'"
    from unicodedata import category, name

    number = f"U+{ord(character):04X}"
    if category(character) == "Cc":
        return f"the control character {number}"
    if category(character) == "Cs":
        return f"the character {number}, which is no text"
    known = name(character, "").lower()
    seen = f"'{character}'" if known and character.isprintable() else f"the character {number}"
    return f"{seen} ({known})" if known else seen


def parse_text(text: str, what: str, *, most: int) -> str:
    """Parse free text: trimmed, not empty, at most `most` characters.

    Control characters stay in it: code that shows it must escape them. Raises `InvalidText`.
    """
    text = text.strip()
    if not text:
        raise InvalidText(what, "is empty")
    if len(text) > most:
        raise InvalidText(what, f"has {len(text):,} characters, and at most {most} are allowed")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InvalidText(what, "is not UTF-8 text") from error
    return text


def optional_text(text: str | None, what: str, most: int) -> str | None:
    """As `parse_text`; `None` stays `None`."""
    return None if text is None else parse_text(text, what, most=most)


def parse_address(text: str) -> str:
    """Parse an e-mail address, the name of a PayPal account; else `InvalidAddress`."""
    if len(text) <= ADDRESS_CHARACTERS_MAX and re.fullmatch(_ADDRESS, text) and text.isprintable():
        return text
    raise InvalidAddress(text)


def parse_key(text: str) -> str:
    """Parse an idempotency key: 1 to 255 printable characters; else `InvalidKey`."""
    if 1 <= len(text) <= KEY_CHARACTERS_MAX and text.isprintable():
        return text
    raise InvalidKey(most=KEY_CHARACTERS_MAX)


def is_id(text: str) -> bool:
    """True if `text` can be the id of a gift or a pack, such as `im-very-rich` or `500`."""
    return re.fullmatch(_ID, text) is not None


def as_id(name: str) -> str:
    """The id made from a display name: `I'm very rich` is `im-very-rich`."""
    if not name.isascii():
        from unicodedata import normalize

        name = normalize("NFC", name)
    plain = name.casefold().replace("'", "").replace("’", "")  # noqa: RUF001 - people type both
    return re.sub(_NOT_IN_AN_ID, "-", plain).strip("-")


@lru_cache(maxsize=GIFT_NAME_CACHE_SIZE)
def gift_id(name: str) -> str:
    """The id made from the name of a gift, or the name itself if that id would be empty."""
    return as_id(name) or name


def closest(name: str, names: Iterable[str]) -> list[str]:
    """At most three of `names` that are similar to `name`, the most similar first."""
    from difflib import get_close_matches

    return get_close_matches(name, list(names), n=3, cutoff=0.6)
