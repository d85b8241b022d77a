"""Rebuilding all derived files. Of the journal itself, at most a torn tail is cut off."""

from array import array
from collections.abc import Iterator

from coins_cli.errors import JournalDamaged
from coins_cli.files.changes import Changes
from coins_cli.store.json import layout
from coins_cli.store.json.care.audit import read_index, strange_wallet_files
from coins_cli.store.json.care.journal_replay import JournalReplay, replay_journal
from coins_cli.store.json.care.recovery import (
    free_name,
    make_segment_durable,
    quarantine_tail,
    seen_by_wallet_files,
)
from coins_cli.store.json.derived.checkpoint_files import drop_checkpoints
from coins_cli.store.json.derived.head_file import HeadRecord, encode_head, read_head
from coins_cli.store.json.derived.key_index import encode_run, run_names
from coins_cli.store.json.derived.wallet_files import encode_wallet
from coins_cli.store.json.disk.durability import replace_durably
from coins_cli.store.json.disk.folder import Disk, names_in
from coins_cli.store.json.making import make_folders
from coins_cli.store.json.opened import Opened, begin_segment
from coins_cli.store.protocol import Finding, Progress, Repair


def repair_store(
    disk: Disk,
    store_id: str,
    changes: Changes,
    *,
    dry_run: bool,
    progress: Progress | None = None,
) -> list[Repair]:
    """Rebuild wallet files, places, key index and `head.json` from the journal.

    Returns the repairs, done or due in a dry run. The store's lock is held for writing. Raises
    `JournalDamaged`, with nothing changed, if the journal itself is wrong.
    """
    record = read_head(disk)
    seen = record.seq if record is not None else 0
    journal = replay_journal(
        disk, store_id, wanted=frozenset([seen]), acknowledged=seen, progress=progress
    )
    findings = [*journal.findings, *_lost(disk, journal, record)]
    if findings:
        raise JournalDamaged([{"where": one.where, "problem": one.problem} for one in findings])
    with changes.many():
        return list(_repairs(disk, journal, changes, dry_run=dry_run))


def _repairs(
    disk: Disk, journal: JournalReplay, changes: Changes, *, dry_run: bool
) -> Iterator[Repair]:
    """Repair the derived files one by one, and yield each repair."""
    if not dry_run:
        # No derived file may outlast its line.
        make_segment_durable(disk, layout.segment_file(journal.newest_segment))
        _make_missing_folders(disk, changes)
    yield from _torn_tail(disk, journal.newest_segment, changes, dry_run=dry_run)
    wanted = {**_wallet_files(journal), **_places_file(disk, journal), **_index_file(disk, journal)}
    for name, data in {**wanted, **_head_file(disk, journal)}.items():
        found = disk.read(name) if disk.exists(name) else None
        if found != data:
            if not dry_run:
                with changes.one():
                    replace_durably(disk, name, data)
            yield Repair(name, "made anew" if found is None else "rewritten")
    if not dry_run:
        drop_checkpoints(disk)
    for name in _files_too_many(disk, journal, wanted):
        if not dry_run:
            with changes.one():
                _quarantine(disk, name)
        yield Repair(name, f"moved to {layout.QUARANTINE}")


def _make_missing_folders(disk: Disk, changes: Changes) -> None:
    if not all(map(disk.exists, layout.FOLDERS)):
        with changes.one():
            make_folders(disk)


def _lost(disk: Disk, journal: JournalReplay, record: HeadRecord | None) -> list[Finding]:
    """Findings from files that name lines which the journal has lost, or has with another hash."""
    seen = {layout.HEAD_FILE: record.seq} if record is not None else {}
    seen.update(seen_by_wallet_files(disk))
    lost = [
        Finding(
            layout.JOURNAL, f"it ends with transaction {journal.seq}, and {name} has seen {seq}"
        )
        for name, seq in sorted(seen.items())
        if seq > journal.seq
    ]
    if record is not None and not lost and journal.heads.get(record.seq) != record.head:
        problem = f"transaction {record.seq} has not the hash that {layout.HEAD_FILE} has seen"
        lost.append(Finding(layout.JOURNAL, problem))
    return lost


def _torn_tail(
    disk: Disk, newest_segment: int, changes: Changes, *, dry_run: bool
) -> Iterator[Repair]:
    data, segment = begin_segment(disk, newest_segment)
    opened = Opened(disk, segment, None)
    opened.read_newest(data)
    if segment.torn:
        if not dry_run:
            with changes.one():
                quarantine_tail(disk, opened)
        yield Repair(opened.file, f"an interrupted write cut off, and kept in {layout.QUARANTINE}")


def _wallet_files(journal: JournalReplay) -> dict[str, bytes]:
    return {
        layout.wallet_file(user): encode_wallet(wallet)
        for user, wallet in sorted(journal.replay.wallets.items())
        if wallet is not None
    }


def _places_file(disk: Disk, journal: JournalReplay) -> dict[str, bytes]:
    """The due content of `places`; empty if the file has it."""
    due = bytes(journal.places)
    found = disk.read(layout.PLACES_FILE) if disk.exists(layout.PLACES_FILE) else None
    # Places of the newest segment may follow: an interrupted sealing leaves them.
    return {} if found is not None and found.startswith(due) else {layout.PLACES_FILE: due}


def _index_file(disk: Disk, journal: JournalReplay) -> dict[str, bytes]:
    """The whole index as one run; empty if the present runs have the same entries."""
    if _is_index_right(disk, journal):
        return {}
    pairs = sorted(journal.sealed_keys)
    digests = array("Q", [digest for digest, _ in pairs])
    return {layout.run_file(1): encode_run((digests, array("Q", [seq for _, seq in pairs])))}


def _is_index_right(disk: Disk, journal: JournalReplay) -> bool:
    entries, findings = read_index(disk)
    sealed = journal.sealed_keys - journal.newest_keys
    return not findings and entries - journal.newest_keys == sealed


def _head_file(disk: Disk, journal: JournalReplay) -> dict[str, bytes]:
    """The due content of `head.json`, which vouches for the other files, and so is written last."""
    record = HeadRecord(journal.seq, journal.head, journal.newest_segment, disk.boot())
    return {layout.HEAD_FILE: encode_head(record)}


def _files_too_many(disk: Disk, journal: JournalReplay, wanted: dict[str, bytes]) -> list[str]:
    """Derived files that do not belong to the journal, such as the runs of a rebuilt index."""
    rebuilt = [name for name in wanted if name.startswith(layout.KEYS)]
    known = rebuilt or run_names(disk)
    names = (f"{layout.KEYS}/{base}" for base in names_in(disk, layout.KEYS) if base[0] != ".")
    return strange_wallet_files(disk, journal) + sorted(set(names).difference(known))


def _quarantine(disk: Disk, name: str) -> None:
    """Move a file to the quarantine."""
    if not disk.exists(layout.QUARANTINE):
        disk.make_folder(layout.QUARANTINE)
    disk.rename(name, free_name(disk, f"{layout.QUARANTINE}/{name.replace('/', '-')}"))
    disk.sync(layout.QUARANTINE)
    disk.sync(name.rpartition("/")[0])
