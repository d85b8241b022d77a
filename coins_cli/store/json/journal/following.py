"""Following new transactions of a JSON store, without opening it again each time.

While nothing changes, a look costs two calls of `lstat`. After a change, the newest segment is read
on from the last known line, under the store's lock.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Final

from coins_cli.errors import StoreDamaged
from coins_cli.model.transactions import Entry
from coins_cli.store.json import layout
from coins_cli.store.json.derived.head_file import read_head
from coins_cli.store.json.disk.durability import sync_or_freeze
from coins_cli.store.json.disk.folder import Disk
from coins_cli.store.json.journal.segments import Segment, read_lines
from coins_cli.store.json.opened import Opened, begin_segment

PIECE_BYTES: Final = 8 << 20
"""Bytes of a segment that are read at a time; for a longer write it is more."""


class JsonFollower:
    """See `Follower`. Each look returns at most a piece of one segment, to save memory.

    `locked` holds the store's lock, under which `open_store` opens it.
    """

    def __init__(
        self,
        disk: Disk,
        locked: Callable[[], AbstractContextManager[None]],
        open_store: Callable[[], Opened],
        after: int,
    ) -> None:
        self._disk = disk
        self._locked = locked
        self._open_store = open_store
        self._after = after
        self._file = ""
        self._left: Segment | None = None
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

    def _resume(self) -> tuple[str, Segment]:
        """The file of the next unseen line, and the segment from there on.

        The segment is a new object each time, so that a failed look can be repeated.
        """
        left = self._left
        if left is not None and left.next_seq > left.header.first:
            return self._file, left.rest()
        if left is not None:  # An empty segment gets a new header when prices change.
            return self._enter(left.header.first)
        return self._enter(self._open_store().segment_of(self._after + 1))

    def _enter(self, first: int) -> tuple[str, Segment]:
        return layout.segment_file(first), begin_segment(self._disk, first)[1]

    def _enter_next(self) -> tuple[str, Segment] | None:
        """The next segment, if there is one."""
        left = self._left
        name = layout.segment_file(left.next_seq) if left is not None else self._file
        if left is None or name == self._file or not self._disk.exists(name):
            return None
        _, entered = self._enter(left.next_seq)
        if entered.head != left.head:
            raise StoreDamaged(name, "it does not follow the segment before it")
        return name, entered

    def _read_on(self, file: str, left: Segment) -> list[Entry]:
        """The next new entries of a segment, a piece at most; none at its end."""
        size, length = self._disk.size(file), PIECE_BYTES
        while True:
            stop = min(size, left.end + length)
            entries = self._read_piece(file, left, stop)
            if left.problem is not None and not left.torn:
                raise StoreDamaged(file, left.problem)
            if entries:
                self._make_durable(file, entries[-1].seq)
            self._file, self._left = file, left.rest(entries)
            new = [entry for entry in entries if entry.seq > self._after]
            if new or stop == size:
                return new
            left, length = self._left.rest(), PIECE_BYTES if entries else 2 * length

    def _read_piece(self, file: str, left: Segment, stop: int) -> list[Entry]:
        """The entries before the byte `stop`. A write that goes on behind it counts as torn."""
        data = self._disk.read_at(file, left.end, max(0, stop - left.end))
        if data.startswith(b"\n"):  # The newest line lacked its newline, and has it now.
            data, left.end = data[1:], left.end + 1
        return list(read_lines(data, left, start=left.end))

    def _check_all_seen(self) -> None:
        """Raise `StoreDamaged` if the journal ends before the transaction in `head.json`."""
        record = read_head(self._disk)
        if record is not None and self._left is not None and record.seq >= self._left.next_seq:
            why = f"it ends before transaction {record.seq}, which {layout.HEAD_FILE} has seen"
            raise StoreDamaged(self._file, why)

    def _make_durable(self, file: str, seq: int) -> None:
        """Sync lines after the transaction in `head.json`, before they are returned."""
        record = read_head(self._disk)
        if record is None or record.seq < seq:
            sync_or_freeze(self._disk, file)

    def _stamp(self) -> list[object]:
        # A writer who is killed while sealing leaves the next segment, and `head.json` as it was.
        following = "" if self._left is None else layout.segment_file(self._left.next_seq)
        return [self._disk.stamp(name) for name in (layout.HEAD_FILE, self._file, following)]
