"""The demo: the same each time, readable from the last row, and without a trace."""

import json
import re
import tempfile

import pytest

from coins_cli.cli.commands import evening
from coins_cli.cli.commands.demo import THE_END, Told
from coins_cli.cli.commands.evening import END_SECONDS, GOAL, PURSES, SCRIPT, Evening
from coins_cli.cli.commands.stage import FIRST_MOMENT, STORE_ID, Stage
from coins_cli.cli.render.story import COLUMNS, COLUMNS_MIN, ROWS, STORY, without_style
from coins_cli.files.catalogs import default_catalog
from coins_cli.files.changes import Changes
from coins_cli.model.texts import dollars
from coins_cli.opening import open_bank
from tests.cli.runner import (
    COMMAND,
    CTRL_C,
    coins,
    contents,
    nobody_reads,
    process,
    terminal,
    typed,
)


@pytest.fixture(autouse=True)
def own_temporary_folder(tmp_path, monkeypatch):
    """The folder in which the demo keeps its store while it runs, so that traces are seen."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    yield folder
    tempfile.tempdir = None


CLEAR = "\x1b[2J\x1b[H"
PROMPT = "b: back"


@pytest.fixture(scope="module")
def told():
    """What the demo says."""
    return coins("demo").said()


@pytest.fixture(scope="module")
def steps(tmp_path_factory):
    """What the demo says, by steps."""
    folder = tmp_path_factory.mktemp("told") / "store"
    story = Told(folder, Changes(), colored=False, columns=COLUMNS)
    return [without_style(story.text(place, COLUMNS)) for place in range(len(STORY))]


def test_it_is_its_steps_one_after_the_other(told, steps):
    assert told == "".join(f"{step}\n\n" for step in steps) + f"{THE_END}\n"


def test_it_says_the_same_each_time(told, tmp_path):
    assert typed("demo").said() == told
    assert process("demo", LC_ALL="C", COLUMNS="40", TZ="Asia/Tokyo").said() == told
    assert typed("demo --store", str(tmp_path / "kept")).said() == told


def test_it_fits_80_columns(told):
    assert max(map(len, told.splitlines())) <= 80


@pytest.mark.parametrize("place", range(len(STORY)))
def test_no_step_is_longer_than_a_screen(steps, place):
    lines = steps[place].splitlines()
    assert len(lines) <= ROWS
    assert max(map(len, lines)) <= COLUMNS


def test_it_has_no_blanks_at_the_ends_of_lines(told):
    assert [line for line in told.splitlines() if line != line.rstrip()] == []


FACTS = {
    "What do 100 coins cost?": "100        100     $1.29",
    "What do 10,000 coins cost?": "10000   10,000   $134.99",
    "Which pack is the worst deal?": "the largest pack is the worst deal",
    "By how much?": "Alice has just paid $5.99 too much",
    "What of $134.99 reaches the creator?": "$100.00 for Bob",
    "Who keeps the rest, and how much?": "$34.99 for the platform",
    "What is kept made of?": "$34.99 margin on cash-outs",
    "Are 9,999 coins enough?": "9,999 / 10,000: NO",
    "Do bought coins become dollars again?": "Bought coins never become dollars again",
    "Are they refundable?": "bought coins are not refundable",
    "What do earned coins become?": "Earned coins become diamonds, and diamonds become dollars",
    "At which rate?": "1.35 ¢ → 1 bought coin → 1 earned coin → 1 diamond → Bob gets 1 ¢",
    "A gift on a live?": "everyone watching sees it, and Bob says thanks at once",
    "A gift in the comments?": "no crowd is watching, and nobody says thanks at once",
    "What does an edited file say?": "it says 999,999 bought coins, and transaction 9 says 999",
    "What happens to the edit?": "the journal says 999 coins, in transaction 9 CAUGHT",
    "What does the smallest promotion cost?": "$5 (500 coins) at least",
    "And the largest?": "$7,000 (707,000 coins) at most",
    "What drives its price?": "Days and views drive the price",
    "What came of it?": "The 1,000 views came.",
    "Where do coins come from?": "Coins can only be had from the platform",
    "To tell at home?": "the creator gets 74 cents, and the platform keeps 26.",
}
"""Questions that somebody of fifteen must be able to answer from the demo alone."""


@pytest.mark.parametrize("question", FACTS)
def test_it_answers(told, question):
    assert " ".join(FACTS[question].split()) in " ".join(told.split())


def test_its_words_are_those_of_the_catalog(told):
    """What the story says in its words is what the catalog's prices are."""
    packs, terms = default_catalog().packs.values(), default_catalog().promotion
    worst = max(packs, key=lambda pack: pack.usd_cents / pack.coins)
    largest, smallest = max(packs, key=coins_of), min(packs, key=coins_of)
    assert worst == largest
    least = largest.coins // smallest.coins * smallest.usd_cents
    words = " ".join(told.split())
    assert f"{dollars(smallest.usd_cents)} = {dollars(least)}." in words
    assert f"{dollars(largest.usd_cents - least)} too much" in words
    out = default_catalog().cash_out.cents(default_catalog().cash_out.diamonds(10_000))
    for pack in (largest, smallest):
        cents = round(out * pack.coins / (pack.usd_cents * 100))
        assert f"{cents}" in words.rpartition("Tell it at home")[2]
        assert f"{100 - cents}" in words.rpartition("Tell it at home")[2]
    assert f"${terms.usd_cents_min // 100} ({terms.coins_min} coins)" in words
    assert f"${terms.usd_cents_max // 100:,} ({terms.coins_max:,} coins)" in words
    assert f"a day costs {terms.min_coins_per_day} coins at least" in words
    assert f"each coin brings {terms.views_per_coin} views" in words


def coins_of(pack):
    return pack.coins


def test_what_people_have_by_its_words_is_what_they_have(tmp_path):
    """Each balance in the words after a step is that of the wallet then."""
    stage = Stage(tmp_path / "store", Changes(), colored=False)
    bank, checked = open_bank(tmp_path / "store"), 0
    for step in STORY:
        stage.play(step)
        for name, balances in re.findall(r"(Alice|Bob) has ([^.;:]*)", step.then):
            wallet = bank.read.wallet(name.lower())
            for amount, kind in re.findall(r"([0-9,]+) (bought|earned) coin", balances):
                checked += 1
                held = wallet.coins if kind == "bought" else wallet.earned
                assert amount == f"{held:,}", step.then
    assert checked >= 5


@pytest.mark.parametrize(
    "word", ["dearest", "otherwise", "store", "repair", "restore", "recharge without", "priciest"]
)
def test_its_words_are_those_of_every_day(told, word):
    assert not re.search(rf"\b{word}\b", told, re.IGNORECASE)


def test_there_is_one_table_of_prices(told):
    assert told.count("a coin\n") == 1


def test_it_tells_the_story_in_order(told):
    places = [
        told.index(words)
        for words in (
            "Guess",
            "$ coins wallet create alice bob carol",
            "$ coins catalog packs",
            "too much",
            "not refundable",
            "$ coins live start bob",
            "--comment dance.mp4",
            "$ coins top bob",
            "$ coins promote carol",
            "CAUGHT",
            "9,999 / 10,000: NO",
            "10,000 diamonds, $100.00",
            "All is well",
            "Tell it at home",
        )
    ]
    assert places == sorted(places)


def test_each_dollar_is_accounted_for(told):
    def cents(words):
        line = next(line for line in told.splitlines() if words in line)
        return int(line.split()[0].strip("$").replace(".", ""))

    paid_in, paid_out, kept = map(cents, ("paid in by", "paid out to", "kept by the platform"))
    parts = [*map(cents, ("margin on", "for promotions", "platform's share", "still open"))]
    assert (paid_in, paid_out, kept) == (14148, 10000, 4148)
    assert paid_in == paid_out + kept
    assert kept == sum(parts)
    assert parts == [3499, 649, 0, 0]


def test_every_command_can_be_typed_and_ends_as_it_is_shown(tmp_path):
    """Whoever types the story into a store of their own sees the same."""
    store = tmp_path / "mine"
    steps = typed("demo --json").json()["steps"]
    typed("demo --store", str(tmp_path / "kept")).said()
    coins("catalog", "init", "--store", store)
    (store / "catalog.toml").write_bytes((tmp_path / "kept" / "catalog.toml").read_bytes())
    for step in steps:
        if "types three more nines" in step["words"]:
            continue  # What was typed there is not in the journal.
        for scene in step["commands"]:
            if scene["command"]:
                ran = typed(scene["command"].removeprefix("coins "), "--store", str(store))
                assert ran.code == scene["exit"], scene


def test_only_the_refusals_and_the_forgery_fail():
    steps = typed("demo --json").json()["steps"]
    scenes = [(scene["command"], scene["exit"]) for step in steps for scene in step["commands"]]
    assert [scene for scene in scenes if scene[1]] == [
        ("coins cashout alice --paypal alice@example.com", 4),
        ('coins gift alice bob "drama queen" --quantity 100', 6),
        ("coins cashout bob --paypal bob@example.com", 4),
    ]


def test_every_step_in_json_has_its_words_and_its_scenes(told):
    for step in typed("demo --json").json()["steps"]:
        assert set(step) == {"words", "commands", "then"}
        for scene in step["commands"]:
            assert set(scene) == {"command", "output", "exit"}
            assert scene["command"] is None or scene["command"].startswith("coins ")
            assert scene["output"] or scene["command"] == "coins clock advance 1d"


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
    words = " ".join(told.split())
    for step in answer["steps"]:
        outputs = [scene["output"] for scene in step["commands"]]
        for text in (step["words"], step["then"], *outputs):
            assert " ".join(text.split()) in words
    assert "\x1b" not in json.dumps(answer, ensure_ascii=False)


def test_without_colour_it_has_no_escapes(told):
    assert "\x1b" not in told
    assert typed("demo --color never").said() == told
    assert terminal("demo", "--color", "never").out == told


def test_colour_changes_nothing_but_the_colour(told):
    colored = terminal("demo").out
    assert "\x1b[" in colored
    assert [line.rstrip() for line in without_style(colored).splitlines()] == [
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
    assert (audit["ok"], audit["transactions"], audit["coins_issued"]) == (True, 14, 10500)
    alice = typed("balance alice --json --store", str(kept)).json()
    assert (alice["coins"], alice["earned"]) == (0, 0)


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


def told_with(*keys, **how):
    """What is on the terminal after each of `keys`, and at the end; and how it ended."""
    ran = terminal(
        "demo", "--pause", "--color", "never", answers=[(PROMPT, key) for key in keys], **how
    )
    screens = ran.out.split(CLEAR)[1:]
    return [without_prompt(screen) for screen in screens], ran


def without_prompt(screen):
    return re.sub(r"\d+ of \d+  any key: [^\r]*\r *\r", "", screen).strip("\n")


def test_with_pauses_each_step_has_the_screen_for_itself(steps, own_temporary_folder):
    keys = ["\r", "x", "\x1b[C", " "] * 3
    screens, ran = told_with(*keys[: len(STORY)])
    assert ran.code == 0
    assert screens == [*steps[:-1], f"{steps[-1]}\n\n{THE_END}"]
    assert contents(own_temporary_folder) == {}


def test_it_shows_where_one_is():
    _, ran = told_with(" ", " ", "q")
    places = re.findall(r"(\d+) of (\d+)  any key", ran.out)
    assert places == [(str(place), str(len(STORY))) for place in (1, 2, 3)]


@pytest.mark.parametrize("back", ["b", "B", "\x7f", "\x1b[D", "\x1b[5~"])
def test_b_goes_back_and_the_first_step_stays(steps, back):
    screens, _ = told_with(" ", " ", back, back, back, " ", "q")
    assert screens == [steps[place] for place in (0, 1, 2, 1, 0, 0, 1)]


@pytest.mark.parametrize("end", ["q", "Q", "\x04"])
def test_q_ends_it(steps, end, own_temporary_folder):
    screens, ran = told_with(" ", end)
    assert (ran.code, screens) == (0, steps[:2])
    assert contents(own_temporary_folder) == {}


def test_a_story_that_was_kept_and_ended_by_q_says_what_stays(tmp_path):
    kept = tmp_path / "kept"
    ran = terminal("demo", "--pause", "--store", kept, answers=[(PROMPT, " "), (PROMPT, "q")])
    assert ran.code == 0
    assert " ".join(ran.out.split()).endswith(f"what was played so far stays in {kept}")
    assert typed("balance alice --json --store", str(kept)).json()["coins"] == 10_000


def test_keys_that_are_typed_ahead_count_one_by_one(steps):
    screens, ran = told_with("  b\x1b[6~", "q")
    assert (ran.code, screens) == (0, [steps[place] for place in (0, 1, 2, 1, 2)])


@pytest.mark.parametrize("signal", ["HUP", "TERM"])
def test_a_signal_that_ends_it_gives_the_terminal_back(own_temporary_folder, tmp_path, signal):
    file = tmp_path / "pid"
    kill = f"(sleep 1; kill -{signal} $(cat {file}))"
    demo = f"sh -c 'echo $$ > {file}; exec {' '.join(COMMAND)} demo --pause'"
    ran = terminal("-c", f"{kill} & {demo}; stty -a", command=["/bin/sh"])
    assert PROMPT in ran.out
    assert {"icanon", "echo"} <= set(ran.out.rpartition(PROMPT)[2].split())
    assert contents(own_temporary_folder) == {}


def test_going_back_does_nothing_twice(tmp_path):
    kept = tmp_path / "kept"
    keys = [" ", "b", " ", " ", "b", "b"] + [" "] * (len(STORY) + 1)
    ran = terminal(
        "demo", "--pause", "--store", kept, answers=[(PROMPT, key) for key in keys], spare=1
    )
    assert ran.code == 0
    assert typed("verify --json --store", str(kept)).json()["transactions"] == 14


def test_ctrl_c_at_a_pause_gives_the_terminal_back_and_leaves_nothing_behind(own_temporary_folder):
    ran = terminal("demo", "--pause", answers=[(PROMPT, " "), (PROMPT, CTRL_C)])
    assert ran.code == 130
    assert ran.out.endswith("Stopped; nothing was changed.\n")
    assert contents(own_temporary_folder) == {}


@pytest.mark.parametrize("key", ["q", CTRL_C])
def test_after_any_end_keys_are_shown_again(key):
    script = f"trap : INT; {' '.join(COMMAND)} demo --pause; stty -a"
    ran = terminal("-c", script, command=["/bin/sh"], answers=[(PROMPT, key)])
    modes = ran.out.split()
    assert {"icanon", "echo"} <= set(modes)


@pytest.mark.parametrize("rows", [12, 8, 3, 2, 1])
def test_a_step_that_is_higher_than_the_terminal_is_shown_in_parts(steps, rows):
    screens, ran = told_with(*" " * 60, "b", "b", "q", rows=rows, spare=60)
    assert ran.code == 0
    assert max(len(screen.splitlines()) for screen in screens) <= max(1, rows - 2)
    shown = [line for screen in screens for line in screen.splitlines() if line]
    said = [line for line in "\n".join(steps).splitlines() if line]
    assert shown[:40] == said[:40]


def test_back_leads_the_same_way_through_the_parts(steps):
    screens, _ = told_with(*" " * 7, *"b" * 7, "q", rows=12)
    assert screens[7:] == screens[7::-1]
    assert len(set(screens)) == 8


@pytest.mark.parametrize("columns", [60, 40, 20, 5])
def test_on_a_narrow_terminal_its_words_are_wrapped(told, columns):
    ran = terminal("demo", "--color", "never", columns=columns)
    assert ran.code == 0
    assert coins("demo", columns=columns).said() == ran.out
    assert max(map(len, ran.out.splitlines())) <= max(columns, COLUMNS_MIN)
    for words in ("Alice has just paid $5.99 too much.", "9,999 / 10,000: NO", "$5.99", "$34.99"):
        assert words in " ".join(ran.out.split())


def test_after_a_terminal_is_resized_the_step_is_drawn_again(steps):
    script = f"stty cols 50; {' '.join(COMMAND)} demo --pause --color never"
    resize = f"(sleep 1; stty cols 80 rows 24 < /dev/tty) & {script}"
    ran = terminal(
        "-c", resize, command=["/bin/sh"], answers=[("of 12", ""), (f"{CLEAR} 1. A fan", "q")]
    )
    first, second = ran.out.split(CLEAR)[1:3]
    assert max(map(len, first.split("\r")[0].splitlines())) <= 50
    assert STORY[0].words.split()[12] in second
    assert without_prompt(second).splitlines()[0] == steps[0].splitlines()[0]


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
    assert lines[:2] == [
        "The goal: 10,000 coins. Then bob can cash out, and not one coin earlier.",
        "bob is live: “Give me 10,000 coins tonight!”",
    ]
    assert lines[-2:] == [
        "bob is no longer live. Total: 10,000 coins.",
        "bob has 10,000 earned coins, and can cash out $100.00.",
    ]
    assert sum("sent" in line for line in lines) == len(SCRIPT)
    assert said.count("The goal is reached!") == 1
    assert "★ alice sends 1 × Drama queen: 5,000 coins!" in lines
    assert contents(own_temporary_folder) == {}


def test_in_json_the_evening_is_a_stream_of_events():
    events = [json.loads(line) for line in typed("demo --live --json").said().splitlines()]
    assert events[0]["event"] == "start"
    assert events[-1]["event"] == "end"
    assert events[-1]["total"] == sum(one["coins"] for one in events if one["event"] == "gift")
    assert events[-1]["total"] == GOAL == default_catalog().cash_out.threshold
    before_last = [one["total"] for one in events if one["event"] == "gift"][-2]
    assert before_last < GOAL
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
