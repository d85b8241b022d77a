"""Free text on one line, with nothing in it that a terminal obeys, and the way back."""

import re
from typing import Final

_ESCAPE: Final = re.compile(r"\\(?:([\\nrt])|x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8}))")
_SHORT: Final = {"\\": "\\", "n": "\n", "r": "\r", "t": "\t"}


def escaped(text: str, also: str = "") -> str:
    r"""`text` as printable characters only: the others, and those in `also`, become escapes.

    The escapes are those of Python: `\n`, `\x1b`, `\u202e`, `\U000e0001`; a backslash is `\\`.
    """
    if text.isprintable() and "\\" not in text and not (also and any(one in text for one in also)):
        return text
    return "".join(
        one if one.isprintable() and one != "\\" and one not in also else _escape(one)
        for one in text
    )


def unescaped(text: str) -> str:
    """The text that `escaped` made `text` of."""
    return _ESCAPE.sub(_character, text)


def _escape(character: str) -> str:
    written = character.encode("unicode_escape").decode()
    return written if written.startswith("\\") else f"\\x{ord(character):02x}"


def _character(found: re.Match[str]) -> str:
    short, *numbers = found.groups()
    return _SHORT[short] if short else chr(int(next(filter(None, numbers)), 16))
