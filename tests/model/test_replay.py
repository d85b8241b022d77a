"""Replaying a journal: a true one passes, and each kind of tampering is found."""

from datetime import timedelta
from itertools import permutations

import pytest
from msgspec.structs import replace

from coins_cli.model.replay import Replay
from coins_cli.model.requests import EndLive, Gift, Open, Recharge, StartLive
from coins_cli.model.transactions import Outcome, Transaction
from coins_cli.model.wallets import Wallet
from tests.model.economy import (
    HALF_SHARE,
    MOST,
    NOON,
    STORY,
    decided,
    entries,
    findings,
    journal,
    postings,
    replayed,
)

TRUE = journal(STORY)
OPEN, _, RECHARGE, GIFT, START_LIVE, _, _, END_LIVE, _, PROMOTE, CASH_OUT = range(len(STORY))


def story_with(changes):
    """The true story in which the transactions at the keys of `changes` are others."""
    return [changes.get(at, transaction) for at, transaction in enumerate(TRUE)]


def by_hand(request, moved, *wallets):
    """A transaction that no rule decided."""
    return Transaction(NOON, request, Outcome(), {}, postings(*moved), wallets)


def issue(user, coins, before=0):
    """A recharge of any size, as a forger would write it."""
    return by_hand(
        Recharge(user, "100"),
        [("platform/issued", "COIN", -coins), (f"{user}/coins", "COIN", coins)],
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
        "alice": Wallet("alice", "Alice A.", coins=4_000),
        "bob": Wallet("bob", earned=0),
    }
    assert replay.totals == {
        "platform/cash": 13_499 + 6_699 - 10_000,
        "platform/issued": -15_000,
        "platform/promotions": 1_000,
        "platform/cashed-out": 10_000,
        "platform/diamonds": 0,
    }
    assert replay.coins_issued == 15_000


def test_no_coins_are_issued_before_the_first_recharge():
    assert Replay().coins_issued == 0


# -- after-images --------------------------------------------------------------------------------

IMAGES = [
    (at, place, change)
    for at, transaction in enumerate(TRUE)
    for place in range(len(transaction.wallets))
    for change in ("coins", "earned", "name", "live_since")
]


@pytest.mark.parametrize(("at", "place", "change"), IMAGES)
def test_a_changed_after_image_is_found(at, place, change):
    shown = TRUE[at].wallets[place]
    another = {
        "coins": shown.coins + 1,
        "earned": shown.earned + 1,
        "name": "Mallory",
        "live_since": (shown.live_since or NOON) + timedelta(days=1),
    }
    wallets = list(TRUE[at].wallets)
    wallets[place] = replace(shown, **{change: another[change]})
    forged = story_with({at: replace(TRUE[at], wallets=tuple(wallets))})
    what = f"the wallet of {shown.user} is not what its postings come to"
    assert (at + 1, what) in findings(forged)
    for cut in range(1, len(TRUE)):
        assert findings(forged, cut) != []


def test_an_after_image_of_someone_else_is_found():
    forged = replace(TRUE[OPEN], wallets=(Wallet("carol"),))
    assert (1, "the wallet of carol is not what its postings come to") in findings(
        story_with({OPEN: forged})
    )


def test_one_wrong_wallet_is_one_finding_and_not_one_for_each_transaction_after_it():
    richer = replace(TRUE[RECHARGE], wallets=(Wallet("alice", "Alice A.", 10_001),))
    later = decided(Recharge("alice", "100"), *richer.wallets)
    assert [seq for seq, _ in findings([TRUE[OPEN], richer, later])] == [2, 0]


# -- postings ------------------------------------------------------------------------------------

COIN_MOVES = [
    (at, giving, taking)
    for at, transaction in enumerate(TRUE)
    for giving, taking in permutations(range(len(transaction.postings)), 2)
    if transaction.postings[giving].asset == transaction.postings[taking].asset == "COIN"
]


@pytest.mark.parametrize(("at", "giving", "taking"), COIN_MOVES)
def test_a_coin_moved_from_one_posting_to_another_is_found(at, giving, taking):
    moved = list(TRUE[at].postings)
    moved[giving] = replace(moved[giving], amount=moved[giving].amount - 1)
    moved[taking] = replace(moved[taking], amount=moved[taking].amount + 1)
    forged = story_with({at: replace(TRUE[at], postings=tuple(moved))})
    assert at + 1 in {seq for seq, _ in findings(forged)}
    for cut in range(1, len(TRUE)):
        assert findings(forged, cut) != []


@pytest.mark.parametrize("at", [RECHARGE, GIFT, PROMOTE, CASH_OUT])
def test_postings_left_out_are_found(at):
    found = findings(story_with({at: replace(TRUE[at], postings=())}))
    assert at + 1 in {seq for seq, _ in found}


def test_coins_moved_to_another_user_are_found():
    diverted = tuple(
        replace(posting, account="carol/earned") if posting.account == "bob/earned" else posting
        for posting in TRUE[GIFT].postings
    )
    found = findings(story_with({GIFT: replace(TRUE[GIFT], postings=diverted)}))
    assert (GIFT + 1, "it moves coins of carol without showing the wallet") in found
    assert (GIFT + 1, "the wallet of bob is not what its postings come to") in found


@pytest.mark.parametrize("at", [RECHARGE, GIFT, PROMOTE, CASH_OUT])
def test_coins_posted_as_another_asset_are_found(at):
    swapped = tuple(
        replace(posting, asset="DIAMOND") if posting.asset == "COIN" else posting
        for posting in TRUE[at].postings
    )
    found = findings(story_with({at: replace(TRUE[at], postings=swapped)}))
    assert at + 1 in {seq for seq, _ in found}


def test_coins_slipped_into_a_new_wallet_are_found():
    gifted = replace(
        TRUE[OPEN],
        postings=postings(("platform/issued", "COIN", -5), ("alice/coins", "COIN", 5)),
        wallets=(Wallet("alice", "Alice A.", 5),),
    )
    assert (1, "the wallet of alice is not what its postings come to") in findings([gifted])


def test_coins_that_vanish_within_a_new_wallet_are_found_in_the_whole():
    lost = replace(
        TRUE[OPEN], postings=postings(("platform/issued", "COIN", -5), ("alice/coins", "COIN", 5))
    )
    (finding,) = findings([lost])
    assert finding[0] == 0
    assert "5 coins were issued" in finding[1]


def test_a_balance_that_would_be_negative_is_found():
    spent = by_hand(
        Recharge("alice", "100"),
        [("alice/coins", "COIN", -1), ("platform/promotions", "COIN", 1)],
        Wallet("alice", coins=0),
    )
    found = findings([decided(Open("alice")), spent])
    assert found[0][0] == 2
    assert "its postings cannot be" in found[0][1]
    assert "-1 coins" in found[0][1]


def test_a_balance_beyond_what_is_exact_is_found():
    found = findings([decided(Open("alice")), issue("alice", MOST), issue("alice", 1, before=0)])
    assert any(seq == 3 and "alice/coins would pass" in what for seq, what in found)


def test_a_total_beyond_what_is_exact_is_found():
    opened = [decided(Open("alice")), decided(Open("bob"))]
    assert findings([*opened, issue("alice", MOST)]) == []
    found = findings([*opened, issue("alice", MOST), issue("bob", 1)])
    assert found[0][0] == 4
    assert "platform/issued would pass" in found[0][1]


def test_a_total_beyond_what_is_exact_is_found_in_parts_too():
    opened = [decided(Open("alice")), decided(Open("bob"))]
    assert findings([*opened, issue("alice", MOST), issue("bob", 1)], 3) != []


# -- users ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "user"),
    [(RECHARGE, "alice"), (GIFT, "alice"), (GIFT, "bob"), (PROMOTE, "alice"), (CASH_OUT, "bob")],
)
def test_a_wallet_left_out_where_its_coins_move_is_found(at, user):
    kept = tuple(wallet for wallet in TRUE[at].wallets if wallet.user != user)
    found = findings(story_with({at: replace(TRUE[at], wallets=kept)}))
    assert (at + 1, f"it moves coins of {user} without showing the wallet") in found


@pytest.mark.parametrize("at", [OPEN, START_LIVE, END_LIVE])
def test_a_wallet_left_out_where_no_coins_move_is_found(at):
    found = findings(story_with({at: replace(TRUE[at], wallets=())}))
    assert at + 1 in {seq for seq, _ in found}


@pytest.mark.parametrize("at", [RECHARGE, START_LIVE])
def test_a_wallet_that_has_nothing_to_do_with_it_is_found(at):
    found = findings(story_with({at: replace(TRUE[at], wallets=(*TRUE[at].wallets, Wallet("z9")))}))
    assert at + 1 in {seq for seq, _ in found}


def test_a_second_wallet_for_a_user_is_found():
    twice = [*TRUE, decided(Open("alice"))]
    seq = len(twice)
    assert (seq, "its postings cannot be: alice has a wallet already") in findings(twice)
    assert (seq, "alice has a wallet already") in findings(twice, seq - 1)


@pytest.mark.parametrize(
    "request_", [Recharge("alice", "100"), StartLive("alice"), Gift("bob", "alice", "panda")]
)
def test_a_user_who_was_never_opened_is_found(request_):
    rich = Wallet("alice", coins=10)
    first = decided(request_, rich, Wallet("bob", coins=10))
    assert (1, "its postings cannot be: alice has no wallet yet") in findings([first])
    later = [decided(Open("carol")), first]
    assert 2 in {seq for seq, _ in findings(later, 1)}


# -- lives ---------------------------------------------------------------------------------------


def test_a_live_that_was_started_at_another_time_is_found():
    forged = replace(TRUE[START_LIVE], at=NOON - timedelta(days=1))
    assert START_LIVE + 1 in {seq for seq, _ in findings(story_with({START_LIVE: forged}))}


def test_a_live_that_was_on_already_is_found():
    opened = decided(Open("bob"))
    started = decided(StartLive("bob"), Wallet("bob"))
    assert findings([opened, started]) == []
    for cuts in ((), (1,), (2,), (1, 2)):
        assert 3 in {seq for seq, _ in findings([opened, started, started], *cuts)}


def test_the_end_of_a_live_that_was_not_on_is_found():
    ended = decided(EndLive("bob"), Wallet("bob", live_since=NOON))
    for cuts in ((), (1,)):
        assert 2 in {seq for seq, _ in findings([decided(Open("bob")), ended], *cuts)}


# -- order ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("at", range(PROMOTE))
def test_a_transaction_that_others_build_on_cannot_be_left_out(at):
    shortened = [*TRUE[:at], *TRUE[at + 1 :]]
    for cuts in ((), (at,), (at + 1,), range(1, len(shortened))):
        assert findings(shortened, *(cut for cut in cuts if cut)) != []


@pytest.mark.parametrize("at", range(PROMOTE + 1))
def test_a_transaction_cannot_be_repeated(at):
    repeated = [*TRUE[: at + 1], TRUE[at], *TRUE[at + 1 :]]
    for cuts in ((), (at + 1,), range(1, len(repeated))):
        assert findings(repeated, *cuts) != []


def test_a_payout_cannot_come_before_what_it_pays_out():
    early = [*TRUE[:GIFT], TRUE[CASH_OUT], *TRUE[GIFT:CASH_OUT]]
    for cuts in ((), (GIFT,), (GIFT + 1,), range(1, len(early))):
        assert findings(early, *cuts) != []


def test_the_whole_adds_up_only_when_coins_issued_are_all_somewhere():
    replay = Replay()
    for entry in entries(TRUE):
        assert not list(replay.feed(entry))
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
        [("world/card/alice", "COIN", -100), ("alice/coins", "COIN", 100)],
        Wallet("alice", coins=100),
    )
    found = findings([decided(Open("alice")), thin_air])
    assert found[-1] == (
        0,
        "0 coins were issued, and 100 in wallets and 0 spent or cashed out do not add up to that",
    )
    assert 2 in {seq for seq, _ in found}, "no card holds coins"
