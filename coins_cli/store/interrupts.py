"""Holding back Ctrl-C and its kin while a commit is under way."""

import signal
from collections.abc import Callable
from types import FrameType
from typing import Any, Final

_HELD: Final = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)

HoldInterrupts = Callable[[], Callable[[], None]]


def hold_interrupts() -> Callable[[], None]:
    """Hold back what would interrupt this process; calling the result lets it through again.

    Between the write of a line and the sync of it, an interruption would leave something that
    nobody was told of. One that came meanwhile is delivered when it is let through: a caller that
    keeps a key can then ask again, and is answered by what stands. Python lets only its main thread
    be interrupted; in another one there is nothing to hold.
    """
    came: list[int] = []
    before: dict[int, Any] = {}

    def note(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - a handler's signature
        came.append(number)

    def let_through() -> None:
        _restore(before)
        while came:
            signal.raise_signal(came.pop())

    try:
        for number in _HELD:
            # A handler that is not Python's own cannot be put back, so it stays.
            if (handler := signal.getsignal(number)) is not None:
                before[number] = handler
                signal.signal(number, note)
    except ValueError:  # This is not the main thread.
        return lambda: None
    except BaseException:
        _restore(before)
        raise
    return let_through


def ignore_interrupts() -> None:
    """From now on, let nothing interrupt this process: it has answered, and is about to end."""
    for number in _HELD:
        signal.signal(number, signal.SIG_IGN)


def _restore(before: dict[int, Any]) -> None:
    """Put handlers back, the newest first, so that Ctrl-C comes last; all of them, if one acts."""
    while before:
        number, handler = before.popitem()
        try:
            signal.signal(number, handler)
        except BaseException:
            _restore(before)
            raise
