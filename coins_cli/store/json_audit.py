"""Auditing a JSON store: its journal from the first byte, and all that is derived from it."""

from coins_cli.store import layout
from coins_cli.store.disk import Disk, names_in
from coins_cli.store.journal_replay import JournalReplay, replay_journal
from coins_cli.store.key_index import lines_in
from coins_cli.store.protocol import Audit, Finding, Kept, Progress
from coins_cli.store.recovery import make_segment_durable
from coins_cli.store.snapshot import (
    EDITED,
    Witness,
    explains,
    is_head_file_edited,
    read_wallet_file,
    read_witness,
)
from coins_cli.store.wallet_files import WalletFile


def audit_store(
    disk: Disk, store_id: str, kept: Kept | None = None, progress: Progress | None = None
) -> Audit:
    """Check everything that the store in `disk` says, and that `kept` is part of it.

    The store's lock is held. Findings come in the order of the journal, then of the derived files.
    """
    witness = read_witness(disk)
    wanted = {one.seq for one in (witness, kept) if one is not None}
    acknowledged = witness.seq if witness is not None else 0
    journal = replay_journal(
        disk, store_id, wanted=frozenset(wanted), acknowledged=acknowledged, progress=progress
    )
    if journal.segments and journal.seq > acknowledged:
        make_segment_durable(disk, layout.segment_file(journal.newest_segment))
    folders = (layout.JOURNAL, layout.WALLETS, layout.KEYS)
    missing = [folder for folder in folders if not disk.exists(folder)]
    findings = [
        *(Finding(folder, "the folder is missing") for folder in missing),
        *journal.findings,
        *_about_head_file(disk, journal, witness),
        *_about_wallet_files(disk, journal, witness),
        *_about_key_index(disk, journal),
        *_about_receipt(journal, kept),
    ]
    return Audit(
        journal.seq,
        len(journal.replay.wallets),
        journal.head,
        journal.replay.coins_issued,
        tuple(findings),
    )


def _about_head_file(disk: Disk, journal: JournalReplay, witness: Witness | None) -> list[Finding]:
    if witness is None:
        return [Finding(layout.HEAD_FILE, EDITED)] if is_head_file_edited(disk) else []
    if witness.seq > journal.seq:
        what = (
            f"it ends with transaction {journal.seq}, and {layout.HEAD_FILE} has seen {witness.seq}"
        )
        return [Finding(layout.JOURNAL, what)]
    if journal.heads.get(witness.seq) != witness.head:
        return [Finding(layout.HEAD_FILE, f"transaction {witness.seq} has another hash")]
    if witness.segment not in journal.segments:
        return [
            Finding(layout.HEAD_FILE, f"there is no segment that begins with {witness.segment}")
        ]
    return []


def _about_wallet_files(
    disk: Disk, journal: JournalReplay, witness: Witness | None
) -> list[Finding]:
    findings = []
    for user, wallet in sorted(journal.replay.wallets.items()):
        name, newest = layout.wallet_file(user), journal.places[user]
        filed = read_wallet_file(disk, name)
        if isinstance(filed, WalletFile) and filed == WalletFile.of(wallet, newest):
            continue
        is_in_newest = newest.segment == journal.newest_segment
        if not (is_in_newest and explains(disk, witness, filed, user, newest)):
            otherwise = f"transaction {newest.seq} says otherwise"
            findings.append(Finding(name, "the file is missing" if filed is None else otherwise))
    strange = strange_wallet_files(disk, journal)
    return findings + [Finding(name, "the journal knows no such wallet") for name in strange]


def strange_wallet_files(disk: Disk, journal: JournalReplay) -> list[str]:
    """Wallet files of users whom the journal does not know."""
    files = (name for name in names_in(disk, layout.WALLETS) if name.endswith(layout.WALLET_ENDING))
    return sorted(
        f"{layout.WALLETS}/{name}"
        for name in files
        if name.removesuffix(layout.WALLET_ENDING) not in journal.replay.wallets
    )


def _about_key_index(disk: Disk, journal: JournalReplay) -> list[Finding]:
    found: set[bytes] = set()
    for name in names_in(disk, layout.KEYS):
        found |= lines_in(disk.read(f"{layout.KEYS}/{name}"))
    missing = sorted(journal.sealed_index - found, key=_seq_of)
    strange = sorted(found - journal.sealed_index - journal.newest_index, key=_seq_of)
    return [
        *(Finding(layout.KEYS, f"the key of transaction {_seq_of(k)} is missing") for k in missing),
        *(Finding(layout.KEYS, f"transaction {_seq_of(k)} has no such key") for k in strange),
    ]


def _about_receipt(journal: JournalReplay, kept: Kept | None) -> list[Finding]:
    if kept is None or journal.heads.get(kept.seq) == kept.head:
        return []
    what = "it is not part of this history: mistyped, or the journal was rewritten, or is another"
    if kept.seq > journal.seq:
        what = f"it is not part of this history: that ends with transaction {journal.seq}"
    return [Finding(f"receipt {kept.seq}:{kept.head}", what)]


def _seq_of(index_line: bytes) -> int:
    return int(index_line.split(b" ")[1])
