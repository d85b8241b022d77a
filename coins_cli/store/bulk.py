"""Many commits in a row: what one of them leaves to the next, so that it need not open the store.

Each is durable when it returns. What follows from it is written when the row ends, and when a
segment is sealed: until then the newest segment outvotes the wallet files, as after a kill.
"""

from contextlib import suppress
from typing import Final

from coins_cli.errors import CoinsError
from coins_cli.store import layout
from coins_cli.store.disk import Disk
from coins_cli.store.recovery import catch_up
from coins_cli.store.sealing import seal
from coins_cli.store.snapshot import Snapshot

SEGMENT_LINES_MAX: Final = 65_536
"""How far a segment grows while commits follow each other: whoever opens the store reads it all."""
WALLETS_MAX: Final = 100_000
"""How many wallets are kept in memory from one segment to the next."""


class Bulk:
    """The store as the last commit of a row left it."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self._left: Snapshot | None = None
        self._stamps: list[object] = []

    def resume(self) -> Snapshot | None:
        """The store as it was left, if nobody has changed it since; the lock is held again."""
        left = self._left
        return left if left is not None and self._stamps == self._look(left) else None

    def leave(self, snapshot: Snapshot) -> None:
        """Keep the store as it is now; the lock is about to be let go."""
        self._left = snapshot
        self._stamps = self._look(snapshot)

    def finish(self, lines_max: int) -> None:
        """Write what follows from the row; a segment of more than `lines_max` is sealed too.

        All of it was answered: what cannot be written now is made up for by whoever comes next.
        """
        with suppress(CoinsError, OSError):
            if (left := self.resume()) is not None:
                left.check_files_as_seen()
                catch_up(self._disk, left)
                if len(left.newest.heads) >= lines_max:
                    seal(self._disk, left)

    def _look(self, snapshot: Snapshot) -> list[object]:
        return [self._disk.stamp(name) for name in (layout.HEAD_FILE, snapshot.file)]
