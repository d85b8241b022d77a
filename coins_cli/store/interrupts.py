"""Holding back Ctrl-C and its kin while a commit is under way."""

import signal
from collections.abc import Callable

_HELD = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)


HoldInterrupts = Callable[[], Callable[[], None]]


def hold_interrupts() -> Callable[[], None]:
    """Hold back what would interrupt this thread; calling the result lets it through again.

    Between the write of a line and the answer for it, an interruption could only make a transaction
    that stands look as if it did not.
    """
    if not hasattr(signal, "pthread_sigmask"):
        return lambda: None
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _HELD)
    return lambda: _let_through(before)


def _let_through(before: set[signal.Signals | int]) -> None:
    signal.pthread_sigmask(signal.SIG_SETMASK, before)
