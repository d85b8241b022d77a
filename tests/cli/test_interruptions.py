"""Commands that are interrupted or ended between any two things that they do to the disk.

Each of them runs in a process of its own, which gets the signal right after a chosen change of the
disk. What it says then is what the disk shows, and nothing temporary is left.
"""

import gc
import json
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from shutil import copytree

import pytest

from coins_cli.bank import Bank
from coins_cli.cli.main import main
from coins_cli.files.catalogs import default_catalog
from coins_cli.store.json.store import JsonStore
from tests.cli.changing import CHANGING, make_room
from tests.cli.runner import PATIENCE_SECONDS, Ran, contents

CHANGES_OF_DISK = frozenset(
    ["mkdir", "open", "write", "fsync", "fdatasync", "replace", "rename", "unlink", "rmdir"]
)
OF_READERS = {"lock", "turn", "views"}
NOT_REACHED = 99
"""How a child ends whose command was done before the chosen change."""
STEPS_AT_MOST = 12
"""At how many changes of the disk, evenly spread, each command is tried."""
LINES = [
    line
    for line in CHANGING
    if not any(option in line for option in ("--quiet", "wallet create zoe yan", "--atomic"))
]
WITH_TEMPORARIES = [
    "export --out new.csv",
    "report --html new.html",
    "statement --all --out folder",
    "statement alice --out folder",
    "backup new.tar.gz",
    "demo",
    "demo --live",
    "doctor",
    "restore old.tar.gz --store new",
]


@pytest.fixture(scope="module")
def room_made_once(tmp_path_factory):
    room = tmp_path_factory.mktemp("room")
    make_room(room)
    return room


class Rooms:
    """Copies of the room, and the command under test in each."""

    def __init__(self, made, place):
        self._made, self._place = made, place
        self._count = 0

    def interrupted(self, line, number, *, after):
        """Run a line in a new copy, and send it a signal after so many changes of the disk.

        Returns how it ended, what was there before and what is there then, and how many changes it
        made before it ended.
        """
        self._count += 1
        room = copytree(self._made, self._place / f"room-{self._count}")
        (room / "tmp").mkdir()
        before = contents_and_modes(room)
        outs = [self._place / name for name in ("out", "err", "steps")]
        child = os.fork()
        if child == 0:
            _run(line, number, after, room, *outs)
        status = os.waitpid(child, 0)[1]
        out, err, steps = (path.read_text() for path in outs)
        ran = Ran(os.waitstatus_to_exitcode(status), out, err)
        return ran, before, contents_and_modes(room), int(steps or 0)

    def steps(self, line):
        """The numbers of changes after which a line is tried: some of all that it makes."""
        every = self.interrupted(line, signal.SIGINT, after=None)[3]
        assert every > 0
        stride = -(-every // STEPS_AT_MOST)
        return range(1, every + 1, stride)


def _run(line, number, after, room, out, err, steps):
    """Be the process of a command, to its end."""
    try:
        gc.disable()
        os.chdir(room)
        os.environ.update(COINS_STORE="store", TMPDIR=str(room / "tmp"))
        import tempfile

        tempfile.tempdir = None
        for path, fd in ((os.devnull, 0), (out, 1), (err, 2)):
            os.dup2(os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC), fd)
        sys.stdin, sys.stdout, sys.stderr = map(os.fdopen, (0, 1, 2), ("r", "w", "w"))
        sys.argv = ["coins", *shlex.split(line)]
        signal.signal(signal.SIGINT, signal.default_int_handler)
        done, log = 0, os.open(steps, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)

        def count(frame, event, called):
            nonlocal done
            if event != "c_return" or called.__name__ not in CHANGES_OF_DISK:
                return
            if getattr(called, "__module__", None) not in ("posix", "io", "_io"):
                return
            done += 1
            os.pwrite(log, str(done).encode(), 0)
            if done == after:
                os.kill(os.getpid(), number)

        sys.setprofile(count)
        code = main()
        sys.setprofile(None)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    finally:
        # Only an exception comes here: the test is told of it.
        sys.setprofile(None)
        import traceback

        os.write(2, traceback.format_exc().encode())
        os._exit(NOT_REACHED)


@pytest.fixture
def rooms(room_made_once, tmp_path):
    return Rooms(room_made_once, tmp_path)


def contents_and_modes(room):
    """The files and folders of a room, and the modes of what is in its store."""
    inside = [room / "store", *(room / "store").rglob("*")] if (room / "store").exists() else []
    paths = {f"modes/{path.relative_to(room)}": path for path in inside}
    return contents(room) | {name: path.lstat().st_mode for name, path in paths.items()}


def of_people(found):
    """What people see in a room: not what readers leave in a store, nor what a store prepares.

    A folder for a store in which no file is yet is nothing that was done.
    """
    seen = {
        name: data
        for name, data in found.items()
        if not OF_READERS & set(name.split(os.sep)) and not Path(name).name.startswith(".")
    }
    if not any(name.startswith("new/") and data is not None for name, data in seen.items()):
        seen = {name: data for name, data in seen.items() if name.split(os.sep)[0] != "new"}
    return seen


def temporaries(found):
    """What lies about outside of stores, or where the system keeps temporary files."""
    return [
        name
        for name in found
        if name.startswith(("tmp/", "folder/.")) or (name[0] == "." and "/" not in name)
    ]


@pytest.mark.parametrize("line", LINES)
def test_what_is_said_after_ctrl_c_is_what_the_disk_shows(rooms, line):
    for after in rooms.steps(line):
        ran, before, found, _ = rooms.interrupted(line, signal.SIGINT, after=after)
        is_changed = of_people(found) != of_people(before)
        where = (line, after, ran)
        assert "Traceback" not in ran.err, where
        assert temporaries(found) == [], where
        if ran.code == 0:
            assert is_changed, where
        else:
            assert ran.code == 130, where
            assert ran.err.splitlines()[-1].startswith("Stopped"), where
            assert ("nothing was changed" not in ran.err) == is_changed, where


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("line", WITH_TEMPORARIES)
def test_nothing_is_left_lying_about_when_somebody_ends_the_process(rooms, line, number):
    for after in rooms.steps(line):
        ran, _, found, _ = rooms.interrupted(line, number, after=after)
        assert ran.code in (0, -number), (line, after, ran)
        assert ran.err == "" or ran.code == 0, (line, after, ran)
        assert temporaries(found) == [], (line, after, ran)


# -- helpers that are ended ------------------------------------------------------------------------

VERIFY = """
import os, signal, time
from coins_cli.__main__ import main
from coins_cli.store.json.care import journal_replay
journal_replay.BYTES_FOR_WORKERS = 1
os.cpu_count = lambda: 2
def replay_segment(*args):
    {act}
journal_replay.replay_segment = replay_segment
main()
"""
WAIT = "os.write(1, b'begun'); time.sleep(60)"


def verifying(folder, act, *options):
    """`coins verify`, whose helping processes do `act`, in a session of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", VERIFY.format(act=act), "verify", "--store", str(folder), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@pytest.fixture
def long_store(tmp_path):
    """A store whose journal has several segments."""
    store = JsonStore(str(tmp_path / "long"), segment_lines_max=1)
    Bank(store, default_catalog()).create_wallets("alice", "bob")
    Bank(store, default_catalog()).recharge("alice", 500)
    return tmp_path / "long"


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_verify_whose_helper_is_killed_is_an_error(long_store, options):
    with verifying(long_store, "os.kill(os.getpid(), signal.SIGKILL)", *options) as child:
        out, err = child.communicate(timeout=PATIENCE_SECONDS)
    assert (child.returncode, out) == (6, "")
    assert "Traceback" not in err
    assert f"a process that helped to read the store at {long_store} was ended" in err
    assert len(err.splitlines()) == (1 if options else 2)
    if options:
        assert json.loads(err)["error"]["code"] == "worker_ended"


@pytest.mark.parametrize(
    ("number", "code", "words"),
    [
        (signal.SIGINT, 130, "Stopped; nothing was changed.\n"),
        (signal.SIGTERM, -signal.SIGTERM, ""),
        (signal.SIGHUP, -signal.SIGHUP, ""),
    ],
)
def test_whoever_interrupts_a_verify_with_its_helpers_hears_of_it_once(
    long_store, number, code, words
):
    with verifying(long_store, WAIT) as child:
        assert child.stdout.read(5) == "begun"
        os.killpg(child.pid, number)
        _, err = child.communicate(timeout=PATIENCE_SECONDS)
    assert (child.returncode, err) == (code, words)


# -- the start and the end of the process ----------------------------------------------------------


@pytest.mark.parametrize("module", ["coins_cli.cli.main", "typer", "coins_cli.bank"])
def test_ctrl_c_while_the_program_loads_is_no_traceback(tmp_path, module):
    """The signal comes when that module is imported for the first time."""
    script = (
        "import os, signal, sys\n"
        "class Interrupting:\n"
        "    def find_spec(self, name, *rest):\n"
        f"        if name == {module!r}:\n"
        "            os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Interrupting())\n"
        "from coins_cli.__main__ import main\n"
        "sys.argv[1:] = ['wallet', 'list', '--store', 'none']\n"
        "main()\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert (ran.returncode, ran.stdout) == (130, ""), ran
    assert ran.stderr == "Stopped; nothing was changed.\n"


def test_a_signal_that_is_ignored_from_the_start_ends_nothing(rooms):
    """As with `nohup`."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        ran, _, found, _ = rooms.interrupted("export --out new.csv", signal.SIGHUP, after=1)
    finally:
        signal.signal(signal.SIGHUP, before)
    assert (ran.code, ran.err) == (0, "")
    assert found["new.csv"] != b""
