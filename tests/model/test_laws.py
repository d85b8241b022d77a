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
    ReturnPayout,
    Reverse,
    SettlePayout,
    StartLive,
)
from coins_cli.model.rules import decide
from coins_cli.model.transactions import asset_of
from coins_cli.model.wallets import Wallet
from tests.model.economy import (
    CATALOG,
    ENDED_STORY,
    NOON,
    STORY,
    catalog_with,
    findings,
    journal,
    past_of,
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

HELD = ("coins", "earned", "held")
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
    st.booleans(),
)
numbers = st.integers(8, 30) | st.integers(1, 99)
settlements = st.builds(SettlePayout, numbers)
returns = st.builds(ReturnPayout, numbers, st.just("why not"))
reversals = st.builds(Reverse, numbers, st.just("why not"))
handles = st.builds(Open, users)
starts = st.builds(StartLive, users)
ends = st.builds(EndLive, users)
by_kind = st.sampled_from(
    [gifts] * 3
    + [payouts, reversals] * 3
    + [settlements, returns] * 2
    + [recharges, promotions, handles, starts, ends]
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


def before(request, transactions):
    """The wallets and the past that `request` is decided by after `transactions`."""
    past = past_of(request, transactions)
    return dict.fromkeys(request.users()) | wallets_after(transactions), past


def attempt(request, catalog, wallets, past):
    """The transaction, or the refusal."""
    try:
        return decide(request, catalog, wallets, NOON, past)
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
            + sum(wallet.earned + wallet.held for wallet in wallets)
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
        assert wallet.held == total[f"{user}/held", "COIN"]


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
        elif is_reversal_of(Recharge, transaction):
            assert issued == transaction.outcome.coins > 0
        else:
            assert issued == 0


def is_reversal_of(kind, transaction):
    """Whether a transaction undoes one that was asked for by a request of that kind."""
    is_reversal = isinstance(transaction.request, Reverse)
    return is_reversal and transaction.terms["op"] == kind.__struct_config__.tag


def dollars_of(kind, transactions):
    """The cents of all transactions of a kind, less those that were reversed."""
    came = [t.outcome.usd_cents for t in transactions if isinstance(t.request, kind)]
    undone = [t.outcome.usd_cents for t in transactions if is_reversal_of(kind, t)]
    return sum(came) - sum(undone)


@some_examples
@given(histories)
def test_dollars_in_are_those_paid_out_and_those_kept(transactions):
    total = balances(transactions)
    paid_in = -sum(amount for (account, _), amount in total.items() if "world/card/" in account)
    paid_out = sum(amount for (account, _), amount in total.items() if "world/paypal/" in account)
    assert total["platform/cash", "USD"] == paid_in - paid_out
    assert paid_in == dollars_of(Recharge, transactions)
    waiting = sum(
        one.outcome.usd_cents
        for seq, one in enumerate(transactions, start=1)
        if isinstance(one.request, CashOut)
        and one.request.pending
        and not any(later.request == SettlePayout(seq) for later in transactions)
    )
    assert paid_out == dollars_of(CashOut, transactions) - waiting


@some_examples
@given(histories)
def test_no_amount_is_posted_that_is_nothing(transactions):
    assert all(posting.amount for each in transactions for posting in each.postings)


@some_examples
@given(histories)
def test_a_transaction_shows_the_wallets_of_its_request_in_its_order(transactions):
    for transaction in transactions:
        shown = tuple(wallet.user for wallet in transaction.wallets)
        ended = transaction.request.ends()
        whose = transaction if ended is None else transactions[ended - 1]
        assert shown == whose.request.users()


@some_examples
@given(requests, catalogs)
def test_a_refused_request_changes_nothing(asked, catalog):
    transactions = journal(asked, catalog)
    granted = [transaction.request for transaction in transactions]
    assert journal(granted, catalog) == transactions


@some_examples
@given(requests, catalogs, one_request)
def test_a_request_is_decided_by_what_it_was_given_and_leaves_that_alone(asked, catalog, request):
    wallets, past = before(request, journal(asked, catalog))
    same = dict(wallets)
    first, second = (attempt(request, catalog, wallets, past) for _ in range(2))
    assert wallets == same
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
    outcome = attempt(request, catalog, *before(request, journal(asked, catalog)))
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


def test_the_story_of_endings_keeps_the_laws_too():
    transactions = journal(ENDED_STORY)
    assert len(transactions) == len(ENDED_STORY)
    for cut in range(len(transactions)):
        assert findings(transactions, cut) == []
    assert wallets_after(transactions)["bob"] == Wallet("bob")
    assert wallets_after(transactions)["alice"].coins == 15_000 - 10_000


def endable(transactions):
    """The numbers of what can be ended and is not, newest first, each with how."""
    ended = {one.request.ends() for one in transactions}
    for seq, one in sorted(enumerate(transactions, start=1), reverse=True):
        if seq in ended or isinstance(one.request, Open | StartLive | EndLive):
            continue
        if one.request.ends() is None:
            is_held = isinstance(one.request, CashOut) and one.request.pending
            yield ReturnPayout(seq, "back") if is_held else Reverse(seq, "back")


@some_examples
@given(requests, catalogs)
def test_ending_everything_newest_first_leaves_what_there_was_before(asked, catalog):
    plain = [one for one in asked if one.ends() is None]
    first = [one.request for one in journal(plain, catalog)]
    transactions = journal(first, catalog)
    ends = list(endable(transactions))
    whole = journal([*first, *ends], catalog)
    assert len(whole) == len(first) + len(ends)
    assert findings(whole) == []
    assert not any(balances(whole).values())
    empty = {user: Wallet(user) for user in wallets_after(whole)}
    left = {user: replace(one, live_since=None) for user, one in wallets_after(whole).items()}
    assert left == empty
