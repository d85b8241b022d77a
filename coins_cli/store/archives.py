"""Copies of a store in one file, and stores made from them.

An archive holds `store.json`, the catalog and the clock if there are any, and the journal;
everything else follows from the journal, and is made anew when the copy is restored.
"""

import gzip
import io
import tarfile
import zlib
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from coins_cli.errors import InvalidArchive, NoSuchFile
from coins_cli.store import layout
from coins_cli.store.disk import FILE_MODE, Disk
from coins_cli.store.durability import replace_durably
from coins_cli.store.files import complete_file
from coins_cli.store.making import StoreFile, make_folders, parse_store_file
from coins_cli.store.protocol import Progress
from coins_cli.store.repair import repair_store
from coins_cli.store.segment_replay import segment_names
from coins_cli.store.snapshot import Snapshot

READ_BYTES: Final = 1 << 16
_SETTINGS: Final = (layout.CATALOG_FILE, layout.CLOCK_FILE)
"""What an economy may have of its own, beside its history."""


class Copied(Struct, frozen=True):
    """What an archive holds: up to which transaction, and that one's hash."""

    transactions: int
    head: str


class Plan(Struct, frozen=True):
    """What to copy, noted while the store's lock was held: names, and how many bytes of the last.

    All but the newest segment never change, and that one only grows, so the copy itself needs no
    lock, and others go on writing meanwhile.
    """

    names: list[str]
    newest: str
    newest_bytes: int
    copied: Copied


def plan_copy(disk: Disk, snapshot: Snapshot) -> Plan:
    """Note what a copy of the store as it is now consists of; its lock is held."""
    settings = [name for name in _SETTINGS if disk.exists(name)]
    segments = [name for name in segment_names(disk) if name != snapshot.file]
    copied = Copied(snapshot.seq, snapshot.head)
    return Plan(
        [layout.STORE_FILE, *settings, *segments], snapshot.file, snapshot.newest.end, copied
    )


def write_archive(disk: Disk, plan: Plan, path: str, progress: Progress | None = None) -> None:
    """Write what was planned into a new file at `path`, which appears when it is complete.

    Raises `FileInTheWay` when there is such a file already, and `FileNotWritable`.
    """
    with (
        complete_file(path, private=True) as file,
        tarfile.open(fileobj=file, mode="w:gz") as archive,
    ):
        for done, name in enumerate([*plan.names, plan.newest], start=1):
            data = disk.read(name)
            _add(archive, name, data[: plan.newest_bytes] if name == plan.newest else data)
            if progress is not None:
                progress(done, len(plan.names) + 1)


def _add(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(data)
    entry.mode = FILE_MODE
    archive.addfile(entry, io.BytesIO(data))


def read_archive(disk: Disk, path: str, progress: Progress | None = None) -> None:
    """Fill the empty folder of `disk` from the archive at `path`, and check all of it.

    `store.json` comes last: until the journal was replayed without a finding, there is no store.
    Raises `NoSuchFile`, `InvalidArchive` and `JournalDamaged`.
    """
    for name in set(disk.names("")) - {layout.LOCK_FILE, layout.TURN_FILE, layout.RESTORING_FILE}:
        disk.remove(name)
    replace_durably(disk, layout.RESTORING_FILE, b"")
    make_folders(disk)
    store_file: bytes | None = None
    for name, data in _members(path):
        if name == layout.STORE_FILE:
            store_file = data
        else:
            disk.write(name, data)
            disk.sync(name)
    if store_file is None:
        raise InvalidArchive(path, f"there is no {layout.STORE_FILE} in it")
    found: StoreFile = parse_store_file(store_file, path)
    for folder in (layout.JOURNAL, ""):
        disk.sync(folder)
    repair_store(disk, found.id, dry_run=False, progress=progress)
    for name in segment_names(disk)[:-1]:
        disk.protect(name)
    replace_durably(disk, layout.STORE_FILE, store_file)
    disk.remove(layout.RESTORING_FILE)


def may_be_restored_into(disk: Disk) -> bool:
    """Whether a folder is empty, or has only what an interrupted restore left in it."""
    found = set(disk.names(""))
    begun = {layout.LOCK_FILE, layout.TURN_FILE, layout.temporary_of(layout.RESTORING_FILE)}
    return layout.STORE_FILE not in found and (layout.RESTORING_FILE in found or not found - begun)


def _members(path: str) -> Iterator[tuple[str, bytes]]:
    """The files in an archive, by name; nothing else than a store's own can come out of one."""
    try:
        with gzip.open(path) as file, tarfile.open(fileobj=file, mode="r|") as archive:
            for entry in archive:
                is_expected = entry.name in (layout.STORE_FILE, *_SETTINGS)
                if not (is_expected or layout.segment_first(entry.name) is not None):
                    raise InvalidArchive(path, f"{entry.name} does not belong in it")
                content = archive.extractfile(entry) if entry.isreg() else None
                if content is None:
                    raise InvalidArchive(path, f"{entry.name} is not a file")
                yield entry.name, content.read()
            while file.read(READ_BYTES):
                pass  # The checksum of the whole comes after the last member.
    except FileNotFoundError:
        raise NoSuchFile(path) from None
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        raise InvalidArchive(path, str(error)) from error
