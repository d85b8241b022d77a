"""Recovery from crashes, each time the store is opened for writing.

Reading needs no recovery: an opened store takes wallets and keys from the newest segment before it
looks into derived files.
"""

from collections.abc import Iterable, Iterator

from coins_cli.errors import StoreDamaged
from coins_cli.model.wallets import Wallet
from coins_cli.store.json import layout
from coins_cli.store.json.derived.head_file import HeadRecord, encode_head
from coins_cli.store.json.derived.wallet_files import encode_wallet, read_wallet_file
from coins_cli.store.json.disk.durability import put, replace, sync_or_freeze, unshare
from coins_cli.store.json.disk.folder import Disk, names_in
from coins_cli.store.json.opened import Opened


def make_durable(disk: Disk, opened: Opened) -> None:
    """Sync lines that an earlier process may not have synced, before they are believed.

    Lines up to the transaction in `head.json` are durable, since that is written last.
    """
    if not opened.is_known_durable:
        sync_or_freeze(disk, opened.file)
    if not opened.is_journal_known_durable:
        _sync_folders(disk)
    elif not opened.is_segment_known_durable:
        sync_or_freeze(disk, layout.JOURNAL)


def make_segment_durable(disk: Disk, name: str) -> None:
    """Sync a segment and the folders above it."""
    sync_or_freeze(disk, name)
    _sync_folders(disk)


def _sync_folders(disk: Disk) -> None:
    for folder in (layout.JOURNAL, "", ".."):
        sync_or_freeze(disk, folder)


def complete_line(disk: Disk, opened: Opened) -> None:
    """Add the missing newline of the newest line, durably.

    The line may have been acknowledged, so a power failure in the next write must not touch it.
    """
    unshare(disk, opened.file)
    disk.append(opened.file, b"\n")
    sync_or_freeze(disk, opened.file)


def quarantine_tail(disk: Disk, opened: Opened) -> None:
    """Move the rest of an interrupted write from the journal to the quarantine.

    Raises `StoreDamaged` if a wallet file names a transaction in it: then it was acknowledged.
    """
    end = opened.newest.end
    _check_unseen(disk, opened)
    if not disk.exists(layout.QUARANTINE):
        disk.make_folder(layout.QUARANTINE)
    copy = free_name(disk, f"{layout.QUARANTINE}/{opened.newest.next_seq:012}-{end}")
    disk.write(copy, disk.read(opened.file)[end:])
    disk.sync(copy)
    disk.sync(layout.QUARANTINE)
    unshare(disk, opened.file)
    disk.truncate(opened.file, end)
    sync_or_freeze(disk, opened.file)


def free_name(disk: Disk, stem: str) -> str:
    """An unused file name: nothing in the quarantine is ever replaced."""
    number = 1
    while disk.exists(name := f"{stem}-{number}.jsonl"):
        number += 1
    return name


def catch_up(disk: Disk, opened: Opened) -> None:
    """Bring the wallet files up to date with the newest segment, and then `head.json`."""
    if opened.is_fully_derived:
        return
    for name, data in wallet_files(opened, opened.newest_wallets()).items():
        if not disk.exists(name) or disk.read(name) != data:
            put(disk, name, data)
    put(disk, layout.HEAD_FILE, encode_head(head_record(disk, opened)))


def wallet_files(opened: Opened, users: Iterable[str]) -> dict[str, bytes]:
    """The due content of the wallet files of `users`, by file name.

    Raises `StoreDamaged` for a present file whose content no crash explains.
    """
    wallets = map(opened.wallet, users)
    return {layout.wallet_file(one.user): encode_wallet(one) for one in wallets if one is not None}


def write_wallet_files(disk: Disk, opened: Opened, users: Iterable[str]) -> list[str]:
    """Bring the wallet files of `users` up to date; returns their names.

    Those of sealed segments are not written in place: a power failure could leave a mixture of two
    contents, which is taken for an edited one where no line of the newest segment outvotes it.
    """
    files = wallet_files(opened, users)
    newest = set(map(layout.wallet_file, opened.newest_wallets()))
    for name, data in files.items():
        (put if name in newest else replace)(disk, name, data)
    return list(files)


def head_record(disk: Disk, opened: Opened) -> HeadRecord:
    """The due content of `head.json`."""
    return HeadRecord(opened.seq, opened.head, opened.newest.header.first, disk.boot())


def seen_by_wallet_files(disk: Disk) -> Iterator[tuple[str, int]]:
    """Yield each readable wallet file, and the number of the transaction that it names."""
    for base in sorted(names_in(disk, layout.WALLETS)):
        # Temporary files do not count: a killed writer's transaction may not be recorded.
        if base.endswith(layout.WALLET_ENDING):
            name = f"{layout.WALLETS}/{base}"
            filed = read_wallet_file(disk, name)
            if isinstance(filed, Wallet):
                yield name, filed.last


def _check_unseen(disk: Disk, opened: Opened) -> None:
    """Raise `StoreDamaged` if a wallet file names a transaction after the newest one."""
    for name, seq in seen_by_wallet_files(disk):
        if seq > opened.seq:
            why = f"it ends before transaction {seq}, which {name} has seen"
            raise StoreDamaged(opened.file, why)
