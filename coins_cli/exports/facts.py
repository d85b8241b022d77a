"""What every format says of a transaction, beside its postings."""

from datetime import datetime
from typing import Any

from msgspec import Struct, to_builtins

from coins_cli.model.clock import in_text
from coins_cli.model.requests import op_of
from coins_cli.model.transactions import Entry


class Facts(Struct, frozen=True, gc=False):
    """One transaction in plain words and numbers; what does not apply to it is `None`.

    `user` did it, with or for the `counterparty`: a creator, or a PayPal address. `item` is the id
    of a gift or of a pack, of which there were `quantity`. `text` is what somebody wrote: a
    message, a reason, a title or a display name; `note` a note on a wallet or the interests of an
    audience. `ends` is the number of the older transaction that it ends. Whatever undoes or settles
    an older one has that one's user, counterparty and item.
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
    """What there is to say of a transaction."""
    transaction = entry.transaction
    request, terms = transaction.request, transaction.terms
    said: dict[str, Any] = to_builtins(request)
    ends = request.ends()
    about = said if ends is None else {**terms, **said}
    item = terms.get("gift") or about.get("pack")
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
            (said[one] for one in ("message", "reason", "title", "name") if said.get(one)), None
        ),
        note=said.get("note") or said.get("interests"),
        ends=ends,
        key=entry.key,
        head=entry.head,
    )


def day_of(at: datetime) -> str:
    """The day of a moment, in UTC, with four digits for the year."""
    return in_text(at)[:10]
