"""Holding back Ctrl-C and its kin while a commit is under way."""

import signal
from collections.abc import Callable

_HELD = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)


HoldInterrupts = Callable[[], Callable[[], None]]


def hold_interrupts() -> Callable[[], None]:
    """Hold back what would interrupt this thread; calling the result lets it through again.

    Between the write of a line and the sync of it, an interruption would leave something that
    nobody was told of. One that came meanwhile is raised when it is let through: a caller that
    keeps a key can then ask again, and is answered by what stands.
    """
    if not hasattr(signal, "pthread_sigmask"):
        return lambda: None
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    try:
        signal.pthread_sigmask(signal.SIG_BLOCK, _HELD)
    except BaseException:
        # One that had arrived already is raised by the very call that blocks the next.
        _let_through(before)
        raise
    return lambda: _let_through(before)


def ignore_interrupts() -> None:
    """From now on, let nothing interrupt this process: it has answered, and is about to end."""
    for number in _HELD:
        signal.signal(number, signal.SIG_IGN)


def _let_through(before: set[signal.Signals | int]) -> None:
    signal.pthread_sigmask(signal.SIG_SETMASK, before)
