"""Rows of commits: each commit hands the opened store to the next one.

Each commit is durable on return. Derived files are written when the row ends, and when a segment is
sealed: until then the newest segment outvotes the wallet files, as after a kill.
"""

from collections.abc import Iterable
from contextlib import suppress
from typing import Final

from coins_cli.errors import CoinsError
from coins_cli.model.economy import Rules
from coins_cli.store.json import layout
from coins_cli.store.json.care.recovery import head_record, make_durable, write_wallet_files
from coins_cli.store.json.derived.head_file import encode_head
from coins_cli.store.json.disk.durability import check_not_frozen, put
from coins_cli.store.json.disk.folder import Disk
from coins_cli.store.json.journal.sealing import seal
from coins_cli.store.json.making import read_store_file
from coins_cli.store.json.opened import Opened, open_store

SEGMENT_LINES_MAX: Final = 98_304
"""Lines of a segment within a row of commits; every opening of the store reads all of them."""
WALLET_CACHE_SIZE: Final = 20_000
"""Wallets handed from one segment to the next."""


class Bulk:
    """A row of commits, and the opened store that the last of them left.

    `lines_max` is the number of lines of a segment outside of rows.
    """

    def __init__(self, disk: Disk, lines_max: int) -> None:
        self._disk = disk
        self._lines_max = lines_max
        self._left: Opened | None = None
        self._behind: set[str] = set()
        """Users of sealed segments whose wallet files are not up to date, whoever wrote since."""
        self._stamps: list[object] = []
        self._has_begun = False

    @property
    def has_left_something(self) -> bool:
        """True if derived files may have to be written at the end."""
        return self._has_begun

    def resume(self, rules: Rules) -> Opened | None:
        """The store of the last commit, with room in its newest segment; the lock is held again.

        `None` if another process has changed the store since, or prices have changed. Raises
        `StoreFrozen` and `StoreDamaged`.
        """
        check_not_frozen(self._disk)
        left, self._left, self._has_begun = self._unchanged(), None, True
        if left is None or left.has_prices_other_than(rules):
            return None
        left.rules = rules
        if left.lines < max(SEGMENT_LINES_MAX, self._lines_max):
            return left
        return self._sealed(left, rules)

    def _sealed(self, left: Opened, rules: Rules) -> Opened:
        """The store after sealing its newest segment."""
        wallets = left.newest_wallets()
        self._behind |= wallets.keys()
        # Files of known wallets can wait, because the index names the line of each; but not too
        # many of them. Files of new wallets cannot: they make the list of users.
        if len(self._behind) > WALLET_CACHE_SIZE:
            users = list(self._behind)
        else:
            users = [user for user in wallets if left.is_new(user)]
        self._check_as_seen(left, users)
        seal(self._disk, left, users)
        self._behind.difference_update(users)
        sealed = open_store(self._disk, left.newest.header.store, rules)
        left.hand_over(sealed, users, most=2 * WALLET_CACHE_SIZE)
        return sealed

    def leave(self, opened: Opened) -> None:
        """Keep the store for the next commit; the lock is about to be released."""
        with suppress(OSError):
            self._stamps = self._look(opened)
            self._left = opened

    def finish(self) -> None:
        """Write the derived files of the row, and seal a segment that has become too long."""
        with suppress(CoinsError):  # All commits are durable; the next command will catch up.
            check_not_frozen(self._disk)
            if (left := self._unchanged() or self._opened_again()) is not None:
                users = [*(self._behind | left.newest_wallets().keys())]
                self._check_as_seen(left, users)
                if left.lines >= self._lines_max:
                    seal(self._disk, left, users)
                    return
                write_wallet_files(self._disk, left, users)
                put(self._disk, layout.HEAD_FILE, encode_head(head_record(self._disk, left)))

    def _check_as_seen(self, left: Opened, users: Iterable[str]) -> None:
        """Raise `StoreDamaged` for a wallet file that was changed since it was read."""
        for user in users:
            if (wallet := left.wallet(user)) is not None:
                left.check_file_as_seen(wallet)

    def _opened_again(self) -> Opened | None:
        """The store as it is now, if the row still has to write what follows from its commits.

        What others have done meanwhile, they have brought up to date in the newest segment.
        """
        if self._left is not None and not self._behind:
            return None
        opened = open_store(self._disk, read_store_file(self._disk).id)
        make_durable(self._disk, opened)
        return None if opened.newest.torn or opened.newest.newline_missing else opened

    def _unchanged(self) -> Opened | None:
        left = self._left
        return left if left is not None and self._stamps == self._look(left) else None

    def _look(self, opened: Opened) -> list[object]:
        # A writer who is killed while sealing leaves the next segment, and `head.json` as it was.
        following = layout.segment_file(opened.next_seq)
        return [self._disk.stamp(name) for name in (layout.HEAD_FILE, opened.file, following)]
