"""Lives, payouts and promotions as they are shown, and a creator's page."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from coins_cli.bank import Bank
from coins_cli.errors import (
    CoinsError,
    UnknownLive,
    UnknownPayout,
    UnknownPromotion,
    UnknownUser,
)
from coins_cli.store.memory import MemoryStore
from coins_cli.views.lives import Biggest, Kind, lives, summary
from coins_cli.views.recognition import Supporter, supporters
from tests.store.economies import CATALOG, START, store_at
from tests.store.stories import BUSY_RULES, beginning, steps

DAY = timedelta(days=1)


class Computer:
    """The computer's clock, which stands until a test moves it."""

    def __init__(self):
        self.shows = START

    def __call__(self):
        return self.shows


@pytest.fixture
def computer():
    return Computer()


@pytest.fixture(params=["json", "memory"])
def bank(request, tmp_path, computer):
    """alice, bob and carol with 10,000 coins each, and star, who has none."""
    is_json = request.param == "json"
    store = store_at(tmp_path / "store", lines_max=3) if is_json else MemoryStore()
    bank = Bank(store, CATALOG, clock=computer)
    bank.create_wallets("alice", "bob", "carol", "star")
    for user in ("alice", "bob", "carol"):
        bank.recharge(user, 10_000)
    return bank


# -- lives ---------------------------------------------------------------------------------------


def test_each_live_has_its_own_gifts_and_times(bank, computer):
    bank.gift("alice", "star", "panda")
    first = bank.start_live("star", title="cooking")
    bank.gift("alice", "star", "panda", quantity=3)
    bank.gift("bob", "star", "panda", comment="v1")
    computer.shows += DAY
    ended = bank.end_live("star")
    bank.gift("bob", "star", "love bang")
    other = bank.start_live("bob")
    second = bank.start_live("star")
    bank.gift("bob", "star", "love bang", live=True)
    bank.gift("alice", "bob", "sun cream")
    of_star, of_bob, again = bank.read.lives()
    assert (of_star.id, of_star.creator, of_star.title) == (first.seq, "star", "cooking")
    assert (of_star.coins, of_star.gifts) == (15, 3)
    assert (of_star.started_at, of_star.ended_at, of_star.ended_by) == (
        START,
        START + DAY,
        ended.seq,
    )
    assert of_star.lasted(START + 9 * DAY) == DAY
    assert (of_bob.id, of_bob.creator, of_bob.coins) == (other.seq, "bob", 50)
    assert (again.id, again.title, again.coins, again.ended_at) == (second.seq, None, 25, None)
    assert again.lasted(START + 3 * DAY) == 2 * DAY
    assert again.lasted(START) == timedelta()
    for live in bank.read.lives():
        assert bank.read.live(live.creator, live.id).live == live


def test_a_live_in_full_has_kinds_supporters_and_the_biggest_gift(bank):
    start = bank.start_live("star").seq
    bank.gift("alice", "star", "panda", quantity=10)
    bank.gift("bob", "star", "sun cream")
    big = bank.gift("bob", "star", "concert")
    wrong = bank.gift("carol", "star", "drama queen")
    bank.gift("carol", "star", "concert")
    bank.reverse(wrong.seq, "by mistake")
    found = bank.read.live("star")
    assert found == bank.read.live("star", start)
    assert (found.live.coins, found.live.gifts) == (50 + 50 + 1_000, 13)
    assert found.kinds == [
        Kind("concert", "Concert", 2, 1_000),
        Kind("panda", "Panda", 10, 50),
        Kind("sun-cream", "Sun cream", 1, 50),
    ]
    assert found.supporters == [
        Supporter(1, "bob", 550, 2),
        Supporter(2, "carol", 500, 1),
        Supporter(3, "alice", 50, 10),
    ]
    assert found.biggest == Biggest(big.seq, "bob", "concert", "Concert", 1, 500)


def test_a_gift_that_is_reversed_after_its_live_or_on_a_later_one_counts_on_none(bank):
    first = bank.start_live("star").seq
    gifts = [bank.gift("alice", "star", "panda").seq for _ in range(3)]
    bank.reverse(gifts[0], "at once")
    bank.end_live("star")
    bank.reverse(gifts[1], "later")
    second = bank.start_live("star").seq
    bank.gift("bob", "star", "panda", quantity=4)
    bank.reverse(gifts[2], "on another")
    assert [(live.id, live.coins, live.gifts) for live in bank.read.lives()] == [
        (first, 0, 0),
        (second, 20, 4),
    ]
    empty = bank.read.live("star", first)
    assert (empty.live.coins, empty.kinds, empty.supporters, empty.biggest) == (0, [], [], None)
    assert bank.read.live("star", second).live == bank.read.lives()[1]


def test_a_live_that_there_is_not_is_not_found(bank):
    with pytest.raises(UnknownLive):
        bank.read.live("star")
    bank.start_live("star")
    bank.start_live("bob")
    for number in (1, 9, 99):
        with pytest.raises(UnknownLive):
            bank.read.live("star", number)
    assert bank.read.live("star", 8).live.id == 8
    with pytest.raises(UnknownUser):
        bank.read.live("nobody")


def test_who_ended_it_is_told_once(bank):
    bank.start_live("star")
    assert bank.read.live_ended_by("star", None) is None
    assert bank.read.live_ended_by("star", 8) is None
    ended = bank.end_live("star").seq
    assert bank.read.live_ended_by("star", ended).live.ended_by == ended


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.lists(steps, min_size=4, max_size=14))
def test_a_live_is_the_same_walked_back_and_projected_and_its_leaderboard_adds_up(story):
    store = MemoryStore()
    for step in [beginning(), *story]:
        try:
            store.commit(step.intents, BUSY_RULES, step.at)
        except CoinsError:
            continue
    for live in lives(store):
        found = summary(store, live.creator, live.id)
        assert found.live == live
        assert sum(one.coins for one in found.supporters) == live.coins
        assert sum(kind.coins for kind in found.kinds) == live.coins
        assert sum(one.gifts for one in found.supporters) == live.gifts
        assert sum(kind.quantity for kind in found.kinds) == live.gifts
    for user in store.users():
        on_lives = sum(live.coins for live in lives(store) if live.creator == user)
        assert on_lives <= sum(one.coins for one in supporters(store, user))


# -- leaderboards --------------------------------------------------------------------------------


def test_leaderboards_of_all_leave_out_what_was_reversed(bank):
    bank.gift("alice", "star", "concert")
    wrong = bank.gift("bob", "star", "drama queen")
    bank.gift("bob", "carol", "panda", quantity=2)
    bank.reverse(wrong.seq, "by mistake")
    assert bank.read.givers() == [Supporter(1, "alice", 500, 1), Supporter(2, "bob", 10, 2)]
    assert bank.read.creators() == [Supporter(1, "star", 500, 1), Supporter(2, "carol", 10, 2)]
    assert bank.read.top("star") == [Supporter(1, "alice", 500, 1)]
    assert bank.read.top("bob") == []


@pytest.mark.parametrize("is_reversed", [False, True])
def test_ties_go_to_who_gave_first_on_every_leaderboard_whatever_became_of_that(bank, is_reversed):
    bank.start_live("star")
    first = bank.gift("carol", "star", "panda").seq
    if is_reversed:
        bank.reverse(first, "too soon")
    bank.gift("bob", "star", "panda", quantity=2)
    bank.gift("carol", "star", "panda", quantity=1 + is_reversed)
    ranked = [(1, "carol"), (2, "bob")]
    for leaderboard in (
        bank.read.top("star"),
        bank.read.givers(),
        bank.read.live("star").supporters,
    ):
        assert [(one.rank, one.user) for one in leaderboard] == ranked
        assert {one.coins for one in leaderboard} == {10}


def test_a_page_has_supporters_and_lives_newest_first(bank):
    first, _, second = (
        bank.start_live("star", title="one"),
        bank.end_live("star"),
        bank.start_live("star"),
    )
    bank.start_live("bob")
    bank.gift("alice", "star", "panda", quantity=2)
    bank.gift("bob", "star", "panda", comment="v")
    page = bank.read.page("star")
    assert page.wallet == bank.read.wallet("star")
    assert [live.id for live in page.lives] == [second.seq, first.seq]
    assert (page.coins, page.gifts) == (15, 3)
    assert page.supporters == bank.read.top("star")
    with pytest.raises(UnknownUser):
        bank.read.page("nobody")
    assert bank.read.page("carol").lives == []


# -- payouts -------------------------------------------------------------------------------------


def test_payouts_are_pending_settled_or_returned(bank, computer):
    for user in ("alice", "bob", "carol"):
        bank.gift(user, "star", "drama queen", quantity=2)
    asked = [bank.cash_out("star", "s@example.com", coins=10_000, pending=True) for _ in range(3)]
    computer.shows += DAY
    settled = bank.settle_payout(asked[0].seq)
    returned = bank.return_payout(asked[2].seq, "no such account")
    bank.cash_out("star", "s@example.com")
    one, two, three = bank.read.payouts()
    assert (one.status, one.ended_at, one.ended_by, one.reason) == (
        "settled",
        START + DAY,
        settled.seq,
        None,
    )
    assert (two.status, two.ended_at, two.ended_by) == ("pending", None, None)
    assert (three.status, three.ended_by, three.reason) == (
        "returned",
        returned.seq,
        "no such account",
    )
    assert {(p.user, p.coins, p.diamonds, p.usd_cents, p.paypal) for p in (one, two, three)} == {
        ("star", 10_000, 10_000, 10_000, "s@example.com")
    }
    assert {p.asked_at for p in (one, two, three)} == {START}
    assert bank.read.payout(asked[1].seq) == two
    with pytest.raises(UnknownPayout):
        bank.read.payout(1)
    assert bank.read.wallet("star").held == 10_000
    assert bank.read.wallet("star").earned == 0


# -- promotions ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("after", "status", "views", "days_left"),
    [
        (timedelta(), "running", 0, 2),
        (timedelta(microseconds=1), "running", 0, 2),
        (DAY / 2, "running", 500, 2),
        (DAY - timedelta(microseconds=1), "running", 999, 2),
        (DAY, "running", 1_000, 1),
        (2 * DAY - timedelta(microseconds=1), "running", 1_999, 1),
        (2 * DAY, "ended", 2_000, 0),
        (900 * DAY, "ended", 2_000, 0),
    ],
)
def test_a_promotion_delivers_evenly_over_its_days(bank, computer, after, status, views, days_left):
    number = bank.promote("alice", "v1", days=2).seq
    computer.shows += after
    shown = bank.read.promotion(number)
    assert (shown.status, shown.views, shown.days_left) == (status, views, days_left)
    assert (shown.views_bought, shown.coins, shown.days) == (2_000, 1_000, 2)
    assert (shown.began_at, shown.ends_at) == (START, START + 2 * DAY)
    assert (shown.id, shown.user, shown.video) == (number, "alice", "v1")


@pytest.mark.parametrize(
    ("after", "views", "lasted"),
    [(timedelta(), 0, timedelta()), (DAY / 2, 500, DAY / 2), (5 * DAY, 2_000, 2 * DAY)],
)
def test_a_promotion_that_is_reversed_ends_then(bank, computer, after, views, lasted):
    number = bank.promote("alice", "v1", days=2).seq
    computer.shows += after
    bank.reverse(number, "the wrong video")
    computer.shows += 30 * DAY
    shown = bank.read.promotion(number)
    assert (shown.status, shown.views, shown.days_left) == ("ended", views, 0)
    assert shown.ends_at == START + lasted
    assert bank.read.wallet("alice").coins == 10_000


def test_promotions_go_by_the_newest_transaction_when_the_clock_is_behind(bank, computer):
    number = bank.promote("alice", "v1", days=2).seq
    computer.shows += DAY
    bank.recharge("alice", 100)
    computer.shows -= 5 * DAY
    assert bank.read.promotion(number).views == 1_000


def test_promotions_at_the_end_of_time_still_have_an_end(bank):
    bank.set_clock("9000-01-01", stopped=True)
    number = bank.promote("alice", "v1", days=20, coins=10_000).seq
    assert bank.read.promotion(number).ends_at.year == 9000
    with pytest.raises(UnknownPromotion):
        bank.read.promotion(number - 1)


def test_a_promotion_that_outlasts_the_calendar_ends_with_it(bank, computer):
    """A catalog may allow more days than there are years to write."""
    most = 10**8
    terms = structs.replace(CATALOG.promotion, days_max=most, min_coins_per_day=1, coins_max=most)
    catalog = structs.replace(CATALOG, promotion=terms, coins_at_a_time_max=most)
    endless = Bank(bank.store, catalog, clock=computer)
    endless.recharge("alice", 10_000, quantity=1_000)
    number = endless.promote("alice", "v1", days=10**7, coins=10**7).seq
    computer.shows += 365 * DAY
    shown = bank.read.promotion(number)
    assert (shown.status, shown.ends_at.year, shown.views) == ("running", 9999, 2506)
