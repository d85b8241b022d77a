"""Opening a wallet."""

from coins_cli.errors import (
    HandleTaken,
)
from coins_cli.model.operations.open_wallet import Open
from coins_cli.model.transactions import Transaction
from coins_cli.model.wallets import Wallet
from tests.model.economy import (
    NOON,
    SEQ,
    decided,
    refused,
)

ALICE = Wallet("alice", coins=1_000, last=3)


def test_a_new_wallet_is_empty_and_moves_no_money():
    request = Open("alice", "Alice A.")
    wallet = Wallet("alice", 0, 0, 0, None, "Alice A.", last=SEQ)
    assert decided(request) == Transaction(SEQ, NOON, request, wallets=(wallet,), before=(0,))


def test_a_taken_handle_is_refused():
    error = refused(Open("alice"), ALICE)
    assert isinstance(error, HandleTaken)
    assert error.user == "alice"
