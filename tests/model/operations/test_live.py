"""Going live, and ending a live."""

from datetime import timedelta

from coins_cli.errors import (
    AlreadyLive,
    NotLive,
)
from coins_cli.model.operations.live import EndLive, StartLive
from coins_cli.model.transactions import Transaction
from coins_cli.model.wallets import Wallet
from tests.model.economy import (
    NOON,
    SEQ,
    decided,
    refused,
)

BOB = Wallet("bob", earned=40, last=5)
LIVE_BOB = Wallet("bob", 7, 40, live_since=NOON - timedelta(hours=1), name="Bob B.", last=6)
EARNER = Wallet("bob", coins=3, earned=12_345)


def test_a_live_starts_now_and_moves_no_money():
    request = StartLive("bob")
    wallet = Wallet("bob", 3, 12_345, live_since=NOON, last=SEQ)
    assert decided(request, EARNER) == Transaction(
        SEQ, NOON, request, wallets=(wallet,), before=(0,)
    )


def test_a_live_ends_and_leaves_the_rest_of_the_wallet_as_it_was():
    request = EndLive("bob")
    wallet = Wallet("bob", 7, 40, live_since=None, name="Bob B.", last=SEQ)
    assert decided(request, LIVE_BOB) == Transaction(
        SEQ, NOON, request, wallets=(wallet,), before=(6,)
    )


def test_a_second_live_is_refused():
    error = refused(StartLive("bob"), LIVE_BOB)
    assert isinstance(error, AlreadyLive)
    assert error.creator == "bob"


def test_the_end_of_a_live_that_is_not_on_is_refused():
    error = refused(EndLive("bob"), BOB)
    assert isinstance(error, NotLive)
    assert error.creator == "bob"
