"""The mutants themselves: each is one that can be told from an accident."""

import pytest

from coins_cli.store.json.opened import Opened

from .damage import CHECKS, history
from .economy import scenes
from .mutants import MUTANTS, caught_by
from .test_crashes import try_seed
from .test_damage import violation_found
from .test_readers import watch_all
from .violations import Violation


def fails_by_itself(patch: pytest.MonkeyPatch) -> None:
    """A mutant of yesterday, which uses a field that is gone."""
    patch.setattr(Opened, "find_wallet", lambda self, user: self._touched[user])


def test_every_mutant_belongs_to_a_suite_and_every_suite_has_some() -> None:
    assert {mutant.suite for mutant in MUTANTS} == {"crashes", "damage", "readers"}
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS) == 29


def test_a_mutant_that_fails_by_itself_is_not_taken_for_a_caught_one(monkeypatch) -> None:
    found = scenes()
    fails_by_itself(monkeypatch)
    for suite in (lambda seed: try_seed(seed, found), watch_all):
        with pytest.raises(AttributeError, match="_touched"):
            caught_by(suite)


def test_nor_is_one_that_the_damage_suite_runs_into(monkeypatch) -> None:
    for is_long in (True, False):
        history(is_long=is_long)
    fails_by_itself(monkeypatch)
    with pytest.raises(AttributeError, match="_touched") as failure:
        violation_found(CHECKS)
    assert history(is_long=True).newest in "".join(failure.value.__notes__)


def test_what_is_caught_is_a_promise_in_words() -> None:
    def broken_in_seed_3(seed: int) -> None:
        if seed == 3:
            raise Violation("a gift was lost")

    assert str(caught_by(broken_in_seed_3)) == "a gift was lost"
    assert caught_by(broken_in_seed_3, seeds=3) is None
