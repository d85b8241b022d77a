"""Exports: a selection of the journal in one of the formats."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from coins_cli.errors import StoreDamaged
from coins_cli.exports.formats import format_named
from coins_cli.model.periods import Period
from coins_cli.model.transactions import Entry
from coins_cli.store.protocol import Progress, Store

if TYPE_CHECKING:
    from coins_cli.exports.requests import Differences

CHUNK_CHARACTERS: Final = 1 << 16


class Selection(Struct, frozen=True):
    """The transactions to export: those of a `period` that touched the wallet of `user`."""

    period: Period = Period()
    user: str | None = None

    @property
    def is_everything(self) -> bool:
        """True if all transactions are exported."""
        return self == Selection()

    def has(self, entry: Entry) -> bool:
        """True if an entry that is not past the period is selected."""
        transaction = entry.transaction
        if self.period.since is not None and transaction.at < self.period.since:
            return False
        return self.user is None or transaction.touches(self.user)

    def is_past(self, entry: Entry) -> bool:
        """True if an entry, and so every later one, is past the period."""
        return self.period.until is not None and entry.transaction.at > self.period.until


class Export:
    """An export of a store in a format. Raises `InvalidChoice` for an unknown one.

    With `differences`, each exported transaction is compared.
    """

    def __init__(
        self,
        store: Store,
        format_name: str,
        selection: Selection,
        differences: "Differences | None" = None,
    ) -> None:
        self._store = store
        self._format = format_named(format_name)
        self._differences = differences
        self._selection = selection
        self.transactions = 0
        """Transactions exported so far."""

    def chunks(self, progress: Progress | None = None) -> Iterator[str]:
        """The text in chunks of whole lines, up to the newest transaction at the start.

        The store is locked only while a segment is read, so that others can write. Raises
        `NoStore` and `StoreUnusable`.
        """
        parts, size = [self._format.beginning()], 0
        for entry in self._selected(progress):
            self.transactions += 1
            if self._differences is not None:
                self._differences.take(entry)
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
    """The entries up to the newest at the start, oldest first, read by segments."""
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
