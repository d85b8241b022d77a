"""The store under power failures, kills and failing disks, at every step of every command."""

import os
import random
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache

import pytest

from coins_cli.store.json import opened
from coins_cli.store.json.journal import lines as journal
from coins_cli.store.json.journal import segments as scanning
from coins_cli.store.json.store import JsonStore
from tests.tried import Tried

from .crashes import Crash, crashes_of, failures_of, judge
from .economy import Scene, scenes
from .mutants import MUTANTS, Mutant, caught_by
from .violations import Violation


def all_crashes(scene: Scene, rng: random.Random) -> Iterator[Crash]:
    yield from crashes_of(scene, rng, JsonStore)
    yield from failures_of(scene, rng, JsonStore)


def try_seed(seed: int, found: list[Scene]) -> int:
    """Judge every crash of every scene under one seed; how many there were."""
    count = 0
    for scene in found:
        rng = random.Random(f"{seed} {scene.place}")
        for crash in all_crashes(scene, rng):
            count += 1
            try:
                judge(crash, found, scene, rng, JsonStore)
            except Violation as violation:
                raise Violation(f"seed {seed}: {violation}") from violation
    return count


def try_seeds(first: int, step: int, wanted: int) -> tuple[int, int]:
    """Judge the crashes of every `step`-th seed until there were as many as `wanted`.

    The same few lines are read again and again, which takes a quarter of the time: what a line says
    is remembered by its bytes.
    """
    opened.decode_line = scanning.decode_line = lru_cache(100_000)(journal.decode_line)
    opened.decode_header = scanning.decode_header = lru_cache(1_000)(journal.decode_header)
    found = scenes()
    tried, seeds = 0, 0
    while tried < wanted:
        tried += try_seed(first + seeds * step, found)
        seeds += 1
    return tried, seeds


def test_no_crash_loses_halves_or_doubles_a_transaction(fault_states: int, tried: Tried):
    workers = os.cpu_count() or 1
    with ProcessPoolExecutor(workers) as pool:
        parts = [
            pool.submit(try_seeds, n, workers, fault_states // workers) for n in range(workers)
        ]
        counts = [part.result() for part in parts]
    crashes, seeds = (sum(column) for column in zip(*counts, strict=True))
    assert crashes >= fault_states // workers * workers
    tried("crashes on the simulated disk", crashes, f"in {seeds:,} seeds")


@pytest.mark.parametrize(
    "mutant", [one for one in MUTANTS if one.suite == "crashes"], ids=lambda mutant: mutant.name
)
def test_a_store_that_is_wrong_on_purpose_is_caught(mutant: Mutant, monkeypatch, tried: Tried):
    found = scenes()
    mutant.apply(monkeypatch)
    caught = caught_by(lambda seed: try_seed(seed, found))
    assert caught is not None, f"{mutant.name} survived"
    tried("stores that are wrong on purpose", 1, "each caught")
