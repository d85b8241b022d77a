"""The demo: the same each time, readable from the last row, and without a trace."""

import json
import re
import tempfile

import pytest

from coins_cli.cli.commands import evening
from coins_cli.cli.commands.demo import ANY_KEY, FIRST_MOMENT, STORE_ID
from coins_cli.cli.commands.evening import END_SECONDS, GOAL, PURSES, SCRIPT, Evening
from coins_cli.cli.render.story import STORY
from tests.cli.runner import CTRL_C, coins, contents, nobody_reads, process, terminal, typed


@pytest.fixture(autouse=True)
def own_temporary_folder(tmp_path, monkeypatch):
    """The folder in which the demo keeps its store while it runs, so that traces are seen."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    yield folder
    tempfile.tempdir = None


@pytest.fixture(scope="module")
def told():
    """What the demo says."""
    return coins("demo").said()


def test_it_says_the_same_each_time(told, tmp_path):
    assert typed("demo").said() == told
    assert process("demo", LC_ALL="C", COLUMNS="40", TZ="Asia/Tokyo").said() == told
    assert typed("demo --store", str(tmp_path / "kept")).said() == told


def test_it_fits_80_columns(told):
    assert max(map(len, told.splitlines())) <= 80


def test_it_has_no_blanks_at_the_ends_of_lines(told):
    assert [line for line in told.splitlines() if line != line.rstrip()] == []


def test_it_shows_what_a_room_should_notice(told):
    for words in (
        "1.290 ¢",
        "1.350 ¢",
        "10,000 coins cost at least $129.00: 100 × the pack of 100.",
        "alice bought 10,000 coins for $134.99.",
        "Everyone watching sees it.",
        "bob: “Thank you, alice!”",
        "in the comments of dance.mp4",
        "bob's top supporters",
        "alice promotes cat.mp4 for 1 day: 500 coins",
        "bob has earned 9,999 coins; cashing out starts at 10,000",
        "1 to go",
        "bob cashed out 10,000 coins: 10,000 diamonds, $100.00 to bob@example.com.",
        "wallets/carol.json cannot be trusted",
        "coins verify shows all of it",
        "A dollar that goes in as coins comes out as 74 to 78 cents.",
    ):
        assert words in told


def test_it_tells_the_story_in_order(told):
    places = [
        told.index(words)
        for words in (
            "$ coins catalog packs",
            "$ coins wallet create alice bob carol",
            "$ coins live start bob",
            "--comment dance.mp4",
            "$ coins top bob",
            "$ coins promote alice",
            "9,999 coins",
            "$100.00",
            "where did each dollar go?",
            "cannot be trusted",
            "All is well",
        )
    ]
    assert places == sorted(places)


def test_each_dollar_is_accounted_for(told):
    paid_in, paid_out, kept = (
        next(line for line in told.splitlines() if words in line).split()[0].strip("$")
        for words in ("paid in for coins", "paid out to creators", "kept by the platform")
    )
    in_cents = [int(amount.replace(".", "")) for amount in (paid_in, paid_out, kept)]
    assert in_cents == [20198, 10000, 10198]
    assert in_cents[0] == in_cents[1] + in_cents[2]
    coins_told = [
        int(
            next(line for line in told.splitlines() if f"  {words}" in line)
            .split()[0]
            .replace(",", "")
        )
        for words in (
            "coins bought",
            "cashed out ",
            "spent on promotions",
            "unspent in wallets",
            "earned, not cashed out",
        )
    ]
    assert coins_told[0] == sum(coins_told[1:])


def test_every_command_can_be_typed_and_ends_as_it_is_shown(tmp_path):
    """Whoever types the story into a store of their own sees the same."""
    store = tmp_path / "mine"
    steps = typed("demo --json").json()["steps"]
    typed("demo --store", str(tmp_path / "kept")).said()
    coins("catalog", "init", "--store", store)
    (store / "catalog.toml").write_bytes((tmp_path / "kept" / "catalog.toml").read_bytes())
    for step in steps:
        if "types a few more nines" in step["words"]:
            break
        for scene in step["commands"]:
            if scene["command"]:
                ran = typed(scene["command"].removeprefix("coins "), "--store", str(store))
                assert ran.code == scene["exit"], scene


def test_only_the_refusal_and_the_forgery_fail(told):
    steps = typed("demo --json").json()["steps"]
    scenes = [(scene["command"], scene["exit"]) for step in steps for scene in step["commands"]]
    assert [scene for scene in scenes if scene[1]] == [
        ("coins cashout bob --paypal bob@example.com", 4),
        ("coins balance carol", 6),
        ("coins verify", 6),
    ]


def test_every_scene_in_json_has_its_command(told):
    for step in typed("demo --json").json()["steps"]:
        assert step["words"]
        for scene in step["commands"]:
            assert set(scene) == {"command", "output", "exit"}
            assert scene["command"] is None or scene["command"].startswith("coins ")
            assert scene["output"]


def test_it_leaves_nothing_behind(own_temporary_folder, told):
    for line in ("demo", "demo --json", "demo --color always"):
        typed(line).said()
        assert contents(own_temporary_folder) == {}


def test_it_leaves_nothing_behind_when_it_is_cut_short(own_temporary_folder):
    with nobody_reads() as stdout:
        ran = process("demo", stdout=stdout)
    assert contents(own_temporary_folder) == {}
    assert (ran.code, ran.err) == (0, "")


def test_it_does_not_touch_the_users_own_store(store, tmp_path):
    before = contents(tmp_path)
    typed("demo").said()
    assert contents(tmp_path) == before


@pytest.mark.parametrize("option", ["environment", "option", "store"])
def test_it_tells_the_same_whatever_catalog_is_in_force(
    told, tmp_path, monkeypatch, clap_catalog, option
):
    dear = tmp_path / "dear.toml"
    dear.write_text(clap_catalog.read_text().replace("coins = 5\n", "coins = 7\n"))
    if option == "environment":
        monkeypatch.setenv("COINS_CATALOG", str(dear))
    elif option == "store":
        monkeypatch.setenv("COINS_STORE", str(tmp_path / "mine"))
        typed("catalog init")
        (tmp_path / "mine" / "catalog.toml").write_text("broken")
    assert typed("demo").said() == told


def test_a_catalog_that_is_not_there_is_no_reason_to_begin_and_stop_halfway(told, monkeypatch):
    monkeypatch.setenv("COINS_CATALOG", "/nowhere.toml")
    ran = typed("demo")
    assert (ran.code, ran.out) in [(0, told), (3, "")]


def test_in_json_it_is_one_object(told):
    answer = typed("demo --json").json()
    assert list(answer) == ["schema", "steps"]
    outputs = [scene["output"] for step in answer["steps"] for scene in step["commands"]]
    for output in outputs:
        assert output in told
    assert "\x1b" not in json.dumps(answer, ensure_ascii=False)


def test_without_colour_it_has_no_escapes(told):
    assert "\x1b" not in told
    assert typed("demo --color never").said() == told
    assert terminal("demo", "--color", "never").out == told


def test_colour_changes_nothing_but_the_colour(told):
    colored = terminal("demo").out
    assert "\x1b[" in colored
    plain = re.sub(r"\x1b\[[0-9;]*m", "", colored)
    assert [line.rstrip() for line in plain.splitlines()] == [
        line.rstrip() for line in told.splitlines()
    ]


def test_colour_can_be_had_in_a_pipe():
    assert "\x1b[" in process("demo", "--color", "always").out


def test_in_json_there_is_no_colour_even_if_it_is_asked_for():
    assert "\x1b" not in typed("demo --json --color always").said()


def test_a_store_that_is_kept_is_a_good_one(tmp_path, told):
    kept = tmp_path / "kept"
    assert typed("demo --store", str(kept)).said() == told
    audit = typed("verify --json --store", str(kept)).json()
    assert (audit["ok"], audit["transactions"], audit["coins_issued"]) == (True, 13, 15000)
    carol = typed("balance carol --json --store", str(kept)).json()
    assert carol["coins"] == 999


def test_a_kept_store_is_the_same_byte_for_byte(tmp_path):
    for name in ("one", "two"):
        typed("demo --store", str(tmp_path / name)).said()
    one, two = contents(tmp_path / "one"), contents(tmp_path / "two")
    assert one == two


def test_a_store_that_exists_is_not_used_for_the_demo(store):
    """Its people have their own wallets and their own money."""
    before = contents(store)
    ran = typed("demo --store", str(store))
    assert ran.code in (5, 6)
    assert ran.out == ""
    assert contents(store) == before


@pytest.mark.parametrize("make", ["file", "missing parent", "strangers"])
def test_a_place_where_no_store_can_be_is_refused_before_the_story_begins(tmp_path, make):
    place = tmp_path / "place"
    if make == "file":
        place.write_text("a diary")
    elif make == "missing parent":
        place = place / "store"
    else:
        place.mkdir()
        (place / "diary.txt").write_text("dear diary")
    before = contents(tmp_path)
    ran = typed("demo --store", str(place))
    assert (ran.code, ran.out) == (6, "")
    assert contents(tmp_path) == before


# -- with pauses -----------------------------------------------------------------------------------


def test_with_pauses_it_waits_for_a_key_between_the_steps(told, own_temporary_folder):
    keys = ["\r", "x", "\x1b[A", " "] * 3
    answers = [(ANY_KEY, key) for key in keys[: len(STORY) - 1]]
    ran = terminal("demo", "--pause", "--color", "never", answers=answers)
    assert ran.code == 0
    hidden = "\r" + " " * len(ANY_KEY) + "\r"
    assert ran.out.replace(ANY_KEY + hidden, "") == told
    assert contents(own_temporary_folder) == {}


def test_each_step_is_shown_only_after_the_key(told):
    ran = terminal("demo", "--pause", answers=[(ANY_KEY, CTRL_C)])
    assert ran.code == 130
    assert " 1. Coins are sold" in ran.out
    assert " 2. Alice" not in ran.out


def test_ctrl_c_at_a_pause_leaves_nothing_behind(own_temporary_folder):
    ran = terminal("demo", "--pause", answers=[(ANY_KEY, " "), (ANY_KEY, CTRL_C)])
    assert ran.code == 130
    assert ran.out.endswith("Stopped; nothing was changed.\n")
    assert contents(own_temporary_folder) == {}


def test_where_nobody_can_press_a_key_it_goes_on_and_says_so(told):
    ran = typed("demo --pause")
    assert (ran.code, ran.out) == (0, told)
    assert ran.err.count("\n") == 1
    assert "does not pause" in ran.err
    assert typed("demo --pause --quiet").said() == told


# -- live ------------------------------------------------------------------------------------------


def test_pauses_and_a_live_do_not_go_together():
    refusal = typed("demo --pause --live --json").refusal()
    assert (refusal["code"], refusal["exit"]) == ("one_at_most", 2)


def test_in_a_pipe_the_evening_is_told_at_once_and_the_same_each_time(own_temporary_folder):
    said = typed("demo --live").said()
    assert process("demo", "--live", TZ="Asia/Tokyo").said() == said
    lines = said.splitlines()
    assert lines[0] == "bob is live: “Songs for the last row”"
    assert lines[-1].startswith("bob is no longer live. Total: ")
    assert sum("sent" in line for line in lines) == len(SCRIPT)
    assert said.count("The goal is reached!") == 1
    assert "★ alice sends 1 × Drama queen: 5,000 coins!" in lines
    assert contents(own_temporary_folder) == {}


def test_in_json_the_evening_is_a_stream_of_events():
    events = [json.loads(line) for line in typed("demo --live --json").said().splitlines()]
    assert events[0]["event"] == "start"
    assert events[-1]["event"] == "end"
    assert events[-1]["total"] == sum(one["coins"] for one in events if one["event"] == "gift")
    assert events[-1]["total"] >= GOAL
    assert max(event["combo"] or 0 for event in events) >= 10
    assert {event["event"] for event in events} == {"start", "gift", "thanks", "shout_out", "end"}


def test_the_script_goes_forward_and_nobody_sends_more_than_they_have():
    moments = [act.seconds for act in SCRIPT]
    assert moments == sorted(moments)
    assert moments[-1] < END_SECONDS
    assert {act.sender for act in SCRIPT} == set(PURSES)


def test_an_evening_that_is_kept_is_a_good_economy(tmp_path):
    kept = tmp_path / "kept"
    typed("demo --live --store", str(kept)).said()
    assert typed("verify --json --store", str(kept)).json()["ok"] is True
    summary = typed("live show bob --json --store", str(kept)).json()
    assert (summary["status"], summary["seconds"]) == ("ended", int(END_SECONDS))
    assert typed("demo --live --store", str(kept)).code == 5


def test_at_a_terminal_it_is_drawn_and_ctrl_c_leaves_nothing_behind(own_temporary_folder):
    ran = terminal("demo", "--live", answers=[("Panda", CTRL_C)])
    assert ran.code == 130
    assert "\x1b[?1049h" in ran.out
    assert ran.out.endswith("\x1b[?1049lStopped.\n")
    assert contents(own_temporary_folder) == {}


def test_in_real_time_each_act_has_its_moment(tmp_path, monkeypatch):
    passed = 0.0
    monkeypatch.setattr(evening.time, "monotonic", lambda: 1_000 + passed)
    played = Evening(tmp_path / "store", FIRST_MOMENT, STORE_ID, is_in_real_time=True)
    assert not played.play()
    passed = SCRIPT[0].seconds - 0.01
    assert not played.play()
    assert (played.bank.read.now() - FIRST_MOMENT).total_seconds() == pytest.approx(passed)
    passed = SCRIPT[1].seconds + 0.3
    assert [played.play() for _ in range(3)] == [True, True, False]
    sent = [entry.transaction.at for entry in played.bank.read.follow(played.live).look()]
    assert [(at - FIRST_MOMENT).total_seconds() for at in sent] == [
        act.seconds for act in SCRIPT[:2]
    ]
    assert (played.bank.read.now() - FIRST_MOMENT).total_seconds() == pytest.approx(passed)
    passed = 1_000.0
    assert [played.play() for _ in SCRIPT[2:]] == [True] * len(SCRIPT[2:])
    assert played.bank.read.live("bob").live.ended_at is None
    assert played.play()
    assert played.bank.read.live("bob").live.ended_at is not None
