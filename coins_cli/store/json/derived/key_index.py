"""The index of sealed segments: transactions by idempotency key, by ended transaction, by wallet.

Every hit is confirmed by the journal's line. The index consists of sorted runs, files that are
written when a segment is sealed and never changed: first the ascending digests of keys, then the
numbers of their transactions, each 8 bytes, little-endian. Runs of similar size are merged, so that
there are few. Digests are keyed by the store's id, so that nobody can choose keys that collide.
"""

import sys
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from struct import Struct as Packed
from typing import Final

from msgspec import Struct

from coins_cli.errors import StoreDamaged
from coins_cli.model.transactions import Transaction
from coins_cli.store.json import layout
from coins_cli.store.json.disk.durability import replace_durably
from coins_cli.store.json.disk.folder import Disk, names_in

ENTRY_BYTES: Final = 16
GROWTH: Final = 4
"""A run is merged with the next one if it is less than this many times as long."""
MERGED_AT_ONCE: Final = 1 << 16
"""Entries merged at a time, so that memory does not grow with the length of a run."""

_pack: Final = Packed(">QQ").pack
"""Packs a digest and a number such that their order is that of the bytes, which sort fastest."""

Pairs = tuple["array[int]", "array[int]"]
"""Digests, and the numbers of their transactions, in two arrays of one length."""


def key_of_wallet(user: str) -> str:
    """The index key of a wallet's lines; idempotency keys have no line breaks, so none is equal."""
    return f"wallet\n{user}"


def key_of_ending(seq: int) -> str:
    """The index key of the ending of transaction `seq`."""
    return f"ended\n{seq}"


def keys_of(transaction: Transaction) -> Iterator[str]:
    """The index keys of a transaction: its idempotency key, and that of the ended transaction."""
    if transaction.request.key is not None:
        yield transaction.request.key
    if (ended := transaction.request.ends()) is not None:
        yield key_of_ending(ended)


class Digests:
    """Computes the digests of keys in one store: 64 bits each."""

    def __init__(self, store_id: str) -> None:
        self._keyed = blake2b(digest_size=8, key=store_id.encode()[:64])

    def of(self, key: str) -> int:
        """The digest of `key`."""
        hashed = self._keyed.copy()
        hashed.update(key.encode("utf-8", "surrogatepass"))
        return int.from_bytes(hashed.digest(), "little")


class Run(Struct, frozen=True):
    """One sorted run: its file, its digests, and the numbers of their transactions."""

    name: str
    digests: Sequence[int]
    seqs: Sequence[int]


class KeyIndex:
    """All runs of a store, the oldest and largest first."""

    def __init__(self, disk: Disk, store_id: str) -> None:
        self.digests = Digests(store_id)
        self._disk = disk
        self._runs: list[Run] | None = None

    @property
    def runs(self) -> list[Run]:
        """The runs, read on first access."""
        if self._runs is None:
            self._runs = [read_run(self._disk, name) for name in run_names(self._disk)]
        return self._runs

    def find(self, key: str) -> list[int]:
        """The numbers of transactions that may have `key`; mostly one or none."""
        if not self.runs:
            return []
        digest, found = self.digests.of(key), []
        for run in self.runs:
            at = bisect_left(run.digests, digest)
            while at < len(run.digests) and run.digests[at] == digest:
                found.append(run.seqs[at])
                at += 1
        return found

    def newest(self, key: str) -> int | None:
        """The number of the newest transaction that may have `key`."""
        if not self.runs:
            return None
        digest, found = self.digests.of(key), []
        for run in self.runs:
            at = bisect_right(run.digests, digest) - 1
            if at >= 0 and run.digests[at] == digest:
                found.append(run.seqs[at])
        return max(found, default=None)

    def add(self, entries: Iterable[tuple[str, int]], first: int) -> None:
        """Add keys and numbers of the segment that begins with `first`, durably.

        Adding the same segment again, after a crash, does no harm.
        """
        records = [_pack(self.digests.of(key), seq) for key, seq in entries]
        if not records:
            return
        newest = _sorted(records)
        name, merged = layout.run_file(first), []
        runs = [run for run in self.runs if run.name != name]
        while runs and len(runs[-1].digests) < GROWTH * len(newest[0]):
            older = runs.pop()
            newest = merge((older.digests, older.seqs), newest)
            merged.append(older.name)
        if merged:
            name = merged[-1]
        replace_durably(self._disk, name, encode_run(newest))
        for older_name in merged[:-1]:
            self._disk.remove(older_name)
        self._runs = [*runs, Run(name, *newest)]


def run_names(disk: Disk) -> list[str]:
    """The names of the runs' files, oldest first."""
    names = (f"{layout.KEYS}/{base}" for base in names_in(disk, layout.KEYS))
    return sorted(name for name in names if name.endswith(layout.RUN_ENDING))


def read_run(disk: Disk, name: str) -> Run:
    """Read the run in a file; `StoreDamaged` if its length is impossible."""
    data = disk.view(name)
    if len(data) % ENTRY_BYTES:
        raise StoreDamaged(name, "it is not as long as an index can be")
    half = len(data) // 2
    if sys.byteorder == "little":
        return Run(name, data[:half].cast("Q"), data[half:].cast("Q"))
    return Run(name, *map(_swapped, (data[:half], data[half:])))  # pragma: no cover


def encode_run(pairs: Pairs) -> bytes:
    """The content of a run's file."""
    digests, seqs = pairs
    if sys.byteorder != "little":  # pragma: no cover
        digests, seqs = _swapped(digests), _swapped(seqs)
    return digests.tobytes() + seqs.tobytes()


def merge(older: tuple[Sequence[int], Sequence[int]], newer: Pairs) -> Pairs:
    """Merge two runs into one."""
    digests, seqs = array("Q"), array("Q")
    begin, begin_newer, size = 0, 0, len(older[0])
    while begin < size:
        last = older[0][min(size, begin + MERGED_AT_ONCE) - 1]
        # Entries with the same digest are sorted together, by their numbers.
        end, end_newer = bisect_right(older[0], last), bisect_right(newer[0], last)
        part = [
            *map(_pack, older[0][begin:end], older[1][begin:end]),
            *map(_pack, newer[0][begin_newer:end_newer], newer[1][begin_newer:end_newer]),
        ]
        for column, more in zip((digests, seqs), _sorted(part), strict=True):
            column.extend(more)
        begin, begin_newer = end, end_newer
    digests.extend(newer[0][begin_newer:])
    seqs.extend(newer[1][begin_newer:])
    return digests, seqs


def _sorted(records: list[bytes]) -> Pairs:
    """The digests and numbers of packed records, sorted by both."""
    records.sort()
    columns = array("Q", b"".join(records))
    if sys.byteorder == "little":  # pragma: no branch
        columns.byteswap()
    return columns[::2], columns[1::2]


def _swapped(data: "memoryview | array[int]") -> "array[int]":  # pragma: no cover
    swapped = array("Q", data.tobytes())
    swapped.byteswap()
    return swapped
