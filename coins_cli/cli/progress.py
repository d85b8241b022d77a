"""Progress on what takes long, on a terminal, and only once it has taken a moment."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from coins_cli.cli.session import Session
from coins_cli.cli.text import tell
from coins_cli.store.protocol import Progress

QUIET_SECONDS = 0.5
"""What is over sooner shows nothing."""

PAUSE_SECONDS = 0.1


@contextmanager
def progress_shown(session: Session, what: str) -> Iterator[Progress | None]:
    """A function that is told how far a task is, and shows it on stderr; `None` off a terminal."""
    if not sys.stderr.isatty() or session.settings.json or session.settings.quiet:
        yield None
        return
    started = shown = time.monotonic()
    is_shown = False

    def show(done: int, total: int) -> None:
        nonlocal shown, is_shown
        now = time.monotonic()
        if now - started >= QUIET_SECONDS and now - shown >= PAUSE_SECONDS:
            tell(f"\r{what}: {100 * done // total:>3} %", nl=False)
            shown, is_shown = now, True

    try:
        yield show
    finally:
        if is_shown:
            tell("\r" + " " * (len(what) + 7) + "\r", nl=False)
