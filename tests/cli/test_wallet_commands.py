"""The commands of wallets and lives."""

import pytest

from tests.cli.runner import coins, contents, typed


def test_wallets_are_opened_one_after_the_other(no_store):
    ran = typed("wallet create alice bob")
    assert ran.code == 0
    lines = ran.out.splitlines()
    assert lines[0] == "alice has a wallet."
    assert lines[1].startswith("receipt 1:")
    assert lines[2] == "bob has a wallet."
    assert lines[3].startswith("receipt 2:")


def test_wallets_are_opened_all_or_none(store):
    before = contents(store)
    for line in ("wallet create zoe yan alice", "wallet create zoe yan bad/handle"):
        assert typed(line).code != 0
    assert contents(store) == before


def test_a_wallet_may_carry_a_name(store):
    said = typed("wallet create zoe --name 'Zoe the Great'").said()
    assert said.startswith("zoe (Zoe the Great) has a wallet.\n")
    assert typed("wallet show zoe").said() == "zoe\t0\t0\t\tZoe the Great\n"


def test_a_handle_is_kept_in_lower_case(store):
    receipt = typed("wallet create ZoE --json").json()["receipts"][0]
    assert receipt["user"] == "zoe"
    assert typed("balance zOe --json").json()["user"] == "zoe"


@pytest.mark.parametrize(
    "handle",
    [
        *["ab", "a" * 24, "_x", ".x", "x.json", "a.b.c", "00", "con2", "console", "_._", "..x"],
        *["head", "x.json.new", ".bob.json.new"],
    ],
)
def test_every_handle_that_the_rule_allows_works_everywhere(store, handle):
    coins("wallet", "create", handle).said()
    coins("recharge", handle, "100").said()
    coins("gift", handle, "bob", "panda").said()
    coins("live", "start", handle).said()
    assert coins("balance", handle, "--json").json()["coins"] == 95
    assert len(coins("history", handle).said().splitlines()) == 4
    assert handle in [one["user"] for one in typed("wallet list --json").json()["wallets"]]
    assert typed("verify --json").json()["ok"] is True


def test_wallets_in_a_pipe_are_lines_of_five_fields(store):
    assert typed("wallet list").said() == (
        "alice\t101\t0\t\t\n"
        "bob\t0\t9999\t\t\n"
        "carol\t4\t0\t\t\n"
        "dora\t2000\t0\t\tDora the Dancer\n"
        "erin\t0\t0\tlive\t\n"
        "frank\t500\t10000\t\t\n"
    )


def test_a_store_without_wallets_says_how_to_begin(no_store):
    assert typed("catalog init").code == 0
    assert typed("wallet list").said() == ""
    assert typed("wallet list", columns=80).said() == (
        "There are no wallets yet: coins wallet create alice\n"
    )


def test_a_live_is_on_from_its_start_to_its_end(store):
    typed("live start bob").said()
    assert typed("wallet show bob --json").json()["live_since"].endswith("Z")
    assert typed("gift dora bob panda --live --json").json()["venue"] == "live"
    typed("live end bob").said()
    assert typed("wallet show bob --json").json()["live_since"] is None
    assert typed("gift dora bob panda --live").code == 4
    assert typed("gift dora bob panda --json").json()["venue"] == "comments"
