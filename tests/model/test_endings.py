"""What ends an older transaction: payouts that are settled or returned, and reversals."""

import pytest
from msgspec.structs import replace

from coins_cli.errors import (
    AlreadyReversed,
    BelowThreshold,
    CoinsGone,
    InvalidAmount,
    InvalidText,
    MoreThanEarned,
    NotReversible,
    PayoutEnded,
    PayoutTooSmall,
    UnknownPayout,
    UnknownTransaction,
    UnknownUser,
)
from coins_cli.model.endings import does_end, due
from coins_cli.model.requests import (
    CashOut,
    EndLive,
    Gift,
    Open,
    Promote,
    Recharge,
    ReturnPayout,
    Reverse,
    SettlePayout,
    StartLive,
)
from coins_cli.model.transactions import Outcome, Past, Posting
from coins_cli.model.wallets import Wallet
from tests.model.economy import (
    CALCULATORS,
    ENDED_STORY,
    HALF_SHARE,
    MOST,
    NOON,
    STORY,
    after,
    catalog_with,
    decided,
    entries,
    findings,
    journal,
    past_of,
    postings,
    refused,
)

PAYPAL = "bob@example.com"
ALICE = Wallet("alice", coins=1_000)
BOB = Wallet("bob", "Bob B.", coins=3, earned=12_345, live_since=NOON)
ASKED = decided(CashOut("bob", PAYPAL, 10_001, pending=True), BOB)
HOLDING = after(ASKED, "bob")
PAST = Past(7, ASKED)
SETTLE, RETURN, REVERSE = SettlePayout(7), ReturnPayout(7, "a typo"), Reverse(7, "a mistake")
ENDINGS = [SETTLE, RETURN, REVERSE]


def past(request, *wallets, seq=7, by=None, catalog=None):
    """What `request` did, as number `seq`, and the wallets right after it."""
    done = decided(request, *wallets, **({} if catalog is None else {"catalog": catalog}))
    return Past(seq, done, by), done.wallets


# -- held payouts --------------------------------------------------------------------------------


def test_a_pending_payout_holds_what_was_earned_at_the_rates_of_the_day():
    assert ASKED.postings == postings(("bob/earned", "COIN", -10_001), ("bob/held", "COIN", 10_001))
    assert ASKED.outcome == Outcome(coins=10_001, diamonds=10_001, usd_cents=10_001)
    assert replace(BOB, earned=2_344, held=10_001) == HOLDING
    assert ASKED.terms == decided(CashOut("bob", PAYPAL), BOB).terms


@pytest.mark.parametrize(
    ("coins", "wallet", "catalog", "refusal"),
    [
        (None, replace(BOB, earned=9_999, held=9_999), None, BelowThreshold),
        (12_346, BOB, None, MoreThanEarned),
        (1, BOB, CALCULATORS, PayoutTooSmall),
        (1, None, None, UnknownUser),
    ],
)
def test_a_pending_payout_is_refused_as_one_that_is_paid_at_once(coins, wallet, catalog, refusal):
    more = {} if catalog is None else {"catalog": catalog}
    wallets = [] if wallet is None else [wallet]
    errors = [
        refused(CashOut("bob", PAYPAL, coins, is_pending), *wallets, **more)
        for is_pending in (True, False)
    ]
    assert [type(error) for error in errors] == [refusal, refusal]
    assert errors[0].message == errors[1].message


def test_what_is_held_counts_neither_as_earned_nor_as_coins():
    held = Wallet("bob", held=50_000)
    assert refused(CashOut("bob", PAYPAL), held).code == "below_threshold"
    assert refused(Promote("bob", "v", 1), held).code == "not_enough_coins"


def test_a_settled_payout_goes_to_paypal_as_it_was_asked_for():
    settled = decided(SETTLE, HOLDING, past=PAST, catalog=CALCULATORS)
    assert settled.postings == postings(
        ("bob/held", "COIN", -10_001),
        ("platform/cashed-out", "COIN", 10_001),
        ("platform/diamonds", "DIAMOND", -10_001),
        ("bob/diamonds", "DIAMOND", 10_001),
        ("bob/diamonds", "DIAMOND", -10_001),
        ("platform/diamonds", "DIAMOND", 10_001),
        ("platform/cash", "USD", -10_001),
        (f"world/paypal/{PAYPAL}", "USD", 10_001),
    )
    assert settled.outcome == ASKED.outcome
    assert settled.terms == {"user": "bob", "paypal": PAYPAL}
    assert settled.wallets == (replace(BOB, earned=2_344),)
    assert settled.at == NOON


def test_a_returned_payout_is_earned_again():
    given_back = decided(RETURN, HOLDING, past=PAST)
    assert given_back.postings == postings(
        ("bob/earned", "COIN", 10_001), ("bob/held", "COIN", -10_001)
    )
    assert given_back.outcome == ASKED.outcome
    assert given_back.terms == {"user": "bob", "paypal": PAYPAL}
    assert given_back.wallets == (BOB,)


def test_each_payout_takes_its_own_coins_from_what_is_held():
    more = replace(HOLDING, held=HOLDING.held + 5)
    assert decided(SETTLE, more, past=PAST).wallets[0].held == 5
    assert decided(RETURN, more, past=PAST).wallets[0].held == 5


@pytest.mark.parametrize("request_", [SETTLE, RETURN])
def test_a_number_that_is_no_pending_payout_is_not_found(request_):
    others = [
        None,
        past(CashOut("bob", PAYPAL), BOB)[0],
        past(Open("carol"))[0],
        Past(7, decided(RETURN, HOLDING, past=PAST)),
        past(Recharge("bob", "100"), BOB, by=9)[0],
    ]
    for other in others:
        error = refused(request_, HOLDING, past=other)
        assert isinstance(error, UnknownPayout)
        assert (error.code, error.payout) == ("unknown_payout", 7)
        assert error.message == "there is no payout 7"
        assert error.hint == "coins payout list shows them all"


@pytest.mark.parametrize("request_", [SETTLE, RETURN])
def test_a_payout_is_ended_once(request_):
    error = refused(request_, HOLDING, past=replace(PAST, ended_by=1_234))
    assert isinstance(error, PayoutEnded)
    assert error.fields == {"payout": 7, "by": 1_234}
    assert error.code == "payout_ended"
    assert error.message == "payout 7 was ended already, by transaction 1,234"
    assert error.hint == "coins payout show 7 shows how"


def test_a_balance_beyond_what_is_kept_exactly_is_refused_for_returns_too():
    full = replace(HOLDING, earned=MOST)
    assert refused(RETURN, full, past=PAST).code == "too_large"


# -- reversals -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("request_", "wallets", "terms"),
    [
        (
            Recharge("alice", "500", 2),
            [ALICE],
            {"op": "recharge", "user": "alice", "pack": "500", "quantity": 2},
        ),
        (
            Gift("alice", "bob", "Love Bang", 3, message="hi"),
            [ALICE, BOB],
            {
                "op": "gift",
                "from": "alice",
                "to": "bob",
                "gift": "love-bang",
                "gift_name": "Love bang",
                "quantity": 3,
            },
        ),
        (
            Gift("alice", "bob", "panda", video="v1"),
            [ALICE, BOB],
            {
                "op": "gift",
                "from": "alice",
                "to": "bob",
                "gift": "panda",
                "gift_name": "Panda",
                "quantity": 1,
                "video": "v1",
            },
        ),
        (
            Promote("alice", "v9", 1, usd_cents=600),
            [ALICE],
            {"op": "promote", "user": "alice", "video": "v9"},
        ),
        (
            CashOut("bob", PAYPAL),
            [BOB],
            {"op": "cashout", "user": "bob", "paypal": PAYPAL},
        ),
    ],
)
def test_a_reversal_puts_back_all_that_was_moved_and_says_what_that_was(request_, wallets, terms):
    before, left = past(request_, *wallets, catalog=HALF_SHARE)
    undone = decided(REVERSE, *left, past=before)
    assert undone.postings == tuple(
        Posting(one.account, one.asset, -one.amount) for one in before.transaction.postings
    )
    assert undone.outcome == before.transaction.outcome
    assert undone.wallets == tuple(wallets)
    assert undone.terms == terms
    assert does_end(undone, before.transaction)


def test_a_reversal_leaves_what_came_later():
    before, (alice, bob) = past(Gift("alice", "bob", "panda"), ALICE, BOB)
    bob = replace(bob, live_since=None, held=9, coins=0)
    undone = decided(REVERSE, alice, bob, past=before)
    assert undone.wallets == (ALICE, replace(bob, earned=BOB.earned))


def test_a_number_that_no_transaction_has_is_not_found():
    error = refused(Reverse(1_234, "x"))
    assert isinstance(error, UnknownTransaction)
    assert (error.code, error.fields) == ("unknown_transaction", {"seq": 1_234})
    assert error.message == "there is no transaction 1,234"
    assert "coins history USER" in error.hint


@pytest.mark.parametrize(
    ("before", "wallets", "why", "hint"),
    [
        (past(Open("carol"))[0], (), "it opened a wallet", "only what moved coins can be undone"),
        (
            past(StartLive("bob"), replace(BOB, live_since=None))[0],
            (BOB,),
            "it started a live",
            "coins live end CREATOR ends it",
        ),
        (
            past(EndLive("bob"), BOB)[0],
            (BOB,),
            "it ended a live",
            "coins live start CREATOR starts another",
        ),
        (
            Past(7, decided(SETTLE, HOLDING, past=PAST)),
            (BOB,),
            "it paid a payout",
            "money that was paid out is out of reach",
        ),
        (
            Past(7, decided(RETURN, HOLDING, past=PAST)),
            (BOB,),
            "it returned a payout",
            "ask for the payout again: coins cashout",
        ),
        (
            Past(7, decided(REVERSE, ALICE, past=past(Recharge("alice", "100"), ALICE)[0])),
            (ALICE,),
            "it is a reversal itself",
            "do again what it undid",
        ),
        (
            PAST,
            (HOLDING,),
            "it is a payout that was not paid at once",
            "give it back: coins payout return 7 --reason TEXT",
        ),
    ],
)
def test_what_cannot_be_reversed_says_why_and_what_to_do_instead(before, wallets, why, hint):
    for one in (before, replace(before, ended_by=9)):
        error = refused(REVERSE, *wallets, past=one)
        assert isinstance(error, NotReversible)
        assert (error.code, error.fields) == ("not_reversible", {"seq": 7, "why": why})
        assert error.message == f"transaction 7 cannot be reversed: {why}"
        assert error.hint == hint


def test_a_transaction_is_reversed_once_even_where_its_coins_are_gone():
    before, _ = past(Recharge("alice", "100"), Wallet("alice"), by=1_000)
    error = refused(REVERSE, Wallet("alice"), past=before)
    assert isinstance(error, AlreadyReversed)
    assert (error.code, error.fields) == ("already_reversed", {"seq": 7, "by": 1_000})
    assert error.message == "transaction 7 was reversed already, by transaction 1,000"


@pytest.mark.parametrize(
    ("request_", "wallets", "left", "fields"),
    [
        (
            Recharge("alice", "500"),
            [Wallet("alice", earned=900)],
            [Wallet("alice", coins=499, earned=900)],
            {"user": "alice", "kind": "coins", "need": 500, "have": 499},
        ),
        (
            Gift("alice", "bob", "panda"),
            [ALICE, Wallet("bob")],
            [ALICE, Wallet("bob", coins=70, earned=4, held=1)],
            {"user": "bob", "kind": "earned coins", "need": 5, "have": 4},
        ),
    ],
)
def test_coins_that_are_gone_are_not_made_up_for(request_, wallets, left, fields):
    before, _ = past(request_, *wallets)
    error = refused(REVERSE, *left, past=before)
    assert isinstance(error, CoinsGone)
    assert (error.code, error.fields) == ("coins_gone", {"seq": 7, **fields})
    assert error.message == (
        f"transaction 7 cannot be reversed: {fields['user']} has {fields['have']:,}"
        f" {fields['kind']} left of the {fields['need']:,} that it brought"
    )
    assert error.hint == f"coins history {fields['user']} shows where they went; reverse that first"


def test_the_last_coin_is_enough():
    before, _ = past(Recharge("alice", "500"), Wallet("alice"))
    assert decided(REVERSE, Wallet("alice", coins=500), past=before).wallets == (Wallet("alice"),)


# -- what an ending is ---------------------------------------------------------------------------


@pytest.mark.parametrize("number", [0, -1, 2**53])
@pytest.mark.parametrize(
    "build", [SettlePayout, lambda n: ReturnPayout(n, "x"), lambda n: Reverse(n, "x")]
)
def test_a_number_that_no_transaction_can_have_is_refused_when_it_is_asked_for(build, number):
    with pytest.raises(InvalidAmount):
        build(number)


@pytest.mark.parametrize("reason", ["", " ", "x" * 201])
@pytest.mark.parametrize("build", [ReturnPayout, Reverse])
def test_a_reason_is_given_and_is_short(build, reason):
    assert build(1, "x" * 200).ends() == 1
    with pytest.raises(InvalidText):
        build(1, reason)


def test_only_what_the_rules_would_do_ends_a_transaction():
    for request, wallets, before in [
        (SETTLE, (HOLDING,), ASKED),
        (RETURN, (HOLDING,), ASKED),
        (REVERSE, *reversed(past(Gift("alice", "bob", "panda"), ALICE, BOB))),
    ]:
        undone = before.transaction if isinstance(before, Past) else before
        ending = decided(request, *wallets, past=Past(7, undone))
        assert does_end(ending, undone)
        assert not does_end(ending, None)
        first, *rest = ending.postings
        more = Posting(first.account, first.asset, first.amount - 1)
        less = Posting(rest[0].account, rest[0].asset, rest[0].amount + 1)
        for changes in (
            {"postings": ()},
            {"postings": (more, less, *rest[1:])},
            {"outcome": replace(ending.outcome, coins=1)},
            {"terms": {**ending.terms, "user": "carol"}},
            {"terms": {}},
            {"wallets": ()},
            {"wallets": (*ending.wallets, Wallet("carol"))},
        ):
            assert not does_end(replace(ending, **changes), undone)


def test_what_moves_nothing_is_ended_by_nothing():
    moved_nothing = [
        one
        for one in journal(ENDED_STORY)
        if not isinstance(one.request, Recharge | Gift | Promote | CashOut)
    ]
    assert len(moved_nothing) == 8
    for one in moved_nothing:
        assert [due(ending, one) for ending in ENDINGS] == [(), (), ()]
    opened = decided(Open("carol"))
    assert not does_end(replace(opened, request=REVERSE), opened)


def test_a_payout_that_was_paid_at_once_can_only_be_reversed():
    paid = decided(CashOut("bob", PAYPAL), BOB)
    assert [due(ending, paid) != () for ending in ENDINGS] == [False, False, True]
    assert [due(ending, ASKED) != () for ending in ENDINGS] == [True, True, False]
    assert due(Recharge("bob", "100"), ASKED) == ()


def test_a_replay_knows_what_is_held():
    true = journal(ENDED_STORY)
    for at, one in enumerate(true):
        if one.request.ends() or getattr(one.request, "pending", False):
            wrong = tuple(replace(wallet, held=wallet.held + 1) for wallet in one.wallets)
            forged = [*true[:at], replace(one, wallets=wrong), *true[at + 1 :]]
            assert findings(forged) != []
            assert findings(forged, at) != []


def test_what_ended_a_transaction_first_is_what_it_is_told():
    true = journal(ENDED_STORY)
    assert past_of(Reverse(10, "x"), true).ended_by == 15
    assert past_of(Reverse(4, "x"), true).ended_by is None
    assert past_of(Reverse(99, "x"), true) is None
    assert len(entries(true)) == len(STORY) + 6


def test_a_share_that_is_rounded_is_reversed_as_it_was():
    third = catalog_with(("gifting", "creator_share", "0.333"))
    before, left = past(Gift("alice", "bob", "panda", 7), ALICE, BOB, catalog=third)
    assert left[1].earned == BOB.earned + 11
    assert decided(REVERSE, *left, past=before).wallets == (ALICE, BOB)
