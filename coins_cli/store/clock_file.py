"""The economy's own clock, in the file `clock.json`; without it, it is the computer's.

The computer's it is as well when the file says nothing, as after a reset.
"""

from datetime import timedelta

import msgspec
from msgspec import Struct

from coins_cli.errors import StoreDamaged
from coins_cli.model.clock import Clock
from coins_cli.store import layout
from coins_cli.store.disk import Disk
from coins_cli.store.durability import replace_durably
from coins_cli.store.journal import Moment


class _Settings(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What the file says: how far ahead of the computer's clock, or where it stands."""

    ahead: timedelta | None = None
    stopped_at: Moment | None = None


_decoder = msgspec.json.Decoder(_Settings)


def read_clock(disk: Disk) -> Clock:
    """The clock that the store was given, or the computer's; `StoreDamaged`."""
    try:
        found = _decoder.decode(disk.read(layout.CLOCK_FILE))
    except (FileNotFoundError, NotADirectoryError):
        return Clock()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, OverflowError) as error:
        why = f"it does not say what time it is: {error}; coins clock reset mends it"
        raise StoreDamaged(layout.CLOCK_FILE, why) from None
    return Clock(found.ahead or timedelta(), found.stopped_at)


def write_clock(disk: Disk, clock: Clock) -> None:
    """Give the store that clock, durably."""
    settings: Struct = _Settings(clock.ahead or None, clock.stopped_at)
    replace_durably(disk, layout.CLOCK_FILE, msgspec.json.encode(settings) + b"\n")
