"""Escapes for free text, safe on terminals and in spreadsheets, and their inverse."""

import re
from typing import Final

_ESCAPE: Final = re.compile(r"\\(?:([\\nrt])|x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8}))")
_SHORT: Final = {"\\": "\\", "n": "\n", "r": "\r", "t": "\t"}

GUARD: Final = "'"
_FORMULA: Final = "=+\\-@＝＋－＠"  # noqa: RUF001 - some spreadsheets take the wide ones as well
_BEGINS_A_FORMULA: Final = re.compile(rf"'|\s*[{_FORMULA}]")
_CELL_OF_ITS_OWN: Final = re.compile(rf";(?=[\s\"']*[{_FORMULA}])")


def escaped(text: str, also: str = "") -> str:
    r"""`text`, in which unprintable characters, backslashes and those in `also` are escaped.

    The escapes are those of Python: `\n`, `\x1b`, `\u202e`, `\U000e0001`; a backslash is `\\`.
    """
    if text.isprintable() and "\\" not in text and not (also and any(one in text for one in also)):
        return text
    return "".join(
        one if one.isprintable() and one != "\\" and one not in also else _escape(one)
        for one in text
    )


def unescaped(text: str) -> str:
    """The original of an `escaped` text."""
    return _ESCAPE.sub(_character, text)


def guarded(text: str, escaped_text: str) -> str:
    r"""`escaped_text`, the escaped form of `text`, guarded so that it is not taken for a formula.

    A text that begins like a formula gets an apostrophe in front. A semicolon before the
    beginning of a formula becomes `\x3b`.
    """
    guard = GUARD if _BEGINS_A_FORMULA.match(text) else ""
    if ";" not in escaped_text:
        return guard + escaped_text
    return guard + _CELL_OF_ITS_OWN.sub(r"\\x3b", escaped_text)


def _escape(character: str) -> str:
    written = character.encode("unicode_escape").decode()
    return written if written.startswith("\\") else f"\\x{ord(character):02x}"


def _character(found: re.Match[str]) -> str:
    short, *numbers = found.groups()
    return _SHORT[short] if short else chr(int(next(filter(None, numbers)), 16))
