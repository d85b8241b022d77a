"""One thing has one name: in JSON, on screens, in traces, exports, on the page and in the help."""

import csv
import io
import json
import re
from pathlib import Path

import pytest

from coins_cli.opening import open_bank
from coins_cli.reports.lines import LINES, TRACED
from coins_cli.views.division import DIVIDED
from coins_cli.views.flows import Flows
from tests.cli.runner import command_paths, typed
from tests.cli.test_json import every_field

README = Path(__file__).parents[2] / "README.md"
UNSPENT = {"alice": 3_800, "bob": 300, "carol": 0}
HELD = {"alice": 0, "bob": 11_000, "carol": 0}
EARNED = {"alice": 0, "bob": 2_000, "carol": 0}
READING = (
    "balance bob",
    "history bob",
    "statement bob",
    "report",
    "report --user bob",
    "report --trace held",
    "wallet list",
    "wallet show bob",
    "class list",
    "page bob",
    "payout list",
    "payout show 20",
    "export --format jsonl",
)


@pytest.fixture
def store(tmp_path, monkeypatch):
    """bob waits for 11,000 coins, has earned 2,000 more, and 300 are unspent; alice has 3,800."""
    monkeypatch.setenv("COINS_STORE", str(tmp_path / "store"))
    monkeypatch.chdir(tmp_path)
    bank = open_bank(tmp_path / "store")
    bank.create_wallets("alice", "bob", "carol")
    for _ in range(3):
        bank.recharge("alice", 5_000)
    for _ in range(4):
        bank.recharge("alice", 500)
    for _ in range(3):
        bank.recharge("bob", 100)
        bank.recharge("alice", 100)
    bank.gift("alice", "bob", "drama queen", quantity=2)
    bank.gift("alice", "bob", "concert", quantity=2)
    bank.gift("alice", "bob", "im very rich", quantity=2)
    bank.cash_out("bob", "bob@example.com", coins=11_000, pending=True)
    bank.promote("alice", "v", days=1)
    return tmp_path / "store"


def documents(line):
    ran = typed(line, "--json")
    assert ran.code == 0, ran.err
    return [json.loads(one) for one in ran.out.splitlines()]


def test_the_economy_of_these_tests_tells_the_words_apart(store):
    wallets = documents("wallet list")[0]["wallets"]
    assert {one["user"]: one["coins"] for one in wallets} == UNSPENT
    assert {one["user"]: one["held"] for one in wallets} == HELD
    assert {one["user"]: one["earned"] for one in wallets} == EARNED


@pytest.mark.parametrize("line", READING)
def test_held_is_what_waits_for_a_payout_in_every_answer(store, line):
    for document in documents(line):
        for name, value in every_field(document):
            if name == "held":
                assert value in HELD.values(), line
            if name == "unspent":
                assert value in (*UNSPENT.values(), sum(UNSPENT.values())), line
            assert not (name == "pending" and type(value) is int), line
            if name == "kept":
                assert re.fullmatch(r"[0-9]+\.[0-9]{2}", value), line


def test_every_sum_of_the_report_has_the_name_that_wallets_and_the_books_give_it(store):
    report = documents("report")[0]
    of_bob = next(one for one in report["users"] if one["user"] == "bob")
    assert (of_bob["unspent"], of_bob["held"], of_bob["earned"]) == (300, 11_000, 2_000)
    assert report["coins"]["unspent"] == sum(UNSPENT.values())
    assert report["coins"]["held"] == sum(HELD.values())
    assert report["usd"]["kept"] == report["usd"]["in"]
    rows = csv.DictReader(io.StringIO(typed("export").said()))
    held = [int(row["amount"]) for row in rows if row["account"].endswith("/held")]
    assert sum(held) == report["coins"]["held"]


@pytest.mark.parametrize("line", ["report", "report --user bob"])
def test_the_names_in_json_are_the_words_that_trace_them(store, line):
    answer = documents(line)[0]
    named = {**answer["usd"], **answer["coins"]}
    named["out"] = named.pop("paid_out")
    del named["could_still_bring"]
    assert set(TRACED) == {name.replace("_", "-") for name in named}


def test_what_is_kept_is_dollars_and_can_be_traced(store):
    traced = documents("report --trace kept")[0]
    assert traced["total"] == documents("report")[0]["usd"]["kept"]
    assert {one["op"] for one in traced["transactions"]} == {"recharge"}


def test_lines_say_kept_of_dollars_and_held_of_payouts_alone():
    kept = {field for field, line in LINES.items() if "kept" in line.name.lower()}
    held = {field for field, line in LINES.items() if "held" in line.name.lower()}
    assert (kept, held) == ({"usd_cents_kept"}, {"coins_held", "usd_cents_held"})
    for field, line in LINES.items():
        for word in ("kept", "held"):
            assert word not in line.meaning.lower(), field
    assert set(LINES) == {*Flows.__struct_fields__, "usd_cents_kept", *DIVIDED}
    assert len(TRACED) == len(LINES)


@pytest.mark.parametrize("command", [" ".join(path) for path, _ in command_paths()])
def test_help_says_held_of_payouts_and_kept_of_dollars_only(command):
    said = " ".join(typed(f"{command} --help").said().split())
    for sentence in re.split(r"(?<=[.;:])\s", said):
        if re.search(r"\bheld\b", sentence, re.IGNORECASE):
            assert re.search(r"payout|returned|settled|creator|in, out", sentence), sentence
        if re.search(r"\bkept\b", sentence, re.IGNORECASE):
            assert re.search(r"dollars|receipt|in, out", sentence), sentence


def test_the_readme_says_held_of_payouts_only():
    text = README.read_text(encoding="utf-8")
    for line in text.splitlines():
        if re.search(r"\bheld\b", line, re.IGNORECASE):
            about = r"payout|settle|returned|cashes out|/earned`|`earned`|in, out"
            assert re.search(about, line), line
