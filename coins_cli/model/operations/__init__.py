"""All operations: one module for each, and the table `OPERATIONS`.

The rest of the program knows only the table: an operation in it can be sent, decided, recorded,
read back and verified.
"""

from typing import Final

from coins_cli.model.operations import (
    cashout,
    gift,
    live,
    open_wallet,
    payout,
    promote,
    recharge,
    reverse,
)
from coins_cli.model.operations.operation import Operation
from coins_cli.model.operations.request import Request

OPERATIONS: Final[tuple[Operation, ...]] = (
    open_wallet.OPERATION,
    recharge.OPERATION,
    gift.OPERATION,
    promote.OPERATION,
    cashout.OPERATION,
    live.START,
    live.END,
    payout.SETTLE,
    payout.RETURN,
    reverse.OPERATION,
)
BY_OP: Final[dict[str, Operation]] = {one.op: one for one in OPERATIONS}
BY_REQUEST: Final[dict[type[Request], Operation]] = {one.request: one for one in OPERATIONS}
DECIDE: Final = {one.request: one.decide for one in OPERATIONS}
"""The rules, by type of request."""
