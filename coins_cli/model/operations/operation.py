"""An operation: one row of the table of all operations."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import UnionType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

from msgspec import Struct

from coins_cli.errors import UnknownUser
from coins_cli.model.accounts import Moves
from coins_cli.model.catalog import Catalog
from coins_cli.model.names import check_handle
from coins_cli.model.operations.request import Request, Venue
from coins_cli.model.wallets import Wallet, Wallets, apply_moves

if TYPE_CHECKING:
    from coins_cli.model.receipts import Receipt
    from coins_cli.model.transactions import Entry, Past, Transaction

Kind = Literal["text", "number", "text or number", "truth value"]


class Field(NamedTuple):
    """A field of a request in JSON: its kind, and true if it is required."""

    kind: Kind
    is_needed: bool = False


TEXT = Field("text")
NUMBER = Field("number")
NEEDED_TEXT = Field("text", is_needed=True)
NEEDED_NUMBER = Field("number", is_needed=True)
USER = {"user": NEEDED_TEXT}


About = dict[str, int | str]
"""Fields of the transaction that an ending ends, by their names in JSON."""


class StatementLine(Struct, frozen=True):
    """A transaction in short words, as one user sees it, and the group it is summed up in.

    `sort` is the group's name in the singular and the plural. `count` is the number of things in
    it, such as gifts.
    """

    what: str
    sort: tuple[str, str]
    party: str = ""
    count: int = 1


class World(Protocol):
    """The part of an economy that rules see: prices, wallets, the time, and the past."""

    catalog: Catalog
    at: datetime
    next_seq: int

    @property
    def wallets(self) -> Wallets:
        """The wallets by handle, each looked up on first access."""

    def past(self, seq: int) -> "Past | None":
        """The transaction number `seq` and its ending; `None` for an unused number."""

    def transaction(
        self,
        request: Request,
        after: tuple[Wallet, ...],
        before: tuple[int, ...],
        moves: Moves = (),
        *,
        coins: int | None = None,
        earned: int | None = None,
        diamonds: int | None = None,
        usd_cents: int | None = None,
        views: int | None = None,
        venue: Venue | None = None,
        gift: str | None = None,
        about: About | None = None,
    ) -> "Transaction":
        """Build the next transaction.

        `after` are the touched wallets afterwards, and `before` the numbers of the transactions
        that touched each of them last.
        """


class Operation(Struct, frozen=True):
    """An operation: its request, its rule, its fields in JSON, and its words.

    `decide` is the rule, a pure function: it returns the transaction, or raises the refusal.
    `parse` makes the request from typed values; its parameters are named as the `fields`, except
    for `from` and `to`. `why_final` is the reason why no reversal can undo it; `None` if one can.
    `identity` are the fields of the request, with their types, that a reversal copies to describe
    what it undid. `shows` are additional fields of its receipts.

    `summary` is a sentence about the receipt, with free text escaped. `statement` is the line on a
    user's statement, which is escaped there; `None` if no coins move. `undone` and `undone_for`
    describe the reversed transaction, in the reversal's receipt and on a user's statement.
    """

    request: type[Request]
    decide: Callable[[Any, World], "Transaction"]
    parse: Callable[..., Request]
    fields: Mapping[str, Field]
    summary: "Callable[[Any, Receipt], str]"
    statement: "Callable[[Any, Entry, str], StatementLine] | None" = None
    undone: Callable[[About], str] | None = None
    undone_for: Callable[[About, str, Catalog], str] | None = None
    why_final: str | None = None
    identity: "Mapping[str, type | UnionType]" = {}
    shows: "Mapping[str, Callable[[Transaction], object]]" = {}

    @property
    def op(self) -> str:
        """The operation's name in JSON, such as `live_start`."""
        return str(self.request.__struct_config__.tag)

    @property
    def needed(self) -> Sequence[str]:
        """The names of the required fields."""
        return [name for name, field in self.fields.items() if field.is_needed]


def existing(world: World, user: str) -> Wallet:
    """The wallet of a `user` whom a request names.

    Raises `UnknownUser` if there is none, and `InvalidHandle` if there can be none.
    """
    if (wallet := world.wallets[user]) is None:
        raise UnknownUser(check_handle(user))
    return wallet


def touched(world: World, user: str) -> Wallet:
    """The wallet of a `user` whom an older transaction names; `UnknownUser` if there is none."""
    if (wallet := world.wallets[user]) is None:
        raise UnknownUser(user)
    return wallet


def moving(
    request: Request,
    world: World,
    wallets: Sequence[Wallet],
    moves: Moves,
    **sums: Any,  # noqa: ANN401 - passed on by name
) -> "Transaction":
    """Build the transaction of `moves`, which touch `wallets`, with the results `sums`."""
    seq = world.next_seq
    after = tuple(apply_moves(wallet, moves, seq) for wallet in wallets)
    return world.transaction(request, after, tuple(one.last for one in wallets), moves, **sums)
