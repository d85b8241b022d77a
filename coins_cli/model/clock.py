"""The clock of an economy: the computer's or its own, so that a week can pass in a lesson."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from msgspec import Struct

from coins_cli.errors import ClockBehind, ClockTooFar, InvalidDuration, InvalidMoment

LATEST: Final = datetime(9000, 1, 1, tzinfo=UTC)
"""The last moment that any clock shows; a promotion that ends later can still be written."""
EARLIEST: Final = datetime.min.replace(tzinfo=UTC)

_DURATION: Final = r"(?:([0-9]+)w)?(?:([0-9]+)d)?(?:([0-9]+)h)?(?:([0-9]+)m)?(?:([0-9]+)s)?"
_SECONDS: Final = (604_800, 86_400, 3_600, 60, 1)
_DIGITS_MAX: Final = 12


class Clock(Struct, frozen=True):
    """A clock that runs `ahead` of the computer's, or is stopped at one moment until advanced.

    `Clock()` is the computer's clock.
    """

    ahead: timedelta = timedelta()
    stopped_at: datetime | None = None

    @property
    def is_own(self) -> bool:
        """True if the clock differs from the computer's."""
        return self != Clock()

    def reading(self, computer: datetime) -> datetime:
        """The time on this clock when the computer's clock shows `computer`."""
        if self.stopped_at is not None:
            return min(self.stopped_at, LATEST)
        try:
            return min(computer + self.ahead, LATEST)
        except OverflowError:
            return LATEST if self.ahead > timedelta() else EARLIEST


def clock_set_to(
    moment: datetime,
    computer: datetime,
    newest: datetime | None,
    *,
    stopped: bool = False,
) -> Clock:
    """A clock that shows `moment` now, and runs on unless `stopped`.

    Raises `ClockBehind` when `moment` is before the `newest` transaction, and `ClockTooFar`.
    """
    if newest is not None and moment < newest:
        raise ClockBehind(wanted=in_text(moment), newest=in_text(newest))
    if moment > LATEST:
        raise ClockTooFar(most=in_text(LATEST))
    return Clock(stopped_at=moment) if stopped else Clock(ahead=moment - computer)


def clock_advanced(
    by: timedelta, clock: Clock, computer: datetime, newest: datetime | None
) -> Clock:
    """The clock advanced by a length of time, stopped if `clock` is. Raises `ClockTooFar`."""
    now = clock.reading(computer)
    now = now if newest is None else max(now, newest)
    if by > LATEST - now:
        raise ClockTooFar(most=in_text(LATEST))
    stopped = clock.stopped_at is not None
    return clock_set_to(now + by, computer, newest, stopped=stopped)


def parse_moment(text: str, what: str) -> datetime:
    """Parse a date, or a date and a time, in ISO 8601; without an offset it is in UTC.

    Raises `InvalidMoment`, which names the value as `what`.
    """
    try:
        if not (text.isascii() and text[:1].isdigit()):
            raise ValueError(text)
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidMoment(what, text) from None


def parse_duration(text: str) -> timedelta:
    """Parse a length of time such as `3d`, `12h`, `1w2d` or `90m`.

    Raises `InvalidDuration`, and `ClockTooFar` for one beyond any clock.
    """
    found = re.fullmatch(_DURATION, text.strip().lower())
    parts = found.groups() if found and text.isascii() else ()
    if any(part and len(part) > _DIGITS_MAX for part in parts):
        raise ClockTooFar(most=in_text(LATEST))
    seconds = sum(
        int(part) * each for part, each in zip(parts, _SECONDS, strict=False) if part is not None
    )
    if seconds == 0:
        raise InvalidDuration(text)
    try:
        return timedelta(seconds=seconds)
    except OverflowError:
        raise ClockTooFar(most=in_text(LATEST)) from None


def in_text(moment: datetime) -> str:
    """A moment in ISO 8601, in UTC with `Z`."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
