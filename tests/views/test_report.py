"""The report: two ways to the same sums, each line the sum of its transactions, and its parts."""

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from coins_cli.bank import Bank
from coins_cli.errors import CoinsError, UnknownLiveNumber, UnknownUser
from coins_cli.files.catalogs import default_catalog
from coins_cli.store.memory import MemoryStore
from coins_cli.store.protocol import Checkpoint
from coins_cli.views import projections
from coins_cli.views.flows import (
    LINES,
    Flows,
    Scope,
    amounts_of,
    entries_in,
    flows,
)
from coins_cli.views.money_report import report
from tests.store.stories import BUSY_RULES, beginning, steps
from tests.views.wallet_sums import flows_by_wallets


def told(story):
    """A store in which a story has happened."""
    store = MemoryStore()
    for step in [beginning(), *story]:
        try:
            store.commit(step.intents, BUSY_RULES, step.at)
        except CoinsError:
            continue
    return store


stories = st.lists(steps, min_size=3, max_size=14).map(told)
some = settings(max_examples=40, deadline=None, derandomize=True)


@pytest.fixture
def town(bank):
    """alice buys and gives on bob's live and in his comments, bob is paid, one gift is undone."""
    bank.create_wallets("alice", "bob", "carol")
    bank.recharge("alice", 10_000)
    bank.recharge("carol", 500, quantity=2)
    bank.start_live("bob")
    bank.gift("alice", "bob", "drama queen")
    bank.gift("carol", "bob", "panda", quantity=3)
    wrong = bank.gift("carol", "bob", "concert")
    bank.end_live("bob")
    bank.gift("alice", "bob", "im very rich", quantity=5)
    bank.reverse(wrong.seq, "meant for alice")
    bank.promote("carol", "v", days=1)
    bank.cash_out("bob", "bob@example.com", coins=9_000)
    return bank


@some
@given(stories)
def test_postings_and_wallets_come_to_the_same(store):
    with store.reading() as view:
        found = flows(view)
        assert found == flows_by_wallets(view)
        assert found.coins_issued == (
            found.coins_unspent
            + found.coins_promotions
            + found.coins_platform_share
            + found.coins_earned
            + found.coins_held
            + found.coins_cashed_out
        )
        assert found.usd_cents_kept == view.totals.get("platform/cash", 0)


@some
@given(stories)
def test_each_line_is_the_sum_of_its_transactions_and_of_its_parts(store):
    with store.reading() as view:
        whole = report(view)
        for line in LINES:
            amounts = [amounts_of(entry).get(line, 0) for entry in entries_in(view)]
            assert sum(amounts) == getattr(whole.flows, line)
        users = {user: view.wallet(user) for user in view.users()}
    for line in ("usd_cents_in", "usd_cents_out", "coins_given", "coins_received", "coins_unspent"):
        assert sum(getattr(user, line) for user in whole.users) == getattr(whole.flows, line)
    assert {
        one.user: (one.coins_unspent, one.coins_earned, one.coins_held) for one in whole.users
    } == {user: (wallet.coins, wallet.earned, wallet.held) for user, wallet in users.items()}
    assert sum(pack.coins for pack in whole.packs) == whole.flows.coins_issued
    assert sum(pack.usd_cents for pack in whole.packs) == whole.flows.usd_cents_in
    assert sum(gift.coins for gift in whole.gifts) == whole.flows.coins_given
    circulating = whole.flows.coins_unspent + whole.flows.coins_earned + whole.flows.coins_held
    assert [day.coins_circulating for day in whole.days[-1:]] == [circulating]
    assert sum(day.transactions for day in whole.days) == whole.transactions


@some
@given(stories, st.sampled_from(["ann", "bob", "cy"]), st.integers(0, 900))
def test_scopes_divide_the_whole(store, user, seconds):
    with store.reading() as view:
        cut = next(view.entries()).transaction.at + timedelta(seconds=seconds)
        tick = timedelta(microseconds=1)
        before = flows(view, Scope(until=cut))
        after = flows(view, Scope(since=cut + tick))
        for line in LINES:
            both = getattr(before, line) + getattr(after, line)
            assert both == getattr(flows(view), line)
        of_users = [flows(view, Scope(user=one)) for one in view.users()]
        own = ("usd_cents_in", "usd_cents_out", "coins_issued", "coins_unspent", "coins_given")
        for line in (*own, "coins_received", "coins_earned", "coins_held", "coins_promotions"):
            assert sum(getattr(one, line) for one in of_users) == getattr(flows(view), line)
        wallet = view.wallet(user)
        mine = flows(view, Scope(user=user))
        assert (mine.coins_unspent, mine.coins_earned) == (wallet.coins, wallet.earned)


def test_the_report_of_a_small_town(town):
    found = town.read.report()
    assert found.flows == Flows(
        usd_cents_in=13_499 + 1_298,
        usd_cents_out=9_000,
        coins_issued=11_000,
        coins_unspent=485,
        coins_given=10_015,
        coins_received=10_015,
        coins_earned=1_015,
        coins_promotions=500,
        coins_cashed_out=9_000,
    )
    assert [(one.pack, one.times, one.usd_cents) for one in found.packs] == [
        ("10000", 1, 13_499),
        ("500", 2, 1_298),
    ]
    assert [(one.gift, one.quantity, one.coins) for one in found.gifts] == [
        ("drama-queen", 1, 5_000),
        ("im-very-rich", 5, 5_000),
        ("panda", 3, 15),
    ]
    assert [(one.user, one.coins_received, one.usd_cents_out) for one in found.creators] == [
        ("bob", 10_015, 9_000)
    ]
    assert [(one.user, one.coins_given, one.gifts_given) for one in found.givers] == [
        ("alice", 10_000, 6),
        ("carol", 15, 3),
    ]


def test_a_live_has_its_own_gifts_and_what_was_reversed_of_them(town):
    live = town.read.lives()[0].id
    found = town.read.report(Scope(live=live))
    assert (found.flows.coins_given, found.flows.coins_earned) == (5_015, 5_015)
    assert found.flows.usd_cents_in == 0
    assert [amount for _, amount in town.read.trace("coins_given", Scope(live=live))] == [
        5_000,
        15,
        500,
        -500,
    ]


def test_what_is_not_there_cannot_be_reported(town):
    with pytest.raises(UnknownUser):
        town.read.report(Scope(user="nobody"))
    for number in (1, 999):
        with pytest.raises(UnknownLiveNumber):
            town.read.trace("coins_given", Scope(live=number))


def test_the_report_is_the_same_from_its_checkpoint(town, monkeypatch):
    monkeypatch.setattr(projections, "CHECKPOINT_ENTRIES", 1)
    first = town.read.report()
    with town.store.reading() as view:
        assert "report" in view.checkpoints()
    assert structs.astuple(town.read.report()) == structs.astuple(first)
    town.recharge("alice", 100)
    assert town.read.report().transactions == first.transactions + 1


def test_a_checkpoint_of_a_release_with_other_names_is_not_used():
    """Such a one has fields of users that say something else, and sums that nobody reads."""
    bank = Bank(MemoryStore(), default_catalog())
    bank.create_wallets("alice")
    bank.recharge("alice", 500)
    with bank.store.reading() as view:
        newest = view.entry(view.seq)
        older = {
            "sums": {"coins_held": 500, "coins_pending": 0, "coins_gifts_kept": 0},
            "transactions": 2,
            "users": {"alice": {"user": "alice", "coins_held": 500, "coins_pending": 0}},
        }
        data = msgspec.Raw(msgspec.json.encode(older))
        view.put_checkpoint("report", Checkpoint(newest.seq, newest.head, data))
        assert view.checkpoint("report").data == data
    assert bank.read.report().flows.coins_unspent == 500
    assert bank.read.report().flows.coins_held == 0
    assert bank.read.verify().findings == ()
