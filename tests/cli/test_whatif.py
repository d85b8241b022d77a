"""`coins whatif`: other prices beside what happened, on screens, in JSON and as a page."""

import re

import pytest

from coins_cli.cli.render.report_document import COLUMNS_MAX
from coins_cli.opening import open_bank
from tests.cli.runner import coins, contents, terminal, typed
from tests.generated import README

HALF = "whatif --set gifting.creator_share=0.5"


@pytest.fixture
def evening(tmp_path, monkeypatch):
    """The store that the README's story is about."""
    monkeypatch.chdir(tmp_path)
    typed("demo --store evening").said()
    monkeypatch.setenv("COINS_STORE", str(tmp_path / "evening"))
    return tmp_path / "evening"


@pytest.fixture
def plain(tmp_path, monkeypatch):
    """A store in which only what the default catalog has was bought and given."""
    monkeypatch.setenv("COINS_STORE", str(tmp_path / "plain"))
    bank = open_bank(tmp_path / "plain")
    bank.create_wallets("alice", "bob")
    bank.recharge("alice", 10_000)
    bank.recharge("alice", 500)
    bank.gift("alice", "bob", "drama queen", quantity=2)
    bank.cash_out("bob", "bob@example.com")
    return tmp_path / "plain"


def test_the_readme_shows_what_half_for_creators_would_have_meant(evening):
    said = typed(HALF, columns=80).said()
    shown = README.read_text(encoding="utf-8").split("--store evening --set", 1)[1]
    for part in shown.partition("\n")[2].partition("\n```")[0].split("\n…\n"):
        assert part in said
    assert "bob has earned 4,999 coins; cashing out starts at 10,000" in " ".join(said.split())


@pytest.mark.parametrize("columns", [120, 80, 60, 40])
@pytest.mark.parametrize(
    "line", [HALF, "whatif --catalog older-prices --catalog calculators --keep dollars"]
)
def test_no_line_is_wider_than_the_screen(evening, line, columns):
    lines = typed(line, columns=columns).said().splitlines()
    assert max(map(len, lines)) <= min(columns, COLUMNS_MAX)


def test_each_difference_has_its_sign(evening):
    said = typed(HALF).said()
    assert re.search(r"Paid out to creators +\$100.00 +\$0.00 +-\$100.00\n", said)
    assert re.search(r"Kept by the platform +\$41.48 +\$141.48 +\+\$100.00\n", said)
    assert re.search(r"Paid in for coins +\$141.48 +\$141.48 +\$0.00\n", said)


def test_several_catalogs_stand_side_by_side_with_their_differences_below(plain):
    said = typed("whatif --catalog calculators --catalog older-prices --keep dollars").said()
    assert "  1: calculators\n  2: older-prices\n" in said
    assert "1: Paid in for coins: $141.48. Paid out to creators: $25.00 instead of $100.00." in said
    assert re.search(r"Bought +10,500 +10,500 +42,300\n +0 +\+31,800\n", said)
    assert "The same dollars are spent" in said


def test_a_catalog_before_the_verb_is_another_one_too(plain):
    before = coins("--catalog", "calculators", "whatif", "--json").json()
    assert before == coins("whatif", "--catalog", "calculators", "--json").json()


def test_settings_change_each_of_the_catalogs(plain):
    both = "--catalog default --catalog calculators --set cash_out.usd_per_diamond=0.02"
    others = typed(f"whatif {both} --json").json()["others"]
    assert [one["usd"]["paid_out"] for one in others] == ["200.00", "100.00"]
    assert others[0]["name"] == "default with cash_out.usd_per_diamond=0.02"


def test_today_s_prices_differ_in_nothing(plain):
    for keep in ("packs", "dollars"):
        (other,) = coins("whatif", "--catalog", "default", "--keep", keep, "--json").json()[
            "others"
        ]
        assert (other["missed"], other["carried"]) == ([], "0.00")
        for of in ("usd", "coins"):
            assert {str(one) for one in other["difference"][of].values()} <= {"0", "0.00"}


def test_the_page_has_both_reports_the_differences_and_every_id_once(evening, tmp_path):
    before = contents(evening)
    typed(f"{HALF} --html page.html").said()
    assert contents(evening) == before
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert page.count("Where the dollars are") == 2
    assert "What could not be done: 1 step, gifting.creator_share=0.5" in page
    assert "-$100.00" in page
    ids = re.findall(r' id="([^"]*)"', page)
    assert len(ids) == len(set(ids)) > 20
    assert set(re.findall(r'aria-labelledby="([^"]*)"', page)) <= set(ids)
    refused = typed(f"{HALF} --html page.html --json").refusal()
    assert (refused["code"], refused["exit"]) == ("file_exists", 5)


def test_free_text_of_a_step_is_escaped_on_the_page(evening, tmp_path):
    typed("recharge bob 500").said()
    coins("promote", "bob", "<b>dance", "--days", "1").said()
    typed("whatif --set promotion.min_coins_per_day=600 --html page.html").said()
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "&lt;b&gt;dance" in page
    assert "<b>dance" not in page


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("whatif", "usage"),
        ("whatif --set nonsense", "invalid_setting"),
        ("whatif --set gifting.creator_share=2", "invalid_setting"),
        ("whatif --set gifting.share=0.5", "unknown_catalog_key"),
        ("whatif --catalog nonsense", "unknown_catalog"),
        (f"{HALF} --keep coins", "invalid_choice"),
        (f"{HALF} --user nobody", "unknown_user"),
        (f"{HALF} --live 1", "unknown_live"),
        (f"{HALF} --since 2026-02-01 --until 2026-01-01", "empty_period"),
    ],
)
def test_what_cannot_be_asked_is_said_and_nothing_is_changed(evening, line, code):
    before = contents(evening)
    assert typed(f"{line} --json").refusal()["code"] == code
    assert contents(evening) == before


def test_a_terminal_gets_the_same_without_wrapping(evening):
    ran = terminal(*HALF.split(), "--color", "never", columns=40)
    assert ran.code == 0
    assert max(map(len, ran.out.replace("\r", "").splitlines())) <= 40
