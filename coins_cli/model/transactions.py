"""Transactions: decided by a rule, recorded as a line of the journal, answered by a receipt."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Union

from msgspec import Meta, Struct

from coins_cli.model.accounts import Moves, Posting, postings_of
from coins_cli.model.catalog import Catalog
from coins_cli.model.money import AMOUNT_MAX, format_dollars
from coins_cli.model.operations import OPERATIONS
from coins_cli.model.operations.request import Request, Venue
from coins_cli.model.wallets import Wallet

if TYPE_CHECKING:
    AnyRequest = Request
    RecordedMoves = Moves
    Number = int
else:
    # A union of all requests of the table, tagged by `op`.
    AnyRequest = Union[tuple(operation.request for operation in OPERATIONS)]  # noqa: UP007
    Number = Annotated[int, Meta(ge=0, le=AMOUNT_MAX)]
    RecordedMoves = tuple[tuple[str, str, Annotated[int, Meta(ge=1, le=AMOUNT_MAX)]], ...]

Moment = Annotated[datetime, Meta(tz=True)]


class Transaction(Struct, frozen=True, gc=False, omit_defaults=True, forbid_unknown_fields=True):
    """One atomic set of moves, decided at one moment, with its results.

    `moves` are the double entry. `coins`, `earned`, `diamonds`, `usd_cents` (cents), `views` and
    `venue` are results; `gift` is the id of the gift if the request names it differently, and
    `about` has fields of the transaction that this one ends. `wallets` are the touched wallets
    afterwards, and `before` the number of the transaction that touched each of them last, 0 for a
    new one. All transactions of one write are valid or none: the last has their number in `lines`.
    """

    seq: Number
    at: Moment
    request: AnyRequest
    moves: RecordedMoves = ()
    coins: int | None = None
    earned: int | None = None
    diamonds: int | None = None
    usd_cents: int | None = None
    views: int | None = None
    venue: Venue | None = None
    gift: str | None = None
    about: dict[str, int | str] | None = None
    wallets: tuple[Wallet, ...] = ()
    before: tuple[Number, ...] = ()
    lines: Number = 0

    @property
    def key(self) -> str | None:
        """The idempotency key of the request."""
        return self.request.key

    @property
    def gift_id(self) -> str | None:
        """The id of the gift that was sent; `None` for other operations."""
        return self.gift or getattr(self.request, "gift", None)

    @property
    def usd(self) -> str | None:
        """The dollars as in JSON, such as `6.49`."""
        return None if self.usd_cents is None else format_dollars(self.usd_cents)

    @property
    def sums(self) -> tuple[object, ...]:
        """The moves and results, without number, time and wallets: equal for equal outcomes."""
        return (
            self.moves,
            self.coins,
            self.earned,
            self.diamonds,
            self.usd_cents,
            self.views,
            self.venue,
            self.gift,
            self.about,
        )

    @property
    def postings(self) -> list[Posting]:
        """The moves as an accounting program shows them."""
        return postings_of(self.moves)

    def touches(self, user: str) -> bool:
        """True if the transaction touches the wallet of `user`."""
        return any(wallet.user == user for wallet in self.wallets)

    def wallet(self, user: str) -> Wallet | None:
        """The wallet of `user` after the transaction; `None` if it was not touched."""
        return next((wallet for wallet in self.wallets if wallet.user == user), None)

    def before_of(self, user: str) -> int:
        """The number of the previous transaction that touched the wallet of `user`; 0 for none."""
        users = [wallet.user for wallet in self.wallets]
        return self.before[users.index(user)] if user in users else 0


class Entry(Struct, frozen=True, gc=False):
    """A transaction in a journal, with its hash and the prices in force.

    `head` is the SHA-256 of the journal's line, in 64 hex digits; it covers the previous hash.
    """

    transaction: Transaction
    head: str
    catalog: Catalog

    @property
    def seq(self) -> int:
        """The transaction's number."""
        return self.transaction.seq

    @property
    def key(self) -> str | None:
        """The idempotency key of its request."""
        return self.transaction.request.key


class Past(Struct, frozen=True, gc=False):
    """An older transaction that a request would end, and the number of its ending if it has one."""

    transaction: Transaction
    ended_by: int | None = None


Totals = dict[str, int]
"""The balances of the platform's accounts; missing ones are zero."""
