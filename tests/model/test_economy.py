"""The economy in memory: what holds after any requests in any order, keys, trials and batches."""

from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from coins_cli.cli.hints import hint_of
from coins_cli.errors import (
    AnotherRefused,
    CoinsError,
    HandleTaken,
    InvalidRequest,
    KeyReused,
    StoreDamaged,
)
from coins_cli.model.accounts import CASH, ISSUED, PLATFORM_ACCOUNTS, asset_of
from coins_cli.model.economy import Economy, Rules, Trial, do_each
from coins_cli.model.operations.cashout import CashOut
from coins_cli.model.operations.gift import Gift
from coins_cli.model.operations.live import EndLive, StartLive
from coins_cli.model.operations.open_wallet import Open
from coins_cli.model.operations.payout import ReturnPayout, SettlePayout
from coins_cli.model.operations.recharge import Recharge
from coins_cli.model.operations.reverse import Reverse
from coins_cli.model.wallets import Wallet
from tests.model.economy import (
    CATALOG,
    ENDED_STORY,
    MOST,
    NOON,
    STORY,
    economy_after,
    findings,
    journal,
    some_examples,
)
from tests.model.histories import catalogs, histories, one_request, requests

HELD = ("coins", "earned", "held")
PANDA = Gift("alice", "bob", "panda", key="k")
WAYS = ["raise", "go on", "stop", "undo"]
keyed_requests = st.builds(
    lambda request, key: replace(request, key=key), one_request, st.sampled_from([None, "k", "q"])
)
batches = st.lists(keyed_requests, min_size=1, max_size=8)


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


def state_of(economy):
    """All that an economy knows, apart from who was looked for and has no wallet."""
    return {
        "wallets": {user: one for user, one in economy.wallets.items() if one is not None},
        "wallet_count": economy.wallet_count,
        "totals": dict(economy.totals),
        "keys": dict(economy.keys),
        "ended": dict(economy.ended),
        "fresh": list(economy.fresh),
        "next_seq": economy.next_seq,
    }


def attempt(economy, request):
    """What was done and whether it was before; or the refusal."""
    try:
        return economy.do(request)
    except CoinsError as refusal:
        return refusal


def same(one, other):
    """Whether two answers are the same, in words where they are refusals."""
    if isinstance(one, CoinsError) and isinstance(other, CoinsError):
        return (one.code, one.message, one.fields) == (other.code, other.message, other.fields)
    return one == other


def in_memory(*requests, catalog=CATALOG):
    """The economy after `requests`, none of which is refused."""
    economy = Economy(Rules(catalog), NOON)
    for request in requests:
        economy.do(request)
    return economy


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
            assert issued == -transaction.coins < 0
        elif is_reversal_of(Recharge, transaction):
            assert issued == transaction.coins > 0
        else:
            assert issued == 0


def is_reversal_of(kind, transaction):
    """Whether a transaction undoes one that was asked for by a request of that kind."""
    is_reversal = isinstance(transaction.request, Reverse)
    return is_reversal and transaction.about["op"] == kind.__struct_config__.tag


def dollars_of(kind, transactions):
    """The cents of all transactions of a kind, less those that were reversed."""
    came = [t.usd_cents for t in transactions if isinstance(t.request, kind)]
    undone = [t.usd_cents for t in transactions if is_reversal_of(kind, t)]
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
        one.usd_cents
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
@given(histories)
def test_each_transaction_says_what_touched_its_wallets_before_and_leaves_its_number(transactions):
    touched = {}
    for seq, transaction in enumerate(transactions, start=1):
        assert transaction.seq == seq
        users = [wallet.user for wallet in transaction.wallets]
        assert len(set(users)) == len(users) > 0
        assert transaction.before == tuple(touched.get(user, 0) for user in users)
        assert all(wallet.last == seq for wallet in transaction.wallets)
        touched.update(dict.fromkeys(users, seq))


@some_examples
@given(requests, catalogs)
def test_an_economy_is_what_its_transactions_add_up_to(asked, catalog):
    economy = economy_after(asked, catalog)
    transactions = economy.fresh
    total = balances(transactions)
    assert state_of(economy) == {
        "wallets": wallets_after(transactions),
        "wallet_count": sum(isinstance(one.request, Open) for one in transactions),
        "totals": {account: total[account, asset_of(account)] for account in PLATFORM_ACCOUNTS},
        "keys": {},
        "ended": {
            one.request.ends(): one.seq for one in transactions if one.request.ends() is not None
        },
        "fresh": transactions,
        "next_seq": len(transactions) + 1,
    }


@some_examples
@given(histories)
def test_an_economy_that_takes_what_another_decided_becomes_the_same(transactions):
    taker = Economy(Rules(transactions.catalog))
    for transaction in transactions:
        taker.take(transaction)
    doer = economy_after([one.request for one in transactions], transactions.catalog)
    assert state_of(taker) | {"fresh": []} == state_of(doer) | {"fresh": []}
    assert taker.fresh == []


@some_examples
@given(requests, catalogs, keyed_requests)
def test_a_refusal_changes_nothing(asked, catalog, request):
    economy = economy_after(asked, catalog)
    before = state_of(economy)
    if isinstance(attempt(economy, request), CoinsError):
        assert state_of(economy) == before
    else:
        assert economy.next_seq == before["next_seq"] + 1


@some_examples
@given(requests, catalogs)
def test_a_refused_request_is_as_if_it_had_not_been_sent(asked, catalog):
    transactions = journal(asked, catalog)
    granted = [transaction.request for transaction in transactions]
    assert journal(granted, catalog) == transactions


@some_examples
@given(requests, catalogs, one_request)
def test_a_rule_is_pure_it_decides_the_same_again_and_leaves_its_world_alone(
    asked, catalog, request
):
    economy = economy_after(asked, catalog)
    before = state_of(economy)
    first, second = (decided_in(economy, request) for _ in range(2))
    assert same(first, second)
    assert state_of(economy) == before


def decided_in(economy, request):
    """What the rules decide; or the refusal."""
    try:
        return economy.rules(request, economy)
    except CoinsError as refusal:
        return refusal


@some_examples
@given(requests, catalogs, one_request)
def test_every_refusal_has_a_code_a_line_and_a_hint(asked, catalog, request):
    outcome = attempt(economy_after(asked, catalog), request)
    if isinstance(outcome, CoinsError):
        assert outcome.code.isidentifier()
        assert outcome.message.isprintable()
        assert hint_of(outcome)
        assert outcome.fields
    else:
        assert outcome[1] is False


def test_the_story_keeps_the_laws_too():
    transactions = journal(STORY)
    assert findings(transactions) == []
    assert balances(transactions)["platform/cash", "USD"] == 13_499 + 6_699 - 10_000


def test_the_story_of_endings_keeps_the_laws_too():
    transactions = journal(ENDED_STORY)
    assert len(transactions) == len(ENDED_STORY)
    for cut in range(len(transactions)):
        assert findings(transactions, cut) == []
    assert wallets_after(transactions)["bob"] == Wallet("bob", last=17)
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
    left = {
        user: replace(one, live_since=None, last=0) for user, one in wallets_after(whole).items()
    }
    assert left == empty


# -- keys ------------------------------------------------------------------------------------------


OPENED = (Open("alice"), Open("bob"), Recharge("alice", "500"))


def test_a_request_sent_again_under_its_key_is_answered_by_what_it_did():
    economy = in_memory(*OPENED)
    first, was_done = economy.do(PANDA)
    assert was_done is False
    before = state_of(economy)
    assert economy.do(PANDA) == (first, True)
    assert economy.do(replace(PANDA)) == (first, True)
    assert state_of(economy) == before
    assert economy.do(replace(PANDA, key="q"))[0].seq == first.seq + 1


def test_without_a_key_each_request_is_another():
    economy = in_memory(*OPENED)
    numbers = [economy.do(replace(PANDA, key=None))[0].seq for _ in range(3)]
    assert numbers == [4, 5, 6]
    assert economy.keys == {}


def test_a_key_that_was_used_for_something_else_is_refused():
    economy = in_memory(*OPENED, PANDA)
    before = state_of(economy)
    for other, differs in (
        (replace(PANDA, quantity=2), ["quantity"]),
        (Recharge("alice", "100", key="k"), ["op"]),
        (Gift("bob", "alice", "panda", key="k"), ["from", "to"]),
    ):
        with pytest.raises(KeyReused) as refused:
            economy.do(other)
        assert refused.value.fields["differs"] == differs
        assert state_of(economy) == before


def test_the_number_under_a_reused_key_is_told_once_it_is_recorded():
    economy = in_memory(*OPENED, PANDA)
    other = replace(PANDA, quantity=2)
    assert attempt(economy, other).seq is None, "nobody has seen that number yet"
    assert attempt(Trial(economy, economy.rules, NOON), other).seq == 4


def test_a_refused_request_leaves_its_key_free():
    economy = in_memory(*OPENED)
    dear = Gift("alice", "bob", "concert", 2, key="k")
    assert attempt(economy, dear).code == "not_enough_coins"
    assert economy.do(PANDA)[1] is False
    assert attempt(economy, dear).code == "key_reused"


@some_examples
@given(requests, st.lists(keyed_requests, max_size=12))
def test_each_key_is_used_once_and_always_answers_the_same(asked, sent):
    economy = economy_after(asked)
    first = {}
    for request in sent:
        answer = attempt(economy, request)
        if request.key is None or isinstance(answer, CoinsError):
            continue
        transaction, was_done = answer
        assert was_done is (request.key in first)
        assert first.setdefault(request.key, transaction) == transaction
    used = [one.key for one in economy.fresh if one.key is not None]
    assert sorted(used) == sorted(first) == sorted(economy.keys)


class Heard(Rules):
    """Rules that remember what they were asked, and what they need not decide."""

    def __init__(self, catalog):
        super().__init__(catalog)
        self.decided, self.recalled = [], []

    def __call__(self, request, world):
        self.decided.append(request)
        return super().__call__(request, world)

    def recall(self, request):
        self.recalled.append(request)


def test_rules_hear_of_requests_that_are_answered_without_them():
    rules = Heard(CATALOG)
    economy = Economy(rules, NOON)
    for request in (*OPENED, PANDA, PANDA):
        economy.do(request)
    assert rules.decided == [*OPENED, PANDA]
    assert rules.recalled == [PANDA]


# -- the past --------------------------------------------------------------------------------------


def test_the_past_is_what_was_done_under_a_number_and_what_ended_it():
    economy = in_memory(*ENDED_STORY)
    assert economy.past(4).transaction == economy.fresh[3]
    assert economy.past(4).ended_by is None
    assert economy.past(10).ended_by == 15
    assert economy.past(11).ended_by == 12
    for seq in (0, -1, len(ENDED_STORY) + 1):
        assert economy.past(seq) is None


def test_a_total_beyond_what_is_kept_exactly_is_refused_in_either_direction_and_changes_nothing():
    economy = in_memory(*OPENED)
    for account, amount in ((ISSUED, -MOST), (CASH, MOST)):
        true = economy.totals
        economy.totals = {**true, account: amount}
        before = state_of(economy)
        refusal = attempt(economy, Recharge("alice", "100", key="k"))
        assert (refusal.code, refusal.account) == ("too_large", account)
        assert state_of(economy) == before
        economy.totals = true
    assert economy.do(Recharge("alice", "100", key="k"))[1] is False


# -- trials ----------------------------------------------------------------------------------------


@some_examples
@given(requests, catalogs, batches)
def test_a_trial_does_what_its_base_would_do_and_leaves_it_alone(asked, catalog, sent):
    base, twin = economy_after(asked, catalog), economy_after(asked, catalog)
    before = state_of(base)
    trial = Trial(base, base.rules, base.at)
    for request in sent:
        assert same(attempt(trial, request), attempt(twin, request))
    assert state_of(base) == before
    assert trial.fresh == twin.fresh[len(base.fresh) :]
    assert (trial.totals, trial.next_seq, trial.wallet_count) == (
        twin.totals,
        twin.next_seq,
        twin.wallet_count,
    )


def test_a_trial_knows_the_wallets_keys_endings_and_transactions_of_its_base():
    base = in_memory(*ENDED_STORY, Recharge("alice", "100", key="k"))
    trial = Trial(base, base.rules, NOON)
    assert trial.wallets["alice"] == base.wallets["alice"]
    assert trial.wallets["nobody"] is None
    assert trial.past(10) == base.past(10)
    assert trial.do(Recharge("alice", "100", key="k")) == (base.fresh[-1], True)
    assert attempt(trial, Reverse(10, "again")).code == "already_reversed"
    assert trial.do(Reverse(18, "why"))[0].seq == 19
    assert trial.past(18).ended_by == 19
    assert base.past(18).ended_by is None
    assert base.past(19) is None


def test_time_does_not_run_backwards_in_a_trial():
    base = in_memory(*OPENED)
    later = NOON + timedelta(hours=1)
    for at, is_now in ((NOON - timedelta(hours=1), NOON), (NOON, NOON), (later, later)):
        trial = Trial(base, base.rules, at)
        assert trial.do(PANDA)[0].at == is_now


# -- one after the other ---------------------------------------------------------------------------


@some_examples
@given(requests, batches, st.sampled_from(WAYS))
def test_a_refusal_means_for_the_others_what_was_asked_for(asked, sent, way):
    twin = economy_after(asked)
    known = len(twin.fresh)
    alone = [attempt(twin, request) for request in sent]
    refused = [isinstance(answer, CoinsError) for answer in alone]
    first = refused.index(True) if any(refused) else len(sent)
    economy = economy_after(asked)
    if way == "raise" and any(refused):
        with pytest.raises(CoinsError) as raised:
            do_each(economy, sent, way)
        assert same(raised.value, alone[first])
        return
    answers = do_each(economy, sent, way)
    if way == "undo" and any(refused):
        assert economy.fresh == []
        for answer, due in zip(answers, alone, strict=True):
            is_refusal = isinstance(due, CoinsError)
            assert same(answer, due) if is_refusal else isinstance(answer, AnotherRefused)
        return
    due = alone[: first + 1] if way == "stop" else alone
    assert len(answers) == len(due)
    assert all(map(same, answers, due))
    done = [answer[0] for answer in due if isinstance(answer, tuple) and not answer[1]]
    assert economy.fresh[known:] == done


def test_what_is_no_request_is_its_own_refusal_in_its_place():
    bad = InvalidRequest("a request needs an 'op'", "it is open")
    items = [PANDA, bad, replace(PANDA, key=None)]
    with pytest.raises(InvalidRequest):
        do_each(in_memory(*OPENED), items, "raise")
    going_on = do_each(in_memory(*OPENED), items, "go on")
    assert [type(one) for one in going_on] == [tuple, InvalidRequest, tuple]
    stopped = do_each(in_memory(*OPENED), items, "stop")
    assert [type(one) for one in stopped] == [tuple, InvalidRequest]
    undone = do_each(in_memory(*OPENED), items, "undo")
    assert [type(one) for one in undone] == [AnotherRefused, InvalidRequest, AnotherRefused]


def test_what_was_recorded_before_is_still_done_where_all_is_undone():
    base = in_memory(*OPENED, PANDA)
    items = [PANDA, replace(PANDA, key="q"), replace(PANDA, key="q"), Open("bob")]
    answers = do_each(Trial(base, base.rules, NOON), items, "undo")
    assert answers[0] == (base.fresh[-1], True)
    kinds = [type(one) for one in answers[1:]]
    assert kinds == [AnotherRefused, AnotherRefused, HandleTaken]


def test_an_answer_does_not_hold_the_calls_that_led_to_it():
    (answer,) = do_each(in_memory(*OPENED), [Open("alice")], "go on")
    assert isinstance(answer, HandleTaken)
    assert answer.__traceback__ is None
    assert answer.__context__ is None


@pytest.mark.parametrize("way", WAYS)
def test_a_store_that_cannot_be_used_is_no_answer(way):
    class Unusable(Economy):
        def find_wallet(self, user):
            raise StoreDamaged("wallets/x.json", "it is gone")

    with pytest.raises(StoreDamaged):
        do_each(Unusable(Rules(CATALOG), NOON), [Open("alice")], way)
