"""A live that is played again: at the recorded pace, faster, and with short silences."""

import json
import time
from datetime import UTC, datetime, timedelta

import pytest

from coins_cli.bank import Bank
from coins_cli.cli.replaying import SILENCE_SECONDS, Replay
from coins_cli.files.catalogs import default_catalog
from coins_cli.store.memory import MemoryStore
from coins_cli.views.broadcast import Broadcast
from tests.cli.runner import coins, process, started, terminal, typed

BEGIN = datetime(2026, 1, 5, 20, 0, tzinfo=UTC)


class Evening:
    """A recorded live of bob's, and a replay of it whose instant is told."""

    def __init__(self):
        self.at = 0.0
        self.bank = Bank(MemoryStore(), default_catalog(), clock=self.now)
        self.bank.create_wallets("alice", "bob", "erin")
        self.bank.recharge("alice", 10_000)
        self.live = self.bank.start_live("bob").seq
        self.instant = 1_000.0

    def now(self):
        return BEGIN + timedelta(seconds=self.at)

    def gift(self, at):
        self.at = at
        return self.bank.gift("alice", "bob", "panda").seq

    def end(self, at):
        self.at = at
        return self.bank.end_live("bob").seq

    def replay(self, since=1, speed=1):
        self.broadcast = Broadcast("bob", self.live)
        follower = self.bank.read.follow(self.live - 1)
        return Replay(
            follower, self.broadcast, since, speed=speed, clock=lambda: 1_000.0 + self.passed
        )

    def seen(self, replay, passed):
        """The numbers of what is shown when that many seconds have passed."""
        self.passed = passed
        found = []
        while entries := replay.look():
            for entry in entries:
                self.broadcast.take(entry)
                found.append(entry.seq)
        return found


@pytest.fixture
def evening():
    return Evening()


def test_each_gift_comes_as_long_after_the_one_before_as_it_did(evening):
    gifts = [evening.gift(at) for at in (1.0, 1.5, 4.0)]
    end = evening.end(6.0)
    replay = evening.replay()
    assert evening.seen(replay, 0.0) == [evening.live]
    assert evening.seen(replay, 0.99) == []
    assert evening.seen(replay, 1.0) == [gifts[0]]
    assert evening.seen(replay, 1.6) == [gifts[1]]
    assert evening.seen(replay, 3.9) == []
    assert evening.seen(replay, 4.0) == [gifts[2]]
    assert evening.seen(replay, 6.0) == [end]
    assert evening.broadcast.is_over


def test_ten_times_as_fast_takes_a_tenth(evening):
    gift, end = evening.gift(4.0), evening.end(8.0)
    replay = evening.replay(speed=10)
    assert evening.seen(replay, 0.0) == [evening.live]
    assert evening.seen(replay, 0.39) == []
    assert evening.seen(replay, 0.4) == [gift]
    assert evening.seen(replay, 0.81) == [end]


def test_a_long_silence_is_shortened_and_what_others_do_does_not_break_it(evening):
    gift = evening.gift(600.0)
    for at in range(601, 1_200, 100):
        evening.at = at
        evening.bank.recharge("alice", 100)
    end = evening.end(1_200.0)
    replay = evening.replay()
    assert evening.seen(replay, 0.0) == [evening.live]
    assert evening.seen(replay, SILENCE_SECONDS - 0.1) == []
    assert evening.seen(replay, SILENCE_SECONDS) == [gift]
    assert evening.seen(replay, 2 * SILENCE_SECONDS) == [end]


def test_what_was_before_the_wanted_number_comes_at_once_and_is_counted(evening):
    gifts = [evening.gift(at) for at in (1.0, 2.0, 3.0, 4.0)]
    replay = evening.replay(since=gifts[2])
    assert evening.seen(replay, 0.0) == [evening.live, *gifts[:3]]
    assert evening.broadcast.total == 15
    assert evening.seen(replay, 0.9) == []
    assert evening.seen(replay, 1.0) == [gifts[3]]


def test_what_happens_while_it_is_replayed_follows_and_then_comes_when_it_comes(evening):
    first = evening.gift(2.0)
    replay = evening.replay()
    assert evening.seen(replay, 0.0) == [evening.live]
    assert evening.seen(replay, 2.0) == [first]
    second = evening.gift(3.0)
    assert evening.seen(replay, 2.5) == []
    assert evening.seen(replay, 3.0) == [second]
    later = evening.gift(60.0)
    assert evening.seen(replay, 60.0) == [later]


def test_a_program_that_was_stopped_does_not_hurry_afterwards(evening):
    gifts = [evening.gift(at) for at in (1.0, 3.0, 5.0, 7.0)]
    replay = evening.replay()
    assert evening.seen(replay, 0.0) == [evening.live]
    assert evening.seen(replay, 1.0) == [gifts[0]]
    assert evening.seen(replay, 500.0) == [gifts[1]]
    assert evening.seen(replay, 500.5) == []
    assert evening.seen(replay, 501.0) == [gifts[2]]


def test_lateness_of_a_look_does_not_add_up(evening):
    for number in range(1, 101):
        evening.gift(number / 100)
    replay = evening.replay()
    looks = [len(evening.seen(replay, step * 0.05)) for step in range(21)]
    assert sum(looks) == 101


def test_the_time_on_the_screen_is_the_recorded_one_and_never_beyond_the_next_gift(evening):
    evening.gift(4.0)
    evening.gift(600.0)
    replay = evening.replay(speed=2)
    evening.seen(replay, 0.0)
    evening.passed = 1.0
    assert replay.now(evening.now()) == BEGIN + timedelta(seconds=2)
    evening.seen(replay, 2.0)
    evening.passed = 3.0
    assert replay.now(evening.now()) == BEGIN + timedelta(seconds=6)
    evening.seen(replay, 60.0)
    evening.at = 700.0
    assert replay.now(evening.now()) == BEGIN + timedelta(seconds=700)


# -- as a command ----------------------------------------------------------------------------------


@pytest.fixture
def recorded(store):
    """A live of erin's that is over: three gifts, a second of the journal apart."""
    for moment in ("2030-01-01T10:00:00", "2030-01-01T10:00:01", "2030-01-01T10:00:02"):
        typed(f"clock set {moment} --stopped").said()
        typed("gift dora erin panda").said()
    typed("live end erin").said()
    return store


def seconds_of(run):
    begun = time.monotonic()
    ran = run()
    return time.monotonic() - begun, ran


def test_in_a_pipe_and_in_json_all_of_it_comes_at_once(recorded):
    line = "live watch erin --since 1"
    lasted, ran = seconds_of(lambda: coins(*line.split()))
    assert "Total: 15 coins." in ran.said()
    assert lasted < 1.5
    lasted, ran = seconds_of(lambda: coins(*line.split(), "--json"))
    assert len(ran.said().splitlines()) == 8
    assert lasted < 1.5


def test_with_a_speed_it_is_played_in_a_pipe_too(recorded):
    with started("live", "watch", "erin", "--since", "19", "--speed", "1", "--json") as watching:
        read = [(json.loads(line), time.monotonic()) for line in watching.stdout]
    gifts = [at for event, at in read if event["event"] == "gift"]
    assert len(gifts) == 2
    assert gifts[1] - gifts[0] > 0.5


def test_at_a_terminal_it_takes_its_time_and_at_a_higher_speed_less(recorded):
    args = ("live", "watch", "erin", "--since", "18")
    slow, ran = seconds_of(lambda: terminal(*args))
    assert ran.code == 0
    assert "Dora the Dancer" in ran.out
    fast, _ = seconds_of(lambda: terminal(*args, "--speed", "100"))
    assert slow > fast + 1


@pytest.mark.parametrize("speed", ["0", "-1", "1.5", "fast", ""])
def test_a_speed_that_is_no_number_is_refused(recorded, speed):
    args = ("live", "watch", "erin", "--since", "1", f"--speed={speed}", "--json")
    assert coins(*args).refusal()["exit"] == 2


def test_a_speed_is_for_what_is_played_again(untouched):
    ran = process("live", "watch", "erin", "--speed", "10")
    assert (ran.code, ran.out) == (2, "")
    assert "--since" in ran.err
