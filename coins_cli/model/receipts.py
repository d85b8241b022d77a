"""Receipts, the answers to requests, in the shape that every command and batch prints."""

from collections.abc import Callable
from datetime import datetime
from functools import cache
from operator import attrgetter
from typing import Any, Final

import msgspec
from msgspec import Struct
from msgspec.structs import astuple

from coins_cli.model.catalog import Catalog
from coins_cli.model.operations import BY_REQUEST
from coins_cli.model.operations.request import Request, op_of
from coins_cli.model.transactions import Entry, Transaction

SCHEMA: Final = 1
"""The version of every JSON object that coins prints."""


class Receipt(Struct, frozen=True, gc=False):
    """Proof of one transaction, identified by `seq` and `head` together.

    `replayed` is true if an older transaction answers the same key; `dry_run` if nothing was
    recorded, and then `seq` and `head` are `None`. `catalog` has the prices of the decision.
    `reversed_by` is the number of the transaction's reversal, if that is known.
    """

    transaction: Transaction
    catalog: Catalog
    head: str | None
    replayed: bool = False
    dry_run: bool = False
    reversed_by: int | None = None

    @property
    def seq(self) -> int | None:
        """The transaction's number; `None` for a dry run."""
        return None if self.dry_run else self.transaction.seq

    @property
    def at(self) -> datetime:
        """The time of the transaction, in UTC."""
        return self.transaction.at

    @property
    def key(self) -> str | None:
        """The idempotency key."""
        return self.transaction.request.key

    @property
    def request(self) -> Request:
        """The request that was answered."""
        return self.transaction.request

    @property
    def op(self) -> str:
        """The operation, such as `open`, `recharge`, `gift`, `promote` or `cashout`."""
        return op_of(self.transaction.request)

    @property
    def about(self) -> dict[str, int | str]:
        """The fields of the older transaction that this one ended; empty if it ended none."""
        return self.transaction.about or {}

    @property
    def balances(self) -> dict[str, dict[str, int]]:
        """The balances of the touched wallets after the transaction, in coins, by handle."""
        return balances_of(self.transaction)

    def to_json(self) -> dict[str, Any]:
        """The receipt as the JSON object that the README documents."""
        fields: dict[str, Any] = msgspec.to_builtins(self.flat())
        return fields

    def flat(self, line: int | None = None) -> Struct:
        """The receipt as a flat struct, for msgspec to encode; `line` is the number in a batch."""
        return _flat_maker(type(self.transaction.request))(self, line)


def receipt_of(entry: Entry, *, replayed: bool = False, reversed_by: int | None = None) -> Receipt:
    """The receipt of a transaction in the journal."""
    return Receipt(entry.transaction, entry.catalog, entry.head, replayed, reversed_by=reversed_by)


class Balances(Struct, frozen=True, gc=False, omit_defaults=True):
    """The coins of a wallet in a flat receipt; `held` only if it is not zero."""

    coins: int
    earned: int
    held: int = 0


def balances_of(transaction: Transaction) -> dict[str, dict[str, int]]:
    """The balances of the touched wallets after a transaction; `held` only if it is not zero."""
    return {
        wallet.user: {"coins": wallet.coins, "earned": wallet.earned, "held": wallet.held}
        if wallet.held
        else {"coins": wallet.coins, "earned": wallet.earned}
        for wallet in transaction.wallets
    }


_FROM_TRANSACTION: Final = {
    "coins": "coins",
    "views": "views",
    "venue": "venue",
    "gift": "gift_id",
    "usd_cents": "usd",
}
"""Request fields that a receipt reads from an attribute of the transaction: the decided values."""
_RESULTS: Final = ("coins", "earned", "diamonds", "views", "venue", "usd")
"""Results of a transaction as receipts name them; `None` is left out."""
_FIRST_FIELDS: Final = ("seq", "op", "at", "key", "replayed", "dry_run", "head")
"""In the order of the values in `flat_receipt`."""


@cache
def _flat_maker(kind: type[Request]) -> Callable[[Receipt, int | None], Struct]:
    """A function from a receipt of one kind of request, and its line in a batch, to a flat receipt.

    A flat receipt has all fields of the request, and then the results of the transaction.
    """
    # A struct per kind is several times faster than a dictionary per receipt, and a batch prints
    # little else.
    operation = BY_REQUEST[kind]
    fields, encoded = list(kind.__struct_fields__), list(kind.__struct_encode_fields__)
    key_place = fields.index("key")
    del fields[key_place], encoded[key_place]
    request_fields = ["usd" if name == "usd_cents" else name for name in encoded]
    results = [name for name in _RESULTS if name not in request_fields]
    read_results = attrgetter(*results)
    read_decided = [
        (place, attrgetter(_FROM_TRANSACTION[name]))
        for place, name in enumerate(fields)
        if name in _FROM_TRANSACTION
    ]
    always = [*_FIRST_FIELDS, *request_fields]
    optional = [*results, *operation.shows, "reversed_by", "balances"]
    single = _struct(f"{kind.__name__}Receipt", ["schema", *always], optional)
    in_batch = _struct(f"{kind.__name__}Answer", ["schema", "line", *always], optional)
    op, shows = operation.op, tuple(operation.shows.values())

    def flat_receipt(receipt: Receipt, line: int | None) -> Struct:
        transaction = receipt.transaction
        request_values = list(astuple(transaction.request))
        key = request_values.pop(key_place)
        for place, read in read_decided:
            request_values[place] = read(transaction)
        values = (
            None if receipt.dry_run else transaction.seq,
            op,
            transaction.at,
            key,
            receipt.replayed,
            receipt.dry_run,
            receipt.head,
            *request_values,
            *read_results(transaction),
            *([show(transaction) for show in shows] if shows else ()),
            receipt.reversed_by,
            {one.user: Balances(one.coins, one.earned, one.held) for one in transaction.wallets},
        )
        return single(SCHEMA, *values) if line is None else in_batch(SCHEMA, line, *values)

    return flat_receipt


def _struct(name: str, always: list[str], optional: list[str]) -> type[Struct]:
    """A struct type that leaves out those of its `optional` fields that are `None`."""
    fields: list[Any] = [*((field, Any) for field in always)]
    fields += [(field, Any, None) for field in optional]
    return msgspec.defstruct(name, fields, omit_defaults=True, gc=False)
