"""The economy's clock: what it shows, how it is set, and how moments and durations are read."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coins_cli.cli.hints import hint_of
from coins_cli.errors import ClockBehind, ClockTooFar, InvalidDuration, InvalidMoment
from coins_cli.model.clock import (
    EARLIEST,
    LATEST,
    Clock,
    clock_advanced,
    clock_set_to,
    in_text,
    parse_duration,
    parse_moment,
)
from tests.model.economy import NOON, some_examples

MAY = datetime(2031, 5, 1, tzinfo=UTC)
DAY = timedelta(days=1)
moments = st.datetimes(datetime(1, 1, 2), datetime(8999, 12, 31), timezones=st.just(UTC))
durations = st.timedeltas(timedelta(microseconds=1), timedelta(days=400_000))
clocks = st.builds(Clock, st.timedeltas()) | st.builds(Clock, st.just(timedelta()), moments)


# -- what is read --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("3d", 3 * 86_400),
        ("12h", 12 * 3_600),
        ("90m", 5_400),
        ("1s", 1),
        ("1w2d", 9 * 86_400),
        ("1w1d1h1m1s", 604_800 + 86_400 + 3_600 + 61),
        (" 3D\n", 3 * 86_400),
        ("0d5s", 5),
        ("007d", 7 * 86_400),
    ],
)
def test_a_duration_is_whole_units_from_the_largest_to_the_smallest(text, seconds):
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "3", "d", "d3", "0d", "0", "-3d", "+3d", "1.5h", "3 d", "2d1w", "1h1h", "3x"),
        *("1_0d", "\uff13d", "\u0663d", "3\uff44", "3d\0", "3d 4h", "P3D", "\u0130d", "1mo"),
    ],
)
def test_what_is_no_duration_above_zero_is_refused(text):
    with pytest.raises(InvalidDuration) as refusal:
        parse_duration(text)
    assert refusal.value.code == "invalid_duration"
    assert refusal.value.given == text
    assert "3d, 12h" in hint_of(refusal.value)


@pytest.mark.parametrize("text", ["9" * 12 + "w", "9" * 13 + "s", "9" * 5_000 + "d"])
def test_a_duration_beyond_any_calendar_is_too_far(text):
    with pytest.raises(ClockTooFar):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-01", datetime(2026, 3, 1, tzinfo=UTC)),
        ("2026-03-01T09:30", datetime(2026, 3, 1, 9, 30, tzinfo=UTC)),
        ("2026-03-01 09:30:15", datetime(2026, 3, 1, 9, 30, 15, tzinfo=UTC)),
        ("2026-03-01T09:30Z", datetime(2026, 3, 1, 9, 30, tzinfo=UTC)),
        ("2026-03-01T09:30+02:00", datetime(2026, 3, 1, 7, 30, tzinfo=UTC)),
        ("2024-02-29", datetime(2024, 2, 29, tzinfo=UTC)),
    ],
)
def test_a_moment_is_a_date_or_a_time_and_in_utc(text, moment):
    assert parse_moment(text, "the time") == moment
    assert parse_moment(text, "the time").tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    [
        *("", "now", "tomorrow", "2026-02-29", "2026-13-01", "2026-03-01T25:00", "1.3.2026", "-1"),
        *("12:00", "0001-01-01T00:00+05:00", "9999-12-31T23:00-05:00", "\uff12026-03-01"),
        " 2026-03-01",
    ],
)
def test_what_is_no_moment_is_refused_by_its_name(text):
    with pytest.raises(InvalidMoment) as refusal:
        parse_moment(text, "the time")
    assert refusal.value.fields == {"what": "the time", "given": text}
    assert refusal.value.message.startswith("the time must be a date")


def test_a_moment_in_text_is_utc_with_a_z():
    assert in_text(NOON.astimezone(timezone(timedelta(hours=5)))) == "2026-01-05T12:00:00Z"


# -- what it shows -------------------------------------------------------------------------------


def test_a_clock_is_the_computers_runs_ahead_or_stands():
    assert Clock().reading(NOON) == NOON
    assert not Clock().is_own
    assert Clock(DAY).reading(NOON) == NOON + DAY
    assert Clock(-DAY).reading(NOON) == NOON - DAY
    assert Clock(stopped_at=MAY).reading(NOON) == Clock(stopped_at=MAY).reading(NOON + DAY) == MAY
    assert Clock(DAY).is_own
    assert Clock(stopped_at=MAY).is_own


@some_examples
@given(clocks, st.datetimes(timezones=st.just(UTC)))
def test_any_clock_shows_some_moment_that_can_be_written(clock, computer):
    assert EARLIEST <= clock.reading(computer) <= LATEST


def test_a_clock_far_behind_never_jumps_to_the_end_of_time():
    assert Clock(EARLIEST - NOON).reading(NOON - DAY) == EARLIEST
    assert Clock(timedelta.max).reading(NOON) == LATEST
    assert Clock(stopped_at=datetime.max.replace(tzinfo=UTC)).reading(NOON) == LATEST


@some_examples
@given(clocks, moments, moments, st.booleans())
def test_a_clock_that_is_set_shows_that_and_then_runs_or_stands(clock, wanted, computer, stopped):
    new = clock_set_to(wanted, computer, None, stopped=stopped)
    assert new.reading(computer) == wanted
    later = DAY if wanted + DAY <= LATEST and not stopped else timedelta()
    assert new.reading(computer + later) == wanted + later
    assert (new.stopped_at is not None) == stopped


@some_examples
@given(clocks, durations, moments, st.none() | moments)
def test_a_clock_that_is_advanced_shows_that_much_more_than_it_or_the_newest(
    clock, by, computer, newest
):
    shown = clock.reading(computer)
    since = shown if newest is None else max(shown, newest)
    if by > LATEST - since:
        with pytest.raises(ClockTooFar) as refusal:
            clock_advanced(by, clock, computer, newest)
        assert refusal.value.fields == {"most": "9000-01-01T00:00:00Z"}
        return
    new = clock_advanced(by, clock, computer, newest)
    assert new.reading(computer) == since + by
    assert (new.stopped_at is None) == (clock.stopped_at is None)


def test_a_clock_is_not_set_to_before_the_newest_transaction():
    assert clock_set_to(NOON, MAY, NOON).reading(MAY) == NOON
    with pytest.raises(ClockBehind) as refusal:
        clock_set_to(NOON - timedelta(seconds=1), MAY, NOON)
    assert refusal.value.code == "clock_behind"
    assert refusal.value.fields == {
        "wanted": "2026-01-05T11:59:59Z",
        "newest": "2026-01-05T12:00:00Z",
    }


def test_a_clock_is_not_set_or_advanced_beyond_its_end():
    assert clock_set_to(LATEST, NOON, None).reading(NOON) == LATEST
    with pytest.raises(ClockTooFar):
        clock_set_to(LATEST + timedelta(seconds=1), NOON, None)
    assert clock_advanced(LATEST - NOON, Clock(), NOON, None).reading(NOON) == LATEST
    for clock in (Clock(), Clock(stopped_at=NOON)):
        with pytest.raises(ClockTooFar):
            clock_advanced(LATEST - NOON + timedelta(seconds=1), clock, NOON, None)
    with pytest.raises(ClockTooFar):
        clock_advanced(timedelta.max, Clock(), NOON, None)
