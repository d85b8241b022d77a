"""The rules: what each request does, to the last posting, and each refusal."""

from datetime import timedelta

import pytest

from coins_cli.errors import (
    AlreadyLive,
    BelowThreshold,
    GiftToSelf,
    HandleTaken,
    InvalidAddress,
    InvalidAmount,
    InvalidChoice,
    InvalidHandle,
    InvalidText,
    MoreThanEarned,
    NotEnoughCoins,
    NotLive,
    OneAtMost,
    PayoutTooSmall,
    PromotionDollarsOutOfRange,
    PromotionOutOfRange,
    TooFewCoinsForDays,
    TooLarge,
    TooManyCoins,
    TooManyDays,
    UnknownGift,
    UnknownPack,
    UnknownUser,
)
from coins_cli.model.requests import (
    CashOut,
    EndLive,
    Gift,
    Open,
    Promote,
    Recharge,
    StartLive,
    differences,
    op_of,
)
from coins_cli.model.transactions import Outcome, Transaction
from coins_cli.model.wallets import Wallet
from tests.model.economy import (
    CALCULATORS,
    HALF_SHARE,
    MOST,
    NOON,
    after,
    catalog_with,
    decided,
    postings,
    refused,
)

ALICE = Wallet("alice", coins=1_000)
BOB = Wallet("bob", earned=40)
LIVE_BOB = Wallet("bob", "Bob B.", 7, 40, live_since=NOON - timedelta(hours=1))
RICH = Wallet("alice", coins=MOST)
EARNER = Wallet("bob", coins=3, earned=12_345)
PAYPAL = "bob@example.com"


# -- wallets and lives ---------------------------------------------------------------------------


def test_a_new_wallet_is_empty_and_moves_no_money():
    request = Open("alice", "Alice A.")
    assert decided(request) == Transaction(
        NOON, request, Outcome(), {}, (), (Wallet("alice", "Alice A.", 0, 0, None),)
    )


def test_a_taken_handle_is_refused():
    error = refused(Open("alice"), ALICE)
    assert isinstance(error, HandleTaken)
    assert error.user == "alice"


def test_a_live_starts_now_and_moves_no_money():
    request = StartLive("bob")
    assert decided(request, EARNER) == Transaction(
        NOON, request, Outcome(), {}, (), (Wallet("bob", None, 3, 12_345, live_since=NOON),)
    )


def test_a_live_ends_and_leaves_the_rest_of_the_wallet_as_it_was():
    request = EndLive("bob")
    assert decided(request, LIVE_BOB) == Transaction(
        NOON, request, Outcome(), {}, (), (Wallet("bob", "Bob B.", 7, 40, None),)
    )


def test_a_second_live_is_refused():
    error = refused(StartLive("bob"), LIVE_BOB)
    assert isinstance(error, AlreadyLive)
    assert error.creator == "bob"


def test_the_end_of_a_live_that_is_not_on_is_refused():
    error = refused(EndLive("bob"), BOB)
    assert isinstance(error, NotLive)
    assert error.creator == "bob"


# -- recharging ----------------------------------------------------------------------------------


def test_a_recharge_issues_coins_for_dollars():
    request = Recharge("alice", "500", quantity=3)
    assert decided(request, ALICE) == Transaction(
        NOON,
        request,
        Outcome(coins=1_500, usd_cents=1_947),
        {"pack_coins": 500, "pack_usd_cents": 649},
        postings(
            ("world/card/alice", "USD", -1_947),
            ("platform/cash", "USD", 1_947),
            ("platform/issued", "COIN", -1_500),
            ("alice/coins", "COIN", 1_500),
        ),
        (Wallet("alice", coins=2_500),),
    )


@pytest.mark.parametrize(
    ("pack", "coins", "usd_cents"),
    [
        ("100", 100, 129),
        ("500", 500, 649),
        ("2000", 2_000, 2_699),
        ("5000", 5_000, 6_699),
        ("10000", 10_000, 13_499),
    ],
)
def test_each_pack_brings_its_coins_at_its_price(pack, coins, usd_cents):
    bought = decided(Recharge("alice", pack), Wallet("alice"))
    assert bought.outcome == Outcome(coins=coins, usd_cents=usd_cents)
    assert after(bought, "alice") == Wallet("alice", coins=coins)


def test_a_recharge_leaves_earned_coins_name_and_live_alone():
    bought = decided(Recharge("bob", "100"), LIVE_BOB)
    assert after(bought, "bob") == Wallet("bob", "Bob B.", 107, 40, LIVE_BOB.live_since)


@pytest.mark.parametrize(("pack", "quantity"), [("100", 100), ("5000", 2), ("10000", 1)])
def test_10000_coins_can_be_bought_at_a_time(pack, quantity):
    bought = decided(Recharge("alice", pack, quantity), ALICE)
    assert after(bought, "alice").coins == 11_000


@pytest.mark.parametrize(
    ("pack", "quantity", "coins"), [("100", 101, 10_100), ("5000", 3, 15_000), ("10000", 2, 20_000)]
)
def test_more_than_10000_coins_at_a_time_are_refused(pack, quantity, coins):
    error = refused(Recharge("alice", pack, quantity), ALICE)
    assert isinstance(error, TooManyCoins)
    assert (error.coins, error.most) == (coins, 10_000)


def test_one_coin_beyond_10000_is_too_many():
    by_the_coin = catalog_with(("packs.100", "coins", "1"))
    assert decided(Recharge("alice", "100", 10_000), ALICE, catalog=by_the_coin).outcome.coins == (
        10_000
    )
    error = refused(Recharge("alice", "100", 10_001), ALICE, catalog=by_the_coin)
    assert isinstance(error, TooManyCoins)
    assert error.coins == 10_001


def test_more_coins_than_are_kept_exactly_are_refused():
    assert refused(Recharge("alice", "100", MOST // 100), ALICE).coins == MOST // 100 * 100
    error = refused(Recharge("alice", "100", MOST // 100 + 1), ALICE)
    assert isinstance(error, TooLarge)
    assert error.account == "the number of coins"


def test_a_recharge_of_an_unknown_pack_is_refused():
    error = refused(Recharge("alice", "300"), ALICE)
    assert isinstance(error, UnknownPack)
    assert error.pack == "300"


def test_a_price_beyond_what_is_exact_is_refused():
    dear = catalog_with(("packs.100", "usd", "90071992547409.91"))
    assert decided(Recharge("alice", "100"), ALICE, catalog=dear).outcome.usd_cents == MOST
    assert isinstance(refused(Recharge("alice", "100", 2), ALICE, catalog=dear), TooLarge)


def test_a_wallet_can_hold_just_as_many_coins_as_are_kept_exactly():
    bought = decided(Recharge("alice", "100"), Wallet("alice", coins=MOST - 100))
    assert after(bought, "alice").coins == MOST
    error = refused(Recharge("alice", "100"), Wallet("alice", coins=MOST - 99))
    assert isinstance(error, TooLarge)
    assert (error.account, error.most) == ("alice/coins", MOST)


# -- gifts ---------------------------------------------------------------------------------------


def test_a_gift_goes_from_the_senders_coins_to_what_the_creator_earned():
    request = Gift("alice", "bob", "love-bang", quantity=3, message="well done")
    assert decided(request, ALICE, BOB) == Transaction(
        NOON,
        request,
        Outcome(coins=75, earned=75, venue="comments"),
        {"gift": "love-bang", "gift_name": "Love bang", "gift_coins": 25, "creator_share": "1"},
        postings(("alice/coins", "COIN", -75), ("bob/earned", "COIN", 75)),
        (Wallet("alice", coins=925), Wallet("bob", earned=115)),
    )


@pytest.mark.parametrize(
    ("gift", "coins"),
    [
        ("panda", 5),
        ("italian-hand", 5),
        ("love-bang", 25),
        ("sun-cream", 50),
        ("rainbow-puke", 100),
        ("concert", 500),
        ("im-very-rich", 1_000),
        ("drama-queen", 5_000),
    ],
)
def test_each_gift_costs_its_price_and_not_a_coin_less(gift, coins):
    sent = decided(Gift("alice", "bob", gift), Wallet("alice", coins=coins), BOB)
    assert after(sent, "alice") == Wallet("alice")
    assert after(sent, "bob") == Wallet("bob", earned=40 + coins)
    error = refused(Gift("alice", "bob", gift), Wallet("alice", coins=coins - 1), BOB)
    assert isinstance(error, NotEnoughCoins)
    assert (error.user, error.need, error.have) == ("alice", coins, coins - 1)


def test_a_gift_counts_its_quantity():
    assert decided(Gift("alice", "bob", "concert", 2), ALICE, BOB).outcome.coins == 1_000
    error = refused(Gift("alice", "bob", "concert", 3), ALICE, BOB)
    assert isinstance(error, NotEnoughCoins)
    assert error.need == 1_500


def test_a_gift_named_by_its_display_name_is_recorded_by_its_id():
    sent = decided(Gift("alice", "bob", "I'm Very Rich"), ALICE, BOB)
    assert sent.terms["gift"] == "im-very-rich"
    assert sent.terms["gift_name"] == "I'm very rich"


def test_earned_coins_cannot_be_spent_on_gifts():
    error = refused(Gift("bob", "alice", "panda"), Wallet("bob", coins=4, earned=10_000), ALICE)
    assert isinstance(error, NotEnoughCoins)
    assert error.have == 4


def test_half_of_a_gift_stays_with_the_platform_where_a_catalog_says_so():
    sent = decided(Gift("alice", "bob", "concert"), ALICE, BOB, catalog=HALF_SHARE)
    assert sent.outcome == Outcome(coins=500, earned=250, venue="comments")
    assert sent.postings == postings(
        ("alice/coins", "COIN", -500), ("bob/earned", "COIN", 250), ("platform/gifts", "COIN", 250)
    )
    assert sent.terms["creator_share"] == "0.5"


@pytest.mark.parametrize(
    ("gift", "quantity", "earned", "kept"),
    [("panda", 1, 2, 3), ("panda", 2, 5, 5), ("panda", 3, 7, 8), ("love-bang", 1, 12, 13)],
)
def test_the_creators_share_is_rounded_down_once_for_the_whole_gift(gift, quantity, earned, kept):
    sent = decided(Gift("alice", "bob", gift, quantity), ALICE, BOB, catalog=HALF_SHARE)
    assert sent.outcome.earned == earned
    assert after(sent, "bob").earned == 40 + earned
    assert sent.postings[-1] == postings(("platform/gifts", "COIN", kept))[0]


def test_a_share_that_rounds_to_nothing_leaves_all_of_the_gift_with_the_platform():
    tiny = catalog_with(("gifting", "creator_share", "0.1"))
    sent = decided(Gift("alice", "bob", "panda"), ALICE, BOB, catalog=tiny)
    assert sent.outcome.earned == 0
    assert sent.postings == postings(("alice/coins", "COIN", -5), ("platform/gifts", "COIN", 5))
    assert after(sent, "bob") == BOB


def test_a_share_is_exact_for_the_largest_amounts():
    odd = catalog_with(("gifting", "creator_share", "0.999999999"), ("gifts.panda", "coins", "1"))
    sent = decided(Gift("alice", "bob", "panda", MOST), RICH, Wallet("bob"), catalog=odd)
    assert sent.outcome.earned == MOST * 999_999_999 // 10**9


@pytest.mark.parametrize(
    ("creator", "venue", "video", "goes_to"),
    [
        (LIVE_BOB, None, None, "live"),
        (LIVE_BOB, "live", None, "live"),
        (LIVE_BOB, None, "v1", "comments"),
        (LIVE_BOB, "comments", "v1", "comments"),
        (LIVE_BOB, "comments", None, "comments"),
        (BOB, None, None, "comments"),
        (BOB, None, "v1", "comments"),
        (BOB, "comments", "v1", "comments"),
    ],
)
def test_a_gift_goes_to_the_live_if_there_is_one_unless_a_video_is_named(
    creator, venue, video, goes_to
):
    sent = decided(Gift("alice", "bob", "panda", 1, venue, video), ALICE, creator)
    assert sent.outcome.venue == goes_to
    assert after(sent, "bob").live_since == creator.live_since


def test_a_gift_to_a_live_that_is_not_on_is_refused():
    error = refused(Gift("alice", "bob", "panda", venue="live"), ALICE, BOB)
    assert isinstance(error, NotLive)
    assert error.creator == "bob"


def test_a_gift_to_oneself_is_refused():
    error = refused(Gift("alice", "alice", "panda"), ALICE)
    assert isinstance(error, GiftToSelf)
    assert error.user == "alice"


def test_an_unknown_gift_is_refused():
    error = refused(Gift("alice", "bob", "pandas"), ALICE, BOB)
    assert isinstance(error, UnknownGift)
    assert (error.gift, error.close) == ("pandas", ["panda"])


def test_a_gift_that_costs_more_than_is_kept_exactly_is_refused():
    error = refused(Gift("alice", "bob", "panda", MOST // 5 + 1), RICH, BOB)
    assert isinstance(error, TooLarge)
    assert error.account == "the price in coins"
    error = refused(Gift("alice", "bob", "panda", MOST // 5), Wallet("alice", coins=7), BOB)
    assert isinstance(error, NotEnoughCoins)
    assert error.need == MOST // 5 * 5


def test_a_creator_can_earn_just_as_many_coins_as_are_kept_exactly():
    gift = Gift("alice", "bob", "panda")
    assert after(decided(gift, ALICE, Wallet("bob", earned=MOST - 5)), "bob").earned == MOST
    error = refused(gift, ALICE, Wallet("bob", earned=MOST - 4))
    assert isinstance(error, TooLarge)
    assert error.account == "bob/earned"


# -- promotions ----------------------------------------------------------------------------------


def test_a_promotion_goes_from_the_users_coins_to_the_platform():
    request = Promote("alice", "v9", days=2, coins=1_000, audience="custom", interests="pandas")
    assert decided(request, Wallet("alice", coins=1_001, earned=7)) == Transaction(
        NOON,
        request,
        Outcome(coins=1_000, views=2_000),
        {"min_coins_per_day": 500, "views_per_coin": "2"},
        postings(("alice/coins", "COIN", -1_000), ("platform/promotions", "COIN", 1_000)),
        (Wallet("alice", coins=1, earned=7),),
    )


@pytest.mark.parametrize(
    ("price", "outcome"),
    [
        ({}, Outcome(coins=500, views=1_000)),
        ({"coins": 600}, Outcome(coins=600, views=1_200)),
        ({"usd_cents": 600}, Outcome(coins=602, usd_cents=600, views=1_204)),
        ({"views": 1_201}, Outcome(coins=601, views=1_202)),
    ],
)
def test_a_promotion_is_bought_by_coins_by_dollars_by_views_or_at_the_least(price, outcome):
    assert decided(Promote("alice", "v", days=1, **price), ALICE).outcome == outcome


@pytest.mark.parametrize(
    ("price", "family"),
    [
        ({"coins": 499}, PromotionOutOfRange),
        ({"coins": 707_001}, PromotionOutOfRange),
        ({"coins": MOST}, PromotionOutOfRange),
        ({"views": 998}, PromotionOutOfRange),
        ({"views": 1_414_001}, PromotionOutOfRange),
        ({"usd_cents": 499}, PromotionDollarsOutOfRange),
        ({"usd_cents": 700_001}, PromotionDollarsOutOfRange),
    ],
)
def test_a_promotion_cheaper_or_dearer_than_is_sold_is_refused(price, family):
    error = refused(Promote("alice", "v", days=1, **price), RICH)
    assert type(error) is family
    assert error.code == "promotion_out_of_range"
    assert (error.least, error.most) in ((500, 707_000), ("5.00", "7000.00"))


def test_earned_coins_cannot_be_spent_on_promotions():
    error = refused(Promote("bob", "v", days=1), Wallet("bob", coins=499, earned=10_000))
    assert isinstance(error, NotEnoughCoins)
    assert (error.need, error.have) == (500, 499)


def test_the_last_coin_can_be_spent_on_a_promotion():
    spent = decided(Promote("alice", "v", days=2), ALICE)
    assert after(spent, "alice") == Wallet("alice", coins=0)


# -- cashing out ---------------------------------------------------------------------------------


def test_cashing_out_takes_all_earned_coins_through_diamonds_to_dollars():
    request = CashOut("bob", PAYPAL)
    assert decided(request, EARNER) == Transaction(
        NOON,
        request,
        Outcome(coins=12_345, diamonds=12_345, usd_cents=12_345),
        {"threshold": 10_000, "diamonds_per_coin": "1", "usd_per_diamond": "0.01"},
        postings(
            ("bob/earned", "COIN", -12_345),
            ("platform/cashed-out", "COIN", 12_345),
            ("platform/diamonds", "DIAMOND", -12_345),
            ("bob/diamonds", "DIAMOND", 12_345),
            ("bob/diamonds", "DIAMOND", -12_345),
            ("platform/diamonds", "DIAMOND", 12_345),
            ("platform/cash", "USD", -12_345),
            ("world/paypal/bob@example.com", "USD", 12_345),
        ),
        (Wallet("bob", coins=3, earned=0),),
    )


def test_10000_earned_coins_are_paid_out_as_100_dollars():
    paid = decided(CashOut("bob", PAYPAL), Wallet("bob", earned=10_000))
    assert paid.outcome == Outcome(coins=10_000, diamonds=10_000, usd_cents=10_000)


def test_9999_earned_coins_are_one_short_of_the_threshold():
    error = refused(CashOut("bob", PAYPAL), Wallet("bob", earned=9_999))
    assert isinstance(error, BelowThreshold)
    assert (error.user, error.earned, error.threshold, error.short_by) == ("bob", 9_999, 10_000, 1)


def test_bought_coins_are_not_refundable():
    error = refused(CashOut("alice", PAYPAL), RICH)
    assert isinstance(error, BelowThreshold)
    assert (error.earned, error.short_by) == (0, 10_000)


@pytest.mark.parametrize("coins", [1, 9_999, 12_344, 12_345])
def test_once_the_threshold_is_reached_a_part_can_be_taken(coins):
    paid = decided(CashOut("bob", PAYPAL, coins), EARNER)
    assert paid.outcome == Outcome(coins=coins, diamonds=coins, usd_cents=coins)
    assert after(paid, "bob") == Wallet("bob", coins=3, earned=12_345 - coins)


def test_after_a_part_was_taken_the_threshold_must_be_reached_again():
    left = after(decided(CashOut("bob", PAYPAL, 10_000), EARNER), "bob")
    error = refused(CashOut("bob", PAYPAL, 1), left)
    assert isinstance(error, BelowThreshold)
    assert error.earned == 2_345


def test_more_than_was_earned_cannot_be_cashed_out():
    error = refused(CashOut("bob", PAYPAL, 12_346), EARNER)
    assert isinstance(error, MoreThanEarned)
    assert (error.user, error.coins, error.earned) == ("bob", 12_346, 12_345)


def test_bought_coins_do_not_fill_up_earned_ones():
    error = refused(CashOut("bob", PAYPAL, 10_001), Wallet("bob", coins=5_000, earned=10_000))
    assert isinstance(error, MoreThanEarned)


@pytest.mark.parametrize(
    ("coins", "diamonds", "usd_cents"),
    [(10_000, 5_000, 2_500), (10_001, 5_000, 2_500), (10_002, 5_001, 2_500), (5, 2, 1), (15, 7, 3)],
)
def test_diamonds_and_cents_are_each_rounded_down(coins, diamonds, usd_cents):
    bob = Wallet("bob", earned=10_002)
    paid = decided(CashOut("bob", PAYPAL, coins), bob, catalog=CALCULATORS)
    assert paid.outcome == Outcome(coins=coins, diamonds=diamonds, usd_cents=usd_cents)
    assert paid.terms["diamonds_per_coin"] == "0.5"
    assert paid.terms["usd_per_diamond"] == "0.005"


@pytest.mark.parametrize("coins", [1, 2, 3])
def test_a_payout_that_rounds_down_to_nothing_is_refused(coins):
    error = refused(CashOut("bob", PAYPAL, coins), EARNER, catalog=CALCULATORS)
    assert isinstance(error, PayoutTooSmall)
    assert (error.user, error.coins) == ("bob", coins)


def test_diamonds_and_payouts_beyond_what_is_exact_are_refused():
    bob = Wallet("bob", earned=MOST)
    two = catalog_with(("cash_out", "diamonds_per_coin", "2"))
    assert refused(CashOut("bob", PAYPAL), bob, catalog=two).account == "the diamonds"
    dear = catalog_with(("cash_out", "usd_per_diamond", "0.02"))
    assert refused(CashOut("bob", PAYPAL), bob, catalog=dear).account == "the payout"
    assert decided(CashOut("bob", PAYPAL), bob).outcome.usd_cents == MOST


def test_a_lower_threshold_can_be_set():
    low = catalog_with(("cash_out", "threshold", "40"))
    assert decided(CashOut("bob", PAYPAL), BOB, catalog=low).outcome.coins == 40
    assert isinstance(
        refused(CashOut("bob", PAYPAL), Wallet("bob", earned=39), catalog=low), BelowThreshold
    )


# -- what holds for all --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "request_",
    [
        Recharge("ghost", "100"),
        Promote("ghost", "v", 1),
        CashOut("ghost", PAYPAL),
        StartLive("ghost"),
        EndLive("ghost"),
        Gift("ghost", "bob", "panda"),
        Gift("bob", "ghost", "panda"),
    ],
    ids=lambda request: f"{op_of(request)}-{request.users()[0]}",
)
def test_a_user_without_a_wallet_is_refused(request_):
    error = refused(request_, BOB)
    assert isinstance(error, UnknownUser)
    assert error.user == "ghost"


NOT_LIVE = {"venue": "live"}


@pytest.mark.parametrize(
    ("request_", "wallets", "first"),
    [
        # recharge: user, pack, coins at a time, price
        (Recharge("ghost", "300", 999), [], UnknownUser),
        (Recharge("alice", "300", 999), [RICH], UnknownPack),
        (Recharge("alice", "100", 101), [RICH], TooManyCoins),
        (Recharge("alice", "100", 100), [RICH], TooLarge),
        # gift: sender, creator, oneself, gift, live, price, coins, what the creator can hold
        (Gift("ghost", "spirit", "pandas", 999, **NOT_LIVE), [], UnknownUser),
        (Gift("ghost", "ghost", "pandas"), [], UnknownUser),
        (Gift("alice", "alice", "pandas", 999, **NOT_LIVE), [ALICE], GiftToSelf),
        (Gift("alice", "bob", "pandas", 999, **NOT_LIVE), [ALICE, BOB], UnknownGift),
        (Gift("alice", "bob", "panda", 999, **NOT_LIVE), [ALICE, BOB], NotLive),
        (Gift("alice", "bob", "panda", MOST, **NOT_LIVE), [ALICE, BOB], NotLive),
        (Gift("alice", "bob", "panda", MOST), [ALICE, BOB], TooLarge),
        (Gift("alice", "bob", "panda", 999), [ALICE, Wallet("bob", earned=MOST)], NotEnoughCoins),
        (Gift("alice", "bob", "panda", 1), [ALICE, Wallet("bob", earned=MOST)], TooLarge),
        # promote: user, days, range, least for the days, coins
        (Promote("ghost", "v", 31, coins=1), [], UnknownUser),
        (Promote("alice", "v", 31, coins=1), [ALICE], TooManyDays),
        (Promote("alice", "v", 31, usd_cents=1), [ALICE], TooManyDays),
        (Promote("alice", "v", 30, usd_cents=1), [ALICE], PromotionDollarsOutOfRange),
        (Promote("alice", "v", 30, coins=499), [ALICE], PromotionOutOfRange),
        (Promote("alice", "v", 30, coins=14_999), [ALICE], TooFewCoinsForDays),
        (Promote("alice", "v", 30, coins=15_000), [ALICE], NotEnoughCoins),
        # cash out: user, threshold, more than earned, payout
        (CashOut("ghost", PAYPAL, 1), [], UnknownUser),
        (CashOut("bob", PAYPAL, 50), [BOB], BelowThreshold),
        (CashOut("bob", PAYPAL, 12_346), [EARNER], MoreThanEarned),
    ],
)
def test_of_several_refusals_the_first_in_order_is_named(request_, wallets, first):
    assert type(refused(request_, *wallets)) is first


def test_of_two_unknown_users_the_sender_is_named():
    assert refused(Gift("ghost", "spirit", "panda")).user == "ghost"


def test_a_decision_changes_nothing_that_it_was_given():
    wallets = {"alice": ALICE, "bob": BOB}
    request = Gift("alice", "bob", "panda")
    assert decided(request, *wallets.values()) == decided(request, *wallets.values())
    assert wallets == {"alice": Wallet("alice", coins=1_000), "bob": Wallet("bob", earned=40)}


def test_another_catalog_leaves_decided_transactions_as_they_were():
    sent = decided(Gift("alice", "bob", "panda"), ALICE, BOB)
    dearer = catalog_with(("gifts.panda", "coins", "7"), ("gifts.panda", "name", '"Bear"'))
    assert decided(Gift("alice", "bob", "panda"), ALICE, BOB, catalog=dearer).terms == {
        "gift": "panda",
        "gift_name": "Bear",
        "gift_coins": 7,
        "creator_share": "1",
    }
    assert sent.terms["gift_coins"] == 5


# -- requests that cannot be right in themselves -------------------------------------------------


@pytest.mark.parametrize(
    ("build", "family"),
    [
        (lambda: Open("a"), InvalidHandle),
        (lambda: Open("Alice"), InvalidHandle),
        (lambda: Open("alice", ""), InvalidText),
        (lambda: Open("alice", "x" * 51), InvalidText),
        (lambda: Recharge("alice/", "100"), InvalidHandle),
        (lambda: Recharge("alice", "100", 0), InvalidAmount),
        (lambda: Recharge("alice", "100", -1), InvalidAmount),
        (lambda: Recharge("alice", "100", quantity=True), InvalidAmount),
        (lambda: Recharge("alice", "100", MOST + 1), InvalidAmount),
        (lambda: Gift("alice", "b", "panda"), InvalidHandle),
        (lambda: Gift("a", "bob", "panda"), InvalidHandle),
        (lambda: Gift("alice", "bob", "panda", 0), InvalidAmount),
        (lambda: Gift("alice", "bob", "panda", 1.5), InvalidAmount),
        (lambda: Gift("alice", "bob", "panda", venue="live", video="v1"), OneAtMost),
        (lambda: Gift("alice", "bob", "panda", video=" "), InvalidText),
        (lambda: Gift("alice", "bob", "panda", video="v" * 101), InvalidText),
        (lambda: Gift("alice", "bob", "panda", message=""), InvalidText),
        (lambda: Gift("alice", "bob", "panda", message="m" * 201), InvalidText),
        (lambda: Promote("al ice", "v", 1), InvalidHandle),
        (lambda: Promote("alice", "", 1), InvalidText),
        (lambda: Promote("alice", "v", 0), InvalidAmount),
        (lambda: Promote("alice", "v", 1, coins=0), InvalidAmount),
        (lambda: Promote("alice", "v", 1, usd_cents=-5), InvalidAmount),
        (lambda: Promote("alice", "v", 1, views=MOST + 1), InvalidAmount),
        (lambda: Promote("alice", "v", 1, coins=500, usd_cents=500), OneAtMost),
        (lambda: Promote("alice", "v", 1, coins=500, views=500), OneAtMost),
        (lambda: Promote("alice", "v", 1, usd_cents=500, views=500), OneAtMost),
        (lambda: Promote("alice", "v", 1, audience="everyone"), InvalidChoice),
        (lambda: Promote("alice", "v", 1, interests="pandas"), InvalidChoice),
        (lambda: Promote("alice", "v", 1, audience="custom", interests=""), InvalidText),
        (lambda: CashOut("con", PAYPAL), InvalidHandle),
        (lambda: CashOut("bob", "bob"), InvalidAddress),
        (lambda: CashOut("bob", PAYPAL, 0), InvalidAmount),
        (lambda: StartLive(""), InvalidHandle),
        (lambda: EndLive("bob."), InvalidHandle),
    ],
)
def test_a_request_that_cannot_be_right_cannot_be_built(build, family):
    with pytest.raises(family):
        build()


def test_the_cap_on_a_text_counts_white_space_that_would_be_kept():
    with pytest.raises(InvalidText):
        Gift("alice", "bob", "panda", message=" " * 100_000 + "m")


def test_requests_are_told_apart_by_the_names_people_know():
    gift = Gift("alice", "bob", "panda")
    assert differences(gift, gift) == []
    assert differences(gift, Gift("carol", "dave", "panda", 2)) == ["from", "to", "quantity"]
    assert differences(Promote("alice", "v", 1), Promote("alice", "w", 1)) == ["video"]
    assert differences(gift, Open("alice")) == ["op"]
    by_price = Promote("alice", "v", 1, usd_cents=500), Promote("alice", "v", 1, coins=500)
    assert sorted(differences(*by_price)) == ["coins", "usd"]


@pytest.mark.parametrize(
    ("request_", "op", "users"),
    [
        (Open("alice"), "open", ("alice",)),
        (Recharge("alice", "100"), "recharge", ("alice",)),
        (Gift("alice", "bob", "panda"), "gift", ("alice", "bob")),
        (Promote("alice", "v", 1), "promote", ("alice",)),
        (CashOut("bob", PAYPAL), "cashout", ("bob",)),
        (StartLive("bob"), "live_start", ("bob",)),
        (EndLive("bob"), "live_end", ("bob",)),
    ],
)
def test_a_request_knows_its_operation_and_its_users(request_, op, users):
    assert op_of(request_) == op
    assert request_.users() == users


def test_a_venue_that_there_is_not_cannot_be_asked_for():
    """It would be written, and never be read again."""
    with pytest.raises(InvalidChoice):
        Gift("alice", "bob", "panda", venue="party")


def test_more_views_than_are_kept_exactly_are_refused():
    busy = catalog_with(
        ("promotion", "views_per_coin", "1000000"), ("promotion", "coins_max", MOST)
    )
    with pytest.raises(TooLarge):
        decided(
            Promote("alice", "v", 1, coins=MOST // 10),
            Wallet("alice", coins=MOST // 10),
            catalog=busy,
        )
