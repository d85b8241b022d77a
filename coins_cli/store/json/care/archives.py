"""Archives: copies of a store in one file.

An archive has `store.json`, the catalog and the clock if there are any, and the journal. Restoring
rebuilds everything else from the journal.
"""

import io
import tarfile

from msgspec import Struct

from coins_cli.files.catalogs import parse_catalog
from coins_cli.files.changes import Changes
from coins_cli.files.outputs import complete_file
from coins_cli.store.json import layout
from coins_cli.store.json.care.journal_replay import segment_names
from coins_cli.store.json.disk.folder import FILE_MODE, Disk
from coins_cli.store.json.opened import Opened
from coins_cli.store.json.settings.checking import SETTINGS
from coins_cli.store.json.settings.clock_file import read_clock
from coins_cli.store.protocol import Progress


class ArchiveSummary(Struct, frozen=True):
    """The number of transactions in an archive, and the hash of the newest one."""

    transactions: int
    head: str


class CopyPlan(Struct, frozen=True):
    """The files to copy: `names`, and then the first `newest_bytes` of the newest segment.

    The plan is made under the store's lock. Copying needs no lock, because the newest segment only
    grows and the other files never change.
    """

    names: list[str]
    newest: str
    newest_bytes: int
    summary: ArchiveSummary


def plan_copy(disk: Disk, opened: Opened) -> CopyPlan:
    """Plan the copy of a store whose lock is held.

    Raises `StoreDamaged` for a clock, and `InvalidCatalog` for a catalog, that cannot be restored.
    """
    settings = [name for name in SETTINGS if disk.exists(name)]
    read_clock(disk)
    if layout.CATALOG_FILE in settings:
        parse_catalog(disk.read(layout.CATALOG_FILE), f"{disk.where}/{layout.CATALOG_FILE}")
    segments = [name for name in segment_names(disk) if name != opened.file]
    names = [layout.STORE_FILE, *settings, *segments]
    summary = ArchiveSummary(opened.seq, opened.head)
    return CopyPlan(names, opened.file, opened.newest.end, summary)


def write_archive(
    disk: Disk, plan: CopyPlan, path: str, changes: Changes, progress: Progress | None = None
) -> None:
    """Write the planned copy into a new file at `path`, which appears when it is complete.

    Raises `FileInTheWay` and `FileNotWritable`.
    """
    with (
        complete_file(path, changes, private=True) as file,
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
