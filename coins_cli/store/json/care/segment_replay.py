"""Replaying one segment of the journal on its own, so that several can be replayed in parallel."""

from array import array
from bisect import bisect_right
from contextlib import suppress
from datetime import datetime
from io import BytesIO

import msgspec
from msgspec import Struct

from coins_cli.collector import collector_paused
from coins_cli.errors import CoinsError, StoreDamaged
from coins_cli.model.replay import Replay, ReplayResult
from coins_cli.model.transactions import AnyRequest, Moment, Transaction
from coins_cli.store.json.derived.key_index import Digests, key_of_ending, key_of_wallet
from coins_cli.store.json.derived.line_places import place_of
from coins_cli.store.json.disk.folder import Disk
from coins_cli.store.json.journal.lines import (
    END,
    HASH_DIGITS,
    BadLine,
    Header,
    decode_header,
    decode_line,
    decode_unchained,
    encode_line,
)
from coins_cli.store.json.journal.segments import begin, read_lines
from coins_cli.store.json.opened import begin_segment, read_entry, read_header, segments
from coins_cli.store.protocol import Finding


class SegmentReplay(Struct):
    """The result of replaying one segment, and the findings that need no other segment.

    `header` is `None` if it cannot be read. `head` is the hash of the last transaction, `first_at`
    and `at` are the times of the first and the last, and `offsets` the starts of the lines.
    `digests` and `seqs` are the entries that the key index must have; the first `key_count` of them
    are of idempotency keys. `heads` are the wanted hashes by number.
    """

    name: str
    first: int
    header: Header | None
    replayed: ReplayResult
    findings: list[Finding]
    head: str
    first_at: datetime | None
    at: datetime | None
    offsets: "array[int]"
    digests: "array[int]"
    seqs: "array[int]"
    key_count: int
    heads: dict[int, str]


class _RecordedRequest(Struct, frozen=True, gc=False):
    """The part of a line that is needed to decide its request again."""

    at: Moment
    request: AnyRequest
    lines: int = 0


_decode_request = msgspec.json.Decoder(_RecordedRequest).decode


class _SegmentReader:
    """Replays a segment line by line, and collects findings instead of raising errors."""

    def __init__(self, disk: Disk, name: str, first: int, wanted: frozenset[int]) -> None:
        self.name = name
        self.first = first
        self.header: Header | None = None
        self.replay = Replay(self._find_transaction, first=first)
        self.findings: list[Finding] = []
        self.head = ""
        self.first_at: datetime | None = None
        self.at: datetime | None = None
        self.offsets = array("Q")
        self.heads: dict[int, str] = {}
        self._disk = disk
        self._wanted = wanted
        self._searched: dict[int, array[int]] = {}
        self._hashed = ""
        """The hash that the next line continues."""
        self._lines_of_write = 0
        """Lines so far of the write that is being read."""

    def read(self, data: bytes) -> None:
        """Replay all lines in `data`."""
        header_end = data.find(b"\n") + 1
        try:
            self.header, self._hashed = decode_header(data[: max(0, header_end - 1)])
            self.replay.set_prices(self.header.catalog)
        except BadLine as error:
            self._add_finding(self.name, f"in its header, {error}")
            return
        offset = header_end
        lines = BytesIO(data)  # shares the bytes of `data`, and makes one line at a time
        lines.seek(header_end)
        for raw in lines:
            self.offsets.append(offset)
            offset += len(raw)
            self._read_line(raw)
        if self._lines_of_write:
            self._add_finding(self._where(), "the rest of its write is missing")

    def result(self) -> SegmentReplay:
        """The result of the whole segment."""
        replay = self.replay
        digests, seqs = array("Q"), array("Q")
        if self.header is not None:
            digest_of = Digests(self.header.store).of
            keys = [
                *replay.keys.items(),
                *((key_of_ending(ended), seq) for ended, seq in replay.ended.items()),
                *(
                    (key_of_wallet(user), wallet.last)
                    for user, wallet in replay.wallets.items()
                    if wallet is not None and wallet.last >= self.first
                ),
            ]
            digests.extend([digest_of(key) for key, _ in keys])
            seqs.extend([seq for _, seq in keys])
        return SegmentReplay(
            self.name,
            self.first,
            self.header,
            replay.result(),
            self.findings,
            self.head,
            self.first_at,
            self.at,
            self.offsets,
            digests,
            seqs,
            len(replay.keys),
            self.heads,
        )

    def _read_line(self, raw: bytes) -> None:
        """Decide a line's request again, and compare the line that results byte by byte."""
        replay, seq = self.replay, self.replay.next_seq
        try:
            recorded = _decode_request(raw)
            due = replay.redo(
                recorded.request,
                recorded.at,
                recorded.lines,
                lambda: decode_unchained(raw[:-1])[0],
            )
            line, head = encode_line(due, self._hashed)
            is_right = line == raw
        except (CoinsError, LookupError, ValueError, RecursionError, BadLine):
            is_right = False
        if is_right:
            replay.take(due)
            transaction = due
        else:
            recorded_line = self._read_wrong_line(raw)
            if recorded_line is None:
                return
            transaction, head = recorded_line
        self._hashed = self.head = head
        if self.at is not None and transaction.at < self.at:
            self._add_finding(self._where(seq), "it is older than the one before")
        self.at = transaction.at
        self.first_at = self.first_at or transaction.at
        self._count_line(transaction, seq)
        if seq in self._wanted:
            self.heads[seq] = head

    def _read_wrong_line(self, raw: bytes) -> tuple[Transaction, str] | None:
        """Add the findings about a wrong line, and take its transaction.

        Returns the transaction as recorded and the line's hash, or `None` if it cannot be read. A
        wrong hash and a transaction against the rules are separate findings.
        """
        replay, where = self.replay, self._where(self.replay.next_seq)
        raw = raw.removesuffix(b"\n")
        is_hash_right = True
        try:
            recorded, head = decode_line(raw, self._hashed)
        except BadLine as error:
            is_hash_right = False
            self._add_finding(where, str(error))
            try:
                recorded, head = decode_unchained(raw)
            except BadLine:
                # The next line continues the hash that this one has, right or wrong.
                head = raw[-HASH_DIGITS - len(END) : -len(END)].decode("ascii", "replace")
                self._hashed = self.head = head
                replay.next_seq += 1
                return None
        if recorded.seq != replay.next_seq:
            self._add_finding(where, f"its own number is {recorded.seq}")
        problems = replay.check(recorded, replay.catalog)
        if is_hash_right and not problems and raw + b"\n" != encode_line(recorded, self._hashed)[0]:
            problems = ["it is not written as the program writes lines"]
        self.findings += [Finding(where, problem) for problem in problems]
        replay.next_seq = recorded.seq + 1
        return recorded, head

    def _count_line(self, transaction: Transaction, seq: int) -> None:
        """Count the lines of a write; at its last one, check that none is missing."""
        self._lines_of_write += 1
        if transaction.lines:
            if transaction.lines != self._lines_of_write:
                self._add_finding(self._where(seq), "a part of its write is missing")
            self._lines_of_write = 0

    def _find_transaction(self, seq: int) -> Transaction | None:
        """Read an older transaction; the replay of its own segment checks it."""
        if seq >= self.first:
            with suppress(StoreDamaged, OSError):
                offset = self.offsets[seq - self.first]
                header = read_header(self._disk, self.first)
                return read_entry(self._disk, header, seq, offset).transaction
            return None
        with suppress(StoreDamaged, OSError):
            first, offset = place_of(self._disk, seq)
            return read_entry(self._disk, read_header(self._disk, first), seq, offset).transaction
        return self._search(seq)

    def _search(self, seq: int) -> Transaction | None:
        """Read a transaction of an older segment where the file of places does not help."""
        firsts = segments(self._disk)
        first = firsts[max(0, bisect_right(firsts, seq) - 1)]
        with suppress(StoreDamaged, OSError, IndexError):
            if first not in self._searched:
                data, segment = begin_segment(self._disk, first)
                for _ in read_lines(data, segment):  # fills `segment.offsets`
                    pass
                self._searched[first] = segment.offsets
            offset = self._searched[first][seq - first]
            return read_entry(self._disk, read_header(self._disk, first), seq, offset).transaction
        return None

    def _add_finding(self, where: str, problem: str) -> None:
        self.findings.append(Finding(where, problem))

    def _where(self, seq: int | None = None) -> str:
        """The place of a finding; by default, of one about the last transaction that was read."""
        return f"{self.name}, transaction {seq or self.replay.next_seq - 1}"


def replay_segment(
    disk: Disk, name: str, first: int, wanted: frozenset[int], acknowledged: int | None
) -> SegmentReplay:
    """Replay a segment line by line.

    `first` is the number in its name; `wanted` are numbers whose hashes are returned.
    `acknowledged`, for the newest segment only, is the last transaction that is known to have been
    acknowledged. The rest of an interrupted write after it is no finding.
    """
    data = disk.read(name)
    if acknowledged is not None:
        data = _without_torn_tail(data, acknowledged)
    reader = _SegmentReader(disk, name, first, wanted)
    with collector_paused():
        reader.read(data)
    return reader.result()


def _without_torn_tail(data: bytes, acknowledged: int) -> bytes:
    """A segment without the rest of an interrupted write, if nothing of it was acknowledged."""
    try:
        segment = begin(data)
    except BadLine:
        return data
    for _ in read_lines(data, segment):  # sets `segment.end`, `torn` and `next_seq`
        pass
    return data[: segment.end] if segment.torn and acknowledged < segment.next_seq else data
