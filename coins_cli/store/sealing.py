"""Sealing: closing a journal segment once everything that follows from it is durable."""

from contextlib import suppress

from coins_cli.store import layout
from coins_cli.store.disk import Disk
from coins_cli.store.durability import replace, replace_durably
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
    files = wallet_files(snapshot)
    for name, data in files.items():
        replace(disk, name, data)
    index_files = add_keys(disk, indexed_keys(snapshot.keys(), snapshot.newest_lines()))
    for name in [*files, *index_files, layout.WALLETS, layout.KEYS]:
        disk.sync(name)
    header = Header(
        first=snapshot.seq + 1,
        store=snapshot.newest.header.store,
        prev=snapshot.head,
        at=snapshot.newest_at,
        wallets=snapshot.wallet_count,
        totals=snapshot.totals,
    )
    replace_durably(disk, layout.segment_file(header.first), encode(header)[0])
    with suppress(OSError):
        disk.protect(snapshot.file)
    witness = Witness(snapshot.seq, snapshot.head, header.first, disk.boot())
    replace_durably(disk, layout.HEAD_FILE, encode_witness(witness))
