"""Restoring a store from an archive, without touching anybody else's files.

A restore begins in an empty folder with a marker file. Beside the marker, files with the names
below belong to the restore: it removes them when it fails, and when it runs again after an
interruption. Any other file in the folder is an error.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from coins_cli.errors import (
    FileInTheWay,
    InvalidArchive,
    JournalDamaged,
    StoreFrozen,
    StoreNotWritable,
)
from coins_cli.files.changes import Changes
from coins_cli.model.names import is_handle
from coins_cli.store.json import layout
from coins_cli.store.json.care.archive_reading import BadArchive, read_copy
from coins_cli.store.json.care.journal_replay import segment_names
from coins_cli.store.json.care.repair import repair_store
from coins_cli.store.json.disk.durability import replace_durably
from coins_cli.store.json.disk.folder import Disk, names_in
from coins_cli.store.json.making import (
    RESTORING_TEXT,
    is_made,
    make_folder,
    make_folders,
    parse_store_file,
    was_restore_begun,
)
from coins_cli.store.protocol import Progress

_FILES: Final = (
    layout.HEAD_FILE,
    layout.PLACES_FILE,
    layout.CATALOG_FILE,
    layout.CLOCK_FILE,
    layout.FROZEN_FILE,
)
_LOCKS: Final = (layout.LOCK_FILE, layout.TURN_FILE)
_MARKERS: Final = (layout.RESTORING_FILE, layout.temporary_of(layout.RESTORING_FILE))
_RUN: Final = re.compile(rf"[0-9]{{12,16}}\{layout.RUN_ENDING}")


class Restore:
    """A restore into the folder of `disk`.

    Raises `FileInTheWay` at once if the folder has anything else than files of a restore. The
    store's lock is held for all methods after `make_folder`.
    """

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self._made_folder = not disk.exists("")
        if not self._made_folder:
            self.check_place()
        found = frozenset(names_in(disk, ""))
        is_again = layout.RESTORING_FILE in found
        self._locks_of_others = frozenset() if is_again else found.intersection(_LOCKS)

    def make_folder(self, *, with_parents: bool) -> None:
        """Make the folder if it is missing."""
        try:
            make_folder(self._disk, with_parents=with_parents)
        except OSError:
            self._remove_folder()
            raise

    def check_place(self) -> None:
        """Raise `FileInTheWay` unless the folder is empty, or has only files of a restore."""
        if self._disk.kind("") == "file" or self._disk.exists(layout.STORE_FILE):
            raise FileInTheWay(self._disk.where)
        is_again = was_restore_begun(self._disk)
        for name in _entries(self._disk):
            may_be = _is_lock_or_marker(self._disk, name) or (
                is_again and _is_of_a_restore(self._disk, name)
            )
            if not may_be:
                raise FileInTheWay(f"{self._disk.where}/{name}")

    def run(self, path: str, changes: Changes, progress: Progress | None) -> None:
        """Fill the folder from the archive at `path`, and check all of it.

        Raises `NoSuchFile`, `InvalidArchive`, `NewerFormat` and `StoreNotWritable`.
        """
        disk = self._disk
        self._clear()
        replace_durably(disk, layout.RESTORING_FILE, RESTORING_TEXT)
        make_folders(disk)
        store_file = _unpack(disk, path)
        for folder in (*layout.FOLDERS, ""):
            disk.sync(folder)
        _derive(disk, parse_store_file(store_file, path).id, path, progress)
        for name in segment_names(disk)[:-1]:
            disk.protect(name)
        # Last: there is no store until its journal was replayed without a finding.
        with changes.one():
            replace_durably(disk, layout.STORE_FILE, store_file)
            with suppress(OSError):  # The store is complete even if the marker stays.
                disk.remove(layout.RESTORING_FILE)
                disk.sync("")

    def take_back(self) -> None:
        """Empty the folder again, as far as the disk allows; the lock is held."""
        with suppress(OSError):
            if is_made(self._disk):
                if not was_restore_begun(self._disk):
                    return  # The restore was complete.
                self._disk.remove(layout.STORE_FILE)
                # A power failure must not bring it back without its journal.
                self._disk.sync("")
            self._clear()
            with suppress(OSError):  # Nor bring files back without the marker.
                self._disk.sync("")
            # The marker goes last, so that this can be interrupted and repeated.
            for name in (*_MARKERS, *_LOCKS):
                is_ours = name not in self._locks_of_others
                if is_ours and _is_lock_or_marker(self._disk, name):
                    self._disk.remove(name)
        self._remove_folder()

    def _remove_folder(self) -> None:
        """Remove the folder if this restore made it and it is empty."""
        with suppress(OSError):
            if self._made_folder:
                self._disk.remove("")

    def _clear(self) -> None:
        """Remove the files of a restore, except its marker and the locks. Other files stay."""
        if not was_restore_begun(self._disk):
            return
        for name in _entries(self._disk):
            if _is_of_a_restore(self._disk, name) and name not in layout.FOLDERS:
                self._disk.remove(name)
        for folder in layout.FOLDERS:
            if self._disk.kind(folder) == "folder" and not self._disk.names(folder):
                self._disk.remove(folder)


def _entries(disk: Disk) -> Iterator[str]:
    """The entries of the folder, and of the folders that a restore makes in it."""
    for name in sorted(disk.names("")):
        yield name
        if name in layout.FOLDERS and disk.kind(name) == "folder":
            yield from (f"{name}/{base}" for base in sorted(disk.names(name)))


def _is_of_a_restore(disk: Disk, name: str) -> bool:
    """True if a restore makes an entry of that name and kind; not its marker or a lock."""
    if name in layout.FOLDERS:
        return disk.kind(name) == "folder"
    return _is_file_of_a_restore(name) and disk.kind(name) == "file"


def _is_file_of_a_restore(name: str) -> bool:
    final = layout.name_of_temporary(name)
    folder, _, base = final.rpartition("/")
    if folder == layout.JOURNAL:
        return layout.segment_first(final) is not None
    if folder == layout.WALLETS:
        return base.endswith(layout.WALLET_ENDING) and is_handle(
            base.removesuffix(layout.WALLET_ENDING)
        )
    if folder == layout.KEYS:
        return _RUN.fullmatch(base) is not None
    return final in _FILES or (final == layout.STORE_FILE and name != final)


def _is_lock_or_marker(disk: Disk, name: str) -> bool:
    """True if the entry is an empty lock file, or a marker, which may be incomplete."""
    if name not in (*_LOCKS, *_MARKERS) or disk.kind(name) != "file":
        return False
    content = disk.read(name)
    if name in _LOCKS:
        return content == b""
    if name == layout.RESTORING_FILE:
        return content == RESTORING_TEXT
    # A kill leaves the beginning of the marker, and a power failure zeros in it.
    return len(content) <= len(RESTORING_TEXT) and all(
        found in (0, due) for found, due in zip(content, RESTORING_TEXT, strict=False)
    )


def _unpack(disk: Disk, path: str) -> bytes:
    """Write the files of an archive to the disk; returns the content of `store.json`."""
    store_file = b""
    try:
        for copied in read_copy(path):
            if copied.name == layout.STORE_FILE:
                store_file = b"".join(copied.parts)
                continue
            for part in copied.parts:
                disk.append(copied.name, part)
            disk.sync(copied.name)
    except BadArchive as error:
        raise InvalidArchive(path, str(error)) from None
    return store_file


def _derive(disk: Disk, store_id: str, path: str, progress: Progress | None) -> None:
    """Replay the journal, and make all derived files."""
    try:
        # A failed restore takes all of this back, so it does not count as a change.
        repair_store(disk, store_id, Changes(), dry_run=False, progress=progress)
    except JournalDamaged as error:
        raise InvalidArchive(path, f"{error.first}{error.more}") from None
    except StoreFrozen as error:
        # There is no store to freeze.
        raise StoreNotWritable(disk.where, error.why) from None
