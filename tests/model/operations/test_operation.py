"""What holds for all rules."""

import pytest

from coins_cli.errors import (
    BelowThreshold,
    GiftToSelf,
    MoreThanEarned,
    NotEnoughCoins,
    NotLive,
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
from coins_cli.model.operations.cashout import CashOut
from coins_cli.model.operations.gift import Gift
from coins_cli.model.operations.live import EndLive, StartLive
from coins_cli.model.operations.promote import Promote
from coins_cli.model.operations.recharge import Recharge
from coins_cli.model.operations.request import op_of
from coins_cli.model.wallets import Wallet
from tests.model.economy import (
    MOST,
    catalog_with,
    decided,
    refused,
)

ALICE = Wallet("alice", coins=1_000, last=3)
BOB = Wallet("bob", earned=40, last=5)
RICH = Wallet("alice", coins=MOST)
EARNER = Wallet("bob", coins=3, earned=12_345)
PAYPAL = "bob@example.com"


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
    assert wallets == {
        "alice": Wallet("alice", coins=1_000, last=3),
        "bob": Wallet("bob", earned=40, last=5),
    }


def test_another_catalog_leaves_decided_transactions_as_they_were():
    sent = decided(Gift("alice", "bob", "panda"), ALICE, BOB)
    dearer = catalog_with(("gifts.panda", "coins", "7"), ("gifts.panda", "name", '"Bear"'))
    later = decided(Gift("alice", "bob", "panda"), ALICE, BOB, catalog=dearer)
    assert (later.coins, later.moves) == (7, (("alice/coins", "bob/earned", 7),))
    assert (sent.coins, sent.moves) == (5, (("alice/coins", "bob/earned", 5),))
