"""The in-memory store: the same promises without a disk. An oracle for tests, and for trials."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

import msgspec

from coins_cli.errors import CoinsError
from coins_cli.model.clock import Clock
from coins_cli.model.endings import does_end
from coins_cli.model.replay import Replay
from coins_cli.model.transactions import Entry, Totals, Transaction
from coins_cli.model.wallets import Wallet
from coins_cli.store.drafts import Draft, answer_of, tried
from coins_cli.store.protocol import (
    Answer,
    Applied,
    Asked,
    Audit,
    ChangeClock,
    Decide,
    Finding,
    Intent,
    Kept,
    Note,
    OnRefusal,
    Progress,
)


class MemoryFollower:
    """Looks at an in-memory store again and again; see `Follower`."""

    def __init__(self, store: "MemoryStore", after: int) -> None:
        self._store = store
        self._seq = after

    def look(self) -> list[Entry]:
        """See `Follower.look`."""
        new = list(self._store.entries(self._seq))
        self._seq += len(new)
        return new


class MemoryStore:
    """A store that lasts as long as the object. It also is its own `View` and `Base`."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._wallets: dict[str, Wallet] = {}
        self._by_key: dict[str, Entry] = {}
        self._by_ended: dict[int, Entry] = {}
        self._clock = Clock()
        self._totals: Totals = {}
        self._notes: dict[str, Note] = {}

    @property
    def where(self) -> str:
        """In words."""
        return "memory"

    @property
    def seq(self) -> int:
        """The number of the newest transaction; 0 when there is none."""
        return len(self._entries)

    @property
    def head(self) -> str:
        """The hash of the newest transaction, or zeros."""
        return self._entries[-1].head if self._entries else "0" * 64

    @property
    def newest_at(self) -> datetime | None:
        """The time of the newest transaction."""
        return self._entries[-1].transaction.at if self._entries else None

    @property
    def totals(self) -> Totals:
        """The balances of the platform's accounts."""
        return self._totals

    def commit(self, intents: Sequence[Intent], decide: Decide, now: datetime) -> list[Applied]:
        """See `Store.commit`."""
        draft = Draft(self, decide, now)
        taken = draft.take_all(intents)
        recorded = self._record(draft)
        return [one.applied(recorded) for one in taken]

    def commit_each(
        self, asked: Sequence[Asked], decide: Decide, now: datetime, on_refusal: OnRefusal = "go on"
    ) -> list[Answer]:
        """See `Store.commit_each`."""
        draft = Draft(self, decide, now)
        taken = draft.take_each(asked, on_refusal)
        recorded = self._record(draft)
        return [answer_of(one, recorded) for one in taken]

    def _record(self, draft: Draft) -> dict[int, Entry]:
        """Make what is fresh in `draft` the newest entries; returns them by number."""
        if not draft.fresh:
            return {}
        recorded = {}
        for fresh in draft.fresh:
            head = hashlib.sha256(self.head.encode() + msgspec.json.encode(fresh)).hexdigest()
            entry = Entry(fresh.seq, head, fresh.key, fresh.transaction)
            recorded[fresh.seq] = entry
            self._entries.append(entry)
            if fresh.key is not None:
                self._by_key[fresh.key] = entry
            if (ended := fresh.transaction.request.ends()) is not None:
                self._by_ended[ended] = entry
        self._wallets.update(draft.wallets)
        self._totals = draft.totals
        return recorded

    @contextmanager
    def in_bulk(self) -> Iterator[None]:
        """See `Store.in_bulk`."""
        yield

    def dry_run(
        self, intents: Sequence[Intent], decide: Decide, now: datetime
    ) -> list[Transaction]:
        """See `Store.dry_run`."""
        return [one.transaction for one in Draft(self, decide, now).take_all(intents)]

    def dry_run_each(
        self, asked: Sequence[Asked], decide: Decide, now: datetime, on_refusal: OnRefusal = "go on"
    ) -> list[Transaction | CoinsError]:
        """See `Store.dry_run_each`."""
        taken = Draft(self, decide, now).take_each(asked, on_refusal)
        return [tried(one) for one in taken]

    @contextmanager
    def reading(self) -> Iterator["MemoryStore"]:
        """See `Store.reading`."""
        yield self

    def audit(self, kept: Kept | None = None, progress: Progress | None = None) -> Audit:
        """See `Store.audit`."""
        replay = Replay()
        findings = [
            Finding(f"transaction {entry.seq}", problem)
            for entry in self._entries
            for problem in replay.feed(entry)
        ]
        ended: set[int] = set()
        for entry in self._entries:
            if (seq := entry.transaction.request.ends()) is not None:
                past = self.entry(seq) if seq < entry.seq and seq not in ended else None
                ended.add(seq)
                if not does_end(entry.transaction, past.transaction if past else None):
                    where = f"transaction {entry.seq}"
                    findings.append(Finding(where, f"it cannot end transaction {seq}"))
        findings += [Finding("the whole", problem) for problem in replay.finish()]
        if kept is not None and kept not in [Kept(one.seq, one.head) for one in self._entries]:
            where = f"receipt {kept.seq}:{kept.head}"
            findings.append(Finding(where, "it is not part of this history"))
        if progress is not None:
            progress(1, 1)
        return Audit(self.seq, len(self._wallets), self.head, replay.coins_issued, tuple(findings))

    def wallet(self, user: str) -> Wallet | None:
        """The wallet of `user`, or `None`."""
        return self._wallets.get(user)

    def users(self) -> list[str]:
        """All handles, sorted."""
        return sorted(self._wallets)

    def history(self, user: str) -> Iterator[Entry]:
        """The transactions that touched the wallet of `user`, newest first."""
        for entry in reversed(self._entries):
            if entry.transaction.touches(user):
                yield entry

    def entries(self, after: int = 0) -> Iterator[Entry]:
        """All transactions, or those after number `after`, oldest first."""
        yield from self._entries[after:]

    def noted(self, name: str) -> Note | None:
        """See `View.noted`."""
        return self._notes.get(name)

    def note(self, name: str, note: Note) -> None:
        """See `View.note`."""
        self._notes[name] = note

    def notes(self) -> list[str]:
        """See `View.notes`."""
        return sorted(self._notes)

    def entry(self, seq: int) -> Entry | None:
        """The entry number `seq`, or `None`."""
        return self._entries[seq - 1] if 1 <= seq <= self.seq else None

    def entry_ending(self, seq: int) -> Entry | None:
        """The entry that ended number `seq`, or `None`."""
        return self._by_ended.get(seq)

    def follow(self, after: int) -> "MemoryFollower":
        """See `Store.follow`."""
        return MemoryFollower(self, after)

    def clock(self) -> Clock:
        """See `Store.clock`."""
        return self._clock

    def change_clock(
        self,
        change: ChangeClock,
        now: datetime,  # noqa: ARG002 - for stores that must be made
    ) -> Clock:
        """See `Store.change_clock`."""
        self._clock = change(self._clock, self.newest_at)
        return self._clock

    def entry_of_key(self, key: str) -> Entry | None:
        """The entry that stands under `key`, or `None`."""
        return self._by_key.get(key)
