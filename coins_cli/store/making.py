"""Making a store, and finding out whether there is one."""

from contextlib import suppress
from datetime import datetime

import msgspec
from msgspec import Struct

from coins_cli.errors import NewerFormat, NotAStore, StoreDamaged, StoreNotWritable
from coins_cli.store import layout
from coins_cli.store.disk import Disk
from coins_cli.store.durability import replace_durably
from coins_cli.store.journal import Header, encode, genesis
from coins_cli.store.snapshot import Witness, encode_witness


class StoreFile(Struct, frozen=True):
    """What `store.json` says."""

    format: int
    id: str
    created: datetime


def is_made(disk: Disk) -> bool:
    """Whether there is a store: `store.json` is there."""
    return disk.exists(layout.STORE_FILE)


def read_store_file(disk: Disk) -> StoreFile:
    """What `store.json` says; `StoreDamaged` or `NewerFormat` when this release cannot read it."""
    return parse_store_file(disk.read(layout.STORE_FILE), disk.where)


def parse_store_file(data: bytes, where: str) -> StoreFile:
    """What the content of a `store.json` says; `StoreDamaged` or `NewerFormat`."""
    try:
        found = msgspec.json.decode(data, type=StoreFile)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise StoreDamaged(layout.STORE_FILE, "it cannot be read") from None
    if found.format > layout.FORMAT:
        raise NewerFormat(where, found=found.format, known=layout.FORMAT)
    return found


def check_parent(disk: Disk, *, with_parents: bool) -> None:
    """Refuse a place without a parent, unless it may be made too: a typo, more likely."""
    if not (with_parents or disk.has_parent()):
        raise StoreNotWritable(disk.where, "its parent folder does not exist")


def make_folder(disk: Disk, *, with_parents: bool) -> None:
    """Make the store's own folder, unless it is there, and those above it if they may be made."""
    if with_parents:
        disk.make_parents()
    with suppress(FileExistsError):
        disk.make_folder("")
        disk.sync("..")


def make_folders(disk: Disk) -> None:
    """Make the folders in the store's own, unless they are there."""
    for folder in (layout.JOURNAL, layout.WALLETS, layout.KEYS):
        with suppress(FileExistsError):
            disk.make_folder(folder)


def make_store(disk: Disk, store_id: str, now: datetime) -> None:
    """Make an empty store in the folder, whose lock is held.

    `store.json` comes last: until it is there, there is no store, and making one begins anew.
    """
    make_folders(disk)
    head = genesis(store_id)
    header = Header(1, store_id, head, None, 0, {})
    replace_durably(disk, layout.segment_file(1), encode(header)[0])
    replace_durably(disk, layout.HEAD_FILE, encode_witness(Witness(0, head, 1, disk.boot())))
    store_file = StoreFile(layout.FORMAT, store_id, now)
    replace_durably(disk, layout.STORE_FILE, msgspec.json.encode(store_file) + b"\n")


def check_can_be_made(disk: Disk, *, with_parents: bool) -> None:
    """Refuse a place where no store can be: without a parent, a file, or used otherwise.

    What an interrupted making left is no obstacle; a journal with transactions in it is. Raises
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
    strange = [name for name in found if not layout.is_ours(name)]
    if strange:
        raise NotAStore(disk.where, f"it holds other things, like {min(strange)}")
    if layout.RESTORING_FILE in found:
        raise NotAStore(disk.where, "a restore was interrupted here; restore into it again")
    if layout.JOURNAL in found and _has_transactions(disk) and not is_made(disk):
        raise StoreDamaged(layout.STORE_FILE, "the file is missing")


def _has_transactions(disk: Disk) -> bool:
    segments = [name for name in disk.names(layout.JOURNAL) if not name.startswith(".")]
    if len(segments) > 1:
        return True
    return any(disk.read(f"{layout.JOURNAL}/{name}").count(b"\n") > 1 for name in segments)
