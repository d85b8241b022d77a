"""Promotions: their status, and the views delivered so far."""

from datetime import UTC, datetime, timedelta
from typing import Literal

from msgspec import Struct

from coins_cli.model.operations.promote import Promote
from coins_cli.model.operations.reverse import Reverse
from coins_cli.model.transactions import Entry
from coins_cli.store.protocol import View
from coins_cli.views.projections import Projection

DAY = timedelta(days=1)
LATEST_DAY = datetime(9999, 12, 31, tzinfo=UTC)
TICK = timedelta(microseconds=1)


class _Bought(Struct, gc=False):
    """A promotion as it was bought; `stopped_at` is when it was reversed."""

    id: int
    user: str
    video: str
    at: datetime
    days: int
    coins: int
    views: int
    stopped_at: datetime | None = None


class _Promotions(Struct, forbid_unknown_fields=True):
    by_id: dict[int, _Bought] = {}


class Promotion(Struct, frozen=True):
    """A promotion at one moment. `id` is the number of the transaction that bought it.

    `views` of `views_bought` are delivered so far, evenly over its days (an assumption, like their
    number). `days_left` are begun days. A reversed promotion ended at its reversal.
    """

    id: int
    user: str
    video: str
    status: Literal["running", "ended"]
    days: int
    days_left: int
    coins: int
    views: int
    views_bought: int
    began_at: datetime
    ends_at: datetime


def promotions(view: View, now: datetime) -> list[Promotion]:
    """All promotions as they are `now`, oldest first."""
    return [_at(bought, now) for bought in PROJECTION.of(view).by_id.values()]


def _at(bought: _Bought, now: datetime) -> Promotion:
    due = _after_days(bought.at, bought.days)
    ends_at = bought.stopped_at or due
    is_running = now < ends_at
    ran = min(max(now, bought.at), ends_at) - bought.at
    ticks = (due - bought.at) // TICK  # 0 at the end of the calendar.
    return Promotion(
        id=bought.id,
        user=bought.user,
        video=bought.video,
        status="running" if is_running else "ended",
        days=bought.days,
        days_left=-((now - ends_at) // DAY) if is_running else 0,
        coins=bought.coins,
        views=bought.views * (ran // TICK) // ticks if ticks else bought.views,
        views_bought=bought.views,
        began_at=bought.at,
        ends_at=ends_at,
    )


def _after_days(at: datetime, days: int) -> datetime:
    """The moment `days` later, or the latest possible one."""
    return at + min(days, (LATEST_DAY - at).days) * DAY


def _take(state: _Promotions, entry: Entry) -> None:
    transaction = entry.transaction
    request, at = transaction.request, transaction.at
    if isinstance(request, Promote):
        state.by_id[entry.seq] = _Bought(
            entry.seq,
            request.user,
            request.video,
            at,
            request.days,
            transaction.coins or 0,
            transaction.views or 0,
        )
    elif isinstance(request, Reverse) and (bought := state.by_id.get(request.reverses)):
        bought.stopped_at = min(at, _after_days(bought.at, bought.days))


PROJECTION = Projection("promotions", _Promotions, _take, (Promote, Reverse))
