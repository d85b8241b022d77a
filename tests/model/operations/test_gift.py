"""Gifts: to the last move, and each refusal."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from coins_cli.errors import (
    GiftToSelf,
    NotEnoughCoins,
    NotLive,
    TooLarge,
    UnknownGift,
)
from coins_cli.model.operations.gift import Gift, parse
from coins_cli.model.transactions import Transaction
from coins_cli.model.wallets import Wallet
from tests.model.economy import (
    HALF_SHARE,
    MOST,
    NOON,
    SEQ,
    after,
    catalog_with,
    decided,
    postings,
    refused,
    sums_of,
)

ALICE = Wallet("alice", coins=1_000, last=3)
BOB = Wallet("bob", earned=40, last=5)
LIVE_BOB = Wallet("bob", 7, 40, live_since=NOON - timedelta(hours=1), name="Bob B.", last=6)
RICH = Wallet("alice", coins=MOST)


def test_a_gift_goes_from_the_senders_coins_to_what_the_creator_earned():
    request = Gift("alice", "bob", "love-bang", quantity=3, message="well done")
    sent = decided(request, ALICE, BOB)
    assert sent == Transaction(
        SEQ,
        NOON,
        request,
        (("alice/coins", "bob/earned", 75),),
        coins=75,
        earned=75,
        venue="comments",
        wallets=(Wallet("alice", coins=925, last=SEQ), Wallet("bob", earned=115, last=SEQ)),
        before=(3, 5),
    )
    assert sent.postings == postings(("alice/coins", "COIN", -75), ("bob/earned", "COIN", 75))


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
    assert decided(Gift("alice", "bob", "concert", 2), ALICE, BOB).coins == 1_000
    error = refused(Gift("alice", "bob", "concert", 3), ALICE, BOB)
    assert isinstance(error, NotEnoughCoins)
    assert error.need == 1_500


def test_a_gift_named_by_its_display_name_is_recorded_by_its_id():
    sent = decided(Gift("alice", "bob", "I'm Very Rich"), ALICE, BOB)
    assert (sent.gift, sent.gift_id) == ("im-very-rich", "im-very-rich")
    by_id = decided(Gift("alice", "bob", "im-very-rich"), ALICE, BOB)
    assert (by_id.gift, by_id.gift_id) == (None, "im-very-rich")


def test_earned_coins_cannot_be_spent_on_gifts():
    error = refused(Gift("bob", "alice", "panda"), Wallet("bob", coins=4, earned=10_000), ALICE)
    assert isinstance(error, NotEnoughCoins)
    assert error.have == 4


def test_half_of_a_gift_stays_with_the_platform_where_a_catalog_says_so():
    sent = decided(Gift("alice", "bob", "concert"), ALICE, BOB, catalog=HALF_SHARE)
    assert sums_of(sent) == {"coins": 500, "earned": 250, "venue": "comments"}
    assert sent.postings == postings(
        ("alice/coins", "COIN", -500), ("bob/earned", "COIN", 250), ("platform/gifts", "COIN", 250)
    )
    assert sent.moves == (
        ("alice/coins", "bob/earned", 250),
        ("alice/coins", "platform/gifts", 250),
    )


@pytest.mark.parametrize(
    ("gift", "quantity", "earned", "kept"),
    [("panda", 1, 2, 3), ("panda", 2, 5, 5), ("panda", 3, 7, 8), ("love-bang", 1, 12, 13)],
)
def test_the_creators_share_is_rounded_down_once_for_the_whole_gift(gift, quantity, earned, kept):
    sent = decided(Gift("alice", "bob", gift, quantity), ALICE, BOB, catalog=HALF_SHARE)
    assert sent.earned == earned
    assert after(sent, "bob").earned == 40 + earned
    assert sent.postings[-1] == postings(("platform/gifts", "COIN", kept))[0]


def test_a_share_that_rounds_to_nothing_leaves_all_of_the_gift_with_the_platform():
    tiny = catalog_with(("gifting", "creator_share", "0.1"))
    sent = decided(Gift("alice", "bob", "panda"), ALICE, BOB, catalog=tiny)
    assert sent.earned == 0
    assert sent.postings == postings(("alice/coins", "COIN", -5), ("platform/gifts", "COIN", 5))
    assert after(sent, "bob") == replace(BOB, last=0)


def test_a_share_is_exact_for_the_largest_amounts():
    odd = catalog_with(("gifting", "creator_share", "0.999999999"), ("gifts.panda", "coins", "1"))
    sent = decided(Gift("alice", "bob", "panda", MOST), RICH, Wallet("bob"), catalog=odd)
    assert sent.earned == MOST * 999_999_999 // 10**9


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
    sent = decided(parse("alice", "bob", "panda", 1, venue, video), ALICE, creator)
    assert sent.venue == goes_to
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
