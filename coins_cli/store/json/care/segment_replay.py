"""Replaying one segment of the journal on its own, so that several can be replayed in parallel."""

from array import array
from bisect import bisect_right
from contextlib import suppress
from datetime import datetime

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

    `header` is `None` if it cannot be read, and `head` is the hash of the last transaction.
    `offsets` are the starts of lines, `digests` and `seqs` the due entries of the index, of which
    the first `keys` are of callers' keys, and `heads` the wanted hashes by number.
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
    keys: int
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
        self._lines_of_write = 0

    def read(self, data: bytes) -> None:
        """Replay all lines in `data`."""
        header_end = data.find(b"\n") + 1
        try:
            self.header, self._hashed = decode_header(data[: max(0, header_end - 1)])
            self.replay.set_prices(self.header.catalog)
        except BadLine as error:
            self.find(self.name, f"in its header, {error}")
            return
        offset = header_end
        for raw in data[header_end:].splitlines(keepends=True):
            self.offsets.append(offset)
            offset += len(raw)
            self._read_line(raw)
        if self._lines_of_write:
            self.find(self._place(), "the rest of its write is missing")

    def find(self, where: str, problem: str) -> None:
        """Add a finding."""
        self.findings.append(Finding(where, problem))

    def result(self) -> SegmentReplay:
        """The result of the whole segment."""
        replay = self.replay
        digests, seqs = array("Q"), array("Q")
        if self.header is not None:
            of = Digests(self.header.store).of
            keys = [
                *replay.keys.items(),
                *((key_of_ending(ended), seq) for ended, seq in replay.ended.items()),
                *(
                    (key_of_wallet(user), wallet.last)
                    for user, wallet in replay.wallets.items()
                    if wallet is not None and wallet.last >= self.first
                ),
            ]
            digests.extend([of(key) for key, _ in keys])
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
            len(replay.keys) if digests else 0,
            self.heads,
        )

    def _read_line(self, raw: bytes) -> None:
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
        else:
            line_read = self._read_wrong_line(raw)
            if line_read is None:
                return
            due, head = line_read
        self._hashed = self.head = head
        if self.at is not None and due.at < self.at:
            self.find(self._place(seq), "it is older than the one before")
        self.at = due.at
        self.first_at = self.first_at or due.at
        self._count_line(due, seq)
        if seq in self._wanted:
            self.heads[seq] = head

    def _read_wrong_line(self, raw: bytes) -> tuple[Transaction, str] | None:
        """Add the findings about a wrong line, and take its transaction; `None` if unreadable.

        A wrong hash and a transaction against the rules are separate findings.
        """
        replay, where = self.replay, self._place(self.replay.next_seq)
        raw = raw.removesuffix(b"\n")
        is_sound = True
        try:
            recorded, head = decode_line(raw, self._hashed)
        except BadLine as error:
            is_sound = False
            self.find(where, str(error))
            try:
                recorded, head = decode_unchained(raw)
            except BadLine:
                self._hashed = self.head = raw[-HASH_DIGITS - 2 : -2].decode("ascii", "replace")
                replay.next_seq += 1
                return None
        if recorded.seq != replay.next_seq:
            self.find(where, f"its own number is {recorded.seq}")
        problems = replay.check(recorded, replay.catalog)
        if is_sound and not problems and raw + b"\n" != encode_line(recorded, self._hashed)[0]:
            problems = ["it is not written as the program writes lines"]
        self.findings += [Finding(where, problem) for problem in problems]
        replay.next_seq = recorded.seq + 1
        return recorded, head

    def _count_line(self, transaction: Transaction, seq: int) -> None:
        """Count the lines of a write, and check that none is missing."""
        self._lines_of_write += 1
        if transaction.lines:
            if transaction.lines != self._lines_of_write:
                self.find(self._place(seq), "a part of its write is missing")
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
        """Read a transaction of an older segment whose place is not in `places`."""
        firsts = segments(self._disk)
        first = firsts[max(0, bisect_right(firsts, seq) - 1)]
        with suppress(StoreDamaged, OSError, IndexError):
            if first not in self._searched:
                data, segment = begin_segment(self._disk, first)
                for _ in read_lines(data, segment):
                    pass
                self._searched[first] = segment.offsets
            offset = self._searched[first][seq - first]
            return read_entry(self._disk, read_header(self._disk, first), seq, offset).transaction
        return None

    def _place(self, seq: int | None = None) -> str:
        return f"{self.name}, transaction {seq or self.replay.next_seq - 1}"


def replay_segment(
    disk: Disk, name: str, first: int, wanted: frozenset[int], acknowledged: int | None
) -> SegmentReplay:
    """Replay a segment line by line.

    `first` is the number in its name; `wanted` are numbers whose hashes are returned. For the
    newest segment, `acknowledged` is the newest number known to have been acknowledged: the rest of
    an interrupted write after it is left out.
    """
    data = disk.read(name)
    if acknowledged is not None:
        data = _without_torn_tail(data, acknowledged)
    reader = _SegmentReader(disk, name, first, wanted)
    with collector_paused():
        reader.read(data)
    return reader.result()


def _without_torn_tail(data: bytes, acknowledged: int) -> bytes:
    try:
        segment = begin(data)
    except BadLine:
        return data
    for _ in read_lines(data, segment):
        pass
    return data[: segment.end] if segment.torn and acknowledged < segment.next_seq else data
