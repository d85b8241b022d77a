"""Sealing: closing a journal segment after making everything derived from it durable."""

from collections.abc import Iterable
from contextlib import suppress
from itertools import chain

from coins_cli.model.catalog import Catalog
from coins_cli.store.json import layout
from coins_cli.store.json.care.recovery import write_wallet_files
from coins_cli.store.json.derived.head_file import HeadRecord, encode_head
from coins_cli.store.json.derived.key_index import key_of_ending, key_of_wallet
from coins_cli.store.json.derived.line_places import add_places
from coins_cli.store.json.disk.durability import replace_durably, syncing_many, unshare
from coins_cli.store.json.disk.folder import Disk
from coins_cli.store.json.journal.lines import FORMAT, Header, encode_header
from coins_cli.store.json.opened import Opened


def seal(disk: Disk, opened: Opened, users: Iterable[str] | None = None) -> None:
    """Make the newest segment read-only, and begin the next one at the prices in force.

    The wallet files of `users` (by default all that the segment touches), the places and the keys
    become durable first, then the next segment. Each attempt writes all of them again, so it is
    safe after a failed sync. Raises `OSError`; the next writer then completes the work.
    """
    header = opened.newest.header
    with syncing_many(disk) as sync_all:
        wallets = opened.newest_wallets()
        written = write_wallet_files(disk, opened, wallets if users is None else users)
        # Synced as they are: after sealing, a file torn by a power failure would look edited.
        others = sorted(set(map(layout.wallet_file, wallets)).difference(written))
        add_places(disk, header.first, opened.newest.offsets)
        sync_all([*written, layout.PLACES_FILE, layout.WALLETS], others)
    opened.index.add(
        chain(
            opened.keys.items(),
            ((key_of_ending(ended), seq) for ended, seq in opened.ended.items()),
            ((key_of_wallet(user), wallet.last) for user, wallet in wallets.items()),
        ),
        header.first,
    )
    begin_next_segment(disk, opened, opened.catalog)
    with suppress(OSError):  # Only a protection from accidents; the segment is sealed without it.
        unshare(disk, opened.file)
        disk.protect(opened.file)
    record = HeadRecord(opened.seq, opened.head, opened.next_seq, disk.boot())
    replace_durably(disk, layout.HEAD_FILE, encode_head(record))


def begin_next_segment(disk: Disk, opened: Opened, catalog: Catalog) -> None:
    """Write the header of the next segment, durably; it replaces a newest segment without lines."""
    header = Header(
        FORMAT,
        opened.newest.header.store,
        opened.next_seq,
        opened.head,
        opened.newest_at,
        opened.wallet_count,
        {account: total for account, total in opened.totals.items() if total},
        catalog,
    )
    replace_durably(disk, layout.segment_file(header.first), encode_header(header)[0])
