"""Bits flipped, tails cut and zeroed, in the journal and in all that follows from it."""

import pytest

from tests.tried import Tried

from .damage import CHECKS, Check, all_of, history
from .mutants import MUTANTS, Mutant

PARTS = 97
"""A store that is wrong is shown a part of all damages first, and more of them if it survives."""


def test_the_damaged_store_has_sealed_segments_and_a_long_newest_one():
    store = history(is_long=True)
    assert sum(name.startswith("journal/") for name in store.now.files) >= 4
    assert len(store.starts) > 50
    assert len(store.journal) > 2 * 4096


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_damage_is_refused_mended_or_found_and_never_believed(check: Check, tried: Tried):
    counts = all_of(check)
    assert counts.total() > 0
    became = ", ".join(f"{count:,} {what}" for what, count in sorted(counts.items()))
    tried(f"damage, {_words(check)}", counts.total(), became)


@pytest.mark.parametrize(
    "mutant", [one for one in MUTANTS if one.suite == "damage"], ids=lambda mutant: mutant.name
)
def test_a_store_that_believes_damage_on_purpose_is_caught(mutant: Mutant, monkeypatch, tried):
    for is_long in (True, False):
        history(is_long=is_long)
    mutant.apply(monkeypatch)
    caught = violation_found(CHECKS)
    assert caught is not None, f"{mutant.name} survived"
    tried("stores that are wrong on purpose", 1, "each caught")


def violation_found(checks: list[Check]) -> str | None:
    """Which check finds a promise broken, in words; any other exception is the mutant's own."""
    for part in range(PARTS):
        for check in checks:
            try:
                check(part, PARTS)
            except AssertionError:
                return _words(check)
    return None


def _words(check: Check) -> str:
    return check.__name__.replace("_", " ")
