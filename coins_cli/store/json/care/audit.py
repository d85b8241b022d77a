"""Auditing a JSON store: a replay of its journal, and checks of all derived files."""

from collections.abc import Container
from functools import partial

from coins_cli.errors import StoreDamaged
from coins_cli.files.words import reason
from coins_cli.model.names import is_handle
from coins_cli.store.json import layout
from coins_cli.store.json.care.journal_replay import JournalReplay, replay_journal
from coins_cli.store.json.care.recovery import make_segment_durable
from coins_cli.store.json.derived.head_file import EDITED, HeadRecord, is_head_edited, read_head
from coins_cli.store.json.derived.key_index import read_run, run_names
from coins_cli.store.json.derived.wallet_files import disagreement, read_wallet_file
from coins_cli.store.json.disk.folder import Disk, names_in
from coins_cli.store.json.opened import explains, is_left_behind
from coins_cli.store.json.settings.checking import SETTINGS, problem_of_setting
from coins_cli.store.protocol import Audit, Finding, Progress, ReceiptRef


def audit_store(
    disk: Disk, store_id: str, receipt: ReceiptRef | None = None, progress: Progress | None = None
) -> Audit:
    """Check every file of a store, and that `receipt` is part of its history.

    The store's lock is held. Findings are in the order of the journal, then of the derived files.
    """
    strange = disk.strange_entries()
    in_the_way = {one.name for one in strange if one.is_in_the_way}
    has_head_file = layout.HEAD_FILE not in in_the_way
    record = read_head(disk) if has_head_file else None
    wanted = {one.seq for one in (record, receipt) if one is not None}
    acknowledged = record.seq if record is not None else 0
    journal = replay_journal(
        disk,
        store_id,
        wanted=frozenset(wanted),
        acknowledged=acknowledged,
        without=in_the_way,
        progress=progress,
    )
    if journal.segments and journal.seq > acknowledged:
        make_segment_durable(disk, layout.segment_file(journal.newest_segment))
    missing = [folder for folder in layout.FOLDERS if not disk.exists(folder)]
    findings = [
        *(Finding(folder, "the folder is missing") for folder in missing),
        *(Finding(one.name or disk.where, one.problem) for one in strange),
        *journal.findings,
        *(_about_head_file(disk, journal, record) if has_head_file else ()),
        *_about_wallet_files(disk, journal, record, in_the_way),
        *(_about_places(disk, journal) if layout.PLACES_FILE not in in_the_way else ()),
        *_about_key_index(disk, journal, in_the_way),
        *_about_settings(disk, in_the_way),
        *_about_receipt(journal, receipt),
    ]
    return Audit(
        journal.seq,
        journal.replay.wallet_count,
        journal.head,
        journal.replay.coins_issued,
        tuple(findings),
    )


def _about_head_file(
    disk: Disk, journal: JournalReplay, record: HeadRecord | None
) -> list[Finding]:
    if record is None:
        return [Finding(layout.HEAD_FILE, EDITED)] if is_head_edited(disk) else []
    if record.seq > journal.seq:
        what = (
            f"it ends with transaction {journal.seq}, and {layout.HEAD_FILE} has seen {record.seq}"
        )
        return [Finding(layout.JOURNAL, what)]
    if journal.heads.get(record.seq) != record.head:
        return [Finding(layout.HEAD_FILE, f"transaction {record.seq} has another hash")]
    if record.segment not in journal.segments:
        return [Finding(layout.HEAD_FILE, f"there is no segment that begins with {record.segment}")]
    return []


def _about_wallet_files(
    disk: Disk, journal: JournalReplay, record: HeadRecord | None, in_the_way: Container[str]
) -> list[Finding]:
    findings = []
    is_of_this_boot = record is not None and record.boot == disk.boot()
    is_confirmed = partial(journal.is_confirmed, disk)
    for user, wallet in sorted(journal.replay.wallets.items()):
        if wallet is None or not is_handle(user):
            continue
        name = layout.wallet_file(user)
        if name in in_the_way:
            continue
        filed = read_wallet_file(disk, name)
        if filed == wallet:
            continue
        is_explained = (
            is_left_behind(filed, wallet, is_confirmed)
            if wallet.last < journal.newest_segment
            else explains(filed, wallet, record, is_confirmed, is_of_this_boot=is_of_this_boot)
        )
        if not is_explained:
            findings.append(Finding(name, disagreement(filed, wallet)))
    strange = strange_wallet_files(disk, journal)
    return findings + [Finding(name, "the journal knows no such wallet") for name in strange]


def strange_wallet_files(disk: Disk, journal: JournalReplay) -> list[str]:
    """Wallet files of users who are not in the journal."""
    files = (name for name in names_in(disk, layout.WALLETS) if name.endswith(layout.WALLET_ENDING))
    return sorted(
        f"{layout.WALLETS}/{name}"
        for name in files
        if name.removesuffix(layout.WALLET_ENDING) not in journal.replay.wallets
    )


def _about_places(disk: Disk, journal: JournalReplay) -> list[Finding]:
    try:
        found = disk.read(layout.PLACES_FILE)
    except FileNotFoundError:
        return [Finding(layout.PLACES_FILE, "the file is missing")]
    # Places of the newest segment may follow: an interrupted sealing leaves them.
    if not found.startswith(bytes(journal.places)):
        return [Finding(layout.PLACES_FILE, "it does not agree with the journal")]
    return []


def read_index(
    disk: Disk, in_the_way: Container[str] = ()
) -> tuple[set[tuple[int, int]], list[Finding]]:
    """The entries of all runs of the key index, and findings about runs that are damaged."""
    entries: set[tuple[int, int]] = set()
    findings = []
    for name in run_names(disk):
        if name in in_the_way:
            continue
        try:
            run = read_run(disk, name)
        except StoreDamaged as error:
            findings.append(Finding(name, error.why))
            continue
        pairs = list(zip(run.digests, run.seqs, strict=True))
        entries.update(pairs)
        if pairs != sorted(pairs):
            findings.append(Finding(name, "it is not sorted"))
    return entries, findings


def _about_key_index(
    disk: Disk, journal: JournalReplay, in_the_way: Container[str]
) -> list[Finding]:
    entries, findings = read_index(disk, in_the_way)
    missing = sorted(seq for _, seq in journal.sealed_keys - entries)
    strange = sorted(seq for _, seq in entries - journal.sealed_keys - journal.newest_keys)
    return [
        *findings,
        *(Finding(layout.KEYS, f"a key of transaction {seq} is missing") for seq in missing),
        *(Finding(layout.KEYS, f"transaction {seq} has no such key") for seq in strange),
    ]


def _about_settings(disk: Disk, in_the_way: Container[str]) -> list[Finding]:
    """Findings about a clock and a catalog that no command can use."""
    names = [name for name in SETTINGS if disk.exists(name) and name not in in_the_way]
    problems = {name: _problem_of_setting(disk, name) for name in names}
    mending = {layout.CLOCK_FILE: "; coins clock reset mends it"}
    return [
        Finding(name, problem + mending.get(name, ""))
        for name, problem in problems.items()
        if problem is not None
    ]


def _problem_of_setting(disk: Disk, name: str) -> str | None:
    try:
        return problem_of_setting(name, disk.read(name))
    except OSError as error:
        return f"it cannot be read: {reason(error)}"


def _about_receipt(journal: JournalReplay, receipt: ReceiptRef | None) -> list[Finding]:
    if receipt is None or receipt.is_of(journal.heads.get(receipt.seq)):
        return []
    what = "it is not part of this history: mistyped, or the journal was rewritten, or is another"
    if receipt.seq > journal.seq:
        what = f"it is not part of this history: that ends with transaction {journal.seq}"
    return [Finding(f"receipt {receipt.seq}:{receipt.head}", what)]
