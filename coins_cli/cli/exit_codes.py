"""The exit codes, which scripts rely on, and which kind of error leads to which."""

from typing import Final

from coins_cli.errors import CoinsError, Conflict, Invalid, NotFound, Refused, StoreUnusable

DONE: Final = 0
"""What was asked for is done."""
BUG: Final = 1
"""A fault of coins itself; the traceback is on stderr."""
USAGE: Final = 2
"""What was given cannot be right in itself: an option, a handle, a number, a catalog."""
NOT_FOUND: Final = 3
"""A user, gift, pack, file or store that is not there."""
REFUSED: Final = 4
"""Well formed, and a rule of the economy forbids it."""
CONFLICT: Final = 5
"""A key that was used for something else, a handle that is taken, a file in the way."""
STORE: Final = 6
"""The store cannot be used: locked too long, damaged, frozen, not writable."""
ANSWER_LOST: Final = 7
"""The answer could not be written to stdout; it is on stderr, and says what was changed."""
INTERRUPTED: Final = 130
"""Stopped from the keyboard."""

_FAMILIES: Final = (
    (Invalid, USAGE),
    (NotFound, NOT_FOUND),
    (Refused, REFUSED),
    (Conflict, CONFLICT),
    (StoreUnusable, STORE),
)


def exit_code_of(error: CoinsError) -> int:
    """The exit code for a deliberate refusal."""
    return next((code for family, code in _FAMILIES if isinstance(error, family)), BUG)
