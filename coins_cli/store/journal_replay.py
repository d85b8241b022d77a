"""Replaying a whole journal: its segments at once on the cores there are, then put together."""

import os
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from functools import partial

from coins_cli.errors import StoreDamaged
from coins_cli.model.endings import does_end
from coins_cli.model.replay import Replay
from coins_cli.model.transactions import Entry, Transaction, UnbalancedError
from coins_cli.store import layout
from coins_cli.store.disk import Disk, PosixDisk, become_worker
from coins_cli.store.journal import Header, Position, genesis
from coins_cli.store.protocol import Finding, Progress
from coins_cli.store.scanning import read_lines
from coins_cli.store.segment_replay import SegmentReplay, replay_segment, segment_names
from coins_cli.store.snapshot import begin_segment

BYTES_FOR_WORKERS = 4 << 20
"""From how many bytes on other processes help; below, starting them costs more."""


class JournalReplay:
    """What the journal comes to, segment after segment, and what is wrong with it."""

    def __init__(self, store_id: str) -> None:
        self.findings: list[Finding] = []
        self.replay = Replay()
        self.seq = 0
        self.head = genesis(store_id)
        self.heads = {0: self.head}
        self.newest_segment = 0
        self.segments: set[int] = set()
        self.places: dict[str, Position] = {}
        self.sealed_index: set[bytes] = set()
        self.newest_index: set[bytes] = set()
        self.endings: list[tuple[int, Transaction]] = []
        self._store_id = store_id
        self._at: datetime | None = None

    def follow(self, segment: SegmentReplay) -> None:
        """Go on with the segment that comes next."""
        if segment.first != self.seq + 1:
            self._find(segment.name, f"a segment that begins with {self.seq + 1} was due here")
        if segment.header is not None:
            self._check_header(segment.name, segment.header)
        self._check_first_line(segment)
        for seq, problem in self.replay.follow(segment.replay):
            self._find(f"{segment.name}, transaction {seq}", problem)
        for user, (seq, before) in segment.assumed_before.items():
            if before != self.places.get(user):
                where = f"{segment.name}, transaction {seq}"
                self._find(where, f"it does not lead to the line before it for {user}")
        self.findings += segment.findings
        self.places.update(segment.places)
        self.sealed_index |= self.newest_index
        self.newest_index = segment.index_lines
        self.endings += segment.endings
        self.heads.update(segment.heads)
        self.newest_segment = segment.first
        self.segments.add(segment.first)
        self.seq, self._at = segment.seq, segment.at or self._at
        self.head = segment.head if segment.seq >= segment.first else self.head

    def finish(self) -> None:
        """Check the whole."""
        for problem in self.replay.finish():
            self._find(layout.JOURNAL, problem)

    def _find(self, where: str, problem: str) -> None:
        self.findings.append(Finding(where, problem))

    def _check_header(self, name: str, header: Header) -> None:
        due = Header(
            self.seq + 1,
            self._store_id,
            self.head,
            self._at,
            len(self.replay.wallets),
            self.replay.totals,
        )
        for field in header.__struct_fields__:
            if getattr(header, field) != getattr(due, field):
                self._find(name, f"in its header, '{field}' is not what the journal comes to")

    def _check_first_line(self, segment: SegmentReplay) -> None:
        where = f"{segment.name}, transaction {segment.first}"
        if self.head and segment.prev and segment.prev != self.head:
            self._find(where, "it does not carry the hash of the one before")
        if self._at is not None and segment.first_at is not None and segment.first_at < self._at:
            self._find(where, "it is older than the one before")


def replay_journal(
    disk: Disk,
    store_id: str,
    *,
    wanted: frozenset[int] = frozenset(),
    acknowledged: int = 0,
    progress: Progress | None = None,
) -> JournalReplay:
    """Replay every segment and put them together; `heads` has the hashes of the numbers `wanted`.

    `acknowledged` is the newest number that is known to have been acknowledged, and `progress` is
    told how many segments are done, and of how many.
    """
    result = JournalReplay(store_id)
    names = segment_names(disk)
    if not names:
        result.findings.append(Finding(layout.JOURNAL, "there is no segment in it"))
    for done, segment in enumerate(_replayed(disk, names, wanted, acknowledged), start=1):
        result.follow(segment)
        if progress is not None:
            progress(done, len(names))
    result.finish()
    result.findings += wrong_endings(disk, sorted(result.segments), result.endings)
    return result


def wrong_endings(
    disk: Disk, segments: list[int], endings: list[tuple[int, Transaction]]
) -> Iterator[Finding]:
    """What is wrong with transactions that end older ones: each ends one, once, by the rules.

    Those are read anew; where they cannot be, something else was found already.
    """
    ended: set[int] = set()
    by_segment: dict[int, list[tuple[int, int, Transaction]]] = {}
    for seq, ending in endings:
        past = ending.request.ends() or 0
        at = bisect_right(segments, past) - 1
        if not past < seq or past in ended or at < 0:
            yield Finding(f"transaction {seq}", f"it cannot end transaction {past}")
        else:
            by_segment.setdefault(segments[at], []).append((past, seq, ending))
        ended.add(past)
    for segment, found in sorted(by_segment.items()):
        entries = _entries_of(disk, segment, {past for past, _, _ in found})
        for past, seq, ending in found:
            if past in entries and not does_end(ending, entries[past].transaction):
                yield Finding(f"transaction {seq}", f"it cannot end transaction {past}")


def _entries_of(disk: Disk, first: int, wanted: set[int]) -> dict[int, Entry]:
    """The transactions `wanted` of a segment, by number, as far as they can be read."""
    entries = {}
    with suppress(StoreDamaged, UnbalancedError):
        for written in read_lines(*begin_segment(disk, first)):
            if written.line.seq in wanted:
                entries[written.line.seq] = written.entry()
    return entries


def _replayed(
    disk: Disk, names: list[str], wanted: frozenset[int], acknowledged: int
) -> Iterator[SegmentReplay]:
    """The segments, each replayed on its own; by several processes when there are many."""
    replay_one = partial(_replay_named, disk, wanted, acknowledged, names[-1:])
    workers = min(os.cpu_count() or 1, len(names))
    is_long = sum(map(disk.room, names)) >= BYTES_FOR_WORKERS
    if workers < 2 or not is_long or not isinstance(disk, PosixDisk):  # noqa: PLR2004 - one is none
        yield from map(replay_one, names)
        return
    from concurrent.futures import ProcessPoolExecutor

    with ProcessPoolExecutor(workers, initializer=become_worker, initargs=(os.getpid(),)) as pool:
        yield from pool.map(replay_one, names)


def _replay_named(
    disk: Disk, wanted: frozenset[int], acknowledged: int, newest: list[str], name: str
) -> SegmentReplay:
    is_newest = name in newest
    return replay_segment(
        disk, name, layout.segment_first(name) or 0, wanted, acknowledged if is_newest else None
    )
