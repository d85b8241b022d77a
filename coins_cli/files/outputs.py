"""Output files that people name: they are complete, or they do not exist."""

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import BinaryIO

from coins_cli.errors import FileInTheWay, FileNotWritable
from coins_cli.files.changes import Changes
from coins_cli.files.interrupts import interrupts_held
from coins_cli.files.words import kind_of, reason


@contextmanager
def complete_file(
    path: str, changes: Changes, *, force: bool | None = None, private: bool = False
) -> Iterator[BinaryIO]:
    """A new file that gets its name once it is complete and durable; `changes` records that.

    With `force` it replaces a file of that name; `None` is for commands without that option. A
    `private` file is readable only by its owner. Raises `FileInTheWay` and `FileNotWritable`; after
    these, and after any error in the context, no file is left.
    """
    try:
        with _named_in_the_end(path, changes, force=force, private=private) as file:
            yield file
    except OSError as error:
        raise FileNotWritable(path, reason(error)) from error


def write_file(path: str, data: bytes, changes: Changes, *, force: bool = False) -> None:
    """Write `data` into a new file. Raises `FileInTheWay` and `FileNotWritable`."""
    with complete_file(path, changes, force=force) as file:
        file.write(data)


def make_folders(path: str, changes: Changes) -> None:
    """Make a folder and the missing ones above it. Raises `FileNotWritable`."""
    try:
        if not os.path.isdir(path):
            with changes.one():
                os.makedirs(path, exist_ok=True)
    except OSError as error:
        raise FileNotWritable(path, reason(error)) from error


def temporary_file(prefix: str, name: str, data: bytes) -> str:
    """The path of a new file with `data`, alone in a temporary folder that nobody else can read.

    The system removes it in time. The folder's name begins with `prefix`. Raises `FileNotWritable`.
    """
    try:
        path = os.path.join(tempfile.mkdtemp(prefix=prefix), name)
        with open(path, "xb") as file:
            file.write(data)
    except OSError as error:
        raise FileNotWritable(error.filename or tempfile.gettempdir(), reason(error)) from error
    return path


@contextmanager
def temporary_folder(prefix: str, *, within: str | None = None) -> Iterator[str]:
    """A new folder, in `within` or the system's temporary one, removed at the end of the context.

    Its name begins with `prefix`.
    """
    with ExitStack() as left:
        with interrupts_held():
            folder = tempfile.mkdtemp(prefix=prefix, dir=within)
            left.callback(_remove_folder, folder)
        yield folder


@contextmanager
def _named_in_the_end(
    path: str, changes: Changes, *, force: bool | None, private: bool
) -> Iterator[BinaryIO]:
    check_not_in_the_way(path, force=force)
    folder = os.path.dirname(os.path.abspath(path))
    with ExitStack() as left:
        with interrupts_held():  # so that none leaves a temporary file behind
            fd, temporary = tempfile.mkstemp(prefix=".coins-", dir=folder)
            left.callback(_remove, temporary)
            file = left.enter_context(os.fdopen(fd, "wb"))
        yield file
        file.flush()
        if not private:
            os.fchmod(file.fileno(), 0o666 & ~_umask())
        os.fsync(file.fileno())
        check_not_in_the_way(path, force=force)
        with changes.one():
            os.replace(temporary, path)
    _sync_folder(folder)


def _remove(temporary: str) -> None:
    """Remove a temporary file, unless it was renamed."""
    with interrupts_held(), suppress(FileNotFoundError):
        os.unlink(temporary)


def _remove_folder(temporary: str) -> None:
    """Remove a folder with its content."""
    import shutil

    with interrupts_held():
        shutil.rmtree(temporary)


def check_not_in_the_way(path: str, *, force: bool | None) -> None:
    """Raise `FileInTheWay` if the name is taken; with `force`, a regular file may be replaced.

    A folder, link, pipe or device is never replaced.
    """
    with suppress(FileNotFoundError, NotADirectoryError):
        found = os.lstat(path)
        is_file = stat.S_ISREG(found.st_mode)
        if not (force and is_file):
            kind = None if is_file else kind_of(found)
            raise FileInTheWay(path, kind=kind, can_be_forced=force is False and is_file)


def _sync_folder(folder: str) -> None:
    """Make the entries of a folder durable."""
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _umask() -> int:
    """The mask for the modes of new files."""
    mask = os.umask(0o077)  # The system returns the mask only when it is set.
    os.umask(mask)
    return mask
