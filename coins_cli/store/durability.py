"""What it takes to be sure that something is on the disk, and what to do when it is not.

After a failed sync the system may count the lost pages as written: the next sync then succeeds
without having saved anything. So a failed sync is never simply tried again. What can be written
again is written again; where that is not possible, the store is frozen until the computer is
restarted, after which reading tells what the disk really has.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Final

from coins_cli.errors import StoreFrozen
from coins_cli.store import layout
from coins_cli.store.disk import Disk

FILES_FOR_ONE_SYNC: Final = 200
"""From how many files on all are synced at once: each on its own takes longer."""


def prepare(disk: Disk, name: str, data: bytes) -> Callable[[], None]:
    """Take the room on the disk for a file's next content; calling the result puts it in place.

    Where it fits over the old one it is written there, which is many times faster than a new file.
    A power failure may tear it then, so this is for contents that tell (see `checked_json`), and
    that follow from something else.
    """
    if disk.room(name) == len(data):
        return lambda: disk.overwrite(name, data)
    return _prepare_new(disk, name, data)


def put(disk: Disk, name: str, data: bytes) -> None:
    """Make `data` the content of a file that tells when it is torn, and follows from others."""
    prepare(disk, name, data)()


def replace(disk: Disk, name: str, data: bytes) -> None:
    """Make `data` a file's content such that others see the old or the new one, never a part."""
    _prepare_new(disk, name, data)()


def _prepare_new(disk: Disk, name: str, data: bytes) -> Callable[[], None]:
    temporary = layout.temporary_of(name)
    disk.write(temporary, data)
    return lambda: disk.rename(temporary, name)


def replace_durably(disk: Disk, name: str, data: bytes) -> None:
    """As `replace`, and such that a power failure too leaves the old one or the new one.

    The sync before the rename keeps the name from leading to a file without its content; the sync
    of the folder makes the rename itself durable.
    """
    temporary = layout.temporary_of(name)
    disk.write(temporary, data)
    disk.sync(temporary)
    disk.rename(temporary, name)
    disk.sync(name.rpartition("/")[0])


@contextmanager
def syncing_many(disk: Disk) -> Iterator[Callable[[Sequence[str]], None]]:
    """Gives what syncs many files and folders that are written within the context."""
    with disk.all_files() as sync_all_at_once:

        def sync(names: Sequence[str]) -> None:
            if len(names) < FILES_FOR_ONE_SYNC or not sync_all_at_once():
                for name in names:
                    disk.sync(name)

        yield sync


def sync_or_freeze(disk: Disk, name: str) -> None:
    """Sync what cannot be written again; `StoreFrozen` when that fails."""
    try:
        disk.sync(name)
    except OSError as error:
        freeze(disk)
        raise StoreFrozen(disk.where, reason(error)) from error


def freeze(disk: Disk) -> None:
    """Refuse every further write until the computer is restarted."""
    with suppress(OSError):
        disk.write(layout.FROZEN_FILE, disk.boot().encode())


def check_not_frozen(disk: Disk) -> None:
    """Raise `StoreFrozen` when a sync failed since the computer was started."""
    if disk.exists(layout.FROZEN_FILE) and disk.read(layout.FROZEN_FILE) == disk.boot().encode():
        raise StoreFrozen(disk.where, "an earlier sync did not succeed")


def reason(error: OSError) -> str:
    """Why the system refused, in its words."""
    return (error.strerror or str(error)).lower()
