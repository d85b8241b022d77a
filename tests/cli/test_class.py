"""A class comes in from a spreadsheet: all or nothing, and only once."""

import os
import threading
from contextlib import suppress

import pytest
from msgspec import Raw, structs

from coins_cli.class_import import import_class
from coins_cli.errors import InvalidHandle
from coins_cli.model import rosters
from coins_cli.model.rosters import RosterRow
from coins_cli.opening import open_bank
from coins_cli.views import projections
from tests.cli.runner import coins, contents, terminal, typed

ROSTER = (
    "﻿Login;Name;Team;Seat\r\n"
    "@Mia;Mia M.;red;3\r\n"
    'noah;"Noah ""N"" ; N.";blue;\r\n'
    ";;;\r\n"
    "zoe;=1+1\x1b[31m;;4\r\n"
)
SURE = "[y/N]:"


@pytest.fixture
def roster(tmp_path, monkeypatch):
    """A class of three, as a spreadsheet in another country writes it."""
    monkeypatch.chdir(tmp_path)
    return written("class.csv", ROSTER.encode())


@pytest.fixture
def write(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return lambda text, encoding="utf-8": written("other.csv", text.encode(encoding))


def written(name, data):
    with open(name, "wb") as file:
        file.write(data)
    return name


def listed():
    return {one["user"]: one for one in coins("class", "list", "--json").json()["class"]}


# -- bringing in ---------------------------------------------------------------------------------


def test_a_class_gets_wallets_names_notes_and_coins(no_store, roster):
    ran = coins("class", "import", roster, "--recharge", "2,000")
    assert ran.code == 0
    assert ran.out == "3 wallets opened, 0 unchanged; 3 × 2,000 coins for $80.97.\n"
    assert ran.err == f"Made a new store in {no_store}\n"
    common = {"coins": 2000, "earned": 0, "held": 0, "given": 0}
    assert listed() == {
        "mia": {"user": "mia", "name": "Mia M.", "note": "Team: red; Seat: 3", **common},
        "noah": {"user": "noah", "name": 'Noah "N" ; N.', "note": "Team: blue", **common},
        "zoe": {"user": "zoe", "name": "=1+1\x1b[31m", "note": "Seat: 4", **common},
    }
    assert typed("verify --json").json()["ok"]


def test_the_answer_in_json_has_who_is_new_who_was_there_and_all_receipts(store, write):
    file = write("user,name\nmia,Mia\nalice,\nnoah,\n")
    answer = coins("class", "import", file, "--recharge", "100", "--json").json()
    assert list(answer) == ["schema", "created", "unchanged", "receipts"]
    assert (answer["created"], answer["unchanged"]) == (["mia", "noah"], ["alice"])
    assert [(one["seq"], one["op"], one["key"], one["replayed"]) for one in answer["receipts"]] == [
        (18, "open", "roster/mia/open", False),
        (19, "recharge", "roster/mia/recharge/100", False),
        (20, "recharge", "roster/alice/recharge/100", False),
        (21, "open", "roster/noah/open", False),
        (22, "recharge", "roster/noah/recharge/100", False),
    ]


def test_a_class_of_one_is_spoken_of_as_one(store, write):
    file = write("mia\n")
    assert coins("class", "import", file).said() == "1 wallet opened, 0 unchanged.\n"
    said = coins("class", "import", file, "--recharge", "100").said()
    assert said == "0 wallets opened, 1 unchanged; 1 × 100 coins for $1.29.\n"


def test_run_again_it_changes_not_one_byte(store, roster):
    coins("class", "import", roster, "--recharge", "2000", "--json").json()
    before = contents(store)
    again = coins("class", "import", roster, "--recharge", "2000", "--json").json()
    assert (again["created"], again["unchanged"]) == ([], ["mia", "noah", "zoe"])
    assert [one["op"] for one in again["receipts"]] == ["open", "recharge"] * 3
    assert all(one["replayed"] for one in again["receipts"])
    said = coins("class", "import", roster, "--recharge", "2000").said()
    assert said == "0 wallets opened, 3 unchanged; 3 recharged before.\n"
    assert coins("class", "import", roster, "--quiet").said() == ""
    assert contents(store) == before


def test_whoever_joins_later_is_brought_in_alone(store, write):
    first = write("mia\nnoah\n")
    coins("class", "import", first, "--recharge", "500").said()
    later = write("mia\nzoe\nnoah\n")
    said = coins("class", "import", later, "--recharge", "500").said()
    assert said == "1 wallet opened, 2 unchanged; 1 × 500 coins for $6.49; 2 recharged before.\n"
    assert {user: listed()[user]["coins"] for user in ("mia", "noah", "zoe")} == dict.fromkeys(
        ("mia", "noah", "zoe"), 500
    )


def test_another_pack_or_another_key_is_another_recharge(store, write):
    file = write("mia\n")
    for more in (["100"], ["500"], ["100", "--key", "week-2"], ["100", "--key", "week-2"], ["100"]):
        coins("class", "import", file, "--recharge", *more).said()
    assert listed()["mia"]["coins"] == 700
    receipts = typed("history mia --json").json()["transactions"]
    assert [one["key"] for one in receipts] == [
        "week-2/mia/recharge/100",
        "roster/mia/recharge/500",
        "roster/mia/recharge/100",
        "roster/mia/open",
    ]


def test_a_wallet_that_is_there_stays_as_it_is_and_another_name_is_told(store, write):
    file = write(
        "user,name,team\ndora,Dora the Dancer,x\nalice,Alice A.,red\n"
        "bob,\ncarol,C\nerin,E\nfrank,F\x1b\n"
    )
    ran = coins("class", "import", file)
    assert (ran.code, ran.out) == (0, "0 wallets opened, 6 unchanged.\n")
    assert ran.err == (
        "alice keeps no display name; in the file it is “Alice A.”.\n"
        "carol keeps no display name; in the file it is “C”.\n"
        "erin keeps no display name; in the file it is “E”.\n"
        "frank keeps no display name; in the file it is “F\\x1b”.\n"
    )
    assert (listed()["alice"]["name"], listed()["alice"]["note"]) == (None, None)
    ran = coins("class", "import", write("user,name\ndora,Theo\n"))
    assert ran.err == "dora keeps the name “Dora the Dancer”; in the file it is “Theo”.\n"
    assert coins("class", "import", file, "--quiet").err == ""


def test_of_many_other_names_only_some_are_told(no_store, write):
    users = [f"user{number}" for number in range(8)]
    assert coins("class", "import", write("\n".join(users))).code == 0
    ran = coins("class", "import", write("".join(f"{user},New\n" for user in users)))
    assert ran.err.count("keeps no display name") == 5
    assert ran.err.endswith("\nSo do 3 more whose names differ from the file.\n")


def test_a_row_that_was_opened_under_its_key_and_then_edited_is_unchanged_too(store, write):
    coins("class", "import", write("mia,Mia\n")).said()
    ran = coins("class", "import", write("mia,Maya\n"), "--recharge", "100", "--json")
    answer = ran.out
    assert ran.code == 0
    assert '"unchanged":["mia"]' in answer
    assert listed()["mia"]["name"] == "Mia"
    assert listed()["mia"]["coins"] == 100


def test_quiet_leaves_the_numbers_of_what_was_done_now(store, write):
    file = write("mia\nalice\n")
    assert coins("class", "import", file, "--recharge", "100", "-q").said() == "18\n19\n20\n"


def test_windows_letters_are_read_and_it_is_said(store, write):
    file = write("user;name\nmia;Müller - 5 €\n", "cp1252")
    ran = coins("class", "import", file)
    assert ran.code == 0
    assert ran.err == (
        "other.csv is not UTF-8, and was read as Windows-1252."
        " If names look wrong, save it as CSV UTF-8.\n"
    )
    assert listed()["mia"]["name"] == "Müller - 5 €"


def test_python_programs_bring_a_class_in_too(tmp_path):
    bank = open_bank(tmp_path / "store")
    rows = [RosterRow(1, "mia", "Mia"), RosterRow(2, "noah")]
    tried = import_class(bank, rows, pack=500, dry_run=True)
    assert (tried.created, [one.seq for one in tried.receipts]) == (["mia", "noah"], [None] * 4)
    done = import_class(bank, rows, pack=500)
    assert [one.seq for one in done.receipts] == [1, 2, 3, 4]
    assert [one.user for one in bank.read.members()] == ["mia", "noah"]
    assert import_class(bank, []).receipts == []


# -- all or nothing ------------------------------------------------------------------------------


def test_a_row_that_cannot_be_right_makes_the_whole_import_wrong(untouched, write):
    file = write("user,name\nmia,Mia\nno ah,Noah\n,Zoe\n")
    refusal = coins("class", "import", file, "--json").refusal()
    assert (refusal["code"], refusal["exit"]) == ("invalid_roster", 2)
    assert (refusal["file"], refusal["row"], refusal["column"]) == (file, 3, "user")
    assert refusal["problem"] == "'no ah' cannot be a handle: it has a space"
    assert refusal["problems"] == [
        {"row": 3, "column": "user", "problem": "'no ah' cannot be a handle: it has a space"},
        {"row": 4, "column": "user", "problem": "there is no handle"},
    ]


def test_the_first_problems_are_shown_a_line_each(untouched, write):
    ran = coins("class", "import", write("user\n" + "a \x1b b\n" * 7))
    assert (ran.code, ran.out) == (2, "")
    assert "\x1b" not in ran.err
    first, *others = ran.err.splitlines()
    assert first.startswith(
        "coins: other.csv cannot be imported: row 2, column 'user': 'a \\x1b b'"
    )
    assert first.endswith("; and 6 more problems")
    assert [line.split(",")[0] for line in others[:-1]] == [f"  row {row}" for row in (3, 4, 5, 6)]
    assert others[-1] == "  nothing was done; mend the file, and import it again"


@pytest.mark.parametrize(
    ("more", "code", "exit_code"),
    [
        (["--recharge", "300"], "unknown_pack", 3),
        (["--key", ""], "invalid_key", 2),
        (["--key", "k" * 250], "invalid_key", 2),
    ],
)
def test_what_cannot_be_bought_or_named_opens_no_wallets(untouched, roster, more, code, exit_code):
    refusal = coins("class", "import", roster, *more, "--json").refusal()
    assert (refusal["code"], refusal["exit"]) == (code, exit_code)


def test_a_key_that_was_used_for_something_else_stops_all_of_it(store, write):
    typed("recharge alice 500 --key roster/mia/open").said()
    before = contents(store)
    refusal = coins("class", "import", write("noah\nmia\n"), "--json").refusal()
    assert (refusal["code"], refusal["exit"]) == ("key_reused", 5)
    assert contents(store) == before


@pytest.mark.parametrize("name", ["none.csv", "none/none.csv"])
def test_a_file_that_is_not_there_is_not_found(untouched, name):
    refusal = coins("class", "import", name, "--json").refusal()
    assert (refusal["code"], refusal["exit"]) == ("no_such_file", 3)


def test_a_folder_cannot_be_read(untouched, tmp_path):
    refusal = coins("class", "import", tmp_path, "--json").refusal()
    assert (refusal["code"], refusal["exit"]) == ("file_not_readable", 2)


def test_a_file_without_an_end_is_not_read_to_it(untouched, monkeypatch):
    monkeypatch.setattr(rosters, "BYTES_MAX", 1 << 20)
    reading, writing = os.pipe()

    def write_on():
        with suppress(BrokenPipeError):
            while True:
                os.write(writing, b"0" * 4096)

    writer = threading.Thread(target=write_on)
    writer.start()
    refusal = coins("class", "import", f"/dev/fd/{reading}", "--json").refusal()
    os.close(reading)
    writer.join()
    os.close(writing)
    assert refusal["problem"] == "it is larger than 1 MiB"


def test_a_device_cannot_be_read(untouched):
    refusal = coins("class", "import", "/dev/zero", "--json").refusal()
    assert (refusal["code"], refusal["why"]) == ("file_not_readable", "it is a device")


def test_twice_the_same_user_in_a_program_is_refused(tmp_path):
    bank = open_bank(tmp_path / "store")
    with pytest.raises(InvalidHandle, match="it is named twice"):
        import_class(bank, [RosterRow(1, "mia"), RosterRow(2, "mia", "Mia")])
    assert not (tmp_path / "store").exists()


# -- looking first -------------------------------------------------------------------------------


def test_a_dry_run_shows_every_row_and_changes_nothing(untouched, write):
    file = write("user,name\nmia,Mia\n\ndora,Dora the Dancer\n")
    assert coins("class", "import", file, "--dry-run", "--recharge", "100").said() == (
        "2\tmia\tMia\tnew wallet\t100\n4\tdora\tDora the Dancer\tthere already\t100\n"
    )
    assert coins("class", "import", file, "--dry-run").said() == (
        "2\tmia\tMia\tnew wallet\t\n4\tdora\tDora the Dancer\tthere already\t\n"
    )
    answer = coins("class", "import", file, "--dry-run", "--json").json()
    assert (answer["created"], answer["unchanged"]) == (["mia"], ["dora"])
    assert [(one["op"], one["seq"], one["dry_run"]) for one in answer["receipts"]] == [
        ("open", None, True)
    ]


def test_a_dry_run_on_a_terminal_is_a_table_and_a_sum(untouched, write):
    file = write("user,name\nmia,Mia\x1b[31m\ndora,Dora the Dancer\n")
    said = coins("class", "import", file, "--dry-run", "--recharge", "2000", columns=80).said()
    assert said == (
        "What other.csv would do\n"
        "\n"
        "row   user   name              what            coins\n"
        "───   ────   ───────────────   ─────────────   ─────\n"
        "  2   mia    Mia\\x1b[31m       new wallet      2,000\n"
        "  3   dora   Dora the Dancer   there already   2,000\n"
        "\n"
        "Dry run: nothing was changed.\n"
        "1 wallet to open, 1 unchanged; 2 × 2,000 coins for $53.98.\n"
    )


def test_a_dry_run_says_who_was_recharged_before(store, write):
    coins("class", "import", write("mia\n"), "--recharge", "100").said()
    ran = coins("class", "import", write("mia\nnoah\n"), "--recharge", "100", "--dry-run")
    assert ran.said() == (
        "1\tmia\t\tthere already, recharged before\t0\n2\tnoah\t\tnew wallet\t100\n"
    )


def test_a_dry_run_makes_no_store(no_store, roster):
    coins("class", "import", roster, "--dry-run", "--recharge", "500").said()
    assert not no_store.exists()


def test_at_a_terminal_the_rows_are_shown_and_confirmed(store, roster):
    args = ("class", "import", roster, "--recharge", "100")
    before = contents(store)
    refused = terminal(*args, answers=[(SURE, "n\r")])
    assert refused.code == 130
    assert refused.out.endswith("Stopped; nothing was changed.\n")
    assert contents(store) == before
    ran = terminal(*args, answers=[(SURE, "y\r")])
    assert ran.code == 0
    assert "  5   zoe    =1+1\\x1b[31m    new wallet     100\n" in ran.out
    assert "3 wallets to open, 0 unchanged; 3 × 100 coins for $3.87.\nDo that? [y/N]: y" in ran.out
    assert ran.out.endswith("\n3 wallets opened, 0 unchanged; 3 × 100 coins for $3.87.\n")


def test_at_a_terminal_nothing_is_asked_when_it_is_said_or_nothing_is_left_to_do(store, roster):
    assert "[y/N]" not in terminal("class", "import", roster, "--yes").out
    again = terminal("class", "import", roster)
    assert again.out == "0 wallets opened, 3 unchanged.\n"


def test_rows_that_are_to_be_confirmed_do_not_go_where_the_result_goes(store, roster, tmp_path):
    ran = terminal("class", "import", roster, answers=[(SURE, "y\r")], stdout=tmp_path / "out")
    assert "new wallet" in ran.out
    assert (tmp_path / "out").read_text() == "3 wallets opened, 0 unchanged.\n"


# -- the list ------------------------------------------------------------------------------------


def test_the_list_has_everybody_with_what_they_have_and_gave(store):
    gift = typed("gift alice frank panda -n 2 --json").json()
    typed("gift alice bob panda").said()
    coins("reverse", gift["seq"], "--reason", "a slip").said()
    typed("cashout frank --paypal f@example.com --pending --yes --json").json()
    assert listed()["alice"] == {
        "user": "alice",
        "name": None,
        "note": None,
        "coins": 96,
        "earned": 0,
        "held": 0,
        "given": 20_004,
    }
    assert (listed()["frank"]["earned"], listed()["frank"]["held"]) == (0, 10_000)
    assert typed("class list").said().splitlines()[0] == "alice\t\t\t96\t0\t20004"


def test_the_list_on_a_terminal_shows_long_notes_below_their_rows(no_store, write):
    assert coins("class", "import", write(f"user,name,note\nmia,Mia M.,{'n' * 90}\n")).code == 0
    said = coins("class", "list", columns=60).said()
    assert said.startswith("The class: 1 wallet\n")
    assert max(map(len, said.splitlines())) <= 60
    assert "\nmia   Mia M.      0       0      0\nnote:\nnnnn" in said
    assert said.count("n" * 30) == 3


def test_a_list_of_nobody_says_how_to_begin(no_store, write):
    refusal = typed("class list --json").refusal()
    assert (refusal["code"], refusal["exit"]) == ("no_store", 3)


def test_the_checkpoint_of_the_class_is_gone_on_from_and_verified(store, write, monkeypatch):
    monkeypatch.setattr(projections, "CHECKPOINT_ENTRIES", 1)
    coins("class", "import", write("user,team\nmia,red\n")).said()
    assert listed()["mia"]["note"] == "team: red"
    coins("class", "import", write("user,team\nnoah,blue\n")).said()
    assert (listed()["mia"]["note"], listed()["noah"]["note"]) == ("team: red", "team: blue")
    assert typed("verify --json").json()["ok"]
    with open_bank(store).store.reading() as view:
        right = view.checkpoint("roll")
        view.put_checkpoint(
            "roll", structs.replace(right, data=Raw(b'{"note_of_user":{"mia":"rude"}}'))
        )
    assert listed()["mia"]["note"] == "rude"
    ran = typed("verify")
    assert (ran.code, ran.out) == (6, "views/roll: it disagrees with the journal\n")
