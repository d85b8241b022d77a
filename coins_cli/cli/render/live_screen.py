"""A live drawn on a whole terminal. Imports Rich, so it is imported only where one is drawn."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from types import FrameType
from typing import Any, Final

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from coins_cli.cli.render.big_text import big, huge
from coins_cli.cli.render.text import counted, escape_control, number
from coins_cli.cli.session import ReaderLeft
from coins_cli.views.broadcast import Broadcast, Run

SHOUT_OUT_SECONDS: Final = 8
"""Seconds for which a shout-out is shown."""
SHOUT_OUTS_MOST: Final = 2
USUAL_SIZE: Final = (80, 24)
"""The size assumed for a terminal that does not report its own."""

BESIDE_FROM_COLUMNS: Final = 72
"""Columns from which gifts and supporters are drawn side by side."""
LADDER_COLUMNS: Final = (36, 44)
"""The least and the most columns of supporters beside gifts: a handle and its coins fit."""
BIG_FROM_ROWS: Final = 18
"""Rows from which the total is drawn in digits of three rows."""
HUGE_FROM: Final = (100, 34)
"""Columns and rows from which the total is drawn in digits of five rows."""
GAP: Final = 3
LADDER_BELOW_FROM_ROWS: Final = 9
"""Rows of the lower part from which a leaderboard fits below the gifts."""
HEADED_FROM_ROWS: Final = (4, 6)
"""Rows of a list from which its heading fits, and from which the rule below that fits."""
THANKS_FROM_ROWS: Final = 3
"""Rows that must be left for thanks; with fewer, gifts take them."""
THANKS_MOST: Final = 3
RANKS_IN_BOLD: Final = 3

_ENTER: Final = "\x1b[?1049h\x1b[?25l\x1b[2J"
_LOCAL_FLAGS: Final = 3
"""The index of the local modes (`ECHO`, `ICANON`) in a terminal's attributes."""
_LEAVE: Final = "\x1b[?25h\x1b[?1049l"


class Screen:
    """A terminal on which frames are drawn; leaving restores its earlier contents."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._rows: list[str] = []
        self._size = (0, 0)
        self._keys = _Keys()
        self.is_stale = True

    @contextmanager
    def taken(self) -> Iterator["Screen"]:
        """Take over the whole terminal in a `with` block, and restore it after any end."""
        with self._given_back_when_suspended():
            try:
                self._take()
                yield self
            finally:
                self._give_back()

    def has_other_size(self) -> bool:
        """True if the terminal was resized since the last frame."""
        return self._size != size()

    def draw(self, broadcast: Broadcast, now: datetime) -> None:
        """Draw the live as of `now`; only changed rows are written."""
        columns, rows = found = size()
        if self.is_stale or found != self._size:
            self._size, self._rows, self.is_stale = found, [""] * rows, False
            self._write("\x1b[2J")
        drawn = self._drawn(frame(broadcast, now, columns, rows), columns)
        drawn += [""] * (rows - len(drawn))
        changed = [
            f"\x1b[{place};1H\x1b[2K{row}"
            for place, (row, before) in enumerate(zip(drawn, self._rows, strict=True), start=1)
            if row != before
        ]
        self._rows = drawn
        if changed:
            self._write("".join(changed))

    def _drawn(self, lines: list[Text], columns: int) -> list[str]:
        self._console.width = columns
        with self._console.capture() as drawn:
            for line in lines:
                self._console.print(line, no_wrap=True, crop=True, soft_wrap=True)
        return drawn.get().split("\n")[: len(lines)]

    def _write(self, text: str) -> None:
        try:
            sys.stdout.write(text)
            sys.stdout.flush()
        except OSError as error:
            raise ReaderLeft from error

    def _take(self) -> None:
        """Take over the terminal; safe in a signal handler during a write."""
        self._keys.silence()
        with suppress(OSError):
            os.write(sys.stdout.fileno(), _ENTER.encode())
        self.is_stale = True

    def _give_back(self) -> None:
        """Restore the terminal; safe in a signal handler during a write."""
        with suppress(OSError, RuntimeError):
            sys.stdout.flush()
        with suppress(OSError):
            os.write(sys.stdout.fileno(), _LEAVE.encode())
        self._keys.restore()

    @contextmanager
    def _given_back_when_suspended(self) -> Iterator[None]:
        """Restore the terminal while this process is suspended (Ctrl-Z)."""

        def suspend(signum: int, frame: FrameType | None) -> None:  # noqa: ARG001 - a handler's
            self._give_back()
            os.kill(os.getpid(), signal.SIGSTOP)
            self._take()

        before = signal.signal(signal.SIGTSTP, suspend)
        try:
            yield
        finally:
            signal.signal(signal.SIGTSTP, before)


class _Keys:
    """The keyboard: hides what is typed, here and at the prompt afterwards."""

    def __init__(self) -> None:
        self._before: list[Any] | None = None

    def silence(self) -> None:
        """Turn echo off; without a keyboard nothing happens."""
        import termios

        with suppress(OSError, ValueError, termios.error):
            self._before = termios.tcgetattr(sys.stdin)
            silent: list[Any] = [*self._before]
            silent[_LOCAL_FLAGS] &= ~(termios.ECHO | termios.ICANON)
            termios.tcsetattr(sys.stdin, termios.TCSADRAIN, silent)

    def restore(self) -> None:
        """Restore the earlier modes, and drop what was typed."""
        import termios

        if self._before is not None:
            with suppress(OSError, ValueError, termios.error):
                termios.tcsetattr(sys.stdin, termios.TCSAFLUSH, self._before)


def size() -> tuple[int, int]:
    """The columns and rows of the terminal."""
    try:
        found = os.get_terminal_size(sys.stdout.fileno())
    except (OSError, ValueError):
        return USUAL_SIZE
    return (found.columns, found.lines) if found.columns and found.lines else USUAL_SIZE


def frame(broadcast: Broadcast, now: datetime, columns: int, rows: int) -> list[Text]:
    """The live as of `now`: at most `rows` lines, none wider than `columns`.

    Parts that do not fit are left out.
    """
    is_roomy = rows >= BIG_FROM_ROWS
    shout_outs, thanks = _shout_outs(broadcast, now), _thanks(broadcast, columns)
    top = [_headline(broadcast, now, columns), *[Text()] * is_roomy]
    top += _total(broadcast, columns, rows)
    if broadcast.goal is not None:
        top += [*[Text()] * (rows >= HUGE_FROM[1]), _goal(broadcast, broadcast.goal, columns)]
    if is_roomy:
        # Room for words is kept before they come, so that nothing else moves.
        left = SHOUT_OUTS_MOST - len(shout_outs)
        top += [Text(), thanks, *shout_outs, *[Text()] * left, Text()]
    else:
        top += shout_outs[:1]
        top += [thanks] * (rows - len(top) >= THANKS_FROM_ROWS and bool(thanks))
    body = _body(broadcast, columns, rows - len(top)) if rows > len(top) else []
    lines = (top + body)[:rows]
    for line in lines:
        line.truncate(columns, overflow="ellipsis")
    return lines


def _headline(broadcast: Broadcast, now: datetime, columns: int) -> Text:
    """The creator, the title, and the time since the start."""
    status = Text.assemble(("● LIVE", "bold red"), f"  {_watch_face(broadcast, now)}")
    who = Text(_called(broadcast, broadcast.creator), style="bold")
    if broadcast.title:
        who.append(f"  {escape_control(broadcast.title)}", style="not bold")
    return _ends(who, status, columns)


def _watch_face(broadcast: Broadcast, now: datetime) -> str:
    """The time since the start: `12:34`, or `1:02:03`."""
    return _minutes(max(now, broadcast.newest_at or now) - (broadcast.started_at or now))


def _minutes(duration: timedelta) -> str:
    minutes, seconds = divmod(max(0, int(duration.total_seconds())), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def _total(broadcast: Broadcast, columns: int, rows: int) -> list[Text]:
    """The total of coins, in the largest digits that fit."""
    amount = number(broadcast.total)
    supporters = sum(one.gifts > 0 for one in broadcast.leaderboard.by_user.values())
    caption = f"{'coin' if broadcast.total == 1 else 'coins'}, {counted(broadcast.gifts, 'gift')}"
    whole = f"{caption} from {counted(supporters, 'supporter')}"
    caption = whole if cell_len(f"{amount} {whole}") <= columns else caption
    huge_columns, huge_rows = HUGE_FROM
    drawings = []
    if columns >= huge_columns and rows >= huge_rows:
        drawings.append(huge(amount))
    if rows >= BIG_FROM_ROWS:
        drawings.append(big(amount))
    for drawing in drawings:
        if len(drawing[0]) + GAP + cell_len(caption) <= columns:
            lines = [Text(line, style="bold") for line in drawing]
            lines[-1].append(f"{' ' * GAP}{caption}", style="not bold")
            return lines
    return [Text.assemble((amount, "bold"), f" {caption}")]


def _goal(broadcast: Broadcast, goal: int, columns: int) -> Text:
    """A bar of progress towards the goal, and its percentage."""
    is_reached = broadcast.total >= goal
    if is_reached:
        after = (broadcast.goal_reached_at or datetime.min) - (broadcast.started_at or datetime.min)
        caption = f"goal of {number(goal)} reached at {_minutes(after)}"
    else:
        caption = f"{100 * max(0, broadcast.total) // goal} % of {number(goal)}"
    width = max(0, columns - cell_len(caption) - 1)
    full = width * min(max(0, broadcast.total), goal) // goal
    return Text.assemble(
        ("█" * full, "green"),
        ("░" * (width - full), "dim"),
        " " if width else "",
        (caption, "bold green" if is_reached else ""),
    )


def _shout_outs(broadcast: Broadcast, now: datetime) -> list[Text]:
    """The shout-outs of the last `SHOUT_OUT_SECONDS`, newest first."""
    since = max(now, broadcast.newest_at or now) - timedelta(seconds=SHOUT_OUT_SECONDS)
    fresh = [one for one in reversed(broadcast.shout_outs) if one.at > since][:SHOUT_OUTS_MOST]
    return [Text(f"★ {escape_control(one.text or '')}", style="bold magenta") for one in fresh]


def _body(broadcast: Broadcast, columns: int, rows: int) -> list[Text]:
    """Gifts, with the supporters to the right, or below on a narrow terminal."""
    if columns < BESIDE_FROM_COLUMNS:
        below = rows // 3 + 1 if rows >= LADDER_BELOW_FROM_ROWS else 0
        gifts = _gifts(broadcast, columns, rows - below)
        gifts += [Text()] * (rows - below - len(gifts))
        return gifts + (_ladder(broadcast, columns, below) if below else [])
    right = max(LADDER_COLUMNS[0], min(LADDER_COLUMNS[1], columns * 2 // 5))
    left = columns - right - GAP
    gifts, leaderboard = _gifts(broadcast, left, rows), _ladder(broadcast, right, rows)
    lines = []
    for place in range(max(len(gifts), len(leaderboard))):
        line = gifts[place] if place < len(gifts) else Text()
        line.truncate(left, overflow="ellipsis", pad=True)
        line.append(" " * GAP)
        if place < len(leaderboard):
            line.append_text(leaderboard[place])
        line.rstrip()
        lines.append(line)
    return lines


def _gifts(broadcast: Broadcast, columns: int, rows: int) -> list[Text]:
    """The newest runs of gifts, under their heading."""
    lines = _heading("Gifts", columns, rows)
    runs = _runs(broadcast, columns, max(0, rows - len(lines)))
    return [*lines, *(runs or [Text("No gifts yet.", style="dim")])]


def _runs(broadcast: Broadcast, columns: int, room: int) -> list[Text]:
    """Runs in at most `room` rows, each with its message below.

    Where a sender does not fit beside the gift, the gift stands below: sums and names stay whole.
    """
    runs = broadcast.newest_runs(room)
    newest = max((run.last for run in runs), default=0)
    names = {run.sender: Text(_called(broadcast, run.sender)) for run in runs}
    senders = max((name.cell_len for name in names.values()), default=0)
    gifts = max((_gift_of(run).cell_len + len(number(run.coins)) for run in runs), default=0)
    is_beside = senders + len("  ") + gifts + 1 <= columns
    lines: list[Text] = []
    for run in runs:
        style = "bold" if run.last == newest else ""
        gift, name = Text("  ").append_text(_gift_of(run)), names[run.sender].copy()
        if is_beside:
            name.pad_right(senders - name.cell_len)
            gift = name.append_text(gift)
        else:
            lines.append(Text(name.plain, style=style))
        gift.stylize(style)
        lines.append(_ends(gift, Text(number(run.coins), style=style), columns))
        if run.message is not None:
            lines.append(Text(f"  “{escape_control(run.message)}”", style="italic"))
    for line in lines:
        line.truncate(columns, overflow="ellipsis")
    return lines[:room]


def _gift_of(run: Run) -> Text:
    """The gift of a run and its quantity."""
    return Text.assemble(escape_control(run.name), (f" × {number(run.quantity)}", "bold"))


def _thanks(broadcast: Broadcast, columns: int) -> Text:
    """The creator's latest thanks that fit, newest first, without repeats."""
    thanks = list(dict.fromkeys(one.text or "" for one in reversed(broadcast.thanks)))
    if not thanks:
        return Text()
    creator = _called(broadcast, broadcast.creator)
    line = Text(f"{creator}: “{escape_control(thanks[0])}”", style="bold cyan")
    for words in thanks[1:THANKS_MOST]:
        earlier = Text(f" “{escape_control(words)}”", style="not bold cyan")
        if line.cell_len + earlier.cell_len > columns:
            break
        line.append_text(earlier)
    return line


def _ladder(broadcast: Broadcast, columns: int, rows: int) -> list[Text]:
    """The top of the leaderboard, in at most `rows` rows."""
    supporters = broadcast.leaderboard.supporters()
    lines = _heading("Supporters", columns, rows)
    room = rows - len(lines)
    drawn = supporters if len(supporters) <= room else supporters[: max(0, room - 1)]
    ranks = len(str(len(drawn)))
    for one in drawn:
        style = "bold" if one.rank <= RANKS_IN_BOLD else ""
        name = Text(f"{one.rank:>{ranks}}  {_called(broadcast, one.user)}", style=style)
        lines.append(_ends(name, Text(number(one.coins)), columns))
    if len(drawn) < len(supporters) and room > 0:
        more = len(supporters) - len(drawn)
        lines.append(Text(f"{' ' * ranks}  and {number(more)} more", style="dim"))
    return lines


def _called(broadcast: Broadcast, user: str) -> str:
    """The name of a user for the screen."""
    return escape_control(broadcast.name_of(user))


def _heading(words: str, columns: int, rows: int) -> list[Text]:
    """The heading of a list and its rule, as far as they fit in `rows`."""
    lines = [Text(words, style="bold"), Text("─" * columns, style="dim")]
    return lines[: sum(rows >= needed for needed in HEADED_FROM_ROWS)]


def _ends(left: Text, right: Text, columns: int) -> Text:
    """A line with a text at each end; the left one is cut if need be."""
    room = columns - right.cell_len - 1
    if room < 1:
        left.truncate(columns, overflow="ellipsis")
        return left
    left.truncate(room, overflow="ellipsis", pad=True)
    return Text.assemble(left, " ", right)
