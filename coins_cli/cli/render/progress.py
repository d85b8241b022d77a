"""Progress of long tasks on a terminal."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from coins_cli.cli.render.text import echo_err
from coins_cli.cli.session import Session
from coins_cli.store.protocol import Progress

QUIET_SECONDS = 0.5
"""Tasks that end sooner show no progress."""

PAUSE_SECONDS = 0.1


@contextmanager
def progress_shown(session: Session, what: str) -> Iterator[Progress | None]:
    """A function that shows a task's progress on stderr, or `None` if progress is not shown.

    It is shown only on a terminal, and not with --json or --quiet.
    """
    if not sys.stderr.isatty() or session.settings.json or session.settings.quiet:
        yield None
        return
    started = shown_at = time.monotonic()
    is_shown = False

    def show(done: int, total: int) -> None:
        nonlocal shown_at, is_shown
        now = time.monotonic()
        if now - started >= QUIET_SECONDS and now - shown_at >= PAUSE_SECONDS:
            echo_err(f"\r{what}: {100 * done // total:>3} %", nl=False)
            shown_at, is_shown = now, True

    try:
        yield show
    finally:
        if is_shown:
            echo_err("\r" + " " * (len(what) + 7) + "\r", nl=False)
