"""Replaying a journal: a true one passes, and each kind of tampering is found."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from coins_cli.model.accounts import ISSUED, PLATFORM_ACCOUNTS
from coins_cli.model.catalog import Catalog
from coins_cli.model.operations.gift import Gift
from coins_cli.model.operations.live import EndLive, StartLive
from coins_cli.model.operations.open_wallet import Open
from coins_cli.model.operations.recharge import Recharge
from coins_cli.model.operations.reverse import Reverse
from coins_cli.model.replay import Replay, ReplayResult, assumed_before
from coins_cli.model.transactions import Transaction
from coins_cli.model.wallets import Wallet
from tests.model.economy import (
    CATALOG,
    ENDED_STORY,
    HALF_SHARE,
    MOST,
    NOON,
    STORY,
    Journal,
    catalog_with,
    decided,
    findings,
    journal,
    renumbered,
    replayed,
    some_examples,
)
from tests.model.histories import START, histories

TRUE = journal(STORY)
OPEN, _, RECHARGE, GIFT, START_LIVE, _, _, END_LIVE, _, PROMOTE, CASH_OUT = range(len(STORY))
ENDED = journal(ENDED_STORY)
cuts_of_parts = st.sets(st.integers(1, 30))
ALL_PARTS = range(1, len(TRUE))


def story_with(changes):
    """The true story in which the transactions at the keys of `changes` are others."""
    return [changes.get(at, transaction) for at, transaction in enumerate(TRUE)]


def not_due(*names):
    """What is found where these fields are not what they should be."""
    return [f"'{name}' is not what the rules decide" for name in names]


def by_hand(request, moves, *wallets):
    """A transaction that no rule decided."""
    return Transaction(1, NOON, request, moves, wallets=wallets)


def issue(user, coins, before=0):
    """A recharge of any size, as a forger would write it."""
    return by_hand(
        Recharge(user, "100"),
        (("platform/issued", f"{user}/coins", coins),),
        Wallet(user, coins=before + coins),
    )


def test_nothing_is_wrong_with_what_the_rules_decided():
    assert findings(TRUE) == []
    assert findings(journal(STORY, HALF_SHARE)) == []
    assert findings([]) == []


@pytest.mark.parametrize("cuts", [(), (1,), (5,), (1, 2, 3), (3, 6, 8), range(1, len(TRUE))])
def test_a_replay_adds_up_wallets_and_totals_whole_or_in_parts(cuts):
    replay, found = replayed(TRUE, *cuts)
    assert found == list(replay.finish()) == []
    assert replay.wallets == {
        "alice": Wallet("alice", coins=4_000, name="Alice A.", last=10),
        "bob": Wallet("bob", earned=0, last=11),
    }
    assert (replay.wallet_count, replay.next_seq) == (2, 12)
    assert replay.totals == {
        "platform/cash": 13_499 + 6_699 - 10_000,
        "platform/issued": -15_000,
        "platform/gifts": 0,
        "platform/promotions": 1_000,
        "platform/cashed-out": 10_000,
        "platform/diamonds": 0,
    }
    assert replay.coins_issued == 15_000


def test_no_coins_are_issued_before_the_first_recharge():
    assert Replay(lambda seq: None).coins_issued == 0


# -- after-images --------------------------------------------------------------------------------

IMAGES = [
    (at, place, change)
    for at, transaction in enumerate(TRUE)
    for place in range(len(transaction.wallets))
    for change in ("coins", "earned", "held", "name", "live_since", "last")
]


@pytest.mark.parametrize(("at", "place", "change"), IMAGES)
def test_a_changed_after_image_is_found(at, place, change):
    shown = TRUE[at].wallets[place]
    another = {
        "coins": shown.coins + 1,
        "earned": shown.earned + 1,
        "held": shown.held + 1,
        "last": shown.last - 1,
        "name": "Mallory",
        "live_since": (shown.live_since or NOON) + timedelta(days=1),
    }
    wallets = list(TRUE[at].wallets)
    wallets[place] = replace(shown, **{change: another[change]})
    forged = story_with({at: replace(TRUE[at], wallets=tuple(wallets))})
    assert (at + 1, *not_due("wallets")) in findings(forged)
    for cut in range(1, len(TRUE)):
        assert findings(forged, cut) != []


def test_an_after_image_of_someone_else_is_found():
    forged = replace(TRUE[OPEN], wallets=(Wallet("carol"),))
    assert (1, *not_due("wallets")) in findings(story_with({OPEN: forged}))


def test_one_wrong_wallet_is_one_finding_and_not_one_for_each_transaction_after_it():
    richer = replace(TRUE[RECHARGE], wallets=(Wallet("alice", 10_001, name="Alice A."),))
    later = decided(Recharge("alice", "100"), *richer.wallets)
    found = findings(renumbered([TRUE[OPEN], richer, later]))
    assert found[:-1] == [(2, *not_due("wallets"))]
    assert found[-1][0] == 0


# -- fields ----------------------------------------------------------------------------------------

FIELDS = {
    "seq": 99,
    "moves": (),
    "coins": 3,
    "earned": 3,
    "diamonds": 3,
    "usd_cents": 3,
    "views": 3,
    "venue": "live",
    "gift": "concert",
    "about": {"op": "gift"},
    "wallets": (),
    "before": (1, 1, 1),
}


def test_every_field_that_a_rule_decides_is_changed_here():
    given = {"at", "request", "lines"}
    assert set(Transaction.__struct_fields__) == {*FIELDS, *given}


@pytest.mark.parametrize("at", range(len(ENDED)))
@pytest.mark.parametrize("name", FIELDS)
def test_a_field_that_says_something_else_is_found_by_its_name(name, at):
    forged = Journal(ENDED)
    changed = {name: FIELDS[name]} if getattr(ENDED[at], name) != FIELDS[name] else {name: None}
    if name in ("moves", "wallets") and not getattr(ENDED[at], name):
        changed = {name: (("platform/issued", "bob/coins", 1),)}
    forged[at] = replace(ENDED[at], **changed)
    replay = Replay(lambda seq: ENDED[seq - 1])
    for true in ENDED[:at]:
        assert replay.check(true, CATALOG) == []
    assert replay.check(forged[at], CATALOG) == not_due(name)
    assert findings(forged, at) != []


@pytest.mark.parametrize(
    ("at", "request_", "fields"),
    [
        (RECHARGE, Recharge("alice", "5000"), ["moves", "coins", "usd_cents", "wallets"]),
        (RECHARGE, Recharge("bob", "10000"), ["moves", "wallets", "before"]),
        (GIFT, Gift("alice", "bob", "concert"), ["moves", "coins", "earned", "wallets"]),
    ],
)
def test_a_request_that_does_not_lead_to_what_is_shown_is_found(at, request_, fields):
    replay = Replay(lambda seq: TRUE[seq - 1])
    for true in TRUE[:at]:
        assert replay.check(true, CATALOG) == []
    assert replay.check(replace(TRUE[at], request=request_), CATALOG) == not_due(*fields)


def test_what_is_decided_at_other_prices_is_found():
    dearer = catalog_with(("gifts.drama-queen", "coins", "4999"))
    replay = Replay(lambda seq: TRUE[seq - 1])
    for at, one in enumerate(TRUE[:PROMOTE]):
        due = not_due("moves", "coins", "earned", "wallets") if at == GIFT else []
        assert replay.check(one, dearer if at == GIFT else CATALOG) == due


def test_prices_may_change_on_the_way():
    dearer = catalog_with(("gifts.panda", "coins", "7"))
    start = journal([Open("alice"), Open("bob"), Recharge("alice", "100")])
    alice, bob = start[2].wallets[0], start[1].wallets[0]
    for catalog, coins in ((CATALOG, 5), (dearer, 7), (HALF_SHARE, 5)):
        sent = replace(decided(Gift("alice", "bob", "panda"), alice, bob, catalog=catalog), seq=4)
        sent = renumbered([*start, sent])[-1]
        replay = Replay(lambda seq: None)
        assert [what for one in start for what in replay.check(one, CATALOG)] == []
        assert replay.check(sent, catalog.prices()) == []
        assert isinstance(replay.catalog, Catalog)
        assert replay.wallets["alice"].coins == 100 - coins


# -- moves -----------------------------------------------------------------------------------------

MOVES = [
    (at, place) for at, transaction in enumerate(TRUE) for place in range(len(transaction.moves))
]


@pytest.mark.parametrize("change", ["more", "less", "from elsewhere", "to elsewhere", "left out"])
@pytest.mark.parametrize(("at", "place"), MOVES)
def test_a_move_that_was_changed_is_found(at, place, change):
    source, destination, amount = TRUE[at].moves[place]
    another = {
        "more": [(source, destination, amount + 1)],
        "less": [(source, destination, amount - 1)],
        "from elsewhere": [("carol/coins", destination, amount)],
        "to elsewhere": [(source, "carol/earned", amount)],
        "left out": [],
    }
    moves = list(TRUE[at].moves)
    moves[place : place + 1] = another[change]
    forged = story_with({at: replace(TRUE[at], moves=tuple(moves))})
    assert (at + 1, *not_due("moves")) in findings(forged)
    for cut in range(1, len(TRUE)):
        assert findings(forged, cut) != []


@pytest.mark.parametrize("at", [RECHARGE, GIFT, PROMOTE, CASH_OUT])
def test_moves_left_out_are_found(at):
    found = findings(story_with({at: replace(TRUE[at], moves=())}))
    assert (at + 1, *not_due("moves")) in found


def test_coins_slipped_into_a_new_wallet_are_found():
    gifted = replace(
        TRUE[OPEN],
        moves=(("platform/issued", "alice/coins", 5),),
        wallets=(Wallet("alice", 5, name="Alice A.", last=1),),
    )
    assert findings([gifted]) == [(1, what) for what in not_due("moves", "wallets")]


def test_coins_that_vanish_within_a_new_wallet_are_found_there_and_in_the_whole():
    lost = replace(TRUE[OPEN], moves=(("platform/issued", "alice/coins", 5),))
    found, whole = findings([lost])
    assert found == (1, *not_due("moves"))
    assert whole[0] == 0
    assert "5 coins were issued" in whole[1]


def test_a_balance_that_would_be_negative_is_found():
    start = journal([Open("alice"), Open("bob")])
    poor, rich = Wallet("alice", coins=4), Wallet("alice", coins=5)
    sent = decided(Gift("alice", "bob", "panda"), rich, start[1].wallets[0])
    replay = Replay(lambda seq: None)
    assert [what for one in start for what in replay.check(one, CATALOG)] == []
    replay.wallets["alice"] = replace(poor, last=1)
    (problem,) = replay.check(renumbered([*start, sent])[-1], CATALOG)
    assert problem == "the rules would not do it: alice has 4 coins and needs 5"


def test_a_balance_beyond_what_is_exact_is_found():
    forged = renumbered([decided(Open("alice")), issue("alice", MOST), issue("alice", 1, before=0)])
    found = [what for seq, what in findings(forged) if seq == 3]
    assert len(found) == 2
    assert "the rules would not do it: alice/coins would pass" in found[0]
    assert "platform/issued would pass" in found[1]


def test_a_total_beyond_what_is_exact_is_found():
    replay = Replay(lambda seq: None)
    opened, bought = journal([Open("alice"), Recharge("alice", "100")])
    assert replay.check(opened, CATALOG) == []
    replay.totals = {**replay.totals, ISSUED: -MOST + 99}
    (problem,) = replay.check(bought, CATALOG)
    assert "platform/issued would pass" in problem
    replay.totals = {**replay.totals, ISSUED: -MOST + 100}
    assert replay.check(bought, CATALOG) != [problem]


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("account", PLATFORM_ACCOUNTS)
def test_totals_of_parts_that_are_too_large_together_are_found(account, sign):
    replay = Replay(lambda seq: None)
    part = {**replay.totals, account: sign * (MOST // 2 + 1)}
    later = ReplayResult(5, {}, {}, 0, part, {})
    assert list(replay.follow(later)) == []
    ((seq, problem),) = replay.follow(later)
    assert seq == 4
    assert f"{account} would pass" in problem


# -- users ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "user"),
    [(RECHARGE, "alice"), (GIFT, "alice"), (GIFT, "bob"), (PROMOTE, "alice"), (CASH_OUT, "bob")],
)
def test_a_wallet_left_out_where_its_coins_move_is_found(at, user):
    kept = tuple(wallet for wallet in TRUE[at].wallets if wallet.user != user)
    found = findings(story_with({at: replace(TRUE[at], wallets=kept)}))
    assert (at + 1, *not_due("wallets")) in found


@pytest.mark.parametrize("at", [OPEN, START_LIVE, END_LIVE])
def test_a_wallet_left_out_where_no_coins_move_is_found(at):
    found = findings(story_with({at: replace(TRUE[at], wallets=())}))
    assert at + 1 in {seq for seq, _ in found}


@pytest.mark.parametrize("at", [RECHARGE, START_LIVE])
def test_a_wallet_that_has_nothing_to_do_with_it_is_found(at):
    found = findings(story_with({at: replace(TRUE[at], wallets=(*TRUE[at].wallets, Wallet("z9")))}))
    assert at + 1 in {seq for seq, _ in found}


def test_a_second_wallet_for_a_user_is_found():
    again = replace(decided(Open("alice")), seq=len(TRUE) + 1)
    twice = [*TRUE, replace(again, wallets=(Wallet("alice", last=again.seq),))]
    assert (again.seq, "the rules would not do it: the handle alice is taken") in findings(twice)
    assert (again.seq, "alice has a wallet already") in findings(twice, again.seq - 1)


@pytest.mark.parametrize(
    "request_", [Recharge("alice", "100"), StartLive("alice"), Gift("bob", "alice", "panda")]
)
def test_a_user_who_was_never_opened_is_found(request_):
    rich = Wallet("alice", coins=10)
    bob = Wallet("bob", coins=10)
    (first,) = renumbered([decided(request_, rich, bob)])
    (problem,) = (what for seq, what in findings([first]) if seq == 1)
    missing = request_.users()[0]
    assert problem == f"the rules would not do it: there is no wallet for {missing}"
    later = renumbered([decided(Open("carol")), first])
    assert 2 in {seq for seq, _ in findings(later, 1)}
    claims = replace(later[1], before=tuple(1 for _ in later[1].before))
    assert (2, "alice had another wallet before") in findings([later[0], claims], 1)


# -- lives ---------------------------------------------------------------------------------------


def test_a_live_that_was_started_at_another_time_is_found():
    forged = replace(TRUE[START_LIVE], at=NOON - timedelta(days=1))
    assert START_LIVE + 1 in {seq for seq, _ in findings(story_with({START_LIVE: forged}))}


def test_a_live_that_was_on_already_is_found():
    opened = decided(Open("bob"))
    started = decided(StartLive("bob"), Wallet("bob"))
    assert findings(renumbered([opened, started])) == []
    for cuts in ((), (1,), (2,), (1, 2)):
        twice = renumbered([opened, started, started])
        assert 3 in {seq for seq, _ in findings(twice, *cuts)}


def test_the_end_of_a_live_that_was_not_on_is_found():
    ended = decided(EndLive("bob"), Wallet("bob", live_since=NOON))
    for cuts in ((), (1,)):
        assert 2 in {seq for seq, _ in findings(renumbered([decided(Open("bob")), ended]), *cuts)}


# -- order ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("at", range(PROMOTE))
def test_a_transaction_that_others_build_on_cannot_be_left_out(at):
    shortened = renumbered([*TRUE[:at], *TRUE[at + 1 :]])
    for cuts in ((), (at,), (at + 1,), range(1, len(shortened))):
        assert findings(shortened, *(cut for cut in cuts if cut)) != []


@pytest.mark.parametrize("at", range(PROMOTE + 1))
def test_a_transaction_cannot_be_repeated(at):
    repeated = renumbered([*TRUE[: at + 1], TRUE[at], *TRUE[at + 1 :]])
    for cuts in ((), (at + 1,), range(1, len(repeated))):
        assert findings(repeated, *cuts) != []


def test_a_payout_cannot_come_before_what_it_pays_out():
    early = renumbered([*TRUE[:GIFT], TRUE[CASH_OUT], *TRUE[GIFT:CASH_OUT]])
    for cuts in ((), (GIFT,), (GIFT + 1,), range(1, len(early))):
        assert findings(early, *cuts) != []


def test_the_whole_adds_up_only_when_coins_issued_are_all_somewhere():
    replay, found = replayed(TRUE)
    assert found == []
    assert list(replay.finish()) == []
    replay.wallets["alice"] = replace(replay.wallets["alice"], coins=4_001)
    (finding,) = replay.finish()
    assert finding == (
        "15,000 coins were issued, and 4,001 in wallets and 11,000 spent or cashed out"
        " do not add up to that"
    )


def test_coins_from_nowhere_are_found():
    thin_air = by_hand(
        Recharge("alice", "100"),
        (("world/card/alice", "alice/coins", 100),),
        Wallet("alice", coins=100),
    )
    found = findings(renumbered([decided(Open("alice")), thin_air]))
    assert found[-1] == (
        0,
        "0 coins were issued, and 100 in wallets and 0 spent or cashed out do not add up to that",
    )
    assert (2, *not_due("moves")) in found, "no card holds coins"


# -- endings ---------------------------------------------------------------------------------------


def test_a_replay_knows_what_is_held():
    changed = 0
    for at, one in enumerate(ENDED):
        if one.request.ends() or getattr(one.request, "pending", False):
            wrong = tuple(replace(wallet, held=wallet.held + 1) for wallet in one.wallets)
            forged = [*ENDED[:at], replace(one, wallets=wrong), *ENDED[at + 1 :]]
            assert (at + 1, *not_due("wallets")) in findings(forged)
            assert findings(forged, at) != []
            changed += 1
    assert changed == 6


def test_an_ending_of_what_cannot_be_read_is_found():
    replay = Replay(lambda seq: None if seq == 11 else ENDED[seq - 1])
    found = {seq: what for seq, one in enumerate(ENDED, 1) for what in replay.check(one, CATALOG)}
    assert found == {12: "the rules would not do it: transaction 11 cannot be read"}


def test_a_second_ending_is_found_whole_and_in_parts():
    again = replace(ENDED[14], seq=len(ENDED) + 1)
    wallets = tuple(
        replace(wallet, coins=wallet.coins + 1_000, last=again.seq)
        for wallet in ENDED[-1].wallets
        if wallet.user == "alice"
    )
    twice = [*ENDED, replace(again, wallets=wallets, before=(len(ENDED),))]
    told = "the rules would not do it: transaction 10 was reversed already, by transaction 15"
    assert (again.seq, told) in findings(twice)
    assert (again.seq, "it ends transaction 10, which 15 ended before") in findings(twice, 16)


@pytest.mark.parametrize("seq", [18, 99])
def test_an_ending_of_what_comes_later_is_found(seq):
    forged = list(ENDED)
    forged[16] = replace(ENDED[16], request=Reverse(seq, "soon"))
    found = findings(forged)
    assert found == [(17, f"the rules would not do it: there is no transaction {seq}")]


# -- parts -----------------------------------------------------------------------------------------


@some_examples
@given(histories)
def test_what_a_part_assumes_is_what_there_was(transactions):
    wallets = {}
    for one in transactions:
        for after in one.wallets:
            assumed = assumed_before(one, after.user)
            known = wallets.get(after.user)
            assert assumed.seq == one.seq
            assert assumed.is_start_unknown is isinstance(one.request, EndLive)
            if assumed.is_start_unknown:
                assert replace(assumed.wallet, live_since=known.live_since) == known
                assert assumed.wallet.live_since is not None
            else:
                assert assumed.wallet == known
            wallets[after.user] = after


@some_examples
@given(histories, cuts_of_parts)
def test_a_replay_finds_nothing_wrong_whole_or_in_parts_and_arrives_at_the_same(transactions, at):
    replay, found = replayed(transactions, *at)
    assert found == list(replay.finish()) == []
    known = {user: wallet for user, wallet in replay.wallets.items() if wallet is not None}
    assert known == {wallet.user: wallet for one in transactions for wallet in one.wallets}
    posted = [posting for one in transactions for posting in one.postings]
    assert replay.totals == {
        account: sum(one.amount for one in posted if one.account == account)
        for account in PLATFORM_ACCOUNTS
    }
    assert replay.coins_issued == -replay.totals[ISSUED]
    assert replay.next_seq == len(transactions) + 1
    assert replay.wallet_count == len(known)


@some_examples
@given(histories, st.data())
def test_a_replay_finds_any_changed_balance(transactions, data):
    at = data.draw(st.integers(0, len(transactions) - 1))
    wallets = list(transactions[at].wallets)
    place = data.draw(st.integers(0, len(wallets) - 1))
    field = data.draw(st.sampled_from(["coins", "earned", "held"]))
    amount = data.draw(st.integers(0, 20_000).filter(lambda n: n != getattr(wallets[place], field)))
    wallets[place] = replace(wallets[place], **{field: amount})
    transactions[at] = replace(transactions[at], wallets=tuple(wallets))
    assert findings(transactions) != []
    assert findings(transactions, *data.draw(cuts_of_parts)) != []


@some_examples
@given(histories, st.data())
def test_a_replay_finds_any_changed_move(transactions, data):
    moving = [at for at, one in enumerate(transactions) if one.moves]
    at = data.draw(st.sampled_from(moving))
    moves = list(transactions[at].moves)
    place = data.draw(st.integers(0, len(moves) - 1))
    source, destination, amount = moves[place]
    others = [*PLATFORM_ACCOUNTS, "alice/coins", "carol/earned", "bob/held"]
    moves[place] = data.draw(
        st.sampled_from(
            [
                (source, destination, amount + data.draw(st.integers(1, 1_000))),
                *((other, destination, amount) for other in others if other != source),
                *((source, other, amount) for other in others if other != destination),
            ]
        )
    )
    transactions[at] = replace(transactions[at], moves=tuple(moves))
    assert (at + 1, *not_due("moves")) in findings(transactions)
    assert findings(transactions, *data.draw(cuts_of_parts)) != []


@some_examples
@given(histories, st.data())
def test_a_replay_finds_any_second_opening(transactions, data):
    at = data.draw(st.integers(len(START), len(transactions)))
    known = {wallet.user for one in transactions[:at] for wallet in one.wallets}
    user = data.draw(st.sampled_from(sorted(known)))
    again = replace(transactions[0], request=Open(user), wallets=(Wallet(user),))
    whole = renumbered([*transactions[:at], again, *transactions[at:]])
    for before in ((0,), whole[at].before):
        forged = Journal(whole, transactions.catalog)
        forged[at] = replace(whole[at], before=before)
        assert (at + 1) in {seq for seq, _ in findings(forged)}
        assert findings(forged, *data.draw(cuts_of_parts)) != []
