"""Wallet files: each user's current wallet, readable with `cat`."""

from typing import Any, Final

import msgspec
from msgspec.structs import asdict

from coins_cli.model.texts import counted, number
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
    # An edited file is still a JSON object; a power failure leaves zeros, or a part of one.
    return _as_object(filed) is not None


def disagreement(filed: WalletFileContent, newest: Wallet) -> str:
    """The first difference between a wallet file and its wallet in the journal, as a clause."""
    if filed is None:
        return "the file is missing"
    fields = _as_object(filed) if isinstance(filed, bytes) else asdict(filed)
    if fields is not None:
        for purse, kind in _KINDS.items():
            claimed, balance = fields.get(purse, 0), getattr(newest, purse)
            if type(claimed) is int and claimed != balance:
                says = counted(claimed, f"{kind} coin")
                return f"it says {says}, and transaction {newest.last} says {number(balance)}"
    return f"it is not as transaction {newest.last} left it"


def _as_object(filed: bytes) -> dict[str, Any] | None:
    """The JSON object in a file; `None` if it holds none."""
    try:
        found = msgspec.json.decode(filed)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


_KINDS: Final = {"coins": "bought", "earned": "earned", "held": "held"}
"""The kind of coins in each field of a wallet."""
