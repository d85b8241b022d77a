"""Errors: each is one entry, says what happened, and its hint what to do next."""

import pickle
import re
from string import Formatter

import pytest

from coins_cli import errors
from coins_cli.cli import hints
from coins_cli.cli.hints import hint_of
from coins_cli.errors import CoinsError
from tests.generated import ERRORS
from tests.generated import errors as reference

SAYS_NOTHING = set(
    re.findall(
        "[a-z]+",
        "a an and any as at be but by can choose do for from give have is it its leave must name no"
        " not of on one only or other others out put several that the them then there this those to"
        " use with write you your",
    )
)
"""Words that say nothing which helps, when all others stand in the message already."""
FAMILIES = CoinsError.__subclasses__()
KINDS = [kind for family in FAMILIES for kind in family.__subclasses__()]


def words_of(text: str) -> set[str]:
    """The words of a text that say something."""
    return set(re.findall(r"[a-z0-9_-]+", text.lower())) - SAYS_NOTHING


def example(kind: type[CoinsError]) -> CoinsError:
    return kind(*kind.example)


def test_every_error_of_the_module_belongs_to_a_family_that_says_its_exit_code() -> None:
    written = [
        one for one in vars(errors).values() if isinstance(one, type) and "code" in vars(one)
    ]
    assert set(written) == {kind for kind in KINDS if kind.__module__ == errors.__name__}
    assert len(written) > 60
    assert [family.exit_code for family in FAMILIES] == [2, 3, 4, 5, 6]
    assert all("exit_code" not in vars(kind) for kind in KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_is_one_entry(kind: type[CoinsError]) -> None:
    error = example(kind)
    filled = {name for _, name, _, _ in Formatter().parse(kind.says) if name}
    assert all(isinstance(getattr(error, name), str | int | float | list) for name in filled)
    assert error.message == str(error)
    assert "{" not in error.message
    assert error.message[0] != " "
    assert kind.__doc__
    assert re.fullmatch("[a-z_]+", kind.code)
    assert set(kind.unlisted) <= vars(error).keys()
    assert set(error.fields).isdisjoint(kind.unlisted)


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_comes_back_whole_from_another_process(kind: type[CoinsError]) -> None:
    error = example(kind)
    back = pickle.loads(pickle.dumps(error))
    assert (type(back), back.message, back.fields) == (kind, error.message, error.fields)


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_has_a_hint_that_does_not_only_repeat_it(kind: type[CoinsError]) -> None:
    error = example(kind)
    hint = hint_of(error)
    assert hint, kind
    assert words_of(hint) - words_of(error.message), (error.message, hint)


@pytest.mark.parametrize("kind", KINDS)
def test_commands_in_a_hint_name_the_store_and_nothing_else_does(kind: type[CoinsError]) -> None:
    error = example(kind)
    plain, named = hint_of(error) or "", hint_of(error, store="my class") or ""
    assert named.replace(" --store 'my class'", "") == plain


def test_a_hint_promises_nothing_when_something_was_changed_before() -> None:
    promising = [kind for kind in KINDS if hints.UNCHANGED in (hint_of(example(kind)) or "")]
    assert len(promising) > 4
    for kind in promising:
        said = hint_of(example(kind), is_changed=True) or ""
        assert hints.UNCHANGED not in said
        assert said


def test_each_hint_is_of_a_code_that_there_is() -> None:
    assert set(hints._HINTS) <= {kind.code for kind in KINDS}


def test_a_field_too_many_or_too_few_is_a_mistake_of_ours() -> None:
    with pytest.raises(TypeError, match="has the fields user, need, have"):
        errors.NotEnoughCoins("alice", need=5)  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        errors.HandleTaken("alice", "bob")  # type: ignore[call-arg]


def test_the_reference_of_errors_is_what_the_program_says() -> None:
    assert ERRORS.read_text(encoding="utf-8") == reference()
