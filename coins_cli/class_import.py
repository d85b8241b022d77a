"""Importing a class: a wallet for each row of a roster, and a pack for each, all or nothing."""

from collections.abc import Sequence

from msgspec import Struct

from coins_cli.bank import Bank
from coins_cli.errors import InvalidHandle
from coins_cli.model.operations.open_wallet import Open
from coins_cli.model.receipts import Receipt
from coins_cli.model.rosters import RosterRow


class ClassImport(Struct, frozen=True):
    """The result of importing a class: the handles of new wallets and of `unchanged` ones.

    `receipts` has new transactions, and older ones as `replayed`.
    """

    created: list[str]
    unchanged: list[str]
    receipts: list[Receipt]


def import_class(
    bank: Bank,
    rows: Sequence[RosterRow],
    *,
    pack: str | int | None = None,
    key: str | None = None,
    dry_run: bool = False,
) -> ClassImport:
    """Open a wallet for each row that has none, and buy each one the `pack`; all or nothing.

    Idempotency keys consist of `key` (by default `roster`), the handle and the pack: importing the
    same class again changes nothing, and with another `key` buys the pack again. Raises
    `InvalidHandle` for a handle in two rows, `UnknownPack` and `TooManyCoins`.
    """
    users: set[str] = set()
    for row in rows:
        if row.user in users:
            raise InvalidHandle(row.user, "it is named twice")
        users.add(row.user)
    plan = bank.read.plan_class(rows, pack=pack, key=key)
    requests = [request for one in plan for request in one.requests]
    receipts = bank.apply_all(requests, dry_run=dry_run)
    fresh = [receipt.request for receipt in receipts if not receipt.replayed]
    opened = {request.user for request in fresh if isinstance(request, Open)}
    return ClassImport(
        created=[row.user for row in rows if row.user in opened],
        unchanged=[row.user for row in rows if row.user not in opened],
        receipts=receipts,
    )
