"""Checkpoint files: stored states of projections, which may be missing or torn.

Several readers may write the same one at once; the last one wins. `coins verify` computes each of
them again, and `coins repair` removes them.
"""

from contextlib import suppress
from typing import Final

import msgspec

from coins_cli.store.json import layout
from coins_cli.store.json.derived.checked_json import decode_checked, encode_checked
from coins_cli.store.json.disk.durability import replace
from coins_cli.store.json.disk.folder import Disk, names_in
from coins_cli.store.protocol import Checkpoint

_decoder: Final = msgspec.json.Decoder(Checkpoint)


def read_checkpoint(disk: Disk, name: str) -> Checkpoint | None:
    """The checkpoint of that name; `None` if it is missing, torn or edited."""
    try:
        return decode_checked(disk.read(layout.checkpoint_file(name)), _decoder)
    except OSError:
        return None


def write_checkpoint(disk: Disk, name: str, checkpoint: Checkpoint) -> None:
    """Write a checkpoint; errors of the disk are ignored."""
    with suppress(OSError):
        if not disk.exists(layout.VIEWS):
            disk.make_folder(layout.VIEWS)
        replace(disk, layout.checkpoint_file(name), encode_checked(checkpoint))


def checkpoint_names(disk: Disk) -> list[str]:
    """The names of the checkpoints, sorted."""
    files = [name for name in names_in(disk, layout.VIEWS) if not name.startswith(".")]
    return sorted(name.removesuffix(layout.CHECKPOINT_ENDING) for name in files)


def drop_checkpoints(disk: Disk) -> None:
    """Remove all checkpoints, and no other files beside them."""
    endings = (layout.CHECKPOINT_ENDING, layout.TEMPORARY_ENDING)
    for base in names_in(disk, layout.VIEWS):
        name = f"{layout.VIEWS}/{base}"
        if base.endswith(endings) and disk.kind(name) == "file":
            disk.remove(name)
