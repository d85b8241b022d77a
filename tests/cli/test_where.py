"""Which store and which catalog are meant, and where the options may stand."""

import itertools
import shlex

import pytest

from tests.cli.conftest import DEFAULT_CATALOG, copy_of
from tests.cli.runner import coins, contents, one_object, typed


def with_panda_at(price):
    text = DEFAULT_CATALOG.read_text(encoding="utf-8")
    assert 'name = "Panda"\ncoins = 5\n' in text
    return text.replace('name = "Panda"\ncoins = 5\n', f'name = "Panda"\ncoins = {price}\n')


@pytest.fixture
def other(made_once, tmp_path):
    """Another store, in which alice has 100 coins more."""
    folder = copy_of(made_once, tmp_path / "other")
    coins("recharge", "alice", "100", "--store", folder).said()
    return folder


# -- what to do next -----------------------------------------------------------------------------


def test_a_hint_can_be_copied_for_the_store_that_was_named(store, tmp_path):
    other = tmp_path / "my class"
    assert coins("wallet", "create", "zoe", "--store", other).code == 0
    refusal = coins("recharge", "yuri", "100", "--store", other, "--json").refusal()
    assert refusal["hint"] == f"coins --store '{other}' wallet create yuri"
    assert coins(*shlex.split(refusal["hint"])[1:]).code == 0
    assert coins("recharge", "yuri", "100", "--store", other).code == 0
    assert coins("recharge", "xaver", "100").err.endswith("\n  coins wallet create xaver\n")


# -- where the options stand ---------------------------------------------------------------------


@pytest.mark.parametrize("place", [0, 1, 2, 3])
def test_the_shared_options_stand_at_any_place(store, other, clap_catalog, place):
    words = ["quote", "gift", "clap"]
    options = ["--json", "--store", other, "--catalog", clap_catalog]
    assert coins(*words[:place], *options, *words[place:]).json()["coins"] == 1


@pytest.mark.parametrize("place", [0, 1, 2])
def test_the_store_may_be_named_before_or_after_the_verb(store, other, place):
    words = ["balance", "alice"]
    assert coins(*words[:place], "--store", other, *words[place:], "--json").json()["coins"] == 201


@pytest.mark.parametrize("place", [0, 1, 2, 3, 4])
def test_quiet_may_stand_before_or_after_the_verb(store, place):
    words = ["gift", "dora", "bob", "panda"]
    assert coins(*words[:place], "--quiet", *words[place:]).said() == "18\n"


def test_the_option_nearest_to_the_end_wins(store, other):
    assert coins(
        "--store", "/nowhere/at/all", "balance", "alice", "--store", other, "--json"
    ).json()


def test_json_asked_for_before_the_verb_holds_for_errors_too(store):
    assert coins("--json", "balance", "nobody").refusal()["code"] == "unknown_user"
    assert coins("wallet", "--json", "show", "nobody").refusal()["code"] == "unknown_user"
    assert coins("--json", "gft").refusal()["code"] == "usage"


# -- the store -----------------------------------------------------------------------------------


def test_the_option_wins_over_the_environment(store, other):
    assert typed("balance alice --json").json()["coins"] == 101
    assert coins("balance", "alice", "--json", "--store", other).json()["coins"] == 201


def test_without_either_it_is_the_users_own_folder(tmp_path):
    ran = typed("wallet create alice")
    place = tmp_path / "data" / "coins"
    assert ran.code == 0
    assert str(place) in ran.err
    assert (place / "store.json").is_file()


def test_an_empty_variable_is_as_good_as_none(tmp_path, monkeypatch):
    monkeypatch.setenv("COINS_STORE", "")
    monkeypatch.setenv("COINS_CATALOG", "")
    assert typed("wallet create alice").code == 0
    assert (tmp_path / "data" / "coins" / "store.json").is_file()


@pytest.mark.parametrize("xdg", [None, "", "relative/to/where"])
def test_without_a_data_folder_of_xdg_it_is_in_the_home_folder(tmp_path, monkeypatch, xdg):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("XDG_DATA_HOME")
    if xdg is not None:
        monkeypatch.setenv("XDG_DATA_HOME", xdg)
    assert typed("wallet create alice").code == 0
    assert (tmp_path / ".local" / "share" / "coins" / "store.json").is_file()
    assert not (tmp_path / "relative").exists()


@pytest.mark.parametrize("option", ["--store", "--catalog"])
def test_an_empty_option_is_not_taken_for_none(store, option):
    """As from `coins --store "$FOLDER"` when FOLDER is not set: it must not hit another store."""
    before = contents(store)
    ran = coins("recharge", "alice", "100", option, "")
    assert (ran.code, ran.out) == (2, "")
    assert option in ran.err
    assert contents(store) == before


def test_a_relative_store_is_that_of_the_current_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert typed("wallet create alice --store class-7b").code == 0
    assert (tmp_path / "class-7b" / "store.json").is_file()


def test_the_first_write_says_where_the_store_is_and_the_second_does_not(no_store):
    first, second = typed("wallet create alice"), typed("recharge alice 100")
    assert first.err == f"Made a new store in {no_store}\n"
    assert first.out.startswith("alice has a wallet.\n")
    assert second.err == ""


def test_where_a_new_store_is_is_said_to_scripts_too(no_store):
    assert typed("wallet create alice --json").err == f"Made a new store in {no_store}\n"


def test_nothing_but_the_number_is_said_in_quiet(no_store):
    assert typed("wallet create alice --quiet").said() == "1\n"


def test_a_catalog_of_its_own_makes_the_store_too(no_store):
    ran = typed("catalog init")
    assert ran.code == 0
    assert ran.err == f"Made a new store in {no_store}\n"
    assert (no_store / "catalog.toml").read_bytes() == DEFAULT_CATALOG.read_bytes()


def test_an_empty_folder_may_become_a_store(no_store):
    no_store.mkdir()
    assert typed("wallet create alice").code == 0
    assert typed("balance alice --json").json()["coins"] == 0


@pytest.mark.parametrize(
    "line",
    [
        "wallet create Ω",
        "wallet create alice alice",
        "recharge alice 100",
        "recharge alice 1.5",
        "gift alice bob panda",
        "live start alice",
        "wallet create alice --catalog nowhere.toml",
        "wallet create alice --name ''",
        "wallet create",
        "balance alice",
        "verify",
        "wallet list",
    ],
)
def test_a_refused_first_write_makes_nothing(tmp_path, monkeypatch, line):
    monkeypatch.chdir(tmp_path)
    assert typed(line).code != 0
    assert contents(tmp_path) == {}


def test_a_dry_run_makes_no_store(no_store, tmp_path):
    assert typed("recharge alice 100 --dry-run").code == 3
    assert contents(tmp_path) == {}


@pytest.mark.parametrize(
    "line",
    [
        *["catalog packs", "catalog gifts", "catalog promotions", "catalog check"],
        *["quote coins 10", "quote usd 5", "quote gift panda", "quote promotion --days 1"],
    ],
)
def test_asking_for_prices_needs_no_store_and_makes_none(no_store, tmp_path, line):
    assert typed(line).said()
    assert contents(tmp_path) == {}


# -- the catalog ---------------------------------------------------------------------------------


def test_the_catalog_is_the_one_named_then_the_environments_then_the_stores_then_the_default(
    store, tmp_path, monkeypatch
):
    named, of_environment = tmp_path / "named.toml", tmp_path / "environment.toml"
    named.write_text(with_panda_at(8))
    of_environment.write_text(with_panda_at(7))
    (store / "catalog.toml").write_text(with_panda_at(6))

    def price(*options):
        return coins("quote", "gift", "panda", "--json", *options).json()["coins"]

    monkeypatch.setenv("COINS_CATALOG", str(of_environment))
    assert price("--catalog", named) == 8
    assert price() == 7
    monkeypatch.delenv("COINS_CATALOG")
    assert price() == 6
    (store / "catalog.toml").unlink()
    assert price() == 5


def test_the_prices_in_force_are_those_that_are_paid(store, tmp_path):
    (store / "catalog.toml").write_text(with_panda_at(6))
    assert typed("gift dora bob panda --quantity 2 --json").json()["coins"] == 12
    (store / "catalog.toml").unlink()
    assert typed("gift dora bob panda --json").json()["coins"] == 5
    gifts = typed("history dora --json").json()["transactions"][:2]
    assert [gift["coins"] for gift in gifts] == [5, 12]
    assert typed("verify --json").json()["ok"] is True


def test_nothing_in_the_current_folder_is_read_unasked(store, tmp_path, monkeypatch):
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    for name in ("catalog.toml", "store.json", "coins.toml", "pyproject.toml", "head.json"):
        (here / name).write_text("this is [ not what anybody asked for")
    for name in ("journal", "wallets"):
        (here / name).mkdir()
    before = contents(here)
    for line in ("balance alice", "catalog check", "recharge alice 100", "quote gift panda"):
        typed(line, "--json").json()
    assert contents(here) == before


def test_a_broken_catalog_of_the_store_is_named_and_can_be_passed_by(store, clap_catalog):
    (store / "catalog.toml").write_text("broken")
    error = typed("balance alice --json").refusal()
    assert (error["code"], error["file"]) == ("invalid_catalog", str(store / "catalog.toml"))
    assert coins("balance", "alice", "--json", "--catalog", clap_catalog).json()["coins"] == 101
    assert coins("catalog", "check", clap_catalog, "--json").json()["ok"] is True


def test_a_broken_catalog_is_found_by_verify_and_is_all_that_is_found(store):
    """Prices are in the journal, so a broken catalog is no reason to distrust it."""
    before = typed("verify --json").json()
    (store / "catalog.toml").write_text("broken")
    ran = typed("verify --json")
    found = one_object(ran.out)
    assert (ran.code, found["ok"]) == (6, False)
    assert [one["where"] for one in found["findings"]] == ["catalog.toml"]
    assert {**found, "ok": True, "findings": []} == before


@pytest.mark.parametrize("name", ["COINS_STORE", "COINS_CATALOG"])
def test_the_help_names_the_variables(name):
    assert name in typed("--help").said()


def test_every_way_of_naming_a_store_leads_to_the_same_one(store, tmp_path, monkeypatch):
    monkeypatch.delenv("COINS_STORE")
    monkeypatch.chdir(tmp_path)
    for way in (store, "store", "./store", f"{store}/", "../" + tmp_path.name + "/store"):
        assert coins("balance", "alice", "--json", "--store", way).json()["coins"] == 101
    seqs = itertools.count(18)
    for way in (store, "store/"):
        assert typed(f"recharge alice 100 --quiet --store {way}").said() == f"{next(seqs)}\n"
