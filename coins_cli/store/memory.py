"""A store in memory, with which tests compare the store on a disk."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from coins_cli.errors import CoinsError
from coins_cli.model.catalog import Catalog
from coins_cli.model.clock import Clock
from coins_cli.model.default_catalog import DEFAULT_CATALOG
from coins_cli.model.economy import BatchItem, Done, Economy, OnRefusal, Rules, Trial, do_each
from coins_cli.model.receipts import Receipt, receipt_of
from coins_cli.model.replay import Replay
from coins_cli.model.transactions import Entry, Totals, Transaction
from coins_cli.model.wallets import Wallet
from coins_cli.store.json.journal.lines import encode_line
from coins_cli.store.protocol import (
    Audit,
    ChangeClock,
    Checkpoint,
    Finding,
    Progress,
    ReceiptRef,
    unrecorded,
)

NO_HEAD = "0" * 64
"""The hash before the first transaction."""


class MemoryFollower:
    """See `Follower`."""

    def __init__(self, store: "MemoryStore", after: int) -> None:
        self._store = store
        self._seq = after

    def look(self) -> list[Entry]:
        """See `Follower.look`."""
        new = list(self._store.entries(self._seq))
        self._seq += len(new)
        return new


class _EconomyOfEntries(Economy):
    """An economy whose past is a list of entries."""

    def __init__(self, entries: list[Entry]) -> None:
        super().__init__(Rules(DEFAULT_CATALOG))
        self._entries = entries

    def find_transaction(self, seq: int) -> Transaction:
        """See `Economy.find_transaction`."""
        return self._entries[seq - 1].transaction


class MemoryStore:
    """A store in memory, which is its own `View`."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._economy = _EconomyOfEntries(self._entries)
        self._clock = Clock()
        self._checkpoints: dict[str, Checkpoint] = {}

    @property
    def where(self) -> str:
        """See `Store.where`."""
        return "memory"

    @property
    def seq(self) -> int:
        """The number of the newest transaction; 0 when there is none."""
        return len(self._entries)

    @property
    def head(self) -> str:
        """The hash of the newest transaction; `NO_HEAD` when there is none."""
        return self._entries[-1].head if self._entries else NO_HEAD

    @property
    def newest_at(self) -> datetime | None:
        """The time of the newest transaction."""
        return self._entries[-1].transaction.at if self._entries else None

    @property
    def totals(self) -> Totals:
        """The balances of the platform's accounts."""
        return self._economy.totals

    def commit(
        self,
        items: Sequence[BatchItem],
        rules: Rules,
        now: datetime,
        *,
        on_refusal: OnRefusal = "raise",
        dry_run: bool = False,
    ) -> list[Receipt | CoinsError]:
        """See `Store.commit`."""
        trial = Trial(self._economy, rules, now)
        answers = do_each(trial, items, on_refusal)
        if dry_run:
            known = self._entries
            return [
                unrecorded(
                    one, lambda seq: known[seq - 1].catalog if seq <= len(known) else rules.catalog
                )
                for one in answers
            ]
        for transaction in trial.fresh:
            self._take(transaction, rules.catalog)
        return [self._recorded(one) for one in answers]

    def _recorded(self, answer: Done | CoinsError) -> Receipt | CoinsError:
        """The answer to an item whose transaction is an entry now."""
        if isinstance(answer, CoinsError):
            return answer
        transaction, replayed = answer
        return receipt_of(self._entries[transaction.seq - 1], replayed=replayed)

    def _take(self, transaction: Transaction, catalog: Catalog) -> None:
        """Make `transaction` the newest entry."""
        self._economy.take(transaction)
        self._economy.at = transaction.at
        _, head = encode_line(transaction, self.head)
        self._entries.append(Entry(transaction, head, catalog))

    @contextmanager
    def in_bulk(self) -> Iterator[None]:
        """See `Store.in_bulk`."""
        yield

    @contextmanager
    def reading(self) -> Iterator["MemoryStore"]:
        """See `Store.reading`."""
        yield self

    def audit(self, receipt: ReceiptRef | None = None, progress: Progress | None = None) -> Audit:
        """See `Store.audit`."""
        replay = Replay(lambda seq: self._entries[seq - 1].transaction)
        findings = [
            Finding(f"transaction {entry.seq}", problem)
            for entry in self._entries
            for problem in replay.check(entry.transaction, entry.catalog)
        ]
        findings += [Finding("the whole", problem) for problem in replay.finish()]
        if receipt is not None and not any(
            one.seq == receipt.seq and receipt.is_of(one.head) for one in self._entries
        ):
            where = f"receipt {receipt.seq}:{receipt.head}"
            findings.append(Finding(where, "it is not part of this history"))
        if progress is not None:
            progress(1, 1)
        issued = replay.coins_issued
        return Audit(self.seq, len(self.users()), self.head, issued, tuple(findings))

    def wallet(self, user: str) -> Wallet | None:
        """The wallet of `user`, or `None`."""
        return self._economy.wallets[user]

    def users(self) -> list[str]:
        """All handles, sorted."""
        return sorted(user for user, one in self._economy.wallets.items() if one is not None)

    def history(self, user: str) -> Iterator[Entry]:
        """The transactions that touched the wallet of `user`, newest first."""
        for entry in reversed(self._entries):
            if entry.transaction.touches(user):
                yield entry

    def entries(self, after: int = 0) -> Iterator[Entry]:
        """All transactions, or those after number `after`, oldest first."""
        yield from self._entries[after:]

    def checkpoint(self, name: str) -> Checkpoint | None:
        """See `View.checkpoint`."""
        return self._checkpoints.get(name)

    def put_checkpoint(self, name: str, checkpoint: Checkpoint) -> None:
        """See `View.put_checkpoint`."""
        self._checkpoints[name] = checkpoint

    def checkpoints(self) -> list[str]:
        """See `View.checkpoints`."""
        return sorted(self._checkpoints)

    def entry(self, seq: int) -> Entry | None:
        """The entry number `seq`, or `None`."""
        return self._entries[seq - 1] if 1 <= seq <= self.seq else None

    def entry_ending(self, seq: int) -> Entry | None:
        """The entry that ended transaction `seq`, or `None`."""
        return self.entry(self._economy.ended.get(seq, 0))

    def entry_of_key(self, key: str) -> Entry | None:
        """The entry with the idempotency key, or `None`."""
        return self.entry(self._economy.keys.get(key, 0))

    def follow(self, after: int) -> "MemoryFollower":
        """See `Store.follow`."""
        return MemoryFollower(self, after)

    def clock(self) -> Clock:
        """See `Store.clock`."""
        return self._clock

    def change_clock(
        self,
        change: ChangeClock,
        now: datetime,  # noqa: ARG002 - for a store that is made by its first change
    ) -> Clock:
        """See `Store.change_clock`."""
        self._clock = change(self._clock, self.newest_at)
        return self._clock
