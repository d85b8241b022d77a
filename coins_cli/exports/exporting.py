"""Reading a journal from its beginning, and writing what was asked for of it."""

from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from coins_cli.errors import StoreDamaged
from coins_cli.exports.formats import format_named
from coins_cli.model.periods import Period
from coins_cli.model.transactions import Entry
from coins_cli.store.protocol import Progress, Store

CHUNK_CHARACTERS: Final = 1 << 16


class Selection(Struct, frozen=True):
    """What to write: the transactions of a `period` that touched the wallet of `user`."""

    period: Period = Period()
    user: str | None = None

    @property
    def is_everything(self) -> bool:
        """Whether nothing is left out."""
        return self == Selection()

    def has(self, entry: Entry) -> bool:
        """Whether a transaction that is not too late is meant."""
        transaction = entry.transaction
        if self.period.since is not None and transaction.at < self.period.since:
            return False
        return self.user is None or transaction.touches(self.user)

    def is_past(self, entry: Entry) -> bool:
        """Whether a transaction is too late, and with it all that come after it."""
        return self.period.until is not None and entry.transaction.at > self.period.until


class Export:
    """One export of a store in a format. Raises `InvalidChoice` for a format that is none."""

    def __init__(self, store: Store, format_name: str, selection: Selection) -> None:
        self._store = store
        self._format = format_named(format_name)
        self._selection = selection
        self.transactions = 0
        """How many were written so far."""

    def chunks(self, progress: Progress | None = None) -> Iterator[str]:
        """The text, in parts that end with a line. Raises `NoStore` and `StoreUnusable`.

        It holds what was there when it began. The store is held still only while a part of it is
        read, so that others go on writing.
        """
        parts, size = [self._format.beginning()], 0
        for entry in self._selected(progress):
            self.transactions += 1
            lines = self._format.lines_of(entry)
            parts.append(lines)
            size += len(lines)
            if size >= CHUNK_CHARACTERS:
                yield "".join(parts)
                parts, size = [], 0
        if self._selection.is_everything:
            parts.append(self._format.end())
        if any(parts):
            yield "".join(parts)

    def _selected(self, progress: Progress | None) -> Iterator[Entry]:
        for entry in entries_until_now(self._store, progress):
            if self._selection.is_past(entry):
                return
            if self._selection.has(entry):
                yield entry


def entries_until_now(store: Store, progress: Progress | None = None) -> Iterator[Entry]:
    """All transactions that are there now, oldest first, at most a segment of them at a time."""
    with store.reading() as view:
        newest = view.seq
    follower, seen = store.follow(0), 0
    while seen < newest:
        before = seen
        for entry in follower.look():
            if seen == newest:
                return
            seen = entry.seq
            yield entry
        if seen == before:
            raise StoreDamaged(store.where, f"it ended at transaction {seen:,} all of a sudden")
        if progress is not None:
            progress(seen, newest)
