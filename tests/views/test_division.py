"""The division of the dollars kept: by which rule, exact to the cent, and the same in two ways."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import event, example, given, settings
from hypothesis import strategies as st
from msgspec.structs import astuple, replace

from coins_cli.bank import Bank
from coins_cli.errors import CoinsError
from coins_cli.model.economy import Rules
from coins_cli.model.operations.cashout import CashOut
from coins_cli.model.operations.gift import Gift
from coins_cli.model.operations.open_wallet import Open
from coins_cli.model.operations.payout import ReturnPayout, SettlePayout
from coins_cli.model.operations.promote import Promote
from coins_cli.model.operations.recharge import Recharge
from coins_cli.model.operations.request import op_of
from coins_cli.model.operations.reverse import Reverse
from coins_cli.store.memory import MemoryStore
from coins_cli.views.division import (
    DIVIDED,
    PARTS,
    Division,
    divided_entries,
    division,
    usd_cents_asked,
)
from coins_cli.views.flows import Scope, flows
from tests.store.economies import CATALOG, START
from tests.store.stories import BUSY_CATALOG
from tests.views.exact_division import divided_by_requests, divided_without_rounding

CHEAP_CATALOG = replace(
    CATALOG,
    packs={
        **CATALOG.packs,
        "100": replace(CATALOG.packs["100"], usd_cents=33),
        "500": replace(CATALOG.packs["500"], usd_cents=1_999),
    },
    cash_out=replace(CATALOG.cash_out, threshold=3, diamonds_per_coin=Decimal(2)),
)
"""Prices at which coins are cheap in one pack and not in another, and creators get much."""
CATALOGS = (BUSY_CATALOG, CHEAP_CATALOG, replace(BUSY_CATALOG, creator_share=Decimal("0.01")))
catalogs = st.sampled_from(CATALOGS)
some = settings(max_examples=100, deadline=None, derandomize=True)


USERS = ("ann", "bob", "cy")
BEGINNING = [
    *map(Open, USERS),
    *[Recharge(user, "100", 3) for user in USERS],
    *[Gift(*pair, "rainbow-puke") for pair in permutations(USERS, 2)],
]
users, pairs = st.sampled_from(USERS), st.sampled_from(list(permutations(USERS, 2)))
gifts = st.sampled_from(["panda", "rainbow-puke", "rainbow-puke"])
newest = st.integers(0, 3)
"""How many transactions ago the one was that is to be ended."""
acts = st.one_of(
    st.builds(Recharge, users, st.sampled_from(["100", "500"])),
    st.builds(lambda pair, *gift: Gift(*pair, *gift), pairs, gifts, st.sampled_from([1, 1, 4])),
    st.builds(Promote, users, st.just("v"), st.just(1)),
    st.builds(CashOut, users, st.just("p@x.org"), st.none() | st.integers(3, 99), st.booleans()),
    st.builds(ReturnPayout, newest, st.just("no")),
    st.builds(SettlePayout, newest),
    st.builds(Reverse, newest, st.just("oh")),
)


def told(story):
    """A store in which a story has happened, at prices that change meanwhile."""
    store = MemoryStore()
    for step, catalog, seconds in [(None, CHEAP_CATALOG, 0), *story]:
        requests = [step] if step else BEGINNING
        if step and step.ends() is not None:
            with store.reading() as view:
                older = max(view.seq - step.ends(), 1)
            requests = [replace(step, **{step.__struct_fields__[0]: older})]
        try:
            store.commit(requests, Rules(catalog), START + timedelta(seconds=seconds))
        except CoinsError:
            continue
    return store


stories = st.lists(st.tuples(acts, catalogs, st.integers(0, 900)), min_size=8, max_size=40).map(
    told
)
LEFT_OVER = [
    (Recharge("ann", "500"), CHEAP_CATALOG, 0),
    (Gift("ann", "bob", "rainbow-puke"), BUSY_CATALOG, 0),
    (Reverse(1, "taken back"), CHEAP_CATALOG, 0),
    (Recharge("ann", "100"), BUSY_CATALOG, 0),
]
"""A story that chance seldom tells: a purchase is taken back, and other coins had its price."""


@some
@given(stories)
@example(told(LEFT_OVER))
def test_two_ways_of_dividing_agree_and_add_up_to_the_dollars_kept(store):
    with store.reading() as view:
        found, kept = division(view), flows(view).usd_cents_kept
        assert found == divided_by_requests(view)
        assert found.usd_cents_kept == kept == view.totals.get("platform/cash", 0)
        for entry in view.entries():
            about = entry.transaction.about or {}
            event(f"{op_of(entry.transaction.request)} {about.get('op', '')}")
        event(f"something is left of purchases taken back: {found.usd_cents_taken_back != 0}")
        event(f"the margin is a loss: {found.usd_cents_margin < 0}")
    assert min(astuple(replace(found, usd_cents_margin=0, usd_cents_taken_back=0))) >= 0


@some
@given(stories)
def test_whole_cents_are_never_further_from_fractions_than_a_cent_a_move(store):
    with store.reading() as view:
        exact, moves = divided_without_rounding(view)
        pairs = zip(astuple(division(view)), astuple(exact), strict=True)
        assert sum(abs(one - other) for one, other in pairs) <= 2 * moves
        assert exact.usd_cents_kept == division(view).usd_cents_kept


@some
@given(stories)
def test_each_part_is_the_sum_of_the_transactions_it_is_traced_to(store):
    with store.reading() as view:
        for line in DIVIDED:
            traced = [amount for _, amount in divided_entries(view, line)]
            assert 0 not in traced
            assert sum(traced) == getattr(division(view), line)


@some
@given(stories, st.integers(0, 900), st.integers(0, 200))
def test_a_period_is_divided_into_the_changes_between_its_ends(store, begin, length):
    tick = timedelta(microseconds=1)
    with store.reading() as view:
        since = next(view.entries()).transaction.at + timedelta(seconds=begin)
        until = since + timedelta(seconds=length)
        cuts = [Scope(until=since - tick), Scope(since, until), Scope(since=until + tick)]
        parts = [division(view, scope) for scope in cuts]
        for scope, part in zip(cuts, parts, strict=True):
            assert part.usd_cents_kept == flows(view, scope).usd_cents_kept
            for line in PARTS:
                traced = [amount for _, amount in divided_entries(view, line, scope)]
                assert sum(traced) == getattr(part, line)
        sums = [sum(column) for column in zip(*map(astuple, parts), strict=True)]
        assert sums == list(astuple(division(view)))


@some
@given(stories)
def test_what_was_asked_for_is_the_sum_of_pending_payouts(store):
    bank = Bank(store, BUSY_CATALOG)
    pending = [one.usd_cents for one in bank.read.payouts() if one.status == "pending"]
    with store.reading() as view:
        assert usd_cents_asked(view) == sum(pending)
    assert bank.read.report().usd_cents_asked == sum(pending)


@pytest.fixture
def bank():
    """alice has 10,000 coins for $134.99, carol 100 for $1.29."""
    moment = iter(datetime(2026, 1, day, tzinfo=UTC) for day in range(1, 32))
    bank = Bank(MemoryStore(), CATALOG, clock=lambda: next(moment))
    bank.create_wallets("alice", "bob", "carol")
    bank.recharge("alice", 10_000)
    bank.recharge("carol", 100)
    return bank


def divided(bank, scope=None):
    return bank.read.report(scope).division


def test_a_dollar_is_followed_to_its_end(bank):
    assert divided(bank) == Division(usd_cents_unspent=13_499 + 129)
    bank.gift("alice", "bob", "drama queen", quantity=2)
    assert divided(bank) == Division(usd_cents_earned=13_499, usd_cents_unspent=129)
    bank.cash_out("bob", "bob@example.com", coins=9_000)
    # 9,000 of 10,000 coins had cost $121.49.1, so $121.49, and brought $90.00.
    assert divided(bank) == Division(
        usd_cents_margin=12_149 - 9_000, usd_cents_earned=1_350, usd_cents_unspent=129
    )
    bank.recharge("carol", 500)
    bank.promote("carol", "v", days=1)
    # carol's 600 coins cost $7.78: 500 of them carry $6.48.
    found = divided(bank)
    assert (found.usd_cents_promotions, found.usd_cents_unspent) == (648, 130)
    assert found.usd_cents_open == 1_350 + 130
    assert found.usd_cents_kept == bank.read.report().flows.usd_cents_kept


def test_a_purchase_that_is_taken_back_at_once_leaves_nothing_behind(bank):
    before = divided(bank)
    bank.reverse(bank.recharge("carol", 10_000).seq, "by mistake")
    assert divided(bank) == before


def test_what_a_purchase_taken_back_leaves_in_an_empty_wallet_has_a_line_of_its_own(bank):
    seq = bank.recharge("carol", 2_000).seq
    bank.gift("carol", "bob", "rainbow puke")
    # 100 of 2,100 coins for $28.28 carry $1.34; the wallet keeps $26.94 and gives back $26.99.
    bank.reverse(seq, "by mistake")
    assert divided(bank) == Division(
        usd_cents_unspent=13_499, usd_cents_earned=134, usd_cents_taken_back=-5
    )
    assert bank.read.trace("usd_cents_taken_back")[0][1] == -5


def test_wallets_carry_no_less_than_nothing():
    bank = Bank(MemoryStore(), CHEAP_CATALOG)
    bank.create_wallets("alice", "bob")
    dear = bank.recharge("alice", 500).seq
    for _ in range(6):
        bank.recharge("alice", 100)
    bank.gift("alice", "bob", "concert")
    bank.reverse(dear, "too expensive")
    # 1,100 coins carried $21.97, of which 500 took $9.98; $19.99 are more than what is left.
    found = divided(bank)
    assert found == Division(usd_cents_earned=998, usd_cents_taken_back=-800)
    assert found.usd_cents_kept == 6 * 33


def test_creators_may_get_more_than_their_coins_have_cost(bank):
    bank = Bank(MemoryStore(), CHEAP_CATALOG)
    bank.create_wallets("alice", "bob")
    bank.recharge("alice", 100)
    bank.gift("alice", "bob", "rainbow puke")
    bank.cash_out("bob", "bob@example.com")
    assert divided(bank) == Division(usd_cents_margin=33 - 200)


def test_one_user_or_one_live_is_not_divided(bank):
    assert divided(bank, Scope(user="alice")) is None


def test_open_coins_can_bring_what_the_rates_in_force_say(bank):
    # 5,100 coins that are unspent and 5,000 that are earned.
    bank.gift("alice", "bob", "drama queen")
    report = bank.read.report()
    assert report.could_still_bring(CATALOG) == 10_100
    assert report.could_still_bring(replace(CATALOG, creator_share=Decimal("0.5"))) == 7_550
    bank.gift("alice", "bob", "drama queen")
    bank.cash_out("bob", "bob@example.com", pending=True)
    half = replace(CATALOG.cash_out, usd_per_diamond=Decimal("0.005"))
    assert bank.read.report().could_still_bring(replace(CATALOG, cash_out=half)) == 10_000 + 50
