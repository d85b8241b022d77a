"""Wallet files: each user's current wallet, readable with `cat`."""

from typing import Final

import msgspec

from coins_cli.model.wallets import Wallet
from coins_cli.store.json.derived.checked_json import decode_checked, encode_checked
from coins_cli.store.json.disk.folder import Disk

_decoder: Final = msgspec.json.Decoder(Wallet)

WalletFileContent = Wallet | bytes | None
"""The wallet in a file; its bytes if it is torn or edited, `None` if it is missing."""


def encode_wallet(wallet: Wallet) -> bytes:
    """The content of the wallet's file."""
    return encode_checked(wallet)


def read_wallet_file(disk: Disk, name: str) -> WalletFileContent:
    """Read a wallet file."""
    try:
        data = disk.read(name)
    except FileNotFoundError:
        return None
    return decode_checked(data, _decoder) or data


def is_edited(filed: bytes) -> bool:
    """True if a wallet file that fails its checksum was edited, and not torn."""
    try:  # An edited file is still a JSON object; a power failure leaves zeros, or a part of one.
        return isinstance(msgspec.json.decode(filed), dict)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
