"""Following what is added to a JSON store, without opening it anew each time.

While nothing changes, a look costs the system two questions after files' times and sizes. When
something has, the newest segment is read on from where it was left, under the store's lock.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager

from coins_cli.errors import StoreDamaged
from coins_cli.model.transactions import Entry
from coins_cli.store import layout
from coins_cli.store.disk import Disk
from coins_cli.store.durability import sync_or_freeze
from coins_cli.store.scanning import Scan, read_lines, rest_of
from coins_cli.store.snapshot import (
    Snapshot,
    begin_segment,
    entry_of,
    read_witness,
    segment_of,
)


class JsonFollower:
    """Looks at a store again and again; see `Follower`.

    `locked` holds the store still, and `open_store` opens it then. Each look returns at most what
    is left of one segment.
    """

    def __init__(
        self,
        disk: Disk,
        locked: Callable[[], AbstractContextManager[None]],
        open_store: Callable[[], Snapshot],
        after: int,
    ) -> None:
        self._disk = disk
        self._locked = locked
        self._open_store = open_store
        self._after = after
        self._file = ""
        self._left: Scan | None = None
        self._stamps: list[object] = []

    def look(self) -> list[Entry]:
        """See `Follower.look`."""
        if self._left is not None and self._stamps == self._stamp():
            return []
        with self._locked():
            entries = self._read_on(*self._resume())
            while not entries and (entered := self._enter_next()) is not None:
                entries = self._read_on(*entered)
            if not entries:
                self._check_all_seen()
                self._stamps = self._stamp()
            return entries

    def _resume(self) -> tuple[str, Scan]:
        """The file in which what was not seen yet begins, and what is left of it.

        What is left is new each time, so that a look that fails can be done again.
        """
        if self._left is not None:
            return self._file, rest_of(self._left, ())
        newest, wanted = self._open_store().newest.header.first, self._after + 1
        return self._enter(newest if newest <= wanted else segment_of(self._disk, wanted))

    def _enter(self, first: int) -> tuple[str, Scan]:
        return layout.segment_file(first), begin_segment(self._disk, first)[1]

    def _enter_next(self) -> tuple[str, Scan] | None:
        """The segment that comes next, when there is one."""
        left = self._left
        name = layout.segment_file(left.next_seq) if left is not None else self._file
        if left is None or name == self._file or not self._disk.exists(name):
            return None
        _, entered = self._enter(left.next_seq)
        if entered.head != left.head:
            raise StoreDamaged(name, "it does not follow the segment before it")
        return name, entered

    def _read_on(self, file: str, left: Scan) -> list[Entry]:
        """The entries that were added to the segment at hand, and are not seen yet."""
        size = self._disk.room(file)
        data = self._disk.read_at(file, left.end, max(0, size - left.end))
        if data.startswith(b"\n"):  # The newest line lacked its newline, and has it now.
            data, left.end = data[1:], left.end + 1
        written = list(read_lines(data, left, start=left.end))
        if left.problem is not None and not left.torn:
            raise StoreDamaged(file, left.problem)
        if written:
            self._make_durable(file, written[-1].line.seq)
        self._file, self._left = file, rest_of(left, written)
        return [entry_of(one) for one in written if one.line.seq > self._after]

    def _check_all_seen(self) -> None:
        """Refuse a journal that has lost what `head.json` has seen, when there is no more of it."""
        witness = read_witness(self._disk)
        if witness is not None and self._left is not None and witness.seq >= self._left.next_seq:
            why = f"it ends before transaction {witness.seq}, which {layout.HEAD_FILE} has seen"
            raise StoreDamaged(self._file, why)

    def _make_durable(self, file: str, seq: int) -> None:
        """Sync what `head.json` does not vouch for, before it is shown to anybody."""
        witness = read_witness(self._disk)
        if witness is None or witness.seq < seq:
            sync_or_freeze(self._disk, file)

    def _stamp(self) -> list[object]:
        return [self._disk.stamp(name) for name in (layout.HEAD_FILE, self._file)]
