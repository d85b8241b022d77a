"""What `import coins_cli` promises to other programs."""

import pickle
import subprocess
import sys

import pytest

import coins_cli
from coins_cli.errors import CoinsError, NotEnoughCoins


def python(code):
    """What a new interpreter prints."""
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    return ran.stdout.split()


@pytest.mark.parametrize("name", coins_cli.__all__)
def test_every_public_name_is_there(name):
    assert getattr(coins_cli, name).__name__ == name
    assert getattr(coins_cli, name).__doc__


def test_a_star_import_brings_all_public_names():
    found = {}
    exec("from coins_cli import *", found)
    assert set(coins_cli.__all__) <= found.keys()


def test_public_names_are_sorted_and_each_is_there_once():
    assert coins_cli.__all__ == sorted(set(coins_cli.__all__))


def test_other_names_are_missing_as_in_any_module():
    with pytest.raises(AttributeError, match="module 'coins_cli' has no attribute 'Purse'"):
        coins_cli.Purse  # noqa: B018
    assert not hasattr(coins_cli, "json_store_of_mine")


def test_the_families_of_errors_are_errors_of_coins():
    families = ("Conflict", "Invalid", "NotFound", "Refused", "StoreUnusable")
    assert {getattr(coins_cli, name).__bases__ for name in families} == {(CoinsError,)}
    assert coins_cli.CoinsError is CoinsError


def test_an_error_comes_back_whole_from_another_process():
    error = NotEnoughCoins("alice", need=5, have=3)
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is NotEnoughCoins
    assert vars(again) == vars(error)
    assert str(again) == str(error)


def test_importing_coins_loads_none_of_what_it_stands_on():
    """Every command pays for what is imported at its start."""
    loaded = python("import coins_cli, sys; print(*sys.modules)")
    assert "coins_cli" in loaded
    heavy = {"msgspec", "typer", "rich", "json", "decimal", "tomllib", "coins_cli.bank"}
    assert heavy.isdisjoint(loaded)


def test_a_bank_needs_no_command_line():
    loaded = python("from coins_cli import open_bank; import sys; print(*sys.modules)")
    assert "msgspec" in loaded
    assert {"typer", "rich", "coins_cli.cli"}.isdisjoint(loaded)


def test_the_version_is_that_of_the_distribution():
    from importlib.metadata import version

    assert coins_cli.__version__ == version("coins-cli")


def test_the_package_says_that_it_is_typed(request):
    assert (request.config.rootpath / "coins_cli/py.typed").exists()
