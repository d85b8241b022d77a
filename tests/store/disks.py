"""Disks that stand in for the real one: without waiting, and with failures."""

import errno
import os
from fnmatch import fnmatch
from typing import NamedTuple

from coins_cli.store.json.disk.folder import PosixDisk


class QuickDisk:
    """A real folder whose files are never synced, and a boot that a test can change."""

    def __init__(self, folder, *, boot="the first boot"):
        self._disk = PosixDisk(str(folder))
        self._boot = boot

    def __getattr__(self, operation):
        return getattr(self._disk, operation)

    def sync(self, name):
        """Nothing: no test turns the power off."""

    def boot(self):
        return self._boot


class Failure(NamedTuple):
    """Which operation fails on which names, with what, and how much of an append is done."""

    operation: str
    pattern: str
    error: int
    bytes_done: int


class FailingDisk:
    """A disk on which chosen operations fail, in front of another disk.

    `calls` are the operations that were asked for, each with its first name.
    """

    def __init__(self, disk):
        self._disk = disk
        self._failures = []
        self.calls = []

    def fail(self, operation, pattern="*", *, error=errno.EIO, bytes_done=0):
        """From now on, let `operation` fail for names that match `pattern`."""
        self._failures.append(Failure(operation, pattern, error, bytes_done))

    def heal(self):
        """Let nothing fail any more."""
        self._failures.clear()

    def __getattr__(self, operation):
        method = getattr(self._disk, operation)
        if not callable(method):
            return method

        def call(*args, **options):
            name = args[0] if args else ""
            self.calls.append((operation, name))
            for failure in self._failures:
                if failure.operation == operation and fnmatch(name, failure.pattern):
                    if failure.bytes_done:
                        method(name, args[1][: failure.bytes_done])
                    path = f"{self._disk.where}/{name}"
                    raise OSError(failure.error, os.strerror(failure.error), path)
            return method(*args, **options)

        return call


class Killed(BaseException):
    """The process ends here."""


class KillingDisk:
    """A disk under a process that is killed right before an operation, counted from zero."""

    def __init__(self, disk, operations_left):
        self._disk = disk
        self._operations_left = operations_left

    def __getattr__(self, operation):
        method = getattr(self._disk, operation)
        if not callable(method) or operation == "close":
            return method

        def call(*args, **options):
            if self._operations_left == 0:
                raise Killed
            self._operations_left -= 1
            return method(*args, **options)

        return call
