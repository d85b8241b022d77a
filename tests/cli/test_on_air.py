"""Lives, ladders and pages on the command line: what is shown, and what is refused."""

import pytest

from tests.cli.runner import coins, typed


@pytest.fixture
def evening(store):
    """erin's live, with gifts of dora and alice, one of which was a mistake."""
    typed("gift dora erin panda --quantity 3").said()
    typed("gift alice erin 'sun cream' --message Bravo").said()
    wrong = typed("gift dora erin concert --json").json()["seq"]
    typed(f"reverse {wrong} --reason 'meant for bob'").said()
    return store


def test_a_live_has_a_title_and_a_dry_run_and_a_key(store):
    said = typed("live start bob --title 'Songs for everybody' --key monday").said()
    assert said.startswith("bob is live: “Songs for everybody”\nreceipt ")
    again = typed("live start bob --title 'Songs for everybody' --key monday").said()
    assert again.startswith("Done before under the key monday; not done again:\n")
    assert typed("live end bob --dry-run").said().startswith("Dry run: nothing was changed.")
    assert typed("live end bob --quiet --key tuesday").said().strip().isdigit()


def test_the_end_sums_the_live_up(evening):
    said = typed("live end erin").said().splitlines()
    assert said[0] == "erin is no longer live."
    assert said[3].startswith("erin's live lasted ")
    assert said[4:] == [
        "65 coins in 4 gifts from 2 supporters.",
        "",
        "Gifts by kind",
        "  1 ×   Sun cream   50 coins",
        "  3 ×   Panda       15 coins",
        "",
        "Top supporters",
        "  1   alice   50 coins",
        "  2   dora    15 coins",
        "",
        "Biggest gift: 1 × Sun cream from alice, 50 coins.",
    ]


def test_a_live_without_gifts_is_summed_up_too(store):
    said = typed("live end erin").said()
    assert said.endswith("0 coins in 0 gifts from 0 supporters.\n")
    summary = typed("live show erin --json").json()
    assert (summary["kinds"], summary["supporters"], summary["biggest"]) == ([], [], None)


def test_lives_are_listed_the_newest_first_and_those_that_are_on(evening):
    typed("live end erin").said()
    typed("live start erin --title Again").said()
    typed("live start bob").said()
    rows = [line.split("\t") for line in typed("live list").said().splitlines()]
    assert [(row[1], row[4], row[5], row[6], row[7]) for row in rows] == [
        ("bob", "on", "0", "0", ""),
        ("erin", "on", "0", "0", "Again"),
        ("erin", "ended", "65", "4", ""),
    ]
    assert all(row[3].isdigit() for row in rows)
    assert len(typed("live list erin").said().splitlines()) == 2
    assert len(typed("live list erin --on").said().splitlines()) == 1


def test_a_live_is_shown_as_it_is_or_was(evening):
    on = typed("live show erin").said()
    assert on.startswith("erin's live has been on for ")
    typed("live end erin").said()
    assert typed("live show erin").said().startswith("erin's live lasted ")


def test_who_was_never_live_has_no_live_to_show(untouched):
    for line in ("live show bob", "top bob --live"):
        refusal = typed(line, "--json").refusal()
        assert (refusal["code"], refusal["exit"]) == ("unknown_live", 3)
        assert refusal["hint"] == "coins live start bob"


def test_a_ladder_can_be_that_of_the_live_alone(evening):
    typed("live end erin").said()
    typed("gift dora erin concert").said()
    assert typed("top erin --live").said() == "1\talice\t50\t1\n2\tdora\t15\t3\n"
    assert typed("top erin").said() == "1\tdora\t515\t4\n2\talice\t50\t1\n"
    answer = typed("top erin --live --json").json()
    assert (answer["creator"], answer["live"]["coins"]) == ("erin", 65)


def test_the_whole_class_has_its_ladders(evening):
    assert typed("top --givers").said().splitlines() == [
        "1\talice\t20049\t1007",
        "2\tdora\t15\t3",
    ]
    assert typed("top --creators").said().splitlines() == [
        "1\tfrank\t10000\t2",
        "2\tbob\t9999\t1004",
        "3\terin\t65\t4",
    ]
    shown = typed("top --creators", columns=80).said()
    assert shown.startswith("Who was given most\n")


@pytest.mark.parametrize(
    "line", ["top --live", "top bob --givers", "top --givers --creators", "top --givers --live"]
)
def test_ladders_that_do_not_go_together_are_wrong_usage(untouched, line):
    assert typed(line, "--json").refusal()["exit"] == 2


def test_without_a_creator_both_ladders_are_shown(evening):
    creators, givers = typed("top --creators"), typed("top --givers")
    assert typed("top").said().splitlines() == [
        *(f"creators\t{row}" for row in creators.said().splitlines()),
        *(f"givers\t{row}" for row in givers.said().splitlines()),
    ]
    answer = typed("top --json").json()
    assert answer["creators"] == typed("top --creators --json").json()["creators"]
    assert answer["givers"] == typed("top --givers --json").json()["givers"]
    assert list(answer) == ["schema", "creators", "givers"]
    drawn = typed("top", columns=40).said()
    assert drawn.startswith("Who was given most\n")
    assert "\n\nWho gave most\n" in drawn


def test_without_a_gift_there_is_no_ladder(no_store):
    assert typed("wallet create alice").code == 0
    assert typed("top").said() == ""
    assert typed("top", columns=80).said() == "Nobody has given anything yet.\n"
    assert typed("top --json").json() == {"schema": 1, "creators": [], "givers": []}


def test_a_page_shows_who_it_is_what_came_and_who_gave(evening):
    page = typed("page erin").said().splitlines()
    assert page[2].startswith("Live for ")
    assert page[:6] == [
        "@erin",
        "65 coins in 4 gifts from 2 supporters",
        page[2],
        "",
        "Top supporters",
        "  1   alice   50 coins    1 gift",
    ]
    assert typed("page dora").said().startswith("Dora the Dancer  @dora\n")
    assert typed("page nobody", "--json").refusal()["exit"] == 3


def test_a_page_of_a_busy_creator_says_where_the_rest_is(store):
    for number in range(12):
        user = f"fan{number}"
        typed(f"wallet create {user}").said()
        typed(f"recharge {user} 100").said()
        typed(f"gift {user} bob panda").said()
    for _ in range(6):
        typed("live start bob").said()
        typed("live end bob").said()
    said = typed("page bob").said()
    assert "  and 3 more: coins top bob\n" in said
    assert "  and 1 more: coins live list bob\n" in said
    assert max(map(len, said.splitlines())) <= 80


def test_free_text_is_shown_without_what_a_terminal_would_obey(store):
    coins("live", "start", "bob", "--title", "a\x1b[31mb\u202e").said()
    for line in ("live list", "live show bob", "page bob", "live end bob", "history bob"):
        said = typed(line).said()
        assert "\x1b" not in said
        assert "\u202e" not in said
    assert "\x1b" not in typed("live list", columns=80).out


def test_a_title_that_is_too_long_is_refused(untouched):
    refusal = coins("live", "start", "bob", "--title", "x" * 101, "--json").refusal()
    assert (refusal["code"], refusal["exit"]) == ("invalid_text", 2)
