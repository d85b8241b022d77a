"""`coins export`: to stdout, into a file, and what goes wrong with that."""

import csv
import io
import json
import os
import signal
import stat
import subprocess
import sys

import pytest

from coins_cli.exports.formats import FORMATS
from coins_cli.exports.spreadsheet import COLUMNS
from coins_cli.opening import open_bank
from tests.cli.runner import COMMAND, coins, nobody_reads, process, shell, terminal, typed


@pytest.fixture
def room(store, tmp_path, monkeypatch):
    """An empty place for files beside the store."""
    place = tmp_path / "room"
    place.mkdir()
    monkeypatch.chdir(place)
    return place


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text, newline="")))


# -- to stdout -----------------------------------------------------------------------------------


def test_without_more_it_is_csv_on_stdout(untouched):
    said = typed("export").said()
    rows = rows_of(said)
    assert tuple(rows[0]) == COLUMNS
    assert said.count("\r\n") == said.count("\n") == len(rows) + 1
    gift = [(row["account"], row["amount"]) for row in rows if row["seq"] == "8"]
    assert gift == [("alice/coins", "-5000"), ("bob/earned", "5000")]
    assert sum(int(row["amount"]) for row in rows if row["account"] == "alice/coins") == 101


@pytest.mark.parametrize("name", FORMATS)
def test_each_format_is_the_same_on_stdout_in_a_file_and_at_a_terminal(
    untouched, tmp_path, name, clap_catalog, monkeypatch
):
    monkeypatch.setenv("COINS_CATALOG", str(clap_catalog))
    file = tmp_path / "export"
    said = process("export", "--format", name)
    assert (said.code, said.err) == (0, "")
    assert typed(f"export --format {name}").said() == said.out
    assert typed(f"export --format {name} --out {file} --quiet").said() == ""
    assert file.read_bytes() == said.out.encode()
    shown = terminal("export", "--format", name)
    assert shown.out.replace("\r", "") == said.out.replace("\r", "")


def test_json_changes_nothing_of_jsonl(untouched):
    said = typed("export --format jsonl").said()
    assert typed("export --format jsonl --json").said() == said
    assert typed("export --format jsonl --quiet").said() == said
    for line in said.splitlines():
        answer = json.loads(line)
        assert next(iter(answer.items())) == ("schema", 1)
    assert answer["op"] == "live_start"
    assert answer["postings"] == []


def test_a_line_of_jsonl_is_a_receipt_and_what_it_posted(untouched):
    lines = [json.loads(line) for line in typed("export --format jsonl").said().splitlines()]
    bought = next(line for line in lines if line["op"] == "recharge")
    assert bought.pop("postings") == [
        {"account": "world/card/alice", "asset": "USD", "amount": "-134.99"},
        {"account": "platform/cash", "asset": "USD", "amount": "134.99"},
        {"account": "platform/issued", "asset": "COIN", "amount": -10_000},
        {"account": "alice/coins", "asset": "COIN", "amount": 10_000},
    ]
    history = typed("history alice --limit all --json").json()["transactions"]
    assert bought == history[-2]


@pytest.mark.parametrize("name", sorted(set(FORMATS) - {"jsonl"}))
def test_json_on_stdout_is_wrong_usage_for_what_is_no_json(untouched, name):
    ran = typed(f"export --json --format {name}")
    error = ran.refusal()
    assert (ran.code, error["code"]) == (2, "usage")
    assert "--format jsonl" in error["message"]
    assert "--out FILE" in error["message"]


def test_a_reader_that_leaves_early_is_no_failure(untouched):
    ran = shell("coins export --format jsonl | head -n 1; echo ${PIPESTATUS[@]}")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.endswith("\n0 0\n")
    with nobody_reads() as nobody:
        ran = process("export", stdout=nobody)
    assert (ran.code, ran.err) == (0, "")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-16"])
def test_it_is_utf_8_whatever_stdout_takes(store, encoding):
    typed("wallet create nina --name 'Nína 🎁'").said()
    ran = process("export", PYTHONIOENCODING=encoding)
    assert (ran.code, ran.err) == (0, "")
    assert ",Nína 🎁," in ran.out


# -- requests, to be played again ----------------------------------------------------------------


@pytest.fixture
def evening(store, clap_catalog, monkeypatch):
    """An evening with a payout that was settled, one that was returned, lives and a reversal."""
    monkeypatch.setenv("COINS_CATALOG", str(clap_catalog))
    for line in (
        "wallet create nina --name 'Nína 🎁'",
        "cashout frank --paypal frank@example.com --pending",
        "payout settle 19 --key paid --yes",
        "gift dora bob panda --message '=1+1'",
        "cashout bob --paypal bob@example.com --coins 4 --pending",
        "payout return 22 --reason mistyped",
        "promote dora cat.mp4 --days 1 --usd 5.01 --audience custom --interests cats",
        "reverse 24 --reason 'the wrong video'",
        "gift dora erin panda --live",
        "live end erin",
        "live start bob --title Songs",
        "clock advance 3d",
        "recharge nina 100",
    ):
        typed(line).said()
    return store


def wallets(*options):
    found = typed("wallet list --json", *options).json()["wallets"]
    return [{**one, "live_since": one["live_since"] is not None} for one in found]


def test_an_evening_is_played_into_an_empty_store_and_ends_the_same(evening, tmp_path):
    ran = shell(
        f"coins export --format requests | coins batch --store {tmp_path / 'again'} --quiet"
    )
    assert (ran.code, ran.err) == (0, "")
    again = ("--store", str(tmp_path / "again"))
    assert wallets(*again) == wallets()
    assert typed("verify --json", *again).json()["findings"] == []
    before, after = (typed("report --json", *where).json() for where in ((), again))
    for name in ("usd", "coins", "take_rate", "packs", "gifts", "users"):
        assert after[name] == before[name]
    payouts = [typed("payout list --json", *where).json()["payouts"] for where in ((), again)]
    assert [(one["id"], one["status"], one["reason"]) for one in payouts[0]] == [
        (one["id"], one["status"], one["reason"]) for one in payouts[1]
    ]


def test_requests_that_were_played_are_not_done_twice(evening, room, tmp_path):
    again = ("--store", str(tmp_path / "again"))
    typed("export --format requests --out evening.jsonl --quiet").said()
    assert typed("batch evening.jsonl --quiet", *again).code == 0
    once = wallets(*again)
    assert "0 refused" in typed("batch evening.jsonl", *again).err
    assert wallets(*again) == once == wallets()


def test_prices_that_are_not_those_of_then_are_told_of(evening, monkeypatch, room):
    assert typed("export --format requests").err == ""
    assert typed("export --format requests --out a.jsonl --json").json()["differences"] == 0
    monkeypatch.delenv("COINS_CATALOG")
    ran = typed("export --format requests --until 8000-01-01")
    assert ran.code == 0
    assert "Played again, 2 transactions do not come to the same" in ran.err
    assert "the first of them 10" in ran.err
    assert "--catalog" in ran.err
    ran = typed("export --format requests --out b.jsonl --json")
    assert json.loads(ran.out)["differences"] == 2


@pytest.mark.parametrize("option", ["--since 2020-01-01", "--user alice"])
def test_requests_begin_with_the_first_of_all(room, option):
    ran = typed(f"export --json --format requests --out a.jsonl {option}")
    error = ran.refusal()
    assert (ran.code, error["code"]) == (2, "usage")
    assert option.split()[0] in error["message"]
    assert "--until" in error["message"]
    assert os.listdir(room) == []


def test_the_beginning_of_an_evening_can_be_played(evening, tmp_path):
    day = json.loads(typed("export --format jsonl").said().splitlines()[0])["at"][:10]
    said = typed(f"export --format requests --until {day}").said()
    assert len(said.splitlines()) == len(typed("export --format requests").said().splitlines()) - 1
    again = ("--store", str(tmp_path / "again"))
    assert coins("batch", "--quiet", *again, stdin=said.encode()).code == 0
    of_nina = next(one for one in wallets(*again) if one["user"] == "nina")
    assert (of_nina["coins"], of_nina["name"]) == (0, "Nína 🎁")


# -- which transactions --------------------------------------------------------------------------


def numbers(line):
    said = typed(f"export --format jsonl {line}").said()
    return [json.loads(one)["seq"] for one in said.splitlines()]


def test_only_what_touched_a_wallet(untouched):
    assert numbers("--user DORA") == [6, 16]
    of_alice = typed("history alice --limit all --json").json()["transactions"]
    assert numbers("--user alice") == sorted(one["seq"] for one in of_alice)


def test_only_what_was_in_a_period(store):
    day = json.loads(typed("export --format jsonl").said().splitlines()[0])["at"][:10]
    everything = numbers("")
    assert len(everything) == 17
    assert numbers(f"--since {day}") == numbers(f"--since 2026-01-01 --until {day}") == everything
    assert numbers("--until 2020-01-01") == numbers("--since 8000-01-01") == []
    typed("clock advance 2d").said()
    typed("recharge dora 100 --quiet").said()
    assert numbers(f"--until {day}") == everything
    assert numbers(f"--since {day} --user dora") == [6, 16, 18]


def test_nothing_at_all_is_a_file_with_a_heading(untouched):
    assert typed("export --until 2020-01-01").said() == ",".join(COLUMNS) + "\r\n"
    assert typed("export --until 2020-01-01 --format jsonl").said() == ""


@pytest.mark.parametrize(
    ("line", "code", "name"),
    [
        ("--format xlsx", 2, "invalid_choice"),
        ("--format ''", 2, "invalid_choice"),
        ("--since yesterday", 2, "invalid_moment"),
        ("--since 2026-03-02 --until 2026-03-01", 2, "empty_period"),
        ("--user nobody", 3, "unknown_user"),
        ("--user 'no body'", 2, "invalid_handle"),
        ("--out ''", 2, "usage"),
    ],
)
def test_what_cannot_be_asked_for_is_refused_and_no_file_made(room, line, code, name):
    out = "" if "--out" in line else "--out file"
    ran = typed(f"export --json {out} {line}")
    assert (ran.code, ran.refusal()["code"]) == (code, name)
    assert os.listdir(room) == []


def test_a_handle_is_found_whatever_its_letters_and_a_close_one_is_offered(untouched):
    assert numbers("--user Dora") == [6, 16]
    ran = typed("export --user alise")
    assert ran.code == 3
    assert "alice" in ran.err


def test_without_a_store_there_is_nothing_to_export(no_store, tmp_path):
    ran = typed(f"export --json --out {tmp_path / 'file'}")
    assert (ran.code, ran.refusal()["code"]) == (3, "no_store")
    assert not (tmp_path / "file").exists()


# -- into a file ---------------------------------------------------------------------------------


def test_it_says_what_it_wrote(room):
    assert typed("export --out a.csv").said() == "Wrote 17 transactions to a.csv.\n"
    assert typed("export --out b.csv --until 2020-01-01").said() == (
        "Wrote 0 transactions to b.csv.\n"
    )
    answer = typed("export --out c.journal --format hledger --json").json()
    assert answer == {
        "schema": 1,
        "file": "c.journal",
        "format": "hledger",
        "transactions": 17,
        "bytes": os.path.getsize("c.journal"),
    }
    assert typed("export --out d.csv --quiet").said() == ""
    assert sorted(os.listdir(room)) == ["a.csv", "b.csv", "c.journal", "d.csv"]


def test_a_file_that_is_there_stays_unless_it_is_forced(room):
    (room / "a.csv").write_text("mine")
    ran = typed("export --out a.csv --json")
    assert (ran.code, ran.refusal()["code"]) == (5, "file_exists")
    assert (room / "a.csv").read_text() == "mine"
    assert typed("export --out a.csv --force").said() == "Wrote 17 transactions to a.csv.\n"
    assert (room / "a.csv").read_text() == typed("export").said().replace("\r\n", "\n")
    assert os.listdir(room) == ["a.csv"]


def test_a_folder_is_never_written_over(room):
    (room / "folder").mkdir()
    assert typed("export --out folder --force --json").refusal()["code"] == "file_exists"


def test_a_file_that_cannot_be_written_is_said_so(room):
    ran = typed("export --out nowhere/a.csv --json")
    assert (ran.code, ran.refusal()["code"]) == (6, "file_not_writable")


def test_the_file_has_the_modes_of_any_new_file(room):
    before = os.umask(0o022)
    try:
        typed("export --out a.csv").said()
    finally:
        os.umask(before)
    assert stat.S_IMODE(os.stat("a.csv").st_mode) == 0o644


def test_a_name_that_a_terminal_would_obey_is_shown_as_it_is_not(room):
    assert "Wrote 17 transactions to a\\x1b[2Jb.\n" in coins("export", "--out", "a\x1b[2Jb").said()
    answer = coins("export", "--out", "c\x1b", "--json").json()
    assert answer["file"] == "c\x1b"


def test_what_is_interrupted_leaves_no_file(room):
    """The signal comes while the second part of the file is made."""
    script = (
        "import os, signal, sys\n"
        "from coins_cli.cli.main import main\n"
        "from coins_cli.exports import exporting, spreadsheet\n"
        "exporting.CHUNK_CHARACTERS = 1\n"
        "write = spreadsheet.Spreadsheet.lines_of\n"
        "def stop(self, entry):\n"
        "    if entry.seq == 9:\n"
        "        print(sorted(os.listdir()) != [], file=sys.stderr)\n"
        "        os.kill(os.getpid(), signal.SIGINT)\n"
        "    return write(self, entry)\n"
        "spreadsheet.Spreadsheet.lines_of = stop\n"
        "sys.argv[1:] = ['export', '--out', 'a.csv']\n"
        "sys.exit(main())\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=False
    )
    assert ran.stderr == "True\nStopped; nothing was changed.\n"
    assert (ran.returncode, ran.stdout) == (128 + signal.SIGINT, "")
    assert os.listdir(room) == []


def test_writers_are_not_held_up_by_a_slow_reader(store):
    """An export that waits for its reader, a full pipe, lets others change the economy."""
    bank = open_bank(store)
    for number in range(300):
        bank.start_live("bob", title=f"{number} {'x' * 90}")
        bank.end_live("bob")
    before = bank.recharge("dora", 500).seq
    with subprocess.Popen(
        [*COMMAND, "export", "--format", "jsonl"], stdout=subprocess.PIPE
    ) as child:
        assert child.stdout.read(1) == b"{"
        bank.recharge("dora", 500)
        assert child.poll() is None, "it did not wait for its reader"
        rest = child.stdout.read()
    assert rest.count(b"\n") == before
