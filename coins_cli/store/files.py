"""Files that are written for people, elsewhere than in a store: complete, or not there at all."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO

from coins_cli.errors import FileInTheWay, FileNotWritable
from coins_cli.store.disk import PosixDisk
from coins_cli.store.durability import reason


@contextmanager
def complete_file(
    path: str, *, force: bool | None = None, private: bool = False
) -> Iterator[BinaryIO]:
    """A new file that gets its name once it is complete and on the disk.

    With `force` it takes the place of one that is there, and `None` says that nobody can choose
    that; a `private` one only its owner can read.
    Raises `FileInTheWay` and `FileNotWritable`; then, and whenever the context ends by an error,
    nothing is left.
    """
    try:
        with _named_in_the_end(path, force=force, private=private) as file:
            yield file
    except OSError as error:
        raise FileNotWritable(path, reason(error)) from error


def write_file(path: str, data: bytes, *, force: bool = False) -> None:
    """Write a new file with that content. Raises `FileInTheWay` and `FileNotWritable`."""
    with complete_file(path, force=force) as file:
        file.write(data)


@contextmanager
def _named_in_the_end(path: str, *, force: bool | None, private: bool) -> Iterator[BinaryIO]:
    _check_not_in_the_way(path, force=force)
    folder = os.path.dirname(os.path.abspath(path))
    fd, temporary = tempfile.mkstemp(prefix=".coins-", dir=folder)
    try:
        with os.fdopen(fd, "wb") as file:
            yield file
            file.flush()
            if not private:
                os.fchmod(file.fileno(), 0o666 & ~_umask())
            os.fsync(file.fileno())
        _check_not_in_the_way(path, force=force)
        os.replace(temporary, path)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(temporary)
        raise
    PosixDisk(folder).sync("")


def _check_not_in_the_way(path: str, *, force: bool | None) -> None:
    """Refuse a name that is taken, unless the file may be written over; never a folder."""
    with suppress(FileNotFoundError):
        os.lstat(path)
        is_folder = os.path.isdir(path)
        if not force or is_folder:
            raise FileInTheWay(path, can_be_forced=force is False and not is_folder)


def _umask() -> int:
    """The mask for new files; the system tells it only in exchange for another."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
