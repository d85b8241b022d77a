"""The exit codes, a promise to scripts. Each family of errors has one."""

from typing import Final

from coins_cli.errors import Conflict, Invalid, NotFound, Refused, StoreUnusable

DONE: Final = 0
"""Done."""
BUG: Final = 1
"""A bug of coins; the traceback is on stderr."""
USAGE: Final = Invalid.exit_code
"""Wrong usage: an invalid option, handle, number or catalog."""
NOT_FOUND: Final = NotFound.exit_code
"""Not found: a user, gift, pack, file or store."""
REFUSED: Final = Refused.exit_code
"""Refused by a rule of the economy."""
CONFLICT: Final = Conflict.exit_code
"""Conflict: a key used otherwise, a handle taken, a file in the way."""
STORE: Final = StoreUnusable.exit_code
"""The store cannot be used: locked too long, damaged, frozen, not writable."""
ANSWER_LOST: Final = 7
"""The answer could not be written to stdout; it is on stderr, and says what was changed."""
INTERRUPTED: Final = 130
"""Interrupted from the keyboard."""
