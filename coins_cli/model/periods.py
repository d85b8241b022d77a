"""Periods between two moments, as people write them."""

from datetime import date, datetime, timedelta
from typing import Final

from msgspec import Struct

from coins_cli.errors import EmptyPeriod
from coins_cli.model.clock import parse_moment

DAY: Final = timedelta(days=1) - timedelta(microseconds=1)
"""The time from the first moment of a day to its last."""


class Period(Struct, frozen=True):
    """The time from `since` to `until`, both included; `None` is no bound."""

    since: datetime | None = None
    until: datetime | None = None


def parse_period(since: str | None, until: str | None) -> Period:
    """Parse a period; a bare date as `until` means the end of that day.

    Raises `InvalidMoment` and `EmptyPeriod`.
    """
    first = None if since is None else parse_moment(since, "since")
    last = None if until is None else parse_moment(until, "until")
    if last is not None and until is not None and _is_bare_date(until):
        last += DAY
    if first is not None and last is not None and first > last:
        raise EmptyPeriod(since=since or "", until=until or "")
    return Period(first, last)


def _is_bare_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
