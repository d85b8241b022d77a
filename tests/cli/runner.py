"""Ways to run the command line: in this process, as a process of its own, and at a terminal."""

import fcntl
import io
import json
import os
import pty
import select
import shlex
import struct
import subprocess
import sys
import termios
import threading
import time
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import NamedTuple

from coins_cli.cli.app import SECTIONS, Branch
from coins_cli.cli.main import run
from coins_cli.cli.session import Environment

COMMAND = (sys.executable, "-m", "coins_cli")
PATIENCE_SECONDS = 10
"""How long a process may take; reached only when something is wrong."""
CTRL_C = "\x03"
CTRL_D = "\x04"


class Ran(NamedTuple):
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    def said(self):
        """What a command that did its work printed."""
        assert (self.code, self.err) == (0, "")
        return self.out

    def json(self):
        """The JSON that a command which did its work printed: one object on one line."""
        return one_object(self.said())

    def refusal(self):
        """The error of a command that did nothing, from the one line of JSON on stderr."""
        assert self.out == ""
        answer = one_object(self.err)
        assert list(answer) == ["schema", "error"]
        assert list(answer["error"])[:4] == ["code", "message", "hint", "exit"]
        assert answer["error"]["exit"] == self.code
        return answer["error"]


def one_object(text):
    """The JSON object in `text`, which is one line, begins with the schema and has no floats."""
    assert text.endswith("\n"), text
    assert text.count("\n") == 1, text
    answer = json.loads(text, parse_float=_no_float, parse_constant=_no_float)
    assert next(iter(answer.items())) == ("schema", 1)
    return answer


def _no_float(text):
    raise AssertionError(f"{text} is neither a whole number nor a text")


def coins(*args, columns=None, clock=None, stdin=b"", stdout=None):
    """Run a command in this process, without a terminal; with `columns` tables are drawn.

    With `stdout`, that file takes the results.
    """
    out, err, before = io.StringIO(), io.StringIO(), sys.stdin
    sys.stdin = io.TextIOWrapper(io.BytesIO(stdin))
    try:
        with redirect_stdout(stdout or out), redirect_stderr(err):
            code = run([str(arg) for arg in args], Environment(columns=columns, clock=clock))
    finally:
        sys.stdin = before
    return Ran(code, out.getvalue(), err.getvalue())


def typed(line, *more, **how):
    """Run a command as it is typed, in this process."""
    return coins(*shlex.split(line), *more, **how)


def process(*args, stdout=subprocess.PIPE, stdin=b"", **environment):
    """Run a command as a process of its own, without a terminal."""
    ran = subprocess.run(
        [*COMMAND, *map(str, args)],
        input=stdin,
        stdout=stdout,
        stderr=subprocess.PIPE,
        env={**os.environ, **environment},
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    return Ran(ran.returncode, (ran.stdout or b"").decode(errors="replace"), ran.stderr.decode())


@contextmanager
def started(*args, **environment):
    """A command as a process whose three streams are pipes, and which is still running.

    It is killed when it takes too long, so that whoever reads its answers reads their end.
    """
    with subprocess.Popen(
        [*COMMAND, *map(str, args)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **environment},
    ) as child:
        too_long = threading.Timer(PATIENCE_SECONDS, child.kill)
        too_long.start()
        try:
            yield child
        finally:
            too_long.cancel()
            child.kill()


def ended(child):
    """How a process that was `started` ends, when nothing more is sent to it."""
    out, err = child.communicate(timeout=PATIENCE_SECONDS)
    return Ran(child.returncode, out.decode(), err.decode())


@contextmanager
def nobody_reads():
    """A stdout for `process` whose reader has left."""
    reading, writing = os.pipe()
    os.close(reading)
    yield writing
    os.close(writing)


def shell(script, **environment):
    """Run a script of the shell in which `coins` is the command line; `pipefail` is not set."""
    words = " ".join(f"'{word}'" for word in COMMAND)
    ran = subprocess.run(
        ["bash", "-c", f'coins() {{ {words} "$@"; }}\n{script}'],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env={**os.environ, **environment},
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    return Ran(ran.returncode, ran.stdout.decode(), ran.stderr.decode())


def terminal(
    *args, answers=(), spare=0, columns=80, rows=24, stdout=None, command=COMMAND, **environment
):
    """Run a command at a terminal. Everything shown there is in `out`.

    `answers` are pairs: what to wait for, and what to type then, or what does something meanwhile
    and returns what to type; the last `spare` of them need not be asked for. With `stdout`, that
    file takes the results, and `out` is what is still shown.
    """
    environment = {**os.environ, "TERM": "xterm-256color", **environment}
    for name in ("COLUMNS", "LINES"):
        environment.pop(name, None)
    child, screen = pty.fork()
    if child == 0:
        try:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
            if stdout is not None:
                os.dup2(os.open(stdout, os.O_WRONLY | os.O_CREAT, 0o600), 1)
            os.execve(command[0], [*command, *map(str, args)], environment)
        finally:
            os._exit(127)
    try:
        shown = _converse(child, screen, list(answers), spare)
    finally:
        os.close(screen)
        status = os.waitpid(child, 0)[1]
    return Ran(os.waitstatus_to_exitcode(status), shown, "")


def _converse(child, screen, answers, spare):
    """Everything that is shown until the end, giving each of `answers` when it is asked for."""
    shown, seen = b"", 0
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        if answers and answers[0][0].encode() in shown[seen:]:
            _, typed = answers.pop(0)
            seen = len(shown)
            until_it_waits(child)
            text = typed() if callable(typed) else typed
            os.write(screen, text.encode())
        ready = select.select([screen], [], [], max(0, deadline - time.monotonic()))[0]
        assert ready, f"still waiting after {shown.decode()!r}"
        try:
            chunk = os.read(screen, 65536)
        except OSError:  # Linux says so when the last process has left the terminal
            chunk = b""
        if not chunk:
            break
        shown += chunk
    assert len(answers) <= spare, f"never asked {answers[0][0]!r} in {shown.decode()!r}"
    return shown.decode().replace("\r\n", "\n")


def until_it_waits(child):
    """Let a process that has written a prompt come to reading the answer.

    Python does not notice an interrupt that comes between the two; no person types so fast.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        state = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[0]
        if state in "SZ":
            return
        time.sleep(0.001)
    raise AssertionError(f"{child} never waited for an answer")


def contents(folder):
    """Every file and folder under `folder`: its name, and its bytes if it is a file."""
    found = {}
    for place, folders, files in os.walk(folder):
        for name in folders:
            found[os.path.relpath(os.path.join(place, name), folder)] = None
        for name in files:
            path = os.path.join(place, name)
            found[os.path.relpath(path, folder)] = Path(path).read_bytes()
    return found


def command_paths():
    """Every registered command: its words, such as `("wallet", "create")`, and its entry."""
    for part in SECTIONS.values():
        for name, entry in part.items():
            if isinstance(entry, Branch):
                for verb, leaf in entry.leaves.items():
                    yield (name, verb), leaf
            else:
                yield (name,), entry


def group_paths():
    """Every registered noun with verbs, and its entry."""
    for part in SECTIONS.values():
        for name, entry in part.items():
            if isinstance(entry, Branch):
                yield (name,), entry
