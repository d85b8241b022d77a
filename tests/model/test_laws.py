"""What holds after any requests in any order: balance, conservation, no debts, a true replay."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from coins_cli.errors import CoinsError
from coins_cli.model.requests import (
    CashOut,
    EndLive,
    Gift,
    Open,
    Promote,
    Recharge,
    StartLive,
)
from coins_cli.model.rules import decide
from coins_cli.model.transactions import asset_of
from coins_cli.model.wallets import Wallet
from tests.model.economy import (
    CATALOG,
    NOON,
    STORY,
    catalog_with,
    findings,
    journal,
    replayed,
    some_examples,
)

SHARED = catalog_with(
    ("gifting", "creator_share", "0.7"),
    ("cash_out", "threshold", "20"),
    ("cash_out", "diamonds_per_coin", "0.5"),
    ("cash_out", "usd_per_diamond", "0.013"),
)
"""Odd shares, odd rates, and a threshold that a few gifts reach."""

HELD = ("coins", "earned")
START = (
    *(Open(user) for user in ("alice", "bob", "carol")),
    *(Recharge(user, "10000") for user in ("alice", "bob", "carol", "alice")),
    Gift("alice", "bob", "drama-queen", 3),
    StartLive("bob"),
)

users = st.sampled_from(["alice", "bob", "carol", "dave"])
quantities = st.integers(1, 3)
gifts = st.builds(
    Gift,
    users,
    users,
    st.sampled_from(["panda", "love-bang", "im-very-rich", "rose"]),
    quantities,
    st.sampled_from([None, "live", "comments"]),
)
recharges = st.builds(Recharge, users, st.sampled_from(["100", "500", "10000", "300"]), quantities)
promotions = st.builds(
    Promote, users, st.just("v"), quantities, st.sampled_from([None, 499, 500, 1_500])
)
payouts = st.builds(
    CashOut,
    st.sampled_from(["bob", "bob", "carol", "dave"]),
    st.just("x@y.zz"),
    st.sampled_from([None, 1, 150, 4_001]),
)
handles = st.builds(Open, users)
starts = st.builds(StartLive, users)
ends = st.builds(EndLive, users)
by_kind = st.sampled_from(
    [gifts, gifts, gifts, recharges, promotions, payouts, payouts, handles, starts, ends]
)
one_request = by_kind.flatmap(lambda kind: kind)
requests = st.lists(one_request, min_size=5, max_size=25).map(lambda later: [*START, *later])
catalogs = st.sampled_from([CATALOG, SHARED])
histories = st.builds(journal, requests, catalogs)
cuts = st.sets(st.integers(1, 30))


def balances(transactions):
    """All accounts, by account and asset, from postings alone."""
    total = Counter()
    for transaction in transactions:
        for posting in transaction.postings:
            total[posting.account, posting.asset] += posting.amount
    return total


def wallets_after(transactions):
    """The newest after-image of each user."""
    return {wallet.user: wallet for each in transactions for wallet in each.wallets}


def attempt(request, catalog, wallets):
    """The transaction, or the refusal."""
    try:
        return decide(request, catalog, wallets, NOON)
    except CoinsError as refusal:
        return refusal


@some_examples
@given(histories)
def test_each_transaction_sums_to_zero_for_each_asset_in_accounts_that_hold_it(transactions):
    for transaction in transactions:
        sums = Counter()
        for posting in transaction.postings:
            sums[posting.asset] += posting.amount
        assert not any(sums.values())
        assert all(each.asset == asset_of(each.account) for each in transaction.postings)


@some_examples
@given(histories)
def test_coins_issued_are_all_in_wallets_earned_spent_or_cashed_out(transactions):
    for end in range(len(transactions) + 1):
        total = balances(transactions[:end])
        wallets = wallets_after(transactions[:end]).values()
        assert -total["platform/issued", "COIN"] == (
            sum(wallet.coins for wallet in wallets)
            + sum(wallet.earned for wallet in wallets)
            + total["platform/promotions", "COIN"]
            + total["platform/gifts", "COIN"]
            + total["platform/cashed-out", "COIN"]
        )


@some_examples
@given(histories)
def test_wallets_are_what_was_posted_to_them(transactions):
    total = balances(transactions)
    for user, wallet in wallets_after(transactions).items():
        assert wallet.coins == total[f"{user}/coins", "COIN"]
        assert wallet.earned == total[f"{user}/earned", "COIN"]


@some_examples
@given(histories)
def test_no_user_ever_owes_and_no_diamond_stays(transactions):
    for end in range(len(transactions) + 1):
        for (account, asset), amount in balances(transactions[:end]).items():
            owner, _, kind = account.partition("/")
            if owner != "world" and kind in HELD:
                assert amount >= 0
            if asset == "DIAMOND":
                assert amount == 0


@some_examples
@given(histories)
def test_coins_come_into_being_in_recharges_alone(transactions):
    for transaction in transactions:
        issued = balances([transaction])["platform/issued", "COIN"]
        if isinstance(transaction.request, Recharge):
            assert issued == -transaction.outcome.coins < 0
        else:
            assert issued == 0


@some_examples
@given(histories)
def test_dollars_in_are_those_paid_out_and_those_kept(transactions):
    total = balances(transactions)
    paid_in = -sum(amount for (account, _), amount in total.items() if "world/card/" in account)
    paid_out = sum(amount for (account, _), amount in total.items() if "world/paypal/" in account)
    assert total["platform/cash", "USD"] == paid_in - paid_out
    assert paid_in == sum(
        transaction.outcome.usd_cents
        for transaction in transactions
        if isinstance(transaction.request, Recharge)
    )
    assert paid_out == sum(
        transaction.outcome.usd_cents
        for transaction in transactions
        if isinstance(transaction.request, CashOut)
    )


@some_examples
@given(histories)
def test_no_amount_is_posted_that_is_nothing(transactions):
    assert all(posting.amount for each in transactions for posting in each.postings)


@some_examples
@given(histories)
def test_a_transaction_shows_the_wallets_of_its_request_in_its_order(transactions):
    for transaction in transactions:
        shown = tuple(wallet.user for wallet in transaction.wallets)
        assert shown == transaction.request.users()


@some_examples
@given(requests, catalogs)
def test_a_refused_request_changes_nothing(asked, catalog):
    transactions = journal(asked, catalog)
    granted = [transaction.request for transaction in transactions]
    assert journal(granted, catalog) == transactions


@some_examples
@given(requests, catalogs, one_request)
def test_a_request_is_decided_by_what_it_was_given_and_leaves_that_alone(asked, catalog, request):
    wallets = dict.fromkeys(request.users()) | wallets_after(journal(asked, catalog))
    before = dict(wallets)
    first, second = (attempt(request, catalog, wallets) for _ in range(2))
    assert wallets == before
    if isinstance(first, CoinsError):
        assert (first.code, first.message, first.fields) == (
            second.code,
            second.message,
            second.fields,
        )
    else:
        assert first == second


@some_examples
@given(requests, catalogs, one_request)
def test_every_refusal_has_a_code_a_line_and_a_hint(asked, catalog, request):
    wallets = dict.fromkeys(request.users()) | wallets_after(journal(asked, catalog))
    outcome = attempt(request, catalog, wallets)
    if isinstance(outcome, CoinsError):
        assert outcome.code.isidentifier()
        assert outcome.message.isprintable()
        assert outcome.hint
        assert outcome.fields


@some_examples
@given(histories, cuts)
def test_a_replay_finds_nothing_wrong_whole_or_in_parts_and_arrives_at_the_same(transactions, at):
    replay, found = replayed(transactions, *at)
    assert found == list(replay.finish()) == []
    assert replay.wallets == wallets_after(transactions)
    totals = balances(transactions)
    assert replay.coins_issued == -totals["platform/issued", "COIN"]
    assert replay.totals == {
        account: amount
        for (account, _), amount in totals.items()
        if account.startswith("platform/")
    }


@some_examples
@given(histories, st.data())
def test_a_replay_finds_any_changed_balance(transactions, data):
    at = data.draw(st.integers(0, len(transactions) - 1))
    wallets = list(transactions[at].wallets)
    place = data.draw(st.integers(0, len(wallets) - 1))
    field = data.draw(st.sampled_from(HELD))
    amount = data.draw(st.integers(0, 20_000).filter(lambda n: n != getattr(wallets[place], field)))
    wallets[place] = replace(wallets[place], **{field: amount})
    transactions[at] = replace(transactions[at], wallets=tuple(wallets))
    assert findings(transactions) != []
    assert findings(transactions, *data.draw(cuts)) != []


@some_examples
@given(histories, st.data())
def test_a_replay_finds_any_coins_moved_between_postings(transactions, data):
    moves = [
        at for at, each in enumerate(transactions) if isinstance(each.request, Recharge | Gift)
    ]
    at = data.draw(st.sampled_from(moves))
    moved = list(transactions[at].postings)
    coins = [place for place, posting in enumerate(moved) if posting.asset == "COIN"]
    giving, taking = data.draw(st.permutations(coins))[:2]
    amount = data.draw(st.integers(1, 1_000))
    moved[giving] = replace(moved[giving], amount=moved[giving].amount - amount)
    moved[taking] = replace(moved[taking], amount=moved[taking].amount + amount)
    transactions[at] = replace(transactions[at], postings=tuple(moved))
    assert findings(transactions) != []
    assert findings(transactions, *data.draw(cuts)) != []


@some_examples
@given(histories, st.data())
def test_a_replay_finds_any_second_opening(transactions, data):
    at = data.draw(st.integers(len(START), len(transactions)))
    user = data.draw(st.sampled_from(sorted(wallets_after(transactions[:at]))))
    again = replace(transactions[0], request=Open(user), wallets=(Wallet(user),))
    transactions.insert(at, again)
    assert findings(transactions) != []
    assert findings(transactions, *data.draw(cuts)) != []


def test_the_story_keeps_the_laws_too():
    transactions = journal(STORY)
    assert findings(transactions) == []
    assert balances(transactions)["platform/cash", "USD"] == 13_499 + 6_699 - 10_000
