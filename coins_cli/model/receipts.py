"""What is answered for a transaction, in the one shape that every command and batch uses."""

from datetime import datetime
from typing import Any, Final

from msgspec import Struct, to_builtins

from coins_cli.model.money import format_dollars
from coins_cli.model.requests import Request, ReturnPayout, Reverse, SettlePayout, op_of
from coins_cli.model.transactions import Entry, Outcome, Transaction

SCHEMA: Final = 1
"""The version of every JSON object that coins prints."""


class Receipt(Struct, frozen=True, gc=False):
    """Proof of one transaction: `seq` and `head` together name it for ever.

    `replayed` says that it was done before under the same key; `dry_run` that it was not done at
    all, in which case there is neither `seq` nor `head`. `reversed_by` is the number of what undid
    it, where that is known. `balances` are those right after it, in
    coins. Sums in `outcome` are in coins, diamonds and cents.
    """

    seq: int | None
    at: datetime
    key: str | None
    replayed: bool
    dry_run: bool
    head: str | None
    request: Request
    outcome: Outcome
    terms: dict[str, int | str]
    balances: dict[str, dict[str, int]]
    reversed_by: int | None = None

    @property
    def op(self) -> str:
        """The operation, such as `open`, `recharge`, `gift`, `promote` or `cashout`."""
        return op_of(self.request)

    def to_json(self) -> dict[str, Any]:
        """The receipt as the JSON object that the README documents."""
        return {
            "schema": SCHEMA,
            "seq": self.seq,
            "op": self.op,
            "at": self.at,
            "key": self.key,
            "replayed": self.replayed,
            "dry_run": self.dry_run,
            "head": self.head,
            **_request_to_json(self.request),
            **_outcome_to_json(self.outcome, self.terms),
            **_ended_to_json(self.request, self.terms),
            **({} if self.reversed_by is None else {"reversed_by": self.reversed_by}),
            "balances": self.balances,
        }


def receipt_of(entry: Entry, *, replayed: bool = False, reversed_by: int | None = None) -> Receipt:
    """The receipt of a transaction that stands in the journal."""
    return _receipt(
        entry.transaction,
        seq=entry.seq,
        head=entry.head,
        key=entry.key,
        replayed=replayed,
        reversed_by=reversed_by,
    )


def dry_run_receipt(transaction: Transaction, key: str | None) -> Receipt:
    """The receipt of a transaction that was decided and not recorded."""
    return _receipt(transaction, seq=None, head=None, key=key, dry_run=True)


def _receipt(
    transaction: Transaction,
    *,
    seq: int | None,
    head: str | None,
    key: str | None,
    replayed: bool = False,
    dry_run: bool = False,
    reversed_by: int | None = None,
) -> Receipt:
    return Receipt(
        seq=seq,
        at=transaction.at,
        key=key,
        replayed=replayed,
        dry_run=dry_run,
        head=head,
        request=transaction.request,
        outcome=transaction.outcome,
        terms=transaction.terms,
        balances={wallet.user: wallet.balances() for wallet in transaction.wallets},
        reversed_by=reversed_by,
    )


def _request_to_json(request: Request) -> dict[str, Any]:
    shown: dict[str, Any] = to_builtins(request)
    if "usd_cents" in shown:
        del shown["usd_cents"]
        shown["usd"] = None
    return shown


def _outcome_to_json(outcome: Outcome, terms: dict[str, int | str]) -> dict[str, Any]:
    shown: dict[str, Any] = {
        name: value
        for name in ("coins", "earned", "diamonds", "views", "venue")
        if (value := getattr(outcome, name)) is not None
    }
    if outcome.usd_cents is not None:
        shown["usd"] = format_dollars(outcome.usd_cents)
    if "gift" in terms:
        shown["gift"] = terms["gift"]
    return shown


def _ended_to_json(request: Request, terms: dict[str, int | str]) -> dict[str, Any]:
    """What a receipt says of the older transaction that it ends."""
    if isinstance(request, Reverse):
        return {"reversed": {name: one for name, one in terms.items() if name != "gift_name"}}
    if isinstance(request, SettlePayout | ReturnPayout):
        return dict(terms)
    return {}
