"""The demo: the same each time, readable from the last row, and without a trace."""

import json
import re
import tempfile

import pytest

from tests.cli.runner import coins, contents, nobody_reads, process, terminal, typed


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
            "still in wallets",
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
