"""Many commits in a row: what one of them leaves to the next, so that it need not open the store.

Each is durable when it returns. What follows from it is written when the row ends, and when a
segment is sealed: until then the newest segment outvotes the wallet files, as after a kill.
"""

from contextlib import suppress
from typing import Final

from coins_cli.errors import CoinsError
from coins_cli.store import layout
from coins_cli.store.disk import Disk
from coins_cli.store.durability import check_not_frozen
from coins_cli.store.recovery import catch_up
from coins_cli.store.sealing import seal
from coins_cli.store.snapshot import Snapshot, open_snapshot

SEGMENT_LINES_MAX: Final = 32_768
"""How far a segment grows while commits follow each other: whoever opens the store reads it all."""
WALLETS_MAX: Final = 20_000
"""How many wallets are kept in memory from one segment to the next."""


class Bulk:
    """The store as the last commit of a row left it.

    `lines_max` is how far a segment may grow by single commits.
    """

    def __init__(self, disk: Disk, lines_max: int) -> None:
        self._disk = disk
        self._lines_max = lines_max
        self._left: Snapshot | None = None
        self._stamps: list[object] = []

    @property
    def has_left_something(self) -> bool:
        """Whether anything may have to be written in the end."""
        return self._left is not None

    def resume(self) -> Snapshot | None:
        """The store as it was left, with room in its newest segment; its lock is held again.

        It is `None` when somebody has changed it since. Raises `StoreFrozen` and `StoreDamaged`.
        """
        check_not_frozen(self._disk)
        left = self._unchanged()
        if left is None or len(left.newest.heads) < max(SEGMENT_LINES_MAX, self._lines_max):
            return left
        left.check_files_as_seen()
        seal(self._disk, left)
        sealed = open_snapshot(self._disk, left.newest.header.store)
        left.tell(sealed, most=WALLETS_MAX)
        return sealed

    def leave(self, snapshot: Snapshot) -> None:
        """Keep the store as it is now, if it can be looked at; the lock is about to be let go."""
        with suppress(OSError):
            self._stamps = self._look(snapshot)
            self._left = snapshot

    def finish(self) -> None:
        """Write what follows from the row; a segment that has become too long is sealed too.

        All of it was answered: what cannot be written now is made up for by whoever comes next.
        """
        with suppress(CoinsError):
            check_not_frozen(self._disk)
            if (left := self._unchanged()) is not None:
                left.check_files_as_seen()
                if len(left.newest.heads) < self._lines_max:
                    catch_up(self._disk, left)
                else:
                    seal(self._disk, left)

    def _unchanged(self) -> Snapshot | None:
        left = self._left
        return left if left is not None and self._stamps == self._look(left) else None

    def _look(self, snapshot: Snapshot) -> list[object]:
        return [self._disk.stamp(name) for name in (layout.HEAD_FILE, snapshot.file)]
