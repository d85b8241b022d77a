"""Making up for what a crash left undone, each time the store is opened for writing.

There is nothing else to recover: what the newest segment says is laid over everything older each
time the store is opened.
"""

from collections.abc import Iterator

from coins_cli.errors import StoreDamaged
from coins_cli.store import layout
from coins_cli.store.disk import Disk, names_in
from coins_cli.store.durability import put, sync_or_freeze
from coins_cli.store.snapshot import Snapshot, Witness, encode_witness, read_wallet_file
from coins_cli.store.wallet_files import WalletFile, encode_wallet


def make_durable(disk: Disk, snapshot: Snapshot) -> None:
    """Sync what an earlier process wrote and may not have synced, before it is believed.

    `head.json` is written only when everything that it speaks of is durable; but for a store in
    which nothing has happened yet it may have come before the folders that lead to it.
    """
    if not snapshot.is_known_durable:
        sync_or_freeze(disk, snapshot.file)
    if not snapshot.is_segment_known_durable:
        _sync_folders(disk)


def make_segment_durable(disk: Disk, name: str) -> None:
    """Sync a segment, and the folders that lead to it."""
    sync_or_freeze(disk, name)
    _sync_folders(disk)


def _sync_folders(disk: Disk) -> None:
    for folder in (layout.JOURNAL, "", ".."):
        sync_or_freeze(disk, folder)


def complete_line(disk: Disk, snapshot: Snapshot) -> None:
    """Add the newline that the newest line lacks, before anything is written behind it.

    The line may have been answered; a power failure in a later write must not touch it.
    """
    disk.append(snapshot.file, b"\n")
    sync_or_freeze(disk, snapshot.file)


def quarantine_tail(disk: Disk, snapshot: Snapshot) -> None:
    """Move what an interrupted write left out of the journal, and keep it.

    Raises `StoreDamaged` when a wallet file names a transaction in it: then it was acknowledged.
    """
    end = snapshot.newest.end
    _check_unseen(disk, snapshot)
    if not disk.exists(layout.QUARANTINE):
        disk.make_folder(layout.QUARANTINE)
    kept = free_name(disk, f"{layout.QUARANTINE}/{snapshot.newest.next_seq:012}-{end}")
    disk.write(kept, disk.read(snapshot.file)[end:])
    disk.sync(kept)
    disk.sync(layout.QUARANTINE)
    disk.truncate(snapshot.file, end)
    sync_or_freeze(disk, snapshot.file)


def free_name(disk: Disk, stem: str) -> str:
    """A name that no file has yet: nothing in quarantine is ever replaced."""
    number = 1
    while disk.exists(name := f"{stem}-{number}.jsonl"):
        number += 1
    return name


def catch_up(disk: Disk, snapshot: Snapshot) -> None:
    """Bring the wallet files, and then `head.json`, up to the newest segment."""
    if snapshot.is_fully_derived:
        return
    for name, data in wallet_files(snapshot).items():
        if not disk.exists(name) or disk.read(name) != data:
            put(disk, name, data)
    put(disk, layout.HEAD_FILE, encode_witness(witness_of(disk, snapshot)))


def wallet_files(snapshot: Snapshot) -> dict[str, bytes]:
    """What must be in the files of the wallets that the newest segment touches, by name."""
    located = {user: snapshot.locate(user) for user in snapshot.newest.wallets}
    return {
        layout.wallet_file(user): encode_wallet(found.wallet, found.line)
        for user, found in located.items()
        if found is not None
    }


def witness_of(disk: Disk, snapshot: Snapshot) -> Witness:
    """What `head.json` must say of a store as it is."""
    return Witness(snapshot.seq, snapshot.head, snapshot.newest.header.first, disk.boot())


def seen_by_wallet_files(disk: Disk) -> Iterator[tuple[str, int]]:
    """Each wallet file that can be read, and the number of the newest transaction it has seen."""
    for base in sorted(names_in(disk, layout.WALLETS)):
        # What a killed writer had prepared shows a transaction that nobody was told of.
        if base.endswith(layout.WALLET_ENDING):
            name = f"{layout.WALLETS}/{base}"
            filed = read_wallet_file(disk, name)
            if isinstance(filed, WalletFile):
                yield name, filed.line.seq


def _check_unseen(disk: Disk, snapshot: Snapshot) -> None:
    """Refuse to cut a transaction that some wallet file has seen."""
    for name, seq in seen_by_wallet_files(disk):
        if seq > snapshot.seq:
            why = f"it ends before transaction {seq}, which {name} has seen"
            raise StoreDamaged(snapshot.file, why)
