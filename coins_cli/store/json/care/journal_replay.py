"""Replaying a whole journal: segments in parallel processes, and then their results in order."""

import os
from array import array
from collections.abc import Container, Iterator
from datetime import datetime
from functools import partial
from typing import Final

from coins_cli.errors import StoreDamaged, WorkerEnded
from coins_cli.files.interrupts import interrupts_blocked
from coins_cli.model.replay import Replay
from coins_cli.model.transactions import Totals, Transaction
from coins_cli.model.wallets import Wallet
from coins_cli.store.json import layout
from coins_cli.store.json.care.segment_replay import SegmentReplay, replay_segment
from coins_cli.store.json.derived.line_places import encode_places, place_in
from coins_cli.store.json.disk.folder import Disk, PosixDisk, become_worker, names_in
from coins_cli.store.json.journal.lines import Header, genesis
from coins_cli.store.json.opened import read_entry, read_header, segments
from coins_cli.store.protocol import Finding, Progress

BYTES_FOR_WORKERS: Final = 4 << 20
"""Bytes of a journal above which worker processes pay off."""


_NONE: Final[dict[int, Transaction]] = {}
"""No older transactions: the replay of the whole journal only adds the results of its segments."""


class JournalReplay:
    """The result of replaying the journal, and its findings.

    `places` is the due content of that file. `sealed_keys` are the index entries, digests and
    numbers, that must exist; `newest_keys` are those that may exist.
    """

    def __init__(self, store_id: str) -> None:
        self.findings: list[Finding] = []
        self.replay = Replay(_NONE.get)
        self.seq = 0
        self.head = genesis(store_id)
        self.heads = {0: self.head}
        self.newest_segment = 0
        self.segments: set[int] = set()
        self.places = bytearray()
        self.sealed_keys: set[tuple[int, int]] = set()
        self.newest_keys: set[tuple[int, int]] = set()
        self._newest_offsets = array("Q")
        self._seq_of_key: dict[int, int] = {}
        self._same_keys: list[tuple[str, int, int]] = []
        self._store_id = store_id
        self._at: datetime | None = None

    def follow(self, segment: SegmentReplay) -> None:
        """Add the result of the next segment."""
        if segment.first != self.seq + 1:
            self._find(segment.name, f"a segment that begins with {self.seq + 1} was due here")
        if segment.header is not None:
            self._check_header(segment.name, segment.header)
        if self._at and segment.first_at and segment.first_at < self._at:
            where = f"{segment.name}, transaction {segment.first}"
            self._find(where, "it is older than the one before")
        for seq, problem in self.replay.follow(segment.replayed):
            self._find(f"{segment.name}, transaction {seq}", problem)
        self.findings += segment.findings
        self._note_keys(segment)
        self.places += encode_places(self._newest_offsets)
        self._newest_offsets = segment.offsets
        self.sealed_keys |= self.newest_keys
        self.newest_keys = set(zip(segment.digests, segment.seqs, strict=True))
        self.heads.update(segment.heads)
        self.newest_segment = segment.first
        self.segments.add(segment.first)
        self.seq, self._at = segment.replayed.next_seq - 1, segment.at or self._at
        self.head = segment.head or self.head

    def is_confirmed(self, disk: Disk, filed: Wallet) -> bool:
        """True if the line named by a wallet file has the same wallet."""
        recorded = self._read(disk, filed.last)
        return recorded is not None and recorded.wallet(filed.user) == filed

    def finish(self, disk: Disk) -> None:
        """Check the whole."""
        for name, first, seq in self._same_keys:
            one, other = self._read(disk, first), self._read(disk, seq)
            if one is None or other is None or one.key == other.key:
                where = f"{name}, transaction {seq}"
                self._find(where, f"its key was used by transaction {first}")
        for problem in self.replay.finish():
            self._find(layout.JOURNAL, problem)

    def _note_keys(self, segment: SegmentReplay) -> None:
        """Note keys that seem to be those of older segments; a segment finds its own itself."""
        keys = zip(segment.digests[: segment.key_count], segment.seqs, strict=False)
        for digest, seq in keys:
            if (first := self._seq_of_key.setdefault(digest, seq)) != seq:
                self._same_keys.append((segment.name, first, seq))

    def _read(self, disk: Disk, seq: int) -> Transaction | None:
        """The transaction of that number, where it can be read."""
        places = self.places + encode_places(self._newest_offsets)
        try:
            first, offset = place_in(places, seq)
            return read_entry(disk, read_header(disk, first), seq, offset).transaction
        except (StoreDamaged, OSError):
            return None

    def _find(self, where: str, problem: str) -> None:
        self.findings.append(Finding(where, problem))

    def _check_header(self, name: str, header: Header) -> None:
        due = {
            "store": self._store_id,
            "first": self.seq + 1,
            "prev": self.head,
            "at": self._at,
            "wallets": self.replay.wallet_count,
            "totals": _without_zeros(self.replay.totals),
        }
        for field, value in due.items():
            if getattr(header, field) != value:
                self._find(name, f"in its header, '{field}' does not agree with the journal")


def replay_journal(
    disk: Disk,
    store_id: str,
    *,
    wanted: frozenset[int] = frozenset(),
    acknowledged: int = 0,
    without: Container[str] = (),
    progress: Progress | None = None,
) -> JournalReplay:
    """Replay every segment; the result's `heads` has the hashes of the numbers `wanted`.

    `acknowledged` is the newest number known to have been acknowledged, `without` are files that
    cannot be read, and `progress` is called with the segments done and all segments.
    """
    result = JournalReplay(store_id)
    names = [name for name in segment_names(disk) if name not in without]
    if not names:
        result.findings.append(Finding(layout.JOURNAL, "there is no segment in it"))
    for done, segment in enumerate(_replayed(disk, names, wanted, acknowledged), start=1):
        result.follow(segment)
        if progress is not None:
            progress(done, len(names))
    result.finish(disk)
    return result


def segment_names(disk: Disk) -> list[str]:
    """The journal's segments, oldest first."""
    return (
        [layout.segment_file(first) for first in segments(disk)]
        if names_in(disk, layout.JOURNAL)
        else []
    )


def _replayed(
    disk: Disk, names: list[str], wanted: frozenset[int], acknowledged: int
) -> Iterator[SegmentReplay]:
    """Replay each segment on its own, in worker processes if the journal is long."""
    replay_one = partial(_replay_named, disk, wanted, acknowledged, names[-1:])
    workers = min(os.cpu_count() or 1, len(names))
    is_long = sum(map(disk.size, names)) >= BYTES_FOR_WORKERS
    if workers < 2 or not is_long or not isinstance(disk, PosixDisk):  # noqa: PLR2004 - one is none
        yield from map(replay_one, names)
        return
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    with ProcessPoolExecutor(workers, initializer=become_worker, initargs=(os.getpid(),)) as pool:
        with interrupts_blocked():  # until each worker, which is forked here, handles them
            results = pool.map(replay_one, names)
        try:
            yield from results
        except BrokenProcessPool as error:
            raise WorkerEnded(disk.where) from error


def _replay_named(
    disk: Disk, wanted: frozenset[int], acknowledged: int, newest: list[str], name: str
) -> SegmentReplay:
    is_newest = name in newest
    return replay_segment(
        disk, name, layout.segment_first(name) or 0, wanted, acknowledged if is_newest else None
    )


def _without_zeros(totals: Totals) -> Totals:
    return {account: total for account, total in totals.items() if total}
