"""Replaying a JSON store from its first byte, and comparing all that is derived from it."""

from datetime import datetime

from coins_cli.model.replay import Replay
from coins_cli.model.transactions import UnbalancedError
from coins_cli.store import layout
from coins_cli.store.disk import Disk
from coins_cli.store.journal import (
    BadLine,
    Header,
    Position,
    Written,
    decode_header,
    decode_line,
    genesis,
    scan,
)
from coins_cli.store.key_index import index_line, indexed_keys, parse_index_line
from coins_cli.store.protocol import Audit, Finding
from coins_cli.store.snapshot import explains, read_wallet_file, read_witness
from coins_cli.store.wallet_files import WalletFile


def audit_store(disk: Disk, store_id: str) -> Audit:
    """Check everything that the store in `disk` says; its lock is held."""
    return _Auditor(disk, store_id).audit()


class _Auditor:
    """One pass over the journal, and then over what is derived from it."""

    def __init__(self, disk: Disk, store_id: str) -> None:
        self._disk = disk
        self._store_id = store_id
        self._witness = read_witness(disk)
        self._findings: list[Finding] = []
        self._replay = Replay()
        self._seq = 0
        self._head = genesis(store_id)
        self._head_at_witness = self._head if self._witness and self._witness.seq == 0 else None
        self._at: datetime | None = None
        self._segment = 0
        self._places: dict[str, Position] = {}
        self._sealed_keys: set[bytes] = set()
        self._newest_keys: set[bytes] = set()

    def audit(self) -> Audit:
        """All findings, in the order of the journal, then of the derived files."""
        self._check_journal()
        for problem in self._replay.finish():
            self._find(layout.JOURNAL, problem)
        self._check_head_file()
        self._check_wallet_files()
        self._check_key_index()
        return Audit(
            self._seq,
            len(self._replay.wallets),
            self._head,
            self._replay.coins_issued,
            tuple(self._findings),
        )

    def _find(self, where: str, problem: str) -> None:
        self._findings.append(Finding(where, problem))

    # -- the journal ---------------------------------------------------------------------------

    def _check_journal(self) -> None:
        names = sorted(name for name in self._disk.names(layout.JOURNAL) if name[0] != ".")
        if not names:
            self._find(layout.JOURNAL, "there is no segment in it")
        for name in names:
            path = f"{layout.JOURNAL}/{name}"
            if path != layout.segment_file(self._seq + 1):
                self._find(path, f"a segment that begins with {self._seq + 1} was due here")
            self._check_segment(path, is_newest=name == names[-1])

    def _check_segment(self, path: str, *, is_newest: bool) -> None:
        data = self._disk.read(path)
        header_end = data.find(b"\n") + 1
        try:
            header, _ = decode_header(data[: max(0, header_end - 1)])
        except BadLine as error:
            self._find(path, f"in its header, {error}")
            self._segment = self._seq + 1
        else:
            self._check_header(path, header)
            self._segment = header.first
        if is_newest:
            data = self._without_torn_tail(data)
        self._sealed_keys |= self._newest_keys
        self._newest_keys = set()
        offset = header_end
        for raw in data[header_end:].removesuffix(b"\n").split(b"\n") if data[header_end:] else []:
            self._check_line(path, raw, offset)
            offset += len(raw) + 1

    def _check_header(self, path: str, header: Header) -> None:
        due = Header(
            self._seq + 1,
            self._store_id,
            self._head,
            self._at,
            len(self._replay.wallets),
            self._replay.totals,
        )
        for field in header.__struct_fields__:
            if getattr(header, field) != getattr(due, field):
                self._find(path, f"in its header, '{field}' is not what the journal comes to")

    def _without_torn_tail(self, data: bytes) -> bytes:
        """The newest segment without what an interrupted write left, which the next one cuts."""
        try:
            newest = scan(data)
        except BadLine:
            return data
        seen = self._witness.seq if self._witness else 0
        return data[: newest.end] if newest.torn and seen < newest.next_seq else data

    def _check_line(self, path: str, raw: bytes, offset: int) -> None:
        try:
            line, head = decode_line(raw)
        except BadLine as error:
            self._seq += 1
            self._find(f"{path}, transaction {self._seq}", str(error))
            self._head = ""
            return
        where = f"{path}, transaction {line.seq}"
        if line.seq != self._seq + 1:
            self._find(where, f"transaction {self._seq + 1} was due here")
        elif self._head and line.prev != self._head:
            self._find(where, "it does not carry the hash of the one before")
        if self._at is not None and line.at < self._at:
            self._find(where, "it is older than the one before")
        self._seq, self._head, self._at = line.seq, head, line.at
        if self._witness is not None and line.seq == self._witness.seq:
            self._head_at_witness = head
        self._replay_line(where, Written(line, Position(line.seq, self._segment, offset), head))

    def _replay_line(self, where: str, written: Written) -> None:
        try:
            problems = list(self._replay.feed(written.entry()))
        except UnbalancedError:
            problems = ["its postings do not sum to zero"]
        for problem in problems:
            self._find(where, problem)
        for wallet, before in zip(written.line.wallets, written.line.before, strict=False):
            if before != self._places.get(wallet.user):
                self._find(where, f"it does not lead to the line before it for {wallet.user}")
            self._places[wallet.user] = written.position
        for key, position in indexed_keys([written]):
            self._newest_keys.add(index_line(key, position))

    # -- what is derived from it ---------------------------------------------------------------

    def _check_head_file(self) -> None:
        if self._witness is None:
            return
        if self._witness.seq > self._seq:
            self._find(
                layout.JOURNAL,
                f"it ends with transaction {self._seq}, and {layout.HEAD_FILE} has seen"
                f" {self._witness.seq}",
            )
        elif self._head_at_witness != self._witness.head:
            self._find(layout.HEAD_FILE, f"transaction {self._witness.seq} has another hash")

    def _check_wallet_files(self) -> None:
        for user, wallet in sorted(self._replay.wallets.items()):
            name = layout.wallet_file(user)
            position = self._places[user]
            filed = read_wallet_file(self._disk, name)
            if isinstance(filed, WalletFile) and filed == WalletFile.of(wallet, position):
                continue
            if position.segment != self._segment or not explains(
                self._disk, self._witness, filed, wallet.user, position
            ):
                missing = "the file is missing"
                otherwise = f"transaction {position.seq} says otherwise"
                self._find(name, missing if filed is None else otherwise)
        for name in sorted(self._disk.names(layout.WALLETS)):
            user = name.removesuffix(layout.WALLET_ENDING)
            if name.endswith(layout.WALLET_ENDING) and user not in self._replay.wallets:
                self._find(f"{layout.WALLETS}/{name}", "the journal knows no such wallet")

    def _check_key_index(self) -> None:
        found: set[bytes] = set()
        for name in self._disk.names(layout.KEYS):
            lines = self._disk.read(f"{layout.KEYS}/{name}").split(b"\n")
            found.update(line for line in lines if parse_index_line(line) is not None)
        for line in sorted(self._sealed_keys - found):
            self._find(layout.KEYS, f"the key of transaction {_seq_of(line)} is missing")
        for line in sorted(found - self._sealed_keys - self._newest_keys):
            self._find(layout.KEYS, f"transaction {_seq_of(line)} does not have such a key")


def _seq_of(index_line: bytes) -> str:
    return str(int(index_line.split(b" ")[1]))
