"""Trying out whether a folder, its locks and its disk work as the store needs them to."""

import os
import tempfile
import time
from collections.abc import Iterator

from msgspec import Struct

from coins_cli.errors import CoinsError
from coins_cli.store.disk import FOLDER_MODE, PosixDisk
from coins_cli.store.locks import LockTimeout
from coins_cli.store.making import check_can_be_made, is_made, read_store_file
from coins_cli.store.trust import check_place, file_system

FREE_BYTES_MIN = 50_000_000
LOOSE_BITS = 0o077


class Check(Struct, frozen=True):
    """One thing that was tried: what was found, and what to do if it is not well."""

    check: str
    ok: bool
    found: str
    advice: str | None = None


def good(check: str, found: str, advice: str | None = None) -> Check:
    """A check that found nothing wrong."""
    return Check(check, ok=True, found=found, advice=advice)


def bad(check: str, found: str, advice: str | None) -> Check:
    """A check that found something to mend."""
    return Check(check, ok=False, found=found, advice=advice)


def check_store(path: str, *, with_parents: bool = False) -> Iterator[Check]:
    """Try everything out in the folder at `path`, or in the one where it would be made."""
    disk = PosixDisk(path)
    folder = _nearest_folder(path)
    yield _store(disk, path, with_parents=with_parents)
    yield _place(path)
    yield _permissions(path)
    yield _file_system(folder)
    yield _free_space(folder)
    yield from _locks_and_syncs(folder)


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
        return bad("store", error.message, error.hint)
    except OSError as error:
        return bad("store", str(error), "see that you can read it")
    return good("store", f"{path}, format {found.format}, made {found.created:%Y-%m-%d}")


def _place(path: str) -> Check:
    try:
        check_place(path)
    except CoinsError as error:
        return bad("place", error.message, error.hint)
    return good("place", "your own, without links, and local")


def _permissions(path: str) -> Check:
    try:
        mode = os.stat(path).st_mode & 0o777
    except OSError:
        return good("permissions", "none yet; only you will be able to read it")
    if mode & LOOSE_BITS:
        return bad("permissions", f"mode {mode:04o}", f"chmod {FOLDER_MODE:o} {path}")
    return good("permissions", f"mode {mode:04o}: only you can read it")


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
        with tempfile.TemporaryDirectory(prefix=".coins-doctor-", dir=folder) as trial:
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
