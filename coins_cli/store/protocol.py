"""The protocol of stores. It does not mention files, so that a database can implement it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from msgspec import Raw, Struct

from coins_cli.errors import CoinsError
from coins_cli.model.catalog import Catalog
from coins_cli.model.clock import Clock
from coins_cli.model.economy import BatchItem, Done, OnRefusal, Rules
from coins_cli.model.receipts import Receipt
from coins_cli.model.transactions import Entry, Totals
from coins_cli.model.wallets import Wallet

ChangeClock = Callable[[Clock, datetime | None], Clock]
"""A pure function from the clock in force and the newest transaction's time to a new clock."""


def unrecorded(
    answer: Done | CoinsError, catalog_of: Callable[[int], Catalog]
) -> Receipt | CoinsError:
    """The answer to an item of a dry run.

    `catalog_of` finds the prices at which a transaction was decided, by its number.
    """
    if isinstance(answer, CoinsError):
        return answer
    transaction, replayed = answer
    return Receipt(transaction, catalog_of(transaction.seq), None, replayed, dry_run=True)


class Finding(Struct, frozen=True):
    """One problem of a store: its place and its description."""

    where: str
    problem: str


class Repair(Struct, frozen=True):
    """One repair of a store: its place and its description."""

    where: str
    done: str


class ReceiptRef(Struct, frozen=True):
    """A receipt as somebody kept it: a transaction's number, and the beginning of its hash."""

    seq: int
    head: str

    def is_of(self, head: str | None) -> bool:
        """True if the hash of the transaction is `head`, as far as the receipt tells."""
        return head is not None and head.startswith(self.head)


class Checkpoint(Struct, frozen=True):
    """A projection's stored state, bound to transaction `seq`, whose hash is `head`.

    `data` is JSON. It only saves time: the journal can always compute it again.
    """

    seq: int
    head: str
    data: Raw


Progress = Callable[[int, int], None]
"""A callback for long tasks, with the steps done and all steps."""


class Audit(Struct, frozen=True):
    """The result of a full replay; without `findings` all is well."""

    transactions: int
    wallets: int
    head: str
    coins_issued: int
    findings: tuple[Finding, ...]


class View(Protocol):
    """The store at one moment, which shows only whole transactions."""

    @property
    def seq(self) -> int:
        """The number of the newest transaction; 0 when there is none."""

    @property
    def head(self) -> str:
        """The hash of the newest transaction; in an empty store, a constant of that store."""

    @property
    def newest_at(self) -> datetime | None:
        """The time of the newest transaction, or `None` if there is none."""

    @property
    def totals(self) -> Totals:
        """The balances of the platform's accounts."""

    def wallet(self, user: str) -> Wallet | None:
        """The wallet of `user`, or `None`."""

    def entry(self, seq: int) -> Entry | None:
        """The transaction number `seq`, or `None`."""

    def entry_ending(self, seq: int) -> Entry | None:
        """The transaction that ended number `seq`, such as its reversal, or `None`."""

    def entry_of_key(self, key: str) -> Entry | None:
        """The transaction with an idempotency key, or `None`."""

    def users(self) -> list[str]:
        """All handles, sorted."""

    def history(self, user: str) -> Iterator[Entry]:
        """The transactions that touched the wallet of `user`, newest first."""

    def entries(self, after: int = 0) -> Iterator[Entry]:
        """All transactions, or those after number `after`, oldest first."""

    def checkpoint(self, name: str) -> Checkpoint | None:
        """The checkpoint of that name, or `None`; it may belong to another history."""

    def put_checkpoint(self, name: str, checkpoint: Checkpoint) -> None:
        """Store a checkpoint; failures are ignored."""

    def checkpoints(self) -> list[str]:
        """The names of the checkpoints, sorted."""


class Follower(Protocol):
    """Returns new transactions of a store, look after look."""

    def look(self) -> list[Entry]:
        """The next new transactions in order, or only some of them; empty, and cheap, if none came.

        Raises as `Store.reading`.
        """


class Store(Protocol):
    """An append-only journal of transactions, and the wallets derived from it."""

    @property
    def where(self) -> str:
        """The store's place, for messages."""

    def commit(
        self,
        items: Sequence[BatchItem],
        rules: Rules,
        now: datetime,
        *,
        on_refusal: OnRefusal = "raise",
        dry_run: bool = False,
    ) -> list[Receipt | CoinsError]:
        """Decide the `items` in order by the pure `rules`, and record all transactions at once.

        They are durable on return. A request with a known key is answered by the receipt of that
        key, or by `KeyReused` if that was another request.

        `on_refusal` is the effect of a refusal: with «raise» it is raised and nothing is recorded;
        with «go on» it is that item's answer; with «stop» it is the last answer; with «undo»
        nothing is recorded, and the other items are answered by `AnotherRefused`.

        Times never run backwards: `now` is replaced by the newest entry's time if that is later. In
        a dry run nothing is recorded. `StoreUnusable` is always raised,
        and then nothing is recorded.
        """

    def in_bulk(self) -> AbstractContextManager[None]:
        """A context for a row of commits, which makes each of them faster.

        Each commit is still durable on return, and other processes may commit in between.
        """

    def reading(self) -> AbstractContextManager[View]:
        """A context in which the store does not change, with its view. Raises `NoStore`."""

    def follow(self, after: int) -> Follower:
        """A follower of the transactions after number `after`."""

    def clock(self) -> Clock:
        """The clock in force: the economy's own, or the computer's."""

    def change_clock(self, change: ChangeClock, now: datetime) -> Clock:
        """Set the clock to the result of `change`, and return it; durable on return.

        Errors of `change` are passed on. `now` is the time by the computer's clock.
        """

    def audit(self, receipt: ReceiptRef | None = None, progress: Progress | None = None) -> Audit:
        """Replay the whole journal and compare it with all derived data.

        A `receipt` that is not part of this history is a finding too.
        """
