"""Slides at a terminal: one step a screen, turned by keys."""

import os
import select
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Final

import typer

from coins_cli.cli.render.text import echo_err

Slide = Callable[[int, int], str]
"""The text of a slide: its place from 0 on, and the columns of the terminal."""

KEYS: Final = "any key: on  b: back  q: quit"
LAST_KEYS: Final = "any key: end  b: back"
PROMPT_ROWS: Final = 2
"""Rows for the line about the keys, and for an empty one above it."""
USUAL_SIZE: Final = (80, 24)
"""Columns and rows assumed for a terminal that does not report its own."""

_CLEAR: Final = "\x1b[2J\x1b[H"
_BACK: Final = ("b", "B", "\x7f", "\x1b[D", "\x1bOD", "\x1b[5~")
"""b, Backspace, arrow to the left, and Page Up, which a presenter's remote control sends."""
_QUIT: Final = ("q", "Q", "\x04", "")
"""q, Ctrl-D, and a terminal that is gone."""
_ESCAPE: Final = "\x1b"
"""The first character of a key that sends several."""
_KEYS_BYTES_MAX: Final = 1_024
_LOOK_SECONDS: Final = 0.1
"""Seconds between two looks at the size of the terminal."""


def size() -> tuple[int, int]:
    """The columns and rows of the terminal."""
    try:
        found = os.get_terminal_size(sys.stdout.fileno())
    except (OSError, ValueError):
        return USUAL_SIZE
    return (found.columns, found.lines) if found.columns and found.lines else USUAL_SIZE


def show_slides(slide: Slide, count: int, say: Callable[[str], None]) -> bool:
    """Show slides by keys, each on a cleared screen; returns whether the last one was passed.

    A slide that is higher than the terminal is shown in parts. The last one stays on the screen.
    """
    place, part = 0, 0
    with _Keyboard() as keyboard:
        while True:
            shown_at = size()
            parts = _parts(slide(place, shown_at[0]), shown_at[1] - PROMPT_ROWS)
            part = min(part, len(parts) - 1) if part >= 0 else len(parts) - 1
            _clear()
            say(f"{parts[part]}\n")
            is_last = place == count - 1 and part == len(parts) - 1
            prompt = f"{place + 1} of {count}  {LAST_KEYS if is_last else KEYS}"
            with _prompt_shown(prompt[: shown_at[0] - 1]):
                key = keyboard.next_key(shown_at)
            if key is None:
                continue
            is_back = key in _BACK
            if key in _QUIT or (is_last and not is_back):
                return is_last
            place, part = _turned(place, part, len(parts), is_back=is_back)


def _turned(place: int, part: int, parts: int, *, is_back: bool) -> tuple[int, int]:
    """The place and part after one that has so many `parts`, or before it; -1 is the last part."""
    if not is_back:
        return (place, part + 1) if part + 1 < parts else (place + 1, 0)
    if part > 0:
        return place, part - 1
    return (place - 1, -1) if place > 0 else (0, 0)


def _parts(text: str, rows: int) -> list[str]:
    """`text` in parts of at most `rows` lines; they end at an empty line where there is one."""
    lines, parts = text.splitlines(), []
    rows = max(1, rows)
    while len(lines) > rows:
        end = next((row for row in range(rows, rows // 2, -1) if not lines[row]), rows)
        parts.append("\n".join(lines[:end]))
        lines = lines[end + (not lines[end]) :]
    return [*parts, "\n".join(lines)]


def _clear() -> None:
    """Clear the screen, if the terminal can."""
    can = os.environ.get("TERM", "dumb") not in ("", "dumb")
    typer.echo(_CLEAR if can else "", nl=not can)


@contextmanager
def _prompt_shown(prompt: str) -> Iterator[None]:
    """Show a line in the `with` block, and take it away after any end."""
    echo_err(prompt, nl=False)
    try:
        yield
    finally:
        echo_err("\r" + " " * len(prompt) + "\r", nl=False)


class _Keyboard:
    """The keys of the terminal; in a `with` block they come at once, and are not shown.

    While this process is suspended (Ctrl-Z), they are as they were.
    """

    def __enter__(self) -> "_Keyboard":
        import termios

        self._keys = sys.stdin.fileno()
        self._modes = termios.tcgetattr(self._keys)
        self._was_suspended = False
        self._typed = ""
        self._before = signal.signal(signal.SIGTSTP, self._suspend)
        self._take()
        return self

    def __exit__(self, *error: object) -> None:
        signal.signal(signal.SIGTSTP, self._before)
        self._give_back()

    def next_key(self, shown_at: tuple[int, int]) -> str | None:
        """The next key; `None` if the screen must be drawn again first, "" at the end of input."""
        while not self._typed and not select.select([self._keys], [], [], _LOOK_SECONDS)[0]:
            if self._was_suspended or size() != shown_at:
                self._was_suspended = False
                return None
        typed = self._typed or self._read()
        length = len(typed) if typed.startswith(_ESCAPE) else 1
        self._typed = typed[length:]
        return typed[:length]

    def _read(self) -> str:
        """What was typed since the last read; nothing if the terminal is gone."""
        try:
            return os.read(self._keys, _KEYS_BYTES_MAX).decode(errors="replace")
        except OSError:
            return ""

    def _take(self) -> None:
        import termios
        import tty

        tty.setcbreak(self._keys, termios.TCSADRAIN)  # Keys that were typed ahead stay.

    def _give_back(self) -> None:
        import termios

        with suppress(termios.error):
            termios.tcsetattr(self._keys, termios.TCSAFLUSH, self._modes)

    def _suspend(self, signum: int, frame: FrameType | None) -> None:  # noqa: ARG002 - a handler's
        self._give_back()
        os.kill(os.getpid(), signal.SIGSTOP)
        self._take()
        self._was_suspended = True
