"""The JSON store: a folder with an append-only journal, and files derived from it.

This module holds the lock and combines the others: file names are in `layout`, lines in
`journal.lines`, the commit point in `journal.committing`, recovery from crashes in `care.recovery`,
and the checks of derived files in `opened`.
"""

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from coins_cli.collector import collector_paused
from coins_cli.errors import (
    CoinsError,
    NoStore,
    StoreDamaged,
    StoreLocked,
    StoreNotWritable,
    StoreUnusable,
)
from coins_cli.files.changes import Changes
from coins_cli.files.words import reason
from coins_cli.model.catalog import Catalog
from coins_cli.model.clock import Clock
from coins_cli.model.default_catalog import DEFAULT_CATALOG
from coins_cli.model.economy import (
    BatchItem,
    Done,
    Economy,
    OnRefusal,
    Rules,
    Trial,
    do_each,
)
from coins_cli.model.receipts import Receipt, receipt_of
from coins_cli.model.wallets import BelowZero
from coins_cli.store.json import layout
from coins_cli.store.json.care.recovery import (
    catch_up,
    complete_line,
    make_durable,
    quarantine_tail,
)
from coins_cli.store.json.disk.durability import check_not_frozen, replace_durably
from coins_cli.store.json.disk.folder import Disk, PosixDisk
from coins_cli.store.json.disk.locks import LockTimeout
from coins_cli.store.json.journal.committing import record
from coins_cli.store.json.making import (
    check_can_be_made,
    check_parent,
    is_made,
    make_folder,
    make_store,
    read_store_file,
    share_store,
)
from coins_cli.store.json.opened import Opened, open_store
from coins_cli.store.json.settings.clock_file import read_clock, write_clock
from coins_cli.store.protocol import (
    Audit,
    ChangeClock,
    Progress,
    ReceiptRef,
    Repair,
    unrecorded,
)

if TYPE_CHECKING:
    from coins_cli.store.json.care.archives import ArchiveSummary
    from coins_cli.store.json.journal.following import JsonFollower
    from coins_cli.store.json.journal.rows import Bulk

SEGMENT_LINES_MAX: Final = 256
"""The most lines of a segment, except in rows of commits: every command reads the newest one."""
LOCK_WAIT_SECONDS: Final = 30.0
TURN_WAIT_SECONDS: Final = 1.0
FINISH_WAIT_SECONDS: Final = 2.0


def random_id() -> str:
    """A new id for a store."""
    return os.urandom(16).hex()


class JsonStore:
    """A store in the folder at `path`. The first change makes the folder if it is missing.

    `on_created` is then called with the path; with `make_parents`, missing folders above it are
    made too; `changes` records every change. The other arguments are for tests, and for demos with
    the same output each time.
    """

    def __init__(
        self,
        path: str,
        *,
        on_created: Callable[[str], None] = lambda _: None,
        make_parents: bool = False,
        changes: Changes | None = None,
        disk: Disk | None = None,
        new_id: Callable[[], str] = random_id,
        segment_lines_max: int = SEGMENT_LINES_MAX,
        lock_wait_seconds: float = LOCK_WAIT_SECONDS,
    ) -> None:
        self._path = path
        self._on_created = on_created
        self._make_parents = make_parents
        self._changes = changes or Changes()
        self._disk = disk or PosixDisk(path)
        self._new_id = new_id
        self._segment_lines_max = segment_lines_max
        self._lock_wait_seconds = lock_wait_seconds
        self._bulk: Bulk | None = None

    @property
    def where(self) -> str:
        """The folder."""
        return self._path

    @property
    def makes_parents(self) -> bool:
        """True if the folders above the store may be made too."""
        return self._make_parents

    @property
    def catalog_path(self) -> str:
        """The path of the economy's own catalog, which may not exist."""
        return os.path.join(self._path, layout.CATALOG_FILE)

    def commit(
        self,
        items: Sequence[BatchItem],
        rules: Rules,
        now: datetime,
        *,
        on_refusal: OnRefusal = "raise",
        dry_run: bool = False,
    ) -> list[Receipt | CoinsError]:
        """See `Store.commit`. The store is made if it is missing, unless all items are refused."""
        with self._errors_named():
            if not is_made(self._disk):
                nothing = Economy(rules, now)
                check_can_be_made(self._disk, with_parents=self._make_parents)
                tried = do_each(nothing, items, on_refusal)
                if dry_run or (tried and not nothing.fresh):
                    return [unrecorded(one, lambda _: rules.catalog) for one in tried]
                self._make(now, rules.catalog)
            with self._locked(shared=dry_run):
                if dry_run:
                    return self._try(self._open(rules), items, now, on_refusal)
                # Only the caller of a commit may make reference cycles, not the commit itself.
                with collector_paused():
                    return self._record(items, rules, now, on_refusal)

    @contextmanager
    def in_bulk(self) -> Iterator[None]:
        """See `Store.in_bulk`. Wallet files are brought up to date at the end."""
        if self._bulk is not None:
            yield
            return
        from coins_cli.store.json.journal.rows import Bulk

        bulk = self._bulk = Bulk(self._disk, self._segment_lines_max)
        try:
            yield
        finally:
            self._bulk = None
            if bulk.has_left_something:
                with suppress(OSError, LockTimeout, StoreUnusable):
                    self._finish(bulk)

    @contextmanager
    def reading(self) -> Iterator[Opened]:
        """See `Store.reading`."""
        with self._held_still():
            yield self._open()

    def audit(self, receipt: ReceiptRef | None = None, progress: Progress | None = None) -> Audit:
        """See `Store.audit`."""
        from coins_cli.store.json.care.audit import audit_store

        # Files that others can write are reported as findings, not raised as an error.
        with self._errors_named(with_modes=False), self._locked_to_read():
            return audit_store(self._disk, read_store_file(self._disk).id, receipt, progress)

    def follow(self, after: int) -> "JsonFollower":
        """See `Store.follow`."""
        from coins_cli.store.json.journal.following import JsonFollower

        return JsonFollower(self._disk, self._held_still, self._open, after)

    def clock(self) -> Clock:
        """See `Store.clock`. Raises `StoreDamaged` if the clock's file cannot be read."""
        with self._errors_named():
            return read_clock(self._disk)

    def change_clock(self, change: ChangeClock, now: datetime) -> Clock:
        """See `Store.change_clock`. The store is made if it is missing."""
        with self._errors_named():
            if not is_made(self._disk):
                change(Clock(), None)
                self._make(now, DEFAULT_CATALOG)
            with self._locked(shared=False):
                check_not_frozen(self._disk)
                clock = change(self._clock_or_none(), self._open().newest_at)
                with self._changes.one():
                    write_clock(self._disk, clock)
                return clock

    def share(self, group: int | None) -> None:
        """Let the members of a user group work on the store; with `None`, only its owner.

        `group` is the group's id. Raises `NoStore`, and `ForeignOwner` if another user tries it.
        """
        # Modes are not checked first: this command mends them.
        with self._errors_named(with_modes=False), self._locked_to_read(shared=False):
            check_not_frozen(self._disk)
            with self._changes.many():
                share_store(self._disk, group, self._changes.record)

    def repair(self, *, dry_run: bool = False, progress: Progress | None = None) -> list[Repair]:
        """Rebuild all derived files, and return the repairs; a dry run returns those that are due.

        Raises `NoStore`, and `JournalDamaged` if the journal itself is wrong.
        """
        from coins_cli.store.json.care.repair import repair_store

        with self._errors_named(), self._locked_to_read(shared=dry_run):
            check_not_frozen(self._disk)
            for strange in self._disk.strange_entries():
                raise strange.refusal
            store_id = read_store_file(self._disk).id
            return repair_store(
                self._disk, store_id, self._changes, dry_run=dry_run, progress=progress
            )

    def backup(self, path: str, progress: Progress | None = None) -> "ArchiveSummary":
        """Copy the store into a new file, while others may go on writing to the store.

        Raises `NoStore` and `FileInTheWay`.
        """
        from coins_cli.store.json.care.archives import plan_copy, write_archive

        with self._errors_named():
            with self._locked_to_read():
                plan = plan_copy(self._disk, self._open())
            write_archive(self._disk, plan, path, self._changes, progress)
            return plan.summary

    def restore(self, path: str, progress: Progress | None = None) -> "ArchiveSummary":
        """Make this store from a copy, and check all of it.

        The folder must be empty, except for files of an interrupted restore. After an error it is
        empty again. Raises `NoSuchFile`, `InvalidArchive`, `NewerFormat`, and `FileInTheWay` if
        the folder has a store or anything else.
        """
        from coins_cli.store.json.care.archives import ArchiveSummary
        from coins_cli.store.json.care.restoring import Restore

        with self._errors_named():
            check_parent(self._disk, with_parents=self._make_parents)
            restore = Restore(self._disk)
            restore.make_folder(with_parents=self._make_parents)
            with self._locked(shared=False):
                restore.check_place()
                try:
                    restore.run(path, self._changes, progress)
                except BaseException:
                    restore.take_back()
                    raise
                opened = self._open()
                return ArchiveSummary(opened.seq, opened.head)

    def catalog_text(self) -> bytes | None:
        """The text of the economy's own catalog, or `None` if it has none."""
        with self._errors_named():
            return self._own_catalog()

    def write_catalog(self, text: bytes, now: datetime) -> bool:
        """Give the economy a catalog of its own; returns false if it has one already."""
        # What is in the way may be no file: it is not read, only left alone.
        with self._errors_named():
            if not is_made(self._disk):
                self._make(now, DEFAULT_CATALOG)
            with self._locked(shared=False):
                check_not_frozen(self._disk)
                if self._disk.exists(layout.CATALOG_FILE):
                    return False
                with self._changes.one():
                    replace_durably(self._disk, layout.CATALOG_FILE, text)
                return True

    def change_catalog(
        self,
        change: Callable[[bytes | None], bytes | None],
        now: datetime,
        *,
        dry_run: bool = False,
    ) -> None:
        """Replace the economy's own catalog by what `change` makes of its text, durable on return.

        `change` is a pure function: it may be called twice. It is given `None` if there is no
        catalog yet, and returns `None` to leave everything as it is. Its errors are passed on. The
        store is made if it is missing.
        """
        with self._errors_named():
            if not is_made(self._disk):
                check_can_be_made(self._disk, with_parents=self._make_parents)
                if change(self._own_catalog()) is None or dry_run:
                    return
                self._make(now, DEFAULT_CATALOG)
            with self._locked(shared=dry_run):
                check_not_frozen(self._disk)
                text = change(self._own_catalog())
                if text is None or dry_run:
                    return
                with self._changes.one():
                    replace_durably(self._disk, layout.CATALOG_FILE, text)

    def _own_catalog(self) -> bytes | None:
        """The text of the economy's own catalog; `None` if it has none."""
        try:
            return self._disk.read(layout.CATALOG_FILE)
        except (FileNotFoundError, NotADirectoryError):
            return None

    def _record(
        self, items: Sequence[BatchItem], rules: Rules, now: datetime, on_refusal: OnRefusal
    ) -> list[Receipt | CoinsError]:
        """Decide the items and record their transactions; the store's lock is held."""
        bulk = self._bulk
        opened = (bulk.resume(rules) if bulk else None) or self._open_for_writing(
            rules, lambda opened: _comes_to_something(opened, items, now, on_refusal)
        )
        first = opened.next_seq
        try:
            done = _decide(opened, items, now, on_refusal, is_kept=bulk is not None)
        except CoinsError:
            if bulk is not None and opened.next_seq == first:
                bulk.leave(opened)
            raise
        # Read before the commit point: nothing may fail afterwards.
        older = {
            one[0].seq: receipt_of(opened.read(one[0].seq), replayed=True)
            for one in done
            if isinstance(one, tuple) and one[0].seq < first
        }
        receipts = record(self._disk, opened, self._changes, more_follow=bulk is not None)
        if bulk is not None:
            bulk.leave(opened)
        return [
            one
            if isinstance(one, CoinsError)
            else _replayed(one[0].seq, first, receipts, older)
            if one[1]
            else receipts[one[0].seq - first]
            for one in done
        ]

    def _try(
        self, opened: Opened, items: Sequence[BatchItem], now: datetime, on_refusal: OnRefusal
    ) -> list[Receipt | CoinsError]:
        """Decide the items on an opened store without recording anything."""
        opened.at = max(opened.at, now)
        first = opened.next_seq
        return [
            unrecorded(one, lambda seq: opened.read(seq).catalog if seq < first else opened.catalog)
            for one in do_each(opened, items, on_refusal)
        ]

    @contextmanager
    def _held_still(self) -> Iterator[None]:
        """Hold the store's lock for reading, and turn errors of the system into errors of coins."""
        with self._errors_named(), self._locked_to_read():
            yield

    def _clock_or_none(self) -> Clock:
        """The clock in force, or the computer's if the file cannot be read."""
        try:
            return read_clock(self._disk)
        except StoreDamaged:
            return Clock()

    def _finish(self, bulk: "Bulk") -> None:
        """Write the derived files of a row of commits."""
        with self._locked(shared=False, wait_seconds=FINISH_WAIT_SECONDS):
            bulk.finish()

    def _make(self, now: datetime, catalog: Catalog) -> None:
        """Make an empty store, unless another process has made it meanwhile."""
        check_can_be_made(self._disk, with_parents=self._make_parents)
        with self._changes.held():
            make_folder(self._disk, with_parents=self._make_parents)
            with self._locked(shared=False):
                if is_made(self._disk):
                    return
                check_can_be_made(self._disk, with_parents=self._make_parents)
                make_store(self._disk, self._new_id(), now, catalog)
                self._changes.record()
        self._on_created(self._path)

    def _open(self, rules: Rules | None = None) -> Opened:
        """Open the store, and sync all parts of it that may not be durable yet."""
        opened = open_store(self._disk, read_store_file(self._disk).id, rules)
        make_durable(self._disk, opened)
        return opened

    def _open_for_writing(self, rules: Rules, is_used: Callable[[Opened], bool]) -> Opened:
        """Open the store, recover it, and seal a full segment.

        If the prices of `rules` are new, they begin a segment, but only if `is_used` returns true.
        """
        check_not_frozen(self._disk)
        opened = self._open(rules)
        if opened.newest.torn:
            quarantine_tail(self._disk, opened)
            opened = self._open(rules)
        if opened.newest.newline_missing:
            complete_line(self._disk, opened)
            opened = self._open(rules)
        catch_up(self._disk, opened)
        has_other_prices = opened.has_prices_other_than(rules)
        if has_other_prices and not is_used(opened):
            return opened
        if opened.lines >= self._segment_lines_max or (has_other_prices and opened.lines):
            from coins_cli.store.json.journal.sealing import seal

            seal(self._disk, opened)
            opened = self._open(rules)
        elif has_other_prices:
            from coins_cli.store.json.journal.sealing import begin_next_segment

            begin_next_segment(self._disk, opened, rules.catalog)
            opened = self._open(rules)
        return opened

    @contextmanager
    def _locked(self, *, shared: bool, wait_seconds: float | None = None) -> Iterator[None]:
        """Hold the store's lock, and close all files afterwards."""
        waited = self._lock_wait_seconds if wait_seconds is None else wait_seconds
        deadline = time.monotonic() + waited
        with ExitStack() as held:
            # If processes wait one at a time, later readers cannot overtake a waiting writer.
            with self._turn():
                left = max(0.0, deadline - time.monotonic())
                lock = self._disk.lock(layout.LOCK_FILE, shared=shared, wait_seconds=left)
                held.enter_context(lock)
            held.callback(self._disk.close)
            yield

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Hold the turn to wait for the store's lock; go on without it after a while."""
        with ExitStack() as held:
            wait_seconds = min(TURN_WAIT_SECONDS, self._lock_wait_seconds)
            with suppress(OSError, LockTimeout):
                turn = self._disk.lock(layout.TURN_FILE, shared=False, wait_seconds=wait_seconds)
                held.enter_context(turn)
            yield

    @contextmanager
    def _locked_to_read(self, *, shared: bool = True) -> Iterator[None]:
        """Hold the lock of an existing store; `NoStore` if there is none."""
        if not is_made(self._disk):
            check_can_be_made(self._disk, with_parents=self._make_parents)
            raise NoStore(self._path)
        with self._locked(shared=shared):
            yield

    @contextmanager
    def _errors_named(self, *, with_modes: bool = True) -> Iterator[None]:
        """Check the folder, and turn errors of the system into errors of coins."""
        try:
            self._disk.check(with_modes=with_modes)
            yield
        except LockTimeout:
            raise StoreLocked(self._path, waited_seconds=self._lock_wait_seconds) from None
        except BelowZero as error:
            raise StoreDamaged(layout.JOURNAL, str(error)) from None
        except OSError as error:
            if _is_elsewhere(str(error.filename or ""), self._disk.where):
                raise  # The caller's own file, used while the store was open.
            raise StoreNotWritable(self._path, reason(error)) from error


def _decide(
    opened: Opened,
    items: Sequence[BatchItem],
    now: datetime,
    on_refusal: OnRefusal,
    *,
    is_kept: bool,
) -> list[Done | CoinsError]:
    """Do the items in an opened store.

    A store that is kept for the next commit (`is_kept`) must not be changed by items that are not
    recorded. So items that may be undone are tried on a copy first, and the time stays as it was
    if nothing is recorded.
    """
    if is_kept and on_refusal in ("raise", "undo"):
        trial = Trial(opened, opened.rules, now)
        done = do_each(trial, items, on_refusal)
        for transaction in trial.fresh:
            opened.take(transaction)
        opened.fresh += trial.fresh
        opened.at = trial.at if trial.fresh else opened.at
        return done
    before, opened.at = opened.at, max(opened.at, now)
    done = do_each(opened, items, on_refusal)
    if not opened.fresh:
        opened.at = before
    return done


def _comes_to_something(
    opened: Opened, items: Sequence[BatchItem], now: datetime, on_refusal: OnRefusal
) -> bool:
    """True if any of the items would be recorded. Raises the refusal that `commit` would raise."""
    trial = Trial(opened, opened.rules, now)
    do_each(trial, items, on_refusal)
    return bool(trial.fresh)


def _replayed(
    seq: int, first: int, receipts: Sequence[Receipt], older: Mapping[int, Receipt]
) -> Receipt:
    """The receipt under a known key; `receipts` begin with number `first`, `older` are before."""
    return replace(receipts[seq - first], replayed=True) if seq >= first else older[seq]


def _is_elsewhere(name: str, folder: str) -> bool:
    """True if a path is neither inside the store's folder nor one of the folders above it."""
    return os.path.isabs(name) and not (name.startswith(folder) or folder.startswith(name))
