"""Real processes under `strace`: which system calls they make on a store, and faults in those.

A fault counts only the calls on the paths that the store is known to have, so that it cannot strike
Python's own files; and what strace wrote down is read again, so that none is believed unseen.
"""

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

CHANGING = {"write", "pwrite64", "ftruncate", "rename", "renameat", "renameat2", "mkdir", "mkdirat"}
CHANGING |= {"fdatasync", "fsync", "unlink", "unlinkat", "rmdir", "chmod", "fchmodat", "flock"}
READING = {"stat", "lstat", "fstat", "newfstatat", "statx", "access", "faccessat", "faccessat2"}
READING |= {"read", "pread64", "getdents64", "lseek", "ioctl", "close", "mmap", "fcntl"}
OPENING = {"open", "openat", "openat2"}
KNOWN = CHANGING | READING | OPENING
"""Every kind of call that a fault can be put into; one that is not here fails the rehearsal."""

SYNCS = {"fdatasync", "fsync"}
NOT_OF_THE_DISK = {"flock"}
"""What changes something, and goes on working when the disk is broken."""

LINE = re.compile(r"^\d+ +(\w+)\((.*)$")
KILLED = "+++ killed by SIGKILL +++"


class Call(NamedTuple):
    """A system call on a store: the how-manieth of its name, and the paths that it names."""

    name: str
    number: int
    paths: tuple[str, ...]
    changes: bool


class Fault(NamedTuple):
    """What strace does to a process from a call on: by the name of calls, its own expressions."""

    call: Call
    what: str
    injections: dict[str, str]

    @property
    def kills(self) -> bool:
        return self.what == "kill"

    @property
    def is_of_a_sync(self) -> bool:
        """Whether a sync fails; Python tries again by itself when one is interrupted."""
        return self.call.name in SYNCS and not (self.kills or self.what.startswith("EINTR"))


class Ended(NamedTuple):
    """How a traced process ended, and what strace wrote down of it."""

    code: int
    out: str
    err: str
    lines: list[str]


def kill(call: Call) -> Fault:
    """The process is killed before the call has done anything."""
    return Fault(call, "kill", {call.name: f"signal=SIGKILL:when={call.number}"})


def fail(call: Call, error: str) -> Fault:
    """The call fails; the next one of its name goes well."""
    return Fault(call, f"{error} once", {call.name: f"error={error}:when={call.number}"})


def keep_failing(call: Call, error: str) -> Fault:
    """The call fails, and so does each one of its name from then on."""
    return Fault(call, f"{error} for good", {call.name: f"error={error}:when={call.number}+"})


def break_the_disk(calls: Sequence[Call], place: int) -> Fault:
    """The call at that place fails, and so does from then on all that opens or changes files."""
    made = Counter(call.name for call in calls[:place])
    names = (CHANGING | OPENING) - NOT_OF_THE_DISK
    injections = {name: f"error=EIO:when={made[name] + 1}+" for name in names}
    return Fault(calls[place], "EIO from all for good", injections)


def why_not_traced() -> str:
    """Why nothing can be traced here; nothing when it can be."""
    if shutil.which("strace") is None:
        return "strace is missing"
    command = ["strace", "-f", "--seccomp-bpf", "-o", "/dev/null", "true"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    return "" if ran.returncode == 0 else f"tracing is not permitted: {ran.stderr.strip()}"


def rehearse(arguments: Sequence[str], store: Path, trace: Path) -> list[Call]:
    """Run a command without a fault; returns its calls on the store, in their order."""
    ended = _trace(["-e", "trace=all"], arguments, store, trace)
    assert ended.code == 0, ended.err
    calls = calls_on(store, (line for line in ended.lines if " execve(" not in line))
    unknown = {call.name for call in calls} - KNOWN
    assert not unknown, f"calls on the store that no fault is put into: {unknown}"
    return calls


def strike(
    fault: Fault, calls: Sequence[Call], arguments: Sequence[str], store: Path, trace: Path
) -> Ended:
    """Run a rehearsed command with a fault, and check that it struck the call that was meant."""
    paths = {path for call in calls for path in call.paths} | {"", "/frozen"}
    names = KNOWN if fault.kills else fault.injections
    options = ["-e", "trace=" + ",".join(f"?{name}" for name in sorted(names))]
    for name, injection in fault.injections.items():
        options += ["-e", f"inject=?{name}:{injection}"]
    options += [option for path in sorted(paths) for option in ("-P", f"{store}{path}")]
    if not fault.kills:
        options.append("--seccomp-bpf")  # Quicker, but with it no signal arrives.
    ended = _trace(options, arguments, store, trace)
    if fault.kills:
        _check_killed(fault, store, ended)
    else:
        _check_failed(fault, store, ended)
    return ended


def calls_on(store: Path, lines: Iterable[str]) -> list[Call]:
    """The traced calls that name the store."""
    named = re.compile(rf'["<]{re.escape(str(store))}((?:/[^">]*)?)[">]')
    made: Counter[str] = Counter()
    found = []
    for line in lines:
        if (match := LINE.match(line)) is not None and (paths := named.findall(match[2])):
            name = match[1]
            made[name] += 1
            writes = name in OPENING and re.search(r"O_WRONLY|O_RDWR|O_CREAT", match[2])
            changes = name in CHANGING or bool(writes)
            found.append(Call(name, made[name], tuple(dict.fromkeys(paths)), changes))
    return found


def _trace(options: Sequence[str], arguments: Sequence[str], store: Path, trace: Path) -> Ended:
    command = [sys.executable, "-m", "coins_cli", *arguments, "--store", str(store)]
    ran = subprocess.run(
        ["strace", "-f", "-y", "--quiet=path-resolution", "-o", str(trace), *options, *command],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0"},
        check=False,
    )
    assert not ran.stderr.startswith("strace:"), ran.stderr
    return Ended(
        ran.returncode, ran.stdout, ran.stderr, trace.read_text(errors="replace").splitlines()
    )


def _check_killed(fault: Fault, store: Path, ended: Ended) -> None:
    """The last call before the end is the one that was meant, and it never returned."""
    missed = _missed(fault, ended.lines[-5:])
    assert ended.lines[-1].endswith(KILLED), missed
    assert ended.lines[-2].endswith("= ?"), missed
    assert _newest_of_its_name(fault, store, ended.lines[:-1]) == fault.call, missed


def _check_failed(fault: Fault, store: Path, ended: Ended) -> None:
    """The call that was meant failed first; if it was to fail once, then no other did."""
    struck = [line for line in ended.lines if line.endswith("(INJECTED)")]
    missed = _missed(fault, struck)
    assert struck, missed
    until = ended.lines[: ended.lines.index(struck[0]) + 1]
    assert _newest_of_its_name(fault, store, until) == fault.call, missed
    assert len(calls_on(store, struck)) == len(struck), missed
    assert len(struck) == 1 or not fault.what.endswith("once"), missed


def _newest_of_its_name(fault: Fault, store: Path, lines: Sequence[str]) -> Call:
    """The call on the store in the last line, counted among those of its name."""
    assert calls_on(store, lines[-1:]), _missed(fault, lines[-1:])
    return calls_on(store, lines)[-1]


def _missed(fault: Fault, lines: Sequence[str]) -> str:
    return "\n".join([f"{fault} did not strike as it was meant to:", *lines])
