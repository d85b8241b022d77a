"""Catalogs that are explained, listed, compared and dated."""

from pathlib import Path

import pytest

from coins_cli.files.named_catalogs import NAMED_CATALOGS
from tests.cli.runner import coins, typed
from tests.model.test_catalog_editing import VALUES

DAY = "2030-03-01T09:30:00Z"


# -- show ------------------------------------------------------------------------------------------


def test_every_number_is_explained(store):
    rows = [line.split("\t") for line in typed("catalog show").said().splitlines()]
    assert [row[0] for row in rows] == list(VALUES)
    assert {row[2] for row in rows} == {"fact", "assumption"}
    assert all(row[1] == row[3] and row[4] for row in rows)


def test_what_was_changed_added_and_removed_here_is_told(store):
    typed("catalog set packs.500.usd=5.99").said()
    typed("catalog add gift Crown 750").said()
    typed("catalog remove pack 100").said()
    shown = typed("catalog show --json").json()
    origins = {one["key"]: (one["origin"], one["default"]) for one in shown["prices"]}
    assert origins["packs.500.usd"] == ("changed", "6.49")
    assert origins["gifts.crown.coins"] == ("added", None)
    assert origins["cash_out.threshold"] == ("fact", 10_000)
    assert shown["removed"] == ["packs.100"]
    on_terminal = typed("catalog show", columns=200).said()
    assert "changed from $6.49" in on_terminal
    assert "Not on sale here: packs.100." in on_terminal


@pytest.mark.parametrize("columns", [200, 120, 80, 60, 40])
def test_an_explanation_is_never_cut_and_never_too_wide(store, columns):
    typed("catalog set packs.500.usd=5.99").said()
    said = typed("catalog show --catalog calculators", columns=columns).said()
    assert max(map(len, said.splitlines())) <= columns
    assert "…" not in said
    words = " ".join(said.split())
    assert "the part of a gift's coins that the creator earns" in words
    assert "changed from 0.01" in words


# -- names -----------------------------------------------------------------------------------------


def test_the_catalogs_are_listed_with_files_that_can_be_read(store):
    listed = typed("catalog list --json").json()["catalogs"]
    assert [one["name"] for one in listed] == list(NAMED_CATALOGS)
    for one in listed:
        assert Path(one["file"]).read_text().startswith("# ")
        assert one["about"] in typed("catalog list", columns=80).said()
        assert coins("catalog", "check", one["file"]).code == 0


@pytest.mark.parametrize("name", NAMED_CATALOGS)
def test_a_catalog_is_named_where_a_file_could_be(store, name, monkeypatch):
    file = {one["name"]: one["file"] for one in typed("catalog list --json").json()["catalogs"]}
    by_file = coins("catalog", "show", "--catalog", file[name], "--json").json()["prices"]
    assert typed(f"catalog show --catalog {name} --json").json()["prices"] == by_file
    assert typed(f"catalog check {name}").code == 0
    monkeypatch.setenv("COINS_CATALOG", name)
    assert typed("catalog show --json").json()["prices"] == by_file


def test_a_file_of_that_name_is_not_read_unasked(store, tmp_path, monkeypatch, clap_catalog):
    monkeypatch.chdir(tmp_path)
    Path("older-prices").write_text(clap_catalog.read_text())
    assert typed("catalog packs --catalog older-prices").said().startswith("300\t")
    assert typed("catalog packs --catalog ./older-prices").said().startswith("1\t1\t0.02")
    Path("mine").write_text(clap_catalog.read_text())
    assert typed("catalog packs --catalog mine").said().startswith("1\t1\t0.02")


@pytest.mark.parametrize(
    ("named", "code", "hint"),
    [
        ("older-price", "unknown_catalog", "did you mean older-prices?"),
        ("zzz", "unknown_catalog", "coins catalog list shows those that come with coins"),
        ("./older-price", "no_such_file", "check the path"),
        ("older-prices.toml", "no_such_file", "check the path"),
    ],
)
def test_a_name_that_nothing_has_is_not_found(store, named, code, hint):
    for line in (
        "balance alice --catalog",
        "catalog check",
        "catalog diff",
        "recharge alice 1 --catalog",
    ):
        error = typed(f"{line} {named} --json").refusal()
        assert (error["exit"], error["code"], error["hint"]) == (3, code, hint)


def test_a_store_is_given_a_named_catalog_with_its_comments(store):
    typed("catalog init --catalog older-prices").said()
    files = {one["name"]: one["file"] for one in typed("catalog list --json").json()["catalogs"]}
    assert (store / "catalog.toml").read_bytes() == Path(files["older-prices"]).read_bytes()
    assert typed("recharge dora 300 --json").json()["usd"] == "1.00"


def test_a_store_is_not_given_what_is_no_catalog(store, tmp_path):
    (tmp_path / "mine.toml").write_text("packs = 3")
    error = coins("catalog", "init", "--catalog", tmp_path / "mine.toml", "--json").refusal()
    assert error["code"] == "invalid_catalog"
    assert not (store / "catalog.toml").exists()


# -- diff ------------------------------------------------------------------------------------------


def test_half_a_share_halves_what_reaches_creators(store):
    typed("catalog set gifting.creator_share=0.5").said()
    assert typed("catalog diff").said() == "gifting.creator_share\t1\t0.5\n"
    assert typed("catalog diff", columns=120).said().splitlines()[-1] == (
        "Of a dollar, 74 to 78 cents reached creators; now 37 to 39 cents."
    )


def test_the_same_prices_do_not_differ(store):
    assert typed("catalog diff").said() == ""
    assert typed("catalog diff", columns=80).said() == "They are the same: no price differs.\n"
    same = typed("catalog diff older-prices older-prices --json").json()
    assert (same["differences"], same["consequences"]) == ([], [])


def test_one_name_is_compared_with_the_prices_in_force(store):
    one = typed("catalog diff calculators --json").json()
    assert (one["a"], one["b"]) == ("the catalog calculators", "the default catalog")
    two = typed("catalog diff calculators --catalog older-prices --json").json()
    assert two["b"] == "the catalog older-prices"


@pytest.mark.parametrize("columns", [120, 80, 60, 40])
def test_a_comparison_fits_the_terminal(store, columns):
    said = typed("catalog diff default older-prices", columns=columns).said()
    assert "…" not in said
    assert max(map(len, said.splitlines())) <= columns
    assert "A coin cost 1.290 to 1.350 cents; now 0.333 cents." in " ".join(said.split())


# -- history ---------------------------------------------------------------------------------------


def test_prices_are_dated_by_what_was_done_at_them(no_store):
    for line in (
        f"clock set {DAY} --stopped",
        "wallet create ann bob",
        "recharge ann 500",
        "catalog set packs.500.usd=5.99",
        "catalog set gifting.creator_share=0.5",
        "recharge ann 500",
        "gift ann bob panda",
        "catalog reset packs.500.usd",
        "recharge ann 500",
        "catalog reset",
    ):
        assert typed(line).code == 0, line
    assert typed("catalog history").said() == (
        f"1\t3\t{DAY}\t\t\t\n"
        f"4\t5\t{DAY}\tpacks.500.usd\t6.49\t5.99\n"
        f"4\t5\t{DAY}\tgifting.creator_share\t1\t0.5\n"
        f"6\t6\t{DAY}\tpacks.500.usd\t5.99\t6.49\n"
        "\t\t\tgifting.creator_share\t0.5\t1\n"
    )
    assert typed("catalog history", columns=80).said() == (
        "Transactions 1 to 3, from 2030-03-01 09:30: the default prices\n"
        "Transactions 4 to 5, from 2030-03-01 09:30:\n"
        "  packs.500.usd: $6.49 → $5.99\n"
        "  gifting.creator_share: 1 → 0.5\n"
        "  Of a dollar, 74 to 78 cents reached creators; now 37 to 42 cents.\n"
        "  A coin cost 1.290 to 1.350 cents; now 1.198 to 1.350 cents.\n"
        "Transaction 6, from 2030-03-01 09:30:\n"
        "  packs.500.usd: $5.99 → $6.49\n"
        "  Of a dollar, 37 to 42 cents reached creators; now 37 to 39 cents.\n"
        "  A coin cost 1.198 to 1.350 cents; now 1.290 to 1.350 cents.\n"
        "In force, but nothing was done at these prices yet:\n"
        "  gifting.creator_share: 0.5 → 1\n"
    )


def test_an_economy_in_which_nothing_was_done_has_no_history_of_prices(no_store):
    assert typed("catalog history --json").refusal()["code"] == "no_store"
    typed("clock advance 1d")
    assert typed("catalog history").said() == ""
    assert typed("catalog history", columns=80).said() == "Nothing was done at any prices yet.\n"


@pytest.mark.parametrize("columns", [120, 80, 60, 40])
def test_a_history_is_broken_between_words(store, columns):
    said = typed("catalog history", columns=columns).said()
    assert max(map(len, said.splitlines())) <= columns
    assert "In force, but nothing was done at these prices yet:" in " ".join(said.split())


@pytest.mark.parametrize("columns", [None, 200, 80, 40])
@pytest.mark.parametrize(
    "line", ["diff {}", "diff {} {}", "show --catalog {}", "check {}", "history"]
)
def test_nothing_in_a_strangers_catalog_controls_the_terminal(
    store, tmp_path, monkeypatch, line, columns
):
    file = tmp_path / "a\x1b[31mb.toml"
    named = {one["name"]: one["file"] for one in typed("catalog list --json").json()["catalogs"]}
    nasty = Path(named["default"]).read_text().replace('"Panda"', '"P\\u001b[31m\\u202e"')
    file.write_text(nasty)
    (store / "catalog.toml").write_text(nasty)
    for words in (line.split(), [*line.split(), "--json"]):
        args = [str(file) if word == "{}" else word for word in words]
        said = coins("catalog", *args, columns=columns).said()
        assert "\x1b[31m" not in said
        assert "\u202e" not in said
