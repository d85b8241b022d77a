"""`clock.json`: the economy's own clock.

Without the file, or with an empty object in it (as after a reset), the computer's clock is in
force.
"""

from datetime import timedelta

import msgspec
from msgspec import Struct

from coins_cli.errors import StoreDamaged
from coins_cli.model.clock import Clock
from coins_cli.model.transactions import Moment
from coins_cli.store.json import layout
from coins_cli.store.json.disk.durability import replace_durably
from coins_cli.store.json.disk.folder import Disk


class _Settings(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """The content of the file: the lead over the computer's clock, or the stopped time."""

    ahead: timedelta | None = None
    stopped_at: Moment | None = None


_decoder = msgspec.json.Decoder(_Settings)


class BadClock(Exception):
    """Bytes that are not a clock; the message has the reason in words."""


def decode_clock(data: bytes) -> Clock:
    """Parse the content of a `clock.json`; `BadClock`."""
    try:
        found = _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, OverflowError) as error:
        raise BadClock(f"it does not say what time it is: {error}") from None
    return Clock(found.ahead or timedelta(), found.stopped_at)


def read_clock(disk: Disk) -> Clock:
    """The clock of the store, or the computer's; `StoreDamaged`."""
    try:
        return decode_clock(disk.read(layout.CLOCK_FILE))
    except (FileNotFoundError, NotADirectoryError):
        return Clock()
    except BadClock as error:
        raise StoreDamaged(layout.CLOCK_FILE, f"{error}; coins clock reset mends it") from None


def write_clock(disk: Disk, clock: Clock) -> None:
    """Write the clock of the store, durably."""
    settings: Struct = _Settings(clock.ahead or None, clock.stopped_at)
    replace_durably(disk, layout.CLOCK_FILE, msgspec.json.encode(settings) + b"\n")
