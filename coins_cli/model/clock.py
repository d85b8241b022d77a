"""The economy's clock: the computer's, or one of its own, so that a week can pass in a lesson."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from msgspec import Struct

from coins_cli.errors import ClockBehind, ClockTooFar, InvalidDuration, InvalidMoment

LATEST: Final = datetime(9000, 1, 1, tzinfo=UTC)
"""The last moment that any clock shows, so that what ends later than that can still be written."""
EARLIEST: Final = datetime.min.replace(tzinfo=UTC)

_DURATION = re.compile(r"(?:([0-9]+)w)?(?:([0-9]+)d)?(?:([0-9]+)h)?(?:([0-9]+)m)?(?:([0-9]+)s)?")
_SECONDS: Final = (604_800, 86_400, 3_600, 60, 1)
_DIGITS_MAX: Final = 12


class Clock(Struct, frozen=True):
    """A clock that runs `ahead` of the computer's, or stands at one moment until it is advanced.

    The one that is neither is the computer's own.
    """

    ahead: timedelta = timedelta()
    stopped_at: datetime | None = None

    @property
    def is_own(self) -> bool:
        """Whether it is another than the computer's."""
        return self != Clock()

    def reading(self, computer: datetime) -> datetime:
        """What it shows when the computer's clock shows `computer`."""
        if self.stopped_at is not None:
            return min(self.stopped_at, LATEST)
        try:
            return min(computer + self.ahead, LATEST)
        except OverflowError:
            return LATEST if self.ahead > timedelta() else EARLIEST


def clock_set_to(
    moment: datetime,
    clock: Clock,  # noqa: ARG001 - whatever it shows
    computer: datetime,
    newest: datetime | None,
    *,
    stopped: bool = False,
) -> Clock:
    """The clock that shows `moment` now, and runs on from there unless it is `stopped`.

    Raises `ClockBehind` when that is before the `newest` transaction.
    """
    if newest is not None and moment < newest:
        raise ClockBehind(wanted=in_text(moment), newest=in_text(newest))
    if moment > LATEST:
        raise ClockTooFar(most=in_text(LATEST))
    return Clock(stopped_at=moment) if stopped else Clock(ahead=moment - computer)


def clock_advanced(
    by: timedelta, clock: Clock, computer: datetime, newest: datetime | None
) -> Clock:
    """The clock that shows so much more, and goes on as the one before. Raises `ClockTooFar`."""
    now = clock.reading(computer)
    now = now if newest is None else max(now, newest)
    if by > LATEST - now:
        raise ClockTooFar(most=in_text(LATEST))
    stopped = clock.stopped_at is not None
    return clock_set_to(now + by, clock, computer, newest, stopped=stopped)


def parse_moment(text: str, what: str) -> datetime:
    """A date, or a date and a time, as ISO 8601 writes them; UTC unless it says otherwise."""
    try:
        if not (text.isascii() and text[:1].isdigit()):
            raise ValueError(text)
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidMoment(what, text) from None


def parse_duration(text: str) -> timedelta:
    """A length of time such as `3d`, `12h`, `1w2d` or `90m`; `InvalidDuration` otherwise."""
    found = _DURATION.fullmatch(text.strip().lower())
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
    """A moment as ISO 8601 has it, in UTC with `Z`."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
