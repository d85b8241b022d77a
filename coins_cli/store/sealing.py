"""Sealing: closing a journal segment once everything that follows from it is durable."""

from contextlib import suppress

from coins_cli.store import layout
from coins_cli.store.disk import Disk
from coins_cli.store.durability import put, replace_durably, syncing_many
from coins_cli.store.journal import Header, encode
from coins_cli.store.key_index import add_keys, indexed_keys
from coins_cli.store.recovery import wallet_files
from coins_cli.store.snapshot import Snapshot, Witness, encode_witness


def seal(disk: Disk, snapshot: Snapshot) -> None:
    """Begin the next segment; the newest one is read-only from then on.

    The next segment is durable before any line of it can be acknowledged, and all wallet files and
    keys of this one before that. They are written anew, so that sealing can be tried again after a
    failed sync. Raises `OSError`, with nothing changed that matters.
    """
    newest = snapshot.newest
    with syncing_many(disk) as sync_all:
        files = wallet_files(snapshot)
        for name, data in files.items():
            put(disk, name, data)
        places = {user: located.line for user, located in newest.wallets.items()}
        index_files = add_keys(disk, indexed_keys(newest.keys.items(), places))
        sync_all([*files, *index_files, layout.WALLETS, layout.KEYS])
    header = Header(
        first=snapshot.seq + 1,
        store=newest.header.store,
        prev=snapshot.head,
        at=newest.at,
        wallets=newest.wallet_count,
        totals=snapshot.totals,
    )
    replace_durably(disk, layout.segment_file(header.first), encode(header)[0])
    with suppress(OSError):
        disk.protect(snapshot.file)
    witness = Witness(snapshot.seq, snapshot.head, header.first, disk.boot())
    replace_durably(disk, layout.HEAD_FILE, encode_witness(witness))
