"""The commit point: decided transactions become the newest lines of the journal."""

from contextlib import suppress

from coins_cli.errors import OutcomeUnknown, StoreUnusable
from coins_cli.files.changes import Changes
from coins_cli.files.words import reason
from coins_cli.model.receipts import Receipt
from coins_cli.model.transactions import Transaction
from coins_cli.store.json import layout
from coins_cli.store.json.derived.head_file import HeadRecord, encode_head
from coins_cli.store.json.derived.wallet_files import encode_wallet
from coins_cli.store.json.disk.durability import freeze, prepare, unshare
from coins_cli.store.json.disk.folder import Disk
from coins_cli.store.json.journal.lines import encode_group
from coins_cli.store.json.opened import Opened


def record(disk: Disk, opened: Opened, changes: Changes, *, more_follow: bool) -> list[Receipt]:
    """Add the fresh transactions to the journal, all of them or none.

    Derived files follow; with `more_follow` they are left to the end of the row of commits. Raises
    `OSError` when nothing was changed, and `OutcomeUnknown`.
    """
    if not opened.fresh:
        return []
    lines, group, hashes = encode_group(opened.fresh, opened.newest.hashed)
    derived = {} if more_follow else _derived_files(disk, opened, group, hashes[-1])
    # Before the commit point: a full disk must refuse while nothing has changed.
    prepared = [prepare(disk, name, data) for name, data in derived.items()]
    unshare(disk, opened.file)
    with changes.held():
        _append_durably(disk, opened.file, opened.newest.end, b"".join(lines))
        # The commit point has passed: the transactions are recorded, whatever fails below.
        changes.record()
        opened.recorded(lines, group, hashes[-1])
        with suppress(OSError, StoreUnusable):
            for put_in_place in prepared:
                put_in_place()
    catalog = opened.newest.header.catalog
    return [
        Receipt(transaction, catalog, head) for transaction, head in zip(group, hashes, strict=True)
    ]


def _append_durably(disk: Disk, name: str, end: int, data: bytes) -> None:
    """Append and sync; after a failure cut the data off, or freeze the store if that fails too."""
    try:
        disk.append(name, data)
        disk.sync(name)
    except OSError as error:
        try:
            disk.truncate(name, end)
            disk.sync(name)
        except OSError as second:
            freeze(disk)
            why = f"{reason(error)}, then {reason(second)}"
            raise OutcomeUnknown(disk.where, why) from error
        raise


def _derived_files(
    disk: Disk, opened: Opened, group: list[Transaction], head: str
) -> dict[str, bytes]:
    """The wallet files after the commit, and then `head.json`, which vouches for them."""
    newest = {wallet.user: wallet for transaction in group for wallet in transaction.wallets}
    record = HeadRecord(group[-1].seq, head, opened.newest.header.first, disk.boot())
    files = {layout.wallet_file(user): encode_wallet(wallet) for user, wallet in newest.items()}
    return {**files, layout.HEAD_FILE: encode_head(record)}
