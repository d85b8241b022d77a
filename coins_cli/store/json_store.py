"""The JSON store: a folder with an append-only journal, and wallet files that follow from it.

The layout is in `layout`, a line's bytes in `journal`, the commit point in `commits`, what is done
about a crash in `recovery`, and what is believed of what in `snapshot`. This module puts them
together, under the lock.
"""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime
from typing import TYPE_CHECKING, Final, TypeVar

from coins_cli.errors import (
    CoinsError,
    FileInTheWay,
    NoStore,
    StoreDamaged,
    StoreLocked,
    StoreNotWritable,
)
from coins_cli.model.clock import Clock
from coins_cli.model.transactions import Entry, Transaction
from coins_cli.store import layout
from coins_cli.store.clock_file import read_clock, write_clock
from coins_cli.store.commits import record
from coins_cli.store.disk import Disk, PosixDisk
from coins_cli.store.drafts import Draft, answer_of, tried
from coins_cli.store.durability import check_not_frozen, reason, replace_durably
from coins_cli.store.interrupts import HoldInterrupts, hold_interrupts
from coins_cli.store.locks import LockTimeout
from coins_cli.store.making import (
    check_can_be_made,
    check_parent,
    is_made,
    make_folder,
    make_store,
    read_store_file,
)
from coins_cli.store.protocol import (
    Answer,
    Applied,
    Asked,
    Audit,
    ChangeClock,
    Decide,
    Intent,
    Kept,
    OnRefusal,
    Progress,
    Repair,
)
from coins_cli.store.recovery import catch_up, complete_line, make_durable, quarantine_tail
from coins_cli.store.snapshot import Snapshot, open_snapshot

if TYPE_CHECKING:
    from coins_cli.store.archives import Copied
    from coins_cli.store.bulk import Bulk
    from coins_cli.store.following import JsonFollower

T = TypeVar("T")

SEGMENT_LINES_MAX: Final = 256
"""How far a segment grows by single commits: every command reads the newest one."""
LOCK_WAIT_SECONDS: Final = 30.0
TURN_WAIT_SECONDS: Final = 1.0
FINISH_WAIT_SECONDS: Final = 2.0


def random_id() -> str:
    """An id that no other store has."""
    return os.urandom(16).hex()


class JsonStore:
    """A store in the folder at `path`. It is made by the first commit that is not refused.

    `on_created` is told the path when that happens; `make_parents` allows it to make the folders
    above it too; `hold_interrupts` is called right before a commit point, and what it returns right
    after. The other arguments are for tests, and for stories that must come out the same each time.
    """

    def __init__(
        self,
        path: str,
        *,
        on_created: Callable[[str], None] = lambda _: None,
        make_parents: bool = False,
        hold_interrupts: HoldInterrupts = hold_interrupts,
        disk: Disk | None = None,
        new_id: Callable[[], str] = random_id,
        segment_lines_max: int = SEGMENT_LINES_MAX,
        lock_wait_seconds: float = LOCK_WAIT_SECONDS,
    ) -> None:
        self._path = path
        self._on_created = on_created
        self._make_parents = make_parents
        self._hold_interrupts = hold_interrupts
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
        """Whether the folders above it may be made too."""
        return self._make_parents

    @property
    def catalog_path(self) -> str:
        """Where the economy's own catalog is, or would be."""
        return os.path.join(self._path, layout.CATALOG_FILE)

    def commit(self, intents: Sequence[Intent], decide: Decide, now: datetime) -> list[Applied]:
        """See `Store.commit`. Raises `StoreUnusable` and its kin when the folder is not usable."""
        taken, recorded = self._record(lambda draft: draft.take_all(intents), decide, now)
        return [one.applied(recorded) for one in taken]

    def commit_each(
        self, asked: Sequence[Asked], decide: Decide, now: datetime, on_refusal: OnRefusal = "go on"
    ) -> list[Answer]:
        """See `Store.commit_each`."""
        taken, recorded = self._record(
            lambda draft: draft.take_each(asked, on_refusal), decide, now
        )
        return [answer_of(one, recorded) for one in taken]

    @contextmanager
    def in_bulk(self) -> Iterator[None]:
        """See `Store.in_bulk`. Wallet files are brought up to date in the end."""
        if self._bulk is not None:
            yield
            return
        from coins_cli.store.bulk import Bulk

        bulk = self._bulk = Bulk(self._disk, self._segment_lines_max)
        try:
            yield
        finally:
            self._bulk = None
            if bulk.has_left_something:
                with suppress(OSError, LockTimeout):
                    self._finish(bulk)

    def dry_run(
        self, intents: Sequence[Intent], decide: Decide, now: datetime
    ) -> list[Transaction]:
        """See `Store.dry_run`."""
        taken = self._try(lambda draft: draft.take_all(intents), decide, now)
        return [one.transaction for one in taken]

    def dry_run_each(
        self, asked: Sequence[Asked], decide: Decide, now: datetime, on_refusal: OnRefusal = "go on"
    ) -> list[Transaction | CoinsError]:
        """See `Store.dry_run_each`."""
        taken = self._try(lambda draft: draft.take_each(asked, on_refusal), decide, now)
        return [tried(one) for one in taken]

    @contextmanager
    def reading(self) -> Iterator[Snapshot]:
        """See `Store.reading`."""
        with self._held_still():
            yield self._open()

    def audit(self, kept: Kept | None = None, progress: Progress | None = None) -> Audit:
        """See `Store.audit`."""
        from coins_cli.store.json_audit import audit_store

        with self._errors_named(), self._locked_to_read():
            return audit_store(self._disk, read_store_file(self._disk).id, kept, progress)

    def follow(self, after: int) -> "JsonFollower":
        """See `Store.follow`."""
        from coins_cli.store.following import JsonFollower

        return JsonFollower(self._disk, self._held_still, self._open, after)

    def clock(self) -> Clock:
        """See `Store.clock`. Raises `StoreDamaged` when it is in the file and cannot be read."""
        with self._errors_named():
            return read_clock(self._disk)

    def change_clock(self, change: ChangeClock, now: datetime) -> Clock:
        """See `Store.change_clock`. The store is made when there is none."""
        with self._errors_named():
            if not is_made(self._disk):
                change(Clock(), None)
                self._make(now)
            with self._locked(shared=False):
                check_not_frozen(self._disk)
                clock = change(self._clock_or_none(), self._open().newest_at)
                write_clock(self._disk, clock)
                return clock

    def repair(self, *, dry_run: bool = False, progress: Progress | None = None) -> list[Repair]:
        """Rebuild all that is derived from the journal; returns what was, or would be, done.

        Raises `NoStore`, and `JournalDamaged` when only a copy can help.
        """
        from coins_cli.store.repair import repair_store

        with self._errors_named(), self._locked_to_read(shared=dry_run):
            check_not_frozen(self._disk)
            store_id = read_store_file(self._disk).id
            return repair_store(self._disk, store_id, dry_run=dry_run, progress=progress)

    def backup(self, path: str, progress: Progress | None = None) -> "Copied":
        """Copy the store as it is now into a new file, while others go on writing.

        Raises `NoStore` and `FileInTheWay`.
        """
        from coins_cli.store.archives import plan_copy, write_archive

        with self._errors_named():
            with self._locked_to_read():
                plan = plan_copy(self._disk, self._open())
            write_archive(self._disk, plan, path, progress)
            return plan.copied

    def restore(self, path: str, progress: Progress | None = None) -> "Copied":
        """Make this store from a copy, and check all of it; there must be nothing in its folder.

        When anything is wrong, nothing is left. Raises `NoSuchFile`, `InvalidArchive`,
        `JournalDamaged`, and `FileInTheWay` when there is a store already.
        """
        from coins_cli.store.archives import Copied, may_be_restored_into, read_archive

        with self._errors_named():
            check_parent(self._disk, with_parents=self._make_parents)
            if self._disk.exists("") and not may_be_restored_into(self._disk):
                raise FileInTheWay(self._path)
            make_folder(self._disk, with_parents=self._make_parents)
            with self._locked(shared=False):
                if not may_be_restored_into(self._disk):
                    raise FileInTheWay(self._path)
                try:
                    read_archive(self._disk, path, progress)
                except BaseException:
                    self._disk.remove("")
                    raise
                snapshot = self._open()
                return Copied(snapshot.seq, snapshot.head)

    def catalog_text(self) -> bytes | None:
        """The economy's own catalog, or `None` when it has none."""
        with self._errors_named():
            try:
                return self._disk.read(layout.CATALOG_FILE)
            except (FileNotFoundError, NotADirectoryError):
                return None

    def write_catalog(self, text: bytes, now: datetime) -> bool:
        """Give the economy a catalog of its own, unless it has one; says whether it was written."""
        with self._errors_named():
            if not is_made(self._disk):
                self._make(now)
            with self._locked(shared=False):
                check_not_frozen(self._disk)
                if self._disk.exists(layout.CATALOG_FILE):
                    return False
                replace_durably(self._disk, layout.CATALOG_FILE, text)
                return True

    def _record(
        self, take: Callable[[Draft], list[T]], decide: Decide, now: datetime
    ) -> tuple[list[T], dict[int, Entry]]:
        """Let `take` decide on a draft, and record that; returns its answers, and the entries.

        The store is made when there is none, unless all is refused.
        """
        with self._errors_named():
            if not is_made(self._disk):
                draft = self._draft_on_nothing(decide, now)
                taken = take(draft)
                if taken and not draft.fresh:
                    return taken, {}
                self._make(now)
            with self._locked(shared=False):
                bulk = self._bulk
                snapshot = (bulk.resume() if bulk else None) or self._open_for_writing()
                draft = Draft(snapshot, decide, now)
                taken = take(draft)
                hold, more_follow = self._hold_interrupts, bulk is not None
                recorded = record(self._disk, snapshot, draft, hold, more_follow=more_follow)
                if bulk is not None:
                    bulk.leave(snapshot)
                return taken, {entry.seq: entry for entry in recorded}

    @contextmanager
    def _held_still(self) -> Iterator[None]:
        """Hold the lock for reading."""
        with self._errors_named(), self._locked_to_read():
            yield

    def _clock_or_none(self) -> Clock:
        """The clock in force, or the computer's when nobody can read what it is."""
        try:
            return read_clock(self._disk)
        except StoreDamaged:
            return Clock()

    def _finish(self, bulk: "Bulk") -> None:
        """Write what follows from a row of commits; who finds it undone will do it."""
        with self._locked(shared=False, wait_seconds=FINISH_WAIT_SECONDS):
            bulk.finish()

    def _try(self, take: Callable[[Draft], list[T]], decide: Decide, now: datetime) -> list[T]:
        """Let `take` decide on a draft that is not recorded; returns its answers."""
        with self._errors_named():
            if not is_made(self._disk):
                return take(self._draft_on_nothing(decide, now))
            with self._locked(shared=True):
                return take(Draft(self._open(), decide, now))

    def _draft_on_nothing(self, decide: Decide, now: datetime) -> Draft:
        """A draft of what would be done first in the store that could be made here."""
        from coins_cli.store.memory_store import MemoryStore

        check_can_be_made(self._disk, with_parents=self._make_parents)
        return Draft(MemoryStore(), decide, now)

    def _make(self, now: datetime) -> None:
        """Make an empty store, unless another process is quicker."""
        check_can_be_made(self._disk, with_parents=self._make_parents)
        make_folder(self._disk, with_parents=self._make_parents)
        with self._locked(shared=False):
            if is_made(self._disk):
                return
            check_can_be_made(self._disk, with_parents=self._make_parents)
            make_store(self._disk, self._new_id(), now)
        self._on_created(self._path)

    def _open(self) -> Snapshot:
        """The store as it is; what is believed of it is durable."""
        snapshot = open_snapshot(self._disk, read_store_file(self._disk).id)
        make_durable(self._disk, snapshot)
        return snapshot

    def _open_for_writing(self) -> Snapshot:
        """The store made ready: no torn tail, wallet files that are up to date, and room."""
        check_not_frozen(self._disk)
        snapshot = self._open()
        if snapshot.newest.torn:
            quarantine_tail(self._disk, snapshot)
            snapshot = self._open()
        if snapshot.newest.newline_missing:
            complete_line(self._disk, snapshot)
            snapshot = self._open()
        catch_up(self._disk, snapshot)
        if len(snapshot.newest.heads) >= self._segment_lines_max:
            from coins_cli.store.sealing import seal

            seal(self._disk, snapshot)
            snapshot = self._open()
        return snapshot

    @contextmanager
    def _locked(self, *, shared: bool, wait_seconds: float | None = None) -> Iterator[None]:
        """Hold the store's lock; nothing is kept open afterwards.

        Who waits for it holds the turn, so that a writer is not passed by all who come later.
        """
        waited = self._lock_wait_seconds if wait_seconds is None else wait_seconds
        deadline = time.monotonic() + waited
        with ExitStack() as held:
            with self._turn():
                left = max(0.0, deadline - time.monotonic())
                lock = self._disk.lock(layout.LOCK_FILE, shared=shared, wait_seconds=left)
                held.enter_context(lock)
            held.callback(self._disk.close)
            yield

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Hold the turn to wait for the lock. It is a courtesy: who cannot have it does without."""
        with ExitStack() as held:
            wait_seconds = min(TURN_WAIT_SECONDS, self._lock_wait_seconds)
            with suppress(OSError, LockTimeout):
                turn = self._disk.lock(layout.TURN_FILE, shared=False, wait_seconds=wait_seconds)
                held.enter_context(turn)
            yield

    @contextmanager
    def _locked_to_read(self, *, shared: bool = True) -> Iterator[None]:
        """Hold the lock of a store that must be there; `NoStore` when it is not."""
        if not is_made(self._disk):
            check_can_be_made(self._disk, with_parents=self._make_parents)
            raise NoStore(self._path)
        with self._locked(shared=shared):
            yield

    @contextmanager
    def _errors_named(self) -> Iterator[None]:
        """Check the place, and turn what the system refuses into errors with words."""
        try:
            self._disk.check()
            yield
        except LockTimeout:
            raise StoreLocked(self._path, waited_seconds=self._lock_wait_seconds) from None
        except OSError as error:
            if _is_elsewhere(str(error.filename or ""), os.path.abspath(self._path)):
                raise  # It is about something else that happened while the store was open.
            raise StoreNotWritable(self._path, reason(error)) from error


def _is_elsewhere(name: str, folder: str) -> bool:
    """Whether a file is neither in the store's folder nor one of the folders that hold it."""
    return os.path.isabs(name) and not (name.startswith(folder) or folder.startswith(name))
