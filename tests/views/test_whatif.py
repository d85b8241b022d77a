"""History played again under other prices: the laws that keep it honest, and its ways to differ."""

from datetime import timedelta

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from coins_cli.errors import CoinsError
from coins_cli.model.catalog import Pack
from coins_cli.model.catalog_editing import with_settings
from coins_cli.model.economy import Rules
from coins_cli.model.operations.cashout import CashOut
from coins_cli.model.operations.gift import Gift
from coins_cli.model.operations.live import StartLive
from coins_cli.model.operations.open_wallet import Open
from coins_cli.model.operations.payout import ReturnPayout, SettlePayout
from coins_cli.model.operations.promote import Promote
from coins_cli.model.operations.recharge import Recharge
from coins_cli.model.operations.reverse import Reverse
from coins_cli.queries import Queries
from coins_cli.store.memory import MemoryStore
from coins_cli.views.flows import EVERYTHING, Scope
from coins_cli.views.money_report import report
from coins_cli.views.whatif import KEEPS, WhatIf, packs_for
from tests.model.economy import catalog_with
from tests.store.economies import CATALOG, START, new_folder, store_at
from tests.store.journals import contents
from tests.views.test_division import CATALOGS, CHEAP_CATALOG, stories

HARD_CATALOG = replace(
    CHEAP_CATALOG,
    packs={"100": CHEAP_CATALOG.packs["100"]},
    gifts={
        **CATALOG.gifts,
        "rainbow-puke": replace(CATALOG.gifts["rainbow-puke"], coins=149),
    },
)
"""Prices under which much cannot be done that can be done under the others."""
OTHERS = st.sampled_from([*CATALOGS, HARD_CATALOG, HARD_CATALOG])
SECOND = timedelta(seconds=1)
some = settings(max_examples=80, deadline=None, derandomize=True)
keeps = st.sampled_from(KEEPS)
scopes = st.sampled_from(
    [
        EVERYTHING,
        Scope(user="ann"),
        Scope(since=START + 100 * SECOND),
        Scope(until=START + 300 * SECOND),
        Scope(since=START + 100 * SECOND, until=START + 300 * SECOND, user="bob"),
    ]
)


def played(store, prices, keep="packs", scope=EVERYTHING) -> WhatIf:
    return Queries(store, CATALOG).whatif({"other": prices}, keep=keep, scope=scope)


def as_it_was(in_force):
    return in_force


def always(catalog):
    return lambda _: catalog


# -- laws ------------------------------------------------------------------------------------------


@some
@given(stories, keeps, scopes)
def test_under_the_prices_of_each_moment_it_says_exactly_what_happened(store, keep, scope):
    result = played(store, as_it_was, keep, scope)
    (other,) = result.others
    with store.reading() as view:
        assert result.recorded.report == other.report == report(view, scope)
        for entry in view.entries():
            event(type(entry.transaction.request).__name__)
    assert other.reached == result.recorded.reached
    assert (other.missed, other.missed_count, other.usd_cents_carried) == ([], 0, 0)


def played_through(store, other, catalog):
    """The history, sent request by request to another store under one catalog."""
    numbers, missed = {}, []
    with store.reading() as view:
        recorded = [entry.transaction for entry in view.entries()]
    for one in recorded:
        request, older = one.request, one.request.ends()
        if older is not None and older not in numbers:
            missed.append(one.seq)
            continue
        if older is not None:
            request = replace(request, **{request.__struct_fields__[0]: numbers[older]})
        try:
            (receipt,) = other.commit([request], Rules(catalog), one.at)
        except CoinsError:
            missed.append(one.seq)
        else:
            numbers[one.seq] = receipt.seq
    return missed


@settings(some, max_examples=30)
@given(stories, OTHERS)
def test_a_fresh_store_with_the_other_catalog_comes_to_the_same_sums(store, catalog):
    (other,) = played(store, always(catalog)).others
    with new_folder() as folder:
        fresh = store_at(folder)
        missed = played_through(store, fresh, catalog)
        with fresh.reading() as view:
            assert other.report == report(view)
    assert [one.recorded.seq for one in other.missed] == missed
    event(f"missed: {bool(missed)}")


@some
@given(stories, OTHERS)
def test_with_the_same_dollars_what_is_not_spent_is_carried_to_the_cent(store, catalog):
    result = played(store, always(catalog), "dollars")
    (other,) = result.others
    paid_before = result.recorded.report.flows.usd_cents_in
    paid = other.report.flows.usd_cents_in
    undone = [one for one in other.missed if one.code != "buys_nothing"]
    event(f"carried: {other.usd_cents_carried != 0}, missed: {bool(undone)}")
    if not undone:
        assert paid + other.usd_cents_carried == paid_before


# -- what cannot be done ---------------------------------------------------------------------------

DEARER_GIFTS = catalog_with(("gifts.drama-queen", "coins", "9000"))
OTHER_PACKS = replace(CATALOG, packs={"300": Pack("300", 300, 100)}, coins_at_a_time_max=50_000)
FEWER_GIFTS = replace(CATALOG, gifts={"panda": CATALOG.gifts["panda"]})
PEOPLE = (*map(Open, ("ann", "bob", "cy")), Recharge("ann", "10000"))


def after(*requests):
    """A store in which these requests were done, a second apart, after ann has bought coins."""
    store = MemoryStore()
    for second, request in enumerate([*PEOPLE, *requests]):
        store.commit([request], Rules(CATALOG), START + second * SECOND)
    return store


def missed(side):
    return [(one.recorded.seq, one.user, one.code) for one in side.missed]


def test_a_gift_that_is_too_dear_is_listed_and_later_steps_go_on():
    store = after(
        Gift("ann", "bob", "drama-queen"),
        Gift("ann", "bob", "drama-queen"),
        CashOut("bob", "b@x.org"),
        Recharge("ann", "100"),
    )
    (other,) = played(store, always(DEARER_GIFTS)).others
    assert missed(other) == [(6, "ann", "not_enough_coins"), (7, "bob", "below_threshold")]
    assert "ann has 1,000 coins" in other.missed[0].why
    assert other.report.flows.usd_cents_in == 134_99 + 1_29
    assert dict(other.missed_by_user) == {"ann": 1, "bob": 1}


def test_what_the_other_catalog_does_not_have_is_listed():
    store = after(Gift("ann", "bob", "panda"), Gift("ann", "bob", "concert"))
    (other,) = played(store, always(FEWER_GIFTS)).others
    assert missed(other) == [(6, "ann", "unknown_gift")]
    (other,) = played(store, always(OTHER_PACKS)).others
    assert [code for _, _, code in missed(other)] == [
        "unknown_pack",
        "not_enough_coins",
        "not_enough_coins",
    ]


def test_the_end_of_what_did_not_happen_is_listed_too():
    store = after(
        Gift("ann", "bob", "drama-queen", 2),
        CashOut("bob", "b@x.org", pending=True),
        ReturnPayout(6, "no"),
        Reverse(5, "oops"),
    )
    (other,) = played(store, always(DEARER_GIFTS)).others
    assert missed(other) == [
        (5, "ann", "not_enough_coins"),
        (6, "bob", "below_threshold"),
        (7, "bob", "did_not_happen"),
        (8, "ann", "did_not_happen"),
    ]
    assert other.missed[2].why == "transaction 6 did not happen"


def test_ends_follow_the_numbers_that_older_transactions_get():
    store = after(
        Promote("ann", "v", 1),
        Gift("ann", "bob", "drama-queen"),
        Recharge("ann", "10000"),
        Gift("ann", "bob", "drama-queen"),
        CashOut("bob", "b@x.org", pending=True),
        SettlePayout(9),
        Gift("ann", "cy", "panda"),
        Reverse(11, "oops"),
    )
    dearer = catalog_with(("promotion", "coins_min", "20000"), ("promotion", "usd_min", "200.00"))
    (other,) = played(store, always(dearer)).others
    assert missed(other) == [(5, "ann", "not_enough_coins")]
    assert other.report.flows.usd_cents_out == 100_00
    assert [one.user for one in other.report.creators] == ["bob"]


def test_a_cash_out_without_an_amount_takes_all_and_one_with_an_amount_takes_that():
    gifts = [Gift("ann", "bob", "drama-queen", 2)]
    generous = catalog_with(("cash_out", "usd_per_diamond", "0.02"))
    for asked, got in ((None, 200_00), (4_000, 80_00)):
        store = after(*gifts, CashOut("bob", "b@x.org", asked))
        (other,) = played(store, always(generous)).others
        assert other.report.flows.usd_cents_out == got


def test_the_threshold_is_reached_at_another_time_or_never():
    store = after(*[Gift("ann", "bob", "concert")] * 20)
    low = catalog_with(("cash_out", "threshold", "500"))
    high = catalog_with(("cash_out", "threshold", "10001"))
    result = Queries(store, CATALOG).whatif({"low": always(low), "high": always(high)})
    reached = [side.reached.get("bob") for side in (result.recorded, *result.others)]
    assert [one and one.seq for one in reached] == [24, 5, None]
    assert reached[1].at == START + 4 * SECOND


def test_settings_hold_on_top_of_the_prices_of_each_moment():
    store = after(Gift("ann", "bob", "drama-queen"))
    cheap = Rules(CHEAP_CATALOG)
    store.commit([Recharge("ann", "100"), Gift("ann", "bob", "drama-queen")], cheap, START)
    half = ["gifting.creator_share=0.5"]
    (other,) = played(store, lambda prices: with_settings(prices, half)).others
    flows = other.report.flows
    assert (flows.usd_cents_in, flows.coins_platform_share) == (134_99 + 33, 5_000)


def test_a_live_is_found_under_the_number_that_it_gets():
    store = after(Gift("ann", "bob", "concert"), StartLive("bob"), Gift("ann", "bob", "panda", 2))
    scope = Scope(live=6)
    (other,) = played(store, always(FEWER_GIFTS), scope=scope).others
    assert (other.report.scope, other.report.flows.coins_given) == (scope, 10)
    assert other.missed == []  # The concert was no gift on the live.


@pytest.mark.parametrize(
    ("scope", "seqs"),
    [
        (Scope(user="cy"), []),
        (Scope(user="bob"), [5]),
        (Scope(since=START + 5 * SECOND), [6]),
        (Scope(until=START + 4 * SECOND), [5]),
    ],
)
def test_only_steps_in_the_scope_are_listed(scope, seqs):
    store = after(Gift("ann", "bob", "concert"), Promote("ann", "v", 1))
    nothing_works = replace(
        FEWER_GIFTS, promotion=replace(CATALOG.promotion, min_coins_per_day=20_000)
    )
    (other,) = played(store, always(nothing_works), scope=scope).others
    assert [one.recorded.seq for one in other.missed] == seqs


# -- the same dollars ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pack", "usd_cents", "bought"),
    [
        ("500", 6_49, [("500", 1)]),
        ("500", 13_00, [("500", 2)]),
        ("500", 15_00, [("500", 2), ("100", 1)]),
        ("gone", 6_49, [("100", 5)]),
        ("500", 1_28, []),
        ("500", 0, []),
        ("500", -5, []),
        ("10000", 269_98, [("10000", 1), ("10000", 1)]),
    ],
)
def test_dollars_buy_the_same_pack_first_and_then_what_gives_most(pack, usd_cents, bought):
    assert packs_for(CATALOG, pack, usd_cents) == bought


def test_dollars_that_buy_no_pack_wait_for_the_next_purchase():
    store = after(Recharge("bob", "100"), Recharge("bob", "100"))
    dear = replace(CATALOG, packs={"200": Pack("200", 200, 2_50)})
    (other,) = played(store, always(dear), "dollars").others
    assert missed(other) == [(5, "bob", "buys_nothing")]
    assert other.missed[0].why == "$1.29 buys no pack"
    (bob,) = [one for one in other.report.users if one.user == "bob"]
    assert (bob.coins_bought, bob.usd_cents_in) == (200, 2_50)
    assert other.usd_cents_carried == 2 * 1_29 - 2_50 + 134_99 % 2_50


def test_a_purchase_that_became_several_is_taken_back_as_a_whole_or_not_at_all():
    store = after(Recharge("bob", "10000"), Reverse(5, "oops"))
    (other,) = played(store, always(OTHER_PACKS), "dollars").others
    assert other.missed == []
    assert other.report.flows.usd_cents_in == 134_00
    assert other.usd_cents_carried == 99
    spent = after(Recharge("bob", "10000"), Gift("bob", "cy", "panda"), Reverse(6, "x"))
    store = after(Recharge("bob", "500"), Gift("ann", "bob", "panda"), Reverse(5, "oops"))
    assert played(spent, as_it_was, "dollars").others[0].missed == []
    (other,) = played(store, always(OTHER_PACKS), "dollars").others
    assert other.missed == []


def test_nothing_is_written():
    with new_folder() as folder:
        store = store_at(folder)
        for request in [*PEOPLE, *[Gift("ann", "bob", "panda")] * 1_100]:
            store.commit([request], Rules(CATALOG), START)
        before = contents(folder)
        played(store, always(DEARER_GIFTS))
        assert contents(folder) == before


def test_of_a_purchase_that_became_several_none_is_taken_back_if_one_cannot_be():
    store = after(
        Recharge("bob", "100"),
        Recharge("bob", "500", 2),
        Gift("bob", "cy", "panda"),
        Reverse(6, "oops"),
        Gift("bob", "cy", "panda", 7),
    )
    other_prices = replace(
        CATALOG,
        packs={
            "100": replace(CATALOG.packs["100"], usd_cents=98),
            "500": replace(CATALOG.packs["500"], usd_cents=6_00),
        },
        gifts={"panda": replace(CATALOG.gifts["panda"], coins=150)},
    )
    # Bob has 100 + 1,000 + 100 coins, of which 1,050 are left: enough for the first part alone.
    (other,) = played(store, always(other_prices), "dollars", Scope(user="bob")).others
    assert missed(other) == [(8, "bob", "coins_gone")]
    assert other.report.flows.coins_unspent == 0  # The last gift cost all of them.


def test_what_dollars_buy_is_found_again_when_prices_change():
    store = after(Recharge("bob", "100"))
    later = replace(CATALOG, coins_at_a_time_max=20_000)
    store.commit([Recharge("bob", "100")], Rules(later), START + 60 * SECOND)

    def double_later(in_force):
        is_later = in_force.coins_at_a_time_max == 20_000
        pack = Pack("200", 200, 1_29) if is_later else CATALOG.packs["100"]
        return replace(in_force, packs={pack.id: pack})

    (other,) = played(store, double_later, "dollars", Scope(user="bob")).others
    assert other.report.flows.coins_issued == 100 + 200
