"""An opened store: an economy that looks up wallets, keys and old transactions in files.

A store is always opened as if after a crash. The newest segment is read and checked line by line;
its wallets and keys are used instead of those in files. Any other wallet file is trusted only if
the line that it names has the same wallet.
"""

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

from coins_cli.errors import CoinsError, InvalidHandle, StoreDamaged, TooLarge
from coins_cli.model.economy import BEGINNING, Economy, LazyWallets, Rules
from coins_cli.model.names import check_handle
from coins_cli.model.transactions import Entry, Transaction
from coins_cli.model.wallets import Wallet
from coins_cli.store.json import layout
from coins_cli.store.json.derived.checkpoint_files import (
    checkpoint_names,
    read_checkpoint,
    write_checkpoint,
)
from coins_cli.store.json.derived.head_file import EDITED, HeadRecord, is_head_edited, read_head
from coins_cli.store.json.derived.key_index import KeyIndex, key_of_ending, key_of_wallet, keys_of
from coins_cli.store.json.derived.line_places import place_of
from coins_cli.store.json.derived.wallet_files import (
    WalletFileContent,
    disagreement,
    is_edited,
    read_wallet_file,
)
from coins_cli.store.json.disk.folder import Disk
from coins_cli.store.json.journal.lines import (
    TAIL_BYTES,
    BadLine,
    Header,
    decode_header,
    decode_line,
)
from coins_cli.store.json.journal.segments import Segment, begin, read_lines
from coins_cli.store.protocol import Checkpoint

READ_BYTES = 4096
"""Bytes read at a time to find the end of a line; most lines are shorter."""
HEADERS_KEPT = 64
"""Cached headers of older segments."""
ENTRIES_KEPT = 4096
"""Cached entries. Replayed transactions are read twice: to find them, and to answer."""


class Opened(Economy):
    """The store while its lock is held. Implements `View`.

    `newest` is the segment that is written to. Without `rules`, the prices in its
    header are in force.
    """

    def __init__(
        self, disk: Disk, newest: Segment, record: HeadRecord | None, rules: Rules | None = None
    ) -> None:
        header = newest.header
        super().__init__(rules or Rules(header.catalog), header.at or BEGINNING)
        self.newest = newest
        self.index = KeyIndex(disk, header.store)
        self.next_seq, self.wallet_count = header.first, header.wallets
        self.totals = {**self.totals, **header.totals}
        self._disk = disk
        self._record = record
        self._headers: dict[int, Header] = {}
        self._read: dict[int, Entry] = {}
        self._of_newest: dict[str, Wallet | None] = {}
        self._filed: dict[str, WalletFileContent] = {}

    # -- the newest segment ----------------------------------------------------------------------

    def read_newest(self, data: bytes) -> None:
        """Take the lines of the newest segment; `StoreDamaged` if a total becomes too large."""
        entry = None
        try:
            for entry in read_lines(data, self.newest):
                self.take(entry.transaction)
        except TooLarge as error:
            raise StoreDamaged(self.file, error.message) from None
        if entry is not None:
            self.at = entry.transaction.at
        self._of_newest, self.wallets = self.wallets, LazyWallets(self.find_wallet)

    @property
    def seq(self) -> int:
        """The number of the newest transaction; 0 when there is none."""
        return self.newest.next_seq - 1

    @property
    def head(self) -> str:
        """The hash of the newest transaction; in an empty store, the hash of the store's id."""
        return self.newest.head

    @property
    def file(self) -> str:
        """The name of the newest segment."""
        return layout.segment_file(self.newest.header.first)

    @property
    def newest_at(self) -> datetime | None:
        """The time of the newest transaction."""
        return self.at if self.seq else None

    @property
    def lines(self) -> int:
        """The number of lines in the newest segment."""
        return len(self.newest.offsets)

    def has_prices_other_than(self, rules: Rules) -> bool:
        """True if the prices of the newest segment differ from those of `rules`."""
        return self.newest.header.catalog != rules.catalog

    @property
    def is_known_durable(self) -> bool:
        """True if `head.json` proves that the newest line was synced."""
        return self._record is not None and self._record.seq == self.seq

    @property
    def is_segment_known_durable(self) -> bool:
        """True if `head.json` proves that the newest segment's name is durable."""
        record = self._record
        # The file of a segment without lines may just have been replaced, for other prices.
        return record is not None and record.seq >= self.newest.header.first

    @property
    def is_journal_known_durable(self) -> bool:
        """True if `head.json` proves that the names of the journal's folders are durable."""
        return self._record is not None and self._record.seq > 0

    @property
    def is_fully_derived(self) -> bool:
        """True if no wallet file can be behind its line in the newest segment."""
        return self.is_known_durable and self.is_of_this_boot

    @property
    def is_of_this_boot(self) -> bool:
        """True if `head.json` was written in this run of the machine."""
        return self._record is not None and self._record.boot == self._disk.boot()

    def newest_wallets(self) -> dict[str, Wallet]:
        """The current wallets of the users that the newest segment touches."""
        first = self.newest.header.first
        wallets = {**self._of_newest, **self.wallets}
        return {
            user: wallet
            for user, wallet in wallets.items()
            if wallet is not None and wallet.last >= first
        }

    def is_new(self, user: str) -> bool:
        """True if the newest segment opened the wallet of `user`."""
        return user in self.opened_users

    def recorded(self, lines: Sequence[bytes], group: Sequence[Transaction], head: str) -> None:
        """Move the fresh transactions to the newest segment, which now has them as its `lines`."""
        newest, end = self.newest, self.newest.end
        offsets = array("Q")
        for line in lines:
            offsets.append(end)
            end += len(line)
        newest.offsets.extend(offsets)
        newest.end, newest.hashed, newest.next_seq = end, head, group[-1].seq + 1
        self.fresh.clear()
        self._read.clear()

    # -- look-ups in files -----------------------------------------------------------------------

    def wallet(self, user: str) -> Wallet | None:
        """The wallet of `user`, or `None`; `StoreDamaged` if its file cannot be trusted."""
        return self.wallets[user]

    def find_wallet(self, user: str) -> Wallet | None:
        """See `Economy.find_wallet`; `StoreDamaged` if its file cannot be trusted."""
        try:
            name = layout.wallet_file(check_handle(user))
        except InvalidHandle:
            return None
        filed = self._filed[user] = read_wallet_file(self._disk, name)
        if (newest := self._of_newest.get(user)) is not None:
            self._check_against_newest(name, filed, newest)
            return newest
        return self._sealed_wallet(name, user, filed)

    def _sealed_wallet(self, name: str, user: str, filed: WalletFileContent) -> Wallet | None:
        """The wallet of `user` in the line that the index names; `StoreDamaged` for a wrong file.

        After a killed batch, a file may be older than that line; after a power failure, it may be
        torn. A file that no line confirms was changed from outside.
        """
        sealed = self.index.newest(key_of_wallet(user))
        if filed is None:
            if sealed is None:
                return None
            raise StoreDamaged(name, "the file is missing")
        if isinstance(filed, Wallet):
            if filed.last > self.seq:
                why = f"it ends before transaction {filed.last}, which {name} has seen"
                raise StoreDamaged(self.file, why)
            if filed.user != user or not self.is_confirmed(filed):
                raise StoreDamaged(name, "the journal does not say so")
            if sealed is None or filed.last > sealed:
                why = f"it does not lead to transaction {filed.last} of {name}"
                raise StoreDamaged(layout.KEYS, why)
            if filed.last == sealed:
                return filed
        elif sealed is None or is_edited(filed):
            raise StoreDamaged(name, "the journal does not say so")
        wallet = self.read(sealed).transaction.wallet(user) if sealed <= self.seq else None
        if wallet is None:
            raise StoreDamaged(layout.KEYS, f"it names transaction {sealed} for {name}")
        return wallet

    def find_key(self, key: str) -> int | None:
        """See `Economy.find_key`."""
        return self._find(key)

    def find_ending(self, seq: int) -> int | None:
        """See `Economy.find_ending`."""
        return self._find(key_of_ending(seq))

    def find_transaction(self, seq: int) -> Transaction:
        """See `Economy.find_transaction`."""
        return self.read(seq).transaction

    def is_confirmed(self, filed: Wallet) -> bool:
        """True if the line named by a wallet file has the same wallet."""
        try:
            return 1 <= filed.last <= self.seq and (
                self.read(filed.last).transaction.wallet(filed.user) == filed
            )
        except (CoinsError, OSError):
            return False

    def read(self, seq: int) -> Entry:
        """Read transaction `seq`, which must exist, from the journal. Raises `StoreDamaged`."""
        if (entry := self._read.get(seq)) is None:
            if len(self._read) >= ENTRIES_KEPT:
                self._read.clear()
            entry = self._read[seq] = self._read_entry(seq)
        return entry

    def _read_entry(self, seq: int) -> Entry:
        newest = self.newest
        if seq >= newest.header.first:
            first, offset = newest.header.first, newest.offsets[seq - newest.header.first]
        else:
            first, offset = place_of(self._disk, seq)
        header = newest.header if first == newest.header.first else self._header(first)
        return read_entry(self._disk, header, seq, offset)

    def _header(self, first: int) -> Header:
        """The header of an older segment. Raises `StoreDamaged`."""
        if (header := self._headers.get(first)) is None:
            if len(self._headers) >= HEADERS_KEPT:
                self._headers.clear()
            header = self._headers[first] = read_header(self._disk, first)
        return header

    def _find(self, key: str) -> int | None:
        """The number of the transaction under `key` in the sealed segments; its line is checked."""
        for seq in self.index.find(key):
            found: list[str] = []
            if seq <= self.seq:
                transaction = self.read(seq).transaction
                if key in keys_of(transaction):
                    return seq
                wallets = (key_of_wallet(wallet.user) for wallet in transaction.wallets)
                found = [*keys_of(transaction), *wallets]
            if self.index.digests.of(key) not in map(self.index.digests.of, found):
                raise StoreDamaged(layout.KEYS, f"it names transaction {seq} for another key")
        return None

    def _check_against_newest(self, name: str, filed: WalletFileContent, newest: Wallet) -> None:
        """Raise `StoreDamaged` if a file disagrees with its line and no crash explains it.

        The wallet in the newest segment is right, but somebody has changed the file.
        """
        is_of_this_boot = self.is_of_this_boot
        if filed == newest or explains(
            filed, newest, self._record, self.is_confirmed, is_of_this_boot=is_of_this_boot
        ):
            return
        raise StoreDamaged(name, disagreement(filed, newest))

    # -- rows of commits -------------------------------------------------------------------------

    def hand_over(self, sealed: "Opened", written: Iterable[str], *, most: int) -> None:
        """Hand the wallet cache to `sealed`, the store after sealing, up to `most` entries.

        A larger cache is dropped. The files of the users in `written` agree with the cache.
        """
        if len(self.wallets) <= most:
            sealed.wallets.update(self.wallets)
            sealed._filed = {**self._filed, **{user: self.wallets[user] for user in written}}  # noqa: SLF001

    def check_file_as_seen(self, wallet: Wallet) -> None:
        """Raise `StoreDamaged` if a wallet file was changed since it was read."""
        if wallet.user in self._filed:
            name = layout.wallet_file(wallet.user)
            filed = read_wallet_file(self._disk, name)
            if filed != self._filed[wallet.user]:
                self._check_against_newest(name, filed, wallet)

    # -- reading ---------------------------------------------------------------------------------

    def users(self) -> list[str]:
        """All handles, sorted; `StoreDamaged` if the journal has more or fewer wallets."""
        ending = layout.WALLET_ENDING
        files = self._disk.names(layout.WALLETS)
        filed = {name.removesuffix(ending) for name in files if name.endswith(ending)}
        users = sorted(filed | self._of_newest.keys())
        if len(users) != self.wallet_count:
            why = f"there are {len(users):,} wallets, and the journal has {self.wallet_count:,}"
            raise StoreDamaged(layout.WALLETS, why)
        return users

    def history(self, user: str) -> Iterator[Entry]:
        """The transactions that touched the wallet of `user`, newest first."""
        wallet = self.wallet(user)
        seq = wallet.last if wallet else 0
        while seq:
            entry = self._read_entry(seq)
            if not entry.transaction.touches(user):
                raise StoreDamaged(self._place(seq), f"it does not touch the wallet of {user}")
            yield entry
            before = entry.transaction.before_of(user)
            if before >= seq:
                raise StoreDamaged(self._place(seq), f"it leads forward, to {before}")
            seq = before

    def entries(self, after: int = 0) -> Iterator[Entry]:
        """All transactions, or those after number `after`, oldest first."""
        first, is_newest = self.segment_of(after + 1), False
        while not is_newest:
            data, segment = begin_segment(self._disk, first)
            is_newest = first == self.newest.header.first
            for entry in read_lines(data, segment):
                if entry.transaction.seq > after:
                    yield entry
            if not is_newest and (segment.problem is not None or segment.next_seq == first):
                raise StoreDamaged(layout.segment_file(first), segment.problem or "it is empty")
            first = segment.next_seq

    def entry(self, seq: int) -> Entry | None:
        """The transaction number `seq`, or `None`."""
        return self.read(seq) if 1 <= seq <= self.seq else None

    def entry_ending(self, seq: int) -> Entry | None:
        """The transaction that ended number `seq`, or `None`."""
        found = self.ended.get(seq) or self.find_ending(seq)
        return None if found is None else self.read(found)

    def entry_of_key(self, key: str) -> Entry | None:
        """The transaction with the idempotency key, or `None`."""
        found = self.keys.get(key) or self.find_key(key)
        return None if found is None else self.read(found)

    def segment_of(self, seq: int) -> int:
        """The first number of the segment for transaction `seq`, which may not exist yet."""
        first = self.newest.header.first
        return first if first <= seq else place_of(self._disk, seq)[0]

    def checkpoint(self, name: str) -> Checkpoint | None:
        """See `View.checkpoint`."""
        return read_checkpoint(self._disk, name)

    def put_checkpoint(self, name: str, checkpoint: Checkpoint) -> None:
        """See `View.put_checkpoint`."""
        write_checkpoint(self._disk, name, checkpoint)

    def checkpoints(self) -> list[str]:
        """See `View.checkpoints`."""
        return checkpoint_names(self._disk)

    def _place(self, seq: int) -> str:
        return f"{layout.segment_file(self.segment_of(seq))}, transaction {seq}"


def explains(
    filed: WalletFileContent,
    newest: Wallet,
    record: HeadRecord | None,
    is_confirmed: Callable[[Wallet], bool],
    *,
    is_of_this_boot: bool,
) -> bool:
    """True if a crash explains a wallet file that disagrees with its `newest` line.

    `record`, the content of `head.json`, is written after the wallet files, so these agree with all
    lines up to it. A kill before that leaves an older wallet in the file, or no file; a power
    failure may also tear it. Neither leaves a whole file that no line of the journal confirms.
    """
    lost_power = not is_of_this_boot
    was_killed = record is not None and newest.last > record.seq
    if filed is None:
        return lost_power or was_killed
    if isinstance(filed, bytes):
        # A kill tears no file, but a file that `is_left_behind` may have been torn earlier.
        return lost_power or (was_killed and not is_edited(filed))
    is_older = filed.user == newest.user and filed.last < newest.last
    return is_older and (lost_power or was_killed) and is_confirmed(filed)


def is_left_behind(
    filed: WalletFileContent, newest: Wallet, is_confirmed: Callable[[Wallet], bool]
) -> bool:
    """True if a crash explains the file of a wallet whose `newest` line is in a sealed segment.

    A killed row of commits leaves older files, and a power failure may tear them. They need no
    mending, because the index names the newest line.
    """
    if isinstance(filed, Wallet):
        return filed.user == newest.user and filed.last < newest.last and is_confirmed(filed)
    return filed is not None and not is_edited(filed)


def open_store(disk: Disk, store_id: str, rules: Rules | None = None) -> Opened:
    """Open a store whose lock is held; `StoreDamaged` if its newest part cannot be trusted.

    Reads `head.json` and the newest segment, and lists the journal only if `head.json` is missing.
    """
    record = read_head(disk)
    if record is None and is_head_edited(disk):
        raise StoreDamaged(layout.HEAD_FILE, EDITED)
    first = record.segment if record is not None else newest_segment(disk)
    opened = _opened(disk, first, store_id, record, rules)
    while opened.lines and disk.exists(layout.segment_file(opened.next_seq)):
        opened = _opened(disk, opened.next_seq, store_id, record, rules)
    newest = opened.newest
    if newest.problem is not None and not newest.torn:
        raise StoreDamaged(opened.file, f"at transaction {newest.next_seq}, {newest.problem}")
    if record is not None:
        _check_record(record, opened)
    return opened


def _opened(
    disk: Disk, first: int, store_id: str, record: HeadRecord | None, rules: Rules | None
) -> Opened:
    """The store with the segment of transaction `first` as its newest one."""
    data, segment = begin_segment(disk, first)
    if segment.header.store != store_id:
        raise StoreDamaged(layout.segment_file(first), "it belongs to another store")
    opened = Opened(disk, segment, record, rules)
    opened.read_newest(data)
    return opened


def _check_record(record: HeadRecord, opened: Opened) -> None:
    """Raise `StoreDamaged` if the journal disagrees with `head.json` about a transaction."""
    newest = opened.newest
    if record.seq > opened.seq:
        why = f"it ends before transaction {record.seq}, which {layout.HEAD_FILE} has seen"
        raise StoreDamaged(opened.file, why)
    if record.seq < newest.header.first - 1:
        return
    is_before = record.seq == newest.header.first - 1
    seen = newest.header.prev if is_before else _hash_of(opened, record.seq)
    if seen != record.head:
        raise StoreDamaged(layout.HEAD_FILE, f"transaction {record.seq} has another hash")


def _hash_of(opened: Opened, seq: int) -> str:
    return opened.head if seq == opened.seq else opened.read(seq).head


def read_entry(disk: Disk, header: Header, seq: int, offset: int) -> Entry:
    """Read the line of transaction `seq` at `offset` in the segment with that `header`.

    Raises `StoreDamaged` if the line or its hash is wrong.
    """
    name = layout.segment_file(header.first)
    try:
        raw = b""
        while b"\n" not in raw[TAIL_BYTES:]:
            at = offset - TAIL_BYTES + len(raw)
            chunk = disk.read_at(name, at, READ_BYTES) if at >= 0 else b""
            if not chunk:
                break
            raw += chunk
        prev = raw[: TAIL_BYTES - 3]
        whole, newline, _ = raw[TAIL_BYTES:].partition(b"\n")
        # The newline of the newest line may be missing, or still be a zero.
        line = whole if newline else whole.rstrip(b"\0")
        transaction, head = decode_line(line, prev.decode("ascii", "replace"), header.format)
    except (BadLine, OSError, OverflowError) as error:
        raise StoreDamaged(f"{name}, transaction {seq}", str(error)) from None
    if transaction.seq != seq:
        raise StoreDamaged(f"{name}, transaction {seq}", f"it is transaction {transaction.seq}")
    return Entry(transaction, head, header.catalog)


def read_header(disk: Disk, first: int) -> Header:
    """Read the header of the segment that begins with `first`. Raises `StoreDamaged`."""
    name = layout.segment_file(first)
    raw = b""
    try:
        while b"\n" not in raw:
            chunk = disk.read_at(name, len(raw), READ_BYTES)
            if not chunk:
                break
            raw += chunk
        header = decode_header(raw.partition(b"\n")[0])[0]
    except FileNotFoundError:
        raise StoreDamaged(name, "the file is missing") from None
    except (BadLine, OSError) as error:
        raise StoreDamaged(name, f"in its header, {error}") from None
    _check_first(name, header, first)
    return header


def _check_first(name: str, header: Header, first: int) -> None:
    """Refuse a segment that stands under the name of another."""
    if header.first != first:
        raise StoreDamaged(name, f"its header says that it begins with {header.first}")


def begin_segment(disk: Disk, first: int) -> tuple[bytes, Segment]:
    """Read the segment that begins with `first`, and its header. Raises `StoreDamaged`."""
    name = layout.segment_file(first)
    try:
        data = disk.read(name)
        segment = begin(data)
    except FileNotFoundError:
        raise StoreDamaged(name, "the file is missing") from None
    except BadLine as error:
        raise StoreDamaged(name, f"in its header, {error}") from None
    _check_first(name, segment.header, first)
    return data, segment


def segments(disk: Disk) -> list[int]:
    """List the first numbers of all segments, sorted."""
    names = (f"{layout.JOURNAL}/{name}" for name in disk.names(layout.JOURNAL))
    return sorted(first for name in names if (first := layout.segment_first(name)) is not None)


def newest_segment(disk: Disk) -> int:
    """The first number of the newest segment, from a listing of the journal."""
    firsts = segments(disk)
    if not firsts:
        raise StoreDamaged(layout.JOURNAL, "there is no segment in it")
    return firsts[-1]
