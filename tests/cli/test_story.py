"""The story in the shell, as a stranger would type it: real processes, to the cent."""

import json

import pytest

from tests.cli.runner import process, shell, typed


@pytest.fixture
def told(no_store):
    """Runs a command of the story, and returns its JSON."""
    return lambda line: process(*line.split(), "--json").json()


def test_from_an_empty_folder_to_a_paid_out_creator(told, no_store):
    made = process("wallet", "create", "alice", "bob", "--json")
    assert made.err == f"Made a new store in {no_store}\n"
    opened = json.loads(made.out)["receipts"]
    assert [(one["seq"], one["op"], one["user"]) for one in opened] == [
        (1, "open", "alice"),
        (2, "open", "bob"),
    ]

    bought = told("recharge alice 10000")
    assert (bought["seq"], bought["op"]) == (3, "recharge")
    assert (bought["coins"], bought["usd"]) == (10000, "134.99")
    assert bought["balances"] == {"alice": {"coins": 10000, "earned": 0}}

    given = told("gift alice bob drama-queen --quantity 2")
    assert (given["coins"], given["gift"], given["venue"]) == (10000, "drama-queen", "comments")
    assert given["balances"] == {
        "alice": {"coins": 0, "earned": 0},
        "bob": {"coins": 0, "earned": 10000},
    }

    holds = told("balance bob")
    assert (holds["coins"], holds["earned"]) == (0, 10000)
    assert holds["cash_out"] == {
        "eligible": True,
        "threshold": 10000,
        "short_by": 0,
        "usd": "100.00",
    }

    paid = told("cashout bob --paypal bob@example.com")
    assert (paid["op"], paid["paypal"]) == ("cashout", "bob@example.com")
    assert (paid["coins"], paid["diamonds"], paid["usd"]) == (10000, 10000, "100.00")
    assert paid["balances"] == {"bob": {"coins": 0, "earned": 0}}

    audit = told(f"verify --receipt {paid['seq']}:{paid['head']}")
    assert audit == {
        "schema": 1,
        "ok": True,
        "transactions": 5,
        "wallets": 2,
        "head": paid["head"],
        "coins_issued": 10000,
        "findings": [],
    }
    assert [one["op"] for one in told("history bob")["transactions"]] == ["cashout", "gift", "open"]
    assert told("top bob")["supporters"] == [
        {"rank": 1, "user": "alice", "coins": 10000, "gifts": 2}
    ]


def test_nine_thousand_nine_hundred_and_ninety_nine_earned_coins_are_refused(store):
    refused = process("cashout", "bob", "--paypal", "bob@example.com")
    assert (refused.code, refused.out) == (4, "")
    assert "bob has earned 9,999 coins; cashing out starts at 10,000" in refused.err
    assert "1 to go" in refused.err
    assert typed("verify --json").json()["ok"] is True


def test_each_exit_code_is_that_of_the_process(store, tmp_path):
    codes = {
        "balance alice": 0,
        "recharge alice 100 -n 1.5": 2,
        "recharge alise 100": 3,
        "gift carol bob panda": 4,
        "wallet create alice": 5,
        f"balance alice --store {tmp_path / 'nowhere' / 'store'}": 6,
    }
    assert {line: process(*line.split()).code for line in codes} == codes


def test_a_fault_of_coins_itself_exits_with_1_and_keeps_its_traceback(store, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(
        "import coins_cli.queries\ncoins_cli.queries.Queries.wallet = None\n"
    )
    ran = process("balance", "alice", PYTHONPATH=str(tmp_path))
    assert (ran.code, ran.out) == (1, "")
    assert "Traceback" in ran.err


def test_a_script_in_the_shell_stops_at_the_first_refusal_and_knows_why(no_store):
    ran = shell(
        """
        set -e
        coins wallet create alice bob --quiet
        seq=$(coins recharge alice 500 --quiet)
        echo "paid in $seq"
        coins gift alice bob concert --quantity 2 --quiet || code=$?
        echo "refused with $code"
        coins gift alice bob concert --json > gift.json 2> error.json || true
        coins balance bob | cut -f 3
        """.replace("gift.json", f"{no_store.parent}/gift.json").replace(
            "error.json", f"{no_store.parent}/error.json"
        )
    )
    assert ran.code == 0
    assert ran.out == "1\n2\npaid in 3\nrefused with 4\n500\n"
    assert json.loads((no_store.parent / "gift.json").read_text())["seq"] == 4
    assert (no_store.parent / "error.json").read_text() == ""


def test_recharges_at_the_same_time_are_all_done_and_numbered(store):
    ran = shell("for i in 1 2 3 4; do coins recharge alice 100 --quiet & done; wait")
    assert sorted(map(int, ran.out.split())) == [18, 19, 20, 21]
    assert typed("balance alice --json").json()["coins"] == 501
    assert typed("verify --json").json()["ok"] is True
