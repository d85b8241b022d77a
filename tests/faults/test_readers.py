"""Readers that come while a writer is at work, at each of its steps, on a disk that may fail.

Whoever is not kept out by the lock must see a whole state; and what was shown once must be what
stands, whatever becomes of the writer and of the power.
"""

import errno
import random
from collections.abc import Callable

import pytest

from coins_cli.errors import NoStore, StoreLocked, StoreUnusable

from .economy import Scene, State, scenes, store_on, wallets_of
from .mutants import MUTANTS, Mutant, caught_by
from .simulated_disk import SimulatedDisk
from .violations import Violation

EMPTY: State = {}
LOCKED = None
"""What a reader sees whom the lock keeps out."""


class WatchedDisk(SimulatedDisk):
    """A disk that calls `before_step` before each of the writer's operations that change it.

    The operations of whoever is called are neither counted nor watched, nor do they fail.
    """

    before_step: Callable[[], None] | None = None

    def _step(self, what: str) -> None:
        if self.before_step is None:
            return
        watcher, self.before_step = self.before_step, None
        try:
            watcher()
        finally:
            self.before_step = watcher
        super()._step(what)


def seen_on(disk: SimulatedDisk) -> State | None:
    """What a reader sees who does not wait for the lock."""
    try:
        return wallets_of(store_on(disk))
    except StoreLocked:
        return LOCKED
    except NoStore:
        return EMPTY
    except StoreUnusable as error:
        raise Violation(f"a reader was refused: {error.message}") from error


def watch(scene: Scene, fails_at: int | None, rng: random.Random) -> tuple[int, int]:
    """Run a scene's command, with a reader before each step; how many looked, and how many saw.

    The operation number `fails_at` fails, if there is one.
    """
    disk = WatchedDisk(scene.disk.content(), boot=scene.disk.boot())
    disk._folders.update(scene.disk._folders)
    disk.fail = {} if fails_at is None else {fails_at: errno.EIO}
    shown: list[State | None] = []

    def look() -> None:
        shown.append(seen_on(disk))
        if shown[-1] is not LOCKED:
            if shown[-1] not in (scene.before, scene.after):
                raise Violation(f"half a command: {shown[-1]}")
            after = seen_on(disk.after_power_loss(rng))
            if after not in (scene.after, shown[-1]):
                raise Violation(f"shown {shown[-1]}, then only {after}")

    disk.before_step = look
    try:
        scene.run(store_on(disk))
    except StoreUnusable as error:
        if fails_at is None:
            raise Violation(f"the writer was refused: {error.message}") from error
    disk.before_step = None
    left = seen_on(disk)
    if left not in (scene.before, scene.after):
        raise Violation(f"half a command is left: {left}")
    if scene.after in shown and left != scene.after:
        raise Violation("what a reader was shown was taken back")
    return len(shown), sum(one is not LOCKED for one in shown)


def watch_all(seed: int) -> tuple[int, int]:
    """Every command of the history, without a failure and with one at each step."""
    looked, saw = 0, 0
    for scene in scenes():
        rng = random.Random(f"{seed} {scene.place}")
        steps, _ = watch(scene, None, rng)
        for fails_at in [None, *range(1, steps + 1)]:
            looks, sights = watch(scene, fails_at, rng)
            looked, saw = looked + looks, saw + sights
    return looked, saw


def test_a_reader_is_kept_out_or_sees_a_whole_state_that_stays(tried):
    looked, saw = watch_all(seed=1)
    assert looked > saw > 0
    tried("looks while others write", looked, f"{looked - saw:,} kept out, {saw:,} saw")


def test_a_writer_is_kept_out_while_somebody_reads():
    for scene in scenes()[1:]:
        store = store_on(scene.disk)
        with store.reading() as view:
            with pytest.raises(StoreLocked):
                scene.run(store_on(scene.disk))
            assert {user: view.wallet(user) for user in view.users()} == scene.before


@pytest.mark.parametrize(
    "mutant", [one for one in MUTANTS if one.suite == "readers"], ids=lambda mutant: mutant.name
)
def test_a_store_that_lets_readers_in_on_purpose_is_caught(mutant: Mutant, monkeypatch, tried):
    mutant.apply(monkeypatch)
    assert caught_by(watch_all) is not None, f"{mutant.name} survived"
    tried("stores that are wrong on purpose", 1, "each caught")
