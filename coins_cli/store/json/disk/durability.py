"""Durable writes, and the handling of failed syncs.

After a failed sync the system may count the lost pages as written: the next sync then succeeds
without having saved anything. So a failed sync is never simply tried again. Data that can be
written again is written again; otherwise the store is frozen until the computer is restarted, after
which reads return the true content of the disk.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Final

from coins_cli.errors import StoreFrozen, StoreUnusable
from coins_cli.files.words import reason
from coins_cli.store.json import layout
from coins_cli.store.json.disk.folder import Disk

FILES_FOR_ONE_SYNC: Final = 200
"""Files above which one sync of the file system is faster than a sync of each."""


def prepare(disk: Disk, name: str, data: bytes) -> Callable[[], None]:
    """Reserve disk space for a file's next content; calling the result puts it in place.

    A power failure may tear the file, so this is only for derived files that carry a check of
    themselves (see `checked_json`).
    """
    if disk.room(name) == len(data):  # Many times faster than a new file.
        return lambda: disk.overwrite(name, data)
    return _prepare_new(disk, name, data)


def put(disk: Disk, name: str, data: bytes) -> None:
    """Write a derived file that carries a check of itself; see `prepare`."""
    prepare(disk, name, data)()


def replace(disk: Disk, name: str, data: bytes) -> None:
    """Replace a file's content by `data`, such that readers see the old or the new one whole."""
    _prepare_new(disk, name, data)()


def _prepare_new(disk: Disk, name: str, data: bytes) -> Callable[[], None]:
    temporary = layout.temporary_of(name)
    disk.write(temporary, data)
    return lambda: disk.rename(temporary, name)


def replace_durably(
    disk: Disk, name: str, data: bytes, *, prepared: Callable[[], None] = lambda: None
) -> None:
    """As `replace`, durable on return; a power failure too leaves the old or the new content.

    `prepared` is called when the next step is the one that can be seen.
    """
    temporary = layout.temporary_of(name)
    disk.write(temporary, data)
    disk.sync(temporary)  # so that the name never leads to a file without its content
    prepared()
    disk.rename(temporary, name)
    disk.sync(name.rpartition("/")[0])  # so that the rename itself is durable


def unshare(disk: Disk, name: str) -> None:
    """Replace a file that has a second name by a copy, durably, before it is changed in place.

    `cp -al`, backups by hard links and deduplication give files a second name, whose content must
    not change.
    """
    if disk.has_two_names(name):
        # If a kill comes before the rename is synced, the next process must sync the folders: it
        # does that when there is no `head.json`, which is written again after the change.
        with suppress(FileNotFoundError):
            disk.remove(layout.HEAD_FILE)
        replace_durably(disk, name, disk.read(name))


@contextmanager
def syncing_many(disk: Disk) -> Iterator[Callable[..., None]]:
    """Yield a function that syncs files and folders, which are written in the context.

    Its arguments are the names of those that exist, and of others that may be missing.
    """
    with disk.all_files() as sync_all_at_once:

        def sync(names: Sequence[str], others: Sequence[str] = ()) -> None:
            if len(names) + len(others) < FILES_FOR_ONE_SYNC or not sync_all_at_once():
                for name in (*names, *filter(disk.exists, others)):
                    disk.sync(name)

        yield sync


def sync_or_freeze(disk: Disk, name: str) -> None:
    """Sync a file that cannot be written again; on failure freeze the store: `StoreFrozen`."""
    try:
        disk.sync(name)
    except OSError as error:
        freeze(disk)
        raise StoreFrozen(disk.where, reason(error)) from error


def freeze(disk: Disk) -> None:
    """Refuse every further write until the computer is restarted."""
    with suppress(OSError, StoreUnusable):
        disk.write(layout.FROZEN_FILE, disk.boot().encode())


def check_not_frozen(disk: Disk) -> None:
    """Raise `StoreFrozen` if a sync failed since the computer was started."""
    if disk.exists(layout.FROZEN_FILE) and disk.read(layout.FROZEN_FILE) == disk.boot().encode():
        raise StoreFrozen(disk.where, "an earlier sync did not succeed")
