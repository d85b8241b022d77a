"""Holding back Ctrl-C and similar signals during a commit."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final

_HELD: Final = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)

HoldInterrupts = Callable[[], Callable[[], None]]


def hold_interrupts() -> Callable[[], None]:
    """Hold back signals that would interrupt this process; calling the result delivers them.

    An interruption between the write and the sync of a line would leave a transaction without an
    answer. After a later interruption, a caller with an idempotency key can send the request again
    and gets the recorded answer.
    """
    came: list[int] = []
    before: dict[int, Any] = {}

    def hold(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - a handler's signature
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
                signal.signal(number, hold)
    except ValueError:  # This is not the main thread, the only one that Python interrupts.
        return lambda: None
    except BaseException:
        _restore(before)
        raise
    return let_through


@contextmanager
def interrupts_held() -> Iterator[None]:
    """Hold back signals that would interrupt this process, to the end of the context."""
    let_through = hold_interrupts()
    try:
        yield
    finally:
        let_through()


def handle_none() -> None:
    """Let interruptions end this process at once without a message, unless they are ignored."""
    for number in _HELD:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _HELD)


def _restore(before: dict[int, Any]) -> None:
    """Put all handlers back, even if one of them runs and raises meanwhile."""
    while before:  # The newest first, so that Ctrl-C comes last.
        number, handler = before.popitem()
        try:
            signal.signal(number, handler)
        except BaseException:
            _restore(before)
            raise


@contextmanager
def interrupts_blocked() -> Iterator[None]:
    """Let Ctrl-C wait in the kernel; processes that are forked meanwhile inherit that."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
