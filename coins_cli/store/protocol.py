"""What every store promises. Nothing here knows of files, so that a database can be one too."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Literal, Protocol

from msgspec import Raw, Struct

from coins_cli.errors import CoinsError
from coins_cli.model.clock import Clock
from coins_cli.model.requests import Request
from coins_cli.model.transactions import Entry, Past, Totals, Transaction
from coins_cli.model.wallets import Wallet, Wallets

Decide = Callable[[Request, Wallets, datetime, Past | None], Transaction]
"""Decides a request against the wallets it names, and the transaction that it ends if it ends one.

Pure: a store may run it more than once.
"""

ChangeClock = Callable[[Clock, datetime | None], Clock]
"""Makes another clock of the one in force, given the newest transaction's time. Pure as well."""


class Intent(Struct, frozen=True, gc=False):
    """A request, and the caller's key for it, under which it is applied once however often sent."""

    request: Request
    key: str | None = None


Asked = Intent | CoinsError
"""An intent, or the reason why what was sent is none: it stands in its place, as its refusal."""

OnRefusal = Literal["go on", "stop", "undo"]
"""What a refusal means for the others: nothing; the end; or that none of them is recorded."""


class Applied(Struct, frozen=True, gc=False):
    """What became of an intent: its entry, and whether it was there before."""

    entry: Entry
    replayed: bool


Answer = Applied | CoinsError
"""What became of an intent that was decided on its own: done, or refused."""


class Finding(Struct, frozen=True):
    """One thing that is wrong with a store: where, and what."""

    where: str
    problem: str


class Repair(Struct, frozen=True):
    """One thing that was put right: where, and how."""

    where: str
    done: str


class Kept(Struct, frozen=True):
    """A receipt that was kept elsewhere: the number and the hash of a transaction."""

    seq: int
    head: str


class Note(Struct, frozen=True):
    """What somebody worked out of a history, up to transaction `seq`, whose hash is `head`.

    `data` is JSON. It saves the way back to the beginning the next time, and nothing rests on it.
    """

    seq: int
    head: str
    data: Raw


Progress = Callable[[int, int], None]
"""Is told how much of a long task is done, and of how much."""


class Audit(Struct, frozen=True):
    """What a full replay found. `coins_issued` is in coins; no `findings` means all is well."""

    transactions: int
    wallets: int
    head: str
    coins_issued: int
    findings: tuple[Finding, ...]


class View(Protocol):
    """The store at one moment. No half of a transaction is ever seen through it."""

    @property
    def seq(self) -> int:
        """The number of the newest transaction; 0 when there is none."""

    @property
    def head(self) -> str:
        """The hash of the newest transaction, or what stands for it in an empty store."""

    @property
    def newest_at(self) -> datetime | None:
        """The time of the newest transaction, or `None` when there is none."""

    @property
    def totals(self) -> Totals:
        """The balances of the platform's accounts."""

    def wallet(self, user: str) -> Wallet | None:
        """The wallet of `user`, or `None`."""

    def entry(self, seq: int) -> Entry | None:
        """The transaction number `seq`, or `None`."""

    def entry_ending(self, seq: int) -> Entry | None:
        """The transaction that ended number `seq`: that reversed it, say. Else `None`."""

    def entry_of_key(self, key: str) -> Entry | None:
        """The transaction that stands under an idempotency key, or `None`."""

    def users(self) -> list[str]:
        """All handles, sorted."""

    def history(self, user: str) -> Iterator[Entry]:
        """The transactions that touched the wallet of `user`, newest first."""

    def entries(self, after: int = 0) -> Iterator[Entry]:
        """All transactions, or those after number `after`, oldest first."""

    def noted(self, name: str) -> Note | None:
        """What was noted under `name`, whole as it was; it may be gone, or of another history."""

    def note(self, name: str, note: Note) -> None:
        """Keep a note under `name`, if it can be kept."""

    def notes(self) -> list[str]:
        """The names under which something is noted, sorted."""


class Follower(Protocol):
    """Looks at a store again and again, for what was added to it."""

    def look(self) -> list[Entry]:
        """What comes next, in order; nothing when it is not there yet, which costs next to nothing.

        It may be only the next part of what is there. Raises what `Store.reading` raises.
        """


class Store(Protocol):
    """Keeps an append-only journal of transactions and the wallets that follow from it."""

    @property
    def where(self) -> str:
        """The store's place in words, for messages."""

    def commit(self, intents: Sequence[Intent], decide: Decide, now: datetime) -> list[Applied]:
        """Decide and record `intents` in order, all of them or none; durable on return.

        An intent whose key is known is answered by the entry that stands under it, or raises
        `KeyReused` when that was another request. Whatever `decide` raises is passed on, and
        nothing is changed. Times never run backwards: `now` yields to the newest entry's.
        """

    def commit_each(
        self, asked: Sequence[Asked], decide: Decide, now: datetime, on_refusal: OnRefusal = "go on"
    ) -> list[Answer]:
        """Decide what is `asked` in order, each on its own, and record what is not refused.

        It is durable on return, all of it at once. A refusal is an answer, and what comes after it
        is decided as if it had not been there. When it is to «stop», the refusal is the last
        answer; when it is to «undo», the others are answered by `AnotherRefused`, unless they stood
        before. `StoreUnusable` is raised, and then nothing is changed.
        """

    def in_bulk(self) -> AbstractContextManager[None]:
        """While it lasts, commits follow each other, and what each leaves to the next is kept.

        Each is durable on return all the same, and others may come in between.
        """

    def dry_run(
        self, intents: Sequence[Intent], decide: Decide, now: datetime
    ) -> list[Transaction]:
        """What `commit` would do, with every refusal, without recording anything."""

    def dry_run_each(
        self, asked: Sequence[Asked], decide: Decide, now: datetime, on_refusal: OnRefusal = "go on"
    ) -> list[Transaction | CoinsError]:
        """What `commit_each` would do, without recording anything."""

    def reading(self) -> AbstractContextManager[View]:
        """The store as it is now, for as long as the context lasts. Raises `NoStore`."""

    def follow(self, after: int) -> Follower:
        """Follow what is added to the store, beginning after transaction number `after`."""

    def clock(self) -> Clock:
        """The clock in force: the computer's, unless the economy was given one of its own."""

    def change_clock(self, change: ChangeClock, now: datetime) -> Clock:
        """Give the economy the clock that `change` makes; returns it. Durable on return.

        Whatever `change` raises is passed on. `now` is by the computer's clock.
        """

    def audit(self, kept: Kept | None = None, progress: Progress | None = None) -> Audit:
        """Replay everything and compare; all findings, not only the first.

        With a receipt that was `kept`, one of them says if it is not part of this history.
        """
