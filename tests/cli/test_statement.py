"""Statements on the screen, in JSON, and in files for everybody."""

import os

import pytest

from coins_cli.opening import open_bank
from tests.cli.runner import coins, contents, process, terminal, typed

FOOT = "\nSimulated coins and dollars: no real money.\n"


@pytest.fixture
def room(store, tmp_path, monkeypatch):
    """A place for files beside the store."""
    place = tmp_path / "room"
    place.mkdir()
    monkeypatch.chdir(place)
    return place


# -- one -----------------------------------------------------------------------------------------


def test_a_statement_is_a_page_of_plain_text(store):
    said = typed("statement dora").said()
    day = typed("history dora --json").json()["transactions"][0]["at"][:10]
    assert said == (
        "Statement of dora (Dora the Dancer)\n"
        "All transactions; dates are UTC\n"
        "\n"
        f"date        number  what{' ' * 43}coins  earned\n"
        f"{'─' * 80}\n"
        f"{' ' * 20}opening balance{' ' * 36}0       0\n"
        f"{day}      16  bought 2,000 coins for $26.99{' ' * 17}+2,000\n"
        f"{'─' * 80}\n"
        f"{' ' * 20}closing balance{' ' * 32}2,000       0\n" + FOOT
    )


def test_what_is_held_has_a_column_when_anything_is(store):
    typed("cashout frank --paypal f@example.com --pending --yes --json").json()
    said = typed("statement frank").said()
    assert "coins   earned     held\n" in said
    assert "asked for $100.00 to f@example.com          -10,000  +10,000\n" in said
    typed("payout settle 18 --json --yes").json()
    assert " held\n" in typed("statement frank").said()
    assert " held\n" not in typed("statement alice").said()


def test_it_is_the_same_on_a_terminal_as_wide_as_the_page_or_wider(store):
    said = typed("statement alice").said()
    assert typed("statement alice", columns=80).said() == said
    assert typed("statement alice", "--color", "always", columns=120).said() == said
    assert terminal("statement", "alice", columns=100).out == said


def test_in_json_every_transaction_is_a_line_and_it_adds_up(store):
    gift = typed("gift alice bob panda --json").json()
    typed(f"reverse {gift['seq']} --reason 'a slip' --json").json()
    answer = typed("statement ALICE --json").json()
    assert list(answer) == [
        "schema", "user", "name", "since", "until", "opening", "lines", "closing",
    ]  # fmt: skip
    assert (answer["user"], answer["name"], answer["since"]) == ("alice", None, None)
    assert answer["opening"] == {"coins": 0, "earned": 0, "held": 0}
    assert answer["closing"] == {"coins": 101, "earned": 0, "held": 0}
    assert answer["lines"][-1] == {
        "seq": 19,
        "at": answer["lines"][-1]["at"],
        "op": "reverse",
        "what": "reversed 18: 1 × Panda to bob",
        "coins": 5,
        "earned": 0,
        "held": 0,
    }
    assert sum(line["coins"] for line in answer["lines"]) == 101


def test_many_transactions_are_summed_up_on_the_page_and_not_in_json(store):
    bank = open_bank(store)
    for _ in range(100):
        bank.gift("dora", "bob", "panda")
    said = typed("statement dora").said()
    assert len(said.splitlines()) == 60
    assert max(map(len, said.splitlines())) == 80
    assert "  53 gifts to bob " in said
    assert "101 transactions, the older ones summed up. --json has each.\n" in said
    assert len(typed("statement dora --json").json()["lines"]) == 101


def test_a_period_is_named_and_what_was_before_it_is_the_opening_balance(no_store):
    assert typed("clock set 2026-03-01T09:00 --stopped --json").code == 0
    typed("wallet create ann --json").json()
    typed("recharge ann 500 --json").json()
    typed("clock advance 1d --json").json()
    typed("recharge ann 100 --json").json()
    answer = typed("statement ann --since 2026-03-02 --until 2026-03-02 --json").json()
    assert answer["since"] == "2026-03-02T00:00:00Z"
    assert answer["until"] == "2026-03-02T23:59:59.999999Z"
    assert (answer["opening"]["coins"], answer["closing"]["coins"]) == (500, 600)
    assert [line["seq"] for line in answer["lines"]] == [3]
    for period, words in {
        "--since 2026-03-02": "From 2026-03-02 on",
        "--until 2026-03-02": "Up to 2026-03-02",
        "--until 2026-03-02T00:00": "Up to 2026-03-02 00:00",
        "--since 2026-03-01 --until 2026-03-02T10:30": "From 2026-03-01 to 2026-03-02 10:30",
        "--since 2026-03-01T09:00:05+01:00": "From 2026-03-01 08:00:05 on",
    }.items():
        assert typed(f"statement ann {period}").said().splitlines()[1] == f"{words}; dates are UTC"


def test_names_and_videos_show_nothing_that_a_terminal_would_obey(store):
    bank = open_bank(store)
    bank.create_wallets("eve", name="=1+1\x1b[2J\u202e")
    bank.recharge("eve", 500)
    bank.promote("eve", "a\x1b]0;b\x07", days=1)
    said = typed("statement eve").said()
    assert said.startswith("Statement of eve (=1+1\\x1b[2J\\u202e)\n")
    assert "promoted a\\x1b]0;b\\x07 for 1 day" in said
    assert said.replace("\n", "").isprintable()
    assert typed("statement eve --json").json()["name"] == "=1+1\x1b[2J\u202e"


def test_a_stream_that_takes_no_such_letters_gets_escapes(store):
    ran = process("statement", "dora", PYTHONIOENCODING="ascii")
    assert (ran.code, ran.err) == (0, "")


# -- files ---------------------------------------------------------------------------------------


def test_everybody_gets_a_file(room):
    assert typed("statement --all --out of-class").said() == "Wrote 6 statements to of-class.\n"
    users = ["alice", "bob", "carol", "dora", "erin", "frank"]
    assert sorted(os.listdir("of-class")) == [f"{user}.txt" for user in users]
    for user in users:
        text = (room / "of-class" / f"{user}.txt").read_text(encoding="utf-8")
        assert text == typed(f"statement {user}").said()


def test_one_user_gets_one_file(room):
    assert typed("statement DORA --out a/b --quiet").said() == "a/b\n"
    assert contents(room) == {"a": None, "a/b": None, "a/b/dora.txt": _bytes("dora")}


def _bytes(user):
    return typed(f"statement {user}").said().encode()


def test_the_files_are_named_in_json(room):
    answer = typed("statement --all --out out --json --until 2000-01-01").json()
    assert answer == {
        "schema": 1,
        "folder": "out",
        "files": [f"{user}.txt" for user in ("alice", "bob", "carol", "dora", "erin", "frank")],
    }
    assert "closing balance" in (room / "out" / "erin.txt").read_text()


def test_a_folder_may_have_a_name_that_is_no_text(room):
    answer = coins("statement", "dora", "--out", "o\udcff", "--json").json()
    assert answer["folder"] == "o\\udcff"
    assert os.listdir("o\udcff") == ["dora.txt"]


def test_a_file_that_is_there_is_replaced_and_others_are_left(room):
    folder = room / "out"
    folder.mkdir()
    (folder / "dora.txt").write_text("old" * 10_000)
    (folder / "notes.txt").write_text("mine")
    typed("statement --all --out out").said()
    assert (folder / "dora.txt").read_bytes() == _bytes("dora")
    assert (folder / "notes.txt").read_text() == "mine"
    assert [name for name in os.listdir(folder) if "txt" not in name] == []


@pytest.mark.parametrize("name", ["alice.txt", "frank.txt"])
def test_a_link_in_the_place_of_a_statement_is_refused_before_any_is_written(room, name):
    (room / "out").mkdir()
    (room / "elsewhere").write_text("kept")
    (room / "out" / name).symlink_to(room / "elsewhere")
    refusal = typed("statement --all --out out --json").refusal()
    assert (refusal["code"], refusal["exit"]) == ("file_exists", 5)
    assert "is a link" in refusal["message"]
    assert os.listdir(room / "out") == [name]
    assert (room / "elsewhere").read_text() == "kept"


@pytest.mark.parametrize("folder", ["a-file", "a-file/below"])
def test_a_folder_that_cannot_be_written_is_refused(room, folder):
    (room / "a-file").write_text("")
    refusal = coins("statement", "--all", "--out", folder, "--json").refusal()
    assert (refusal["code"], refusal["exit"]) == ("file_not_writable", 6)


def test_a_folder_in_the_place_of_a_statement_is_refused(room):
    (room / "blocked" / "alice.txt").mkdir(parents=True)
    refusal = coins("statement", "--all", "--out", "blocked", "--json").refusal()
    assert (refusal["code"], refusal["exit"]) == ("file_exists", 5)
    assert os.listdir(room / "blocked") == ["alice.txt"]


# -- what cannot be meant ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("statement", "name a user, or say --all --out FOLDER"),
        ("statement --out there", "name a user, or say --all --out FOLDER"),
        ("statement alice --all", "name alice or everybody, not both"),
        ("statement alice --all --out there", "name alice or everybody, not both"),
        ("statement --all", "name the folder with --out FOLDER"),
        ("statement alice --out ''", "the folder has no name"),
    ],
)
def test_who_is_meant_must_be_said_once(untouched, tmp_path, monkeypatch, line, words):
    monkeypatch.chdir(tmp_path)
    ran = typed(line)
    assert (ran.code, ran.out) == (2, "")
    assert words in ran.err
    assert ran.err.endswith("\n  coins statement --help\n")
    assert not (tmp_path / "there").exists()


@pytest.mark.parametrize(
    ("line", "code", "exit_code"),
    [
        ("statement alise", "unknown_user", 3),
        ("statement 'a b'", "invalid_handle", 2),
        ("statement alice --since tomorrow", "invalid_moment", 2),
        ("statement --all --out there --until 2026-13-01", "invalid_moment", 2),
        ("statement alice --since 2026-03-02 --until 2026-03-01", "empty_period", 2),
    ],
)
def test_what_is_wrong_is_said_and_nothing_written(
    untouched, tmp_path, monkeypatch, line, code, exit_code
):
    monkeypatch.chdir(tmp_path)
    refusal = typed(f"{line} --json").refusal()
    assert (refusal["code"], refusal["exit"]) == (code, exit_code)
    assert not (tmp_path / "there").exists()
