"""A live as everyone watching sees it: each gift once, combos, thanks, shout-outs, the total."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coins_cli.bank import Bank
from coins_cli.errors import CoinsError
from coins_cli.files.catalogs import default_catalog
from coins_cli.store.memory import MemoryStore
from coins_cli.views.broadcast import COMBO_SECONDS, RUNS_KEPT, Broadcast

BEGIN = datetime(2026, 1, 5, 20, 0, tzinfo=UTC)
CATALOG = default_catalog()
VIEWERS = ("alice", "carol", "dora")


class Studio:
    """An economy in which bob is live, and whose time is told."""

    def __init__(self, goal=None):
        self.seconds = 0.0
        self.bank = Bank(MemoryStore(), CATALOG, clock=self.now)
        self.bank.create_wallets("bob", "erin", *VIEWERS)
        for user in VIEWERS:
            self.bank.recharge(user, 10_000)
        self.live = self.bank.start_live("bob", title="Songs").seq
        self.broadcast = Broadcast("bob", self.live, goal=goal)
        self.follower = self.bank.read.follow(self.live - 1)

    def now(self):
        return BEGIN + timedelta(seconds=self.seconds)

    def gift(self, sender, gift="panda", quantity=1, after=0.0, **how):
        self.seconds += after
        return self.bank.gift(sender, "bob", gift, quantity=quantity, **how).seq

    def events(self):
        events = []
        while found := self.follower.look():
            for entry in found:
                events += self.broadcast.take(entry)
        return events

    def seen(self, *kinds):
        return [event for event in self.events() if event.event in kinds]


@pytest.fixture
def studio():
    return Studio()


def names(events):
    return [event.event for event in events]


# -- events ----------------------------------------------------------------------------------------


def test_a_live_starts_has_gifts_each_with_thanks_and_ends(studio):
    studio.gift("alice")
    studio.gift("carol", "sun-cream")
    studio.bank.end_live("bob")
    events = studio.events()
    assert names(events) == ["start", "gift", "thanks", "gift", "thanks", "end"]
    assert [event.total for event in events] == [0, 5, 5, 55, 55, 55]
    assert studio.broadcast.is_over


def test_the_start_and_the_end_are_about_no_gift_and_have_the_title(studio):
    studio.gift("alice")
    studio.bank.end_live("bob")
    for event in studio.seen("start", "end"):
        said = event.to_json()
        assert (said["to"], said["title"]) == ("bob", "Songs")
        for field in ("from", "gift", "quantity", "coins", "combo"):
            assert said[field] is None


def test_an_event_in_json_says_who_what_how_many_and_the_total(studio):
    seq = studio.gift("alice", "sun cream", 2, message="Hi!")
    _, gift, thanks = [event.to_json() for event in studio.events()]
    about = {
        "seq": seq,
        "at": BEGIN,
        "from": "alice",
        "to": "bob",
        "gift": "sun-cream",
        "quantity": 2,
        "coins": 100,
        "combo": 2,
        "total": 100,
    }
    assert gift == {"schema": 1, "event": "gift", **about, "message": "Hi!"}
    assert thanks == {"schema": 1, "event": "thanks", **about, "text": "Thank you, alice!"}


def test_gifts_in_comments_and_to_others_are_not_part_of_it(studio):
    studio.bank.start_live("erin")
    studio.bank.gift("alice", "erin", "panda")
    studio.bank.gift("alice", "bob", "panda", comment="dance.mp4")
    studio.bank.end_live("erin")
    assert names(studio.events()) == ["start"]
    assert not studio.broadcast.is_over


def test_nothing_before_it_and_nothing_after_it_is_seen(studio):
    studio.bank.end_live("bob")
    again = studio.bank.start_live("bob").seq
    studio.gift("alice")
    second = Broadcast("bob", again)
    seen = [event for entry in studio.bank.read.follow(0).look() for event in second.take(entry)]
    assert names(seen) == ["start", "gift", "thanks"]
    assert names(studio.events()) == ["start", "end"]
    assert studio.broadcast.total == 0


# -- combos ----------------------------------------------------------------------------------------


def combos(studio):
    return [event.combo for event in studio.seen("gift")]


def test_a_run_of_the_same_gift_by_the_same_sender_is_one_combo_that_grows(studio):
    for quantity in (1, 3, 2):
        studio.gift("alice", quantity=quantity, after=2)
    assert combos(studio) == [1, 4, 6]
    (run,) = studio.broadcast.newest_runs(10)
    assert (run.sender, run.quantity, run.coins) == ("alice", 6, 30)


def test_a_combo_lasts_while_each_gift_follows_within_its_seconds(studio):
    for after in (0, COMBO_SECONDS, COMBO_SECONDS, COMBO_SECONDS + 0.001):
        studio.gift("alice", after=after)
    assert combos(studio) == [1, 2, 3, 1]
    assert [run.quantity for run in studio.broadcast.newest_runs(10)] == [1, 3]


def test_what_others_send_in_between_does_not_end_a_combo(studio):
    studio.gift("alice")
    studio.gift("carol", after=1)
    studio.gift("alice", "sun-cream", after=1)
    studio.gift("alice", after=1)
    studio.gift("carol", after=1)
    assert combos(studio) == [1, 1, 1, 2, 2]
    assert len(studio.broadcast.newest_runs(10)) == 3


def test_a_run_keeps_its_place_while_it_grows_and_what_grows_is_never_out_of_sight(studio):
    for number, sender in enumerate(VIEWERS):
        studio.gift(sender, after=number)
    studio.gift("alice")
    studio.events()
    runs = studio.broadcast.newest_runs
    assert [run.sender for run in runs(3)] == ["dora", "carol", "alice"]
    assert [run.sender for run in runs(2)] == ["dora", "alice"]
    assert [run.sender for run in runs(1)] == ["alice"]


def test_of_long_lives_only_the_newest_runs_are_remembered(studio):
    for _ in range(RUNS_KEPT + 20):
        studio.gift("alice", after=COMBO_SECONDS + 1)
    studio.events()
    assert len(studio.broadcast.newest_runs(1_000)) == RUNS_KEPT
    assert studio.broadcast.gifts == RUNS_KEPT + 20


# -- shout-outs ------------------------------------------------------------------------------------


def test_a_large_gift_is_shouted_out_after_its_thanks(studio):
    studio.gift("alice", "drama-queen")
    events = studio.events()
    assert names(events) == ["start", "gift", "thanks", "shout_out"]
    assert events[-1].text == "alice sends 1 × Drama queen: 5,000 coins!"


def test_a_combo_is_shouted_out_once_when_it_comes_to_a_thousand_coins(studio):
    for _ in range(4):
        studio.gift("alice", "rainbow-puke", 4, after=1)
    events = studio.events()
    assert [event.combo for event in events if event.event == "shout_out"] == [12]
    assert names(events)[1:] == ["gift", "thanks"] * 3 + ["shout_out", "gift", "thanks"]


def test_small_gifts_apart_are_never_shouted_out(studio):
    for _ in range(5):
        studio.gift("alice", "concert", after=COMBO_SECONDS + 1)
    assert studio.seen("shout_out") == []


# -- reversals -------------------------------------------------------------------------------------


def test_a_gift_that_is_taken_back_lowers_the_total_the_leaderboard_and_its_combo(studio):
    studio.gift("alice", quantity=2)
    second = studio.gift("alice", quantity=3)
    undone = studio.bank.reverse(second, "a slip").seq
    studio.gift("alice", quantity=4)
    events = studio.seen("gift", "reversal")
    assert [(one.event, one.combo, one.total) for one in events] == [
        ("gift", 2, 10),
        ("gift", 5, 25),
        ("reversal", None, 10),
        ("gift", 6, 30),
    ]
    said = events[2].to_json()
    assert (said["seq"], said["reverses"]) == (undone, second)
    assert (said["from"], said["quantity"], said["coins"]) == ("alice", 3, 15)
    (supporter,) = studio.broadcast.leaderboard.supporters()
    assert (supporter.coins, supporter.gifts) == (30, 6)
    (run,) = studio.broadcast.newest_runs(9)
    assert (run.quantity, run.coins) == (6, 30)


def test_a_run_of_which_all_is_taken_back_is_not_shown(studio):
    only = studio.gift("alice")
    studio.gift("carol")
    studio.bank.reverse(only, "a slip")
    studio.events()
    assert [run.sender for run in studio.broadcast.newest_runs(9)] == ["carol"]
    studio.gift("alice")
    assert combos(studio) == [1]


def test_what_was_given_elsewhere_is_taken_back_elsewhere(studio):
    comment = studio.bank.gift("alice", "bob", "panda", comment="dance.mp4").seq
    studio.gift("alice")
    studio.bank.end_live("bob")
    before = studio.gift("carol", live=False)
    again = studio.bank.start_live("bob").seq
    second = Broadcast("bob", again)
    earlier = next(entry.seq for entry in studio.bank.read.follow(comment).look())
    for seq in (comment, before, earlier):
        studio.bank.reverse(seq, "a slip")
    for entry in studio.bank.read.follow(0).look():
        assert names(second.take(entry)) in ([], ["start"])
    assert second.total == 0


def test_a_comment_that_was_sent_during_the_live_is_taken_back_elsewhere_too(studio):
    studio.bank.reverse(studio.gift("alice", comment="dance.mp4"), "a slip")
    assert names(studio.events()) == ["start"]


def test_a_recharge_that_is_undone_is_no_matter_of_the_live(studio):
    extra = studio.bank.recharge("dora", 100).seq
    studio.bank.reverse(extra, "a slip")
    assert names(studio.events()) == ["start"]


def test_a_gift_that_is_taken_back_takes_its_thanks_back(studio):
    studio.gift("carol")
    slip = studio.gift("alice")
    studio.gift("alice", "sun-cream")
    studio.bank.reverse(slip, "a slip")
    studio.events()
    assert [(one.sender, one.gift) for one in studio.broadcast.thanks] == [
        ("carol", "panda"),
        ("alice", "sun-cream"),
    ]


def test_a_run_that_is_no_longer_large_takes_its_shout_out_back_and_can_have_another(studio):
    studio.gift("carol", "concert", quantity=2)
    studio.gift("alice", "concert")
    large = studio.gift("alice", "concert")
    studio.bank.reverse(large, "a slip")
    studio.events()
    assert [one.sender for one in studio.broadcast.shout_outs] == ["carol"]
    studio.gift("alice", "concert")
    assert [one.sender for one in studio.seen("shout_out")] == ["alice"]
    assert [one.sender for one in studio.broadcast.shout_outs] == ["carol", "alice"]


def test_a_run_that_stays_large_keeps_its_shout_out(studio):
    slip = studio.gift("alice", "concert")
    studio.gift("alice", "concert", quantity=2)
    studio.bank.reverse(slip, "a slip")
    studio.events()
    assert [one.sender for one in studio.broadcast.shout_outs] == ["alice"]


def test_thanks_and_shout_outs_call_a_viewer_by_name_and_events_by_handle(studio):
    studio.broadcast.names = {"alice": "Alice A.", "bob": "Bob B."}
    studio.gift("alice", "im-very-rich")
    _, gift, thanks, shout_out = studio.events()
    assert (gift.sender, gift.creator) == ("alice", "bob")
    assert thanks.text == "Thank you, Alice A.!"
    assert shout_out.text == "Alice A. sends 1 × I'm very rich: 1,000 coins!"


def test_what_concerns_a_live_is_what_gives_events(studio):
    other = studio.bank.start_live("erin").seq
    slip = studio.gift("alice")
    studio.bank.gift("alice", "erin", "panda")
    studio.gift("alice", comment="dance.mp4")
    studio.bank.recharge("dora", 100)
    studio.bank.reverse(slip, "a slip")
    studio.bank.end_live("erin")
    studio.bank.end_live("bob")
    studio.gift("alice", live=False)
    for live, creator in ((studio.live, "bob"), (other, "erin")):
        broadcast = Broadcast(creator, live)
        found = studio.bank.read.follow(0).look()
        seen = [(broadcast.concerns(entry), bool(broadcast.take(entry))) for entry in found]
        assert all(concerns == bool(events) for concerns, events in seen)
        assert sum(concerns for concerns, _ in seen) >= 3


# -- the goal --------------------------------------------------------------------------------------


def test_the_goal_is_reached_at_the_gift_that_reaches_it():
    studio = Studio(goal=100)
    studio.gift("alice", "sun-cream", after=3)
    studio.events()
    assert studio.broadcast.goal_reached_at is None
    reaching = studio.gift("carol", "sun-cream", after=3)
    studio.gift("carol", "sun-cream", after=3)
    studio.events()
    assert studio.broadcast.goal_reached_at == BEGIN + timedelta(seconds=6)
    studio.bank.reverse(reaching, "a slip")
    studio.bank.reverse(reaching + 1, "another")
    studio.events()
    assert studio.broadcast.goal_reached_at is None


@pytest.mark.parametrize(("passed", "left"), [(0, 1), (0.25, 0.75), (7.5, 0.5)])
def test_it_is_known_when_the_next_second_begins(studio, passed, left):
    studio.events()
    assert studio.broadcast.to_next_second(BEGIN + timedelta(seconds=passed)) == left


# -- what always holds -----------------------------------------------------------------------------

steps = st.one_of(
    st.tuples(
        st.sampled_from(VIEWERS[:2]),
        st.sampled_from(["panda", "concert"]),
        st.integers(1, 4),
        st.sampled_from([0, 1, 4, 5, 6, 30]),
        st.booleans(),
    ),
    st.integers(0, 30),
)


@settings(deadline=None)
@given(st.lists(steps, max_size=30))
def test_every_gift_is_seen_once_and_all_of_them_come_to_the_total_of_the_live(taken):
    studio = Studio()
    sent, reversed_ones = [], []
    for step in taken:
        try:
            if isinstance(step, int):
                if sent:
                    studio.bank.reverse(sent[step % len(sent)], "a slip")
                    reversed_ones.append(sent[step % len(sent)])
            else:
                sender, gift, quantity, after, is_comment = step
                video = "cat.mp4" if is_comment else None
                seq = studio.gift(sender, gift, quantity, after, comment=video)
                sent += [] if is_comment else [seq]
        except CoinsError:
            continue
    events, live = studio.events(), studio.bank.read.live("bob")
    seen = [event for event in events if event.event == "gift"]
    undone = [event for event in events if event.event == "reversal"]
    assert [event.seq for event in seen] == sent
    assert [event.about for event in undone] == reversed_ones
    assert [event.seq for event in events if event.event == "thanks"] == sent
    assert sum(one.coins for one in seen) - sum(one.coins for one in undone) == live.live.coins
    assert studio.broadcast.total == live.live.coins
    assert studio.broadcast.gifts == live.live.gifts
    assert {
        (one.user, one.coins, one.gifts) for one in studio.broadcast.leaderboard.supporters()
    } == {(one.user, one.coins, one.gifts) for one in live.supporters}
    runs = studio.broadcast.newest_runs(RUNS_KEPT)
    assert sum(run.quantity for run in runs) == live.live.gifts
    assert sum(run.coins for run in runs) == live.live.coins
    assert all(run.quantity > 0 for run in runs)
