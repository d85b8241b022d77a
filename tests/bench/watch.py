"""How soon a watcher sees a gift after its commit, and what it costs while nothing happens."""

import json
import os
import pty
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from coins_cli.bank import Bank
from coins_cli.opening import open_bank

from .measuring import Bench, Budget, Row, Table, check, coins, environment

ROUNDS: Final = 51
IDLE_SECONDS: Final = 20.0
SEEN: Final = Budget("figure", most=0.200)
IDLE: Final = Budget("figure", most=0.030)
CREATOR, VIEWER = "bob", "alice"


def measure(bench: Bench) -> list[Table]:
    """A watcher in a pipe, and one at a terminal, of a live to which gifts are sent."""
    store = bench.folder("watch") / "store"
    bank = open_bank(store)
    bank.create_wallets(CREATOR, VIEWER)
    bank.recharge(VIEWER, 10_000)
    bank.start_live(CREATOR)
    idle_seconds = 0.5 if bench.scale == "small" else IDLE_SECONDS
    with piped(store) as watcher:
        seen = [seconds_until_seen(bank, watcher) for _ in range(bench.rounds_or(ROUNDS))]
        rows = [Row("a gift is seen, after its commit", "seconds", seen, budget=SEEN)]
        rows += idle_row("nothing happens: JSON, CPU per second", watcher.pid, idle_seconds)
    with drawn(store) as watcher:
        rows += idle_row("nothing happens: drawn, CPU per second", watcher.pid, idle_seconds)
    return [Table("Watching a live", rows)]


def seconds_until_seen(bank: Bank, watcher: "subprocess.Popen[bytes]") -> float:
    """From the moment when a gift is answered until its line is read elsewhere."""
    receipt = bank.gift(VIEWER, CREATOR, "panda")
    answered = time.perf_counter()
    event = next_event(watcher)
    seconds = time.perf_counter() - answered
    check((event["event"], event["seq"]) == ("gift", receipt.seq), "another event was seen")
    check(next_event(watcher)["event"] == "thanks", "nobody says thanks")
    return seconds


def next_event(watcher: "subprocess.Popen[bytes]") -> dict[str, object]:
    """What the watcher tells next."""
    assert watcher.stdout is not None
    event: dict[str, object] = json.loads(watcher.stdout.readline())
    return event


def idle_row(what: str, process: int, seconds: float) -> list[Row]:
    """What a process takes of a core while nothing happens; nothing where that is not told."""
    if not Path("/proc/self/stat").exists():
        return []
    time.sleep(min(1.0, seconds))  # it has drawn, and looked, and is as it will be
    before, began = cpu_seconds(process), time.perf_counter()
    time.sleep(seconds)
    took = (cpu_seconds(process) - before) / (time.perf_counter() - began)
    return [Row(what, "seconds", [took], budget=IDLE)]


def cpu_seconds(process: int) -> float:
    """What a process has had of any core so far, as Linux tells."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def piped(store: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A watcher that tells JSON Lines, once it watches."""
    command = coins("live", "watch", CREATOR, "--json", "--store", store)
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment()) as watcher:
        try:
            check(next_event(watcher)["event"] == "start", "it does not watch")
            yield watcher
        finally:
            watcher.kill()


@contextmanager
def drawn(store: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A watcher that draws on a terminal, whose output is taken away."""
    controlling, terminal = pty.openpty()
    command = coins("live", "watch", CREATOR, "--goal", "10000", "--store", store)
    more = environment({"TERM": "xterm-256color"})

    def take_away() -> None:
        with suppress(OSError):
            while os.read(controlling, 65_536):
                pass

    with subprocess.Popen(command, stdin=terminal, stdout=terminal, env=more) as watcher:
        os.close(terminal)
        taking = threading.Thread(target=take_away)
        taking.start()
        try:
            yield watcher
        finally:
            watcher.kill()
            watcher.wait()
            taking.join()
            os.close(controlling)
