"""Long texts at a terminal, shown through the reader's own pager as git does."""

import os
import shlex
import signal
import subprocess
import sys
from contextlib import suppress
from typing import Final

from coins_cli.cli.session import Session

USUAL_PAGER: Final = "less"
USUAL_SIZE: Final = (80, 24)
"""The size assumed for a terminal that does not report its own."""
LESS_OPTIONS: Final = "FRX"
"""Leave at once if the text fits, pass colours on, and let the text stay on the screen."""


def say_paged(session: Session, text: str) -> None:
    """Print a text on stdout, through the pager if a person reads it and it is long.

    A pager that cannot be run is no failure: then the text is printed as it is.
    """
    pager = _pager_for(session, text)
    if not pager or not _is_shown_by(pager, text):
        session.say(text)


def _pager_for(session: Session, text: str) -> list[str]:
    """The words of the pager's command; none if the text is to be printed as it is."""
    is_read = sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
    if session.settings.no_pager or not is_read or not _is_long(text):
        return []
    try:
        words = shlex.split(os.environ.get("PAGER", USUAL_PAGER))
    except ValueError:  # A quotation mark without its other half.
        return []
    return words if words != ["cat"] else []


def _is_long(text: str) -> bool:
    """True if a text and the prompt after it have more rows than the terminal."""
    # Not shutil's: it asks a stdout that `main` may have replaced.
    columns, rows = os.get_terminal_size(sys.stdout.fileno())
    if not columns or not rows:
        columns, rows = USUAL_SIZE
    return sum(-(-len(line) // columns) or 1 for line in text.splitlines()) >= rows


def _is_shown_by(pager: list[str], text: str) -> bool:
    """Run the pager until its reader leaves it; false if it cannot be run."""
    environment = {"LESS": LESS_OPTIONS, **os.environ}
    # Ctrl-C is the pager's, and does not end coins under it. Unlike an ignored signal, one that
    # is handled has its usual effect in the pager.
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        # The reader's own choice of a program, without a shell.
        child = subprocess.Popen(pager, stdin=subprocess.PIPE, env=environment)  # noqa: S603
        with suppress(BrokenPipeError):  # Who leaves before the end has read enough.
            child.communicate(f"{text}\n".encode(errors="backslashreplace"))
    except OSError:
        return False
    finally:
        signal.signal(signal.SIGINT, before)
    return True
