"""A disk that forgets what was not synced, in any order, and that fails when it is told to.

What is written reaches a volatile view first, as in a page cache. A sync makes a file's content, or
a folder's entries, durable. Losing power keeps, for each file, any part of what was written since,
in sectors: kept, dropped, or zeroed, in any order; and for each name any of the files that it led
to since, whatever became of the other names. After a failed sync the pages count as clean, as on
Linux: the next sync succeeds, and saves nothing of them.
"""

import errno
import random
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from coins_cli.store.json.disk.folder import Kind
from coins_cli.store.json.disk.locks import LockTimeout
from coins_cli.store.json.disk.trust import Strange

SECTOR_BYTES = 64
"""Smaller than a real one, so that short files tear too."""


class Stopped(BaseException):
    """The process was killed, or the power went, at this disk operation."""


@dataclass
class File:
    """A file's content: as programs see it, and all the contents that a power failure may leave.

    `durable` is what was synced; `since` the contents after each write since then. One that
    `has_two_names` has a second name in another folder, and must not be changed.
    """

    now: bytes = b""
    durable: bytes = b""
    since: list[bytes] = field(default_factory=list)
    has_two_names: bool = False

    def change(self, content: bytes) -> None:
        assert not self.has_two_names, "what somebody else keeps under another name was changed"
        self.now = content
        self.since.append(content)

    def sync(self) -> None:
        self.durable = self.now if self.since else self.durable
        self.since = []

    def lose_pages(self) -> None:
        """A failed sync: what was not saved is never saved, and no longer counts as changed."""
        self.since = []

    def after_power_loss(self, rng: random.Random) -> bytes:
        """One of the contents that may be left."""
        if not self.since:
            return self.durable
        versions = [self.durable, *self.since]
        size = _size_left(versions, rng)
        shortest = min(map(len, versions))
        content = bytearray(size)
        for start in range(0, size, SECTOR_BYTES):
            # What was there all the time is never zeroed: a sector is written whole or not at all.
            source = rng.choice(versions if start < shortest else [*versions, b""])
            sector = source[start : min(start + SECTOR_BYTES, size)]
            content[start : start + len(sector)] = sector
        return bytes(content)


def _size_left(versions: list[bytes], rng: random.Random) -> int:
    """A size that a power failure may leave: that of a version, or anything between two of them.

    The end of a line is as good a place to be cut at as any, and the one that is hardest to notice.
    """
    shortest, longest = min(versions, key=len), max(versions, key=len)
    ends = [at + 1 for at in range(len(shortest), len(longest)) if longest[at : at + 1] == b"\n"]
    chance = rng.random()
    if chance < 1 / 8 and ends:
        return rng.choice(ends)
    if chance < 1 / 3:
        return rng.randint(len(shortest), len(longest))
    return len(rng.choice(versions))


@dataclass
class Name:
    """What a name leads to: now, durably, and at each moment since it was made durable."""

    now: File | None = None
    durable: File | None = None
    since: list[File | None] = field(default_factory=list)

    def lead_to(self, file: File | None) -> None:
        self.now = file
        self.since.append(file)

    def sync(self) -> None:
        self.durable, self.since = self.now, []


class SimulatedDisk:
    """Implements `Disk` in memory.

    `stop_at` is the number of the changing operation from which on `Stopped` is raised, or in the
    middle of which, if it is an append: `taken_when_stopped` says how many bytes it took by then.
    `fail` maps numbers of changing operations to the error number that they fail with.
    """

    def __init__(self, files: dict[str, bytes] | None = None, *, boot: str = "boot 1") -> None:
        self._names: dict[str, Name] = {}
        self._folders: dict[str, bool] = {}
        self._boot = boot
        self._locked: set[str] = set()
        self.operations = 0
        self.log: list[str] = []
        self.stop_at: int | None = None
        self.fail: dict[int, int] = {}
        self.taken_when_stopped: Callable[[bytes], int] | None = None
        self.locks_are_ignored = False
        for name, content in (files or {}).items():
            self._names[name] = Name(*(2 * [File(content, content)]))
            self._folders[name.rpartition("/")[0]] = self._folders[""] = True

    # -- what a store asks for -----------------------------------------------------------------

    @property
    def where(self) -> str:
        return "the simulated disk"

    def read(self, name: str) -> bytes:
        return self._file(name).now

    def read_at(self, name: str, offset: int, size: int) -> bytes:
        return self._file(name).now[offset : offset + size]

    def view(self, name: str) -> memoryview:
        return memoryview(self.read(name))

    def exists(self, name: str) -> bool:
        return name in self._folders or self._lookup(name) is not None

    def names(self, folder: str) -> list[str]:
        if folder not in self._folders:
            raise FileNotFoundError(errno.ENOENT, "no such folder", folder)
        prefix = f"{folder}/" if folder else ""
        entries = [*self._folders, *(n for n in self._names if self._lookup(n) is not None)]
        inside = (entry.removeprefix(prefix) for entry in entries if entry.startswith(prefix))
        return [name for name in inside if name and "/" not in name]

    def make_folder(self, name: str) -> None:
        self._step(f"make_folder {name}")
        if name in self._folders:
            raise FileExistsError(errno.EEXIST, "it exists", name)
        self._folders[name] = False

    def check(self, *, with_modes: bool = True) -> None:
        """Trusted."""

    def strange_entries(self) -> list[Strange]:
        """Modes and kinds are not simulated."""
        return []

    def check_owner(self) -> None:
        """There is nobody else."""

    def share(self, group: int | None) -> None:
        """Modes are not simulated."""

    def has_parent(self) -> bool:
        return True

    def make_parents(self) -> None:
        """There are none to make."""

    def write(self, name: str, data: bytes) -> None:
        self._step(f"write {name}")
        file = File()
        self._names.setdefault(name, Name()).lead_to(file)
        file.change(data)

    def size(self, name: str) -> int:
        return len(self._file(name).now)

    def has_two_names(self, name: str) -> bool:
        return (file := self._lookup(name)) is not None and file.has_two_names

    def room(self, name: str) -> int:
        file = self._lookup(name)
        return 0 if file is None or file.has_two_names else len(file.now)

    def overwrite(self, name: str, data: bytes) -> None:
        self._step(f"overwrite {name}")
        self._file(name).change(data)

    def append(self, name: str, data: bytes) -> None:
        try:
            self._step(f"append {name}")
        except Stopped:
            if self.taken_when_stopped is not None:
                file = self._open(name)
                file.change(file.now + data[: self.taken_when_stopped(data)])
            raise
        file = self._open(name)
        file.change(file.now + data)

    def truncate(self, name: str, size: int) -> None:
        self._step(f"truncate {name}")
        file = self._file(name)
        file.change(file.now[:size])

    def rename(self, old: str, new: str) -> None:
        self._step(f"rename {new}")
        file = self._file(old)
        self._names.setdefault(new, Name()).lead_to(file)
        self._names[old].lead_to(None)

    def protect(self, name: str) -> None:
        """Modes are not simulated."""

    def kind(self, name: str) -> Kind | None:
        if name in self._folders:
            return "folder"
        return "file" if self._lookup(name) is not None else None

    def remove(self, name: str) -> None:
        self._step(f"remove {name}")
        if name not in self._folders:
            self._file(name)
            self._names[name].lead_to(None)
        elif self.names(name):
            raise OSError(errno.ENOTEMPTY, "it is not empty", name)
        else:
            del self._folders[name]

    def sync(self, name: str) -> None:
        file = None if name in self._folders or name == ".." else self._file(name)
        try:
            self._step(f"sync {name}")
        except OSError:
            if file is not None:
                file.lose_pages()
            raise
        if file is not None:
            file.sync()
        else:
            self._sync_folder(name)

    @contextmanager
    def all_files(self) -> Iterator[Callable[[], bool]]:
        """Not at once: each on its own, so that each can fail."""
        yield lambda: False

    def stamp(self, name: str) -> object:
        return self.read(name) if self.exists(name) else None

    @contextmanager
    def lock(self, name: str, *, shared: bool, wait_seconds: float) -> Iterator[None]:
        """Locks are whole or none: nobody else is there to wait for."""
        if name in self._locked and not self.locks_are_ignored:
            raise LockTimeout
        if not self.exists(name):
            self._names.setdefault(name, Name()).lead_to(File())
        self._locked.add(name)
        try:
            yield
        finally:
            self._locked.discard(name)

    def boot(self) -> str:
        return self._boot

    def close(self) -> None:
        """Nothing is kept open."""

    # -- what happens to it --------------------------------------------------------------------

    def content(self) -> dict[str, bytes]:
        """All files as programs see them: what a kill leaves."""
        return {name: entry.now.now for name, entry in self._names.items() if entry.now is not None}

    def with_second_names(self, names: Iterable[str] | None = None) -> "SimulatedDisk":
        """The same disk, some or all of whose files another folder has too, as after `cp -al`."""
        for name in self.content() if names is None else names:
            self._file(name).has_two_names = True
        return self

    def killed(self) -> "SimulatedDisk":
        """The same disk for the next process: nothing is lost, and nothing more is synced."""
        self._locked.clear()
        self.operations = 0
        self.log = []
        self.stop_at = None
        self.fail = {}
        return self

    def after_power_loss(self, rng: random.Random) -> "SimulatedDisk":
        """A disk as one of the many that losing power now may leave; this one stays as it is."""
        unsynced = [name for name, is_durable in self._folders.items() if not is_durable]
        lost = {name for name in unsynced if rng.random() < 1 / 2}
        if "" in lost:
            return SimulatedDisk(boot=self._boot + "'")
        files: dict[str, bytes] = {}
        shared: set[str] = set()
        contents: dict[int, bytes] = {}
        for name, entry in self._names.items():
            file = rng.choice([entry.durable, *entry.since])
            if file is not None and name.rpartition("/")[0] not in lost:
                if id(file) not in contents:
                    contents[id(file)] = file.after_power_loss(rng)
                files[name] = contents[id(file)]
                shared |= {name} if file.has_two_names else set()
        disk = SimulatedDisk(files, boot=self._boot + "'").with_second_names(shared)
        disk._folders.update((name, True) for name in self._folders if name not in lost)
        return disk

    def _step(self, what: str) -> None:
        self.operations += 1
        self.log.append(what)
        if self.stop_at is not None and self.operations >= self.stop_at:
            raise Stopped(what)
        if (number := self.fail.get(self.operations)) is not None:
            raise OSError(number, errno.errorcode[number].lower())

    def _lookup(self, name: str) -> File | None:
        entry = self._names.get(name)
        return entry.now if entry is not None else None

    def _file(self, name: str) -> File:
        if (file := self._lookup(name)) is None:
            raise FileNotFoundError(errno.ENOENT, "no such file", name)
        return file

    def _open(self, name: str) -> File:
        """The file of that name, made when it is not there."""
        if (file := self._lookup(name)) is None:
            file = File()
            self._names.setdefault(name, Name()).lead_to(file)
        return file

    def _sync_folder(self, folder: str) -> None:
        if folder == "..":
            self._folders[""] = True
            return
        for name, entry in self._names.items():
            if name.rpartition("/")[0] == folder:
                entry.sync()
        for name in self._folders:
            if name and folder == "":
                self._folders[name] = True

    def copy(self) -> "SimulatedDisk":
        """A disk with the same content, of which the same is durable."""
        disk = SimulatedDisk(boot=self._boot)
        disk._folders = dict(self._folders)
        copies: dict[int, File] = {}

        def copied(file: File | None) -> File | None:
            if file is None:
                return None
            if id(file) not in copies:
                copies[id(file)] = File(
                    file.now, file.durable, list(file.since), file.has_two_names
                )
            return copies[id(file)]

        for name, entry in self._names.items():
            since = [copied(file) for file in entry.since]
            disk._names[name] = Name(copied(entry.now), copied(entry.durable), since)
        return disk
