"""The file `places`: the segment and the offset of each sealed line. The lines confirm it.

It has 8 bytes for each transaction in order: the number of lines before it in its segment, and its
offset in bytes, each 4 bytes, little-endian.
"""

from collections.abc import Sequence
from struct import Struct as Packed
from typing import Final

from coins_cli.errors import StoreDamaged
from coins_cli.store.json import layout
from coins_cli.store.json.disk.durability import unshare
from coins_cli.store.json.disk.folder import Disk

_PLACE: Final = Packed("<II")
PLACE_BYTES: Final = _PLACE.size


def place_of(disk: Disk, seq: int) -> tuple[int, int]:
    """The first number of the segment of a sealed transaction, and the offset of its line there.

    Raises `StoreDamaged` if the file does not have it.
    """
    try:
        data = disk.read_at(layout.PLACES_FILE, PLACE_BYTES * (seq - 1), PLACE_BYTES)
    except FileNotFoundError:
        raise StoreDamaged(layout.PLACES_FILE, "the file is missing") from None
    return _decoded(data, seq)


def place_in(places: bytes | bytearray, seq: int) -> tuple[int, int]:
    """As `place_of`, from the content of the file."""
    begin = PLACE_BYTES * (seq - 1)
    return _decoded(places[begin : begin + PLACE_BYTES] if seq > 0 else b"", seq)


def _decoded(data: bytes | bytearray, seq: int) -> tuple[int, int]:
    if len(data) < PLACE_BYTES:
        raise StoreDamaged(layout.PLACES_FILE, f"it ends before transaction {seq}")
    lines_before, offset = _PLACE.unpack(data)
    if lines_before >= seq:
        raise StoreDamaged(layout.PLACES_FILE, f"it has no place of transaction {seq}")
    return seq - lines_before, offset


def encode_places(offsets: Sequence[int]) -> bytes:
    """The places of a segment's lines with these offsets, as in the file."""
    return b"".join(map(_PLACE.pack, range(len(offsets)), offsets))


def add_places(disk: Disk, first: int, offsets: Sequence[int]) -> None:
    """Add the places of the segment that begins with `first`; durable once the file is synced.

    Parts of an interrupted addition are cut off first.
    """
    due = PLACE_BYTES * (first - 1)
    try:
        size = disk.size(layout.PLACES_FILE)
    except FileNotFoundError:
        raise StoreDamaged(layout.PLACES_FILE, "the file is missing") from None
    unshare(disk, layout.PLACES_FILE)
    if size < due:
        raise StoreDamaged(layout.PLACES_FILE, f"it ends before transaction {first - 1}")
    if size > due:
        disk.truncate(layout.PLACES_FILE, due)
    disk.append(layout.PLACES_FILE, encode_places(offsets))
