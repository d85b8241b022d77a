"""An opened store: its newest segment in memory, everything older looked up where it lies.

Opening is recovery. The newest segment is read and checked line by line each time; what it says of
wallets and keys comes before what their files say, and a file outside it is believed only when the
line that it points to says the same.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NoReturn

import msgspec
from msgspec import Struct

from coins_cli.errors import CoinsError, StoreDamaged, TooLarge
from coins_cli.model.transactions import Entry, Totals, UnbalancedError
from coins_cli.model.wallets import Wallet
from coins_cli.store import layout
from coins_cli.store.checked_json import decode_checked, encode_checked
from coins_cli.store.disk import Disk
from coins_cli.store.journal import BadLine, Position, Written, decode_line
from coins_cli.store.key_index import (
    key_of_ending,
    keys_of_line,
    newest_sealed_line,
    positions_of_key,
)
from coins_cli.store.notes import note_names, read_note, write_note
from coins_cli.store.protocol import Note
from coins_cli.store.scanning import Located, Scan, begin, read_lines, take_lines
from coins_cli.store.wallet_files import WalletFile, decode_wallet

EDITED = "it does not pass its own check"
READ_BYTES = 4096
"""Read at a time to find the end of one line; most are shorter."""


class Witness(Struct, frozen=True):
    """What `head.json` says: the newest transaction when it was written, its segment, and the boot.

    It is written only after that transaction was durable, so a journal without it has lost
    something.
    """

    seq: int
    head: str
    segment: int
    boot: str


_witness_decoder = msgspec.json.Decoder(Witness)


class _Said(Struct, frozen=True):
    """The boot that a `head.json` names, whatever else it says."""

    boot: str


def encode_witness(witness: Witness) -> bytes:
    """The content of `head.json`."""
    return encode_checked(witness)


def read_witness(disk: Disk) -> Witness | None:
    """What `head.json` says, or `None` when it says nothing that can be believed."""
    try:
        return decode_checked(disk.read(layout.HEAD_FILE), _witness_decoder)
    except FileNotFoundError:
        return None


def is_head_file_edited(disk: Disk) -> bool:
    """Whether `head.json` says something that it does not vouch for, and no power failure did it.

    One tears it, and then the boot that it names has ended.
    """
    try:
        said = msgspec.json.decode(disk.read(layout.HEAD_FILE), type=_Said)
    except (FileNotFoundError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return said.boot == disk.boot() and read_witness(disk) is None


class Snapshot:
    """The store as it is while its lock is held. Implements `View` and `Base`."""

    def __init__(self, disk: Disk, newest: Scan, witness: Witness | None) -> None:
        self._disk = disk
        self.newest = newest
        self._witness = witness
        self._located: dict[str, Located | None] = {}
        self._seen: dict[str, WalletFile | bytes | None] = {}

    @property
    def seq(self) -> int:
        """The number of the newest transaction; 0 when there is none."""
        return self.newest.next_seq - 1

    @property
    def head(self) -> str:
        """The hash of the newest transaction, or of the store's id in an empty store."""
        return self.newest.head

    @property
    def file(self) -> str:
        """The name of the newest segment."""
        return layout.segment_file(self.newest.header.first)

    @property
    def newest_at(self) -> datetime | None:
        """The time of the newest transaction."""
        return self.newest.at

    @property
    def is_known_durable(self) -> bool:
        """Whether `head.json` proves that the newest line was synced."""
        return self._witness is not None and self._witness.seq == self.seq

    @property
    def is_segment_known_durable(self) -> bool:
        """Whether `head.json` proves that the folders lead to the newest segment durably."""
        witness = self._witness
        return (
            witness is not None and witness.seq > 0 and witness.segment == self.newest.header.first
        )

    @property
    def is_fully_derived(self) -> bool:
        """Whether no crash can have left a wallet file of the newest segment behind its line."""
        return (
            self._witness is not None
            and self._witness.seq == self.seq
            and self._witness.boot == self._disk.boot()
        )

    @property
    def totals(self) -> Totals:
        """The balances of the platform's accounts."""
        try:
            return self.newest.totals
        except TooLarge as error:
            raise StoreDamaged(self.file, error.message) from None

    def wallet(self, user: str) -> Wallet | None:
        """The wallet of `user`, or `None`; `StoreDamaged` when its file is not to be trusted."""
        located = self.locate(user)
        return located.wallet if located else None

    def locate(self, user: str) -> Located | None:
        """The wallet of `user` and the line that last touched it, or `None`; `StoreDamaged`."""
        if user not in self._located:
            self._located[user] = self._locate(user)
        return self._located[user]

    def _locate(self, user: str) -> Located | None:
        name = layout.wallet_file(user)
        filed = self._seen[user] = read_wallet_file(self._disk, name)
        if (newest := self.newest.wallets.get(user)) is not None:
            self._check_against_newest(name, filed, newest)
            return newest
        sealed = newest_sealed_line(self._disk, user)
        if filed is None:
            if sealed is not None:
                raise StoreDamaged(name, "the file is missing")
            return None
        if isinstance(filed, WalletFile) and filed.line.seq > self.seq:
            raise StoreDamaged(
                self.file, f"it ends before transaction {filed.line.seq}, which {name} has seen"
            )
        if isinstance(filed, bytes) or not is_confirmed(self._disk, filed, user):
            raise StoreDamaged(name, "the journal does not say so")
        if filed.line != sealed:
            _refuse_an_older(name, filed.line, sealed)
        return Located(filed.wallet(), filed.line)

    def go_on(self, lines: Iterable[Written], size: int) -> None:
        """Take the next lines, which are durable and `size` bytes long, for the newest ones."""
        for written in lines:
            self.newest.take(written)
            for wallet in written.line.wallets:
                self._located[wallet.user] = self.newest.wallets[wallet.user]
        self.newest.end += size

    def tell(self, sealed: "Snapshot", *, most: int) -> None:
        """Pass on what is known of wallets, at most of so many, to the store as it was sealed."""
        if len(self._located) <= most:
            self.note_written()
            sealed.believe(self._located, self._seen)

    def believe(
        self,
        located: dict[str, Located | None],
        seen: dict[str, WalletFile | bytes | None],
    ) -> None:
        """Take this for what the wallets and their files are."""
        self._located, self._seen = located, seen

    def note_written(self) -> None:
        """The files of all wallets that the newest segment touches say now what it says."""
        for user, located in self.newest.wallets.items():
            self._seen[user] = WalletFile.of(located.wallet, located.line)

    def check_files_as_seen(self) -> None:
        """Refuse a wallet file that is not what it was when it was looked at, and should not be."""
        for user in self.newest.wallets.keys() & self._seen.keys():
            name = layout.wallet_file(user)
            filed = read_wallet_file(self._disk, name)
            if filed != self._seen[user]:
                self._check_against_newest(name, filed, self.newest.wallets[user])

    def users(self) -> list[str]:
        """All handles, sorted; `StoreDamaged` when the journal has more or fewer."""
        ending = layout.WALLET_ENDING
        files = self._disk.names(layout.WALLETS)
        filed = {name.removesuffix(ending) for name in files if name.endswith(ending)}
        users = sorted(filed | self.newest.wallets.keys())
        if len(users) != self.newest.wallet_count:
            due = self.newest.wallet_count
            why = f"there are {len(users):,} wallets, and the journal has {due:,}"
            raise StoreDamaged(layout.WALLETS, why)
        return users

    def history(self, user: str) -> Iterator[Entry]:
        """The transactions that touched the wallet of `user`, newest first."""
        located = self.locate(user)
        position = located.line if located else None
        while position is not None:
            written = read_line_at(self._disk, position)
            place = written.line.place_of(user)
            if place is None:
                raise StoreDamaged(_place(position), f"it does not touch the wallet of {user}")
            yield entry_of(written)
            before = written.line.before[place]
            if before is not None and before.seq >= position.seq:
                raise StoreDamaged(_place(position), f"it leads forward, to {before.seq}")
            position = before

    def entries(self, after: int = 0) -> Iterator[Entry]:
        """All transactions, or those after number `after`, oldest first."""
        first, is_newest = self._segment_of(after + 1), False
        while not is_newest:
            data, segment = begin_segment(self._disk, first)
            for written in read_lines(data, segment):
                if written.line.seq > after:
                    yield entry_of(written)
                first = written.line.seq + 1
            is_newest = segment.header.first == self.newest.header.first
            if not is_newest and (segment.problem is not None or first == segment.header.first):
                name = layout.segment_file(segment.header.first)
                raise StoreDamaged(name, segment.problem or "it is empty")

    def entry(self, seq: int) -> Entry | None:
        """The transaction number `seq`, or `None`."""
        if not 1 <= seq <= self.seq:
            return None
        return next(self.entries(after=seq - 1))

    def entry_ending(self, seq: int) -> Entry | None:
        """The transaction that ended number `seq`, or `None`."""
        return self.entry_of_key(key_of_ending(seq))

    def entry_of_key(self, key: str) -> Entry | None:
        """The entry that stands under `key`, or `None`."""
        if (newest := self.newest.keys.get(key)) is not None:
            return entry_of(read_line_at(self._disk, newest))
        for position in positions_of_key(self._disk, key):
            written = read_line_at(self._disk, position)
            if key not in keys_of_line(written.line):
                raise StoreDamaged(layout.KEYS, f"it names {_place(position)} for another key")
            return entry_of(written)
        return None

    def _segment_of(self, seq: int) -> int:
        """The first number of the segment that has transaction `seq`, or would have it."""
        first = self.newest.header.first
        return first if first <= seq else segment_of(self._disk, seq)

    def noted(self, name: str) -> Note | None:
        """See `View.noted`."""
        return read_note(self._disk, name)

    def note(self, name: str, note: Note) -> None:
        """See `View.note`."""
        write_note(self._disk, name, note)

    def notes(self) -> list[str]:
        """See `View.notes`."""
        return note_names(self._disk)

    def _check_against_newest(
        self, name: str, filed: WalletFile | bytes | None, newest: Located
    ) -> None:
        """Refuse a file that no crash explains, although the newest segment outvotes it."""
        wallet, line = newest.wallet, newest.line
        if isinstance(filed, WalletFile) and filed == WalletFile.of(wallet, line):
            return
        if not explains(self._disk, self._witness, filed, wallet.user, line):
            otherwise = f"transaction {line.seq} says otherwise"
            raise StoreDamaged(name, "the file is missing" if filed is None else otherwise)


def read_line_at(disk: Disk, position: Position) -> Written:
    """The line at `position`, read from the disk; `StoreDamaged` when it is not there."""
    name = layout.segment_file(position.segment)
    raw = b""
    try:
        while b"\n" not in raw:
            chunk = disk.read_at(name, position.offset + len(raw), READ_BYTES)
            if not chunk:
                break
            raw += chunk
        whole, newline, _ = raw.partition(b"\n")
        # The newline of the newest line may be missing, or be a zero yet.
        line, head = decode_line(whole if newline else whole.rstrip(b"\0"))
    except (BadLine, OSError, OverflowError, ValueError) as error:
        raise StoreDamaged(_place(position), str(error)) from None
    if line.seq != position.seq:
        raise StoreDamaged(_place(position), f"it is transaction {line.seq}")
    return Written(line, position, head)


def read_wallet_file(disk: Disk, name: str) -> WalletFile | bytes | None:
    """What a wallet file says: as bytes when it is not one, `None` when there is none."""
    try:
        data = disk.read(name)
    except FileNotFoundError:
        return None
    return decode_wallet(data) or data


def is_confirmed(disk: Disk, filed: WalletFile, user: str) -> bool:
    """Whether the line that a wallet file points to says the same."""
    try:
        return _image(read_line_at(disk, filed.line), user) == filed.wallet()
    except (CoinsError, LookupError, ValueError):
        return False


def _refuse_an_older(name: str, filed: Position, sealed: Position | None) -> NoReturn:
    """Refuse a wallet file and an index of which one knows of a later line than the other."""
    if sealed is not None and sealed.seq > filed.seq:
        raise StoreDamaged(name, f"transaction {sealed.seq} says otherwise")
    raise StoreDamaged(layout.KEYS, f"it does not lead to transaction {filed.seq} of {name}")


def explains(
    disk: Disk,
    witness: Witness | None,
    filed: WalletFile | bytes | None,
    user: str,
    newest: Position,
) -> bool:
    """Whether a crash explains a wallet file that does not say what its `newest` line says.

    `head.json` is renamed into place after the wallet files, so what it has seen they show. A kill
    before that leaves the file of an older line, or none; a power failure may also leave a broken
    one. Neither leaves a whole file that no line of the journal confirms.
    """
    lost_power = witness is None or witness.boot != disk.boot()
    was_killed = witness is not None and newest.seq > witness.seq
    if filed is None:
        return lost_power or was_killed
    if isinstance(filed, bytes):
        return lost_power
    is_older = filed.line.seq < newest.seq
    return is_older and (lost_power or was_killed) and is_confirmed(disk, filed, user)


def open_snapshot(disk: Disk, store_id: str) -> Snapshot:
    """Open a store whose lock is held; `StoreDamaged` when its newest part cannot be trusted.

    Reads `head.json` and the newest segment; no folder is listed unless `head.json` is missing.
    """
    witness = read_witness(disk)
    if witness is None and is_head_file_edited(disk):
        raise StoreDamaged(layout.HEAD_FILE, EDITED)
    first = witness.segment if witness is not None else _newest_segment(disk)
    newest = _checked_segment(disk, first, store_id)
    while newest.heads and disk.exists(layout.segment_file(newest.next_seq)):
        newest = _checked_segment(disk, newest.next_seq, store_id)
    if newest.problem is not None and not newest.torn:
        where = layout.segment_file(newest.header.first)
        raise StoreDamaged(where, f"at transaction {newest.next_seq}, {newest.problem}")
    if witness is not None:
        _check_witness(witness, newest)
    return Snapshot(disk, newest, witness)


def read_segment(disk: Disk, first: int) -> Scan:
    """The segment that begins with number `first`, checked line by line; `StoreDamaged`."""
    return take_lines(*begin_segment(disk, first))


def begin_segment(disk: Disk, first: int) -> tuple[bytes, Scan]:
    """The bytes of the segment that begins with number `first`, and its header; `StoreDamaged`."""
    name = layout.segment_file(first)
    try:
        data = disk.read(name)
        segment = begin(data)
    except FileNotFoundError:
        raise StoreDamaged(name, "the file is missing") from None
    except BadLine as error:
        raise StoreDamaged(name, f"in its header, {error}") from None
    if segment.header.first != first:
        raise StoreDamaged(name, f"its header says that it begins with {segment.header.first}")
    return data, segment


def _checked_segment(disk: Disk, first: int, store_id: str) -> Scan:
    segment = read_segment(disk, first)
    if segment.header.store != store_id:
        raise StoreDamaged(layout.segment_file(first), "it belongs to another store")
    return segment


def segment_of(disk: Disk, seq: int) -> int:
    """The first number of the segment that has transaction `seq`, by listing the journal."""
    firsts = [first for first in _segments(disk) if first <= seq]
    if not firsts:
        raise StoreDamaged(layout.JOURNAL, f"no segment in it has transaction {seq}")
    return max(firsts)


def _newest_segment(disk: Disk) -> int:
    """The first number of the newest segment, by listing the journal."""
    firsts = _segments(disk)
    if not firsts:
        raise StoreDamaged(layout.JOURNAL, "there is no segment in it")
    return max(firsts)


def _segments(disk: Disk) -> list[int]:
    """The first numbers of all segments, in no order."""
    names = (f"{layout.JOURNAL}/{name}" for name in disk.names(layout.JOURNAL))
    return [first for name in names if (first := layout.segment_first(name)) is not None]


def _check_witness(witness: Witness, newest: Scan) -> None:
    """Refuse a journal that has lost, or tells differently, what `head.json` has seen."""
    index = witness.seq - newest.header.first
    if index >= len(newest.heads):
        raise StoreDamaged(
            layout.segment_file(newest.header.first),
            f"it ends before transaction {witness.seq}, which {layout.HEAD_FILE} has seen",
        )
    seen = newest.heads[index] if index >= 0 else newest.header.prev
    if index >= -1 and seen != witness.head:
        raise StoreDamaged(layout.HEAD_FILE, f"transaction {witness.seq} has another hash")


def entry_of(written: Written) -> Entry:
    """The line as every store answers it; `StoreDamaged` for a forged one."""
    try:
        return written.entry()
    except UnbalancedError:
        raise StoreDamaged(_place(written.position), "its postings do not sum to zero") from None


def _image(written: Written, user: str) -> Wallet:
    """The wallet of `user` right after a line; `LookupError` when it does not touch it."""
    place = written.line.place_of(user)
    if place is None:
        raise LookupError(user)
    return written.line.wallets[place]


def _place(position: Position) -> str:
    return f"{layout.segment_file(position.segment)}, transaction {position.seq}"
