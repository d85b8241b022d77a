"""Rebuilding all that is derived from the journal. Of that itself, at most a torn tail is cut."""

from collections.abc import Iterator

from coins_cli.errors import JournalDamaged
from coins_cli.store import layout
from coins_cli.store.disk import Disk, names_in
from coins_cli.store.durability import replace_durably
from coins_cli.store.journal_replay import JournalReplay, replay_journal
from coins_cli.store.json_audit import strange_wallet_files
from coins_cli.store.key_index import lines_in
from coins_cli.store.making import make_folders
from coins_cli.store.notes import drop_notes
from coins_cli.store.protocol import Finding, Progress, Repair
from coins_cli.store.recovery import (
    free_name,
    make_segment_durable,
    quarantine_tail,
    seen_by_wallet_files,
)
from coins_cli.store.snapshot import (
    Snapshot,
    Witness,
    encode_witness,
    read_segment,
    read_witness,
)
from coins_cli.store.wallet_files import encode_wallet


def repair_store(
    disk: Disk, store_id: str, *, dry_run: bool, progress: Progress | None = None
) -> list[Repair]:
    """Make wallet files, key index and `head.json` say what the journal says.

    Returns what was done, or would be in a dry run. The store's lock is held for writing. Raises
    `JournalDamaged`, with nothing changed, when the journal itself is wrong: only a copy can mend
    that.
    """
    witness = read_witness(disk)
    seen = witness.seq if witness is not None else 0
    journal = replay_journal(
        disk, store_id, wanted=frozenset([seen]), acknowledged=seen, progress=progress
    )
    findings = [*journal.findings, *_lost(disk, journal, witness)]
    if findings:
        raise JournalDamaged([(one.where, one.problem) for one in findings])
    if not dry_run:
        # What follows from a line must not outlast it.
        make_segment_durable(disk, layout.segment_file(journal.newest_segment))
        make_folders(disk)
    repairs = list(_torn_tail(disk, journal.newest_segment, dry_run=dry_run))
    wanted = {**_wallet_files(journal), **_index_files(journal), **_head_file(disk, journal)}
    for name, data in wanted.items():
        found = disk.read(name) if disk.exists(name) else None
        if found is None or not _says_the_same(name, found, data, journal):
            repairs.append(Repair(name, "made anew" if found is None else "rewritten"))
            if not dry_run:
                replace_durably(disk, name, data)
    if not dry_run:
        drop_notes(disk)
    for name in _files_too_many(disk, journal, wanted):
        repairs.append(Repair(name, f"moved to {layout.QUARANTINE}"))
        if not dry_run:
            _quarantine(disk, name)
    return repairs


def _lost(disk: Disk, journal: JournalReplay, witness: Witness | None) -> list[Finding]:
    """What shows that the journal has lost its end, or is another: what was seen of it."""
    seen = {layout.HEAD_FILE: witness.seq} if witness is not None else {}
    seen.update(seen_by_wallet_files(disk))
    lost = [
        Finding(
            layout.JOURNAL, f"it ends with transaction {journal.seq}, and {name} has seen {seq}"
        )
        for name, seq in sorted(seen.items())
        if seq > journal.seq
    ]
    if witness is not None and not lost and journal.heads.get(witness.seq) != witness.head:
        what = f"transaction {witness.seq} has not the hash that {layout.HEAD_FILE} has seen"
        lost.append(Finding(layout.JOURNAL, what))
    return lost


def _torn_tail(disk: Disk, newest_segment: int, *, dry_run: bool) -> Iterator[Repair]:
    snapshot = Snapshot(disk, read_segment(disk, newest_segment), None)
    if snapshot.newest.torn:
        yield Repair(
            snapshot.file, f"an interrupted write cut off, and kept in {layout.QUARANTINE}"
        )
        if not dry_run:
            quarantine_tail(disk, snapshot)


def _wallet_files(journal: JournalReplay) -> dict[str, bytes]:
    return {
        layout.wallet_file(user): encode_wallet(wallet, journal.places[user])
        for user, wallet in sorted(journal.replay.wallets.items())
    }


def _index_files(journal: JournalReplay) -> dict[str, bytes]:
    buckets: dict[str, list[bytes]] = {}
    for line in sorted(journal.sealed_index):
        buckets.setdefault(layout.bucket_file(line.decode()), []).append(b"\n" + line)
    return {name: b"".join(lines) + b"\n" for name, lines in sorted(buckets.items())}


def _head_file(disk: Disk, journal: JournalReplay) -> dict[str, bytes]:
    """`head.json`, which vouches for the others, and so comes last."""
    witness = Witness(journal.seq, journal.head, journal.newest_segment, disk.boot())
    return {layout.HEAD_FILE: encode_witness(witness)}


def _says_the_same(name: str, found: bytes, wanted: bytes, journal: JournalReplay) -> bool:
    """Whether a file needs no repair; the lines of the key index may stand in any order."""
    if layout.is_bucket_file(name):
        return lines_in(found) - journal.newest_index == lines_in(wanted)
    return found == wanted


def _files_too_many(disk: Disk, journal: JournalReplay, wanted: dict[str, bytes]) -> list[str]:
    buckets = (f"{layout.KEYS}/{name}" for name in names_in(disk, layout.KEYS) if name[0] != ".")
    strange = (name for name in buckets if name not in wanted and not _is_left(disk, name, journal))
    return strange_wallet_files(disk, journal) + sorted(strange)


def _is_left(disk: Disk, name: str, journal: JournalReplay) -> bool:
    """Whether an index file holds only what an interrupted sealing left; that will be used."""
    return lines_in(disk.read(name)) <= journal.newest_index


def _quarantine(disk: Disk, name: str) -> None:
    """Move a file out of the way, and keep it."""
    if not disk.exists(layout.QUARANTINE):
        disk.make_folder(layout.QUARANTINE)
    disk.rename(name, free_name(disk, f"{layout.QUARANTINE}/{name.replace('/', '-')}"))
    disk.sync(layout.QUARANTINE)
    disk.sync(name.rpartition("/")[0])
