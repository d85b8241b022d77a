"""Locks between processes: `flock` on POSIX, `msvcrt.locking` on Windows (untested)."""

import sys
import time
from typing import Final

POLL_SECONDS: Final = 0.001
POLL_SECONDS_MAX: Final = 0.020


class LockTimeout(Exception):
    """The lock was held by others for too long."""


if sys.platform == "win32":
    import msvcrt

    def _try_lock(fd: int, *, shared: bool) -> bool:  # noqa: ARG001 - Windows knows one kind
        try:
            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _try_lock(fd: int, *, shared: bool) -> bool:
        try:
            fcntl.flock(fd, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def wait_for_lock(fd: int, *, shared: bool, wait_seconds: float) -> None:
    """Take the lock of an open file; closing the file releases it.

    Raises `LockTimeout` when others hold it for longer than `wait_seconds`.
    """
    deadline = time.monotonic() + wait_seconds
    pause = POLL_SECONDS
    while not _try_lock(fd, shared=shared):
        if time.monotonic() >= deadline:
            raise LockTimeout
        time.sleep(pause)
        pause = min(2 * pause, POLL_SECONDS_MAX)
