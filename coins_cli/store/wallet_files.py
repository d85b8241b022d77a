"""Wallet files: what the journal adds up to for each user, to be read with `cat`. Derived."""

from datetime import datetime

import msgspec
from msgspec import Struct

from coins_cli.model.wallets import Wallet
from coins_cli.store.checked_json import decode_checked, encode_checked
from coins_cli.store.journal import Position


class WalletFile(Struct, frozen=True, gc=False, kw_only=True):
    """A wallet as its file shows it, and where the journal's line is that last touched it."""

    user: str
    name: str | None
    coins: int
    earned: int
    held: int = 0
    live_since: datetime | None
    line: Position

    @classmethod
    def of(cls, wallet: Wallet, line: Position) -> "WalletFile":
        """The file of `wallet` as `line` left it."""
        return cls(
            user=wallet.user,
            name=wallet.name,
            coins=wallet.coins,
            earned=wallet.earned,
            held=wallet.held,
            live_since=wallet.live_since,
            line=line,
        )

    def wallet(self) -> Wallet:
        """The holdings alone; `ValueError` when they cannot be."""
        return Wallet(self.user, self.name, self.coins, self.earned, self.live_since, self.held)


_decoder = msgspec.json.Decoder(WalletFile)


def encode_wallet(wallet: Wallet, line: Position) -> bytes:
    """The content of the wallet's file."""
    return encode_checked(WalletFile.of(wallet, line))


def decode_wallet(data: bytes) -> WalletFile | None:
    """What a wallet file says, or `None` when it cannot be read."""
    return decode_checked(data, _decoder)
