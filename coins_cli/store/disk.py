"""Every file operation of a store, and nothing else: what a simulated disk stands in for.

Names are relative to the store's folder, with `/` between parts. What is written is not durable
until it is synced, and a new or renamed entry not until its folder is: a power failure may undo,
cut or reorder all that was not.
"""

import errno
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Final, Protocol

from coins_cli.errors import LinkInStore
from coins_cli.store.locks import wait_for_lock
from coins_cli.store.trust import check_place

FOLDER_MODE: Final = 0o700
FILE_MODE: Final = 0o600
SEALED_MODE: Final = 0o400


class Disk(Protocol):
    """A folder on a disk. Every method raises `OSError` as the system does."""

    @property
    def where(self) -> str:
        """The folder's place, for messages."""

    def read(self, name: str) -> bytes:
        """The whole content of a file."""

    def read_at(self, name: str, offset: int, size: int) -> bytes:
        """At most `size` bytes from `offset` on."""

    def exists(self, name: str) -> bool:
        """Whether there is an entry of that name; what cannot be told is an error, not a no."""

    def names(self, folder: str) -> list[str]:
        """The entries of a folder, in no order; of the store's own for an empty name."""

    def make_folder(self, name: str) -> None:
        """Make a folder; the store's own for an empty name."""

    def check(self) -> None:
        """Refuse a place where a store cannot keep its promises, by a `StoreUnusable`."""

    def has_parent(self) -> bool:
        """Whether the folder that holds the store's own is there."""

    def make_parents(self) -> None:
        """Make the folders above the store's own, where they are missing."""

    def write(self, name: str, data: bytes) -> None:
        """Make a new file with the content `data`, in place of one that has that name.

        It is a new one, so that a power failure cannot leave a mixture of both.
        """

    def room(self, name: str) -> int:
        """How many bytes can be written over in a file; 0 when it is missing, or has two names."""

    def overwrite(self, name: str, data: bytes) -> None:
        """Write `data` over the content of a file, which has `room` for just that.

        A power failure may leave a mixture of both.
        """

    def append(self, name: str, data: bytes) -> None:
        """Add `data` at the end of a file, all of it or an error."""

    def truncate(self, name: str, size: int) -> None:
        """Cut a file to its first `size` bytes."""

    def rename(self, old: str, new: str) -> None:
        """Give a file the name `new`, in place of the file that had it."""

    def protect(self, name: str) -> None:
        """Make a file read-only."""

    def remove(self, name: str) -> None:
        """Remove a file, or a folder and everything in it; the store's own for no name."""

    def sync(self, name: str) -> None:
        """Make a file's content durable, or a folder's entries; the store's own for no name."""

    def all_files(self) -> AbstractContextManager[Callable[[], bool]]:
        """Gives what makes durable, at once, all that is written within the context.

        It says whether that is sure; where it is not, each file must be synced on its own.
        """

    def stamp(self, name: str) -> object:
        """Something that is another when the file was changed, or replaced, since it was asked.

        It is `None` when there is none.
        """

    def lock(self, name: str, *, shared: bool, wait_seconds: float) -> AbstractContextManager[None]:
        """Hold the lock of a file, which is made when it is missing; `LockTimeout`."""

    def boot(self) -> str:
        """Names the time since the machine was started; changes when power was lost."""

    def close(self) -> None:
        """Close what was kept open."""


FILES_OPEN_AT_ONCE: Final = 16
"""How many files stay open, each for reading in parts and for appending."""

_LOCKS: Final[set[int]] = set()
"""The locks that this process holds or waits for."""

_PR_SET_PDEATHSIG: Final = 1
_SYNCFS_TELLS_SINCE: Final = (5, 8)


def become_worker(parent: int) -> None:
    """Make a forked process one that helps: its parent's locks end with the parent, and so does it.

    A lock belongs to all processes that have it open, so that otherwise one that outlives its
    parent would keep everybody out for ever.
    """
    while _LOCKS:
        with suppress(OSError):
            os.close(_LOCKS.pop())
    with suppress(Exception):  # Only Linux can do this.
        import ctypes
        import signal

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)  # It had ended before it could be told to end this one.


def names_in(disk: Disk, folder: str) -> list[str]:
    """The entries of a folder; none when it is missing."""
    return disk.names(folder) if disk.exists(folder) else []


class PosixDisk:
    """A real folder. Files that are appended to, or read in parts, stay open until `close`."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._appending: dict[str, int] = {}
        self._reading: dict[str, int] = {}

    @property
    def where(self) -> str:
        return self._folder

    def read(self, name: str) -> bytes:
        fd = self._open(name, os.O_RDONLY)
        try:
            return _read_all(fd, os.fstat(fd).st_size)
        finally:
            os.close(fd)

    def read_at(self, name: str, offset: int, size: int) -> bytes:
        fd = self._reading.get(name)
        if fd is None:
            if len(self._reading) >= FILES_OPEN_AT_ONCE:
                _close_all(self._reading)
            fd = self._reading[name] = self._open(name, os.O_RDONLY)
        return os.pread(fd, size, offset)

    def exists(self, name: str) -> bool:
        try:
            os.lstat(self._path(name))
        except (FileNotFoundError, NotADirectoryError):
            return False
        return True

    def names(self, folder: str) -> list[str]:
        return os.listdir(self._path(folder))

    def make_folder(self, name: str) -> None:
        os.mkdir(self._path(name), FOLDER_MODE)

    def check(self) -> None:
        check_place(self._folder)

    def has_parent(self) -> bool:
        return os.path.isdir(os.path.dirname(os.path.abspath(self._folder)))

    def make_parents(self) -> None:
        _make_durably(os.path.dirname(os.path.abspath(self._folder)))

    def write(self, name: str, data: bytes) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        try:
            fd = self._open(name, flags)
        except FileExistsError:
            os.unlink(self._path(name))
            fd = self._open(name, flags)
        try:
            _write_all(fd, data)
        finally:
            os.close(fd)

    def room(self, name: str) -> int:
        try:
            found = os.lstat(self._path(name))
        except FileNotFoundError:
            return 0
        return found.st_size if stat.S_ISREG(found.st_mode) and found.st_nlink == 1 else 0

    def overwrite(self, name: str, data: bytes) -> None:
        fd = self._open(name, os.O_WRONLY)
        try:
            _write_all(fd, data)
        finally:
            os.close(fd)

    def append(self, name: str, data: bytes) -> None:
        _write_all(self._appendable(name), data)

    def truncate(self, name: str, size: int) -> None:
        os.ftruncate(self._appendable(name), size)

    def rename(self, old: str, new: str) -> None:
        os.replace(self._path(old), self._path(new))

    def protect(self, name: str) -> None:
        os.chmod(self._path(name), SEALED_MODE)

    def remove(self, name: str) -> None:
        path = self._path(name)
        if os.path.isdir(path) and not os.path.islink(path):
            import shutil

            shutil.rmtree(path)
        else:
            os.unlink(path)

    def sync(self, name: str) -> None:
        if (fd := self._appending.get(name)) is not None:
            _sync(fd)
            return
        try:
            fd = self._open(name, os.O_RDONLY)
        except PermissionError:
            if name == "..":
                return  # A folder of others, such as that of all homes, may not be opened.
            raise
        try:
            _sync(fd)
        finally:
            os.close(fd)

    @contextmanager
    def all_files(self) -> Iterator[Callable[[], bool]]:
        # Open before anything is written, so that no failure to write it can be missed.
        fd = self._open("", os.O_RDONLY)
        try:
            yield lambda: _sync_file_system(fd)
        finally:
            os.close(fd)

    def stamp(self, name: str) -> object:
        try:
            found = os.lstat(self._path(name))
        except FileNotFoundError:
            return None
        return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns

    @contextmanager
    def lock(self, name: str, *, shared: bool, wait_seconds: float) -> Iterator[None]:
        fd = self._open_lock(name, shared=shared)
        _LOCKS.add(fd)
        try:
            wait_for_lock(fd, shared=shared, wait_seconds=wait_seconds)
            if not os.path.samestat(os.fstat(fd), os.lstat(self._path(name))):
                raise FileNotFoundError(
                    errno.ENOENT, "the lock file was replaced meanwhile", self._path(name)
                )
            yield
        finally:
            _LOCKS.discard(fd)
            with suppress(OSError):
                os.close(fd)

    def boot(self) -> str:
        try:
            with open("/proc/sys/kernel/random/boot_id", "rb") as file:
                return file.read().strip().decode()
        except OSError:
            return "unknown"

    def close(self) -> None:
        _close_all(self._appending)
        _close_all(self._reading)

    def _path(self, name: str) -> str:
        return f"{self._folder}/{name}" if name else self._folder

    def _open(self, name: str, flags: int) -> int:
        flags |= getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)
        try:
            return os.open(self._path(name), flags, FILE_MODE)
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise LinkInStore(self._path(name)) from None
            raise

    def _open_lock(self, name: str, *, shared: bool) -> int:
        if shared:
            with suppress(FileNotFoundError):
                return self._open(name, os.O_RDONLY)
        return self._open(name, os.O_RDWR | os.O_CREAT)

    def _appendable(self, name: str) -> int:
        fd = self._appending.get(name)
        if fd is None:
            if len(self._appending) >= FILES_OPEN_AT_ONCE:
                _close_all(self._appending)
            fd = self._appending[name] = self._open(name, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        return fd


def _close_all(files: dict[str, int]) -> None:
    while files:
        _, fd = files.popitem()
        with suppress(OSError):  # What matters was synced before.
            os.close(fd)


_sync_data = getattr(os, "fdatasync", os.fsync)
"""Makes a file's content and size durable, and leaves out its times."""


def _sync(fd: int) -> None:
    """Sync a file or a folder. A folder's entries are not data, so `fdatasync` may leave them."""
    if stat.S_ISDIR(os.fstat(fd).st_mode):
        os.fsync(fd)
    else:
        _sync_data(fd)


def _sync_file_system(fd: int) -> bool:
    """Sync all files of the file system that `fd` is on; says whether all went well.

    Older kernels than 5.8 do not tell what went wrong (syncfs(2)), so there nothing is said.
    """
    with suppress(Exception):
        import ctypes

        release = tuple(int(part) for part in os.uname().release.split(".")[:2])
        return release >= _SYNCFS_TELLS_SINCE and ctypes.CDLL(None).syncfs(fd) == 0
    return False


def _make_durably(folder: str) -> None:
    """Make a folder and those above it, where they are missing, each of them durable."""
    if os.path.isdir(folder):
        return
    above = os.path.dirname(folder)
    _make_durably(above)
    with suppress(FileExistsError):
        os.mkdir(folder, FOLDER_MODE)
    with suppress(PermissionError):
        fd = os.open(above, os.O_RDONLY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)


def _read_all(fd: int, size: int) -> bytes:
    chunks = [os.read(fd, size + 1)]
    while len(chunks[-1]) > size:  # It has grown meanwhile, or is one that has no size.
        chunks.append(os.read(fd, size + 1))
    return b"".join(chunks)


def _write_all(fd: int, data: bytes) -> None:
    """Write all of `data`: a short write goes on, until the disk takes it or refuses."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]
