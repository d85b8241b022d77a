"""Crashing a store at every step of every command, and judging what is found afterwards.

The promises that are judged: after any crash the store opens by itself; each command has happened
whole or not at all, and if it was acknowledged it has happened; what anyone was shown stays true; a
retry under the same key applies once; each transaction tells the prices that it was decided at; and
a full audit finds nothing wrong.
"""

import errno
import random
from collections.abc import Iterator
from dataclasses import dataclass

from coins_cli.errors import CoinsError, NoStore, StoreUnusable
from coins_cli.store.json.store import JsonStore

from .economy import Scene, State, prices_of, store_on, wallets_of
from .simulated_disk import SimulatedDisk, Stopped
from .violations import Violation

EMPTY: State = {}


@dataclass
class Crash:
    """A disk as a crash left it, whether the command had been answered, and how it came about."""

    disk: SimulatedDisk
    was_acknowledged: bool
    story: str


def crashes_of(scene: Scene, rng: random.Random, make: type[JsonStore]) -> Iterator[Crash]:
    """One crash at each step of the scene's command, and after it: killed, and without power."""
    steps = operations_of(scene, make)
    for step in [*range(1, steps + 1), None]:
        disk = scene.disk.copy()
        disk.stop_at = step
        disk.taken_when_stopped = lambda data: _bytes_taken(data, rng)
        acknowledged = run(scene, disk, make)
        where = f"{scene.name}; stopped before step {step}" if step else f"{scene.name}; answered"
        yield Crash(disk.after_power_loss(rng), acknowledged, f"{where}; power lost")
        yield Crash(disk.killed(), acknowledged, f"{where}; killed")


def _bytes_taken(data: bytes, rng: random.Random) -> int:
    """How much of a write a kill may let through: often nothing, or just whole lines."""
    ends = [at + 1 for at in range(len(data)) if data[at : at + 1] == b"\n"]
    ends.append(len(data))  # of places there are none
    return rng.choice([0, len(data), len(data) - 1, rng.choice(ends), rng.randint(0, len(data))])


def failures_of(scene: Scene, rng: random.Random, make: type[JsonStore]) -> Iterator[Crash]:
    """One failing operation at each step, and the power lost afterwards; sometimes two failures."""
    for step in range(1, operations_of(scene, make) + 1):
        number = rng.choice([errno.EIO, errno.ENOSPC])
        disk = scene.disk.copy()
        disk.fail = {step: number}
        if rng.random() < 1 / 4:
            disk.fail[step + rng.randint(1, 3)] = number
        acknowledged = run(scene, disk, make)
        story = f"{scene.name}; {errno.errorcode[number]} at step {sorted(disk.fail)}; power lost"
        yield Crash(disk.after_power_loss(rng), acknowledged, story)


def operations_of(scene: Scene, make: type[JsonStore]) -> int:
    disk = scene.disk.copy()
    run(scene, disk, make)
    return disk.operations


def run(scene: Scene, disk: SimulatedDisk, make: type[JsonStore]) -> bool:
    """Run the scene's command; whether it was acknowledged."""
    try:
        scene.run(store_on(disk, make))
    except (Stopped, StoreUnusable):
        return False
    return True


def judge(
    crash: Crash, story: list[Scene], scene: Scene, rng: random.Random, make: type[JsonStore]
) -> None:
    """Open the crashed store, look, crash again while it recovers, retry, go on, and audit."""
    try:
        _judge(crash, story, scene, rng, make)
    except Violation:
        raise
    except CoinsError as error:
        raise Violation(f"{crash.story}: refused with «{error.message}»") from error


def _judge(
    crash: Crash, story: list[Scene], scene: Scene, rng: random.Random, make: type[JsonStore]
) -> None:
    disk = crash.disk
    allowed = [scene.after] if crash.was_acknowledged else [scene.before, scene.after]
    allowed = [_expect_one_of(allowed, disk, crash, make)]
    if rng.random() < 1 / 3:
        # Whatever was shown must survive the next power failure too.
        disk = disk.after_power_loss(rng)
        _expect_one_of(allowed, disk, crash, make)
    if rng.random() < 1 / 3:
        disk.stop_at = disk.operations + rng.randint(1, 12)
        acknowledged = run(scene, disk, make)
        disk = disk.after_power_loss(rng) if rng.random() < 1 / 2 else disk.killed()
        allowed = [scene.after] if acknowledged else [*allowed, scene.after]
        _expect_one_of(allowed, disk, crash, make)
    disk.stop_at = None
    store = store_on(disk, make)
    scene.run(store)
    _expect_one_of([scene.after], disk, crash, make)
    newest = scene
    if rng.random() < 1 / 3:
        for following in story[scene.place + 1 : scene.place + 4]:
            following.run(store)
            _expect_one_of([following.after], disk, crash, make)
            newest = following
    if prices_of(store) != newest.prices:
        raise Violation(f"{crash.story}: what was decided at other prices now tells others")
    if findings := store.audit().findings:
        raise Violation(f"{crash.story}: the audit found {findings[0]}")


def _expect_one_of(
    allowed: list[State], disk: SimulatedDisk, crash: Crash, make: type[JsonStore]
) -> State:
    try:
        found = wallets_of(store_on(disk, make))
    except NoStore:
        found = EMPTY
    if found not in allowed:
        raise Violation(f"{crash.story}: found {found}, where {allowed} was due")
    return found
