"""Pending payouts: coins held for creators, until they are settled or returned."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from coins_cli.model.operations.cashout import CashOut
from coins_cli.model.operations.payout import ReturnPayout, SettlePayout
from coins_cli.model.transactions import Entry
from coins_cli.store.protocol import View
from coins_cli.views.projections import Projection

Status = Literal["pending", "settled", "returned"]


class Payout(Struct, gc=False):
    """A payout. `id` is the number of the cash-out transaction.

    `ended_by` is the number of the transaction that settled or returned it.
    """

    id: int
    user: str
    coins: int
    diamonds: int
    usd_cents: int
    paypal: str
    asked_at: datetime
    status: Status = "pending"
    ended_at: datetime | None = None
    ended_by: int | None = None
    reason: str | None = None


class _Payouts(Struct, forbid_unknown_fields=True):
    by_id: dict[int, Payout] = {}


def payouts(view: View) -> list[Payout]:
    """All payouts, oldest first."""
    return list(PROJECTION.of(view).by_id.values())


def _take(state: _Payouts, entry: Entry) -> None:
    transaction = entry.transaction
    request = transaction.request
    if isinstance(request, CashOut) and request.pending:
        state.by_id[entry.seq] = Payout(
            entry.seq,
            request.user,
            transaction.coins or 0,
            transaction.diamonds or 0,
            transaction.usd_cents or 0,
            request.paypal,
            entry.transaction.at,
        )
    elif isinstance(request, SettlePayout | ReturnPayout):
        payout = state.by_id[request.payout]
        payout.status = "settled" if isinstance(request, SettlePayout) else "returned"
        payout.ended_at, payout.ended_by = entry.transaction.at, entry.seq
        if isinstance(request, ReturnPayout):
            payout.reason = request.reason


PROJECTION = Projection("payouts", _Payouts, _take, (CashOut, SettlePayout, ReturnPayout))
