"""An evening with a class of thirty: real processes, and everything that is counted agrees."""

import json
import threading
from datetime import datetime, timedelta

import pytest

from tests.cli.runner import coins, ended, one_object, started, typed

STAR, WRITERS, GIFTS, COINS_EACH = "s01", 8, 500, 25
CLASS = [f"s{number:02}" for number in range(1, 31)]
ROSTER = "\ufeffHandle;Display name;Team\r\n" + "".join(
    f"{handle.upper()};Student {handle[1:]};{'red' if number % 2 else 'blue'}\r\n"
    for number, handle in enumerate(CLASS)
)
"""As a spreadsheet writes it: with a byte order mark, semicolons, and Windows line ends."""


def evening():
    """What each writer sends: the class gives the star love bangs, each with a key of its own."""
    givers = CLASS[1:]
    lines = [
        json.dumps(
            {
                "op": "gift",
                "from": givers[number % len(givers)],
                "to": STAR,
                "gift": "love-bang",
                "venue": "live",
                "key": f"evening-{number}",
            }
        )
        for number in range(GIFTS)
    ]
    return ["\n".join(lines[writer::WRITERS]) + "\n" for writer in range(WRITERS)]


def give_all():
    """Let eight processes send their gifts at once; each is answered."""

    def send(lines):
        with started("batch", "--quiet") as child:
            child.stdin.write(lines.encode())
            answers.append(ended(child))

    answers = []
    writers = [threading.Thread(target=send, args=(lines,)) for lines in evening()]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [answer.code for answer in answers] == [0] * WRITERS


def totals(events):
    """The sum of all gifts that a watcher saw, and how many there were."""
    gifts = [event for event in events if event["event"] == "gift"]
    return sum(one["coins"] for one in gifts), sum(one["quantity"] for one in gifts)


def told(line):
    return typed(line, "--json").json()


@pytest.fixture
def imported(no_store, tmp_path, monkeypatch):
    """The class, each of whom has 2,000 coins."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "class-7b.csv").write_bytes(ROSTER.encode())
    first = coins("class", "import", "class-7b.csv", "--recharge", "2000", "--json")
    assert first.code == 0
    return one_object(first.out)


def test_a_class_has_an_evening_and_everything_that_is_counted_agrees(imported, tmp_path):
    the_import(imported)
    over, numbers = the_live()
    the_recognition(over["summary"], numbers)
    the_payout()
    the_mistake()
    the_week()
    the_end(tmp_path / "statements")


def the_import(imported):
    """The import, a second time too."""
    assert (imported["created"], imported["unchanged"]) == (CLASS, [])
    again = told("class import class-7b.csv --recharge 2000")
    assert (again["created"], again["unchanged"]) == ([], CLASS)
    assert all(receipt["replayed"] for receipt in again["receipts"])
    assert told("verify")["coins_issued"] == len(CLASS) * 2000


def the_live():
    """Five hundred gifts from eight processes, and somebody who watches: returns what was seen."""
    begun = told(f"live start {STAR} --title Songs")
    with started("live", "watch", STAR, "--json") as watcher:
        opening = one_object(watcher.stdout.readline().decode())
        assert (opening["event"], opening["seq"], opening["total"]) == ("start", begun["seq"], 0)
        give_all()
        over = told(f"live end {STAR}")
        seen = ended(watcher)
    assert seen.code == 0
    events = [one_object(line) for line in seen.out.splitlines(keepends=True)]
    brought = GIFTS * COINS_EACH
    assert totals(events) == (brought, GIFTS)
    assert [event["event"] for event in events].count("thanks") == GIFTS
    assert (events[-1]["event"], events[-1]["seq"]) == ("end", over["seq"])
    assert events[-1]["total"] == brought
    numbers = [event["seq"] for event in events if event["event"] == "gift"]
    assert numbers == sorted(set(numbers))
    return over, numbers


def the_recognition(summary, numbers):
    """Ladder, summary and journal say the same."""
    brought = GIFTS * COINS_EACH
    ladder = told(f"top {STAR} --live")["supporters"]
    assert (summary["coins"], summary["gifts"]) == (brought, GIFTS)
    assert summary["kinds"] == [{"gift": "love-bang", "quantity": GIFTS, "coins": brought}]
    assert summary["supporters"] == ladder == told(f"top {STAR}")["supporters"]
    assert sum(one["coins"] for one in ladder) == brought
    assert told("top --creators")["creators"] == [
        {"rank": 1, "user": STAR, "coins": brought, "gifts": GIFTS}
    ]
    history = told(f"history {STAR} --limit all")["transactions"]
    assert sorted(one["seq"] for one in history if one["op"] == "gift") == numbers
    assert told(f"balance {STAR}")["earned"] == brought


def the_payout():
    """A payout is pending, returned, asked for again, and settled; each is ended once."""
    brought = GIFTS * COINS_EACH
    ask = f"cashout {STAR} --paypal star@example.com --coins 10000 --pending"
    asked = told(ask)
    assert asked["balances"][STAR] == {"coins": 2000, "earned": brought - 10000, "held": 10000}
    told(f"payout return {asked['seq']} --reason mistyped")
    assert told(f"balance {STAR}")["earned"] == brought
    again = told(ask)
    settled = told(f"payout settle {again['seq']}")
    assert settled["usd"] == "100.00"
    for line in (f"payout settle {again['seq']}", f"payout settle {asked['seq']}"):
        assert typed(line, "--json").refusal()["exit"] == 5
    payouts = [(one["id"], one["status"]) for one in told("payout list")["payouts"]]
    assert payouts == [(asked["seq"], "returned"), (again["seq"], "settled")]


def the_mistake():
    """A gift to the wrong one is reversed, once."""
    wrong = told("gift s02 s03 'rainbow puke'")
    undone = told(f"reverse {wrong['seq']} --reason 'meant for s04'")
    assert undone["reverses"] == wrong["seq"]
    newest = told("history s02 --limit 2")["transactions"]
    assert [one["seq"] for one in newest] == [undone["seq"], wrong["seq"]]
    assert newest[1]["reversed_by"] == undone["seq"]
    assert typed(f"reverse {wrong['seq']} --reason again", "--json").refusal()["exit"] == 5


def the_week():
    """A promotion runs out while a week passes."""
    bought = told("promote s05 dance.mp4 --days 3")
    running = told(f"promotion show {bought['seq']}")
    assert (running["status"], running["days_left"]) == ("running", 3)
    told("clock advance 1w")
    over = told(f"promotion show {bought['seq']}")
    assert (over["status"], over["days_left"], over["views"]) == ("ended", 0, bought["views"])
    later = told("gift s06 s07 panda")
    assert moment(later) - moment(bought) >= timedelta(days=7)


def the_end(folder):
    """Statements add up, and so does the whole."""
    for user in CLASS:
        check_statement(told(f"statement {user}"), told(f"balance {user}"))
    told(f"statement --all --out {folder}")
    assert sorted(file.stem for file in folder.iterdir()) == CLASS
    audit = told("verify")
    assert (audit["ok"], audit["findings"]) == (True, [])
    assert audit["wallets"] == len(CLASS)


def moment(receipt):
    return datetime.fromisoformat(receipt["at"])


def check_statement(statement, balance):
    """Opening balance and lines come to the closing balance, which is what the wallet holds."""
    for kind in ("coins", "earned", "held"):
        lines = sum(line[kind] for line in statement["lines"])
        assert statement["opening"][kind] + lines == statement["closing"][kind]
        assert statement["closing"][kind] == balance[kind]
