"""`head.json`: a record of the newest transaction, which reveals a journal that was cut short."""

from typing import Final

import msgspec
from msgspec import Struct

from coins_cli.store.json import layout
from coins_cli.store.json.derived.checked_json import decode_checked, encode_checked
from coins_cli.store.json.disk.folder import Disk

EDITED: Final = "it does not pass its own check"


class HeadRecord(Struct, frozen=True):
    """The number, hash and segment of the newest transaction, and the run of the machine.

    It is written after that transaction is durable, so a journal without it has lost lines.
    """

    seq: int
    head: str
    segment: int
    boot: str


class _BootOnly(Struct, frozen=True):
    """The run of the machine in a `head.json`, without its other fields."""

    boot: str


_decoder: Final = msgspec.json.Decoder(HeadRecord)


def encode_head(record: HeadRecord) -> bytes:
    """The content of the file."""
    return encode_checked(record)


def read_head(disk: Disk) -> HeadRecord | None:
    """Read `head.json`; `None` if it is missing, torn or edited."""
    try:
        return decode_checked(disk.read(layout.HEAD_FILE), _decoder)
    except FileNotFoundError:
        return None


def is_head_edited(disk: Disk) -> bool:
    """True if `head.json` was edited: its checksum fails, and no power failure explains that.

    A power failure ends the run of the machine that the file names.
    """
    try:
        found = msgspec.json.decode(disk.read(layout.HEAD_FILE), type=_BootOnly)
    except (FileNotFoundError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return found.boot == disk.boot() and read_head(disk) is None
