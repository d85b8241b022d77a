"""Making a store, reading `store.json`, and checking the place of a new store."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from coins_cli.errors import NewerFormat, NotAStore, OlderFormat, StoreDamaged, StoreNotWritable
from coins_cli.model.catalog import Catalog
from coins_cli.store.json import layout
from coins_cli.store.json.derived.head_file import HeadRecord, encode_head
from coins_cli.store.json.disk.durability import replace_durably
from coins_cli.store.json.disk.folder import Disk
from coins_cli.store.json.journal.lines import FORMAT, Header, encode_header, genesis

RESTORING_TEXT: Final = b"""\
A restore by coins is at work in this folder, or was interrupted: do it again to clear that away.
"""
"""The content of the marker `restoring`; a file of that name with other content is not ours."""


class StoreFile(Struct, frozen=True, omit_defaults=True):
    """The content of `store.json`; `group` is the number of the group that shares the store."""

    format: int
    id: str
    created: datetime
    group: int | None = None


def is_made(disk: Disk) -> bool:
    """True if there is a store, that is, a `store.json`."""
    return disk.exists(layout.STORE_FILE)


def was_restore_begun(disk: Disk) -> bool:
    """True if the folder has the marker of an unfinished restore."""
    name = layout.RESTORING_FILE
    return disk.kind(name) == "file" and disk.read(name) == RESTORING_TEXT


def read_store_file(disk: Disk) -> StoreFile:
    """Read `store.json`. Raises as `parse_store_file`."""
    return parse_store_file(disk.read(layout.STORE_FILE), disk.where)


def parse_store_file(data: bytes, where: str) -> StoreFile:
    """Parse a `store.json`. Raises `StoreDamaged`, `NewerFormat` and `OlderFormat`."""
    try:
        found = msgspec.json.decode(data, type=StoreFile)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise StoreDamaged(layout.STORE_FILE, "it cannot be read") from None
    if found.format > layout.FORMAT:
        raise NewerFormat(where, found=found.format, known=layout.FORMAT)
    if found.format < layout.FORMAT:
        raise OlderFormat(where, found=found.format, known=layout.FORMAT)
    return found


def check_parent(disk: Disk, *, with_parents: bool) -> None:
    """Raise `StoreNotWritable` if the parent folder is missing, unless it may be made too."""
    # A missing parent is probably a typo.
    if not (with_parents or disk.has_parent()):
        raise StoreNotWritable(disk.where, "its parent folder does not exist")


def make_folder(disk: Disk, *, with_parents: bool) -> None:
    """Make the store's folder if it is missing, and with `with_parents` those above it."""
    if with_parents:
        disk.make_parents()
    with suppress(FileExistsError):
        disk.make_folder("")
        disk.sync("..")


def make_folders(disk: Disk) -> None:
    """Make the missing folders in the store's folder."""
    for folder in layout.FOLDERS:
        with suppress(FileExistsError):
            disk.make_folder(folder)


def make_store(disk: Disk, store_id: str, now: datetime, catalog: Catalog) -> None:
    """Make an empty store in the folder, whose lock is held, at the prices of `catalog`."""
    make_folders(disk)
    head = genesis(store_id)
    header = Header(FORMAT, store_id, 1, head, None, 0, {}, catalog)
    replace_durably(disk, layout.PLACES_FILE, b"")
    replace_durably(disk, layout.segment_file(1), encode_header(header)[0])
    replace_durably(disk, layout.HEAD_FILE, encode_head(HeadRecord(0, head, 1, disk.boot())))
    # Last: without it there is no store, and the next command makes one again from the start.
    write_store_file(disk, StoreFile(layout.FORMAT, store_id, now))


def write_store_file(
    disk: Disk, store_file: StoreFile, *, prepared: Callable[[], None] = lambda: None
) -> None:
    """Write `store.json`, durably."""
    data = msgspec.json.encode(store_file) + b"\n"
    replace_durably(disk, layout.STORE_FILE, data, prepared=prepared)


def share_store(disk: Disk, group: int | None, record_change: Callable[[], None]) -> None:
    """Let all members of a group of users work on the store, or with `None` its owner alone.

    The store's lock is held. `record_change` is called before the first visible step. Raises
    `ForeignOwner`.
    """
    disk.check_owner()
    # The setting comes first: it is harmless until the modes change too.
    shared = replace(read_store_file(disk), group=group)
    write_store_file(disk, shared, prepared=record_change)
    # All folders are made now, so that each of them belongs to the owner.
    for folder in (layout.VIEWS, layout.QUARANTINE) if group is not None else ():
        with suppress(FileExistsError):
            disk.make_folder(folder)
    disk.share(group)


def check_can_be_made(disk: Disk, *, with_parents: bool) -> None:
    """Check that a store can be made here: in an empty folder, or in a new one with a parent.

    Files of an interrupted making are no obstacle; a journal with transactions is. Raises
    `StoreNotWritable`, `NotAStore` and `StoreDamaged`.
    """
    check_parent(disk, with_parents=with_parents)
    try:
        found = disk.names("")
    except FileNotFoundError:
        return
    except NotADirectoryError:
        raise NotAStore(disk.where, "it is a file") from None
    if layout.STORE_FILE in found:
        return
    is_restoring = was_restore_begun(disk)
    foreign = [name for name in found if not layout.is_ours(name)]
    if layout.RESTORING_FILE in found and not is_restoring:
        foreign.append(layout.RESTORING_FILE)
    if foreign:
        raise NotAStore(disk.where, f"it holds other things, like {min(foreign)}")
    if is_restoring:
        raise NotAStore(disk.where, "a restore was interrupted here; restore into it again")
    if layout.JOURNAL in found and _has_transactions(disk) and not is_made(disk):
        raise StoreDamaged(layout.STORE_FILE, "the file is missing")


def _has_transactions(disk: Disk) -> bool:
    segments = [name for name in disk.names(layout.JOURNAL) if not name.startswith(".")]
    if len(segments) > 1:
        return True
    return any(disk.read(f"{layout.JOURNAL}/{name}").count(b"\n") > 1 for name in segments)
