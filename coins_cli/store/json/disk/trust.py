"""Checks that a folder is safe for a store: owner, modes, links, kinds and file system."""

import os
import stat
import sys
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec
from msgspec import Struct

from coins_cli.errors import (
    ForeignOwner,
    LinkInStore,
    NetworkFileSystem,
    StoreNotWritable,
    StoreUnusable,
    WritableByOthers,
    WrongKind,
)
from coins_cli.files.words import KINDS, kind_of
from coins_cli.store.json import layout

OPEN_SAFELY: Final = (
    getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOCTTY", 0)
)
"""Flags to open a file without following a link, waiting for a pipe or taking a terminal."""

ALLOW_NETWORK_VARIABLE: Final = "COINS_ALLOW_NETWORK_FS"

NETWORK_FILE_SYSTEMS: Final = frozenset(
    ["9p", "afs", "beegfs", "ceph", "cifs", "coda", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs"]
    + ["nfs4", "ocfs2", "orangefs", "pvfs2", "smb3", "smbfs"]
    + [f"fuse.{name}" for name in ("ceph", "davfs", "glusterfs", "rclone", "s3fs", "sshfs")]
)
"""File systems whose locks may not hold between computers, by their names in the mount table."""


def real_folder(named: str) -> str:
    """The absolute path of a folder without links; the folder need not exist.

    Callers resolve it once, so that a link changed later does not split a store in two. Raises
    `StoreNotWritable` when the name leads nowhere.
    """
    try:
        found = os.path.realpath(named)
    except FileNotFoundError:
        raise StoreNotWritable(named, "the current folder was deleted") from None
    if os.path.islink(found):
        raise StoreNotWritable(named, "the link leads back to itself")
    return found


class Strange(Struct, frozen=True):
    """An entry of a store with a wrong kind or wrong modes, and the error that refuses it.

    `problem` is the reason in words, without the name.
    """

    name: str
    problem: str
    refusal: StoreUnusable

    @property
    def is_in_the_way(self) -> bool:
        """True if the entry cannot be read, because its kind is wrong."""
        return not isinstance(self.refusal, WritableByOthers)


class Writers(Struct, frozen=True):
    """The users who may write a store: its owner, and all members of `group` if there is one."""

    owner: int
    group: int | None = None

    def check(self, path: str, found: os.stat_result) -> None:
        """Raise `WritableByOthers` for a file or folder that anybody else can write."""
        if found.st_mode & stat.S_IWOTH:
            raise WritableByOthers(path, who="everybody", mend=_command("chmod o-w", path))
        if self.group is not None and found.st_gid == self.group:
            return
        if found.st_mode & stat.S_IWGRP:
            raise WritableByOthers(path, who="its group", mend=_command("chmod g-w", path))
        if found.st_uid != self.owner:
            who = f"another user (number {found.st_uid})"
            raise WritableByOthers(path, who=who, mend=_command(f"chown {self.owner}", path))


def _command(command: str, path: str) -> str:
    """A shell's `command` on `path`."""
    from shlex import quote

    return f"{command} {quote(path)}"


def check_place(folder: str, *, with_modes: bool = True) -> Writers | None:
    """Check owner, modes, kinds and file system of a store's folders; returns who may write it.

    A missing folder passes: `None`. Single files are checked when they are opened. Without
    `with_modes`, modes are not checked. Raises `ForeignOwner`, `WritableByOthers`, `LinkInStore`,
    `WrongKind` and `NetworkFileSystem`.
    """
    try:
        found = os.stat(folder)
    except OSError:
        return None
    writers = writers_of(folder, found)
    if writers.group is None:
        check_owner(folder, found)
    if with_modes and stat.S_ISDIR(found.st_mode):
        writers.check(folder, found)
    for name in layout.ALL_FOLDERS:
        path = os.path.join(folder, name)
        try:
            inner = os.lstat(path)
        except OSError:
            continue
        check_kind(path, inner, stat.S_IFDIR)
        if with_modes:
            writers.check(path, inner)
    if os.environ.get(ALLOW_NETWORK_VARIABLE) != "1":
        kind = file_system(found)
        if kind in NETWORK_FILE_SYSTEMS:
            raise NetworkFileSystem(folder, kind=kind)
    return writers


def writers_of(folder: str, found: os.stat_result) -> Writers:
    """The owner of a store's folder, and the group that it is shared with, if any.

    `store.json` names the group. It is believed only if nobody but the owner could have written it:
    in a shared folder, others can put a file of their own in its place.
    """
    if not (found.st_mode & stat.S_IWGRP and stat.S_ISDIR(found.st_mode)):
        return Writers(found.st_uid)
    try:
        fd = os.open(os.path.join(folder, layout.STORE_FILE), os.O_RDONLY | OPEN_SAFELY)
    except OSError:
        return Writers(found.st_uid)
    try:
        file = os.fstat(fd)
        check_kind(layout.STORE_FILE, file, stat.S_IFREG)
        Writers(found.st_uid).check(layout.STORE_FILE, file)
        group = msgspec.json.decode(os.read(fd, file.st_size), type=_GroupSetting).group
    except (StoreUnusable, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        group = None
    finally:
        os.close(fd)
    return Writers(found.st_uid, group if group == found.st_gid else None)


class _GroupSetting(Struct, frozen=True):
    """The group in a `store.json`, without its other fields."""

    group: int | None = None


def check_owner(folder: str, found: os.stat_result) -> None:
    """Raise `ForeignOwner` for the store of another user."""
    if hasattr(os, "geteuid") and found.st_uid != os.geteuid():
        raise ForeignOwner(folder, owner=found.st_uid)


def check_kind(path: str, found: os.stat_result, *expected: int) -> None:
    """Raise `LinkInStore` or `WrongKind` for an entry of none of the `expected` kinds."""
    kind = stat.S_IFMT(found.st_mode)
    if kind in expected:
        return
    if kind == stat.S_IFLNK:
        raise LinkInStore(path)
    raise WrongKind(path, found=kind_of(found), expected=KINDS[expected[0]])


def strange_entries(folder: str, writers: Writers) -> Iterator[Strange]:
    """All files and folders of a store with a wrong kind or wrong modes."""
    yield from _strange(folder, "", writers, (stat.S_IFDIR,))
    for name in sorted(os.listdir(folder)):
        is_folder, is_ours = name in layout.ALL_FOLDERS, layout.is_ours(name)
        expected = [stat.S_IFDIR] if is_folder else [stat.S_IFREG]
        if not is_ours:
            expected.append(stat.S_IFDIR)
        found = list(_strange(folder, name, writers, expected))
        yield from found
        if is_folder and not any(one.is_in_the_way for one in found):
            for inner in sorted(os.listdir(os.path.join(folder, name))):
                yield from _strange(folder, f"{name}/{inner}", writers, (stat.S_IFREG,))


def _strange(
    folder: str, name: str, writers: Writers, expected: Sequence[int]
) -> Iterator[Strange]:
    path = os.path.join(folder, name) if name else folder
    try:
        found = os.lstat(path)
        check_kind(path, found, *expected)
        writers.check(path, found)
    except FileNotFoundError:
        return  # Another process has replaced it meanwhile.
    except WrongKind as refusal:
        yield Strange(name, f"it is {refusal.found}, and not {refusal.expected}", refusal)
    except LinkInStore as refusal:
        yield Strange(name, "it is a link, and those are not followed", refusal)
    except WritableByOthers as refusal:
        yield Strange(name, f"{refusal.who} can write it; {refusal.mend}", refusal)


def file_system(found: os.stat_result) -> str:
    """The name of a file's file system; `local` for a block device, empty if unknown."""
    if not sys.platform.startswith("linux"):
        return ""
    major, minor = os.major(found.st_dev), os.minor(found.st_dev)
    if major != 0:  # Only block devices have one.
        return "local"
    try:
        with open("/proc/self/mountinfo", encoding="utf-8", errors="replace") as file:
            return mount_kind(file.read(), f"{major}:{minor}")
    except OSError:
        return ""


def mount_kind(mountinfo: str, device: str) -> str:
    """The file system of `device` in the text of `/proc/self/mountinfo`; empty if missing."""
    for line in mountinfo.splitlines():
        place, _, kind = line.partition(" - ")
        if device in place.split()[2:3]:
            return kind.split(" ")[0]
    return ""
