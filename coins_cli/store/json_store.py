"""The JSON store: a folder with an append-only journal, and wallet files that follow from it.

A commit is one write and one `fdatasync` of the newest journal segment; that sync is the commit
point. Before it nothing has happened, and after it nothing can turn the answer into a failure:
wallet files and `head.json` are only renamed into place, and whoever opens the store next makes up
for what is missing. The layout is in `coins_cli.store.layout`, the lines in
`coins_cli.store.journal`.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Final

import msgspec
from msgspec import Struct

from coins_cli.errors import (
    NewerFormat,
    NoStore,
    NotAStore,
    OutcomeUnknown,
    StoreDamaged,
    StoreFrozen,
    StoreLocked,
    StoreNotWritable,
)
from coins_cli.model.transactions import Entry, Transaction
from coins_cli.store import layout
from coins_cli.store.disk import Disk, PosixDisk
from coins_cli.store.drafts import Draft
from coins_cli.store.interrupts import hold_interrupts
from coins_cli.store.journal import Header, Line, Position, encode, genesis
from coins_cli.store.key_index import add_keys, indexed_keys
from coins_cli.store.locks import LockTimeout
from coins_cli.store.memory_store import MemoryStore
from coins_cli.store.protocol import Applied, Audit, Decide, Intent
from coins_cli.store.snapshot import Snapshot, Witness, open_snapshot, read_wallet_file
from coins_cli.store.wallet_files import WalletFile, encode_wallet

SEGMENT_LINES_MAX: Final = 1_000
LOCK_WAIT_SECONDS: Final = 30.0


class StoreFile(Struct, frozen=True):
    """What `store.json` says."""

    format: int
    id: str
    created: datetime


def random_id() -> str:
    """An id that no other store has."""
    return os.urandom(16).hex()


class JsonStore:
    """A store in the folder at `path`. It is made by the first commit that is not refused.

    `on_created` is told the path when that happens; `make_parents` allows it to make the folders
    above it too. The other arguments are for tests, and for stories that must come out the same
    each time.
    """

    def __init__(
        self,
        path: str,
        *,
        on_created: Callable[[str], None] = lambda _: None,
        disk: Disk | None = None,
        make_parents: bool = False,
        new_id: Callable[[], str] = random_id,
        segment_lines_max: int = SEGMENT_LINES_MAX,
        lock_wait_seconds: float = LOCK_WAIT_SECONDS,
        hold_interrupts: Callable[[], Callable[[], None]] = hold_interrupts,
    ) -> None:
        self._path = path
        self._on_created = on_created
        self._make_parents = make_parents
        self._disk = disk or PosixDisk(path)
        self._new_id = new_id
        self._segment_lines_max = segment_lines_max
        self._lock_wait_seconds = lock_wait_seconds
        self._hold_interrupts = hold_interrupts

    @property
    def where(self) -> str:
        """The folder."""
        return self._path

    def commit(self, intents: Sequence[Intent], decide: Decide, now: datetime) -> list[Applied]:
        """See `Store.commit`. Raises `StoreUnusable` and its kin when the folder is not usable."""
        with self._errors_named():
            if not self._exists():
                MemoryStore().dry_run(intents, decide, now)
                self._create(now)
            with self._locked(shared=False):
                snapshot = self._open_for_writing()
                draft = Draft(snapshot, intents, decide, now)
                return draft.answers(self._record(snapshot, draft))

    def dry_run(
        self, intents: Sequence[Intent], decide: Decide, now: datetime
    ) -> list[Transaction]:
        """See `Store.dry_run`."""
        with self._errors_named():
            if not self._exists():
                return MemoryStore().dry_run(intents, decide, now)
            with self._locked(shared=True):
                return Draft(self._open(), intents, decide, now).transactions()

    @contextmanager
    def reading(self) -> Iterator[Snapshot]:
        """See `Store.reading`."""
        with self._errors_named(), self._locked_to_read():
            snapshot = self._open()
            self._make_durable(snapshot)
            yield snapshot

    def audit(self) -> Audit:
        """See `Store.audit`."""
        with self._errors_named(), self._locked_to_read():
            from coins_cli.store.json_audit import audit_store

            return audit_store(self._disk, self._store_file().id)

    @property
    def catalog_path(self) -> str:
        """Where the economy's own catalog is, or would be."""
        return os.path.join(self._path, layout.CATALOG_FILE)

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
            if not self._exists():
                self._create(now)
            with self._locked(shared=False):
                self._check_not_frozen()
                if self._disk.exists(layout.CATALOG_FILE):
                    return False
                self._replace_durably(layout.CATALOG_FILE, text)
                return True

    # -- opening -------------------------------------------------------------------------------

    def _exists(self) -> bool:
        return self._disk.exists(layout.STORE_FILE)

    def _store_file(self) -> StoreFile:
        try:
            found = msgspec.json.decode(self._disk.read(layout.STORE_FILE), type=StoreFile)
        except msgspec.DecodeError:
            raise StoreDamaged(layout.STORE_FILE, "it cannot be read") from None
        if found.format > layout.FORMAT:
            raise NewerFormat(self._path, found=found.format, known=layout.FORMAT)
        return found

    def _open(self) -> Snapshot:
        return open_snapshot(self._disk, self._store_file().id)

    def _open_for_writing(self) -> Snapshot:
        """The store made ready: no torn tail, all lines durable and in the wallet files, and room."""
        self._check_not_frozen()
        snapshot = self._open()
        if snapshot.newest.torn:
            self._quarantine_tail(snapshot)
            snapshot = self._open()
        self._make_durable(snapshot)
        if not snapshot.is_fully_derived:
            self._write_wallet_files(snapshot)
        if len(snapshot.newest.lines) >= self._segment_lines_max:
            self._seal(snapshot)
            snapshot = self._open()
        return snapshot

    def _make_durable(self, snapshot: Snapshot) -> None:
        """Sync what an earlier process wrote and may not have synced, before it is believed."""
        if not snapshot.is_known_durable:
            self._sync_or_freeze(_newest_file(snapshot))

    def _sync_or_freeze(self, name: str) -> None:
        """Sync a file or a folder whose content cannot be written again; freeze when that fails.

        After a failed sync the system may take the lost pages for written, so that the next sync
        succeeds without having saved anything.
        """
        try:
            self._disk.sync(name)
        except OSError as error:
            self._freeze()
            raise StoreFrozen(self._path, _reason(error)) from error

    def _freeze(self) -> None:
        with suppress(OSError):
            self._disk.write(layout.FROZEN_FILE, b"")

    def _check_not_frozen(self) -> None:
        if self._disk.exists(layout.FROZEN_FILE):
            raise StoreFrozen(self._path, "an earlier sync failed")

    def _quarantine_tail(self, snapshot: Snapshot) -> None:
        """Move what an interrupted write left out of the journal, and keep it.

        Refused when a wallet file names a transaction in it: then it was acknowledged.
        """
        name, end = _newest_file(snapshot), snapshot.newest.end
        for user in snapshot.users():
            wallet_file = layout.wallet_file(user)
            filed = read_wallet_file(self._disk, wallet_file)
            if isinstance(filed, WalletFile) and filed.line.seq >= snapshot.newest.next_seq:
                raise StoreDamaged(
                    name,
                    f"it ends before transaction {filed.line.seq}, which {wallet_file} has seen",
                )
        if not self._disk.exists(layout.QUARANTINE):
            self._disk.make_folder(layout.QUARANTINE)
        kept = f"{layout.QUARANTINE}/{snapshot.newest.next_seq:012}-{end}.jsonl"
        self._disk.write(kept, self._disk.read(name)[end:])
        self._disk.sync(kept)
        self._disk.sync(layout.QUARANTINE)
        self._disk.truncate(name, end)
        self._disk.sync(name)

    # -- recording -----------------------------------------------------------------------------

    def _record(self, snapshot: Snapshot, draft: Draft) -> list[Entry]:
        """Make the draft's fresh transactions the newest lines of the journal. The commit."""
        if not draft.fresh:
            return []
        group = _encode_group(snapshot, draft)
        newest = group.entries[-1]
        witness = Witness(newest.seq, newest.head, snapshot.newest.header.first, self._disk.boot())
        derived = {
            layout.wallet_file(user): encode_wallet(draft.wallets[user], position)
            for user, position in group.newest_lines.items()
        }
        derived[layout.HEAD_FILE] = _json(witness)
        for name, data in derived.items():
            self._disk.write(layout.temporary_of(name), data)
        let_through = self._hold_interrupts()
        try:
            self._append_durably(_newest_file(snapshot), snapshot.newest.end, group.data)
            # The commit point has passed: from here on the answer is yes.
            with suppress(OSError):
                for name in derived:
                    self._disk.rename(layout.temporary_of(name), name)
        finally:
            let_through()
        return group.entries

    def _append_durably(self, name: str, end: int, data: bytes) -> None:
        """Append and sync; after a failure take it back, or freeze the store if that fails too."""
        try:
            self._disk.append(name, data)
            self._disk.sync(name)
        except OSError as error:
            try:
                self._disk.truncate(name, end)
                self._disk.sync(name)
            except OSError as second:
                self._freeze()
                why = f"{_reason(error)}, then {_reason(second)}"
                raise OutcomeUnknown(self._path, why) from error
            raise

    # -- sealing -------------------------------------------------------------------------------

    def _seal(self, snapshot: Snapshot) -> None:
        """Make all that is derived from the newest segment durable, then begin the next one."""
        names = self._write_wallet_files(snapshot)
        names += add_keys(self._disk, indexed_keys(snapshot.newest.lines))
        for name in [*names, layout.WALLETS, layout.KEYS]:
            self._sync_or_freeze(name)
        header = Header(
            first=snapshot.seq + 1,
            store=snapshot.newest.header.store,
            prev=snapshot.head,
            at=snapshot.newest_at,
            wallets=snapshot.wallet_count,
            totals=snapshot.totals,
        )
        self._replace_durably(layout.segment_file(header.first), encode(header)[0])
        with suppress(OSError):
            self._disk.protect(_newest_file(snapshot))
        witness = Witness(snapshot.seq, snapshot.head, header.first, self._disk.boot())
        self._replace_durably(layout.HEAD_FILE, _json(witness))

    def _write_wallet_files(self, snapshot: Snapshot) -> list[str]:
        """Bring the wallet files up to the newest segment; returns those that it touches."""
        names = []
        for user in snapshot.touched():
            located = snapshot.locate(user)
            if located is not None:
                name = layout.wallet_file(user)
                data = encode_wallet(located.wallet, located.line)
                if not self._disk.exists(name) or self._disk.read(name) != data:
                    self._disk.write(layout.temporary_of(name), data)
                    self._disk.rename(layout.temporary_of(name), name)
                names.append(name)
        return names

    # -- making --------------------------------------------------------------------------------

    def _create(self, now: datetime) -> None:
        """Make an empty store. `store.json` comes last: until then there is none."""
        self._check_can_be_made()
        if self._make_parents:
            self._disk.make_parents()
        with suppress(FileExistsError):
            self._disk.make_folder("")
            self._disk.sync("..")
        with self._locked(shared=False):
            if self._exists():
                return
            self._check_can_be_made()
            for folder in (layout.JOURNAL, layout.WALLETS, layout.KEYS):
                with suppress(FileExistsError):
                    self._disk.make_folder(folder)
            store_file = StoreFile(layout.FORMAT, self._new_id(), now)
            head = genesis(store_file.id)
            header = Header(1, store_file.id, head, None, 0, {})
            self._replace_durably(layout.segment_file(1), encode(header)[0])
            self._replace_durably(layout.HEAD_FILE, _json(Witness(0, head, 1, self._disk.boot())))
            self._replace_durably(layout.STORE_FILE, _json(store_file))
        self._on_created(self._path)

    def _check_can_be_made(self) -> None:
        """Refuse a path where no store can be: without a parent, a file, or used otherwise.

        What an interrupted making left is no obstacle; a journal with transactions in it is.
        """
        if not (self._make_parents or self._disk.has_parent()):
            raise StoreNotWritable(self._path, "its parent folder does not exist")
        try:
            found = self._disk.names("")
        except FileNotFoundError:
            return
        except NotADirectoryError:
            raise NotAStore(self._path, "it is a file") from None
        strange = [name for name in found if not layout.is_ours(name)]
        if strange:
            raise NotAStore(self._path, f"it holds other things, like {min(strange)}")
        if layout.JOURNAL in found and self._has_transactions():
            raise StoreDamaged(layout.STORE_FILE, "the file is missing")

    def _has_transactions(self) -> bool:
        segments = [name for name in self._disk.names(layout.JOURNAL) if not name.startswith(".")]
        if len(segments) > 1:
            return True
        return any(
            self._disk.read(f"{layout.JOURNAL}/{name}").count(b"\n") > 1 for name in segments
        )

    def _replace_durably(self, name: str, data: bytes) -> None:
        """Make `data` a file's content such that after a crash there is the old or the new one.

        The sync before the rename keeps the name from leading to a file without its content; the
        sync of the folder makes the rename itself durable.
        """
        temporary = layout.temporary_of(name)
        self._disk.write(temporary, data)
        self._disk.sync(temporary)
        self._disk.rename(temporary, name)
        self._sync_or_freeze(name.rpartition("/")[0])

    # -- around everything ---------------------------------------------------------------------

    @contextmanager
    def _locked(self, *, shared: bool) -> Iterator[None]:
        """Hold the store's lock; nothing is kept open afterwards."""
        lock = self._disk.lock(
            layout.LOCK_FILE, shared=shared, wait_seconds=self._lock_wait_seconds
        )
        with lock:
            try:
                yield
            finally:
                self._disk.close()

    @contextmanager
    def _locked_to_read(self) -> Iterator[None]:
        """Hold the lock among readers; `NoStore` when there is nothing to read."""
        if not self._exists():
            self._check_can_be_made()
            raise NoStore(self._path)
        with self._locked(shared=True):
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
            raise StoreNotWritable(self._path, _reason(error)) from error


class _Group(Struct):
    """The lines of one commit, as bytes and as entries, and the newest line of each wallet."""

    data: bytes
    entries: list[Entry]
    newest_lines: dict[str, Position]


def _encode_group(snapshot: Snapshot, draft: Draft) -> _Group:
    """Write the draft's fresh transactions as the lines that follow the newest one."""
    newest = snapshot.newest
    chunks = [b"\n"] if newest.newline_missing else []
    group = _Group(b"", [], {})
    offset, prev = newest.end + len(chunks), snapshot.head
    for place, fresh in enumerate(draft.fresh, start=1):
        position = Position(fresh.seq, newest.header.first, offset)
        users = [wallet.user for wallet in fresh.transaction.wallets]
        line = Line(
            seq=fresh.seq,
            at=fresh.transaction.at,
            request=fresh.transaction.request,
            outcome=fresh.transaction.outcome,
            terms=fresh.transaction.terms,
            postings=fresh.transaction.postings,
            wallets=fresh.transaction.wallets,
            before=tuple(
                group.newest_lines.get(user) or _line_of(snapshot, user) for user in users
            ),
            prev=prev,
            key=fresh.key,
            group=(place, len(draft.fresh)) if len(draft.fresh) > 1 else None,
        )
        raw, prev = encode(line)
        chunks.append(raw)
        offset += len(raw)
        group.entries.append(Entry(fresh.seq, prev, fresh.key, fresh.transaction))
        group.newest_lines.update((user, position) for user in users)
    group.data = b"".join(chunks)
    return group


def _line_of(snapshot: Snapshot, user: str) -> Position | None:
    located = snapshot.locate(user)
    return located.line if located else None


def _newest_file(snapshot: Snapshot) -> str:
    return layout.segment_file(snapshot.newest.header.first)


def _json(value: Struct) -> bytes:
    return msgspec.json.encode(value) + b"\n"


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
