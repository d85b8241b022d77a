"""All file operations of a store, behind a protocol that a simulated disk can implement.

Names are relative to the store's folder, with `/` between parts. Written data is durable once the
file is synced, and a new or renamed entry once its folder is: a power failure may undo, cut or
reorder everything else.
"""

import errno
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Final, Literal, Protocol

from coins_cli.errors import LinkInStore
from coins_cli.files.interrupts import handle_none
from coins_cli.store.json.disk.locks import wait_for_lock
from coins_cli.store.json.disk.trust import (
    OPEN_SAFELY,
    Strange,
    Writers,
    check_kind,
    check_owner,
    check_place,
    real_folder,
    strange_entries,
    writers_of,
)
from coins_cli.store.json.layout import ALL_FOLDERS, STORE_FILE, temporary_of

FOLDER_MODE: Final = 0o700
FILE_MODE: Final = 0o600
SEALED_MODE: Final = 0o400
SHARED_FOLDER_MODE: Final = 0o2770
"""With the bit that gives new files in it the folder's group."""
SHARED_FILE_MODE: Final = 0o660
SHARED_SEALED_MODE: Final = 0o440
OWNERS_FILE_MODE: Final = 0o640
"""The mode of `store.json` in a shared store: only its owner may change the group."""

Kind = Literal["file", "folder", "other"]
"""The kind of an entry: a regular file, a folder, or anything else (link, pipe, device)."""


class Disk(Protocol):
    """A folder on a disk. Every method raises `OSError` as the system does."""

    @property
    def where(self) -> str:
        """The folder's path, for messages."""

    def read(self, name: str) -> bytes:
        """The whole content of a file."""

    def read_at(self, name: str, offset: int, size: int) -> bytes:
        """At most `size` bytes from `offset` on."""

    def view(self, name: str) -> memoryview:
        """The content of a file that is never written over, read on access."""

    def exists(self, name: str) -> bool:
        """True if there is an entry of that name; `OSError` if the system cannot tell."""

    def kind(self, name: str) -> Kind | None:
        """The kind of an entry, links not followed; `None` if there is none of that name."""

    def names(self, folder: str) -> list[str]:
        """The entries of a folder, in no order; an empty name is the store's folder."""

    def make_folder(self, name: str) -> None:
        """Make a folder; an empty name is the store's folder."""

    def check(self, *, with_modes: bool = True) -> None:
        """Raise a `StoreUnusable` if the folder is not safe for a store; see `check_place`.

        With `with_modes`, opening a file that others can write is an error from then on.
        """

    def strange_entries(self) -> list[Strange]:
        """The files and folders with a wrong kind or wrong modes."""

    def check_owner(self) -> None:
        """Raise `ForeignOwner` if this user may write the store, but does not own it."""

    def share(self, group: int | None) -> None:
        """Let all members of a group write all files, or with `None` only the owner."""

    def has_parent(self) -> bool:
        """True if the parent of the store's folder exists."""

    def make_parents(self) -> None:
        """Make the missing folders above the store's folder."""

    def write(self, name: str, data: bytes) -> None:
        """Make a new file with the content `data`, in place of a file of that name.

        Nothing is written over, so a power failure cannot leave a mixture of both contents.
        """

    def size(self, name: str) -> int:
        """Bytes in a file."""

    def has_two_names(self, name: str) -> bool:
        """True if a file has a second name, as after `cp -al`; false if it is missing.

        A change in such a file shows under its other name too.
        """

    def room(self, name: str) -> int:
        """Bytes that may be written over in a file: 0 if it is missing or has two names.

        Raises `LinkInStore` or `WrongKind` for an entry that is not a file.
        """

    def overwrite(self, name: str, data: bytes) -> None:
        """Write `data` over the content of a file, whose `room` must be exactly its length.

        A power failure may leave a mixture of both contents.
        """

    def append(self, name: str, data: bytes) -> None:
        """Add `data` at the end of a file; a part of it may be there after an error."""

    def truncate(self, name: str, size: int) -> None:
        """Cut a file to its first `size` bytes."""

    def rename(self, old: str, new: str) -> None:
        """Rename a file, in place of a file `new`; anything else of that name is an error."""

    def protect(self, name: str) -> None:
        """Make a file read-only."""

    def remove(self, name: str) -> None:
        """Remove a file or an empty folder; an empty name is the store's folder."""

    def sync(self, name: str) -> None:
        """Make a file's content durable, or a folder's entries; no name is the store's folder."""

    def all_files(self) -> AbstractContextManager[Callable[[], bool]]:
        """Yield a function that makes everything written in the context durable at once.

        It returns false if that is not sure: then each file must be synced on its own.
        """

    def stamp(self, name: str) -> object:
        """A token that changes when the file does (inode, size, times); `None` if missing."""

    def lock(self, name: str, *, shared: bool, wait_seconds: float) -> AbstractContextManager[None]:
        """Hold the lock of a file, which is made if it is missing; `LockTimeout`."""

    def boot(self) -> str:
        """An id of this run of the machine; it changes at each start."""

    def close(self) -> None:
        """Close all files that were kept open."""


FILES_OPEN_AT_ONCE: Final = 16
"""Files kept open for reading in parts; as many again for appending."""

_NOT_A_FILE: Final = (errno.EISDIR, errno.ENXIO, errno.ENODEV, errno.EOPNOTSUPP)
"""Error numbers of opening something that is not a file."""

_LOCKS: Final[set[int]] = set()
"""The locks that this process holds or waits for."""

_PR_SET_PDEATHSIG: Final = 1
_SYNCFS_REPORTS_ERRORS_SINCE: Final = (5, 8)
"""Linux kernels before this one do not report failed writes (syncfs(2))."""


def become_worker(parent: int) -> None:
    """Make a forked process a worker, which holds no locks and ends when its parent does.

    A lock belongs to all processes that have its file open: a worker that outlived its parent would
    keep it for ever.
    """
    handle_none()  # The parent reports interruptions.
    while _LOCKS:
        with suppress(OSError):
            os.close(_LOCKS.pop())
    with suppress(Exception):  # Only Linux can do this.
        import ctypes
        import signal

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)  # The parent had ended before that call.


def names_in(disk: Disk, folder: str) -> list[str]:
    """The entries of a folder; none if it is missing."""
    return disk.names(folder) if disk.exists(folder) else []


class PosixDisk:
    """A real folder. Files that are appended to, or read in parts, stay open until `close`.

    Links in its path are resolved here, once. Raises `StoreNotWritable` if they lead nowhere.
    """

    def __init__(self, folder: str) -> None:
        self._folder = real_folder(folder)
        self._writers: Writers | None = None
        self._is_shared = False
        self._appending: dict[str, int] = {}
        self._reading: dict[str, int] = {}
        self._boot = ""

    @property
    def where(self) -> str:
        return self._folder

    def read(self, name: str) -> bytes:
        fd, found = self._opened(name, os.O_RDONLY)
        try:
            return _read_all(fd, found.st_size)
        finally:
            os.close(fd)

    def read_at(self, name: str, offset: int, size: int) -> bytes:
        fd = self._reading.get(name)
        if fd is None:
            if len(self._reading) >= FILES_OPEN_AT_ONCE:
                _close_all(self._reading)
            fd = self._reading[name] = self._open(name, os.O_RDONLY)
        return os.pread(fd, size, offset)

    def view(self, name: str) -> memoryview:
        fd = self._open(name, os.O_RDONLY)
        try:
            if os.fstat(fd).st_size == 0:
                return memoryview(b"")
            from mmap import ACCESS_READ, mmap

            return memoryview(mmap(fd, 0, access=ACCESS_READ))
        finally:
            os.close(fd)

    def exists(self, name: str) -> bool:
        try:
            os.lstat(self._path(name))
        except (FileNotFoundError, NotADirectoryError):
            return False
        return True

    def kind(self, name: str) -> Kind | None:
        try:
            mode = os.lstat(self._path(name)).st_mode
        except (FileNotFoundError, NotADirectoryError):
            return None
        if stat.S_ISREG(mode):
            return "file"
        return "folder" if stat.S_ISDIR(mode) else "other"

    def names(self, folder: str) -> list[str]:
        return os.listdir(self._path(folder))

    def make_folder(self, name: str) -> None:
        os.mkdir(self._path(name), FOLDER_MODE)
        if self._is_shared:
            os.chmod(self._path(name), SHARED_FOLDER_MODE)

    def check(self, *, with_modes: bool = True) -> None:
        writers = check_place(self._folder, with_modes=with_modes)
        self._writers = writers if with_modes else None
        self._is_shared = writers is not None and writers.group is not None

    def strange_entries(self) -> list[Strange]:
        writers = writers_of(self._folder, os.stat(self._folder))
        return list(strange_entries(self._folder, writers))

    def check_owner(self) -> None:
        check_owner(self._folder, os.stat(self._folder))

    def share(self, group: int | None) -> None:
        # The store's folder is opened to a group last, and closed to it first, so that nobody meets
        # a half-shared store.
        self._is_shared = group is not None
        if group is None:
            os.chmod(self._folder, FOLDER_MODE)
        for name in self._all_names():
            self._own(name)
            self._share_one(name, group)
        if group is not None:
            self._share_one("", group)

    def _all_names(self) -> Iterator[str]:
        """The names of all files and folders, each folder before what is in it."""
        for name in sorted(os.listdir(self._folder)):
            yield name
            if name in ALL_FOLDERS:
                yield from (f"{name}/{inner}" for inner in sorted(self.names(name)))

    def _own(self, name: str) -> None:
        """Replace a file that another user has made by a copy of one's own."""
        found = os.lstat(self._path(name))
        if stat.S_ISREG(found.st_mode) and found.st_uid != os.stat(self._folder).st_uid:
            copy = temporary_of(name)
            self.write(copy, self.read(name))
            os.chmod(self._path(copy), found.st_mode)
            self.sync(copy)
            self.rename(copy, name)

    def _share_one(self, name: str, group: int | None) -> None:
        path = self._path(name)
        found = os.lstat(path)
        check_kind(path, found, stat.S_IFREG, stat.S_IFDIR)
        if group is not None and found.st_gid != group:
            os.chown(path, -1, group)
        if stat.S_ISDIR(found.st_mode):
            mode = SHARED_FOLDER_MODE if self._is_shared else FOLDER_MODE
        elif name == STORE_FILE:
            mode = OWNERS_FILE_MODE if self._is_shared else FILE_MODE
        elif found.st_mode & stat.S_IWUSR:
            mode = SHARED_FILE_MODE if self._is_shared else FILE_MODE
        else:
            mode = SHARED_SEALED_MODE if self._is_shared else SEALED_MODE
        os.chmod(path, mode)

    def has_parent(self) -> bool:
        return os.path.isdir(os.path.dirname(self._folder))

    def make_parents(self) -> None:
        _make_durably(os.path.dirname(self._folder))

    def write(self, name: str, data: bytes) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        try:
            fd = self._open(name, flags)
        except FileExistsError:
            self._check_is_file(name)
            os.unlink(self._path(name))
            fd = self._open(name, flags)
        try:
            _write_all(fd, data)
        finally:
            os.close(fd)

    def size(self, name: str) -> int:
        found = os.lstat(self._path(name))
        check_kind(self._path(name), found, stat.S_IFREG)
        return found.st_size

    def has_two_names(self, name: str) -> bool:
        try:
            found = os.lstat(self._path(name))
        except FileNotFoundError:
            return False
        return stat.S_ISREG(found.st_mode) and found.st_nlink > 1

    def room(self, name: str) -> int:
        try:
            found = os.lstat(self._path(name))
        except FileNotFoundError:
            return 0
        check_kind(self._path(name), found, stat.S_IFREG)
        return found.st_size if found.st_nlink == 1 else 0

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
        with suppress(FileNotFoundError):
            self._check_is_file(new)
        os.replace(self._path(old), self._path(new))
        for opened in (self._appending, self._reading):
            _close(opened, new)  # The old file of that name.

    def protect(self, name: str) -> None:
        os.chmod(self._path(name), SHARED_SEALED_MODE if self._is_shared else SEALED_MODE)

    def remove(self, name: str) -> None:
        if self.kind(name) == "folder":
            os.rmdir(self._path(name))
        else:
            os.unlink(self._path(name))

    def sync(self, name: str) -> None:
        if (fd := self._appending.get(name)) is not None:
            _sync(fd)
            return
        try:
            fd = self._open(name, os.O_RDONLY, stat.S_IFREG, stat.S_IFDIR)
        except PermissionError:
            if name == "..":
                return  # The parent folder may belong to others, such as `/home`.
            raise
        try:
            _sync(fd)
        finally:
            os.close(fd)

    @contextmanager
    def all_files(self) -> Iterator[Callable[[], bool]]:
        # It reports failed writes since it was opened, so it is opened before any of them.
        fd = self._open("", os.O_RDONLY, stat.S_IFDIR)
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
        fd, found = self._open_lock(name, shared=shared)
        _LOCKS.add(fd)
        try:
            wait_for_lock(fd, shared=shared, wait_seconds=wait_seconds)
            if not os.path.samestat(found, os.lstat(self._path(name))):
                raise FileNotFoundError(
                    errno.ENOENT, "the lock file was replaced meanwhile", self._path(name)
                )
            yield
        finally:
            _LOCKS.discard(fd)
            with suppress(OSError):
                os.close(fd)

    def boot(self) -> str:
        if not self._boot:
            self._boot = _boot_id()
        return self._boot

    def close(self) -> None:
        _close_all(self._appending)
        _close_all(self._reading)

    def _path(self, name: str) -> str:
        return f"{self._folder}/{name}" if name else self._folder

    def _open(self, name: str, flags: int, *kinds: int) -> int:
        return self._opened(name, flags, *kinds)[0]

    def _opened(self, name: str, flags: int, *kinds: int) -> tuple[int, os.stat_result]:
        """Open a file, or an entry of one of the `kinds`; anything else is an error.

        Raises `WritableByOthers` too, once `check` was called with modes.
        """
        path, kinds = self._path(name), kinds or (stat.S_IFREG,)
        try:
            fd = os.open(path, flags | OPEN_SAFELY, FILE_MODE)
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise LinkInStore(path) from None
            if error.errno in _NOT_A_FILE:
                check_kind(path, os.lstat(path), *kinds)
            raise
        try:
            found = os.fstat(fd)
            check_kind(path, found, *kinds)
            if self._is_shared and flags & os.O_CREAT:
                _let_group_write(fd, found)
            if self._writers is not None and name != "..":
                self._writers.check(path, found)
        except BaseException:
            os.close(fd)
            raise
        return fd, found

    def _check_is_file(self, name: str) -> None:
        path = self._path(name)
        check_kind(path, os.lstat(path), stat.S_IFREG)

    def _open_lock(self, name: str, *, shared: bool) -> tuple[int, os.stat_result]:
        if shared:
            with suppress(FileNotFoundError):
                return self._opened(name, os.O_RDONLY)
        return self._opened(name, os.O_RDWR | os.O_CREAT)

    def _appendable(self, name: str) -> int:
        fd = self._appending.get(name)
        if fd is None:
            if len(self._appending) >= FILES_OPEN_AT_ONCE:
                _close_all(self._appending)
            fd = self._appending[name] = self._open(name, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        return fd


def _let_group_write(fd: int, found: os.stat_result) -> None:
    """Give a new file the mode of a shared one, whatever the umask is."""
    if stat.S_IMODE(found.st_mode) & ~SHARED_FILE_MODE == 0 and found.st_uid == os.geteuid():
        os.fchmod(fd, SHARED_FILE_MODE)


def _close_all(files: dict[str, int]) -> None:
    for name in list(files):
        _close(files, name)


def _close(files: dict[str, int], name: str) -> None:
    """Close a file that may have been kept open."""
    if (fd := files.pop(name, None)) is not None:
        with suppress(OSError):  # Everything that matters was synced before.
            os.close(fd)


_sync_data = getattr(os, "fdatasync", os.fsync)
"""Makes a file's content and size durable, without its times."""


def _sync(fd: int) -> None:
    """Sync a file or a folder."""
    if stat.S_ISDIR(os.fstat(fd).st_mode):
        os.fsync(fd)  # `fdatasync` may leave out entries, which are not data.
    else:
        _sync_data(fd)


def _sync_file_system(fd: int) -> bool:
    """Sync the file system of `fd`; true if it surely succeeded."""
    with suppress(Exception):
        import ctypes

        release = tuple(int(part) for part in os.uname().release.split(".")[:2])
        return release >= _SYNCFS_REPORTS_ERRORS_SINCE and ctypes.CDLL(None).syncfs(fd) == 0
    return False


def _make_durably(folder: str) -> None:
    """Make a folder and the missing ones above it, each durably."""
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


def _boot_id() -> str:
    """The system's name for this run of the machine; `unknown` where it has none."""
    try:
        with open("/proc/sys/kernel/random/boot_id", "rb") as file:
            return file.read().strip().decode()
    except OSError:
        return "unknown"


def _read_all(fd: int, size: int) -> bytes:
    chunks = [os.read(fd, size + 1)]
    while len(chunks[-1]) > size:  # The file has grown meanwhile, or reports no size.
        chunks.append(os.read(fd, size + 1))
    return b"".join(chunks)


def _write_all(fd: int, data: bytes) -> None:
    """Write all of `data`, in several writes if the system takes only a part at a time."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]
