"""The facts of a transaction that every format has, besides its postings."""

from datetime import datetime
from typing import Any

from msgspec import Struct, to_builtins

from coins_cli.model.clock import in_text
from coins_cli.model.operations.request import Request, op_of
from coins_cli.model.transactions import Entry


class Facts(Struct, frozen=True, gc=False):
    """The facts of one transaction; those that do not apply are `None`.

    `user` acted, with or for `counterparty`: a creator or a PayPal address. `item` is the id of a
    gift or a pack, and `quantity` the number of them. `text` is a message, reason, title or display
    name; `note` is the note on a wallet or the interests of an audience. `ends` is the number of an
    older transaction that it reverses, settles or returns; then user, counterparty and item are
    those of that one.
    """

    seq: int
    at: str
    op: str
    user: str | None
    counterparty: str | None
    item: str | None
    quantity: int | None
    video: str | None
    text: str | None
    note: str | None
    ends: int | None
    key: str | None
    head: str


def facts_of(entry: Entry) -> Facts:
    """The facts of an entry."""
    transaction = entry.transaction
    request = transaction.request
    fields: dict[str, Any] = {**_defaults(request), **to_builtins(request)}
    about = {**(transaction.about or {}), **fields}
    item = transaction.gift_id or about.get("gift") or about.get("pack")
    return Facts(
        seq=entry.seq,
        at=in_text(transaction.at),
        op=op_of(request),
        user=about.get("from") or about.get("user"),
        counterparty=about.get("to") or about.get("paypal"),
        item=None if item is None else str(item),
        quantity=about.get("quantity"),
        video=about.get("video"),
        text=next(
            (fields[one] for one in ("message", "reason", "title", "name") if fields.get(one)), None
        ),
        note=fields.get("note") or fields.get("interests"),
        ends=request.ends(),
        key=transaction.key,
        head=entry.head,
    )


def _defaults(request: Request) -> dict[str, Any]:
    """The request's quantity, which its encoded form leaves out at the default."""
    return {"quantity": quantity} if (quantity := getattr(request, "quantity", None)) else {}


def day_of(at: datetime) -> str:
    """The UTC day of a moment: `2026-03-01`."""
    return in_text(at)[:10]
