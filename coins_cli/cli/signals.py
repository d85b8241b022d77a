"""Handling of Ctrl-C, SIGTERM and SIGHUP in the process of a command.

While the program loads, Ctrl-C ends it at once, since there is nothing to clean up. Afterwards
Ctrl-C raises `KeyboardInterrupt`, and the other two raise `Ended`, so that temporary files are
removed. A signal that is ignored from the start, as with `nohup`, stays ignored.
"""

import os
import signal
from types import FrameType

# This module imports nothing slow, so it repeats what `exit_codes` and `session` have too.
NOTHING_CHANGED = "Stopped; nothing was changed."
INTERRUPTED = 130
STDERR = 2


class Ended(BaseException):
    """A signal asked this process to end; `number` is its number."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def end_at_once_on_interrupt() -> None:
    """Let Ctrl-C end this process at once, without a traceback."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _end_at_once)


def raise_when_signalled() -> None:
    """Let signals raise exceptions from now on."""
    if signal.getsignal(signal.SIGINT) is _end_at_once:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in _ending_signals():
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _raise_ended)


def ignore_interrupts() -> None:
    """Ignore all of these signals from now on, so that the process keeps its exit code."""
    for number in (signal.SIGINT, *_ending_signals()):
        signal.signal(number, signal.SIG_IGN)


def end_by(number: int) -> None:
    """End this process by a signal, so that its parent sees the cause."""
    signal.signal(number, signal.SIG_DFL)
    signal.raise_signal(number)


def _end_at_once(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - a signal handler
    try:
        os.write(STDERR, f"{NOTHING_CHANGED}\n".encode())
    finally:
        os._exit(INTERRUPTED)


def _raise_ended(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - a signal handler
    for each in _ending_signals():
        signal.signal(each, signal.SIG_IGN)  # A second signal must not interrupt the clean-up.
    raise Ended(number)


def _ending_signals() -> list[signal.Signals]:
    """The signals besides Ctrl-C that ask a process to end; Windows has only SIGTERM."""
    return [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
