"""The index of sealed segments: where each idempotency key is, and each wallet's newest line.

Derived: each hit is confirmed elsewhere.

A key is found by its digest in one of 4,096 text files, each a line for each key:
`digest seq segment offset`, of a fixed width, so that a line that was cut short is never taken for
another. Lines are only ever added, when a segment is sealed; sealing twice after a crash adds a
line twice, which does no harm.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from coins_cli.store.disk import Disk
from coins_cli.store.journal import Line, Position
from coins_cli.store.layout import bucket_file, digest_of_key

_INDEX_LINE = re.compile(rb"[0-9a-f]{32} [0-9]{16} [0-9]{16} [0-9]{16}")


def key_of_wallet(user: str) -> str:
    """The key under which the lines of a wallet are indexed; no caller can choose such a key."""
    return f"wallet\n{user}"


def key_of_ending(seq: int) -> str:
    """The key under which what ended transaction `seq` is indexed; nor can one choose these."""
    return f"ended\n{seq}"


def keys_of_line(line: Line) -> Iterator[str]:
    """The keys under which a line is found: its caller's, and that of what it ends."""
    if line.key is not None:
        yield line.key
    if (ended := line.request.ends()) is not None:
        yield key_of_ending(ended)


def indexed_keys(
    of_lines: Iterable[tuple[str, Position]], newest_lines: Mapping[str, Position]
) -> Iterator[tuple[str, Position]]:
    """The keys that the index must hold for a segment: those of its lines, and those of wallets.

    `newest_lines` is the last line in the segment for each handle.
    """
    yield from of_lines
    for user, position in newest_lines.items():
        yield key_of_wallet(user), position


def positions_of_key(disk: Disk, key: str) -> list[Position]:
    """Where the index says that `key` was used; usually one place or none."""
    digest = digest_of_key(key)
    try:
        bucket = disk.read(bucket_file(digest))
    except FileNotFoundError:
        return []
    return [
        position
        for line in _lines_from(bucket, digest.encode())
        if (position := parse_index_line(line)) is not None
    ]


def newest_sealed_line(disk: Disk, user: str) -> Position | None:
    """Where the index says that the wallet of `user` was last touched by a sealed segment."""
    found = positions_of_key(disk, key_of_wallet(user))
    return max(found, key=lambda position: position.seq, default=None)


def index_line(key: str, position: Position) -> bytes:
    """The line of the index for `key`, without a newline."""
    places = f"{position.seq:016} {position.segment:016} {position.offset:016}"
    return f"{digest_of_key(key)} {places}".encode()


def parse_index_line(line: bytes) -> Position | None:
    """Where an index line leads, or `None` for what an interrupted addition left."""
    if not _INDEX_LINE.fullmatch(line):
        return None
    _, seq, segment, offset = line.split(b" ")
    return Position(int(seq), int(segment), int(offset))


def lines_in(bucket: bytes) -> set[bytes]:
    """The whole lines of an index file."""
    return {line for line in bucket.split(b"\n") if parse_index_line(line) is not None}


def add_keys(disk: Disk, keys: Iterable[tuple[str, Position]]) -> list[str]:
    """Add `keys` to the index, and return the files that must be synced."""
    additions: dict[str, list[bytes]] = {}
    for key, position in keys:
        name = bucket_file(digest_of_key(key))
        # The newline before it ends what an interrupted addition may have left.
        additions.setdefault(name, []).append(b"\n" + index_line(key, position))
    for name, lines in additions.items():
        disk.append(name, b"".join(lines) + b"\n")
    return list(additions)


def _lines_from(bucket: bytes, digest: bytes) -> Iterable[bytes]:
    start = bucket.find(b"\n" + digest)
    while start >= 0:
        end = bucket.find(b"\n", start + 1)
        if end < 0:
            return
        yield bucket[start + 1 : end]
        start = bucket.find(b"\n" + digest, end)
