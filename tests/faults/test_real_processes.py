"""Real processes, killed and failed by `strace` at each system call that touches the store."""

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pytest

from coins_cli.opening import open_bank

CALLS = "openat,write,fdatasync,fsync,rename,renameat,renameat2,unlink,ftruncate,flock,mkdir"
LINE = re.compile(r"^\d+\s+(\w+)\((.*)")
VERBS = {
    "recharge": ["recharge", "alice", "500"],
    "gift": ["gift", "alice", "bob", "concert", "--message", "bravo"],
    "promote": ["promote", "alice", "cat.mp4", "--days", "1"],
    "cashout": ["cashout", "bob", "--paypal", "bob@example.com"],
}
KILL = "signal=SIGKILL"
ERRORS = ["error=EIO", "error=ENOSPC", "error=EINTR"]


class Call(NamedTuple):
    """A system call on the store: its name, and the how-manieth of that name it is."""

    name: str
    number: int


def traced(options: list[str], store: Path, verb: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "coins_cli", *VERBS[verb], "--key", "k", "--json"]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0"}
    return subprocess.run(
        ["strace", "-f", "-y", *options, *command, "--store", str(store)],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )


def is_tracing_permitted() -> bool:
    if shutil.which("strace") is None:
        return False
    ran = subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True, check=False)
    return ran.returncode == 0


def prepared(folder: Path) -> Path:
    """A store in which each verb can be done."""
    bank = open_bank(folder)
    bank.create_wallets("alice", "bob")
    for _ in range(3):
        bank.recharge("alice", 10000)
    bank.gift("alice", "bob", "drama queen", quantity=2)
    return folder


def state(store: Path) -> list:
    return open_bank(store).wallets()


def again(store: Path, verb: str) -> None:
    """The same request under the same key, from Python."""
    bank = open_bank(store)
    if verb == "recharge":
        bank.recharge("alice", 500, key="k")
    elif verb == "gift":
        bank.gift("alice", "bob", "concert", message="bravo", key="k")
    elif verb == "promote":
        bank.promote("alice", "cat.mp4", days=1, key="k")
    else:
        bank.cash_out("bob", "bob@example.com", key="k")


def calls_on(store: Path, trace: Path) -> list[Call]:
    """The traced calls that name the store, in their order."""
    counts: Counter[str] = Counter()
    found = []
    for line in trace.read_text(errors="replace").splitlines():
        if (match := LINE.match(line)) is not None:
            counts[match[1]] += 1
            if str(store) in match[2]:
                found.append(Call(match[1], counts[match[1]]))
    return found


def judged(base: Path, place: Path, verb: str, call: Call, fault: str) -> str:
    """Run the verb with one fault, and check every promise; returns how it ended."""
    shutil.copytree(base, place)
    before = state(place)
    ran = traced(
        [
            "-o",
            "/dev/null",
            "-e",
            f"trace={CALLS}",
            "-e",
            f"inject={call.name}:{fault}:when={call.number}",
        ],
        place,
        verb,
    )
    where = f"{verb}, {call}, {fault}: {ran.returncode} {ran.stdout} {ran.stderr}"
    assert "Traceback" not in ran.stderr, where
    frozen = place / "frozen"
    if frozen.exists():
        frozen.unlink()  # What restarting the computer would come to.
    found = state(place)
    again(place, verb)
    after = state(place)
    assert after != before, where
    assert found in (before, after), where
    if fault == KILL:
        assert ran.returncode in (-9, 137), where
    elif ran.returncode == 0:
        assert found == after, where
    else:
        assert ran.returncode == 6, where
        assert found == before or "outcome_unknown" in ran.stderr, where
    assert open_bank(place).verify().findings == (), where
    shutil.rmtree(place)
    return "killed" if fault == KILL else "done" if ran.returncode == 0 else "refused"


@pytest.mark.skipif(not is_tracing_permitted(), reason="strace is missing or not permitted here")
@pytest.mark.parametrize("verb", VERBS)
def test_a_process_that_is_killed_or_failed_at_any_call_does_all_or_nothing(verb, tmp_path, capsys):
    base = prepared(tmp_path / "base")
    trial = tmp_path / "trial"
    shutil.copytree(base, trial)
    assert traced(["-o", str(tmp_path / "t"), "-e", f"trace={CALLS}"], trial, verb).returncode == 0
    calls = calls_on(trial, tmp_path / "t")
    faults = [(call, fault) for call in calls for fault in (KILL, *ERRORS)]
    names = {call.name for call in calls}
    assert {"openat", "write", "flock"} <= names
    assert names & {"fdatasync", "fsync"}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        # Each has a name of the same length as the trial's, so that the calls are the same.
        ends = Counter(
            pool.map(
                lambda item: judged(base, tmp_path / f"{item[0]:05}", verb, *item[1]),
                enumerate(faults),
            )
        )
    with capsys.disabled():
        print(f"\nstrace, {verb}: {len(calls)} calls on the store; {dict(ends)}")
    assert ends["killed"] == len(calls)
    assert ends["refused"] > 0
