"""Changing prices by commands: what is shown, what is written, and what stays as it is."""

import os
import subprocess
import sys
import tomllib
from concurrent.futures import ThreadPoolExecutor

import pytest

from coins_cli.files.catalogs import WRITTEN_BY, default_catalog, default_catalog_text
from coins_cli.model.catalog_keys import kind_of, value_text, values_of
from coins_cli.opening import open_bank
from tests.cli.runner import COMMAND, coins, contents, process, typed
from tests.model.test_catalog_editing import BAD, VALUES

CHANGES = [
    "set packs.500.usd=5.99 gifting.creator_share=0.5",
    "add gift 'Golden Crown' 750",
    "add pack 300 1.00",
    "remove gift panda",
    "remove pack 500",
]
"""One of each command, which changes prices."""


def in_force(store):
    """What the economy's prices are, by their keys."""
    return {key: value_text(value) for key, value in values_of(open_bank(store).catalog).items()}


def journal(store):
    return contents(store / "journal")


@pytest.mark.parametrize("line", CHANGES)
def test_a_change_is_shown_and_in_force_and_nothing_else_differs(store, line):
    before, was, files = in_force(store), journal(store), contents(store)
    changes = typed(f"catalog {line} --json").json()["changes"]
    assert changes
    expected = {**before, **{one["key"]: one["new"] for one in changes}}
    expected = {key: str(value) for key, value in expected.items() if value is not None}
    assert in_force(store) == expected
    assert all(str(one["old"] or "") == before.get(one["key"], "") for one in changes)
    after = contents(store)
    assert {name for name in after if after[name] != files.get(name)} == {"catalog.toml"}
    assert journal(store) == was
    assert typed("verify --json").json()["ok"] is True
    assert typed("catalog check").code == 0


@pytest.mark.parametrize("line", CHANGES)
def test_a_dry_run_shows_the_same_and_changes_nothing(store, line):
    before = contents(store)
    tried = typed(f"catalog {line} --dry-run --json").json()
    assert contents(store) == before
    assert typed(f"catalog {line} --json").json() == {**tried, "dry_run": False}


def test_a_dry_run_makes_no_store(no_store):
    assert typed("catalog set packs.500.usd=5.99 --dry-run").said() == "packs.500.usd\t6.49\t5.99\n"
    assert not no_store.exists()


def test_the_first_change_makes_the_store(no_store):
    ran = typed("catalog set packs.500.usd=5.99")
    assert (ran.code, ran.out) == (0, "packs.500.usd\t6.49\t5.99\n")
    assert ran.err == f"Made a new store in {no_store}\n"
    assert in_force(no_store)["packs.500.usd"] == "5.99"


def test_what_was_done_before_keeps_its_prices(store):
    before = typed("history dora --json").json()
    typed("catalog set packs.2000.usd=20 gifts.panda.coins=7").said()
    assert typed("history dora --json").json() == before
    assert typed("recharge dora 2000 --json").json()["usd"] == "20.00"
    assert typed("gift dora bob panda --json").json()["coins"] == 7
    assert typed("verify --json").json()["ok"] is True


def test_the_file_is_toml_that_says_who_wrote_it_and_reads_back(store):
    typed("catalog set gifts.panda.name='Pän\"da' cash_out.usd_per_diamond=0.000001").said()
    text = (store / "catalog.toml").read_bytes()
    assert text.startswith(WRITTEN_BY)
    assert tomllib.loads(text.decode())["gifts"]["panda"] == {"name": 'Pän"da', "coins": 5}
    assert in_force(store)["cash_out.usd_per_diamond"] == "0.000001"


@pytest.mark.parametrize("key", VALUES)
def test_no_command_sets_a_key_to_nonsense(store, key):
    before = contents(store)
    for text in BAD[kind_of(key).kind]:
        error = coins("catalog", "set", f"{key}={text}", "--json").refusal()
        assert (error["exit"], error["code"], error["key"]) == (2, "invalid_setting", key)
    assert contents(store) == before


@pytest.mark.parametrize(
    ("line", "exit_code", "message", "hint"),
    [
        (
            "set packs.500.usd=5.999",
            2,
            "packs.500.usd cannot be '5.999': expected dollars and cents, like 5.99",
            "nothing was set; coins catalog show shows every key with its value",
        ),
        (
            "set packs.500.usd=5.99 gifting.creator_share=2",
            2,
            "gifting.creator_share cannot be '2': expected a decimal from 0.000001 to 1, of at",
            "nothing was set; coins catalog show shows every key with its value",
        ),
        (
            "set cashout.threshold=5000",
            3,
            "there is no 'cashout.threshold' in the catalog",
            "did you mean cash_out.threshold?",
        ),
        (
            "add gift PANDA 7",
            5,
            "there is a gift 'panda' in the catalog already",
            "to change it: coins catalog set gifts.panda.coins=7",
        ),
        ("remove gift pnada", 3, "there is no gift 'pnada' in the catalog", "did you mean panda?"),
        (
            "remove pack 300",
            3,
            "there is no pack '300' in the catalog",
            "the packs are 100, 500, 2000, 5000 or 10000",
        ),
        ("add crown Crown 7", 2, "what is sold cannot be 'crown'", "choose gift or pack"),
        ("reset packs.300", 3, "there is no 'packs.300' in the catalog", "did you mean"),
    ],
)
def test_a_refusal_says_key_value_and_expectation_and_changes_nothing(
    store, line, exit_code, message, hint
):
    before = contents(store)
    error = typed(f"catalog {line} --json").refusal()
    assert error["exit"] == exit_code
    assert error["message"].startswith(message)
    assert error["hint"].startswith(hint)
    ran = typed(f"catalog {line}")
    assert (ran.code, ran.out) == (exit_code, "")
    assert ran.err.startswith(f"coins: {message}")
    assert contents(store) == before


# -- comments --------------------------------------------------------------------------------------

LOST = "Its file has lost its comments; coins catalog show explains.\n"


def test_that_comments_are_lost_is_said_once(store):
    typed("catalog init").said()
    first = typed("catalog set packs.500.usd=5.99")
    assert (first.code, first.err) == (0, LOST)
    assert typed("catalog set packs.500.usd=5.98").err == ""
    assert typed("catalog set gifts.panda.name='Panda #1'").err == ""
    assert typed("catalog set packs.500.usd=5.97").err == ""


def test_comments_are_not_lost_by_what_changes_nothing(store):
    typed("catalog init").said()
    before = contents(store)
    assert typed("catalog set packs.500.usd=6.49").said() == ""
    assert typed("catalog set packs.500.usd=6.49", columns=80).said() == (
        "Nothing changes: those are the prices already.\n"
    )
    assert contents(store) == before


def test_a_dry_run_says_that_comments_would_be_lost(store):
    typed("catalog init").said()
    assert "would lose its comments" in typed("catalog set packs.500.usd=5.99 --dry-run").err
    assert typed("catalog set packs.500.usd=5.99 --dry-run --json").out.count(
        '"lost_comments":true'
    )


# -- back to the default ---------------------------------------------------------------------------


def test_a_reset_gives_the_default_file_with_its_comments(store):
    typed("catalog set packs.500.usd=5.99").said()
    typed("catalog add gift Crown 7").said()
    assert typed("catalog reset").said() == (
        "packs.500.usd\t5.99\t6.49\ngifts.crown.name\tCrown\t\ngifts.crown.coins\t7\t\n"
    )
    assert (store / "catalog.toml").read_bytes() == default_catalog_text()


def test_a_reset_of_one_key_leaves_the_others(store):
    typed("catalog set packs.500.usd=5.99 gifts.panda.coins=7").said()
    assert typed("catalog reset packs.500.usd").said() == "packs.500.usd\t5.99\t6.49\n"
    assert in_force(store)["gifts.panda.coins"] == "7"
    assert typed("catalog reset gifts").said() == "gifts.panda.coins\t7\t5\n"
    assert open_bank(store).catalog.prices() == default_catalog().prices()


@pytest.mark.parametrize("text", [b"\xff", b"packs = 3", b"[" * 5_000, b""])
def test_a_reset_mends_a_catalog_that_cannot_be_read(store, text):
    (store / "catalog.toml").write_bytes(text)
    for line in ("set packs.500.usd=5.99", "add pack 300 1", "remove gift panda", "reset packs"):
        before = contents(store)
        assert typed(f"catalog {line} --json").refusal()["code"] == "invalid_catalog"
        assert contents(store) == before
    assert typed("catalog reset").code == 0
    assert (store / "catalog.toml").read_bytes() == default_catalog_text()


def test_without_own_prices_there_is_nothing_to_reset(store):
    before = contents(store)
    assert typed("catalog reset").said() == ""
    assert contents(store) == before


# -- which prices ----------------------------------------------------------------------------------


def test_the_economys_own_prices_are_changed_whatever_is_in_force(store, clap_catalog, monkeypatch):
    said = "Other prices are in force: those of --catalog or COINS_CATALOG.\n"
    ran = coins("catalog", "set", "packs.500.usd=5.99", "--catalog", clap_catalog)
    assert (ran.code, ran.err) == (0, said)
    monkeypatch.setenv("COINS_CATALOG", "older-prices")
    assert typed("catalog set gifts.panda.coins=7").err == said
    monkeypatch.delenv("COINS_CATALOG")
    assert in_force(store)["packs.500.usd"] == "5.99"
    assert in_force(store)["gifts.panda.coins"] == "7"
    assert "packs.300.usd" not in in_force(store)
    assert "gifts.clap.name" not in in_force(store)


# -- what can go wrong -----------------------------------------------------------------------------


def test_two_writers_at_once_both_change_the_prices(store):
    keys = [key for key in VALUES if key.startswith("gifts.") and key.endswith(".coins")]
    assert len(keys) == 8
    with ThreadPoolExecutor(8) as pool:
        ran = list(pool.map(lambda key: process("catalog", "set", f"{key}=77"), keys))
    assert [one.code for one in ran] == [0] * 8, ran
    assert {in_force(store)[key] for key in keys} == {"77"}


def test_a_file_that_would_be_too_long_to_be_read_is_not_written(store):
    gifts = "".join(f'[gifts.g{n}]\nname = "{n:045}"\ncoins = 1\n' for n in range(1_240))
    (store / "catalog.toml").write_text(default_catalog_text().decode() + gifts)
    assert typed("catalog check").code == 0
    while (
        error := coins("catalog", "add", "gift", f"{os.urandom(20).hex()}", "1", "--json")
    ).code == 0:
        assert typed("catalog check").code == 0
    assert "at most 100,000 bytes" in error.refusal()["message"]
    assert typed("catalog check").code == 0


def test_a_store_that_cannot_be_written_is_left_as_it_is(store):
    before = contents(store)
    (store / ".catalog.toml.new").mkdir()
    error = typed("catalog set packs.500.usd=5.99 --json").refusal()
    assert error["exit"] == 6
    (store / ".catalog.toml.new").rmdir()
    assert contents(store) == before


def test_a_full_disk_behind_stdout_says_what_was_done(store):
    with open("/dev/full", "w") as full:
        ran = process("catalog", "set", "packs.500.usd=5.99", stdout=full)
    assert ran.code == 7
    assert in_force(store)["packs.500.usd"] == "5.99"
    assert "packs.500.usd" in ran.err


def test_only_what_writes_a_catalog_imports_its_library(store):
    def imports(line):
        command = [sys.executable, "-X", "importtime", *COMMAND[1:], *line.split()]
        ran = subprocess.run(command, capture_output=True, check=True, text=True)
        return "tomli_w" in ran.stderr

    lines = ("catalog show", "catalog diff", "catalog history", "catalog init", "balance alice")
    assert [line for line in lines if imports(line)] == []
    assert imports("catalog set packs.500.usd=5.99")


@pytest.mark.parametrize("columns", [120, 80, 60, 40])
def test_changes_fit_the_terminal(store, columns):
    said = typed(
        "catalog set packs.500.usd=5.99 gifts.panda.name='Giant panda'", columns=columns
    ).said()
    assert max(map(len, said.splitlines())) <= columns
    assert "$5.99" in said
    assert "Giant panda" in said
    assert "…" not in said
    assert "keeps its prices" in said


def test_a_name_with_control_characters_is_shown_with_care(store):
    said = coins("catalog", "set", "gifts.panda.name=a\x1b[31mb", columns=80).said()
    assert "\x1b[31m" not in said.replace("\x1b[1m", "").replace("\x1b[0m", "")
