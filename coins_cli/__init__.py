"""Simulates the coin economy of a short-video platform, without real money or a network.

    from coins_cli import open_bank

`open_bank` opens an economy; its methods are the use cases, and every error is a `CoinsError`.
"""

TYPE_CHECKING = False  # As in `typing`, which would take time to import.
if TYPE_CHECKING:
    from coins_cli.bank import Bank
    from coins_cli.errors import (
        CoinsError,
        Conflict,
        Invalid,
        NotFound,
        Refused,
        StoreUnusable,
    )
    from coins_cli.model.receipts import Receipt
    from coins_cli.model.wallets import Wallet
    from coins_cli.opening import open_bank

__version__ = "0.1.0"

__all__ = [
    "Bank",
    "CoinsError",
    "Conflict",
    "Invalid",
    "NotFound",
    "Receipt",
    "Refused",
    "StoreUnusable",
    "Wallet",
    "open_bank",
]

_HOMES = {
    "Bank": "coins_cli.bank",
    "Receipt": "coins_cli.model.receipts",
    "Wallet": "coins_cli.model.wallets",
    "open_bank": "coins_cli.opening",
}


def __getattr__(name: str) -> object:
    """Import public names on first access: `coins --help` needs none of them."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES.get(name, "coins_cli.errors")), name)
