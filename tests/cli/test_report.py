"""`coins report`: where the money goes, on a screen, in a pipe, and line by line."""

import errno
import os
import tempfile
from pathlib import Path

import pytest

from coins_cli.reports.lines import TRACED
from tests.cli.conftest import DEFAULT_CATALOG
from tests.cli.runner import coins, contents, process, typed


@pytest.fixture
def evening(store):
    """frank is paid, a promotion is bought, and erin's live brings 15 coins."""
    for line in (
        "cashout frank --paypal frank@example.com",
        "promote dora cat.mp4 --days 1",
        "gift dora erin panda --quantity 3",
        "live end erin",
    ):
        typed(line).said()
    return store


SCREEN = """\
Dollars
  $304.83  Paid in for coins            ██████████████████████████████
  $100.00  Paid out to creators         ██████████
  $204.83  Kept by the platform         ████████████████████
   $34.99  · Margin on cash-outs        ███
    $6.74  · For promotions             █
    $0.00  · Platform's share of gifts
  $163.10  · Still open                 ████████████████

The $163.10 that are still open can bring creators $121.04 at most, at the rates
in force: if all unspent coins are given and all earned ones cashed out.
"""


def test_the_screen_leads_with_the_answer_and_divides_the_dollars(evening):
    said = typed("report", columns=80).said()
    lines = said.splitlines()
    assert lines[0].startswith("Where the money goes: ")
    assert lines[0].endswith(", 21 transactions")
    assert lines[1:7] == [
        "This is a simulation: no real money, no real coins.",
        "",
        "74 cents of each dollar reached creators, for coins that went all the way:",
        "bought, given, and cashed out.",
        "$163.10 of the $304.83 paid in have not gone anywhere yet.",
        "",
    ]
    assert SCREEN in said
    assert "   10,014  Earned, not cashed out     █████████████\n" in said
    assert "each coin carries the average price that its wallet\npaid for it" in said


@pytest.mark.parametrize("columns", [120, 80, 60, 40])
@pytest.mark.parametrize("part", ["", "--user dora", "--live 17", "--until 2000-01-01"])
def test_no_line_is_wider_than_the_terminal_or_than_a_page(evening, columns, part):
    said = typed(f"report {part}", columns=columns).said()
    assert max(map(len, said.splitlines())) <= min(columns, 80)
    assert "\n\n\n" not in said
    words = " ".join(said.split())
    assert "9,999 are not enough" in words


def test_in_a_pipe_it_is_the_text_of_the_screen(evening):
    assert typed("report").said() == typed("report", columns=80).said()
    assert "\x1b" not in typed("report").said()
    assert "\x1b[1m" in typed("report --color always", columns=80).said()


def lines_in_json(answer):
    """The sums of a report in JSON by the words that trace them."""
    named = {**answer["usd"], **answer["coins"]}
    named["out"] = named.pop("paid_out")
    return {name.replace("_", "-"): str(named[name.replace("-", "_")]) for name in TRACED}


@pytest.mark.parametrize("word", TRACED)
def test_every_line_is_the_sum_of_what_it_is_traced_to(evening, word):
    rows = lines_in_json(typed("report --json").json())
    traced = [line.split("\t") for line in typed(f"report --trace {word}").said().splitlines()]
    amounts = [row[2].replace(".", "") for row in traced]
    assert sum(map(int, amounts)) == int(rows[word].replace(".", ""))
    assert all(row[0].isdigit() for row in traced)
    answer = typed(f"report --trace {word} --json").json()
    assert str(answer["total"]) == rows[word]
    assert [str(one["seq"]) for one in answer["transactions"]] == [row[0] for row in traced]


def test_a_trace_on_a_screen_has_its_total_and_says_when_there_is_nothing(evening):
    said = typed("report --trace out", columns=80).said()
    assert said.startswith("Paid out to creators: $100.00\n")
    assert typed("report --trace held", columns=80).said() == ("No transaction is on this line.\n")


def test_a_part_can_be_looked_at(evening):
    dora = typed("report --user dora --json").json()
    assert dora["coins"]["unspent"] == 1485
    assert dora["usd"]["in"] == "26.99"
    live = typed("report --live 17 --json").json()
    assert (live["coins"]["given"], live["transactions"]) == (15, 1)
    assert typed("report --until 2000-01-01 --json").json()["transactions"] == 0
    assert typed("report --since 2000-01-01 --json").json()["transactions"] == 21


def test_the_dollars_of_one_user_or_live_are_not_divided_and_it_says_why(evening):
    said = " ".join(typed("report --user dora").said().split())
    assert "dora paid in $26.99 for coins, and was paid out $0.00 for earned coins." in said
    assert "cannot be divided further: coins pass from one wallet to the next" in said
    usd = typed("report --user dora --json").json()["usd"]
    assert {usd[name] for name in usd if name.startswith("kept_")} == {None}
    refused = typed("report --trace kept-margin --user dora --json").refusal()
    assert (refused["code"], refused["exit"]) == ("one_at_most", 2)


def test_a_period_is_divided_into_changes_without_bars_that_would_be_too_long(evening):
    moment = typed("report --trace out --json").json()["transactions"][0]["at"]
    said = typed("report", "--since", moment).said()
    assert "$100.00  Paid out to creators\n" in said
    assert "$34.99  · Margin on cash-outs\n" in said
    assert "What is still open shrank by $141.73 in this period." in said
    assert "Each part is what it grew or shrank by in this period." in said
    assert "can bring creators" not in said


def test_what_open_coins_could_bring_follows_the_prices_in_force(evening, tmp_path):
    usd = typed("report --json").json()["usd"]
    assert (usd["kept_open"], usd["could_still_bring"]) == ("163.10", "121.04")
    catalog = tmp_path / "half.toml"
    half = DEFAULT_CATALOG.read_text(encoding="utf-8").replace(
        "usd_per_diamond = 0.01", "usd_per_diamond = 0.005"
    )
    catalog.write_text(half, encoding="utf-8")
    usd = typed(f"report --catalog {catalog} --json").json()["usd"]
    assert (usd["kept_open"], usd["could_still_bring"]) == ("163.10", "60.52")


# -- in a browser --------------------------------------------------------------------------------


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """The folder for temporary files."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


def test_the_page_is_opened_from_a_temporary_place(evening, temporary, tmp_path, monkeypatch):
    fake = tmp_path / "browser"
    fake.write_text(f'#!/bin/sh\nprintf %s "$1" > {tmp_path}/opened\n', encoding="utf-8")
    fake.chmod(0o755)
    monkeypatch.setenv("BROWSER", str(fake))
    before = contents(evening)
    answer = process("report", "--open", "--json").json()
    page = Path(answer["file"])
    assert (tmp_path / "opened").read_text(encoding="utf-8") == page.as_uri()
    assert page.parent.parent == temporary
    assert (page.stat().st_mode & 0o077, page.parent.stat().st_mode & 0o077) == (0o044, 0)
    assert "Where the money goes" in page.read_text(encoding="utf-8")
    assert contents(evening) == before
    assert process("report", "--open").said().startswith("Opened ")


def test_without_a_browser_it_says_where_the_page_is(evening, temporary, monkeypatch):
    monkeypatch.setenv("BROWSER", "no-such-browser")
    for display in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(display, raising=False)
    monkeypatch.setenv("PATH", "")
    refused = process("report", "--open", "--json").refusal()
    assert (refused["code"], refused["exit"]) == ("no_browser", 3)
    assert "Where the money goes" in Path(refused["path"]).read_text(encoding="utf-8")
    assert "BROWSER" in refused["hint"]


def test_a_temporary_place_that_cannot_be_written_is_named(evening, temporary, monkeypatch):
    monkeypatch.setenv("BROWSER", "true")
    monkeypatch.setattr(tempfile, "mkdtemp", no_room)
    refused = typed("report --open --json").refusal()
    assert (refused["code"], refused["exit"]) == ("file_not_writable", 6)


def no_room(**_):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/nowhere")


def test_an_economy_without_dollars_says_so(no_store):
    coins("wallet", "create", "alice")
    said = typed("report", columns=80).said()
    assert "No dollars were paid in here." in said
    assert typed("report --json").json()["take_rate"] is None


@pytest.mark.parametrize(
    ("line", "exit_code"),
    [
        ("report --trace nonsense", 2),
        ("report --user nobody", 3),
        ("report --live 1", 3),
        ("report --live x", 2),
        ("report --since yesterday", 2),
        ("report --since 2026-02-01 --until 2026-01-01", 2),
        ("report --html a.html --trace in", 2),
        ("report --html a.html --open", 2),
        ("report --open --trace in", 2),
        ("report --trace kept-open --live 17", 2),
    ],
)
def test_what_cannot_be_reported_is_refused(untouched, line, exit_code):
    assert typed(line, "--json").refusal()["exit"] == exit_code


def test_without_a_store_there_is_nothing_to_report(no_store):
    assert typed("report", "--json").refusal()["code"] == "no_store"
