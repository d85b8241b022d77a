"""Trials of a folder, its locks, its syncs and its free space, before a store relies on them."""

import os
import time
from collections.abc import Iterator, Sequence

from msgspec import Struct

from coins_cli.errors import CoinsError
from coins_cli.files.outputs import temporary_folder
from coins_cli.store.json.disk.folder import FOLDER_MODE, PosixDisk
from coins_cli.store.json.disk.locks import LockTimeout
from coins_cli.store.json.disk.trust import Strange, check_place, file_system, writers_of
from coins_cli.store.json.making import check_can_be_made, is_made, read_store_file

FREE_BYTES_MIN = 50_000_000
LOOSE_BITS = 0o077
LOOSE_BITS_SHARED = 0o007


class Check(Struct, frozen=True):
    """The result of one trial: the observation, and advice if something is wrong.

    `refusal` is the error that every command would raise; it brings its own advice.
    """

    check: str
    ok: bool
    found: str
    advice: str | None = None
    refusal: CoinsError | None = None


def good(check: str, found: str, advice: str | None = None) -> Check:
    """A passed check."""
    return Check(check, ok=True, found=found, advice=advice)


def bad(check: str, found: str, advice: str | None) -> Check:
    """A failed check."""
    return Check(check, ok=False, found=found, advice=advice)


def refused(check: str, refusal: CoinsError) -> Check:
    """A failed check whose error every command would raise."""
    return Check(check, ok=False, found=refusal.message, refusal=refusal)


def check_store(path: str, *, with_parents: bool = False) -> Iterator[Check]:
    """Run all checks in the folder at `path`, or in the nearest folder above if it is missing."""
    disk = PosixDisk(path)
    folder = _nearest_folder(path)
    yield _store(disk, path, with_parents=with_parents)
    strange = _strange(disk)
    yield _place(disk.where, strange)
    yield _permissions(disk.where, strange)
    yield _file_system(folder)
    yield _free_space(folder)
    yield from _locks_and_syncs(folder)


def _strange(disk: PosixDisk) -> list[Strange]:
    """The entries with a wrong kind or wrong modes."""
    try:
        return disk.strange_entries()
    except OSError:  # Other checks report it.
        return []


def _nearest_folder(path: str) -> str:
    folder = os.path.abspath(path)
    while not os.path.isdir(folder):
        folder = os.path.dirname(folder)
    return folder


def _store(disk: PosixDisk, path: str, *, with_parents: bool) -> Check:
    try:
        if not is_made(disk):
            check_can_be_made(disk, with_parents=with_parents)
            return good("store", f"none yet at {path}", "the first wallet makes it")
        found = read_store_file(disk)
    except CoinsError as error:
        return refused("store", error)
    except OSError as error:
        return bad("store", str(error), "see that you can read it")
    return good("store", f"{path}, format {found.format}, made {found.created:%Y-%m-%d}")


def _place(path: str, strange: Sequence[Strange]) -> Check:
    try:
        check_place(path, with_modes=False)
        for one in strange:
            if one.is_in_the_way:
                raise one.refusal
    except CoinsError as error:
        return refused("place", error)
    return good("place", "your own, without links, and local")


def _permissions(path: str, strange: Sequence[Strange]) -> Check:
    try:
        found = os.stat(path)
    except OSError:
        return good("permissions", "none yet; only you will be able to read it")
    for one in strange:
        if not one.is_in_the_way:
            return refused("permissions", one.refusal)
    group, mode = writers_of(path, found).group, found.st_mode & 0o777
    if mode & (LOOSE_BITS if group is None else LOOSE_BITS_SHARED):
        return bad("permissions", f"mode {mode:04o}", f"chmod {FOLDER_MODE:o} {path}")
    whom = "only you can read it" if group is None else f"shared with group {group}"
    return good("permissions", f"mode {mode:04o}: {whom}")


def _file_system(folder: str) -> Check:
    kind = file_system(os.stat(folder)) or "not known"
    return good("file system", kind)


def _free_space(folder: str) -> Check:
    found = os.statvfs(folder)
    free = found.f_bavail * found.f_frsize
    megabytes = f"{free / 1e6:,.0f} MB"
    if free < FREE_BYTES_MIN:
        return bad("free space", megabytes, "make room; a full disk refuses, and loses nothing")
    return good("free space", megabytes)


def _locks_and_syncs(folder: str) -> Iterator[Check]:
    try:
        with temporary_folder(".coins-doctor-", within=folder) as trial:
            yield _locks(trial)
            yield _syncs(trial)
    except OSError as error:
        why = f"{folder}: {error.strerror}"
        yield bad("writing", why, "choose a folder that you can write, with --store")


def _locks(trial: str) -> Check:
    first, second = PosixDisk(trial), PosixDisk(trial)
    with first.lock("lock", shared=False, wait_seconds=0):
        try:
            with second.lock("lock", shared=False, wait_seconds=0):
                advice = "use another folder: two commands at once would damage this one"
                return bad("locks", "a lock was given twice", advice)
        except LockTimeout:
            return good("locks", "a held lock keeps others out")


def _syncs(trial: str) -> Check:
    disk = PosixDisk(trial)
    started = time.perf_counter()
    try:
        disk.append("file", b"coins")
        disk.sync("file")
        disk.sync("")
    except OSError as error:
        return bad("syncs", str(error.strerror), "use another disk")
    finally:
        disk.close()
    seconds = time.perf_counter() - started
    return good("syncs", f"they succeed; a file and its folder took {seconds:.3f} s")
