"""Watching a live: nothing is missed, nothing counted twice, and the terminal is given back."""

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from contextlib import contextmanager
from datetime import timedelta

import pytest
from rich.cells import cell_len

from coins_cli.bank import Bank
from coins_cli.cli.render.live_screen import frame
from coins_cli.files.catalogs import default_catalog
from coins_cli.opening import open_bank
from coins_cli.store.memory import MemoryStore
from coins_cli.views.broadcast import Broadcast
from tests.cli.runner import (
    COMMAND,
    CTRL_C,
    PATIENCE_SECONDS,
    coins,
    ended,
    process,
    started,
    terminal,
    typed,
)

ENTERED, LEFT = "\x1b[?1049h", "\x1b[?1049l"
STOPPED = "Stopped watching; nothing was changed.\n"
DORA = "Dora the Dancer (dora)"
ERIN_IS_LIVE = 17
"""The number of the transaction that started the live of the economy that tests work on."""


def events_in(text):
    return [json.loads(line) for line in text.splitlines()]


def kinds(events):
    return [event["event"] for event in events]


@pytest.fixture
def bank(store):
    """The economy that is watched, changed from another process than the one that watches."""
    return open_bank(store)


# -- in a pipe -------------------------------------------------------------------------------------


def test_what_comes_while_it_is_watched_is_told_until_the_live_ends(bank):
    bank.gift("dora", "erin", "panda")
    with started("live", "watch", "erin", "--json") as watching:
        first = json.loads(watching.stdout.readline())
        assert (first["event"], first["seq"], first["total"]) == ("start", ERIN_IS_LIVE, 0)
        seq = bank.gift("dora", "erin", "panda", quantity=2, message="Hi!").seq
        gift, thanks = (json.loads(watching.stdout.readline()) for _ in range(2))
        bank.end_live("erin")
        ran = ended(watching)
    assert (ran.code, ran.err) == (0, "")
    assert list(gift)[:2] == ["schema", "event"]
    assert (gift["event"], gift["seq"], gift["from"], gift["to"]) == ("gift", seq, "dora", "erin")
    assert (gift["gift"], gift["quantity"], gift["coins"]) == ("panda", 2, 10)
    assert (gift["combo"], gift["total"], gift["message"]) == (3, 15, "Hi!")
    assert (thanks["event"], thanks["text"]) == ("thanks", "Thank you, dora!")
    (last,) = events_in(ran.out)
    assert (last["event"], last["total"], last["from"]) == ("end", 15, None)


def test_without_json_each_event_is_a_plain_line(bank):
    with started("live", "watch", "erin", "--goal", "1000") as watching:
        assert watching.stdout.readline() == b"erin is live.\n"
        bank.gift("dora", "erin", "panda", quantity=2, message="Hi!")
        undone = bank.gift("dora", "erin", "panda").seq
        bank.gift("dora", "erin", "im-very-rich")
        bank.reverse(undone, "a slip")
        bank.end_live("erin")
        ran = ended(watching)
    assert ran.said().splitlines() == [
        f"{DORA} sent 2 × Panda (10 coins). “Hi!” Total: 10 coins.",
        "erin: “Thank you, Dora the Dancer!”",
        f"{DORA} sent 1 × Panda (5 coins). Combo: 3. Total: 15 coins.",
        "erin: “Thank you, Dora the Dancer!”",
        f"{DORA} sent 1 × I'm very rich (1,000 coins). Total: 1,015 coins. The goal is reached!",
        "erin: “Thank you, Dora the Dancer!”",
        "★ Dora the Dancer sends 1 × I'm very rich: 1,000 coins!",
        f"Taken back: 1 × Panda from {DORA} (5 coins), and the thanks for it. Total: 1,010 coins.",
        "erin is no longer live. Total: 1,010 coins.",
    ]


def test_of_a_thousand_gifts_at_once_none_is_lost_and_none_comes_twice(bank, tmp_path):
    lines = tmp_path / "burst.jsonl"
    gift = {"op": "gift", "from": "dora", "to": "erin", "gift": "panda"}
    bank.recharge("dora", 10_000)
    lines.write_text(f"{json.dumps(gift)}\n" * 1_000)
    with started("live", "watch", "erin", "--json") as watching:
        watching.stdout.readline()
        assert process("batch", lines, "--quiet").code == 0
        bank.end_live("erin")
        ran = ended(watching)
    gifts = [event for event in events_in(ran.out) if event["event"] == "gift"]
    assert [event["seq"] for event in gifts] == list(range(19, 1_019))
    assert [event["total"] for event in gifts] == list(range(5, 5_005, 5))
    assert [event["combo"] for event in gifts] == list(range(1, 1_001))
    assert kinds(events_in(ran.out)).count("shout_out") == 1


def test_whoever_stops_reading_ends_it_quietly_even_while_nothing_happens(store):
    with started("live", "watch", "erin", "--json") as watching:
        watching.stdout.readline()
        watching.stdout.close()
        assert watching.wait(PATIENCE_SECONDS) == 0
        assert watching.stderr.read() == b""


def test_ctrl_c_ends_it_with_words(store):
    with started("live", "watch", "erin") as watching:
        watching.stdout.readline()
        watching.send_signal(signal.SIGINT)
        ran = ended(watching)
    assert (ran.code, ran.out, ran.err) == (130, "", STOPPED)


def test_what_is_watched_is_not_changed(untouched):
    with started("live", "watch", "erin", "--goal", "100") as watching:
        watching.stdout.readline()
        watching.send_signal(signal.SIGINT)
        assert ended(watching).code == 130


# -- since, wait, and what is refused --------------------------------------------------------------


@pytest.fixture
def two_lives(bank):
    """erin was live twice; the numbers of the gift on the first one and on the second one."""
    first = bank.gift("dora", "erin", "panda").seq
    bank.end_live("erin")
    bank.start_live("erin", title="Again")
    second = bank.gift("dora", "erin", "sun cream").seq
    bank.end_live("erin")
    return first, second


def test_since_replays_a_live_that_is_over(two_lives):
    said = typed("live watch erin --since 1 --json").said()
    assert kinds(events_in(said)) == ["start", "gift", "thanks", "end"]
    assert events_in(said)[1]["seq"] == two_lives[0]


def test_since_a_number_after_one_live_begins_with_the_next(two_lives):
    first, second = two_lives
    for since in (first + 2, second):
        events = events_in(coins("live", "watch", "erin", "--json", "--since", since).said())
        assert kinds(events) == ["start", "gift", "thanks", "end"]
        assert (events[0]["title"], events[1]["seq"]) == ("Again", second)


def test_since_tells_nothing_that_was_before_but_the_start_and_counts_it(bank):
    bank.gift("dora", "erin", "panda")
    second = bank.gift("dora", "erin", "panda").seq
    bank.end_live("erin")
    events = events_in(coins("live", "watch", "erin", "--json", "--since", second).said())
    assert [(one["event"], one["total"]) for one in events] == [
        ("start", 0),
        ("gift", 10),
        ("thanks", 10),
        ("end", 10),
    ]


def test_since_goes_on_with_a_live_that_is_on(bank):
    bank.gift("dora", "erin", "panda")
    with started("live", "watch", "erin", "--json", "--since", "1") as watching:
        seen = [json.loads(watching.stdout.readline()) for _ in range(3)]
        bank.end_live("erin")
        assert ended(watching).json()["event"] == "end"
    assert kinds(seen) == ["start", "gift", "thanks"]


@pytest.mark.parametrize(
    ("line", "code", "exit_code"),
    [
        ("bob", "unknown_live", 3),
        ("erin", "not_live", 4),
        ("erin --since 1000", "not_live", 4),
        ("nobody", "unknown_user", 3),
        ("erin --goal 0", "invalid_amount", 2),
        ("erin --goal many", "invalid_amount", 2),
        ("erin --since -1", "invalid_amount", 2),
        ("erin --since x", "invalid_amount", 2),
    ],
)
def test_what_cannot_be_watched_is_refused_by_name(bank, line, code, exit_code):
    bank.end_live("erin")
    refusal = typed(f"live watch {line} --json").refusal()
    assert (refusal["code"], refusal["exit"]) == (code, exit_code)


def test_without_a_store_there_is_nothing_to_wait_for(no_store):
    assert typed("live watch erin --wait --json").refusal()["code"] == "no_store"


@pytest.mark.parametrize("creator", ["bob", "erin"])
def test_it_waits_for_a_live_that_has_not_begun(bank, creator):
    bank.end_live("erin")
    with started("live", "watch", creator, "--wait", "--json") as watching:
        notice = watching.stderr.readline().decode()
        assert notice == f"{creator} is not live yet. Waiting; Ctrl-C stops it.\n"
        bank.start_live("frank")
        seq = bank.start_live(creator).seq
        bank.gift("dora", creator, "panda")
        bank.end_live(creator)
        ran = ended(watching)
    events = events_in(ran.out)
    assert kinds(events) == ["start", "gift", "thanks", "end"]
    assert events[0]["seq"] == seq


@pytest.mark.parametrize("how", ["interrupted", "nobody reads"])
def test_waiting_can_be_ended(bank, how):
    bank.end_live("erin")
    with started("live", "watch", "erin", "--wait") as watching:
        watching.stderr.readline()
        if how == "interrupted":
            watching.send_signal(signal.SIGINT)
            assert tuple(ended(watching)) == (130, "", STOPPED)
        else:
            watching.stdout.close()
            assert watching.wait(PATIENCE_SECONDS) == 0


def test_a_live_that_is_on_is_not_waited_for(bank):
    with started("live", "watch", "erin", "--wait") as watching:
        assert watching.stdout.readline() == b"erin is live.\n"
        bank.end_live("erin")
        assert ended(watching).err == ""


# -- at a terminal ---------------------------------------------------------------------------------


class Screen:
    """A watcher at a terminal of its own, and everything it wrote there."""

    def __init__(self, child, controlling):
        self.child = child
        self.controlling = controlling
        self.wrote = ""
        self.seen = 0

    def until(self, words):
        """Wait until it has written that, after what was waited for before."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (at := self.wrote.find(words, self.seen)) < 0:
            left = max(0, deadline - time.monotonic())
            assert select.select([self.controlling], [], [], left)[0], (words, self.wrote)
            self.wrote += os.read(self.controlling, 65536).decode(errors="replace")
        self.seen = at + len(words)

    def type(self, keys):
        os.write(self.controlling, keys.encode())

    def resize(self, columns, rows):
        fcntl.ioctl(self.controlling, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def end(self):
        """The code with which it ends, once it does."""
        while True:
            try:
                chunk = os.read(self.controlling, 65536)
            except OSError:  # Linux says so when the last process has left the terminal
                break
            if not chunk:
                break
            self.wrote += chunk.decode(errors="replace")
        return os.waitstatus_to_exitcode(os.waitpid(self.child, 0)[1])

    def on_normal_screen(self):
        """What is left when the terminal is given back."""
        return self.wrote.rpartition(LEFT)[2].replace("\r\n", "\n")


@contextmanager
def at_terminal(*args, columns=80, rows=12):
    child, controlling = pty.fork()
    if child == 0:
        try:
            size = struct.pack("HHHH", rows, columns, 0, 0)
            fcntl.ioctl(0, termios.TIOCSWINSZ, size)
            environment = {**os.environ, "TERM": "xterm-256color"}
            os.execve(COMMAND[0], [*COMMAND, *args], environment)
        finally:
            os._exit(127)
    screen = Screen(child, controlling)
    screen.attributes = termios.tcgetattr(controlling)
    try:
        yield screen
    finally:
        try:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        except (ProcessLookupError, ChildProcessError):
            pass
        os.close(controlling)


def test_the_screen_shows_each_gift_and_is_given_back_at_the_end_with_a_summary(bank):
    with at_terminal("live", "watch", "erin", "--goal", "100") as screen:
        screen.until("No gifts yet.")
        bank.gift("dora", "erin", "panda", quantity=3)
        screen.until("Panda")
        bank.gift("dora", "erin", "panda", quantity=39)
        screen.until("goal of 100 reached")
        bank.end_live("erin")
        assert screen.end() == 0
    assert screen.wrote.count(ENTERED) == screen.wrote.count(LEFT) == 1
    assert screen.wrote.index(ENTERED) < screen.wrote.index("LIVE") < screen.wrote.index(LEFT)
    assert "210 coins in 42 gifts from 1 supporter" in screen.on_normal_screen()
    assert "\x1b[?25h" in screen.wrote.rpartition(LEFT)[0][-8:]


@pytest.mark.parametrize(
    ("keys", "signum", "code"),
    [(CTRL_C, None, 130), ("", signal.SIGTERM, -signal.SIGTERM)],
)
def test_the_terminal_is_given_back_whoever_ends_it(bank, keys, signum, code):
    with at_terminal("live", "watch", "erin") as screen:
        screen.until(ENTERED)
        screen.until("No gifts yet.")
        screen.type(f"typed{keys}")
        if signum is not None:
            os.kill(screen.child, signum)
        assert screen.end() == code
        after = termios.tcgetattr(screen.controlling)
    assert screen.wrote.count(LEFT) == 1
    assert screen.on_normal_screen() == (STOPPED if keys else "")
    assert "typed" not in screen.wrote
    assert after == screen.attributes


def test_whoever_suspends_it_has_the_terminal_meanwhile(bank):
    with at_terminal("live", "watch", "erin") as screen:
        screen.until("No gifts yet.")
        screen.type("\x1a")
        assert os.WIFSTOPPED(os.waitpid(screen.child, os.WUNTRACED)[1])
        screen.until(LEFT)
        assert termios.tcgetattr(screen.controlling) == screen.attributes
        os.kill(screen.child, signal.SIGCONT)
        screen.until(ENTERED)
        screen.until("No gifts yet.")
        screen.type(CTRL_C)
        assert screen.end() == 130


def test_a_resize_draws_it_anew_in_the_new_size(bank):
    bank.gift("dora", "erin", "panda")
    with at_terminal("live", "watch", "erin", columns=80, rows=12) as screen:
        screen.until("Dora the Dancer")
        screen.resize(30, 6)
        screen.until("\x1b[2J")
        screen.until("Dora the")
        screen.type(CTRL_C)
        assert screen.end() == 130
    narrow = screen.wrote.rpartition("\x1b[2J")[2]
    rows = re.findall(r"\x1b\[(\d+);1H\x1b\[2K([^\r\n]*?)(?=\x1b\[\d+;1H|\x1b\[\?25h)", narrow)
    assert rows
    for number, row in rows:
        assert int(number) <= 6
        assert cell_len(re.sub(r"\x1b\[[0-9;]*m", "", row)) <= 30


def test_a_burst_is_counted_in_full_and_drawn_in_a_few_frames(bank, tmp_path):
    lines = tmp_path / "burst.jsonl"
    gift = {"op": "gift", "from": "dora", "to": "erin", "gift": "panda"}
    lines.write_text(f"{json.dumps(gift)}\n" * 400)
    with at_terminal("live", "watch", "erin") as screen:
        screen.until("No gifts yet.")
        assert process("batch", lines, "--quiet").code == 0
        screen.until("2,000")
        screen.type(CTRL_C)
        assert screen.end() == 130
    frames = screen.wrote.count("\x1b[2;1H")
    assert frames < 40


def test_an_ended_live_at_a_terminal_is_played_again_and_summed_up(two_lives):
    ran = terminal("live", "watch", "erin", "--since", "1")
    assert ran.code == 0
    assert ran.out.index(ENTERED) < ran.out.index("LIVE") < ran.out.index(LEFT)
    assert ran.out.rpartition(LEFT)[2].startswith("erin's live lasted")


def test_a_terminal_that_cannot_be_drawn_on_gets_lines_and_the_summary(two_lives):
    ran = terminal("live", "watch", "erin", "--since", "1", TERM="dumb")
    assert ran.code == 0
    assert "\x1b" not in ran.out
    assert ran.out.splitlines()[1] == f"{DORA} sent 1 × Panda (5 coins). Total: 5 coins."
    assert "1 gift from 1 supporter" in ran.out


def test_json_is_json_at_a_terminal_too(two_lives):
    ran = terminal("live", "watch", "erin", "--since", "1", "--json")
    assert kinds(events_in(ran.out)) == ["start", "gift", "thanks", "end"]


@pytest.mark.parametrize("how", [("--color", "never"), ()])
def test_colour_is_left_out_when_it_is_not_wanted(bank, monkeypatch, how):
    if not how:
        monkeypatch.setenv("NO_COLOR", "1")
    with at_terminal("live", "watch", "erin", "--goal", "10", *how) as screen:
        screen.until("No gifts yet.")
        screen.type(CTRL_C)
        assert screen.end() == 130
    assert re.findall(r"\x1b\[[0-9;]+m", screen.wrote) == []


def test_drawing_is_imported_only_where_something_is_drawn(two_lives):
    code = (
        "import sys; from coins_cli.cli.main import run;"
        "run(['live', 'watch', 'erin', '--since', '1']);"
        "drawing = ('rich.text', 'coins_cli.cli.render.live_screen');"
        "sys.exit(any(name in sys.modules for name in drawing))"
    )
    ran = subprocess.run([COMMAND[0], "-c", code], capture_output=True, check=False)
    assert ran.returncode == 0, ran.stdout.decode()


# -- frames ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def evening():
    """A live of some people, with a long title, long messages and large gifts."""
    bank = Bank(MemoryStore(), default_catalog())
    users = [f"a.very.long.handle.{number}" for number in range(30)]
    bank.create_wallets("star", *users)
    live = bank.start_live("star", title="歌 " * 30).seq
    for number, user in enumerate(users):
        bank.recharge(user, 10_000)
        bank.gift(user, "star", "concert", quantity=number % 5 + 1, message="多謝 " * 20)
    broadcast = Broadcast("star", live, goal=50_000)
    follower = bank.read.follow(live - 1)
    while found := follower.look():
        for entry in found:
            broadcast.take(entry)
    return broadcast


def drawn(broadcast, columns, rows, after=61.0):
    now = broadcast.started_at + timedelta(seconds=after)
    return [line.plain for line in frame(broadcast, now, columns, rows)]


@pytest.mark.parametrize("columns", [1, 2, 5, 12, 30, 59, 60, 80, 99, 100, 120, 300])
def test_a_frame_fits_any_terminal(evening, columns):
    for rows in (1, 2, 3, 5, 8, 12, 17, 18, 24, 33, 34, 40, 100):
        lines = drawn(evening, columns, rows)
        assert 0 < len(lines) <= rows
        assert max(map(cell_len, lines)) <= columns, rows


def test_a_usual_terminal_shows_everything(evening):
    text = "\n".join(drawn(evening, 80, 24, after=5))
    for words in ("● LIVE", "歌", "gifts from 30 supporters", "% of 50,000", "★", "“多謝", "more"):
        assert words in text
    assert "Thank you, a.very.long.handle.29!" in text
    assert "Gifts" in text
    assert "Supporters" in text


@pytest.mark.parametrize("columns", [40, 60, 80, 120])
def test_no_gift_sender_or_sum_of_a_frame_is_cut(columns):
    bank = Bank(MemoryStore(), default_catalog())
    users = [f"long.handle_of_24_letter{number}"[-24:] for number in range(5)]
    bank.create_wallets("star", *users)
    live = bank.start_live("star").seq
    for user in users:
        bank.recharge(user, 10_000)
        bank.gift(user, "star", "love bang", quantity=111)
        bank.gift(user, "star", "im-very-rich", quantity=5)
    broadcast = Broadcast("star", live)
    follower = bank.read.follow(live - 1)
    while found := follower.look():
        for entry in found:
            broadcast.take(entry)
    lines = drawn(broadcast, columns, 40, after=61.0)
    text = "\n".join(line for line in lines if not line.startswith(("★", "star")))
    assert "…" not in text
    for words in (*users, "Love bang × 111", "I'm very rich × 5", "2,775", "5,000", "7,775"):
        assert words in text


def test_a_narrow_terminal_has_the_ladder_below_the_gifts(evening):
    lines = drawn(evening, 40, 24)
    assert lines.index("Gifts") < lines.index("Supporters")


def test_the_total_is_larger_where_there_is_room(evening):
    assert any(line.startswith("45,000 coins") for line in drawn(evening, 80, 17))
    small, large = drawn(evening, 80, 24), drawn(evening, 120, 40)
    assert sum("█ " in line for line in small[2:5]) >= 1
    assert sum(line.startswith("██  ██") for line in large[2:7]) == 2


def test_a_shout_out_stands_out_for_a_few_seconds(evening):
    newest = (evening.shout_outs[-1].at - evening.started_at).total_seconds()
    for after, is_there in ((newest + 7.9, True), (newest + 8.1, False)):
        assert ("★" in "".join(drawn(evening, 80, 24, after))) is is_there


def test_what_people_typed_is_never_obeyed_by_the_terminal(bank):
    bank.end_live("erin")
    bank.start_live("erin", title="right\u202eleft")
    bank.gift("dora", "erin", "panda", message="right\u202eleft")
    bank.end_live("erin")
    lines = typed("live watch erin --since 19").said()
    assert "\u202e" not in lines
    assert lines.count("right\\u202eleft") == 2
    broadcast = Broadcast("erin", 19)
    for entry in bank.read.follow(18).look()[:2]:
        broadcast.take(entry)
    text = "\n".join(drawn(broadcast, 80, 24, after=1))
    assert "\u202e" not in text
    assert text.count("right\\u202eleft") == 2
