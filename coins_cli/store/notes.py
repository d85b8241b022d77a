"""What views note, to go on from there the next time: files that may vanish, or be torn.

Readers write them, while others read: who comes last stays. Derived: `coins verify` works each of
them out again, and `coins repair` drops them.
"""

from contextlib import suppress

import msgspec

from coins_cli.store import layout
from coins_cli.store.checked_json import decode_checked, encode_checked
from coins_cli.store.disk import Disk, names_in
from coins_cli.store.durability import replace
from coins_cli.store.protocol import Note

_decoder = msgspec.json.Decoder(Note)


def read_note(disk: Disk, name: str) -> Note | None:
    """What was noted under `name`, or `None` when that is nothing that can be believed."""
    try:
        return decode_checked(disk.read(layout.note_file(name)), _decoder)
    except OSError:
        return None


def write_note(disk: Disk, name: str, note: Note) -> None:
    """Keep a note, unless the disk refuses."""
    with suppress(OSError):
        if not disk.exists(layout.VIEWS):
            disk.make_folder(layout.VIEWS)
        replace(disk, layout.note_file(name), encode_checked(note))


def note_names(disk: Disk) -> list[str]:
    """The names under which something is noted, sorted."""
    files = [name for name in names_in(disk, layout.VIEWS) if not name.startswith(".")]
    return sorted(name.removesuffix(layout.NOTE_ENDING) for name in files)


def drop_notes(disk: Disk) -> None:
    """Remove all that was noted."""
    for name in names_in(disk, layout.VIEWS):
        disk.remove(f"{layout.VIEWS}/{name}")
