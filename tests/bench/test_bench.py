"""The bench measures what it says; how long anything takes is never asked here."""

import re
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from coins_cli.opening import open_bank

from . import accounting, batch, commit, memory, reads, sqlite_loop, start, watch
from .__main__ import PARTS, main, parsed
from .economy import Economy, send, with_keys, write_lines
from .measuring import COLUMNS_MAX, Bench, Budget, Row, Table, in_turn, run, shown, weighed


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "bench", "small", rounds=2)


@pytest.fixture(autouse=True)
def place(tmp_path: Path) -> None:
    (tmp_path / "bench").mkdir()


def check_readable(table: Table) -> None:
    """Columns stand below each other, within a hundred, and there are figures in each row."""
    text = table.in_markdown()
    lines = [line for line in text.splitlines() if line.startswith("|")]
    assert len(lines) == len(table.rows) + 2
    assert len({len(line) for line in lines}) == 1
    assert max(map(len, text.splitlines())) <= COLUMNS_MAX
    assert all(re.search(r"\d", row.cells()[1]) for row in table.rows)


# -- each part -------------------------------------------------------------------------------------


def test_the_start_of_each_command_stands_beside_its_reference(bench):
    (table,) = start.measure(bench._replace(rounds=1))
    check_readable(table)
    found = {row.what: row for row in table.rows}
    assert found["coins balance --json"].beside == start.HI
    assert found["complete a gift"].beside == start.EMPTY
    assert sum(row.budget is not None for row in table.rows) == 6


def test_commits_in_larger_stores_stand_beside_those_in_the_smallest(bench, tmp_path):
    plot = tmp_path / "commits.svg"
    (table,) = commit.measure(bench._replace(plot=plot))
    check_readable(table)
    assert [row.budget for row in table.rows].count(commit.FLAT) == 2
    assert [row.budget for row in table.rows].count(commit.BARE) == 1
    assert sum(row.beside == "the disk" for row in table.rows) == 3
    drawn = plot.read_text()
    assert drawn.count("<polyline") == 4
    assert "transactions" in drawn
    assert "wallets" in drawn
    audit = open_bank(bench.place / "commit" / "store").read.verify()
    assert audit.findings == ()
    assert audit.wallets == 30


def test_a_watcher_is_timed_while_gifts_come_and_weighed_while_nothing_happens(bench):
    (table,) = watch.measure(bench)
    check_readable(table)
    assert [row.budget for row in table.rows] == [watch.SEEN, watch.IDLE, watch.IDLE]
    assert len(table.rows[0].ours) == bench.rounds


def test_a_batch_and_the_loops_come_to_the_same_balances_in_the_end(bench):
    tables = batch.measure(bench._replace(rounds=1))
    gifts, keyed_gifts, bare, keyed = tables
    assert [row.budget for row in gifts.rows] == [
        *(None, batch.LEAST, None, batch.MEMORY, batch.LINE)
    ]
    assert [row.budget for row in keyed_gifts.rows] == [
        *(None, batch.LEAST_WITH_KEYS, None, batch.LEAST_AGAIN, batch.MEMORY, None)
    ]
    assert [row.budget for row in bare.rows] == [None, None, None, batch.MEMORY, None]
    assert [row.budget for row in keyed.rows] == [None, None, None, None, batch.MEMORY, None]
    places = ("gifts", "gifts with keys", "batch", "batch with keys")
    for table, place in zip(tables, places, strict=True):
        check_readable(table)
        is_keyed = place.endswith("keys")
        columns = 6 if is_keyed else 5
        again = [batch.PARSING] if is_keyed else []
        assert [row.beside for row in table.rows] == [*batch.REFERENCES, *again, "", ""]
        assert (table.rows[3].what == batch.AGAIN) == is_keyed
        assert 200 < table.rows[-1].ours[0] < 1_000
        wallets = open_bank(bench.place / place / "store").read.wallets()
        database = sqlite3.connect(bench.place / place / "copy.sqlite")
        held = dict(database.execute("SELECT name, balance FROM accounts"))
        assert len(database.execute("PRAGMA table_info(journal)").fetchall()) == columns
        database.close()
        assert len(wallets) == batch.SIZES["small"].users
        assert sum(held.values()) == 0
        assert all(held[f"{wallet.user}/coins"] == wallet.coins for wallet in wallets)
        assert all(held[f"{wallet.user}/earned"] == wallet.earned for wallet in wallets)


def test_a_contest_that_ends_with_other_balances_is_no_contest(bench):
    contest = batch.Contest(bench, gifts=False, keys=False)
    contest._economy.coins[contest._economy.users[0]] += 1
    with pytest.raises(RuntimeError, match="balances"):
        contest.ours()
    with pytest.raises(RuntimeError, match="balances"):
        contest.reference("bare", "WAL")()


def test_what_is_sent_again_is_answered_and_not_done_again(bench):
    contest = batch.Contest(bench, gifts=False, keys=True)
    assert contest.again() > 0
    assert contest.again() > 0
    store = bench.place / "batch with keys" / "done"
    assert open_bank(store).read.verify().transactions == contest._economy.done
    lines = (bench.place / "batch with keys" / "answers").read_text().splitlines()
    assert len(lines) == contest._done < contest.lines
    assert all('"replayed":true' in line for line in lines)


def test_a_batch_that_does_again_what_was_done_is_no_measurement(bench):
    contest = batch.Contest(bench, gifts=False, keys=True)
    contest.again()
    store = bench.place / "batch with keys" / "done"
    send(store, [{"op": "open", "user": "one.more"}])
    with pytest.raises(RuntimeError, match="balances"):
        contest.again()


def test_requests_are_decided_and_taken_in_memory(bench):
    (table,) = memory.measure(bench)
    check_readable(table)
    assert [row.budget for row in table.rows] == [memory.DONE, None]
    assert all(len(row.ours) == bench.rounds for row in table.rows)


def test_an_economy_in_memory_that_comes_to_something_else_is_no_measurement():
    place = memory.InMemory(5, 50)
    assert place.speed("without") > 0
    place._economy.coins[place._economy.users[0]] += 1
    with pytest.raises(RuntimeError, match="balances"):
        place.speed("with")


def test_reads_are_measured_by_size_and_after_a_kill(bench):
    grown, opened = reads.measure(bench._replace(rounds=1))
    check_readable(grown)
    check_readable(opened)
    names = {row.what.partition(":")[0] for row in grown.rows}
    assert names >= {*reads.COMMANDS, "top, first", "verify, per transaction", reads.ALL_FIRST}
    budgets = [row.budget for row in grown.rows if row.budget]
    assert budgets == [reads.VERIFIED, reads.PROJECTED]
    assert all(row.budget is reads.OPENED for row in opened.rows if "gift" in row.what)
    star = bench.place / "reads" / "star-100"
    assert len(open_bank(star).read.top("star")) == 100
    with open_bank(bench.place / "reads" / "killed-10000").store.reading() as view:
        assert 5_000 <= view.seq < 10_000, "it was not killed on its way"


def test_an_audit_stands_beside_the_tools_that_are_there(bench, monkeypatch):
    monkeypatch.setattr(
        accounting, "TOOLS", [*accounting.TOOLS, accounting.Tool("no-such-tool", ())]
    )
    table, *exported = accounting.measure(bench._replace(rounds=1))
    check_readable(table)
    assert "bare postings" in table.in_markdown()
    assert f"of {accounting.SIZES['small'].users} users" in table.in_markdown()
    there = [tool.name for tool in accounting.TOOLS if tool.program]
    assert [row.beside for row in table.rows if row.beside] == there
    absent = {tool.name for tool in accounting.TOOLS} - set(there)
    assert "no-such-tool" in absent
    assert all(f"not installed: {name}" in table.in_markdown() for name in absent)
    for one in exported:
        check_readable(one)
    assert [[row.beside for row in one.rows] for one in exported] == (
        [["ledger, the export"]] if accounting.LEDGER.program else []
    )


@pytest.mark.skipif(shutil.which("ledger") is None, reason="ledger is not installed")
def test_the_budget_of_an_audit_is_that_beside_ledger_on_the_export(bench):
    table = accounting.measure(bench._replace(rounds=1))[1]
    assert [row.budget for row in table.rows] == [accounting.EXPORT]
    users = accounting.SIZES["small"].users
    assert f"of {users} users" in table.in_markdown()
    text = (bench.place / "accounting" / "large.export").read_text()
    assert f"asserts\n{text.count(' = '):,} balances" in table.in_markdown()
    assert text.count(" = ") >= 3 * users


# -- what they stand on ----------------------------------------------------------------------------


def test_the_same_postings_are_written_for_each_tool(tmp_path):
    economy = Economy()
    store = send(tmp_path / "store", [*economy.opened(5), *economy.evening(200)])
    books = accounting.Books(store)
    assert books.posted == economy.done - 5
    for opens_accounts, file in books.files.items():
        text = file.read_text()
        issued = re.findall(r"Equity:Platform:Issued  (-?\d+) COIN", text)
        assert -sum(map(int, issued)) == open_bank(store).read.verify().coins_issued
        assert (" open Assets:User0000000:Coins\n" in text) is opens_accounts


@pytest.mark.skipif(shutil.which("ledger") is None, reason="ledger is not installed")
def test_ledger_comes_to_the_same_balances(tmp_path):
    economy = Economy()
    books = accounting.Books(send(tmp_path / "store", [*economy.opened(5), *economy.evening(99)]))
    command = ["ledger", "--args-only", "-f", str(books.files[False]), "balance", "--flat"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = {
        user: int(coins) for coins, user in re.findall(r"(\d+) COIN +Assets:(\w+):Coins", said)
    }
    assert found == {user.title(): economy.coins[user] for user in economy.users}


def test_an_economy_knows_what_becomes_of_its_requests(tmp_path):
    economy = Economy()
    store = send(tmp_path / "store", with_keys([*economy.opened(15), *economy.evening(500)]))
    assert economy.refused > 0
    for wallet in open_bank(store).read.wallets():
        assert wallet.coins == economy.coins[wallet.user]
        assert wallet.earned == economy.earned[wallet.user]
    assert open_bank(store).read.verify().transactions == economy.done


def test_the_loop_refuses_and_answers_as_a_batch_does(tmp_path):
    requests = [
        {"op": "open", "user": "alice"},
        {"op": "open", "user": "bob"},
        {"op": "recharge", "user": "alice", "pack": "500"},
        {"op": "gift", "from": "alice", "to": "bob", "gift": "concert"},
        {"op": "gift", "from": "alice", "to": "bob", "gift": "panda"},
    ]
    file, answers = write_lines(tmp_path / "file", with_keys(requests)), tmp_path / "answers"
    program = [sys.executable, sqlite_loop.__file__, "whole", "WAL", tmp_path / "db", file]
    ran = run(program, answers=answers)
    assert '"refused": 1' in ran.words
    assert len(answers.read_text().splitlines()) == len(requests)
    with pytest.raises(RuntimeError, match="UNIQUE"):
        run(program)


def test_cases_take_turns_and_go_backwards_every_second_time():
    seen: list[str] = []
    cases = {name: lambda name=name: float(len(seen.append(name) or seen)) for name in "ab"}
    assert in_turn(cases, 2) == {"a": [1, 4], "b": [2, 3]}
    assert seen == ["a", "b", "b", "a"]


@pytest.mark.parametrize(
    ("budget", "is_met"),
    [
        (Budget("ratio", most=2), True),
        (Budget("ratio", most=1.9), False),
        (Budget("ratio", least=2.1), False),
        (Budget("difference", most=0.011), True),
        (Budget("difference", most=0.009), False),
        (Budget("figure", most=0.02), True),
        (Budget("figure", least=0.021), False),
        (None, None),
    ],
)
def test_a_budget_is_about_the_median_of_the_pairs(budget, is_met):
    row = Row("ours", "seconds", [0.02, 0.02, 0.5], "theirs", [0.01, 0.01, 0.5], budget)
    assert row.is_met is is_met
    if budget:
        assert row.cells()[-1].endswith("met" if is_met else "missed")


def test_figures_have_units_that_suit_them():
    figures = [(123.4, "123 s"), (1.5, "1.5 s"), (0.25, "250 ms"), (0.0421, "42.1 ms")]
    assert all(shown(value, "seconds") == words for value, words in [*figures, (8e-6, "8 µs")])
    assert shown(123_456, "per second") == "123,456/s"
    assert shown(92e6, "bytes") == "92 MB"
    assert shown(435, "bytes") == "435 bytes"


def test_a_child_that_fails_is_told_of():
    with pytest.raises(RuntimeError, match="ended with 3: so it is"):
        run([sys.executable, "-c", "import sys; sys.stderr.write('so it is'); sys.exit(3)"])


def test_children_do_not_see_how_this_python_was_started(monkeypatch):
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("COINS_STORE", "elsewhere")
    look = "import os, sys; sys.exit(any(n[:6] in ('PYTHON', 'COINS_') for n in os.environ))"
    run([sys.executable, "-c", look])


def test_the_memory_of_a_child_is_its_own(tmp_path):
    ours = b"x" * 200_000_000
    for megabytes in (1, 100):
        program = f"import sys; x = b'x' * {megabytes}_000_000; print(len(x)); sys.exit(4)"
        command = [sys.executable, "-c", program]
        took = weighed(command, answers=tmp_path / "answers", codes=(4,))
        assert megabytes * 1e6 < took.memory_bytes < megabytes * 1e6 + 5e7 < len(ours)
        assert (tmp_path / "answers").read_text() == f"{megabytes}000000\n"


@pytest.mark.parametrize(
    "words", [["nonsense"], ["--rounds", "0"], ["--small", "--full"], ["batch", "--plot", "x.svg"]]
)
def test_what_cannot_be_measured_is_refused(words, capsys):
    with pytest.raises(SystemExit) as ended:
        parsed(words)
    assert ended.value.code == 2
    assert "usage" in capsys.readouterr().err


def test_all_parts_are_measured_unless_some_are_named(capsys, monkeypatch):
    table = Table("Something", [Row("ours", "seconds", [0.02])])
    monkeypatch.setitem(PARTS, "start", lambda bench: [table._replace(title=bench.scale)])
    assert parsed([]).parts == list(PARTS)
    main(["start", "--full"])
    said = capsys.readouterr().out
    assert "### full" in said
    assert "cores" in said
    assert "SQLite" in said
    assert said.count("### ") == 1
