"""Replaying one journal segment on its own, so that several can be replayed at once."""

from datetime import datetime

from msgspec import Struct

from coins_cli.model.replay import Replay
from coins_cli.model.transactions import Transaction, UnbalancedError
from coins_cli.store import layout
from coins_cli.store.disk import Disk, names_in
from coins_cli.store.journal import (
    BadLine,
    Header,
    Position,
    Written,
    decode_header,
    decode_line,
)
from coins_cli.store.key_index import index_line, indexed_keys, keys_of_line
from coins_cli.store.protocol import Finding
from coins_cli.store.scanning import scan


class SegmentReplay(Struct):
    """What one segment comes to, and what is wrong with it as far as it can tell alone.

    `prev` is the hash that its first line carries, `head` that of its last; they are empty where a
    line cannot be read. `assumed_before` says for each wallet which line touched it first, and
    where, by that line, the one before is. `heads` are the hashes that were asked for, and
    `endings` the transactions that end older ones, with their numbers.
    """

    name: str
    first: int
    header: Header | None
    replay: Replay
    findings: list[Finding]
    prev: str = ""
    head: str = ""
    seq: int = 0
    group: tuple[int, int] | None = None
    first_at: datetime | None = None
    at: datetime | None = None
    places: dict[str, Position] = {}
    assumed_before: dict[str, tuple[int, Position | None]] = {}
    keys: list[tuple[str, Position]] = []
    index_lines: set[bytes] = set()
    heads: dict[int, str] = {}
    endings: list[tuple[int, Transaction]] = []

    def find(self, where: str, problem: str) -> None:
        """Note that something is wrong."""
        self.findings.append(Finding(where, problem))


def replay_segment(
    disk: Disk, name: str, first: int, wanted: frozenset[int], acknowledged: int | None
) -> SegmentReplay:
    """Check a segment line by line. Nothing is raised for what is wrong with it: it is found.

    `first` is the number that its name says; `wanted` are numbers whose hashes to return. For the
    newest segment, `acknowledged` is the newest number that is known to have been acknowledged:
    what an interrupted write left after that is passed over.
    """
    data = disk.read(name)
    header_end = data.find(b"\n") + 1
    result = SegmentReplay(name, first, None, Replay(from_start=first == 1), [], seq=first - 1)
    try:
        result.header = decode_header(data[: max(0, header_end - 1)])[0]
    except BadLine as error:
        result.find(name, f"in its header, {error}")
    if acknowledged is not None:
        data = _without_torn_tail(data, acknowledged)
    offset = header_end
    while offset < len(data):
        end = data.find(b"\n", offset)
        end = end if end >= 0 else len(data)
        _check_line(result, data[offset:end], offset, wanted)
        offset = end + 1
    if result.group is not None and result.group[0] < result.group[1]:
        result.find(f"{name}, transaction {result.seq}", "the rest of its group is missing")
    for key, place in indexed_keys(result.keys, result.places):
        result.index_lines.add(index_line(key, place))
    result.keys.clear()  # The index lines say it all; a worker need not send both.
    return result


def _without_torn_tail(data: bytes, acknowledged: int) -> bytes:
    try:
        newest = scan(data)
    except BadLine:
        return data
    return data[: newest.end] if newest.torn and acknowledged < newest.next_seq else data


def _check_line(result: SegmentReplay, raw: bytes, offset: int, wanted: frozenset[int]) -> None:
    is_first = result.seq == result.first - 1
    try:
        line, head = decode_line(raw)
    except BadLine as error:
        result.seq += 1
        result.find(f"{result.name}, transaction {result.seq}", str(error))
        result.head = ""
        return
    where = f"{result.name}, transaction {line.seq}"
    if line.seq != result.seq + 1:
        result.find(where, f"transaction {result.seq + 1} was due here")
    elif is_first:
        result.prev, result.first_at = line.prev, line.at
    elif result.head and line.prev != result.head:
        result.find(where, "it does not carry the hash of the one before")
    if result.at is not None and line.at < result.at:
        result.find(where, "it is older than the one before")
    result.seq, result.head, result.at = line.seq, head, line.at
    _check_group(result, where, line.group)
    if line.seq in wanted:
        result.heads[line.seq] = head
    _replay_line(result, where, Written(line, Position(line.seq, result.first, offset), head))


def _check_group(result: SegmentReplay, where: str, group: tuple[int, int] | None) -> None:
    """Note a group of which a part is missing."""
    before = result.group
    due = (before[0] + 1, before[1]) if before is not None and before[0] < before[1] else None
    if group != due and (due is not None or (group is not None and group[0] != 1)):
        result.find(where, "a part of its group, or of the one before, is missing")
    result.group = group


def _replay_line(result: SegmentReplay, where: str, written: Written) -> None:
    try:
        entry = written.entry()
        for problem in result.replay.feed(entry):
            result.find(where, problem)
        if entry.transaction.request.ends() is not None:
            result.endings.append((entry.seq, entry.transaction))
    except UnbalancedError:
        result.find(where, "its postings do not sum to zero")
    for wallet, before in zip(written.line.wallets, written.line.before, strict=True):
        if wallet.user not in result.places:
            result.assumed_before[wallet.user] = (written.line.seq, before)
        elif before != result.places[wallet.user]:
            result.find(where, f"it does not lead to the line before it for {wallet.user}")
        result.places[wallet.user] = written.position
    for key in keys_of_line(written.line):
        result.keys.append((key, written.position))


def segment_names(disk: Disk) -> list[str]:
    """The journal's segments, oldest first."""
    names = (f"{layout.JOURNAL}/{name}" for name in names_in(disk, layout.JOURNAL))
    return sorted(name for name in names if layout.segment_first(name) is not None)
